"""Who is slow or silent loses the connection, and nobody else notices. Source: issue "nothing is lost", 5; I7, I8.

Each setting with its tests (here, unless another file is named):

    server.head_timeout          test_heads_that_trickle…, http/server_test: TellsAClientWhoseHeadTakesTooLong
    server.idle_timeout          test_a_kept_connection_ends_without_a_word…
    server.body_timeout          test_bad_transport: test_a_body_that_stalls_is_given_up
    server.min_body_rate         test_bodies_that_trickle…
    server.body_rate_grace       test_a_body_is_given_its_grace…
    server.write_timeout         test_a_reader_that_stands_still…; test_slow_and_troubled: …slow_but_never_stands_still…
    server.early_refusal_bytes   test_a_refused_body_is_read_as_far_as…, browser/refusals.test.mjs
    server.early_refusal_time    test_a_refused_body_is_read_as_long_as…
    server.drain_timeout         test_process: test_sigterm_is_bounded_by_the_drain_timeout
    tls.handshake_timeout        test_tls: test_whoever_is_slow_to_shake_hands…
"""

import select
import socket
import time
from contextlib import ExitStack

import pytest

from harness import multipart, wire
from harness.exposition import read_metrics
from harness.multipart import V1, field, file
from harness.resumable import Upload
from harness.sanitizers import patience
from harness.wait import wait_until

MIB = 1 << 20
CROWD = 200


def connections(server):
    return read_metrics(server.port)["stile_connections", ()]


def all_gone(server, count=1):
    wait_until(lambda: connections(server) == count, what="the connections to be gone")


def trickle(crowd, next_bytes, honest, seconds, begun=None):
    """Sends each of the crowd a few bytes a few times a second and calls `honest` in between, until all have been ended;
    returns {connection: seconds from `begun` to its end}."""
    begun, lived, alive = begun or time.monotonic(), {}, list(crowd)
    while alive:
        assert time.monotonic() - begun < seconds * patience(), f"{len(alive)} of {len(crowd)} slow clients are still there"
        for connection in alive:
            connection.send_if_taken(next_bytes)
        honest()
        readable, _, _ = select.select([connection.socket for connection in alive], [], [], 0.2)
        for connection in [one for one in alive if one.socket in readable]:
            lived[connection] = time.monotonic() - begun
            alive.remove(connection)
    return lived


def test_heads_that_trickle_are_told_so_at_the_timeout_while_others_are_served(make_server):
    """A byte now and then must not keep a connection: the time of a head counts from its first byte."""
    server = make_server(env={"STILE_SERVER_HEAD_TIMEOUT": "2s"})
    with ExitStack() as stack:
        crowd = [stack.enter_context(wire.Connection(server.port, source="127.0.0.2")) for _ in range(CROWD)]
        begun = time.monotonic()  # before the first byte of any
        for connection in crowd:
            connection.send(b"POST /api/photo/redeem-upload-token HTTP/1.1\r\nX-Slow: ")
        lived = trickle(crowd, b"x", server.prove_it_works, 30, begun)
        assert min(lived.values()) > 1.9 and max(lived.values()) < 12 * patience()
        assert {connection.read_response().status for connection in crowd} == {408}
    all_gone(server)
    assert read_metrics(server.port)["stile_http_malformed_total", ()] == CROWD
    server.prove_it_works()


@pytest.mark.parametrize("mode", ["form", "octet"])
def test_bodies_that_trickle_are_given_up_while_others_are_served(make_server, media, mode):
    """Always a byte within body_timeout, and yet too slow: forms and chunks."""
    server = make_server(env={"STILE_SERVER_MIN_BODY_RATE": "1000", "STILE_SERVER_BODY_RATE_GRACE": "1s",
                              "STILE_UPLOAD_MAX_OPEN_PER_TOKEN": str(CROWD)})
    token = server.token(max_uploads=100)
    data = media.mp4_of(100_000)
    if mode == "form":
        body = multipart.encode([field("upload_token", token), file(data)])
        requests = [multipart.head(len(body)) + body] * CROWD
    else:
        requests = [Upload(server, token, data, 100_000, identifier=f"slow{n}", mode="octet").request_bytes(1)
                    for n in range(CROWD)]
    with ExitStack() as stack:
        crowd = [stack.enter_context(wire.Connection(server.port, source="127.0.0.2")) for _ in range(CROWD)]
        for connection, request in zip(crowd, requests):
            connection.send(request[:request.index(b"\r\n\r\n") + 500])
        trickle(crowd, b"x", server.prove_it_works, 40)
    all_gone(server)
    assert server.photos(token) == []
    Upload(server, token, data, 100_000, identifier="slow0", mode="octet").run()  # who comes back faster is taken
    server.holds(token, data)


