"""P6 and P7: what is on disk before it is acknowledged, and what a finish costs."""

import os
import subprocess
from urllib.parse import urlencode

from measure import run_tool, words_of
from model import KIB, MIB, Contestant, Ratio, Workload
from servers import Failed
from servers.stile import DurableStile

PARALLEL = 8
LAST_CHUNK = 512 * KIB
SMALL = 2 * LAST_CHUNK
REDEEM = "/api/photo/redeem-upload-token"


def synced_chunks():
    def round_(bench):
        each = bench.size.synced_bytes // PARALLEL
        with DurableStile(bench.directory) as server:
            return bench.measured(server, ["--kind", "octet", "--total-bytes", each, "--chunk-bytes", MIB, "--connections", PARALLEL,
                                           "--uploads", PARALLEL, *server.token_arguments(PARALLEL)], stores=PARALLEL * each)

    return Contestant("stile", round_, DurableStile)


def sync_loop():
    def round_(bench):
        each = bench.size.synced_bytes // PARALLEL
        bench.directory.mkdir()
        seen = run_tool("sync_loop", [bench.directory, PARALLEL, each, MIB])
        return {**seen, "bytes": PARALLEL * each, "syncs": {"data": seen["requests"]}}

    return Contestant("loop", round_)


def last_chunks(name, size_of):
    """Uploads of which all but the last chunk of 512 KiB is there; they are looked at once, so that what is known of them is in memory
    as it would be, and then their last chunk is sent. Its last byte goes by itself, when the server has had time to take the others; the
    latency counts from there."""

    def round_(bench):
        total = size_of(bench.size)
        with DurableStile(bench.directory) as server:
            token = server.make_token(bench.size.finishes + 1)
            rounds = []
            for number in range(bench.size.finishes + 1):  # the first one warms up
                identifier = f"{name}-{number}".replace(" ", "-")
                seeded = subprocess.run(words_of("seed_upload", [server.data, token, identifier, total, LAST_CHUNK]),
                                        capture_output=True, text=True, check=False)
                if seeded.returncode != 0:
                    raise Failed(seeded.stderr.strip())
                os.sync()  # chunks that were sent would have been; the finish is not to pay for what was seeded
                look(server, token, identifier, total)
                rounds.append(bench.measured(
                    server, ["--kind", "octet", "--total-bytes", total, "--chunk-bytes", LAST_CHUNK, "--connections", 1, "--identifier",
                             identifier, "--first", total // LAST_CHUNK - 1, "--last-byte-after-ms", 50, "--token", token],
                    unit_bytes=LAST_CHUNK))
                if server.stored_bytes() < (number + 1) * total:
                    raise Failed(f"the upload of {total} bytes was not finished")
            return _together(rounds[1:])

    return Contestant(name, round_, DurableStile)


def look(server, token, identifier, total):
    """A chunk test of the last but one chunk: it is there. From now on the server knows of all of them."""
    query = urlencode({"resumableChunkNumber": total // LAST_CHUNK - 1, "resumableChunkSize": LAST_CHUNK, "resumableTotalSize": total,
                       "resumableIdentifier": identifier, "resumableFilename": "film.mp4", "upload_token": token})
    if server.status(f"{REDEEM}?{query}") != 200:
        raise Failed("the server does not know of the chunks that were seeded")


def _together(rounds):
    """One round of several measurements with one request each."""
    times = sorted(r["p50_us"] for r in rounds)
    added = {key: sum(r[key] for r in rounds) for key in ("user_s", "system_s", "wall_s", "requests", "bytes", "load_cpu_s")}
    syncs = {what: sum(r["syncs"][what] for r in rounds) for what in rounds[0]["syncs"]}
    return {**added, "syncs": syncs, "p50_us": times[(len(times) - 1) // 2], "max_us": times[-1],
            "peak_resident_bytes": rounds[-1]["peak_resident_bytes"], "stored_bytes": rounds[-1]["stored_bytes"], "times_us": times}


WORKLOADS = {
    "synced": Workload(
        "Chunks of 1 MiB with durability chunk, 8 uploads at once, beside 8 threads that write and fdatasync each MiB", "GiB",
        [sync_loop(), synced_chunks()],
        [Ratio("P6", "rate, stile / loop", "stile", "loop", "rate", 0.9, smaller_is_better=False)]),
    "finish": Workload(
        "From the last byte of the last chunk to its answer, with durability chunk: of a sparse large file, and of one of 1 MiB",
        "1000 requests",
        [last_chunks("1 MiB", lambda size: SMALL), last_chunks("sparse", lambda size: size.sparse_bytes)],
        [Ratio("P7", "time, sparse / 1 MiB", "sparse", "1 MiB", "p50_us", 1.5)],
        more={"times_us": "of each finish"}),
}
