"""Who is calling: OAuth 1.0a as the known clients sign, bearer tokens, levels, closed sites. Source: spec/api.md 2, 5."""

import hashlib
import hmac
import time
from urllib.parse import quote, quote_plus, urlencode

import pytest

from harness import multipart, oauth, wire
from harness.multipart import field
from harness.server import run_cli

V1 = "/api/photo/get-upload-token"
V2 = "/api/2/photo/get-upload-token"
LEVELS = ["read", "write", "admin", "super"]
RAW = [("format", "json"), ("raw", "1")]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def keys(server):
    return {level: server.credentials(level) for level in LEVELS}


@pytest.fixture(scope="module")
def site(server):
    return Site(server)


class Site:
    """Calls one server; every answer comes back as (status, decoded v1 or v2 JSON)."""

    def __init__(self, server):
        self.port = server.port
        self.front = f"http://127.0.0.1:{server.port}"

    def url(self, path):
        return self.front + path

    def headers(self, given=()):
        """With a Host as clients write it, port and all, unless one is given."""
        host = [] if any(name == "Host" for name, _ in given) else [("Host", f"127.0.0.1:{self.port}")]
        return [*host, *given]

    def get(self, path, params=(), headers=()):
        query = urlencode(list(params), quote_via=quote)
        return answer(wire.get(self.port, path + ("?" + query if query else ""), self.headers(headers)))

    def post(self, path, params=(), headers=(), body=None, content_type=FORM):
        body = urlencode(list(params)).encode() if body is None else body
        return answer(wire.request(self.port, "POST", path, [("Content-Type", content_type), *self.headers(headers)], body))


def answer(response):
    return response.status, response.json()


def authorization(signed, **how):
    return [("Authorization", oauth.header(signed, **how))]


def level_of(result):
    assert result[1]["status"] == "ok", result
    return result[1]["permission_level"]


def code_of(result):
    assert result[1]["status"] == "error", result
    return result[1]["code"]


# The three places, the four levels

@pytest.mark.parametrize("level", LEVELS)
def test_a_signature_gives_its_level_from_header_body_and_query(site, keys, level):
    path, mine = "/api/echo", keys[level]
    params = [*RAW, ("text", "a b+c/é~*'!()"), ("text", "a"), ("empty", "")]
    get, post = (oauth.sign(mine, method, site.url(path), params) for method in ("GET", "POST"))
    assert level_of(site.get(path, params, authorization(get))) == level
    assert level_of(site.post(path, params, authorization(post))) == level
    assert level_of(site.get(path, params + oauth.sign(mine, "GET", site.url(path), params))) == level
    assert level_of(site.post(path, params + oauth.sign(mine, "POST", site.url(path), params))) == level
    assert level_of(site.get(path, RAW, [("Authorization", "Bearer " + mine["bearer_token"])])) == level


@pytest.mark.parametrize("level", [None, *LEVELS])
@pytest.mark.parametrize("method, needed", [("echo", None), ("album/create", "write"), ("photo/get-upload-token", "write"),
                                            ("user/tokens", "read")])
def test_methods_judge_the_level_in_both_generations(site, keys, level, method, needed):
    order = [None, *LEVELS]
    for generation in ("/api/", "/api/2/"):
        if generation == "/api/" and method == "user/tokens":
            continue
        path = generation + method
        signed = authorization(oauth.sign(keys[level], "GET", site.url(path), RAW)) if level else []
        status, reply = site.get(path, RAW, signed)
        assert reply["permission_level"] == (level or "anonymous")
        denied = order.index(level) < order.index(needed)
        assert (reply.get("code") == "permission_denied") == denied, reply
        if denied:
            assert f"(required level: '{needed}')" in reply["message"]
            assert status == (200 if generation == "/api/" else 403)


# What is refused

