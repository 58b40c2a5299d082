"""From rounds to figures per unit of work, and from those to ratios and goals."""

import statistics

from measure import units
from model import GIB, KIB, MIB

# name: (its unit, where {unit} is that of the workload; how it comes from a round, None when the round cannot tell)
FIGURES = {
    "cpu": ("CPU seconds / {unit}", lambda r, n: (r["user_s"] + r["system_s"]) / n),
    "user": ("CPU seconds / {unit}", lambda r, n: r["user_s"] / n),
    "system": ("CPU seconds / {unit}", lambda r, n: r["system_s"] / n),
    "rate": ("{unit} / second", lambda r, n: n / r["wall_s"] if r["wall_s"] else None),
    "p50_us": ("microseconds", lambda r, n: r.get("p50_us")),
    "p90_us": ("microseconds", lambda r, n: r.get("p90_us")),
    "p99_us": ("microseconds", lambda r, n: r.get("p99_us")),
    "max_us": ("microseconds", lambda r, n: r.get("max_us")),
    "peak_mib": ("MiB, resident, of the process tree", lambda r, n: _scaled(r.get("peak_resident_bytes"), MIB)),
    "syncs_per_gib": ("syncs / GiB", lambda r, n: _syncs(r)),
    "load_cpu": ("CPU seconds of the load generator / {unit}", lambda r, n: _scaled(r.get("load_cpu_s"), n)),
    "load_busy": ("share of a core that the load generator took", lambda r, n: _scaled(r.get("load_cpu_s"), r["wall_s"])),
    "user_kib_each": ("KiB / connection", lambda r, n: _scaled(r.get("user_bytes_each"), KIB)),
    "kernel_kib_each": ("KiB / connection", lambda r, n: _scaled(r.get("kernel_bytes_each"), KIB)),
}


def _scaled(value, by):
    return None if value is None else value / by


def _syncs(round_):
    known = round_.get("syncs") is not None and round_["bytes"] > 0
    return sum(round_["syncs"].values()) / (round_["bytes"] / GIB) if known else None


def figure(name, round_, unit):
    work = units(round_, unit)
    return FIGURES[name][1](round_, work) if work else None


def spread(values):
    """Median and extremes; `spread` is the distance of the extremes in medians."""
    middle = statistics.median(values)
    return {"median": middle, "least": min(values), "most": max(values), "spread": (max(values) - min(values)) / middle if middle else 0.0}


def figures_of(rounds, unit):
    found = {}
    for name, (meaning, _) in FIGURES.items():
        values = [figure(name, one, unit) for one in rounds]
        if all(value is not None for value in values):
            found[name] = {"unit": meaning.format(unit=unit), **spread(values), "values": values}
    return found


def _counted(name, round_, unit):
    return None if round_.get("void") else figure(name, round_, unit)


def ratios_of(workload, seen):
    """Each from the rounds of one turn, and the median of those: what disturbs a turn disturbs both sides of it. `below` may be empty:
    then the figure itself has the goal. A round that is void, because it was not what it should be, is in no ratio."""
    ratios = []
    for wanted in workload.ratios:
        if wanted.above not in seen or (wanted.below and wanted.below not in seen):
            continue  # left out here
        above = [_counted(wanted.figure, one, workload.unit) for one in seen[wanted.above]]
        below = [_counted(wanted.below_figure or wanted.figure, one, workload.unit) for one in seen.get(wanted.below, [])]
        below = below or [1.0] * len(above)
        values = [one / other for one, other in zip(above, below) if one is not None and other]
        if not values:
            continue  # less than a tick of the kernel's clock: too short a run to compare
        found = spread(values)
        met = None
        if wanted.goal is not None:
            met = found["median"] <= wanted.goal if wanted.smaller_is_better else found["median"] >= wanted.goal
        ratios.append({"name": wanted.goal_name, "label": wanted.label, "above": wanted.above, "below": wanted.below,
                       "figure": wanted.figure, "below_figure": wanted.below_figure or wanted.figure, **found, "values": values,
                       "goal": wanted.goal, "comparison": "at most" if wanted.smaller_is_better else "at least", "met": met})
    return ratios


def summarise(workload, seen, skipped):
    versions = {one.name: one.server.version() if one.server else None for one in workload.contestants if one.name in seen}
    return {"title": workload.title, "unit": workload.unit, "more": workload.more,
            "contestants": {name: {"version": versions[name], "runs": rounds, "figures": figures_of(rounds, workload.unit)}
                            for name, rounds in seen.items()},
            "skipped": skipped, "ratios": ratios_of(workload, seen)}
