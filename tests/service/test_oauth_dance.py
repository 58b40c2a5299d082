"""Three-legged OAuth, whole: an application, a person at a browser, and the access pair that comes of it.

The application's side is written from RFC 5849 (harness/oauth.py). Source: spec/api.md 2.4.
"""

import re
import subprocess
import time
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from harness import oauth, wire
from harness.browser import Browser
from harness.server import BINARY, environment

REQUEST, AUTHORIZE, ACCESS = "/oauth/request_token", "/oauth/authorize", "/oauth/access_token"
CALLBACK = "https://app.example/back?page=1-2"
FORM = "application/x-www-form-urlencoded"
PASSWORD = "correct horse battery"


def stile(server, *args, password=PASSWORD):
    return subprocess.run([BINARY, *args, "--data", server.data], env=environment(), input=password + "\n", text=True,
                          capture_output=True, timeout=30, check=False)


@pytest.fixture(scope="module")
def people(server):
    for name, flags in (("anna", []), ("boss", ["--admin"])):
        done = stile(server, "user", "create", "--email", f"{name}@example.com", "--username", name, "--name", name.title(),
                     "--password-stdin", *flags)
        assert done.returncode == 0, done.stderr
    return server


@pytest.fixture
def application(people):
    return Application(people, people.credentials("write", name="The <film> shop"))


@pytest.fixture
def browser(people):
    return Browser(people.port)


class Application:
    def __init__(self, server, keys):
        self.server = server
        self.port = server.port
        self.keys = keys

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def send(self, keys, path, extra=(), *, verb="GET", where="header", token=False, **changes):
        """A signed request whose `extra` oauth_… parameters are signed too; they travel where the signature does."""
        signed = oauth.sign(keys, verb, self.url(path), extra, token=token, **changes)
        everything = [*signed, *extra]
        headers = [("Host", f"127.0.0.1:{self.port}")]
        if where == "header":
            headers.append(("Authorization", oauth.header(everything)))
        if where == "query":
            path += "?" + urlencode(everything)
        if verb == "GET":
            return wire.get(self.port, path, headers)
        body = urlencode(everything).encode() if where == "body" else b""
        return wire.request(self.port, verb, path, [("Content-Type", FORM), *headers], body)

    def ask(self, callback=CALLBACK, **how):
        """Step 1: the keys with which step 3 is signed."""
        answer = good(self.send(self.keys, REQUEST, [("oauth_callback", callback)] if callback else [], **how))
        assert list(answer) == ["oauth_token", "oauth_token_secret", "oauth_callback_confirmed"]
        assert answer["oauth_callback_confirmed"] == "true"
        return {**self.keys, "access_token": answer["oauth_token"], "access_token_secret": answer["oauth_token_secret"]}

    def exchange(self, request, verifier, **how):
        """Step 3: the answer as it came."""
        return self.send(request, ACCESS, [("oauth_verifier", verifier)], token=True, **how)

    def level(self, access):
        return self.send(access, "/api/2/echo", token=True).json()["permission_level"]


def good(response):
    assert response.status == 200, response.text
    assert response.media_type == FORM and response.header("Cache-Control") == "no-store"
    return dict(parse_qsl(response.text, strict_parsing=True, keep_blank_values=True))


def refused(response):
    assert response.status == 401 and response.media_type == FORM, response.text
    answer = dict(parse_qsl(response.text, strict_parsing=True))
    assert list(answer) == ["error"]
    return answer["error"]


def pair_of(application, answer):
    return {**application.keys, "access_token": answer["oauth_token"], "access_token_secret": answer["oauth_token_secret"]}


def verifier_of(response, request):
    """From where the browser is sent after allowing."""
    assert response.status == 303
    location = response.header("Location")
    token = request["access_token"].replace("-", "%2d")
    found = re.fullmatch(re.escape(CALLBACK) + r"&oauth_verifier=(\w{20})&oauth_token=" + re.escape(token), location)
    assert found, location
    return found[1]


WAYS = [("GET", "header"), ("GET", "query"), ("POST", "header"), ("POST", "body"), ("POST", "query")]