@pytest.mark.parametrize("what", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"])
def test_a_wrong_key_is_an_invalid_signature(site, keys, what):
    wrong = dict(keys["write"])
    wrong[what] = wrong[what][:-1] + ("a" if wrong[what][-1] != "a" else "b")
    for path, expected in ((V1, 200), (V2, 401)):
        status, reply = site.get(path, RAW, authorization(oauth.sign(wrong, "GET", site.url(path), RAW)))
        assert (status, reply["code"], reply["message"]) == (expected, "invalid_signature", "The API signature is invalid.")
        assert reply["permission_level"] == "anonymous"


@pytest.mark.parametrize("changes", [
    {"signature_method": "PLAINTEXT"}, {"signature_method": "HMAC-SHA256"}, {"signature_method": None}, {"version": "2.0"},
    {"timestamp": -3600}, {"timestamp": 3600}, {"timestamp": "soon"},
    {"timestamp": None}, {"nonce": None}, {"nonce": ""}, {"consumer_key": "123456-" + "x" * 20},
    {"consumer_key": "' OR 1=1 --"}, {"consumer_key": None},
])
def test_whatever_else_is_wrong_is_an_invalid_signature(site, keys, changes):
    if isinstance(changes.get("timestamp"), int):  # seconds from now: what was far off at the collection may have come by now
        changes = {"timestamp": str(int(time.time()) + changes["timestamp"])}
    signed = oauth.sign(keys["super"], "GET", site.url(V2), RAW, **changes)
    for headers, params in ((authorization(signed), RAW), ([], RAW + signed)):
        status, reply = site.get(V2, params, headers)
        assert (status, reply["code"]) == (401, "invalid_signature")


def test_no_version_is_version_one(site, keys):
    assert level_of(site.get(V1, RAW, authorization(oauth.sign(keys["write"], "GET", site.url(V1), RAW, version=None)))) == "write"


def test_a_request_counts_once(site, keys):
    signed = authorization(oauth.sign(keys["write"], "GET", site.url(V1), RAW))
    assert level_of(site.get(V1, RAW, signed)) == "write"
    assert code_of(site.get(V1, RAW, signed)) == "invalid_signature"


@pytest.mark.parametrize("sent", [[("title", "b")], [], [("title", "a"), ("title", "a")], [("title", "a"), ("publish", "0")]])
def test_parameters_that_were_not_signed_break_the_signature(site, keys, sent):
    signed = oauth.sign(keys["write"], "POST", site.url(V1), [*RAW, ("title", "a")])
    assert code_of(site.post(V1, [*RAW, *sent], authorization(signed))) == "invalid_signature"


def test_the_method_and_the_path_are_signed(site, keys):
    assert code_of(site.post(V1, RAW, authorization(oauth.sign(keys["write"], "GET", site.url(V1), RAW)))) == "invalid_signature"
    assert code_of(site.get(V1, RAW, authorization(oauth.sign(keys["write"], "GET", site.url(V2), RAW)))) == "invalid_signature"


@pytest.mark.parametrize("value", ["OAuth", "OAuth x", 'OAuth oauth_consumer_key="a', 'OAuth oauth_consumer_key="%zz"',
                                   'OAuth oauth_consumer_key="a" b', "OAuth " + ",".join(f'x{i}="1"' for i in range(200))])
def test_a_malformed_header_is_an_invalid_signature(site, value):
    assert code_of(site.get("/api/echo", RAW, [("Authorization", value)])) == "invalid_signature"


# Header quirks

@pytest.mark.parametrize("how", [
    {"separator": ","}, {"separator": ", "}, {"realm": ""}, {"realm": "http://127.0.0.1/"},
    {"separator": ",", "realm": "http://http://127.0.0.1"}, {"realm": "a, \\\"b\\\" oauth_nonce=%zz"},
])
def test_headers_as_clients_write_them(site, keys, how):
    for order in (list, sorted, reversed):
        signed = list(order(oauth.sign(keys["write"], "GET", site.url(V1), RAW)))
        assert level_of(site.get(V1, RAW, authorization(signed, **how))) == "write"


@pytest.mark.parametrize("host, front", [
    ("Videos.Example.Com", "http://videos.example.com"), ("videos.example.com", "https://videos.example.com"),
    ("videos.example.com:443", "https://videos.example.com"), ("videos.example.com:80", "http://videos.example.com"),
    ("videos.example.com", "https://videos.example.com:443"), ("Videos.example.com", "http://Videos.example.com"),
    ("10.1.2.3:9999", "https://videos.example.com"), ("media.example.org:8443", "https://media.example.org:8443"),
])
def test_schemes_ports_and_names_behind_proxies(site, keys, host, front):
    signed = oauth.sign(keys["write"], "GET", front + V1, RAW)
    assert level_of(site.get(V1, RAW, [("Host", host), *authorization(signed)])) == "write"


def test_another_host_is_not_ours(site, keys):
    signed = oauth.sign(keys["write"], "GET", "http://elsewhere.example.com" + V1, RAW)
    assert code_of(site.get(V1, RAW, authorization(signed))) == "invalid_signature"


# node-23video

def node_escape(text):
    """querystring.escape leaves ! ' ( ) * as they are."""
    return quote(text, safe="-._~!'()*")


def test_node_signs_what_its_body_leaves_raw(site, keys):
    """POST, always https with :443 in the URL, format=json&raw=1 behind the rest; the header sorted, signature last."""
    params = [("title", "It's (very) good! *~"), ("tags", 'a "b c"'), *RAW]
    signed = oauth.sign(keys["write"], "POST", "https://videos.example.com" + V1, params)
    ordered = sorted(signed[:-1]) + [signed[-1]]
    body = "&".join(f"{node_escape(name)}={node_escape(value)}" for name, value in params).encode()
    assert b"'" in body and b"!" in body
    headers = [("Host", "videos.example.com"), *authorization(ordered, separator=",")]
    status, reply = site.post(V1, body=body, headers=headers)
    assert status == 200 and reply["uploadtoken"]["title"] == "It's (very) good! *~"
    assert reply["permission_level"] == "write" and len(reply["uploadtoken"]["upload_token"]) == 64


def test_node_without_an_access_pair_signs_as_consumer_only(site, keys):
    signed = oauth.sign(keys["super"], "POST", site.url("/api/echo"), RAW, token=False)
    assert level_of(site.post("/api/echo", RAW, authorization(signed))) == "anonymous"
    signed = oauth.sign(keys["super"], "POST", site.url(V1), RAW, token=False)
    assert code_of(site.post(V1, RAW, authorization(signed))) == "permission_denied"
    wrong = dict(keys["super"], consumer_secret="x")
    signed = oauth.sign(wrong, "POST", site.url("/api/echo"), RAW, token=False)
    assert code_of(site.post("/api/echo", RAW, authorization(signed))) == "invalid_signature"


@pytest.mark.parametrize("consumer", ["undefined", ""])
@pytest.mark.parametrize("token", [None, ""])
def test_node_without_keys_is_a_stranger(site, consumer, token):
    nobody = {"consumer_key": consumer, "consumer_secret": "undefined"}
    signed = oauth.sign(nobody, "POST", site.url("/api/echo"), RAW, token=False)
    if token is not None:
        signed.insert(0, ("oauth_token", token))
    assert level_of(site.post("/api/echo", RAW, authorization(signed))) == "anonymous"


def test_undefined_with_a_token_is_a_bad_credential(site, keys):
    wrong = dict(keys["write"], consumer_key="undefined")
    assert code_of(site.get("/api/echo", RAW, authorization(oauth.sign(wrong, "GET", site.url("/api/echo"), RAW)))) == "invalid_signature"


# 23video-for-php

def php_escape(text):
    return quote(text, safe="-._").replace("~", "%7E")


def test_php_escapes_tildes_on_the_wire_and_in_the_base_string(site, keys):
    params = [("title", "~/Movies/~a b+c"), *RAW]
    signed = oauth.sign(keys["write"], "GET", site.url(V1), params, escaping=php_escape, nonce="a1b2C3d4e5F6g7H8")
    query = "&".join(f"{quote_plus(name)}={quote_plus(value).replace('~', '%7E')}" for name, value in params)
    realm = "http://" + site.front
    response = wire.get(site.port, V1 + "?" + query, site.headers(authorization(signed, separator=",", realm=realm)))
    assert response.json()["uploadtoken"]["title"] == "~/Movies/~a b+c"


# 23-api-dotnet

def test_dotnet_gets_carry_oauth_in_the_query_and_read_xml(site, keys):
    signed = oauth.sign(keys["read"], "GET", site.url("/api/echo"), [("search", "Ærø")])
    query = urlencode([("search", "Ærø"), *signed])
    response = wire.get(site.port, "/api/echo?" + query, site.headers())
    assert response.status == 200 and 'permission_level="read"' in response.text and "<search>Ærø</search>" in response.text


def test_dotnet_uploads_are_multipart_with_unsigned_fields(site, keys):
    parts = [field("title", "Zoë"), *(field(name, value) for name, value in RAW)]
    headers = authorization(oauth.sign(keys["write"], "POST", site.url(V1)))
    status, reply = site.post(V1, headers=headers, body=multipart.encode(parts), content_type=multipart.content_type())
    assert reply["permission_level"] == "write" and reply["uploadtoken"]["title"] == "Zoë"


def test_credentials_among_multipart_fields_are_none(site, keys):
    parts = [field(name, value) for name, value in [*oauth.sign(keys["write"], "POST", site.url("/api/echo")), *RAW]]
    result = site.post("/api/echo", body=multipart.encode(parts), content_type=multipart.content_type())
    assert level_of(result) == "anonymous"


# visualplatform.js

def test_jsonp_signs_its_callback(site, keys):
    params = [("format", "json"), ("callback", "visualplatform_1"), ("title", "x")]
    query = urlencode(params + oauth.sign(keys["write"], "GET", site.url(V1), params))
    response = wire.get(site.port, V1 + "?" + query, site.headers())
    assert response.body.startswith(b"visualplatform_1({") and b'"permission_level":"write"' in response.body


# The query of a POST

def test_the_query_of_a_post_is_neither_read_nor_signed(site, keys):
    path = V1 + "?title=query&format=xml"
    signed = oauth.sign(keys["write"], "POST", site.url(V1), RAW)
    status, reply = site.post(path, RAW, authorization(signed))
    assert reply["permission_level"] == "write" and reply["uploadtoken"]["title"] == ""
    in_query = urlencode(oauth.sign(keys["write"], "POST", site.url(V1)))
    assert b'code="permission_denied"' in wire.request(site.port, "POST", V1 + "?" + in_query, site.headers()).body


def test_the_query_of_a_post_counts_when_the_setting_says_so(make_server):
    server = make_server(env={"STILE_AUTH_LENIENT_POST_QUERY": "true"})
    mine, site = server.credentials("write"), Site(server)
    query = [("title", "query"), *RAW]
    # Everything in the query, and an empty body.
    everything = urlencode(query + oauth.sign(mine, "POST", site.url(V1), query))
    status, reply = site.post(V1 + "?" + everything)
    assert reply["permission_level"] == "write" and reply["uploadtoken"]["title"] == "query"
    # An id in the query, OAuth in the body, both signed.
    signed = oauth.sign(mine, "POST", site.url(V1), query)
    status, reply = site.post(V1 + "?" + urlencode(query), signed)
    assert reply["uploadtoken"]["title"] == "query"
    # The body wins, and a query that is not signed is dropped.
    both = oauth.sign(mine, "POST", site.url(V1), [*query, ("title", "body")])
    assert site.post(V1 + "?" + urlencode(query), [("title", "body"), *both])[1]["uploadtoken"]["title"] == "body"
    only = oauth.sign(mine, "POST", site.url(V1), RAW)
    assert site.post(V1 + "?title=injected", [*RAW, *only])[1]["uploadtoken"]["title"] == ""


# Bearer tokens

@pytest.mark.parametrize("token", ["", "x" * 40, "x" * 64, "x" * 63 + "'"])
def test_a_bad_bearer_is_not_a_stranger(site, token):
    for path, status in (("/api/echo", 200), ("/api/2/echo", 401)):
        result = site.get(path, RAW, [("Authorization", "Bearer " + token)])
        assert result[0] == status and code_of(result) == "missing_authentication"


def test_user_tokens_give_a_client_what_it_can_go_on_with(site, keys):
    mine = keys["write"]
    bearer = [("Authorization", "Bearer " + mine["bearer_token"])]
    status, reply = site.get("/api/2/user/tokens", [("cross_sites_p", "1")], bearer)
    assert status == 200 and reply["tokens"] == reply["sites"] == reply["data"] and len(reply["tokens"]) == 1
    entry = reply["tokens"][0]
    assert set(entry) >= {"domain", "display_name", "bearer_token", "expiration_time", "api_base_url", "site_name",
                          "canonical_user_p", "starred_p"}
    assert entry["domain"] == "videos.example.com" and entry["api_base_url"].endswith("/")
    assert entry["permission_level"] == "write"
    assert time.strptime(entry["expiration_time"], "%Y-%m-%dT%H:%M:%SZ") > time.gmtime()
    again = [("Authorization", "Bearer " + entry["bearer_token"])]
    assert level_of(site.get("/api/2/photo/get-upload-token", (), again)) == "write"


def test_user_tokens_need_a_bearer_token(site, keys):
    assert site.get("/api/2/user/tokens")[0] == 403
    status, reply = site.get("/api/2/user/tokens", (), authorization(oauth.sign(keys["super"], "GET", site.url("/api/2/user/tokens"))))
    assert (status, reply["code"]) == (403, "token_required")


# Closed sites

def test_a_closed_site_gives_strangers_no_level_and_still_takes_uploads(make_server, media):
    server = make_server(env={"STILE_SITE_OPEN": "false"})
    site, mine = Site(server), server.credentials("read")
    assert level_of(site.get("/api/echo", RAW)) == "none"
    assert site.get("/api/2/nonsense")[1]["permission_level"] == "none"
    assert level_of(site.get("/api/echo", RAW, authorization(oauth.sign(mine, "GET", site.url("/api/echo"), RAW, token=False)))) == "none"
    assert level_of(site.get("/api/echo", RAW, authorization(oauth.sign(mine, "GET", site.url("/api/echo"), RAW)))) == "read"
    token = server.token()
    reply = multipart.upload(server.port, token, media.jpeg, path=multipart.V2)
    assert reply.status == 200
    server.holds(token, media.jpeg)


# Object tokens

def time_limited(photo, expire):
    text = f"expire{expire}photo_id{photo['photo_id']}"
    return hmac.new(photo["token"].encode(), text.encode(), hashlib.sha1).hexdigest() + f"-{expire}"


def test_a_time_limited_token_opens_a_file_until_it_ends(server, media):
    token = server.token()
    assert multipart.upload(server.port, token, media.jpeg).status == 200
    photo, now = server.only_photo(token), int(time.time())

    def download(secret):
        return wire.get(server.port, server.original_path({**photo, "token": secret}))

    good = time_limited(photo, now + 3600)
    assert download(good).status == 200 and download(good).body == media.jpeg
    for bad in (time_limited(photo, now - 10), time_limited({**photo, "photo_id": photo["photo_id"] + 1}, now + 3600),
                time_limited({**photo, "token": "x"}, now + 3600), good.split("-")[0] + f"-{now + 9999}", good + "0", good[:40]):
        assert download(bad).status == 404


# Revoking

def test_revoked_keys_end_at_once_while_the_server_runs(server, site):
    mine = server.credentials("write", "to be revoked")
    bearer = [("Authorization", "Bearer " + mine["bearer_token"])]
    assert level_of(site.get("/api/echo", RAW, bearer)) == "write"
    assert server.cli("credentials", "revoke", mine["consumer_key"]) == {"consumer_key": mine["consumer_key"], "revoked": True}
    assert code_of(site.get("/api/echo", RAW, bearer)) == "missing_authentication"
    assert code_of(site.get("/api/echo", RAW, authorization(oauth.sign(mine, "GET", site.url("/api/echo"), RAW)))) == "invalid_signature"
    listed = {one["consumer_key"]: one for one in server.cli("credentials", "list")}
    assert listed[mine["consumer_key"]]["revoked"] is True and listed[mine["consumer_key"]]["name"] == "to be revoked"
    secrets = {mine[name] for name in ("consumer_secret", "access_token_secret", "bearer_token")}
    assert not secrets & {str(value) for one in listed.values() for value in one.values()}


def test_revoking_unknown_keys_says_so(server):
    done = run_cli("credentials", "revoke", "1-nobody", "--data", server.data)
    assert done.returncode == 1 and "1-nobody" in done.stderr


def test_no_secret_reaches_the_log(server, keys):
    log = server.log()
    for one in keys.values():
        for name in ("consumer_secret", "access_token_secret", "bearer_token"):
            assert one[name] not in log
