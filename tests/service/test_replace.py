"""photo/get-replace-token, photo/redeem-replace-token, photo/replace. Source: spec/api.md 3.5, 3.6, 3.9, 4."""

import hashlib
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlsplit

import pytest

from harness import multipart, oauth, wire
from harness.calls import Api
from harness.multipart import field, file
from harness.resumable import Upload, finals, shuffled
from harness.wait import wait_until

REDEEM, REDEEM_V2 = "/api/photo/redeem-replace-token", "/api/2/photo/redeem-replace-token"
REPLACE, REPLACE_V2 = "/api/photo/replace", "/api/2/photo/replace"
REPLACED = "The photo was successfully replaced"
CHUNK = 64_000


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.fixture
def photo(server, media):
    return stored(server, media.mp4_of(10_000, 1))


def stored(server, data, filename="old.mp4", **token):
    name = server.token(**token)
    assert multipart.upload(server.port, name, data, filename).status == 200
    return server.only_photo(name)


def replace_token(api, photo, **params):
    return api.data("photo/get-replace-token", {"photo_id": photo["photo_id"], **params}, "write")["replace_token"]


def send(server, token, data, path=REDEEM, extras=(), headers=()):
    parts = [field("replace_token", token), *(field(*pair) for pair in extras), file(data, "new.mp4")]
    return multipart.post(server.port, parts, path, headers)


def listed(api, photo):
    (item,) = api.data("photo/list", {"photo_id": photo["photo_id"], "include_unpublished_p": 1})
    return item


def archived(server):
    return [path for path in (server.data / "archive").rglob("*") if path.is_file()]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def bearer(api, level):
    return [("Authorization", "Bearer " + api.keys[level]["bearer_token"])]


# The token


def test_a_replace_token_says_what_it_is_good_for(api, photo):
    asked = {"photo_id": photo["photo_id"], "return_url": "https://example.com/back", "background_return_p": "1",
             "valid_minutes": "20", "max_uploads": "3"}
    before = int(time.time())
    body = api("photo/get-replace-token", asked, "write").json()
    assert body["message"] == "The replace token is ready to use" and body["status"] == "ok"
    data = body["data"]
    assert list(data) == ["photo_id", "max_uploads", "valid_minutes", "valid_until", "background_return_p",
                          "return_url", "replace_token"]
    assert data["photo_id"] == int(photo["photo_id"]) and data["background_return_p"] is True
    assert data["max_uploads"] == 3 and data["valid_minutes"] == 20
    assert before + 1200 <= data["valid_until"] <= int(time.time()) + 1200
    assert len(data["replace_token"]) == 64 and data["replace_token"].isalnum()


def test_a_replace_token_in_v1(api, photo):
    names = ["replace_token", "photo_id", "max_uploads", "valid_minutes", "valid_until", "return_url"]
    root = api.xml("photo/get-replace-token", {"photo_id": photo["photo_id"]}, "write")
    assert [child.tag for child in root] == names
    assert root.get("message") == "The replace token is ready to use"
    answer = api.v1_json("photo/get-replace-token", {"photo_id": photo["photo_id"]}, "write")
    assert list(answer["replacetoken"]) == names
    assert all(isinstance(value, str) for value in answer["replacetoken"].values())
    assert answer["replacetoken"]["valid_minutes"] == "180" and answer["endpoint"] == "/api/photo/get-replace-token"


@pytest.mark.parametrize("v1, most", [(True, "100"), (False, 1000)])
def test_numbers_are_moved_to_their_bounds(api, photo, v1, most):
    asked = {"photo_id": photo["photo_id"], "max_uploads": 99_999, "valid_minutes": 99_999}
    data = (api.v1_json("photo/get-replace-token", asked, "write")["replacetoken"] if v1 else
            api.data("photo/get-replace-token", asked, "write"))
    assert data["max_uploads"] == most and str(data["valid_minutes"]) == "1440"


