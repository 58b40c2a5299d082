"""Logging in and out, users on the command line, login and session tokens, closed sites. Source: spec/api.md 2.1, 3.15."""

import os
import pty
import subprocess
import time

import pytest

from harness import wire
from harness.browser import Browser
from harness.calls import Api
from harness.server import BINARY, environment, run_cli

PASSWORD = "correct horse battery"


def user_cli(server, *args, typed=PASSWORD):
    return subprocess.run([BINARY, "user", *args, "--data", server.data], env=environment(), input=typed + "\n", text=True,
                          capture_output=True, timeout=30, check=False)


@pytest.fixture(scope="module")
def site(make_module_server):
    """A site closed to the public, with Anna."""
    server = make_module_server({"STILE_SITE_OPEN": "false", "STILE_AUTH_LOGIN_TRIES_PER_ADDRESS": "1000"})
    assert user_cli(server, "create", "--email", "anna@example.com", "--username", "anna", "--password-stdin").returncode == 0
    return server


@pytest.fixture(scope="module")
def make_module_server(stile_bin, media, tmp_path_factory):
    from harness.server import Server

    made = []

    def make(env):
        made.append(Server(tmp_path_factory.mktemp("closed") / "data", env=env, probe=media.jpeg).start())
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture(scope="module")
def api(site):
    return Api(site)


def level_of(browser, path="/api/2/echo"):
    return browser.get(path).json()["permission_level"]


def test_logging_in_and_out(site):
    browser = Browser(site.port)
    form = browser.get("/login")
    assert form.status == 200 and form.header("X-Frame-Options") == "DENY" and "script-src 'self'" in form.header("Content-Security-Policy")
    wrong = browser.log_in("anna", "wrong")
    assert wrong.status == 403 and "The user name or the password is wrong." in wrong.text
    assert browser.log_in("nobody", "wrong").status == 403
    assert browser.log_in("Anna@Example.com", PASSWORD).header("Location") == "/login"
    assert "You are logged in" in browser.get("/login").text
    (session,) = browser.cookies.values()
    assert not site.rows("SELECT * FROM login_sessions WHERE id_sha256 = ?", (session,)), "the cookie itself is not kept"
    assert browser.post("/logout", {"key": "guess"}).status == 403
    browser.get("/login")
    assert browser.post("/logout", {"key": browser.hidden("key")}).status == 303
    assert not browser.cookies
    browser.cookies["stile_session"] = session
    assert "You are logged in" not in browser.get("/login").text


def test_logging_in_to_a_closed_site_makes_anonymous_and_nothing_more(site):
    browser = Browser(site.port)
    assert level_of(browser) == "none"
    assert browser.get("/api/2/site/get").status == 403
    browser.log_in("anna", PASSWORD)
    assert level_of(browser) == "anonymous"
    assert browser.get("/api/2/site/get").status == 200
    assert browser.get("/api/2/photo/get-upload-token").status == 403
    assert browser.post("/api/2/album/create", {"title": "x"}).json()["code"] == "permission_denied"
    assert browser.get("/api/2/user/get").json()["code"] == "no_such_user"
    site.rows("UPDATE login_sessions SET valid_until = ?", (int(time.time() * 1000),))
    assert level_of(browser) == "none"


def test_a_session_token_opens_a_visitors_session_once(site, api):
    made = api.data("session/get-token", {"return_url": "https://app.example/in?a=1#b"}, "super")
    assert list(made) == ["access_token", "return_url"]
    browser = Browser(site.port)
    token = made["access_token"]
    assert browser.get(f"/api/user/redeem-login-token?login_token={token}").status == 403
    sent = browser.get(f"/api/session/redeem-token?session_token={token}&return_url=https%3A%2F%2Fevil.example")
    assert sent.status == 302 and sent.header("Location") == "https://app.example/in?a=1#b"
    assert level_of(browser) == "anonymous"
    assert "You are logged in" not in browser.get("/login").text
    again = Browser(site.port).get(f"/api/session/redeem-token?session_token={token}")
    assert (again.status, again.text, again.media_type) == (403, "The session token is invalid", "text/plain")


def test_a_login_token_logs_its_user_in(site, api):
    (anna,) = api.data("user/list", {"search": "anna"}, "super")
    made = api.data("user/get-login-token", {"user_id": anna["user_id"]}, "super")
    assert list(made) == ["login_token", "return_url", "user_id"] and made["user_id"] == anna["user_id"]
    browser = Browser(site.port)
    answer = browser.get("/api/2/user/redeem-login-token?login_token=" + made["login_token"])
    assert answer.status == 200 and answer.json()["status"] == "ok"
    page = browser.get("/login").text
    assert "You are logged in" in page and "anna" in page
    old = api.data("user/get-login-token", {"user_id": anna["user_id"]}, "super")["login_token"]
    site.rows("UPDATE login_tokens SET valid_until = ?", (int(time.time() * 1000),))
    assert wire.get(site.port, f"/api/user/redeem-login-token?login_token={old}").text == "The login token is invalid"


