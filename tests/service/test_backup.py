"""The order of docs/operations.md, "Backup and restore": the catalog first, then the archive; also while photos change."""

import shutil
import sqlite3

from harness import multipart
from harness.calls import Api
from harness.resumable import Upload
from harness.server import Server, run_cli
from harness.wait import wait_until


def copy_catalog(server, folder):
    """As `.backup` of the command line of SQLite."""
    folder.mkdir()
    source, copy = sqlite3.connect(server.data / "stile.db"), sqlite3.connect(folder / "stile.db")
    source.backup(copy)
    source.close()
    copy.close()


def forget_uploads(folder):
    catalog = sqlite3.connect(folder / "stile.db")
    with catalog:
        catalog.execute("PRAGMA foreign_keys = ON")
        catalog.execute("DELETE FROM receipts")
        catalog.execute("DELETE FROM uploads WHERE state = 'receiving'")
    catalog.close()


def test_what_is_replaced_and_deleted_between_the_copies_is_in_the_backup(make_server, media, tmp_path):
    server = make_server(env={"STILE_PHOTO_KEEP_REMOVED_FILES": "1h"})
    api = Api(server)
    replaced, deleted = media.mp4_of(30_000, 1), media.mp4_of(30_000, 2)
    tokens = [server.token(), server.token()]
    for token, data in zip(tokens, (replaced, deleted)):
        assert multipart.upload(server.port, token, data, "clip.mp4").status == 200
    photos = [server.only_photo(token) for token in tokens]

    backup = tmp_path / "backup"
    copy_catalog(server, backup)
    newer = media.mp4_of(40_000, 3)
    replace = api.data("photo/get-replace-token", {"photo_id": photos[0]["photo_id"]}, "write")["replace_token"]
    parts = [multipart.field("replace_token", replace), multipart.file(newer, "new.mp4")]
    assert multipart.post(server.port, parts, "/api/photo/redeem-replace-token").status == 200
    assert api("photo/delete", {"photo_id": photos[1]["photo_id"]}, "write", verb="POST").status == 200
    # What was due long ago goes at the start; when it has, those that are kept were left alone.
    assert server.stop()[0] == 0
    server.rows("INSERT INTO removals(file_id, since) VALUES(999999, 0)")
    server.start()
    wait_until(lambda: server.rows("SELECT 1 FROM removals WHERE file_id = 999999") == [], what="a removal that was due")
    assert server.original(server.photo(photos[0]["photo_id"])) == newer
    assert run_cli("fsck", "--data", server.data, env=server.env).stdout.endswith("all is well\n")
    shutil.copytree(server.data / "archive", backup / "archive")

    forget_uploads(backup)
    repaired = run_cli("fsck", "--repair", "--deep", "--data", backup)
    assert repaired.returncode == 0, repaired.stdout
    assert repaired.stdout.count("unknown_file") == 1, "the file that is newer than the catalog, and nothing else"
    assert [path.read_bytes() for path in (backup / "lost-and-found").glob("*original")] == [newer]
    restored = Server(backup, probe=media.jpeg).start()
    try:
        for token, data in zip(tokens, (replaced, deleted)):
            restored.holds(token, data)
        restored.prove_it_works()
    finally:
        restored.close()


def test_uploads_under_way_leave_nothing_in_a_restored_catalog(make_server, media, tmp_path):
    server = make_server()
    upload = Upload(server, server.token(), media.mp4_of(60_000), 20_000)
    upload.send(1)
    upload.send(1)
    assert server.stop()[0] == 0  # which writes down how the upload fared
    assert server.rows("SELECT COUNT(*) FROM upload_troubles") == [(1,)]
    backup = tmp_path / "backup"
    copy_catalog(server, backup)
    shutil.copytree(server.data / "archive", backup / "archive")
    forget_uploads(backup)
    checked = run_cli("fsck", "--data", backup)
    assert checked.returncode == 0 and "all is well" in checked.stdout, checked.stdout
    server.start()