def test_who_gets_no_replace_token(api, photo):
    ask = {"photo_id": photo["photo_id"]}
    assert api.code("photo/get-replace-token", ask, "read") == (403, "permission_denied")
    assert api.code("photo/get-replace-token", {"photo_id": 999_999}, "write") == (404, "no_such_photo")
    assert api.code("photo/get-replace-token", {}, "write") == (400, "invalid_input")
    assert api.code("photo/get-replace-token", {**ask, "valid_minutes": "x"}, "write") == (400, "invalid_input")
    assert api.code("photo/get-replace-token", {**ask, "return_url": "javascript:x"}, "write") == (400, "invalid_input")


# Redeeming it


@pytest.mark.parametrize("path", [REDEEM, REPLACE, REPLACE_V2])
def test_a_form_replaces_the_file(server, api, photo, media, path):
    new, before = media.mp4_of(20_000, 2), wire.get(server.port, server.original_path(photo))
    token = replace_token(api, photo)
    answer = send(server, token, new, path)
    assert answer.status == 200 and answer.media_type == "text/plain"
    assert answer.text == str(photo["photo_id"])
    after = wire.get(server.port, server.original_path(photo))
    assert after.body == new and after.header("ETag") != before.header("ETag")
    assert "new.mp4" in after.header("Content-Disposition")
    shown = server.photo(photo["photo_id"])
    assert shown["token"] == photo["token"] and shown["created_at"] == photo["created_at"]
    assert shown["size"] == 20_000 and listed(api, photo)["original_filename"] == "new.mp4"
    assert len(server.photos(photo["upload_token"])) == 1, "the photo is still that of its upload token"
    assert send(server, token, new, path).status in (403, 404)


def test_v2_redeem_and_formats_answer_with_envelopes(server, api, photo, media):
    facts = {"photo_id": int(photo["photo_id"]), "tree_id": int(photo["tree_id"]), "token": photo["token"]}
    body = send(server, replace_token(api, photo), media.mp4, REDEEM_V2).json()
    assert body["message"] == REPLACED and body["data"] == facts and body["photo_id"] == facts["photo_id"]
    chosen = send(server, replace_token(api, photo), media.mp4, REPLACE_V2, [("format", "json")]).json()
    assert chosen["data"] == facts
    v1 = send(server, replace_token(api, photo), media.mp4, REDEEM, [("format", "json"), ("raw", "1")]).json()
    assert v1["message"] == REPLACED and v1["photo"] == {name: str(value) for name, value in facts.items()}
    script = send(server, replace_token(api, photo), media.mp4, REDEEM, headers=[("Accept", "application/json")]).json()
    assert script["photo_id"] == str(photo["photo_id"]) and script["content_type"] == "video/mp4"


def test_the_same_bytes_again_are_another_version(server, api, photo):
    data, before = server.original(photo), wire.get(server.port, server.original_path(photo)).header("ETag")
    assert send(server, replace_token(api, photo), data).status == 200
    after = wire.get(server.port, server.original_path(photo), [("If-None-Match", before)])
    assert after.status == 200 and after.header("ETag") != before


@pytest.mark.parametrize("path", [REDEEM, REPLACE, REPLACE_V2])
@pytest.mark.parametrize("mode, order", [("multipart", "token_first"), ("multipart", "file_first"),
                                         ("multipart", "fields_first"), ("octet", "fields_first")])
def test_chunks_in_parallel_and_in_any_order_replace_the_file(server, api, photo, media, path, mode, order):
    data = media.mp4_of(5 * CHUNK + 17, 3)
    upload = Upload(server, replace_token(api, photo), data, CHUNK, path=path, mode=mode, order=order,
                    token_field="replace_token")
    answers = upload.run(shuffled(upload.numbers(), 7), parallel=4)
    last = finals(answers)
    assert {answer.text for answer in last} == {str(photo["photo_id"])}
    assert server.original(photo) == data
    # A lost answer is given again, and the file is not replaced again.
    etag = wire.get(server.port, server.original_path(photo)).header("ETag")
    assert upload.send(2).text == str(photo["photo_id"]) == upload.test(1).text
    assert wire.get(server.port, server.original_path(photo)).header("ETag") == etag


