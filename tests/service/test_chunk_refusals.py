"""A chunk not taken: 500 for hopeless, 400 for malformed, 503 for send again. Source: spec/api.md 4.6; I6, I7."""

import pytest

from harness import multipart, wire
from harness.multipart import field
from harness.resumable import Upload
from harness.wait import wait_until

CHUNK = 20_000


def refused_file(media, kind, size=3 * CHUNK):
    body = getattr(media, kind)
    return body + b" " * (size - len(body))


@pytest.fixture
def upload(server, media):
    """Three chunks of a good file."""
    return Upload(server, server.token(), media.mp4_of(3 * CHUNK), CHUNK)


def hopeless(response, words=""):
    assert response.status == 500 and response.media_type == "text/plain", f"{response.status} {response.body[:200]!r}"
    assert words in response.text.lower() and 0 < len(response.text.strip()) < 300 and "\n" not in response.text.strip()


@pytest.mark.parametrize("kind", ["HTML", "SVG", "PDF", "TEXT", "ELF"])
@pytest.mark.parametrize("mode", ["multipart", "octet", "base64"])
def test_an_unsupported_file_is_cancelled_by_the_chunk_with_its_first_bytes(server, media, kind, mode):
    upload = Upload(server, server.token(), refused_file(media, kind), CHUNK, mode=mode, filename="film.mp4")
    hopeless(upload.send(1))
    hopeless(upload.send(2))
    hopeless(upload.send(1))
    assert upload.test(1).status in (204, 500) and server.photos(upload.token) == []


def test_an_unsupported_file_is_cancelled_also_when_its_first_chunk_comes_last(server, media):
    upload = Upload(server, server.token(), refused_file(media, "PDF"), CHUNK, filename="film.mp4")
    assert upload.send(3).status == 200
    assert upload.send(2).status == 200
    hopeless(upload.send(1))
    for number in (1, 2, 3):
        hopeless(upload.send(number))
    assert server.photos(upload.token) == []


def test_a_refused_file_costs_no_use_and_leaves_no_bytes(server, media):
    token = server.token(max_uploads=1)
    bad = Upload(server, token, refused_file(media, "HTML"), CHUNK)
    assert bad.send(2).status == 200
    hopeless(bad.send(1))
    good = Upload(server, token, media.mp4_of(3 * CHUNK + 5), CHUNK)
    good.run()
    server.holds(token, good.data)
    wait_until(lambda: not server.staged(), what="the staging area to be empty")


def test_a_refusal_survives_a_restart(make_server, media):
    server = make_server()
    upload = Upload(server, server.token(), refused_file(media, "HTML"), CHUNK)
    assert upload.send(2).status == 200
    hopeless(upload.send(1))
    server.restart("kill")
    hopeless(upload.send(2))


def test_the_refusal_of_a_large_chunk_can_be_read_by_its_sender(server, media):
    """I7: the body is drained before the connection ends; a browser would report a reset instead of the words."""
    body = media.PDF + bytes(8 << 20)
    upload = Upload(server, server.token(), body, len(body), mode="octet")
    with wire.Connection(server.port) as connection:
        connection.send(upload.request_bytes(1))  # must not fail: 8 MiB is within what is drained
        hopeless(upload.check(connection.read_response()))
    server.prove_it_works()


def test_too_large_a_file_is_cancelled_with_its_first_request(make_server, media):
    server = make_server(env={"STILE_UPLOAD_MAX_FILE_BYTES": "100000"})
    token = server.token()
    for order in ("fields_first", "file_first"):
        upload = Upload(server, token, media.mp4_of(100_001), CHUNK, order=order)
        for number in (2, 1, upload.count):
            hopeless(upload.send(number))
    good = Upload(server, token, media.mp4_of(100_000), CHUNK)
    good.run()
    server.holds(token, good.data)


@pytest.mark.parametrize("order", ["fields_first", "file_first", "token_first"])
def test_dead_tokens_cancel_the_upload(server, media, order):
    expired, used = server.token(), server.token()
    server.expire(expired)
    assert multipart.upload(server.port, used, media.jpeg).status == 200
    for token, words in (("Z" * 64, "invalid"), ("", "invalid"), (expired, "expired"), (used, "already been used")):
        upload = Upload(server, token, media.mp4_of(3 * CHUNK), CHUNK, order=order)
        hopeless(upload.send(1), words)
        hopeless(upload.send(3), words)
    octet = Upload(server, expired, media.mp4_of(3 * CHUNK), CHUNK, mode="octet")
    hopeless(octet.send(1), "expired")


def test_a_chunk_without_any_token_is_cancelled(upload):
    hopeless(upload.send(1, upload_token=None), "token")


def test_an_upload_begun_in_time_may_finish_after_expiry(server, upload):
    """I6, and its finish can be repeated."""
    assert upload.send(2).status == 200
    server.expire(upload.token)
    upload.run([1, 3])
    server.holds(upload.token, upload.data)
    assert upload.send(3).status == 200
    late = Upload(server, upload.token, upload.data, CHUNK, identifier="late")
    hopeless(late.send(1), "expired")


def test_a_finished_upload_is_answered_although_its_token_is_used_up(server, upload):
    final = upload.run()[3]
    for number in (1, 2, 3):
        assert upload.send(number).body == final.body
    hopeless(Upload(server, upload.token, upload.data, CHUNK, identifier="second").send(1), "already been used")


