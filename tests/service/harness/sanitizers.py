"""Builds with sanitizers: how they are run, where their reports go, and what they cannot do.

A report of any process, whoever started it and however it ended, is a file; conftest.py fails the test during which it
came. Run: STILE_BIN=build/asan/stile pytest tests/service, or ./dev asan.
"""

import os
import tempfile
from functools import cache
from pathlib import Path
from string import Template

BINARY = Path(os.environ.get("STILE_BIN") or Path(__file__).resolve().parents[3] / "build" / "release" / "stile")
ROOT = Path(__file__).resolve().parents[3]

# Tests that a sanitizer makes meaningless, by their name; all of them, with the reason.
CANNOT = {
    "test_a_bounded_address_space": "a sanitizer's shadow memory is the whole address space",
}


@cache
def sanitizer():
    """"address", "thread", or nothing: what the binary was built with."""
    symbols = BINARY.read_bytes() if BINARY.exists() else b""
    return "address" if b"__asan_init" in symbols else "thread" if b"__tsan_init" in symbols else ""


@cache
def patience():
    """By how much longer everything may take."""
    return {"address": 3, "thread": 8}.get(sanitizer(), 1)


@cache
def _folder():
    return Path(tempfile.mkdtemp(prefix="stile-sanitizer-"))


def prepare():
    """Sets the options for every process that is started from here on."""
    if not sanitizer():
        return
    for line in (ROOT / "tests" / "sanitizers" / "options.env").read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            options = os.environ.get(name) or Template(value).substitute(ROOT=ROOT)
            os.environ[name] = f"{options}:log_path={_folder() / 'report'}"


def take_reports():
    """What was reported since this was asked last; each report is told once."""
    if not sanitizer():
        return ""
    texts = []
    for path in sorted(_folder().iterdir()):
        texts.append(path.read_text(errors="replace"))
        path.unlink()
    return "\n".join(text for text in texts if text.strip())
