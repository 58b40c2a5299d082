"""Tokens as they live: token/list, show, extend, revoke; the same on the command line; photo/update-upload-token."""

import time

import pytest

from harness import multipart
from harness.calls import Api
from harness.resumable import Upload
from harness.server import run_cli
from harness.wait import wait_until
from harness.wire import get

UPDATE = "photo/update-upload-token"


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def make(api, level="write", **params):
    return api.data("photo/get-upload-token", params, level)["upload_token"]


def show(api, token, level="write"):
    return api.data("token/show", {"token": token}, level)


def tokens(api, level="admin", **filters):
    return [item["token"] for item in api.data("token/list", {"size": 100, **filters}, level)]


def shown(api, photo_id):
    (item,) = api.data("photo/list", {"photo_id": photo_id, "include_unpublished_p": 1})
    return item


def chunked(server, token, media, seed=1, identifier="clip"):
    return Upload(server, token, media.mp4_of(100_000, seed), 30_000, identifier=identifier)


# States

def test_a_token_says_what_it_is_doing(server, api, media):
    token = make(api, max_uploads=2, title="Trip")
    data = show(api, token)
    assert (data["state"], data["kind"], data["title"]) == ("waiting", "upload", "Trip")
    assert (data["files_finished"], data["files_under_way"], data["received_bytes"], data["files"]) == (0, 0, 0, [])
    upload = chunked(server, token, media)
    assert upload.send(1).status == 200 and upload.send(2).status == 200
    data = show(api, token)
    assert (data["state"], data["files_under_way"], data["received_bytes"]) == ("uploading", 1, 60_000)
    (under_way,) = data["files"]
    assert under_way["resumableIdentifier"] == "clip" and under_way["original_filename"] == "clip.mp4"
    assert (under_way["total_bytes"], under_way["received_bytes"]) == (100_000, 60_000)
    assert upload.run()
    data = show(api, token)
    assert (data["state"], data["files_finished"], data["received_bytes"]) == ("waiting", 1, 100_000)
    assert multipart.upload(server.port, token, media.jpeg_of(5_000)).status == 200
    data = show(api, token)
    assert (data["state"], data["files_finished"], data["received_bytes"]) == ("finished", 2, 105_000)
    other = make(api)
    server.expire(other)
    assert show(api, other)["state"] == "expired"
    assert api("token/revoke", {"token": other}, "write", verb="POST").json()["data"]["state"] == "revoked"
    assert show(api, other)["state"] == "revoked"


def test_xml_shows_the_files_too(server, api, media):
    token = make(api)
    assert chunked(server, token, media).send(1).status == 200
    body = api("token/show", {"token": token, "format": "xml"}, "write").text
    assert '<files><item resumableIdentifier="clip"' in body


def test_lists_are_newest_first_filtered_and_paged(make_server, media):
    server = make_server()
    api = Api(server)
    made = [make(api) for _ in range(5)]
    made.reverse()
    assert tokens(api) == made
    answer = api("token/list", {"size": 2, "p": 2}, "admin").json()
    assert [item["token"] for item in answer["data"]] == made[2:4] and answer["total_count"] == 5
    assert (answer["p"], answer["size"]) == (2, 2)
    revoked, finished, expired, uploading, waiting = made
    assert api("token/revoke", {"token": revoked}, "write", verb="POST").status == 200
    assert multipart.upload(server.port, finished, media.jpeg).status == 200
    server.expire(expired)
    assert chunked(server, uploading, media).send(1).status == 200
    for state, token in (("revoked", revoked), ("finished", finished), ("expired", expired), ("uploading", uploading),
                         ("waiting", waiting)):
        assert tokens(api, state=state) == [token] == tokens(api, "write", state=state), state
        assert api("token/list", {"state": state}, "admin").json()["total_count"] == 1
    assert api.code("token/list", {"state": "asleep"}, "admin") == (400, "invalid_input")
    photo_id = server.only_photo(finished)["photo_id"]
    update = api.data("photo/get-update-token", {"photo_id": photo_id}, "write")["update_token"]
    assert show(api, update)["kind"] == "update" and show(api, update)["photo_id"] == photo_id


# Who may