def test_a_chunked_replacement_survives_kill_9(make_server, media):
    server = make_server()
    api = Api(server)
    old, photo = media.mp4_of(30_000, 1), None
    photo = stored(server, old)
    for round_number in range(5):
        new = media.mp4_of(3 * CHUNK, 10 + round_number)
        upload = Upload(server, replace_token(api, photo), new, CHUNK, path=REPLACE_V2, token_field="replace_token")
        upload.run([2, 1])
        with ThreadPoolExecutor(1) as pool:
            last = pool.submit(upload.persist, 3, None, 60)
            threading.Event().wait(0.004 * round_number)  # the kill comes at different moments of the finish
            server.restart("kill")
            assert server.original(photo) in (old, new)
            assert last.result().status == 200
        assert server.original(photo) == new
        assert server.rows("SELECT used FROM tokens WHERE token = ?", (upload.token,)) == [(1,)]
        old = new
    wait_until(lambda: len(archived(server)) == 1, what="the replaced files to go")
    assert server.staged() == []


def test_whoever_downloads_meanwhile_has_one_file_or_the_other(server, api, media):
    versions = [media.mp4_of(150_000 + n, n) for n in range(12)]
    good = {digest(version): len(version) for version in versions}
    photo = stored(server, versions[0])
    tokens = [replace_token(api, photo) for _ in versions[1:]]
    path, done, seen = server.original_path(photo), threading.Event(), []

    def read():
        while not done.is_set():
            answer = wire.get(server.port, path)
            seen.append((answer.status, digest(answer.body), int(answer.header("Content-Length") or -1)))

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        try:
            for token, version in zip(tokens, versions[1:]):
                assert send(server, token, version).status == 200
                before = len(seen)
                wait_until(lambda: len(seen) > before + len(readers) or any(reader.done() for reader in readers), what="a look at it")
        finally:
            done.set()
        for reader in readers:
            reader.result()
    for status, sha256, length in seen:
        assert status == 200 and good.get(sha256) == length, f"{status}, {length} bytes of neither file"
    assert server.original(photo) == versions[-1]


def test_replacements_at_once_each_count_and_one_of_them_stays(server, api, photo, media):
    versions = [media.mp4_of(40_000, n) for n in range(8)]
    token = replace_token(api, photo, max_uploads=8)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda version: send(server, token, version).status, versions))
    assert answers == [200] * 8
    assert server.rows("SELECT used FROM tokens WHERE token = ?", (token,)) == [(8,)]
    assert server.original(photo) in versions
    wait_until(lambda: server.rows("SELECT * FROM removals") == [], what="the other files to go")


def test_tokens_are_good_for_their_own_kind_only(server, api, photo, media):
    upload, replace = server.token(), replace_token(api, photo)
    as_upload = multipart.upload(server.port, replace, media.mp4)
    assert as_upload.status == 403 and as_upload.text.strip() == "The upload token is invalid"
    as_replace = send(server, upload, media.mp4)
    assert as_replace.status == 403 and as_replace.text.strip() == "The replace token is invalid"
    for kind, path, name in ((replace, multipart.V1, "upload_token"), (upload, REPLACE_V2, "replace_token")):
        chunks = Upload(server, kind, media.mp4_of(2 * CHUNK), CHUNK, path=path, token_field=name)
        assert chunks.send(1).status == 500 and chunks.test(1).status == 500
    assert server.photos(replace) == [] and server.photos(upload) == []
    assert api.data("photo/list", {"upload_token": replace}, None) == []
    assert server.original(photo) == media.mp4_of(10_000, 1)
    assert wire.get(server.port, f"/upload/{replace}").status == 404, "the upload page is for uploads"
    # Neither was used.
    assert multipart.upload(server.port, upload, media.jpeg).status == 200
    assert send(server, replace, media.mp4).status == 200


def test_a_token_that_is_used_up_or_expired_says_so(server, api, photo, media):
    used, expired = replace_token(api, photo), replace_token(api, photo)
    assert send(server, used, media.mp4).status == 200
    server.expire(expired)
    assert send(server, used, media.mp4).text.strip() == "The replace token has already been used"
    assert send(server, expired, media.mp4).text.strip() == "The replace token has expired"
    refused = send(server, expired, media.mp4, REDEEM_V2)
    assert refused.status == 403 and refused.json()["message"] == "The replace token has expired"


