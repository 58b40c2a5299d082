"""What the server says of itself: /metrics, /readyz, time lines of uploads, and what its log keeps to itself."""

import json
import os
import re
import select
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import multipart, server as servers, wire
from harness.chaos import ChaosProxy, Faults
from harness.exposition import read_metrics
from harness.resumable import Upload
from harness.server import run_cli
from harness.wait import wait_until

GIB = 1 << 30


def figure(server, name, **labels):
    return read_metrics(server.port)[name, tuple(sorted(labels.items()))]


def wait_for(server, name, value, **labels):
    wait_until(lambda: figure(server, name, **labels) == value, what=f"{name}{labels} to be {value}")


def test_every_figure_is_there_and_described(server):
    wait_until(lambda: wire.get(server.port, "/metrics").text.count("\nstile_scrub_last_pass_timestamp_seconds "),
               what="the first pass over an empty archive")
    told = {name for name, _ in read_metrics(server.port)}
    described = set(re.findall(r"^(\w+)  \((?:counter|gauge|histogram)", run_cli("metrics").stdout, re.MULTILINE))
    histograms = {name for name in described if name + "_bucket" in told}
    plain = {re.sub(r"_(bucket|sum|count)$", "", name) if re.sub(r"_(bucket|sum|count)$", "", name) in histograms else name
             for name in told}
    assert plain == described - {"stile_tls_certificate_expiry_timestamp_seconds"}  # there is no TLS here
    assert figure(server, "stile_ready") == 1 and figure(server, "process_resident_memory_bytes") > 1_000_000


def test_an_upload_moves_the_figures(make_server, media):
    server = make_server()
    before = read_metrics(server.port)
    upload = Upload(server, server.token(), media.mp4_of(100_000), 30_000)
    upload.run()
    upload.check(upload.send(1))  # a repeat
    assert multipart.upload(server.port, server.token(), media.jpeg).status == 200
    # A request is counted when its answer has been written, which the client may have read by then.
    told = "stile_http_requests_total", (("route", "redeem"), ("status", "2xx"))
    wait_until(lambda: read_metrics(server.port)[told] - before[told] >= upload.count + 2, what="every answer to be counted")
    after = read_metrics(server.port)

    def grown(name, **labels):
        key = name, tuple(sorted(labels.items()))
        return after[key] - before[key]

    assert grown("stile_uploads_started_total") == 1
    assert grown("stile_uploads_finished_total") == 2
    assert grown("stile_chunks_total", outcome="stored") == upload.count
    assert grown("stile_chunks_total", outcome="found") >= 1
    assert grown("stile_upload_written_bytes_total") == 100_000 + len(media.jpeg)
    assert grown("stile_sync_duration_seconds_count", what="data") >= upload.count + 1
    assert grown("stile_catalog_commit_duration_seconds_count") > 0
    assert grown("stile_http_requests_total", route="redeem", status="2xx") >= upload.count + 2
    assert grown("stile_http_request_duration_seconds_count", route="redeem") >= upload.count + 2
    assert grown("stile_http_received_bytes_total") > 100_000
    assert grown("stile_connections_total") > 0
    assert after["stile_uploads_open", ()] == 0 and after["stile_blocks_in_use", ()] == 0
    assert grown("stile_pool_jobs_total", pool="disk") > 0 and grown("stile_pool_jobs_total", pool="db-reader") > 0


def test_an_upload_under_way_is_seen(server, media):
    upload = Upload(server, server.token(), media.mp4_of(70_000), 30_000)
    upload.check(upload.send(1))
    assert figure(server, "stile_uploads_open") == 1 and figure(server, "stile_uploads_in_memory") >= 1
    assert figure(server, "stile_uploads_reserved_bytes") == 70_000
    upload.resume()
    wait_for(server, "stile_uploads_open", 0)


