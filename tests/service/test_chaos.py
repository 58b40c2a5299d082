"""Every fault of a network × both directions × everything a client or Stile itself says over it. Source: issue "nothing is
lost", 5; I1, I2, I4.

What only slows bytes down must change nothing. What breaks a connection must break one attempt: the same client, saying the same
again over the network as it is then, gets what it wanted, the bytes have their SHA-256, and there is one photo.
"""

import hashlib
from dataclasses import dataclass

import pytest

from harness import multipart, wire
from harness.chaos import ChaosProxy, Faults
from harness.resumable import Upload
from harness.sanitizers import patience as slowness
from harness.server import Server
from harness.tls import Pair, TlsPort
from harness.wait import wait_until

PATIENCE = 0.6 * slowness()  # seconds that a client waits for an answer, where none will come
SIZE = 5_000  # of a body: small, because it also travels byte by byte


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return Pair(tmp_path_factory.mktemp("chaos") / "tls")


@pytest.fixture(scope="module")
def server(stile_bin, media, tmp_path_factory, pair):
    """Callbacks give up as early as these clients do."""
    patience = f"{PATIENCE * 1000:.0f}ms"
    env = {"STILE_NOTIFY_CONNECT_TIMEOUT": patience, "STILE_NOTIFY_TOTAL_TIMEOUT": patience}
    server = Server(tmp_path_factory.mktemp("stile") / "data", probe=media.jpeg, env=env, args=pair.args).start()
    yield server
    server.close()


# `at`: after how many bytes. Breaking faults end the attempt; the others only make it slow.
@dataclass
class Fault:
    make: object
    breaks: bool


FAULTS = {
    "cut": Fault(lambda at: Faults(close_after=at), True),
    "reset": Fault(lambda at: Faults(cut_after=at), True),
    "stall": Fault(lambda at: Faults(stall_after=at), True),
    "slice": Fault(lambda at: Faults(piece=1), False),
    "throttle": Fault(lambda at: Faults(piece=1000, bytes_per_second=25_000), False),
    "delay": Fault(lambda at: Faults(delay=0.05), False),
}


@pytest.fixture(scope="module")
def unhurried(stile_bin, media, tmp_path_factory):
    """Its callbacks have all the time of the defaults: where nothing breaks, none of them may be given up."""
    server = Server(tmp_path_factory.mktemp("stile") / "data", probe=media.jpeg).start()
    yield server
    server.close()


class Failed(Exception):
    """An attempt without a whole answer."""


class ComeAgain(Failed):
    """503: what arrived was not whole, and somebody was left to be told; or the server gets to the attempt that broke only now,
    after its successor."""


def ask(port, method, target, headers=(), body=b"", patience=PATIENCE):
    try:
        return wire.request(port, method, target, headers, body, timeout=patience)
    except (OSError, wire.ConnectionEnded) as error:  # TimeoutError is an OSError
        raise Failed from error


class Form:
    """A plain form. It has no identity, so a lost answer cannot be asked for again: the repeat finds its token used up."""

    def __init__(self, server, media, _):
        self.server, self.token, self.data = server, server.token(), media.mp4_of(SIZE)

    def attempt(self, port, patience):
        parts = [multipart.field("upload_token", self.token), multipart.file(self.data)]
        headers = [("Content-Type", multipart.content_type())]
        response = ask(port, "POST", multipart.V1, headers, multipart.encode(parts), patience)
        assert response.status == 200 or response.status == 403 and "already been used" in response.text

    def prove(self):
        self.server.holds(self.token, self.data)


class Chunk:
    """The second of two chunks, which finishes the file."""

    mode = "multipart"

    def __init__(self, server, media, _):
        self.upload = Upload(server, server.token(), media.mp4_of(2 * SIZE), SIZE, mode=self.mode)
        self.upload.run([1])

    def attempt(self, port, patience):
        self.upload.port = port
        try:
            answer = self.upload.send(2, timeout=patience)
        except (OSError, wire.ConnectionEnded) as error:
            raise Failed from error
        if answer.status == 503:
            raise ComeAgain
        assert answer.status == 200 and answer.text.strip().isdigit()
        self.answer = answer.text

    def prove(self):
        self.upload.port = None
        assert self.upload.send(2).text == self.answer
        self.upload.server.holds(self.upload.token, self.upload.data)


class OctetChunk(Chunk):
    mode = "octet"


class ChunkTest(Chunk):
    """"Do you have it?", asked until it is known; then sent if it is not there."""

    def attempt(self, port, patience):
        for number, status in ((1, 200), (2, 204)):
            target = self.upload.target(self.upload.fields(number))
            assert ask(port, "GET", target, [("Origin", wire.ORIGIN)], patience=patience).status == status

    def prove(self):
        self.answer = self.upload.run([2])[2].text
        super().prove()


class TokenRequest:
    """A back end's call. A token of an answer that got lost is known to nobody and costs nothing."""

    def __init__(self, server, media, _):
        self.server, self.data = server, media.mp4_of(SIZE)
        self.bearer = [("Authorization", "Bearer " + server.credentials("write")["bearer_token"])]

    def attempt(self, port, patience):
        target = "/api/2/photo/get-upload-token?title=" + "x" * 300
        response = ask(port, "GET", target, self.bearer, patience=patience)
        assert response.status == 200
        self.token = response.json()["data"]["upload_token"]

    def prove(self):
        assert multipart.upload(self.server.port, self.token, self.data).status == 200
        self.server.holds(self.token, self.data)


