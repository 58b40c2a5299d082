"""Request smuggling: a request hidden in another is never executed, alone and behind a real nginx.

Every attack carries a hidden request that would make a token if anybody read it as one. Source: RFC 9112 sections 5, 6
and 11.2; docs/security.md.
"""

import re

import pytest

from harness import wire
from harness.nginx import Nginx
from harness.server import Server
from harness.wait import wait_until

GET = b"GET /api/2/echo?outer=1 HTTP/1.1\r\n"
POST = b"POST /api/2/echo HTTP/1.1\r\n"
HOST = b"Host: videos.example.com\r\n"
FORM = HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
END = b"\r\n"
REQUEST = re.compile(r"debug request method=(\S+) path=(\S+)")


class Attacked:
    """A server, and what it must never be brought to do."""

    def __init__(self, server):
        self.server = server
        bearer = server.credentials("write")["bearer_token"]
        self.hidden = (b"GET /api/2/photo/get-upload-token?title=hidden HTTP/1.1\r\n" + HOST +
                       b"Authorization: Bearer " + bearer.encode() + END + END)

    def tokens_made(self):
        return self.server.rows("SELECT count(*) FROM tokens WHERE title = 'hidden'")[0][0]

    def requests(self):
        """The (method, path) of every request that was executed."""
        return REQUEST.findall(self.server.log())


@pytest.fixture(scope="module")
def attacked(stile_bin, media, tmp_path_factory):
    """Its log names every request that was executed."""
    server = Server(tmp_path_factory.mktemp("attacked") / "data", args=["--log-level=debug"], probe=media.jpeg).start()
    yield Attacked(server)
    server.prove_it_works()
    server.close()


def length(count):
    return b"Content-Length: %d\r\n" % count


def doubtful(hidden):
    """{name: bytes} that two servers could cut into requests differently. Whoever ends the body early, at the length or at
    the empty chunk, finds the hidden request behind it; whoever does not know the coding finds it too."""
    tail = b"0\r\n\r\n" + hidden
    whole, short = length(len(tail)), length(5)
    heads = {
        "length, then chunked": whole + CHUNKED,
        "chunked, then length": CHUNKED + whole,
        "chunked, then a short length": CHUNKED + short,
        "two lengths that differ": whole + short,
        "two lengths that are equal": short + short,
        "lengths in two cases": short + b"content-LENGTH: %d\r\n" % len(tail),
        "list of lengths": b"Content-Length: 5, %d\r\n" % len(tail),
        "list of equal lengths": b"Content-Length: 5, 5\r\n",
        "signed length": b"Content-Length: +5\r\n",
        "negative length": b"Content-Length: -5\r\n",
        "hexadecimal length": b"Content-Length: 0x5\r\n",
        "length with a space inside": b"Content-Length: 5 %d\r\n" % len(tail),
        "length of 2^64 and 5": b"Content-Length: 18446744073709551621\r\n",
        "length with a fraction": b"Content-Length: 5.0\r\n",
        "length in quotes": b"Content-Length: \"5\"\r\n",
        "empty length": b"Content-Length:\r\n",
        "form feed before the length": b"Content-Length: \x0c5\r\n",
        "chunked, identity": b"Transfer-Encoding: chunked, identity\r\n",
        "identity, chunked": b"Transfer-Encoding: identity, chunked\r\n",
        "identity beside a length": b"Transfer-Encoding: identity\r\n" + whole,
        "xchunked": b"Transfer-Encoding: xchunked\r\n" + whole,
        "chunked in quotes": b"Transfer-Encoding: \"chunked\"\r\n" + whole,
        "chunked with a parameter": b"Transfer-Encoding: chunked;q=1\r\n" + whole,
        "vertical tab before chunked": b"Transfer-Encoding: \x0bchunked\r\n" + whole,
        "form feed after chunked": b"Transfer-Encoding: chunked\x0c\r\n" + whole,
        "no-break space before chunked": b"Transfer-Encoding: \xa0chunked\r\n" + whole,
        "two codings": CHUNKED + CHUNKED,
        "chunked hidden behind another coding": b"Transfer-Encoding: gzip\r\n" + CHUNKED + whole,
        "empty coding": b"Transfer-Encoding:\r\n" + whole,
        "folded coding": b"Transfer-Encoding:\r\n chunked\r\n" + whole,
        "folded length": b"X: y\r\n " + short,
        "folded first line": b" X: y\r\n" + short,
        "space before the colon": b"Transfer-Encoding : chunked\r\n" + whole,
        "tab before the colon": b"Content-Length\t: 5\r\n",
        "NUL in a name": b"Transfer-Encoding\x00: chunked\r\n" + whole,
        "NUL in a value": b"Transfer-Encoding: chunked\x00\r\n" + whole,
        "bare LF between fields": b"X: y\nTransfer-Encoding: chunked\r\n" + whole,
        "bare CR between fields": b"X: y\rTransfer-Encoding: chunked\r\n" + whole,
        "CR CR LF": b"X: y\r\r\n" + short,
        "another Host": b"Host: other.example\r\n" + short,
        "the same Host": HOST + short,
    }
    attacks = {name: POST + FORM + fields + END + tail for name, fields in heads.items()}
    attacks |= {
        "head that ends with bare LF": (POST + FORM + CHUNKED).replace(END, b"\n") + b"\n" + tail,
        "bare LF ends the head": POST + FORM + CHUNKED + b"\n" + tail,
        "chunked in HTTP/1.0": POST.replace(b"1.1", b"1.0") + FORM + CHUNKED + END + tail,
        "HTTP/1.2": POST.replace(b"1.1", b"1.2") + FORM + short + END + tail,
        "HTTP/1.01": POST.replace(b"1.1", b"1.01") + FORM + short + END + tail,
        "HTTP/0.9": b"GET /api/2/echo\r\n" + hidden,
        "preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden,
        "authority as target": b"CONNECT videos.example.com:443 HTTP/1.1\r\n" + HOST + END + hidden,
        "no Host": POST + short + END + tail,
        "user in the target": b"GET http://a@videos.example.com/api/2/echo HTTP/1.1\r\n" + HOST + END + hidden,
        "another scheme": b"GET file:///api/2/echo HTTP/1.1\r\n" + HOST + END + hidden,
        "space in the target": b"GET /api/2/echo?a HTTP/1.1 HTTP/1.1\r\n" + HOST + END + hidden,
        "tab in the request line": b"GET\t/api/2/echo HTTP/1.1\r\n" + HOST + END + hidden,
    }
    chunks = {
        "chunk size with a sign": b"+0\r\n\r\n",
        "negative chunk size": b"-1\r\n\r\n",
        "chunk size with 0x": b"0x0\r\n\r\n",
        "chunk size of 2^64": b"10000000000000000\r\n\r\n",
        "chunk size of 17 digits": b"0" * 17 + b"\r\n\r\n",
        "chunk size with a space": b"0 \r\n\r\n",
        "chunk size with a bare LF": b"0\n\r\n",
        "chunk size with a bare CR": b"0\r\r\n",
        "chunk longer than its size": b"1\r\nab\r\n0\r\n\r\n",
        "chunk ends with bare LF": b"1\r\na\n0\r\n\r\n",
        "extension with a bare LF": b"1;x\na\r\n0\r\n\r\n",
        "extension with a bare CR": b"0;x\rb\r\n\r\n",
        "endless extension": b"0;" + b"x" * 5000 + b"\r\n\r\n",
        "no size": b"\r\n\r\n",
        "extension without a size": b";x\r\n\r\n",
        "trailer with a bare LF": b"0\r\nX: y\nZ: w\r\n\r\n",
        "trailer with a NUL": b"0\r\nX: y\x00\r\n\r\n",
        "endless trailers": b"0\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
    }
    return attacks | {name: POST + FORM + CHUNKED + END + body + hidden for name, body in chunks.items()}