def test_a_body_is_given_its_grace_and_then_the_average_counts(make_server, media):
    """Slow at first and fast then: within the grace nobody is judged, and afterwards the whole body is."""
    server = make_server(env={"STILE_SERVER_MIN_BODY_RATE": "20000", "STILE_SERVER_BODY_RATE_GRACE": "15s"})
    token = server.token()
    data = media.mp4_of(400_000)
    body = multipart.encode([field("upload_token", token), file(data)])
    with wire.Connection(server.port) as connection:
        connection.send(multipart.head(len(body)) + body[:100])
        still = time.monotonic() + 1.2  # 100 bytes in 1.2 s are a 240th of the rate
        wait_until(lambda: time.monotonic() > still, what="the slow start")
        connection.send(body[100:])
        assert connection.read_response().status == 200
    server.holds(token, data)


def test_a_kept_connection_ends_without_a_word_when_no_request_comes(make_server):
    server = make_server(env={"STILE_SERVER_IDLE_TIMEOUT": "1s"})
    with ExitStack() as stack:
        idle = []
        for number in range(20):
            connection = stack.enter_context(wire.Connection(server.port, timeout=30))
            idle.append(connection)
            if number % 2:  # the others have never said anything
                connection.send(wire.head_bytes("GET", "/healthz", []))
                assert connection.read_response("GET").status == 200
        begun = time.monotonic()
        assert all(connection.ends() for connection in idle)
        assert time.monotonic() - begun < 15 * patience()
    all_gone(server)
    server.prove_it_works()


def test_a_reader_that_stands_still_is_dropped_and_can_go_on(make_server, media):
    server = make_server(env={"STILE_SERVER_WRITE_TIMEOUT": "1s"})
    token, data = server.token(), media.mp4_of(24 * MIB)
    assert multipart.upload(server.port, token, data).status == 200
    path = server.original_path(server.only_photo(token))
    with ExitStack() as stack:
        readers = []
        for _ in range(20):
            reader = stack.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            reader.settimeout(10)
            reader.connect(("127.0.0.1", server.port))
            reader.sendall(wire.head_bytes("GET", path, []))
            readers.append(reader)
        server.prove_it_works()
        wait_until(lambda: read_metrics(server.port)["stile_http_undelivered_total", ()] == 20, 30, "the readers to be given up")
        all_gone(server)  # although nobody has closed
        got = 0
        try:
            while piece := readers[0].recv(MIB):
                got += len(piece)
        except ConnectionResetError:
            pass
        assert got < len(data)
    rest = wire.get(server.port, path, [("Range", f"bytes={got}-")])
    assert rest.status == 206 and rest.body == data[got:]


def refused_head(length):
    return wire.head_bytes("POST", V1, [("Content-Type", "text/plain"), ("Content-Length", str(length))])


def test_a_refused_body_is_read_as_far_as_the_setting_says(make_server):
    """Within the bound the answer is read and the connection goes on; beyond it the answer can still be read, and the
    connection ends."""
    server = make_server(env={"STILE_SERVER_EARLY_REFUSAL_BYTES": "1 MiB"})
    within, beyond = bytes(MIB), bytes(64 * MIB)
    with wire.Connection(server.port) as connection:
        connection.send(wire.head_bytes("POST", "/nowhere", [("Content-Length", str(len(within)))]) + within)
        assert connection.read_response().status == 404
        connection.send(wire.head_bytes("GET", "/healthz", []))
        assert connection.read_response("GET").status == 200
    with wire.Connection(server.port) as connection:
        connection.send(wire.head_bytes("POST", "/nowhere", [("Content-Length", str(len(beyond)))]))
        assert not connection.send_if_taken(beyond), "64 MiB of a refused body were taken"
        assert connection.read_response().status == 404 and connection.ends()
    all_gone(server)


def test_a_refused_body_is_read_as_long_as_the_setting_says(make_server):
    server = make_server(env={"STILE_SERVER_EARLY_REFUSAL_TIME": "1s"})
    with wire.Connection(server.port) as connection:
        begun = time.monotonic()  # before the server's second begins
        connection.send(wire.head_bytes("POST", "/nowhere", [("Content-Length", str(MIB))]))
        assert connection.read_response().status == 404
        while connection.send_if_taken(b"x") and time.monotonic() - begun < 20 * patience():
            if select.select([connection.socket], [], [], 0.1)[0]:
                break
        assert 0.9 < time.monotonic() - begun < 15 * patience() and connection.ends()
    all_gone(server)
    server.prove_it_works()
