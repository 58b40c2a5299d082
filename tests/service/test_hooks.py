"""Webhooks and pingbacks: subscribed, signed, in order, at least once, dead and replayed. Source: spec/api.md 3.17."""

import hashlib
import hmac
import json
import re
import time

import pytest

from harness import multipart
from harness.calls import Api
from harness.server import DOMAIN, run_cli
from harness.wait import wait_until


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.fixture
def hook(api, receiver):
    """subscribe(event, url) for one test; all of it is ended behind it."""
    made = []

    def subscribe(event="all", url=None, **options):
        data = api.data("webhook/subscribe", {"target_url": url or receiver.url("/hook"), "event": event},
                        options.pop("level", "write"), verb="POST", **options)
        made.append(data["webhook_id"])
        return data

    yield subscribe
    for webhook_id in made:
        api("webhook/unsubscribe", {"webhook_id": webhook_id}, "admin", verb="POST")


def upload(server, media, **options):
    token = server.token(**options)
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    return server.only_photo(token)["photo_id"]


def verify(secret, request, now=None):
    """The receiver's side, written from docs/api.md alone."""
    fields = dict(part.split("=", 1) for part in request.headers["Stile-Signature"].split(","))
    assert list(fields) == ["t", "v1"] and re.fullmatch(r"[0-9a-f]{64}", fields["v1"])
    assert abs((now or time.time()) - int(fields["t"])) < 60
    expected = hmac.new(secret.encode(), fields["t"].encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, fields["v1"])


def event_of(request):
    return json.loads(request.body)["event"]


def test_a_webhook_is_told_of_each_step_of_a_photos_life(server, media, api, hook, receiver):
    made = hook("all")
    photo_id = upload(server, media, title="First")
    api.data("photo/update", {"photo_id": photo_id, "title": "Second"}, "write", verb="POST")
    api.data("photo/delete", {"photo_id": photo_id}, "write", verb="POST")
    calls = receiver.wait_for(3)
    assert [event_of(call) for call in calls] == ["video.uploaded", "video.updated", "video.deleted"]
    for call in calls:
        body = json.loads(call.body)
        assert call.method == "POST" and call.target == "/hook"
        assert call.headers["Content-Type"] == "application/json"
        assert call.headers["Stile-Event"] == body["event"]
        assert call.headers["Stile-Delivery"] == str(body["event_id"])
        assert set(body) == {"domain", "event", "event_id", "created_at", "webhook_id", "photo_id"}
        assert body["domain"] == DOMAIN and body["photo_id"] == photo_id and body["webhook_id"] == made["webhook_id"]
        assert abs(body["created_at"] - time.time()) < 60
        verify(made["signing_secret"], call)
    assert len({call.headers["Stile-Delivery"] for call in calls}) == 3
    with pytest.raises(AssertionError):
        verify(made["signing_secret"] + "x", calls[0])


def test_what_is_posted_never_holds_the_photos_secret(server, media, hook, receiver):
    hook("video.uploaded")
    photo = server.photo(upload(server, media, title="Unspoken"))
    body = receiver.wait_for(1)[0].body.decode()
    assert photo["token"] not in body and photo["upload_token"] not in body and "Unspoken" not in body


def test_the_sample_is_what_is_posted(server, media, api, hook, receiver):
    hook("video.uploaded")
    upload(server, media)
    body = json.loads(receiver.wait_for(1)[0].body)
    sample = api.data("webhook/sample", {"event": "video.uploaded"}, None)
    assert list(sample) == list(body)
    assert {name: type(value) for name, value in sample.items()} == {name: type(value) for name, value in body.items()}


def test_a_webhook_of_one_event_hears_of_no_other(server, media, api, hook, receiver):
    hook("video.deleted")
    photo_id = upload(server, media)
    api.data("photo/update", {"photo_id": photo_id, "title": "x"}, "write", verb="POST")
    api.data("photo/delete", {"photo_id": photo_id}, "write", verb="POST")
    receiver.wait_for(1)
    other = upload(server, media)
    api.data("photo/delete", {"photo_id": other}, "write", verb="POST")
    assert [event_of(call) for call in receiver.wait_for(2)] == ["video.deleted"] * 2


