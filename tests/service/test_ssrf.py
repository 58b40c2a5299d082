"""Requests to the inside: who may write an address that Stile calls must not reach what Stile can reach.

The three ways an address comes in: `return_url` of a token, `target_url` of a webhook, the pingback URL of a key. Judged
when it is written as text (what two readers take for two hosts is refused), and when it is called by the number that is
connected to; rebinding and names with several addresses are in src/notify/curl_client_rebinding_test.cc.
"""

import socket
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from harness import multipart, wire
from harness.browser import Browser
from harness.calls import Api
from harness.server import run_cli
from harness.table import encode
from harness.wait import wait_until

# Written so that every reader takes them for the same host: accepted, and refused when they are called.
INSIDE = [
    "127.0.0.1", "127.0.0.2", "localhost", "LOCALHOST", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "10.0.0.1", "169.254.169.254",
    "192.168.0.1", "172.31.255.254", "100.64.0.1", "[fe80::1]", "[fd00:ec2::254]", "[fec0::1]",
]
# Refused as soon as they are written.
NO_ADDRESS = [
    "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0/",
    "http://127.0.0.1./", "http://0x7f.0.0.1/", "http://127.0.0.0x1/", "http://[fe80::1%25lo]/",
    "http://[fe80::1%lo]/", "http://[::1/", "http://a.example@127.0.0.1/", "http://127.0.0.1:80@a.example/",
    "http://a.example%40127.0.0.1/", "http://a.example\\@127.0.0.1/", "http://127.0.0.1%2f@a.example/",
    "http://127。0。0。1/", "http://ⓛocalhost/", "http://a.example:0/", "http://a.example:65536/",
    "http://a.example:22x/", "http://a.example:/", "http://%31%32%37.0.0.1/", "file:///etc/passwd",
    "file://localhost/etc/passwd", "gopher://127.0.0.1:25/_x", "dict://127.0.0.1:11211/", "ftp://a.example/",
    "ldap://127.0.0.1/", "jar:http://127.0.0.1!/", "unix:/run/x.sock", "data:text/plain,x", "http:/127.0.0.1/",
    "http:127.0.0.1", "//127.0.0.1/", "http://\t127.0.0.1/", "http://127.0.0.1\r\nX: y/", " http://127.0.0.1/",
    "http://a.example/\x00",
]


@pytest.fixture
def outside(make_server):
    """A server that may call public addresses only, as it is unless an operator says otherwise."""
    return make_server(env={"STILE_NOTIFY_ALLOW_PRIVATE_ADDRESSES": "false", "STILE_OUT_THREADS": "16"})


class Ear:
    """Listens on every loopback address of both families, and counts who comes."""

    def __init__(self):
        self.socket = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]

    def callers(self):
        count = 0
        while True:
            try:
                self.socket.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1


@pytest.fixture
def ear():
    ear = Ear()
    yield ear
    ear.socket.close()


def test_the_ear_hears(ear):
    for host in ("127.0.0.1", "::1"):
        socket.create_connection((host, ear.port), 5).close()
    assert ear.callers() == 2


def all_are_refused(server, count):
    """Refused for good, each at its first try, and the address is not told to anybody who asks for the reason."""
    wait_until(lambda: not server.cli("events", "list", "--state", "waiting"), timeout=30, what="every refusal")
    dead = server.cli("events", "list", "--state", "dead")
    assert len(dead) == count, dead
    assert all(event["attempts"] == 1 and "permission_denied" in event["last_error"] for event in dead), dead


def test_no_return_url_reaches_the_inside(outside, media, ear):
    for host in INSIDE:
        token = outside.token(return_url=f"http://{host}:{ear.port}/cb", background=True)
        assert multipart.upload(outside.port, token, media.jpeg).text.startswith("ok ")
    all_are_refused(outside, len(INSIDE))
    assert ear.callers() == 0
    outside.prove_it_works()


def test_no_webhook_reaches_the_inside(outside, media, ear):
    api = Api(outside)
    for host in INSIDE:
        hook = {"target_url": f"http://{host}:{ear.port}/hook", "event": "all"}
        assert api("webhook/subscribe", hook, "write", verb="POST").status == 200, host
    assert multipart.upload(outside.port, outside.token(), media.jpeg).status == 200
    all_are_refused(outside, len(INSIDE))
    assert ear.callers() == 0


