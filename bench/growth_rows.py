"""P10: the same requests on an archive of a thousand photos and tokens and on one of a million."""

import json
import subprocess
import time

from growth_client import ask_all, chunk_query, get
from measure import run_tool
from model import MIB, Contestant, Ratio, Workload
from servers import STILE, Stile
from servers.base import START_TIMEOUT

PAGE = 20
GOAL = 2.0  # P10


class GrownStile(Stile):
    """On data that is there already; photos of it have no files, so nobody should look for them."""

    prepared = None

    def start(self):
        (self.directory / "data").symlink_to(self.prepared)
        super().start()

    def more_arguments(self):
        return ["--set", "scrub.every=0"]


def prepare(folder, rows):
    """An archive with so many photos and as many tokens. Returns its class of server, and what making it took."""
    data = folder / f"rows-{rows}"
    took = run_tool("growth_fill", [data, "--photos", rows, "--tokens", rows])
    made = subprocess.run([STILE, "credentials", "create", "--data", data, "--name", "growth", "--level", "write", "--json"], check=True,
                          capture_output=True, timeout=START_TIMEOUT)
    took["bytes"] = sum(path.stat().st_size for path in data.glob("stile.db*"))
    server = type(f"Stile{rows}", (GrownStile,), {"prepared": data.resolve(), "rows": rows,
                                                  "bearer": json.loads(made.stdout)["bearer_token"]})
    return server, took


def requests_of(kind, server, count):
    """As many requests of a kind, and the status that each must get."""
    bearer = server.bearer
    if kind == "photo-list":
        pages = max(min(50, server.rows // PAGE), 1)
        return [get(f"/api/2/photo/list?size={PAGE}&p={1 + i % pages}", bearer) for i in range(count)], 200
    if kind == "photo-list-middle":
        middle = max(server.rows // PAGE // 2, 1)
        return [get(f"/api/2/photo/list?size={PAGE}&p={middle + i % 10}", bearer) for i in range(count)], 200
    if kind == "get-upload-token":
        return [get(f"/api/2/photo/get-upload-token?title=Growth+{i}", bearer) for i in range(count)], 200
    # Of an upload that nobody has heard of: the token must be looked up, among all of them.
    tokens = [server.make_token(1) for _ in range(3)]
    return [get(chunk_query(1, MIB, MIB, tokens[i % 3], f"file{i}")) for i in range(count)], 204


def contestant(kind, server_class, count):
    def round_(bench):
        begin = time.perf_counter()
        with server_class(bench.directory) as server:
            started = time.perf_counter() - begin
            requests, expected = requests_of(kind, server, count + count // 10)
            ask_all(server, requests[:count // 10], expected)  # what a server that has run for a while has in memory
            return {**ask_all(server, requests[count // 10:], expected), "start_s": started}

    return Contestant(f"{server_class.rows:,}", round_, server_class)


def workloads(small, large, count):
    """`small`, `large`: classes of servers. Pages from the middle and the rest have no goal; they are what else could grow."""

    def of(kind, title, goal, requests):
        pair = [contestant(kind, one, requests) for one in (small, large)]
        names = [one.name for one in pair]
        return Workload(title, "1000 requests", pair,
                        [Ratio("P10" if goal else "", f"{what}, {names[1]} / {names[0]}", names[1], names[0], figure, goal)
                         for what, figure in (("median latency", "p50_us"), ("CPU", "cpu"))],
                        more={"start_s": "seconds from the start of the process to its listening line"})

    return {
        "grown-photo-list": of("photo-list", f"Pages 1 to 50 of `photo/list`, {PAGE} photos each, by the size of the archive", GOAL, count),
        "grown-photo-list-middle": of("photo-list-middle", "Ten pages from the middle of `photo/list`", None, max(count // 4, 1)),
        "grown-get-upload-token": of("get-upload-token", "`photo/get-upload-token` by the number of tokens, durability none", GOAL, count),
        "grown-token-check": of("token-check", "Chunk tests of uploads that have not begun, each looking up its token", GOAL, count)}
