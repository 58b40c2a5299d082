"""Ledger: what the server has acknowledged to the storm's clients, and the check that all of it is true."""

import hashlib
import threading
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from harness import wire


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@dataclass
class Expected:
    """What must be there of one token in the end."""

    token: str
    digests: Counter                                # of the files that were acknowledged
    max_uploads: int = 1
    callbacks: bool = False                         # each photo is called back at least once
    deleted: set = field(default_factory=set)       # photo ids


class Ledger:
    """Threads: any. A client enters a fact only after the server's answer was read."""

    def __init__(self):
        self._lock = threading.Lock()
        self.expected = []
        self.chunks = {}                            # upload → numbers of the chunks that got a 200, while it is not finished
        self.counts = Counter()
        self.wrong = []

    def count(self, what, by=1):
        with self._lock:
            self.counts[what] += by

    def fault(self, text):
        """A promise was broken."""
        with self._lock:
            self.wrong.append(text)

    def chunk_stored(self, upload, number):
        with self._lock:
            self.chunks.setdefault(upload, set()).add(number)
            self.counts["chunks"] += 1
            self.counts["bytes"] += upload.span(number)[1] - upload.span(number)[0]

    def finished(self, expected, uploads=()):
        with self._lock:
            self.expected.append(expected)
            self.counts["files"] += expected.digests.total()
            for upload in uploads:
                self.chunks.pop(upload, None)

    def given_up(self, upload):
        """A refusal that ends an upload: nothing of it is promised any more."""
        with self._lock:
            self.chunks.pop(upload, None)


def audit(ledger, server, receiver):
    """Compares the ledger with a quiet server; enters every difference as a fault."""
    for expected in ledger.expected:
        _audit_token(ledger, server, expected)
    for upload, numbers in ledger.chunks.items():
        for number in sorted(numbers):
            status = upload.test(number).status
            if status != 200:
                ledger.fault(f"chunk {number} of {upload.identifier} was acknowledged, and now its test says {status}")
    _audit_uses(ledger, server)
    _audit_files(ledger, server)
    _audit_callbacks(ledger, server, receiver)


def _audit_token(ledger, server, expected):
    photos = server.rows("SELECT photo_id, tree_id, token FROM photos WHERE upload_token = ?", (expected.token,))
    found = Counter()
    for photo_id, tree_id, secret in photos:
        answer = wire.get(server.port, f"/{tree_id}/{photo_id}/{secret}/original")
        if answer.status != 200:
            ledger.fault(f"photo {photo_id} is in the catalog and its file is answered with {answer.status}")
        found[sha256(answer.body)] += 1
    if found != expected.digests:
        ledger.fault(f"token {expected.token[:8]}… should have {dict(expected.digests)}, has {dict(found)}")
    left = expected.deleted & {photo_id for photo_id, _, _ in photos}
    if left:
        ledger.fault(f"deleted photos are back: {left}")


def _audit_uses(ledger, server):
    """I5: as many uses as photos were made, never more than allowed."""
    for expected in ledger.expected:
        [(used, most)] = server.rows("SELECT used, max_uploads FROM tokens WHERE token = ?", (expected.token,))
        made = expected.digests.total() + len(expected.deleted)
        if used != made or used > most or most != expected.max_uploads:
            ledger.fault(f"token {expected.token[:8]}…: {made} files were finished, {used} of {most} uses are counted")


def _audit_files(ledger, server):
    """No file without its photo, no photo without its file; in staging only uploads under way."""
    # First: what waits to be removed may be gone from the disk, and then from the catalog, while we look.
    waiting = {str(row[0]) for row in server.rows("SELECT file_id FROM removals")}
    known = {str(row[0]) for row in server.rows(
        "SELECT file_id FROM photos UNION SELECT poster_id FROM photos WHERE poster_id <> 0")}
    there = {path.parent.name for path in (server.data / "archive").rglob("original")}
    if known - there:
        ledger.fault(f"files are missing in the archive: {sorted(known - there)}")
    if there - known - waiting:
        ledger.fault(f"files without a photo in the archive: {sorted(there - known - waiting)}")
    open_uploads = {row[0] for row in server.rows("SELECT upload_id FROM uploads WHERE state = 'receiving'")}
    orphans = {path.name for path in server.staged()} - open_uploads
    if orphans:
        ledger.fault(f"staging files that belong to nothing: {sorted(orphans)}")


def _audit_callbacks(ledger, server, receiver):
    wanted = {}
    for expected in ledger.expected:
        if expected.callbacks:
            ids = {str(row[0]) for row in server.rows("SELECT photo_id FROM photos WHERE upload_token = ?", (expected.token,))}
            wanted |= {photo_id: expected.token for photo_id in ids}

    def heard():
        found = set()
        for received in list(receiver.requests):
            query = parse_qs(urlsplit(received.target).query)
            found |= {(photo_id, query.get("upload_token", [""])[0]) for photo_id in query.get("photo_id", [])}
        return found

    missing = set(wanted.items())
    ended = threading.Event()
    for _ in range(300):  # a retry is at most a second away
        missing = set(wanted.items()) - heard()
        if not missing:
            break
        ended.wait(0.1)
    if missing:
        ledger.fault(f"{len(missing)} finished photos were never called back, e.g. photo {sorted(missing)[0][0]}")
    ledger.count("callbacks", len(receiver.requests))
