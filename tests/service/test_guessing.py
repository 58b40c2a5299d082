"""Guessing secrets: how many there are, what is nearly right, how guesses are answered, and whom the limits shut out.

Secrets that a machine draws are too many to be guessed at any rate, so wrong ones are refused, counted, and cost nothing;
an address is not shut out for them, since behind one address are a mail gateway's users, an office, a country. What people
choose (passwords) or what opens on a screen (verifiers) is limited: by name and address, and by number.
"""

import math
import re
import string

import pytest

from harness import multipart, oauth, wire
from harness.browser import Browser
from harness.calls import Api
from harness.exposition import read_metrics
from test_sessions import PASSWORD, user_cli

GUESSES = 300
ALPHANUMERIC, HEX = string.ascii_letters + string.digits, "0123456789abcdef"


class House:
    """A server with one secret of each kind, and how each is shown: `show(kind, secret)` says whether it opened."""

    def __init__(self, server, media):
        self.server = server
        self.api = Api(server)
        keys = server.credentials("read")
        token = server.token(title="Guess me", max_uploads=100)
        assert multipart.upload(server.port, token, media.jpeg).status == 200
        photo = server.only_photo(token)
        self.photo_id, self.tree_id = photo["photo_id"], photo["tree_id"]
        update = {"photo_id": self.photo_id, "max_uses": 1000}
        self.keys = keys
        self.secrets = {
            "upload token": token,
            "replace token": self.api.data("photo/get-replace-token", {"photo_id": self.photo_id}, "super")["replace_token"],
            "update token": self.api.data("photo/get-update-token", update, "super")["update_token"],
            "bearer key": keys["bearer_token"],
            "consumer secret": keys["consumer_secret"],
            "access token secret": keys["access_token_secret"],
            "photo token": photo["token"],
            "original": photo["token"],
            "album token": self.api.data("album/create", {"title": "Closed", "hide_p": 1}, "super")["token"],
            "login token": self.once("login token"),
            "session token": self.once("session token"),
        }

    def once(self, kind):
        """A new one of those that open once."""
        if kind == "login token":
            return self.api.data("user/get-login-token", {}, "super")["login_token"]
        return self.api.data("session/get-token", {}, "super")["access_token"]

    def show(self, kind, secret):
        """v2, without credentials, with the secret where it belongs."""
        if kind == "bearer key":
            return self.get("/api/2/photo/list", headers=[("Authorization", f"Bearer {secret}")]).status == 200
        if kind in ("consumer secret", "access token secret"):
            keys = {**self.keys, kind.replace(" ", "_"): secret}
            url = f"http://127.0.0.1:{self.server.port}/api/2/photo/list"
            headers = [("Authorization", oauth.header(oauth.sign(keys, "GET", url))),
                       ("Host", f"127.0.0.1:{self.server.port}")]
            return self.get("/api/2/photo/list", headers=headers).status == 200
        if kind == "original":
            return self.get(f"/{self.tree_id}/{self.photo_id}/{oauth.escape(secret)}/original").status == 200
        if kind == "photo token":
            return self.api("photo/list", {"photo_id": self.photo_id, "token": secret}, None).status == 200
        if kind == "upload token":
            return self.get("/upload/" + oauth.escape(secret)).status == 200
        if kind == "login token":
            return self.get("/api/2/user/redeem-login-token?login_token=" + oauth.escape(secret)).status < 400
        if kind == "session token":
            return self.get("/api/2/session/redeem-token?session_token=" + oauth.escape(secret)).status < 400
        if kind == "replace token":
            answer = multipart.post(self.server.port, [multipart.field("replace_token", secret)], "/api/2/photo/redeem-replace-token")
            return answer.status != 403
        if kind == "update token":
            correction = {"update_token": secret, "title": "Guess me"}
            return self.api("photo/redeem-update-token", correction, None, verb="POST").status == 200
        raise KeyError(kind)

    def get(self, path, headers=()):
        return wire.get(self.server.port, path, headers)


@pytest.fixture(scope="module")
def house(server, media):
    return House(server, media)


KINDS = ["upload token", "replace token", "update token", "bearer key", "consumer secret", "access token secret", "photo token",
         "original", "login token", "session token"]