@pytest.mark.parametrize("verb, where", WAYS)
def test_the_whole_dance(application, browser, verb, where):
    request = application.ask(verb=verb, where=where)
    token = request["access_token"]
    form = browser.get(f"{AUTHORIZE}?oauth_token={token}")
    assert form.status == 200 and "The &lt;film&gt; shop" in form.text
    assert browser.log_in("anna", PASSWORD, token).header("Location") == f"{AUTHORIZE}?oauth_token={token}"
    verifier = verifier_of(browser.decide(token, "allow"), request)

    answer = good(application.exchange(request, verifier, verb=verb, where=where))
    assert list(answer) == ["oauth_token", "oauth_token_secret", "domain", "user_id", "user_name", "user_email", "site_id",
                            "site_name", "url"]
    assert re.fullmatch(r"\d+-\w{20}", answer["oauth_token"]) and re.fullmatch(r"\w{50}", answer["oauth_token_secret"])
    assert answer["user_name"] == "Anna" and answer["user_email"] == "anna@example.com"
    assert answer["url"] == "https://" + answer["domain"] == "https://videos.example.com"
    access = pair_of(application, answer)
    assert application.level(access) == "write"
    # A token of this user; the pair that was made with the consumer goes on working beside it.
    made = application.send(access, "/api/2/photo/get-upload-token", token=True).json()["data"]
    assert str(made["user_id"]) == answer["user_id"]
    assert application.level(application.keys) == "write"


def test_what_a_grant_may_is_bounded_by_application_and_user(people, browser):
    """Application's level, user → what the grant may."""
    other = Browser(people.port)
    browser.log_in("anna", PASSWORD)
    other.log_in("boss", PASSWORD)
    for level, annas, boss in (("read", "read", "read"), ("write", "write", "write"), ("admin", "write", "admin"),
                               ("super", "write", "admin")):
        application = Application(people, people.credentials(level))
        for who, expected in ((browser, annas), (other, boss)):
            request = application.ask()
            verifier = verifier_of(who.decide(request["access_token"], "allow"), request)
            access = pair_of(application, good(application.exchange(request, verifier)))
            assert application.level(access) == expected, (level, expected)


def test_out_of_band_the_code_is_shown(application, browser):
    for callback in ("oob", None):
        request = application.ask(callback)
        browser.log_in("anna@example.com", PASSWORD)
        page = browser.decide(request["access_token"], "allow")
        assert page.status == 200
        code = re.search(r'id="verifier"[^>]*>(\w{20})<', page.text)[1]
        assert good(application.exchange(request, code))["user_name"] == "Anna"


def test_a_denied_request_is_over(application, browser):
    request = application.ask()
    browser.log_in("anna", PASSWORD)
    sent = browser.decide(request["access_token"], "deny")
    where = urlsplit(sent.header("Location"))
    assert sent.status == 303 and where.netloc == "app.example"
    assert parse_qsl(where.query) == [("page", "1-2"), ("denied", request["access_token"])]
    assert refused(application.exchange(request, "x")) == "The request token is invalid or was used already"
    assert browser.get(f"{AUTHORIZE}?oauth_token={request['access_token']}").status == 404


def test_a_request_token_is_exchanged_once(application, browser):
    request = application.ask()
    browser.log_in("anna", PASSWORD)
    verifier = verifier_of(browser.decide(request["access_token"], "allow"), request)
    good(application.exchange(request, verifier))
    assert "used already" in refused(application.exchange(request, verifier))


def test_a_verifier_can_be_guessed_five_times(application, browser):
    request = application.ask()
    assert refused(application.exchange(request, "x")) == "The request token was not approved"
    browser.log_in("anna", PASSWORD)
    verifier = verifier_of(browser.decide(request["access_token"], "allow"), request)
    for _ in range(5):
        assert refused(application.exchange(request, verifier[:-1] + "?")) == "The verifier is wrong"
    assert "used already" in refused(application.exchange(request, verifier))


