"""A test that is on disk but never run fails here."""

import json
import re
import subprocess
import sys

import pytest

import project

TARGET = re.compile(r"CMakeFiles/([^/]+)\.dir/")


def compiled_into():
    """Source file -> names of the targets that compile it, from the compilation database."""
    database = project.BUILD / "compile_commands.json"
    assert database.exists(), f"{database} is missing: ./dev lint configures the build first"
    targets = {}
    for entry in json.loads(database.read_text()):
        found = TARGET.search(entry.get("output", "") or entry["command"])
        if found:
            path = project.pathlib.Path(entry["file"])
            if path.is_relative_to(project.ROOT):
                targets.setdefault(path.relative_to(project.ROOT), set()).add(found.group(1))
    return targets


def targets_of_ctest():
    """The text of all that ctest reads: a target that runs as a test is named there."""
    names = set()
    for path in project.BUILD.rglob("CTestTestfile.cmake"):
        names.update(re.findall(r"[\w-]+", path.read_text()))
    return names


def ctest_tests():
    listing = subprocess.run(["ctest", "--test-dir", str(project.BUILD), "--show-only=json-v1"], capture_output=True, text=True,
                             check=False)
    assert listing.returncode == 0, f"ctest cannot list its tests; build the dev preset anew:\n{listing.stderr[:800]}"
    return json.loads(listing.stdout)["tests"]


def test_every_cpp_test_and_fuzz_target_is_run_by_ctest():
    compiled = compiled_into()
    known = targets_of_ctest()
    problems = []
    for path in project.files():
        if not path.name.endswith(("_test.cc", "_fuzz.cc")):
            continue
        targets = compiled.get(path, set())
        if not targets:
            problems.append(f"{path}: no target compiles it")
        elif not targets & known:
            problems.append(f"{path}: ctest does not run {', '.join(sorted(targets))}")
    project.report(problems, "Put the file where a glob finds it (src/<layer>, tests/protocol, fuzz), or add it to a test target.")


def test_every_gtest_case_is_listed_by_ctest():
    """The names in the sources against the names ctest runs; catches a filter that hides a suite."""
    names = {test["name"] for test in ctest_tests()}
    not_built = sorted(name for name in names if name.endswith("_NOT_BUILT"))
    if not_built:
        pytest.skip(f"not built: {', '.join(not_built)}")
    plain = set()  # Suite.Name, without the decorations of parameters and types
    for name in names:
        suite, _, case = name.partition(".")
        plain.update((part, case.split("/")[0]) for part in suite.split("/"))
    problems = []
    for path in project.files_under("src", ".cc"):
        if path.name.endswith("_test.cc"):
            for suite, case in re.findall(r"^(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+)\s*,\s*(\w+)\s*\)", project.text(path), re.MULTILINE):
                if (suite, case) not in plain and not case.startswith("DISABLED_"):
                    problems.append(f"{path}: {suite}.{case} is not run")
                elif case.startswith("DISABLED_") or suite.startswith("DISABLED_"):
                    problems.append(f"{path}: {suite}.{case} is disabled")
    project.report(problems, "Each TEST belongs to exactly one tier; the filters are in cmake/layer.cmake.")


def test_every_fuzz_target_has_seeds_words_and_a_promise():
    problems = []
    for path in sorted((project.ROOT / "fuzz").glob("*_fuzz.cc")):
        name = path.name.removesuffix("_fuzz.cc")
        seeds, words = project.ROOT / "fuzz" / "corpus" / name, project.ROOT / "fuzz" / "dict" / f"{name}.dict"
        if not seeds.is_dir() or not any(seeds.iterdir()):
            problems.append(f"{path.name}: no seeds in fuzz/corpus/{name}")
        if not words.is_file() or not re.search(r'^"', words.read_text(), re.MULTILINE):
            problems.append(f"{path.name}: no words in fuzz/dict/{name}.dict")
        source = path.read_text()
        if not re.match(r"// .*: ", source):
            problems.append(f"{path.name}: its first line does not say what is promised")
        if "CHECK(" not in source and "abort()" not in source:
            problems.append(f"{path.name}: looks for nothing but crashes")
    project.report(problems, "fuzz/README.md says what a target consists of.")


def test_every_test_has_one_tier():
    tiers = {"unit", "contract", "protocol", "fault", "crash", "fuzz-replay"}
    problems = []
    for test in ctest_tests():
        labels = [label for item in test.get("properties", []) if item["name"] == "LABELS" for label in item["value"]]
        if len(tiers.intersection(labels)) != 1 and not test["name"].endswith("_NOT_BUILT"):
            problems.append(f"{test['name']}: labels {labels}")
    project.report(problems, "Give each test one of the labels " + ", ".join(sorted(tiers)) + ": ./dev test runs by label.")


def test_every_service_test_is_collected():
    folder = project.ROOT / "tests" / "service"
    problems = []
    for path in project.files_under("tests/service", ".py"):
        defines_tests = re.search(r"^(?:    )?def test_", project.text(path), re.MULTILINE)
        if defines_tests and not path.name.startswith("test_"):
            problems.append(f"{path}: has tests, but pytest only looks into test_*.py")
    listing = subprocess.run([sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "."], cwd=folder,
                             capture_output=True, text=True, check=False)
    for path in project.files_under("tests/service", ".py"):
        if path.name.startswith("test_") and str(path.relative_to("tests/service")) + "::" not in listing.stdout:
            problems.append(f"{path}: pytest collects nothing from it")
    project.report(problems, "Name files and functions test_*; see what `pytest --collect-only tests/service` says:\n"
                   + (listing.stdout[-800:] if listing.returncode else ""))


def test_every_browser_test_is_found():
    problems = []
    for path in project.files_under("tests/browser"):
        is_script = path.suffix in (".mjs", ".js", ".cjs")
        if is_script and "node:test" in project.text(path) and not path.name.endswith(".test.mjs"):
            if re.search(r"^\s*(?:test|it|describe)\(", project.text(path), re.MULTILINE):
                problems.append(f"{path}: has tests, but ./dev runs *.test.mjs")
    project.report(problems, "Name the file *.test.mjs.")


def test_nothing_is_skipped_for_good():
    problems = []
    for path in project.files_under("tests") + project.files_under("src", ".cc"):
        if path.suffix not in (".py", ".mjs", ".cc") or path.is_relative_to("tests/lint"):
            continue
        for number, line in enumerate(project.text(path).splitlines(), 1):
            if re.search(r"@pytest\.mark\.(skip|xfail)\b(?!if)|\b(test|it|describe)\.(skip|only|todo)\(|\bGTEST_SKIP\(\)\s*;", line):
                problems.append(f"{path}:{number}: {line.strip()}")
    project.report(problems, "A test that never runs is no test: mend it or remove it.")