def test_refusals_and_failures_are_counted_by_reason(server, media):
    unknown = Upload(server, "n" * 64, media.mp4_of(50_000), 25_000)
    assert unknown.send(1).status == 500
    wait_for(server, "stile_uploads_refused_total", 1, reason="token_unknown")
    wrong = Upload(server, server.token(), b"#!/bin/sh\n" + bytes(50_000), 25_000)
    assert wrong.send(1).status == 500
    wait_for(server, "stile_uploads_failed_total", 1, reason="unsupported_type")
    assert figure(server, "stile_chunk_errors_total", reason="unsupported_type") == 1


@pytest.mark.parametrize("refused", ["form", "file first", "octets", "no file", "test"])
def test_who_is_refused_at_the_token_is_counted_once(server, media, refused):
    before = figure(server, "stile_uploads_refused_total", reason="token_unknown")
    token = "n" * 64
    if refused == "test":
        assert Upload(server, token, media.mp4_of(50_000), 25_000).test(1).status == 500
    elif refused == "octets":
        answer = wire.request(server.port, "POST", f"{multipart.V1}?upload_token={token}",
                              [("Content-Type", "application/octet-stream")], media.jpeg)
        assert answer.status == 403
    else:
        parts = [multipart.field("upload_token", token)]
        if refused != "no file":
            parts.insert(0 if refused == "file first" else 1, multipart.file(media.jpeg))
        assert multipart.post(server.port, parts).status == 403
    assert figure(server, "stile_uploads_refused_total", reason="token_unknown") == before + 1


def test_the_scrub_is_seen(make_server, media):
    server = make_server(env={"STILE_SCRUB_EVERY": "1s", "STILE_SCRUB_MAX_RATE": "1 GiB"})
    data = [media.jpeg_of(30_000, seed) for seed in range(2)]
    for each in data:
        assert multipart.upload(server.port, server.token(), each).status == 200
    wait_until(lambda: figure(server, "stile_scrub_files_total") >= 2, what="both to be read again")
    assert figure(server, "stile_scrub_bytes_total") >= 60_000
    assert figure(server, "stile_scrub_damage_total") == figure(server, "stile_scrub_damaged_files") == 0
    path = next((server.data / "archive").rglob("original"))
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"?")
    wait_for(server, "stile_scrub_damaged_files", 1)
    assert figure(server, "stile_scrub_damage_total") >= 1
    ended = figure(server, "stile_scrub_last_pass_timestamp_seconds")
    path.write_bytes(good)
    wait_for(server, "stile_scrub_damaged_files", 0)
    assert figure(server, "stile_scrub_passes_total") >= 1 and ended > 1_600_000_000
    # What a pass has found, and when it ended, is not forgotten at a restart.
    path.write_bytes(good[:-1] + b"?")
    wait_for(server, "stile_scrub_damaged_files", 1)
    server.env = {}
    server.restart()
    wait_for(server, "stile_scrub_damaged_files", 1)
    assert figure(server, "stile_scrub_last_pass_timestamp_seconds") >= ended


def test_a_cut_chunk_is_counted_and_stands_in_the_time_line(make_server, media):
    server = make_server()
    upload = Upload(server, server.token(), media.mp4_of(200_000), 100_000)
    upload.check(upload.send(1))
    with ChaosProxy(server.port, to_server=Faults(cut_after=50_000)) as proxy:
        upload.port = proxy.port
        with pytest.raises((OSError, wire.ConnectionEnded)):
            upload.send(2)
    upload.port = None
    wait_for(server, "stile_chunk_errors_total", 1, reason="truncated")
    noticed = time.time()
    wait_until(lambda: time.time() > noticed + 0.002, interval=0.001, what="the next millisecond, the grain of the time line")
    upload.resume()
    [listed] = server.cli("upload", "list", "--token", upload.token)
    assert listed["state"] == "done" and listed["chunks"] == 2 and listed["received_bytes"] == 200_000
    assert listed["created_at"] <= listed["first_chunk_at"] <= listed["last_chunk_at"] <= listed["changed_at"]
    server.restart()  # what was counted is noted now and then, and at the end
    shown = server.cli("upload", "show", listed["upload_id"])
    assert shown["troubles"]["cut"] == 1 and shown["troubles"]["attempts"] >= 3
    assert shown["troubles"]["last_error"] == "truncated"
    assert [moment["what"] for moment in shown["time_line"]] == ["created", "chunk", "last trouble", "chunk", "finished"]
    text = run_cli("upload", "show", "--token", upload.token, "--data", server.data).stdout
    assert listed["upload_id"] in text and " finished " in text and "1 cut" in text


