"""background_return_p: the client's line and the back end's GET, at least once. Source: spec/api.md 4.4."""

from urllib.parse import parse_qsl, urlsplit

from harness import multipart
from harness.multipart import field, file
from harness.resumable import Upload, finals
from harness.server import DOMAIN
from harness.wait import wait_until


def told(server, token, response):
    """Checks the `ok` line and returns the callback URL in it."""
    assert response.status == 200 and response.media_type == "text/plain"
    photo = server.photos(token)[0]
    words = response.text.rstrip("\n").split(" ")
    assert words[:5] == ["ok", DOMAIN, str(photo["tree_id"]), str(photo["photo_id"]), photo["token"]]
    assert len(words) == 6 and "\n" not in response.text.rstrip("\n")
    return words[5]


def test_the_server_calls_back_and_the_client_reads_one_line(server, media, receiver):
    token = server.token(return_url=receiver.url("/cb?theme=green"), background=True, extras=[("who", "Zoë B")])
    url = told(server, token, multipart.upload(server.port, token, media.jpeg, extras=[("note", "a b")]))
    call = receiver.wait_for(1)[0]
    photo = server.only_photo(token)
    assert call.method == "GET" and receiver.url(call.target) == url
    assert call.query == [("theme", "green"), ("domain", DOMAIN), ("upload_token", token),
                          ("photo_id", str(photo["photo_id"])), ("tree_id", str(photo["tree_id"])),
                          ("token", photo["token"]), ("who", "Zoë B"), ("note", "a b")]


def test_the_photo_is_there_when_the_callback_comes(server, media, make_receiver):
    receiver = make_receiver("hang")
    token = server.token(return_url=receiver.url(), background=True)
    multipart.upload(server.port, token, media.jpeg)
    photo_id = dict(receiver.wait_for(1)[0].query)["photo_id"]
    assert server.original(server.photo(photo_id)) == media.jpeg


def test_a_slow_receiver_does_not_hold_up_the_client(server, media, make_receiver):
    receiver = make_receiver(*["hang"] * 8)
    token = server.token(return_url=receiver.url(), background=True, max_uploads=8)
    for _ in range(8):
        told(server, token, multipart.upload(server.port, token, media.jpeg))
    receiver.wait_for(1)
    server.prove_it_works()


def test_chunks_call_back_once_per_file(server, media, receiver):
    token = server.token(return_url=receiver.url(), background=True, max_uploads=2)
    for name in ("one", "two"):
        upload = Upload(server, token, media.mp4_of(30_000), 10_000, identifier=name)
        answer = finals(upload.run(parallel=3))[0]
        told(server, token, answer)
        assert upload.send(upload.count).body == answer.body  # the repeat makes no second callback
    calls = receiver.wait_for(2)
    assert len({dict(call.query)["photo_id"] for call in calls}) == 2
    server.prove_it_works()
    assert len(receiver.requests) == 2


def test_a_failing_receiver_is_called_again(server, media, make_receiver):
    receiver = make_receiver(500, 404, "drop")
    token = server.token(return_url=receiver.url(), background=True)
    told(server, token, multipart.upload(server.port, token, media.jpeg))
    calls = receiver.wait_for(4)
    assert len({call.target for call in calls}) == 1


def test_a_receiver_that_is_down_is_called_when_it_is_back(server, media, make_receiver):
    receiver = make_receiver(absent=True)
    token = server.token(return_url=receiver.url(), background=True)
    told(server, token, multipart.upload(server.port, token, media.jpeg))
    receiver.arrive()
    assert dict(receiver.wait_for(1)[0].query)["upload_token"] == token


def test_a_callback_survives_kill_9(make_server, media, make_receiver):
    """I4: the outbox row is in the finish's transaction, so an answered upload is an owed callback."""
    server = make_server()
    receiver = make_receiver(absent=True)
    token = server.token(return_url=receiver.url(), background=True)
    url = told(server, token, multipart.upload(server.port, token, media.jpeg))
    server.restart("kill")
    receiver.arrive()
    assert receiver.url(receiver.wait_for(1)[0].target) == url


def test_a_callback_under_way_at_kill_9_is_made_again(make_server, media, make_receiver):
    server = make_server()
    receiver = make_receiver("hang")
    token = server.token(return_url=receiver.url(), background=True)
    multipart.upload(server.port, token, media.jpeg)
    receiver.wait_for(1)
    server.restart("kill")
    first, second = receiver.wait_for(2)[:2]
    assert first.target == second.target


