"""Calls of the API's methods with credentials of each level."""

from urllib.parse import urlencode
from xml.etree import ElementTree

from harness import wire

LEVELS = ("read", "write", "admin", "super")


class Api:
    """api("photo/list", {"size": 1}, level="read"): v2 by default; level None has no credentials."""

    def __init__(self, server):
        self.server = server
        self.keys = {level: server.credentials(level, name=f"{level} key") for level in LEVELS}

    def __call__(self, method, params=(), level="read", *, v1=False, verb="GET"):
        headers = [] if level is None else [("Authorization", "Bearer " + self.keys[level]["bearer_token"])]
        path = ("/api/" if v1 else "/api/2/") + method
        query = urlencode(params)
        if verb == "GET":
            return wire.get(self.server.port, path + ("?" + query if query else ""), headers)
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        return wire.request(self.server.port, verb, path, headers, query.encode())

    def data(self, method, params=(), level="read", **options):
        """`data` of a good v2 answer."""
        response = self(method, params, level, **options)
        assert response.status == 200, response.text
        assert response.media_type == "application/json"
        return response.json()["data"]

    def code(self, method, params=(), level="read", **options):
        """(status, code) of a v2 error."""
        response = self(method, params, level, **options)
        envelope = response.json()
        assert envelope["status"] == "error" and envelope["message"], envelope
        return response.status, envelope["code"]

    def xml(self, method, params=(), level="read"):
        """The root of a good v1 answer."""
        response = self(method, params, level, v1=True)
        assert response.status == 200 and response.header("Content-Type") == "text/xml; charset=utf-8"
        root = ElementTree.fromstring(response.body)
        assert root.tag == "response" and root.get("status") == "ok", response.text
        return root

    def v1_json(self, method, params=(), level="read"):
        response = self(method, [*dict(params).items(), ("format", "json"), ("raw", "1")], level, v1=True)
        assert response.status == 200 and response.header("Content-Type") == "application/x-javascript; charset=utf-8"
        return response.json()
