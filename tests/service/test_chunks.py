"""Resumable.js chunks: any order, parallel, repeated, after losses and restarts. Source: spec/api.md 4.6; I1, I3, I6."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import multipart, wire
from harness.chaos import ChaosProxy, Faults
from harness.resumable import Upload, finals, shuffled
from harness.wait import wait_until

CHUNK = 40_000
SIZE = 10 * CHUNK + 12_345


@pytest.fixture
def upload(server, media):
    """Ten chunks, the last one bigger."""
    return Upload(server, server.token(), media.mp4_of(SIZE), CHUNK)


def test_chunks_in_order_make_one_photo(server, upload):
    answers = upload.run()
    for number in range(1, upload.count):
        answer = answers[number]
        assert (answer.status, answer.text.strip(), answer.media_type) == (200, "ok", "text/plain")
    last = answers[upload.count]
    photo = server.holds(upload.token, upload.data)
    assert last.status == 200 and last.text.strip() == str(photo["photo_id"])
    assert photo["file_name"] == "clip.mp4" and photo["content_type"] == "video/mp4"


@pytest.mark.parametrize("seed", range(3))
def test_chunks_in_any_order_make_the_same_photo(server, upload, seed):
    assert len(finals(upload.run(shuffled(upload.numbers(), seed)))) == 1
    server.holds(upload.token, upload.data)


def test_the_last_chunk_may_come_first(server, upload):
    upload.run(reversed(upload.numbers()))
    server.holds(upload.token, upload.data)


@pytest.mark.parametrize("parallel", [3, 10])
def test_chunks_in_parallel_make_one_photo(server, upload, parallel):
    answers = upload.run(shuffled(upload.numbers(), parallel), parallel)
    photo = server.holds(upload.token, upload.data)
    assert {answer.text.strip() for answer in finals(answers)} == {str(photo["photo_id"])}


def test_every_chunk_sent_twice_at_once_is_stored_once(server, upload):
    numbers = shuffled([*upload.numbers(), *upload.numbers()], 5)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(upload.persist, numbers))
    assert {answer.status for answer in answers} == {200}
    server.holds(upload.token, upload.data)


def test_a_chunk_sent_again_is_accepted_again(server, upload):
    for number in upload.numbers():
        first = upload.send(number)
        again = upload.send(number)
        assert (first.status, again.status) == (200, 200)
        assert again.body == first.body
    server.holds(upload.token, upload.data)


def test_after_the_finish_every_chunk_gets_the_final_answer(server, upload):
    final = upload.run()[upload.count]
    for number in (1, 5, upload.count):
        assert upload.send(number).body == final.body
        assert upload.test(number).status == 200 and upload.test(number).body == final.body
    server.only_photo(upload.token)


def test_a_lost_last_answer_is_given_again(server, upload):
    """I4: the finish can be repeated."""
    upload.run(range(1, upload.count))
    with ChaosProxy(server.port, to_client=Faults(cut_after=0)) as proxy:
        upload.port = proxy.port
        with pytest.raises((wire.ConnectionEnded, OSError)):
            upload.send(upload.count)
        upload.port = None
    photo = server.only_photo(upload.token)
    for _ in range(3):
        assert upload.send(upload.count).text.strip() == str(photo["photo_id"])
    server.holds(upload.token, upload.data)


def test_a_lost_last_answer_of_a_redirect_is_given_again(server, media):
    token = server.token(return_url="https://www.example.com/back", extras=[("a", "b")])
    upload = Upload(server, token, media.mp4_of(SIZE), CHUNK, extras=[("c", "d")])
    first = upload.run()[upload.count]
    again = upload.send(upload.count)
    assert (first.status, again.status) == (301, 301) and first.header("Location") == again.header("Location")
    assert f"photo_id={server.only_photo(token)['photo_id']}&" in first.header("Location")


def test_a_cut_chunk_is_not_stored_and_can_be_sent_again(server, upload):
    """I1: a range counts only when its bytes arrived whole."""
    with ChaosProxy(server.port, to_server=Faults(cut_after=CHUNK // 2)) as proxy:
        upload.port = proxy.port
        for number in (1, 4):
            with pytest.raises((wire.ConnectionEnded, OSError)):
                upload.send(number)
        upload.port = None
    assert upload.test(1).status == 204 and upload.test(4).status == 204
    upload.run()
    server.holds(upload.token, upload.data)


@pytest.mark.parametrize("faults", [Faults(piece=1), Faults(piece=7), Faults(piece=1000)], ids=["1", "7", "1000"])
def test_a_chunk_in_tiny_pieces_is_a_chunk(server, media, faults):
    upload = Upload(server, server.token(), media.mp4_of(12_000 if faults.piece == 1 else 60_000), 4_000)
    with ChaosProxy(server.port, faults, Faults(piece=1)) as proxy:
        upload.port = proxy.port
        upload.run(parallel=2)
    server.holds(upload.token, upload.data)


def test_every_connection_cut_somewhere_still_ends_in_the_file(server, upload):
    with ChaosProxy(server.port) as proxy:
        upload.port = proxy.port
        places = (1, 100, 400, 900, 1500, 5000, 20_000, 39_000, CHUNK + 500, CHUNK + 1500)
        for number, at in zip(upload.numbers(), places):
            proxy.to_server = Faults(cut_after=at)
            try:
                upload.send(number)
            except (OSError, wire.ConnectionEnded):
                pass
        proxy.heal()
        upload.run()
    server.holds(upload.token, upload.data)


def test_a_stalled_chunk_gives_way_to_its_repeat(server, upload):
    """I3: the newer attempt makes the older one, whose connection is probably dead, let go."""
    upload.run(range(2, upload.count + 1))
    with wire.Connection(server.port) as stalled:
        stalled.send(upload.request_bytes(1)[:CHUNK // 2])
        answer = upload.persist(1, timeout=15)
        assert answer.status == 200 and re.fullmatch(r"\d+", answer.text.strip())
    server.holds(upload.token, upload.data)


@pytest.mark.parametrize("how", ["term", "kill"])
def test_a_restart_in_the_middle_loses_nothing_acknowledged(make_server, media, how):
    """I1: what was answered with 200 is on disk."""
    server = make_server()
    upload = Upload(server, server.token(), media.mp4_of(SIZE), CHUNK)
    upload.run([1, 3, 10, 7])
    server.restart(how)
    assert [number for number in upload.numbers() if upload.test(number).status == 200] == [1, 3, 7, 10]
    assert sorted(upload.resume()) == [2, 4, 5, 6, 8, 9]
    server.holds(upload.token, upload.data)


def test_kill_9_in_the_middle_of_chunks_and_the_client_goes_on(make_server, media):
    server = make_server()
    upload = Upload(server, server.token(), media.mp4_of(40 * CHUNK), CHUNK)
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(upload.persist, number, None, 60) for number in upload.numbers()]
        for stored in (5, 15, 25):
            wait_until(lambda: sum(chunk.done() for chunk in running) >= stored, 30, f"{stored} chunks")
            server.restart("kill")
        assert {chunk.result().status for chunk in running} == {200}
    upload.resume()
    server.holds(upload.token, upload.data)


@pytest.mark.parametrize("how", ["term", "kill"])
def test_a_finished_upload_is_answered_after_a_restart(make_server, media, how):
    server = make_server()
    upload = Upload(server, server.token(), media.mp4_of(SIZE), CHUNK)
    final = upload.run()[upload.count]
    server.restart(how)
    assert upload.send(upload.count).body == final.body and upload.test(1).body == final.body
    server.holds(upload.token, upload.data)


def test_a_reloaded_page_sends_only_what_is_missing(server, upload):
    upload.run([2, 5])
    assert upload.resume() == [1, 3, 4, 6, 7, 8, 9, 10]
    assert upload.resume() == []
    server.holds(upload.token, upload.data)


def test_test_gets_tell_what_is_there(server, upload):
    assert upload.test(1).status == 204 and upload.test(1).body == b""
    upload.run([1, upload.count])
    there = [upload.test(number).status for number in upload.numbers()]
    assert there == [200] + [204] * (upload.count - 2) + [200]
    stranger = Upload(server, server.token(), upload.data, CHUNK)
    assert stranger.test(1).status == 204


def test_two_files_of_one_name_and_size_under_two_tokens_stay_apart(server, media):
    uploads = [Upload(server, server.token(), media.mp4_of(SIZE, seed), CHUNK, identifier="a.mp4") for seed in (1, 2)]
    for number in uploads[0].numbers():
        for upload in uploads:
            assert upload.send(number).status == 200
    photos = [server.holds(upload.token, upload.data) for upload in uploads]
    assert photos[0]["photo_id"] != photos[1]["photo_id"]


def test_two_files_under_one_token_stay_apart(server, media):
    token = server.token(max_uploads=3)
    uploads = [Upload(server, token, media.mp4_of(SIZE, 1), CHUNK, identifier="a"),
               Upload(server, token, media.mp4_of(SIZE, 2), CHUNK, identifier="b"),
               Upload(server, token, media.mp4_of(SIZE + 1, 3), CHUNK, identifier="a")]  # another size, another file
    for number in uploads[0].numbers():
        for upload in uploads:
            assert upload.send(number).status == 200
    for upload in uploads:
        photo = server.photo(upload.send(1).text.strip())
        assert server.original(photo) == upload.data
    assert len(server.photos(token)) == 3


def test_many_files_at_once_under_one_token(server, media):
    token = server.token(max_uploads=12)
    uploads = [Upload(server, token, media.mp4_of(100_000 + n, n), 20_000, identifier=f"file-{n}") for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda upload: upload.run(shuffled(upload.numbers(), len(upload.data)), 2), uploads))
    photos = {int(photo["size"]): photo for photo in server.photos(token)}
    assert len(photos) == 12
    for upload in uploads:
        assert server.original(photos[len(upload.data)]) == upload.data
    refused = Upload(server, token, media.mp4_of(100_000), 50_000, identifier="one more").send(1)
    assert refused.status == 500 and "already been used" in refused.text


def test_a_kept_alive_connection_carries_many_chunks(server, upload):
    with wire.Connection(server.port) as connection:
        for number in upload.numbers():
            request = upload.request_bytes(number).replace(b"Connection: close\r\n", b"")
            connection.send(request)
            assert upload.check(connection.read_response()).status == 200
    server.holds(upload.token, upload.data)


def test_pipelined_chunks_are_answered_in_order(server, upload):
    requests = [upload.request_bytes(number).replace(b"Connection: close\r\n", b"") for number in upload.numbers()]
    with wire.Connection(server.port) as connection:
        connection.send(b"".join(requests[:3]))
        assert [connection.read_response().text.strip() for _ in range(3)] == ["ok"] * 3
    upload.resume()
    server.holds(upload.token, upload.data)


def test_a_chunk_by_form_and_the_plain_form_share_one_token(server, media):
    token = server.token(max_uploads=2)
    Upload(server, token, media.mp4_of(SIZE), CHUNK).run()
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    assert multipart.upload(server.port, token, media.jpeg).status == 403
