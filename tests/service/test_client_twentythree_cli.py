"""twentythree-cli at work. Source: spec/api.md 5.3, 2.5, 4.6."""

import json
import re

import pytest

from harness import multipart
from harness.clients.front import ClientError, Front, Refused
from harness.clients.twentythree_chunks import BACK_OFF
from harness.clients.twentythree_cli import TwentyThreeCli
from harness.resumable import Upload

CHUNK = 30_000


@pytest.fixture(scope="module")
def keys(server):
    return server.credentials("write")


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def cli(server, keys, pauses):
    cli = TwentyThreeCli(Front(server.port), keys["bearer_token"], sleep=pauses.append)
    yield cli
    cli.close()


@pytest.fixture
def film(media, tmp_path):
    file = tmp_path / "my film.mp4"
    file.write_bytes(media.mp4_of(12 * CHUNK + 77))
    return file


def test_a_login_gives_a_site_to_work_with(server, cli, keys):
    cli.bearer = None
    entry = cli.auth_credentials(keys["bearer_token"])
    assert entry["domain"] == "videos.example.com" and entry["api_base_url"] == cli.front.url + "/"
    assert cli.doctor() == "write"
    assert [sent.method for sent in cli.front.sent] == ["GET", "HEAD", "GET"]
    with pytest.raises(Refused) as refused:
        cli.auth_credentials("x" * 64)
    assert refused.value.status == 401


def test_typed_calls_share_a_connection(cli):
    for _ in range(3):
        assert cli.doctor() == "write"
    assert cli.kept.opened == 1


@pytest.mark.parametrize("size", [20_000, 2 * CHUNK - 1, 5 * CHUNK, 12 * CHUNK + 77])
def test_a_file_is_uploaded_in_windows_and_its_id_is_read(server, cli, media, tmp_path, size):
    file = tmp_path / "my film.mp4"
    file.write_bytes(media.mp4_of(size))
    album = cli.category_create("Holiday", "At the sea")
    photo_id = cli.video_upload(file, "It's *mine*", "<b>Bold</b>", 'sea "summer house"', album, CHUNK)
    photo = server.photo(photo_id)
    assert int(photo["size"]) == size and server.original(photo) == file.read_bytes()
    got = cli.video_get(photo_id)
    assert (got["title"], got["content"], got["tags"]) == ("It's *mine*", "<b>Bold</b>", ["sea", "summer house"])
    assert got["album_title"] == "Holiday" and got["original_filename"] == "my film.mp4"
    assert got["content_text"] == "Bold"


def test_the_chunks_are_those_of_the_command(cli, film):
    cli.video_upload(film, chunk_size=CHUNK)
    asked, *chunks = cli.front.sent
    assert asked.target == "/api/2/photo/get-upload-token" and asked.header("Authorization").startswith("Bearer ")
    numbers = []
    for sent in chunks:
        assert sent.header("Authorization") is None and sent.target == "/api/2/photo/redeem-upload-token"
        assert re.findall(rb'form-data; name="(\w+)"', sent.body) == [
            b"upload_token", b"file", b"resumableChunkNumber", b"resumableChunkSize", b"resumableTotalSize",
            b"resumableIdentifier", b"resumableFilename", b"resumableTotalChunks"]
        numbers.append(int(re.search(rb'"resumableChunkNumber"\r\n\r\n(\d+)', sent.body)[1]))
    assert [sorted(numbers[at:at + 5]) for at in (0, 5, 10)] == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [11, 12]]


def test_the_result_is_in_the_answer_that_comes_last(server, cli, media, tmp_path):
    """It keeps the last answer of five that race: whichever that is, it must hold the id."""
    file = tmp_path / "f.mp4"
    file.write_bytes(media.mp4_of(5 * 3_000))
    assert len({cli.video_upload(file, chunk_size=3_000) for _ in range(20)}) == 20


def test_an_unsupported_file_is_given_up_at_once(cli, media, pauses, tmp_path):
    page = tmp_path / "page.mp4"
    page.write_bytes(media.HTML * 1000)
    with pytest.raises(Refused) as refused:
        cli.video_upload(page, chunk_size=CHUNK)
    assert refused.value.status == 500 and refused.value.text.startswith("This looks like")
    assert pauses == []


def test_busy_is_waited_for_with_longer_and_longer_pauses(make_server, media, film):
    """503, because as many uploads of the token are open as may be; while it waits the other one ends."""
    server = make_server(env={"STILE_UPLOAD_MAX_OPEN_PER_TOKEN": "1"})
    pauses, token = [], {}

    def sleep(seconds):
        pauses.append(seconds)
        if seconds == 4 and not token["other"].done:
            token["other"].finish()

    cli = TwentyThreeCli(Front(server.port), server.credentials("write")["bearer_token"], sleep=sleep)

    class Other:
        """Somebody who holds the token's one open upload."""

        done = False

        def __init__(self, token):
            self.upload = Upload(server, token, media.mp4_of(2 * CHUNK), CHUNK, identifier="other")
            assert self.upload.send(1).status == 200

        def finish(self):
            self.done = True
            assert self.upload.send(2).status == 200

    asked = cli.get

    def get(method, **params):
        reply = asked(method, **params, max_uploads=2)
        token["other"] = Other(reply["data"]["upload_token"])
        return reply

    cli.get = get
    film.write_bytes(media.mp4_of(CHUNK + 5))
    photo_id = cli.video_upload(film, chunk_size=CHUNK)
    assert pauses == [1, 2, 4] and int(server.photo(photo_id)["size"]) == CHUNK + 5
    assert {sent.response.status for sent in cli.front.sent[1:-1]} == {503}

    # And for ever: after the last pause it gives up.
    token["other"] = None
    pauses.clear()
    cli.sleep = pauses.append
    with pytest.raises(ClientError, match="failed with 503"):
        cli.video_upload(film, chunk_size=CHUNK)
    assert tuple(pauses) == BACK_OFF
    cli.close()


