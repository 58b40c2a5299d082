"""album/*, tag/*, site/get, license/list, concatenate. Source: spec/api.md 3.15."""

import json

import pytest

from harness import multipart, wire
from harness.calls import Api


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def create(api, **params):
    return api.data("album/create", params, "write", verb="POST")


def test_albums_are_listed_changed_and_deleted(api):
    first = create(api, title="First", description="<p>Hello</p>")
    second = create(api, title="Second")
    assert [album["title"] for album in api.data("album/list", {}, None)][:2] == ["Second", "First"]
    (item,) = api.data("album/list", {"album_id": first["album_id"]})
    assert item["token"] == first["token"] and item["hide_p"] is False and item["content_text"] == "Hello"
    (item,) = api.data("album/list", {"album_id": first["album_id"]}, None)
    assert "token" not in item and "hide_p" not in item
    changed = api("album/update", {"album_id": first["album_id"], "title": "Renamed"}, "write", verb="POST").json()
    assert changed["message"] == "The album was successfully updated" and changed["data"] == {}
    assert [album["title"] for album in api.data("album/list", {"search": "NAME"}, None)] == ["Renamed"]
    gone = api("album/delete", {"album_id": second["album_id"]}, "write", verb="POST").json()
    assert gone["message"] == "The album was deleted"
    assert api.data("album/list", {"album_id": second["album_id"]}) == []
    assert api.code("album/delete", {"album_id": second["album_id"]}, "write", verb="POST") == (404, "no_such_album")


def test_hidden_albums_need_read_or_their_token(api):
    album = create(api, title="Hidden", hide_p=1)
    mine = {"album_id": album["album_id"]}
    assert api.data("album/list", mine, None) == []
    assert api.data("album/list", {**mine, "include_hidden_p": 1})[0]["title"] == "Hidden"
    assert api.code("album/list", {**mine, "include_hidden_p": 1}, None) == (403, "permission_denied")
    assert api.data("album/list", {**mine, "token": album["token"]}, None)[0]["title"] == "Hidden"
    assert api.code("album/list", {**mine, "token": "x"}, None) == (400, "invalid_album_token")


def test_uploads_land_in_their_albums(api, server, media):
    album = create(api, title="Target")["album_id"]
    token = api.data("photo/get-upload-token", {"album_id": album, "tags": 'Harbour "old town"'}, "write")["upload_token"]
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    (item,) = api.data("photo/list", {"album_id": album}, None)
    assert item["album_title"] == "Target" and item["number_of_albums"] == 1
    assert [each["album_id"] for each in api.data("album/list", {"photo_id": item["photo_id"]}, None)] == [album]
    api("album/delete", {"album_id": album}, "write", verb="POST")
    (item,) = api.data("photo/list", {"photo_id": item["photo_id"]}, None)
    assert item["album_id"] is None and item["all_albums"] == ""


def test_tags(api, server, media):
    for tags in ('north "wide sea"', "North"):
        assert multipart.upload(server.port, server.token(tags=tags), media.jpeg).status == 200
    assert api.data("tag/list", {"search": "nor"}, None) == [{"tag": "north", "count": 2, "url": "/tag/north"}]
    assert api.data("tag/related", {"tag": "NORTH"}, None) == [{"tag": "wide sea", "url": "/tag/wide%20sea"}]
    assert api.code("tag/related", {"tag": "unheard"}, None) == (404, "no_such_tag")
    item = api.xml("tag/list", {"search": "wide"}, None)[0]
    assert item.tag == "tag" and item.attrib == {"tag": "wide sea", "count": "1", "url": "/tag/wide%20sea"}
    assert "relatedtag" in api.v1_json("tag/related", {"tag": "north"}, None)


def test_the_site(api, server):
    root = api.xml("site/get", {}, None)
    assert [child.tag for child in root] == ["site_id", "site_name", "product_key", "allow_signup_p", "site_key", "license_id",
                                             "domain"]
    assert root.find("domain").text.split(":")[0] == server.domain and root.find("allow_signup_p").text == "f"
    answer = api.v1_json("site/get", {}, None)
    assert answer["site"]["domain"].split(":")[0] == server.domain and answer["site"]["allow_signup_p"] == 0
    assert api.data("site/get", {}, None)["allow_signup_p"] is False


def test_licenses(api):
    assert all(each["license_id"] and each["name"] for each in api.data("license/list", {}, None))
    assert api.xml("license/list", {}, None)[0].tag == "license"


def test_concatenate_answers_by_name(api, server):
    response = api("concatenate", {"callback": "visualplatform_1", "photos": "/api/photo/list?size=1", "site": "/api/site/get",
                                   "odd": "/api/nowhere", "write": "/api/photo/delete?photo_id=1"}, None, v1=True)
    assert response.header("Content-Type").startswith("application/x-javascript")
    assert response.text.startswith("visualplatform_1(") and response.text.endswith(");")
    answers = json.loads(response.text[len("visualplatform_1("):-2])
    assert answers["photos"]["status"] == "ok" and answers["photos"]["endpoint"] == "/api/photo/list"
    assert answers["site"]["site"]["product_key"] == "tube"
    assert answers["odd"]["status"] == "error" and answers["write"]["code"] == "permission_denied"
    posted = wire.request(server.port, "POST", "/api/concatenate", [("Content-Type", "application/x-www-form-urlencoded")],
                          b"raw=1&a=%2Fapi%2Fecho%3Fx%3Dy")
    assert posted.json()["a"]["echo"]["x"] == "y"
