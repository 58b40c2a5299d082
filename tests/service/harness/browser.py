"""A browser of few words: keeps cookies, reads hidden fields, follows nothing by itself."""

import html
import re
from urllib.parse import urlencode

from harness import wire


class Browser:
    def __init__(self, port):
        self.port = port
        self.cookies = {}
        self.page = None

    def get(self, path):
        return self._keep(wire.get(self.port, path, self._headers()))

    def post(self, path, form):
        headers = [*self._headers(), ("Content-Type", "application/x-www-form-urlencoded")]
        return self._keep(wire.request(self.port, "POST", path, headers, urlencode(form).encode()))

    def hidden(self, name):
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page.text)
        return html.unescape(found[1]) if found else ""

    def log_in(self, login, password, oauth_token=""):
        self.get(f"/oauth/authorize?oauth_token={oauth_token}" if oauth_token else "/login")
        return self.post("/login", {"key": self.hidden("key"), "oauth_token": oauth_token, "login": login,
                                    "password": password})

    def decide(self, oauth_token, decision):
        self.get(f"/oauth/authorize?oauth_token={oauth_token}")
        return self.post("/oauth/authorize", {"key": self.hidden("key"), "oauth_token": oauth_token, "decision": decision})

    def _headers(self):
        return [("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))] if self.cookies else []

    def _keep(self, response):
        self.page = response
        for name, value in response.headers:
            if name.lower() != "set-cookie":
                continue
            pair, _, attributes = value.partition(";")
            key, _, content = pair.partition("=")
            if "Max-Age=0" in attributes:
                self.cookies.pop(key, None)
            else:
                self.cookies[key] = content
        return response
