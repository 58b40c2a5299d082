"""CallbackReceiver: the back end that Stile tells; a real HTTP server that remembers and misbehaves on command."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Received:
    method: str
    target: str
    headers: dict
    body: bytes

    @property
    def path(self):
        return urlsplit(self.target).path

    @property
    def query(self):
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)


class CallbackReceiver:
    """`script`: what to do with the next requests, in order: a status, a URL (302 to it), "hang" (no answer until
    close), "drop" (close at once), or what makes the body of a 200 out of the request. After its end everything is answered with 200."""

    def __init__(self, script=(), absent=False):
        """`absent`: its port refuses connections until arrive(), and is nobody else's meanwhile."""
        self.requests = []
        self.down = set()  # paths that are answered with 500, whatever the script says
        self._script = list(script)
        self._changed = threading.Condition()
        self._released = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                request = Received(self.command, self.path, dict(self.headers), body)
                action = receiver._remember(request)
                self.close_connection = True
                if action == "hang":
                    receiver._released.wait(60)
                    return
                if action == "drop":
                    return
                answer = b"ok"
                if isinstance(action, str):
                    self.send_response(302)
                    self.send_header("Location", action)
                elif callable(action):
                    answer = action(request)
                    self.send_response(200)
                else:
                    self.send_response(action)
                self.send_header("Content-Length", str(len(answer)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_HEAD = do_PUT = _serve

            def log_message(self, *_):
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # the peer was killed in the middle: that is what tests do

        self._server = Quiet(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self._server.server_bind()
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        if not absent:
            self.arrive()

    def arrive(self):
        self._server.server_activate()
        self._thread.start()

    def _remember(self, request):
        with self._changed:
            self.requests.append(request)
            if request.path in self.down:
                action = 500
            else:
                action = self._script.pop(0) if self._script else 200
            self._changed.notify_all()
            return action

    def url(self, target="/callback"):
        return f"http://127.0.0.1:{self.port}{target}"

    def wait_for(self, count, timeout=20.0):
        """The requests, once there are at least `count`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout):
                raise AssertionError(f"{len(self.requests)} of {count} callbacks came within {timeout} s")
            return list(self.requests)

    def close(self):
        self._released.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(5)
        self._server.server_close()
