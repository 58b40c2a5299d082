"""Servers that are no Debian packages. Each is installed into build/rivals when a workload asks for it and downloads are allowed,
in the version that stands here; what is missing for that is said, and the rival skipped."""

import os
import re
import shutil
import socket
import subprocess
import sys

from servers.base import ROOT, Server, bytes_in

SOURCES = ROOT / "bench" / "rivals"
FOLDER = ROOT / "build" / "rivals"
INSTALL_TIMEOUT = 3600  # rustus is compiled
RUSTUS = "0.5.10"


class Rival(Server):
    """A rival stores in `put`. `install` makes that `is_installed`; it is tried once in a process."""

    tool = ""    # the program that installs it
    package = ""
    _tried = {}  # class -> why it did not work

    @classmethod
    def why_not(cls, rivals):
        if rivals == "none":
            return "no rivals were wanted"
        if cls.is_installed():
            return None
        if rivals == "installed":
            return f"{cls.package} is not installed"
        if cls not in Rival._tried:
            Rival._tried[cls] = cls._install()
        return Rival._tried[cls]

    @classmethod
    def _install(cls):
        tool = shutil.which(cls.tool, path=f"{os.environ.get('PATH', '')}:/usr/local/go/bin:{os.path.expanduser('~/.cargo/bin')}")
        if not tool:
            return f"{cls.tool}, which installs {cls.package}, is not there"
        print(f"installing {cls.package} into {FOLDER} …", file=sys.stderr, flush=True)
        FOLDER.mkdir(parents=True, exist_ok=True)
        try:
            cls.install(tool)
        except (OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", b"") or b"").decode(errors="replace").strip().splitlines()
            return f"{cls.package} could not be installed: {said[-1] if said else error}"
        return None if cls.is_installed() else f"{cls.package} was installed, but is not there"

    @staticmethod
    def run(command, **how):
        subprocess.run([str(word) for word in command], check=True, capture_output=True, timeout=INSTALL_TIMEOUT,
                       stdin=subprocess.DEVNULL, **how)

    def folder(self):
        made = self.directory / "put"
        made.mkdir(exist_ok=True)
        return made

    def stored_bytes(self):
        return bytes_in(self.directory / "put")


class NodeRival(Rival):
    tool = "npm"
    script = ""

    @classmethod
    def is_installed(cls):
        return (FOLDER / "node_modules" / cls.package).is_dir() and _same(SOURCES / "package-lock.json", FOLDER / "package-lock.json")

    @classmethod
    def install(cls, npm):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCES / name, FOLDER / name)
        cls.run([npm, "ci", "--no-audit", "--no-fund"], cwd=FOLDER)

    @classmethod
    def version(cls):
        described = (FOLDER / "node_modules" / cls.package / "package.json").read_text()
        return re.search(r'"version": *"([^"]+)"', described)[1]

    def start(self):
        # A module finds its packages beside itself or above.
        shutil.copy(SOURCES / self.script, FOLDER / self.script)
        self.spawn(["node", FOLDER / self.script, self.folder()], stdout=subprocess.PIPE, env={**os.environ, "NODE_ENV": "production"})
        self.port = self.read_listening_line()


class NodeTus(NodeRival):
    name = "node-tus"
    package = "@tus/server"
    script = "tus_server.mjs"

    def stored_bytes(self):
        return sum(path.stat().st_size for path in (self.directory / "put").iterdir() if path.suffix != ".json")


class NodeMultipart(NodeRival):
    name = "node-form"
    package = "busboy"
    script = "multipart_server.mjs"


class BinaryRival(Rival):
    """One program that says on which port it listens nowhere: it gets a free one, and is asked until it answers."""

    @classmethod
    def program(cls):
        return FOLDER / "bin" / cls.name

    @classmethod
    def is_installed(cls):
        return cls.program().exists()

    def start(self):
        self.port = _free_port()
        self.spawn([self.program(), *self.arguments()], stdout=subprocess.DEVNULL)
        self.wait_until(lambda: _answers(self.port), "nobody answers on its port")


class Tusd(BinaryRival):
    name = "tusd"
    tool = "go"
    package = "tusd"
    module = SOURCES / "tusd"  # its go.mod and go.sum pin the version, and those of all that it needs

    @classmethod
    def install(cls, go):
        cls.run([go, "build", "-o", cls.program(), "github.com/tus/tusd/v2/cmd/tusd"], cwd=cls.module)

    @classmethod
    def version(cls):
        return re.search(r"github.com/tus/tusd/v2 v(\S+)", (cls.module / "go.mod").read_text())[1]

    def arguments(self):
        return ["-host", "127.0.0.1", "-port", self.port, "-base-path", "/files/", "-upload-dir", self.folder(),
                "-hooks-enabled-events", "", "-verbose=false"]

    def stored_bytes(self):
        return sum(path.stat().st_size for path in (self.directory / "put").iterdir() if path.suffix not in (".info", ".lock"))


class Rustus(BinaryRival):
    name = "rustus"
    tool = "cargo"
    package = f"rustus {RUSTUS}"

    @classmethod
    def install(cls, cargo):
        cls.run([cargo, "install", "rustus", "--version", RUSTUS, "--locked", "--root", FOLDER])

    @classmethod
    def version(cls):
        return RUSTUS

    def arguments(self):
        return ["--host", "127.0.0.1", "--port", self.port, "--url", "/files", "--storage", "file-storage", "--data-dir", self.folder(),
                "--info-storage", "file-info-storage", "--info-dir", self.directory / "info",
                "--max-body-size", 1 << 30]  # of one PATCH; by itself it takes less than a chunk


def _same(one, other):
    return other.exists() and one.read_bytes() == other.read_bytes()


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
