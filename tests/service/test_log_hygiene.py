"""What strangers write into logs and onto terminals, and what must never get there. See docs/security.md."""

import base64
import hashlib
import json
import re
from urllib.parse import quote, urlencode

import pytest

from harness import multipart, oauth, wire
from harness.browser import Browser
from harness.calls import Api
from harness.multipart import V1, field, file
from harness.resumable import Upload
from harness.server import Server, run_cli
from harness.wait import wait_until

# Controls, what ends lines, what turns the direction of text, what nobody sees; but for the end of a line of the log.
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
HOSTILE = ("a\n2026-01-01T00:00:00.000+00:00 info forged event=1\rb\x1b]0;owned\x07\x1b[2J\u009b31m\x7f\u202egpj.exe"
           "\u2028forged\u2066\ufeff\",\"event\":\"forged\\")
LEVELS = ("trace", "debug", "info")


def hammer(server, media):
    """Hostile text in every place of a request that a log might mention, refusals and trouble included."""
    text = HOSTILE.encode()
    escaped = quote(text, safe="")
    token = server.token(title=HOSTILE.replace("\x00", ""), max_uploads=9)
    wire.get(server.port, f"/api/{escaped}")
    wire.get(server.port, f"/api/2/{escaped}")
    wire.get(server.port, f"/assets/{escaped}")
    wire.get(server.port, f"/{escaped}?{escaped}={escaped}")
    wire.get(server.port, f"/upload/{escaped}")
    wire.get(server.port, "/healthz/" + escaped)
    visible = re.sub(rb"[\x00-\x1f\x7f]", b"", text)
    for name in ("User-Agent", "Referer", "X-Forwarded-For", "Forwarded", "X-Request-Id", "Authorization", "Cookie", "Origin", "Range",
                 "Content-Type", "Expect"):
        wire.request(server.port, "POST", "/api/2/echo", [(name, visible)], b"a=b", origin=None)
    wire.request(server.port, "FORGED=1", "/api/echo")
    with wire.Connection(server.port) as connection:
        connection.send(b"GET /\x1b[31m" + text + b" HTTP/1.1\r\n\r\n")
        connection.read_response()
    parts = [field("upload_token", token), file(media.jpeg, disposition=b"; filename*=UTF-8''" + escaped.encode())]
    assert multipart.post(server.port, parts).status == 200
    refused = [field("upload_token", token), file(media.HTML, disposition=b"; filename*=UTF-8''" + escaped.encode())]
    assert multipart.post(server.port, refused).status == 415
    chunk = {"upload_token": token, "resumableIdentifier": HOSTILE, "resumableFilename": HOSTILE, "resumableChunkNumber": 1,
             "resumableChunkSize": 20_000, "resumableTotalSize": 60_000}
    octets = [("Content-Type", "application/octet-stream")]
    assert wire.request(server.port, "POST", f"{V1}?{urlencode(chunk)}", octets, media.mp4_of(60_000)[:20_000]).status == 200
    assert wire.request(server.port, "POST", f"{V1}?{urlencode({**chunk, 'resumableIdentifier': 'x' + HOSTILE})}", octets,
                        media.HTML + bytes(19_000)).status in (500, 503)
    assert wire.request(server.port, "POST", f"{V1}?{urlencode({**chunk, 'resumableChunkNumber': HOSTILE})}", octets, b"x").status == 400
    return token


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("level", LEVELS)
def test_nobody_forges_a_line_or_commands_a_terminal(make_server, media, format, level):
    server = make_server(env={"STILE_LOG_LEVEL": level, "STILE_LOG_FORMAT": format})
    hammer(server, media)
    assert server.stop()[0] == 0
    log = server.log()
    assert not UNSEEN.search(log), repr(UNSEEN.search(log))
    lines = log.splitlines()
    assert len(lines) > (20 if level != "info" else 2)
    for line in lines:
        if format == "json":
            entry = json.loads(line)
            assert {"time", "level", "event"} <= set(entry) and "forged" not in entry["event"]
        else:
            assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+\+\d\d:\d\d (trace|debug|info|warning|error) \w", line), line
            assert not re.match(r"\S+ \S+ forged", line)


