"""23-api-dotnet at work. Source: spec/api.md 5.5."""

import pytest

from harness.clients.dotnet_23api import Dotnet23Api
from harness.clients.front import ClientError, Front, Refused


@pytest.fixture(scope="module")
def keys(server):
    return server.credentials("super")


@pytest.fixture(params=[False, True], ids=["bare boundary", "quoted boundary"])
def api(server, keys, request):
    api = Dotnet23Api(Front(server.port), keys, quoted_boundary=request.param)
    yield api
    api.close()


def film(data):
    return ("film.mp4", data, "video/mp4")


def test_from_a_token_to_a_photo_that_is_edited_and_deleted(server, media, api):
    # Where the redirect leads must answer with XML: here it is the site itself.
    back = f"http://videos.example.com:{server.port}/api/echo?theme=green"
    token = api.upload_token(title="Zoë & co", description="A <b>bold</b> text", tags='sea "summer house"', publish=1,
                             return_url=back, max_uploads=2)
    assert (token["title"], token["publish"], token["max_uploads"], token["return_url"]) == ("Zoë & co", True, 2, back)
    assert token["valid_minutes"] == 180 and len(token["upload_token"]) == 64

    final = api.redeem(token["upload_token"], film(media.mp4), colour="blue")
    assert final.findtext("upload_token") == token["upload_token"] and final.findtext("theme") == "green"
    photo_id = int(final.findtext("photo_id"))
    photos, total = api.photos(photo_id=photo_id)
    (photo,) = photos
    assert total == 1 and photo["title"] == "Zoë & co" and photo["tags"] == ["sea", "summer house"]
    assert photo["published"] and photo["video"] and not photo["promoted"] and photo["content"] == "A <b>bold</b> text"
    assert photo["token"] == final.findtext("token") and server.original(photo) == media.mp4

    album = api.create_album("Holiday", description="At the sea", hide_p=1)
    api.post("photo/update", photo_id=photo_id, title="New", album_id=album["album_id"], tags="a,b", publish=0)
    (photo,), _ = api.photos(photo_id=photo_id, include_unpublished_p=1)
    assert (photo["title"], photo["published"], photo["album_title"], photo["tags"]) == ("New", False, "Holiday", ["a", "b"])
    hidden = [one for one in api.albums(include_hidden_p=1) if one["album_id"] == int(album["album_id"])]
    assert hidden[0]["hide"] and hidden[0]["token"] == album["token"] and hidden[0]["content"] == "At the sea"
    api.post("album/update", album_id=album["album_id"], title="Home")
    api.post("photo/delete", photo_id=photo_id)
    assert api.photos(photo_id=photo_id, include_unpublished_p=1) == ([], 0)


def test_the_site_has_all_seven_attributes(api):
    site = api.site()
    assert site["domain"] == "videos.example.com" and site["allow_signup_p"] in ("t", "f") and int(site["site_id"]) == 1


def test_every_photo_has_a_tags_child_also_without_tags(server, media, api):
    token = api.upload_token(return_url=f"http://videos.example.com:{server.port}/api/echo")["upload_token"]
    api.redeem(token, film(media.mp4))
    photos, total = api.photos(upload_token=token)
    assert total == 1 and photos[0]["tags"] == []


def test_tags_and_users_are_read(server, media, api):
    token = api.upload_token(tags="harbour", return_url=f"http://videos.example.com:{server.port}/api/echo")["upload_token"]
    api.redeem(token, film(media.mp4))
    assert api.tags(search="harbour")["harbour"] >= 1
    assert any(user["user_id"] for user in api.users())


def test_what_is_posted_is_multipart_and_signed_without_its_fields(api):
    api.upload_token(title="x")
    (sent,) = api.front.sent
    assert sent.header("Content-Type").startswith("multipart/form-data") and sent.header("Expect") == "100-continue"
    assert sent.response.interim == [100] and b'name="title"' in sent.body and b"oauth_" not in sent.body


def test_gets_carry_their_signature_in_the_query(api):
    api.photos(search="Ærø & ~x")
    (sent,) = api.front.sent
    assert "search=%C3%86r%C3%B8+%26+~x&oauth_" in sent.target and sent.header("Authorization") is None
    assert api.kept.opened == 1


def test_errors_have_a_code(api, media):
    with pytest.raises(Refused) as refused:
        api.post("photo/update", photo_id=10**9, title="x")
    assert refused.value.code == "no_such_photo"
    with pytest.raises(Refused) as refused:
        api.photos(photo_id=1, token="wrong")
    assert refused.value.code == "invalid_photo_token"
    with pytest.raises(ClientError):
        api.redeem("nobody", film(media.mp4))


def test_deleting_an_album_needs_the_lenient_setting(make_server):
    """Its album_id stands in the query of a POST, which counts only where the settings say so."""
    for lenient in ("false", "true"):
        server = make_server(f"lenient-{lenient}", env={"STILE_AUTH_LENIENT_POST_QUERY": lenient})
        api = Dotnet23Api(Front(server.port), server.credentials("write"))
        album_id = api.create_album("Holiday")["album_id"]
        if lenient == "true":
            assert api.post_with_query("album/delete", album_id=album_id).get("message") == "The album was deleted"
            assert api.albums() == []
        else:
            with pytest.raises(Refused) as refused:
                api.post_with_query("album/delete", album_id=album_id)
            assert refused.value.code == "invalid_signature" and len(api.albums()) == 1
        api.close()


def test_a_file_is_uploaded_without_a_token(server, media, api):
    made = api.upload(film(media.mp4), title="Straight & in", tags="a b", publish=1)
    (photo,), total = api.photos(photo_id=made["photo_id"])
    assert total == 1 and (photo["title"], photo["tags"], photo["token"]) == ("Straight & in", ["a", "b"], made["token"])
    assert server.original(photo) == media.mp4
    better = media.mp4_of(9_000)
    assert api.replace(made["photo_id"], film(better))["photo_id"] == made["photo_id"]
    (photo,), _ = api.photos(photo_id=made["photo_id"])
    assert photo["title"] == "Straight & in" and server.original(photo) == better
    with pytest.raises(Refused) as refused:
        api.upload(film(media.HTML))
    assert refused.value.code == "error_processing_upload"
    with pytest.raises(Refused) as refused:
        api.upload(None, title="x")
    assert refused.value.code == "no_file"


def test_users_are_made_once(api):
    name = "zoe" + str(api.quoted_boundary)
    user = {"email": f"{name}@example.com", "username": name, "password": "long enough to be one", "full_name": "Zoë É"}
    made = api.create_user(**user, site_admin=0)
    assert (made["email"], made["full_name"], made["site_admin"]) == (user["email"], "Zoë É", "0")
    assert [one["username"] for one in api.users(user_id=made["user_id"])] == [name]
    with pytest.raises(Refused) as refused:
        api.create_user(**user)
    assert refused.value.code == "user_already_exists" and refused.value.text == "User already exists"
