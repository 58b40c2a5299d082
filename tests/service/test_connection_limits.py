"""How many connections may be open: in all, and from one address. Source: issue "nothing is lost", 5; I8.

Every test ends by proving that the places are free again: a limit that leaks is an outage of our own making.
"""

from contextlib import ExitStack

import pytest

from harness import multipart, wire
from harness.exposition import parse, read_metrics
from harness.multipart import field, file
from harness.tls import Pair
from harness.wait import wait_until

HEALTH = wire.head_bytes("GET", "/healthz", [])
GREEDY, HONEST, PROXY = "127.0.0.2", "127.0.0.3", "127.0.0.4"  # all of 127.0.0.0/8 is loopback


def limited(make_server, per_address=5, **options):
    return make_server(env={"STILE_SERVER_MAX_CONNECTIONS_PER_ADDRESS": str(per_address), **options.pop("env", {})}, **options)


def ask(connection, headers=()):
    connection.send(wire.head_bytes("GET", "/healthz", list(headers)))
    return connection.read_response("GET").status


def refused(server, limit):
    return read_metrics(server.port)["stile_connections_refused_total", (("limit", limit),)]


def open_some(stack, server, count, source):
    """So many connections that are known to be in: each has been answered and is kept."""
    held = [stack.enter_context(wire.Connection(server.port, source=source)) for _ in range(count)]
    for connection in held:
        assert ask(connection) == 200
    return held


def is_served(server, source):
    with wire.Connection(server.port, source=source) as connection:
        return ask(connection) == 200


def test_one_address_cannot_take_all_places(make_server):
    server = limited(make_server)
    with ExitStack() as stack:
        held = open_some(stack, server, 5, GREEDY)
        with wire.Connection(server.port, source=GREEDY) as sixth:
            response = sixth.read_response("GET")  # nothing had to be sent
            assert response.status == 503 and sixth.ends()
            assert response.text == "Too many connections from your address. Please try again later\n"
            assert int(response.header("Retry-After")) > 0
            assert response.header("Access-Control-Allow-Origin") == "*", "a page's script may read it"
        assert is_served(server, HONEST) and refused(server, "address") == 1 and refused(server, "all") == 0
        assert [ask(connection) for connection in held] == [200] * 5, "who is in stays in"
        held[0].close()
        wait_until(lambda: is_served(server, GREEDY), what="the place that was left")
    server.prove_it_works()


def test_a_form_beyond_the_limit_reads_why_and_comes_again(make_server, media):
    server = limited(make_server, 2)
    token = server.token()
    body = multipart.encode([field("upload_token", token), file(media.mp4_of(300_000))])
    with ExitStack() as stack:
        held = open_some(stack, server, 2, GREEDY)
        with wire.Connection(server.port, source=GREEDY) as late:
            late.send_if_taken(multipart.head(len(body)) + body)
            assert late.read_response().status == 503
        held[0].close()

        def again():
            with wire.Connection(server.port, source=GREEDY) as connection:
                connection.send_if_taken(multipart.head(len(body)) + body)
                return connection.read_response().status == 200

        wait_until(again, what="the form to be taken")
    server.holds(token, media.mp4_of(300_000))


def test_a_trusted_proxy_speaks_for_many(make_server):
    server = limited(make_server, env={"STILE_PROXY_TRUSTED": PROXY})
    with ExitStack() as stack:
        open_some(stack, server, 25, PROXY)
        held = open_some(stack, server, 5, GREEDY)
        with wire.Connection(server.port, source=GREEDY) as sixth:
            assert sixth.read_response("GET").status == 503
        # What a proxy says of its client does not count: all of a page's visitors would share its places otherwise.
        assert ask(held[0], [("X-Forwarded-For", HONEST)]) == 200
    server.prove_it_works()


def test_no_limit_per_address_is_none(make_server):
    server = limited(make_server, 0)
    with ExitStack() as stack:
        open_some(stack, server, 60, GREEDY)
    assert refused(server, "address") == 0


def test_beyond_its_limit_an_address_gets_no_handshake(make_server, tmp_path):
    pair = Pair(tmp_path / "tls")
    server = limited(make_server, 2, args=pair.args)
    port = pair.port(server)
    with ExitStack() as stack:
        held = [stack.enter_context(wire.Connection(port, source=GREEDY)) for _ in range(2)]
        with pytest.raises(OSError):
            wire.Connection(port, source=GREEDY)
        with wire.Connection(server.port, source=GREEDY) as plain:
            assert plain.read_response("GET").status == 503, "both ports count together"
        with wire.Connection(port, source=HONEST) as other:
            assert ask(other) == 200
        assert refused(server, "address") == 2
        assert [ask(connection) for connection in held] == [200, 200]
    wait_until(lambda: is_served(server, GREEDY), what="the places to be free")


def alone(server):
    """Whether nobody is connected but who asks."""
    response = wire.get(server.port, "/metrics")
    return response.status == 200 and parse(response.text)["stile_connections", ()] == 1


STAGES = {  # what a connection was doing when it ended
    "nothing": b"",
    "half a head": b"GET /healthz HTTP/1.1\r\nHos",
    "half a form": multipart.head(50_000) + multipart.encode([field("upload_token", "none"), file(bytes(9_000))])[:8_000],
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a request": HEALTH,
}


@pytest.mark.parametrize("end", ["close", "reset", "half_close"])
def test_a_place_is_free_again_however_a_connection_ended(make_server, end):
    server = make_server(env={"STILE_SERVER_MAX_CONNECTIONS": "10", "STILE_SERVER_MAX_CONNECTIONS_PER_ADDRESS": "6"})
    for stage in STAGES.values():
        with ExitStack() as stack:
            held = [stack.enter_context(wire.Connection(server.port, source=source))
                    for source in (GREEDY, HONEST) for _ in range(5)]
            for connection in held:
                connection.send_if_taken(stage)
                getattr(connection, end)()
            wait_until(lambda: is_served(server, GREEDY), what="a place to be free")

        def all_at_once():
            with ExitStack() as stack:
                try:
                    open_some(stack, server, 6, GREEDY)
                    open_some(stack, server, 4, HONEST)
                except (AssertionError, OSError, wire.ConnectionEnded):
                    return False
                return True

        wait_until(all_at_once, what="all places of both limits to be free")
        wait_until(lambda: alone(server), what="those to be gone again")
    server.prove_it_works()
