"""Runs the fuzz targets of build/fuzz one after the other and prints what each did. Called by ./dev fuzz.

The corpus that grows lies in build/fuzz-corpus, findings and logs in build/fuzz-findings, and build/fuzz-runs.json sums the
runs of every invocation, so that a table of many nights can be printed. Exits with 1 when anything was found.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "fuzz" / "fuzz"
FINDINGS = ROOT / "build" / "fuzz-findings"
SUMS = ROOT / "build" / "fuzz-runs.json"
LINE = "{:15} {:>8} {:>12} {:>14} {:>9} {:>7} {:>9}"


def targets():
    return sorted(path.name.removesuffix("_fuzz.cc") for path in (ROOT / "fuzz").glob("*_fuzz.cc"))


def parse(argv):
    parser = argparse.ArgumentParser(prog="./dev fuzz", description="Searches for inputs that break a target's promises.")
    parser.add_argument("--minutes", type=float, default=5, help="for all of them together (default 5)")
    parser.add_argument("--json", metavar="FILE", help="write the figures")
    parser.add_argument("--markdown", action="store_true", help="print the table as fuzz/README.md has it")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="only these (default: all)")
    chosen = parser.parse_args(argv)
    if chosen.minutes <= 0:
        parser.error("--minutes must be positive")
    unknown = set(chosen.targets) - set(targets())
    if unknown:
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are: {' '.join(targets())}")
    return chosen


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def run(name, seconds):
    """One target for so long; returns its figures."""
    corpus = ROOT / "build" / "fuzz-corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    # In a folder of its own: an artifact of `head` must not be taken for one of `head_x`.
    found_in = FINDINGS / name
    found_in.mkdir(parents=True, exist_ok=True)
    before = set(found_in.iterdir())
    command = [BUILD / f"{name}_fuzz", f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
               "-print_final_stats=1", f"-artifact_prefix={found_in}/", f"-dict={ROOT / 'fuzz' / 'dict' / name}.dict",
               corpus, ROOT / "fuzz" / "corpus" / name]
    begun = time.monotonic()
    done = subprocess.run(command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, errors="replace", check=False,
                          env={**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=1")})
    (found_in / "log").write_text(done.stdout)
    artifacts = sorted(set(found_in.iterdir()) - before - {found_in / "log"})
    findings = max(len(artifacts), int(done.returncode != 0))
    if findings:
        print(f"{name} found something (exit code {done.returncode}):\n{done.stdout[-3000:]}", flush=True)
        for artifact in artifacts:
            print(f"  again: {command[0]} {artifact}", flush=True)
    return {"seconds": round(time.monotonic() - begun, 1),
            "runs": number(r"stat::number_of_executed_units: +(\d+)", done.stdout) or number(r"^#(\d+)\s", done.stdout),
            "edges": number(r"\bcov: (\d+)", done.stdout), "corpus": len(list(corpus.iterdir())), "findings": findings}


def add_up(figures):
    sums = json.loads(SUMS.read_text()) if SUMS.exists() else {}
    for name, row in figures.items():
        total = sums.setdefault(name, {"seconds": 0, "runs": 0, "findings": 0})
        for key in total:
            total[key] = round(total[key] + row[key], 1)
        total["edges"], total["corpus"] = max(row["edges"], total.get("edges", 0)), row["corpus"]
    SUMS.write_text(json.dumps(sums, indent=1, sort_keys=True) + "\n")
    return sums


def promise_of(name):
    """The first sentence of the target's source."""
    lines = []
    for line in (ROOT / "fuzz" / f"{name}_fuzz.cc").read_text().splitlines():
        if not line.startswith("//") or line == "//":
            break
        lines.append(line.removeprefix("//").strip())
    return re.split(r"(?<=[a-z)])\. ", " ".join(lines))[0].rstrip(".").replace("|", "\\|")


def print_markdown(sums):
    print("\n| target | what it promises | runs | edges | inputs kept | found |\n|---|---|--:|--:|--:|--:|")
    for name, row in sorted(sums.items()):
        print(f"| {name} | {promise_of(name)} | {row['runs']:,} | {row['edges']:,} | {row['corpus']:,} | {row['findings']} |")


def main(argv):
    chosen = parse(argv)
    names = chosen.targets or targets()
    seconds = max(1, round(chosen.minutes * 60 / len(names)))
    print(f"{len(names)} targets, {seconds} s each", flush=True)
    print(LINE.format("target", "seconds", "runs", "runs in all", "edges", "corpus", "findings"), flush=True)
    figures = {}
    for name in names:
        figures[name] = run(name, seconds)
        row, total = figures[name], add_up({name: figures[name]})[name]
        print(LINE.format(name, row["seconds"], f"{row['runs']:,}", f"{total['runs']:,}", row["edges"], row["corpus"],
                          row["findings"]), flush=True)
    if chosen.markdown:
        print_markdown(json.loads(SUMS.read_text()))
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    found = [name for name in names if figures[name]["findings"]]
    print(f"\n{sum(row['runs'] for row in figures.values()):,} runs; "
          + (f"something was found by: {', '.join(found)}; see {FINDINGS}" if found else "nothing found"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