def test_no_command_lets_a_stranger_write_on_the_terminal(make_server, media, make_receiver):
    """Everything that the command line shows of what strangers wrote, as text and as JSON."""
    server = make_server(env={"STILE_PHOTO_VARIABLES": "note"})
    token = hammer(server, media)
    api = Api(server)
    photo_id = server.photos(token)[0]["photo_id"]
    changes = {"photo_id": photo_id, "title": HOSTILE, "description": HOSTILE, "tags": HOSTILE, "note": HOSTILE}
    assert api("photo/update", changes, "write", verb="POST").status == 200
    somebody = {"email": "somebody@example.com", "username": "somebody", "full_name": HOSTILE}
    assert api("user/create", somebody, "admin", verb="POST").status == 200
    assert run_cli("credentials", "create", "--name", HOSTILE, "--level", "read", "--data", server.data).returncode == 0
    gone = make_receiver(500)
    assert api("webhook/subscribe", {"target_url": gone.url("/" + quote(HOSTILE)), "event": "all"}, "write", verb="POST").status == 200
    assert api("photo/update", {"photo_id": photo_id, "title": "again"}, "write", verb="POST").status == 200
    wait_until(lambda: server.cli("events", "list")[0]["attempts"] > 0, what="an attempt")
    event = server.cli("events", "list")[0]["event_id"]
    uploads = [upload["upload_id"] for upload in server.cli("upload", "list")]
    assert len(uploads) >= 2
    commands = [("photo", "list", "--token", token), ("token", "list"), ("token", "show", token), ("upload", "list"),
                ("upload", "show", "--token", token), ("events", "list"), ("events", "show", event), ("user", "list"),
                ("credentials", "list"), ("grants", "list"), ("fsck",), *(("upload", "show", upload) for upload in uploads)]
    for command in commands:
        for flags in ((), ("--json",)):
            shown = run_cli(*command, *flags, "--data", server.data)
            assert shown.returncode == 0, (command, shown.stderr)
            for text in (shown.stdout, shown.stderr):
                assert not UNSEEN.search(text), (command, flags, repr(UNSEEN.search(text)), text[:2000])
            if flags:
                json.loads(shown.stdout)
            else:
                assert not re.search("^2026-01-01T|^forged", shown.stdout, re.MULTILINE), command
    # What is shown as JSON is still what was written.
    listed = json.loads(run_cli("upload", "list", "--json", "--data", server.data).stdout)
    assert HOSTILE in {upload["file_name"] for upload in listed}