def test_an_abandoned_upload_costs_no_use(server, media):
    """I5."""
    token = server.token(max_uploads=1)
    abandoned = Upload(server, token, media.mp4_of(3 * CHUNK), CHUNK, identifier="abandoned")
    abandoned.run([1, 2])
    other = Upload(server, token, media.mp4_of(3 * CHUNK + 1), CHUNK, identifier="other")
    other.run()
    hopeless(abandoned.send(3), "already been used")
    server.holds(token, other.data)


BAD_NUMBERS = ["-1", "1.5", "one", "1e3", " 1", "0x1", "99999999999999999999999999", "18446744073709551616", "1;2", "١"]


@pytest.mark.parametrize("value", BAD_NUMBERS)
@pytest.mark.parametrize("name", ["resumableChunkNumber", "resumableChunkSize", "resumableTotalSize"])
def test_numbers_that_are_none_are_malformed(server, upload, name, value):
    for mode in ("multipart", "octet"):
        upload.mode = mode
        allowed = (400, 500) if name == "resumableTotalSize" and value.startswith(("999", "184")) else (400,)
        assert upload.send(1, **{name: value}).status in allowed
    assert server.photos(upload.token) == []


@pytest.mark.parametrize("changes", [
    {"resumableChunkNumber": 0}, {"resumableChunkSize": 0}, {"resumableTotalSize": 0},
    {"resumableChunkNumber": 4}, {"resumableChunkNumber": 9_223_372_036_854_775_807},
    {"resumableChunkNumber": 4_294_967_297},
    {"resumableChunkSize": 9_223_372_036_854_775_807, "resumableChunkNumber": 3},
    {"resumableChunkNumber": 18_446_744_073_709_551_615, "resumableChunkSize": 18_446_744_073_709_551_615},
], ids=str)
def test_chunks_outside_the_file_are_malformed(server, upload, changes):
    for mode in ("multipart", "octet"):
        upload.mode = mode
        assert upload.send(1, **changes).status == 400
    assert server.photos(upload.token) == []
    upload.mode = "multipart"
    upload.run()
    server.holds(upload.token, upload.data)


@pytest.mark.parametrize("mode", ["multipart", "octet", "base64"])
@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK + 1, 2 * CHUNK + 1])
def test_a_chunk_of_the_wrong_length_is_never_taken(server, upload, mode, length):
    upload.mode = mode
    for number in (1, 2):
        start, _ = upload.span(number)
        body = (upload.data[start:] + bytes(2 * CHUNK))[:length]
        assert upload.send(number, body=body).status in (400, 503)
    assert upload.test(1).status == 204 and upload.test(2).status == 204
    upload.run()
    server.holds(upload.token, upload.data)


def test_a_last_chunk_of_the_wrong_length_is_never_taken(server, media):
    upload = Upload(server, server.token(), media.mp4_of(2 * CHUNK + 500), CHUNK)
    upload.run([1])
    for length in (1, CHUNK - 1, CHUNK + 499, CHUNK + 501):
        assert upload.send(2, body=bytes(length)).status in (400, 503)
    upload.run([2])
    server.holds(upload.token, upload.data)


def test_another_size_or_chunk_size_in_the_middle_mixes_nothing(server, media):
    """Another total is another upload; another chunk size moves the offsets, and what overlaps is not written twice."""
    token, data = server.token(max_uploads=2), media.mp4_of(6 * CHUNK)
    first = Upload(server, token, data, CHUNK, identifier="same")
    second = Upload(server, token, data, 2 * CHUNK, identifier="same")
    first.run([1, 4])
    for number in second.numbers():
        second.send(number)
    first.resume()
    server.holds(token, data)


def test_a_missing_identifier_stores_no_part_of_a_file(server, upload):
    """A request that names a chunk but no upload must not make a photo of a piece of a file."""
    for name in ("resumableIdentifier", "resumableTotalSize", "resumableChunkSize"):
        parts = [field(*pair) for pair in upload.fields(2, **{name: None})]
        response = multipart.post(server.port, [*parts, multipart.file(upload.data[CHUNK:2 * CHUNK])])
        assert response.status in (400, 415, 500)
    assert server.photos(upload.token) == []


def test_a_chunk_without_its_file_is_malformed(server, upload):
    parts = [field(name, value) for name, value in upload.fields(1)]
    response = multipart.post(server.port, parts, headers=[("Origin", wire.ORIGIN)])
    assert upload.check(response).status == 400


def test_a_test_get_with_nonsense_is_malformed(server, upload):
    for changes in ({"resumableChunkNumber": "x"}, {"resumableChunkNumber": 99}, {"resumableChunkSize": -5}):
        assert upload.test(1, **changes).status in (204, 400)
    assert upload.test(1, upload_token="Q" * 64).status in (204, 500)


def test_open_uploads_per_token_are_bounded(make_server, media):
    """I5: the bound answers 503 (come again), never cancel, and finished uploads make room."""
    server = make_server(env={"STILE_UPLOAD_MAX_OPEN_PER_TOKEN": "3"})
    token = server.token(max_uploads=10)
    uploads = [Upload(server, token, media.mp4_of(3 * CHUNK), CHUNK, identifier=f"u{n}") for n in range(5)]
    assert [upload.send(2).status for upload in uploads] == [200, 200, 200, 503, 503]
    uploads[0].run()
    assert uploads[3].send(2).status == 200 and uploads[4].send(2).status == 503
    for upload in uploads[1:]:
        upload.run()
    assert len(server.photos(token)) == 5