def test_the_time_line_ends_with_the_callback(make_server, make_receiver, media):
    server, receiver = make_server(), make_receiver(500)
    token = server.token(return_url=receiver.url(), background=True)
    Upload(server, token, media.mp4_of(60_000), 30_000).run()
    receiver.wait_for(2)
    wait_for(server, "stile_deliveries_total", 1, kind="callback", outcome="delivered")
    assert figure(server, "stile_deliveries_total", kind="callback", outcome="failed") == 1
    wait_for(server, "stile_outbox_events", 0, state="waiting")
    [shown] = server.cli("upload", "show", "--token", token)
    last = shown["time_line"][-1]
    assert last["what"] == "event" and "callback, 2 attempts, delivered" in last["more"]
    assert server.cli("upload", "list", "--state", "failed") == []
    missing = run_cli("upload", "show", "0" * 32, "--data", server.data)
    assert missing.returncode == 1 and "forgotten" in missing.stderr


def test_a_dead_event_is_seen(make_server, make_receiver, media):
    server = make_server(env={"STILE_NOTIFY_GIVE_UP_AFTER": "1s"})
    receiver = make_receiver(*[500] * 50)
    token = server.token(return_url=receiver.url(), background=True)
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    wait_for(server, "stile_outbox_events", 1, state="dead")
    wait_for(server, "stile_deliveries_total", 1, kind="callback", outcome="dead")  # counted when the row is stored


def test_a_reached_limit_is_counted(make_server):
    server = make_server(env={"STILE_SERVER_MAX_CONNECTIONS": "8"})
    held = [wire.Connection(server.port) for _ in range(12)]
    def refused():  # which of them is for the loops to say
        readable, _, _ = select.select([connection.socket for connection in held], [], [], 0)
        return [connection for connection in held if connection.socket in readable]

    wait_until(lambda: len(refused()) == 4, what="four to be refused")
    assert [connection.read_response().status for connection in refused()] == [503] * 4
    for connection in held:
        connection.close()
    wait_until(lambda: wire.get(server.port, "/healthz").status == 200, what="room for one more")
    wait_for(server, "stile_connections", 1)  # ours
    assert figure(server, "stile_connections_refused_total", limit="all") >= 4
    assert figure(server, "stile_connections_limit") == 8


def test_keys_and_passwords_that_are_no_good_are_counted(server):
    bad = [("Authorization", "Bearer " + "x" * 40)]
    assert wire.get(server.port, "/api/2/photo/list", bad).status == 401
    wait_for(server, "stile_keys_refused_total", 1)


def test_metrics_are_for_this_machine_only_unless_told_otherwise(make_server):
    near = make_server("near")
    assert wire.get(near.port, "/metrics").header("Access-Control-Allow-Origin") is None
    for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host"):
        assert wire.get(near.port, "/metrics", [(name, "127.0.0.1")]).status == 404, name
    proxied = make_server("proxied", env={"STILE_PROXY_TRUSTED": "127.0.0.1"})
    assert wire.get(proxied.port, "/metrics", [("X-Forwarded-For", "127.0.0.1")]).status == 404
    everybody = make_server("everybody", env={"STILE_SERVER_METRICS": "everybody"})
    assert wire.get(everybody.port, "/metrics", [("X-Forwarded-For", "192.0.2.1")]).status == 200
    off = make_server("off", env={"STILE_SERVER_METRICS": "off"})
    assert wire.get(off.port, "/metrics").status == 404
    refused = run_cli("serve", "--data", off.data, "--set", "server.metrics=some")
    assert refused.returncode == 2 and "server.metrics" in refused.stderr


