"""`stile fsck`: its words, its exit codes, its manners beside a running server. Source: issue "nothing is lost", 7."""

import json
import os
import shutil
import sqlite3
import threading

import pytest

from harness import multipart, wire
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
    assert kinds(fsck(server.data, "--deep")) == []
    server.start()
    server.prove_it_works()


@pytest.fixture
def stopped(make_server, media):
    """A server that has ended with one photo in its archive."""
    server = make_server()
    assert multipart.upload(server.port, server.token(), media.jpeg).status == 200
    assert server.stop()[0] == 0
    yield server
    server.start()
    server.prove_it_works()


def stray(server, name="archive/00/256/original"):
    path = server.data / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"whose is this?")
    return path


def aside(server):
    """What is in lost-and-found; everything has its note."""
    names = {path.name for path in (server.data / "lost-and-found").iterdir()}
    files = {name for name in names if not name.endswith(".note")}
    assert names == files | {f"{name}.note" for name in files}
    return files


def test_a_repair_leaves_nothing_to_repair(stopped):
    stray(stopped)
    assert fsck(stopped.data, "--repair")["clean"]
    assert fsck(stopped.data)["findings"] == []


@pytest.mark.parametrize("failpoint", ["repair.note_written", "repair.moved"])
def test_whatever_is_in_lost_and_found_has_a_note(stopped, failpoint):
    """Also when the repair died in the middle of it."""
    stray(stopped)
    died = run_cli("fsck", "--repair", "--data", stopped.data, env={"STILE_FAILPOINT": failpoint})
    assert died.returncode not in (0, 1, 2)
    assert fsck(stopped.data, "--repair")["clean"]
    assert aside(stopped) == {"archive-00-256-original"}
    assert fsck(stopped.data)["findings"] == []


def test_nothing_is_moved_out_of_the_data_directory(stopped, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (stopped.data / "lost-and-found").symlink_to(elsewhere)
    path = stray(stopped)
    [finding] = fsck(stopped.data, "--repair")["findings"]
    assert not finding["repaired"] and "lost-and-found" in finding["remedy"] and "link" in finding["remedy"]
    assert path.read_bytes() == b"whose is this?" and list(elsewhere.iterdir()) == []
    (stopped.data / "lost-and-found").unlink()
    assert fsck(stopped.data, "--repair")["clean"]


def test_what_is_missing_or_in_the_way_does_not_end_the_check(stopped):
    """A backup has no staging area."""
    shutil.rmtree(stopped.data / "staging")
    assert fsck(stopped.data, "--deep")["findings"] == []
    folder = next(path for path in (stopped.data / "archive").iterdir() if not list(path.iterdir()))
    folder.rmdir()
    folder.write_bytes(b"a file")
    stray(stopped, "archive/notes")
    assert kinds(fsck(stopped.data)) == ["foreign_file"] * 2
    assert fsck(stopped.data, "--repair")["clean"]
    assert aside(stopped) == {f"archive-{folder.name}", "archive-notes"}


def test_an_upload_whose_file_cannot_be_opened_goes_on(make_server, media):
    """Too many links stand for every reason but that it is not there: root may open whatever has the wrong owner."""
    server = make_server()
    upload = Upload(server, server.token(), media.mp4_of(60_000), 20_000)
    upload.send(1)
    assert server.stop()[0] == 0
    [path] = [path for path in (server.data / "staging").rglob("*") if path.is_file()]
    path.rename(server.data / "aside")
    path.symlink_to(server.data / "aside")
    [finding] = fsck(server.data, "--repair")["findings"]
    assert finding["kind"] == "unreadable_file" and not finding["repaired"]
    assert "cannot be read" in finding["meaning"] and "symbolic links" in finding["meaning"]
    path.unlink()
    (server.data / "aside").rename(path)
    assert fsck(server.data, "--repair", "--deep")["findings"] == []
    server.start()
    assert upload.test(1).status == 200
    upload.resume()
    server.holds(upload.token, upload.data)


def test_a_pipe_in_the_place_of_a_file_is_damage_and_holds_up_nobody(make_server, media):
    server = make_server()
    token = server.token()
    multipart.upload(server.port, token, media.jpeg)
    photo = server.only_photo(token)
    [path] = archived(server)
    path.rename(server.data / "aside")
    os.mkfifo(path)
    assert "not a regular file" in fsck(server.data, "--deep")["findings"][0]["meaning"]
    link = f"/{photo['tree_id']}/{photo['photo_id']}/{photo['token']}/original"
    for _ in range(8):  # twice as many as there are threads for files
        assert wire.get(server.port, link).status == 503
    server.prove_it_works()
    path.unlink()
    (server.data / "aside").rename(path)
    server.holds(token, media.jpeg)


def test_rows_that_deleting_uploads_by_hand_has_left_are_cleared(make_server, media):
    server = make_server()
    upload = Upload(server, server.token(), media.mp4_of(60_000), 20_000)
    upload.send(1)
    assert server.stop()[0] == 0
    catalog = sqlite3.connect(server.data / "stile.db")
    with catalog:  # as the command line of SQLite, which has foreign keys off
        catalog.execute("INSERT OR REPLACE INTO upload_troubles SELECT upload_id, 1, 0, 0, 0, 0, 0, '', NULL FROM uploads")
        catalog.execute("DELETE FROM receipts")
        catalog.execute("DELETE FROM uploads")
    catalog.close()
    assert sorted(kinds(fsck(server.data))) == ["stray_rows", "unknown_staging_file"]
    assert fsck(server.data, "--repair")["clean"]
    assert fsck(server.data)["findings"] == []
    server.start()


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
