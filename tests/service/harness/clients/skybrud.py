"""Skybrud's client: signed GETs of lists. Source: spec/api.md 5.6, 1.3, 1.6."""

import json
from datetime import datetime, timezone
from urllib.parse import urlencode

from harness import oauth
from harness.clients.front import ClientError, Refused


class Skybrud:
    def __init__(self, front, keys):
        """The domain may have a port; it is always called by https, and signs that."""
        self.front, self.keys = front, keys

    def _get(self, path, params):
        """`raw` has no value, and counts all the same."""
        pairs = [*((name, str(value)) for name, value in params.items()), ("format", "json"), ("raw", "")]
        signed = oauth.sign(self.keys, "GET", f"https://{self.front.authority}{path}", pairs)
        response = self.front.send("GET", f"{path}?{urlencode(pairs)}", [
            ("Host", self.front.authority), ("Authorization", oauth.header(signed, separator=", ")), ("Accept", "*/*")])
        # Errors come with 200 too, so it looks at nothing but the body.
        reply = json.loads(response.text)
        if not isinstance(reply, dict):
            raise ClientError("not an object")
        if reply["status"] != "ok":
            raise Refused(reply["message"], response.status, (reply["code"], reply["permission_level"], reply["endpoint"]))
        return reply

    def _list(self, path, plural, params):
        reply = self._get(path, params)
        site = {name: reply["site"][name] for name in ("site_id", "domain", "secure_domain", "site_name")}
        if not isinstance(reply[plural], list):
            raise ClientError(f"{plural} is no array")
        return {"site": site, "items": reply[plural], "total": int(reply["total_count"]), "page": int(reply["p"]),
                "size": int(reply["size"]), "endpoint": reply["endpoint"]}

    @staticmethod
    def _when(item, name):
        return datetime.fromtimestamp(int(item[name + "_epoch"]), timezone.utc)

    def photos(self, **params):
        found = self._list("/api/photo/list", "photos", params)
        for item in found["items"]:
            item["published"], item["created"] = self._when(item, "publish_date"), self._when(item, "creation_date")
            if not (isinstance(item["tags"], list) and all(isinstance(tag, str) for tag in item["tags"])):
                raise ClientError("tags is no array of strings")
            for flag in ("video_p", "published_p", "video_encoded_p"):
                if item[flag] not in (0, 1):
                    raise ClientError(f"{flag} is no flag: {item[flag]!r}")
            int(item["photo_id"]), int(item["tree_id"])
        return found

    def albums(self, **params):
        return self._list("/api/album/list", "albums", params)

    def tags(self, **params):
        found = self._list("/api/tag/list", "tags", params)
        for item in found["items"]:
            item["tag"], item["url"], int(item["count"])
        return found

    def players(self, **params):
        return self._list("/api/player/list", "players", params)

    def spots(self, **params):
        return self._list("/api/spot/list", "spots", params)