def test_v1_names_them_as_documented(api):
    assert list(api.v1_json("session/get-token", {}, "super")["sessiontoken"]) == ["access_token", "return_url"]
    assert list(api.v1_json("user/get-login-token", {}, "super")["logintoken"]) == ["login_token", "return_url", "user_id"]
    root = api.xml("session/get-token", {}, "super")
    assert root.get("permission_level") == "super" and root.get("message") == "The session token is ready to use"
    assert [child.tag for child in root] == ["access_token", "return_url"]


@pytest.mark.parametrize("method", ["session/get-token", "user/get-login-token"])
def test_login_tokens_are_made_by_super_only(api, method):
    for level in ("read", "write", "admin"):
        assert api.code(method, {}, level) == (403, "permission_denied")
    for url in ("javascript:alert(1)", "/local", "//app.example"):
        assert api.code(method, {"return_url": url}, "super") == (400, "invalid_input")


def test_passwords_are_guessed_slowly(make_server):
    server = make_server(env={"STILE_AUTH_LOGIN_TRIES_PER_USER": "3"})
    assert user_cli(server, "create", "--email", "bob@example.com", "--password-stdin").returncode == 0
    browser = Browser(server.port)
    for _ in range(3):
        assert browser.log_in("bob@example.com", "wrong").status == 403
    often = browser.log_in("bob@example.com", PASSWORD)
    assert often.status == 429 and often.header("Retry-After")
    assert browser.log_in("carol@example.com", PASSWORD).status == 403, "others are judged"


def test_a_new_password_ends_sessions(site, api):
    assert user_cli(site, "create", "--email", "dora@example.com", "--username", "dora", "--password-stdin").returncode == 0
    browser = Browser(site.port)
    browser.log_in("dora", PASSWORD)
    assert user_cli(site, "passwd", "dora", "--password-stdin", typed="another battery").returncode == 0
    assert level_of(browser) == "none"
    assert browser.log_in("dora", PASSWORD).status == 403
    assert browser.log_in("dora", "another battery").status == 303
    (dora,) = api.data("user/list", {"search": "dora"}, "super")
    assert api("user/update", {"user_id": dora["user_id"], "password": "a third battery"}, "super", verb="POST").status == 200
    assert level_of(browser) == "none"


def test_the_command_line_says_what_is_wrong(site):
    for args, typed, words in (
            (("create", "--email", "nobody", "--password-stdin"), PASSWORD, "email must be an address"),
            (("create", "--email", "anna@example.com", "--password-stdin"), PASSWORD, "somebody has that e-mail address"),
            (("create", "--email", "eve@example.com", "--username", "e", "--password-stdin"), PASSWORD, "at least 4"),
            (("create", "--email", "eve@example.com", "--password-stdin"), "short", "at least 8 characters"),
            (("create", "--email", "eve@example.com", "--password-stdin"), "", "no password on standard input"),
            (("create", "--email", "eve@example.com", "--password-stdin"), "x" * 1001, "at most 1000 bytes"),
            (("passwd", "nobody", "--password-stdin"), PASSWORD, "there is no user nobody"),
            (("delete", "nobody"), "", "there is no user nobody")):
        done = user_cli(site, *args, typed=typed)
        assert done.returncode == 1 and words in done.stderr, (args, done.stderr)
    assert run_cli("user", "create", "--data", site.data).returncode != 0
    assert not [user for user in site.cli("user", "list") if user["email"] == "eve@example.com"]


def test_a_user_without_a_password(site):
    made = site.cli("user", "create", "--email", "kim@example.com", "--no-password", "--name", "Kim")
    assert made["has_password"] is False and made["username"] == "kim0"
    assert Browser(site.port).log_in("kim@example.com", "").status == 403
    assert "kim@example.com" in {user["email"] for user in site.cli("user", "list")}


@pytest.mark.parametrize("typed, code, words", [
    ([PASSWORD, PASSWORD], 0, "has_password"), ([PASSWORD, PASSWORD + "x"], 1, "not the same"), (["short"], 1, "at least 8"),
    (["\x03"], 1, "Nothing was typed")])
def test_the_password_is_asked_for_without_showing_it(site, typed, code, words):
    process, terminal = pty.fork()
    if process == 0:
        email = f"at-terminal-{len(typed)}-{len(typed[-1])}@example.com"
        os.execve(BINARY, ["stile", "user", "create", "--email", email, "--data", str(site.data)], environment())
    seen = b""

    def read_until(text):
        nonlocal seen
        while text not in seen:
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # the other end is gone
                piece = b""
            assert piece or not text, seen
            if not piece:
                return
            seen += piece

    for prompt, line in zip((b"Password: ", b"The same again: "), typed):
        read_until(prompt)
        os.write(terminal, line.encode() + (b"" if line == "\x03" else b"\n"))
    try:
        while piece := os.read(terminal, 4096):
            seen += piece
    except OSError:
        pass
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == code and words in seen.decode(), seen
    assert PASSWORD.encode() not in seen and b"short" not in seen


def test_without_a_terminal_it_says_how_else(site):
    done = subprocess.run([BINARY, "user", "passwd", "anna", "--data", site.data], env=environment(), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=30, check=False, start_new_session=True)
    assert done.returncode == 1 and "--password-stdin" in done.stderr
