"""twentythree-cli: v2 with bearer tokens, a site after another from user/tokens. Source: spec/api.md 5.3, 2.5."""

import json
import os
import secrets
import selectors
import ssl
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from harness import wire
from harness.clients.front import ClientError, KeptConnection, Refused
from harness.clients.resumable_upload_command import encode

CHUNK_SIZE = 5 << 20
WINDOW = 5
BACK_OFF = (1, 2, 4, 8, 16)
FETCH = [("accept", "*/*"), ("accept-language", "*"), ("sec-fetch-mode", "cors"), ("user-agent", "node"),
         ("accept-encoding", "gzip, deflate")]


class TwentyThreeCli:
    """`sleep`: what passes the time between retries; tests give one that does not."""

    def __init__(self, front, bearer=None, base="/api/2/", sleep=time.sleep):
        self.front, self.bearer, self.base, self.sleep = front, bearer, base, sleep
        self._kept = KeptConnection(front)

    def close(self):
        self._kept.close()

    # auth credentials, doctor

    def auth_credentials(self, login_token):
        """Takes the first site of the login: from now on its own token and base are used. Returns the entry."""
        reply = self._typed("GET", "user/tokens", {"cross_sites_p": "1"}, bearer=login_token, base="/api/2/")
        entries = next((reply[key] for key in ("tokens", "sites", "data", "workspaces") if isinstance(reply.get(key), list)),
                       None)
        if not entries:
            raise ClientError("no workspaces")
        entry = entries[0]
        for name in ("domain", "display_name", "bearer_token", "expiration_time", "api_base_url"):
            if not isinstance(entry.get(name), str) or not entry[name]:
                raise ClientError(f"the workspace has no {name}")
        expires = datetime.fromisoformat(entry["expiration_time"].replace("Z", "+00:00"))
        if expires <= datetime.now(timezone.utc):
            raise ClientError("the token of the workspace is expired")
        self.bearer, self.base = entry["bearer_token"], urlsplit(entry["api_base_url"] + "api/2/").path
        return entry

    def doctor(self):
        """Any answer to HEAD will do; then the level that the credentials have here."""
        self.front.send("HEAD", "/", [("host", self.front.authority), ("connection", "close"), *FETCH])
        return self._typed("GET", "photo/list", {"size": "1"})["permission_level"]

    # Typed calls

    def get(self, method, **params):
        return self._typed("GET", method, params)

    def post(self, method, **params):
        return self._typed("POST", method, params)

    def _typed(self, verb, method, params, bearer=None, base=None):
        """Errors are known by their status alone; a 200 is a success whatever its body says."""
        target = (base or self.base) + method
        headers = [("host", self.front.authority), ("connection", "keep-alive"),
                   ("Authorization", "Bearer " + (bearer or self.bearer))]
        if verb == "GET":
            query = urlencode(params, quote_via=quote, safe="!'()*")
            response = self._kept.send("GET", target + ("?" + query if query else ""), headers + FETCH)
        else:
            body = urlencode(params, quote_via=quote_plus, safe="*").replace("~", "%7E").encode()
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            response = self._kept.send("POST", target, [*headers, *FETCH, ("content-length", str(len(body)))], body)
        try:
            parsed = json.loads(response.text)
        except ValueError:
            raise ClientError(f"not JSON: {response.body[:80]!r}") from None
        if not 200 <= response.status < 300:
            raise Refused(parsed.get("message", ""), response.status, parsed.get("code"))
        return parsed

    # video …

    def video_upload(self, file, title=None, description=None, tags=None, category_id=None, chunk_size=CHUNK_SIZE):
        """The photo_id, read out of the answer that came last."""
        asked = {"title": title, "description": description, "tags": tags, "album_id": category_id}
        token = self.get("photo/get-upload-token", **{name: value for name, value in asked.items() if value is not None})
        sending = _Sending(self.front, self.sleep, self.base + "photo/redeem-upload-token", "upload_token",
                           token["data"]["upload_token"], file, chunk_size)
        return sending.run()

    def video_replace(self, photo_id, file, chunk_size=CHUNK_SIZE):
        token = self.get("photo/get-replace-token", photo_id=photo_id)["data"]["replace_token"]
        return _Sending(self.front, self.sleep, self.base + "photo/replace", "replace_token", token, file, chunk_size).run()

    def video_list(self, include_unpublished=False):
        """All pages of a hundred; the rows it prints."""
        rows, page = [], 1
        while True:
            more = {"include_unpublished_p": "1"} if include_unpublished else {}
            reply = self.get("photo/list", p=page, size=100, **more)
            rows += [{name: item[name] for name in ("photo_id", "title", "video_length_fmt", "video_encoded_p", "published_p",
                                                    "publish_date_ansi")} for item in reply["data"]]
            if not reply["data"] or len(rows) >= reply["total_count"]:
                return rows
            page += 1

    def video_get(self, photo_id):
        found = self.get("photo/list", photo_id=photo_id, include_unpublished_p=1)["data"]
        if not found:
            raise ClientError("no such video")
        for name in ("photo_id", "title", "tags", "content_text", "album_title", "creation_date_ansi"):
            found[0][name]
        return found[0]

    def video_update(self, photo_id, **changes):
        """title, description, tags, album_id, published_p, promoted_p (1 or 0), publish_date, video_360_p"""
        return self.post("photo/update", photo_id=photo_id, **changes)

    def video_delete(self, photo_id):
        return self.post("photo/delete", photo_id=photo_id)

    def transcoding_progress(self, photo_id):
        """Values that are not strings are passed over."""
        progress = self.get("photo/get-transcoding-progress", photo_id=photo_id)["data"]
        return {name: float(value) for name, value in progress.items() if isinstance(value, str)}

    def wait_for_transcoding(self, photo_id, rounds=20):
        """Polls until everything is there; returns how often it had to ask."""
        for asked in range(1, rounds + 1):
            if self.transcoding_progress(photo_id)["all"] >= 1:
                return asked
            self.sleep(5)
        raise ClientError("still transcoding")

    def category_create(self, title, description=None):
        more = {} if description is None else {"description": description}
        return self.post("album/create", title=title, **more)["data"]["album_id"]

    def webhook_subscribe(self, url, event):
        return self.post("webhook/subscribe", target_url=url, event=event)["data"]["webhook_id"]


