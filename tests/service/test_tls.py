"""TLS in the server itself: what works without works with it, and certificates come and go without a restart."""

import hashlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import multipart, oauth, wire
from harness.calls import Api
from harness.chaos import ChaosProxy, Faults
from harness.media import PatternFile
from harness.multipart import field, file
from harness.resumable import Upload
from harness.server import DOMAIN, Server, run_cli
from harness.tls import Pair, TlsPort, serial_of
from harness.wait import wait_until

MIB = 1 << 20


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return Pair(tmp_path_factory.mktemp("tls") / "pair")


@pytest.fixture(scope="module")
def server(stile_bin, media, pair, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("stile") / "data", probe=media.jpeg, args=pair.args)
    server.start()
    yield server
    server.close()


@pytest.fixture
def port(server, pair):
    return pair.port(server)


def sha256(blocks):
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def download_digest(port, path, timeout=60):
    """SHA-256 of an original without keeping it."""
    with wire.Connection(port, timeout) as connection:
        connection.send(wire.head_bytes("GET", path, [("Connection", "close")]))
        head = connection.read_head()
        assert head.status == 200
        digest, left = hashlib.sha256(connection.buffer), int(head.header("Content-Length")) - len(connection.buffer)
        while left > 0:
            data = connection.socket.recv(min(MIB, left))
            assert data, f"{left} bytes are missing"
            digest.update(data)
            left -= len(data)
        return digest.hexdigest()


# What works without TLS works with it


def test_a_form_and_its_original(server, port, media):
    data = media.jpeg_of(300_000)
    token = server.token()
    assert multipart.upload(port, token, data).status == 200
    photo = server.holds(token, data)
    assert wire.get(port, server.original_path(photo)).body == data


@pytest.mark.parametrize("mode", ["multipart", "octet", "base64"])
def test_chunks_in_every_mode(server, port, media, mode):
    data = media.mp4_of(1_000_000)
    upload = Upload(server, server.token(), data, 150_000, mode=mode, port=port)
    for number in reversed(upload.numbers()):
        assert upload.send(number).status == 200
    server.holds(upload.token, data)


def test_a_hundred_megabytes_arrive_whole_and_leave_whole(server, port, media):
    film = PatternFile(media.mp4, 100 * MIB + 13)
    token = server.token(max_uploads=2)
    rest = [field("upload_token", token)]
    opening = multipart.encode([*rest, file(b"", "film.mp4")], closed=False)[:-2]
    closing = b"\r\n--" + multipart.BOUNDARY.encode() + b"--\r\n"
    blocks = [opening, *film.blocks(0, len(film)), closing]
    response = wire.request(port, "POST", multipart.V1, [("Content-Type", multipart.content_type())], blocks, timeout=120)
    assert response.status == 200, response.text
    photo = server.only_photo(token)
    assert int(photo["size"]) == len(film)
    wanted = sha256(film.blocks(0, len(film)))
    assert download_digest(port, server.original_path(photo)) == wanted
    assert download_digest(server.port, server.original_path(photo)) == wanted


def test_ranges_of_a_large_original(server, port, media):
    film = PatternFile(media.mp4, 20 * MIB)
    token = server.token()
    upload = Upload(server, token, film, 7 * MIB, mode="octet", port=port)
    for number in upload.numbers():
        assert upload.send(number).status == 200
    path = server.original_path(server.only_photo(token))
    for start, end in ((0, 1), (16_383, 16_386), (1_000_000, 9_000_000), (len(film) - 5, len(film))):
        response = wire.get(port, path, [("Range", f"bytes={start}-{end - 1}")])
        assert response.status == 206 and response.body == b"".join(film.blocks(start, end))


def test_many_requests_on_one_connection_and_pipelined(port):
    with wire.Connection(port) as connection:
        connection.send(wire.head_bytes("GET", "/healthz", []) * 20)
        for _ in range(20):
            assert connection.read_response("GET").text == "ok\n"
        connection.send(wire.head_bytes("GET", "/readyz", []))
        assert connection.read_response("GET").text == "ready\n"


