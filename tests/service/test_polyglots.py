"""Files that are two things at once, and answers that a browser might take for something else. See docs/security.md."""

import pytest

from harness import multipart, polyglots, wire
from harness.multipart import V1, V2, field, file
from harness.resumable import Upload

# The names are there without media: parametrize needs them before any fixture.
NO_MEDIA = type("NoMedia", (), {"jpeg": b"\xff\xd8", "mp4": b"", "ELF": b""})
ACCEPTED, REFUSED = list(polyglots.accepted(NO_MEDIA)), list(polyglots.refused(NO_MEDIA))
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def is_inert(answer, content_type):
    """No browser runs, frames or guesses at this answer."""
    assert answer.all("Content-Type") == [content_type] and answer.all("X-Content-Type-Options") == ["nosniff"]
    assert answer.all("Content-Security-Policy") == [POLICY]
    disposition = answer.header("Content-Disposition")
    assert disposition.startswith("inline; filename*=UTF-8''") and not disposition.lower().endswith(("html", "js", "svg", "php"))


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_file_that_is_also_something_else_is_served_as_what_it_was_taken_for(server, media, name):
    body, content_type = polyglots.accepted(media)[name]
    token = server.token()
    parts = [field("upload_token", token), file(body, "holiday.html", content_type="text/html; charset=utf-7")]
    assert multipart.post(server.port, parts).status == 200
    photo = server.holds(token, body)
    assert photo["content_type"] == content_type
    path = server.original_path(photo)
    whole = wire.get(server.port, path)
    assert whole.status == 200 and whole.body == body
    is_inert(whole, content_type)
    # What comes as a part, or is asked for in another way, is not less guarded.
    start = max(body.find(b"<script"), body.find(b"<?php"), body.find(b"PK"), body.find(b"%PDF"), 0)
    for headers in ([("Range", f"bytes={start}-")], [("Range", "bytes=-20")], [("Accept", "text/html")],
                    [("Sec-Fetch-Dest", "script"), ("Accept", "*/*")], [("Sec-Fetch-Dest", "document")]):
        part = wire.get(server.port, path, headers)
        assert part.status in (200, 206)
        is_inert(part, content_type)
    for address in (path + "/holiday.html", path + "/x.js", path + "?content-type=text/html&download=x.html", path + "/x.svg?x=.php"):
        is_inert(wire.get(server.port, address), content_type)
    is_inert(wire.request(server.port, "HEAD", path), content_type)
    is_inert(wire.get(server.port, path, [("Range", "bytes=99999999-")]), content_type)
    is_inert(wire.get(server.port, path, [("If-None-Match", whole.header("ETag"))]), content_type)


