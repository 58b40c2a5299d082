"""What different clients send for the same chunk. Source: spec/api.md 4.6, 5.2, 5.3."""

import base64
import shutil
import zlib

import pytest

from harness import multipart, wire
from harness.media import PatternFile
from harness.multipart import V1, V2, field
from harness.resumable import Upload, shuffled

CHUNK = 30_000
MIB = 1 << 20


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("mode", ["multipart", "octet", "base64"])
def test_every_mode_and_method_uploads(server, media, mode, method, path):
    upload = Upload(server, server.token(), media.mp4_of(100_001), CHUNK, mode=mode, method=method, path=path)
    upload.run(shuffled(upload.numbers(), 3), parallel=2)
    server.holds(upload.token, upload.data)


@pytest.mark.parametrize("order", ["fields_first", "file_first", "token_first"])
def test_every_clients_field_order_uploads(server, media, order):
    upload = Upload(server, server.token(), media.mp4_of(100_001), CHUNK, order=order, identifier="video.mp4")
    upload.run(parallel=5)
    assert server.holds(upload.token, upload.data)["file_name"] == "clip.mp4"


def test_clients_may_be_mixed_within_one_upload(server, media):
    token, data = server.token(), media.mp4_of(4 * CHUNK)
    kinds = [{"mode": "octet"}, {"mode": "base64"}, {"order": "file_first"}, {"mode": "octet", "method": "PUT"}]
    for number, kind in enumerate(kinds, 1):
        assert Upload(server, token, data, CHUNK, identifier="x", **kind).send(number).status == 200
    server.holds(token, data)


