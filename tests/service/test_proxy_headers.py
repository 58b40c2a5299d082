"""Behind a proxy: what it says of a request counts when it is trusted, and from nobody else."""

import pytest

from harness import oauth, wire
from harness.server import DOMAIN
from harness.wait import wait_until

TRUSTING = ["--set", "proxy.trusted=127.0.0.0/8,::1", "--set",
            "proxy.headers=X-Forwarded-For,X-Forwarded-Proto,X-Forwarded-Host,Forwarded", "--log-level=debug"]


@pytest.fixture
def trusting(make_server):
    return make_server("trusting", args=TRUSTING)


@pytest.fixture
def wary(make_server):
    """Trusts some proxy, but not the one that the tests are."""
    return make_server("wary", args=["--set", "proxy.trusted=10.0.0.0/8", "--log-level=debug"])


def bearer(server):
    return [("Authorization", "Bearer " + server.credentials("read")["bearer_token"])]


def api_base(server, headers):
    return wire.get(server.port, "/api/2/user/tokens", [*bearer(server), *headers]).json()["tokens"][0]["api_base_url"]


@pytest.mark.parametrize("headers", [[("X-Forwarded-Proto", "https")], [("Forwarded", "for=203.0.113.5;proto=https")]])
def test_the_scheme_is_the_clients(trusting, headers):
    assert api_base(trusting, headers) == f"https://{DOMAIN}/"
    assert api_base(trusting, []) == f"http://{DOMAIN}:{trusting.port}/"


def test_what_a_client_puts_before_the_proxys_word_does_not_count(trusting):
    assert api_base(trusting, [("X-Forwarded-Proto", "https, http")]) == f"http://{DOMAIN}:{trusting.port}/"
    assert api_base(trusting, [("X-Forwarded-Proto", "<b>")]) == f"http://{DOMAIN}:{trusting.port}/"


def test_a_stranger_is_not_believed(wary):
    headers = [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.5")]
    assert api_base(wary, headers) == f"http://{DOMAIN}:{wary.port}/"
    wait_until(lambda: "user/tokens" in wary.log(), what="the request in the log")
    assert "203.0.113.5" not in wary.log() and "peer=127.0.0.1" in wary.log()


def signed_for(server, host, headers):
    """Whether a request that was signed for `host` is taken for what it is."""
    keys = server.credentials("read")
    signed = oauth.sign(keys, "GET", f"https://{host}/api/photo/list", [("size", "1")])
    response = wire.get(server.port, "/api/photo/list?size=1",
                        [("Authorization", oauth.header(signed)), ("Host", "inner.local:8023"), *headers])
    return '<response status="ok" permission_level="read"' in response.text


def test_signatures_are_checked_for_the_host_that_the_client_asked(trusting, wary):
    told = [("X-Forwarded-Host", "media.example.org")]
    assert signed_for(trusting, "media.example.org", told)
    assert signed_for(trusting, "media.example.org", [("Forwarded", 'for=203.0.113.5;host="media.example.org"')])
    assert not signed_for(trusting, "media.example.org", [])
    assert not signed_for(trusting, "media.example.org", [("X-Forwarded-Host", "media.example.org/x")])
    assert not signed_for(wary, "media.example.org", told)


@pytest.mark.parametrize("value, seen", [
    ("203.0.113.5", "203.0.113.5"), ("1.1.1.1, 203.0.113.6", "203.0.113.6"), ("203.0.113.7, 127.0.0.9", "203.0.113.7"),
    ("[2001:db8::5]:99", "2001:db8::5"), ("unknown", "127.0.0.1"), ("203.0.113.8, \"><script>", "127.0.0.1"),
])
def test_the_log_names_the_client(trusting, value, seen):
    response = wire.get(trusting.port, "/healthz", [("X-Forwarded-For", value)])
    line = wait_until(lambda: next((line for line in trusting.log().splitlines()
                                    if response.header("X-Request-Id") in line), None), what="the request in the log")
    assert f"peer={seen}" in line.replace('"', "") and "script" not in line


def test_settings_that_make_no_sense_stop_the_start(make_server):
    for setting in ("proxy.trusted=10.0.0.1/8", "proxy.trusted=everybody", "proxy.headers=X-Real-IP", "proxy.headers="):
        with pytest.raises(AssertionError, match="is not valid"):
            make_server("wrong", args=["--set", setting])