@pytest.mark.parametrize("name", REFUSED)
def test_a_disguise_is_refused_by_form_and_by_chunk(server, media, name):
    body = polyglots.refused(media)[name]
    token = server.token()
    for file_name, content_type in (("holiday.jpg", "image/jpeg"), ("film.mp4", "video/mp4")):
        answer = multipart.post(server.port, [field("upload_token", token), file(body, file_name, content_type=content_type)])
        assert answer.status == 415 and answer.media_type == "text/plain", (answer.status, answer.body)
        assert "<" not in answer.text and answer.header("X-Content-Type-Options") == "nosniff"
    size = max(16, len(body) // 2)
    upload = Upload(server, token, body, size, filename="holiday.jpg")
    statuses = [upload.send(number).status for number in reversed(upload.numbers())]
    assert 500 in statuses and set(statuses) <= {200, 500}, statuses
    assert server.photos(token) == []
    assert multipart.upload(server.port, token, media.jpeg).status == 200, "what is refused costs nothing"


def test_a_poster_is_as_inert_as_an_original(server, media):
    keys = server.credentials("write")
    token = server.token()
    assert multipart.upload(server.port, token, media.mp4, "film.mp4").status == 200
    film = server.only_photo(token)
    body = polyglots.jpeg_with(media.jpeg, polyglots.segment(0xFE, polyglots.PAGE))
    answer = multipart.post(server.port, [field("photo_id", film["photo_id"]), file(body, "poster.html", content_type="text/html")],
                            path="/api/2/photo/replace", headers=[("Authorization", "Bearer " + keys["bearer_token"])])
    assert answer.status == 200, answer.text
    path = server.original_path(film).replace("/original", "/poster")
    for headers in ((), [("Range", "bytes=20-")]):
        poster = wire.get(server.port, path, headers)
        assert poster.status in (200, 206)
        is_inert(poster, "image/jpeg")


def test_what_would_explode_when_unpacked_is_never_unpacked(server, media):
    """Four gigapixels in some KiB: kept as they are, in no time and no memory."""
    bomb = polyglots.png_bomb()
    assert len(bomb) < 100_000
    server.prove_it_works()
    before = server.rss()
    token = server.token(max_uploads=20)
    for _ in range(10):
        assert multipart.upload(server.port, token, bomb, "bomb.png").status == 200
    server.assert_grew_less(16 << 20, before, "peak")
    assert server.original(server.photos(token)[0]) == bomb


def test_every_answer_says_not_to_guess(server, media):
    """Whatever is asked for, in whatever way it fails: a type, and nosniff."""
    token = server.token(return_url="https://backend.example/done", max_uploads=9)
    keys = server.credentials("write")
    bearer = [("Authorization", "Bearer " + keys["bearer_token"])]
    answers = [wire.get(server.port, path, headers) for path, headers in (
        ("/", ()), ("/nothing", ()), (f"/upload/{token}", ()), ("/upload/none", ()), ("/healthz", ()), ("/readyz", ()),
        ("/metrics", ()), ("/login", ()), ("/oauth/authorize?oauth_token=x", ()), ("/oauth/request_token", ()),
        ("/api/echo?a=<script>", ()), ("/api/echo?format=json&a=<script>", ()), ("/api/2/echo?a=<script>", ()),
        ("/api/2/echo?callback=x", ()), ("/api/2/none", ()), ("/api/2/photo/list", bearer), ("/api/2/openapi.json", ()),
        ("/api/2/photo/list", [("Authorization", "Bearer <script>")]), (V1, ()), (V2, ()),
        ("/api/photo/redeem-upload-token?upload_token=<script>", ()), ("/1/1/x/original", ()), ("/%00", ()), ("/%zz", ()),
        ("/api/session/redeem-token?session_token=<script>", ()), ("/api/user/redeem-login-token?login_token=<x>", ()),
        ("/api/2/photo/frame?photo_id=1&time=1", ()), ("/assets/none.js", ()))]
    answers += [wire.request(server.port, method, "/<script>") for method in ("POST", "DELETE", "TRACE", "BREW")]
    answers.append(multipart.upload(server.port, token, media.jpeg))
    answers.append(multipart.upload(server.port, token, media.HTML))
    answers.append(multipart.upload(server.port, token, media.jpeg, extras=[("long", "<script>" * 300)]))
    answers.append(multipart.upload(server.port, "none", media.jpeg))
    answers.append(Upload(server, token, media.jpeg, 10_000, identifier="a").send(1))
    answers.append(Upload(server, token, media.HTML, 10_000, identifier="b").send(1))
    with wire.Connection(server.port) as connection:
        connection.send(b"<script>alert(1)</script>\r\n\r\n")
        answers.append(connection.read_response())
    for answer in answers:
        assert answer.all("X-Content-Type-Options") == ["nosniff"] and len(answer.all("Content-Type")) == 1, answer
        if answer.media_type == "text/html":
            policy = answer.header("Content-Security-Policy")
            assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "*" not in policy
    assert {answer.media_type for answer in answers} == {
        "text/html", "text/plain", "text/xml", "application/json", "application/javascript", "application/x-javascript",
        "application/x-www-form-urlencoded"}
