"""user/list, get, create, update. Source: spec/api.md 3.15, 6.19."""

import pytest

from harness.calls import Api


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def test_a_user_is_created_found_and_changed(api, server):
    created = api("user/create", {"email": "ada@example.com", "username": "ada.l", "password": "correct horse",
                                  "full_name": "Ada L", "timezone": "Europe/Oslo"}, "admin", verb="POST").json()
    assert created["message"] == "The user has been created"
    user = created["data"]
    assert list(user) == ["user_id", "email", "username", "full_name", "site_admin", "timezone"]
    assert user["site_admin"] is False
    ((kept,),) = server.rows("SELECT password_hash FROM users WHERE user_id = ?", (user["user_id"],))
    assert kept.startswith("scrypt$") and "correct" not in kept
    (listed,) = api.data("user/list", {"search": "ada"}, "admin")
    assert listed["email"] == "ada@example.com" and listed["display_name"] == "Ada L" and listed["url"] == "/user/ada.l/"
    (listed,) = api.data("user/list", {"search": "ada"}, None)
    assert "email" not in listed and "full_name" not in listed
    changed = api("user/update", {"user_id": user["user_id"], "full_name": "Ada Lovelace"}, "super", verb="POST").json()
    assert changed["message"] == "The user was updated" and changed["data"] == {}
    assert api.data("user/get", {"user_id": user["user_id"]}, "admin")["full_name"] == "Ada Lovelace"
    assert "email" not in api.data("user/get", {"user_id": user["user_id"]}, None)


def test_names_and_addresses_are_taken_once(api):
    assert api("user/create", {"email": "bob@example.com", "username": "bobby"}, "admin", verb="POST").status == 200
    taken = (400, "user_already_exists")
    assert api.code("user/create", {"email": "BOB@example.com"}, "admin", verb="POST") == taken
    assert api.code("user/create", {"email": "b@example.com", "username": "BOBBY"}, "admin", verb="POST") == taken
    assert api.data("user/create", {"email": "bobby@example.org"}, "admin", verb="POST")["username"] == "bobby-2"


def test_a_name_is_not_somebody_elses_address(api):
    taken = {"email": "owner@example.com", "username": "owner"}
    assert api.data("user/create", taken, "admin", verb="POST")
    thief = {"email": "thief@example.com", "username": "Owner@Example.com"}
    assert api.code("user/create", thief, "admin", verb="POST") == (400, "user_already_exists")
    same = {"email": "same@example.com", "username": "same@example.com"}
    assert api.data("user/create", same, "admin", verb="POST")["username"] == "same@example.com"


def test_levels_and_bad_input(api):
    assert api.code("user/create", {"email": "x@example.com"}, "write", verb="POST") == (403, "permission_denied")
    assert api.code("user/create", {}, "admin", verb="POST") == (400, "invalid_input")
    assert api.code("user/create", {"email": "nobody"}, "admin", verb="POST") == (400, "invalid_input")
    assert api.code("user/get", {"user_id": 999}, "read") == (404, "no_such_user")
    assert api.code("user/get", {}, None) == (404, "no_such_user")
    assert api.code("user/update", {"user_id": 1, "full_name": "x"}, "write", verb="POST") == (403, "permission_denied")


def test_flags_are_written_as_each_format_does(api):
    user_id = api.data("user/create", {"email": "eve@example.com", "site_admin": 1}, "admin", verb="POST")["user_id"]
    assert api.xml("user/get", {"user_id": user_id}, "admin").find("site_admin").text == "t"
    assert api.v1_json("user/get", {"user_id": user_id}, "admin")["user"]["site_admin"] == "1"
    assert api.data("user/get", {"user_id": user_id}, "admin")["site_admin"] is True
    (item,) = api.xml("user/list", {"user_id": user_id}, "admin")
    assert item.tag == "user" and item.get("site_admin") == "t" and [child.tag for child in item] == ["about_abstract"]


def test_keys_made_on_the_command_line_are_users_too(api, server):
    key = server.credentials("read", name="Key holder")
    (user,) = api.data("user/list", {"user_id": key["user_id"]}, None)
    assert user["display_name"] == "Key holder" and user["username"]
