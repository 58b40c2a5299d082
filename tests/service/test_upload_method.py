"""photo/upload: a file from a caller who may write. Source: spec/api.md 3.8."""

import json
import random

import pytest

from harness import multipart, oauth, wire
from harness.calls import Api
from harness.multipart import field, file
from harness.wait import wait_until

V1, V2 = "/api/photo/upload", "/api/2/photo/upload"
MIB = 1 << 20


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def bearer(api, level="write"):
    return [("Authorization", "Bearer " + api.keys[level]["bearer_token"])]


def upload(server, data, headers, fields=(), path=V2, file_first=False):
    parts = [*(field(*pair) for pair in fields)]
    parts.insert(0 if file_first else len(parts), file(data, "Ferien.jpg"))
    return multipart.post(server.port, parts, path, headers)


def listed(api, photo_id):
    (item,) = api.data("photo/list", {"photo_id": photo_id, "include_unpublished_p": 1})
    return item


@pytest.mark.parametrize("file_first", [False, True])
def test_a_file_becomes_a_photo_with_what_is_said_of_it(server, api, media, file_first):
    album = api.data("album/create", {"title": "Summer"}, "write", verb="POST")["album_id"]
    fields = [("title", "<b>Beach</b>"), ("description", "<p>Sand</p>"), ("tags", 'sea "two words"'),
              ("album_id", album), ("publish", "0"), ("absolute_url", "/films/1")]
    answer = upload(server, media.jpeg, bearer(api), fields, file_first=file_first)
    body = answer.json()
    assert answer.status == 200 and body["message"] == "The file was successfully uploaded"
    assert list(body["data"]) == ["photo_id", "tree_id", "token"]
    photo = server.photo(body["data"]["photo_id"])
    assert server.original(photo) == media.jpeg and photo["file_name"] == "Ferien.jpg"
    assert body["data"]["token"] == photo["token"] and not photo["upload_token"]
    item = listed(api, photo["photo_id"])
    assert item["title"] == "Beach" and item["content_text"] == "Sand" and item["tags"] == ["sea", "two words"]
    assert item["album_id"] == album and item["published_p"] is False and item["absolute_url"].endswith("/films/1")


def test_the_answer_in_v1(server, api, media):
    root = upload(server, media.jpeg, bearer(api), path=V1)
    assert root.status == 200 and root.header("Content-Type") == "text/xml; charset=utf-8"
    assert 'message="The file was successfully uploaded"' in root.text and "<photo_id>" in root.text
    raw = upload(server, media.jpeg, bearer(api), [("format", "json"), ("raw", "1")], V1).json()
    assert list(raw["upload"]) == ["photo_id", "tree_id", "token"] and raw["endpoint"] == V1
    assert all(isinstance(value, str) for value in raw["upload"].values())


def test_oauth_in_the_header_and_unsigned_fields(server, api, media):
    """As the .NET client sends it: multipart, the file first, the signature over the oauth parameters alone."""
    signed = oauth.header(oauth.sign(api.keys["write"], "POST", f"http://127.0.0.1{V1}"), realm="x")
    answer = upload(server, media.jpeg, [("Authorization", signed)], [("title", "Signed")], V1, file_first=True)
    assert 'status="ok"' in answer.text and 'permission_level="write"' in answer.text
    photo_id = answer.text.split("<photo_id>")[1].split("<")[0]
    assert listed(api, photo_id)["title"] == "Signed"
    assert "invalid_signature" in upload(server, media.jpeg, [("Authorization", signed)], path=V1).text


def test_whose_photo_it_is(server, api, media):
    writer = api.keys["write"]["user_id"]

    def owner(level, fields=()):
        return listed(api, upload(server, media.jpeg, bearer(api, level), fields).json()["data"]["photo_id"])["user_id"]

    other = api.keys["read"]["user_id"]
    assert owner("write") == writer and owner("write", [("user_id", other)]) == writer, "only super may choose"
    assert owner("super", [("user_id", other)]) == other


@pytest.mark.parametrize("level", ["read", None])
def test_who_may_not_write_uploads_nothing(server, api, media, level):
    photos = server.rows("SELECT COUNT(*) FROM photos")
    headers = bearer(api, level) if level else []
    for file_first in (False, True):
        refused = upload(server, media.mp4_of(3 * MIB), headers, [("title", "x")], file_first=file_first)
        assert (refused.status, refused.json()["code"]) == (403, "permission_denied")
        told = upload(server, media.jpeg, headers, [("format", "json"), ("raw", "1")], V1, file_first)
        assert told.status == 200 and "permission_denied" in told.text
    assert server.rows("SELECT COUNT(*) FROM photos") == photos and not server.staged()


