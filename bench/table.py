"""The table that a person sees."""

COLUMNS = [  # heading, figure, format, divided by
    ("CPU-s/{per}", "cpu", "{:.3f}", 1), ("user", "user", "{:.3f}", 1), ("system", "system", "{:.3f}", 1), ("{per}/s", "rate", "{:.2f}", 1),
    ("p50 ms", "p50_us", "{:.2f}", 1000), ("p99 ms", "p99_us", "{:.2f}", 1000), ("peak MiB", "peak_mib", "{:.1f}", 1),
    ("syncs/GiB", "syncs_per_gib", "{:.0f}", 1), ("load CPU", "load_cpu", "{:.3f}", 1), ("KiB each", "user_kib_each", "{:.2f}", 1),
    ("kernel KiB", "kernel_kib_each", "{:.2f}", 1)]
LOAD_IS_BOTTLENECK = 0.85  # of its one core
PER = {"GiB": "GiB", "1000 requests": "k", "connection": "conn"}


def print_workload(name, result, show_goals):
    shown = [column for column in COLUMNS if any(column[1] in one["figures"] for one in result["contestants"].values())]
    per = PER[result["unit"]]
    rows = [["", *(heading.format(per=per) for heading, *_ in shown), "spread"]]
    for contestant, one in result["contestants"].items():
        figures = one["figures"]
        cells = [form.format(figures[figure]["median"] / by) if figure in figures else "-" for _, figure, form, by in shown]
        rows.append([contestant, *cells, f"{100 * figures['cpu']['spread']:.0f} %"])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    print(f"\n{name}: {result['title']}")
    for row in rows:
        print("  " + "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]))
    for contestant, one in result["contestants"].items():
        busy = one["figures"].get("load_busy", {"median": 0})["median"]
        if show_goals and busy >= LOAD_IS_BOTTLENECK:
            print(f"  {contestant}: the load generator was busy {100 * busy:.0f} % of the time, so that its rate is at least that")
        for why in (run["void"] for run in one["runs"] if run.get("void")):
            print(f"  {contestant}: a run is in no ratio, because {why}")
    for contestant, why in result["skipped"].items():
        print(f"  {contestant} was left out: {why}")
    for ratio in result["ratios"] if show_goals else []:
        _print_ratio(ratio)


def _print_ratio(ratio):
    line = f"  {ratio['name']:4}{ratio['label']:32}{ratio['median']:7.2f}   ({ratio['least']:.2f} to {ratio['most']:.2f})"
    if ratio["goal"] is not None:
        line += f"   goal: {ratio['comparison']} {ratio['goal']:.2f}   {'met' if ratio['met'] else 'MISSED'}"
    print(line)
