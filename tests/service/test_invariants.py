"""Races on one chunk, one file, one use. Each test cites its invariant of the design."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import multipart, wire
from harness.resumable import Upload
from harness.wait import wait_until

CHUNK = 64_000


def at_once(count, action):
    """Runs action(0) … action(count-1) in as many threads, released together; returns their results."""
    gate = threading.Barrier(count)

    def run(index):
        gate.wait(30)
        return action(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.parametrize("mode", ["multipart", "octet"])
def test_64_redeemers_of_one_chunk_store_it_once(server, media, mode):
    """I2, I3: every answer is right, the bytes are there once."""
    upload = Upload(server, server.token(), media.mp4_of(3 * CHUNK), CHUNK, mode=mode)
    answers = at_once(64, lambda _: upload.persist(2))
    assert {(answer.status, answer.text.strip()) for answer in answers} == {(200, "ok")}
    upload.run([1, 3])
    server.holds(upload.token, upload.data)


@pytest.mark.parametrize("mode", ["multipart", "octet"])
def test_64_redeemers_of_one_whole_file_make_one_photo(server, media, mode):
    """I4, I5: one finish, and everybody gets its answer."""
    upload = Upload(server, server.token(max_uploads=1), media.mp4_of(CHUNK), CHUNK, mode=mode)
    answers = at_once(64, lambda _: upload.persist(1))
    photo = server.holds(upload.token, upload.data)
    assert {(answer.status, answer.text.strip()) for answer in answers} == {(200, str(photo["photo_id"]))}


def test_64_redeemers_of_the_last_chunk_make_one_photo(server, media):
    upload = Upload(server, server.token(max_uploads=1), media.mp4_of(3 * CHUNK), CHUNK)
    upload.run([1, 2])
    answers = at_once(64, lambda _: upload.persist(3))
    photo = server.holds(upload.token, upload.data)
    assert {answer.text.strip() for answer in answers} == {str(photo["photo_id"])}


def test_64_plain_forms_for_one_use_make_one_photo(server, media):
    """I5: plain forms have no identity, so one wins and the others are told that the token is used."""
    token = server.token(max_uploads=1)

    def send(_):
        def attempt():
            answer = multipart.upload(server.port, token, media.jpeg)
            return None if answer.status == 503 else answer

        return wait_until(attempt, 30)

    answers = at_once(64, send)
    assert sorted(answer.status for answer in answers) == [200] + [403] * 63
    photo = server.holds(token, media.jpeg)
    assert next(answer for answer in answers if answer.status == 200).text.strip() == str(photo["photo_id"])


def test_one_use_raced_by_200_redeemers_makes_one_photo(server, media):
    """I5: never exceeded, never lost."""
    token, data = server.token(max_uploads=1), media.mp4_of(30_000)
    answers = at_once(200, lambda n: Upload(server, token, data, 30_000, identifier=f"racer-{n}").send(1))
    won = [answer for answer in answers if answer.status == 200]
    assert len(won) == 1 and {answer.status for answer in answers} <= {200, 500, 503}
    assert won[0].text.strip() == str(server.holds(token, data)["photo_id"])
    assert Upload(server, token, data, 30_000, identifier="late").send(1).status == 500


def test_seven_uses_raced_by_64_redeemers_make_seven_photos(server, media):
    """I5, with chunks: uses are taken by finished files only."""
    token, data = server.token(max_uploads=7), media.mp4_of(3 * 20_000)

    def race(n):
        upload = Upload(server, token, data, 20_000, identifier=f"racer-{n}")
        return [upload.persist(number).status for number in upload.numbers()][-1]

    statuses = at_once(64, race)
    assert statuses.count(200) == 7 and statuses.count(500) == 57
    photos = server.photos(token)
    assert len(photos) == 7
    assert all(server.original(photo) == data for photo in photos)


@pytest.mark.parametrize("seed", range(3))
def test_two_different_bodies_for_one_range_are_never_mixed(server, media, seed):
    """I3: the stored range is one of the bodies, byte for byte."""
    data = media.mp4_of(3 * CHUNK, seed)
    upload = Upload(server, server.token(), data, CHUNK, mode="octet")
    bodies = [random.Random(seed * 100 + n).randbytes(CHUNK) for n in range(16)]
    at_once(16, lambda n: upload.persist(2, bodies[n]))
    upload.run([1, 3])
    stored = server.original(server.only_photo(upload.token))
    assert stored[:CHUNK] == data[:CHUNK] and stored[2 * CHUNK:] == data[2 * CHUNK:]
    assert stored[CHUNK:2 * CHUNK] in bodies, "bytes of different bodies in one range"


def test_a_taken_over_body_leaves_none_of_its_bytes(server, media):
    """I3: the older attempt, half of it written, must not go on writing once the newer one has begun."""
    data = media.mp4_of(3 * CHUNK)
    upload = Upload(server, server.token(), data, CHUNK, mode="octet")
    old, new = b"\x11" * CHUNK, b"\x22" * CHUNK
    request = upload.request_bytes(2, old)
    with wire.Connection(server.port) as stale:
        stale.send(request[:-CHUNK // 2])
        assert upload.persist(2, new).status == 200
        stale.send_if_taken(request[-CHUNK // 2:])
        try:
            assert upload.check(stale.read_response()).status in (200, 503)
        except (wire.ConnectionEnded, OSError):
            pass  # dropping the connection is a way to let go
    upload.run([1, 3])
    assert server.original(server.only_photo(upload.token))[CHUNK:2 * CHUNK] == new


def test_a_stored_range_is_immune_to_a_repeat_with_other_bytes(server, media):
    """I2: durable bytes are immutable."""
    upload = Upload(server, server.token(), media.mp4_of(3 * CHUNK), CHUNK)
    for number in (1, 2):
        assert upload.send(number).status == 200
        assert upload.send(number, b"\x00" * CHUNK).status == 200
    upload.run([3])
    assert upload.send(3, b"\x00" * CHUNK).status == 200
    server.holds(upload.token, upload.data)


def test_a_repeat_that_breaks_off_harms_nothing(server, media):
    """I2."""
    upload = Upload(server, server.token(), media.mp4_of(3 * CHUNK), CHUNK)
    upload.run([1, 2])
    for number in (1, 2):
        with wire.Connection(server.port) as connection:
            connection.send(upload.request_bytes(number, b"\x00" * CHUNK)[:CHUNK // 2])
            connection.reset()
    assert upload.test(1).status == 200 and upload.test(2).status == 200
    upload.run([3])
    server.holds(upload.token, upload.data)


def test_a_range_counts_only_when_whole(server, media):
    """I1: half a chunk, then the end of the connection, in every way a connection can end."""
    upload = Upload(server, server.token(), media.mp4_of(3 * CHUNK), CHUNK, mode="octet")
    for end in ("reset", "half_close", "close"):
        with wire.Connection(server.port) as connection:
            connection.send(upload.request_bytes(1)[:-1])
            getattr(connection, end)()
            if end == "half_close":
                try:
                    assert upload.check(connection.read_response()).status in (400, 503)
                except wire.ConnectionEnded:
                    pass
    assert upload.test(1).status == 204
    upload.run()
    server.holds(upload.token, upload.data)


def test_the_finish_is_all_or_nothing_under_kill_9(make_server, media, make_receiver):
    """I4: after a kill around the finish there is either nothing or photo, use, answer and callback together."""
    server, receiver = make_server(), make_receiver()
    token = server.token(max_uploads=20, return_url=receiver.url(), background=True)
    answers = {}
    for round_number in range(6):
        upload = Upload(server, token, media.mp4_of(2 * CHUNK, round_number), CHUNK, identifier=f"r{round_number}")
        upload.run([1])
        with ThreadPoolExecutor(1) as pool:
            last = pool.submit(upload.persist, 2, None, 60)
            # The kill comes at different moments of the finish; the client repeats until it is answered.
            threading.Event().wait(0.004 * round_number)
            server.restart("kill")
            answers[round_number] = last.result().text
        assert upload.send(2).text == answers[round_number]
    photos = server.photos(token)
    assert len(photos) == 6 and len(set(answers.values())) == 6
    owed = {str(photo["photo_id"]) for photo in photos}
    wait_until(lambda: {dict(call.query)["photo_id"] for call in list(receiver.requests)} == owed, 20, "all callbacks")
    assert server.rows("SELECT used FROM tokens WHERE token = ?", (token,)) == [(6,)]
