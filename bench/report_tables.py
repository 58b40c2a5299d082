"""The tables and plots of docs/performance.md, from what ./dev bench, ./dev bench micro and ./dev bench growth wrote."""

import statistics

import report_svg as svg
from report_svg import number
from table import LOAD_IS_BOTTLENECK

HEADINGS = {"cpu": "Server CPU", "user": "Server CPU in user mode", "system": "Server CPU in the kernel", "rate": "Throughput",
            "p50_us": "Median latency", "p90_us": "90th percentile of latency", "p99_us": "99th percentile of latency",
            "max_us": "Longest latency", "peak_mib": "Resident memory at most", "syncs_per_gib": "Syncs",
            "load_cpu": "CPU of the load generator", "load_busy": "Load generator", "user_kib_each": "User memory",
            "kernel_kib_each": "Kernel memory"}
COLUMNS = ("cpu", "rate", "p50_us", "p99_us", "peak_mib", "syncs_per_gib", "user_kib_each")
MILLISECONDS_FROM = 10_000  # microseconds


def table(head, rows):
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)])


def machine_table(reports):
    """What was measured on what. Reports of several runs must agree on the machine."""
    first = reports[0]
    for key in ("cpu", "cores", "kernel", "file_system"):
        if len({str(one["machine"][key]) for one in reports}) > 1:
            raise ValueError(f"the reports come from different machines: their {key} differ")
    machine = first["machine"]
    rows = [("processor", f"{machine['cpu']}, {machine['cores']} cores"), ("memory", f"{machine['memory_gib']} GiB"),
            ("kernel", f"Linux {machine['kernel']}"), ("file system", machine["file_system"]),
            ("date", " and ".join(sorted({one["machine"]["date"] for one in reports}))),
            ("load average at the start", " and ".join(number(one["machine"]["load_average"]) for one in reports))]
    versions = {}  # runs may be of different commits; contestants without a version of their own are other rounds of Stile
    for report in reports:
        said = dict(report["versions"])
        for workload in report["workloads"].values():
            said.update({name: one["version"] for name, one in workload["contestants"].items()
                         if one["version"] not in (None, said["stile"])})
        for name, version in said.items():
            versions.setdefault(name, []).append(str(version))
    skipped = {name: why for report in reports for workload in report["workloads"].values() for name, why in workload["skipped"].items()}
    rows += [(name, " and ".join(dict.fromkeys(said))) for name, said in versions.items()]
    rows += [(name, f"left out: {why}") for name, why in skipped.items()]
    return table(("", ""), rows)


def goal_order(name):
    return int(name[1:])


def goal_table(reports):
    rows = []
    for report in reports:
        for workload, result in report["workloads"].items():
            rows += [(goal_order(ratio["name"]), ratio["name"], f"[{workload}](#{workload})", ratio["label"],
                      f"{number(ratio['median'])} ({number(ratio['least'])} to {number(ratio['most'])})",
                      f"{ratio['comparison']} {ratio['goal']:g}", "met" if ratio["met"] else "**missed**")
                     for ratio in result["ratios"] if ratio["name"]]
    return table(("goal", "workload", "ratio", "median (least to most)", "wanted", ""),
                 [row[1:] for row in sorted(rows, key=lambda row: row[:2])])


def scaled(unit, largest):
    """Unit and divisor by which figures read best."""
    if unit == "microseconds" and largest >= MILLISECONDS_FROM:
        return "milliseconds", 1000
    return unit.removesuffix(", resident, of the process tree"), 1


def panel(result, name):
    """One figure of all contestants that have it."""
    having = {who: one["figures"][name] for who, one in result["contestants"].items() if name in one["figures"]}
    unit = next(iter(having.values()))["unit"]
    unit, by = scaled(unit, max(figure["median"] for figure in having.values()))
    goals = []
    for ratio in result["ratios"]:
        if ratio["figure"] != name or ratio["goal"] is None:
            continue
        if not ratio["below"]:
            goals.append((ratio["goal"] / by, f"{ratio['name']}: {ratio['comparison']} {ratio['goal']:g}"))
        elif ratio["below_figure"] == name and ratio["below"] in having:
            goals.append((ratio["goal"] * having[ratio["below"]]["median"] / by,
                          f"{ratio['name']}: {ratio['comparison']} {ratio['goal']:g} × {ratio['below']}"))
    alone = not any("stile" in who for who in having)  # all of them are Stile, differently used
    rows = [(who, figure["median"] / by, [value / by for value in figure["values"]], alone or "stile" in who)
            for who, figure in having.items()]
    return {"heading": HEADINGS[name], "unit": unit, "rows": rows, "goals": goals}


def plotted(result):
    """The figures that a workload is about: those of its ratios, and the CPU."""
    there = [name for one in result["contestants"].values() for name in one["figures"]]
    names = [name for ratio in result["ratios"] for name in (ratio["figure"], ratio["below_figure"])] + ["cpu"]
    return [name for name in dict.fromkeys(names) if name in there]


