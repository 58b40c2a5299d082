"""Server: the real binary with a data directory of its own; started, stopped, killed, restarted, asked."""

import atexit
import ctypes
import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

from harness import multipart, wire
from harness.sanitizers import BINARY, patience, sanitizer, take_reports

DOMAIN = "videos.example.com"
LISTENING = re.compile(r"^listening on http://127\.0\.0\.1:(\d+)$")
LISTENING_TLS = re.compile(r"^listening on https://127\.0\.0\.1:(\d+)$")  # a second line, with --tls-listen
# What no log of a healthy server holds.
ALARMS = re.compile(
    r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehaviorSanitizer|runtime error:|terminate called|"
    r"CHECK failed|Assertion .* failed|Segmentation fault|\binternal error\b", re.IGNORECASE)
BASE_ENV = {
    "STILE_NOTIFY_ALLOW_PRIVATE_ADDRESSES": "true",  # receivers listen on loopback
    "STILE_NOTIFY_FIRST_RETRY": "100ms",
    "STILE_NOTIFY_MAX_RETRY": "1s",
    "STILE_UPLOAD_RETRY_DELAY": "0s",
    "STILE_PHOTO_KEEP_REMOVED_FILES": "0s",  # tests wait for files to go
}

LIVE = set()  # servers with a running process; their logs are shown when a test fails


@atexit.register
def _leave_nothing_running():
    for server in list(LIVE):
        server.kill()


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: a killed pytest leaves no server behind