def plain(hidden):
    """{name: bytes} in which everything is in order, and the hidden request is a body."""
    body = length(len(hidden)) + END + hidden
    one_chunk = CHUNKED + END + b"%x\r\n" % len(hidden) + hidden + b"\r\n0\r\n"
    return {
        "body of a form": POST + FORM + body,
        "body that nobody wants": POST.replace(b"/api/2/echo", b"/healthz") + FORM + body,
        "body of a GET": GET + HOST + body,
        "body of a HEAD": GET.replace(b"GET", b"HEAD") + HOST + body,
        "body of an OPTIONS": GET.replace(b"GET", b"OPTIONS") + HOST + body,
        "body of a DELETE": GET.replace(b"GET", b"DELETE") + HOST + body,
        "length with zeros before it": POST + FORM + b"Content-Length: 000%d\r\n\r\n" % len(hidden) + hidden,
        "chunk": POST + FORM + one_chunk + END,
        "chunk of a GET": GET + HOST + one_chunk + END,
        "chunk with spaces around the coding": POST + FORM + one_chunk.replace(b": chunked", b":  \tCHUNKED \t") + END,
        "chunk with zeros before its size": POST + FORM + CHUNKED + END + b"000%x\r\n" % len(hidden) + hidden + b"\r\n000\r\n\r\n",
        "chunk extensions": POST + FORM + CHUNKED + END + b"%x;a=\"b;c\";d\r\n" % len(hidden) + hidden + b"\r\n0;e\r\n\r\n",
        "trailers that look like framing": POST + FORM + one_chunk + b"Content-Length: 5\r\n" + CHUNKED + END,
        "absolute target": b"POST http://videos.example.com/api/2/echo HTTP/1.1\r\n" + FORM + body,
        "offer of HTTP/2": GET + HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n" + body,
        "offer of a websocket": GET + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + body,
        "fields that a Connection field takes away": POST + FORM + b"Connection: keep-alive, Content-Length, Host\r\n" + body,
        "name that only resembles one": POST + FORM + b"Content_Length: 5\r\nX-Transfer-Encoding: chunked\r\n" + body,
    }


