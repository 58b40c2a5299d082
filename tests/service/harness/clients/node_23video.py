"""node-23video: always https on 443, every call a POST, OAuth in the header. Source: spec/api.md 5.1, 2.3."""

import json
import secrets
import string
from urllib.parse import quote

from harness import oauth
from harness.clients.front import ClientError, Refused

UNDEFINED = "undefined"  # what JavaScript makes of a key that nobody gave
_NONCE = string.ascii_letters + string.digits


def escape(text):
    """The body's escapes leave more characters raw than the signature's."""
    return quote(str(text), safe="-_.!~*'()")


class Node23Video:
    """Keys that are None were not given at all; its command line sends empty ones instead."""

    def __init__(self, front, key=None, secret=None, token=None, token_secret=None):
        self.front = front
        self.keys = {"consumer_key": UNDEFINED if key is None else key,
                     "consumer_secret": UNDEFINED if secret is None else secret,
                     "access_token": token, "access_token_secret": token_secret or ""}

    @classmethod
    def command_line(cls, front, key="", secret="", token="", token_secret=""):
        """`23video --hostname … -k -s -x -y`"""
        return cls(front, key, secret, token, token_secret)

    def call(self, path, data=None, access_token=None, access_secret=None):
        """`vp['/api/photo/list'](data, access_token, access_secret)`: resolves with the parsed object, whatever its status."""
        keys = dict(self.keys)
        if access_token:
            keys.update(access_token=access_token, access_token_secret=access_secret)
        params = [(name, str(value)) for name, value in [*(data or {}).items(), ("format", "json"), ("raw", "1")]]
        # The URL it builds has the port in it, https://name:443/…; the signature is over the URL without.
        url = f"https://{self.front.name}{path}"
        nonce = "".join(secrets.choice(_NONCE) for _ in range(32))
        signed = oauth.sign(keys, "POST", url, params, token=bool(keys["access_token"]), nonce=nonce)
        ordered = sorted(signed[:-1]) + [signed[-1]]
        body = "&".join(f"{escape(name)}={escape(value)}" for name, value in params).encode()
        headers = [("Accept", "*/*"), ("User-Agent", "Restler for node.js"), ("Host", self.front.name),
                   ("Accept-Encoding", "gzip, deflate"), ("Authorization", oauth.header(ordered, separator=",")),
                   ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(body))),
                   ("Connection", "keep-alive")]
        return self._read(self._follow("POST", path, headers, body))

    def get(self, path, params=None):
        """requestMethod 'GET', which a few lists know: unsigned, and the port stands in Host."""
        pairs = [*(params or {}).items(), ("format", "json"), ("raw", "1")]
        query = "&".join(f"{escape(name)}={escape(value)}" for name, value in pairs)
        headers = [("Accept", "*/*"), ("User-Agent", "Restler for node.js"), ("Host", self.front.name + ":443"),
                   ("Accept-Encoding", "gzip, deflate"), ("Connection", "keep-alive")]
        return self._read(self._follow("GET", f"{path}?{query}", headers, b""))

    def _follow(self, method, target, headers, body):
        """A redirect is followed with the same method and the same body."""
        front = self.front
        for _ in range(5):
            response = front.send(method, target, headers, body)
            if response.status not in (301, 302, 303):
                return response
            front, target = front.elsewhere(response.header("Location"))
            host = front.name if front is self.front else front.authority
            headers = [(name, host if name == "Host" else value) for name, value in headers]
        raise ClientError("too many redirects")

    @staticmethod
    def _read(response):
        if response.status >= 400:
            raise Refused(response.text, response.status)
        # Its HTTP library parses this type by itself; the client then parses the object once more, and fails.
        if response.media_type == "application/json":
            raise ClientError("Error parsing response")
        try:
            return json.loads(response.text)
        except ValueError:
            raise ClientError("Error parsing response") from None
