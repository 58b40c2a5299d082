"""Nginx: the real proxy in front of a server, set up as docs/operations.md says, on a socket of its own."""

import re
import shutil
import socket
import subprocess
from pathlib import Path

from harness.wait import wait_until

PROGRAM = shutil.which("nginx") or "/usr/sbin/nginx"
OPERATIONS = Path(__file__).resolve().parents[3] / "docs" / "operations.md"


def documented_location():
    """The block that operators copy, but for where it leads."""
    block = re.search(r"^```nginx\n(.*?)^```", OPERATIONS.read_text(), re.DOTALL | re.MULTILINE)[1]
    found, count = re.subn(r"proxy_pass http://127\.0\.0\.1:8023;", "proxy_pass http://stile;", block)
    assert count == 1, "the documented block has another proxy_pass"
    # A client that hides something sends no end; the tests do not wait 75 s for it.
    found, count = re.subn(r"client_body_timeout 75s;", "client_body_timeout 200ms;", found)
    assert count == 1
    return found


class Nginx:
    """Keeps its connections to the server open between requests of different clients: only then can what one client
    smuggled meet the request of another. Listens on a Unix socket, so no port can be taken."""

    def __init__(self, directory, server):
        self.directory = Path(directory)
        self.socket_path = str(self.directory / "front.sock")
        configuration = self.directory / "nginx.conf"
        configuration.write_text(f"""
            daemon off; worker_processes 1; pid {self.directory}/nginx.pid; error_log {self.directory}/error.log info;
            events {{ worker_connections 256; }}
            http {{
                log_format boundaries "$request_method $request_uri $upstream_status";
                access_log {self.directory}/access.log boundaries;
                client_body_temp_path {self.directory}/body; proxy_temp_path {self.directory}/proxy;
                fastcgi_temp_path {self.directory}/f; uwsgi_temp_path {self.directory}/u; scgi_temp_path {self.directory}/s;
                client_header_timeout 10s; keepalive_timeout 50ms;
                upstream stile {{ server 127.0.0.1:{server.port}; keepalive 1; }}
                server {{ listen unix:{self.socket_path}; {documented_location()} }}
            }}""")
        command = [PROGRAM, "-p", self.directory, "-c", configuration, "-e", self.directory / "error.log"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        wait_until(lambda: self.process.poll() is not None or self._listens(), what="nginx")
        assert self.process.poll() is None, (self.directory / "error.log").read_text()

    def _listens(self):
        try:
            self.connect().close()
        except OSError:  # no socket yet, or one that is bound and no more
            return False
        return True

    def connect(self, timeout=10.0):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        connection.connect(self.socket_path)
        return connection

    def passed_on(self):
        """What was given to the server, as (method, path, the server's status), in order of the ends."""
        lines = (line.split(" ") for line in (self.directory / "access.log").read_text().splitlines())
        return [(words[0], words[1].split("?")[0], words[-1]) for words in lines if words[-1] != "-"]

    def close(self):
        self.process.terminate()
        self.process.wait(30)
