"""What the storm's clients do. Every job ends by entering into the ledger what it was promised; every job goes on through
kills as a real client does: a broken connection, a refused one and a 503 mean "again"."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from harness import multipart, wire
from harness.resumable import Upload
from harness.sanitizers import patience
from ledger import Expected, sha256

PATIENCE = 60.0 * patience()  # seconds without an answer after which a server counts as dead


class GaveUp(Exception):
    """The server did not come back, or answered what no client understands."""


class Client:
    """One client: a thread with random numbers of its own. `world`: server, media, ledger, callback_url, bearer, stopping."""

    def __init__(self, world, number):
        self.world = world
        self.random = random.Random(f"{world.seed}/{number}")
        self.name = f"client-{number}"
        self.jobs = 0

    def run(self):
        kinds = [self.form, self.chunks, self.chunks, self.abandon, self.race, self.delete, self.read]
        if self.world.can_replace:
            kinds += [self.replace, self.replace]
        while not self.world.stopping.is_set():
            self.jobs += 1
            job = self.random.choice(kinds)
            try:
                job()
                self.world.ledger.count(job.__name__)
            except GaveUp as problem:
                self.world.ledger.fault(f"{self.name}, {job.__name__}: {problem}")
                return
            except AssertionError as problem:
                self.world.ledger.fault(f"{self.name}, {job.__name__}: {problem}")

    # Sending

    def _again(self, attempt):
        """Calls `attempt` until it gives an answer other than 503; returns it, and whether an earlier attempt may have done
        the work without our hearing of it."""
        in_doubt, deadline = False, time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = attempt()
            except ConnectionRefusedError:
                answer = None
            except (OSError, wire.ConnectionEnded):
                answer, in_doubt = None, True
            if answer is not None and answer.status != 503:
                return answer, in_doubt
            if answer is None:
                self.world.ledger.count("broken connections")
            threading.Event().wait(self.random.uniform(0.005, 0.05))
        raise GaveUp(f"no answer for {PATIENCE:.0f} s")

    def _call(self, method, **parameters):
        """A v2 call with the bearer token; (answer, in doubt)."""
        headers = [("Authorization", "Bearer " + self.world.bearer), ("Content-Type", "application/x-www-form-urlencoded")]
        return self._again(lambda: wire.request(self.world.server.port, "POST", f"/api/2/{method}", headers,
                                                urlencode(parameters).encode()))

    def _send_chunk(self, upload, number):
        answer, _ = self._again(lambda: upload.send(number))
        if answer.status in (200, 301):
            self.world.ledger.chunk_stored(upload, number)
        return answer

    # Making things to send

    def _token(self, max_uploads=1, callbacks=False):
        options = {"return_url": self.world.callback_url, "background": True} if callbacks else {}
        return self.world.server.token(max_uploads=max_uploads, **options)

    def _picture(self):
        return self.world.media.jpeg_of(self.random.randint(4_000, 150_000), self.random.random())

    def _upload(self, token, name="film.mp4"):
        chunk = self.random.choice([16_384, 40_000, 65_536])
        data = self.world.media.mp4_of(chunk * self.random.randint(2, 9) + self.random.randint(0, chunk - 1), self.random.random())
        return Upload(self.world.server, token, data, chunk, identifier=f"{self.name}-{self.jobs}-{name}",
                      mode=self.random.choice(["multipart", "multipart", "octet", "base64"]),
                      order=self.random.choice(["fields_first", "file_first", "token_first"]))

    # Jobs

    def form(self):
        """A plain form for a token of one use. "Already used" after a lost answer means that it had landed."""
        callbacks = self.random.random() < 0.5
        token, data = self._token(callbacks=callbacks), self._picture()
        answer, in_doubt = self._again(lambda: multipart.upload(self.world.server.port, token, data))
        landed_before = in_doubt and answer.status == 403 and "already been used" in answer.text
        if answer.status != 200 and not landed_before:
            raise AssertionError(f"a form got {answer.status} {answer.body[:100]!r}")
        self.world.ledger.finished(Expected(token, Counter([sha256(data)]), callbacks=callbacks))

    def chunks(self):
        """Chunks in any order, three at once, some of them twice; the answer to the last is asked for again."""
        callbacks = self.random.random() < 0.5
        token = self._token(callbacks=callbacks)
        upload = self._upload(token)
        numbers = [*upload.numbers(), *self.random.choices(upload.numbers(), k=2)]
        self.random.shuffle(numbers)
        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(lambda number: self._send_chunk(upload, number), numbers))
        bad = [answer for answer in answers if answer.status not in (200, 301)]
        if bad:
            raise AssertionError(f"a chunk got {bad[0].status} {bad[0].body[:100]!r}")
        replay = {self._send_chunk(upload, number).text.strip() for number in (upload.count, upload.count)}
        if len(replay) != 1 or "ok" in replay:
            raise AssertionError(f"the repeated last chunk was answered with {replay}")
        self.world.ledger.finished(Expected(token, Counter([sha256(upload.data)]), callbacks=callbacks), [upload])

    def abandon(self):
        """Some chunks, the connection cut within another, and then nothing more: what was acknowledged must stay."""
        upload = self._upload(self._token())
        numbers = self.random.sample(upload.numbers(), k=self.random.randint(1, upload.count - 1))
        for number in numbers:
            self._send_chunk(upload, number)
        request = upload.request_bytes(self.random.choice([n for n in upload.numbers() if n not in numbers]))
        try:
            with wire.Connection(self.world.server.port) as connection:
                connection.send_if_taken(request[:len(request) // 2])
                connection.reset()
        except OSError:
            pass  # the server is just down

    def race(self):
        """Three files for two uses, at once: two land, the third is told so (I5)."""
        token = self._token(max_uploads=2)
        uploads = [self._upload(token, f"{n}.mp4") for n in range(3)]

        def run(upload):
            return [self._send_chunk(upload, number) for number in upload.numbers()]

        with ThreadPoolExecutor(3) as pool:
            results = list(pool.map(run, uploads))
        landed = [upload for upload, answers in zip(uploads, results) if all(a.status == 200 for a in answers)]
        refused = [upload for upload in uploads if upload not in landed]
        for upload in refused:
            self.world.ledger.given_up(upload)
        if len(landed) != 2 or results[uploads.index(refused[0])][-1].status != 500:
            raise AssertionError(f"of three files for two uses {len(landed)} landed")
        self.world.ledger.finished(Expected(token, Counter(sha256(u.data) for u in landed), max_uploads=2), landed)

    def _landed(self):
        """A photo of our own: (token, data, photo)."""
        token, data = self._token(), self._picture()
        answer, _ = self._again(lambda: multipart.upload(self.world.server.port, token, data))
        if answer.status not in (200, 403):
            raise AssertionError(f"a form got {answer.status} {answer.body[:100]!r}")
        return token, data, self.world.server.only_photo(token)

    def delete(self):
        token, _, photo = self._landed()
        photo_id = int(photo["photo_id"])
        answer, in_doubt = self._call("photo/delete", photo_id=photo_id)
        if answer.status != 200 and not (in_doubt and answer.status == 404):
            raise AssertionError(f"photo/delete got {answer.status} {answer.body[:100]!r}")
        gone, _ = self._again(lambda: wire.get(self.world.server.port, self.world.server.original_path(photo)))
        if gone.status != 404:
            raise AssertionError(f"the file of a deleted photo is answered with {gone.status}")
        self.world.ledger.finished(Expected(token, Counter(), deleted={photo_id}))

    def read(self):
        """A finished photo is read over and over: always whole."""
        token, data, photo = self._landed()
        for _ in range(self.random.randint(2, 6)):
            answer, _ = self._again(lambda: wire.get(self.world.server.port, self.world.server.original_path(photo)))
            if answer.status != 200 or answer.body != data:
                raise AssertionError(f"photo {photo['photo_id']} was read as {answer.status}, {len(answer.body)} bytes")
        self.world.ledger.finished(Expected(token, Counter([sha256(data)])))

    def replace(self):
        """The file is replaced in chunks while somebody reads it: every reader gets the old one or the new one."""
        token, old, photo = self._landed()
        answer, _ = self._call("photo/get-replace-token", photo_id=photo["photo_id"])
        if answer.status != 200:
            raise AssertionError(f"get-replace-token got {answer.status} {answer.body[:100]!r}")
        replace_token = answer.json()["data"]["replace_token"]
        chunk = 20_000
        new = self.world.media.jpeg_of(chunk * self.random.randint(2, 5), self.random.random())
        upload = Replacement(self.world.server, replace_token, new, chunk, identifier=f"{self.name}-{self.jobs}", filename="new.jpg",
                             path="/api/2/photo/redeem-replace-token")
        done = threading.Event()

        def watch():
            while not done.is_set():
                seen, _ = self._again(lambda: wire.get(self.world.server.port, self.world.server.original_path(photo)))
                if seen.status != 200 or seen.body not in (old, new):
                    raise AssertionError(f"during a replacement a reader got {seen.status}, {len(seen.body)} bytes")

        with ThreadPoolExecutor(1) as pool:
            watcher = pool.submit(watch)
            try:
                answers = [self._again(lambda number=number: upload.send(number))[0] for number in upload.numbers()]
            finally:
                done.set()
            watcher.result()
        if any(answer.status != 200 for answer in answers):
            raise AssertionError(f"a replacing chunk got {[answer.status for answer in answers]}")
        self.world.ledger.finished(Expected(token, Counter([sha256(new)])))


class Replacement(Upload):
    """The same client with a replace token."""

    def fields(self, number, **changes):
        return [("replace_token" if name == "upload_token" else name, value) for name, value in super().fields(number, **changes)]
