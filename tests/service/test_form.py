"""The plain form: what may be sent, in which order, and what is kept. Source: spec/api.md 4.2, issue "main job"."""

import re
import zlib
from itertools import permutations

import pytest

from harness import multipart, wire
from harness.multipart import V1, V2, field, file
from harness.wait import wait_until

MIB = 1 << 20


def test_every_order_of_fields_is_understood(server, media):
    token = server.token(max_uploads=10)
    for order in permutations([field("upload_token", token), field("note", "x"), file(media.jpeg)]):
        response = multipart.post(server.port, list(order))
        assert response.status == 200 and re.fullmatch(r"\d+", response.text.strip())
    assert len(server.photos(token)) == 6


def test_a_photo_remembers_everything(server, media):
    token = server.token(title="T")
    response = multipart.upload(server.port, token, media.jpeg, "Ferien.jpg")
    assert response.status == 200 and response.media_type == "text/plain"
    photo = server.photo(response.text.strip())
    assert str(photo["photo_id"]) == response.text.strip() and int(photo["tree_id"]) > 0
    assert re.fullmatch(r"[0-9a-f]{32}", photo["token"])
    assert photo["file_name"] == "Ferien.jpg" and photo["content_type"] == "image/jpeg"
    assert int(photo["size"]) == len(media.jpeg) and photo["crc32"] == f"{zlib.crc32(media.jpeg):08x}"
    assert photo["upload_token"] == token and photo["created_at"]
    server.holds(token, media.jpeg)


def test_a_form_may_come_chunked(server, media):
    token = server.token()
    body = multipart.encode([field("upload_token", token), file(media.mp4)])
    pieces = [body[at:at + 1000] for at in range(0, len(body), 1000)]
    with wire.Connection(server.port) as connection:
        connection.send(wire.head_bytes("POST", V1, [("Content-Type", multipart.content_type()),
                                                     ("Transfer-Encoding", "chunked")]) + wire.chunked(pieces))
        assert connection.read_response().status == 200
    server.holds(token, media.mp4)


@pytest.mark.parametrize("disposition, name", [
    ('; filename="Überraschung für Zoë 漢字.jpg"'.encode(), "Überraschung für Zoë 漢字.jpg"),
    (b"; filename=plain.jpg", "plain.jpg"),
    (b"; filename*=UTF-8''%C3%9Cber%20uns%E6%BC%A2.jpg", "Über uns漢.jpg"),
    (b"; filename=\"fallback.jpg\"; filename*=UTF-8''%E6%BC%A2.jpg", "漢.jpg"),
    (b'; filename="a%22b.jpg"', 'a"b.jpg'),
    (b'; filename="a\\"b.jpg"', 'a"b.jpg'),
    (b'; filename="<script>alert(1)</script>.jpg"', "<script>alert(1)</script>.jpg"),
])
def test_file_names_are_kept_as_data(server, media, disposition, name):
    token = server.token()
    response = multipart.post(server.port, [field("upload_token", token), file(media.jpeg, disposition=disposition)])
    assert response.status == 200
    assert server.holds(token, media.jpeg)["file_name"] == name


@pytest.mark.parametrize("name", [
    "../../../../etc/passwd.jpg", "..\\..\\x.jpg", "/tmp/x.jpg", "a\x07b.jpg", "x" * 2000 + ".jpg"])
def test_file_names_never_become_paths(server, media, name):
    token = server.token()
    response = multipart.upload(server.port, token, media.jpeg, name)
    assert response.status in (200, 400)
    if response.status == 200:
        photo = server.holds(token, media.jpeg)
        assert photo["file_name"].split("/")[-1].split("\\")[-1][-4:] == ".jpg"
    written = [path for path in server.data.rglob("*") if path.is_file() and path.name.endswith((".jpg", "passwd"))]
    assert not written, "a client's file name became a path"
    server.prove_it_works()


def test_the_content_decides_the_type_and_not_the_name(server, media):
    token = server.token(max_uploads=2)
    parts = [field("upload_token", token), file(media.mp4, "holiday.jpg", content_type="image/jpeg")]
    assert multipart.post(server.port, parts).status == 200
    assert server.only_photo(token)["content_type"] == "video/mp4"
    assert multipart.upload(server.port, token, media.TEXT, "really.mp4").status == 415
    assert len(server.photos(token)) == 1


def test_every_accepted_fixture_is_stored_with_its_type(server, media):
    token = server.token(max_uploads=100)
    accepted = {name: facts for name, facts in media.index.items() if facts["accepted"]}
    assert len(accepted) > 30
    for name, facts in accepted.items():
        response = multipart.upload(server.port, token, media.read(name), "upload.bin")
        assert response.status == 200, f"{name}: {response.status} {response.text}"
        answer = wire.get(server.port, server.original_path(server.photo(response.text.strip())))
        assert answer.header("Content-Type") == facts["type"], name
        assert answer.body == media.read(name)


def test_every_other_fixture_is_refused(server, media):
    token = server.token()
    refused = [name for name, facts in media.index.items() if not facts["accepted"]]
    assert len(refused) > 20
    for name in refused:
        body = media.read(name)
        response = multipart.upload(server.port, token, body, "upload.jpg")
        assert response.status == (415 if body else 400), f"{name}: {response.status} {response.text}"
    assert server.photos(token) == []


