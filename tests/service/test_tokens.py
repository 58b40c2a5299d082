"""get-upload-token, both generations. Source: spec/api.md 1.3, 1.9, 3.1."""

import re
import time
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from harness import multipart, wire
from harness.multipart import field

V1 = "/api/photo/get-upload-token"
V2 = "/api/2/photo/get-upload-token"
XML_ORDER = ["upload_token", "title", "description", "publish", "tags", "user_id", "album_id", "max_uploads",
             "valid_minutes", "valid_until", "return_url"]


@pytest.fixture(scope="module")
def keys(server):
    return {level: server.credentials(level) for level in ("read", "write", "admin", "super")}


@pytest.fixture(scope="module")
def ask(server, keys):
    """ask(path, params, level=…): one call with that level's bearer token; None: without credentials."""
    def call(path, params=(), level="write", method="GET", body=None, headers=()):
        headers = list(headers)
        if level is not None:
            headers.append(("Authorization", "Bearer " + keys[level]["bearer_token"]))
        query = urlencode(params)
        if method == "GET":
            return wire.get(server.port, path + ("?" + query if query else ""), headers)
        if body is None:
            body = query.encode()
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        return wire.request(server.port, method, path, headers, body)

    return call


def v1(response):
    """The children of a good XML answer."""
    assert response.status == 200 and response.media_type == "text/xml"
    root = ElementTree.fromstring(response.body)
    assert root.tag == "response" and root.get("status") == "ok", response.text
    return {child.tag: child.text or "" for child in root}


def raw(response):
    assert response.status == 200
    return response.json()


def test_xml_has_the_documented_children_in_order(ask):
    response = ask(V1, {"title": "Bike", "tags": 'a "b c"', "return_url": "http://example.com/back"})
    assert response.header("Content-Type").lower().replace(" ", "") == "text/xml;charset=utf-8"
    assert response.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    root = ElementTree.fromstring(response.body)
    assert list(root.attrib)[:2] == ["status", "permission_level"]
    assert root.attrib["status"] == "ok" and root.attrib["permission_level"] == "write"
    assert root.attrib["message"] == "The upload token is ready to use"
    assert [child.tag for child in root] == XML_ORDER
    values = v1(response)
    assert values["title"] == "Bike" and values["tags"] == 'a "b c"'
    assert values["return_url"] == "http://example.com/back"


def test_defaults_are_documented_ones(ask):
    begun = int(time.time())
    values = v1(ask(V1))
    assert values["valid_minutes"] == "180" and values["max_uploads"] == "1" and values["publish"] == "1"
    assert {values[name] for name in ("title", "description", "tags", "album_id", "return_url")} == {""}
    assert 0 <= int(values["valid_until"]) - (begun + 180 * 60) <= 5
    assert re.fullmatch(r"[0-9A-Za-z]{64}", values["upload_token"])


@pytest.mark.parametrize("path, asked, minutes, uploads", [
    (V1, ("1", "5000"), 15, 100), (V1, ("99999", "0"), 1440, 1), (V1, ("60", "7"), 60, 7),
    (V2, ("1", "5000"), 15, 1000), (V2, ("1441", "1000"), 1440, 1000),
])
def test_limits_are_clamped_and_the_effective_values_reported(ask, path, asked, minutes, uploads):
    response = ask(path, {"valid_minutes": asked[0], "max_uploads": asked[1], "format": "json", "raw": "1"})
    answer = response.json()
    values = answer["uploadtoken"] if path == V1 else answer["data"]
    assert int(values["valid_minutes"]) == minutes and int(values["max_uploads"]) == uploads


@pytest.mark.parametrize("name, value", [
    ("valid_minutes", "soon"), ("max_uploads", "1.5"), ("max_uploads", "99999999999999999999999"), ("publish", "maybe"),
    ("return_url", "ftp://example.com/"), ("return_url", "javascript:alert(1)"), ("return_url", "/relative"),
    ("background_return_p", "2"),
])
def test_nonsense_is_invalid_input(ask, name, value):
    answer = raw(ask(V1, {name: value, "format": "json", "raw": "1"}))
    if (name, value) == ("max_uploads", "99999999999999999999999") and answer["status"] == "ok":
        assert answer["uploadtoken"]["max_uploads"] == "100"  # a huge number may as well be clamped
        return
    assert (answer["status"], answer["code"]) == ("error", "invalid_input")
    assert answer["message"] and "uploadtoken" not in answer
    assert ask(V2, {name: value}).status == 400


