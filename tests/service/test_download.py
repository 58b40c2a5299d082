"""GET /{tree_id}/{photo_id}/{token}/original. Source: spec/api.md 3.16, RFC 9110 sections 13 and 14."""

import os

import pytest

from harness import multipart, wire
from harness.multipart import field, file


@pytest.fixture(scope="module")
def stored(server, media):
    """(path, bytes) of a stored video."""
    data = media.mp4_of(200_000)
    token = server.token()
    assert multipart.upload(server.port, token, data).status == 200
    return server.original_path(server.only_photo(token)), data


def test_the_original_comes_back_whole(server, stored):
    path, data = stored
    response = wire.get(server.port, path)
    assert response.status == 200 and response.body == data and response.header("Content-Type") == "video/mp4"
    assert response.header("Accept-Ranges") == "bytes" and response.header("Content-Length") == str(len(data))
    assert response.header("ETag").strip("W/").startswith('"') and response.header("Date")


def test_a_trailing_file_name_carries_no_meaning(server, stored):
    path, data = stored
    assert wire.get(server.port, path + "/some-name-video.mp4").body == data


def test_head_tells_without_sending(server, stored):
    path, data = stored
    with wire.Connection(server.port) as connection:
        connection.send(wire.head_bytes("HEAD", path, []) + wire.head_bytes("GET", path, [("Range", "bytes=0-3")]))
        head = connection.read_response("HEAD")
        assert head.status == 200 and head.header("Content-Length") == str(len(data))
        assert connection.read_response().body == data[:4], "HEAD must send no body"


@pytest.mark.parametrize("value, start, end", [
    ("bytes=0-0", 0, 1), ("bytes=0-99", 0, 100), ("bytes=1000-", 1000, None), ("bytes=-1", -1, None),
    ("bytes=-5000", -5000, None), ("bytes=199990-999999999999", 199_990, None), ("bytes=-99999999", 0, None),
    ("BYTES=5-6", 5, 7),
])
def test_ranges(server, stored, value, start, end):
    path, data = stored
    response = wire.get(server.port, path, [("Range", value)])
    expected = data[start:end]
    first = len(data) - len(expected) if end is None else start
    assert response.status == 206 and response.body == expected
    assert response.header("Content-Range") == f"bytes {first}-{first + len(expected) - 1}/{len(data)}"
    assert response.header("Content-Length") == str(len(expected))


@pytest.mark.parametrize("value", ["bytes=200000-", "bytes=999999999999999999999-", "bytes=-0"])
def test_ranges_beyond_the_end_are_unsatisfiable(server, stored, value):
    path, data = stored
    response = wire.get(server.port, path, [("Range", value)])
    if value.startswith("bytes=9999999999999") and response.status == 200:
        return  # a number beyond 64 bits may count as malformed
    assert response.status == 416 and response.header("Content-Range") == f"bytes */{len(data)}"


@pytest.mark.parametrize("value", ["bytes=5-2", "lines=1-2", "bytes=a-b", "bytes", "bytes=0-1,5-6", "bytes=--5"])
def test_ranges_that_are_not_understood_are_ignored(server, stored, value):
    path, data = stored
    response = wire.get(server.port, path, [("Range", value)])
    assert response.status == 200 and response.body == data


def test_if_range_and_if_none_match(server, stored):
    path, data = stored
    etag = wire.get(server.port, path).header("ETag")
    same = wire.get(server.port, path, [("Range", "bytes=0-9"), ("If-Range", etag)])
    assert same.status == 206 and same.body == data[:10]
    other = wire.get(server.port, path, [("Range", "bytes=0-9"), ("If-Range", '"something-else"')])
    assert other.status == 200 and other.body == data
    for value in (etag, f'"x", {etag}', "*"):
        fresh = wire.get(server.port, path, [("If-None-Match", value)])
        assert fresh.status == 304 and fresh.body == b"" and fresh.header("ETag") == etag
    assert wire.get(server.port, path, [("If-None-Match", '"x"')]).status == 200


def test_etags_differ_between_files(server, stored, media):
    token = server.token()
    multipart.upload(server.port, token, media.mp4_of(200_000, seed=2))
    other = wire.get(server.port, server.original_path(server.only_photo(token)))
    assert other.header("ETag") != wire.get(server.port, stored[0]).header("ETag")


