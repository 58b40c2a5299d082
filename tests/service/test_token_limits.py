"""Limits of a token: max_file_bytes, max_total_bytes, accepted_types, allowed_origins; and how they are told."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from harness import multipart, wire
from harness.calls import Api
from harness.multipart import V1, field, file
from harness.resumable import Upload

GET = "photo/get-upload-token"
MIB = 1 << 20


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def limited(api, **limits):
    return api.data(GET, {"max_uploads": 20, **limits}, "write")["upload_token"]


def post_from(server, origin, token, body, order="token_first"):
    parts = [field("upload_token", token), file(body)]
    if order == "file_first":
        parts.reverse()
    return wire.request(server.port, "POST", V1, [("Content-Type", multipart.content_type())], multipart.encode(parts),
                        origin=origin)


def octets(server, token, body):
    return wire.request(server.port, "POST", f"{V1}?upload_token={token}",
                        [("Content-Type", "application/octet-stream")], body)


def nothing_came(server, token):
    return server.rows("SELECT used, received_bytes FROM tokens WHERE token = ?", (token,)) == [(0, 0)]


# Asking for them

def test_they_are_shown_in_v2_when_given_and_never_echoed(server, api, media):
    limits = {"max_file_bytes": 5000, "max_total_bytes": 9000, "accepted_types": "Image/JPEG,video/*",
              "allowed_origins": "https://App.example.com:443/, http://b.example:8080"}
    data = api.data(GET, {**limits, "color": "green", "return_url": "http://x.example/b"}, "write")
    assert data["max_file_bytes"] == 5000 and data["max_total_bytes"] == 9000
    assert data["accepted_types"] == "image/jpeg, video/*"
    assert data["allowed_origins"] == "https://app.example.com, http://b.example:8080"
    assert not {"max_file_bytes", "accepted_types"} & api.data(GET, {}, "write").keys()
    assert len(api.xml(GET, limits, "write")) == 11, "v1 shows what is documented"
    (extras,) = server.rows("SELECT extras FROM tokens WHERE token = ?", (data["upload_token"],))[0]
    assert json.loads(extras) == [["color", "green"]]


@pytest.mark.parametrize("name, value", [
    ("max_file_bytes", "-1"), ("max_file_bytes", "5 MB"), ("max_total_bytes", "x"), ("accepted_types", "text/html"),
    ("accepted_types", "application/*"), ("accepted_types", "*/*"), ("accepted_types", "image/jpeg,,"),
    ("accepted_types", "x" * 5000), ("allowed_origins", "example.com"), ("allowed_origins", "https://a.example/path"),
    ("allowed_origins", "*"), ("allowed_origins", "https://a.example:99999"), ("allowed_origins", "null"),
    ("allowed_origins", "https://a b"), ("allowed_origins", "javascript://x")])
def test_what_is_no_limit_is_refused(api, name, value):
    assert api.code(GET, {name: value}, "write") == (400, "invalid_input")


def test_types_are_narrowed_within_what_the_server_takes(make_server):
    server = make_server(env={"STILE_UPLOAD_ACCEPTED_TYPES": "image/jpeg, video/*"})
    api = Api(server)
    assert api.code(GET, {"accepted_types": "image/png"}, "write") == (400, "invalid_input")
    assert api.data(GET, {"accepted_types": "image/*,video/mp4"}, "write")["accepted_types"] == "image/*, video/mp4"


def test_the_command_line_gives_them_too(server, api):
    token = server.token(max_file_bytes=5 * MIB, accepted_types="image/*", allowed_origins="https://a.example",
                         max_total_bytes=7 * MIB)
    shown = api.data("token/show", {"token": token}, "admin")
    assert (shown["max_file_bytes"], shown["max_total_bytes"]) == (5 * MIB, 7 * MIB)
    assert (shown["accepted_types"], shown["allowed_origins"]) == ("image/*", "https://a.example")


# Bytes per file

def test_a_form_beyond_the_size_is_told_so(server, api, media):
    token = limited(api, max_file_bytes=5 * MIB)
    for parts in multipart.either_way(token, file(media.jpeg_of(5 * MIB + 1))):
        answer = multipart.post(server.port, parts)
        assert (answer.status, answer.text) == (413, "This link accepts files up to 5 MB")
    answer = octets(server, token, media.jpeg_of(5 * MIB + 1))
    assert (answer.status, answer.text) == (413, "This link accepts files up to 5 MB")
    assert nothing_came(server, token)
    assert multipart.upload(server.port, token, media.jpeg_of(5 * MIB)).status == 200


def test_a_form_that_is_far_too_large_is_refused_by_its_length(server, api, media):
    token = limited(api, max_file_bytes=1000)
    begin = multipart.encode([field("upload_token", token)], closed=False)
    begin += b"--" + multipart.BOUNDARY.encode()
    begin += b'\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    with wire.Connection(server.port) as connection:
        connection.send(multipart.head(1 << 40) + begin + media.jpeg)
        answer = connection.read_response()
    assert (answer.status, answer.text) == (413, "This link accepts files up to 1000 bytes")


def test_a_chunked_upload_beyond_the_size_never_begins(server, api, media):
    token = limited(api, max_file_bytes=100_000)
    upload = Upload(server, token, media.mp4_of(100_001), 30_000)
    answer = upload.send(1)
    assert (answer.status, answer.text) == (500, "This link accepts files up to 97.6 KB")
    assert server.rows("SELECT COUNT(*) FROM uploads WHERE token = ?", (token,)) == [(0,)]
    assert Upload(server, token, media.mp4_of(100_000), 30_000).run()


# Bytes together

def test_all_files_together_are_bounded_exactly_under_concurrency(server, api, media):
    token = limited(api, max_total_bytes=35_000)
    bodies = [media.jpeg_of(10_000, seed=seed) for seed in range(12)]
    with ThreadPoolExecutor(12) as pool:
        statuses = sorted(answer.status for answer in pool.map(
            lambda body: multipart.upload(server.port, token, body), bodies))
    assert statuses == [200] * 3 + [413] * 9
    assert server.rows("SELECT used, received_bytes FROM tokens WHERE token = ?", (token,)) == [(3, 30_000)]
    answer = multipart.upload(server.port, token, media.jpeg_of(6_000))
    assert answer.status == 413 and "has room for" in answer.text
    assert multipart.upload(server.port, token, media.jpeg_of(5_000)).status == 200


def test_chunked_uploads_that_are_too_large_together_end_with_500(server, api, media):
    token = limited(api, max_total_bytes=150_000)
    uploads = [Upload(server, token, media.mp4_of(100_000, seed), 60_000, identifier=f"file{seed}") for seed in (1, 2)]
    last = {upload: upload.count for upload in uploads}
    for upload in uploads:
        for number in range(1, last[upload]):
            assert upload.send(number).status == 200
    answers = [upload.send(last[upload]).status for upload in uploads]
    assert answers == [200, 500]
    assert server.rows("SELECT used, received_bytes FROM tokens WHERE token = ?", (token,)) == [(1, 100_000)]
    assert uploads[1].send(1).status == 500


# Types

def test_other_types_are_refused_by_content(server, api, media):
    token = limited(api, accepted_types="image/jpeg")
    for parts in multipart.either_way(token, file(media.mp4, "photo.jpg")):
        answer = multipart.post(server.port, parts)
        assert (answer.status, answer.text) == (415, "This link only accepts JPEG images")
    assert octets(server, token, media.mp4).status == 415
    assert nothing_came(server, token)
    assert multipart.upload(server.port, token, media.jpeg).status == 200


def test_a_chunk_of_another_type_cancels_the_upload(server, api, media):
    token = limited(api, accepted_types="image/jpeg, audio/*")
    upload = Upload(server, token, media.mp4_of(100_000), 30_000)
    answer = upload.send(1)
    assert (answer.status, answer.text) == (500, "This link only accepts JPEG images and sounds")
    assert upload.send(2).status == 500


# Origins

def test_a_page_that_is_not_listed_is_refused_and_can_read_why(server, api, media):
    token = limited(api, allowed_origins="https://app.example.com")
    for order in ("token_first", "file_first"):
        for origin in ("https://evil.example", "null", "http://app.example.com", "https://app.example.com:8443"):
            answer = post_from(server, origin, token, media.jpeg, order)
            assert (answer.status, answer.text) == (403, "This link cannot be used from this page"), (order, origin)
            assert answer.header("Access-Control-Allow-Origin") == "*"
    assert nothing_came(server, token)
    assert post_from(server, "https://app.example.com", token, media.jpeg).status == 200
    assert post_from(server, "https://app.example.com", token, media.jpeg, "file_first").status == 200
    assert post_from(server, None, token, media.jpeg).status == 200, "a program is no page"


def test_chunks_from_other_pages_are_refused_and_the_upload_goes_on(server, api, media):
    token = limited(api, allowed_origins=wire.ORIGIN)
    upload = Upload(server, token, media.mp4_of(100_000), 30_000)
    target, headers, blocks = upload._message(1, None, {})

    def from_page(origin):
        return wire.request(server.port, "POST", target, headers, blocks, origin=origin)

    assert from_page("https://evil.example").status == 500
    assert server.rows("SELECT COUNT(*) FROM uploads WHERE token = ?", (token,)) == [(0,)]
    assert from_page(wire.ORIGIN).status == 200
    assert from_page("https://evil.example").status == 500
    assert upload.run()


def test_the_servers_own_page_may_always(server, api, media):
    token = limited(api, allowed_origins="https://app.example.com")
    assert post_from(server, "http://127.0.0.1", token, media.jpeg).status == 200  # what Host says


# Correcting what the token made

def correct(server, token, body, origin=None):
    parts = [field("upload_token", token), file(body)]
    return wire.request(server.port, "POST", "/api/2/photo/replace", [("Content-Type", multipart.content_type())],
                        multipart.encode(parts), origin=origin)


def test_another_file_for_its_photo_is_limited_too(server, api, media):
    token = limited(api, max_file_bytes=10_000, max_total_bytes=20_000, accepted_types="image/jpeg")
    first = media.jpeg_of(6_000)
    assert multipart.upload(server.port, token, first).status == 200
    too_large = correct(server, token, media.jpeg_of(10_001))
    assert (too_large.status, too_large.json()["message"]) == (413, "This link accepts files up to 9.7 KB")
    assert correct(server, token, media.mp4_of(5_000)).status == 415
    server.holds(token, first)
    better = media.jpeg_of(9_000)
    assert correct(server, token, better).status == 200
    assert correct(server, token, media.jpeg_of(5_001)).status == 413, "what came is counted, also when it was replaced"
    server.holds(token, better)
    assert server.rows("SELECT used, received_bytes FROM tokens WHERE token = ?", (token,)) == [(1, 15_000)]


def test_corrections_are_bounded_exactly_under_concurrency(server, api, media):
    token = limited(api, max_total_bytes=35_000)
    assert multipart.upload(server.port, token, media.jpeg_of(5_000)).status == 200
    bodies = [media.jpeg_of(10_000, seed=seed) for seed in range(12)]
    with ThreadPoolExecutor(12) as pool:
        statuses = sorted(answer.status for answer in pool.map(lambda body: correct(server, token, body), bodies))
    assert statuses == [200] * 3 + [413] * 9
    assert server.rows("SELECT used, received_bytes FROM tokens WHERE token = ?", (token,)) == [(1, 35_000)]


def test_pages_that_are_not_listed_change_nothing_that_it_made(server, api, media):
    token = limited(api, allowed_origins="https://app.example.com")
    assert post_from(server, None, token, media.jpeg).status == 200
    photo = server.holds(token, media.jpeg)

    def call(method, origin, **params):
        body = urlencode({"upload_token": token, **params}).encode()
        return wire.request(server.port, "POST", "/api/2/photo/" + method,
                            [("Content-Type", "application/x-www-form-urlencoded")], body, origin=origin)

    for origin in ("https://evil.example", "null"):
        for answer in (correct(server, token, media.jpeg_of(5_000), origin),
                       call("update-upload-token", origin, title="Mine now"),
                       call("delete-upload-token", origin, photo_id=photo["photo_id"])):
            assert (answer.status, answer.json()["message"]) == (403, "This link cannot be used from this page")
    assert server.holds(token, media.jpeg)["title"] == ""
    for origin in ("https://app.example.com", "http://127.0.0.1", None):
        assert correct(server, token, media.jpeg, origin).status == 200
        assert call("update-upload-token", origin, title="Good").status == 200
    assert call("delete-upload-token", "https://app.example.com", photo_id=photo["photo_id"]).status == 200


# The page

def test_the_upload_page_knows_the_limits(server, api):
    token = limited(api, max_file_bytes=5 * MIB, accepted_types="image/jpeg")
    page = wire.get(server.port, f"/upload/{token}").text
    assert 'accept="image/*"' in page and "up to 5 MB" in page.replace("Up to", "up to")
    data = json.loads(re.search(r"<script[^>]*application/json[^>]*>(.*?)</script>", page, re.DOTALL)[1])
    assert data["max_file_bytes"] == 5 * MIB and data["accepted_types"] == ["image/jpeg"]
