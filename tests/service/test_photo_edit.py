"""photo/update, photo/delete, photo/get-transcoding-progress, photo/frame. Source: spec/api.md 3.11 to 3.14."""

import pytest

from harness import multipart, wire
from harness.calls import Api
from harness.wait import wait_until


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.fixture
def photo(server, media):
    token = server.token(title="Before", tags="old", description="<p>Text</p>")
    assert multipart.upload(server.port, token, media.jpeg_of(8_000)).status == 200
    return server.only_photo(token)


def shown(api, photo):
    (item,) = api.data("photo/list", {"photo_id": photo["photo_id"], "include_unpublished_p": 1})
    return item


def files_of(server, photo):
    return [path for path in (server.data / "archive").rglob("*") if path.is_file() and path.parent.name == str(photo["photo_id"])]


def test_update_changes_what_is_named(api, photo):
    album = api.data("album/create", {"title": "Summer"}, "write", verb="POST")["album_id"]
    edit = {"photo_id": photo["photo_id"], "title": "After <b>all</b>", "tags": 'new "two words"', "album_id": album}
    response = api("photo/update", edit, "write", verb="POST")
    assert response.json() == {"status": "ok", "message": "The photo/video was updated", "permission_level": "write",
                               "cached": False, "data": {}}
    item = shown(api, photo)
    assert item["title"] == "After all" and item["tags"] == ["new", "two words"]
    assert item["content_text"] == "Text", "what is not named stays"
    assert item["album_id"] == album and item["album_title"] == "Summer" and item["all_albums"] == str(album)
    assert [each["title"] for each in api.data("photo/list", {"album_id": album})] == ["After all"]
    api("photo/update", {"photo_id": photo["photo_id"], "album_id": ""}, "write", verb="POST")
    assert shown(api, photo)["album_id"] is None and api.data("photo/list", {"album_id": album}) == []


@pytest.mark.parametrize("name", ["published_p", "publish"])
def test_publishing_has_two_names(api, photo, name):
    for value, published in (("0", False), ("1", True)):
        assert api("photo/update", {"photo_id": photo["photo_id"], name: value}, "write", verb="POST").status == 200
        assert shown(api, photo)["published_p"] is published


def test_v1_update_answers_with_an_empty_photo(api, photo):
    answer = api.v1_json("photo/update", {"photo_id": photo["photo_id"], "title": "x"}, "write")
    assert answer["photo"] == {} and answer["endpoint"] == "/api/photo/update"
    root = api.xml("photo/update", {"photo_id": photo["photo_id"], "title": "y"}, "write")
    assert list(root) == [] and root.get("message") == "The photo/video was updated"


def test_update_refuses(api, photo):
    mine = {"photo_id": photo["photo_id"], "title": "never"}
    assert api.code("photo/update", mine, "read", verb="POST") == (403, "permission_denied")
    assert api.code("photo/update", {**mine, "photo_id": 999_999}, "write", verb="POST") == (404, "no_such_photo")
    assert api.code("photo/update", {**mine, "album_id": 999_999}, "write", verb="POST") == (404, "no_such_album")
    assert api.code("photo/update", {"title": "never"}, "write", verb="POST") == (400, "invalid_input")
    assert shown(api, photo)["title"] == "Before"


def test_delete_takes_the_photo_its_link_and_its_files(api, server, photo):
    path = server.original_path(photo)
    assert wire.get(server.port, path).status == 200 and files_of(server, photo)
    response = api("photo/delete", {"photo_id": photo["photo_id"]}, "write", verb="POST")
    assert response.status == 200 and response.json()["message"] == "The photo/video was deleted"
    assert wire.get(server.port, path).status == 404
    assert not files_of(server, photo)
    assert api.data("photo/list", {"photo_id": photo["photo_id"], "include_unpublished_p": 1}) == []
    assert api.code("photo/delete", {"photo_id": photo["photo_id"]}, "write", verb="POST") == (404, "no_such_photo")
    assert server.rows("SELECT COUNT(*) FROM removals") == [(0,)]


def test_files_of_a_deletion_cut_short_go_at_the_next_start(make_server, media):
    server = make_server()
    token = server.token()
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    photo = server.only_photo(token)
    server.kill()
    # What the disk holds when the power goes between the catalog's commit and the removal of the files.
    for statement in ("DELETE FROM photo_cards WHERE photo_id = ?", "DELETE FROM photos WHERE photo_id = ?",
                      "INSERT INTO removals(file_id, since) VALUES(?, 0)"):
        server.rows(statement, (photo["photo_id"],))
    assert files_of(server, photo)
    server.start()
    assert wire.get(server.port, server.original_path(photo)).status == 404
    wait_until(lambda: not files_of(server, photo) and server.rows("SELECT * FROM removals") == [])


def test_progress_is_done_because_nothing_is_made_yet(api, server, media, photo):
    assert api.data("photo/get-transcoding-progress", {"photo_id": photo["photo_id"]}) == {"all": "1"}
    token = server.token()
    assert multipart.upload(server.port, token, media.mp4_of(9_000), filename="a.mp4").status == 200
    film = server.only_photo(token)["photo_id"]
    assert api.data("photo/get-transcoding-progress", {"photo_id": film}) == {"video_original": "1", "all": "1"}
    assert api.data("photo/get-transcoding-progress", {"photo_id": film, "percentage_formated_p": 1})["all"] == "100%"
    assert api.code("photo/get-transcoding-progress", {"photo_id": film}, None) == (403, "permission_denied")
    assert api.code("photo/get-transcoding-progress", {"photo_id": 999_999}) == (404, "no_such_photo")


def test_frames_are_not_available(api, photo):
    assert api.code("photo/frame", {"photo_id": photo["photo_id"], "time": "1.5"}, None) == (412, "feature_not_available")
    assert api.code("photo/frame", {"photo_id": photo["photo_id"]}, None) == (400, "invalid_input")
    assert api.code("photo/frame", {"photo_id": photo["photo_id"], "time": "1", "token": "x"}, None) == (403, "invalid_photo_token")