def test_bad_credentials_are_no_strangers(server, media):
    refused = upload(server, media.jpeg, [("Authorization", "Bearer nobody")])
    assert (refused.status, refused.json()["code"]) == (401, "missing_authentication")


@pytest.mark.parametrize("parts, status, code", [
    (lambda media: [field("title", "x")], 400, "no_file"),
    (lambda media: [file(b"", "")], 400, "no_file"),
    (lambda media: [file(media.TEXT)], 415, "error_processing_upload"),
    (lambda media: [file(media.jpeg), file(media.jpeg)], 400, "invalid_input"),
    (lambda media: [file(media.jpeg), field("album_id", "999999")], 404, "no_such_album"),
    (lambda media: [file(media.jpeg), field("album_id", "x")], 400, "invalid_album"),
    (lambda media: [file(media.jpeg), field("publish", "perhaps")], 400, "invalid_input"),
    (lambda media: [file(media.jpeg), field("publish_date", "soon")], 400, "invalid_input"),
    (lambda media: [file(media.jpeg), field("title", b"\xff")], 400, "invalid_input"),
    (lambda media: [file(media.jpeg), field("callback", "</script>")], 400, "invalid_input"),
    (lambda media: [field("placeholder_p", "1")], 412, "feature_not_available"),
    (lambda media: [file(media.jpeg), field("resumableChunkNumber", "1"), field("resumableTotalSize", "9999")], 400,
     "invalid_input"),
], ids=["no file", "nothing chosen", "text", "two files", "no album", "bad album", "bad flag", "bad date", "bad UTF-8",
        "bad callback", "placeholder", "chunk"])
def test_what_is_wrong_is_said_and_nothing_is_kept(server, api, media, parts, status, code):
    photos = server.rows("SELECT COUNT(*) FROM photos")
    refused = multipart.post(server.port, parts(media), V2, bearer(api))
    assert (refused.status, refused.json()["code"]) == (status, code)
    told = multipart.post(server.port, parts(media), V1, bearer(api))
    assert told.status == 200 and f'code="{code}"' in told.text
    assert server.rows("SELECT COUNT(*) FROM photos") == photos
    wait_until(lambda: not server.staged(), what="the refused file to go")


def test_requests_without_a_form_have_no_file(server, api, media):
    assert api.code("photo/upload", {"title": "x"}, "write", verb="POST") == (400, "no_file")
    assert api.code("photo/upload", {"title": "x"}, "write") == (400, "no_file")
    assert api.code("photo/upload", {"placeholder_p": "1"}, "write", verb="POST") == (412, "feature_not_available")
    assert api.code("photo/upload", {}, "read") == (403, "permission_denied")
    bare = wire.request(server.port, "POST", V2, [*bearer(api), ("Content-Type", "image/jpeg")], media.jpeg)
    assert (bare.status, bare.json()["code"]) == (400, "no_file")


def test_a_large_file_streams_through_bounded_memory(server, api, media):
    """I8."""
    data = media.mp4_of(96 * MIB)
    server.prove_it_works()
    before = server.rss()
    for file_first in (False, True):
        assert upload(server, data, bearer(api), [("title", "Large")], file_first=file_first).status == 200
    server.assert_grew_less(32 * MIB, before, "peak")


def test_an_answered_photo_survives_kill_9_and_a_lost_one_leaves_nothing(make_server, media):
    server = make_server()
    api = Api(server)
    answered = upload(server, media.jpeg, bearer(api)).json()["data"]["photo_id"]
    body = multipart.encode([field("title", "x"), file(media.mp4_of(2 * MIB))])
    head = wire.head_bytes("POST", V2, [("Content-Type", multipart.content_type()), *bearer(api),
                                        ("Content-Length", str(len(body)))])
    with wire.Connection(server.port) as connection:
        connection.send(head + body[:random.Random(1).randrange(MIB)])
        wait_until(server.staged, what="the file to arrive")
        server.kill()
    server.start(server.port)
    assert server.original(server.photo(answered)) == media.jpeg
    assert not server.staged() and server.rows("SELECT COUNT(*) FROM photos") == [(1,)]


def test_an_upload_token_in_the_form_means_nothing_here(server, api, media):
    token = server.token()
    answer = upload(server, media.jpeg, bearer(api), [("upload_token", token)])
    assert answer.status == 200 and server.photos(token) == []
    assert json.loads(answer.text)["data"]["photo_id"]
