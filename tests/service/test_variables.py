"""Custom variables: photo.variables and what becomes of them. Source: spec/api.md 3.1, 3.10, 4.3."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from harness import multipart
from harness.calls import Api
from harness.server import run_cli


@pytest.fixture(scope="module")
def server(stile_bin, media, tmp_path_factory):
    from harness.server import Server

    server = Server(tmp_path_factory.mktemp("stile") / "data", probe=media.jpeg,
                    env={"STILE_PHOTO_VARIABLES": "project, customer_ID"}).start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def upload(server, media, api, **params):
    token = api.data("photo/get-upload-token", params, "write")["upload_token"]
    assert multipart.upload(server.port, token, media.jpeg_of(8_000)).status == 200
    return server.only_photo(token)


def ids(api, **filters):
    return [item["photo_id"] for item in api.data("photo/list", {"size": 100, **filters})]


def test_a_token_gives_its_photo_the_variables(server, media, api):
    photo = upload(server, media, api, project="Æsop & <b>", title="x")
    (item,) = api.data("photo/list", {"photo_id": photo["photo_id"]})
    assert item["project"] == "Æsop & <b>" and item["customer_ID"] == ""
    (element,) = api.xml("photo/list", {"photo_id": photo["photo_id"]})
    assert element.get("project") == "Æsop & <b>" and element.get("customer_ID") == ""
    assert api.v1_json("photo/list", {"photo_id": photo["photo_id"]})["photo"]["project"] == "Æsop & <b>"
    (only,) = api.data("photo/list", {"photo_id": photo["photo_id"], "fields": "photo_id,project"})
    assert only == {"photo_id": photo["photo_id"], "project": "Æsop & <b>"}


def test_variables_are_metadata_and_not_extras(server, media, api):
    params = {"project": "Fjord", "color": "green", "return_url": "http://x.example/b"}
    token = api.data("photo/get-upload-token", params, "write")["upload_token"]
    answer = multipart.upload(server.port, token, media.jpeg_of(8_000))
    told = dict(parse_qsl(urlsplit(answer.header("Location")).query))
    assert told["color"] == "green" and "project" not in told


def test_update_changes_and_clears_them(server, media, api):
    photo = upload(server, media, api, project="one", customer_ID="7")
    edit = {"photo_id": photo["photo_id"], "project": "two"}
    assert api("photo/update", edit, "write", verb="POST").status == 200
    (item,) = api.data("photo/list", {"photo_id": photo["photo_id"]})
    assert (item["project"], item["customer_ID"]) == ("two", "7")
    token = api.data("photo/get-update-token", {"photo_id": photo["photo_id"]}, "write")["update_token"]
    assert api("photo/redeem-update-token", {"update_token": token, "customer_ID": ""}, None).status == 200
    (item,) = api.data("photo/list", {"photo_id": photo["photo_id"]})
    assert (item["project"], item["customer_ID"]) == ("two", "")
    assert ids(api, project="one") == [] and photo["photo_id"] not in ids(api, customer_ID="7")


def test_lists_are_filtered_by_exact_values(server, media, api):
    a = upload(server, media, api, project="filter a", customer_ID="1")["photo_id"]
    b = upload(server, media, api, project="filter b", customer_ID="1")["photo_id"]
    c = upload(server, media, api, project="filter a", customer_ID="2", tags="filtered")["photo_id"]
    assert ids(api, project="filter a") == [c, a]
    assert ids(api, project="Filter a") == [] and ids(api, project="filter") == []
    assert ids(api, project="filter a", customer_ID="1") == [a]
    for mode in ("and", "all"):
        assert ids(api, project="filter b", customer_ID="2", custom_variable_mode=mode) == []
    for mode in ("or", "any"):
        assert ids(api, project="filter b", customer_ID="2", custom_variable_mode=mode) == [c, b]
    assert ids(api, project="filter a", tags="filtered") == [c]
    assert ids(api, project="filter a", order="asc", orderby="created") == [a, c]
    answer = api("photo/list", {"project": "filter a", "size": 1, "p": 2}).json()
    assert [item["photo_id"] for item in answer["data"]] == [a] and answer["total_count"] == 2
    assert api.code("photo/list", {"custom_variable_mode": "perhaps"}) == (400, "invalid_input")
    assert api("photo/delete", {"photo_id": a}, "write", verb="POST").status == 200
    assert ids(api, project="filter a") == [c]


def test_a_value_is_bounded_and_hostile_ones_are_data(server, media, api):
    assert api.code("photo/get-upload-token", {"project": "x" * 501}, "write") == (400, "invalid_input")
    photo = upload(server, media, api, project="x" * 500)
    assert ids(api, project="x" * 500) == [photo["photo_id"]]
    hostile = "'; DROP TABLE photos; -- \" </script>"
    photo = upload(server, media, api, project=hostile)
    assert ids(api, project=hostile) == [photo["photo_id"]]


@pytest.mark.parametrize("name, why", [
    ("title", "means something in the interface already"), ("Photo_ID", "means something"), ("medium_width", "means"),
    ("upload_token", "means something"), ("resumableColor", "means something"), ("oauth_color", "means something"),
    ("poster_size", "means something"), ("xmlns", "begins with xml"), ("project", "is there twice"),
    ("PROJECT", "is there twice"), ("2nd", "must be letters"), ("a-b", "must be letters"),
    ("<x>", "must be letters"), ("n" * 65, "must be letters")])
def test_names_that_mean_something_are_refused_at_start(tmp_path, name, why):
    done = run_cli("serve", "--data", tmp_path / "data", "--set", f"photo.variables=project,{name}")
    assert done.returncode == 2 and f'photo.variables: "{name}" {why}' in done.stderr, done.stderr
