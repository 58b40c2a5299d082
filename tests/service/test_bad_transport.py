"""Bad HTTP: framing conflicts, huge heads, stalls, Expect. Source: RFC 9112; issue "main job", bad input; I7, I8."""

import pytest

from harness import multipart, wire
from harness.multipart import V1, field, file
from harness.resumable import Upload

MIB = 1 << 20


def exchange(server, data, method="POST"):
    """Sends exact bytes, returns (response, whether the connection was ended after it)."""
    with wire.Connection(server.port, timeout=15) as connection:
        connection.send_if_taken(data)
        response = connection.read_response(method)
        try:
            return response, connection.ends()
        except TimeoutError:
            return response, False


FRAMING = {
    "length and chunked": b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    "chunked and length": b"Transfer-Encoding: chunked\r\nContent-Length: 5",
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6",
    "negative length": b"Content-Length: -5",
    "signed length": b"Content-Length: +5",
    "hex length": b"Content-Length: 0x5",
    "huge length": b"Content-Length: 99999999999999999999999",
    "empty length": b"Content-Length: ",
    "length list": b"Content-Length: 5, 6",
    "unknown coding": b"Transfer-Encoding: gzip",
    "coding after chunked": b"Transfer-Encoding: chunked, gzip",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "folded header": b"X-A: b\r\n c: d\r\nContent-Length: 5",
    "space before colon": b"Content-Length : 5",
    "NUL in a value": b"X-A: b\x00c\r\nContent-Length: 5",
    "bare CR": b"X-A: b\rContent-Length: 5",
    "no colon": b"nonsense\r\nContent-Length: 5",
    "two hosts": b"Host: other\r\nContent-Length: 5",
}


@pytest.mark.parametrize("headers", FRAMING.values(), ids=FRAMING.keys())
def test_ambiguous_heads_are_refused_and_end_the_connection(abused, headers):
    """What a proxy in front might read differently must not be guessed: request smuggling starts here."""
    smuggled = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    data = b"POST " + V1.encode() + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + b"\r\n\r\n" + smuggled
    response, ended = exchange(abused, data)
    assert response.status in (400, 411, 413, 501) and ended, f"{response.status}, ended: {ended}"


