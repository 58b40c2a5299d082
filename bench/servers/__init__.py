"""The servers under measurement: each starts in a directory of its own, on a free port of 127.0.0.1, and is ended by its pid."""

from servers.base import BLOCK_BYTES, ROOT, STILE, TOOLS, Failed, Server
from servers.nginx import NGINX, Nginx
from servers.raw import RawSink
from servers.rivals import NodeMultipart, NodeTus, Rustus, Tusd
from servers.stile import Stile, StileTls

__all__ = ["BLOCK_BYTES", "NGINX", "ROOT", "STILE", "TOOLS", "Failed", "Nginx", "NodeMultipart", "NodeTus", "RawSink", "Rustus",
           "Server", "Stile", "StileTls", "Tusd"]
