"""Front: the site as a client knows it. A client has a name for it; the bytes go to loopback, through TLS or bare."""

import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness import wire
from harness.server import DOMAIN


class ClientError(Exception):
    """The client itself gives up on an answer, with its own words."""


class Refused(Exception):
    """The answer says that the call failed, in the way that this client looks for."""

    def __init__(self, text, status=200, code=None):
        super().__init__(f"{status} {code}: {text}")
        self.text, self.status, self.code = text, status, code


@dataclass
class Sent:
    method: str
    target: str
    headers: list
    body: bytes
    response: wire.Response

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Front:
    """`name`: the host that the client was configured with, without a port. A harness.tls.TlsPort makes it https."""

    def __init__(self, port, name=DOMAIN):
        self.port, self.name = port, name
        self.sent = []  # everything, in the order of the answers
        self._lock = threading.Lock()

    @property
    def scheme(self):
        return "https" if hasattr(self.port, "context") else "http"

    @property
    def authority(self):
        """The name with its port, for clients that can be configured with one."""
        return f"{self.name}:{self.port}"

    @property
    def url(self):
        return f"{self.scheme}://{self.authority}"

    def connect(self):
        return wire.Connection(self.port)

    def send(self, method, target, headers, body=b"", connection=None):
        """One exchange with exactly these headers. After `Expect: 100-continue` the body waits for the server's word."""
        headers = [(name, value) for name, value in headers if value is not None]
        head = wire.head_bytes(method, target, headers)
        waits = any(name.lower() == "expect" for name, _ in headers)
        own = self.connect() if connection is None else connection
        try:
            if waits:
                own.send(head)
                response = own.read_head()
                if response.status == 100:
                    own.send(body)
                    response = own.read_response(method)
                    response.interim.insert(0, 100)
                else:
                    raise AssertionError(f"{response.status} before the body; the clients here expect 100")
            else:
                if own.send_if_taken(head):
                    own.send_if_taken(body)
                response = own.read_response(method)
        finally:
            if connection is None:
                own.close()
        self.remember(method, target, headers, body, response)
        return response

    def remember(self, method, target, headers, body, response):
        with self._lock:
            self.sent.append(Sent(method, target, headers, body, response))

    def elsewhere(self, url):
        """(front, target) of a redirect's Location, which may lead to another server on loopback."""
        parts = urlsplit(url)
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        if parts.hostname == self.name:
            return self, target
        assert parts.scheme == "http" and parts.port, f"tests only go to loopback, not to {url}"
        return Front(parts.port, parts.hostname), target


class KeptConnection:
    """One connection for call after call, as fetch, got and .NET keep it. Opened anew when the server has closed it."""

    def __init__(self, front):
        self._front = front
        self._connection = None
        self.opened = 0

    def send(self, method, target, headers, body=b""):
        for attempt in (1, 2):
            if self._connection is None:
                self._connection = self._front.connect()
                self.opened += 1
            try:
                response = self._front.send(method, target, headers, body, self._connection)
                break
            except (OSError, wire.ConnectionEnded) as trouble:
                self.close()
                # Only an idle connection that the server has closed meanwhile is a reason to try again.
                if attempt == 2 or getattr(trouble, "received", b""):
                    raise
        if (response.header("Connection") or "").lower() == "close":
            self.close()
        return response

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None