def test_a_photo_that_is_deleted_meanwhile_fails_cleanly(server, api, photo, media):
    token = replace_token(api, photo)
    upload = Upload(server, token, media.mp4_of(3 * CHUNK), CHUNK, path=REPLACE_V2, token_field="replace_token")
    upload.run([1, 2])
    assert api("photo/delete", {"photo_id": photo["photo_id"]}, "write", verb="POST").status == 200
    refused = upload.send(3)
    assert refused.status == 500 and "does not exist any more" in refused.text
    assert send(server, token, media.mp4).status == 404
    assert server.rows("SELECT used FROM tokens WHERE token = ?", (token,)) == [(0,)]
    kept = server.rows("SELECT COUNT(*) FROM photos")[0][0]
    wait_until(lambda: len(archived(server)) == kept and not server.staged(), what="the files to go")


def test_what_is_refused_leaves_the_photo_as_it_was(server, api, photo, media):
    token = replace_token(api, photo)
    assert send(server, token, media.TEXT).status == 415
    assert multipart.post(server.port, [field("replace_token", token)], REDEEM).status == 400
    assert server.original(photo) == media.mp4_of(10_000, 1)
    assert send(server, token, media.mp4).status == 200, "what failed cost no use"


def test_the_browser_is_sent_back_with_the_replace_token(server, api, photo, media):
    token = replace_token(api, photo, return_url="https://example.com/back?own=1", theme="green")
    answer = send(server, token, media.mp4, extras=[("note", "n"), ("photo_id", "666")])
    assert answer.status == 301
    assert parse_qsl(urlsplit(answer.header("Location")).query) == [
        ("own", "1"), ("domain", server.domain), ("replace_token", token), ("photo_id", str(photo["photo_id"])),
        ("tree_id", str(photo["tree_id"])), ("token", photo["token"]), ("theme", "green"), ("note", "n")]
    token = replace_token(api, photo, return_url="https://example.com/back")
    failed = send(server, token, media.TEXT)
    assert failed.status == 301
    assert [name for name, _ in parse_qsl(urlsplit(failed.header("Location")).query)] == [
        "domain", "replace_token", "error_message"]


def test_a_back_end_is_called_with_the_replace_token(server, api, photo, media, receiver):
    token = replace_token(api, photo, return_url=receiver.url(), background_return_p=1)
    answer = send(server, token, media.mp4)
    (call,) = receiver.wait_for(1)
    facts = f"{photo['tree_id']} {photo['photo_id']} {photo['token']}"
    assert answer.text == f"ok {server.domain} {facts} {receiver.url(call.target)}"
    assert call.query[:3] == [("domain", server.domain), ("replace_token", token), ("photo_id", str(photo["photo_id"]))]


# Posters


def test_an_image_for_a_video_is_its_poster(server, api, photo, media):
    assert "poster_download" not in listed(api, photo)
    poster = server.original_path(photo).replace("/original", "/poster")
    assert wire.get(server.port, poster).status == 404
    assert send(server, replace_token(api, photo), media.jpeg).status == 200
    assert server.original(photo) == media.mp4_of(10_000, 1), "the video itself stays"
    answer = wire.get(server.port, poster + "/slug-thumbnail.jpg")
    assert answer.status == 200 and answer.body == media.jpeg and answer.header("Content-Type") == "image/jpeg"
    item = listed(api, photo)
    assert item["poster_size"] == len(media.jpeg) and item["poster_download"] == poster
    assert item["video_p"] is True and item["original_size"] == 10_000
    other = media.jpeg_of(9_000)
    assert send(server, replace_token(api, photo), other).status == 200
    again = wire.get(server.port, poster, [("If-None-Match", answer.header("ETag"))])
    assert again.status == 200 and again.body == other
    assert wire.get(server.port, poster, [("Range", "bytes=10-19")]).body == other[10:20]
    assert wire.get(server.port, poster.replace(photo["token"], "0" * 32)).status == 404
    api("photo/delete", {"photo_id": photo["photo_id"]}, "write", verb="POST")
    assert wire.get(server.port, poster).status == 404


def test_an_image_for_an_image_is_its_file(server, api, media):
    photo = stored(server, media.jpeg, "old.jpg")
    new = media.jpeg_of(5_000)
    assert send(server, replace_token(api, photo), new).status == 200
    assert server.original(photo) == new and "poster_download" not in listed(api, photo)


# By a caller's own right


