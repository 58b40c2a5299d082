#!/usr/bin/env python3
"""The benchmark: Stile beside its rivals, in turn, on the same machine in the same run.

    ./dev bench                     every workload: 5 rounds, 4 GiB each
    ./dev bench octet --rounds 3    one of them
    ./dev bench --tiny              everything once with a few MiB, to see that it still works

CPU seconds are those of the whole process tree of the server, from the kernel's accounts; they bear a busy machine better
than rates, and depend on the machine all the same: the ratios are what to look at. Exits with 1 when anything fails; a
missed goal is shown, not a failure.
"""

import argparse
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

from servers import NGINX, ROOT, STILE, TOOLS, Failed, Nginx, Stile
from workloads import GIB, MIB, WORKLOADS, Size

LOAD_TIMEOUT = 900
NOTHING = bytes(4 * MIB)


def run_load(server, arguments):
    command = [TOOLS / "load", "--port", server.port, *arguments]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=LOAD_TIMEOUT, check=False)
    if done.returncode != 0:
        raise Failed(f"{server.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def back_free_memory(directory, size):
    """Makes the pages that the next `size` bytes of page cache will take known to the host. In a virtual machine the first touch
    of a page that the host has taken back costs several times the copy, and whoever happens to touch it would pay."""
    path = directory / "warm"
    with path.open("wb", buffering=0) as file:
        for _ in range(0, size, len(NOTHING)):
            file.write(NOTHING)
    path.unlink()


def measure(server_class, load, directory, total_bytes):
    """One round of one contestant, on a fresh server."""
    with server_class(directory, total_bytes) as server:
        tokens = server.token_arguments(load.uploads)
        if load.before:
            run_load(server, load.before + tokens)
        arguments = [word.replace("{token}", tokens[1]) if isinstance(word, str) else word for word in load.arguments]
        back_free_memory(directory, load.stores)
        user, system = server.cpu_seconds()
        seen = run_load(server, arguments + tokens)
        user_after, system_after = server.cpu_seconds()
        stored = server.stored_bytes()
        if stored is not None and stored < load.stores:
            raise Failed(f"{server.name}: {load.stores} bytes were sent, {stored} are stored")
        return {"user_s": user_after - user, "system_s": system_after - system, "wall_s": seen["wall_s"],
                "requests": seen["requests"], "bytes": load.stores, "load_cpu_s": seen["cpu_s"],
                "p50_us": seen["p50_us"], "p99_us": seen["p99_us"], "max_us": seen["max_us"],
                "peak_resident_bytes": server.peak_resident_bytes()}


def units(round_, unit):
    return round_["bytes"] / GIB if unit == "GiB" else round_["requests"] / 1000


def summarise(rounds, unit):
    """Medians over the rounds, per unit."""
    cpu = [(r["user_s"] + r["system_s"]) / units(r, unit) for r in rounds]
    rate = [units(r, unit) / r["wall_s"] for r in rounds]
    middle = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
    of_one = units(rounds[0], unit)
    return {"cpu": statistics.median(cpu), "cpu_least": min(cpu), "cpu_most": max(cpu), "rate": statistics.median(rate),
            "user": middle["user_s"] / of_one, "system": middle["system_s"] / of_one, "load_cpu": middle["load_cpu_s"] / of_one,
            "p50_us": middle["p50_us"], "p99_us": middle["p99_us"],
            "peak_resident_bytes": max(r["peak_resident_bytes"] for r in rounds), "rounds": rounds}


def run_workload(name, workload, size, rounds, folder):
    """The contestants take turns, so that what disturbs the machine disturbs them alike."""
    seen = {server_class.name: [] for server_class, _ in workload.contestants}
    for number in range(rounds):
        for server_class, make_load in workload.contestants:
            directory = folder / f"{name}-{server_class.name}-{number}"
            seen[server_class.name].append(measure(server_class, make_load(size), directory, size.total_bytes))
            # Few large files go at once. Many small ones stay until all is over: ext4 hands out no inode that was freed in the
            # last minutes, and whoever creates files next would pay for the search.
            if workload.unit == "GiB":
                shutil.rmtree(directory)
            if sys.stderr.isatty():
                print(".", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r" + " " * (rounds * len(seen)) + "\r", end="", file=sys.stderr, flush=True)
    figures = {name: summarise(of_one, workload.unit) for name, of_one in seen.items()}
    ratios = []
    for wanted in workload.ratios:
        below = figures[wanted.below][wanted.figure]
        if below == 0:
            continue  # less than a tick of the kernel's clock: too short a run to compare
        value = figures[wanted.above][wanted.figure] / below
        met = value <= wanted.goal if wanted.smaller_is_better else value >= wanted.goal
        # A disturbed run only ever costs more, so on a busy machine the cheapest rounds say more than the median ones.
        least = wanted.figure == "cpu" and figures[wanted.below]["cpu_least"] > 0
        of_least = figures[wanted.above]["cpu_least"] / figures[wanted.below]["cpu_least"] if least else None
        ratios.append({"label": wanted.label, "value": value, "of_least": of_least, "goal": wanted.goal,
                       "smaller_is_better": wanted.smaller_is_better, "met": met})
    return {"unit": workload.unit, "contestants": figures, "ratios": ratios}


def print_workload(name, workload, result, show_goals):
    per = "GiB" if workload.unit == "GiB" else "k"
    print(f"\n{name}: {workload.title}")
    print(f"  {'':8}{'CPU-s/' + per:>10}{'least':>8}{'most':>8}{'user':>8}{'system':>8}{per + '/s':>9}{'p50 ms':>9}{'p99 ms':>9}"
          f"{'peak MiB':>10}{'load CPU':>10}")
    for contestant, f in result["contestants"].items():
        print(f"  {contestant:8}{f['cpu']:10.3f}{f['cpu_least']:8.3f}{f['cpu_most']:8.3f}{f['user']:8.3f}{f['system']:8.3f}"
              f"{f['rate']:9.2f}{f['p50_us'] / 1000:9.2f}{f['p99_us'] / 1000:9.2f}{f['peak_resident_bytes'] / MIB:10.1f}"
              f"{f['load_cpu']:10.3f}")
    for ratio in result["ratios"] if show_goals else []:
        goal = f"{'at most' if ratio['smaller_is_better'] else 'at least'} {ratio['goal']:.2f}"
        of_least = f"{ratio['of_least']:.2f} between the cheapest rounds, " if ratio["of_least"] else ""
        print(f"  {ratio['label']:20}{ratio['value']:6.2f}   ({of_least}goal: {goal}){'' if ratio['met'] else '   MISSED'}")


def first_line_of(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=20, check=False)
    return (done.stdout or done.stderr).strip().splitlines()[0]


def machine(folder):
    """What the figures depend on."""
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = int(re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE).group(1))
    return {"cores": len(os.sched_getaffinity(0)), "cpu": model.group(1) if model else platform.machine(),
            "memory_gib": round(memory / (1 << 20), 1), "kernel": platform.release(),
            "file_system": first_line_of(["stat", "-f", "-c", "%T", folder]),
            "load_average": round(os.getloadavg()[0], 1), "stile": first_line_of([STILE, "--version"]).split()[-1],
            "nginx": first_line_of([NGINX, "-v"]).rpartition("/")[2] if NGINX else "not installed",
            "date": time.strftime("%Y-%m-%d")}


def arguments_of(argv):
    parser = argparse.ArgumentParser(prog="./dev bench", description="Stile beside its rivals.")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of: {' '.join(WORKLOADS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="of each contestant, in turn (default 5)")
    parser.add_argument("--gib", type=float, default=4, help="size of the large files (default 4)")
    parser.add_argument("--requests", type=int, default=10000, help="of the small ones; ten times as many GETs (default 10000)")
    parser.add_argument("--tiny", action="store_true", help="once, with a few MiB: does it still work?")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of stile, e.g. disk.threads=2")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench-data",
                        help="where the servers store; made and removed (default build/bench-data)")
    chosen = parser.parse_args(argv)
    unknown = [name for name in chosen.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"no workload {', '.join(unknown)}; there are: {' '.join(WORKLOADS)}")
    if chosen.rounds < 1 or chosen.gib <= 0 or chosen.requests < 1:
        parser.error("--rounds, --gib and --requests must be positive")
    return chosen


def main(argv):
    chosen = arguments_of(argv)
    names = chosen.workloads or list(WORKLOADS)
    rounds = 1 if chosen.tiny else chosen.rounds
    chunk = 8 * MIB
    size = (Size(total_bytes=2 * chunk, chunk_bytes=chunk, forms=200, tests=500) if chosen.tiny else
            Size(total_bytes=max(round(chosen.gib * GIB / chunk), 1) * chunk, chunk_bytes=chunk, forms=chosen.requests,
                 tests=10 * chosen.requests))
    Stile.settings = chosen.set
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an exception, so that servers and files go too
    folder = chosen.folder / str(os.getpid())
    folder.mkdir(parents=True)
    report = {"machine": machine(folder), "rounds": rounds, "settings": chosen.set, "workloads": {}}
    print(", ".join(f"{key} {value}" for key, value in report["machine"].items()))
    print(f"{rounds} rounds in turn, medians; durability none; chunks of {chunk // MIB} MiB, files of {size.total_bytes / GIB:.2f} GiB"
          + (f"; stile with {', '.join(chosen.set)}" if chosen.set else ""))
    try:
        for name in names:
            workload = WORKLOADS[name]
            if not NGINX and any(server_class is Nginx for server_class, _ in workload.contestants):
                print(f"\n{name}: skipped, nginx is not installed (Debian package nginx-light)")
                continue
            result = run_workload(name, workload, size, rounds, folder)
            report["workloads"][name] = result
            print_workload(name, workload, result, show_goals=not chosen.tiny)
            sys.stdout.flush()
    except (Failed, subprocess.SubprocessError) as error:
        print(f"\nbench failed: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder)
        if chosen.folder.is_dir() and not any(chosen.folder.iterdir()):
            chosen.folder.rmdir()
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
