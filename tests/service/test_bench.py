"""Every workload of `./dev bench`, once and tiny: none may rot. What it asserts is that the work was done, never how fast."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness import server as servers

BENCH = Path(__file__).resolve().parents[2] / "bench"
TOOLS = Path(os.environ.get("STILE_BENCH_TOOLS", servers.BINARY.resolve().parent / "bench"))
RIVALS = {"node-tus", "node-form", "tusd", "rustus"}  # would have to be downloaded

# Workload: what each of the other contestants must have done: (requests, bytes).
MIB = 1 << 20
EXPECTED = {
    "octet": {"raw": (2, 16 * MIB), "stile": (2, 16 * MIB)},
    "multipart": {"raw": (2, 16 * MIB), "stile": (2, 16 * MIB)},
    "nginx-put": {"nginx": (2, 16 * MIB), "stile": (2, 16 * MIB)},
    "rivals": {"stile": (2, 16 * MIB)},
    "tls": {"stile": (2, 16 * MIB), "stile-tls": (2, 16 * MIB), "cipher": (0, 16 * MIB)},
    "form64k": {"nginx": (100, 100 << 16), "stile": (100, 100 << 16)},
    "chunk-test": {"nginx": (500, 0), "stile": (500, 0)},
    "chunk-test-new": {"nginx": (500, 0), "stile": (500, 0)},
    "synced": {"loop": (16, 16 * MIB), "stile": (16, 16 * MIB)},
    "finish": {"1 MiB": (1, MIB // 2), "sparse": (1, MIB // 2)},
    "idle": {"nginx": (500, 500 << 16), "stile": (500, 500 << 16)},
    "latency": {"flat out": (40, 40 * MIB), "at 70 %": (40, 40 * MIB)},
    "latency-synced": {"flat out": (40, 40 * MIB), "at 70 %": (40, 40 * MIB)},
    "download": {"nginx": (1, 64 * MIB), "stile": (1, 64 * MIB)},
}


def bench(*arguments):
    command = [sys.executable, BENCH / "run.py", *arguments]
    env = {**os.environ, "STILE_BIN": str(servers.BINARY), "STILE_BENCH_TOOLS": str(TOOLS)}
    return subprocess.run(command, env=env, text=True, capture_output=True, timeout=280, check=False)


@pytest.fixture(scope="module")
def report(stile_bin, tmp_path_factory):
    """All workloads in one run, as CI would have it."""
    assert (TOOLS / "load").exists(), f"{TOOLS}/load is missing: build bench_tools beside the server"
    folder = tmp_path_factory.mktemp("bench")
    done = bench("--tiny", "--rivals", "none", "--folder", folder / "data", "--json", folder / "report.json")
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert not (folder / "data").exists()  # it leaves nothing behind
    return {"text": done.stdout, **json.loads((folder / "report.json").read_text())}


def test_the_list_names_every_workload():
    done = bench("--list")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines() if not line.startswith(" ")] == list(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_all_contestants_did_the_work(report, name):
    workload = report["workloads"][name]
    assert set(workload["skipped"]) <= RIVALS
    done = {contestant: one["runs"][0] for contestant, one in workload["contestants"].items()}
    assert {contestant: (run["requests"], run["bytes"]) for contestant, run in done.items()} == EXPECTED[name]
    for contestant, one in workload["contestants"].items():
        assert len(one["runs"]) == 1
        assert one["figures"]["cpu"]["least"] <= one["figures"]["cpu"]["median"] <= one["figures"]["cpu"]["most"]
        assert re.search(rf"^  {re.escape(contestant)} +[\d.]+ ", report["text"], re.MULTILINE)


def test_the_report_says_what_it_depends_on(report):
    assert {"cores", "cpu", "memory_gib", "kernel", "file_system", "date"} <= set(report["machine"])
    assert report["versions"]["stile"]
    for workload in report["workloads"].values():
        assert workload["title"] and workload["unit"] in ("GiB", "1000 requests", "connection")
        for ratio in workload["ratios"]:
            assert ratio["comparison"] in ("at most", "at least") and len(ratio["values"]) == 1
            assert ratio["met"] is None or ratio["goal"] is not None


def test_what_is_measured_is_what_was_asked_for(report):
    of = {name: {contestant: one["runs"][0] for contestant, one in workload["contestants"].items()}
          for name, workload in report["workloads"].items()}
    # Durability none syncs nothing; chunk syncs the data of each chunk, as the loop does.
    assert set(of["octet"]["stile"]["syncs"].values()) == {0}
    assert of["synced"]["loop"]["syncs"] == {"data": 16}
    assert of["synced"]["stile"]["syncs"]["data"] >= 16 and of["synced"]["stile"]["syncs"]["commit"] > 0
    # TLS was spoken, and the loop opened records of the same cipher.
    assert of["tls"]["stile-tls"]["cipher"].startswith("TLSv1.3 ") and of["tls"]["cipher"]["cipher"] == of["tls"]["stile-tls"]["cipher"]
    # The sparse upload was finished, and the small one, each besides one to warm up.
    assert of["finish"]["sparse"]["stored_bytes"] == 2 * 64 * MIB and of["finish"]["1 MiB"]["stored_bytes"] == 2 * MIB
    # At 70 % means 70 % of what went flat out in the same turn.
    fastest = of["latency"]["flat out"]
    assert of["latency"]["at 70 %"]["wanted_rate"] == pytest.approx(0.7 * fastest["requests"] / fastest["wall_s"])
    assert of["latency"]["at 70 %"]["wall_s"] >= 39 / of["latency"]["at 70 %"]["wanted_rate"]
    assert of["idle"]["stile"]["user_bytes_each"] > 0


@pytest.fixture
def summary(monkeypatch):
    """The arithmetic by itself."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("summary")


