#!/usr/bin/env python3
"""How cost grows with photos, tokens, chunks and connections.

    ./dev bench growth                        a million photos and tokens, 100,000 chunks, 10,000 connections
    ./dev bench growth rows --rows 250000     one part of it, smaller
    ./dev bench growth --tiny                 everything once with next to nothing, to see that it still works

Parts: rows (goal P10), chunks, restart, connections. What is compared takes turns. Exits with 1 when anything fails; a missed
goal is shown, not a failure. bench/README.md says more.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
from pathlib import Path

from growth_chunks import curves_of_chunks, restarts
from growth_connections import curve_of_connections
from growth_rows import prepare, workloads
from machine import machine, versions
from measure import run_workload
from servers import ROOT, STILE, Failed
from summary import summarise
from table import print_workload

PARTS = ("rows", "chunks", "restart", "connections")
FEW_ROWS = 1000


def arguments_of(argv):
    parser = argparse.ArgumentParser(prog="./dev bench growth", description="How cost grows; see bench/README.md.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {' '.join(PARTS)} (default: all)")
    parser.add_argument("--rows", type=int, default=1_000_000, help=f"photos, and as many tokens, beside {FEW_ROWS} (default 1000000)")
    parser.add_argument("--requests", type=int, default=2000, help="of each kind in a run (default 2000)")
    parser.add_argument("--chunks", type=int, default=100_000, help="of one upload (default 100000)")
    parser.add_argument("--connections", type=int, default=10_000, help="that stand still (default 10000)")
    parser.add_argument("--runs", type=int, default=5, help="of each, in turn (default 5; of the chunks at most 3)")
    parser.add_argument("--tiny", action="store_true", help="once, with next to nothing: does it still work?")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench-data",
                        help="where the servers store; made and removed (default build/bench-data)")
    chosen = parser.parse_args(argv)
    if unknown := [name for name in chosen.parts if name not in PARTS]:
        parser.error(f"no part {', '.join(unknown)}; there are: {' '.join(PARTS)}")
    if min(chosen.rows, chosen.requests, chosen.chunks, chosen.connections, chosen.runs) < 1:
        parser.error("sizes must be positive")
    if chosen.tiny:
        chosen.rows, chosen.requests, chosen.chunks, chosen.connections, chosen.runs = 2 * FEW_ROWS, 50, 200, 100, 1
    return chosen


def progress(text):
    print(f"growth: {text}", file=sys.stderr, flush=True)


def measure_rows(chosen, folder, report):
    servers = []
    for rows in (FEW_ROWS, chosen.rows):
        progress(f"making {rows} photos and tokens")
        server, took = prepare(folder, rows)
        servers.append(server)
        report["made"][str(rows)] = took
    for name, workload in workloads(*servers, chosen.requests).items():
        place = folder / name
        place.mkdir()
        seen, skipped = run_workload(workload, None, chosen.runs, place, "none", lambda text, name=name: progress(f"{name}: {text}"))
        report["workloads"][name] = summarise(workload, seen, skipped)
        print_workload(name, report["workloads"][name], show_goals=not chosen.tiny)


def print_curve(curve):
    print(f"\n{curve['title']} ({curve['y']}, by {curve['x']})")
    for name, points in curve["series"].items():
        print(f"  {name:16}" + "  ".join(f"{point['x']:,}: {statistics.median(point['values']):.4g}" for point in points))


def print_restarts(found):
    print(f"\n{found['title']}")
    for name, rounds in found["rows"].items():
        middle = {column: statistics.median(one[column] for one in rounds) for column in found["columns"]}
        print(f"  {name:32}" + "   ".join(f"{words} {middle[column]:.3g}" for column, words in found["columns"].items()))
    for order, micros in found["us_per_receipt"].items():
        print(f"  microseconds per receipt, {order}, by tenths: " + " ".join(f"{one:.1f}" for one in micros))


def run_parts(chosen, folder, report):
    for part in chosen.parts or PARTS:
        place = folder / part
        place.mkdir()
        if part == "rows":
            measure_rows(chosen, place, report)
        elif part == "chunks":
            report["curves"].update(curves_of_chunks(chosen.chunks, min(chosen.runs, 3), place, progress))
            for curve in report["curves"].values():
                print_curve(curve)
        elif part == "restart":
            report["restart"] = restarts(chosen.chunks, chosen.runs, place, progress)
            print_restarts(report["restart"])
        else:
            curve = curve_of_connections(chosen.connections, chosen.runs, place, progress)
            report["curves"]["connections-latency"] = curve
            print_curve(curve)
        shutil.rmtree(place)
        sys.stdout.flush()
        if chosen.json:
            Path(chosen.json).write_text(json.dumps(report, indent=1) + "\n")


def main(argv):
    chosen = arguments_of(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exception, so that servers and files go too
    folder = chosen.folder / str(os.getpid())
    folder.mkdir(parents=True)
    report = {"machine": machine(folder), "versions": versions(STILE), "runs": chosen.runs, "tiny": chosen.tiny,
              "size": {name: getattr(chosen, name) for name in ("rows", "requests", "chunks", "connections")},
              "made": {}, "workloads": {}, "curves": {}, "restart": None}
    print(", ".join(f"{key} {value}" for key, value in {**report["machine"], **report["versions"]}.items()))
    try:
        run_parts(chosen, folder, report)
    except (Failed, subprocess.SubprocessError) as error:
        print(f"\ngrowth failed: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder)
        if chosen.folder.is_dir() and not any(chosen.folder.iterdir()):
            chosen.folder.rmdir()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
