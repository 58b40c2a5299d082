#!/usr/bin/env python3
"""Planted bugs: each of bugs.py is put into a copy of the source, and the tiers say whether they notice.

    ./dev mutants                          all of them; prints the table of docs/durability.md
    ./dev mutants double_finish staging_leak
    ./dev mutants --tiers crash model      these tiers only

A bug is a few files compiled anew and linked before the libraries of build/dev; nothing in the tree changes. The tiers run
in a shortened form and end at the first failure. First they run without any bug: they must pass, and give the time after
which one "does not end". Exits with 1 when a bug is found by none.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bugs import BUGS

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 600.0  # seconds, of a tier without a bug

# Every kind of fault and cut once; what is left out repeats them with another error, another carrier, other dice.
FAULTS = "*Fault*-*RecoverySurvives*/disk*:*RecoverySurvives*/*then_on:*RecoverySurvives*/lost*:*RecoverySurvives*/synced*"
CUTS = "*Crash*-EngineCrashOfRandomWork*:*mishaps*:*spooled*:*ManyThrows*"
STORM = ["tests/storm/storm.py", "--clients", "4", "--seed", "1"]
# Name of a tier: (program, arguments)
TIERS = {
    "unit": ("src/engine_test", ["--gtest_filter=-*Fault*:*Crash*:EngineModel*"]),
    "fault": ("src/engine_test", ["--gtest_filter=" + FAULTS]),
    "crash": ("src/engine_test", ["--gtest_filter=" + CUTS]),
    "random crash": ("src/engine_test", ["--gtest_filter=EngineCrashOfRandomWork*"]),
    "model": ("src/engine_test", ["--gtest_filter=EngineModel*"]),
    "unit of notify": ("src/notify_test", ["--gtest_filter=Outbox*-*Fault*"]),
    "fault of notify": ("src/notify_test", ["--gtest_filter=*Fault*"]),
    "failpoints": ("stile", [*STORM, "--failpoints", "catalog.applied", "catalog.committed", "--rounds", "3"]),
    "storm": ("stile", [*STORM, "--kills", "40"]),
}
SHORT = {"STILE_MODEL_STEPS": "40000", "STILE_CRASH_SEEDS": "100", "GTEST_FAIL_FAST": "1", "GTEST_BRIEF": "1"}


class Workshop:
    """A copy of src/ and of what the programs are linked from, so that a build beside it changes nothing."""

    def __init__(self, build, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ROOT / "src", folder / "src")
        database = json.loads((build / "compile_commands.json").read_text())
        self.compilers = {str(Path(entry["file"]).relative_to(ROOT)): entry["command"] for entry in database
                          if Path(entry["file"]).is_relative_to(ROOT / "src")}
        self.linkers = {}
        for program in {program for program, _ in TIERS.values()}:
            listed = subprocess.run(["ninja", "-C", build, "-t", "commands", program], capture_output=True, text=True, check=True)
            command = re.sub(r"^: && | && :$", "", listed.stdout.strip().splitlines()[-1])
            self.linkers[program] = command
            for word in command.split():
                if word.endswith((".o", ".a")) and not word.startswith("/"):
                    (folder / "link" / word).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(build / word, folder / "link" / word)

    def compile(self, bug):
        """The object files of the changed sources."""
        texts = {}
        for path, old, new in bug.edits:
            text = texts.get(path) or (self.folder / path).read_text()
            assert text.count(old) == 1, f"{bug.name} does not apply to {path}"
            texts[path] = text.replace(old, new)
        objects = []
        for path, text in texts.items():
            source = self.folder / "bugs" / bug.name / Path(path).name
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(text)
            command = self.compilers[path].replace(str(ROOT / "src"), str(self.folder / "src"))
            command = re.sub(r" -M[DTF]( \S+\.(o|d))?| -o \S+| -c \S+", "", command)
            objects.append(f"{source}.o")
            subprocess.run(f"{command} -w -o {source}.o -c {source}", shell=True, cwd=self.folder, check=True)
        return objects

    def link(self, name, objects, program):
        made = self.folder / "bugs" / name / Path(program).name
        made.parent.mkdir(parents=True, exist_ok=True)
        # Before the libraries: what is defined already is not taken from them.
        command = self.linkers[program].replace(f" -o {program} ", f" -o {made} {' '.join(objects)} ")
        subprocess.run(command, shell=True, cwd=self.folder / "link", check=True)
        return made


def run(tier, program, patience, log):
    """(what came of it, seconds): "" when the tier noticed nothing."""
    _, arguments = TIERS[tier]
    command = [sys.executable, *arguments] if program.name == "stile" else [program, *arguments]
    begun = time.monotonic()
    with open(log, "ab") as out, subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, start_new_session=True,
                                                  env={**os.environ, **SHORT, "STILE_BIN": str(program)}) as process:
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with the server that a storm has started
            return "does not end", time.monotonic() - begun
    took = time.monotonic() - begun
    if process.returncode == -signal.SIGABRT:
        return "a broken invariant aborts", took
    return ("found" if process.returncode else ""), took


def judge(workshop, bug, tiers, limits):
    objects = workshop.compile(bug)
    programs = {}
    found = {}
    for tier in tiers:
        program = TIERS[tier][0]
        if program not in programs:
            programs[program] = workshop.link(bug.name, objects, program)
        found[tier], _ = run(tier, programs[program], limits[tier], workshop.folder / "bugs" / bug.name / "log")
    return found


def words(found):
    told = [tier.removesuffix(" of notify") + (f" ({how})" if how != "found" else "") for tier, how in found.items() if how]
    return ", ".join(told) or "**nothing**"


def main():
    parser = argparse.ArgumentParser(prog="./dev mutants", description="Plants bugs and says which tier finds them.")
    parser.add_argument("bugs", nargs="*", metavar="BUG", help="by name (default: all)")
    parser.add_argument("--tiers", nargs="+", choices=TIERS, help="only these")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "dev", help="a finished build (default build/dev)")
    parser.add_argument("--jobs", type=int, default=1, help="bugs judged at once (default 1)")
    chosen = parser.parse_args()
    unknown = set(chosen.bugs) - {bug.name for bug in BUGS}
    if unknown:
        parser.error(f"there is no bug {', '.join(sorted(unknown))} in tests/mutants/bugs.py")
    bugs = [bug for bug in BUGS if not chosen.bugs or bug.name in chosen.bugs]
    tiers = {bug: [tier for tier in bug.tiers if not chosen.tiers or tier in chosen.tiers] for bug in bugs}
    workshop = Workshop(chosen.build.resolve(), ROOT / "build" / "mutants")
    limits = {}
    for tier in dict.fromkeys(tier for some in tiers.values() for tier in some):
        program = workshop.link("none", [], TIERS[tier][0])
        what, took = run(tier, program, LONGEST, program.parent / "log")
        if what:
            sys.exit(f"without any bug: {tier}: {what}; see {program.parent}/log")
        limits[tier] = (3 * took + 20) * chosen.jobs
        print(f"   without any bug: {tier}, {took:.0f} s", flush=True)
    print("\n| bug | found by |\n|---|---|", flush=True)
    with ThreadPoolExecutor(chosen.jobs) as pool:
        results = pool.map(lambda bug: (bug, judge(workshop, bug, tiers[bug], limits)), bugs)
        missed = []
        for bug, found in results:
            print(f"| {bug.says} | {words(found)} |", flush=True)
            missed += [bug.name] if not any(found.values()) else []
    if missed:
        sys.exit(f"\nfound by nothing: {', '.join(missed)}")


if __name__ == "__main__":
    main()
