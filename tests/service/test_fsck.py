"""`stile fsck`: its words, its exit codes, its manners beside a running server. Source: issue "nothing is lost", 7."""

import json
import threading

from harness import multipart
from harness.resumable import Upload
from harness.server import run_cli
from harness.wait import wait_until


def fsck(data, *args):
    done = run_cli("fsck", "--data", data, *args, "--json")
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    assert report["clean"] == (done.returncode == 0)
    return report


def kinds(report):
    return [finding["kind"] for finding in report["findings"]]


def archived(server):
    return [path for path in (server.data / "archive").rglob("original")]


def test_beside_a_busy_server_there_is_nothing_to_find(make_server, media):
    server = make_server()
    stop = threading.Event()
    statuses = set()

    def keep_uploading():
        while not stop.is_set():
            token = server.token(max_uploads=100)
            for _ in range(100):
                if not stop.is_set():
                    statuses.add(multipart.upload(server.port, token, media.jpeg).status)

    under_way = Upload(server, server.token(), media.mp4_of(200_000), 50_000)
    under_way.send(1)
    threads = [threading.Thread(target=keep_uploading) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: statuses, what="the first photo")
        reports = [fsck(server.data, "--deep") for _ in range(3)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for report in reports:
        assert kinds(report) == []
    assert reports[-1]["photos"] > 0 and statuses <= {200, 503}
    under_way.resume()
    server.holds(under_way.token, under_way.data)


def test_damage_is_found_explained_and_kept(make_server, media):
    server = make_server()
    multipart.upload(server.port, server.token(), media.jpeg)
    missing = archived(server)[0]
    assert server.stop()[0] == 0
    missing.rename(server.data / "aside")
    stray = server.data / "archive" / "00" / "256" / "original"
    stray.parent.mkdir()
    stray.write_bytes(b"whose is this?")
    assert sorted(kinds(fsck(server.data))) == ["missing_file", "unknown_file"]
    told = run_cli("fsck", "--data", server.data)
    assert told.returncode == 1
    assert "The file of photo" in told.stdout and "With --repair" in told.stdout

    repaired = fsck(server.data, "--repair")
    assert {f["kind"] for f in repaired["findings"] if not f["repaired"]} == {"missing_file"}
    assert (server.data / "lost-and-found" / "archive-00-256-original").read_bytes() == b"whose is this?"
    missing.parent.mkdir(exist_ok=True)
    (server.data / "aside").rename(missing)
    (server.data / "archive" / "00" / "256").rmdir()
    assert kinds(fsck(server.data, "--deep")) == []
    server.start()
    server.prove_it_works()


def test_changed_bytes_are_found_with_deep_only(make_server, media):
    server = make_server()
    multipart.upload(server.port, server.token(), media.jpeg)
    path = archived(server)[0]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert kinds(fsck(server.data)) == []
    assert kinds(fsck(server.data, "--deep")) == ["damaged_file"]


def test_the_running_server_finds_it_by_itself(make_server, media):
    server = make_server()
    multipart.upload(server.port, server.token(), media.jpeg)
    assert server.stop()[0] == 0
    path = archived(server)[0]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    server.rows("DELETE FROM facts WHERE name = 'scrub'")
    server.start()
    wait_until(lambda: kinds(fsck(server.data)) == ["damaged_file"], what="the scrub to find it")
    wait_until(lambda: "a file of the archive is damaged" in server.log(), what="the line about it")


def test_it_repairs_only_what_nobody_uses(make_server):
    server = make_server()
    refused = run_cli("fsck", "--data", server.data, "--repair")
    assert refused.returncode == 2 and "a server runs on this data" in refused.stderr


def test_what_is_not_there_cannot_be_looked_at(tmp_path):
    done = run_cli("fsck", "--data", tmp_path / "nothing")
    assert done.returncode == 2 and "there is no catalog" in done.stderr
    assert not (tmp_path / "nothing").exists(), "looking makes nothing"


def test_a_catalog_that_is_no_catalog(tmp_path):
    (tmp_path / "stile.db").write_bytes(b"no database at all, but long enough to look at" * 200)
    assert run_cli("fsck", "--data", tmp_path).returncode == 2
