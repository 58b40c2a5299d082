"""The growth benchmark and the page made of figures still work: the tiny form, on the binary under test. Speed is not judged here."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
MARKS = "".join(f"<!-- figures {name} -->\nold\n<!-- end of figures -->\nby hand: {name}\n"
                for name in ("machine", "goals", "workloads", "growth", "micro"))
MICRO = {"context": {"host_name": "never-shown"}, "benchmarks": [
    {"run_name": "scan/noise", "name": f"scan/noise_{kind}", "aggregate_name": kind, "real_time": 9 * value, "cpu_time": value,
     "time_unit": "ns", "bytes_per_second": 2e9} for kind, value in (("mean", 11.0), ("median", 10.0), ("cv", 0.05))]}


def run(script, *arguments, stile=None):
    env = {**os.environ, **({"STILE_BIN": str(stile)} if stile else {})}
    return subprocess.run([sys.executable, BENCH / script, *map(str, arguments)], env=env, capture_output=True, text=True, timeout=280,
                          check=False)


@pytest.fixture(scope="module")
def grown(stile_bin, tmp_path_factory):
    tools = Path(os.environ.get("STILE_BENCH_TOOLS", Path(stile_bin).parent / "bench"))
    for tool in ("growth_fill", "load"):
        if not (tools / tool).exists():
            pytest.fail(f"{tools / tool} does not exist; build the target bench_tools", pytrace=False)
    folder = tmp_path_factory.mktemp("growth")
    done = run("growth.py", "--tiny", "--json", folder / "growth.json", "--folder", folder / "data", stile=Path(stile_bin).resolve())
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (folder / "data").exists(), "what was measured on is left behind"
    return folder / "growth.json"


def test_growth_measures_every_part(grown):
    report = json.loads(grown.read_text())
    assert report["made"]["2000"]["photos"] == 2000 and report["made"]["2000"]["tokens"] == 2000
    for name, workload in report["workloads"].items():
        assert list(workload["contestants"]) == ["1,000", "2,000"], name
        for contestant in workload["contestants"].values():
            assert contestant["figures"]["p50_us"]["median"] > 0
            assert contestant["runs"][0]["requests"] >= 10
    assert "P10" in {ratio["name"] for ratio in report["workloads"]["grown-photo-list"]["ratios"]}
    for name in ("chunks-latency", "chunk-tests-latency"):
        series = report["curves"][name]["series"]
        assert set(series) == {"in-order", "reversed", "random"}
        assert all(points[-1]["x"] == 199 and len(points) == 10 for points in series.values())
    assert [point["x"] for point in report["curves"]["connections-latency"]["series"]["median"]] == [0, 1, 10, 100]
    assert len(report["restart"]["rows"]) == 3
    assert set(report["restart"]["us_per_receipt"]) == {"in-order", "alternate"}


def test_the_report_replaces_figures_and_nothing_else(grown, tmp_path):
    page, micro = tmp_path / "page.md", tmp_path / "micro.json"
    page.write_text(MARKS)
    micro.write_text(json.dumps(MICRO))
    stale = tmp_path / "images" / "performance" / "gone.svg"
    stale.parent.mkdir(parents=True)
    stale.write_text("<svg/>")
    sources = ("--bench", grown, "--growth", grown, "--micro", micro)  # its workloads have the form of those of ./dev bench
    done = run("report.py", *sources, "--page", page)
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert re.findall(r"by hand: (\w+)", text) == ["machine", "goals", "workloads", "growth", "micro"]
    assert "\nold\n" not in text and "never-shown" not in text
    assert "| `scan/noise` | 10.0 ns | 5.0 % | 2.00 GB/s |" in text
    shown = set(re.findall(r"\(images/performance/([\w-]+\.svg)\)", text))
    assert shown == {path.name for path in stale.parent.iterdir()} and "grown-photo-list.svg" in shown and "chunks-latency.svg" in shown
    for name in shown:
        picture = ElementTree.fromstring((stale.parent / name).read_text())
        width, height = float(picture.get("width")), float(picture.get("height"))
        for element in picture.iter():
            assert 0 <= float(element.get("x", 0)) <= width and 0 <= float(element.get("y", 0)) <= height, f"{name}: drawn outside"
        words = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
        assert any("seconds" in word for word in words), f"{name}: no unit at its axis: {words}"
    before = text
    assert run("report.py", *sources, "--page", page).returncode == 0
    assert page.read_text() == before, "the same figures make another page"


def test_a_tiny_run_does_not_get_into_the_page(grown, tmp_path):
    page, micro = ROOT / "docs" / "performance.md", tmp_path / "micro.json"
    micro.write_text(json.dumps(MICRO))
    before = page.read_bytes()
    done = run("report.py", "--bench", grown, "--growth", grown, "--micro", micro)
    assert done.returncode != 0 and "--tiny" in done.stderr
    assert page.read_bytes() == before


def test_reports_of_two_machines_are_not_mixed(grown, tmp_path):
    page, other = tmp_path / "page.md", tmp_path / "other.json"
    page.write_text(MARKS)
    report = json.loads(grown.read_text())
    report["machine"]["cpu"] = "another"
    other.write_text(json.dumps(report))
    done = run("report.py", "--bench", other, "--growth", grown, "--page", page)
    assert done.returncode != 0 and "different machines" in done.stderr
    assert page.read_text() == MARKS
