"""node-23video at work. Source: spec/api.md 5.1."""

import pytest

from harness import multipart
from harness.clients.front import ClientError, Front, Refused
from harness.clients.node_23video import Node23Video

TOKEN, LIST = "/api/photo/get-upload-token", "/api/photo/list"


@pytest.fixture(scope="module")
def keys(server):
    return server.credentials("write")


@pytest.fixture
def front(server):
    return Front(server.port)


@pytest.fixture
def vp(front, keys):
    return Node23Video(front, keys["consumer_key"], keys["consumer_secret"], keys["access_token"],
                       keys["access_token_secret"])


def test_from_a_token_to_a_photo_that_is_edited_and_deleted(server, media, vp):
    body = vp.call(TOKEN, {"title": "It's *here* (really)!", "tags": 'sea "summer house"', "description": "~ & é"})
    assert body["status"] == "ok" and body["uploadtoken"]["title"] == "It's *here* (really)!"
    token = body["uploadtoken"]["upload_token"]
    # The library sends no files: a form of the application does.
    assert multipart.upload(server.port, token, media.mp4, "film.mp4").status == 200

    body = vp.call(LIST, {"upload_token": token})
    assert body["total_count"] == "1" and len(body["photos"]) == 1
    photo = body["photos"][0]
    assert {"photo_id", "token", "tree_id", "video_length"} <= photo.keys()
    assert server.original(photo) == media.mp4
    assert vp.call(LIST, {"photo_id": photo["photo_id"], "token": photo["token"]})["photos"][0]["title"] == "It's *here* (really)!"

    album = vp.call("/api/album/create", {"title": "Holiday", "description": "<b>2026</b>"})["album"]
    changed = vp.call("/api/photo/update", {"photo_id": photo["photo_id"], "album_id": album["album_id"], "title": "New",
                                            "tags": "", "published_p": 0})
    assert changed["status"] == "ok" and changed["message"] == "The photo/video was updated"
    hidden = vp.call(LIST, {"album_id": album["album_id"], "include_unpublished_p": 1})["photos"][0]
    assert hidden["title"] == "New" and hidden["tags"] == [] and hidden["published_p"] == 0
    assert vp.call("/api/album/list", {"search": "Holiday"})["albums"][0]["content"] == "<b>2026</b>"
    assert vp.call("/api/album/update", {"album_id": album["album_id"], "title": "Home"})["status"] == "ok"
    progress = vp.call("/api/photo/get-transcoding-progress", {"photo_id": photo["photo_id"]})["progress"]
    assert all(isinstance(value, str) for value in progress.values()) and "all" in progress

    assert vp.call("/api/photo/delete", {"photo_id": photo["photo_id"]})["status"] == "ok"
    assert vp.call(LIST, {"photo_id": photo["photo_id"], "include_unpublished_p": 1})["total_count"] == "0"
    assert vp.call("/api/album/delete", {"album_id": album["album_id"]})["status"] == "ok"


def test_the_bytes_are_those_of_the_library(vp, front):
    vp.call(TOKEN, {"title": "a'b (c)!*", "description": "é ~"})
    (sent,) = front.sent
    assert (sent.method, sent.target) == ("POST", TOKEN)
    assert sent.body == b"title=a'b%20(c)!*&description=%C3%A9%20~&format=json&raw=1"
    assert sent.header("Host") == "videos.example.com"
    names = [part.split("=")[0] for part in sent.header("Authorization").removeprefix("OAuth ").split(",")]
    assert names == ["oauth_consumer_key", "oauth_nonce", "oauth_signature_method", "oauth_timestamp", "oauth_token",
                     "oauth_version", "oauth_signature"]
    assert sent.response.header("Content-Type") == "application/x-javascript; charset=utf-8"


def test_access_tokens_may_be_given_with_the_call(front, keys):
    library = Node23Video(front, keys["consumer_key"], keys["consumer_secret"])
    assert library.call(TOKEN)["code"] == "permission_denied"  # the consumer alone is nobody yet
    reply = library.call(TOKEN, {}, keys["access_token"], keys["access_token_secret"])
    assert reply["status"] == "ok" and reply["permission_level"] == "write"


@pytest.mark.parametrize("stranger", [Node23Video, Node23Video.command_line])
def test_without_keys_it_reads_what_is_public(front, stranger):
    reply = stranger(front).call(LIST, {"size": 1})
    assert reply["status"] == "ok" and reply["permission_level"] == "anonymous"
    assert stranger(front).call(TOKEN)["code"] == "permission_denied"


def test_errors_are_resolved_not_rejected(vp, front, keys):
    """v1 says what is wrong with status 200, so its promise resolves."""
    reply = vp.call("/api/photo/update", {"photo_id": 999999})
    assert (reply["status"], reply["code"]) == ("error", "no_such_photo") and reply["message"]
    forged = Node23Video(front, keys["consumer_key"], "x" * 50, keys["access_token"], keys["access_token_secret"])
    assert forged.call(LIST)["code"] == "invalid_signature"
    assert vp.call("/api/photo/nonsense")["status"] == "error"


def test_the_lists_that_it_gets_are_unsigned(vp, front):
    for method, plural in (("photo/list", "photos"), ("album/list", "albums"), ("tag/list", "tags")):
        reply = vp.get("/api/" + method, {"size": 5})
        assert reply["permission_level"] == "anonymous" and isinstance(reply[plural], list)
    assert {sent.header("Host") for sent in front.sent} == {"videos.example.com:443"}


def test_json_of_the_second_generation_breaks_it(vp):
    """The reason for application/x-javascript in v1."""
    with pytest.raises(ClientError, match="Error parsing response"):
        vp.call("/api/2/photo/list")
    with pytest.raises(Refused) as refused:
        vp.call("/api/2/photo/update")
    assert refused.value.status == 400


def test_it_posts_again_to_where_it_is_sent(vp, receiver):
    """A redeem without a file: the refusal is a redirect, and the whole request goes there once more."""
    token = vp.call(TOKEN, {"return_url": receiver.url("/back?theme=green")})["uploadtoken"]["upload_token"]
    with pytest.raises(ClientError):  # the back end answers "ok", which is no JSON
        vp.call("/api/photo/redeem-upload-token", {"upload_token": token, "colour": "blue"})
    (request,) = receiver.wait_for(1)
    assert request.method == "POST" and b"upload_token=" + token.encode() in request.body
    assert dict(request.query)["error_message"] and request.query[0] == ("theme", "green")
