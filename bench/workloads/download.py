"""P12: the original of a photo, again and again, beside nginx with sendfile."""

import functools
import http.client
import json
from urllib.parse import urlencode

from model import MIB, Contestant, Ratio, Workload
from servers import Failed, Nginx, Stile

CONNECTIONS = 3
FILE = 64 * MIB
HEAD = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41" + (FILE - 24).to_bytes(4, "big") + b"mdat"


@functools.cache
def content():
    return (HEAD + bytes(range(256)) * (FILE // 256))[:FILE]


def upload(server):
    """Sends the file in one chunk; returns where it can be had."""
    query = urlencode({"resumableChunkNumber": 1, "resumableChunkSize": FILE, "resumableTotalSize": FILE, "resumableIdentifier": "film",
                       "resumableFilename": "film.mp4", "upload_token": server.make_token(1)})
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    line.request("POST", f"/api/photo/redeem-upload-token?{query}", content(),
                 {"Content-Type": "application/octet-stream", "Accept": "application/json"})
    answer = line.getresponse()
    said = answer.read()
    line.close()
    if answer.status != 200:
        raise Failed(f"stile: {answer.status} {said[:300]!r}")
    return json.loads(said)["url"]


def put(server):
    (server.directory / "put" / "film.mp4").write_bytes(content())
    return "/put/film.mp4"


def downloads(server_class, place):
    def round_(bench):
        count = max(bench.size.file_bytes // FILE, 1)
        with server_class(bench.directory) as server:
            target = place(server)
            line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            line.request("GET", target)
            if line.getresponse().read() != content():
                raise Failed(f"{server.name}: not the file that was stored")
            line.close()
            return bench.measured(server, ["--kind", "get", "--target", target, "--requests", count, "--connections", CONNECTIONS],
                                  receives=count * FILE)

    return Contestant(server_class.name, round_, server_class)


WORKLOADS = {
    "download": Workload(
        "A file of 64 MiB that is in memory, over 3 connections, beside nginx with sendfile", "GiB",
        [downloads(Nginx, put), downloads(Stile, upload)],
        [Ratio("P12", "CPU, stile / nginx", "stile", "nginx", "cpu", 1.2)]),
}
