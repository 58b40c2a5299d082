"""Names, ids and tokens that want to be paths, headers or commands. See docs/security.md."""

import re

import pytest

from harness import multipart, wire
from harness.multipart import V1, V2, field, file
from harness.resumable import Upload

HOSTILE = {
    "up": "../../../../etc/passwd",
    "up on Windows": "..\\..\\..\\windows\\win.ini",
    "absolute": "/etc/cron.d/evil",
    "drive": "C:\\x\\evil.exe",
    "stream": "holiday.jpg:evil.exe",
    "unc": "//host/share/x",
    "device": "CON",
    "device with extension": "NUL.jpg",
    "dots": "..",
    "many dots": "." * 200,
    "hidden": ".htaccess",
    "ours": "original",
    "our catalog": "../../stile.db",
    "option": "-rf",
    "home": "~root/.ssh/authorized_keys",
    "shell": "$(touch owned);`id`|x",
    "encoded": "%2e%2e%2f%2e%2e%2fx",
    "twice encoded": "%252e%252e%252fx",
    "right to left": "photo\u202egpj.exe",
    "zero width": "a\u200bb\ufeff",
    "fullwidth dots": "\uff0e\uff0e\uff0fx",
    "header": "x\r\nSet-Cookie: owned=1\r\n\r\n<script>",
    "quotes": "a\"; filename=\"evil.exe",
    "sql": "x'); DROP TABLE photos; --",
    "format": "%s%n{0}{}",
    "emoji": "🙈" * 60,
    "web page": "holiday.html",
    "script": "holiday.jpg.js",
}
# What no text of ours may be; refused before anything is stored.
NOT_TEXT = {"nul": b"a\x00b.jpg", "overlong": b"\xc0\xae\xc0\xae\xc0\xaf.jpg", "surrogate": b"\xed\xa0\x80.jpg",
            "not utf-8": b"\xff\xfe.jpg", "cut short": b"a\xe2\x82"}

# What a browser may be told to call a file: one component that nobody can mistake.
SAFE_NAME = re.compile(r"(?!\.)(?!(?i:con|prn|aux|nul|com\d|lpt\d)\.)"
                       r"[^\x00-\x1f/\\:*?\"<>|\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+\.(jpg|jpeg|jpe|jfif)")


def files_of(server):
    return {str(path.relative_to(server.data)) for path in server.data.rglob("*") if path.is_file()}


def strange_files(server):
    """Those whose names are not our own: there must be none."""
    ours = re.compile(r"lock|boot_id|stile\.db(-wal|-shm)?|archive/[0-9a-f]{2}/\d+/(original|poster)|staging/[0-9a-f]{2}/[0-9a-f]+")
    return {name for name in files_of(server) if not ours.fullmatch(name)}


def saved_as(answer):
    """The name of Content-Disposition, decoded."""
    found = re.fullmatch(r"inline; filename\*=UTF-8''((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)", answer.header("Content-Disposition"))
    assert found, answer.header("Content-Disposition")
    return re.sub(rb"%([0-9A-F]{2})", lambda escape: bytes([int(escape[1], 16)]), found[1].encode()).decode("utf-8")


def is_harmless(server, photo, body):
    answer = wire.get(server.port, server.original_path(photo))
    assert answer.status == 200 and answer.body == body and answer.header("Content-Type") == "image/jpeg"
    assert answer.header("Set-Cookie") is None
    name = saved_as(answer)
    assert SAFE_NAME.fullmatch(name) and len(name.encode()) < 200, name


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_name_is_data_and_is_saved_under_a_harmless_one(server, media, name):
    before = files_of(server)
    token = server.token(max_uploads=3)
    assert multipart.upload(server.port, token, media.jpeg, name).status == 200
    query = multipart.post(server.port, [field("upload_token", token), field("resumableFilename", name), file(media.jpeg, name)],
                           path=V2)
    assert query.status == 200
    photos = server.photos(token)
    assert [photo["file_name"] for photo in photos] == [name] * 2, "it is kept as it came"
    for photo in photos:
        is_harmless(server, photo, media.jpeg)
    assert strange_files(server) == set()
    assert len(files_of(server) - before) == 2


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_identifier_names_no_file(server, media, name):
    token = server.token(max_uploads=2)
    data = media.jpeg_of(30_000)
    upload = Upload(server, token, data, 10_000, identifier=name, filename=name)
    assert upload.send(2).status == 200
    assert strange_files(server) == set()
    upload.run([1, 3])
    is_harmless(server, server.holds(token, data), data)
    assert strange_files(server) == set()