def test_methods_in_every_format(api, hook, receiver):
    made = hook("video.uploaded")
    listed = api.data("webhook/list", {}, "write")
    assert [(item["webhook_id"], item["event"], item["target_url"]) for item in listed] == [
        (made["webhook_id"], "video.uploaded", receiver.url("/hook"))]
    assert "signing_secret" not in listed[0]
    names = [item["event"] for item in api.data("webhook/events", {}, None)]
    assert names == ["video.uploaded", "video.updated", "video.replaced", "video.deleted", "all"]
    xml = api("webhook/list", {"format": "xml"}, "write").text
    assert f'<webhook webhook_id="{made["webhook_id"]}" event="video.uploaded"' in xml
    assert api("webhook/events", {"callback": "told"}, None).text.endswith("});")
    assert api("webhook/list", {"fields": "event"}, "write").json()["data"] == [{"event": "video.uploaded"}]
    assert api("webhook/list", v1=True, level="write").text.count("no_such_object") == 1
    assert api.data("webhook/unsubscribe", {"target_url": receiver.url("/hook")}, "write", verb="POST") == {}
    assert api.code("webhook/unsubscribe", {"webhook_id": made["webhook_id"]}, "write", verb="POST") == (
        404, "no_such_object")


def test_others_webhooks_are_not_ones_own(server, api, hook, receiver):
    made = hook("all", level="admin")
    assert api.data("webhook/list", {}, "write") == []
    assert api.code("webhook/unsubscribe", {"webhook_id": made["webhook_id"]}, "write", verb="POST")[0] == 404
    assert [item["webhook_id"] for item in api.data("webhook/list", {}, "super")] == [made["webhook_id"]]


def test_an_address_that_is_down_does_not_hold_up_others_at_its_host(server, media, hook, receiver):
    receiver.down.add("/broken")
    hook("all", receiver.url("/broken"))
    hook("all", receiver.url("/well"))
    token = server.token(return_url=receiver.url("/done"), background=True)
    assert multipart.upload(server.port, token, media.jpeg).status == 200

    def paths():
        return [request.path for request in receiver.requests]

    wait_until(lambda: paths().count("/broken") > 1 and {"/well", "/done"} <= set(paths()))
    receiver.down.clear()


def test_private_addresses_are_refused_at_delivery(make_server, media, receiver):
    server = make_server(env={"STILE_NOTIFY_ALLOW_PRIVATE_ADDRESSES": "false"})
    api = Api(server)
    for url in (receiver.url("/inside"), f"http://localhost:{receiver.port}/", f"http://[::1]:{receiver.port}/",
                "http://169.254.169.254/latest/meta-data/", f"http://0x7f000001:{receiver.port}/"):
        response = api("webhook/subscribe", {"target_url": url, "event": "all"}, "write", verb="POST")
        assert response.status in (200, 400), response.text
    upload(server, media)
    wait_until(lambda: not server.cli("events", "list", "--state", "waiting"), what="every refusal")
    dead = server.cli("events", "list", "--state", "dead")
    assert len(dead) >= 4 and all("permission_denied" in event["last_error"] for event in dead), dead
    assert receiver.requests == []


def test_a_redirect_is_not_followed_and_is_no_delivery(server, media, hook, make_receiver):
    target = make_receiver()
    receiver = make_receiver(target.url("/elsewhere"))
    hook("video.uploaded", receiver.url("/hook"))
    upload(server, media)
    first, second = receiver.wait_for(2)[:2]
    assert first.body == second.body and first.headers["Stile-Delivery"] == second.headers["Stile-Delivery"]
    assert target.requests == []


def test_news_of_one_photo_come_in_order_however_often_they_fail(server, media, api, hook, make_receiver):
    receiver = make_receiver(503, "drop", 500)
    hook("all", receiver.url("/hook"))
    photo_id = upload(server, media)
    api.data("photo/update", {"photo_id": photo_id, "tags": "cat"}, "write", verb="POST")
    api.data("photo/delete", {"photo_id": photo_id}, "write", verb="POST")
    wait_until(lambda: event_of(receiver.requests[-1]) == "video.deleted" if receiver.requests else False)
    numbers = [int(call.headers["Stile-Delivery"]) for call in receiver.requests]
    assert numbers == sorted(numbers), "nothing overtakes what is not delivered yet"
    assert numbers.count(numbers[0]) == 4
    assert len({call.headers["Stile-Delivery"] for call in receiver.requests}) == 3