def test_low_disk_space_is_not_ready_and_recovers_by_itself(make_server, media):
    first = make_server("first")
    free = os.statvfs(first.data).f_bavail * os.statvfs(first.data).f_frsize
    # What others write beside us meanwhile must not matter.
    margin = min(2 * GIB, free // 4)
    server = make_server("low", env={"STILE_UPLOAD_LOW_WATER_BYTES": str(free - margin)})
    assert wire.get(server.port, "/readyz").text == "ready\n" and figure(server, "stile_disk_low") == 0
    ballast = server.data.parent / "ballast"
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 2 * margin)
    try:
        wait_until(lambda: wire.get(server.port, "/readyz").status == 503, what="/readyz to be false")
        assert wire.get(server.port, "/readyz").text == "not ready: low on disk space\n"
        assert wire.get(server.port, "/healthz").status == 200
        assert figure(server, "stile_disk_low") == 1 and figure(server, "stile_ready") == 0
        token = server.token()
        upload = Upload(server, token, media.mp4_of(50_000), 25_000)
        assert upload.send(1).status == 503
        assert figure(server, "stile_uploads_refused_total", reason="disk_full") == 1
    finally:
        ballast.unlink()
    wait_until(lambda: wire.get(server.port, "/readyz").status == 200, what="/readyz to be true again")
    upload.resume()
    server.holds(token, upload.data)
    assert "not ready" in server.log() and "ready again" in server.log()


def test_a_data_directory_that_is_gone_is_not_ready(make_server):
    server = make_server()
    elsewhere = server.data.with_name("elsewhere")
    server.data.rename(elsewhere)
    try:
        wait_until(lambda: wire.get(server.port, "/readyz").text == "not ready: the data directory is gone\n",
                   what="the loss to be noticed")
        server.data.mkdir()  # an empty one in its place is another one
        assert wire.get(server.port, "/readyz").status == 503
        server.data.rmdir()
    finally:
        elsewhere.rename(server.data)
    wait_until(lambda: wire.get(server.port, "/readyz").status == 200, what="its return to be noticed")


def test_no_secret_is_in_the_log_or_in_a_label(make_server, make_receiver, media):
    server = make_server(env={"STILE_LOG_LEVEL": "debug", "STILE_LOG_FORMAT": "json"})
    receiver = make_receiver(500)
    keys = server.credentials("write")
    token = server.token(title="a title nobody shall read", return_url=receiver.url("/hook?secret=hush-hush"), background=True,
                         max_uploads=9)
    uploads = [Upload(server, token, media.mp4_of(60_000, seed), 20_000, identifier=f"private-id-{seed}",
                      filename=f"private name {seed}.mp4") for seed in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda upload: upload.run(parallel=2), uploads))
    assert multipart.upload(server.port, token, b"not a picture at all").status in (400, 415, 200, 403)
    assert wire.get(server.port, "/api/2/photo/list", [("Authorization", "Bearer " + keys["bearer_token"])]).status == 200
    wire.get(server.port, "/api/2/photo/list", [("Authorization", "Bearer wrong-but-private")])
    wire.get(server.port, f"/upload/{token}")
    photos = server.photos(token)
    for photo in photos:
        server.original(photo)
    assert Upload(server, token, b"#!/bin/sh\n" + bytes(40_000), 20_000, identifier="private-id-x").send(1).status == 500
    receiver.wait_for(4)
    exposed = wire.get(server.port, "/metrics").text
    assert server.stop()[0] == 0
    log = server.log()
    secrets = [token, keys["bearer_token"], keys["consumer_secret"], keys["access_token_secret"], "wrong-but-private",
               "hush-hush", "private-id", "private name", "a title nobody", *[photo["token"] for photo in photos]]
    for secret in secrets:
        assert secret not in log and secret not in exposed
    lines = [json.loads(line) for line in log.splitlines()]
    assert len(lines) > 20 and all({"time", "level", "event"} <= set(line) for line in lines)
    assert all(re.fullmatch(r"[0-9a-f]{8}-\d+", line["request"]) for line in lines if line["event"] in ("request", "trouble"))
    ids = {upload["upload_id"] for upload in server.cli("upload", "list", "--token", token)}
    started = {line["upload"] for line in lines if line["event"] == "upload started"}
    assert started <= ids and len(started) == 4
    assert {line["upload"] for line in lines if line["event"] == "upload finished"} < ids
    assert [line["code"] for line in lines if line["event"] == "upload failed"] == ["unsupported_type"]


