"""Drafts that publish themselves, promoted photos first, albums by title. Source: spec/api.md 3.1, 3.10, 3.11."""

import time

import pytest

from harness import multipart
from harness.calls import Api
from harness.wait import wait_until


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def upload(server, media, token):
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    return server.only_photo(token)["photo_id"]


def listed(api, **filters):
    return [item["photo_id"] for item in api.data("photo/list", filters, None)]


def test_a_draft_is_published_when_its_time_has_come_also_over_a_kill(make_server, media, receiver):
    server = make_server()
    api = Api(server)
    api.data("webhook/subscribe", {"target_url": receiver.url("/hook"), "event": "video.updated"}, "write", verb="POST")
    soon = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 5))
    token = api.data("photo/get-upload-token", {"publish_date": soon}, "write")["upload_token"]
    photo_id = upload(server, media, token)
    assert listed(api) == [], "a draft until then"
    server.restart("kill")
    wait_until(lambda: listed(api) == [photo_id], timeout=30)
    assert time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()) >= soon
    assert receiver.wait_for(1)[0].headers["Stile-Event"] == "video.updated"


def test_a_draft_without_a_date_stays_one(server, media, api):
    photo_id = upload(server, media, server.token(publish="0"))
    api.data("photo/update", {"photo_id": photo_id, "publish_date": "2020-01-01 00:00:00"}, "write", verb="POST")
    assert photo_id not in listed(api)
    assert server.rows("SELECT COUNT(*) FROM publications") == [(0,)]


def test_promoted_photos_come_first_unless_told_otherwise(make_server, media):
    server = make_server()
    api = Api(server)
    photos = [upload(server, media, server.token(title=f"photo {number}")) for number in range(4)]
    api.data("photo/update", {"photo_id": photos[1], "promoted_p": 1}, "write", verb="POST")
    newest_first = photos[::-1]
    promoted_first = [photos[1], photos[3], photos[2], photos[0]]
    assert listed(api) == promoted_first == listed(api, orderby="published")
    assert [photo for page in (1, 2, 3, 4) for photo in listed(api, size=1, p=page)] == promoted_first
    assert listed(api, prioritize_promoted_p=0) == newest_first
    assert listed(api, order="asc") == photos
    assert listed(api, orderby="title", order="asc") == photos
    assert listed(api, promoted_p=1) == [photos[1]]


def test_an_album_is_found_or_made_by_its_title(server, media, api):
    photo_id = upload(server, media, server.token())

    def change(**params):
        api.data("photo/update", {"photo_id": photo_id, **params}, "write", verb="POST")
        item = api.data("photo/list", {"photo_id": photo_id})[0]
        return item["album_title"], item["all_albums"]

    title, first = change(album_title="Summer <b>2026</b>")
    assert title == "Summer 2026" and first
    assert change(album_title="Summer 2026") == ("Summer 2026", first), "the same one"
    other = api.data("album/create", {"title": "Other"}, "write", verb="POST")["album_id"]
    assert change(album_id=other, album_title="Summer 2026") == ("Other", f"{other} {first}")
    assert change(album_title="") == ("Other", f"{other} {first}"), "nothing is said by an empty title"
    assert api.code("photo/update", {"photo_id": 987654321, "album_title": "Lost"}, "write", verb="POST")[0] == 404
    assert api.data("album/list", {"search": "Lost"}) == []
    assert len(api.data("album/list", {"search": "Summer 2026"})) == 1