class Download:
    """An original, in as many ranges as it takes."""

    def __init__(self, server, media, _):
        self.server, self.token, self.data = server, server.token(), media.mp4_of(SIZE)
        assert multipart.upload(server.port, self.token, self.data).status == 200
        self.path, self.got = server.original_path(server.only_photo(self.token)), b""

    def attempt(self, port, patience):
        try:
            with wire.Connection(port, patience) as connection:
                connection.send(wire.head_bytes("GET", self.path, [("Range", f"bytes={len(self.got)}-")]))
                head = connection.read_head()
                assert head.status == 206
                assert head.header("Content-Range") == f"bytes {len(self.got)}-{SIZE - 1}/{SIZE}"
                while len(self.got) < SIZE:
                    if not connection.buffer:
                        connection._more()
                    self.got, connection.buffer = self.got + connection.buffer, b""
        except (OSError, wire.ConnectionEnded) as error:
            raise Failed from error

    def prove(self):
        assert hashlib.sha256(self.got).digest() == hashlib.sha256(self.data).digest()
        self.server.holds(self.token, self.data)


CLIENTS = {"form": Form, "chunk": Chunk, "octets": OctetChunk, "chunk test": ChunkTest, "token": TokenRequest,
           "download": Download}
# Inside a request's head or body, and inside the answer; a chunk test asks twice, each on a connection of its own.
PLACES = {"to_server": {"chunk test": 150, "token": 150, "download": 60}, "to_client": {"download": 2_000}}


def place_of(direction, client):
    return PLACES[direction].get(client, SIZE // 2 if direction == "to_server" else 40)


def suffers_and_recovers(conversation, proxy, port, fault):
    if fault.breaks:
        with pytest.raises(Failed):
            conversation.attempt(port, PATIENCE)
        proxy.wait_for(lambda seen: seen.connections > 0)  # who gave up may have been quicker than the proxy
        assert proxy.connections == 1
        proxy.heal()
        wait_until(lambda: is_taken(conversation, port), 20, "the repeat to be taken")
    else:
        conversation.attempt(port, 20)
    conversation.prove()


def is_taken(conversation, port):
    try:
        conversation.attempt(port, 20)
    except ComeAgain:
        return False
    return True


@pytest.mark.parametrize("direction", ["to_server", "to_client"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_gets_through(server, media, client, fault, direction):
    conversation = CLIENTS[client](server, media, None)
    faults = FAULTS[fault].make(place_of(direction, client))
    with ChaosProxy(server.port, **{direction: faults}) as proxy:
        suffers_and_recovers(conversation, proxy, proxy.port, FAULTS[fault])


@pytest.mark.parametrize("direction", ["to_server", "to_client"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("client", ["chunk", "download"])
def test_a_client_gets_through_with_tls(server, media, pair, client, fault, direction):
    """The same below TLS: the handshake suffers too, and what breaks in the middle of a record is no data."""
    conversation = CLIENTS[client](server, media, None)
    handshake = 620 if direction == "to_server" else 1_800  # about so many bytes go before the first of the body
    faults = FAULTS[fault].make(handshake + place_of(direction, client))
    with ChaosProxy(server.tls_port, **{direction: faults}) as proxy:
        suffers_and_recovers(conversation, proxy, TlsPort(proxy.port, pair.context()), FAULTS[fault])


@pytest.mark.parametrize("direction", ["to_server", "to_client"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_callback_gets_through(server, unhurried, media, make_receiver, fault, direction):
    """Stile is the client and the back end is behind the bad network: at least once, whatever happens on the way."""
    server = server if FAULTS[fault].breaks else unhurried
    receiver, data = make_receiver(), media.mp4_of(SIZE)
    at = 100 if direction == "to_server" else 20
    with ChaosProxy(receiver.port, **{direction: FAULTS[fault].make(at)}) as proxy:
        token = server.token(return_url=f"http://127.0.0.1:{proxy.port}/told?with=" + "x" * 100, background=True)
        assert multipart.upload(server.port, token, data).status == 200
        photo = server.holds(token, data)
        if FAULTS[fault].breaks:
            proxy.wait_for(lambda seen: seen.connections >= 2)  # one attempt has failed, another has begun
            proxy.heal()

        def delivered():
            return server.rows("SELECT count(*) FROM outbox WHERE state = 'delivered' AND photo_id = ?",
                               (photo["photo_id"],)) == [(1,)]

        wait_until(delivered, what="the event to be marked as delivered")
    told = [dict(call.query).get("photo_id") for call in receiver.requests]
    told = [photo_id for photo_id in told if photo_id]  # half a request says nothing
    assert set(told) == {str(photo["photo_id"])}
    if not FAULTS[fault].breaks:
        assert len(receiver.requests) == 1, "a slow line is no failure"
    assert multipart.upload(server.port, token, data).status == 403
    server.holds(token, data)