def test_no_secret_is_logged_measured_or_shown_again(make_server, media, make_receiver):
    """Every secret there is, used rightly and wrongly, at the most verbose level; then looked for everywhere."""
    server = make_server(env={"STILE_LOG_LEVEL": "trace", "STILE_LOG_FORMAT": "json", "STILE_NOTIFY_GIVE_UP_AFTER": "1s"})
    receiver = make_receiver(*[500] * 50)
    api = Api(server)
    secrets, only_tokens = {}, {}  # the second are shown to who administrates, by the commands that are for them
    for level, keys in api.keys.items():
        for name in ("consumer_secret", "access_token_secret", "bearer_token"):
            secrets[f"{name} of {level}"] = keys[name]
    password = "correct horse battery"
    anna = {"email": "anna@example.com", "username": "anna", "full_name": "Anna", "password": password}
    assert api("user/create", anna, "admin", verb="POST").status == 200
    secrets["password"] = password

    # Tokens of every kind, redeemed well and badly, in every place where one can stand.
    back = receiver.url("/back?key=hush-hush-url")
    secrets["the back end's own query"] = "hush-hush-url"
    token = api.data("photo/get-upload-token", {"return_url": back, "background_return_p": "1", "max_uploads": 9}, "write")["upload_token"]
    only_tokens["upload token"] = token
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    Upload(server, token, media.mp4_of(60_000), 20_000, identifier="hush-hush-identifier").run([2, 1, 3])
    secrets["identifier"] = "hush-hush-identifier"
    photo = server.photos(token)[0]
    only_tokens["photo token"] = photo["token"]
    for name, method, parameters in (("replace", "photo/get-replace-token", {}), ("update", "photo/get-update-token", {})):
        only_tokens[f"{name} token"] = api.data(method, {"photo_id": photo["photo_id"], **parameters}, "write")[f"{name}_token"]
    user_id = api.data("user/list", {"search": "anna"}, "super")[0]["user_id"]
    secrets["login token"] = api.data("user/get-login-token", {"user_id": user_id, "return_url": "https://x.example/"}, "super")["login_token"]
    secrets["session token"] = api.data("session/get-token", {"return_url": "https://x.example/"}, "super")["access_token"]
    hook = api.data("webhook/subscribe", {"target_url": receiver.url("/hook?key=hush-hush-hook"), "event": "all"}, "write", verb="POST")
    secrets["webhook's secret"], secrets["webhook's query"] = hook["signing_secret"], "hush-hush-hook"
    assert api("photo/update", {"photo_id": photo["photo_id"], "title": "new"}, "write").status == 200

    answers = []
    everything = {**secrets, **only_tokens}
    for value in everything.values():
        escaped = quote(value)
        for path in (f"/upload/{escaped}", f"/api/../upload/{escaped}", f"/api/2/{escaped}", f"/api/photo/redeem-upload-token/{escaped}",
                     f"/assets/{escaped}", f"/{escaped}", f"/1/{photo['photo_id']}/{escaped}/nothing", f"/api/photo/{escaped}",
                     f"/api/2/photo/list?token={escaped}&photo_id=1", f"/oauth/authorize?oauth_token={escaped}", f"/login?{escaped}"):
            answers.append(wire.get(server.port, path))
        for scheme in ("Bearer ", "Basic ", "OAuth oauth_token=", ""):
            answers.append(wire.get(server.port, "/api/2/photo/list", [("Authorization", scheme + value)]))
        answers.append(wire.get(server.port, "/login", [("Cookie", f"stile_session={escaped}")]))
        answers.append(multipart.upload(server.port, value + "x", media.jpeg))
    browser = Browser(server.port)
    for attempt in (password + "x", password):
        browser.log_in("anna", attempt)
    for number, value in enumerate(browser.cookies.values()):
        secrets[f"cookie {number}"] = value
    browser.get("/login")
    secrets["key of a form"] = browser.hidden("key")
    for path, name in (("/api/user/redeem-login-token?login_token=", "login token"),
                       ("/api/session/redeem-token?session_token=", "session token")):
        answer = wire.get(server.port, path + secrets[name])
        assert answer.status == 302
        secrets[f"cookie of the {name}"] = answer.header("Set-Cookie").split(";")[0].split("=", 1)[1]
    # A signature that does not fit: neither it nor what it was made with.
    signed = oauth.sign(api.keys["write"], "GET", f"http://127.0.0.1:{server.port}/wrong")
    secrets["signature"] = dict(signed)["oauth_signature"]
    answers.append(wire.get(server.port, "/api/2/photo/list", [("Authorization", oauth.header(signed))]))

    receiver.wait_for(3)
    wait_until(lambda: server.cli("events", "list", "--state", "dead"), 20, what="dead letters")
    exposed = {"/metrics": wire.get(server.port, "/metrics").text}
    upload_ids = [upload["upload_id"] for upload in server.cli("upload", "list")]
    commands = [("user", "list"), ("credentials", "list"), ("grants", "list"), ("events", "list"), ("events", "list", "--state", "dead"),
                ("upload", "list"), ("fsck",), *(("upload", "show", upload) for upload in upload_ids)]
    for command in commands:
        for flags in ((), ("--json",)):
            shown = run_cli(*command, *flags, "--data", server.data, env=server.env)
            assert shown.returncode == 0, shown.stderr
            exposed[" ".join(command + flags)] = shown.stdout + shown.stderr
    assert server.stop()[0] == 0
    exposed["the log"] = server.log()
    # An answer that refuses may repeat what it was asked with on its own page, never anything else.
    for answer in answers:
        if answer.status >= 400 and answer.media_type != "text/html":
            exposed.setdefault("refusals", "")
            exposed["refusals"] += answer.text
    everything = {**secrets, **only_tokens}
    assert len(everything) >= 25 and all(len(value) >= 8 for value in everything.values())
    found = [f"{name} in {place}" for place, text in exposed.items() for name, value in everything.items()
             if any(shape in text for shape in shapes_of(value))
             # The name of a file is its sender's own word for it, shown to who administrates.
             and not (name == "identifier" and place.startswith("upload"))]
    assert not found, "\n".join(found)


def shapes_of(value):
    return {value, quote(value, safe=""), base64.b64encode(value.encode()).decode().rstrip("="),
            hashlib.sha256(value.encode()).hexdigest()}