def test_an_expired_request_token(application, browser, people):
    request = application.ask()
    browser.log_in("anna", PASSWORD)
    verifier = verifier_of(browser.decide(request["access_token"], "allow"), request)
    people.rows("UPDATE request_tokens SET valid_until = ? WHERE token = ?", (int(time.time() * 1000) - 1, request["access_token"]))
    assert refused(application.exchange(request, verifier)) == "The request token has expired"


def test_a_request_token_of_another_application(application, browser, people):
    request = application.ask()
    browser.log_in("anna", PASSWORD)
    verifier = verifier_of(browser.decide(request["access_token"], "allow"), request)
    stranger = people.credentials("super")
    theirs = {**request, "consumer_key": stranger["consumer_key"], "consumer_secret": stranger["consumer_secret"]}
    assert "invalid" in refused(application.exchange(theirs, verifier))
    good(application.exchange(request, verifier))


@pytest.mark.parametrize("callback", ["javascript:alert(1)", "data:text/html,x", "//app.example", "app.example/back", "OOB",
                                      "https://app.example/\r\nSet-Cookie: a=b", "ftp://app.example/"])
def test_a_callback_is_an_http_url(application, callback):
    answer = application.send(application.keys, REQUEST, [("oauth_callback", callback)])
    assert "oauth_callback" in refused(answer)


@pytest.mark.parametrize("path", [REQUEST, ACCESS])
def test_who_does_not_sign_well_gets_nothing(application, path):
    assert refused(wire.get(application.port, path)) == "The request is not signed"
    wrong = {**application.keys, "consumer_secret": "x" * 50}
    assert refused(application.send(wrong, path))
    assert refused(application.send(application.keys, path, timestamp="1267547746"))
    assert refused(application.send(application.keys, path, signature_method="PLAINTEXT"))
    assert wire.request(application.port, "DELETE", path).status == 405
    assert wire.request(application.port, "POST", path, [("Content-Type", FORM)], b"a=%zz").status == 401
    assert wire.request(application.port, "POST", path, [("Content-Type", FORM)], b"a" * 100_000).status == 401


def test_grants_are_listed_and_revoked_on_the_command_line(application, browser, people):
    request = application.ask()
    browser.log_in("anna", PASSWORD)
    verifier = verifier_of(browser.decide(request["access_token"], "allow"), request)
    access = pair_of(application, good(application.exchange(request, verifier)))
    (listed,) = [grant for grant in people.cli("grants", "list") if grant["access_token"] == access["access_token"]]
    assert listed["username"] == "anna" and listed["level"] == "write" and not listed["revoked"]
    assert "secret" not in str(listed)
    people.cli("grants", "revoke", access["access_token"])
    assert application.send(access, "/api/2/echo", token=True).json()["code"] == "invalid_signature"
    assert "there is no access token" in stile(people, "grants", "revoke", "1-nothing").stderr


def test_a_deleted_user_has_let_nobody_in(application, people):
    assert stile(people, "user", "create", "--email", "gone@example.com", "--password-stdin").returncode == 0
    browser = Browser(people.port)
    request = application.ask()
    browser.log_in("gone@example.com", PASSWORD)
    verifier = verifier_of(browser.decide(request["access_token"], "allow"), request)
    access = pair_of(application, good(application.exchange(request, verifier)))
    later = application.ask()
    waiting = verifier_of(browser.decide(later["access_token"], "allow"), later)
    people.cli("user", "delete", "gone@example.com")
    answer = application.send(access, "/api/2/echo", token=True)
    assert (answer.status, answer.json()["code"]) == (401, "invalid_oauth_user")
    assert "does not exist" in refused(application.exchange(later, waiting))
    assert browser.decide(application.ask()["access_token"], "allow").status == 403


def test_keys_and_verifiers_do_not_get_into_the_log(application, browser, people):
    request = application.ask()
    browser.log_in("anna", PASSWORD)
    verifier = verifier_of(browser.decide(request["access_token"], "allow"), request)
    application.exchange(request, "wrong")
    log = people.log()
    for secret in (request["access_token_secret"], verifier, PASSWORD, *browser.cookies.values()):
        assert secret not in log
