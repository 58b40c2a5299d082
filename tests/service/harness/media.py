"""Real media files for the tests, small, and padded validly to any size."""

import json
import random
import struct
import subprocess
import sys
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MAKER = ROOT / "tests" / "fixtures" / "make_media.py"
FIXTURES = ROOT / "build" / "fixtures"  # shared with the other tiers; the maker keeps what is there


def _free_box(size):
    """Head of an ISO `free` box of `size` bytes, head included: ignored by every player."""
    if size > 0xFFFFFFFF:
        return struct.pack(">I4sQ", 1, b"free", size)
    return struct.pack(">I4s", size, b"free")


class Media:
    """`jpeg`, `mp4`: about 2 KB each, so that tests can pad them to any size. `index`: all that the fixture maker
    makes, {name: {path, type, size, sha256, accepted}}."""

    HTML = b"<!DOCTYPE html><html><head><title>x</title></head><body><script>alert(1)</script></body></html>\n"
    SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>\n'
    PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
    TEXT = b"Just some words, and some more of them.\n" * 50
    ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00" + bytes(200)

    def __init__(self, directory):
        picture = "testsrc=size=32x32:rate=2:duration=1"
        source = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", picture, "-fflags", "+bitexact"]
        jpeg, mp4 = Path(directory) / "small.jpg", Path(directory) / "small.mp4"
        subprocess.run([*source, "-frames:v", "1", jpeg], check=True, timeout=60)
        subprocess.run([*source, "-c:v", "mpeg4", mp4], check=True, timeout=60)
        self.jpeg, self.mp4 = jpeg.read_bytes(), mp4.read_bytes()

    @cached_property
    def index(self):
        subprocess.run([sys.executable, MAKER, FIXTURES, "--quiet"], check=True, timeout=300)
        return json.loads((FIXTURES / "index.json").read_text())

    def read(self, name):
        return (FIXTURES / self.index[name]["path"]).read_bytes()

    def mp4_of(self, size, seed=1):
        """A playable MP4 of exactly `size` bytes with random filler."""
        rest = size - len(self.mp4)
        assert rest >= 8, f"an MP4 of {size} bytes is too small; the base has {len(self.mp4)}"
        return self.mp4 + _free_box(rest) + random.Random(seed).randbytes(rest - 8)

    def jpeg_of(self, size, seed=1):
        """A JPEG of exactly `size` bytes; what follows its end marker is noise."""
        assert size >= len(self.jpeg)
        return self.jpeg + random.Random(seed).randbytes(size - len(self.jpeg))


class PatternFile:
    """An MP4 of any size that needs no memory: a real head, then a pattern whose prime period betrays a shift."""

    PERIOD = 1_048_573

    def __init__(self, base, size, seed=7):
        self.head = base + struct.pack(">I4sQ", 1, b"free", size - len(base))
        self.size = size
        # Twice the period, so that any window of one period is one slice.
        self.pattern = memoryview(random.Random(seed).randbytes(self.PERIOD) * 2)

    def __len__(self):
        return self.size

    def blocks(self, start, end):
        """The bytes [start, end) as a list of views."""
        found = []
        while start < end:
            if start < len(self.head):
                found.append(memoryview(self.head)[start:min(end, len(self.head))])
            else:
                at = start % self.PERIOD
                found.append(self.pattern[at:at + min(end - start, self.PERIOD)])
            start += len(found[-1])
        return found
