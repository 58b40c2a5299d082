"""visualplatform.js: JSONP from other origins, POSTs on its own. Source: spec/api.md 5.7, 1.3, 3.15."""

import json
import re
from urllib.parse import quote, urlencode

from harness import oauth
from harness.clients.front import ClientError, Refused


class VisualPlatformJs:
    def __init__(self, front, keys=None, same_origin=False):
        self.front, self.keys, self.same_origin = front, keys, same_origin
        self._calls = 0

    def call(self, method, data=None):
        """The reply object; Refused with its message unless its status is ok."""
        path = "/api/" + method
        reply = self._post(path, data or {}) if self.same_origin else self._script(path, data or {})
        if reply.get("status") != "ok":
            raise Refused(reply.get("message"), code=reply.get("code"))
        return reply

    def concatenate(self, **calls):
        """{name: (method, data)} in one request; every reply is judged as that of a call of its own."""
        data = {name: f"/api/{method}?{urlencode(params, quote_via=quote)}" for name, (method, params) in calls.items()}
        reply = (self._post if self.same_origin else self._script)("/api/concatenate", data)
        return {name: reply[name] for name in calls}

    def _script(self, path, data):
        """A <script> element: its source is run, and only a call of the function that was named gives anything."""
        self._calls += 1
        callback = f"visualplatform_{self._calls}"
        params = [*((name, str(value)) for name, value in data.items()), ("format", "json"), ("callback", callback)]
        if self.keys:
            params += oauth.sign(self.keys, "GET", self.front.url + path, params)
        response = self.front.send("GET", path + "?" + urlencode(params), [
            ("Host", self.front.authority), ("Accept", "*/*"), ("Referer", "https://customer.example.org/")])
        if response.header("X-Content-Type-Options") == "nosniff" and "javascript" not in response.media_type:
            raise ClientError(f"refused to execute a script of type {response.media_type}")
        run = re.fullmatch(re.escape(callback) + r"\((.*)\);\s*", response.text, re.DOTALL)
        if not run:
            raise ClientError(f"no call of {callback}: {response.text[:80]!r}")
        return json.loads(run[1])

    def _post(self, path, data):
        """jQuery with dataType json: whatever the type says, the body has to be JSON."""
        params = [*((name, str(value)) for name, value in data.items()), ("format", "json"), ("raw", "1")]
        body = urlencode(params).encode()
        response = self.front.send("POST", path, [
            ("Host", self.front.authority), ("Accept", "application/json, text/javascript, */*; q=0.01"),
            ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"), ("X-Requested-With", "XMLHttpRequest"),
            ("Origin", self.front.url), ("Content-Length", str(len(body)))], body)
        return json.loads(response.text)
