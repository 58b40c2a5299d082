"""What documents say exists: verbs, subcommands, files, settings."""

import os
import pathlib
import re
import subprocess

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
