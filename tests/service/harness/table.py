"""The methods that the binary says it has, and connections that outlive many calls of them."""

import json
from collections import namedtuple
from functools import cache
from urllib.parse import quote_from_bytes

from harness import wire
from harness.server import run_cli

FORM = ("Content-Type", "application/x-www-form-urlencoded")

# How an answer can be asked for: parameters, and what is to be expected of it (read_answer).
Format = namedtuple("Format", "name generation parameters wrap")
FORMATS = [
    Format("v1 xml", "v1", (), None),
    Format("v1 json", "v1", (("format", "json"),), ("var visual = ", "")),
    Format("v1 raw", "v1", (("format", "json"), ("raw", "1")), ("", "")),
    Format("v1 varname", "v1", (("format", "json"), ("varname", "some.name")), ("var some.name = ", "")),
    Format("v1 callback", "v1", (("format", "json"), ("callback", "some.call")), ("some.call(", ");")),
    Format("v2 json", "v2", (), ("", "")),
    Format("v2 callback", "v2", (("callback", "some.call"),), ("/* */\nsome.call(", ");")),
    Format("v2 xml", "v2", (("format", "xml"),), None),
]


@cache
def methods():
    """[{name, level, generations, streams, parameters: [{name, kind, required, max, generations}]}]"""
    done = run_cli("methods", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def encode(pairs):
    """Pairs of text or bytes, urlencoded; bytes need not be UTF-8."""
    def escape(text):
        return quote_from_bytes(text if isinstance(text, bytes) else str(text).encode("utf-8", "surrogatepass"), safe="")

    return "&".join(f"{escape(name)}={escape(value)}" for name, value in pairs)


class Line:
    """Calls one after the other over one connection; a new one when the server ends it."""

    def __init__(self, server, bearer=None):
        self.server, self.bearer, self.connection = server, bearer, None

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def send(self, verb, target, headers=(), body=b""):
        headers = [*headers, ("Authorization", f"Bearer {self.bearer}")] if self.bearer else list(headers)
        if verb == "POST":
            headers.append(("Content-Length", str(len(body))))
        if self.connection is None:
            self.connection = wire.Connection(self.server.port)
        self.connection.send_if_taken(wire.head_bytes(verb, target, headers) + body)
        response = self.connection.read_response(verb)
        if (response.header("Connection") or "").lower() == "close":
            self.close()
        return response

    def call(self, method, generation, pairs, verb=None):
        """In the query while that is short, in a body otherwise, unless told."""
        path = ("/api/" if generation == "v1" else "/api/2/") + method
        encoded = encode(pairs)
        if verb == "GET" or verb is None and len(encoded) < 2000:
            return self.send("GET", path + ("?" + encoded if encoded else ""))
        return self.send("POST", path, [FORM], encoded.encode())
