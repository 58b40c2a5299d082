"""Text of strangers that wants to become a header, a request line or a second answer. See docs/security.md."""

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from harness import multipart, oauth, wire
from harness.calls import Api
from harness.multipart import V1
from harness.server import run_cli
from harness.wait import wait_until

SPLITS = {
    "crlf": "\r\nSet-Cookie: owned=1\r\n\r\n<script>",
    "lf": "\nSet-Cookie: owned=1",
    "cr": "\rSet-Cookie: owned=1",
    "nul": "\0Set-Cookie: owned=1",
    "line separator": "\u2028Set-Cookie: owned=1",
    "next line": "\u0085Set-Cookie: owned=1",
    "folded": "\r\n\tSet-Cookie: owned=1",
    "letters that end in 0D 0A": "\u560d\u560aSet-Cookie: owned=1",  # E5 98 8D E5 98 8A: what some decoders cut to CR LF
    "encoded": "%0d%0aSet-Cookie: owned=1",
    "tab": "\tSet-Cookie: owned=1",
}
KNOWN = {"date", "content-length", "connection", "content-type", "x-content-type-options", "x-request-id", "cache-control",
         "access-control-allow-origin", "access-control-expose-headers", "location", "content-security-policy", "allow",
         "content-disposition", "cross-origin-resource-policy", "accept-ranges", "etag", "content-range", "referrer-policy",
         "x-robots-tag", "vary", "access-control-allow-methods", "access-control-allow-headers", "access-control-max-age",
         "x-frame-options", "www-authenticate", "retry-after"}


def unsplit(response):
    """wire reads strictly: a bare CR or LF in a head fails there, a header of the attacker's here."""
    names = [name.lower() for name, _ in response.headers]
    assert set(names) <= KNOWN and len(names) == len(set(names)), names
    assert all(" " <= c <= "~" for _, value in response.headers for c in value), response.headers
    return response


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
def test_no_address_that_others_are_sent_to_holds_a_line_break(server, media, api, split):
    """return_url of every kind of token and session, a webhook's and a pingback's URL, oauth_callback."""
    photo_token = server.token()
    assert multipart.upload(server.port, photo_token, media.jpeg).status == 200
    photo_id = server.only_photo(photo_token)["photo_id"]
    user_id = api.data("user/create", {"email": f"h{abs(hash(split))}@example.com"}, "admin", verb="POST")["user_id"]
    encodable = split.startswith(("%", "\u2028", "\u0085", "\u560d"))
    for url in (f"https://backend.example/done{split}", f"https://backend.example/?x={split}", f"https://backend.example{split}/",
                f"https{split}://backend.example/", split + "https://backend.example/"):
        for method, parameters, level in (("photo/get-upload-token", {}, "write"), ("session/get-token", {}, "super"),
                                          ("photo/get-replace-token", {"photo_id": photo_id}, "write"),
                                          ("user/get-login-token", {"user_id": user_id}, "super")):
            answer = unsplit(api(method, {**parameters, "return_url": url}, level, verb="POST"))
            if answer.status == 200:
                assert encodable and "return_url" in answer.text
                data = answer.json()["data"]
                follow_to_the_end(server, media, data)
            else:
                assert answer.status == 400 and answer.json()["code"] == "invalid_input", answer.text
        answer = unsplit(api("webhook/subscribe", {"target_url": url, "event": "all"}, "write", verb="POST"))
        assert answer.status == 400 or encodable
        if "\0" not in url:
            made = run_cli("credentials", "create", "--name", "x", "--level", "read", "--pingback-url", url, "--data", server.data)
            assert made.returncode == 1 or encodable
        if answer.status == 200:
            api("webhook/unsubscribe", {"target_url": url}, "write", verb="POST")


def as_a_field(name):
    """As browsers write a field's name in a form, and as it is read back."""
    return name.replace("%0d", "\r").replace("%0a", "\n")


