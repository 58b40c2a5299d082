"""P1 to P4 and P13: one large file in chunks of 8 MiB over three connections, which is what Resumable.js opens."""

from measure import run_tool
from model import GIB, Contestant, Ratio, Workload
from servers import Nginx, NodeMultipart, NodeTus, RawSink, Rustus, Stile, StileTls, Tusd

CONNECTIONS = 3


def chunks(kind, server_class, **more):
    def round_(bench):
        size = bench.size
        with server_class(bench.directory, size.file_bytes) as server:
            return bench.measured(server, ["--kind", kind, "--total-bytes", size.file_bytes, "--chunk-bytes", size.chunk_bytes,
                                           "--connections", CONNECTIONS, *server.token_arguments(1), *more.get("load", [])],
                                  stores=size.file_bytes)

    return Contestant(more.get("name", server_class.name), round_, server_class)


def puts():
    def round_(bench):
        size = bench.size
        with Nginx(bench.directory) as server:
            return bench.measured(server, ["--kind", "put", "--target", "/put/", "--requests", size.file_bytes // size.chunk_bytes,
                                           "--chunk-bytes", size.chunk_bytes, "--connections", CONNECTIONS], stores=size.file_bytes)

    return Contestant("nginx", round_, Nginx)


def tus(server_class):
    """tus appends, so that each connection has a file of its own; together they are as large as the others' one."""

    def round_(bench):
        size = bench.size
        each = -(-size.file_bytes // (CONNECTIONS * size.chunk_bytes)) * size.chunk_bytes
        with server_class(bench.directory) as server:
            return bench.measured(server, ["--kind", "tus", "--target", "/files/" if server_class is Tusd else "/files", "--total-bytes",
                                           each, "--chunk-bytes", size.chunk_bytes, "--connections", CONNECTIONS, "--uploads", CONNECTIONS],
                                  stores=CONNECTIONS * each)

    return Contestant(server_class.name, round_, server_class)


def cipher():
    """Opens as many bytes as the uploads have, sealed with what stile-tls negotiated in the same turn."""

    def round_(bench):
        name = bench.earlier["stile-tls"]["cipher"].split()[1]
        seen = run_tool("cipher_loop", [name, bench.size.file_bytes])
        return {"user_s": seen["cpu_s"], "system_s": 0.0, "wall_s": seen["cpu_s"], "requests": 0, "bytes": seen["bytes"],
                "cipher": bench.earlier["stile-tls"]["cipher"]}

    return Contestant("cipher", round_)


WORKLOADS = {
    "octet": Workload(
        "One file in chunks with bare bodies (Resumable.js, octet), beside the raw recv and pwrite loop with the same blocks", "GiB",
        [chunks("octet", RawSink), chunks("octet", Stile)],
        [Ratio("P1", "CPU, stile / raw", "stile", "raw", "cpu", 1.10)]),
    "multipart": Workload(
        "The same with multipart chunks, fields first, and CRC-32; the raw loop still gets bare bodies", "GiB",
        [chunks("octet", RawSink), chunks("multipart", Stile)],
        [Ratio("P2", "CPU, stile / raw", "stile", "raw", "cpu", 1.25)]),
    "nginx-put": Workload(
        "Multipart chunks beside WebDAV PUTs of the same bytes to one nginx worker", "GiB",
        [puts(), chunks("multipart", Stile)],
        [Ratio("P3", "CPU, stile / nginx", "stile", "nginx", "cpu", 1.0)]),
    "rivals": Workload(
        "Multipart chunks beside tus servers (PATCHes of as many bytes, a file per connection) and a multipart server on Node", "GiB",
        [chunks("multipart", Stile), tus(NodeTus), chunks("multipart", NodeMultipart), tus(Tusd), tus(Rustus)],
        [Ratio("P4", "CPU, stile / node-tus", "stile", "node-tus", "cpu", 0.25),
         Ratio("P4", "CPU, stile / tusd", "stile", "tusd", "cpu", 0.5),
         Ratio("P4", "CPU, stile / rustus", "stile", "rustus", "cpu", 0.7),
         Ratio("", "CPU, stile / node-form", "stile", "node-form", "cpu", None)]),
    "tls": Workload(
        "Multipart chunks over TLS beside the same without, and what opening the records costs by itself", "GiB",
        [chunks("multipart", Stile), chunks("multipart", StileTls, load=["--tls", 1]), cipher()],
        [Ratio("P13", "CPU, stile-tls / stile", "stile-tls", "stile", "cpu", 2.0),
         Ratio("", "CPU, cipher / stile", "cipher", "stile", "cpu", None)],
        more={"cipher": "protocol and cipher that were negotiated"}),
}
