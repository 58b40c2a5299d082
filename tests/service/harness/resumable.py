"""Upload: the Resumable.js client and its relatives, as they are on the wire. Source: spec/api.md 4.6, 5.2, 5.3."""

import base64
import random
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

from harness import multipart, wire
from harness.multipart import V1
from harness.wait import wait_until

# All that a chunk may be answered with; clients disagree about every other status.
CHUNK_STATUSES = {200, 301, 400, 500, 503}


class Upload:
    """One file on its way. `data`: bytes, or anything with __len__ and blocks(start, end).

    mode    multipart | octet | base64
    order   fields_first (Resumable.js: fields in query and body, then the file) | file_first (command-line uploader: no
            query, the file first, the token last) | token_first (twentythree-cli: no query, token, file, fields)
    total_chunks   honest | absent | a number to announce instead
    """

    def __init__(self, server, token, data, chunk_size, *, identifier=None, filename="clip.mp4", path=V1,
                 mode="multipart", order="fields_first", method="POST", force_chunk_size=False, total_chunks="honest",
                 extras=(), headers=(), port=None, token_field="upload_token"):
        self.server, self.token, self.data, self.chunk_size = server, token, data, chunk_size
        self.identifier = f"{len(data)}-{filename}" if identifier is None else identifier
        self.filename, self.path, self.mode, self.order, self.method = filename, path, mode, order, method
        self.force_chunk_size, self.total_chunks = force_chunk_size, total_chunks
        self.extras, self.headers, self.port = list(extras), list(headers), port
        self.token_field = token_field

    @property
    def count(self):
        whole = len(self.data) // self.chunk_size
        if self.force_chunk_size:
            whole = -(-len(self.data) // self.chunk_size)
        return max(1, whole)

    def numbers(self):
        return range(1, self.count + 1)

    def span(self, number):
        start = (number - 1) * self.chunk_size
        return start, len(self.data) if number == self.count else start + self.chunk_size

    def blocks(self, number):
        start, end = self.span(number)
        return self.data.blocks(start, end) if hasattr(self.data, "blocks") else [self.data[start:end]]

    def fields(self, number, **changes):
        """The parameters of one chunk in the client's order. `changes` replace (or, with None, remove) single ones."""
        start, end = self.span(number) if 1 <= number <= self.count else (0, self.chunk_size)
        resumable_js = self.order == "fields_first"
        known = [("resumableChunkNumber", number)]
        if self.order == "file_first":
            known.append(("resumableTotalChunks", self.count))
        known.append(("resumableChunkSize", self.chunk_size))
        if resumable_js:
            known.append(("resumableCurrentChunkSize", end - start))
        known.append(("resumableTotalSize", len(self.data)))
        if resumable_js:
            known.append(("resumableType", "video/mp4"))
        known += [("resumableIdentifier", self.identifier), ("resumableFilename", self.filename)]
        if resumable_js:
            known.append(("resumableRelativePath", self.filename))
        if self.order != "file_first":
            known.append(("resumableTotalChunks", self.count))
        if self.total_chunks == "absent":
            changes = {"resumableTotalChunks": None, **changes}
        elif self.total_chunks != "honest":
            changes = {"resumableTotalChunks": self.total_chunks, **changes}
        known += self.extras
        known.insert(0 if self.order == "token_first" else len(known), (self.token_field, self.token))
        known = [(name, changes.get(name, value)) for name, value in known]
        return [(name, value) for name, value in known if value is not None]

    def target(self, fields):
        return self.path + "?" + urlencode([(name, str(value)) for name, value in fields], quote_via=quote, safe="")

    def _message(self, number, body, changes):
        """(target, headers, blocks) of one chunk request."""
        fields = self.fields(number, **changes)
        if body is None:
            blocks = self.blocks(number) if 1 <= number <= self.count else [self.data[:self.chunk_size]]
        else:
            blocks = [body]
        if self.mode == "octet":
            return self.target(fields), [("Content-Type", "application/octet-stream")], blocks
        parts = [multipart.field(name, value) for name, value in fields]
        content = b"".join(blocks)
        if self.mode == "base64":
            url = b"data:application/octet-stream;base64," + base64.b64encode(content)
            the_file = multipart.field("file", url)
        else:
            the_file = multipart.file(content, self.filename if self.order == "file_first" else "blob")
        at = {"fields_first": len(parts), "file_first": 0, "token_first": 1}[self.order]
        parts.insert(at, the_file)
        target = self.target(fields) if self.order == "fields_first" else self.path
        return target, [("Content-Type", multipart.content_type())], [multipart.encode(parts)]

    def request_bytes(self, number, body=None, **changes):
        """The whole request as one byte string, for tests that send it in an odd way."""
        target, headers, blocks = self._message(number, body, changes)
        length = sum(len(block) for block in blocks)
        headers += [*self.headers, ("Origin", wire.ORIGIN), ("Content-Length", str(length)), ("Connection", "close")]
        return wire.head_bytes(self.method, target, headers) + b"".join(blocks)

    def check(self, response, allowed=frozenset(CHUNK_STATUSES)):
        assert response.status in allowed, f"{response.status} on a chunk, {response.body[:200]!r}"
        assert response.header("Access-Control-Allow-Origin") in ("*", wire.ORIGIN), "a chunk's answer without CORS"
        return response

    def send(self, number, body=None, timeout=60.0, **changes):
        """One attempt, whatever comes of it."""
        target, headers, blocks = self._message(number, body, changes)
        port = self.port or self.server.port
        return self.check(wire.request(port, self.method, target, [*headers, *self.headers], blocks, timeout))

    def persist(self, number, body=None, timeout=30.0):
        """Sends again on 503 and on a broken connection, as every client of this family does."""
        def attempt():
            try:
                response = self.send(number, body)
            except (OSError, wire.ConnectionEnded):
                return None
            return None if response.status == 503 else response

        return wait_until(attempt, timeout, f"chunk {number} to be taken", interval=0.05)

    def test(self, number, **changes):
        """"Do you have it?" """
        response = wire.get(self.server.port, self.target(self.fields(number, **changes)), self.headers)
        return self.check(response, CHUNK_STATUSES | {204})

    def run(self, numbers=None, parallel=1):
        """Uploads the chunks in the given order; returns {number: answer} and asserts that each was accepted."""
        numbers = list(self.numbers() if numbers is None else numbers)
        if parallel == 1:
            answers = {number: self.persist(number) for number in numbers}
        else:
            with ThreadPoolExecutor(parallel) as pool:
                answers = dict(zip(numbers, pool.map(self.persist, numbers)))
        for number, answer in answers.items():
            assert answer.status in (200, 301), f"chunk {number}: {answer.status} {answer.body[:200]!r}"
        return answers

    def resume(self):
        """What Resumable.js does after a reload: asks for every chunk and sends only those that are missing."""
        sent = []
        for number in self.numbers():
            if self.test(number).status != 200:
                assert self.persist(number).status in (200, 301)
                sent.append(number)
        return sent


def shuffled(numbers, seed):
    print(f"order: random.Random({seed})")  # shown by pytest when the test fails
    numbers = list(numbers)
    random.Random(seed).shuffle(numbers)
    return numbers


def finals(answers):
    """The answers that are the upload's result rather than a chunk's plain ok."""
    return [answer for answer in answers.values() if answer.status == 301 or answer.text.strip() != "ok"]
