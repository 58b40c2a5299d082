"""What an honest client notices of connections that hold half-sent uploads and do nothing."""

import subprocess

from growth_client import ask_all, chunk_query, get, post_chunk
from measure import load_command
from model import KIB, MIB
from servers import Failed, Stile
from workloads.idle import BODY, PER_SECOND, as_many_as_descriptors_allow, settings, stile_load, stile_took

TESTS = 2000


def beside(idle, tests, directory):
    with Stile(directory, settings=settings(idle + 100)) as server:
        token = server.make_token(1)
        ask_all(server, [post_chunk(1, 64 * KIB, MIB, token)], 200)
        tests_ = [get(chunk_query(1 + i % 16, 64 * KIB, MIB, token)) for i in range(1, tests + 1) if i % 16]
        if idle == 0:
            return ask_all(server, tests_, 204)
        command = load_command(server, [*stile_load(server, idle), "--chunk-bytes", BODY, "--connections", idle, "--hold", 1, "--rate",
                                        PER_SECOND])
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as load:
            try:
                if load.stdout.readline().strip() != "held":
                    raise Failed(f"{server.name}: {load.communicate()[1].strip()}")
                server.wait_until(lambda: stile_took(server, idle + 1), "it did not take every half")
                return ask_all(server, tests_, 204)
            finally:
                load.kill()


def curve_of_connections(most, runs, folder, progress):
    most = as_many_as_descriptors_allow(most)
    counts = sorted({0, most // 100, most // 10, most})
    rounds = {count: [] for count in counts}
    for number in range(runs):
        for count in counts:
            progress(f"round {number + 1} of {runs}: beside {count} idle uploads")
            rounds[count].append(beside(count, TESTS, folder / f"beside-{count}-{number}"))
    series = {name: [{"x": count, "values": [one[figure] for one in of_count]} for count, of_count in rounds.items()]
              for name, figure in (("median", "p50_us"), ("99th percentile", "p99_us"))}
    return {"title": "A chunk test beside half-sent uploads that stand still", "x": "idle connections", "y": "microseconds",
            "series": series}