@pytest.mark.parametrize("kind", ["HTML", "SVG", "PDF", "TEXT", "ELF"])
def test_what_a_browser_might_run_is_refused(server, media, kind):
    token = server.token()
    response = multipart.upload(server.port, token, getattr(media, kind), "photo.jpg")
    assert response.status == 415 and response.media_type == "text/plain" and response.text.strip()
    assert server.photos(token) == []
    assert multipart.upload(server.port, token, media.jpeg).status == 200, "a refused file must not cost a use"


@pytest.mark.parametrize("parts, words", [
    (lambda token, media: [field("upload_token", token), file(b"", "empty.jpg")], "empty"),
    (lambda token, media: [file(b"", "empty.jpg"), field("upload_token", token)], "empty"),
    (lambda token, media: [field("upload_token", token), field("note", "x")], "file"),
    (lambda token, media: [field("upload_token", token), file(b"", "")], ""),
    (lambda token, media: [field("upload_token", token), field("file", "just text")], "file"),
    (lambda token, media: [field("upload_token", token), file(media.jpeg), file(media.mp4)], "file"),
    (lambda token, media: [file(media.jpeg), field("upload_token", token), file(media.jpeg)], "file"),
], ids=["empty", "empty first", "none", "none chosen", "a text field", "two", "two around the token"])
def test_a_form_without_exactly_one_file_and_token_is_a_clear_error(server, media, parts, words):
    token = server.token()
    response = multipart.post(server.port, parts(token, media))
    assert response.status == 400 and response.media_type == "text/plain"
    assert words in response.text.lower() and "\n" not in response.text.strip() and "<" not in response.text
    assert server.photos(token) == []
    assert multipart.upload(server.port, token, media.jpeg).status == 200, "the failed form must not cost a use"


def test_empty_resumable_fields_mean_a_plain_form(server, media):
    token = server.token()
    names = ("resumableChunkNumber", "resumableChunkSize", "resumableTotalSize", "resumableIdentifier")
    assert multipart.upload(server.port, token, media.jpeg, extras=[(name, "") for name in names]).status == 200
    server.holds(token, media.jpeg)


@pytest.mark.parametrize("path", [V1, V2])
def test_unknown_expired_and_used_up_tokens_are_told_apart(server, media, path):
    expired, used = server.token(), server.token()
    server.expire(expired)
    assert multipart.upload(server.port, used, media.jpeg).status == 200
    for token, words in (("A" * 64, "invalid"), ("", "invalid"), ("' OR 1=1 --", "invalid"), (expired, "expired"),
                         (used, "already been used")):
        for parts in multipart.either_way(token, file(media.jpeg)):
            response = multipart.post(server.port, parts, path)
            assert response.status in ((403,) if path == V1 else (403, 404))
            assert response.header("Location") is None and words in response.text
            if path == V1:
                assert response.media_type == "text/plain" and "\n" not in response.text.strip()
            else:
                assert response.json()["status"] == "error" and response.json()["message"]
    missing = multipart.post(server.port, [file(media.jpeg)])
    assert missing.status == 403 and "upload token" in missing.text.lower()
    assert len(server.photos(used)) == 1


def test_too_large_a_file_is_refused_and_costs_nothing(make_server, media):
    server = make_server(env={"STILE_UPLOAD_MAX_FILE_BYTES": "1000000"})
    token = server.token()
    response = multipart.upload(server.port, token, media.mp4_of(1_000_001))
    assert response.status == 413 and response.media_type == "text/plain"
    assert server.photos(token) == []
    body = media.mp4_of(1_000_000)
    assert multipart.upload(server.port, token, body).status == 200
    server.holds(token, body)


def test_accepted_types_are_a_setting(make_server, media):
    server = make_server(env={"STILE_UPLOAD_ACCEPTED_TYPES": "video/*"})
    token = server.token()
    assert multipart.upload(server.port, token, media.jpeg).status == 415
    assert multipart.upload(server.port, token, media.mp4).status == 200
    server.probe = media.mp4
    server.prove_it_works()


def test_a_large_form_streams_through_bounded_memory(server, media):
    """I8: 96 MiB go by, and memory stays flat; with the file before its token too."""
    token, body = server.token(max_uploads=2), media.mp4_of(96 * MIB)
    server.prove_it_works()
    before = server.rss()
    for parts in ([field("upload_token", token), file(body)], [file(body), field("upload_token", token)]):
        assert multipart.post(server.port, parts).status == 200
    server.assert_grew_less(32 * MIB, before, "peak")
    photo = server.photos(token)[0]
    assert photo["crc32"] == f"{zlib.crc32(body):08x}"


def test_a_form_that_never_ends_leaves_nothing_behind(server, media):
    token = server.token()
    body = multipart.encode([field("upload_token", token), file(media.mp4_of(5 * MIB))])
    with wire.Connection(server.port) as connection:
        connection.send(multipart.head(len(body)) + body[:3 * MIB])
        connection.reset()

    wait_until(lambda: not server.staged(), what="the staging file of the lost form to go")
    assert server.photos(token) == []
    server.prove_it_works()
    assert multipart.upload(server.port, token, media.jpeg).status == 200
