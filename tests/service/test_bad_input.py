"""Bad forms: each gets its clear answer, memory stays flat, nothing stored is touched, the next request works."""

import pytest

from harness import multipart, wire
from harness.multipart import BOUNDARY, V1, V2, Part, field, file
from harness.resumable import Upload

MIB = 1 << 20


def clear(response, *statuses):
    """A refusal with words of its own and nothing of the inside."""
    assert response.status in statuses, f"{response.status} {response.body[:200]!r}"
    text = response.text
    assert text.strip() and len(text) < 2000
    assert not any(inner in text for inner in ("/src/", "std::", "errno", "SQL", "Traceback", "0x7f"))
    return response


def post(server, body, content_type=None, path=V1, headers=()):
    headers = [("Content-Type", content_type or multipart.content_type()), *headers]
    return wire.request(server.port, "POST", path, headers, body)


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize("content_type", [
    "multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary=""',
    "multipart/form-data; boundary=" + "b" * 71, "multipart/form-data; boundary=a b\x01",
    "multipart/form-data; charset=utf-8", "multipart/mixed; boundary=x", "multipart/form-data; boundary=another"])
def test_a_form_without_its_boundary(abused, media, content_type, path):
    token = abused.token()
    body = multipart.encode([field("upload_token", token), file(media.jpeg)])
    response = post(abused, body, content_type, path)
    clear(response, *((400, 403, 415) if "mixed" in content_type else (400,)))
    assert abused.photos(token) == []


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "image/jpeg", "", "nonsense"])
def test_a_body_of_an_unknown_type_has_no_parameters(abused, content_type):
    headers = [("Content-Type", content_type)] if content_type else []
    clear(wire.request(abused.port, "POST", V1, headers, b'{"upload_token":"x"}'), 400, 403, 415)


@pytest.mark.parametrize("keep", [0, 1, 10, 40, 70, 120, 150, 400, -1, -2, -4, -30])
def test_a_form_that_ends_too_early(abused, media, keep):
    """The announced length is there, the form's end is not: malformed, and no photo of half a file."""
    token = abused.token()
    body = multipart.encode([field("upload_token", token), field("note", "x"), file(media.jpeg)])[:-2]
    response = post(abused, body[:keep])
    clear(response, 400, 403)
    assert abused.photos(token) == []
    assert multipart.upload(abused.port, token, media.jpeg).status == 200


@pytest.mark.parametrize("head", [
    b"Content-Disposition: form-data", b"Content-Disposition: attachment; name=x", b"Content-Type: text/plain", b"",
    b"Content-Disposition: form-data; name=", b"Content-Disposition: form-data; name=\"a\x00b\"", b"no colon at all",
    b"Content-Disposition: form-data; name=\"a\xff\xfe\"", b"Content-Disposition: form-data; name=\"unclosed",
    b"Content-Disposition: form-data; name=\"x\"\r\nContent-Type: multipart/mixed; boundary=inner",
    b"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''%ff%fe.jpg",
    b"Content-Disposition: form-data; name=\"x\"\r\nX-Long: " + b"x" * MIB,
], ids=lambda head: repr(head[:60]))
def test_a_malformed_part(abused, media, head):
    token = abused.token()
    good = multipart.encode([field("upload_token", token)], closed=False)
    bad = b"--" + BOUNDARY.encode() + b"\r\n" + head + b"\r\n\r\nvalue\r\n"
    clear(post(abused, good + bad + multipart.encode([file(media.jpeg)])), 400, 413, 415, 431)
    assert abused.photos(token) == []


def test_a_nested_form_is_refused(abused, media):
    token = abused.token()
    inner = multipart.encode([file(media.jpeg)], "inner")
    nested = Part(b'form-data; name="file"', inner, "multipart/mixed; boundary=inner")
    clear(multipart.post(abused.port, [field("upload_token", token), nested]), 400)
    assert abused.photos(token) == []


def test_ten_thousand_fields(abused, media):
    token = abused.token()
    fields = [field(f"f{n}", "x") for n in range(10_000)]
    for first, last in multipart.either_way(token, file(media.jpeg)):
        parts = [first, *fields, last]
        clear(multipart.post(abused.port, parts), 400, 413)
    assert abused.photos(token) == []


def test_a_field_of_100_mib_is_refused_with_flat_memory(abused, media):
    token = abused.token()
    abused.prove_it_works()
    before = abused.rss()
    part_head = multipart.encode([field("upload_token", token), field("note", "")], closed=False)[:-2]
    block = b"x" * MIB
    blocks = [part_head, *[block] * 100, b"\r\n" + multipart.encode([file(media.jpeg)])]
    clear(post(abused, blocks), 400, 413)
    abused.assert_grew_less(32 * MIB, before, "peak")
    assert abused.photos(token) == []


