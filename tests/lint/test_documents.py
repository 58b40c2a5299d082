"""What documents say exists: verbs, subcommands, files, settings."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

import project

STILE = pathlib.Path(os.environ.get("STILE_BIN", project.ROOT / "build" / "release" / "stile"))
DOCUMENTS = [path for path in project.files() if path.suffix == ".md" and not path.is_relative_to("tests")]


def run_stile(*arguments):
    if not STILE.exists():
        pytest.fail(f"{STILE} is missing: ./dev build makes it")
    return subprocess.run([str(STILE), *arguments], capture_output=True, text=True, check=True, timeout=30).stdout


def test_configuration_is_fresh():
    assert project.text("docs/configuration.md") == run_stile("config", "--markdown"), \
        "docs/configuration.md is not what the binary says: ./dev docs writes it anew"


def test_metrics_are_fresh_and_rules_name_only_what_is_there():
    described = run_stile("metrics", "--markdown")
    assert project.text("docs/metrics.md") == described, \
        "docs/metrics.md is not what the binary says: ./dev docs writes it anew"
    known = dict(re.findall(r"^\| `(\w+)` \| \w+ \| ([\w ]*?) ?\|", described, re.MULTILINE))
    problems = []
    for path in (pathlib.Path("docs/operations.md"), pathlib.Path("docs/api.md")):
        for name, labels in re.findall(r"\b(stile_\w+)(?:\{([^}]*)\})?", project.text(path)):
            if name.endswith("_") and any(metric.startswith(name) for metric in known):
                continue  # the beginning of some
            if name not in known:
                problems.append(f"{path}: {name}")
            else:
                problems += [f"{path}: {name} has no label {label}" for label in re.findall(r"(\w+)=", labels)
                             if label not in known[name].split()]
    project.report(problems, "There is no such figure, or it has no such label: stile metrics lists them.")


def test_the_table_of_methods_is_fresh_and_every_method_has_a_test():
    sys.path.insert(0, str(project.ROOT / "tools"))
    import method_table

    run_stile("--version")  # fails readably when there is no binary
    assert method_table.rewritten(STILE) == project.text("docs/api.md"), \
        "the table in docs/api.md is not what the binary and the tests say: ./dev docs writes it anew"
    tests = method_table.tests_of([method["name"] for method in method_table.methods_of(STILE)])
    project.report([name for name, files in tests.items() if not files],
                   "Test the method by name in tests/service, or as a wire example.")


def dev_verbs():
    body = project.text("dev").split("\nmain() {")[1]
    labels = re.findall(r"^    ([a-z|\- ]+)\)", body, re.MULTILINE)
    return {verb.strip() for label in labels for verb in label.split("|")}


def test_verbs_of_dev_exist_and_are_in_its_help():
    verbs = dev_verbs()
    assert {"run", "build", "test", "help"} <= verbs
    help_text = subprocess.run([str(project.ROOT / "dev"), "help"], capture_output=True, text=True, check=True).stdout
    problems = [f"dev: `{verb}` is not in ./dev help" for verb in verbs if not verb.startswith("-") and
                not re.search(rf"\b{verb}\b", help_text)]
    places = DOCUMENTS + [path for path in project.files() if path.parts[:2] != ("tests", "lint") and
                          (path.suffix in (".py", ".cmake", ".mjs", ".txt") or path.name == "run")]
    for path in places:
        for number, line in enumerate(project.text(path).splitlines(), 1):
            problems += [f"{path}:{number}: ./dev {verb}" for verb in re.findall(r"\./dev ([a-z][a-z-]*)", line) if verb not in verbs]
    project.report(problems, "./dev has no such verb: correct the text, or the script.")


def test_subcommands_in_documents_exist():
    help_text = run_stile("--help")
    problems = []
    for path in DOCUMENTS:
        for number, line in enumerate(project.text(path).splitlines(), 1):
            for command in re.findall(r"(?:`|^\s*|/)stile ([a-z]+)\b", line):
                if not re.search(rf"^\s+{command}\b", help_text, re.MULTILINE):
                    problems.append(f"{path}:{number}: stile {command}")
    project.report(problems, "`stile --help` lists no such subcommand.")


def test_files_named_in_documents_exist():
    known = {str(path) for path in project.files()}
    folders = {str(parent) for path in project.files() for parent in path.parents}
    problems = []
    for path in DOCUMENTS:
        content = project.text(path)
        named = re.findall(r"`((?:src|tests|tools|cmake|docs|fuzz|bench|include)/[\w./-]+)`", content)
        linked = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", content)
        for name in named:
            if name.rstrip("/") not in known | folders:
                problems.append(f"{path}: `{name}`")
        for name in linked:
            target = os.path.normpath(path.parent / name)
            if target not in known | folders:
                problems.append(f"{path}: ({name})")
    project.report(problems, "The document names a file that is not there.")


def headings_of(path):
    """The anchors that a page of this document has, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", project.text(path), flags=re.MULTILINE | re.DOTALL)
    anchors = set()
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchors.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return anchors


def test_anchors_in_links_exist():
    problems = []
    for path in DOCUMENTS:
        for name, anchor in re.findall(r"\]\(([^)#:\s]*)#([^)\s]+)\)", project.text(path)):
            target = pathlib.Path(os.path.normpath(path.parent / name)) if name else path
            if target.suffix != ".md" or not (project.ROOT / target).is_file() or anchor not in headings_of(target):
                problems.append(f"{path}: ({name}#{anchor})")
    project.report(problems, "The link leads to a heading that is not there.")


def test_tests_named_in_documents_exist():
    """`Suite.Name` and `test_name`: whoever looks for the test that keeps a rule must find it."""
    cpp = "\n".join(project.text(path) for path in project.files() if path.name.endswith("_test.cc"))
    known = {f"{suite}.{name}" for suite, name in re.findall(r"^TEST(?:_[FP])?\((\w+), (\w+)\)", cpp, re.MULTILINE)}
    python = "\n".join(project.text(path) for path in project.files_under("tests", ".py"))
    known |= set(re.findall(r"^def (test_\w+)\(", python, re.MULTILINE))
    problems = []
    for path in DOCUMENTS:
        for name in re.findall(r"`(test_\w+|[A-Z]\w+\.[A-Z]\w+)`", project.text(path)):
            if name not in known:
                problems.append(f"{path}: `{name}`")
    project.report(problems, "No test has this name.")


def test_the_systemd_unit_starts_what_the_binary_understands():
    unit = project.text("packaging/stile.service")
    command = re.search(r"^ExecStart=\S*/stile (.+)$", unit, re.MULTILINE)[1].split()
    help_text = run_stile(command[0], "--help")
    problems = [f"packaging/stile.service: {word}" for word in command if word.startswith("--") and
                not re.search(rf"{word}\b", help_text)]
    project.report(problems, "`stile serve --help` does not know the flag.")
