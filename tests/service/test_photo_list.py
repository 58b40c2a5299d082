"""photo/list over the wire. Source: spec/api.md 1.4 to 1.9, 2.2, 3.10, 5."""

import hashlib
import hmac
import time

import pytest

from harness import multipart, wire
from harness.calls import Api


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.fixture(scope="module")
def stored(server, media):
    """Tokens by name; each has stored one photo, in this order."""
    tokens = {}
    for name, data, filename, options, published in [
            ("boat", media.jpeg_of(5_000), "boat & co.jpg", {"title": "A boat", "tags": 'sea "summer house"'}, True),
            ("film", media.mp4_of(20_000), "film.mp4", {"title": "Film <3", "tags": "Sea sky"}, True),
            ("draft", media.jpeg_of(6_000), "draft.jpg", {"title": "Draft"}, False)]:
        token = server.token(**options)
        assert multipart.upload(server.port, token, data, filename=filename).status == 200
        if not published:
            photo = server.only_photo(token)
            api = Api(server)
            assert api("photo/update", {"photo_id": photo["photo_id"], "published_p": 0}, "write", verb="POST").status == 200
        tokens[name] = token
    return tokens


def titles(answer):
    return [item["title"] for item in answer]


def test_strangers_see_what_is_published_newest_first(api, stored):
    answer = api("photo/list", {"upload_token": "", "search": ""}, None).json()
    assert titles(answer["data"]) == ["Film <3", "A boat"]
    assert (answer["p"], answer["size"], answer["total_count"]) == (1, 20, 2)
    assert answer["permission_level"] == "anonymous" and answer["cached"] is False


def test_unpublished_photos_need_read(api, stored):
    assert titles(api.data("photo/list", {"include_unpublished_p": 1})) == ["Draft", "Film <3", "A boat"]
    assert titles(api.data("photo/list", {"include_unpublished_p": "true"}, "super")) == ["Draft", "Film <3", "A boat"]
    assert api.code("photo/list", {"include_unpublished_p": 1}, None) == (403, "permission_denied")


def test_an_upload_token_shows_its_photos_and_not_their_secrets(api, stored):
    (item,) = api.data("photo/list", {"upload_token": stored["draft"]}, None)
    assert item["title"] == "Draft" and item["token"] == "" and item["original_download"] == ""
    assert api.data("photo/list", {"upload_token": "unknown"}, None) == []


def test_a_photo_token_opens_that_photo(api, server, stored):
    photo = server.only_photo(stored["draft"])
    mine = {"photo_id": photo["photo_id"], "token": photo["token"]}
    assert titles(api.data("photo/list", mine, None)) == ["Draft"]
    assert api.code("photo/list", {**mine, "token": "x" * 32}, None) == (403, "invalid_photo_token")


def test_a_time_limited_token_is_not_turned_into_one_that_lasts(api, server, stored):
    photo = server.only_photo(stored["draft"])
    photo_id, secret = photo["photo_id"], photo["token"]
    soon = int(time.time()) + 100
    text = f"expire{soon}photo_id{photo_id}".encode()
    limited = f"{hmac.new(secret.encode(), text, hashlib.sha1).hexdigest()}-{soon}"
    for v1, add in ((False, {}), (True, {}), (True, {"format": "json"}), (False, {"use_full_urls_p": 1})):
        answer = api("photo/list", {"photo_id": photo_id, "token": limited, **add}, None, v1=v1)
        assert secret not in answer.text and f"/{photo_id}/{limited}/original" in answer.text
    (item,) = api.data("photo/list", {"photo_id": photo_id, "token": limited}, None)
    assert item["token"] == limited
    assert wire.get(server.port, item["original_download"]).status == 200
    (item,) = api.data("photo/list", {"photo_id": photo_id, "token": limited, "include_unpublished_p": 1}, "read")
    assert item["token"] == secret, "who may read sees it anyway"


