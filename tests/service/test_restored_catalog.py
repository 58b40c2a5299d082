"""A catalog that is older than its archive, or gone: nothing in the archive is replaced or removed. Invariant I2."""

import sqlite3

import pytest

from harness import multipart
from harness.server import run_cli


def send(server, data):
    token = server.token()
    answer = multipart.upload(server.port, token, data)
    assert answer.status == 200, answer.text
    return server.only_photo(token)


def originals(server):
    """What every file of the archive holds, wherever it was moved."""
    paths = [*(server.data / "archive").rglob("original"), *(server.data / "lost-and-found").glob("archive-*-original*")]
    return sorted(path.read_bytes() for path in paths if not path.name.endswith(".note"))


def copy_catalog(server, name):
    """As docs/operations.md does it, while the server runs."""
    source = sqlite3.connect(server.data / "stile.db", timeout=20)
    copy = sqlite3.connect(server.data / name)
    source.backup(copy)
    source.close()
    copy.close()


def put_back(server, name):
    for path in server.data.glob("stile.db*"):
        path.unlink()
    (server.data / name).rename(server.data / "stile.db")


@pytest.mark.parametrize("newer", [2, 70], ids=["within_the_numbers_of_the_backup", "beyond_them"])
def test_a_restored_catalog_costs_no_newer_original(make_server, media, newer):
    server = make_server()
    old = send(server, media.jpeg_of(5_000, 0))
    copy_catalog(server, "backup.db")
    files = [media.jpeg_of(5_000, seed) for seed in range(1, newer + 1)]
    for data in files:
        send(server, data)
    server.stop()
    put_back(server, "backup.db")
    server.start()
    assert server.original(old) == media.jpeg_of(5_000, 0)
    fresh = media.jpeg_of(6_000, 1_000)
    assert server.original(send(server, fresh)) == fresh
    server.restart("kill")
    assert originals(server) == sorted([media.jpeg_of(5_000, 0), fresh, *files])
    assert ("newer files than the catalog knows" in server.log()) == (newer > 64)


@pytest.mark.parametrize("how", ["deleted", "emptied"])
def test_an_empty_catalog_is_not_served_beside_an_archive(make_server, media, how):
    server = make_server()
    photo = send(server, media.jpeg)
    copy_catalog(server, "backup.db")
    server.stop()
    for path in server.data.glob("stile.db*"):
        path.unlink()
    if how == "emptied":
        (server.data / "stile.db").touch()
    with pytest.raises(Exception, match="stile.db was lost or emptied"):
        server.start()
    before = originals(server)
    done = run_cli("fsck", "--data", server.data, "--repair")
    assert done.returncode == 2 and "stile.db was lost or emptied" in done.stderr
    assert originals(server) == before
    put_back(server, "backup.db")
    server.start()
    assert server.original(photo) == media.jpeg
