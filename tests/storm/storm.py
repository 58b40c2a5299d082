#!/usr/bin/env python3
"""The storm: the real server under mixed load, killed with SIGKILL again and again; then every promise is checked.

    ./dev storm                       100 kills
    ./dev storm --kills 1000          as many as one likes
    ./dev storm --kills 20 --seed 7   the same clients and moments once more (the threads still run as they like)
    ./dev storm --failpoints          it dies at every failpoint instead (`stile failpoints`), and each is checked by itself
    ./dev storm --failpoints finish.published --rounds 50

Clients send plain forms, Resumable.js chunks in parallel, repeats, broken and abandoned uploads, more files than a token allows,
replacements and deletions, and read what has landed, all through the kills. In the end, after a last kill: every acknowledged
chunk is there, every finished file has its SHA-256, one photo per upload, uses are exact, every photo was called back, nothing
lies in the archive or in staging that nobody knows. Exits with 1 and says what is wrong when a promise was broken.
"""

import argparse
import json
import random
import secrets
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "service")]

import failpoints  # noqa: E402
from harness import sanitizers  # noqa: E402
from harness import server as servers  # noqa: E402
from ledger import audit  # noqa: E402
from world import World  # noqa: E402


def parse(argv):
    parser = argparse.ArgumentParser(prog="./dev storm", description="Kills the server under load and checks every promise.")
    parser.add_argument("--kills", type=int, default=100, help="how often the server is killed (default 100)")
    parser.add_argument("--seed", type=int, default=None, help="of the clients and of the moments (default: a random one, printed)")
    parser.add_argument("--clients", type=int, default=8, help="clients at work (default 8)")
    parser.add_argument("--longest-ms", type=int, default=700, help="longest life of a server between two kills (default 700)")
    parser.add_argument("--failpoints", nargs="*", metavar="NAME", help="die at these failpoints, or at all, instead of at random moments")
    parser.add_argument("--rounds", type=int, default=1, help="how often each failpoint is visited (default 1)")
    parser.add_argument("--json", metavar="FILE", help="write the figures")
    parser.add_argument("--keep", action="store_true", help="keep the data directory")
    chosen = parser.parse_args(argv)
    if chosen.kills < 0 or chosen.clients < 1 or chosen.longest_ms < 1 or chosen.rounds < 1:
        parser.error("--kills must not be negative; --clients, --rounds and --longest-ms must be positive")
    unknown = set(chosen.failpoints) - set(failpoints.names()) if chosen.failpoints else set()
    if unknown:
        parser.error(f"there is no failpoint {', '.join(sorted(unknown))}; see `stile failpoints`")
    return chosen


def kill_and_restart(world, kills, longest_ms, moments):
    """The killer; returns how long the restarts took."""
    restarts, told = [], 0.0
    for number in range(kills):
        if world.ledger.wrong:
            break
        world.stopping.wait(moments.uniform(0.02, longest_ms / 1000))
        begun = time.monotonic()
        world.server.restart("kill")
        restarts.append(time.monotonic() - begun)
        if sys.stderr.isatty() or time.monotonic() - told > 10:
            told = time.monotonic()
            counts = world.ledger.counts
            print(f"\r   {number + 1}/{kills} kills, {counts['files']} files, {counts['chunks']} chunks acknowledged, "
                  f"{len(world.ledger.wrong)} wrong", end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return restarts


def run(chosen, folder):
    """One storm; returns (figures, what is wrong)."""
    begun = time.monotonic()
    world = World(folder, chosen.seed)
    try:
        storm = at_random_moments if chosen.failpoints is None else at_failpoints
        figures, wrong = storm(world, chosen)
        world.server.prove_it_works()
        world.server.close()
    finally:
        world.close()
    figures = {"seed": chosen.seed, "clients": chosen.clients, "seconds": round(time.monotonic() - begun, 1),
               **dict(sorted(figures.items())), "replacements_tried": world.can_replace}
    return figures, wrong


def at_random_moments(world, chosen):
    with world.clients_at_work(chosen.clients):
        restarts = kill_and_restart(world, chosen.kills, chosen.longest_ms, random.Random(f"{chosen.seed}/moments"))
    world.server.restart("kill")
    audit(world.ledger, world.server, world.receiver)
    return {"kills": len(restarts) + 1, **world.ledger.counts, "slowest_restart_s": round(max(restarts, default=0.0), 2)}, \
        world.ledger.wrong


def at_failpoints(world, chosen):
    return failpoints.storm(world, chosen.failpoints or failpoints.names(), chosen.rounds, chosen.clients,
                            random.Random(f"{chosen.seed}/failpoints"))


def main(argv):
    chosen = parse(argv)
    if chosen.seed is None:
        chosen.seed = secrets.randbelow(1_000_000)
    what = f"{chosen.kills} kills" if chosen.failpoints is None else f"{chosen.rounds} rounds of failpoints"
    print(f"storm: {what}, {chosen.clients} clients, seed {chosen.seed}, {servers.BINARY}", flush=True)
    sanitizers.prepare()
    folder = Path(tempfile.mkdtemp(prefix="stile-storm-"))
    try:
        figures, wrong = run(chosen, folder)
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    for name, value in figures.items():
        print(f"  {name.replace('_', ' '):22} {value}")
    if chosen.json:
        Path(chosen.json).write_text(json.dumps({**figures, "wrong": wrong}, indent=1) + "\n")
    for text in wrong[:20]:
        print(f"WRONG: {text}")
    print(f"{len(wrong)} promises broken" if wrong else "every promise kept")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
