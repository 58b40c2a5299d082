"""Ten thousand connections that do nothing beside clients that do. Source: issue "nothing is lost", 5; I8.

Where the hard limit of descriptors allows fewer, fewer are opened, and the test says so.
"""

import resource
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import multipart, wire
from harness.exposition import read_metrics
from harness.multipart import field, file
from harness.resumable import Upload
from harness.sanitizers import patience, sanitizer
from harness.wait import wait_until

WANTED = 10_000
PER_ADDRESS = 1_000   # the default of server.max_connections_per_address
UPLOADS = 0.1         # of the connections have half a body behind them, and the server two more descriptors for each
HEADS = 0.3           # have half a head
SPARE = 600           # descriptors for everything else
IDLE_BYTES = 8 * 1024     # of memory that a connection may cost before its head is there
UPLOAD_BYTES = 48 * 1024  # that one with half a body may, which is less than a quarter of a block


@pytest.fixture
def descriptors():
    """As many as this process may have, and so its children."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def crowd(descriptors):
    """crowd(port, count, bytes_to_send): connections from addresses of their own, a thousand each."""
    everybody = []

    def come(port, count, begin=b""):
        for _ in range(count):
            source = f"127.0.1.{1 + len(everybody) // PER_ADDRESS}"
            connection = wire.Connection(port, source=source)
            everybody.append(connection)
            if begin:
                connection.send(begin)
        return everybody

    yield come
    for connection in everybody:
        connection.close()


def figures(server):
    metrics = read_metrics(server.port)
    return {name: metrics[name, ()] for name in
            ("stile_connections", "stile_blocks_in_use", "process_open_fds", "stile_uploads_open")}


def honest(server, media, number):
    """A form and an upload in chunks, one after the other; returns the seconds of the slowest answer."""
    slowest, data = 0.0, media.mp4_of(400_000, number)
    upload = Upload(server, server.token(), data, 100_000, identifier=f"honest-{number}")
    form_token = server.token()
    for send in [lambda: multipart.upload(server.port, form_token, data),
                 *(lambda n=n: upload.send(n) for n in upload.numbers())]:
        begun = time.monotonic()
        assert send().status == 200
        slowest = max(slowest, time.monotonic() - begun)
    server.holds(form_token, data)
    server.holds(upload.token, data)
    return slowest


def test_ten_thousand_idle_connections_beside_honest_clients(make_server, media, descriptors, crowd):
    count = min(WANTED, int((descriptors - SPARE) / (1 + 2 * UPLOADS)))
    if count < WANTED:
        print(f"the hard limit of {descriptors} descriptors allows {count} connections instead of {WANTED}")
    uploads, heads = int(count * UPLOADS), int(count * HEADS)
    # They shall be there until the end of the test; how they are dropped is tested elsewhere (test_timeouts).
    server = make_server(env={"STILE_SERVER_HEAD_TIMEOUT": "5min", "STILE_SERVER_IDLE_TIMEOUT": "5min",
                              "STILE_SERVER_BODY_TIMEOUT": "5min", "STILE_SERVER_MIN_BODY_RATE": "0"})
    server.prove_it_works()
    before, memory = figures(server), server.rss()

    crowd(server.port, count - uploads - heads)
    crowd(server.port, heads, b"POST /api/photo/redeem-upload-token HTTP/1.1\r\nHost: x\r\nX-Half: ")
    wait_until(lambda: figures(server)["stile_connections"] == count - uploads + 1, 60, "the idle to be in")
    idle = (server.rss() - memory) / (count - uploads)

    body = multipart.encode([field("upload_token", server.token(max_uploads=100)), file(media.mp4_of(200_000))])
    with_bodies = server.rss()
    crowd(server.port, uploads, multipart.head(len(body)) + body[:12_000])  # beyond what is judged
    wait_until(lambda: len(server.staged()) == uploads, 120, "the half-sent uploads to be under way")
    wait_until(lambda: figures(server)["stile_blocks_in_use"] == 0, what="the buffers to be given back: who does not send holds none")
    half_sent = (server.rss() - with_bodies) / uploads
    print(f"{count} connections; bytes of memory for each: {idle:.0f} idle, {half_sent:.0f} with half an upload")
    if not sanitizer():
        assert idle < IDLE_BYTES and half_sent < UPLOAD_BYTES
    assert figures(server)["stile_connections"] == count + 1

    with ThreadPoolExecutor(4) as pool:
        slowest = list(pool.map(lambda number: honest(server, media, number), range(8)))
    print(f"the slowest answer to an honest client took {max(slowest):.2f} s")
    assert max(slowest) < 3 * patience()

    for connection in crowd(server.port, 0):
        connection.close()
    wait_until(lambda: figures(server)["stile_connections"] == 1, 60, "the connections to be gone")
    wait_until(lambda: server.staged() == [], 120, "the files of the half-sent uploads to be gone")
    wait_until(lambda: figures(server)["process_open_fds"] <= before["process_open_fds"] + 4, what="the descriptors")
    wait_until(lambda: figures(server)["stile_uploads_open"] == before["stile_uploads_open"], what="the uploads to be over")
    assert figures(server)["stile_blocks_in_use"] == 0
    server.prove_it_works()
