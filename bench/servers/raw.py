"""The floor: recv and pwrite, nothing else."""

import subprocess

from servers.base import BLOCK_BYTES, TOOLS, Server


class RawSink(Server):
    name = "raw"

    def start(self):
        self.spawn([TOOLS / "raw_sink", self.directory / "file", self.total_bytes, BLOCK_BYTES], stdout=subprocess.PIPE)
        self.port = self.read_listening_line()

    def syncs(self):
        return {}
