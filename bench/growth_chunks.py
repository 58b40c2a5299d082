"""One upload of very many chunks: what the k-th chunk and the k-th chunk test cost, and what a restart with it costs."""

import random
import time

from growth_client import Line, ask_all, chunk_query, get, post_chunk
from growth_rows import GrownStile
from measure import run_tool
from model import KIB, MIB
from servers import Failed, Stile

SMALL = KIB  # bodies are as small as they can be: it is their number that counts
PARTS = 10
TESTS = 200  # in each part
ORDERS = ("in-order", "reversed", "random")


def numbers(count, order):
    """Chunk numbers as they come; the last is left out, so that the upload is not finished."""
    found = list(range(1, count))
    if order == "reversed":
        found.reverse()
    if order == "random":
        random.Random(7).shuffle(found)
    return found


def send_all(order, count, directory):
    """Returns for each part of the upload its end in chunks, and rounds of chunks and of chunk tests."""
    total = count * SMALL
    parts = []
    with Stile(directory) as server:
        token = server.make_token(1)
        coming = numbers(count, order)
        for part in range(PARTS):
            mine = coming[len(coming) * part // PARTS:len(coming) * (part + 1) // PARTS]
            if not mine:
                continue
            stored = ask_all(server, [post_chunk(number, SMALL, total, token) for number in mine], 200)
            asked = random.Random(part).choices(mine, k=TESTS)
            tested = ask_all(server, [get(chunk_query(number, SMALL, total, token)) for number in asked], 200)
            parts.append((len(coming) * (part + 1) // PARTS, stored, tested))
    return parts


def curves_of_chunks(count, runs, folder, progress):
    """Medians over the runs, by how many chunks are there."""
    seen = {order: [] for order in ORDERS}
    for number in range(runs):
        for order in ORDERS:
            progress(f"round {number + 1} of {runs}: {count} chunks, {order}")
            seen[order].append(send_all(order, count, folder / f"chunks-{order}-{number}"))

    def curve(title, y, value):
        return {"title": title, "x": "chunks that are there", "y": y, "series": {
            order: [{"x": parts[0][0], "values": [value(part) for part in parts]} for parts in zip(*rounds)]
            for order, rounds in seen.items()}}

    return {
        "chunks-latency": curve(f"Storing the k-th of {count:,} chunks of 1 KiB, durability none", "median microseconds",
                                lambda part: part[1]["p50_us"]),
        "chunks-cpu": curve(f"CPU of storing the k-th of {count:,} chunks of 1 KiB, durability none", "CPU seconds / 1000 chunks",
                            lambda part: 1000 * (part[1]["user_s"] + part[1]["system_s"]) / part[1]["requests"]),
        "chunk-tests-latency": curve(f"A chunk test of an upload of {count:,} chunks", "median microseconds",
                                     lambda part: part[2]["p50_us"])}


def restart(count, order, directory):
    """Starts a server on an upload with `count` chunks of 1 MiB of which the receipts are there and the file is sparse."""
    data = directory / "prepared"
    made = run_tool("growth_fill", [data, "--chunks", max(count, 1), "--order", order])
    server_class = type("RestartedStile", (GrownStile,), {"prepared": data.resolve()})
    begin = time.perf_counter()
    with server_class(directory / "server") as server:
        started = time.perf_counter() - begin
        with Line(server.port) as line:
            sent = time.perf_counter()
            status, body = line.ask(get(chunk_query(1, made["chunk"], made["total"], made["token"])))
            first = time.perf_counter() - sent
        wanted = 200 if made["receipts"] else 204
        if status != wanted:
            raise Failed(f"a chunk test after the restart: {status} instead of {wanted}: {body[:300]!r}")
        return {"start_s": started, "first_test_ms": first * 1000, "resident_mib": server.memory_bytes("VmRSS") / MIB}, made


def restarts(count, runs, folder, progress):
    """The orders leave one run of bytes, or, with every other chunk missing, as many runs as there are receipts."""
    rows = {}
    receipts = {}
    for name, chunks, order in (("no chunk", 1, "in-order"), (f"{count:,} chunks, in order", count, "in-order"),
                                (f"every other of {count:,} chunks", count, "alternate")):
        rows[name] = []
        for number in range(runs):
            progress(f"round {number + 1} of {runs}: restart with {name}")
            round_, made = restart(chunks, order, folder / f"restart-{chunks}-{order}-{number}")
            rows[name].append(round_)
        if chunks > 1:
            receipts[order] = made["us_per_receipt"]
    return {"title": f"A start with an upload of {count:,} MiB under way", "rows": rows,
            "columns": {"start_s": "start, s", "first_test_ms": "first chunk test, ms", "resident_mib": "resident, MiB"},
            "us_per_receipt": receipts}