def test_a_wrong_link_is_not_found(server, stored):
    _, tree, photo, token, _ = stored[0].split("/")
    base = f"/{tree}/{photo}"
    wrong = [f"{base}/{'0' * 32}/original", f"{base}/{token[:-1]}/original", f"{base}//original", f"{base}/{token}",
             f"/{tree}/{int(photo) + 100_000}/{token}/original", f"/{int(tree) + 1}/{photo}/{token}/original",
             f"{base}/{token}/no-such-size", f"/{tree}/-1/{token}/original", f"/{tree}/{'9' * 30}/{token}/original",
             f"{base}/%27/original", f"{base}/{token}x/original", f"{base}/{token}/..%2f..%2f..%2fstile.db",
             f"{base}/{token}/../../../../stile.db", "/stile.db"]
    for path in wrong:
        response = wire.get(server.port, path)
        assert response.status in (404, 400) and stored[1][:100] not in response.body, path
        assert b"SQLite" not in response.body
    assert wire.get(server.port, wrong[0]).status == 404
    server.prove_it_works()


def test_other_methods_are_not_allowed(server, stored):
    for method in ("POST", "PUT", "DELETE"):
        response = wire.request(server.port, method, stored[0])
        assert response.status == 405 and "GET" in response.header("Allow") and "HEAD" in response.header("Allow")


@pytest.mark.parametrize("name", [
    "plain.jpg", 'a".html', "x\r\nSet-Cookie: a=b.jpg", "漢字.svg", "<script>.html", "\x01.jpg"])
def test_what_strangers_sent_cannot_do_anything_in_a_browser(server, media, name):
    token = server.token()
    response = multipart.upload(server.port, token, media.jpeg, name)
    if response.status != 200:
        assert response.status == 400
        return
    answer = wire.get(server.port, server.original_path(server.only_photo(token)))
    assert answer.header("Content-Type") == "image/jpeg", "the content decides the type, never the name"
    assert answer.header("X-Content-Type-Options") == "nosniff"
    policy = answer.header("Content-Security-Policy")
    assert "sandbox" in policy and "default-src 'none'" in policy
    assert answer.header("Set-Cookie") is None
    disposition = answer.header("Content-Disposition") or ""
    assert "<" not in disposition and "\x01" not in disposition
    assert answer.body == media.jpeg


def test_a_polyglot_is_served_as_what_it_was_accepted_as(server, media):
    """A JPEG that continues as a page: the browser is told JPEG, and told not to guess."""
    token = server.token()
    body = media.jpeg_of(10_000) + media.HTML
    parts = [field("upload_token", token), file(body, "x.html", content_type="text/html")]
    assert multipart.post(server.port, parts).status == 200
    answer = wire.get(server.port, server.original_path(server.only_photo(token)))
    assert answer.header("Content-Type") == "image/jpeg" and answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.body == body


def test_a_download_that_is_dropped_harms_nobody(server, stored):
    for _ in range(20):
        with wire.Connection(server.port) as connection:
            connection.send(wire.head_bytes("GET", stored[0], []))
            connection.read_head()
            connection.reset()
    assert wire.get(server.port, stored[0]).body == stored[1]
    server.prove_it_works()


@pytest.mark.parametrize("damage", ["missing", "shortened", "grown"])
def test_a_damaged_original_is_never_sent_as_if_it_were_whole(make_server, media, damage):
    server = make_server()
    token = server.token()
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    photo = server.only_photo(token)
    (original,) = (server.data / "archive").rglob("original")
    if damage == "missing":
        original.unlink()
    else:
        os.truncate(original, len(media.jpeg) + (-1 if damage == "shortened" else 1))
    for headers in ([], [("Range", "bytes=0-9")]):
        answer = wire.get(server.port, server.original_path(photo), headers)
        assert answer.status == 503
        line = next(line for line in server.log().splitlines() if f"request={answer.header('X-Request-Id')} " in line)
        assert " error a photo's file cannot be sent " in line and f"of photo {photo['photo_id']}: " in line
    assert b"\nstile_download_failures_total 2\n" in wire.get(server.port, "/metrics").body
