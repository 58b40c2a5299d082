"""resumable-upload-command at work. Source: spec/api.md 5.2, 4.6."""

import re

import pytest

from harness import multipart, wire
from harness.chaos import ChaosProxy, Faults
from harness.clients.front import ClientError, Front
from harness.clients.resumable_upload_command import CHUNK_SIZE, ResumableUploadCommand

CHUNK = 30_000


@pytest.fixture
def front(server):
    return Front(server.port)


@pytest.mark.parametrize("size", [20_000, CHUNK, 2 * CHUNK - 1, 2 * CHUNK, 13 * CHUNK + 17])
def test_a_file_arrives_whole(server, media, front, tmp_path, size):
    file, token = tmp_path / "my film.mp4", server.token()
    file.write_bytes(media.mp4_of(size))
    command = ResumableUploadCommand(front, CHUNK)
    assert command.run(file, token) == 0
    assert len(front.sent) == max(1, size // CHUNK)
    assert command.percentages == sorted(command.percentages) and command.percentages[-1] == 100
    assert server.holds(token, file.read_bytes())["file_name"] == "my film.mp4"


def test_the_bytes_are_those_of_the_command(server, media, front, tmp_path):
    file = tmp_path / "film.mp4"
    file.write_bytes(media.mp4_of(2 * CHUNK + 5))
    ResumableUploadCommand(front, CHUNK).run(file, server.token())
    for sent in front.sent:
        names = re.findall(rb'form-data; name="(\w+)"', sent.body)
        assert names == [b"file", b"resumableChunkNumber", b"resumableTotalChunks", b"resumableChunkSize",
                         b"resumableTotalSize", b"resumableIdentifier", b"resumableFilename", b"upload_token"]
        assert sent.target == "/api/2/photo/redeem-upload-token"
    assert sum(b'\r\nContent-Type: video/mp4\r\n' in sent.body for sent in front.sent) == 2


def test_a_whole_file_in_one_request_of_the_usual_size(server, media, front, tmp_path):
    file, token = tmp_path / "film.mp4", server.token()
    file.write_bytes(media.mp4_of(3_000_000))
    ResumableUploadCommand(front, CHUNK_SIZE).run(file, token)
    assert len(front.sent) == 1
    server.holds(token, file.read_bytes())


def test_two_files_of_one_name_are_two_uploads(server, media, front, tmp_path):
    """Its identifier is the bare file name: only the token tells them apart."""
    files = [tmp_path / name / "film.mp4" for name in ("a", "b")]
    tokens = [server.token(), server.token()]
    for file, seed in zip(files, (1, 2)):
        file.parent.mkdir()
        file.write_bytes(media.mp4_of(4 * CHUNK, seed))
    for file, token in zip(files, tokens):
        ResumableUploadCommand(front, CHUNK).run(file, token)
    for file, token in zip(files, tokens):
        server.holds(token, file.read_bytes())


def test_the_first_generation_by_its_url(server, media, front, tmp_path):
    file, token = tmp_path / "film.mp4", server.token()
    file.write_bytes(media.mp4_of(3 * CHUNK))
    ResumableUploadCommand(front, CHUNK, path=multipart.V1).run(file, token)
    server.holds(token, file.read_bytes())


def test_the_back_end_is_told(server, media, front, receiver, tmp_path):
    file, token = tmp_path / "film.mp4", server.token(return_url=receiver.url(), background=True)
    file.write_bytes(media.mp4_of(7 * CHUNK))
    ResumableUploadCommand(front, CHUNK).run(file, token)
    (request,) = receiver.wait_for(1)
    assert dict(request.query)["photo_id"] == str(server.only_photo(token)["photo_id"])


def test_a_refusal_ends_it(server, media, front, tmp_path):
    page, film = tmp_path / "page.html", tmp_path / "film.mp4"
    page.write_bytes(media.HTML * 10)
    film.write_bytes(media.mp4_of(3 * CHUNK))
    with pytest.raises(ClientError, match="Response code 500"):
        ResumableUploadCommand(front, 100).run(page, server.token())
    with pytest.raises(ClientError, match="Response code 500"):
        ResumableUploadCommand(front, CHUNK).run(film, "nobody")
    token = server.token()
    ResumableUploadCommand(front, CHUNK).run(film, token)
    film.write_bytes(media.mp4_of(3 * CHUNK + 1))
    with pytest.raises(ClientError, match="Response code 500"):  # another file, and the token is used up
        ResumableUploadCommand(front, CHUNK).run(film, token)


def test_started_again_after_a_broken_line_it_ends_in_one_file(server, media, tmp_path):
    """It sends everything once more; what is there already is answered from the record."""
    file, token = tmp_path / "film.mp4", server.token()
    file.write_bytes(media.mp4_of(9 * CHUNK + 3))
    with ChaosProxy(server.port, to_server=Faults(cut_after=CHUNK // 2)) as line:
        with pytest.raises((OSError, wire.ConnectionEnded)):
            ResumableUploadCommand(Front(line.port), CHUNK).run(file, token)
        line.heal()
        assert ResumableUploadCommand(Front(line.port), CHUNK).run(file, token) == 0
        assert ResumableUploadCommand(Front(line.port), CHUNK).run(file, token) == 0  # and once more, although it is done
    server.holds(token, file.read_bytes())
