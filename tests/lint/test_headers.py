"""Each header compiles alone. Results are kept by content, so that only what changed is compiled again."""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess

import project

CACHE = project.BUILD / "self_contained_headers.json"
QUOTED = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def compile_flags():
    """-I and -D of all translation units together, from the compilation database."""
    database = project.BUILD / "compile_commands.json"
    assert database.exists(), f"{database} is missing: ./dev lint configures the build first"
    flags = {}
    for entry in json.loads(database.read_text()):
        words = shlex.split(entry["command"])
        for index, word in enumerate(words):
            if word.startswith(("-I", "-D")):
                flags[word] = None
            elif word == "-isystem":
                flags[f"-isystem{words[index + 1]}"] = None
    return list(flags)


def content_key(header, known):
    """A hash over the header and all project headers it reaches, as far as they are files of the project."""
    seen, queue = {}, [header]
    while queue:
        path = queue.pop()
        if path in seen or path not in known:
            continue
        seen[path] = known[path]
        queue += [project.pathlib.Path("src") / name for name in QUOTED.findall(known[path])]
    joined = "\0".join(f"{path}\0{seen[path]}" for path in sorted(seen))
    return hashlib.sha256(joined.encode()).hexdigest()


def compile_alone(header, flags):
    command = ["clang++-19", "-std=c++23", "-fsyntax-only", "-x", "c++", "-Wall", "-Wextra", *flags, "-include",
               str(project.ROOT / header), "/dev/null"]
    done = subprocess.run(command, cwd=project.ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{header}:\n{done.stderr[:1500]}"


def test_headers_are_self_contained():
    flags = compile_flags()
    headers = project.files_under("src", ".h")
    known = {path: project.text(path) for path in headers}
    try:
        passed = set(json.loads(CACHE.read_text()))
    except (OSError, ValueError):
        passed = set()
    keys = {header: content_key(header, known) for header in headers}
    todo = [header for header in headers if keys[header] not in passed]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = dict(zip(todo, pool.map(lambda header: compile_alone(header, flags), todo)))
    passed = {keys[header] for header in headers if not results.get(header)}
    CACHE.write_text(json.dumps(sorted(passed)))
    project.report([problem for problem in results.values() if problem], "A header includes everything it uses.")


def test_headers_are_guarded_and_explained():
    problems = []
    for header in project.files_under("src", ".h"):
        content = project.text(header)
        if "#pragma once" not in content:
            problems.append(f"{header}: no #pragma once")
        if not content.startswith("//"):
            problems.append(f"{header}: does not begin with a sentence on what it is for")
    project.report(problems, "A header begins with one sentence on its purpose, then #pragma once.")
