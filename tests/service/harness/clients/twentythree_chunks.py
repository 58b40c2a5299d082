"""How twentythree-cli sends a file in chunks. Source: spec/api.md 5.3."""

import json
import os
import secrets
import selectors
import ssl
from dataclasses import dataclass

from harness import wire
from harness.clients.front import ClientError, Refused
from harness.clients.resumable_upload_command import encode

WINDOW = 5
BACK_OFF = (1, 2, 4, 8, 16)
FETCH = [("accept", "*/*"), ("accept-language", "*"), ("sec-fetch-mode", "cors"), ("user-agent", "node"),
         ("accept-encoding", "gzip, deflate")]


@dataclass
class Flight:
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


class Sending:
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
            flights.append(Flight(number, attempt, sent, self.front.connect()))
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
