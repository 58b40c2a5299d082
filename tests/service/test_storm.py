"""The short form of `./dev storm`: kill -9 under mixed load, and then every promise is checked."""

import json
import os
import subprocess
import sys
from pathlib import Path

from harness import server as servers

STORM = Path(__file__).resolve().parents[1] / "storm" / "storm.py"


def test_nothing_acknowledged_is_lost_in_a_short_storm(stile_bin, tmp_path):
    figures = tmp_path / "figures.json"
    done = subprocess.run([sys.executable, STORM, "--kills", "12", "--clients", "6", "--json", figures], text=True, timeout=300,
                          env={**os.environ, "STILE_BIN": str(servers.BINARY)}, capture_output=True, check=False)
    print(done.stdout)  # the seed, when the test fails
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    seen = json.loads(figures.read_text())
    assert seen["kills"] == 13 and seen["files"] > 0 and seen["chunks"] > 0 and seen["wrong"] == []
