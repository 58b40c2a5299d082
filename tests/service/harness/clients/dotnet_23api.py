"""23-api-dotnet: XML only; GETs signed in the query, the rest multipart with a signed header. Source: spec/api.md 5.5."""

import secrets
from urllib.parse import urlencode
from xml.etree import ElementTree

from harness import multipart, oauth
from harness.clients.front import ClientError, KeptConnection, Refused


def _texts(params):
    return [(name, str(value)) for name, value in params.items()]


class Dotnet23Api:
    def __init__(self, front, keys, quoted_boundary=False):
        """`quoted_boundary`: newer runtimes put the boundary into quotes."""
        self.front, self.keys, self.quoted_boundary = front, keys, quoted_boundary
        self.kept = KeptConnection(front)

    def close(self):
        self.kept.close()

    # How it calls

    def get(self, method, **params):
        path = "/api/" + method
        pairs = _texts(params)
        signed = oauth.sign(self.keys, "GET", self.front.url + path, pairs)
        return self._read(self.kept.send("GET", path + "?" + urlencode([*pairs, *signed]), self._headers()))

    def post(self, method, file=None, **params):
        """Multipart; `file`: (name, bytes, type), sent first. Neither it nor the fields are signed."""
        path = "/api/" + method
        header = oauth.header(oauth.sign(self.keys, "POST", self.front.url + path), separator=",")
        return self._read(self._send_form(path, file, params, [("Authorization", header)]))

    def post_with_query(self, method, **params):
        """The parameters in the query of a POST, OAuth in its body, all of it signed: only album/delete does that."""
        path = "/api/" + method
        signed = oauth.sign(self.keys, "POST", self.front.url + path, _texts(params))
        body = urlencode(signed).encode()
        headers = [("Content-Type", "application/x-www-form-urlencoded"), *self._headers(body)]
        return self._read(self.kept.send("POST", f"{path}?{urlencode(params)}", headers, body))

    def _headers(self, body=None):
        headers = [("Host", self.front.authority)]
        if body is not None:
            headers += [("Content-Length", str(len(body))), ("Expect", "100-continue")]
        return [*headers, ("Connection", "Keep-Alive")]

    def _send_form(self, path, file, params, headers=()):
        boundary = "---------------------------8d" + secrets.token_hex(7)
        parts = [] if file is None else [multipart.file(file[1], file[0], content_type=file[2])]
        parts += [multipart.field(name, value) for name, value in params.items()]
        body = multipart.encode(parts, boundary)
        shown = f'"{boundary}"' if self.quoted_boundary else boundary
        return self.kept.send("POST", path, [("Content-Type", f"multipart/form-data; boundary={shown}"), *headers,
                                              *self._headers(body)], body)

    @staticmethod
    def _read(response):
        if response.status != 200:
            raise ClientError(f"The remote server returned an error: ({response.status})")
        try:
            root = ElementTree.fromstring(response.body)
        except ElementTree.ParseError as wrong:
            raise ClientError(f"no XML: {wrong}") from None
        if root.tag != "response" or root.get("status") is None:
            raise ClientError("no /response[@status]")
        if root.get("status") != "ok":
            raise Refused(root.get("message"), code=root.get("code"))
        return root

    # What it reads

    @staticmethod
    def _children(root, *names):
        """The texts of /response/*; one that is not there is a null that nobody checks."""
        found = {child.tag: child.text or "" for child in root}
        return {name: found[name] for name in names}

    def site(self):
        return self._children(self.get("site/get"), "site_id", "site_name", "product_key", "allow_signup_p", "site_key",
                              "license_id", "domain")

    def upload_token(self, **params):
        read = self._children(self.post("photo/get-upload-token", **params), "upload_token", "title", "description", "tags",
                              "publish", "user_id", "album_id", "max_uploads", "valid_minutes", "valid_until", "return_url")
        for number in ("max_uploads", "valid_minutes", "valid_until"):
            read[number] = int(read[number])
        return {**read, "publish": read["publish"] == "1"}

    def redeem(self, token, file, **extras):
        """The redirect is followed with a GET; what it finally leads to must be XML that says ok."""
        response = self._send_form("/api/photo/redeem-upload-token", file, {"upload_token": token, **extras})
        if response.status in (301, 302, 303):
            front, target = self.front.elsewhere(response.header("Location"))
            response = front.send("GET", target, [("Host", front.authority), ("Connection", "Keep-Alive")])
        return self._read(response)

    def upload(self, file, **params):
        return self._children(self.post("photo/upload", file, **params), "photo_id", "tree_id", "token")

    def replace(self, photo_id, file):
        return self._children(self.post("photo/replace", file, photo_id=photo_id), "photo_id", "tree_id", "token")

    def photos(self, **params):
        """(photos, total_count)"""
        root = self.get("photo/list", **params)
        found = []
        for item in root.findall("photo"):
            tags = item.find("tags")
            if tags is None:
                raise ClientError("Object reference not set to an instance of an object")
            attributes = item.attrib
            found.append({
                "photo_id": int(attributes["photo_id"]), "tree_id": int(attributes["tree_id"]), "token": attributes["token"],
                "title": attributes["title"], "album_title": attributes["album_title"],
                "published": attributes["published_p"] == "1", "promoted": attributes["promoted_p"] == "1",
                "video": attributes["video_p"] == "1", "absolute_url": attributes["absolute_url"],
                "original": attributes["original_download"], "content": item.findtext("content"),
                "content_text": item.findtext("content_text"),
                "tags": [tag for tag in (tags.text or "").split(",") if tag]})
        return found, int(root.get("total_count"))

    def albums(self, **params):
        return [{"album_id": int(item.get("album_id")), "title": item.get("title"), "hide": item.get("hide_p") == "1",
                 "token": item.get("token"), "content": item.findtext("content")}
                for item in self.get("album/list", **params).findall("album")]

    def create_album(self, title, **params):
        return self._children(self.post("album/create", title=title, **params), "album_id", "token")

    def tags(self, **params):
        return {item.get("tag"): int(item.get("count")) for item in self.get("tag/list", **params).findall("tag")}

    def users(self, **params):
        return [{"user_id": int(item.get("user_id")), "username": item.get("username"),
                 "site_admin": item.get("site_admin") == "t", "about": item.findtext("about_abstract")}
                for item in self.get("user/list", **params).findall("user")]

    def create_user(self, **params):
        return self._children(self.post("user/create", **params), "user_id", "email", "username", "full_name", "site_admin",
                              "timezone")
