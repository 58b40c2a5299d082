"""What strangers write, wherever others read it: pages, JSON, XML, scripts, the form that sends a browser on. See
docs/security.md; tests/browser/hostile.test.mjs shows the same to a real browser."""

import html
import json
from html.parser import HTMLParser
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from harness import multipart, oauth, wire
from harness.answers import unwrap
from harness.browser import Browser
from harness.calls import Api
from harness.multipart import V1, field, file
from harness.server import run_cli
from harness.table import FORM, FORMATS, Line, encode

PAYLOADS = {
    "script": "<script>owned()</script>",
    "end of a script": "</script><script>owned()</script>",
    "end of a title": "</title></head><body onload=owned()>",
    "attribute": "\"><img src=x onerror=owned()>",
    "other attribute": "' autofocus onfocus=owned() x='",
    "drawing": "<svg/onload=owned()>",
    "comment in a script": "<!--<script>",
    "end of data": "]]></response><script>owned()</script>",
    "entity of XML": "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>",
    "entities": "&lt;script&gt;owned()&lt;/script&gt;",
    "entities of entities": "&amp;lt;img src=x onerror=owned()&amp;gt;",
    "numbers": "&#60;img src=x onerror=owned()&#62;",
    "cut tag": "<scr<script>ipt>owned()</scr</script>ipt>",
    "open tag": "<img src=x onerror=owned() ",
    "scheme": "javascript:owned()",
    "link": "<a href=\"java\tscript:owned()\">x</a><a href=' javascript:owned()'>y</a><a href=data:text/html,z>z</a>",
    "style": "<p style=\"background:url(javascript:owned())\">x</p><style>@import '//evil.example'</style>",
    "mutation": "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=owned()&gt;\">",
    "template": "{{constructor.constructor('owned()')()}}${owned()}",
    "line ends of scripts": "\u2028owned()//\u2029",
    "escapes": "\\u003cscript\\u003eowned()\\x3c/script>\\ end",
    "frame": "<iframe srcdoc='<script>owned()</script>'></iframe><object data=//evil.example></object><base href=//evil.example>",
    "form": "<form action=//evil.example><input name=password><button formaction=javascript:owned()>",
    "controls": "a\x01b\x0bc\x1b[31m\x7f\u0085\ufffe",
}
SAFE_TAGS = {"a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6",
             "hr", "i", "img", "ins", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td",
             "th", "thead", "tr", "u", "ul"}