def test_what_was_answered_is_told_after_kill_9(make_server, media, make_receiver):
    server = make_server()
    api = Api(server)
    receiver = make_receiver(absent=True)
    made = api.data("webhook/subscribe", {"target_url": receiver.url("/hook"), "event": "all"}, "write", verb="POST")
    photo_id = upload(server, media)
    api.data("photo/update", {"photo_id": photo_id, "title": "kept"}, "write", verb="POST")
    server.restart("kill")
    receiver.arrive()
    calls = receiver.wait_for(2)
    assert [event_of(call) for call in calls] == ["video.uploaded", "video.updated"]
    verify(made["signing_secret"], calls[1])


def test_who_is_down_gets_one_update_however_many_there_were(make_server, media, make_receiver):
    server = make_server(env={"STILE_NOTIFY_FIRST_RETRY": "1h", "STILE_NOTIFY_MAX_RETRY": "1h"})
    api = Api(server)
    receiver = make_receiver(503)
    api.data("webhook/subscribe", {"target_url": receiver.url("/hook"), "event": "all"}, "write", verb="POST")
    photo_id = upload(server, media)
    receiver.wait_for(1)
    wait_until(lambda: server.cli("events", "list")[0]["attempts"] == 1)
    api.data("photo/update", {"photo_id": photo_id, "title": "0"}, "write", verb="POST")
    # The outbox has seen that it has to wait behind the one that failed.
    wait_until(lambda: [event["next_attempt_at"] for event in server.cli("events", "list")] ==
               [server.cli("events", "list")[-1]["next_attempt_at"]] * 2)
    for title in "12345":
        api.data("photo/update", {"photo_id": photo_id, "title": title}, "write", verb="POST")
    events = server.cli("events", "list")
    assert [event["kind"] for event in events] == ["video.updated", "video.uploaded"]
    server.cli("events", "replay", *[event["event_id"] for event in events])
    assert [event_of(call) for call in receiver.wait_for(3)] == ["video.uploaded", "video.uploaded", "video.updated"]


def test_the_end_of_a_subscription_ends_what_waits(server, media, api, make_receiver):
    gone = make_receiver(absent=True)
    made = api.data("webhook/subscribe", {"target_url": gone.url("/hook"), "event": "all"}, "write", verb="POST")
    photo_id = upload(server, media)
    api.data("webhook/unsubscribe", {"webhook_id": made["webhook_id"]}, "write", verb="POST")

    def ended():
        (event,) = server.cli("events", "list", "--photo", photo_id)
        return event if event["state"] == "dead" else None

    event = wait_until(ended)
    server.cli("events", "replay", event["event_id"])  # nobody listens: it dies again, without a call
    wait_until(lambda: ended() and "nobody listens" in ended()["last_error"])


def test_revoked_keys_end_their_hooks(make_server, media, receiver):
    server = make_server()
    api = Api(server)
    api.data("webhook/subscribe", {"target_url": receiver.url("/hook"), "event": "all"}, "write", verb="POST")
    server.cli("credentials", "revoke", api.keys["write"]["consumer_key"])
    upload(server, media)
    assert server.cli("events", "list") == []


def test_dead_letters_are_listed_shown_and_replayed(make_server, media, make_receiver):
    server = make_server(env={"STILE_NOTIFY_GIVE_UP_AFTER": "3s"})
    api = Api(server)
    receiver = make_receiver(absent=True)
    made = api.data("webhook/subscribe", {"target_url": receiver.url("/hook?key=s3cret"), "event": "all"}, "write",
                    verb="POST")
    photos = [upload(server, media) for _ in range(3)]
    wait_until(lambda: len(server.cli("events", "list", "--state", "dead")) == 3, timeout=20)
    assert server.cli("events", "list", "--state", "waiting") == []
    dead = server.cli("events", "list", "--state", "dead", "--photo", photos[1])
    assert len(dead) == 1 and dead[0]["attempts"] >= 2 and dead[0]["last_error"].startswith("io_error")
    shown = server.cli("events", "show", dead[0]["event_id"])
    assert json.loads(shown["body"])["photo_id"] == photos[1] and shown["signer"] == f"webhook:{made['webhook_id']}"
    text = run_cli("events", "list", "--data", server.data).stdout
    assert text.count("video.uploaded") == 3 and "s3cret" not in text

    receiver.arrive()
    assert server.cli("events", "replay", dead[0]["event_id"]) == {"replayed": [dead[0]["event_id"]], "unknown": []}
    call = receiver.wait_for(1)[0]
    assert json.loads(call.body)["photo_id"] == photos[1]
    verify(made["signing_secret"], call)
    assert len(server.cli("events", "replay", "--all-dead")["replayed"]) == 2
    assert {json.loads(call.body)["photo_id"] for call in receiver.wait_for(3)} == set(photos)
    wait_until(lambda: len(server.cli("events", "list", "--state", "delivered")) == 3)
    assert server.cli("events", "replay", "--all-dead") == {"replayed": [], "unknown": []}