@pytest.mark.parametrize("extra", [0, 1, CHUNK // 2, CHUNK - 1])
@pytest.mark.parametrize("force", [False, True], ids=["floor", "ceil"])
@pytest.mark.parametrize("total_chunks", ["honest", "absent", 1, 7, 0, 4_000_000_000])
def test_the_last_chunk_may_differ_and_the_announced_count_may_lie(server, media, extra, force, total_chunks):
    upload = Upload(server, server.token(), media.mp4_of(3 * CHUNK + extra), CHUNK, force_chunk_size=force,
                    total_chunks=total_chunks)
    upload.run(shuffled(upload.numbers(), extra))
    server.holds(upload.token, upload.data)


@pytest.mark.parametrize("mode", ["multipart", "octet", "base64"])
@pytest.mark.parametrize("size_of_chunk", ["file", "more", "just over half"])
def test_a_file_of_one_chunk_is_finished_at_once(server, media, mode, size_of_chunk):
    data = media.mp4_of(50_000)
    size = {"file": len(data), "more": 1_000_000, "just over half": len(data) // 2 + 1}[size_of_chunk]
    upload = Upload(server, server.token(), data, size, mode=mode)
    assert upload.count == 1
    answer = upload.send(1)
    assert answer.text.strip() == str(server.holds(upload.token, data)["photo_id"])


@pytest.mark.parametrize("mode", ["multipart", "octet"])
def test_chunks_smaller_than_any_file_head_work(server, media, mode):
    """The first bytes are judged when enough of them are there, in whichever order they come."""
    upload = Upload(server, server.token(), media.jpeg, max(1, len(media.jpeg) // 12), mode=mode)
    upload.run(shuffled(upload.numbers(), 1), parallel=3)
    assert server.holds(upload.token, upload.data)["content_type"] == "image/jpeg"


def test_identifiers_are_reduced_to_safe_characters(server, media):
    """`video.mp4` and `videomp4` are one identifier; what looks like a path or SQL is data."""
    data = media.mp4_of(2 * CHUNK)
    token = server.token(max_uploads=10)
    assert Upload(server, token, data, CHUNK, identifier="video.mp4").send(1).status == 200
    assert Upload(server, token, data, CHUNK, identifier="videomp4").send(2).text.strip() != "ok"
    assert len(server.photos(token)) == 1
    for identifier in ("../../../etc/passwd", "a'; DROP TABLE tokens; --", "ÄÖ漢 x", "<b>", "x" * 3000):
        upload = Upload(server, token, data, CHUNK, identifier=identifier)
        statuses = [upload.send(number).status for number in (1, 2)]
        assert statuses in ([200, 200], [400, 400]), identifier
    server.prove_it_works()


def test_an_identifier_without_safe_characters_is_no_upload_of_its_own(server, media):
    token = server.token()
    upload = Upload(server, token, media.mp4_of(2 * CHUNK), CHUNK, identifier="漢字")
    answer = upload.send(1)
    assert answer.status in (200, 400)
    if answer.status == 200:
        upload.run()
        server.holds(token, upload.data)


def test_file_names_of_chunks_are_kept_as_data(server, media):
    for name in ("Überraschung 漢.mp4", '"><script>.mp4', "a\\b/c.mp4"):
        upload = Upload(server, server.token(), media.mp4_of(CHUNK), CHUNK, filename=name, identifier="i")
        upload.run()
        assert server.holds(upload.token, upload.data)["file_name"][-5:] == name[-5:]


def test_a_chunk_may_come_with_the_chunked_coding(server, media):
    upload = Upload(server, server.token(), media.mp4_of(2 * CHUNK), CHUNK, mode="octet")
    for number in upload.numbers():
        start, end = upload.span(number)
        head = wire.head_bytes("POST", upload.target(upload.fields(number)), [
            ("Content-Type", "application/octet-stream"), ("Transfer-Encoding", "chunked"), ("Origin", wire.ORIGIN)])
        body = upload.data[start:end]
        with wire.Connection(server.port) as connection:
            connection.send(head + wire.chunked([body[at:at + 777] for at in range(0, len(body), 777)]))
            assert upload.check(connection.read_response()).status == 200
    server.holds(upload.token, upload.data)


def test_base64_may_come_without_padding_and_with_its_media_type(server, media):
    upload = Upload(server, server.token(), media.mp4_of(20_000), 10_000)
    for number, prefix in ((1, b"data:video/mp4;base64,"), (2, b"data:application/octet-stream;base64,")):
        start, end = upload.span(number)
        value = prefix + base64.b64encode(upload.data[start:end]).rstrip(b"=")
        parts = [*(field(name, text) for name, text in upload.fields(number)), field("file", value)]
        assert multipart.post(server.port, parts).status == 200
    server.holds(upload.token, upload.data)


@pytest.mark.parametrize("value", [b"data:video/mp4;base64,@@@@", b"no data url at all", b"data:video/mp4;base64,"])
def test_broken_base64_is_refused_and_stores_nothing(server, media, value):
    upload = Upload(server, server.token(), media.mp4_of(20_000), 10_000)
    parts = [*(field(name, text) for name, text in upload.fields(1)), field("file", value)]
    assert upload.check(multipart.post(server.port, parts, headers=[("Origin", wire.ORIGIN)])).status in (400, 503)
    assert upload.test(1).status == 204
    upload.run()
    server.holds(upload.token, upload.data)


def test_the_query_of_a_multipart_chunk_is_not_believed(server, media):
    """4.2: parameters come from the body; the query repeats them and may be forged or cut by a proxy."""
    upload = Upload(server, server.token(), media.mp4_of(2 * CHUNK), CHUNK)
    for number in upload.numbers():
        parts = [*(field(name, text) for name, text in upload.fields(number)), multipart.file(
            b"".join(upload.blocks(number)), "blob")]
        wrong = upload.target(upload.fields(3 - number, resumableIdentifier="other", upload_token="wrong"))
        response = multipart.post(server.port, parts, wrong, [("Origin", wire.ORIGIN)])
        assert upload.check(response).status == 200
    server.holds(upload.token, upload.data)


@pytest.mark.slow
def test_a_file_beyond_4_gib_arrives_whole(make_server, media):
    """Offsets, sizes and the CRC-32 beyond 32 bits; the order puts the far end first."""
    size = (4 << 30) + 5 * MIB + 3
    server = make_server(args=["--durability", "none"])
    if shutil.disk_usage(server.data).free < size + (1 << 30):
        pytest.skip("less than 5 GiB of disk space")
    data = PatternFile(media.mp4, size)
    upload = Upload(server, server.token(), data, 512 * MIB, mode="octet")
    try:
        answers = upload.run(shuffled(upload.numbers(), 4), parallel=2)
        assert all(answer.status == 200 for answer in answers.values())
        photo = server.only_photo(upload.token)
        crc = 0
        for block in data.blocks(0, size):
            crc = zlib.crc32(block, crc)
        assert int(photo["size"]) == size and photo["crc32"] == f"{crc:08x}"
        for start in (0, (1 << 31) - 50_000, (1 << 32) - 50_000, size - 100_000):
            part = wire.get(server.port, server.original_path(photo), [("Range", f"bytes={start}-{start + 99_999}")])
            assert part.status == 206 and part.header("Content-Range") == f"bytes {start}-{start + 99_999}/{size}"
            assert part.body == b"".join(data.blocks(start, start + 100_000))
        server.assert_grew_less(200 * MIB, 0, "peak")
        server.prove_it_works()
    finally:
        for directory in ("staging", "archive"):
            shutil.rmtree(server.data / directory, ignore_errors=True)