def replace_by_right(server, photo_id, data, headers, path=REPLACE_V2, extras=()):
    parts = [field("photo_id", photo_id), *(field(*pair) for pair in extras), file(data, "new.mp4")]
    return multipart.post(server.port, parts, path, headers)


def test_a_writer_replaces_without_a_token(server, api, photo, media):
    facts = {"photo_id": int(photo["photo_id"]), "tree_id": int(photo["tree_id"]), "token": photo["token"]}
    new = media.mp4_of(30_000, 5)
    answer = replace_by_right(server, photo["photo_id"], new, bearer(api, "write"))
    assert answer.status == 200 and answer.json() == {
        "status": "ok", "message": REPLACED, "permission_level": "write", "cached": False, "data": facts}
    assert server.original(photo) == new
    answer = replace_by_right(server, photo["photo_id"], media.mp4, bearer(api, "write"), REPLACE)
    assert answer.header("Content-Type") == "text/xml; charset=utf-8"
    assert answer.text.endswith(
        f'<response status="ok" permission_level="write" message="{REPLACED}" cached="0"><photo_id>{photo["photo_id"]}'
        f'</photo_id><tree_id>{photo["tree_id"]}</tree_id><token>{photo["token"]}</token></response>')
    assert server.original(photo) == media.mp4


def test_the_file_may_come_before_its_fields(server, api, photo, media):
    parts = [file(media.jpeg_of(4_000)), field("photo_id", photo["photo_id"])]
    assert multipart.post(server.port, parts, REPLACE_V2, bearer(api, "write")).status == 200
    parts = [file(media.mp4), field("replace_token", replace_token(api, photo))]
    assert multipart.post(server.port, parts, REPLACE_V2).text == str(photo["photo_id"])
    assert server.original(photo) == media.mp4


def test_oauth_in_the_header_of_a_form_whose_fields_are_unsigned(server, api, photo, media):
    url = f"http://127.0.0.1{REPLACE}"
    signed = oauth.header(oauth.sign(api.keys["write"], "POST", url))
    answer = replace_by_right(server, photo["photo_id"], media.mp4, [("Authorization", signed)], REPLACE,
                              [("format", "json")])
    assert json.loads(answer.text.removeprefix("var visual = "))["photo"]["photo_id"] == str(photo["photo_id"])
    again = replace_by_right(server, photo["photo_id"], media.mp4, [("Authorization", signed)], REPLACE)
    assert "invalid_signature" in again.text, "a signed request counts once"


@pytest.mark.parametrize("level, expected", [("read", (403, "permission_denied")), (None, (403, "permission_denied"))])
def test_others_replace_nothing(server, api, photo, media, level, expected):
    headers = bearer(api, level) if level else []
    for parts in ([field("photo_id", photo["photo_id"]), file(media.mp4)],
                  [file(media.mp4), field("photo_id", photo["photo_id"])]):
        refused = multipart.post(server.port, parts, REPLACE_V2, headers)
        assert (refused.status, refused.json()["code"]) == expected
        told = multipart.post(server.port, parts, REPLACE, headers)
        assert told.status == 200 and 'code="permission_denied"' in told.text
    bad = multipart.post(server.port, [field("photo_id", photo["photo_id"]), file(media.mp4)], REPLACE_V2,
                         [("Authorization", "Bearer nobody")])
    assert bad.status == 401
    assert server.original(photo) == media.mp4_of(10_000, 1)
    wait_until(lambda: not server.staged(), what="the refused files to go")