def test_an_expected_body_is_asked_for(server, port, media):
    body = multipart.encode([field("upload_token", server.token()), file(media.jpeg)])
    with wire.Connection(port) as connection:
        connection.send(multipart.head(len(body), ("Expect", "100-continue")))
        assert connection.read_head().status == 100
        connection.send(body)
        assert connection.read_response().status == 200


def test_fifty_connections_at_once(server, port, media):
    data = [media.jpeg_of(200_000, seed) for seed in range(50)]
    token = server.token(max_uploads=50)
    with ThreadPoolExecutor(50) as clients:
        answers = list(clients.map(lambda one: multipart.upload(port, token, one).status, data))
    assert answers == [200] * 50
    stored = {hashlib.sha256(server.original(photo)).hexdigest() for photo in server.photos(token)}
    assert stored == {hashlib.sha256(one).hexdigest() for one in data}


def test_a_plain_and_a_secure_chunk_make_one_file(server, port, media):
    data = media.mp4_of(400_000)
    upload = Upload(server, server.token(), data, 100_000)
    for number in upload.numbers():
        upload.port = port if number % 2 else server.port
        assert upload.send(number).status == 200
    server.holds(upload.token, data)


# What breaks


def test_a_connection_cut_in_the_middle_loses_only_its_chunk(server, pair, media):
    data = media.mp4_of(900_000)
    upload = Upload(server, server.token(), data, 300_000, mode="octet")
    with ChaosProxy(server.tls_port, to_server=Faults(cut_after=150_000)) as proxy:
        upload.port = TlsPort(proxy.port, pair.context())
        with pytest.raises((wire.ConnectionEnded, OSError)):
            upload.send(1)
        proxy.heal()
        for number in upload.numbers():
            # The server may get to the cut attempt after its successor, and then tells that one to come again.
            wait_until(lambda n=number: upload.send(n).status == 200, what=f"chunk {number}")
    server.holds(upload.token, data)


def test_bytes_that_trickle_arrive(server, pair, media):
    data = media.jpeg_of(4_000)
    with ChaosProxy(server.tls_port, to_server=Faults(piece=1), to_client=Faults(piece=1)) as proxy:
        assert multipart.upload(TlsPort(proxy.port, pair.context()), token := server.token(), data).status == 200
    server.holds(token, data)


def test_an_answer_ends_with_a_goodbye_and_so_does_an_idle_connection_at_the_stop(make_server, pair):
    server = make_server("goodbye", args=pair.args)
    with wire.Connection(pair.port(server)) as asked, wire.Connection(pair.port(server)) as idle:
        for connection in (asked, idle):
            connection.socket.suppress_ragged_eofs = False
        asked.send(wire.head_bytes("GET", "/healthz", [("Connection", "close")]))
        assert asked.read_response("GET").status == 200 and asked.ends()
        idle.send(wire.head_bytes("GET", "/healthz", []))
        assert idle.read_response("GET").status == 200
        server.process.terminate()
        assert idle.ends()
    assert server.process.wait(30) == 0
    server._ended()


def test_after_the_kill_the_upload_goes_on(make_server, pair, media):
    server = make_server("killed", args=pair.args)
    data = media.mp4_of(600_000)
    upload = Upload(server, server.token(), data, 200_000, port=pair.port(server))
    assert upload.send(1).status == 200
    with wire.Connection(pair.port(server)) as half:
        half.send(upload.request_bytes(2)[:150_000])
        server.restart("kill")
    upload.port = pair.port(server)
    assert [upload.send(number).status for number in upload.numbers()] == [200] * 3
    server.holds(upload.token, data)


# Who is let in


