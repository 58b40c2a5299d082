"""Stile, with durability none unless a workload says otherwise; with TLS when it shall be measured."""

import json
import re
import subprocess
import urllib.request

from servers.base import BLOCK_BYTES, START_TIMEOUT, STILE, Server, bytes_in

SYNCS = {"data": r'stile_sync_duration_seconds_count\{what="data"\} (\d+)',
         "directory": r'stile_sync_duration_seconds_count\{what="directory"\} (\d+)',
         "commit": r"stile_catalog_commit_duration_seconds_count (\d+)"}


class Stile(Server):
    name = "stile"
    durability = "none"
    common_settings = []  # NAME=VALUE, to try what another setting brings

    @classmethod
    def version(cls):
        return subprocess.run([STILE, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]

    def start(self):
        self.data = self.directory / "data"
        settings = ["server.max_connections_per_address=0",  # all of the load comes from one address
                    *self.settings, *self.common_settings]
        if not any(setting.startswith("upload.block_bytes=") for setting in settings):
            settings.append(f"upload.block_bytes={BLOCK_BYTES}")
        self.spawn([STILE, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--durability", self.durability,
                    *(f"--set={setting}" for setting in settings), *self.more_arguments()], stdout=subprocess.PIPE)
        self.plain_port = self.port = self.read_listening_line()

    def more_arguments(self):
        return []

    def make_token(self, uploads):
        made = subprocess.run([STILE, "token", "create", "--data", self.data, "--max-uploads", str(uploads), "--json"],
                              check=True, capture_output=True, timeout=START_TIMEOUT)
        return json.loads(made.stdout)["upload_token"]

    def token_arguments(self, uploads):
        most_per_token = 1000
        arguments = []
        for _ in range((uploads + most_per_token - 1) // most_per_token):
            arguments += ["--token", self.make_token(most_per_token)]
        return arguments

    def stored_bytes(self):
        return bytes_in(self.data / "archive", "original")

    def staged_bytes(self):
        return bytes_in(self.data / "staging")

    def get(self, target):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.plain_port}{target}", timeout=START_TIMEOUT) as answer:
            return answer.read()

    def status(self, target):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.plain_port}{target}", timeout=START_TIMEOUT) as answer:
            return answer.status

    def metrics(self):
        return self.get("/metrics").decode()

    def syncs(self):
        """Commits count where they are synced: with durability chunk each is, with none no one."""
        text = self.metrics()
        found = {what: re.search(pattern, text) for what, pattern in SYNCS.items()}
        counts = {what: int(match[1]) if match else 0 for what, match in found.items()}
        if self.durability != "chunk":
            del counts["commit"]
        return counts


class DurableStile(Stile):
    """With its own default: a chunk is on disk before it is acknowledged."""

    durability = "chunk"


class StileTls(Stile):
    """`port` is that of https."""

    name = "stile-tls"

    def more_arguments(self):
        pem, key = self.directory / "certificate.pem", self.directory / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-keyout", key, "-out", pem], check=True, capture_output=True, timeout=START_TIMEOUT)
        return ["--tls-listen", "127.0.0.1:0", "--tls-certificate", pem, "--tls-key", key]

    def start(self):
        super().start()
        self.port = self.read_listening_line("https")
