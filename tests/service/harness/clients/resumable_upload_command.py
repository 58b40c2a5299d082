"""resumable-upload-command: a file and a token, five chunks at a time. Source: spec/api.md 5.2."""

import mimetypes
import os
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

from harness.clients.front import ClientError

CONCURRENCY = 5
CHUNK_SIZE = 100 << 20  # as a module the size can be lowered


def encode(parts, boundary):
    """(name, bytes, filename or None, type or None) as its form library writes them."""
    pieces = []
    for name, body, filename, content_type in parts:
        disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
        pieces.append(f"--{boundary}\r\nContent-Disposition: {disposition}\r\n".encode())
        if content_type:
            pieces.append(f"Content-Type: {content_type}\r\n".encode())
        pieces += [b"\r\n", body, b"\r\n"]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()])


class ResumableUploadCommand:
    def __init__(self, front, chunk_size=CHUNK_SIZE, path="/api/2/photo/redeem-upload-token"):
        """`-d DOMAIN`; another `path` is what -u URL is for."""
        self.front, self.chunk_size, self.path = front, chunk_size, path
        self.percentages = []
        self._lock = threading.Lock()
        self._done = 0

    def run(self, file, token):
        """Exit status 0, or ClientError at the first answer that is not 2xx; nothing is sent twice."""
        size = os.path.getsize(file)
        count = max(1, size // self.chunk_size)
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            for sent in [pool.submit(self._send, file, token, number, count, size) for number in range(1, count + 1)]:
                sent.result()
        return 0

    def _send(self, file, token, number, count, size):
        name = os.path.basename(file)
        start = (number - 1) * self.chunk_size
        with open(file, "rb") as source:
            source.seek(start)
            chunk = source.read(size - start if number == count else self.chunk_size)
        fields = [("resumableChunkNumber", number), ("resumableTotalChunks", count), ("resumableChunkSize", self.chunk_size),
                  ("resumableTotalSize", size), ("resumableIdentifier", name), ("resumableFilename", name),
                  ("upload_token", token)]
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        boundary = "-" * 26 + secrets.token_hex(12)
        body = encode([("file", chunk, name, guessed), *((key, str(value).encode(), None, None) for key, value in fields)],
                      boundary)
        response = self.front.send("POST", self.path, [
            ("user-agent", "got (https://github.com/sindresorhus/got)"),
            ("content-type", f"multipart/form-data; boundary={boundary}"), ("content-length", str(len(body))),
            ("accept-encoding", "gzip, deflate, br"), ("Host", self.front.authority), ("Connection", "keep-alive")], body)
        if not 200 <= response.status < 300:
            raise ClientError(f"Response code {response.status} ({response.reason})")
        with self._lock:
            self._done += 1
            self.percentages.append(round(100 * self._done / count))