def test_json_is_wrapped_unless_raw(ask):
    wrapped = ask(V1, {"format": "json"})
    assert wrapped.media_type == "application/x-javascript"
    assert wrapped.body.startswith(b"var visual = {") and not wrapped.body.rstrip().endswith(b";")
    for flag in ("", "1"):
        bare = ask(V1, {"format": "json", "raw": flag})
        assert bare.media_type == "application/x-javascript" and bare.body.startswith(b"{")
    assert ask(V1, {"format": "json", "raw": "0"}).body.startswith(b"var visual = ")
    assert ask(V1, {"format": "json", "varname": "my.x"}).body.startswith(b"var my.x = {")
    jsonp = ask(V1, {"format": "json", "callback": "f", "raw": "1"})
    assert jsonp.body.startswith(b"f({") and jsonp.body.rstrip().endswith(b");")


def test_json_carries_strings_site_and_endpoint(ask):
    answer = raw(ask(V1, {"format": "json", "raw": "1", "title": "Ü"}))
    assert list(answer)[:3] == ["status", "message", "permission_level"] and answer["cached"] == "0"
    assert all(isinstance(value, str) for value in answer["uploadtoken"].values())
    assert set(answer["uploadtoken"]) == set(XML_ORDER) and answer["uploadtoken"]["title"] == "Ü"
    assert answer["site"]["domain"] and answer["endpoint"] == V1


@pytest.mark.parametrize("name", ["varname", "callback"])
def test_a_hostile_wrapper_name_is_refused(ask, name):
    response = ask(V1, {"format": "json", name: "alert(1)//"})
    assert b"alert(1)" not in response.body and b"invalid_input" in response.body


def test_v2_has_typed_values(ask):
    response = ask(V2, {"title": "x", "background_return_p": "true", "max_uploads": "3", "publish": "0"})
    assert response.status == 200 and response.media_type == "application/json"
    answer = response.json()
    assert answer["status"] == "ok" and answer["permission_level"] == "write"
    data = answer["data"]
    assert data["max_uploads"] == 3 and data["valid_minutes"] == 180 and isinstance(data["valid_until"], int)
    assert data["background_return_p"] is True and data["publish"] == "f" and data["title"] == "x"
    assert isinstance(data["user_id"], int) and re.fullmatch(r"[0-9A-Za-z]{64}", data["upload_token"])


def test_less_than_write_is_denied(ask):
    for level in ("read", None):
        root = ElementTree.fromstring(ask(V1, level=level).body)
        assert root.get("status") == "error" and root.get("code") == "permission_denied"
        assert root.get("permission_level") == (level or "anonymous")
        assert root.get("message") == ("You don't have the necessary permissions to perform this action "
                                       "(required level: 'write')")
        v2 = ask(V2, level=level)
        assert v2.status == 403 and v2.json()["code"] == "permission_denied"
        json = ask(V1, {"format": "json", "raw": "1"}, level=level)
        assert json.status == 200 and json.json()["endpoint"] == V1


@pytest.mark.parametrize("level", ["write", "admin", "super"])
def test_write_and_above_may(ask, level):
    assert v1(ask(V1, level=level))["upload_token"]


def test_a_wrong_bearer_is_not_a_stranger(server):
    headers = [("Authorization", "Bearer " + "x" * 40)]
    v2 = wire.get(server.port, V2, headers)
    assert v2.status == 401 and v2.json()["status"] == "error"
    v1_answer = wire.get(server.port, V1, headers)
    assert v1_answer.status == 200 and b'status="error"' in v1_answer.body
    assert b"permission_denied" not in v1_answer.body


