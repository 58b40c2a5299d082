"""The planted bugs of tests/mutants still apply to the source, and docs/durability.md says of each who finds it."""

import re
import sys

import pytest

import project

sys.path.insert(0, str(project.ROOT / "tests" / "mutants"))
import bugs  # noqa: E402


@pytest.mark.parametrize("bug", bugs.BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_changes_what_is_there(bug):
    assert bug.edits
    for path, old, new in bug.edits:
        assert path.endswith(".cc"), "a header would need more than a few objects"
        assert project.text(path).count(old) == 1, f"{path} does not have this once:\n{old}\nMend tests/mutants/bugs.py."
        assert old != new


def test_the_table_of_the_document_is_the_list():
    section = project.text("docs/durability.md").split("\n## Planted bugs\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    told = [says for says, _ in rows if says not in ("bug", "---")]
    assert told == [bug.says for bug in bugs.BUGS], "docs/durability.md and tests/mutants/bugs.py list other bugs"
    assert not [says for says, found in rows if "nothing" in found], "a planted bug that nothing finds needs a test"


def test_the_names_are_different():
    names = [bug.name for bug in bugs.BUGS]
    assert len(set(names)) == len(names)
