"""What a workload is: contestants that take turns, what one unit of their work is, and which ratios are of interest.

A contestant's round is a function of a `Bench` (measure.py) that starts what it needs, has it measured, and returns a dict. The
keys that every round has are in measure.py; those that a workload adds are named in its `more`. `void` says why a round was not what
it should be; its figures are shown, but no ratio is made of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30


@dataclass
class Size:
    """How much is done in one round."""

    tiny: bool         # only to see that it works
    file_bytes: int    # of a chunked file, or of all files of a PUT workload together
    chunk_bytes: int
    forms: int         # small photos
    tests: int         # chunk-test GETs
    synced_bytes: int  # of what is synced chunk by chunk, all files together
    idle: int          # half-sent uploads
    clients: int       # of the latency workloads
    chunks_each: int   # that each of them sends
    sparse_bytes: int  # of the large upload whose finish is timed
    finishes: int      # of each size in a round


@dataclass
class Contestant:
    name: str
    round: Callable              # (Bench) -> dict
    server: type | None = None   # asked whether it can be measured here; None: a loop of our own
    note: str = ""               # what it does otherwise than its name says


@dataclass
class Ratio:
    goal_name: str       # "P1"; empty: no goal of the project, only of interest
    label: str
    above: str           # contestant
    below: str           # contestant
    figure: str          # a key of the summaries, e.g. "cpu" per unit, "rate" units per second
    goal: float | None
    smaller_is_better: bool = True
    below_figure: str = ""  # when it is another figure of the one below


@dataclass
class Workload:
    title: str
    unit: str            # "GiB", "1000 requests" or "connection"
    contestants: list
    ratios: list
    more: dict = field(default_factory=dict)  # further keys of rounds, to their meaning
    keeps_files: bool = False  # many small files are removed when all rounds are over, see measure.py
