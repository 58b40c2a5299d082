"""Length, words and white space of the files themselves."""

import re

import project

LINES_TO_EXPLAIN = 500
LINES_NEVER = 800
CODE = (".cc", ".h", ".py", ".mjs", ".js", ".css", ".cmake")
TEXT = CODE + (".md", ".txt", ".json", ".toml", ".html", "")

# What speaks of how a text came to be instead of what it says, and what promises work nobody will find again.
FORBIDDEN = {
    r"\bTODO\b|\bFIXME\b|\bXXX\b|\bHACK\b": "do it, or describe the limit as a fact",
    r"issue tracker|\bissue #?\d+\b": "say the fact itself",
    r"\bthis machine\b|\bmy machine\b": "name the hardware that was measured",
    r"[Ll]orem ipsum": "write the words",
    r"\bsub-?agents?\b|\bAI[- ](?:generated|assistant)\b|\blanguage model\b": "speak of the project",
}


def lines_of(path):
    return project.text(path).splitlines()


def test_files_are_short_or_explained():
    explained = {}
    for line in lines_of("tests/lint/long_files.txt"):
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.partition("  ")
            explained[name] = reason.strip()
    problems = [f"long_files.txt: {name} needs a reason" for name, reason in explained.items() if len(reason) < 20]
    long_now = set()
    for path in project.files():
        if path.suffix not in CODE and path.name != "dev":
            continue
        length = len(lines_of(path))
        if length > LINES_TO_EXPLAIN:
            long_now.add(str(path))
        if length > LINES_NEVER:
            problems.append(f"{path}: {length} lines, never more than {LINES_NEVER}")
        elif length > LINES_TO_EXPLAIN and str(path) not in explained:
            problems.append(f"{path}: {length} lines")
    problems += [f"long_files.txt: {name} is not long any more" for name in set(explained) - long_now]
    project.report(problems, f"Split what has two jobs. Beyond {LINES_TO_EXPLAIN} lines tests/lint/long_files.txt says why.")


def test_no_forbidden_words():
    problems = []
    for path in project.files():
        if path.suffix not in TEXT or path.is_relative_to("tests/lint") or path.name in ("package-lock.json", "LICENSE"):
            continue
        try:
            lines = lines_of(path)
        except UnicodeDecodeError:
            continue  # data of a test
        for number, line in enumerate(lines, 1):
            for pattern, advice in FORBIDDEN.items():
                if re.search(pattern, line):
                    problems.append(f"{path}:{number}: {line.strip()[:80]}  ({advice})")
    project.report(problems, "These words do not belong into the project.")


def test_the_npm_lock_file_names_no_host():
    problems = [f"package-lock.json:{number}" for number, line in enumerate(lines_of("package-lock.json"), 1) if '"resolved"' in line]
    project.report(problems, "Write it with omit-lockfile-registry-resolved=true in .npmrc: which mirror was used is nobody's business.")


def test_source_lines_are_tidy():
    problems = []
    for path in project.files_under("src", ".cc", ".h") + project.files_under("fuzz", ".cc") + project.files_under("tests", ".py"):
        for number, line in enumerate(lines_of(path), 1):
            if line != line.rstrip() or "\t" in line:
                problems.append(f"{path}:{number}: white space at the end, or a tab")
            elif len(line) > 140 and not re.search(r"https?://|R\"", line):
                problems.append(f"{path}:{number}: {len(line)} columns")
    project.report(problems, "./dev format puts C++ right.")