def round_of(cpu, wall=1.0, **more):
    return {"user_s": cpu, "system_s": 0.0, "wall_s": wall, "requests": 1000, "bytes": 1 << 30, **more}


def workload_of(summary, unit, *ratios):
    model = importlib.import_module("model")
    return model.Workload("", unit, [], [model.Ratio(*ratio) for ratio in ratios])


def test_a_ratio_is_the_median_of_those_within_a_turn(summary):
    workload = workload_of(summary, "GiB", ("P0", "a / b", "a", "b", "cpu", 2.0))
    # A busy machine in the second turn, a busier one in the third: of the medians it would be 2.5.
    [ratio] = summary.ratios_of(workload, {"a": [round_of(2), round_of(5), round_of(20)], "b": [round_of(1), round_of(4), round_of(2)]})
    assert ratio["values"] == [2.0, 1.25, 10.0]
    assert (ratio["median"], ratio["least"], ratio["most"], ratio["met"]) == (2.0, 1.25, 10.0, True)


def test_goals_may_be_lower_or_upper_bounds_or_none(summary):
    workload = workload_of(summary, "1000 requests", ("P0", "", "a", "b", "rate", 0.5, False), ("P0", "", "a", "", "cpu", 1.9),
                           ("", "", "a", "b", "cpu", None))
    rate, alone, interest = summary.ratios_of(workload, {"a": [round_of(2, wall=4)], "b": [round_of(1, wall=1)]})
    assert (rate["median"], rate["comparison"], rate["met"]) == (0.25, "at least", False)
    assert (alone["median"], alone["comparison"], alone["met"]) == (2.0, "at most", False)
    assert interest["median"] == 2.0 and interest["met"] is None


def test_no_ratio_is_made_of_a_void_round_or_of_who_was_left_out(summary):
    workload = workload_of(summary, "GiB", ("P0", "", "a", "b", "cpu", 2.0), ("P0", "", "a", "absent", "cpu", 2.0))
    [ratio] = summary.ratios_of(workload, {"a": [round_of(1), round_of(9, void="it fell behind")], "b": [round_of(1), round_of(1)]})
    assert ratio["values"] == [1.0]


def test_an_overrun_schedule_is_void(summary):
    latency = importlib.import_module("workloads.latency")
    assert latency.fell_behind({"requests": 800, "wall_s": 8.9}, 100) == {}
    assert "67 requests a second instead of 100" in latency.fell_behind({"requests": 800, "wall_s": 12}, 100)["void"]
    assert latency.fell_behind({"requests": 800, "wall_s": 12}, 0) == {}  # flat out


def test_a_server_that_does_not_store_is_a_failure(stile_bin, tmp_path):
    """A run that cannot be trusted must not end in a table, nor take others along: here every upload is refused."""
    done = bench("--tiny", "--rivals", "none", "--folder", tmp_path / "data", "--set", "upload.max_file_bytes=1 KiB",
                 "--json", tmp_path / "report.json", "octet", "download")
    assert done.returncode == 1
    assert "octet failed: stile:" in done.stderr and "500" in done.stderr and "download failed: " in done.stderr
    assert not (tmp_path / "report.json").exists()  # nothing was measured
    assert not (tmp_path / "data").exists()


def test_an_unknown_workload_is_named(stile_bin):
    done = bench("no-such-thing")
    assert done.returncode == 2 and "no workload no-such-thing; there are: octet" in done.stderr