def test_filters(api, stored):
    def found(**params):
        return titles(api.data("photo/list", params, None))
    assert found(tags="sea") == ["Film <3", "A boat"]
    assert found(tags='sea "summer house"') == ["A boat"]
    assert found(tags="sky,house", tag_mode="any") == ["Film <3"]
    assert found(search="boat") == ["A boat"]
    assert found(search="summer hou") == ["A boat"]
    assert found(video_p=1) == ["Film <3"]
    assert found(orderby="title", order="asc") == ["A boat", "Film <3"]
    assert found(size=1, p=2) == ["A boat"]
    assert found(size=1, p=3) == []
    assert found(year=1999) == []
    assert found(completely_unknown="x") == ["Film <3", "A boat"]


def test_a_video_item_in_v2(api, server, stored):
    photo = server.only_photo(stored["film"])
    (item,) = api.data("photo/list", {"photo_id": photo["photo_id"]}, None)
    assert item["photo_id"] == int(photo["photo_id"]) and item["tree_id"] == int(photo["tree_id"])
    assert item["video_p"] is True and item["audio_p"] is False and item["published_p"] is True
    assert item["video_length"] is None and item["video_length_fmt"] == ""
    assert (item["video_medium_width"], item["video_medium_size"], item["video_medium_download"]) == (None, 0, "")
    assert item["tags"] == ["Sea", "sky"] and item["original_filename"] == "film.mp4"
    assert item["original_size"] == 20_000
    assert item["original_download"] == server.original_path(photo)


def test_fields_keeps_what_is_named(api, stored):
    for item in api.data("photo/list", {"fields": "photo_id, title,nothing"}, None):
        assert list(item) == ["photo_id", "title"]


def test_v1_xml_has_attributes_children_and_tags(api, stored):
    root = api.xml("photo/list", {}, None)
    assert list(root.attrib) == ["status", "permission_level", "p", "size", "total_count", "cached"]
    assert [item.tag for item in root] == ["photo", "photo"]
    for item in root:
        assert item.attrib["published_p"] == "1" and item.attrib["promoted_p"] == "0"
        children = [child.tag for child in item]
        assert children[:2] == ["content", "content_text"] and children[-1] == "tags"
    assert root[0].find("tags").text == "Sea,sky"


def test_v1_json_has_strings_flags_and_the_twin(api, stored):
    answer = api.v1_json("photo/list", {"size": 1}, None)
    assert list(answer) == ["status", "permission_level", "cached", "photos", "photo", "p", "size", "total_count", "site",
                            "endpoint"]
    assert answer["photo"] == answer["photos"][0] and answer["total_count"] == "2" and answer["endpoint"] == "/api/photo/list"
    for name, value in answer["photo"].items():
        expected = int if name.endswith("_p") else list if name == "tags" else str
        assert type(value) is expected, name


@pytest.mark.parametrize("params", [
    {"p": "x"}, {"size": "1; DROP TABLE photos"}, {"photo_id": "-1"}, {"order": "sideways"}, {"orderby": "title; --"},
    {"tag_mode": "x"}, {"after_time": "yesterday"}, {"year": "2023", "month": "77"}, {"search": "x" * 501},
    {"video_p": "2"}])
def test_bad_parameters_are_refused(api, stored, params):
    assert api.code("photo/list", params) == (400, "invalid_input")
    assert len(api.data("photo/list")) == 2


@pytest.mark.parametrize("text", ['"', "' OR 1=1 --", "AND OR NOT NEAR(", "title:*", "\u0000".replace("\u0000", "%"), "🙂", "<b>"])
def test_a_search_is_words_and_never_a_language(api, stored, text):
    assert api("photo/list", {"search": text}, None).status == 200


def test_a_closed_site_asks_for_a_token(make_server, media):
    server = make_server(env={"STILE_SITE_OPEN": "false"})
    api = Api(server)
    token = server.token()
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    photo = server.only_photo(token)
    assert api.code("photo/list", {}, None) == (403, "token_required")
    assert len(api.data("photo/list", {"photo_id": photo["photo_id"], "token": photo["token"]}, None)) == 1
    assert len(api.data("photo/list", {"upload_token": token}, None)) == 1
    assert len(api.data("photo/list")) == 1