class Markup(HTMLParser):
    """What there is in a page that runs, loads or leads away."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.handlers, self.addresses, self.scripts, self.texts = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        given = dict(attributes)
        self.handlers += [name for name in given if name.startswith("on") or name in ("style", "srcdoc", "formaction")]
        self.addresses += [given[name] or "" for name in ("href", "src", "action", "data") if name in given]
        if tag == "script":
            self.scripts.append(given)
        if tag == "input":
            self.texts.append(given.get("value") or "")

    def handle_data(self, data):
        self.texts.append(data)


def page_is_ours(response):
    """Only our own script runs on it, and everything else is text."""
    assert response.media_type == "text/html" and "script-src 'self'" in response.header("Content-Security-Policy")
    page = Markup(response.text)
    assert page.handlers == [], page.handlers
    assert not set(page.tags) & {"iframe", "object", "embed", "base", "math", "template"}
    for script in page.scripts:
        assert script.get("type") == "application/json" or script.get("src", "").startswith("/assets/"), script
    for address in page.addresses:
        assert address.startswith(("/", "#", "blob:", "data:image/")), address
    return page


@pytest.fixture(scope="module")
def server(stile_bin, media, tmp_path_factory):
    from harness.server import Server

    server = Server(tmp_path_factory.mktemp("stile") / "data", probe=media.jpeg, env={"STILE_PHOTO_VARIABLES": "note"}).start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def in_a_head(text):
    """Without what the head of a part cannot hold."""
    return "".join(c for c in text if c >= " " and c != "\x7f")


def readable(text):
    """As XML can write it."""
    return "".join("\ufffd" if c < " " and c not in "\t\n\r" or c in "\ufffe\uffff" else c for c in text)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_lists_hold_it_as_text_in_every_format(server, media, api, payload):
    """A photo with the payload in everything that a stranger can write, an album and a user of that name."""
    token = api.data("photo/get-upload-token", {"title": payload, "description": payload, "note": payload, "tags": payload,
                                                "publish": "1"}, "write", verb="POST")["upload_token"]
    file_name = in_a_head(payload)
    parts = [field("upload_token", token), file(media.jpeg, file_name)]
    assert multipart.post(server.port, parts).status == 200
    photo = server.only_photo(token)
    album = api.data("album/create", {"title": "Album " + payload, "description": payload}, "write", verb="POST")["album_id"]
    lists = {"photo/list": [("photo_id", photo["photo_id"])], "album/list": [("album_id", album)], "tag/list": [], "site/get": [],
             "echo": [("x", payload), ("<" + payload[:50], "y")], "token/show": [("token", token)]}
    line = Line(server, api.keys["super"]["bearer_token"])
    for method, parameters in lists.items():
        for format in FORMATS:
            if method == "token/show" and format.generation == "v1":
                continue
            response = line.call(method, format.generation, [*parameters, *format.parameters], verb="POST")
            assert response.status == 200 and response.header("X-Content-Type-Options") == "nosniff"
            if format.wrap is None:
                root = ElementTree.fromstring(response.body)
                assert not {"script", "img", "svg", "iframe", "math"} & {node.tag for node in root.iter()} and b"<!" not in response.body
            else:
                assert not any(end in response.body for end in (b"</", b"<!", "\u2028".encode(), "\u2029".encode()))
                assert unwrap(response, format)["status"] == "ok"
    line.close()
    item = api.data("photo/list", {"photo_id": photo["photo_id"]}, "read")[0]
    assert item["note"] == payload and item["original_filename"] == file_name
    root = api.xml("photo/list", {"photo_id": photo["photo_id"]})
    shown = root.find("photo")
    assert (shown.get("note") or shown.findtext("note")) == readable(payload)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_title_has_no_markup_and_a_description_only_what_is_safe(server, media, api, payload):
    """Many pages of back ends show both as they are."""
    token = server.token()
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    photo_id = server.only_photo(token)["photo_id"]
    # The stranger with the token, and the back end itself.
    for method, which, level in (("photo/update-upload-token", {"upload_token": token}, None),
                                 ("photo/update", {"photo_id": photo_id}, "write")):
        assert api(method, {**which, "title": payload, "description": payload}, level, verb="POST").status == 200
        item = api.data("photo/list", {"photo_id": photo_id}, "read")[0]
        title = Markup(item["title"])
        assert title.tags == [] and title.handlers == [], item["title"]
        text = Markup(item["content"] if "content" in item else item["description"])
        assert set(text.tags) <= SAFE_TAGS and text.handlers == [], (text.tags, text.handlers)
        for address in text.addresses:
            assert address.strip().lower().startswith(("http://", "https://", "mailto:", "/", "#")), address


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_the_upload_page_shows_a_title_as_text(server, payload):
    token = server.token(title=payload)
    response = wire.get(server.port, f"/upload/{token}")
    page = page_is_ours(response)
    data = json.loads(response.text.split('id="stile">')[1].split("</script>")[0])
    assert "<" not in response.text.split('id="stile">')[1].split("</script>")[0]
    assert data["upload_token"] == token
    if data["title"]:
        assert data["title"] in page.texts


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_account_and_consent_pages_show_names_as_text(server, api, payload):
    password = "correct horse battery"
    login = f"person{list(PAYLOADS.values()).index(payload)}"
    done = run_cli("credentials", "create", "--name", payload, "--level", "write", "--json", "--data", server.data)
    assert done.returncode == 0, done.stderr
    keys = json.loads(done.stdout)
    api.data("user/create", {"email": f"{login}@example.com", "username": login, "full_name": payload, "password": password}, "admin",
             verb="POST")
    url = f"http://127.0.0.1:{server.port}/oauth/request_token"
    signed = oauth.sign(keys, "GET", url, [("oauth_callback", "oob")], token=False)
    headers = [("Host", f"127.0.0.1:{server.port}"), ("Authorization", oauth.header([*signed, ("oauth_callback", "oob")]))]
    answer = wire.get(server.port, "/oauth/request_token", headers)
    assert answer.status == 200, answer.body
    request_token = dict(pair.split("=") for pair in answer.text.split("&"))["oauth_token"]
    browser = Browser(server.port)
    shown = [browser.get(f"/oauth/authorize?oauth_token={request_token}")]
    shown.append(browser.post("/login", {"key": browser.hidden("key"), "oauth_token": request_token, "login": payload,
                                         "password": "wrong"}))
    assert payload.strip("\x01") == "" or html.unescape(shown[-1].text).count("owned()") or "owned" not in payload
    assert browser.log_in(login, password, request_token).status in (200, 303)
    shown.append(browser.get(f"/oauth/authorize?oauth_token={request_token}"))
    assert "Let " in shown[-1].text, "the consent page"
    shown.append(browser.decide(request_token, "allow"))
    shown.append(browser.get("/login"))
    shown.append(browser.get("/oauth/authorize?" + urlencode({"oauth_token": payload})))
    shown.append(browser.post("/oauth/authorize", {"key": payload, "oauth_token": payload, "decision": payload}))
    for response in shown:
        page_is_ours(response)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_the_form_that_sends_a_browser_on_holds_it_as_values(server, media, payload):
    token = server.token(return_url="https://backend.example/done?a=%22%3E%3Cscript%3E", max_uploads=2)
    extras = [("note", payload), ("name" + in_a_head(payload), "x"), ("pad", "p" * 1500)]
    for body, status in ((media.jpeg, 200), (media.HTML, 200)):
        response = multipart.upload(server.port, token, body, in_a_head(payload), extras=extras)
        assert response.status == status and response.media_type == "text/html"
        page = Markup(response.text)
        assert page.handlers == [] and page.addresses == ["https://backend.example/done?a=%22%3E%3Cscript%3E"]
        assert page.tags.count("script") == 1 and page.scripts == [{}]
        assert response.text.count("<script>document.forms[0].submit();</script>") == 1
        assert payload in page.texts
        assert "'sha256-" in response.header("Content-Security-Policy") and "unsafe" not in response.header("Content-Security-Policy")


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_refusals_repeat_nothing_that_was_sent(server, media, payload):
    """Words of ours only: in text, in JSON, in the redirect's error_message."""
    sent = payload.encode()
    back = server.token(return_url="https://backend.example/done")
    token = server.token()
    answers = [
        wire.get(server.port, "/" + encode([("x", payload)])),
        wire.get(server.port, f"{V1}?" + urlencode({"upload_token": payload})),
        wire.get(server.port, "/upload/" + encode([(payload, "")])[:-1].replace("%2F", "")),
        multipart.upload(server.port, payload, media.jpeg),
        multipart.upload(server.port, token, media.HTML, in_a_head(payload)),
        multipart.upload(server.port, back, media.HTML, in_a_head(payload)),
        wire.request(server.port, "POST", "/api/2/photo/list", [FORM], encode([("size", payload)]).encode()),
        wire.request(server.port, "POST", "/api/2/" + encode([(payload, "")]).replace("%2F", "")),
    ]
    for answer in answers:
        assert sent not in answer.body or len(sent) < 4, answer.body[:300]
        assert b"owned()" not in answer.body or answer.media_type == "text/html"
        if answer.media_type == "text/html":
            page_is_ours(answer)
    assert answers[5].status == 301 and "error_message=This+looks+like+a+web+page" in answers[5].header("Location")


@pytest.mark.parametrize("name", ["owned()", "a;owned", "<script>", "a b", "x=1", "a'", "a\"", "a`", "1", "a\u2028b", "\\u0061", "a/*",
                                  "//", "a" * 200, "é"])
def test_the_name_of_a_callback_is_a_name(server, name):
    for path in ("/api/echo?format=json&callback=", "/api/echo?format=json&varname=", "/api/2/echo?callback=",
                 "/api/concatenate?format=json&callback="):
        answer = wire.get(server.port, path + encode([(name, "")])[:-1])
        assert b"invalid_input" in answer.body and name.encode() not in answer.body.replace(b"1", b"" if name == "1" else b"1")