@pytest.mark.parametrize("version, spoken", [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")])
def test_current_versions_are_spoken(server, pair, version, spoken):
    with wire.Connection(pair.port(server, minimum_version=version, maximum_version=version)) as connection:
        assert connection.socket.version() == spoken
        cipher = connection.socket.cipher()[0]
        assert "GCM" in cipher or "CHACHA20" in cipher


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_older_versions_are_refused(abused, pair):
    context = pair.context()
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        wire.Connection(TlsPort(abused.tls_port, context))


def test_old_ciphers_are_refused(abused, pair):
    context = pair.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA:AES256-SHA:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        wire.Connection(TlsPort(abused.tls_port, context))


def test_a_session_is_resumed(server, pair):
    port = pair.port(server)
    with wire.Connection(port) as first:
        first.send(wire.head_bytes("GET", "/healthz", []))
        assert first.read_response("GET").status == 200
        session = first.socket.session
        assert not first.socket.session_reused
    with socket.create_connection(("127.0.0.1", int(port)), 10) as plain:
        with port.context.wrap_socket(plain, server_hostname="localhost", session=session) as second:
            assert second.session_reused


def test_http_on_the_tls_port_is_told_so(abused):
    for request in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"):
        with wire.Connection(abused.tls_port) as connection:
            connection.send(request)
            response = connection.read_response()
            assert response.status == 400 and "https://" in response.text
            assert connection.ends()


def test_nonsense_on_the_tls_port_ends_in_silence(abused):
    for nonsense in (b"\x00" * 100, b"SSH-2.0-x\r\n"[3:], b"\x16\x03\x01\x40\x00\x01\xff\xff\xff", b"\x80\x2e\x01\x00\x02"):
        with wire.Connection(abused.tls_port) as connection:
            connection.send(nonsense)
            assert connection.ends()


def test_tls_on_the_plain_port_ends_at_once(abused, pair):
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        wire.Connection(TlsPort(abused.port, pair.context()))


def test_whoever_is_slow_to_shake_hands_is_dropped_at_the_timeout(make_server, pair):
    server = make_server("slow", args=[*pair.args, "--tls-handshake-timeout=1s"])
    begun = [wire.Connection(server.tls_port, timeout=8) for _ in range(2)]
    begun[1].send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc")
    for connection in begun:
        with connection:
            assert connection.ends()
    server.prove_it_works()


def test_a_full_server_spends_no_handshake_on_one_more(make_server, pair):
    server = make_server("full", args=[*pair.args, "--set", "server.max_connections=1"])
    with wire.Connection(pair.port(server)) as only:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            wire.Connection(pair.port(server))
        only.send(wire.head_bytes("GET", "/healthz", []))
        assert only.read_response("GET").status == 200


def test_a_body_beyond_the_bounds_is_refused_readably(abused, port):
    with wire.Connection(port) as connection:
        connection.send(wire.head_bytes("POST", "/nowhere", [("Content-Length", str(8 * MIB))]))
        connection.send_if_taken(bytes(8 * MIB))
        assert connection.read_response().status == 404


# What a request knows of its scheme


def test_addresses_in_answers_follow_the_scheme(server, pair):
    secure = f"https://{DOMAIN}:{server.tls_port}"
    bearer = [("Authorization", "Bearer " + server.credentials("read")["bearer_token"])]
    api_base = [wire.get(port, "/api/2/user/tokens", bearer).json()["tokens"][0]["api_base_url"]
                for port in (pair.port(server), server.port)]
    assert api_base == [secure + "/", f"http://{DOMAIN}:{server.port}/"]


def test_requests_are_signed_for_https(server, port):
    keys = server.credentials("read")
    for signed_host in (f"localhost:{port}", "localhost"):
        signed = oauth.sign(keys, "GET", f"https://{signed_host}/api/photo/list", [("size", "1")])
        response = wire.get(port, "/api/photo/list?size=1", [("Authorization", oauth.header(signed)), ("Host", signed_host)])
        assert '<response status="ok" permission_level="read"' in response.text


# Certificates that change


def test_a_renewed_certificate_is_used_at_sighup_while_an_upload_goes_on(make_server, tmp_path, media):
    pair = Pair(tmp_path / "pair")
    server = make_server("renewed", args=[*pair.args, "--set", "tls.check_every=0"])
    data = media.mp4_of(700_000)
    upload = Upload(server, server.token(), data, len(data), mode="octet", port=pair.port(server))
    request = upload.request_bytes(1)
    with wire.Connection(pair.port(server)) as under_way:
        first = serial_of(under_way)
        assert first == pair.serial
        under_way.send(request[:300_000])
        pair.renew()
        os.kill(server.process.pid, signal.SIGHUP)

        def shown():
            with wire.Connection(pair.port(server)) as connection:
                return serial_of(connection)
        wait_until(lambda: shown() == pair.serial, what="the new certificate")
        assert pair.serial != first
        under_way.send(request[300_000:])
        assert under_way.read_response().status == 200
    server.holds(upload.token, data)


def test_a_renewed_certificate_is_found_by_itself_and_a_bad_one_is_not_used(make_server, tmp_path):
    pair = Pair(tmp_path / "pair")
    server = make_server("watched", args=[*pair.args, "--set", "tls.check_every=50ms"])

    def shown():
        with wire.Connection(pair.port(server)) as connection:
            return serial_of(connection)
    first = shown()
    other = Pair(tmp_path / "other")
    shutil.copy(other.key, pair.directory / "foreign.key")
    os.rename(pair.directory / "foreign.key", pair.key)  # whole at once, or half a file would be complained of first
    wait_until(lambda: "the certificate was not replaced" in server.log(), what="the complaint")
    assert "is not the key of the certificate" in server.log()
    assert shown() == first
    pair.renew()
    wait_until(lambda: shown() == pair.serial, what="the new certificate")
    assert pair.serial != first
    assert server.log().count("the certificate was not replaced") <= 2, "a bad pair is complained of once for each change"


def test_sighup_without_tls_changes_nothing(make_server):
    server = make_server("plain")
    os.kill(server.process.pid, signal.SIGHUP)
    wait_until(lambda: "reloading" in server.log(), what="the signal")
    assert wire.get(server.port, "/healthz").status == 200


# The start


def start_fails(tmp_path, *args):
    done = run_cli("serve", "--data", tmp_path / "none", "--listen", "127.0.0.1:0", *args)
    assert done.returncode != 0
    return done.stderr


def test_a_start_that_cannot_work_says_why(stile_bin, tmp_path, pair):
    listen = ["--tls-listen", "127.0.0.1:0"]
    assert "needs tls.certificate and tls.key" in start_fails(tmp_path, *listen)
    missing = start_fails(tmp_path, *listen, "--tls-certificate", tmp_path / "none.pem", "--tls-key", pair.key)
    assert f"cannot read the certificate {tmp_path}/none.pem: No such file or directory" in missing
    other = Pair(tmp_path / "other")
    foreign = start_fails(tmp_path, *listen, "--tls-certificate", pair.certificate, "--tls-key", other.key)
    assert "is not the key of the certificate" in foreign
    assert "there is nothing to listen on" in run_cli("serve", "--data", tmp_path / "none", "--listen", "").stderr


def test_tls_alone_serves_too(stile_bin, tmp_path, pair, media):
    server = Server(tmp_path / "data")
    command = [stile_bin, "serve", "--data", server.data, "--listen", "", *map(str, pair.args)]
    with open(tmp_path / "stderr", "wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=dict(os.environ))
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        only = re.fullmatch(r"listening on https://127\.0\.0\.1:(\d+)\n", process.stdout.readline())
        port = TlsPort(only[1], pair.context())
        bearer = [("Authorization", "Bearer " + server.credentials("read")["bearer_token"])]
        tokens = wire.get(port, "/api/2/user/tokens", bearer).json()["tokens"]
        assert tokens[0]["api_base_url"] == f"https://127.0.0.1:{only[1]}/"
    finally:
        process.terminate()
        assert process.wait(30) == 0
        watchdog.cancel()
        process.stdout.close()


def test_an_expired_certificate_is_used_with_a_warning(make_server, tmp_path):
    pair = Pair(tmp_path / "pair")
    pair.renew(days=-1)
    server = make_server("expired", args=pair.args)
    wait_until(lambda: "the certificate has expired" in server.log(), what="the warning")
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        wire.Connection(pair.port(server))
