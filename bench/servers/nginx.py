"""nginx from Debian: one worker with WebDAV PUT, its body buffer as large as Stile's blocks."""

import os
import shutil
import socket
import subprocess

from servers.base import BLOCK_BYTES, Server, bytes_in

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


class Nginx(Server):
    name = "nginx"

    @classmethod
    def why_not(cls, rivals):
        return None if NGINX else "nginx is not installed (Debian package nginx-light)"

    @classmethod
    def version(cls):
        said = subprocess.run([NGINX, "-v"], check=True, capture_output=True, text=True).stderr
        return said.strip().rpartition("/")[2]

    def start(self):
        (self.directory / "put").mkdir()
        user = "user root;" if os.geteuid() == 0 else ""
        # nginx knows no port 0, but takes over a socket that is open already, as it does when it is upgraded.
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
            self.port = listener.getsockname()[1]
            (self.directory / "nginx.conf").write_text(f"""
                daemon off; worker_processes 1; worker_rlimit_nofile 40000; {user} pid nginx.pid;
                events {{ worker_connections 12000; }}
                http {{
                  access_log off; client_max_body_size 0; client_body_buffer_size {BLOCK_BYTES};
                  client_body_temp_path body; proxy_temp_path unused; fastcgi_temp_path unused;
                  uwsgi_temp_path unused; scgi_temp_path unused; keepalive_requests 1000000000;
                  client_body_timeout 600; sendfile on; tcp_nopush on;
                  server {{
                    listen 127.0.0.1:{self.port};
                    location /put/ {{ root {self.directory}; dav_methods PUT; }}
                    location = /nothing {{ return 204; }}
                  }}
                }}""")
            self.spawn([NGINX, "-p", self.directory, "-c", "nginx.conf", "-e", "stderr"], pass_fds=[listener.fileno()],
                       env={**os.environ, "NGINX": f"{listener.fileno()};"})
        # The socket accepts at once; the worker is what has to be waited for.
        self.wait_until(lambda: len(self.tree()) >= 2, "its worker did not start")

    def stored_bytes(self):
        return bytes_in(self.directory / "put")

    def syncs(self):
        return {}  # it has no directive that would make it
