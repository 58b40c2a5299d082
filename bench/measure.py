"""One round of one contestant: a fresh server, a load, and what the server took meanwhile."""

import json
import shutil
import subprocess

from model import GIB, MIB
from servers import TOOLS, Failed

LOAD_TIMEOUT = 1800
NOTHING = bytes(4 * MIB)


class Bench:
    """What a round may use. `earlier` has the rounds of the same turn that came before it, by contestant."""

    def __init__(self, size, directory, earlier):
        self.size = size
        self.directory = directory
        self.earlier = earlier

    @staticmethod
    def load(server, arguments):
        """Runs the load against a server that is up, without measuring: what prepares."""
        return run_load(server, arguments)

    def measured(self, server, arguments, *, stores=0, receives=0, unit_bytes=None):
        """Runs the load against a server that is up. `stores`: bytes that must be there afterwards; `receives`: bytes of answers that
        must have come; `unit_bytes`: bytes that count as work done, when they are others."""
        back_free_memory(self.directory.parent, stores if unit_bytes is None else unit_bytes)
        user, system = server.cpu_seconds()
        synced = server.syncs()
        seen = run_load(server, arguments)
        user_after, system_after = server.cpu_seconds()
        synced_after = server.syncs()
        stored = server.stored_bytes()
        if stored is not None and stored < stores:
            raise Failed(f"{server.name}: {stores} bytes were sent, {stored} are stored")
        if seen["bytes_received"] < receives:
            raise Failed(f"{server.name}: {receives} bytes were to come, {seen['bytes_received']} did")
        return {"user_s": user_after - user, "system_s": system_after - system, "wall_s": seen["wall_s"],
                "requests": seen["requests"], "bytes": stores + receives if unit_bytes is None else unit_bytes,
                "stored_bytes": stored, "load_cpu_s": seen["cpu_s"],
                **{key: seen[key] for key in ("p50_us", "p90_us", "p99_us", "max_us")},
                "peak_resident_bytes": server.memory_bytes("VmHWM"),
                "syncs": None if synced is None else {what: synced_after[what] - count for what, count in synced.items()},
                **({"cipher": seen["cipher"]} if seen["cipher"] else {})}


def words_of(tool, arguments):
    return [str(word) for word in [TOOLS / tool, *arguments]]


def load_command(server, arguments):
    return words_of("load", ["--port", server.port, *arguments])


def run_tool(tool, arguments):
    """One of the loops of the bench folder; returns what it printed."""
    done = subprocess.run(words_of(tool, arguments), capture_output=True, text=True, timeout=LOAD_TIMEOUT, check=False)
    if done.returncode != 0:
        raise Failed(f"{tool}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout else {}


def run_load(server, arguments):
    done = subprocess.run(load_command(server, arguments), capture_output=True, text=True, timeout=LOAD_TIMEOUT, check=False)
    if done.returncode != 0:
        raise Failed(f"{server.name}: {done.stderr.strip()}\n{server.log_text()}")
    return json.loads(done.stdout)


def back_free_memory(folder, size):
    """Makes the pages that the next `size` bytes of page cache will take known to the host. In a virtual machine the first touch
    of a page that the host has taken back costs several times the copy, and whoever happens to touch it would pay."""
    path = folder / "warm"
    with path.open("wb", buffering=0) as file:
        for _ in range(0, size, len(NOTHING)):
            file.write(NOTHING)
    path.unlink()


def run_workload(workload, size, rounds, folder, rivals, progress):
    """All rounds. The contestants take turns (A B A B …), so that what disturbs the machine disturbs them alike. Returns the rounds of
    each contestant, and why others were left out."""
    skipped = {}
    for contestant in workload.contestants:
        why = contestant.server.why_not(rivals) if contestant.server else None
        if why:
            skipped[contestant.name] = why
            progress(f"{contestant.name} is left out: {why}")
    there = [one for one in workload.contestants if one.name not in skipped]
    seen = {one.name: [] for one in there}
    for number in range(rounds):
        earlier = {}
        for one in there:
            progress(f"round {number + 1} of {rounds}: {one.name}")
            directory = folder / f"{one.name}-{number}"
            earlier[one.name] = one.round(Bench(size, directory, earlier))
            seen[one.name].append(earlier[one.name])
            # Few large files go at once. Many small ones stay until all is over: ext4 hands out no inode that was freed in the
            # last minutes, and whoever creates files next would pay for the search.
            if not workload.keeps_files:
                shutil.rmtree(directory, ignore_errors=True)
    return seen, skipped


def units(round_, unit):
    if unit == "GiB":
        return round_["bytes"] / GIB
    return round_["requests"] / (1000 if unit == "1000 requests" else 1)