def test_the_command_line_says_what_is_wrong(server):
    for args, words in ((("replay",), "say which"), (("replay", 1, "--all-dead"), "say which"),
                        (("replay", 987654321), "there is no event 987654321"),
                        (("show", 987654321), "there is no event 987654321"), (("list", "--state", "gone"), "--state"),
                        (("show", "x"), "x")):
        done = run_cli("events", *args, "--data", server.data)
        assert done.returncode != 0 and words in done.stderr, (args, done.stderr)


def test_a_pingback_names_the_photo_and_is_signed_with_the_consumers_secret(make_server, media, receiver):
    server = make_server()
    api = Api(server)
    keys = server.cli("credentials", "create", "--name", "old client", "--level", "write",
                      "--pingback-url", receiver.url("/ping?site=1"))
    photo_id = upload(server, media)
    first = receiver.wait_for(1)[0]
    assert first.method == "POST" and first.body == b""
    assert first.target == f"/ping?site=1&type=photo&photo_id={photo_id}"
    verify(keys["consumer_secret"], first)
    server.cli("credentials", "set-pingback", keys["consumer_key"], receiver.url("/other"))
    api.data("photo/update", {"photo_id": photo_id, "album_id": "", "tags": "dog"}, "write", verb="POST")
    assert receiver.wait_for(2)[1].target == f"/other?type=photo&photo_id={photo_id}"
    api.data("photo/update", {"photo_id": photo_id, "tags": "dog"}, "write", verb="POST")  # nothing changed
    api.data("photo/delete", {"photo_id": photo_id}, "write", verb="POST")
    assert receiver.wait_for(3)[2].headers["Stile-Event"] == "pingback"
    server.cli("credentials", "set-pingback", keys["consumer_key"], "")
    other = upload(server, media)
    assert server.cli("events", "list", "--photo", other) == []
    assert len(receiver.requests) == 3


@pytest.mark.parametrize("url", ["ftp://example.com/", "/path", "https://user:pass@example.com/"])
def test_a_pingback_url_that_makes_no_sense_is_refused_in_words(server, url):
    done = run_cli("credentials", "create", "--name", "x", "--level", "read", "--pingback-url", url, "--data", server.data)
    assert done.returncode == 1 and "the pingback URL" in done.stderr and "return_url" not in done.stderr
    done = run_cli("credentials", "set-pingback", "nobody", "https://example.com/", "--data", server.data)
    assert done.returncode == 1 and "nobody" in done.stderr


def test_failures_of_one_token_make_a_bounded_number_of_callbacks(make_server, media, receiver):
    server = make_server(env={"STILE_NOTIFY_MAX_FAILURE_CALLBACKS": "3"})
    token = server.token(return_url=receiver.url("/cb"), background=True, max_uploads=2)
    for _ in range(12):
        assert multipart.upload(server.port, token, b"just words").text.startswith("error ")
    other = server.token(return_url=receiver.url("/other"), background=True)
    assert multipart.upload(server.port, other, b"just words").text.startswith("error ")
    assert multipart.upload(server.port, token, media.jpeg).text.startswith("ok ")  # a success is always told
    calls = receiver.wait_for(5)
    assert sorted(("error_message" in dict(call.query), call.target.split("?")[0]) for call in calls) == [
        (False, "/cb"), (True, "/cb"), (True, "/cb"), (True, "/cb"), (True, "/other")]
    assert len(server.cli("events", "list")) == 5
