"""Slow peers and trouble below: nobody starves, nothing honest is thrown away, our own trouble cancels no upload."""

import os
import select
import socket
import time

import pytest

from harness import multipart, wire
from harness.multipart import V1
from harness.resumable import Upload
from harness.sanitizers import patience
from harness.wait import wait_until


@pytest.mark.parametrize("file_first", [False, True])
def test_a_plain_form_begun_in_time_is_taken_although_its_token_expires_meanwhile(server, media, file_first):  # I6
    token, data = server.token(), media.jpeg_of(300_000)
    body = multipart.encode(multipart.either_way(token, multipart.file(data))[file_first])
    with wire.Connection(server.port) as connection:
        connection.send(multipart.head(len(body), ("Expect", "100-continue")))
        assert connection.read_head().status == 100  # the body is under way
        connection.send(body[:150_000])
        server.expire(token, ago=-0.05)
        expiry = time.time() + 0.06
        wait_until(lambda: time.time() > expiry, what="the token to expire")
        connection.send(body[150_000:])
        response = connection.read_response()
    assert response.status == 200, response.body
    server.holds(token, data)


@pytest.mark.parametrize("order", ["file_first", "token_first"])
@pytest.mark.parametrize("kind", ["HTML", "PDF", "ELF"])
def test_a_chunk_refused_before_its_fields_came_is_cancelled_like_any_other(server, media, order, kind):  # spec 4.6
    upload = Upload(server, server.token(), getattr(media, kind) * 20, 1000, order=order)
    assert upload.send(1).status == 500


@pytest.mark.parametrize("come", [b"data:appli", b"base64,", b"base64,AA"])
def test_a_base64_chunk_that_stalls_early_gives_way_to_its_repeat(server, media, come):  # I3
    upload = Upload(server, server.token(), media.mp4_of(90_000), 45_000, mode="base64")
    request = upload.request_bytes(1)
    start = request.index(b"data:application")
    cut = start + len(come) if come.startswith(b"data") else request.index(b"base64,", start) + len(come)
    with wire.Connection(server.port) as stalled:
        stalled.send(request[:cut])
        upload.test(1)  # a round trip
        assert upload.send(1, timeout=5).status == 200


def test_a_reader_that_is_slow_but_never_stands_still_gets_its_whole_file(make_server, media):
    server = make_server(env={"STILE_SERVER_BODY_TIMEOUT": "1s"})
    data = media.mp4_of(12_000_000)
    token = server.token()
    assert multipart.upload(server.port, token, data).status == 200
    path = server.original_path(server.only_photo(token))
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        reader.settimeout(10)
        reader.connect(("127.0.0.1", server.port))
        reader.sendall(wire.head_bytes("GET", path, [("Connection", "close")]))
        got = 0
        while piece := reader.recv(60_000):
            got += len(piece)
            time.sleep(len(piece) / 2_000_000)  # the subject: a line of 2 MB/s, 4 MiB take longer than the time-out
    assert got > len(data)


def test_slow_senders_do_not_starve_the_others(make_server, media):  # I8
    server = make_server(env={"STILE_UPLOAD_BLOCKS": "8"})
    slow, honest = server.token(max_uploads=100), server.token()
    uploads = [Upload(server, slow, media.mp4_of(500_000), 500_000, identifier=f"s{i}", mode="octet") for i in range(8)]
    requests = [upload.request_bytes(1) for upload in uploads]
    connections = [wire.Connection(server.port) for _ in uploads]
    sent = [request.index(b"\r\n\r\n") + 9000 for request in requests]
    for connection, request, end in zip(connections, requests, sent):
        connection.send(request[:end])
    with wire.Connection(server.port) as client:
        body = multipart.encode([multipart.field("upload_token", honest), multipart.file(media.jpeg)])
        client.send(multipart.head(len(body)) + body)
        deadline, response = time.monotonic() + 10 * patience(), None
        while response is None and time.monotonic() < deadline:
            for i, connection in enumerate(connections):
                connection.send_if_taken(requests[i][sent[i]:sent[i] + 100])
                sent[i] += 100
            if select.select([client.socket], [], [], 0.05)[0]:
                response = client.read_response()
    for connection in connections:
        connection.close()
    assert response is not None and response.status in (200, 503), "eight trickling clients held the server for 10 s"


def test_trouble_with_our_storage_never_cancels_an_upload(make_server, media):  # I7
    server = make_server()
    token = server.token(max_uploads=5)
    for folder in (server.data / "staging").iterdir():
        folder.rmdir()
    for mode in ("multipart", "octet"):
        upload = Upload(server, token, media.mp4_of(60_000), 20_000, mode=mode)
        assert upload.send(1).status == 503
    assert multipart.upload(server.port, token, media.jpeg).status == 503
    server.restart()  # makes the folders anew


def test_a_body_of_unknown_length_leaves_the_low_water_mark_alone(make_server, media, tmp_path):
    disk = os.statvfs(tmp_path)
    low_water = disk.f_bavail * disk.f_frsize - (64 << 20)  # room for 64 MiB
    server = make_server(env={"STILE_UPLOAD_LOW_WATER_BYTES": str(low_water)})
    data = media.jpeg_of(256 << 20)
    for parts in multipart.either_way(server.token(), multipart.file(data)):
        response = multipart.post(server.port, parts)
        assert response.status == 503, "256 MiB were taken although 64 MiB were left"


def test_an_abandoned_upload_can_be_sent_anew_while_its_token_lives(make_server, media):  # I5
    server = make_server()
    data = media.mp4_of(60_000)
    upload = Upload(server, server.token(), data, 20_000)
    assert upload.send(1).status == 200
    server.kill()
    server.rows("UPDATE uploads SET state = 'aborted'")  # what the sweep does after upload.abandon_after
    server.start(server.port)
    assert upload.test(1).status == 204, "send it"
    upload.run()
    server.holds(upload.token, data)