def test_lists_are_read_to_their_end(make_server, media):
    server = make_server()
    tokens = [server.token(max_uploads=100, title=f"Many {number}") for number in range(3)]
    for number in range(203):
        assert multipart.upload(server.port, tokens[number // 100], media.jpeg).status == 200
    cli = TwentyThreeCli(Front(server.port), server.credentials("read")["bearer_token"])
    rows = cli.video_list()
    assert len(rows) == len({row["photo_id"] for row in rows}) == 203
    assert [sent.response.json()["p"] for sent in cli.front.sent] == [1, 2, 3]
    assert {(row["published_p"], row["video_encoded_p"], row["video_length_fmt"]) for row in rows} == {(True, False, "")}
    cli.close()


def test_videos_are_edited_listed_and_deleted(server, cli, film):
    photo_id = cli.video_upload(film, "First", chunk_size=CHUNK)
    album = cli.category_create("Second")
    changes = {"title": "Zoë's", "description": "new", "tags": "a b", "album_id": album, "published_p": 0, "promoted_p": 1,
               "publish_date": "2031-01-02 03:04:05", "video_360_p": 0}
    assert cli.video_update(photo_id, **changes)["message"] == "The photo/video was updated"
    assert photo_id not in [row["photo_id"] for row in cli.video_list()]
    assert photo_id in [row["photo_id"] for row in cli.video_list(include_unpublished=True)]
    got = cli.video_get(photo_id)
    assert (got["title"], got["tags"], got["album_title"], got["promoted_p"]) == ("Zoë's", ["a", "b"], "Second", True)
    assert got["publish_date_ansi"] == "2031-01-02 03:04:05" and got["published_p"] is False
    cli.video_update(photo_id, album_id="")
    assert cli.video_get(photo_id)["album_title"] == ""

    assert json.loads(json.dumps(cli.video_delete(photo_id)))["status"] == "ok"
    with pytest.raises(ClientError, match="no such video"):
        cli.video_get(photo_id)
    with pytest.raises(Refused) as refused:
        cli.video_delete(photo_id)
    assert (refused.value.status, refused.value.code) == (404, "no_such_photo")


def test_progress_is_polled_until_all_is_done(cli, film, pauses):
    photo_id = cli.video_upload(film, chunk_size=CHUNK)
    progress = cli.transcoding_progress(photo_id)
    assert progress["all"] == 1 and all(0 <= value <= 1 for value in progress.values())
    assert cli.wait_for_transcoding(photo_id) >= 1
    with pytest.raises(Refused):
        cli.transcoding_progress(10**9)


def test_a_reader_is_told_by_status_that_it_may_not_write(server, film):
    cli = TwentyThreeCli(Front(server.port), server.credentials("read")["bearer_token"])
    for attempt in (lambda: cli.video_upload(film), lambda: cli.category_create("x"), lambda: cli.video_delete(1)):
        with pytest.raises(Refused) as refused:
            attempt()
        assert (refused.value.status, refused.value.code) == (403, "permission_denied")
    assert cli.doctor() == "read"
    cli.close()


def test_a_video_is_replaced_under_its_id(server, cli, media, film, tmp_path):
    photo_id = cli.video_upload(film, "Kept", chunk_size=CHUNK)
    better = tmp_path / "better.mp4"
    better.write_bytes(media.mp4_of(7 * CHUNK + 5, seed=9))
    cli.front.sent.clear()
    assert cli.video_replace(photo_id, better, chunk_size=CHUNK) == photo_id
    asked, *chunks = cli.front.sent
    assert asked.target == f"/api/2/photo/get-replace-token?photo_id={photo_id}" and len(chunks) == 7
    for sent in chunks:
        assert sent.target == "/api/2/photo/replace" and sent.header("Authorization") is None
        assert re.search(rb'form-data; name="(\w+)"', sent.body)[1] == b"replace_token"
    photo = server.photo(photo_id)
    assert server.original(photo) == better.read_bytes()
    assert cli.video_get(photo_id)["title"] == "Kept"


def test_a_replacement_that_is_none_leaves_the_video(server, cli, media, film, pauses, tmp_path):
    photo_id = cli.video_upload(film, chunk_size=CHUNK)
    page = tmp_path / "page.mp4"
    page.write_bytes(media.HTML * 1000)
    with pytest.raises(Refused) as refused:
        cli.video_replace(photo_id, page, chunk_size=CHUNK)
    assert refused.value.status == 500 and pauses == []
    assert server.original(server.photo(photo_id)) == film.read_bytes()


def test_a_webhook_hears_of_an_upload(cli, film, receiver):
    assert int(cli.webhook_subscribe(receiver.url("/hook"), "video.uploaded")) > 0
    photo_id = cli.video_upload(film, chunk_size=CHUNK)
    (request,) = receiver.wait_for(1)
    assert request.method == "POST" and str(photo_id) in request.target + request.body.decode()
