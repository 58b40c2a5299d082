"""Reads an envelope in any format, strictly: what is not well-formed, or not of its type, fails."""

import json
from collections import namedtuple
from xml.etree import ElementTree

Answer = namedtuple("Answer", "ok code message")

TYPES = {"v1": "application/x-javascript; charset=utf-8", "v2": "application/json; charset=utf-8",
         "script": "application/javascript; charset=utf-8", "xml": "text/xml; charset=utf-8"}


def _no_constants(name):
    raise ValueError(f"{name} is no JSON")


def _unique(pairs):
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), f"a name twice in one object: {names}"
    return dict(pairs)


def unwrap(response, format):
    """The JSON inside `var x = …` or `f(…);`."""
    before, after = format.wrap
    text = response.text
    assert text.startswith(before) and text.endswith(after), f"not wrapped as {format.name}: {text[:200]!r}"
    return json.loads(text[len(before):len(text) - len(after)], parse_constant=_no_constants, object_pairs_hook=_unique)


def read_answer(response, format):
    """Whether it was done, and if not the code. Nothing in it may be read as markup."""
    assert response.header("X-Content-Type-Options") == "nosniff"
    assert response.header("Set-Cookie") is None, "a header came from a parameter"
    if format.wrap is None:
        assert response.header("Content-Type") == TYPES["xml"], response.header("Content-Type")
        assert b"<!DOCTYPE" not in response.body and b"<!ENTITY" not in response.body and b"<script" not in response.body
        root = ElementTree.fromstring(response.body)
        assert root.tag == "response" and root.get("permission_level")
        ok, code, message = root.get("status") == "ok", root.get("code"), root.get("message")
        assert ok or root.get("status") == "error"
    else:
        is_script = format.generation == "v2" and format.wrap != ("", "")
        assert response.header("Content-Type") == TYPES["script" if is_script else format.generation]
        assert b"</" not in response.body and b"<!" not in response.body, "a script element could end here"
        envelope = unwrap(response, format)
        ok, code, message = envelope["status"] == "ok", envelope.get("code"), envelope.get("message")
        assert ok or envelope["status"] == "error"
    assert ok or (code and message), f"an error without code or words: {response.body[:300]!r}"
    if format.generation == "v1":
        assert response.status == 200
    else:
        assert (response.status == 200) == ok and response.status < 500, response.status
    return Answer(ok, code, message)