def test_no_pingback_reaches_the_inside(outside, media, ear):
    for n, host in enumerate(INSIDE):
        outside.cli("credentials", "create", "--name", f"client {n}", "--level", "write",
                    "--pingback-url", f"http://{host}:{ear.port}/ping")
    assert multipart.upload(outside.port, outside.token(), media.jpeg).status == 200
    all_are_refused(outside, len(INSIDE))
    assert ear.callers() == 0


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_two_readers_take_for_two_hosts_is_not_kept(server, api, url):
    before = server.rows("SELECT count(*) FROM tokens")
    assert api.code("photo/get-upload-token", {"return_url": url, "background_return_p": 1}, "write") == (400, "invalid_input")
    hook = api("webhook/subscribe", {"target_url": url, "event": "all"}, "write", verb="POST")
    assert hook.status == 400, hook.text
    if "\x00" not in url:
        done = run_cli("credentials", "create", "--name", "x", "--level", "read", "--pingback-url", url, "--data", server.data)
        assert done.returncode == 1
    assert server.rows("SELECT count(*) FROM tokens") == before


# Open redirects: a browser is sent to nowhere but where a back end, signed or by its key, wants it.

EVIL = [
    "https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "https:evil.example",
    "https:/evil.example", "///evil.example", "https://good.example@evil.example/",
    "https://evil.example\\@good.example/", "javascript:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "%2f%2fevil.example",
    "https://good.example.evil.example/", ".evil.example", "@evil.example", "\r\nLocation: https://evil.example/",
]
NAMES = [
    "return", "return_url", "next", "redirect", "redirect_url", "redirect_uri", "url", "continue", "goto",
    "destination", "oauth_callback",
]


def leads_to(response):
    return "".join(response.header(name) or "" for name in ("Location", "Refresh"))


@pytest.mark.parametrize("target", EVIL)
def test_no_parameter_of_a_page_sends_its_reader_away(server, target):
    """None of our pages has such a parameter; what is written there is not even repeated."""
    token = server.token()
    pairs = encode((name, target) for name in NAMES)
    for path in ("/login", "/oauth/authorize", f"/upload/{token}", "/", "/nowhere", "/api/2/echo"):
        answer = wire.get(server.port, f"{path}?{pairs}")
        assert leads_to(answer) == "", path
        if answer.media_type == "text/html":
            assert "evil.example" not in answer.text and "alert(1)" not in answer.text
    escaped = quote(target, safe="/\\:@.")
    for path in (f"//evil.example/{escaped}", f"/{escaped}", f"/\\evil.example/{escaped}", "//evil.example/..", "/%0d%0aLocation:x"):
        answer = wire.get(server.port, path)
        assert answer.status in (400, 404) and leads_to(answer) == "", path


@pytest.mark.parametrize("target", EVIL)
def test_a_login_leads_to_our_own_pages_only(server, target):
    browser = Browser(server.port)
    browser.get("/login")
    somebody = f"nobody {EVIL.index(target)}"
    form = {"key": browser.hidden("key"), "login": somebody, "password": "y", "oauth_token": target, **dict.fromkeys(NAMES, target)}
    answer = browser.post("/login", form)
    assert answer.status == 403 and leads_to(answer) == ""
    out = browser.post("/logout", {"key": "x", "oauth_token": target, **dict.fromkeys(NAMES, target)})
    assert leads_to(out) == "/oauth/authorize?oauth_token=" + quote(target, safe="-._~"), "our page, with the text as one value"


@pytest.mark.parametrize("target", EVIL)
def test_who_redeems_a_token_does_not_choose_where_it_leads(server, media, target):
    token = server.token(return_url="https://good.example/done?a=b")
    extras = [(name, target) for name in NAMES]
    answer = multipart.upload(server.port, token, media.jpeg, extras=extras)
    assert answer.status == 301
    location = urlsplit(answer.header("Location"))
    assert (location.scheme, location.netloc, location.path) == ("https", "good.example", "/done") and "\\" not in location.query
    extras = dict(parse_qsl(location.query))
    assert extras["a"] == "b" and extras["next"] == target, "what is not ours is a value, behind all that is"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8023", "good.example.evil.example"])
def test_the_host_that_a_request_names_is_in_no_address_of_an_answer(server, api, host):
    key = [("Authorization", "Bearer " + api.keys["super"]["bearer_token"]), ("Host", host)]
    for path in ("/api/2/user/tokens", "/api/2/site/get", "/api/2/photo/list", "/api/photo/get-upload-token", "/login", "/"):
        assert host not in wire.get(server.port, path, key).text, path
