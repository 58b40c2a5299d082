"""23video-for-php on libcurl, and the Drupal module on top of it. Source: spec/api.md 5.4, 2.3."""

import json
import secrets
import string
from urllib.parse import quote, quote_plus

from harness import multipart, oauth
from harness.clients.front import ClientError, Refused

PREFIX = "var visual = "
_NONCE = string.ascii_letters + string.digits
_CURL_WAITS_FROM = 1024  # bytes of body from which libcurl asks before it sends


def escape(text):
    """In the base string, and in the header."""
    return quote(str(text), safe="-._").replace("~", "%7E")


def urlencode(text):
    """On the wire."""
    return quote_plus(str(text), safe="-._").replace("~", "%7E")


class VisualVideo:
    """new VisualVideo($host, $ck, $cs, $at, $as): the host with its scheme, signed letter by letter as it was given.

    Secrets are put into the signing key as they are, so they had better be alphanumeric."""

    def __init__(self, front, consumer_key="", consumer_secret="", access_token="", access_secret="", host=None):
        self.front = front
        self.host = f"http://{front.authority}" if host is None else host
        self.keys = {"consumer_key": consumer_key, "consumer_secret": consumer_secret, "access_token": access_token,
                     "access_token_secret": access_secret}

    def get(self, path, params=None):
        """The raw body."""
        query = self._encoded(params)
        return self._send("GET", path, params, path + ("?" + query if query else ""), b"")

    def post(self, path, params=None):
        return self._send("POST", path, params, path, self._encoded(params).encode())

    def decode(self, body):
        """What its users write: exactly this prefix is cut off, the rest has to be JSON."""
        if not body.startswith(PREFIX):
            raise ClientError(f"not ours: {body[:40]!r}")
        return json.loads(body[len(PREFIX):])

    @staticmethod
    def _encoded(params):
        return "&".join(f"{urlencode(name)}={urlencode(value)}" for name, value in (params or {}).items())

    def _send(self, method, path, params, target, body):
        nonce = "".join(secrets.choice(_NONCE) for _ in range(16))
        pairs = [(name, str(value)) for name, value in (params or {}).items()]
        signed = dict(oauth.sign(self.keys, method, self.host + path, pairs, token=bool(self.keys["access_token"]),
                                 escaping=escape, nonce=nonce))
        order = ["oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_signature", "oauth_timestamp",
                 "oauth_nonce", "oauth_version"]
        # Its realm is "http://" before a host that has its scheme already.
        value = oauth.header([(name, signed[name]) for name in order if name in signed], separator=",",
                             realm="http://" + self.host)
        headers = [("Host", self.host.split("://")[1]), ("Accept", "*/*"), ("Authorization", value)]
        if method == "POST":
            headers += [("Content-Length", str(len(body))), ("Content-Type", "application/x-www-form-urlencoded")]
            if len(body) > _CURL_WAITS_FROM:
                headers.append(("Expect", "100-continue"))
        return self.front.send(method, target, headers, body).text


class DrupalModule:
    """GETs with bare JSON; looks at `status` and takes what it came for."""

    def __init__(self, video):
        self.video = video

    def call(self, path, params=None):
        reply = json.loads(self.video.get(path, {**(params or {}), "format": "json", "raw": "1"}))
        if reply["status"] != "ok":
            raise Refused(reply["message"], code=reply["code"])
        return reply

    def upload_token(self, callback, **more):
        return self.call("/api/photo/get-upload-token", {"return_url": callback, **more})["uploadtoken"]["upload_token"]

    def session_token(self, return_url):
        return self.call("/api/session/get-token", {"return_url": return_url})["sessiontoken"]["access_token"]


def drupal_callback(request):
    """The module's callback: gives the query that it received back to the browser, as JSON."""
    return json.dumps(dict(request.query)).encode()


class DrupalBrowser:
    """The page of the module: posts the form by XHR and reads what the module's callback makes of the query."""

    ORIGIN = "http://drupal.example.org"

    def __init__(self, front, accept="*/*"):
        self.front, self.accept = front, accept

    def upload(self, token, data, filename, title, description="", album_id=""):
        """What the module's callback makes of the redirect: photo_id, title and token, or an error_message."""
        boundary = "----WebKitFormBoundary" + secrets.token_hex(8)
        fields = [("upload_token", token), ("title", title), ("description", description), ("album_id", album_id),
                  ("form_build_id", "form-" + secrets.token_hex(16)), ("form_token", secrets.token_hex(16)),
                  ("form_id", "visualvideo_upload_form"), ("op", "Upload")]
        parts = [multipart.file(data, filename, content_type="video/mp4"),
                 *(multipart.field(name, value) for name, value in fields)]
        body = multipart.encode(parts, boundary)
        response = self.front.send("POST", multipart.V1, [
            ("Host", self.front.authority), ("Connection", "keep-alive"), ("Content-Length", str(len(body))),
            ("Accept", self.accept), ("Content-Type", multipart.content_type(boundary)),
            ("Origin", self.ORIGIN), ("Accept-Encoding", "gzip, deflate")], body)
        if response.header("Access-Control-Allow-Origin") not in ("*", self.ORIGIN):
            raise ClientError("blocked by CORS policy")
        if response.status not in (301, 302, 303):
            raise ClientError(f"{response.status} instead of the callback: {response.text[:80]!r}")
        front, target = self.front.elsewhere(response.header("Location"))
        answer = front.send("GET", target, [("Host", front.authority), ("Accept", self.accept), ("Origin", "null")])
        received = json.loads(answer.text)
        if "error_message" in received:
            raise Refused(received["error_message"])
        return {name: received[name] for name in ("photo_id", "title", "token")}

    def log_in(self, session_token):
        """What a link with an access token does: the visitor is sent on."""
        response = self.front.send("GET", "/api/session/redeem-token?session_token=" + quote(session_token), [
            ("Host", self.front.authority), ("Connection", "keep-alive"), ("Accept", "text/html,*/*;q=0.8")])
        if response.status in (301, 302, 303):
            front, target = self.front.elsewhere(response.header("Location"))
            return front.send("GET", target, [("Host", front.authority), ("Accept", "text/html,*/*;q=0.8")])
        return response