def test_tokens_are_their_users_and_the_administrators(server, api):
    token = make(api)
    theirs = make(api, "admin")
    assert token in tokens(api, "write") and theirs not in tokens(api, "write")
    assert {token, theirs} <= set(tokens(api, "admin"))
    for method in ("token/show", "token/extend", "token/revoke"):
        params = {"token": theirs, "valid_minutes": 60}
        assert api.code(method, params, "write") == (403, "permission_denied"), method
        assert api.code(method, {"token": token, "valid_minutes": 60}, "read") == (403, "permission_denied"), method
        assert api.code(method, {"token": token, "valid_minutes": 60}, None) == (403, "permission_denied"), method
        assert api.code(method, {"token": "nothing", "valid_minutes": 60}, "write") == (404, "no_such_object"), method
        assert api.code(method, {"valid_minutes": 60}, "write") == (400, "invalid_input"), method
    owner = show(api, theirs, "admin")["user_id"]
    assert api.code("token/list", {"user_id": owner}, "write") == (403, "permission_denied")
    assert theirs in tokens(api, "admin", user_id=owner) and token not in tokens(api, "admin", user_id=owner)
    nobodys = server.token()
    assert nobodys in tokens(api, "admin") and nobodys not in tokens(api, "write")
    assert api.code("token/revoke", {"token": nobodys}, "write") == (403, "permission_denied")
    assert show(api, theirs, "admin")["state"] == "waiting", "nothing was changed"


def test_they_are_of_v2_only(api):
    assert api("token/list", {"format": "json", "raw": 1}, "admin", v1=True).json()["code"] == "no_such_object"


# Extending

def test_extending_raises_within_the_bounds_and_never_shortens(server, api):
    token = make(api, valid_minutes=60)
    until = show(api, token)["valid_until"]
    data = api.data("token/extend", {"token": token, "valid_minutes": 120}, "write", verb="POST")
    assert until + 3590 <= data["valid_until"] <= until + 3610 and data["valid_minutes"] == 120
    same = api.data("token/extend", {"token": token, "valid_minutes": 30, "max_uploads": 1}, "write", verb="POST")
    assert same["valid_until"] == data["valid_until"] and same["max_uploads"] == 1
    much = {"token": token, "valid_minutes": 10**9, "max_uploads": 10**9}
    data = api.data("token/extend", much, "write", verb="POST")
    assert data["max_uploads"] == 1000 and data["valid_minutes"] == 1440
    assert data["valid_until"] <= time.time() + 1440 * 60 + 2
    assert api.code("token/extend", {"token": token}, "write") == (400, "invalid_input")
    assert api.code("token/extend", {"token": token, "max_uploads": "more"}, "write") == (400, "invalid_input")


def test_an_expired_or_used_up_token_comes_back_to_life_and_a_revoked_one_does_not(server, api, media):
    token = make(api)
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    server.expire(token)
    assert multipart.upload(server.port, token, media.jpeg).status == 403
    extend = {"token": token, "valid_minutes": 15, "max_uploads": 2}
    assert api.data("token/extend", extend, "write", verb="POST")["state"] == "waiting"
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    assert api("token/revoke", {"token": token}, "write", verb="POST").status == 200
    assert api.code("token/extend", extend, "write", verb="POST") == (403, "invalid_upload_token")


def test_an_upload_beyond_the_grace_goes_on_once_its_token_is_extended(make_server, media):
    server = make_server(env={"STILE_UPLOAD_GRACE": "0s"})
    api = Api(server)
    token = make(api)
    upload = chunked(server, token, media)
    assert upload.send(1).status == 200
    server.expire(token)
    server.restart()
    assert upload.send(2).status == 500
    assert api("token/extend", {"token": token, "valid_minutes": 15}, "write", verb="POST").status == 200
    assert upload.run()


# Revoking

def test_revoking_stops_an_upload_under_way_at_its_next_chunk(server, api, media):
    token = make(api)
    upload = chunked(server, token, media)
    assert upload.send(1).status == 200
    answer = api("token/revoke", {"token": token}, "write", verb="POST")
    assert answer.json()["message"] == "The token was revoked"
    for attempt in (upload.send(2), upload.test(1), upload.send(1)):
        assert (attempt.status, attempt.text) == (500, "The upload token has been revoked")
    assert server.photos(token) == []


def test_the_command_line_revokes_uploads_under_way_too(make_server, media):
    server = make_server(env={"STILE_TOKEN_WATCH_EVERY": "100ms"})
    token = server.token()
    upload = chunked(server, token, media)
    assert upload.send(1).status == 200
    assert server.cli("token", "revoke", token)["state"] == "revoked"
    # Without a question per chunk, so within moments and not at once.
    wait_until(lambda: upload.test(1).status == 500, 10, "the server to notice")
    assert upload.send(2).status == 500


# The command line

