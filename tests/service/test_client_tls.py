"""The clients that speak only https, straight against the server's own TLS. Source: spec/api.md 5.1 to 5.3, 5.6."""

import re
import ssl

import pytest

from harness import multipart
from harness.clients.front import Front
from harness.clients.node_23video import Node23Video
from harness.clients.resumable_upload_command import ResumableUploadCommand
from harness.clients.skybrud import Skybrud
from harness.clients.twentythree_cli import TwentyThreeCli
from harness.server import Server
from harness.tls import Pair, TlsPort

CHUNK = 30_000


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return Pair(tmp_path_factory.mktemp("authority") / "localhost")


@pytest.fixture(scope="module")
def server(stile_bin, media, pair, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("stile") / "data", probe=media.jpeg, args=pair.args, domain="localhost").start()
    yield server
    server.close()


@pytest.fixture
def front(server, pair):
    return Front(pair.port(server), name="localhost")


@pytest.fixture(scope="module")
def keys(server):
    return server.credentials("write")


@pytest.fixture
def film(media, tmp_path):
    file = tmp_path / "film.mp4"
    file.write_bytes(media.mp4_of(12 * CHUNK + 77))
    return file


def test_node_23video_signs_for_443_and_is_understood(server, media, front, keys):
    vp = Node23Video(front, keys["consumer_key"], keys["consumer_secret"], keys["access_token"], keys["access_token_secret"])
    reply = vp.call("/api/photo/get-upload-token", {"title": "It's *here* (really)! ~"})
    assert reply["permission_level"] == "write" and reply["uploadtoken"]["title"] == "It's *here* (really)! ~"
    token = reply["uploadtoken"]["upload_token"]
    form = multipart.encode([multipart.field("upload_token", token), multipart.file(media.mp4, "film.mp4")])
    front.send("POST", multipart.V1, [("Host", "localhost"), ("Content-Type", multipart.content_type()),
                                      ("Content-Length", str(len(form)))], form)
    photo = vp.call("/api/photo/list", {"upload_token": token})["photos"][0]
    assert server.original(photo) == media.mp4
    # The absolute addresses in the answers are those of the side it came by.
    assert re.match(r"https://localhost(:\d+)?/", photo["absolute_url"])
    assert vp.get("/api/photo/list", {"photo_id": photo["photo_id"]})["total_count"] == "1"
    assert vp.call("/api/photo/delete", {"photo_id": photo["photo_id"]})["status"] == "ok"


def test_twentythree_cli_logs_in_uploads_and_lists(server, front, keys, film):
    cli = TwentyThreeCli(front)
    entry = cli.auth_credentials(keys["bearer_token"])
    assert entry["api_base_url"] == f"https://{front.authority}/"  # it goes on by https only
    assert cli.doctor() == "write"
    photo_id = cli.video_upload(film, "Over TLS", chunk_size=CHUNK)
    assert server.original(server.photo(photo_id)) == film.read_bytes()
    assert photo_id in [row["photo_id"] for row in cli.video_list()]
    assert cli.wait_for_transcoding(photo_id) >= 1
    assert cli.kept.opened == 1  # one handshake for all typed calls
    assert cli.video_delete(photo_id)["status"] == "ok"
    cli.close()


def test_resumable_upload_command_sends_five_at_a_time(server, front, film):
    token = server.token()
    assert ResumableUploadCommand(front, CHUNK).run(film, token) == 0
    server.holds(token, film.read_bytes())


def test_skybrud_lists(front, keys):
    assert Skybrud(front, keys).photos(size=1)["site"]["secure_domain"] == "localhost"


def test_a_client_that_does_not_trust_the_certificate_does_not_come_in(server):
    stranger = Front(TlsPort(server.tls_port, ssl.create_default_context()), name="localhost")
    with pytest.raises(ssl.SSLCertVerificationError):
        TwentyThreeCli(stranger, "x").doctor()
