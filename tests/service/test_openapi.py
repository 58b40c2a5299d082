"""The OpenAPI description: a good document, the same wherever it is asked for, and a check that notices lies."""

import json
from pathlib import Path

import jsonschema
import pytest

from harness import contract, wire
from harness.calls import Api
from harness.server import run_cli

PATH = "/api/2/openapi.json"
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "openapi-3.1.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def document(server):
    return wire.get(server.port, PATH).json()


def schemas_in(value, key=None):
    """Every schema object of the document."""
    if isinstance(value, dict):
        if key == "schema" or "type" in value and key not in ("properties", "bearer", "twentythree_auth"):
            yield value
        for name, inner in value.items():
            yield from schemas_in(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from schemas_in(inner)


def test_it_is_an_openapi_3_1_document(document):
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    schemas = list(schemas_in(document))
    assert len(schemas) > 300
    for schema in schemas:
        jsonschema.Draft202012Validator.check_schema(schema)


def test_what_it_refers_to_is_there(document):
    def references(value):
        if isinstance(value, dict):
            if "$ref" in value:
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    found = set(references(document))
    assert found
    resolver = jsonschema.RefResolver("", document)
    for reference in found:
        resolver.resolve(reference)
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    names = {scheme for operation in operations for one in operation["security"] for scheme in one}
    assert names == set(document["components"]["securitySchemes"])
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_the_command_line_prints_the_same(document):
    done = run_cli("methods", "--openapi")
    assert done.returncode == 0 and json.loads(done.stdout) == document


def test_it_is_served_to_anybody_and_cheap_to_ask_for_again(server, make_server):
    response = wire.get(server.port, PATH)
    assert response.status == 200 and response.media_type == "application/json"
    assert response.header("Access-Control-Allow-Origin") == "*"
    again = wire.get(server.port, PATH, [("If-None-Match", response.header("ETag"))])
    assert (again.status, again.body) == (304, b"")
    head = wire.request(server.port, "HEAD", PATH)
    assert head.status == 200 and head.header("Content-Length") == str(len(response.body))
    post = wire.request(server.port, "POST", PATH)
    assert post.status == 405 and "GET" in post.header("Allow")
    closed = make_server(env={"STILE_SITE_OPEN": "false"})
    assert wire.get(closed.port, PATH).body == response.body


def test_every_method_of_v2_is_in_it_with_its_level(document):
    listed = {row["name"]: row for row in json.loads(run_cli("methods", "--json").stdout)}
    operations = {path[1:]: operation for path, item in document["paths"].items() for operation in item.values()}
    assert set(operations) == {name for name, row in listed.items() if "v2" in row["generations"]}
    for name, operation in operations.items():
        assert operation["x-permission-level"] == listed[name]["level"]


@pytest.mark.parametrize("name, change", [
    ("a property too many", lambda answer: answer["data"].update(surprise=1)),
    ("one too few", lambda answer: answer["data"].pop("site_name")),
    ("one of another type", lambda answer: answer["data"].update(site_id="12")),
    ("an envelope without its level", lambda answer: answer.pop("permission_level")),
    ("a level that does not exist", lambda answer: answer.update(permission_level="god")),
])
def test_the_check_of_every_answer_notices(server, name, change):
    answer = Api(server)("site/get").json()
    checked = contract.of_binary()
    checked.check("site/get", 200, json.dumps(answer).encode())
    change(answer)
    with pytest.raises(contract.NotDescribed):
        checked.check("site/get", 200, json.dumps(answer).encode())


def test_the_check_notices_statuses_codes_and_what_is_no_json():
    checked = contract.of_binary()
    refusal = {"status": "error", "message": "no", "code": "no_such_tag", "permission_level": "read"}
    checked.check("tag/related", 404, json.dumps(refusal).encode())
    checked.check("no/method", 404, json.dumps(refusal).encode())
    for method, status, body in [
            ("tag/related", 400, json.dumps(refusal)), ("tag/list", 404, json.dumps(refusal)), ("tag/related", 404, "{"),
            ("tag/related", 404, json.dumps({**refusal, "message": ""})), ("echo", 200, '{"data":NaN}')]:
        with pytest.raises(contract.NotDescribed):
            checked.check(method, status, body.encode())


def test_answers_that_tests_receive_are_checked(server, monkeypatch):
    checked = []
    real = contract.Contract.check
    monkeypatch.setattr(contract.Contract, "check",
                        lambda self, *args: (checked.append(args), real(self, *args)))
    Api(server)("photo/list", {"fields": "title"})
    wire.get(server.port, "/api/2/nothing/there")
    wire.get(server.port, "/api/photo/list?format=json&raw")  # v1 has no description
    assert [(method, status, only) for method, status, _, only in checked] == [
        ("photo/list", 200, True), ("nothing/there", 404, False)]