@pytest.mark.parametrize("name", NOT_TEXT.values(), ids=NOT_TEXT)
def test_what_is_no_text_is_refused_before_anything_is_stored(abused, media, name):
    token = abused.token()
    before = files_of(abused)
    parts = [field("upload_token", token), file(media.jpeg, disposition=b'; filename="' + name + b'"')]
    assert multipart.post(abused.port, parts).status == 400
    encoded = b"".join(b"%%%02x" % byte for byte in name).decode()
    numbers = f"resumableChunkNumber=1&resumableChunkSize=1000000&resumableTotalSize={len(media.jpeg)}"
    for where in (f"resumableIdentifier={encoded}", f"resumableIdentifier=x&resumableFilename={encoded}"):
        answer = wire.request(abused.port, "POST", f"{V1}?upload_token={token}&{numbers}&{where}",
                              [("Content-Type", "application/octet-stream")], media.jpeg)
        assert answer.status == 400, (where, answer.status, answer.body)
    assert abused.photos(token) == [] and files_of(abused) - before == set()


ADDRESSES = {
    "encoded slash": "/{tree}/{photo}/{token}%2Foriginal",
    "encoded slash in front": "/{tree}%2f{photo}/{token}/original",
    "nul": "/{tree}/{photo}/{token}%00/original",
    "nul behind": "/{tree}/{photo}/{token}/original%00.html",
    "overlong slash": "/{tree}/{photo}/{token}%c0%aforiginal",
    "overlong dots": "/{tree}/{photo}/{token}/%c0%ae%c0%ae/original",
    "dot segment": "/{tree}/./{photo}/{token}/original",
    "dot segments": "/x/../{tree}/{photo}/{token}/original",
    "encoded dots": "/{tree}/{photo}/%2e%2e/{photo}/{token}/original",
    "up behind": "/{tree}/{photo}/{token}/original/../../../../../../etc/passwd",
    "two slashes": "//{tree}/{photo}/{token}/original",
    "backslashes": "\\{tree}\\{photo}\\{token}\\original",
    "encoded backslash": "/{tree}/{photo}/{token}%5coriginal",
    "a parameter": "/{tree}/{photo}/{token}/original;x=.html",
    "a device": "/{tree}/{photo}/{token}/CON",
    "the catalog": "/{tree}/{photo}/{token}/stile.db",
    "signed id": "/{tree}/+{photo}/{token}/original",
    "spaced id": "/{tree}/%20{photo}/{token}/original",
    "fraction": "/{tree}/{photo}.0/{token}/original",
    "hexadecimal": "/{tree}/0x{photo}/{token}/original",
    "beyond 64 bits": "/{tree}/184467440737095516{photo}/{token}/original",
    "other digits": "/{tree}/%D9%A1/{token}/original",
    "negative tree": "/-{tree}/{photo}/{token}/original",
    "wildcards": "/{tree}/{photo}/%25/original",
    "a shorter token": "/{tree}/{photo}/{token:.31}/original",
    "letters of another case": "/{tree}/{photo}/{token}/Original",
    "quotes": "/{tree}/{photo}/' OR ''='/original".replace(" ", "%20"),
}


@pytest.fixture(scope="module")
def stored(server, media):
    token = server.token()
    assert multipart.upload(server.port, token, media.jpeg, "secret.jpg").status == 200
    return server.only_photo(token)


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_has_one_spelling(server, media, stored, address):
    path = address.format(tree=stored["tree_id"], photo=stored["photo_id"], token=stored["token"])
    answer = wire.request(server.port, "GET", path)
    assert answer.status in (400, 404) and answer.media_type == "text/plain", (path, answer.status)
    assert media.jpeg[:16] not in answer.body and b"root:" not in answer.body and b"SQLite" not in answer.body
    assert stored["token"] not in answer.text
    assert wire.get(server.port, server.original_path(stored)).status == 200


@pytest.mark.parametrize("path", [
    "/upload/..%5c..%5cstile.db", "/upload/../stile.db", "/upload/{token}%20", "/upload/{token}/", "/upload/%7Btoken%7D",
    "/upload/", "/assets/", "/assets/../stile.db", "/assets/%2e%2e/stile.db", "/API/echo", "/api//echo", "/api/echo/",
    "/api/../upload/{token}", "/api/2/../../upload/{token}", "/api/2/%2e%2e/echo", "/api\\echo", "/api/echo%3Ffoo=bar",
    "/api/2/photo/list.json", "/.git/config", "/etc/passwd", "/proc/self/environ", "/archive/01/1/original", "/stile.db",
    "/data/stile.db", "/1", "/%2e%2e/%2e%2e/etc/passwd", "/..;/stile.db", "/upload/{token}%0d%0aSet-Cookie:x=1"])
def test_other_addresses_lead_nowhere(server, path):
    token = server.token(title="open sesame")
    answer = wire.get(server.port, path.format(token=token))
    assert answer.status in (400, 404) or b'code="no_such_object"' in answer.body
    assert answer.header("Set-Cookie") is None and b"open sesame" not in answer.body and b"SQLite" not in answer.body
    assert token.encode() not in answer.body, "what is not found is not repeated either"


def test_an_api_path_that_hides_its_slash_is_no_other_spelling(server):
    assert wire.get(server.port, "/api/2/echo").status == 200
    for path in ("/api/2%2fecho", "/api%2F2%2Fecho"):
        assert wire.get(server.port, path).status == 400
    assert wire.get(server.port, "/api/2/echo?a=%2f..%2f").json()["data"], "in a query it is data"
