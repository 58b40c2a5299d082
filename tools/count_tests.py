"""Prints "passed failed skipped", summed over result files: JUnit XML of ctest and pytest, TAP of node --test.

Files that do not exist are passed over: a tier has one kind of result, and one that never ran has none.
"""

import os
import re
import sys
import xml.etree.ElementTree as ElementTree


def count_junit(path):
    failed = skipped = total = 0
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0)) + int(suite.get("disabled", 0))
    return total - failed - skipped, failed, skipped


def count_tap(path):
    with open(path, encoding="utf-8") as file:
        found = dict(re.findall(r"^# (tests|pass|fail|cancelled|skipped|todo) (\d+)$", file.read(), re.MULTILINE))
    count = {name: int(number) for name, number in found.items()}
    if "tests" not in count:
        return 0, 1, 0  # the runner died before its summary
    return count["pass"], count["fail"] + count["cancelled"], count["skipped"] + count["todo"]


def count(path):
    try:
        return count_tap(path) if path.endswith(".tap") else count_junit(path)
    except (ElementTree.ParseError, KeyError):
        return 0, 1, 0  # half a result is a failure


def main():
    sums = [count(path) for path in sys.argv[1:] if os.path.exists(path)]
    print(*[sum(column) for column in zip(*sums)] if sums else [0, 0, 0])


main()
