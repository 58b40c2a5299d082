"""Every method, parameter and format against a list of bad values: a well-formed answer with the right code, no 5xx, and
a refusal changes nothing. Methods and parameters are those the binary lists; forms as such are in test_bad_input.py."""

import itertools
import sqlite3

import pytest

from harness import multipart
from harness.answers import Answer, read_answer, unwrap
from harness.calls import Api
from harness.table import FORM, FORMATS, Line, encode, methods

MIB = 1 << 20
# `concatenate` answers with the answers of others, by name: a test of its own.
METHODS = [method for method in methods() if not method["streams"] and method["name"] != "concatenate"]
# These are for browsers: a redirect or a line of text.
FOR_BROWSERS = {"session/redeem-token", "user/redeem-login-token"}
# Parameters that a method needs although none of them is required.
NEEDED = {"photo/frame": {"photo_id"}, "photo/update": {"photo_id"}, "user/update": {"user_id"},
          "webhook/unsubscribe": {"webhook_id"}}
JSON_V2 = next(format for format in FORMATS if format.name == "v2 json")

VALUES = {
    "empty": b"",
    "word": b"abc",
    "negative": b"-1",
    "zero": b"0",
    "overlong number": b"9" * 400,
    "fraction": b"1.5",
    "exponent": b"1e999",
    "hexadecimal": b"0x10",
    "sql": b"1' OR '1'='1'; DROP TABLE photos; --",
    "html": b"<script>alert(1)</script><img src=x onerror=alert(1)>\"'",
    "header": b"x\r\nSet-Cookie: a=b\r\n\r\nHTTP/1.1 200 OK",
    "xml": b"]]><!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>&x;<!-- --></response>",
    "script": b"</script><!--\xe2\x80\xa8\xe2\x80\xa9\\u003cscript",
    "path": b"../../../../etc/passwd",
    "template": b"${7*7}{{7*7}}%s%n%x",
    "emoji": "🙈🏳️‍🌈é".encode(),
    "rtl": "\u202eabc\u202c שלום مرحبا".encode(),
    "control": b"\x01\x08\x1b[31m\x7f",
    "noncharacter": "\ufffe\uffff".encode(),
    "nul": b"a\x00b",
    "not utf-8": b"\xff\xfe",
    "overlong utf-8": b"\xc0\xaf",
    "surrogate": b"\xed\xa0\x80",
    "over-long": b"x" * 100_000,
}
NOT_TEXT = {"nul", "not utf-8", "overlong utf-8", "surrogate"}
# Values that a kind of parameter takes for good; every other one is refused.
GOOD = {
    "number": {"empty", "zero", "negative", "overlong number"},  # moved to the bound (decision 0005)
    "id": {"empty"},
    "flag": {"empty", "zero"},
    "one_of": {"empty"},
    "decimal": {"empty", "zero", "fraction", "overlong number"},
    "date": {"empty", "zero"},
    "ids": {"empty"},
}
CODES = {"ids": {"invalid_album"}}