def test_many_fields_that_are_large_together_are_refused(abused, media):
    token = abused.token()
    fields = [field(f"f{n}", b"x" * 60_000) for n in range(100)]
    clear(multipart.post(abused.port, [field("upload_token", token), *fields, file(media.jpeg)]), 400, 413)
    assert abused.photos(token) == []


@pytest.mark.parametrize("value", [b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"a\x00b"])
def test_values_that_are_not_utf8_text(abused, media, value):
    token = abused.token()
    for parts in ([field("upload_token", token), field("note", value)], [field("upload_token", value)]):
        clear(multipart.post(abused.port, [*parts, file(media.jpeg)]), 400, 403)
    assert abused.photos(token) == []
    assert Upload(abused, token, media.mp4_of(20_000), 10_000).send(1, resumableFilename="fine.mp4").status == 200


def test_file_names_that_are_not_utf8_do_not_break_the_answer(abused, media):
    token = abused.token()
    parts = [field("upload_token", token), file(media.jpeg, disposition=b'; filename="M\xfcnchen.jpg"')]
    assert multipart.post(abused.port, parts).status in (200, 400)
    assert all(photo["file_name"] for photo in abused.photos(token))


def test_urlencoded_redeems_have_no_file(abused):
    token = abused.token()
    response = post(abused, f"upload_token={token}&file=x".encode(), "application/x-www-form-urlencoded")
    clear(response, 400)
    for body in (b"upload_token=%", b"upload_token=%zz", b"upload_token=%ff%fe", b"a=%00"):
        clear(post(abused, body, "application/x-www-form-urlencoded"), 400, 403)


def test_a_get_redeem_is_no_upload(abused):
    clear(wire.get(abused.port, V1), 400, 403)
    clear(wire.get(abused.port, V1 + "?upload_token=" + abused.token()), 400)


@pytest.mark.parametrize("query", ["?resumableChunkNumber=%", "?a=%zz", "?a=%ff", "?a=%00", "?" + "a&" * 5000])
def test_a_bad_query(abused, query):
    clear(wire.get(abused.port, V1 + query), 400, 403, 431, 414)


@pytest.mark.parametrize("path", [
    "/%", "/%zz", "/%ff%fe", "/%00", "/api/photo/redeem-upload-token%00", "/upload/%", "/%2e%2e/%2e%2e/etc/passwd",
    "/../../../etc/passwd", "//etc/passwd", "/upload/" + "x" * 8000])
def test_a_bad_path(abused, path):
    response = wire.get(abused.port, path)
    assert response.status in (400, 404, 414, 431) and b"root:" not in response.body


@pytest.mark.parametrize("path", [V1, V2])
@pytest.mark.parametrize("method", ["DELETE", "TRACE", "PROPFIND", "post", "X" * 100])
def test_a_wrong_method_is_told_which_are_right(abused, method, path):
    response = wire.request(abused.port, method, path)
    assert response.status == 405 or response.status in (400, 501) and method in ("X" * 100, "post", "PROPFIND")
    if response.status == 405:
        assert {"GET", "POST", "PUT", "PATCH"} <= {word.strip() for word in response.header("Allow").split(",")}


def test_unknown_paths_are_not_found(abused):
    for path in ("/nothing", "/api/photo/nothing", "/api/3/photo/redeem-upload-token", "/api/", V1 + "/x"):
        assert wire.get(abused.port, path).status == 404 or path == "/api/photo/nothing"


def test_a_refused_form_of_some_size_is_answered_readably(abused, media):
    """I7: within the drain, sending must not fail before the answer can be read."""
    for token, content in (("x" * 64, bytes(8 * MIB)), (abused.token(), media.PDF + bytes(8 * MIB))):
        body = multipart.encode([field("upload_token", token), file(content)])
        with wire.Connection(abused.port) as connection:
            connection.send(multipart.head(len(body)) + body)
            clear(connection.read_response(), 403, 415)


def test_a_refused_form_beyond_all_bounds_does_not_hold_the_server(abused):
    """The drain is bounded: an endless refused body is cut off, and costs no memory."""
    before = abused.rss()
    begin = multipart.encode([field("upload_token", "x" * 64), file(b"")], closed=False)[:-2]
    with wire.Connection(abused.port) as connection:
        connection.send(multipart.head(1 << 40) + begin)
        block, sent = bytes(MIB), 0
        while connection.send_if_taken(block):
            sent += MIB
            assert sent < 4096 * MIB, "a refused body is read without end"
    abused.assert_grew_less(32 * MIB, before)
