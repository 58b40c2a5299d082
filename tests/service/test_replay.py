"""Replayed requests: one that was signed and captured counts once, however, wherever and whenever it is sent again.

One gap is known and meant (src/auth/nonces.h): the memory is the process's, so a restart forgets it.
"""

import threading
import time
from urllib.parse import urlencode

import pytest

from harness import oauth, wire
from harness.table import FORM

PATH = "/api/2/photo/get-upload-token"


class Captured:
    """A signed request that makes a token with a title of its own, to be sent as often as one likes."""

    def __init__(self, server, keys, title, **changes):
        self.server, self.title = server, title
        self.params = [("title", title)]
        url = f"http://127.0.0.1:{server.port}{PATH}"
        self.signed = oauth.sign(keys, "POST", url, self.params, **changes)
        self.host = ("Host", f"127.0.0.1:{server.port}")

    def send(self, where="header", order=1):
        headers, params, path = [self.host, FORM], list(self.params), PATH
        signed = self.signed[::order]
        if where == "header":
            headers.append(("Authorization", oauth.header(signed)))
        else:
            params += signed
        body = urlencode(params[::order]).encode()
        return wire.request(self.server.port, "POST", path, headers, body).status

    def tokens(self):
        return self.server.rows("SELECT count(*) FROM tokens WHERE title = ?", (self.title,))[0][0]


@pytest.fixture(scope="module")
def keys(server):
    return server.credentials("write")


def test_of_many_at_once_one_counts(make_server):
    """On connections that different loops serve, let go at one moment."""
    server = make_server(env={"STILE_SERVER_LOOPS": "4"})
    keys = server.credentials("write")
    for turn in range(10):
        captured = Captured(server, keys, f"at once {turn}")
        barrier, statuses = threading.Barrier(16), []

        def send():
            barrier.wait(30)
            statuses.append(captured.send())

        senders = [threading.Thread(target=send) for _ in range(16)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(60)
        assert sorted(statuses) == [200] + [401] * 15
        assert captured.tokens() == 1


@pytest.mark.parametrize("first", ["header", "body"])
def test_a_repeat_in_another_guise_is_a_repeat(server, keys, first):
    captured = Captured(server, keys, f"guise {first}")
    assert captured.send(first) == 200
    for where in ("header", "body"):
        for order in (1, -1):
            assert captured.send(where, order) == 401, (where, order)
    assert captured.tokens() == 1


def test_a_new_nonce_or_time_on_an_old_signature_does_not_fit(server, keys):
    captured = Captured(server, keys, "another nonce")
    assert captured.send() == 200
    for name, value in (("oauth_nonce", "0" * 20), ("oauth_timestamp", str(int(time.time()) + 1)), ("oauth_nonce", "")):
        changed = Captured(server, keys, "another nonce")
        changed.signed = [(key, value if key == name else old) for key, old in captured.signed]
        assert changed.send() == 401
    assert captured.tokens() == 1


def test_timestamps_outside_the_window_are_refused_however_they_are_written(server, keys):
    now = int(time.time())
    for stamp in (now - 700, now + 700, 0, -now, 2**63, 2**64 + now, f"{now}.0", f" {now}", f"+{now}", f"{now}e0", "now", ""):
        assert Captured(server, keys, "another time", timestamp=str(stamp)).send() == 401, stamp


@pytest.mark.parametrize("how", ["term", "kill"])
def test_after_a_restart_what_was_captured_is_good_once_and_within_the_window_only(make_server, how):
    """The gap, as wide as it is said to be: the same once more, not twice, and nothing that is old."""
    server = make_server(env={"STILE_AUTH_NONCE_WINDOW": "10min"})
    keys = server.credentials("write")
    fresh = Captured(server, keys, "fresh")
    old = Captured(server, keys, "old", timestamp=str(int(time.time()) - 601))
    assert (fresh.send(), fresh.send(), old.send()) == (200, 401, 401)
    server.restart(how)
    assert (fresh.send(), fresh.send(), old.send()) == (200, 401, 401)
    assert (fresh.tokens(), old.tokens()) == (2, 0)
