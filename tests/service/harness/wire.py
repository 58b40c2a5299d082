"""HTTP/1.1 by exact bytes over one socket, because a polite client library would repair what the tests want broken."""

import errno
import json
import re
import socket
import struct
from collections import deque
from dataclasses import dataclass, field

from harness import contract

REQUEST_LINE = re.compile(rb"[A-Z]+ /\S* HTTP/1\.1(?=\r\n)")
ORIGIN = "http://uploader.example"


class ConnectionEnded(Exception):
    """The peer ended or reset the connection before a whole response; `received` holds what came."""

    def __init__(self, received=b""):
        super().__init__(f"connection ended after {received[:200]!r}")
        self.received = received


@dataclass
class Response:
    status: int
    reason: str
    headers: list
    body: bytes
    interim: list = field(default_factory=list)  # statuses of the 1xx answers before this one

    def header(self, name, default=None):
        return next((value for key, value in self.headers if key.lower() == name.lower()), default)

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)

    @property
    def media_type(self):
        return (self.header("Content-Type") or "").split(";")[0].strip().lower()


class Connection:
    """One connection, with TLS to a harness.tls.TlsPort. Every wait is bounded by `timeout` seconds.

    `source`: the address to come from, such as "127.0.0.2", which the server takes for another client's."""

    def __init__(self, port, timeout=30.0, host="127.0.0.1", source=None):
        self.socket = socket.create_connection((host, int(port)), timeout, source_address=source and (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context := getattr(port, "context", None):
            try:
                self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
            except OSError:
                self.socket.close()
                raise
        self.port = port
        self.buffer = b""
        self.asked = deque()  # [request line, whether it names `fields`] of requests without an answer yet

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection with RST, as a crashed client's kernel does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def half_close(self):
        """Nothing more will be sent. A peer that has ended the connection already has not to be told so."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise

    def send(self, data):
        if line := REQUEST_LINE.match(data):
            self.asked.append([line[0], False])
        if self.asked and b"fields" in memoryview(data)[:65536].tobytes():
            self.asked[-1][1] = True
        self.socket.sendall(data)

    def send_if_taken(self, data):
        """False when the peer stopped taking bytes; what it answered can still be read."""
        try:
            self.send(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def ends(self):
        """True when the peer closes without sending more; raises TimeoutError when it stays open and silent."""
        if self.buffer:
            return False
        try:
            self.buffer = self.socket.recv(65536)
        except ConnectionResetError:
            return True
        return self.buffer == b""

    def _more(self):
        try:
            data = self.socket.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        if not data:
            raise ConnectionEnded(self.buffer)
        self.buffer += data

    def _take(self, count):
        if len(self.buffer) < count:
            parts, have = [self.buffer], len(self.buffer)
            self.buffer = b""
            while have < count:
                try:
                    data = self.socket.recv(min(1 << 20, count - have))
                except ConnectionResetError:
                    data = b""
                if not data:
                    raise ConnectionEnded(b"".join(parts))
                parts.append(data)
                have += len(data)
            self.buffer = b"".join(parts)
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def read_head(self):
        """One status line with its headers, a 1xx answer included."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        version, status, reason = (lines[0] + " ").split(" ", 2)
        assert version in ("HTTP/1.1", "HTTP/1.0"), f"not a status line: {lines[0]!r}"
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            assert colon and name and name == name.strip(), f"malformed header line {line!r}"
            assert "\r" not in value and "\n" not in value, f"bare line end in header {line!r}"
            headers.append((name, value.strip()))
        return Response(int(status), reason.strip(), headers, b"")

    def read_response(self, method="POST"):
        """The next final answer. One in JSON by v2 must be as the server describes it (see contract.py)."""
        response = self._read_response(method)
        if self.asked:
            contract.check(self.port, *self.asked.popleft(), response)
        return response

    def _read_response(self, method):
        interim = []
        response = self.read_head()
        while 100 <= response.status < 200:
            interim.append(response.status)
            response = self.read_head()
        response.interim = interim
        if method == "HEAD" or response.status in (204, 304):
            return response
        if (response.header("Transfer-Encoding") or "").lower() == "chunked":
            parts = []
            while size := int(self._line().split(b";")[0], 16):
                parts.append(self._take(size))
                assert self._line() == b""
            while self._line():
                pass
            response.body = b"".join(parts)
        elif (length := response.header("Content-Length")) is not None:
            assert len(response.all("Content-Length")) == 1
            response.body = self._take(int(length))
        else:
            try:
                while True:
                    self._more()
            except ConnectionEnded as ended:
                response.body, self.buffer = ended.received, b""
        return response


def head_bytes(method, target, headers, host="127.0.0.1"):
    """A request head. `headers`: pairs, text or bytes; a Host is added unless there is one."""
    def raw(text):
        return text if isinstance(text, bytes) else text.encode("utf-8")

    lines = [raw(method) + b" " + raw(target) + b" HTTP/1.1"]
    if not any(raw(name).lower() == b"host" for name, _ in headers):
        lines.append(b"Host: " + raw(host))
    lines += [raw(name) + b": " + raw(value) for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def chunked(pieces):
    """The chunked transfer coding of `pieces`."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece) + b"0\r\n\r\n"


def request(port, method, target, headers=(), body=b"", timeout=60.0, origin=ORIGIN):
    """One request on its own connection. `body`: bytes, or a list of bytes-like blocks sent one after the other."""
    blocks = body if isinstance(body, (list, tuple)) else [body]
    length = sum(len(block) for block in blocks)
    headers = list(headers)
    if origin is not None:
        headers.append(("Origin", origin))
    if length or method in ("POST", "PUT", "PATCH"):
        headers.append(("Content-Length", str(length)))
    headers.append(("Connection", "close"))
    with Connection(port, timeout) as connection:
        if connection.send_if_taken(head_bytes(method, target, headers)):
            for block in blocks:
                if not connection.send_if_taken(block):
                    break  # refused early: the answer is there to be read
        return connection.read_response(method)


def get(port, target, headers=(), **options):
    return request(port, "GET", target, headers, **options)
