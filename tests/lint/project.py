"""What the lint tests share: where things are, and which files belong to the project."""

import functools
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "dev"

_GENERATED = {"build", "node_modules", "data", ".git", "__pycache__", ".pytest_cache"}


@functools.cache
def files():
    """Every file of the project, as paths relative to ROOT: what git knows or would add, or a walk without git."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode == 0:
        found = [pathlib.Path(name) for name in listing.stdout.decode().split("\0") if name]
    else:
        found = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
    return sorted(path for path in set(found) if (ROOT / path).is_file() and not _GENERATED.intersection(path.parts))


def files_under(folder, *suffixes):
    return [path for path in files() if path.is_relative_to(folder) and (not suffixes or path.suffix in suffixes)]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def fenced_block(path, name):
    """The lines of the block ```name of a Markdown file."""
    found = re.search(rf"^```{name}\n(.*?)^```$", text(path), re.MULTILINE | re.DOTALL)
    assert found, f"{path} has no fenced block ```{name}"
    return [line for line in found.group(1).splitlines() if line.strip()]


def table(path, name):
    """A fenced block of lines "key: word word" as a dictionary of lists."""
    rows = {}
    for line in fenced_block(path, name):
        key, _, words = line.partition(":")
        assert key.strip() not in rows, f"{path}, block {name}: {key.strip()} stands there twice"
        rows[key.strip()] = words.split()
    return rows


def report(problems, advice):
    """Fails with one line per problem and what to do about them."""
    shown = sorted(problems)
    if len(shown) > 40:
        shown[40:] = [f"… and {len(shown) - 40} more"]
    assert not problems, "\n".join(["", *shown, "", advice])