def log_lines(server, event, **wanted):
    lines = [json.loads(line) for line in server.log().splitlines()]
    return [line for line in lines if line["event"] == event and wanted.items() <= line.items()]


def test_a_line_about_a_request_and_an_upload_has_the_ids_of_both(make_server, media):
    server = make_server(env={"STILE_LOG_LEVEL": "debug", "STILE_LOG_FORMAT": "json"})
    upload = Upload(server, server.token(), media.mp4_of(60_000), 20_000)
    ids = [upload.send(number).header("X-Request-Id") for number in upload.numbers()]
    asked = upload.test(1).header("X-Request-Id")
    form = multipart.upload(server.port, server.token(), media.jpeg).header("X-Request-Id")
    bad = Upload(server, server.token(), b"#!/bin/sh\n" + bytes(40_000), 20_000, identifier="bad").send(1).header("X-Request-Id")
    assert server.stop()[0] == 0
    [started] = log_lines(server, "upload started", request=ids[0])
    [finished] = log_lines(server, "upload finished", upload=started["upload"])
    assert finished["request"] == ids[-1] and re.fullmatch("[0-9a-f]{32}", started["upload"])
    for request in (*ids, asked):
        [line] = log_lines(server, "request", request=request)
        assert line["upload"] == started["upload"]
    [by_form] = log_lines(server, "upload finished", request=form)
    assert [line["upload"] for line in log_lines(server, "request", request=form)] == [by_form["upload"]]
    [failed], [chunk] = log_lines(server, "upload failed", request=bad), log_lines(server, "chunk failed", request=bad)
    assert failed["upload"] == chunk["upload"] != started["upload"]


def test_the_cause_of_our_own_trouble_is_in_the_log_and_the_client_hears_its_number(make_server, media):
    server = make_server(env={"STILE_LOG_FORMAT": "json"})
    upload = Upload(server, server.token(), media.mp4_of(60_000), 20_000)
    upload.check(upload.send(1))
    [path] = server.staged()
    aside = path.rename(path.with_name("aside"))
    server.restart()  # forgets the open descriptor, and the start leaves names that are none of ours
    answer = upload.send(2)
    aside.rename(path)
    assert answer.status == 503
    [line] = log_lines(server, "trouble", request=answer.header("X-Request-Id"))
    assert line["upload"] == path.name and line["cause"] and line["code"] == "io_error"
    said = answer.text + "".join(f"{name}{value}" for name, value in answer.headers)
    assert line["cause"] not in said and str(server.data) not in said and "staging" not in said and path.name not in said
    upload.resume()
    server.holds(upload.token, upload.data)


def test_counting_costs_no_sync(make_server, media):
    """As many syncs and commits as chunks ask for: nothing is written for the sake of a figure."""
    server = make_server()
    wait_for(server, "stile_scrub_passes_total", 1)  # which is noted, once after the start
    upload = Upload(server, server.token(), media.mp4_of(500_000), 50_000)
    before = read_metrics(server.port)
    upload.run(parallel=1)
    after = read_metrics(server.port)

    def grown(name, *labels):
        return after[name, labels] - before[name, labels]

    assert grown("stile_sync_duration_seconds_count", ("what", "data")) == upload.count
    # One for the start, the ids, each receipt and the finish; the outbox has nothing to say.
    assert grown("stile_catalog_commit_duration_seconds_count") <= upload.count + 4


def test_the_time_line_does_not_need_the_server(make_server, media):
    server = make_server()
    token = server.token()
    Upload(server, token, media.mp4_of(50_000), 25_000).run()
    server.stop()
    [listed] = server.cli("upload", "list")
    assert listed["state"] == "done" and "token" not in listed
    assert subprocess.run([servers.BINARY, "upload", "show", "--data", server.data], capture_output=True, check=False).returncode == 1
    server.start()
