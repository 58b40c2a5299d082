"""A page of another origin must be able to read every answer, errors included. Source: design.md, "Answers"."""

import pytest

from harness import multipart, wire
from harness.multipart import V1, V2
from harness.resumable import Upload

PAGE = "https://app.example"


def allows(response, origin=PAGE):
    return response.header("Access-Control-Allow-Origin") in ("*", origin)


@pytest.mark.parametrize("path", [V1, V2, "/api/photo/get-upload-token", "/api/2/photo/get-upload-token"])
def test_a_preflight_is_answered_before_any_check(server, path):
    response = wire.request(server.port, "OPTIONS", path + "?upload_token=nonsense", [
        ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "x-requested-with, content-type"),
        ("Origin", PAGE)], origin=None)
    assert response.status in (200, 204) and allows(response)
    methods = response.header("Access-Control-Allow-Methods")
    assert all(method in methods for method in ("GET", "POST", "PUT", "PATCH"))
    headers = (response.header("Access-Control-Allow-Headers") or "").lower()
    assert headers == "*" or ("x-requested-with" in headers and "content-type" in headers)
    assert int(response.header("Access-Control-Max-Age", "0")) > 0


def test_every_answer_carries_the_header(server, media):
    token = server.token(max_uploads=5, return_url="https://www.example.com/back")
    port, headers = server.port, [("Origin", PAGE)]
    answers = {
        "redirect": multipart.upload(port, token, media.jpeg, headers=headers),
        "bad token": multipart.upload(port, "x", media.jpeg, headers=headers),
        "bad token v2": multipart.upload(port, "x", media.jpeg, path=V2, headers=headers),
        "bad type": multipart.upload(port, server.token(), media.PDF, headers=headers),
        "no boundary": wire.request(port, "POST", V1, [("Content-Type", "multipart/form-data")], b"x"),
        "bad method": wire.request(port, "DELETE", V1, headers, origin=None),
        "denied": wire.get(port, "/api/2/photo/get-upload-token", headers, origin=None),
        "unknown": wire.get(port, "/api/photo/no-such-thing", headers, origin=None),
        "length": wire.request(port, "POST", V1, [("Transfer-Encoding", "chunked"), *headers], b"x", origin=None),
        "test": wire.get(port, V1 + "?resumableChunkNumber=x&upload_token=y", headers, origin=None),
    }
    missing = [name for name, answer in answers.items() if not allows(answer)]
    assert not missing, f"no Access-Control-Allow-Origin on: {missing}"


def test_one_header_only(server, media):
    response = multipart.upload(server.port, server.token(), media.jpeg, headers=[("Origin", PAGE)])
    assert len(response.all("Access-Control-Allow-Origin")) == 1


def test_origins_are_a_setting(make_server, media):
    server = make_server(env={"STILE_CORS_ORIGINS": PAGE})

    def ask(origin, method="GET"):
        headers = [("Origin", origin), ("Access-Control-Request-Method", "POST")]
        return wire.request(server.port, method, V1, headers, origin=None)

    for method in ("GET", "OPTIONS"):
        listed, other = ask(PAGE, method), ask("https://evil.example", method)
        assert listed.header("Access-Control-Allow-Origin") == PAGE
        assert "origin" in (listed.header("Vary") or "").lower()
        assert other.header("Access-Control-Allow-Origin") in (None, PAGE)


def test_the_redirect_of_a_final_chunk_can_be_read_as_json_from_another_origin(server, media):
    token = server.token(return_url="https://www.example.com/back")
    upload = Upload(server, token, media.mp4_of(30_000), 10_000, headers=[("Accept", "application/json")])
    answer = upload.run()[upload.count]
    assert answer.status == 200 and answer.json()["redirect_url"].startswith("https://www.example.com/back?")
