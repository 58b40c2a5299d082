"""multipart/form-data as browsers write it, in any order, and broken on request."""

from dataclasses import dataclass

from harness import wire

V1 = "/api/photo/redeem-upload-token"
V2 = "/api/2/photo/redeem-upload-token"
BOUNDARY = "----StileFormBoundary7MA4YWxkTrZu0gW"


@dataclass
class Part:
    disposition: bytes
    body: bytes
    content_type: str = ""


def quoted(text):
    """A name or file name inside quotes, escaped like browsers do."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").encode("utf-8")


def field(name, value):
    value = value if isinstance(value, bytes) else str(value).encode("utf-8")
    return Part(b'form-data; name="' + quoted(name) + b'"', value)


def file(body, filename="photo.jpg", name="file", content_type="application/octet-stream", disposition=None):
    """A file part. `disposition` replaces everything after `name="…"`, e.g. b"; filename*=UTF-8''x.jpg"."""
    tail = b'; filename="' + quoted(filename) + b'"' if disposition is None else disposition
    return Part(b'form-data; name="' + quoted(name) + b'"' + tail, body, content_type)


def content_type(boundary=BOUNDARY):
    return f"multipart/form-data; boundary={boundary}"


def encode(parts, boundary=BOUNDARY, closed=True):
    """The body. `closed=False` leaves out the closing delimiter."""
    pieces = []
    for part in parts:
        pieces.append(b"--" + boundary.encode() + b"\r\nContent-Disposition: " + part.disposition + b"\r\n")
        if part.content_type:
            pieces.append(b"Content-Type: " + part.content_type.encode() + b"\r\n")
        pieces += [b"\r\n", part.body, b"\r\n"]
    if closed:
        pieces.append(b"--" + boundary.encode() + b"--\r\n")
    return b"".join(pieces)


def head(length, *headers, path=V1):
    """The head of a form of `length` bytes, for tests that send the body in an odd way."""
    headers = [("Content-Type", content_type()), ("Content-Length", str(length)), *headers]
    return wire.head_bytes("POST", path, headers)


def either_way(token, the_file):
    """The two orders that matter: the token before the file, and after it."""
    return [[field("upload_token", token), the_file], [the_file, field("upload_token", token)]]


def post(port, parts, path=V1, headers=(), method="POST", boundary=BOUNDARY, timeout=60.0):
    """Sends a form and returns the answer."""
    headers = [("Content-Type", content_type(boundary)), *headers]
    return wire.request(port, method, path, headers, encode(parts, boundary), timeout)


def upload(port, token, data, filename="photo.jpg", extras=(), path=V1, headers=()):
    """The plain form as a page sends it: token, other fields, file."""
    parts = [field("upload_token", token), *(field(name, value) for name, value in extras), file(data, filename)]
    return post(port, parts, path, headers)
