"""23video-for-php and the Drupal module at work. Source: spec/api.md 5.4, 2.3."""

import json
from xml.etree import ElementTree

import pytest

from harness import multipart
from harness.clients.front import ClientError, Front, Refused
from harness.clients.php_23video import DrupalBrowser, DrupalModule, VisualVideo, drupal_callback


@pytest.fixture(scope="module")
def keys(server):
    return server.credentials("super")


@pytest.fixture
def front(server):
    return Front(server.port)


def client(front, keys, **options):
    return VisualVideo(front, keys["consumer_key"], keys["consumer_secret"], keys["access_token"],
                       keys["access_token_secret"], **options)


@pytest.fixture
def video(front, keys):
    return client(front, keys)


@pytest.fixture
def drupal(video):
    return DrupalModule(video)


def test_get_and_post_give_the_raw_body(server, media, video):
    root = ElementTree.fromstring(video.get("/api/photo/get-upload-token", {"title": "~/Movies/~a b+c", "tags": "x y"}))
    assert root.get("status") == "ok" and root.findtext("title") == "~/Movies/~a b+c"
    token = root.findtext("upload_token")
    assert multipart.upload(server.port, token, media.mp4, "film.mp4").status == 200

    listed = video.decode(video.get("/api/photo/list", {"upload_token": token, "format": "json"}))
    photo = listed["photo"]  # the singular twin of a list of one
    assert listed["photos"] == [photo] and photo["title"] == "~/Movies/~a b+c" and photo["tags"] == ["x", "y"]
    assert server.original(photo) == media.mp4
    changes = {"photo_id": photo["photo_id"], "title": "It's ~new~ (2)", "description": "ä/é", "format": "json"}
    assert video.decode(video.post("/api/photo/update", changes))["status"] == "ok"
    found = video.decode(video.get("/api/photo/list", {"search": "~new~", "format": "json"}))
    assert found["photo"]["title"] == "It's ~new~ (2)" and found["photo"]["content"] == "ä/é"
    album = video.decode(video.post("/api/album/create", {"title": "~", "format": "json"}))["album"]
    assert video.decode(video.post("/api/album/delete", {"album_id": album["album_id"], "format": "json"}))["status"] == "ok"
    assert video.decode(video.post("/api/photo/delete", {"photo_id": photo["photo_id"], "format": "json"}))["status"] == "ok"


def test_json_is_behind_exactly_its_prefix_and_nothing_follows(video):
    body = video.get("/api/photo/list", {"format": "json"})
    assert body.startswith('var visual = {"status":"ok"') and body.rstrip("\n").endswith("}")
    assert video.decode(body)["permission_level"] == "super"
    with pytest.raises(ClientError):
        video.decode(video.get("/api/photo/list", {"format": "json", "varname": "other"}))


def test_the_header_is_that_of_the_library(video, front):
    video.get("/api/echo", {"x": "~ "})
    (sent,) = front.sent
    assert sent.target == "/api/echo?x=%7E+"
    assert sent.header("Authorization").startswith(f'OAuth realm="http://http://{front.authority}",oauth_consumer_key="')
    names = [part.split("=")[0] for part in sent.header("Authorization").removeprefix("OAuth ").split(",")]
    assert names == ["realm", "oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_signature",
                     "oauth_timestamp", "oauth_nonce", "oauth_version"]


def test_a_long_body_waits_until_it_is_asked_for(video, front):
    text = "lines and ~lines~ of text, " * 100
    reply = video.decode(video.post("/api/echo", {"text": text, "format": "json"}))
    assert reply["echo"]["text"] == text
    assert front.sent[0].header("Expect") == "100-continue" and front.sent[0].response.interim == [100]


def test_the_host_is_signed_as_it_was_written(front, keys):
    port = front.port
    for host in (f"http://Videos.Example.com:{port}", f"https://videos.example.com:{port}", "http://videos.example.com"):
        reply = client(front, keys, host=host)
        assert reply.decode(reply.get("/api/echo", {"format": "json"}))["permission_level"] == "super"


def test_a_consumer_alone_is_nobody_yet(front, keys):
    alone = VisualVideo(front, keys["consumer_key"], keys["consumer_secret"])
    assert alone.decode(alone.get("/api/echo", {"format": "json"}))["permission_level"] == "anonymous"


# The Drupal module

@pytest.mark.parametrize("accept", ["*/*", "application/json, text/javascript, */*; q=0.01"])
def test_a_visitor_of_drupal_uploads_and_the_callback_hears_of_it(server, media, front, drupal, make_receiver, accept):
    """The page posts the form; the redirect leads its XHR to the module's callback, which gets title and all back.
    A jQuery that is told to expect JSON, from that callback, says so to us too: and still wants to be redirected."""
    receiver = make_receiver(drupal_callback)
    token = drupal.upload_token(receiver.url("/video/callback?theme=green"))
    got = DrupalBrowser(front, accept).upload(token, media.mp4, "film.mp4", "Mine & yours", "A text", "")
    photo = server.holds(token, media.mp4)
    assert got == {"photo_id": str(photo["photo_id"]), "title": "Mine & yours", "token": photo["token"]}
    (request,) = receiver.requests
    names = [name for name, _ in request.query]
    assert request.method == "GET"
    assert names[:6] == ["theme", "domain", "upload_token", "photo_id", "tree_id", "token"]
    assert names[6:] == ["title", "description", "album_id", "form_build_id", "form_token", "form_id", "op"]
    assert dict(request.query)["domain"] == "videos.example.com" and dict(request.query)["description"] == "A text"
    # What is posted to redeem is repeated, and changes nothing.
    assert drupal.call("/api/photo/list", {"photo_id": photo["photo_id"]})["photo"]["title"] != "Mine & yours"


def test_a_visitors_file_that_is_none_comes_back_as_an_error(server, media, front, drupal, make_receiver):
    receiver = make_receiver(drupal_callback)
    token = drupal.upload_token(receiver.url("/callback"))
    with pytest.raises(Refused, match="This looks like"):
        DrupalBrowser(front).upload(token, media.HTML, "film.mp4", "Mine")
    got = dict(receiver.requests[0].query)
    assert "photo_id" not in got and got["title"] == "Mine"
    assert server.photos(token) == []


def test_a_token_that_is_no_good_redirects_nobody(media, front):
    with pytest.raises(ClientError, match="403 instead of the callback"):
        DrupalBrowser(front).upload("x" * 64, media.mp4, "film.mp4", "Mine")


def test_the_module_lists_and_looks_at_the_status(drupal, front):
    assert drupal.call("/api/photo/list", {"size": 5})["status"] == "ok"
    assert front.sent[0].response.text.startswith('{"status":"ok"')
    with pytest.raises(Refused) as refused:
        drupal.call("/api/photo/update", {"photo_id": 10**9})
    assert refused.value.code == "no_such_photo"
    assert json.loads(front.sent[-1].response.text)["endpoint"] == "/api/photo/update"


def test_the_module_logs_a_visitor_in(front, drupal, receiver):
    """The access token goes to the visitor's browser, which redeems it and is sent on."""
    token = drupal.session_token(receiver.url("/manage"))
    assert DrupalBrowser(front).log_in(token).status == 200
    (request,) = receiver.wait_for(1)
    assert request.method == "GET" and request.target.startswith("/manage")
    assert DrupalBrowser(front).log_in("nobody").status in (200, 403) and len(receiver.requests) == 1
