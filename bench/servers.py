"""The servers under measurement: each starts in a directory of its own, on a free port of 127.0.0.1, and is ended by its pid."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STILE = Path(os.environ.get("STILE_BIN", ROOT / "build" / "release" / "stile"))
TOOLS = Path(os.environ.get("STILE_BENCH_TOOLS", ROOT / "build" / "release" / "bench"))
BLOCK_BYTES = 256 * 1024  # Stile's default; every contestant gets the same
TICKS = os.sysconf("SC_CLK_TCK")
START_TIMEOUT = 20.0
STOP_TIMEOUT = 30.0
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


class Failed(Exception):
    """A run that cannot be trusted: a server that did not start, an answer outside 2xx, bytes that were not stored."""


class Server:
    """A process tree that listens on `port`. Subclasses say how it starts and where what it stored can be counted."""

    name = ""

    def __init__(self, directory, total_bytes):
        self.directory = Path(directory)
        self.total_bytes = total_bytes
        self.port = 0
        self.process = None

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

    def token_arguments(self, uploads):
        """Arguments of the load generator that permit `uploads` uploads. Who knows no tokens ignores the one it gets."""
        return ["--token", "none"]

    def spawn(self, command, **how):
        self.process = subprocess.Popen([str(word) for word in command], stderr=self._log().open("wb"), **how)

    def read_listening_line(self):
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on http://"):
            raise Failed(f"{self.name} did not start:\n{self._log().read_text()[-2000:]}")
        self.port = int(line.strip().rpartition(":")[2])

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

    def peak_resident_bytes(self):
        total = 0
        for pid in self.tree():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    total += int(line.split()[1]) * 1024
        return total

    def _log(self):
        return self.directory / "stderr"


class RawSink(Server):
    name = "raw"

    def start(self):
        self.spawn([TOOLS / "raw_sink", self.directory / "file", self.total_bytes, BLOCK_BYTES], stdout=subprocess.PIPE)
        self.read_listening_line()


class Stile(Server):
    name = "stile"
    settings = []  # NAME=VALUE, to try what another setting brings

    def start(self):
        self.data = self.directory / "data"
        self.spawn([STILE, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--durability", "none",
                    *(f"--set={setting}" for setting in self.settings)], stdout=subprocess.PIPE)
        self.read_listening_line()

    def token_arguments(self, uploads):
        most_per_token = 1000
        arguments = []
        for _ in range((uploads + most_per_token - 1) // most_per_token):
            made = subprocess.run([STILE, "token", "create", "--data", self.data, "--max-uploads", str(most_per_token), "--json"],
                                  check=True, capture_output=True, timeout=START_TIMEOUT)
            arguments += ["--token", json.loads(made.stdout)["upload_token"]]
        return arguments

    def stored_bytes(self):
        return _bytes_in(self.data / "archive")


class Nginx(Server):
    """One worker with WebDAV PUT, its body buffer as large as Stile's blocks."""

    name = "nginx"

    def start(self):
        (self.directory / "put").mkdir()
        user = "user root;" if os.geteuid() == 0 else ""
        # nginx knows no port 0, but takes over a socket that is open already, as it does when it is upgraded.
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
            self.port = listener.getsockname()[1]
            (self.directory / "nginx.conf").write_text(f"""
                daemon off; worker_processes 1; {user} pid nginx.pid;
                events {{ worker_connections 4096; }}
                http {{
                  access_log off; client_max_body_size 0; client_body_buffer_size {BLOCK_BYTES};
                  client_body_temp_path body; proxy_temp_path unused; fastcgi_temp_path unused;
                  uwsgi_temp_path unused; scgi_temp_path unused; keepalive_requests 1000000000;
                  server {{
                    listen 127.0.0.1:{self.port};
                    location /put/ {{ root {self.directory}; dav_methods PUT; }}
                    location = /nothing {{ return 204; }}
                  }}
                }}""")
            self.spawn([NGINX, "-p", self.directory, "-c", "nginx.conf", "-e", "stderr"], pass_fds=[listener.fileno()],
                       env={**os.environ, "NGINX": f"{listener.fileno()};"})
        # The socket accepts at once; the worker is what has to be waited for.
        deadline = time.monotonic() + START_TIMEOUT
        while len(self.tree()) < 2:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"nginx did not start:\n{self._log().read_text()[-2000:]}")
            time.sleep(0.01)

    def stored_bytes(self):
        return _bytes_in(self.directory / "put")


def _bytes_in(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0
