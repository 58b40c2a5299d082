"""One keep-alive connection that asks and waits, and rounds made of it in the form that summary.py knows."""

import socket
import statistics
import time
from urllib.parse import urlencode

from model import KIB
from servers import Failed
from workloads.requests import REDEEM

# What an MP4 begins with: the first bytes of a file are judged.
MEDIA_HEAD = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41" + (0x7fffffff).to_bytes(4, "big") + b"mdat"


class Line:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, request):
        """Returns the status and the body of the answer."""
        self.socket.sendall(request)
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self._more()
        head = self.buffer[:end].lower()
        status = int(head[9:12])
        at = head.find(b"\r\ncontent-length:")
        length = int(head[at + 17:].split(b"\r\n", 1)[0]) if at >= 0 and status != 204 else 0
        while len(self.buffer) < end + 4 + length:
            self._more()
        body = self.buffer[end + 4:end + 4 + length]
        self.buffer = self.buffer[end + 4 + length:]
        return status, body

    def _more(self):
        came = self.socket.recv(256 * KIB)
        if not came:
            raise Failed("the server closed a connection")
        self.buffer += came


def get(target, bearer=None):
    key = f"Authorization: Bearer {bearer}\r\n" if bearer else ""
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{key}\r\n".encode()


def chunk_query(number, size, total, token, identifier="film"):
    return f"{REDEEM}?" + urlencode({"resumableChunkNumber": number, "resumableChunkSize": size, "resumableTotalSize": total,
                                    "resumableIdentifier": identifier, "resumableFilename": "film.mp4", "upload_token": token})


def chunk_body(number, size):
    return (MEDIA_HEAD if number == 1 else b"").ljust(size, b"x")


def post_chunk(number, size, total, token):
    return (f"POST {chunk_query(number, size, total, token)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n").encode() + chunk_body(number, size)


def ask_all(server, requests, expected):
    """Sends one after the other, each as soon as the one before is answered; returns a round."""
    times = []
    user, system = server.cpu_seconds()
    cpu, begin = time.process_time(), time.perf_counter()
    with Line(server.port) as line:
        for request in requests:
            sent = time.perf_counter()
            status, body = line.ask(request)
            times.append((time.perf_counter() - sent) * 1e6)
            if status != expected:
                raise Failed(f"{server.name}: {status} instead of {expected}: {body[:300]!r}")
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    user_after, system_after = server.cpu_seconds()
    return {"user_s": user_after - user, "system_s": system_after - system, "wall_s": wall, "requests": len(times), "bytes": 0,
            "load_cpu_s": cpu, **quantiles(times), "peak_resident_bytes": server.memory_bytes("VmHWM"), "syncs": None}


def quantiles(times):
    ordered = sorted(times)
    pick = lambda share: ordered[min(int(share * len(ordered)), len(ordered) - 1)]
    return {"p50_us": statistics.median(ordered), "p90_us": pick(0.9), "p99_us": pick(0.99), "max_us": ordered[-1]}
