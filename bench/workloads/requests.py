"""P5 and P9: many small requests over 16 connections."""

from urllib.parse import urlencode

from model import KIB, MIB, Contestant, Ratio, Workload
from servers import Nginx, NodeMultipart, Stile

CONNECTIONS = 16
PHOTO = 64 * KIB
REDEEM = "/api/photo/redeem-upload-token"


def photos(kind, server_class):
    def round_(bench):
        count = bench.size.forms
        with server_class(bench.directory) as server:
            return bench.measured(server, ["--kind", kind, "--target", "/put/", "--requests", count, "--chunk-bytes", PHOTO,
                                           "--connections", CONNECTIONS, *server.token_arguments(count)], stores=count * PHOTO)

    return Contestant(server_class.name, round_, server_class)


def nothing():
    def round_(bench):
        with Nginx(bench.directory) as server:
            return bench.measured(server, ["--kind", "get", "--target", "/nothing", "--requests", bench.size.tests,
                                           "--connections", CONNECTIONS])

    return Contestant("nginx", round_, Nginx)


def chunk_tests(identifier):
    """GETs that ask for a chunk that is not there, of an upload that has begun ("bench") or that nobody has heard of."""

    def round_(bench):
        total = 64 * MIB
        query = urlencode({"resumableChunkNumber": 2, "resumableChunkSize": MIB, "resumableTotalSize": total,
                           "resumableIdentifier": identifier, "resumableFilename": "film.mp4"})
        with Stile(bench.directory) as server:
            token = server.make_token(1)
            bench.load(server, ["--kind", "octet", "--total-bytes", total, "--chunk-bytes", MIB, "--requests", 1, "--token", token])
            return bench.measured(server, ["--kind", "get", "--target", f"{REDEEM}?{query}&upload_token={token}",
                                           "--requests", bench.size.tests, "--connections", CONNECTIONS])

    return Contestant("stile", round_, Stile)


WORKLOADS = {
    "form64k": Workload(
        "Plain forms with a 64 KiB photo each, one photo row each, 16 connections, beside WebDAV PUTs of 64 KiB", "1000 requests",
        [photos("put", Nginx), photos("form", Stile), photos("form", NodeMultipart)],
        [Ratio("P5", "rate, stile / nginx", "stile", "nginx", "rate", 0.5, smaller_is_better=False),
         Ratio("", "rate, stile / node-form", "stile", "node-form", "rate", None, smaller_is_better=False)],
        keeps_files=True),
    "chunk-test": Workload(
        "GETs that ask for a missing chunk of an upload under way, 16 connections, beside nginx `return 204`", "1000 requests",
        [nothing(), chunk_tests("bench")],
        [Ratio("P9", "rate, stile / nginx", "stile", "nginx", "rate", 0.5, smaller_is_better=False)]),
    "chunk-test-new": Workload(
        "The same for an upload that has not begun: the token has to be looked up", "1000 requests",
        [nothing(), chunk_tests("unheard-of")],
        [Ratio("P9", "rate, stile / nginx", "stile", "nginx", "rate", 0.5, smaller_is_better=False)]),
}
