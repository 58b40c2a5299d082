"""A server as a process tree: start, stop, and the kernel's accounts of what it took."""

import os
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STILE = Path(os.environ.get("STILE_BIN", ROOT / "build" / "release" / "stile")).resolve()
TOOLS = Path(os.environ.get("STILE_BENCH_TOOLS", STILE.parent / "bench"))
BLOCK_BYTES = 256 * 1024  # every contestant that can be told gets the same; it is Stile's default
TICKS = os.sysconf("SC_CLK_TCK")
START_TIMEOUT = 20.0
STOP_TIMEOUT = 60.0


class Failed(Exception):
    """A run that cannot be trusted: a server that did not start, an answer outside 2xx, bytes that were not stored."""


class Server:
    """A process tree that listens on `port`. Subclasses say how it starts and where what it stored can be counted."""

    name = ""

    def __init__(self, directory, total_bytes=0, settings=()):
        self.directory = Path(directory)
        self.total_bytes = total_bytes  # of the one file that a raw loop preallocates
        self.settings = list(settings)  # NAME=VALUE; for those that know settings
        self.port = 0
        self.process = None

    @classmethod
    def why_not(cls, rivals):
        """Why it cannot be measured here, or None. `rivals`: install, installed or none; what may be done for those that are no Debian
        packages."""
        return None

    @classmethod
    def version(cls):
        return None

    def __enter__(self):
        self.directory.mkdir(parents=True)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        raise NotImplementedError

    def stored_bytes(self):
        """Bytes of the files that it was sent; None when that cannot be told."""
        return None

    def syncs(self):
        """How often it has synced something, by what; None when that cannot be told."""
        return None

    def token_arguments(self, uploads):
        """Arguments of the load generator that permit `uploads` uploads. Who knows no tokens ignores the one it gets."""
        return ["--token", "none"]

    def spawn(self, command, **how):
        self.process = subprocess.Popen([str(word) for word in command], stderr=self._log().open("wb"), stdin=subprocess.DEVNULL, **how)

    def read_listening_line(self, scheme="http"):
        line = self.process.stdout.readline().decode()
        if not line.startswith(f"listening on {scheme}://"):
            raise Failed(f"{self.name} did not start:\n{self.log_text()}")
        return int(line.strip().rpartition(":")[2])

    def wait_until(self, ready, what):
        deadline = time.monotonic() + START_TIMEOUT
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{self.name}: {what}:\n{self.log_text()}")
            time.sleep(0.01)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise Failed(f"{self.name} did not end on SIGTERM") from None
        if self.process and self.process.stdout:
            self.process.stdout.close()

    def tree(self):
        """The pids of the process and of all its descendants."""
        children = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except (OSError, ValueError):
                    continue  # ended while we looked
                children.setdefault(parent, []).append(int(entry.name))
        found = [self.process.pid]
        for pid in found:
            found.extend(children.get(pid, []))
        return found

    def cpu_seconds(self):
        """(user, system) of the tree since it started, children that have ended included."""
        user = system = 0
        for pid in self.tree():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            user += int(fields[11]) + int(fields[13])
            system += int(fields[12]) + int(fields[14])
        return user / TICKS, system / TICKS

    def memory_bytes(self, row):
        """A row of /proc/PID/status over the tree: VmRSS now, VmHWM at most."""
        total = 0
        for pid in self.tree():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(row + ":"):
                    total += int(line.split()[1]) * 1024
        return total

    def log_text(self):
        return self._log().read_text(errors="replace")[-2000:]

    def _log(self):
        return self.directory / "stderr"


def bytes_in(folder, pattern="*"):
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file()) if folder.exists() else 0
