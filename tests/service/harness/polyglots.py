"""Files that are two things at once: made by hand, from the published tricks."""

import gzip
import io
import struct
import zipfile
import zlib

SCRIPT = b"<script>globalThis.owned = 1; document.title = 'owned'; alert('owned')</script>"
PAGE = b"<!doctype html><html><body>" + SCRIPT + b"</body></html>"
PHP = b"<?php system($_GET['c']); __halt_compiler();"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>\nendobj\n" \
      b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"


def gif(comment=b"", tail=b""):
    """One pixel; the comment in front of the picture."""
    blocks = b"".join(bytes([len(part)]) + part for part in (comment[at:at + 255] for at in range(0, len(comment), 255)))
    extension = b"\x21\xfe" + blocks + b"\0" if comment else b""
    image = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + extension + image + b"\x3b" + tail


def segment(marker, payload):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(payload) + 2) + payload


def jpeg_with(jpeg, *segments):
    """The segments go right behind the start marker."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def jpeg_script(jpeg):
    """FF D8 FF E0 2F 2A …: a name, then a comment up to the script, in an engine that reads Latin-1."""
    app0 = b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"
    script = b"*/=1;globalThis.owned=1;alert('owned')/*"
    length = 0x2F2A
    rest = app0 + script
    return b"\xff\xd8\xff\xe0" + b"/*" + rest + b" " * (length - 2 - len(rest)) + jpeg[2:] + b"*/"


def png(text=b"", tail=b""):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    words = chunk(b"tEXt", b"Comment\0" + text) if text else b""
    return b"\x89PNG\r\n\x1a\n" + head + words + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"") + tail


def png_bomb(side=65_500):
    """A picture of 4 gigapixels in some KiB; whoever decodes it runs out of memory."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = packer.compress(bytes(64 << 20)) + packer.flush()
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", rows) + chunk(b"IEND", b""))


def archive():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as writer:
        writer.writestr("META-INF/MANIFEST.MF", "Main-Class: Evil\n")
        writer.writestr("Evil.class", b"\xca\xfe\xba\xbe")
    return packed.getvalue()


def accepted(media):
    """{name: (bytes, type)}: media by structure, with something else on board. They are kept and must stay harmless."""
    jpeg, mp4 = media.jpeg, media.mp4
    return {
        "GIF with a page in its comment": (gif(comment=PAGE), "image/gif"),
        "GIF with a page behind it": (gif(tail=PAGE), "image/gif"),
        "JPEG with a page in its comment": (jpeg_with(jpeg, segment(0xFE, PAGE)), "image/jpeg"),
        "JPEG with a page behind it": (jpeg + PAGE, "image/jpeg"),
        "JPEG with PHP in its comment": (jpeg_with(jpeg, segment(0xFE, PHP)), "image/jpeg"),
        "JPEG with PHP behind it": (jpeg + PHP, "image/jpeg"),
        "JPEG with an archive behind it": (jpeg + archive(), "image/jpeg"),
        "JPEG with a document behind it": (jpeg + PDF, "image/jpeg"),
        "JPEG with a drawing behind it": (jpeg + SVG, "image/jpeg"),
        "JPEG that is a script": (jpeg_script(jpeg), "image/jpeg"),
        "PNG with a page in its text": (png(text=PAGE), "image/png"),
        "PNG with a page behind it": (png(tail=PAGE), "image/png"),
        "MP4 with a page in a free box": (mp4 + struct.pack(">I4s", 8 + len(PAGE), b"free") + PAGE, "video/mp4"),
        "MP4 with an archive behind it": (mp4 + archive(), "video/mp4"),
    }


def refused(media):
    """{name: bytes}: only the first bytes are a picture's or film's, or not even these."""
    jpeg, mp4 = media.jpeg, media.mp4
    return {
        "page": PAGE,
        "page behind white space": b"\r\n\t " * 200 + PAGE,
        "page behind a byte order mark": b"\xef\xbb\xbf" + PAGE,
        "page in UTF-16": PAGE.decode().encode("utf-16"),
        "page behind a comment": b"<!-- " + b"x" * 2000 + b" -->" + PAGE,
        "page behind GIF89a": b"GIF89a" + PAGE,
        "page behind FF D8 FF": b"\xff\xd8\xff" + PAGE,
        "page behind FF D8 FF E0": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + PAGE,
        "page behind a PNG signature": b"\x89PNG\r\n\x1a\n" + PAGE,
        "page behind RIFF": b"RIFF\0\0\1\0WEBP" + PAGE,
        "page behind BM": b"BM" + PAGE,
        "page behind ID3": b"ID3\x03\0\0\0\0\0\0" + PAGE,
        "page behind OggS": b"OggS\0\2" + PAGE,
        "page in front of a JPEG": PAGE + jpeg,
        "page in front of an MP4": PAGE + mp4,
        "comment whose length is a box": b"<!--ftypisom" + b"\0" * 20 + b"-->" + PAGE,
        "tag whose length is a box": b"<svgftypmp42" + mp4[12:],
        "GIF that is a script": b"GIF89a/*\x01\0\x80\0\0" + gif()[13:] + b"*/=1;alert(1)",
        "JPEG with a document in its comment": jpeg_with(jpeg, segment(0xFE, PDF)),
        "GIF with a document in its comment": gif(comment=PDF),
        "drawing": SVG,
        "drawing with a prolog": b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">' + SVG,
        "drawing with a stylesheet": b'<?xml version="1.0"?><?xml-stylesheet href="x.xsl" type="text/xsl"?>' + SVG,
        "drawing with a prefix": SVG.replace(b"svg", b"s:svg", 1).replace(b"xmlns=", b"xmlns:s=", 1),
        "drawing with an entity": b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        "drawing in UTF-16": b"\xff\xfe" + SVG.decode().encode("utf-16-le"),
        "drawing, packed": gzip.compress(SVG),
        "drawing behind GIF89a": b"GIF89a" + SVG,
        "XHTML": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT + b"</html>",
        "document": PDF,
        "document behind 500 bytes": b"\xff\xd8\xff\xe1" + b"\0" * 500 + PDF,
        "archive": archive(),
        "PHP": PHP,
        "PHP behind GIF89a": b"GIF89a;" + PHP,
        "shell script": b"#!/bin/sh\ntouch owned\n",
        "program of Linux": media.ELF,
        "program of Windows": b"MZ" + b"\0" * 58 + b"\x40\0\0\0PE\0\0" + b"\0" * 200,
        "class of Java": b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(100),
        "Flash movie": b"CWS\x0a" + bytes(100),
        "mail with a page": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + PAGE,
        "shortcut of Windows": b"[InternetShortcut]\r\nURL=file:///C:/x.exe\r\n",
        "link of Windows": b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F" + bytes(100),
        "icon": b"\0\0\x01\0\x01\0\x10\x10" + PAGE,
        "module of WebAssembly": b"\0asm\x01\0\0\0" + bytes(100),
        "script": b"alert('owned');\n" * 100,
        "style sheet": b"body { background: url(//evil.example) }\n" * 50,
        "list of films": b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    }
