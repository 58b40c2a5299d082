"""The named workloads: what is sent to whom, what one unit of it is, and which ratios are of interest."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from servers import Nginx, RawSink, Stile

MIB = 1 << 20
GIB = 1 << 30
REDEEM = "/api/photo/redeem-upload-token"


@dataclass
class Size:
    """How much is done in one run."""

    total_bytes: int   # of a chunked file, or of all files of a PUT workload together
    chunk_bytes: int
    forms: int         # small photos
    tests: int         # chunk-test GETs


@dataclass
class Load:
    """One run of the load generator. `arguments` are its own; `uploads` how many photos it needs permission for."""

    arguments: list
    uploads: int = 1
    stores: int = 0               # bytes that must be there afterwards
    before: list = field(default_factory=list)  # a run that prepares, not measured


@dataclass
class Ratio:
    label: str
    above: str       # contestant
    below: str       # contestant
    figure: str      # "cpu": CPU per unit; "rate": units per second
    goal: float
    smaller_is_better: bool = True


@dataclass
class Workload:
    title: str
    unit: str                # "GiB" or "1000 requests"
    contestants: list        # (server class, function of Size giving its Load)
    ratios: list


def chunks(kind):
    def load(size):
        return Load(["--kind", kind, "--total-bytes", size.total_bytes, "--chunk-bytes", size.chunk_bytes, "--connections", 3],
                    stores=size.total_bytes)  # 3: what Resumable.js sends at once

    return load


def put_chunks(size):
    return Load(["--kind", "put", "--target", "/put/", "--requests", size.total_bytes // size.chunk_bytes,
                 "--chunk-bytes", size.chunk_bytes, "--connections", 3], stores=size.total_bytes)


def small_files(kind):
    def load(size):
        photo = 64 * 1024
        return Load(["--kind", kind, "--target", "/put/", "--requests", size.forms, "--chunk-bytes", photo, "--connections", 16],
                    uploads=size.forms, stores=size.forms * photo)

    return load


def chunk_tests(identifier):
    """GETs that ask for a chunk that is not there, of an upload that has begun ("bench") or that nobody has heard of."""

    def load(size):
        total = 64 * MIB
        query = urlencode({"resumableChunkNumber": 2, "resumableChunkSize": MIB, "resumableTotalSize": total,
                           "resumableIdentifier": identifier, "resumableFilename": "film.mp4"})
        return Load(["--kind", "get", "--target", f"{REDEEM}?{query}&upload_token={{token}}", "--requests", size.tests,
                     "--connections", 16],
                    before=["--kind", "octet", "--total-bytes", total, "--chunk-bytes", MIB, "--requests", 1])

    return load


def nothing(size):
    return Load(["--kind", "get", "--target", "/nothing", "--requests", size.tests, "--connections", 16])


WORKLOADS = {
    "octet": Workload(
        "One file in chunks with bare bodies (Resumable.js, octet), beside the raw recv and pwrite loop", "GiB",
        [(RawSink, chunks("octet")), (Stile, chunks("octet"))],
        [Ratio("CPU, stile / raw", "stile", "raw", "cpu", 1.3)]),
    "multipart": Workload(
        "The same with multipart chunks, fields first, and CRC-32; the raw loop still gets bare bodies", "GiB",
        [(RawSink, chunks("octet")), (Stile, chunks("multipart"))],
        [Ratio("CPU, stile / raw", "stile", "raw", "cpu", 1.25)]),
    "nginx-put": Workload(
        "Multipart chunks beside WebDAV PUTs of the same bytes to one nginx worker", "GiB",
        [(Nginx, put_chunks), (Stile, chunks("multipart"))],
        [Ratio("CPU, stile / nginx", "stile", "nginx", "cpu", 1.0)]),
    "form64k": Workload(
        "Plain forms with a 64 KiB photo each, 16 connections, beside WebDAV PUTs of 64 KiB", "1000 requests",
        [(Nginx, small_files("put")), (Stile, small_files("form"))],
        [Ratio("rate, stile / nginx", "stile", "nginx", "rate", 0.5, smaller_is_better=False),
         Ratio("CPU, stile / nginx", "stile", "nginx", "cpu", 2.0)]),
    "chunk-test": Workload(
        "GETs that ask for a missing chunk of an upload under way, 16 connections, beside nginx `return 204`", "1000 requests",
        [(Nginx, nothing), (Stile, chunk_tests("bench"))],
        [Ratio("rate, stile / nginx", "stile", "nginx", "rate", 0.5, smaller_is_better=False),
         Ratio("CPU, stile / nginx", "stile", "nginx", "cpu", 2.0)]),
    "chunk-test-new": Workload(
        "The same for an upload that has not begun: the token has to be looked up", "1000 requests",
        [(Nginx, nothing), (Stile, chunk_tests("unheard-of"))],
        [Ratio("rate, stile / nginx", "stile", "nginx", "rate", 0.5, smaller_is_better=False),
         Ratio("CPU, stile / nginx", "stile", "nginx", "cpu", 2.0)]),
}