def follow_to_the_end(server, media, data):
    """What was let in is percent-encoded when it gets into a Location."""
    for name, path in (("access_token", "/api/session/redeem-token?session_token="),
                       ("login_token", "/api/user/redeem-login-token?login_token=")):
        if name in data:
            answer = wire.get(server.port, path + data[name])
            assert answer.status == 302 and "owned=1" in answer.header("Location")
            assert len(answer.all("Set-Cookie")) == 1 and not answer.header("Set-Cookie").startswith("owned")
    if "upload_token" in data:
        answer = unsplit(multipart.upload(server.port, data["upload_token"], media.jpeg))
        assert answer.status == 301 and "owned=1" in answer.header("Location")


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
def test_titles_names_and_extras_never_split_an_answer(server, media, api, split):
    if "\0" in split:
        return  # no text: test_hostile_names
    made = api("photo/get-upload-token", {"title": split, "description": split, "tags": split, "return_url": "https://backend.example/?a=b",
                                          "x" + split: split, "max_uploads": 3}, "write", verb="POST")
    assert made.status == 200
    token = made.json()["data"]["upload_token"]
    extras = [("y", split), ("z" + split, "1")]
    done = unsplit(multipart.upload(server.port, token, media.jpeg, "x" + split + ".jpg", extras=extras))
    assert done.status == 301
    query = parse_qsl(urlsplit(done.header("Location")).query, keep_blank_values=True)
    assert ("y", split) in query and ("x" + split, split) in query and ("z" + as_a_field(split), "1") in query
    refused = unsplit(multipart.upload(server.port, token, media.HTML, "x" + split, extras=extras))
    assert refused.status == 301 and "error_message=This+looks+like" in refused.header("Location")
    unsplit(wire.get(server.port, f"/upload/{token}"))
    unsplit(wire.get(server.port, server.original_path(server.photos(token)[0])))
    chunk = urlencode({"upload_token": token, "resumableIdentifier": split, "resumableFilename": split, "resumableChunkNumber": 1,
                       "resumableChunkSize": 1 << 20, "resumableTotalSize": len(media.jpeg), "w": split})
    unsplit(wire.request(server.port, "POST", f"{V1}?{chunk}", [("Content-Type", "application/octet-stream")], media.jpeg))


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
def test_what_was_asked_for_is_never_written_into_a_head(server, split):
    """Paths, queries and headers of a request, wherever an answer might repeat them."""
    sent = quote(split.encode(), safe="")
    for path in (f"/{sent}", f"/upload/{sent}", f"/api/2/{sent}", f"/api/echo?callback={sent}", f"/api/echo?format={sent}",
                 f"/oauth/authorize?oauth_token={sent}", f"/login?oauth_token={sent}", f"/1/1/{sent}/original",
                 f"/api/2/echo?fields={sent}"):
        answer = wire.get(server.port, path)
        assert not any(value.startswith("owned") for value in answer.all("Set-Cookie"))
        assert "owned=1" not in "".join(value for _, value in answer.headers)
    raw = split.encode()
    if re.search(rb"[\r\n\0]", raw):
        return  # a request with these is no request: test_bad_transport
    for name in ("Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method", "X-Forwarded-Host", "X-Forwarded-Proto",
                 "Accept", "X-Request-Id", "Range", "If-None-Match", "Cookie", "Referer", "User-Agent"):
        for method in ("GET", "OPTIONS"):
            answer = wire.request(server.port, method, "/api/2/echo", [(name, b"x" + raw)], origin=None)
            assert "owned=1" not in "".join(value for _, value in answer.headers), (name, method)


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
def test_an_application_is_not_called_back_beyond_a_line_break(server, split):
    keys = server.credentials("write")
    url = f"http://127.0.0.1:{server.port}/oauth/request_token"
    callback = f"https://app.example/back{split}"
    signed = oauth.sign(keys, "GET", url, [("oauth_callback", callback)], token=False)
    answer = wire.get(server.port, "/oauth/request_token?" + urlencode([*signed, ("oauth_callback", callback)]))
    unsplit(answer)
    assert answer.status == 401 or split.startswith(("%", "\u2028", "\u0085", "\u560d")), answer.text


def test_a_call_to_a_back_end_is_one_request_whatever_it_says(server, media, api, receiver):
    """Names, values and file names of strangers in the line of a callback: encoded, one request each, nothing pipelined."""
    hostile = [text for text in SPLITS.values() if "\0" not in text]
    extras = [(f"n{number}{text}", text) for number, text in enumerate(hostile)]
    token = api.data("photo/get-upload-token", {"return_url": receiver.url("/done?own=1"), "background_return_p": "1",
                                                "order HTTP/1.1\r\nX: ": " HTTP/1.1\r\nHost: evil.example\r\n\r\nGET /second HTTP/1.1\r\n"},
                     "write", verb="POST")["upload_token"]
    line = multipart.upload(server.port, token, media.jpeg, "x\r\n HTTP/1.1.jpg", extras=extras)
    assert line.status == 200 and line.text.startswith("ok ") and "\n" not in line.text and line.text.count(" ") == 5
    call = receiver.wait_for(1)[0]
    assert call.path == "/done" and call.body == b"" and all(" " < c <= "~" for c in call.target)
    assert ("order HTTP/1.1\r\nX: ", " HTTP/1.1\r\nHost: evil.example\r\n\r\nGET /second HTTP/1.1\r\n") in call.query
    assert {(as_a_field(name), value) for name, value in extras} <= set(call.query)
    assert {name.lower() for name in call.headers} <= {"host", "user-agent", "accept", "connection", "accept-encoding"}
    assert call.headers["Host"] == f"127.0.0.1:{receiver.port}"
    wait_until(lambda: not server.cli("events", "list", "--state", "waiting"), what="the end of the delivery")
    assert len(receiver.requests) == 1
