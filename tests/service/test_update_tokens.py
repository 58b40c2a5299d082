"""get-update-token, redeem-update-token, photo/update with an update_token. Source: spec/api.md 3.7."""

import time
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest

from harness import multipart
from harness.calls import Api

GET, REDEEM = "photo/get-update-token", "photo/redeem-update-token"


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.fixture
def photo(server, media):
    token = server.token(title="Before", tags="old")
    assert multipart.upload(server.port, token, media.jpeg_of(8_000)).status == 200
    return server.only_photo(token)


def update_token(api, photo, **options):
    return api.data(GET, {"photo_id": photo["photo_id"], **options}, "write")["update_token"]


def shown(api, photo):
    (item,) = api.data("photo/list", {"photo_id": photo["photo_id"], "include_unpublished_p": 1})
    return item


def uses(server, token):
    return server.rows("SELECT used FROM tokens WHERE token = ?", (token,))[0][0]


def test_the_token_has_the_documented_properties(api, photo):
    begun = int(time.time())
    root = api.xml(GET, {"photo_id": photo["photo_id"], "max_uses": 5000, "valid_minutes": 1}, "write")
    assert root.get("message") == "The update token is ready to use"
    assert [child.tag for child in root] == ["update_token", "photo_id", "max_uses", "valid_minutes", "valid_until"]
    assert [root.find(name).text for name in ("max_uses", "valid_minutes")] == ["100", "15"]
    answer = api.v1_json(GET, {"photo_id": photo["photo_id"]}, "write")["updatetoken"]
    assert answer["max_uses"] == "1" and answer["valid_minutes"] == "180"
    data = api.data(GET, {"photo_id": photo["photo_id"], "max_uses": 5000}, "write")
    assert data["max_uses"] == 1000 and data["photo_id"] == photo["photo_id"] and len(data["update_token"]) == 64
    assert begun + 180 * 60 <= data["valid_until"] <= int(time.time()) + 180 * 60 + 1


def test_getting_one_needs_level_write_and_a_photo(api, photo):
    assert api.code(GET, {"photo_id": photo["photo_id"]}, "read") == (403, "permission_denied")
    assert api.code(GET, {"photo_id": 99_999_999}, "write") == (404, "no_such_photo")
    assert api.code(GET, {}, "write") == (400, "invalid_input")
    assert api.code(GET, {"photo_id": photo["photo_id"], "max_uses": "many"}, "write") == (400, "invalid_input")


def test_anybody_who_holds_it_changes_the_photo_so_often(api, server, photo):
    token = update_token(api, photo, max_uses=2)
    answer = api(REDEEM, {"update_token": token, "title": "After <i>all</i>"}, None, verb="POST")
    assert answer.json() == {"status": "ok", "message": "The photo/video was updated",
                             "permission_level": "anonymous", "cached": False, "data": {}}
    assert shown(api, photo)["title"] == "After all" and shown(api, photo)["tags"] == ["old"]
    root = ElementTree.fromstring(api(REDEEM, {"update_token": token, "tags": "new"}, None, v1=True).body)
    assert root.get("status") == "ok" and root.get("message") == "The photo/video was updated" and len(root) == 0
    assert shown(api, photo)["tags"] == ["new"]
    refused = api(REDEEM, {"update_token": token, "title": "third"}, None, verb="POST")
    assert (refused.status, refused.json()["message"]) == (403, "The update token has already been used")
    assert shown(api, photo)["title"] == "After all" and uses(server, token) == 2


def test_redeeming_works_on_a_closed_site(make_server, media):
    server = make_server(env={"STILE_SITE_OPEN": "false"})
    api = Api(server)
    upload = server.token()
    assert multipart.upload(server.port, upload, media.jpeg_of(8_000)).status == 200
    photo = server.only_photo(upload)
    token = update_token(api, photo)
    answer = api(REDEEM, {"update_token": token, "title": "Closed"}, None, verb="POST")
    assert answer.status == 200 and answer.json()["permission_level"] == "none"
    assert shown(api, photo)["title"] == "Closed"


@pytest.mark.parametrize("v1", [False, True])
def test_photo_update_takes_it_in_the_place_of_level_and_photo_id(api, server, photo, v1):
    token = update_token(api, photo)
    assert api("photo/update", {"update_token": token, "title": "By token"}, None, v1=v1, verb="POST").status == 200
    assert shown(api, photo)["title"] == "By token" and uses(server, token) == 1
    refused = api("photo/update", {"photo_id": photo["photo_id"], "title": "x", "update_token": ""}, None)
    assert refused.json()["code"] == "permission_denied"


def test_a_call_that_fails_uses_nothing(api, server, photo):
    token = update_token(api, photo)
    for params in ({"publish": "perhaps"}, {"album_id": "9999999"}, {"album_id": "x"}, {"title": "x" * 2000},
                   {"photo_id": photo["photo_id"] + 1, "title": "other"}):
        assert api(REDEEM, {"update_token": token, **params}, None, verb="POST").status in (400, 404), params
    assert uses(server, token) == 0 and shown(api, photo)["title"] == "Before"
    assert api(REDEEM, {"update_token": token, "photo_id": photo["photo_id"], "title": "y"}, None).status == 200


def test_what_has_ended_or_never_was_is_refused(api, server, photo):
    assert api.code(REDEEM, {"title": "x"}, None) == (400, "invalid_input")
    assert api.code(REDEEM, {"update_token": "nothing", "title": "x"}, None) == (404, "invalid_upload_token")
    expired = update_token(api, photo)
    server.expire(expired)
    answer = api(REDEEM, {"update_token": expired, "title": "x"}, None)
    assert (answer.status, answer.json()["message"]) == (403, "The update token has expired")
    orphan = update_token(api, photo)
    assert api("photo/delete", {"photo_id": photo["photo_id"]}, "write", verb="POST").status == 200
    assert api.code(REDEEM, {"update_token": orphan, "title": "x"}, None) == (404, "no_such_photo")
    assert uses(server, orphan) == 0


def test_no_kind_of_token_does_the_work_of_another(api, server, photo, media):
    update = update_token(api, photo, max_uses=5)
    upload = server.token(max_uploads=5)
    for method, name in ((REDEEM, "update_token"), ("photo/update", "update_token")):
        assert api.code(method, {name: upload, "title": "x"}, None) == (404, "invalid_upload_token")
    assert api.code("photo/update-upload-token", {"upload_token": update, "title": "x"}, None) == (
        404, "invalid_upload_token")
    answer = multipart.upload(server.port, update, media.jpeg_of(8_000))
    assert (answer.status, answer.text) == (403, "The upload token is invalid")
    assert uses(server, update) == 0 and uses(server, upload) == 0


def test_twenty_at_once_get_exactly_three_uses(api, server, photo):
    token = update_token(api, photo, max_uses=3)

    def redeem(number):
        return api(REDEEM, {"update_token": token, "title": f"title {number}"}, None, verb="POST").status

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(redeem, range(20)))
    assert statuses == [200] * 3 + [403] * 17
    assert uses(server, token) == 3 and shown(api, photo)["title"].startswith("title ")