def test_the_command_line_lists_shows_extends_and_revokes(server, api, media):
    token = server.token(title="Command line", max_uploads=2)
    listed = server.cli("token", "list", "--state", "waiting", "--size", "100")
    (item,) = [each for each in listed["tokens"] if each["token"] == token]
    assert item["title"] == "Command line" and listed["total_count"] >= 1
    assert chunked(server, token, media).send(1).status == 200
    assert server.cli("token", "show", token)["files"][0]["received_bytes"] == 30_000
    assert server.cli("token", "extend", token, "--max-uploads", "5", "--valid-minutes", "600")["max_uploads"] == 5
    assert server.cli("token", "revoke", token)["state"] == "revoked"
    table = run_cli("token", "list", "--state", "revoked", "--size", "100", "--data", server.data)
    assert table.returncode == 0
    (line,) = [line for line in table.stdout.splitlines() if line.startswith(token)]
    assert line.split()[1:4] == ["revoked", "upload", "0/5"] and "Command line" in line
    text = run_cli("token", "show", token, "--data", server.data)
    assert text.returncode == 0 and "under way" in text.stdout and "29.2 KB of 97.6 KB" in text.stdout


@pytest.mark.parametrize("arguments, words", [
    (["show", "nothing"], "There is no such token"), (["revoke", "nothing"], "There is no such token"),
    (["extend", "nothing", "--max-uploads", "2"], "There is no such token"), (["list", "--state", "asleep"], "asleep"),
    (["extend", "nothing", "--max-uploads", "-2"], "-2"), (["show"], "token is required")])
def test_the_command_line_says_what_is_wrong(server, arguments, words):
    done = run_cli("token", *arguments, "--data", server.data)
    assert done.returncode != 0 and words in done.stderr and done.stdout == ""


# photo/update-upload-token

def test_a_change_reaches_what_came_and_what_comes(server, api, media):
    token = make(api, max_uploads=3, title="Before", tags="kept")
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    (came,) = server.photos(token)
    upload = chunked(server, token, media)
    assert upload.send(1).status == 200
    answer = api(UPDATE, {"upload_token": token, "title": "After <b>all</b>", "publish": "0"}, None, verb="POST")
    assert answer.json() == {"status": "ok", "message": "The token information was updated",
                             "permission_level": "anonymous", "cached": False, "data": {}}
    assert upload.run()
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    photos = server.photos(token)
    assert [photo["title"] for photo in photos] == ["After all"] * 3
    assert {(photo["tags"], photo["publish"]) for photo in photos} == {("kept", False)}
    assert shown(api, came["photo_id"])["published_p"] is False


def test_v1_answers_with_nothing(server, api):
    token = make(api)
    answer = api.v1_json(UPDATE, {"upload_token": token, "title": "x"}, None)
    assert answer["photo"] == {} and answer["endpoint"] == "/api/photo/update-upload-token"
    assert answer["message"] == "The token information was updated"
    root = api.xml(UPDATE, {"upload_token": token}, None)
    assert list(root) == [] and root.get("message") == "The token information was updated"


def test_a_change_of_one_file_is_of_that_file_only(server, api, media):
    token = make(api, max_uploads=3, title="All")
    first, second = chunked(server, token, media, 1, "first.mp4"), chunked(server, token, media, 2, "second.mp4")
    assert first.run() and second.send(1).status == 200
    for identifier, title in (("first.mp4", "One"), ("second.mp4", "Two"), ("third.mp4", "Three")):
        params = {"upload_token": token, "resumableIdentifier": identifier, "title": title}
        assert api(UPDATE, params, None, verb="POST").status == 200
    server.restart("kill")
    assert second.run() and chunked(server, token, media, 3, "third.mp4").run()
    assert sorted(photo["title"] for photo in server.photos(token)) == ["One", "Three", "Two"]


def test_it_works_when_used_up_and_not_when_ended(server, api, media):
    token = make(api)
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    assert api(UPDATE, {"upload_token": token, "title": "Late"}, None).status == 200
    assert server.only_photo(token)["title"] == "Late"
    for params, refusal in (({}, (400, "invalid_input")), ({"upload_token": "x"}, (404, "invalid_upload_token")),
                            ({"upload_token": token, "album_id": "99999999"}, (404, "no_such_album")),
                            ({"upload_token": token, "album_id": "x"}, (400, "invalid_album")),
                            ({"upload_token": token, "publish": "maybe"}, (400, "invalid_input"))):
        assert api.code(UPDATE, {"title": "No", **params}, None) == refusal, params
    server.expire(token)
    assert api.code(UPDATE, {"upload_token": token, "title": "No"}, None) == (403, "invalid_upload_token")
    revoked = make(api)
    assert api("token/revoke", {"token": revoked}, "write", verb="POST").status == 200
    assert api.code(UPDATE, {"upload_token": revoked, "title": "No"}, None) == (403, "invalid_upload_token")
    assert server.only_photo(token)["title"] == "Late"


def test_the_upload_page_of_a_revoked_token_says_so(server, api):
    token = make(api)
    assert api("token/revoke", {"token": token}, "write", verb="POST").status == 200
    assert '"state":"revoked"' in get(server.port, f"/upload/{token}").text
