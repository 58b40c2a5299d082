"""docs/security.md: every attack of the list has rows, and every row names tests that exist."""

import re

import project

DOCUMENT = project.pathlib.Path("docs/security.md")

# The attacks that must be there, by the headings under which their tables stand.
ATTACKS = ("Path tricks in names and ids", "Polyglot files", "Mime confusion on download", "Stored scripts", "Header injection",
           "Request smuggling", "Requests to the inside", "Open redirect", "Replayed nonces", "Timing of token checks",
           "Guessing tokens", "Log injection", "Secrets in logs", "Denial by parameters and by compression",
           "Decompression bombs in sniffing")


def sections():
    """{heading: [[cells of a row]]} of the headings of the third level."""
    found = {}
    for part in re.split(r"^### ", project.text(DOCUMENT), flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        body = re.split(r"^## ", body, flags=re.MULTILINE)[0]
        rows = [line for line in body.splitlines() if line.startswith("|")]
        found[heading.strip()] = [re.split(r"(?<!\\)\|", row.strip().strip("|")) for row in rows[2:]]
    return found


def known_tests():
    known = set()
    for path in project.files():
        if path.name.endswith("_test.cc"):
            known |= {f"{suite}.{name}" for suite, name in
                      re.findall(r"^(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", project.text(path), re.MULTILINE)}
        elif path.is_relative_to("tests/service") and path.name.startswith("test_") and path.suffix == ".py":
            known |= {f"{path.name}::{name}" for name in re.findall(r"^def (test_\w+)\(", project.text(path), re.MULTILINE)}
        elif path.is_relative_to("tests/browser") and path.name.endswith(".test.mjs"):
            known |= {f"{path.name}: {words}" for words in re.findall(r'^\s*test\(["`](.+?)["`], ', project.text(path), re.MULTILINE)}
    return known


def test_every_attack_of_the_list_has_rows():
    found = sections()
    project.report([f"{DOCUMENT}: {attack}" for attack in ATTACKS if not found.get(attack)],
                   "The attack has no table, or an empty one: say what Stile does, and by which test that is shown.")


def test_every_row_names_tests_that_exist():
    known, problems = known_tests(), []
    for heading, rows in sections().items():
        for row in rows:
            where = f"{DOCUMENT}, {heading}: {row[0].strip()[:60]}"
            if len(row) != 3 or not all(cell.strip() for cell in row):
                problems.append(f"{where}: not three cells")
                continue
            named = re.findall(r"`([^`]+)`", row[2])
            if not named or re.sub(r"`[^`]+`|[,\s]", "", row[2]):
                problems.append(f"{where}: the third cell is not a list of tests")
            problems += [f"{where}: `{name}`" for name in named if name not in known]
    project.report(problems, "No test has this name. They are written as `Suite.Name`, `test_file.py::test_name` or "
                   "`file.test.mjs: words of the test`.")
