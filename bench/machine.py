"""What the figures depend on."""

import os
import platform
import re
import shutil
import subprocess
import time
from pathlib import Path


def first_line_of(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=20, check=False)
    return ((done.stdout or done.stderr).strip().splitlines() or [""])[0]


def machine(folder):
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = int(re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE).group(1))
    return {"cores": len(os.sched_getaffinity(0)), "cpu": model.group(1) if model else platform.machine(),
            "memory_gib": round(memory / (1 << 20), 1), "kernel": platform.release(),
            "file_system": first_line_of(["stat", "-f", "-c", "%T", folder]), "load_average": round(os.getloadavg()[0], 1),
            "date": time.strftime("%Y-%m-%d")}


def versions(stile):
    """Of what is measured with or under everything; the contestants say their own."""
    found = {"stile": first_line_of([stile, "--version"]).split()[-1], "openssl": first_line_of(["openssl", "version"]).partition(" (")[0]}
    root = Path(__file__).resolve().parents[1]
    cache = Path(stile).parent / "CMakeCache.txt"
    compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache.read_text(), re.MULTILINE) if cache.exists() else None
    if compiler:
        found["compiler"] = first_line_of([compiler[1], "--version"])
    if shutil.which("node"):
        found["node"] = first_line_of(["node", "--version"])
    commit = first_line_of(["git", "-C", root, "rev-parse", "--short", "HEAD"])
    if re.fullmatch(r"[0-9a-f]+", commit):
        found["commit"] = commit
    return found
