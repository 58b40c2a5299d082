"""ChaosProxy: a TCP proxy with the faults of a bad network, in either direction."""

import socket
import struct
import threading
from dataclasses import dataclass


@dataclass
class Faults:
    """What happens to one direction of a connection. `None` or 0: nothing."""

    cut_after: int | None = None    # both sides get a reset once so many bytes have passed (0: at the first byte)
    close_after: int | None = None  # both sides see an orderly end
    stall_after: int | None = None  # no byte passes any more, the connection stays open
    piece: int = 0                  # forwarded in pieces of so many bytes
    bytes_per_second: int = 0
    delay: float = 0                # seconds that everything comes late


class ChaosProxy:
    """Forwards 127.0.0.1:port to `target`. Faults are those set when a connection is accepted."""

    def __init__(self, target, to_server=None, to_client=None):
        self.target = target
        self.to_server = to_server or Faults()
        self.to_client = to_client or Faults()
        self.connections = 0
        self.cuts = 0
        self.passed = {"server": 0, "client": 0}
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._sockets = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def heal(self):
        """New connections pass untouched."""
        self.to_server, self.to_client = Faults(), Faults()

    def wait_for(self, condition, timeout=15.0):
        """Waits until `condition(proxy)` holds; it is looked at whenever bytes passed or a connection was cut."""
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self), timeout):
                raise AssertionError(f"the proxy waited {timeout} s in vain; passed {self.passed}, {self.cuts} cuts")

    def close(self):
        self._closing.set()
        self._listener.close()
        for end in self._sockets:
            _reset(end)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), 10)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets.append(end)
            with self._changed:
                self.connections += 1
                self._changed.notify_all()
            threading.Thread(target=self._pump, args=(client, server, self.to_server, "server"), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, self.to_client, "client"), daemon=True).start()

    def _pump(self, source, sink, faults, name):
        passed = 0
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    _end_writing(sink)
                    return
                while data:
                    step = faults.piece or len(data)
                    for limit in (faults.cut_after, faults.close_after, faults.stall_after):
                        if limit is not None:
                            step = min(step, limit - passed)
                    if step <= 0:
                        if faults.stall_after is not None and passed >= faults.stall_after:
                            self._closing.wait()
                            return
                        self._cut(source, sink, _close if faults.close_after is not None else _reset)
                        return
                    if faults.delay:
                        self._closing.wait(faults.delay)
                    sink.sendall(data[:step])
                    data = data[step:]
                    passed += step
                    with self._changed:
                        self.passed[name] += step
                        self._changed.notify_all()
                    if faults.bytes_per_second:
                        self._closing.wait(step / faults.bytes_per_second)
        except OSError:
            self._cut(source, sink, counted=False)

    def _cut(self, source, sink, end=None, counted=True):
        for one in (source, sink):
            (end or _reset)(one)
        with self._changed:
            self.cuts += counted
            self._changed.notify_all()


def _end_writing(end, how=socket.SHUT_WR):
    try:
        end.shutdown(how)
    except OSError:
        pass  # it is gone already


def _close(end):
    """FIN, and the other pump thread blocked in recv wakes up."""
    _end_writing(end, socket.SHUT_RDWR)


def _reset(end):
    """RST, and the other pump thread blocked in recv wakes up."""
    try:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RD)
    except OSError:
        pass
    end.close()
