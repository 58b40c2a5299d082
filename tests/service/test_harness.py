"""The harness itself, without the server: a test tool that lies is worse than none."""

import re
import socket
import threading
import zlib
from contextlib import contextmanager

import pytest

from harness import multipart, wire
from harness.chaos import ChaosProxy, Faults
from harness.media import PatternFile
from harness.receiver import CallbackReceiver
from harness.resumable import Upload
from harness.wait import wait_until


@contextmanager
def canned_server(answer, keep_open=False):
    """Reads requests to their Content-Length and answers each with the same bytes; yields (port, received)."""
    received, listener = [], socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            data = b""
            try:
                while b"\r\n\r\n" not in data:
                    more = peer.recv(65536)
                    if not more:
                        raise OSError("gone")
                    data += more
                head, body = data.split(b"\r\n\r\n", 1)
                length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                               if line.lower().startswith(b"content-length")), 0)
                while len(body) < length:
                    more = peer.recv(65536)
                    if not more:
                        raise OSError("gone")
                    body += more
                received.append((head, body))
                peer.sendall(answer)
            except OSError:
                pass
            peer.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1], received
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nAccess-Control-Allow-Origin: *\r\n\r\nok"


def test_the_multipart_writer_writes_what_a_browser_would():
    parts = [multipart.field("a", "ä"), multipart.file(b"\xff\xd8", 'x"y.jpg', content_type="image/jpeg")]
    body = multipart.encode(parts, "B")
    assert body == ('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nä\r\n'
                    '--B\r\nContent-Disposition: form-data; name="file"; filename="x%22y.jpg"\r\n'
                    'Content-Type: image/jpeg\r\n\r\n').encode() + b"\xff\xd8\r\n--B--\r\n"


def test_the_wire_reads_lengths_chunks_and_interim_answers():
    answer = (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n" +
              wire.chunked([b"ab", b"c"]))
    with canned_server(answer) as (port, received):
        response = wire.request(port, "POST", "/x?y", [("A", "b")], b"body")
    assert (response.status, response.body, response.interim, response.header("x")) == (200, b"abc", [100], "1")
    head, body = received[0]
    assert head.startswith(b"POST /x?y HTTP/1.1\r\nHost: ") and b"\r\nA: b" in head and body == b"body"


def test_the_wire_tells_a_broken_answer():
    with canned_server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc") as (port, _):
        with pytest.raises(wire.ConnectionEnded):
            wire.get(port, "/")


def test_the_proxy_passes_bytes_in_pieces():
    with canned_server(OK) as (port, received), ChaosProxy(port, Faults(piece=1), Faults(piece=1)) as proxy:
        assert wire.request(proxy.port, "POST", "/", (), b"x" * 500).body == b"ok"
        assert received[0][1] == b"x" * 500
        proxy.wait_for(lambda p: p.passed["client"] == len(OK))  # the answer may be read before it is counted


def test_the_proxy_cuts_the_request_after_its_bytes():
    with canned_server(OK) as (port, received), ChaosProxy(port, to_server=Faults(cut_after=100)) as proxy:
        with pytest.raises((wire.ConnectionEnded, OSError)):
            wire.request(proxy.port, "POST", "/", (), b"x" * 500)
        proxy.wait_for(lambda p: p.cuts == 1)
        assert proxy.passed["server"] == 100 and not received
        proxy.heal()
        assert wire.request(proxy.port, "POST", "/", (), b"x" * 500).status == 200


def test_the_proxy_loses_an_answer_that_was_given():
    with canned_server(OK) as (port, received), ChaosProxy(port, to_client=Faults(cut_after=0)) as proxy:
        with pytest.raises((wire.ConnectionEnded, OSError)):
            wire.request(proxy.port, "POST", "/", (), b"x")
        assert len(received) == 1 and proxy.passed["client"] == 0


def test_the_proxy_stalls():
    with canned_server(OK) as (port, received), ChaosProxy(port, to_server=Faults(stall_after=10)) as proxy:
        with pytest.raises(TimeoutError):
            wire.request(proxy.port, "POST", "/", (), b"x", timeout=0.3)
        assert not received


def test_the_receiver_follows_its_script_and_remembers():
    receiver = CallbackReceiver([500, "drop"])
    try:
        assert wire.get(receiver.port, "/a?b=1&c=%C3%A4").status == 500
        with pytest.raises(wire.ConnectionEnded):
            wire.get(receiver.port, "/2")
        assert wire.get(receiver.port, "/3").status == 200
        assert receiver.wait_for(3)[0].query == [("b", "1"), ("c", "ä")]
        with pytest.raises(AssertionError):
            receiver.wait_for(4, timeout=0.05)
    finally:
        receiver.close()


@pytest.mark.parametrize("size, chunk, force, spans", [
    (2500, 1000, False, [(0, 1000), (1000, 2500)]),
    (2500, 1000, True, [(0, 1000), (1000, 2000), (2000, 2500)]),
    (2000, 1000, False, [(0, 1000), (1000, 2000)]),
    (999, 1000, False, [(0, 999)]),
    (1999, 1000, False, [(0, 1999)]),
])
def test_the_client_model_cuts_files_like_resumable_js(size, chunk, force, spans):
    upload = Upload(None, "T", bytes(size), chunk, force_chunk_size=force)
    assert [upload.span(number) for number in upload.numbers()] == spans


def test_the_client_models_keep_their_field_orders():
    def names(order):
        _, _, blocks = Upload(None, "T", bytes(10), 5, order=order)._message(1, None, {})
        return [name.decode() for name in re.findall(rb'form-data; name="(\w+)"', blocks[0])]

    assert names("file_first")[0] == "file" and names("file_first")[-1] == "upload_token"
    assert names("token_first")[:2] == ["upload_token", "file"]
    assert names("fields_first")[-1] == "file" and names("fields_first")[-2] == "upload_token"


def test_the_octet_mode_sends_the_bare_chunk():
    upload = Upload(None, "T", bytes(range(10)), 4, mode="octet", extras=[("a b", "ä&")])
    target, _, blocks = upload._message(2, None, {"resumableTotalSize": -1})
    assert b"".join(blocks) == bytes(range(4, 10))
    assert "resumableTotalSize=-1" in target and "a%20b=%C3%A4%26" in target and "upload_token=T" in target


def test_the_pattern_file_is_one_file_however_it_is_cut():
    file = PatternFile(b"base", 3_000_000)
    whole = b"".join(file.blocks(0, len(file)))
    starts = range(0, len(file), 777_777)
    cut = b"".join(block for at in starts for block in file.blocks(at, min(at + 777_777, len(file))))
    assert len(whole) == 3_000_000 and zlib.crc32(whole) == zlib.crc32(cut)
    assert whole[10_000:10_100] != whole[10_000 + 1_048_576:10_100 + 1_048_576]


def test_padded_media_has_the_size_asked_for(media):
    size = len(media.mp4) + 5000
    assert len(media.mp4_of(size)) == size and media.mp4_of(size, 1) != media.mp4_of(size, 2)
    assert media.mp4[4:8] == b"ftyp" and media.jpeg[:3] == b"\xff\xd8\xff"


def test_wait_until_ends():
    with pytest.raises(AssertionError):
        wait_until(lambda: False, timeout=0.05)
