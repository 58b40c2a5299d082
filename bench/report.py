#!/usr/bin/env python3
"""Writes the measured parts of docs/performance.md, and its plots.

    ./dev bench report                      from build/bench.json, build/micro.json and build/growth.json, where they are
    ./dev bench report --bench other.json

What stands between <!-- figures NAME --> and <!-- end of figures --> is written anew from the file that holds it; the rest of the page
is by hand. A run of --tiny proves nothing and is refused for the page of the project.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import report_tables as tables

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
MARKED = r"(<!-- figures {} -->\n).*?(<!-- end of figures -->)"


def arguments_of(argv):
    parser = argparse.ArgumentParser(prog="./dev bench report", description="Figures into docs/performance.md.")
    for name in ("bench", "micro", "growth"):
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"default build/{name}.json, when it is there")
    parser.add_argument("--page", type=Path, default=PAGE, help="another page with the same marks")
    chosen = parser.parse_args(argv)
    for name in ("bench", "micro", "growth"):
        default = ROOT / "build" / f"{name}.json"
        if getattr(chosen, name) is None and default.is_file():
            setattr(chosen, name, default)
    if not (chosen.bench or chosen.micro or chosen.growth):
        parser.error("there is nothing to report: run ./dev bench --json build/bench.json first")
    return chosen


def put(page, name, content):
    marked = re.compile(MARKED.format(name), re.DOTALL)
    if not marked.search(page):
        raise ValueError(f"the page has no mark <!-- figures {name} -->")
    return marked.sub(lambda found: found[1] + "\n" + content + "\n\n" + found[2], page)


class Images:
    """Files beside the page. Those of an earlier run that nobody shows any more are removed."""

    def __init__(self, page):
        self.folder = page.parent / "images" / "performance"
        self.folder.mkdir(parents=True, exist_ok=True)

    def add(self, name, content):
        (self.folder / f"{name}.svg").write_text(content)
        return f"images/performance/{name}.svg"

    def keep_only(self, page):
        for path in self.folder.glob("*.svg"):
            if f"images/performance/{path.name}" not in page:
                path.unlink()


def workloads(seen, images):
    return "\n\n".join(tables.section_of_workload(name, result, images.add(name, tables.plot_of(result)))
                       for name, result in seen["workloads"].items())


def growth(seen, images):
    parts = []
    if seen["made"]:
        parts.append(tables.made_table(seen["made"]))
    if seen["workloads"]:
        parts.append(workloads(seen, images))
    for name, curve in seen["curves"].items():
        parts.append(f"### {name}\n\n![{curve['title']}]({images.add(name, tables.plot_of_curve(curve))})")
    if restart := seen["restart"]:
        parts += ["### restart", restart["title"] + ": medians, and least to most.", tables.restart_table(restart),
                  "Storing its receipts, 64 at once, durability none, through the catalog alone:", tables.receipts_table(restart)]
    return "\n\n".join(parts)


def main(argv):
    try:
        return report(arguments_of(argv))
    except ValueError as error:
        print(f"./dev bench report: {error}", file=sys.stderr)
        return 1


def report(chosen):
    read = {name: json.loads(getattr(chosen, name).read_text()) for name in ("bench", "micro", "growth") if getattr(chosen, name)}
    runs = [read[name] for name in ("bench", "growth") if name in read]
    if chosen.page.resolve() == PAGE and any(one["tiny"] for one in runs):
        raise ValueError("that was a run of --tiny, which says nothing about speed")
    images, page = Images(chosen.page), chosen.page.read_text()
    if runs:
        page = put(page, "machine", tables.machine_table(runs))
        page = put(page, "goals", tables.goal_table(runs))
    if "bench" in read:
        page = put(page, "workloads", workloads(read["bench"], images))
    if "growth" in read:
        page = put(page, "growth", growth(read["growth"], images))
    if "micro" in read:
        page = put(page, "micro", tables.micro_table(read["micro"]))
    chosen.page.write_text(page)
    images.keep_only(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