def plot_of(result):
    return svg.bars(result["title"].replace("`", ""), [panel(result, name) for name in plotted(result)])


def workload_table(result):
    contestants = result["contestants"]
    shown = [name for name in COLUMNS if any(name in one["figures"] for one in contestants.values())]
    head, divisors = [""], {}
    for name in shown:
        figures = [one["figures"][name] for one in contestants.values() if name in one["figures"]]
        unit, divisors[name] = scaled(figures[0]["unit"], max(figure["median"] for figure in figures))
        head.append(f"{HEADINGS[name]}, {unit}")

    def cell(one, name):
        if name not in one["figures"]:
            return "–"
        middle, least, most = (number(one["figures"][name][key] / divisors[name]) for key in ("median", "least", "most"))
        return f"{middle} ({least}–{most})"

    return table(head, [[who, *(cell(one, name) for name in shown)] for who, one in contestants.items()])


def ratio_lines(result):
    return "\n".join(
        f"* {ratio['label']}: **{number(ratio['median'])}** ({number(ratio['least'])} to {number(ratio['most'])})"
        + (f", wanted {ratio['comparison']} {ratio['goal']:g} ({ratio['name']}): {'met' if ratio['met'] else '**missed**'}"
           if ratio["goal"] is not None else "") for ratio in result["ratios"])


def section_of_workload(name, result, image):
    parts = [f"### {name}", result["title"] + ".", f"![{result['title'].replace('`', '')}]({image})", workload_table(result)]
    if result["ratios"]:
        parts.append(ratio_lines(result))
    for who, one in result["contestants"].items():
        if (busy := one["figures"].get("load_busy", {"median": 0})["median"]) >= LOAD_IS_BOTTLENECK:
            parts.append(f"{who}: the load generator was busy {100 * busy:.0f} % of the time, so that its rate is at least that.")
    if result["skipped"]:
        parts.append("Left out: " + "; ".join(f"{who}, {why}" for who, why in result["skipped"].items()) + ".")
    return "\n\n".join(parts)


def plot_of_curve(curve):
    series = {name: [(point["x"], statistics.median(point["values"]), min(point["values"]), max(point["values"])) for point in points]
              for name, points in curve["series"].items()}
    return svg.lines(curve["title"], curve["x"], curve["y"], series)


def restart_table(found):
    rows = []
    for name, rounds in found["rows"].items():
        row = [name]
        for column in found["columns"]:
            values = [one[column] for one in rounds]
            row.append(f"{number(statistics.median(values))} ({number(min(values))}–{number(max(values))})")
        rows.append(row)
    return table(["", *found["columns"].values()], rows)


def receipts_table(found):
    parts = len(next(iter(found["us_per_receipt"].values())))
    head = ["microseconds per receipt, in tenths of the upload", *(str(i + 1) for i in range(parts))]
    return table(head, [[order, *(number(value) for value in values)] for order, values in found["us_per_receipt"].items()])


def made_table(made):
    return table(("photos, and as many tokens", "making the tokens, s", "making the photos, s", "catalog, MiB"),
                 [[f"{int(rows):,}", number(one["token_seconds"]), number(one["photo_seconds"]), number(one["bytes"] / (1 << 20))]
                  for rows, one in made.items()])


def duration(value, unit):
    seconds = value * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[unit]
    name, by = next((pair for pair in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)) if seconds >= pair[1]), ("ns", 1e-9))
    return f"{number(seconds / by)} {name}"


def micro_rate(row):
    if "bytes_per_second" in row:
        rate = row["bytes_per_second"]
        return f"{number(rate / 1e9)} GB/s" if rate >= 1e9 else f"{number(rate / 1e6)} MB/s"
    shared = f", {number(row['receipts_per_commit'])} a commit" if "receipts_per_commit" in row else ""
    return f"{number(row['items_per_second'])} /s{shared}" if "items_per_second" in row else ""


def micro_table(report):
    """Median and coefficient of variation over the repetitions; a run without repetitions has none. The time is the processor's, but of
    what waits for a disk or a thread it is the clock's; rates follow it."""
    found = {}
    for row in report["benchmarks"]:
        found.setdefault(row["run_name"], {})[row.get("aggregate_name", "once")] = row
    rows = []
    for name, kinds in found.items():
        middle = kinds.get("median") or kinds["once"]
        waits = name.endswith("/real_time")
        time = "real_time" if waits else "cpu_time"
        spread = f"{100 * kinds['cv'][time]:.1f} %" if "cv" in kinds else "–"
        took = duration(middle[time], middle["time_unit"]) + (" (clock)" if waits else "")
        rows.append((f"`{name.removesuffix('/real_time')}`", took, spread, micro_rate(middle)))
    return table(("benchmark", "time, median", "variation", "rate"), rows)