@pytest.mark.parametrize("data", [
    b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\nHost: x\n\n", b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    b"G\x00T / HTTP/1.1\r\nHost: x\r\n\r\n"], ids=repr)
def test_what_is_not_http_is_refused(abused, data):
    with wire.Connection(abused.port, timeout=15) as connection:
        connection.send(data)
        connection.half_close()
        try:
            assert connection.read_response("GET").status in (400, 431, 501, 505)
        except wire.ConnectionEnded:
            pass  # to hang up is an answer too


@pytest.mark.parametrize("data", [
    b"zz\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloXX0\r\n\r\n",
    b"ffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    b"5;" + b"x" * 100_000 + b"\r\nhello\r\n0\r\n\r\n", b"5 \nhello\r\n0\r\n\r\n"], ids=lambda data: repr(data[:20]))
def test_a_malformed_chunked_body_is_refused(abused, data):
    head = wire.head_bytes("POST", V1, [("Content-Type", multipart.content_type()), ("Transfer-Encoding", "chunked")])
    response, ended = exchange(abused, head + data)
    assert response.status in (400, 413) and ended


def test_a_header_of_one_mib_is_refused(abused):
    before = abused.rss()
    response, ended = exchange(abused, wire.head_bytes("GET", "/", [("X-Long", "x" * MIB)]), "GET")
    assert response.status == 431 and ended
    response, ended = exchange(abused, wire.head_bytes("GET", "/" + "x" * MIB, []), "GET")
    assert response.status in (414, 431) and ended
    response, ended = exchange(abused, wire.head_bytes("GET", "/", [(f"X-{n}", "x") for n in range(5000)]), "GET")
    assert response.status == 431 and ended
    abused.assert_grew_less(32 * MIB, before)


def test_a_body_that_stalls_is_given_up(make_server, media):
    server = make_server(env={"STILE_SERVER_BODY_TIMEOUT": "2s"})
    token = server.token(max_uploads=3)
    upload = Upload(server, token, media.mp4_of(3 * 50_000), 50_000)
    upload.run([2, 3])
    form = multipart.encode([field("upload_token", token), file(media.mp4_of(50_000))])
    form_head = multipart.head(len(form))
    stalled = [wire.Connection(server.port, timeout=20) for _ in range(3)]
    stalled[0].send(upload.request_bytes(1)[:30_000])
    stalled[1].send(form_head + form[:30_000])
    stalled[2].send(form_head)
    for connection, allowed in zip(stalled, ((400, 503), (400, 408, 503), (400, 408, 503))):
        with connection:
            try:
                assert connection.read_response().status in allowed
                assert connection.ends()
            except wire.ConnectionEnded:
                pass  # nobody reads there, as far as the server knows
    assert upload.test(1).status == 204 and server.photos(token) == []
    upload.run([1])
    server.holds(token, upload.data)
    server.prove_it_works()


def test_a_half_sent_idle_upload_costs_little_memory(abused, media):
    """I8: two hundred uploads that stand still hold no block buffers."""
    token = abused.token(max_uploads=100)
    form = multipart.encode([field("upload_token", token), file(media.mp4_of(MIB))])
    head = multipart.head(len(form))
    abused.prove_it_works()
    before = abused.rss()
    connections = [wire.Connection(abused.port) for _ in range(200)]
    for connection in connections:
        connection.send(head + form[:2000])
    abused.prove_it_works()
    abused.assert_grew_less(200 * 64 * 1024, before)
    for connection in connections:
        connection.close()


def test_expect_100_continue_is_answered_before_the_body(abused, media):
    token = abused.token()
    body = multipart.encode([field("upload_token", token), file(media.jpeg)])
    with wire.Connection(abused.port, timeout=10) as connection:
        connection.send(multipart.head(len(body), ("Expect", "100-continue")))
        assert connection.read_head().status == 100
        connection.send(body)
        assert connection.read_response().status == 200
    abused.holds(token, media.jpeg)


def test_a_client_that_does_not_wait_for_100_is_served_too(abused, media):
    token = abused.token()
    body = multipart.encode([field("upload_token", token), file(media.jpeg)])
    with wire.Connection(abused.port, timeout=10) as connection:
        connection.send(multipart.head(len(body), ("Expect", "100-continue")) + body)
        assert connection.read_response().status == 200


@pytest.mark.parametrize("headers", [
    [("Content-Type", "multipart/form-data")],
    [("Content-Type", multipart.content_type()), ("Transfer-Encoding", "gzip")]], ids=["no boundary", "unknown coding"])
def test_expect_is_refused_without_asking_for_the_body_when_the_head_says_enough(abused, headers):
    length = [] if len(headers) > 1 else [("Content-Length", str(100 * MIB))]
    with wire.Connection(abused.port, timeout=15) as connection:
        connection.send(wire.head_bytes("POST", V1, [*headers, *length, ("Expect", "100-continue")]))
        response = connection.read_response()
    assert response.status in (400, 501) and response.interim == [], "the body was asked for, to be refused"


def test_expect_on_a_hopeless_octet_chunk_is_refused_early(abused, media):
    """All that is needed stands in the query, so not a byte of the body has to travel."""
    upload = Upload(abused, "no-such-token", media.mp4_of(100_000), 100_000, mode="octet")
    head = upload.request_bytes(1).split(b"\r\n\r\n")[0] + b"\r\nExpect: 100-continue\r\n\r\n"
    with wire.Connection(abused.port, timeout=15) as connection:
        connection.send(head)
        response = upload.check(connection.read_response())
    assert response.status == 500 and response.interim == []


def test_an_unknown_expectation_is_refused(abused):
    """And the connection goes on: the body that was not wanted is empty, so it is known where the next request begins."""
    with wire.Connection(abused.port, timeout=15) as connection:
        connection.send(wire.head_bytes("POST", V1, [("Expect", "tea"), ("Content-Length", "0")]))
        assert connection.read_response().status in (400, 403, 417)
        connection.send(wire.head_bytes("GET", "/healthz", []))
        assert connection.read_response("GET").text == "ok\n"


def test_clients_that_vanish_leave_memory_flat(abused, media):
    token = abused.token(max_uploads=100)
    form = multipart.encode([field("upload_token", token), file(media.mp4_of(200_000))])
    head = multipart.head(len(form))

    def vanish(count):
        for n in range(count):
            with wire.Connection(abused.port) as connection:
                connection.send((head + form)[:n * 997 % 150_000 + 1])
                connection.reset()
        abused.prove_it_works()
        return abused.rss()

    before = vanish(100)
    vanish(300)
    abused.assert_grew_less(16 * MIB, before)
    assert abused.photos(token) == []


def test_http_1_0_and_close_are_honoured(abused):
    data = b"GET /nothing HTTP/1.0\r\n\r\n"
    response, ended = exchange(abused, data, "GET")
    assert response.status == 404 and ended
    response, ended = exchange(abused, wire.head_bytes("GET", "/nothing", [("Connection", "close")]), "GET")
    assert response.status == 404 and ended
