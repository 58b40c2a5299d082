"""Writes the table of methods into docs/api.md, between its marks: what `stile methods` says, and who tests it.

usage: method_table.py STILE [--check]      --check changes nothing; exit code 1 when the table is not fresh
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "api.md"
BEGIN = "<!-- methods: ./dev docs writes this table -->\n"
END = "<!-- end of methods -->\n"
# Tests of every method at once say nothing about one; they are named above the table.
OF_ALL = {"test_bad_parameters.py", "test_generated_requests.py", "test_openapi.py"}
# What tests say instead of the name of a method.
ALIASES = {"photo/redeem-upload-token": r"\bmultipart\.(?:upload|post)\(|\bUpload\("}


def methods_of(stile):
    done = subprocess.run([stile, "methods", "--json"], capture_output=True, text=True, check=True, timeout=30)
    return json.loads(done.stdout)


def test_files():
    service = [path for path in (ROOT / "tests" / "service").glob("test_*.py") if path.name not in OF_ALL]
    return sorted(service) + sorted((ROOT / "tests" / "protocol").rglob("*.wire"))


def mentions(name):
    """A pattern for the method's name as a whole: photo/list is not in photo/list-all nor in my-photo/list."""
    pattern = rf"(?<![\w-]){re.escape(name)}(?![\w/-])"
    if "/" not in name:
        pattern = rf"/api/(?:2/)?{re.escape(name)}\b|[\"']{re.escape(name)}[\"']"
    return re.compile(pattern + (f"|{ALIASES[name]}" if name in ALIASES else ""))


def short(path):
    """test_photo_list.py → photo_list; wire examples are one family."""
    return "wire examples" if path.suffix == ".wire" else path.stem.removeprefix("test_")


def tests_of(names):
    """{method: [test file in short]}"""
    texts = [(short(path), path.read_text(encoding="utf-8", errors="replace")) for path in test_files()]
    return {name: list(dict.fromkeys(file for file, text in texts if mentions(name).search(text))) for name in names}


def table(stile):
    methods = methods_of(stile)
    tests = tests_of([method["name"] for method in methods])
    lines = ["| method | level | generations | verbs | what it does | tests |", "|---|---|---|---|---|---|"]
    for method in methods:
        lines.append(f"| `{method['name']}` | {method['level']} | {', '.join(method['generations'])} | {method['verbs']} | "
                     f"{method['summary']} | {', '.join(tests[method['name']])} |")
    return "".join(line + "\n" for line in lines)


def rewritten(stile):
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        sys.exit(f"{DOCUMENT} lacks the marks {BEGIN.strip()} and {END.strip()}")
    return before + BEGIN + "\n" + table(stile) + "\n" + END + after


def main():
    stile, checks = sys.argv[1], "--check" in sys.argv[2:]
    fresh = rewritten(stile)
    if fresh == DOCUMENT.read_text(encoding="utf-8"):
        return 0
    if not checks:
        DOCUMENT.write_text(fresh, encoding="utf-8")
    return 1 if checks else 0


if __name__ == "__main__":
    sys.exit(main())
