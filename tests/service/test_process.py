"""The process: its one line, its settings, its end. Source: issue "main job", first five minutes."""

import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from harness import multipart, wire
from harness.multipart import V1, field, file
from harness.resumable import Upload
from harness.server import LISTENING, Server, run_cli
from harness.wait import wait_until


def test_stdout_has_one_line_and_it_tells_the_truth(make_server):
    server = make_server()
    assert len(server.stdout_lines) == 1 and LISTENING.match(server.stdout_lines[0])
    server.prove_it_works()
    code, _ = server.stop()
    assert code == 0 and len(server.stdout_lines) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_at_once(make_server, number):
    server = make_server()
    idle = wire.Connection(server.port)  # a kept-alive connection must not hold it
    server.prove_it_works()
    server.process.send_signal(number)
    assert server.process.wait(5) == 0
    idle.close()
    server._ended()


def test_sigterm_lets_a_chunk_under_way_finish(make_server, media):
    server = make_server()
    upload = Upload(server, server.token(), media.mp4_of(2 * 50_000), 50_000)
    request = upload.request_bytes(1)
    with wire.Connection(server.port) as connection:
        connection.send(request[:-10])
        wait_until(lambda: server.staged(), what="the chunk to be under way")
        server.process.terminate()
        wait_until(lambda: _refuses_connections(server.port), what="the listener to close")
        connection.send(request[-10:])
        answer = upload.check(connection.read_response())
        assert answer.status in (200, 503)
    assert server.process.wait(10) == 0
    server._ended()
    server.start(server.port)
    if answer.status == 200:
        assert upload.test(1).status == 200, "acknowledged means on disk"
    upload.resume()
    server.holds(upload.token, upload.data)


def _refuses_connections(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return False
    except ConnectionRefusedError:
        return True


def test_sigterm_is_bounded_by_the_drain_timeout(make_server, media):
    server = make_server(env={"STILE_SERVER_DRAIN_TIMEOUT": "1s"})
    body = multipart.encode([field("upload_token", server.token()), file(media.mp4_of(100_000))])
    head = wire.head_bytes("POST", V1, [("Content-Type", multipart.content_type()), ("Content-Length", str(len(body)))])
    with wire.Connection(server.port) as stuck:
        stuck.send(head + body[:50_000])
        wait_until(lambda: server.staged(), what="the form to be under way")
        code, seconds = server.stop(timeout=10)
    assert code == 0 and seconds < 6


def test_sigterm_under_load_loses_nothing_acknowledged(make_server, media):
    server = make_server()
    token = server.token(max_uploads=50)
    uploads = [Upload(server, token, media.mp4_of(200_000, n), 20_000, identifier=f"u{n}") for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(upload.run, None, 2) for upload in uploads]
        wait_until(lambda: any((server.data / "archive").rglob("original")), 30, "one file")
        server.restart()
        for run in running:
            run.result()
    photos = {upload.identifier: server.photo(upload.send(1).text.strip()) for upload in uploads}
    for upload in uploads:
        assert server.original(photos[upload.identifier]) == upload.data
    assert len(server.photos(token)) == 6


def test_a_second_server_on_the_same_data_is_refused_in_words(make_server):
    server = make_server()
    second = run_cli("serve", "--data", server.data, "--listen", "127.0.0.1:0")
    assert second.returncode != 0 and second.stdout == ""
    assert "in use" in second.stderr and str(server.data) in second.stderr
    server.prove_it_works()


def test_the_data_is_free_again_after_kill_9(make_server):
    server = make_server()
    server.kill()
    server.start()
    server.prove_it_works()


def test_a_taken_port_is_an_error_in_words(make_server, tmp_path):
    server = make_server()
    second = run_cli("serve", "--data", tmp_path / "other", "--listen", f"127.0.0.1:{server.port}")
    assert second.returncode != 0 and second.stdout == "" and str(server.port) in second.stderr


def test_durability_none_says_so_at_the_start(make_server):
    server = make_server(args=["--durability", "none"])
    assert re.search(r"durability.*none|none.*durability", server.log(), re.IGNORECASE)


def test_file_durability_works_alike(make_server, media):
    server = make_server(args=["--durability", "file"])
    upload = Upload(server, server.token(), media.mp4_of(100_000), 30_000)
    upload.run(parallel=3)
    server.restart()
    server.holds(upload.token, upload.data)


def test_the_command_line_works_beside_the_server_under_load(make_server, media):
    server = make_server()
    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(lambda _: server.token(), range(8)))
        answers = list(pool.map(lambda token: multipart.upload(server.port, token, media.jpeg).status, tokens))
        levels = list(pool.map(lambda level: server.credentials(level)["level"], ("read", "write", "admin", "super")))
    assert answers == [200] * 8 and len(set(tokens)) == 8 and levels == ["read", "write", "admin", "super"]


def test_the_command_line_works_without_a_server(make_server, media):
    server = make_server()
    server.stop()
    token = server.token(title="before")
    server.start()
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    server.stop()
    assert server.only_photo(token)["title"] == "before"
    server.start()


def test_config_lists_every_setting_with_unit_default_and_meaning():
    shown = run_cli("config")
    assert shown.returncode == 0
    for name in ("server.listen", "server.body_timeout", "upload.max_file_bytes", "upload.durability",
                 "upload.accepted_types", "notify.allow_private_addresses", "cors.origins", "token.valid_minutes"):
        assert name in shown.stdout
    assert "127.0.0.1:8023" in shown.stdout and "180" in shown.stdout