def test_a_delivered_callback_is_not_repeated_after_a_restart(make_server, media, make_receiver):
    server = make_server()
    first, second = make_receiver(), make_receiver()
    token = server.token(return_url=first.url(), background=True)
    multipart.upload(server.port, token, media.jpeg)
    first.wait_for(1)
    server.restart()
    later = server.token(return_url=second.url(), background=True)
    multipart.upload(server.port, later, media.jpeg)
    second.wait_for(1)  # the outbox of the new process has done its round
    assert len(first.requests) == 1


def test_redirects_of_the_receiver_are_not_followed(server, media, make_receiver):
    target = make_receiver()
    receiver = make_receiver(target.url())
    token = server.token(return_url=receiver.url(), background=True)
    multipart.upload(server.port, token, media.jpeg)
    receiver.wait_for(1)
    server.prove_it_works()
    assert target.requests == []


def test_long_callbacks_lose_extras_from_the_end_only(server, media, receiver):
    extras = [("first", "a"), *((f"pad{n}", "p" * 200) for n in range(10))]
    token = server.token(return_url=receiver.url(), background=True, extras=extras)
    url = told(server, token, multipart.upload(server.port, token, media.jpeg, extras=[("last", "z" * 500)]))
    call = receiver.wait_for(1)[0]
    assert receiver.url(call.target) == url and len(url) <= 1500
    names = [name for name, _ in call.query]
    kept = names[5:]
    assert names[:5] == ["domain", "upload_token", "photo_id", "tree_id", "token"]
    assert kept == ["first", *(f"pad{n}" for n in range(10))][:len(kept)] and 3 <= len(kept) < 10


def test_a_failure_is_told_to_both_sides(server, media, receiver):
    token = server.token(return_url=receiver.url("/cb"), background=True)
    response = multipart.upload(server.port, token, media.PDF)
    assert response.media_type == "text/plain" and response.status in (200, 415)
    assert response.text.startswith("error ") and "\n" not in response.text.rstrip("\n")
    query = dict(receiver.wait_for(1)[0].query)
    assert query["domain"] == DOMAIN and query["upload_token"] == token
    assert query["error_message"] == response.text.rstrip("\n")[len("error "):] and "photo_id" not in query
    assert server.photos(token) == []
    told(server, token, multipart.upload(server.port, token, media.jpeg))


def test_a_missing_file_is_told_to_both_sides(server, receiver):
    token = server.token(return_url=receiver.url("/cb"), background=True)
    response = multipart.post(server.port, [field("upload_token", token), field("note", "x")])
    assert response.text.startswith("error ")
    assert dict(receiver.wait_for(1)[0].query)["error_message"]


def test_without_a_return_url_the_line_ends_after_the_token(server, media):
    token = server.token(background=True)
    response = multipart.upload(server.port, token, media.jpeg)
    photo = server.only_photo(token)
    assert response.status == 200
    assert response.text.rstrip("\n") == f"ok {DOMAIN} {photo['tree_id']} {photo['photo_id']} {photo['token']}"


def test_private_addresses_are_not_called_unless_allowed(make_server, media, receiver):
    server = make_server(env={"STILE_NOTIFY_ALLOW_PRIVATE_ADDRESSES": "false"})
    token = server.token(return_url=receiver.url(), background=True)
    response = multipart.upload(server.port, token, media.jpeg)
    assert response.text.startswith("ok ")
    public = server.token(return_url=f"http://localhost:{receiver.port}/", background=True)
    assert multipart.upload(server.port, public, media.jpeg).text.startswith("ok ")
    tried = "SELECT count(*) FROM outbox WHERE attempts > 0 OR state = 'dead'"
    wait_until(lambda: server.rows(tried) == [(2,)], what="both to be tried")
    assert receiver.requests == []
    server.prove_it_works()


def test_spaces_never_get_into_the_line(server, media, receiver):
    token = server.token(return_url=receiver.url("/cb?a=b%20c"), background=True)
    url = told(server, token, multipart.upload(server.port, token, media.jpeg, extras=[("x", "1 2\n3")]))
    assert parse_qsl(urlsplit(url).query)[-1] == ("x", "1 2\n3")
    receiver.wait_for(1)


def test_the_form_may_put_its_file_first(server, media, receiver):
    token = server.token(return_url=receiver.url(), background=True)
    told(server, token, multipart.post(server.port, [file(media.jpeg), field("upload_token", token)]))
    receiver.wait_for(1)