def test_what_cannot_be_done_is_said(server, api, photo, media):
    writer = bearer(api, "write")
    missing = replace_by_right(server, 999_999, media.mp4, writer)
    assert (missing.status, missing.json()["code"]) == (404, "no_such_photo")
    assert replace_by_right(server, "x", media.mp4, writer).json()["code"] == "invalid_input"
    assert replace_by_right(server, photo["photo_id"], media.TEXT, writer).status == 415
    assert replace_by_right(server, photo["photo_id"], b"", writer).json()["code"] == "no_file"
    crop = replace_by_right(server, photo["photo_id"], media.jpeg, writer, extras=[("crop_p", "1")])
    assert (crop.status, crop.json()["code"]) == (412, "feature_not_available")
    chunk = replace_by_right(server, photo["photo_id"], media.mp4, writer, extras=[
        ("resumableChunkNumber", "1"), ("resumableChunkSize", "5"), ("resumableTotalSize", "50"),
        ("resumableIdentifier", "x")])
    assert chunk.status == 400, "a piece of a file must not become the file"
    ask = {"photo_id": photo["photo_id"]}
    assert api.code("photo/replace", {**ask, "time": "1.5"}, "write", verb="POST") == (412, "feature_not_available")
    assert api.code("photo/replace", ask, "write", verb="POST") == (400, "no_file")
    assert api.code("photo/replace", ask, "write") == (400, "no_file")
    assert api.code("photo/replace", {**ask, "time": "1"}, "read", verb="POST") == (403, "permission_denied")
    assert server.original(photo) == media.mp4_of(10_000, 1)


# By the upload token that made the photo (v2)


def by_upload_token(server, token, data, path=REPLACE_V2, extras=()):
    parts = [field("upload_token", token), *(field(*pair) for pair in extras), file(data, "new.mp4")]
    return multipart.post(server.port, parts, path)


def test_an_upload_token_replaces_what_it_made(server, api, media):
    token = server.token(max_uploads=2)
    uploads = [Upload(server, token, media.mp4_of(2 * CHUNK, n), CHUNK, identifier=f"film {n}") for n in range(2)]
    ids = []
    for upload in uploads:
        ids += [answer.text for answer in finals(upload.run())]
    named = by_upload_token(server, token, media.jpeg, extras=[("resumableIdentifier", "film 1")])
    assert named.status == 200 and named.json()["data"]["photo_id"] == int(ids[1])
    assert listed(api, {"photo_id": ids[1]})["poster_size"] == len(media.jpeg)
    assert by_upload_token(server, token, media.mp4).status == 400, "there are two"
    assert by_upload_token(server, token, media.mp4, extras=[("photo_id", ids[0])]).status == 200
    assert server.original(server.photo(ids[0])) == media.mp4
    stranger = stored(server, media.mp4)
    foreign = by_upload_token(server, token, media.mp4, extras=[("photo_id", stranger["photo_id"])])
    assert (foreign.status, foreign.json()["code"]) == (404, "no_such_photo")
    assert by_upload_token(server, "A" * 64, media.mp4).status == 404
    assert by_upload_token(server, replace_token(api, stranger), media.mp4).status == 404, "another kind of token"
    assert 'code="permission_denied"' in by_upload_token(server, token, media.mp4, REPLACE).text, "v1 does not know it"
    server.expire(token)
    assert by_upload_token(server, token, media.mp4, extras=[("photo_id", ids[0])]).status == 403


# photo/delete-upload-token


def test_an_upload_token_deletes_what_it_made(server, api, media):
    token = server.token(max_uploads=2)
    for n in range(2):
        assert multipart.upload(server.port, token, media.jpeg_of(4_000, n)).status == 200
    first, second = (str(photo["photo_id"]) for photo in server.photos(token))
    stranger = stored(server, media.jpeg)

    def delete(photo_id, secret, **more):
        params = {"photo_id": photo_id, "upload_token": secret, **more}
        return api("photo/delete-upload-token", params, None, verb="POST")

    assert delete(stranger["photo_id"], token).json()["code"] == "no_such_photo"
    assert delete(first, "A" * 64).status == 404
    assert delete(first, replace_token(api, {"photo_id": first})).status == 404
    assert delete(first, token, resumableIdentifier="another").json()["code"] == "no_such_photo"
    assert delete(first, "").status == 400 and delete("", token).status == 400
    assert len(server.photos(token)) == 2
    answer = delete(first, token)
    assert answer.status == 200 and answer.json() == {
        "status": "ok", "message": "The photo/video was deleted", "permission_level": "anonymous", "cached": False,
        "data": {}}
    assert [str(photo["photo_id"]) for photo in server.photos(token)] == [second]
    server.expire(token)
    assert delete(second, token).status == 403
    v1 = api("photo/delete-upload-token", {"photo_id": second, "upload_token": token}, None, v1=True, verb="POST")
    assert 'code="no_such_object"' in v1.text
    assert len(server.photos(token)) == 1
