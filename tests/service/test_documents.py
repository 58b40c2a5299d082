"""What README.md and docs/ show is run: each block ```sh run, in order, against a server of its document's own.

A block ```… answer that follows directly is what it printed. White space does not count, so that the document can wrap
lines; … stands for anything. The commands find: MEDIA, BEARER (level write), BACKEND_URL (a receiver of callbacks),
STILE_SERVER_DATA, `stile`, and the files holiday.jpg and clip.mp4 (600,000 bytes).
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from harness.server import BINARY, Server, environment

ROOT = Path(__file__).resolve().parents[2]
RUN = re.compile(r"^```sh run\n(?P<command>.*?)^```$(?:\s+^```\w+ answer\n(?P<answer>.*?)^```$)?", re.MULTILINE | re.DOTALL)
DOCUMENTS = [path.relative_to(ROOT) for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
             if RUN.search(path.read_text(encoding="utf-8"))]


def blocks_of(document):
    """[(line, command, answer or None)]"""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [(text.count("\n", 0, found.start()) + 1, found["command"], found["answer"]) for found in RUN.finditer(text)]


def pattern_of(answer):
    pieces = ["".join(piece.split()) for piece in answer.split("…")]
    return re.compile(".*?".join(map(re.escape, pieces)), re.DOTALL)


class Reader:
    """Somebody who types what the document says, in one shell."""

    def __init__(self, server, receiver, media, directory):
        self.directory = directory
        (directory / "bin").mkdir()
        (directory / "bin" / "stile").symlink_to(BINARY.resolve())
        self.home = directory / "home"
        self.home.mkdir()
        (self.home / "holiday.jpg").write_bytes(media.jpeg)
        (self.home / "clip.mp4").write_bytes(media.mp4_of(600_000))
        self.env = environment({
            "MEDIA": f"http://127.0.0.1:{server.port}",
            "BEARER": server.credentials("write")["bearer_token"],
            "BACKEND_URL": receiver.url("/done"),
            "STILE_SERVER_DATA": str(server.data),
            "HOME": str(self.home),
            "PATH": f"{directory / 'bin'}:{os.environ['PATH']}",
        })

    def run(self, commands):
        """What each command printed; a command that fails is the last."""
        marks = [f"=== block {number} of the document ===" for number in range(len(commands) + 1)]
        script = "".join(f"echo '{mark}'\n{command}\n" for mark, command in zip(marks, commands)) + f"echo '{marks[-1]}'\n"
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=self.home, env=self.env, timeout=120,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        output = done.stdout.decode()
        printed = re.split("|".join(map(re.escape, marks)), output)[1:]
        assert len(printed) <= len(marks)
        return printed, done.returncode


@pytest.fixture
def reader(make_server, make_receiver, media, tmp_path):
    def make():
        server = make_server(domain="media.example.com")
        return Reader(server, make_receiver(), media, tmp_path), server

    return make


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_commands_do_what_the_document_says(reader, document):
    blocks = blocks_of(document)
    printed, code = reader()[0].run([command for _, command, _ in blocks])
    for (line, command, answer), output in zip(blocks, printed):
        if output is printed[-1] and code != 0:
            pytest.fail(f"{document}:{line} fails with {code}:\n{command}\n→\n{output}", pytrace=False)
        if answer is not None and not pattern_of(answer).fullmatch("".join(output.split())):
            pytest.fail(f"{document}:{line} prints something else:\n{command}\n→\n{output}\ninstead of\n{answer}", pytrace=False)
    assert code == 0


def test_the_documents_have_blocks_to_run():
    assert {"README.md", "docs/api.md", "docs/operations.md"} <= set(map(str, DOCUMENTS))


def test_every_answer_belongs_to_a_command():
    """An answer that no command stands before would never be compared."""
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        compared = sum(answer is not None for _, _, answer in blocks_of(document))
        assert len(re.findall(r"^```\w+ answer$", text, re.MULTILINE)) == compared, document


def test_an_answer_is_compared_piece_by_piece():
    assert pattern_of('{"a": …,\n "b":2}').fullmatch('{"a":17,"b":2}')
    assert not pattern_of('{"a": …,\n "b":2}').fullmatch('{"a":17,"b":3}')
    assert not pattern_of("ok").fullmatch("okay")


def test_a_restored_backup_serves_what_it_holds(reader, media):
    """docs/operations.md: the backup that its commands make is a data directory that works."""
    found, server = reader()
    commands = [command for _, command, _ in blocks_of("docs/operations.md")]
    printed, code = found.run(commands)
    assert code == 0, printed[-1]
    token = re.search(r"\b[0-9A-Za-z]{64}\b", (found.home / "token").read_text())[0]
    restored = Server(found.home / "backup", probe=media.jpeg).start()
    try:
        restored.holds(token, media.jpeg)
        restored.prove_it_works()
    finally:
        restored.close()
    assert server.only_photo(token)
