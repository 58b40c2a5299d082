"""Denial by parameters and by compression: little that is sent must not become much work or much memory.

Work is counted as CPU time of the server, which the load of the machine does not change; a figure beyond the bound is a
pattern that runs away, not a slow day.
"""

import gzip
import os
import zlib
from pathlib import Path

import pytest

from harness import multipart, wire
from harness.calls import Api
from harness.table import FORM, encode
from harness.wait import wait_until

MIB = 1 << 20
MOST_CPU = 0.5  # seconds for one request, or four; the dearest of these takes 0.03
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(server):
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Crowd:
    """A server with some photos to search through."""

    def __init__(self, server, media):
        self.server = server
        self.api = Api(server)
        self.token = server.token(title="Sea and sky", tags="sea sky", max_uploads=100)
        for _ in range(20):
            assert multipart.upload(server.port, self.token, media.jpeg).status == 200
        self.photo_id = server.photos(self.token)[0]["photo_id"]

    def cost(self, work):
        before = cpu_seconds(self.server)
        answers = work()
        return cpu_seconds(self.server) - before, answers

    def get(self, method, pairs, headers=()):
        key = [("Authorization", "Bearer " + self.api.keys["super"]["bearer_token"])]
        return wire.get(self.server.port, f"/api/2/{method}?{encode(pairs)}", [*key, *headers])

    def post(self, method, pairs, headers=()):
        key = [("Authorization", "Bearer " + self.api.keys["super"]["bearer_token"]), FORM]
        return wire.request(self.server.port, "POST", f"/api/2/{method}", [*key, *headers], encode(pairs).encode())


@pytest.fixture(scope="module")
def crowd(server, media):
    crowd = Crowd(server, media)
    yield crowd
    server.prove_it_works()


