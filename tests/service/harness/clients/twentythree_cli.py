"""twentythree-cli: v2 with bearer tokens, a site after another from user/tokens. Source: spec/api.md 5.3, 2.5."""

import json
import time
from datetime import datetime, timezone
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from harness.clients.front import ClientError, KeptConnection, Refused
from harness.clients.twentythree_chunks import FETCH, Sending

CHUNK_SIZE = 5 << 20


class TwentyThreeCli:
    """`sleep`: what passes the time between retries; tests give one that does not."""

    def __init__(self, front, bearer=None, base="/api/2/", sleep=time.sleep):
        self.front, self.bearer, self.base, self.sleep = front, bearer, base, sleep
        self.kept = KeptConnection(front)

    def close(self):
        self.kept.close()

    # auth credentials, doctor

    def auth_credentials(self, login_token):
        """Takes the first site of the login: from now on its own token and base are used. Returns the entry."""
        reply = self._typed("GET", "user/tokens", {"cross_sites_p": "1"}, bearer=login_token, base="/api/2/")
        entries = next((reply[key] for key in ("tokens", "sites", "data", "workspaces") if isinstance(reply.get(key), list)),
                       None)
        if not entries:
            raise ClientError("no workspaces")
        entry = entries[0]
        for name in ("domain", "display_name", "bearer_token", "expiration_time", "api_base_url"):
            if not isinstance(entry.get(name), str) or not entry[name]:
                raise ClientError(f"the workspace has no {name}")
        expires = datetime.fromisoformat(entry["expiration_time"].replace("Z", "+00:00"))
        if expires <= datetime.now(timezone.utc):
            raise ClientError("the token of the workspace is expired")
        self.bearer, self.base = entry["bearer_token"], urlsplit(entry["api_base_url"] + "api/2/").path
        return entry

    def doctor(self):
        """Any answer to HEAD will do; then the level that the credentials have here."""
        self.front.send("HEAD", "/", [("host", self.front.authority), ("connection", "close"), *FETCH])
        return self._typed("GET", "photo/list", {"size": "1"})["permission_level"]

    # Typed calls

    def get(self, method, **params):
        return self._typed("GET", method, params)

    def post(self, method, **params):
        return self._typed("POST", method, params)

    def _typed(self, verb, method, params, bearer=None, base=None):
        """Errors are known by their status alone; a 200 is a success whatever its body says."""
        target = (base or self.base) + method
        headers = [("host", self.front.authority), ("connection", "keep-alive"),
                   ("Authorization", "Bearer " + (bearer or self.bearer))]
        if verb == "GET":
            query = urlencode(params, quote_via=quote, safe="!'()*")
            response = self.kept.send("GET", target + ("?" + query if query else ""), headers + FETCH)
        else:
            body = urlencode(params, quote_via=quote_plus, safe="*").replace("~", "%7E").encode()
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            response = self.kept.send("POST", target, [*headers, *FETCH, ("content-length", str(len(body)))], body)
        try:
            parsed = json.loads(response.text)
        except ValueError:
            raise ClientError(f"not JSON: {response.body[:80]!r}") from None
        if not 200 <= response.status < 300:
            raise Refused(parsed.get("message", ""), response.status, parsed.get("code"))
        return parsed

    # video …

    def video_upload(self, file, title=None, description=None, tags=None, category_id=None, chunk_size=CHUNK_SIZE):
        """The photo_id, read out of the answer that came last."""
        asked = {"title": title, "description": description, "tags": tags, "album_id": category_id}
        token = self.get("photo/get-upload-token", **{name: value for name, value in asked.items() if value is not None})
        sending = Sending(self.front, self.sleep, self.base + "photo/redeem-upload-token", "upload_token",
                           token["data"]["upload_token"], file, chunk_size)
        return sending.run()

    def video_replace(self, photo_id, file, chunk_size=CHUNK_SIZE):
        token = self.get("photo/get-replace-token", photo_id=photo_id)["data"]["replace_token"]
        return Sending(self.front, self.sleep, self.base + "photo/replace", "replace_token", token, file, chunk_size).run()

    def video_list(self, include_unpublished=False):
        """All pages of a hundred; the rows it prints."""
        rows, page = [], 1
        while True:
            more = {"include_unpublished_p": "1"} if include_unpublished else {}
            reply = self.get("photo/list", p=page, size=100, **more)
            rows += [{name: item[name] for name in ("photo_id", "title", "video_length_fmt", "video_encoded_p", "published_p",
                                                    "publish_date_ansi")} for item in reply["data"]]
            if not reply["data"] or len(rows) >= reply["total_count"]:
                return rows
            page += 1

    def video_get(self, photo_id):
        found = self.get("photo/list", photo_id=photo_id, include_unpublished_p=1)["data"]
        if not found:
            raise ClientError("no such video")
        for name in ("photo_id", "title", "tags", "content_text", "album_title", "creation_date_ansi"):
            found[0][name]
        return found[0]

    def video_update(self, photo_id, **changes):
        """title, description, tags, album_id, published_p, promoted_p (1 or 0), publish_date, video_360_p"""
        return self.post("photo/update", photo_id=photo_id, **changes)

    def video_delete(self, photo_id):
        return self.post("photo/delete", photo_id=photo_id)

    def transcoding_progress(self, photo_id):
        """Values that are not strings are passed over."""
        progress = self.get("photo/get-transcoding-progress", photo_id=photo_id)["data"]
        return {name: float(value) for name, value in progress.items() if isinstance(value, str)}

    def wait_for_transcoding(self, photo_id, rounds=20):
        """Polls until everything is there; returns how often it had to ask."""
        for asked in range(1, rounds + 1):
            if self.transcoding_progress(photo_id)["all"] >= 1:
                return asked
            self.sleep(5)
        raise ClientError("still transcoding")

    def category_create(self, title, description=None):
        more = {} if description is None else {"description": description}
        return self.post("album/create", title=title, **more)["data"]["album_id"]

    def webhook_subscribe(self, url, event):
        return self.post("webhook/subscribe", target_url=url, event=event)["data"]["webhook_id"]