def environment(extra=None):
    """Ours without foreign STILE_* settings, plus what every test server wants."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("STILE_")}
    return {**env, **BASE_ENV, **(extra or {})}


def run_cli(*args, env=None, timeout=30.0):
    """Runs `stile …` to its end; the caller looks at returncode, stdout and stderr."""
    command = [BINARY, *map(str, args)]
    return subprocess.run(command, env=environment(env), capture_output=True, text=True, timeout=timeout * patience())


class Server:
    def __init__(self, data, *, env=None, args=(), domain=DOMAIN, probe=b""):
        self.data = Path(data)
        self.env = env or {}
        self.args = list(args)
        self.domain = domain
        self.probe = probe  # a small JPEG for prove_it_works()
        self.port = 0
        self.tls_port = 0
        self.process = None
        self.stdout_lines = []
        self._log = self.data.parent / (self.data.name + ".stderr")
        self._probe_token, self._probes_left = None, 0

    # Life

    def start(self, port=0, timeout=30.0):
        """Returns once the server has said that it listens."""
        assert self.process is None
        self.stdout_lines = []
        heard = threading.Condition()
        command = [BINARY, "serve", "--data", self.data, "--listen", f"127.0.0.1:{port}", "--domain", self.domain,
                   *self.args]
        with open(self._log, "ab") as log:
            process = subprocess.Popen(command, env=environment(self.env), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=log, text=True, preexec_fn=_die_with_parent)
        self.process = process
        LIVE.add(self)
        ended = threading.Event()

        def listen():
            for line in process.stdout:
                with heard:
                    self.stdout_lines.append(line.rstrip("\n"))
                    heard.notify_all()
            with heard:
                ended.set()
                heard.notify_all()

        self._reader = threading.Thread(target=listen, daemon=True)
        self._reader.start()
        with heard:
            heard.wait_for(lambda: len(self.stdout_lines) >= self._lines_at_start or ended.is_set(), timeout * patience())
        match = LISTENING.match(self.stdout_lines[0]) if self.stdout_lines else None
        tls_match = LISTENING_TLS.match(self.stdout_lines[-1]) if match and self._lines_at_start == 2 else None
        if not match or (self._lines_at_start == 2) != bool(tls_match):
            lines = self.stdout_lines
            self.kill()
            raise AssertionError(f"the server did not come up; stdout {lines!r}, stderr:\n{self.log()[-4000:]}")
        self.port = int(match[1])
        self.tls_port = int(tls_match[1]) if tls_match else 0
        return self

    @property
    def _lines_at_start(self):
        return 2 if "--tls-listen" in self.args or "STILE_TLS_LISTEN" in self.env else 1

    def _ended(self):
        self._reader.join(5)
        self.process.stdout.close()
        self.process = None
        LIVE.discard(self)

    def stop(self, timeout=30.0):
        """SIGTERM; returns (exit code, seconds it took)."""
        begun = time.monotonic()
        self.process.terminate()
        try:
            code = self.process.wait(timeout * patience())
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM did not end the server within {timeout} s") from None
        self._ended()
        return code, time.monotonic() - begun

    def kill(self):
        """kill -9: nothing is flushed, nobody says goodbye."""
        self.process.kill()
        self.process.wait()
        self._ended()

    def restart(self, how="term"):
        """The same data, the same port."""
        if how == "kill":
            self.kill()
        else:
            assert self.stop()[0] == 0
        return self.start(self.port)

    def close(self):
        """Ends the server and says whether its life was healthy."""
        if self.process is not None:
            code = self.process.poll()
            if code is not None:
                self._ended()
                raise AssertionError(f"the server died by itself with {code}; stderr:\n{self.log()[-6000:]}")
            code, reports = self.stop()[0], take_reports()
            assert code == 0 and not reports, f"SIGTERM must end the server with 0, not {code}\n{reports[:12000]}"
            assert len(self.stdout_lines) == self._lines_at_start, f"more than expected on stdout: {self.stdout_lines!r}"
        alarm = ALARMS.search(self.log())
        assert not alarm, f"alarm in the log: …{self.log()[max(0, alarm.start() - 200):alarm.start() + 3000]}"

    # Facts

    def log(self):
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _memory(self, name):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)[1]) * 1024

    def rss(self):
        """Resident bytes; also forgets the peak of before."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        return self._memory("VmRSS")

    def assert_grew_less(self, limit, before, what="now"):
        """Memory, `now` or at its "peak" since rss() was asked, has grown by less than `limit` bytes. Sanitizers keep
        freed memory on purpose, so the figures of such a build mean nothing."""
        grown = self._memory("VmHWM" if what == "peak" else "VmRSS") - before
        assert grown < limit or sanitizer(), f"memory grew by {grown / (1 << 20):.1f} MiB ({what})"

    # The command line, on the same data while the server runs

    def cli(self, *args):
        done = run_cli(*args, "--data", self.data, "--json")
        assert done.returncode == 0, f"stile {' '.join(map(str, args))} → {done.returncode}: {done.stderr}"
        return json.loads(done.stdout)

    def token(self, extras=(), background=False, **options):
        """A new upload token. `options`: title, return_url, max_uploads, valid_minutes, description, tags."""
        args = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        args += [f"--extra={name}={value}" for name, value in extras]
        return self.cli("token", "create", *args, *(["--background"] if background else []))["upload_token"]

    def credentials(self, level, name="tests"):
        return self.cli("credentials", "create", "--name", name, "--level", level)

    def photos(self, token):
        return self.cli("photo", "list", "--token", token)

    def photo(self, photo_id):
        return self.cli("photo", "show", photo_id)

    def only_photo(self, token):
        photos = self.photos(token)
        assert len(photos) == 1, f"expected one photo of the token, found {len(photos)}"
        return photos[0]

    def rows(self, statement, values=()):
        """Asks, or changes, the catalog behind the server's back: how a test moves a token's time."""
        connection = sqlite3.connect(self.data / "stile.db", timeout=20)
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def expire(self, token, ago=60):
        past = int((time.time() - ago) * 1000)
        changed = self.rows("UPDATE tokens SET valid_until = ? WHERE token = ? RETURNING token", (past, token))
        assert changed == [(token,)]

    # Files

    def staged(self):
        """The files of uploads under way."""
        return [path for path in (self.data / "staging").rglob("*") if path.is_file()]

    def original_path(self, photo):
        return f"/{photo['tree_id']}/{photo['photo_id']}/{photo['token']}/original"

    def original(self, photo):
        response = wire.get(self.port, self.original_path(photo))
        assert response.status == 200, f"{response.status} for an original"
        return response.body

    def holds(self, token, data):
        """Asserts that the token has one photo and that it is `data`, byte for byte; returns the photo."""
        photo = self.only_photo(token)
        assert int(photo["size"]) == len(data)
        assert hashlib.sha256(self.original(photo)).hexdigest() == hashlib.sha256(data).hexdigest()
        return photo

    def prove_it_works(self):
        """Every abuse ends here: an honest upload and download on the same server."""
        assert self.process.poll() is None, f"the server died:\n{self.log()[-6000:]}"
        if not self._probes_left:
            self._probe_token, self._probes_left = self.token(max_uploads=100), 100
        self._probes_left -= 1
        response = multipart.upload(self.port, self._probe_token, self.probe)
        assert response.status == 200, f"after the abuse an honest upload got {response.status} {response.body[:200]!r}"
        assert self.original(self.photo(response.text.strip())) == self.probe