def nearly(secret):
    other = "a" if secret[0] != "a" else "b"
    yield from (other + secret[1:], secret[:-1] + ("a" if secret[-1] != "a" else "b"), secret[:-1], secret + "a", secret[1:],
                secret.swapcase(), secret + " ", "%", "_" * len(secret), "*" * len(secret), "?" * len(secret), "0", "null",
                secret + "%", secret[:1] + "%", "' OR 1=1 --")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_nearly_right_is_wrong(house, kind):
    for guess in nearly(house.secrets[kind]):
        if guess.strip() != house.secrets[kind]:
            assert not house.show(kind, guess), guess
    assert house.show(kind, house.secrets[kind]), "and what is right is right"


@pytest.mark.parametrize("kind, alphabet, length", [
    ("upload token", ALPHANUMERIC, 64), ("replace token", ALPHANUMERIC, 64), ("update token", ALPHANUMERIC, 64),
    ("bearer key", ALPHANUMERIC, 64), ("consumer secret", ALPHANUMERIC, 50), ("access token secret", ALPHANUMERIC, 50),
    ("photo token", HEX, 32), ("album token", HEX, 32), ("login token", ALPHANUMERIC, 64), ("session token", ALPHANUMERIC, 64)])
def test_nobody_guesses_what_a_machine_drew(house, kind, alphabet, length):
    secret = house.secrets[kind]
    assert len(secret) == length and set(secret) <= set(alphabet)
    assert len(set(secret)) > length // 4, "drawn, not filled"
    assert length * math.log2(len(alphabet)) >= 128, "bits"


def test_a_session_is_as_long(house):
    answer = house.get("/api/2/session/redeem-token?session_token=" + house.once("session token"))
    value = re.search(r"=([^;]+);", answer.header("Set-Cookie"))[1]
    assert len(value) == 64 and set(value) <= set(HEX)


@pytest.mark.parametrize("kind", KINDS)
def test_guesses_cost_nothing_and_shut_nobody_out(house, kind):
    """From the address of the one who holds the right secret: an office, a mobile network, a proxy that is not trusted."""
    house.server.prove_it_works()
    before, rows = house.server.rss(), house.server.rows("SELECT count(*) FROM tokens")
    secret = house.once(kind) if kind in ("login token", "session token") else house.secrets[kind]
    alphabet = HEX if set(secret) <= set(HEX) else ALPHANUMERIC
    for n in range(GUESSES):
        guess = "".join(alphabet[(n * 31 + at * 7 + ord(letter)) % len(alphabet)] for at, letter in enumerate(secret))
        assert guess == secret or not house.show(kind, guess)
    assert house.server.rows("SELECT count(*) FROM tokens") == rows
    house.server.assert_grew_less(16 << 20, before)
    assert house.show(kind, secret)


def test_wrong_keys_are_counted(house):
    before = read_metrics(house.server.port)
    for _ in range(5):
        assert not house.show("bearer key", "x" * 64) and not house.show("consumer secret", "x" * 50)
    after = read_metrics(house.server.port)
    counted = ("stile_keys_refused_total", ())
    assert after[counted] == before[counted] + 10


class Elsewhere(Browser):
    """A browser behind the proxy, at an address that the proxy tells."""

    def __init__(self, port, address):
        super().__init__(port)
        self.address = address

    def _headers(self):
        return [*super()._headers(), ("X-Forwarded-For", self.address)]


def test_who_guesses_a_password_locks_out_himself_only(make_server):
    server = make_server(env={"STILE_AUTH_LOGIN_TRIES_PER_USER": "3", "STILE_PROXY_TRUSTED": "127.0.0.1"})
    for name in ("anna", "bert"):
        done = user_cli(server, "create", "--email", f"{name}@example.com", "--username", name, "--password-stdin")
        assert done.returncode == 0, done.stderr
    guesser = Elsewhere(server.port, "203.0.113.5")
    assert [guesser.log_in("anna", f"wrong {n}").status for n in range(4)] == [403, 403, 403, 429]
    assert guesser.log_in("anna", PASSWORD).status == 429, "at the limit a right guess is not even looked at"
    assert Elsewhere(server.port, "203.0.113.6").log_in("anna", PASSWORD).status == 303, "Anna, from where she is"
    assert Elsewhere(server.port, "203.0.113.5").log_in("bert", PASSWORD).status == 303, "Bert, behind the same address"


def test_what_a_stranger_says_of_his_address_gives_him_no_new_tries(make_server):
    server = make_server(env={"STILE_AUTH_LOGIN_TRIES_PER_USER": "3"})
    assert user_cli(server, "create", "--email", "anna@example.com", "--username", "anna", "--password-stdin").returncode == 0
    answers = [Elsewhere(server.port, f"203.0.113.{n}").log_in("anna", "wrong").status for n in range(5)]
    assert answers == [403, 403, 403, 429, 429]
