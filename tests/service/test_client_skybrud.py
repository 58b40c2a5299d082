"""Skybrud's client at work. Source: spec/api.md 5.6."""

import time

import pytest

from harness import multipart
from harness.calls import Api
from harness.clients.front import Front, Refused
from harness.clients.skybrud import Skybrud


@pytest.fixture(scope="module")
def stored(server, media):
    token = server.token(max_uploads=10, title="Ærø's film", tags='sea "summer house"')
    for number in range(3):
        assert multipart.upload(server.port, token, media.mp4_of(5_000, seed=number), "film.mp4").status == 200
    Api(server).data("album/create", {"title": "Holiday"}, "write", verb="POST")
    return server.photos(token)


@pytest.fixture
def skybrud(server, stored):
    return Skybrud(Front(server.port), server.credentials("read"))


def test_photos_come_with_the_site_and_with_dates(skybrud, stored):
    found = skybrud.photos(size=2, tags="sea", orderby="title")
    assert (found["total"], found["page"], found["size"], len(found["items"])) == (3, 1, 2, 2)
    assert found["site"] == {"site_id": "1", "domain": "videos.example.com", "secure_domain": "videos.example.com",
                             "site_name": "Stile"}
    assert found["endpoint"] == "/api/photo/list"
    for item in found["items"]:
        assert item["title"] == "Ærø's film" and item["tags"] == ["sea", "summer house"]
        assert abs(item["published"].timestamp() - time.time()) < 600
        assert item["published"].strftime("%Y-%m-%d %H:%M:%S") == item["publish_date_ansi"]


def test_a_list_of_one_is_a_list(skybrud, stored):
    assert [item["photo_id"] for item in skybrud.photos(photo_id=stored[0]["photo_id"])["items"]] == [
        str(stored[0]["photo_id"])]


def test_an_empty_list_is_a_list(skybrud):
    assert skybrud.photos(search="nothing like it")["items"] == []
    assert skybrud.albums(search="nothing like it")["items"] == []


def test_albums_and_tags(skybrud):
    assert [item["title"] for item in skybrud.albums()["items"]] == ["Holiday"]
    tags = skybrud.tags()
    assert {item["tag"]: item["count"] for item in tags["items"]} == {"sea": "3", "summer house": "3"} and tags["total"] == 2


def test_there_are_no_players_and_no_spots_which_is_no_error(skybrud):
    assert skybrud.players(size=5) == {**skybrud.spots(size=5), "endpoint": "/api/player/list"}
    assert (skybrud.players()["items"], skybrud.players()["total"], skybrud.players(size=5)["size"]) == ([], 0, 5)


def test_the_switch_for_bare_json_has_no_value(skybrud):
    skybrud.photos()
    sent = skybrud.front.sent[0]
    assert sent.target.endswith("format=json&raw=") and sent.response.body.startswith(b"{")


def test_errors_name_the_endpoint(skybrud, server):
    skybrud.keys = {**skybrud.keys, "consumer_secret": "x" * 50}
    with pytest.raises(Refused) as refused:
        skybrud.photos()
    assert refused.value.status == 200
    assert refused.value.code == ("invalid_signature", "anonymous", "/api/photo/list")
