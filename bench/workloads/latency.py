"""P11: how long a chunk of 1 MiB takes with many clients, when the server has something left.

The maximum is found first, by as many clients that send as fast as they are answered. Then requests come at 70 % of that rate at even
times, whatever the answers do, and their latency counts from the time when they were due: who has to wait because another one is late is
late himself. Uploads are begun before, and not finished, so that each request is one chunk and nothing else."""

from model import MIB, Contestant, Ratio, Workload
from servers import Failed, Stile
from servers.stile import DurableStile

SHARE = 0.7
BEHIND = 1.1
SLACK_S = 1.0  # for the last answers


def all_clients(server_class, name, rate_of):
    def round_(bench):
        size = bench.size
        total = (size.chunks_each + 2) * MIB  # one to begin with, and one that nobody sends
        with server_class(bench.directory, settings=[f"upload.max_open_per_token={size.clients}"]) as server:
            common = ["--kind", "octet", "--total-bytes", total, "--chunk-bytes", MIB, "--connections", size.clients, "--uploads",
                      size.clients, *server.token_arguments(size.clients)]
            bench.load(server, [*common, "--requests", size.clients])
            rate = rate_of(bench)
            requests = size.clients * size.chunks_each
            seen = bench.measured(server, [*common, "--first", size.clients, "--requests", requests,
                                           *(["--rate", f"{rate:.3f}"] if rate else [])], unit_bytes=requests * MIB)
            if seen["requests"] != requests or (written := server.staged_bytes()) < requests * MIB:
                raise Failed(f"{requests} chunks were sent, {seen['requests']} answered, {written} bytes are there")
            return {**seen, "wanted_rate": rate, **fell_behind(seen, rate)}

    return Contestant(name, round_, server_class)


def fell_behind(seen, rate):
    """Then requests queued up without end, because the machine had less to give than when the maximum was found: that was not 70 % of
    anything, and its latencies say how long it lasted."""
    if rate and seen["wall_s"] > BEHIND * seen["requests"] / rate + SLACK_S:
        return {"void": f"it fell behind: {seen['requests'] / seen['wall_s']:.0f} requests a second instead of {rate:.0f}"}
    return {}


def share_of_maximum(bench):
    fastest = bench.earlier["flat out"]
    return SHARE * fastest["requests"] / fastest["wall_s"]


def workload(title, server_class):
    return Workload(
        title, "1000 requests",
        [all_clients(server_class, "flat out", lambda bench: 0.0), all_clients(server_class, "at 70 %", share_of_maximum)],
        [Ratio("P11", "p99 / p50 at 70 %", "at 70 %", "at 70 %", "p99_us", 5.0, below_figure="p50_us")],
        more={"wanted_rate": "requests a second that were due; 0: as many as go"})


WORKLOADS = {
    "latency": workload("Chunks of 1 MiB of 1,000 clients, each with its upload, durability none", Stile),
    "latency-synced": workload("The same with durability chunk", DurableStile),
}