class Bench:
    """A server with something in it, and for every method parameters that are good."""

    def __init__(self, server, media):
        self.server = server
        api = Api(server)
        self.api = api
        self.line = Line(server, api.keys["super"]["bearer_token"])
        self.token = server.token(title="A photo", tags="sea sky", max_uploads=100)
        assert multipart.upload(server.port, self.token, media.jpeg).status == 200
        self.photo_id = server.only_photo(self.token)["photo_id"]
        self.album_id = api.data("album/create", {"title": "An album"}, "super")["album_id"]
        self.user_id = api.data("user/create", {"email": "somebody@example.com"}, "super")["user_id"]
        self.catalog = sqlite3.connect(server.data / "stile.db")
        self.numbers = itertools.count(1)
        self.update = None

    def close(self):
        self.line.close()
        self.catalog.close()

    def good(self, method):
        """What the method needs to get as far as its work. What would take away the others' objects names none."""
        known = {"photo_id": self.photo_id, "album_id": self.album_id, "user_id": self.user_id, "title": "Some title",
                 "email": f"u{next(self.numbers)}@example.com", "tag": "sea", "time": "1", "upload_token": self.token,
                 "token": self.token, "target_url": "https://example.com/hook", "event": "video.uploaded",
                 "login_token": "x", "session_token": "x", "webhook_id": 999_999}
        if method["name"].split("/")[-1].startswith(("delete", "revoke")):
            known.update(photo_id=999_999, album_id=999_999, token="x")
        if method["name"] == "photo/redeem-update-token":
            known["update_token"] = self.update_token()
        chosen = {parameter["name"] for parameter in method["parameters"] if parameter["required"]}
        chosen |= NEEDED.get(method["name"], set())
        return {name: known[name] for name in chosen if name in known}

    def update_token(self):
        """One that is not used up: 1000 uses are the most there are."""
        if next(self.numbers) % 500 == 0 or self.update is None:
            wanted = {"photo_id": self.photo_id, "max_uses": 1000}
            self.update = self.api.data("photo/get-update-token", wanted, "super")["update_token"]
        return self.update

    def version(self):
        """Changes whenever somebody else has changed the catalog."""
        return self.catalog.execute("PRAGMA data_version").fetchone()[0]

    def contents(self):
        """Every row of every table."""
        names = [name for name, in self.catalog.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: sorted(map(repr, self.catalog.execute(f'SELECT * FROM "{name}"'))) for name in names}

    def ask(self, method, format, pairs):
        before = self.version()
        response = self.line.call(method["name"], format.generation, [*pairs, *format.parameters])
        if method["name"] in FOR_BROWSERS and response.media_type == "text/plain":
            assert response.status < 500 and response.header("X-Content-Type-Options") == "nosniff"
            answer = Answer(response.status < 400, "text", response.text)
        else:
            answer = read_answer(response, format)
        assert answer.ok or self.version() == before, "a refused call has changed the catalog"
        return answer


@pytest.fixture(scope="module")
def bench(server, media):
    bench = Bench(server, media)
    yield bench
    bench.close()
    server.prove_it_works()


def cases(method):
    """[(what, changes to the good parameters, codes that it must be refused with or None)]"""
    yield "an unknown parameter", [("no_such_parameter", b"<b>'\"")], None
    for parameter in method["parameters"]:
        name, kind = parameter["name"], parameter["kind"]
        refusals = {"invalid_input"} | CODES.get(kind, set())
        if name.endswith("token"):  # whatever is no token
            refusals |= {"token_required", "invalid_upload_token"}
        if parameter["required"]:
            yield f"no {name}", [(name, None)], refusals
            yield f"an empty {name}", [(name, b"")], refusals
        yield f"{name} twice", [(name, b"1"), (name, b"2")], None
        yield f"{name} as an array", [(name + "[]", b"1"), (name + "[x]", b"1")], None
        for label, value in VALUES.items():
            refused = kind in GOOD and label not in GOOD[kind] or label in NOT_TEXT
            refused = refused or label == "over-long" and 0 < parameter["max"] < len(value)
            yield f"{name} = {label}", [(name, value)], refusals if refused else None


def formats_of(number, changes):
    """Every format for what cannot be read, which is refused before there is a method; else those that write values in their
    own way, and of the others, which wrap the same text, one by turns."""
    value = changes[0][1] or b""
    if any(value == VALUES[label] for label in NOT_TEXT):
        return FORMATS
    if "password" in changes[0][0]:  # hashing one is slow on purpose
        return [format for format in FORMATS if not format.parameters]
    own = [format for format in FORMATS if format.name in ("v1 xml", "v1 json", "v2 json")]
    others = [format for format in FORMATS if format not in own]
    return [*own, others[number % len(others)]]


def changed(good, changes):
    names = {name for name, _ in changes}
    return [pair for pair in good.items() if pair[0] not in names] + [pair for pair in changes if pair[1] is not None]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method["name"])
def test_every_parameter_in_every_format(bench, method):
    offered = {parameter["name"]: parameter["generations"] for parameter in method["parameters"]}
    problems = []
    for number, (what, changes, codes) in enumerate(cases(method)):
        for format in formats_of(number, changes):
            if format.generation not in method["generations"]:
                continue
            is_read = format.generation in offered.get(changes[0][0], ("v1", "v2"))
            try:
                answer = bench.ask(method, format, changed(bench.good(method), changes))
                if codes and is_read and answer.code != "text":
                    assert answer.code in codes, f"{answer} instead of {codes}"
            except AssertionError as error:
                problems.append(f"{what}, {format.name}: {str(error)[:300]}")
    assert not problems, "\n".join([f"{len(problems)} problems", *problems[:40]])


