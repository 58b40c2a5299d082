"""Nothing is left: disk, descriptors, memory, the catalog's lock. Source: issue "nothing is lost", 6.

Each test ends by proving that what was acknowledged is there and that the server has recovered without a restart.
"""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import multipart, wire
from harness import server as servers
from harness.resumable import Upload
from harness.wait import wait_until

MIB = 1 << 20
LEAKS = ("sqlite", "errno", "enospc", "stile.db", "staging/", "archive/", "/tmp", "no space left", "exception")


class SmallDisk:
    """A file system of a few MiB for root; for others the low-water mark, with a few MiB above it, does the same."""

    SIZE = 24 * MIB

    def __init__(self, path):
        path.mkdir()
        self.path = path
        mount = ["mount", "-t", "tmpfs", "-o", f"size={self.SIZE},mode=700", "tmpfs", str(path)]
        self.mounted = subprocess.run(mount, capture_output=True).returncode == 0
        self.data = path / "data"
        self.data.mkdir()
        self._filler = path / "filler"
        low_water = 0
        if not self.mounted:
            disk = os.statvfs(path)
            low_water = disk.f_bavail * disk.f_frsize - self.SIZE
        self.env = {"STILE_UPLOAD_LOW_WATER_BYTES": str(low_water)}

    def fill(self):
        """To the last byte; twice this size where it cannot be known what that is."""
        with open(self._filler, "wb", buffering=0) as filler:
            try:
                for _ in range(2 * self.SIZE // 4096):
                    filler.write(b"\1" * 4096)
            except OSError:
                assert self.mounted

    def make_room(self):
        self._filler.unlink(missing_ok=True)

    def close(self):
        self.make_room()
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.path)], check=True)


@pytest.fixture
def small_disk(tmp_path):
    disk = SmallDisk(tmp_path / "small")
    yield disk
    disk.close()


@pytest.fixture
def cramped(small_disk, stile_bin, media):
    server = servers.Server(small_disk.data, env=small_disk.env, probe=media.jpeg).start()
    yield server
    server.close()


def assert_come_again(response):
    assert response.status == 503, f"{response.status} {response.body[:200]!r}"
    assert_tells_nothing(response)


def assert_tells_nothing(response):
    text = response.body.decode("utf-8", "replace").lower()
    assert not [word for word in LEAKS if word in text], text[:300]


def test_a_disk_that_is_full_before(small_disk, cramped, media):
    before = cramped.token()
    assert multipart.upload(cramped.port, before, media.jpeg).status == 200
    upload = Upload(cramped, cramped.token(), media.mp4_of(400_000), 100_000)
    form_token = cramped.token(max_uploads=5)
    small_disk.fill()
    for _ in range(3):
        assert_come_again(upload.send(1))
        assert_come_again(multipart.upload(cramped.port, form_token, media.jpeg))
    assert cramped.staged() == []
    assert cramped.holds(before, media.jpeg), "what is there can be read"
    small_disk.make_room()
    upload.resume()
    cramped.holds(upload.token, upload.data)
    assert multipart.upload(cramped.port, form_token, media.jpeg).status == 200
    cramped.prove_it_works()


def test_a_disk_that_fills_up_in_between(small_disk, cramped, media):
    upload = Upload(cramped, cramped.token(), media.mp4_of(1_000_000), 100_000)
    acknowledged = [number for number in (1, 2, 3) if upload.send(number).status == 200]
    assert acknowledged == [1, 2, 3]
    small_disk.fill()
    for number in (4, 5, 6):
        answer = upload.send(number)
        assert answer.status in (200, 503), f"{answer.status}: 500 would cancel the upload"
        assert_tells_nothing(answer)
        if answer.status == 200:
            acknowledged.append(number)
    small_disk.make_room()
    for number in acknowledged:
        assert upload.test(number).status == 200, f"chunk {number} was acknowledged"
    upload.resume()
    cramped.holds(upload.token, upload.data)
    cramped.prove_it_works()


def test_a_disk_that_is_full_at_the_finish(small_disk, cramped, media):
    upload = Upload(cramped, cramped.token(), media.mp4_of(500_000), 100_000)
    for number in upload.numbers():
        if number != upload.count:
            assert upload.send(number).status == 200
    small_disk.fill()
    answer = upload.send(upload.count)
    assert answer.status in (200, 503)
    assert_tells_nothing(answer)
    small_disk.make_room()
    upload.resume()
    cramped.holds(upload.token, upload.data)
    cramped.prove_it_works()


def test_a_form_for_which_there_is_no_room_leaves_nothing(small_disk, cramped, media):
    token = cramped.token(max_uploads=5)
    too_much = media.mp4_of(SmallDisk.SIZE + 4 * MIB)
    answer = multipart.upload(cramped.port, token, too_much, "film.mp4")
    assert_come_again(answer)
    wait_until(lambda: cramped.staged() == [], what="the file that did not fit to go")
    assert multipart.upload(cramped.port, token, media.jpeg).status == 200
    cramped.prove_it_works()