@dataclass
class _Flight:
    """A chunk on its way."""

    number: int
    attempt: int
    sent: tuple  # method, target, headers, body
    connection: wire.Connection

    def answer(self):
        """The answer, once there is some of it; None when what came was only TLS talking to itself."""
        self.connection.socket.settimeout(0)
        try:
            self.connection.buffer += self.connection.socket.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        finally:
            self.connection.socket.settimeout(30)
        return self.connection.read_response()


class _Sending:
    """One file in chunks: windows of five, no credentials but the token in the form.

    One thread, as in the original: what comes last in a window is what the network brings last, not what a scheduler likes.
    """

    def __init__(self, front, sleep, path, token_field, token, file, chunk_size):
        self.front, self.sleep, self.path = front, sleep, path
        self.token_field, self.token, self.file, self.chunk_size = token_field, token, file, chunk_size
        self.size = os.path.getsize(file)
        self.count = max(1, self.size // chunk_size)
        self._last = None

    def run(self):
        for first in range(1, self.count + 1, WINDOW):
            self._window(range(first, min(first + WINDOW, self.count + 1)))  # the next waits for all of this one
        return self._result()

    def _window(self, numbers):
        with selectors.DefaultSelector() as ready:
            self._launch(ready, [(number, 0) for number in numbers])
            while ready.get_map():
                events = ready.select(30)
                assert events, "no answer to a chunk for 30 s"
                for key, _ in events:
                    flight = key.data
                    response = flight.answer()
                    if response is None:
                        continue
                    ready.unregister(key.fileobj)
                    flight.connection.close()
                    self.front.remember(*flight.sent, response)
                    if response.status == 200:
                        self._last = response
                    elif response.status == 500:
                        raise Refused(response.text, 500)
                    elif flight.attempt == len(BACK_OFF):
                        raise ClientError(f"chunk {flight.number} failed with {response.status}")
                    else:
                        self.sleep(BACK_OFF[flight.attempt])
                        self._launch(ready, [(flight.number, flight.attempt + 1)])

    def _launch(self, ready, chunks):
        """Each gets half of its request before any gets the rest: all are under way at once."""
        flights = []
        for number, attempt in chunks:
            sent = ("POST", self.path, *self._message(number))
            flights.append(_Flight(number, attempt, sent, self.front.connect()))
        for half in (0, 1):
            for flight in flights:
                data = wire.head_bytes(*flight.sent[:3]) + flight.sent[3]
                middle = len(data) // 2
                flight.connection.send_if_taken(data[middle:] if half else data[:middle])
        for flight in flights:
            ready.register(flight.connection.socket, selectors.EVENT_READ, flight)

    def _message(self, number):
        """(headers, body) of a chunk."""
        name = os.path.basename(self.file)
        start = (number - 1) * self.chunk_size
        with open(self.file, "rb") as source:
            source.seek(start)
            chunk = source.read(self.size - start if number == self.count else self.chunk_size)
        fields = [("resumableChunkNumber", number), ("resumableChunkSize", self.chunk_size),
                  ("resumableTotalSize", self.size), ("resumableIdentifier", name), ("resumableFilename", name),
                  ("resumableTotalChunks", self.count)]
        boundary = f"----formdata-undici-0{secrets.randbelow(10**11):011}"
        parts = [(self.token_field, self.token.encode(), None, None), ("file", chunk, name, "application/octet-stream"),
                 *((key, str(value).encode(), None, None) for key, value in fields)]
        body = encode(parts, boundary)
        return [("host", self.front.authority), ("connection", "keep-alive"),
                ("content-type", f"multipart/form-data; boundary={boundary}"), *FETCH,
                ("content-length", str(len(body)))], body

    def _result(self):
        """A number is the photo's id; an object has it at its top."""
        try:
            parsed = json.loads(self._last.text)
        except ValueError:
            raise ClientError(f"no result in the last answer: {self._last.text[:80]!r}") from None
        if isinstance(parsed, int) and not isinstance(parsed, bool):
            return parsed
        if isinstance(parsed, dict) and parsed.get("photo_id"):
            return int(parsed["photo_id"])
        raise ClientError(f"no photo_id in the last answer: {self._last.text[:80]!r}")