def test_all_bad_settings_are_reported_at_once(tmp_path):
    bad = {"STILE_SERVER_BODY_TIMEOUT": "banana", "STILE_UPLOAD_MAX_FILE_BYTES": "-3",
           "STILE_CORS_ORIGINS": "not an origin", "STILE_UPLOAD_DURABILITY": "maybe"}
    done = run_cli("serve", "--data", tmp_path / "d", "--listen", "127.0.0.1:0", env=bad)
    assert done.returncode != 0 and done.stdout == ""
    for name, value in bad.items():
        assert value in done.stderr, f"{name} is not complained about"
    assert not (tmp_path / "d" / "stile.db").exists()


def test_settings_come_from_a_file_and_flags_win(make_server, tmp_path, media):
    config = tmp_path / "stile.toml"
    config.write_text('[upload]\nmax_file_bytes = 1000\n[server]\ndomain = "from.file"\n')
    server = make_server("configured", args=["--config", config])
    response = multipart.upload(server.port, server.token(), media.mp4_of(50_000))
    assert response.status == 413
    token = server.token(return_url="https://www.example.com/")
    location = multipart.upload(server.port, token, media.PDF[:90]).header("Location")
    assert "domain=videos.example.com" in location, "--domain on the command line wins over the file"
    server.stop()
    server.args, server.env = [], {}
    server.start()


def test_unknown_settings_are_errors(tmp_path):
    config = tmp_path / "stile.toml"
    config.write_text("[upload]\nmax_fiel_bytes = 1000\n")
    done = run_cli("serve", "--data", tmp_path / "d", "--listen", "127.0.0.1:0", "--config", config)
    assert done.returncode != 0 and "max_fiel_bytes" in done.stderr


@pytest.mark.parametrize("args", [
    ["--help"], ["serve", "--help"], ["token", "--help"], ["token", "create", "--help"],
    ["credentials", "create", "--help"], ["config", "--help"], ["photo", "--help"]], ids=" ".join)
def test_help_is_everywhere(args):
    done = run_cli(*args)
    assert done.returncode == 0 and "--help" in done.stdout


@pytest.mark.parametrize("args", [
    ["nonsense"], ["serve", "--no-such-flag"], ["token", "create", "--max-uploads", "many"],
    ["credentials", "create", "--name", "x", "--level", "emperor"]], ids=" ".join)
def test_wrong_usage_is_told(args, tmp_path):
    done = run_cli(*args, *(["--data", tmp_path / "d"] if args[0] in ("token", "credentials") else []))
    assert done.returncode != 0 and done.stderr.strip() and done.stdout == ""


def test_secrets_are_not_in_the_log(make_server, media):
    server = make_server()
    keys = server.credentials("write")
    wire.get(server.port, "/api/photo/get-upload-token", [("Authorization", "Bearer " + keys["bearer_token"])])
    token = server.token()
    multipart.upload(server.port, token, media.jpeg)
    for secret in (keys["bearer_token"], keys["consumer_secret"], token, server.only_photo(token)["token"]):
        assert secret not in server.log()


def test_a_data_directory_that_cannot_be_made_is_an_error_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    done = run_cli("serve", "--data", tmp_path / "file" / "data", "--listen", "127.0.0.1:0")
    assert done.returncode != 0 and done.stdout == "" and "data" in done.stderr


def test_what_strangers_write_does_not_command_the_operators_terminal(make_server, media):
    server = make_server(env={"STILE_PHOTO_VARIABLES": "note"})
    token, hostile = server.token(), "a\x1b]0;owned\x07b\nphoto_id 7\x7f\u009b31m"
    query = urlencode({"upload_token": token, "filename": "x\x1b[2J.jpg"})
    assert wire.request(server.port, "POST", f"{V1}?{query}", [("Content-Type", "application/octet-stream")],
                        media.jpeg).status == 200
    body = urlencode({"upload_token": token, "tags": hostile, "description": hostile}).encode()
    assert wire.request(server.port, "POST", "/api/2/photo/update-upload-token",
                        [("Content-Type", "application/x-www-form-urlencoded")], body).status == 200
    shown = run_cli("photo", "list", "--token", token, "--data", server.data)
    assert shown.returncode == 0 and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown.stdout), repr(shown.stdout)
    line = f"{'photo_id':<20} {server.only_photo(token)['photo_id']}"
    assert re.findall("^photo_id .*", shown.stdout, re.MULTILINE) == [line]


def test_an_extra_is_a_name_and_a_value(make_server):
    server = make_server()
    for extra in ("order", "=4711"):
        done = run_cli("token", "create", f"--extra={extra}", "--data", server.data)
        assert done.returncode != 0 and "must be NAME=VALUE" in done.stderr and done.stdout == ""


def test_servers_on_different_data_do_not_meet(make_server, tmp_path, media):
    one, two = make_server("one"), make_server("two")
    token = one.token()
    assert multipart.upload(two.port, token, media.jpeg).status == 403
    assert multipart.upload(one.port, token, media.jpeg).status == 200
    assert isinstance(two, Server) and two.photos(token) == []