NAMES = list(doubtful(b""))
PLAIN_NAMES = list(plain(b""))


def everything(connection):
    """All that comes until the peer ends the connection."""
    received = b""
    while True:
        try:
            data = connection.recv(65536)
        except ConnectionResetError:
            return received
        if not data:
            return received
        received += data


def test_a_request_that_stands_openly_behind_another_is_executed(attacked):
    """So that the tests below could fail: the hidden request works as soon as somebody reads it as one."""
    before = attacked.tokens_made()
    with wire.Connection(attacked.server.port, timeout=15) as connection:
        connection.send(GET + HOST + END + attacked.hidden)
        assert [connection.read_response("GET").status for _ in range(2)] == [200, 200]
    assert attacked.tokens_made() == before + 1


@pytest.mark.parametrize("name", NAMES)
def test_a_doubtful_request_ends_the_connection_and_what_it_hides_is_never_executed(attacked, name):
    before = attacked.tokens_made()
    with wire.Connection(attacked.server.port, timeout=15) as connection:
        connection.send_if_taken(doubtful(attacked.hidden)[name])
        connection.half_close()
        received = everything(connection.socket)
    assert received.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 ", b"HTTP/1.1 431 ")), received[:200]
    assert received.count(b"HTTP/1.1 ") == 1, "one answer, and then the end"
    assert attacked.tokens_made() == before


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_a_body_is_never_a_request_and_the_next_one_is_found(attacked, name):
    before = attacked.tokens_made()
    data = plain(attacked.hidden)[name]
    with wire.Connection(attacked.server.port, timeout=15) as connection:
        connection.send(data)
        assert connection.read_response(data.split(b" ")[0].decode()).status in (200, 204, 400, 404, 405)
        connection.send(wire.head_bytes("GET", "/api/2/echo?next=found", []))
        assert connection.read_response("GET").json()["data"] == {"next": "found"}
    assert attacked.tokens_made() == before


@pytest.mark.parametrize("path", [b"/healthz", b"/nothing", b"/api/2/echo", b"/api/2/photo/upload", b"/api/photo/redeem-upload-token"])
def test_an_expected_body_is_no_request_whether_it_was_asked_for_or_not(attacked, path):
    """After a refusal without 100 the client may send the body or the next request: both look alike, so nothing is read."""
    before = attacked.tokens_made()
    head = POST.replace(b"/api/2/echo", path) + FORM + b"Expect: 100-continue\r\n" + length(len(attacked.hidden)) + END
    with wire.Connection(attacked.server.port, timeout=15) as connection:
        connection.send_if_taken(head + attacked.hidden + GET + HOST + END)
        connection.half_close()
        statuses = re.findall(rb"HTTP/1\.1 (\d+)", everything(connection.socket))
    assert statuses and attacked.tokens_made() == before
    assert len(statuses) == 1 or statuses[0] == b"100", statuses


@pytest.fixture(scope="module")
def nginx(attacked, tmp_path_factory):
    """One connection of the proxy's to the server, on which all clients' requests meet."""
    front = Nginx(tmp_path_factory.mktemp("nginx"), attacked.server)
    yield front
    front.close()


def ask_through(nginx, marker):
    with nginx.connect() as connection:
        connection.sendall(wire.head_bytes("GET", f"/api/2/echo?{marker}=mine", [("Connection", "close")],
                                           host="videos.example.com"))
        return everything(connection)


@pytest.mark.parametrize("name", [*NAMES, *PLAIN_NAMES])
def test_behind_nginx_both_see_the_same_requests(attacked, nginx, name):
    """The attacker's bytes pass the proxy; then somebody else asks, over the same connection to the server."""
    before, made = (len(nginx.passed_on()), len(attacked.requests())), attacked.tokens_made()
    with nginx.connect() as connection:
        try:
            connection.sendall((doubtful(attacked.hidden) | plain(attacked.hidden))[name])
        except OSError:
            pass  # refused before it had all
        everything(connection)  # it does not wait long for the rest of what has no end
    answer = ask_through(nginx, "victim")
    assert answer.startswith(b"HTTP/1.1 200 ") and b'"victim":"mine"' in answer, answer[:300]
    wait_until(lambda: nginx.passed_on()[before[0]:][-1:] and len(attacked.requests()) > before[1], what="both logs")
    in_front = [(method, path) for method, path, status in nginx.passed_on()[before[0]:] if status != "400"]
    wait_until(lambda: len(attacked.requests()[before[1]:]) >= len(in_front), what="as many requests behind")
    behind = attacked.requests()[before[1]:]
    assert behind == in_front
    openly = [request for request in behind if request[1] == "/api/2/photo/get-upload-token"]
    assert attacked.tokens_made() - made == len(openly), "the proxy, too, took the hidden request for one"
