"""visualplatform.js at work. Source: spec/api.md 5.7, 3.15."""

import pytest

from harness import multipart
from harness.clients.front import Front, Refused
from harness.clients.visualplatform_js import VisualPlatformJs


@pytest.fixture(scope="module")
def keys(server):
    return server.credentials("write")


@pytest.fixture(params=["script", "same origin"])
def stranger(server, request):
    return VisualPlatformJs(Front(server.port), same_origin=request.param == "same origin")


@pytest.fixture(scope="module")
def photo(server, media):
    token = server.token(title="</script><b>&\u2028'\"", tags="sea")
    assert multipart.upload(server.port, token, media.mp4, "film.mp4").status == 200
    return server.only_photo(token)


def test_strangers_list_what_is_public(stranger, photo):
    reply = stranger.call("photo/list", {"size": 1, "photo_id": photo["photo_id"]})
    assert reply["photo"]["title"] == reply["photos"][0]["title"] == photo["title"]
    assert reply["site"]["domain"] == "videos.example.com" and reply["total_count"] == "1"
    assert stranger.call("album/list")["albums"] == [] and stranger.call("tag/list")["tag"]["tag"] == "sea"
    assert stranger.call("site/get")["site"]["site_id"] == "1"


def test_a_script_that_is_not_ours_cannot_be_ended(server, photo):
    script = VisualPlatformJs(Front(server.port))
    script.call("photo/list", {"photo_id": photo["photo_id"]})
    body = script.front.sent[0].response.text
    assert body.startswith("visualplatform_1({") and body.rstrip("\n").endswith("});")
    assert "</script" not in body and "\u2028" not in body


def test_every_call_has_a_function_of_its_own(server, photo):
    script = VisualPlatformJs(Front(server.port))
    script.call("photo/list"), script.call("album/list")
    assert [sent.response.text.split("(")[0] for sent in script.front.sent] == ["visualplatform_1", "visualplatform_2"]


def test_refusals_pass_their_message(stranger):
    with pytest.raises(Refused) as refused:
        stranger.call("photo/get-upload-token")
    assert "required level: 'write'" in refused.value.text


def test_signed_scripts_do_the_work_of_their_level(server, media, keys):
    script = VisualPlatformJs(Front(server.port), keys)
    reply = script.call("photo/get-upload-token", {"title": "It's (signed)!*~"})
    assert reply["uploadtoken"]["title"] == "It's (signed)!*~" and reply["permission_level"] == "write"
    token = reply["uploadtoken"]["upload_token"]
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    mine = script.call("photo/list", {"upload_token": token})["photo"]
    script.call("photo/update", {"photo_id": mine["photo_id"], "title": "Ærø"})
    assert script.call("photo/list", {"photo_id": mine["photo_id"]})["photo"]["title"] == "Ærø"
    script.call("photo/delete", {"photo_id": mine["photo_id"]})
    assert script.call("photo/list", {"upload_token": token})["total_count"] == "0"


def test_several_calls_in_one(stranger, photo):
    replies = stranger.concatenate(
        one=("photo/list", {"photo_id": photo["photo_id"], "token": photo["token"]}), many=("album/list", {"size": 3}),
        tags=("tag/list", {"search": "s e&a"}), refused=("photo/delete", {"photo_id": photo["photo_id"]}))
    assert replies["one"]["photo"]["title"] == photo["title"] and replies["many"]["status"] == "ok"
    assert replies["tags"]["tags"] == [] and replies["refused"]["code"] == "permission_denied"
    assert {name: reply["endpoint"] for name, reply in replies.items()} == {
        "one": "/api/photo/list", "many": "/api/album/list", "tags": "/api/tag/list", "refused": "/api/photo/delete"}


def test_a_site_that_is_closed_gives_strangers_words_they_can_show(make_server, media):
    server = make_server(env={"STILE_SITE_OPEN": "false"})
    token = server.token()
    assert multipart.upload(server.port, token, media.mp4).status == 200
    photo = server.only_photo(token)
    script = VisualPlatformJs(Front(server.port))
    for method in ("photo/list", "album/list", "tag/list"):
        with pytest.raises(Refused) as refused:
            script.call(method)
        assert refused.value.text and refused.value.code in ("token_required", "permission_denied")
    mine = script.call("photo/list", {"photo_id": photo["photo_id"], "token": photo["token"]})
    assert mine["permission_level"] == "none" and mine["photo"]["token"] == photo["token"]