def test_no_descriptors_left(make_server, media):
    server = make_server()
    upload = Upload(server, server.token(), media.mp4_of(400_000), 100_000)
    assert upload.send(1).status == 200
    pid = server.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    in_use = len(os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (in_use + 2, limits[1]))
    held = []
    try:
        for _ in range(20):  # more than there is room for
            held.append(wire.Connection(server.port))
        used = _cpu_seconds(pid)
        for connection in held:
            connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert held[0].read_response().status == 200
        assert server.process.poll() is None
        assert _cpu_seconds(pid) - used < 2, "waiting for descriptors is no busy loop"
    finally:
        for connection in held:
            connection.close()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    upload.resume()
    server.holds(upload.token, upload.data)
    server.prove_it_works()


def _cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_bounded_address_space(make_server, media):
    server = make_server()
    server.prove_it_works()
    pid = server.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_AS)
    size = server._memory("VmSize")
    resource.prlimit(pid, resource.RLIMIT_AS, (size + 192 * MIB, limits[1]))
    token = server.token(max_uploads=200)
    data = media.mp4_of(2 * MIB)

    def one(number):
        upload = Upload(server, token, data, 512 * 1024, identifier=f"u{number}")
        upload.resume()

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(one, range(48)))
    assert len(server.photos(token)) == 48
    server.prove_it_works()


class ReadOnly:
    """Makes files that others have open refuse writes, where root and the file system allow it."""

    def __init__(self, paths):
        self.paths = [str(path) for path in paths]

    def binds(self, folder):
        probe = folder / "probe"
        with open(probe, "wb", buffering=0) as file:
            made = subprocess.run(["chattr", "+i", str(probe)], capture_output=True).returncode == 0
            try:
                file.write(b"x")
                refused = False
            except OSError:
                refused = True
            subprocess.run(["chattr", "-i", str(probe)], capture_output=True)
        probe.unlink()
        return made and refused

    def __enter__(self):
        subprocess.run(["chattr", "+i", *self.paths], check=True)

    def __exit__(self, *_):
        subprocess.run(["chattr", "-i", *self.paths], check=True)


def test_a_catalog_that_becomes_read_only(make_server, media):
    server = make_server()
    upload = Upload(server, server.token(), media.mp4_of(400_000), 100_000)
    assert upload.send(1).status == 200
    form_token, keys = server.token(), server.credentials("write")
    ask = "/api/2/photo/get-upload-token"
    headers = [("Authorization", "Bearer " + keys["bearer_token"])]
    fault = ReadOnly(server.data / name for name in ("stile.db", "stile.db-wal"))
    if not fault.binds(server.data.parent):
        pytest.skip("needs root and a file system whose immutable files refuse open descriptors too (ext4)")
    with fault:
        for _ in range(2):
            assert_come_again(upload.send(2))
            assert_come_again(multipart.upload(server.port, form_token, media.jpeg))
            refused = wire.get(server.port, ask, headers)
            assert refused.status == 503 and refused.json()["code"] == "temporarily_unavailable"
            assert_tells_nothing(refused)
        assert wire.get(server.port, "/healthz").status == 200
        assert upload.test(1).status == 200 and upload.test(2).status == 204, "reading goes on"
    assert wire.get(server.port, ask, headers).status == 200
    upload.resume()
    server.holds(upload.token, upload.data)
    assert multipart.upload(server.port, form_token, media.jpeg).status == 200, "its use was not lost"
    server.prove_it_works()


def test_a_catalog_that_another_process_holds(make_server, media):
    server = make_server()
    upload = Upload(server, server.token(), media.mp4_of(400_000), 100_000)
    assert upload.send(1).status == 200
    form_token = server.token()
    other = sqlite3.connect(server.data / "stile.db", isolation_level=None, timeout=10)
    try:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(3) as pool:  # each waits for the lock as long as the catalog is ready to
            chunk = pool.submit(upload.send, 2)
            form = pool.submit(multipart.upload, server.port, form_token, media.jpeg)
            reading = pool.submit(wire.get, server.port, "/healthz")
            assert reading.result().status == 200
            assert_come_again(chunk.result())
            assert_come_again(form.result())
        assert upload.test(1).status == 200, "reading goes on"
        assert upload.test(2).status == 204
    finally:
        other.execute("ROLLBACK")
        other.close()
    upload.resume()
    server.holds(upload.token, upload.data)
    assert multipart.upload(server.port, form_token, media.jpeg).status == 200, "its use was not lost"
    server.prove_it_works()


def test_a_deleted_catalog_can_be_rescued_while_the_server_lives(make_server, media):
    """As docs/operations.md tells it: the files without a name are copied from the paused server."""
    server = make_server()
    token = server.token(max_uploads=2)
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    names = ("stile.db", "stile.db-wal")
    for name in (*names, "stile.db-shm"):
        (server.data / name).unlink()
    assert multipart.upload(server.port, token, media.jpeg).status == 200, "it does not know"
    pid, saved = server.process.pid, server.data.parent
    os.kill(pid, signal.SIGSTOP)
    for link in Path(f"/proc/{pid}/fd").iterdir():
        for name in names:
            if os.readlink(link).endswith(f"/{name} (deleted)"):
                shutil.copyfile(link, saved / name)
    os.kill(pid, signal.SIGCONT)
    assert server.stop()[0] == 0
    for name in names:
        shutil.move(saved / name, server.data / name)
    server.start()
    assert [server.original(photo) for photo in server.photos(token)] == [media.jpeg] * 2
    assert servers.run_cli("fsck", "--deep", "--data", server.data).returncode == 0
    server.prove_it_works()
