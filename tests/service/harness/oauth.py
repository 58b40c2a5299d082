"""OAuth 1.0a signing, written from RFC 5849 with Python's own hmac: nothing of it is shared with the server."""

import base64
import hashlib
import hmac
import itertools
import time
from urllib.parse import quote

_nonces = itertools.count(int(time.time() * 1000))


def escape(text):
    return quote(text, safe="-._~")


def base_string(method, url, pairs, escaping=escape):
    """`pairs`: decoded names and values, without oauth_signature."""
    encoded = sorted((escaping(name), escaping(value)) for name, value in pairs)
    joined = "&".join(f"{name}={value}" for name, value in encoded)
    return "&".join([method.upper(), escaping(url), escaping(joined)])


def signature(base, consumer_secret, token_secret=""):
    key = f"{consumer_secret}&{token_secret}".encode()
    return base64.b64encode(hmac.new(key, base.encode(), hashlib.sha1).digest()).decode()


def protocol(keys, token=True, **changes):
    """The oauth_… parameters but for the signature. `changes` replace one (timestamp=…), or leave it out (None)."""
    values = {"consumer_key": keys["consumer_key"], "nonce": f"{next(_nonces):020x}", "signature_method": "HMAC-SHA1",
              "timestamp": str(int(time.time())), "version": "1.0"}
    if token:
        values["token"] = keys["access_token"]
    values.update(changes)
    return [(f"oauth_{name}", value) for name, value in values.items() if value is not None]


def sign(keys, method, url, params=(), token=True, escaping=escape, **changes):
    """The oauth_… parameters with the signature at the end, for a request with these other parameters."""
    oauth = protocol(keys, token, **changes)
    base = base_string(method, url, [*oauth, *params], escaping)
    secret = keys["access_token_secret"] if token else ""
    return [*oauth, ("oauth_signature", signature(base, keys["consumer_secret"], secret))]


def header(oauth, separator=", ", realm=None):
    parts = [] if realm is None else [f'realm="{realm}"']
    return "OAuth " + separator.join(parts + [f'{name}="{escape(value)}"' for name, value in oauth])