BAD_NAMES = [b"alert(document.domain)//", b"</script>", b"a b", b"1a", b"a;b", b"a\nb", b"x" * 129, "é".encode(), b"a'b", b"=", b"a-b"]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method["name"])
def test_formatting_parameters(bench, method):
    """A name that is none is refused, and never stands in the answer; the wrapping is what the format has without it."""
    for format in FORMATS:
        if format.generation not in method["generations"]:
            continue
        for parameter in ("callback", "varname") if format.name == "v1 json" else ("callback",) if format.name == "v2 json" else ():
            for name in BAD_NAMES:
                answer = bench.ask(method, format, [(parameter, name), *bench.good(method).items()])
                assert answer.code in ("invalid_input", "text"), (format.name, parameter, name, answer)
        if not format.parameters:
            for value in (b"yaml", b"<xml>", b"json\r\nX: y"):
                assert bench.ask(method, format, [("format", value)]).code == "invalid_input"
    if "v2" in method["generations"]:
        for value in (b"<script>", b"a," * 150, b"__proto__", "🙈".encode()):
            bench.ask(method, JSON_V2, [("fields", value), *bench.good(method).items()])
        assert bench.ask(method, JSON_V2, [("fields", b"a," * 5000)]).code == "invalid_input"


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method["name"])
def test_ten_mebibytes(bench, method):
    """In the query, which no head may hold, and in the body: refused, and nobody remembers them."""
    line, before = bench.line, bench.contents()
    for generation in method["generations"]:
        path = ("/api/" if generation == "v1" else "/api/2/") + method["name"]
        response = line.send("GET", path + "?title=" + "x" * (10 * MIB))
        assert response.status in (414, 431) and response.media_type == "text/plain"
        line.close()
        response = line.send("POST", path, [FORM], b"title=" + b"x" * (10 * MIB))
        line.close()
        format = next(format for format in FORMATS if format.generation == generation)
        assert read_answer(response, format).code in ("invalid_input", "error_processing_upload"), response.text[:200]
        many = encode((f"p{n}", "x") for n in range(20_000)).encode()
        assert read_answer(line.send("POST", path, [FORM], many), format).code == "invalid_input"
        line.close()
    assert bench.contents() == before


def test_calls_in_one_call(bench):
    """Names and calls are the caller's: what comes back is an object of envelopes, whatever they are."""
    calls = [(value, b"/api/echo?a=" + value.replace(b"&", b"")) for label, value in VALUES.items()
             if label not in NOT_TEXT | {"over-long", "empty"}]
    calls += [(b"path" + value, value) for _, value in VALUES.items() if len(value) < 1000 and value.isascii() and b"\0" not in value]
    for format in (format for format in FORMATS if format.name in ("v1 json", "v1 raw", "v1 callback")):
        for chunk in (calls[at:at + 10] for at in range(0, len(calls), 10)):
            response = bench.line.call("concatenate", "v1", [*chunk, *format.parameters], verb="POST")
            assert response.status == 200 and b"</" not in response.body and b"<!" not in response.body
            answers = unwrap(response, format)
            assert len(answers) == len(chunk) and all(answer["status"] in ("ok", "error") for answer in answers.values())
    for label in sorted(NOT_TEXT):
        for format in (format for format in FORMATS if format.generation == "v1"):
            answer = read_answer(bench.line.call("concatenate", "v1", [("a", VALUES[label]), *format.parameters]), format)
            assert answer.code == "invalid_input"


@pytest.mark.parametrize("method", [method for method in methods() if method["streams"]], ids=lambda method: method["name"])
def test_methods_that_stream(bench, method):
    """Without a file every value is a refusal: text or an envelope, and never markup."""
    before = bench.contents()
    for generation, (label, value) in itertools.product(method["generations"], VALUES.items()):
        for name in [parameter["name"] for parameter in method["parameters"] if "oken" in parameter["name"]] + ["title"]:
            response = bench.line.call(method["name"], generation, [(name, value)], verb="POST")
            assert response.header("X-Content-Type-Options") == "nosniff" and response.header("Set-Cookie") is None
            if response.media_type == "text/plain":
                assert response.status in (400, 403, 404), (generation, name, label, response.status)
            else:
                format = next(format for format in FORMATS if format.generation == generation)
                assert not read_answer(response, format).ok, (generation, name, label)
    assert bench.contents() == before
