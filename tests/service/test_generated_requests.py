"""Requests made from the OpenAPI description by Hypothesis, told to the real server: no 5xx (but 503), always an envelope
of the right form, and as described (wire checks every answer); what the description allows is not invalid input.

STILE_SEED=… repeats a run, and its number is printed; without it the same requests are made every time.
"""

import json
import os
from pathlib import Path

import hypothesis
import pytest
from hypothesis import configuration
from hypothesis import strategies as st

from harness import multipart
from harness.answers import read_answer
from harness.requests_of import anything, described
from harness.server import DOMAIN, Server, run_cli
from harness.table import FORMATS, Line

configuration.set_hypothesis_home_dir(Path(__file__).resolve().parents[2] / "build" / "hypothesis")
SEED = int(os.environ.get("STILE_SEED", "20260101"))
DOCUMENT = json.loads(run_cli("methods", "--openapi").stdout)
OPERATIONS = {path[1:]: operation for path, item in DOCUMENT["paths"].items() for operation in item.values()}
LEVELS = ["none", "anonymous", "read", "write", "admin", "super"]
V2 = [format for format in FORMATS if format.generation == "v2"]

# Refused as invalid_input although every parameter is as described, because of what they are together.
TOGETHER = {
    "photo/frame": "photo_id or upload_token is required",
    "photo/update": "photo_id or update_token is required",
    "webhook/unsubscribe": "webhook_id or target_url is required",
    "photo/list": "a month and a day that the year does not have; published_p with a token",
}


def budget(examples):
    return hypothesis.settings(max_examples=examples, deadline=None, database=None, print_blob=True,
                               suppress_health_check=list(hypothesis.HealthCheck))


@pytest.fixture(scope="module")
def lines(stile_bin, media, tmp_path_factory):
    """A server closed to the public, which makes a stranger's level `none`; a line per level."""
    print(f"STILE_SEED={SEED}")
    server = Server(tmp_path_factory.mktemp("stile") / "data", probe=media.jpeg, domain=DOMAIN,
                    env={"STILE_SITE_OPEN": "false", "STILE_UPLOAD_RETRY_DELAY": "0s"}).start()
    token = server.token(title="A photo", tags="sea sky")
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    lines = {level: Line(server, server.credentials(level)["bearer_token"]) for level in ("read", "super")}
    lines["none"] = Line(server)
    yield lines
    for line in lines.values():
        line.close()
    server.prove_it_works()
    server.close()


def is_upload(operation):
    return "multipart/form-data" in operation.get("requestBody", {}).get("content", {})


def send(line, method, pairs, format):
    """The answer to a call, over the body where it has a file."""
    pairs = [*format.parameters, *pairs]  # first: a bad file is refused before what follows it is read
    if not is_upload(OPERATIONS[method]):
        return line.call(method, "v2", pairs)
    parts = [multipart.file(value if isinstance(value, bytes) else str(value).encode()) if name == "file" else
             multipart.field(name, value) for name, value in pairs]
    return line.send("POST", "/api/2/" + method, [("Content-Type", multipart.content_type())], multipart.encode(parts))


def judge(method, response, format):
    """The answer's meaning; None for one that is no envelope, where that is allowed."""
    operation = OPERATIONS[method]
    if is_upload(operation) and response.media_type == "text/plain":
        # A chunk, or a token that wants text: 500 is "give up", 503 "again" (docs/api.md).
        assert response.status in (200, 204, 301, 400, 403, 404, 413, 415, 500, 503), response.status
        return None
    assert response.status < 500, f"{response.status} {response.body[:300]!r}"
    if response.status in (301, 302, 303) or response.media_type in ("image/jpeg", "text/html", "text/plain"):
        assert str(response.status) in operation["responses"] or "text/plain" in str(operation["responses"])
        return None
    return read_answer(response, format)


def generated(strategy, examples):
    """Runs a test of (pairs, format) against a method with requests of `strategy`."""
    def run(method, check):
        @hypothesis.seed(SEED)
        @budget(examples)
        @hypothesis.given(strategy(DOCUMENT, OPERATIONS[method]), st.sampled_from(V2))
        def inner(pairs, format):
            check(pairs, format)

        inner()

    return run


@pytest.mark.parametrize("level", ["none", "super"])
@pytest.mark.parametrize("method", OPERATIONS)
def test_anything_at_all(lines, method, level):
    def check(pairs, format):
        answer = judge(method, send(lines[level], method, pairs, format), format)
        needed = OPERATIONS[method]["x-permission-level"]
        if answer and level == "none" and needed != "none" and "token" not in str(pairs):
            assert not answer.ok and answer.code in ("permission_denied", "invalid_input"), answer

    generated(anything, 25)(method, check)


@pytest.mark.parametrize("method", OPERATIONS)
def test_what_is_described_is_understood(lines, method):
    def check(pairs, format):
        answer = judge(method, send(lines["super"], method, pairs, format), format)
        if answer and method not in TOGETHER and not is_upload(OPERATIONS[method]):
            assert answer.code != "invalid_input", f"{answer.message}: {pairs}"

    generated(described, 15)(method, check)
