"""P8: what a half-sent upload costs in memory while nothing moves."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from measure import load_command
from model import KIB, Contestant, Ratio, Workload
from servers import Failed, Nginx, Stile

BODY = 64 * KIB
PER_SECOND = 1000   # new connections; the kernel's queue of those that are not accepted yet is short
PER_TOKEN = 1000
PAGE = 4 * KIB
OTHER_DESCRIPTORS = 1000
WARM_UP = 200       # uploads before, so that buffers that every server makes once are there, and not counted


def settings(count):
    return [f"server.max_connections={count + 100}", f"upload.max_open_per_token={PER_TOKEN}", "server.body_timeout=10 min",
            "server.min_body_rate=0", "disk.queue=20000", "db.queue=20000"]


def half_sent(server_class, arguments, taken):
    """`arguments`: of the load; `taken`: (server, connections before) → how many of the half bodies the server has taken."""

    def round_(bench):
        count = as_many_as_descriptors_allow(bench.size.idle)
        more = {"settings": settings(count)} if server_class is Stile else {}
        with server_class(bench.directory, **more) as server:
            warm_up(bench, server, arguments)
            command = load_command(server, [*arguments(server, count), "--chunk-bytes", BODY, "--connections", count, "--hold", 1,
                                            "--rate", PER_SECOND])
            before, sockets_before = server.memory_bytes("VmRSS"), socket_memory()
            user, system = server.cpu_seconds()
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as load:
                if load.stdout.readline().strip() != "held":
                    raise Failed(f"{server.name}: {load.communicate()[1].strip()}")
                server.wait_until(lambda: taken(server, count), "it did not take every half")
                held, sockets = server.memory_bytes("VmRSS"), socket_memory()
                said, complaints = load.communicate("go on\n")
                if load.returncode != 0:
                    raise Failed(f"{server.name}: {complaints.strip()}")
            user_after, system_after = server.cpu_seconds()
            seen = json.loads(said)
            if server.stored_bytes() < count * BODY:  # besides those of the warm-up, which nginx has written over
                raise Failed(f"{server.name}: {count * BODY} bytes were sent, {server.stored_bytes()} are stored")
            return {"user_s": user_after - user, "system_s": system_after - system, "wall_s": seen["wall_s"], "requests": seen["requests"],
                    "bytes": count * BODY, "load_cpu_s": seen["cpu_s"], "stored_bytes": server.stored_bytes(),
                    **{key: seen[key] for key in ("p50_us", "p90_us", "p99_us", "max_us")},
                    "peak_resident_bytes": server.memory_bytes("VmHWM"), "syncs": None,
                    "user_bytes_each": (held - before) / count, "kernel_bytes_each": (sockets - sockets_before) / count}

    return Contestant(server_class.name, round_, server_class)


def as_many_as_descriptors_allow(count):
    """An upload takes two of the server, a socket and a staging file. Only root may raise the hard limit, and not everywhere."""
    needed = 2 * count + OTHER_DESCRIPTORS
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if needed > hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, needed))
        except (OSError, ValueError):
            fitting = (hard - OTHER_DESCRIPTORS) // 2
            print(f"idle: {fitting} uploads instead of {count}, because of the limit of {hard} descriptors (ulimit -Hn)", file=sys.stderr)
            return fitting
    return count


def warm_up(bench, server, arguments):
    count = min(WARM_UP, bench.size.idle)
    bench.load(server, [*arguments(server, count), "--identifier", "warm-up", "--chunk-bytes", BODY, "--connections", count])


def socket_memory():
    """Bytes in the kernel's TCP buffers, those of the load included."""
    row = next(line for line in Path("/proc/net/sockstat").read_text().splitlines() if line.startswith("TCP:"))
    return int(row.split()[row.split().index("mem") + 1]) * PAGE


def stile_load(server, count):
    return ["--kind", "octet", "--total-bytes", BODY, "--uploads", count, *server.token_arguments(count)]


def nginx_load(server, count):
    return ["--kind", "put", "--target", "/put/", "--requests", count]


def stile_took(server, count):
    """Every upload is open, and what came of it is written: half a body each."""
    text = server.metrics()
    return metric(text, "stile_uploads_open") == count and metric(text, "stile_blocks_in_use") == 0


def nginx_took(server, _):
    """It says nothing; when its memory does not grow any more it has taken all."""
    seen = -1
    while (now := server.memory_bytes("VmRSS")) != seen:
        seen = now
        time.sleep(0.5)
    return True


def metric(text, name):
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith(name + " "))


WORKLOADS = {
    "idle": Workload(
        "Half-sent uploads of 64 KiB that stand still, all at once; afterwards the other halves are sent", "connection",
        [half_sent(Nginx, nginx_load, nginx_took), half_sent(Stile, stile_load, stile_took)],
        [Ratio("P8", "KiB of user memory each, stile", "stile", "", "user_kib_each", 8.0),
         Ratio("", "user memory, stile / nginx", "stile", "nginx", "user_kib_each", None)],
        more={"user_bytes_each": "growth of the resident memory of the server's processes, per upload",
              "kernel_bytes_each": "growth of the kernel's TCP buffers, those of the load included, per upload"}),
}