HUGE = "9" * 400
QUERIES = {
    "numbers beyond all bounds": ("photo/list", [("size", HUGE), ("p", HUGE), ("photo_id", "1")]),
    "the last page": ("photo/list", [("size", "2147483647"), ("p", "9223372036854775807")]),
    "negative numbers": ("photo/list", [("size", "-" + HUGE), ("p", "-1")]),
    "a number with an exponent": ("photo/list", [("size", "1e999999999")]),
    "a date of digits": ("photo/list", [("year", HUGE), ("month", HUGE), ("day", HUGE)]),
    "wildcards": ("photo/list", [("search", "%_" * 200)]),
    "wildcards of another kind": ("photo/list", [("search", "*?[a-z]" * 60)]),
    "a query language": ("photo/list", [("search", "(a OR b) AND NEAR(c d, 99999) NOT \"" * 12)]),
    "prefixes": ("photo/list", [("search", " ".join(f"{chr(97 + n % 26)}*" for n in range(160)))]),
    "many words": ("photo/list", [("search", "s " * 250)]),
    "quotes": ("photo/list", [("search", "\"" * 499)]),
    "a pattern that backtracks": ("photo/list", [("search", "(a+)+$" * 80)]),
    "combining marks": ("photo/list", [("search", "é" * 160)]),
    "search in albums": ("album/list", [("search", "%_" * 200)]),
    "search in tags": ("tag/list", [("search", "%_" * 90)]),
    "search in users": ("user/list", [("search", "%_" * 200)]),
    "many fields": ("photo/list", [("fields", ",".join(["photo_id"] * 1500))]),
    "a name nested in itself": ("echo", [("a" + "[a]" * 2000, "1")]),
    "dots": ("echo", [("." * 8000, "1")]),
    "a thousand parameters": ("echo", [(f"p{n}", "") for n in range(1000)]),
    "the same name a thousand times": ("echo", [("a", "1")] * 1000),
    "percent signs": ("echo", [("a", "%" * 4000)]),
}
BODIES = {
    "a hundred thousand parameters": ("echo", [(f"p{n}", "") for n in range(100_000)]),
    "two hundred large ones": ("echo", [(f"p{n}", "x" * 5000) for n in range(200)]),
    "many tags": ("photo/update", [("tags", ",".join(f"t{n}" for n in range(650)))]),
    "quotes in tags": ("photo/update", [("tags", "\"" * 4_000)]),
    "tags beyond their bound": ("photo/update", [("tags", ",".join(f"t{n}" for n in range(50_000)))]),
    "markup nested deep": ("photo/update", [("description", "<b>" * 6_600)]),
    "markup closed crosswise": ("photo/update", [("description", "<b><i></b></i>" * 1_400)]),
    "markup that never ends": ("photo/update", [("description", "<a " * 6_600)]),
    "attributes": ("photo/update", [("description", "<a " + "x=1 " * 4_900 + ">")]),
    "comments": ("photo/update", [("description", "<!--" * 4_900)]),
    "entities": ("photo/update", [("description", "&amp;" * 3_900)]),
    "entities that are none": ("photo/update", [("description", "&" * 20_000)]),
    "tables": ("photo/update", [("description", "<table><tr><td>" * 1_300)]),
    "markup beyond its bound": ("photo/update", [("description", "<b>" * 60_000)]),
    "a title of markup": ("photo/update", [("title", "<" * 1_000)]),
    "a title beyond its bound": ("photo/update", [("title", "<" * 200_000)]),
    "spaces": ("photo/update", [("title", " " * 500_000)]),
    "a list of albums": ("photo/update", [("album_id", "1," * 100_000)]),
    "a list of origins": ("photo/get-upload-token", [("allowed_origins", "https://a.example," * 220)]),
    "a list of types": ("photo/get-upload-token", [("accepted_types", "image/*," * 490)]),
    "a return address": ("photo/get-upload-token", [("return_url", "http://a.example/" + "%41" * 200_000)]),
    "dots in a return address": ("photo/get-upload-token", [("return_url", "http://" + "a." * 3_900)]),
}
HEADS = {
    "many Accept items": [("Accept", ",".join(["text/html;q=0.001"] * 700))],
    "Accept of semicolons": [("Accept", ";" * 12_000)],
    "many ranges": [("Range", "bytes=" + ",".join(f"{n}-{n}" for n in range(2000)))],
    "overlapping ranges": [("Range", "bytes=" + "0-," * 4000)],
    "many entity tags": [("If-None-Match", ",".join(['W/"x"'] * 2000))],
    "many cookies": [("Cookie", ";".join(f"c{n}=x" for n in range(1500)))],
    "the same cookie": [("Cookie", "stile_session=x;" * 800)],
    "cookies of semicolons": [("Cookie", ";" * 14_000)],
    "many addresses": [("X-Forwarded-For", ",".join(["1.1.1.1"] * 1500))],
    "many hops": [("Forwarded", ",".join(["for=1.1.1.1;proto=http"] * 600))],
    "many credentials": [("Authorization", "OAuth " + ",".join(f'oauth_x{n}="1"' for n in range(600)))],
    "languages": [("Accept-Language", ",".join(["en;q=0.1"] * 1500))],
    "as many fields as fit": [(f"x{n}", "y") for n in range(95)],
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_cheap(crowd, name):
    method, pairs = QUERIES[name]
    cost, answer = crowd.cost(lambda: crowd.get(method, pairs))
    assert answer.status in (200, 400, 414, 431) and cost < MOST_CPU, f"{answer.status} after {cost} s"
    if answer.status == 200 and method == "photo/list":
        assert len(answer.json()["data"]) <= 100, "a page is bounded whatever was asked for"


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_cheap(crowd, name):
    method, pairs = BODIES[name]
    if method == "photo/update":
        pairs = [("photo_id", crowd.photo_id), *pairs]
    before = crowd.server.rss()
    cost, answer = crowd.cost(lambda: crowd.post(method, pairs))
    assert answer.status in (200, 400, 413) and cost < MOST_CPU, f"{answer.status} after {cost} s"
    crowd.server.assert_grew_less(48 * MIB, before, "peak")


@pytest.mark.parametrize("name", HEADS)
def test_a_head_is_cheap(crowd, name):
    photo = crowd.server.photo(crowd.photo_id)

    def ask():
        return [wire.get(crowd.server.port, path, HEADS[name]).status
                for path in (crowd.server.original_path(photo), "/api/2/photo/list", "/login", "/upload/" + crowd.token)]

    cost, statuses = crowd.cost(ask)
    assert set(statuses) <= {200, 206, 400, 401, 403, 404, 431} and cost < MOST_CPU, (statuses, cost)


def test_one_range_is_served_and_a_list_is_the_whole_file_once(crowd, media):
    """Never many parts: a list of overlapping ranges would make an answer larger than the file."""
    path = crowd.server.original_path(crowd.server.photo(crowd.photo_id))
    assert wire.get(crowd.server.port, path, [("Range", "bytes=0-9")]).status == 206
    answer = wire.get(crowd.server.port, path, HEADS["overlapping ranges"])
    assert answer.status in (200, 206) and len(answer.body) <= len(media.jpeg)


def test_calls_in_a_call_are_counted(crowd):
    """Each may be as dear as a call can be, so there are twenty of them at most, and none within another."""
    def ask(count, call):
        calls = encode((f"c{n}", call) for n in range(count))
        return wire.get(crowd.server.port, f"/api/concatenate?format=json&raw=1&{calls}").json()

    search = "/api/photo/list?search=s&size=100"
    cost, answers = crowd.cost(lambda: ask(20, search))
    assert len(answers) == 20 and cost < 4 * MOST_CPU
    assert ask(21, search)["status"] == "error"
    assert {answer["status"] for answer in ask(5, "/api/concatenate?a=" + search).values()} == {"error"}


def test_answers_that_nobody_reads_do_not_pile_up(crowd):
    """Requests without end on one connection: as long as an answer is not taken, no further request is read."""
    before = crowd.server.rss()
    request = wire.head_bytes("GET", "/api/2/echo?a=" + "x" * 4000, [])
    with wire.Connection(crowd.server.port, timeout=2) as connection:
        with pytest.raises(TimeoutError):
            for _ in range(20_000):  # 80 MB, more than all buffers on the way
                connection.socket.sendall(request)
        crowd.server.assert_grew_less(8 * MIB, before, "peak")


# Names that fall into one bucket of any hash that is not seeded, or sort badly: nothing here keeps parameters in a hash table.
COLLIDING = ["".join("Aa" if n >> bit & 1 else "BB" for bit in range(14)) for n in range(10_000)]


def test_names_that_collide_cost_what_others_cost(crowd):
    most = 190  # of the fields that a form may have
    cost, answer = crowd.cost(lambda: crowd.post("echo", [(name, "") for name in COLLIDING[:most]]))
    assert answer.status == 200 and len(answer.json()["data"]) == most and cost < MOST_CPU
    cost, answer = crowd.cost(lambda: crowd.post("echo", [(name, "") for name in COLLIDING]))
    assert answer.status == 400 and cost < MOST_CPU


# Compression

def bomb(size=64 * MIB):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(MIB)
    return b"".join([*(packer.compress(block) for _ in range(size // MIB)), packer.flush()])


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "br", "zstd", "compress", "gzip, gzip", "identity, gzip"])
def test_a_packed_body_is_refused_and_never_unpacked(crowd, coding):
    before = crowd.server.rss()
    for path, status in (("/api/2/echo", 415), ("/api/photo/list", 415), ("/login", 415), (multipart.V1, 400), (multipart.V2, 400)):
        headers = [("Content-Encoding", coding), FORM]
        cost, answer = crowd.cost(lambda: wire.request(crowd.server.port, "POST", path, headers, bomb()))
        assert answer.status == status and answer.header("Accept-Encoding") == "identity", (path, answer.status)
        assert "Content-Encoding" in answer.text and cost < MOST_CPU
    crowd.server.assert_grew_less(8 * MIB, before, "peak")


def test_a_packed_upload_is_refused_and_its_token_is_not_used(crowd, media):
    token = crowd.server.token()
    form = multipart.encode([multipart.field("upload_token", token), multipart.file(media.jpeg)])
    headers = [("Content-Type", multipart.content_type()), ("Content-Encoding", "gzip")]
    assert wire.request(crowd.server.port, "POST", multipart.V1, headers, gzip.compress(form)).status == 400
    assert wire.request(crowd.server.port, "POST", multipart.V1, headers, form).status == 400
    assert multipart.upload(crowd.server.port, token, media.jpeg).status == 200


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, chunked"])
def test_a_packed_transfer_is_refused(crowd, coding):
    with wire.Connection(crowd.server.port, timeout=15) as connection:
        connection.send(wire.head_bytes("POST", "/api/2/echo", [FORM, ("Transfer-Encoding", coding)]) + bomb(MIB))
        connection.half_close()
        assert connection.read_response().status == 400


def test_a_bomb_is_no_photo(crowd):
    token = crowd.server.token(max_uploads=10)
    before = crowd.server.rss()
    for name, data in (("a.gz", bomb()), ("a.svgz", bomb()), ("a.jpg", bomb())):
        cost, answer = crowd.cost(lambda: multipart.upload(crowd.server.port, token, data, name))
        assert answer.status == 415 and cost < MOST_CPU, (answer.status, cost)
    crowd.server.assert_grew_less(16 * MIB, before, "peak")
    assert crowd.server.photos(token) == []


def test_nothing_is_packed_so_nothing_of_a_secret_shows_in_a_length(crowd):
    """BREACH and CRIME compare lengths of what was packed together with what they sent."""
    wish = [("Accept-Encoding", "gzip, deflate, br, zstd, *;q=1"), ("TE", "gzip, trailers")]
    for path in ("/api/2/echo?a=" + "x" * 5000, "/login", "/upload/" + crowd.token, "/api/2/openapi.json", "/assets/upload.js"):
        answer = wire.get(crowd.server.port, path, wish)
        assert answer.header("Content-Encoding") is None and answer.header("Transfer-Encoding") is None, path
    assert len(wire.get(crowd.server.port, "/api/2/echo?a=" + "x" * 5000, wish).body) > 5000


@pytest.mark.parametrize("kind", ["multipart", "urlencoded"])
def test_forms_that_never_end_hold_no_more_than_their_budget(make_server, media, kind):
    """Also while strangers hold all of it, whoever sends an ordinary form is served."""
    server = make_server(env={"STILE_UPLOAD_FORM_MEMORY": "1MiB"})
    value = "x" * 60_000
    if kind == "multipart":
        head = [("Content-Type", "multipart/form-data; boundary=b"), ("Content-Length", "1000000")]
        body = "".join(f'--b\r\nContent-Disposition: form-data; name="n{n}"\r\n\r\n{value}\r\n' for n in range(5))
    else:
        head = [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "1000000")]
        body = "&".join(f"n{n}={value}" for n in range(5))
    connections = [wire.Connection(server.port) for _ in range(20)]
    try:
        for connection in connections:
            try:
                connection.send(wire.head_bytes("POST", multipart.V1, head) + body.encode())
            except OSError:
                pass  # refused already
        figures = wait_until(lambda: refused_forms(server), what="forms that are refused")
        assert figures["stile_form_memory_bytes"] <= figures["stile_form_memory_limit_bytes"] == 1024 * 1024
        token = server.token()
        assert multipart.upload(server.port, token, media.jpeg, extras=[("title", "y" * 2_000)]).status == 200
        assert server.holds(token, media.jpeg)
    finally:
        for connection in connections:
            connection.close()
    wait_until(lambda: figures_of(server)["stile_form_memory_bytes"] == 0, what="the memory to be given back")


def figures_of(server):
    lines = wire.get(server.port, "/metrics").body.decode().splitlines()
    return {line.split()[0]: float(line.split()[1]) for line in lines if line.startswith("stile_form_memory")}


def refused_forms(server):
    figures = figures_of(server)
    return figures if figures["stile_form_memory_refused_total"] > 0 else None