def test_titles_lose_their_markup(ask):
    assert v1(ask(V1, {"title": "<b>Big</b> <script>alert(1)</script>day"}))["title"].startswith("Big ")
    assert "<" not in v1(ask(V1, {"title": "a<img src=x onerror=alert(1)>b"}))["title"]


def test_descriptions_keep_a_safe_subset_or_lose_everything(ask):
    kept = v1(ask(V1, {"description": "<p>One <strong>two</strong></p>"}))["description"]
    assert "<strong>two</strong>" in kept
    for bad in ("<strong>x</strong><script>alert(1)</script>", "<strong>x</strong><iframe src=/></iframe>"):
        assert "<" not in v1(ask(V1, {"description": bad}))["description"]
    for bad in ('<p onclick="alert(1)">x</p>', '<a href="javascript:alert(1)">x</a>'):
        cleaned = v1(ask(V1, {"description": bad}))["description"]
        assert "onclick" not in cleaned and "javascript:" not in cleaned


def test_post_reads_the_body_and_not_the_query(ask):
    assert v1(ask(V1 + "?title=query", {"title": "body"}, method="POST"))["title"] == "body"
    assert v1(ask(V1 + "?title=query", {"tags": "x"}, method="POST"))["title"] == ""


def test_post_accepts_multipart_fields(ask):
    parts = [field("title", "Zoë"), field("max_uploads", "2")]
    headers = [("Content-Type", multipart.content_type())]
    response = ask(V1, method="POST", body=multipart.encode(parts), headers=headers)
    values = v1(response)
    assert values["title"] == "Zoë" and values["max_uploads"] == "2"


def test_an_unknown_body_type_has_no_parameters(ask):
    values = v1(ask(V1, method="POST", body=b'{"title":"x"}', headers=[("Content-Type", "application/json")]))
    assert values["title"] == ""


def test_user_id_needs_super(ask, keys):
    assert v1(ask(V1, {"user_id": keys["super"]["user_id"]}))["user_id"] == str(keys["write"]["user_id"])
    assert v1(ask(V1, {"user_id": keys["read"]["user_id"]}, level="super"))["user_id"] == str(keys["read"]["user_id"])


def test_an_unknown_album_is_an_error(ask):
    answer = raw(ask(V1, {"album_id": "987654", "format": "json", "raw": "1"}))
    assert answer["status"] == "error" and answer["code"] in ("no_such_album", "invalid_album")


def test_invalid_utf8_is_invalid_input(ask):
    response = ask(V1, method="POST", body=b"title=%FF%FE&format=json&raw=1",
                   headers=[("Content-Type", "application/x-www-form-urlencoded")])
    assert response.status in (200, 400) and b"invalid_input" in response.body


def test_other_methods_are_not_allowed(ask):
    for path in (V1, V2):
        response = ask(path, method="DELETE", body=b"")
        assert response.status == 405 and "GET" in response.header("Allow") and "POST" in response.header("Allow")


def test_the_metadata_reaches_the_photo(ask, server, media):
    token = v1(ask(V1, {"title": "Bike & <i>more</i>", "description": "<p>hi</p>", "tags": 'red "big wheel"',
                        "publish": "0"}))["upload_token"]
    assert multipart.upload(server.port, token, media.jpeg, extras=[("title", "ignored")]).status == 200
    photo = server.only_photo(token)
    assert photo["title"] == "Bike & more" and photo["tags"] == 'red "big wheel"' and "hi" in photo["description"]
    assert photo["publish"] in (False, 0, "0")


def test_the_command_line_makes_tokens_that_work_while_the_server_runs(server, media):
    token = server.token(title="From the shell", tags="a b", valid_minutes=20)
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    assert server.only_photo(token)["title"] == "From the shell"


def test_credentials_have_the_documented_shapes(keys):
    write = keys["write"]
    assert write["level"] == "write" and int(write["user_id"]) > 0
    for name in ("consumer_key", "access_token"):
        assert re.fullmatch(r"\d+-[0-9A-Za-z]{20}", write[name])
    for name in ("consumer_secret", "access_token_secret", "bearer_token"):
        assert re.fullmatch(r"[0-9A-Za-z._-]{32,}", write[name])
