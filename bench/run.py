#!/usr/bin/env python3
"""The benchmark: Stile beside its rivals, in turn, on the same machine in the same run.

    ./dev bench                     every workload: 5 runs of each contestant
    ./dev bench octet --runs 3      one of them
    ./dev bench --list              which there are
    ./dev bench --tiny              everything once with a few MiB, to see that it still works

CPU seconds are those of the whole process tree of the server, from the kernel's accounts; they bear a busy machine better
than rates, and depend on the machine all the same: the ratios are what to look at. Exits with 1 when anything fails; a
missed goal is shown, not a failure. bench/README.md says more.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from machine import machine, versions
from measure import run_workload
from servers import ROOT, STILE, TOOLS, Failed, Stile
from summary import summarise
from table import print_workload
from workloads import WORKLOADS
from model import GIB, MIB, Size

CHUNK = 8 * MIB
TINY = Size(tiny=True, file_bytes=2 * CHUNK, chunk_bytes=CHUNK, forms=100, tests=500, synced_bytes=16 * MIB, idle=500, clients=20,
            chunks_each=2, sparse_bytes=64 * MIB, finishes=1)


def full_size(gib, requests):
    return Size(tiny=False, file_bytes=max(round(gib * GIB / CHUNK), 1) * CHUNK, chunk_bytes=CHUNK, forms=requests, tests=10 * requests,
                synced_bytes=max(round(gib * GIB / 2 / CHUNK), 1) * CHUNK, idle=10_000, clients=1000, chunks_each=2,
                sparse_bytes=64 * GIB, finishes=5)


def arguments_of(argv):
    parser = argparse.ArgumentParser(prog="./dev bench", description="Stile beside its rivals; see bench/README.md.")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of: {' '.join(WORKLOADS)} (default: all)")
    parser.add_argument("--list", action="store_true", help="say what there is, and end")
    parser.add_argument("--runs", "--rounds", type=int, default=5, help="of each contestant, in turn (default 5)")
    parser.add_argument("--gib", type=float, default=2, help="size of the large files (default 2: the page cache keeps that)")
    parser.add_argument("--requests", type=int, default=10000, help="of the small photos; ten times as many chunk tests (default 10000)")
    parser.add_argument("--tiny", action="store_true", help="once, with a few MiB: does it still work?")
    parser.add_argument("--rivals", choices=("install", "installed", "none"), default="install",
                        help="servers that are no Debian packages: download what is missing, or take those that are there, or none")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of stile, e.g. disk.threads=2")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench-data",
                        help="where the servers store; made and removed (default build/bench-data)")
    chosen = parser.parse_args(argv)
    unknown = [name for name in chosen.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"no workload {', '.join(unknown)}; there are: {' '.join(WORKLOADS)}")
    if chosen.runs < 1 or chosen.gib <= 0 or chosen.requests < 1:
        parser.error("--runs, --gib and --requests must be positive")
    return chosen


def list_workloads():
    for name, workload in WORKLOADS.items():
        goals = sorted({ratio.goal_name for ratio in workload.ratios if ratio.goal_name})
        print(f"{name:16}{' '.join(goals):5}{workload.title}\n{'':21}{', '.join(one.name for one in workload.contestants)}")


def progress_of(name):
    def progress(text):
        print(f"{name}: {text}", file=sys.stderr, flush=True)

    return progress


def run_all(chosen, size, folder, report):
    """One that fails does not take the others along. Returns whether all went well."""
    for name in chosen.workloads or WORKLOADS:
        workload = WORKLOADS[name]
        place = folder / name
        place.mkdir()
        try:
            seen, skipped = run_workload(workload, size, report["runs"], place, chosen.rivals, progress_of(name))
        except (Failed, OSError, subprocess.SubprocessError) as error:
            print(f"\n{name} failed: {error}", file=sys.stderr, flush=True)
            report["failed"][name] = str(error)
            continue
        finally:
            shutil.rmtree(place)
        if "stile" in skipped or len(seen) == 0:
            print(f"\n{name}: skipped, {'; '.join(skipped.values())}")
            continue
        report["workloads"][name] = summarise(workload, seen, skipped)
        print_workload(name, report["workloads"][name], show_goals=not chosen.tiny)
        sys.stdout.flush()
        if chosen.json:  # after each, so that hours are not lost to the last one
            Path(chosen.json).write_text(json.dumps(report, indent=1) + "\n")
    return not report["failed"]


def main(argv):
    chosen = arguments_of(argv)
    if chosen.list:
        list_workloads()
        return 0
    if not (STILE.exists() and (TOOLS / "load").exists()):
        print(f"bench: {STILE} or {TOOLS}/load is not there: ./dev bench builds them", file=sys.stderr)
        return 1
    size = TINY if chosen.tiny else full_size(chosen.gib, chosen.requests)
    Stile.common_settings = chosen.set
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exception, so that servers and files go too
    folder = chosen.folder / str(os.getpid())
    folder.mkdir(parents=True)
    try:
        report = {"machine": machine(folder), "versions": versions(STILE), "runs": 1 if chosen.tiny else chosen.runs, "tiny": chosen.tiny,
                  "settings": chosen.set, "size": vars(size), "workloads": {}, "failed": {}}
        print(", ".join(f"{key} {value}" for key, value in {**report["machine"], **report["versions"]}.items()))
        print(f"{report['runs']} runs of each in turn, medians; files of {size.file_bytes / GIB:.2f} GiB"
              + (f"; stile with {', '.join(chosen.set)}" if chosen.set else ""), flush=True)
        return 0 if run_all(chosen, size, folder, report) else 1
    finally:
        shutil.rmtree(folder)
        if chosen.folder.is_dir() and not any(chosen.folder.iterdir()):
            chosen.folder.rmdir()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
