"""Holds every v2 JSON answer against the OpenAPI description that the binary gives of itself.

`wire` calls check() for each answer it reads, so that no test can receive one that is not described. What `data` always
has (x-always-present) is demanded unless the request asked for `fields`.
"""

import json
import subprocess
from functools import cache

import jsonschema

ROOT = "/api/2/"
DOCUMENT = ROOT + "openapi.json"

# Where there is no operation: an unknown name, still answered with an envelope.
NO_METHOD = {
    "type": "object", "required": ["status", "message", "code", "permission_level"], "additionalProperties": False,
    "properties": {"status": {"const": "error"}, "message": {"type": "string"}, "code": {"type": "string"},
                   "permission_level": {"$ref": "#/components/schemas/Level"}}}


class NotDescribed(AssertionError):
    """The server answered what its description does not say."""


def _always_present(validator, names, instance, _schema):
    if isinstance(instance, dict):
        for name in names:
            if name not in instance:
                yield jsonschema.ValidationError(f"{name!r} is always present, and is missing")


Whole = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"x-always-present": _always_present})


class Contract:
    def __init__(self, document):
        self.document = document
        self.resolver = jsonschema.RefResolver("", document)
        self.operations = {path[1:]: operation for path, item in document["paths"].items() for operation in item.values()}
        self.validators = {}

    def schema(self, method, status):
        operation = self.operations.get(method)
        if operation is None:
            return NO_METHOD
        described = operation["responses"].get(str(status))
        if described is None or "application/json" not in described.get("content", {}):
            raise NotDescribed(f"{method} answered {status} with JSON; described are {', '.join(operation['responses'])}")
        return described["content"]["application/json"]["schema"]

    def check(self, method, status, body, only_fields=False):
        """`only_fields`: the request named the properties it wants."""
        key = (method, status, only_fields)
        if key not in self.validators:
            kind = jsonschema.Draft202012Validator if only_fields else Whole
            self.validators[key] = kind(self.schema(method, status), resolver=self.resolver)
        try:
            answer = json.loads(body.decode("utf-8"), parse_constant=lambda name: 1 / 0)
        except (ValueError, ZeroDivisionError) as error:
            raise NotDescribed(f"{method} answered {status} with what is no JSON ({error}): {body[:300]!r}") from None
        error = jsonschema.exceptions.best_match(self.validators[key].iter_errors(answer))
        if error is not None:
            place = "".join(f"[{step!r}]" for step in error.absolute_path)
            raise NotDescribed(f"{method} answered {status}, and answer{place} is not as /api/2/openapi.json describes it: "
                               f"{error.message[:300]}\nThe answer: {body[:600]!r}")


@cache
def of_binary(variables=""):
    """`variables`: the setting photo.variables, names separated by commas."""
    from harness.server import BINARY, environment  # late: server uses wire, which uses this module

    env = environment({"STILE_PHOTO_VARIABLES": variables} if variables else None)
    done = subprocess.run([BINARY, "methods", "--openapi"], env=env, capture_output=True, check=True, timeout=30)
    return Contract(json.loads(done.stdout))


def variables_of(port):
    """Those of the server that listens there; none when it is not one of ours, but something between."""
    from harness.server import LIVE

    return next((server.env.get("STILE_PHOTO_VARIABLES", "") for server in LIVE if server.port == port), "")


def check(port, request_line, sent_fields, response):
    """`request_line`: b"GET /api/2/… HTTP/1.1"; `sent_fields`: whether the word `fields` occurred in the request."""
    method, target = request_line.decode("latin-1").split(" ")[:2]
    path = target.split("?")[0]
    if method == "HEAD" or not path.startswith(ROOT) or path == DOCUMENT or response.media_type != "application/json":
        return
    of_binary(variables_of(port)).check(path[len(ROOT):], response.status, response.body, sent_fields)
