#!/usr/bin/env python3
"""Fills the catalog of a stopped server with photos that have no files, to measure what many rows cost.

    fill_catalog.py DATA ROWS

DATA must hold the catalog of a server that has run at least once. Titles, tags and albums are drawn from a fixed seed:
2000 words, tags as unevenly common as in real archives, 200 albums of which the first holds a tenth of all photos, one
photo in fifty not published, one in three a video.
"""

import random
import sqlite3
import sys
from pathlib import Path

HOUR = 3_600_000
BEGIN = 1_300_000_000_000


def words(rng, count):
    return ["".join(rng.choice("bcdfghklmnprstv") + rng.choice("aeiou") for _ in range(rng.randint(2, 4))) for _ in range(count)]


def main():
    data, rows = Path(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(7)
    vocabulary = words(rng, 2000)
    tags = [f"{word}{i}" for i, word in enumerate(words(rng, 500))]
    weights = [1 / (i + 1) for i in range(len(tags))]
    db = sqlite3.connect(data / "stile.db")
    db.execute("PRAGMA synchronous = OFF")
    first = db.execute("SELECT last FROM numbers WHERE kind = 'photo'").fetchone()[0] + 1
    db.executemany("INSERT OR IGNORE INTO albums(album_id, token, title, description, hidden, user_id, created_at) "
                   "VALUES(?, ?, ?, '', 0, 1, ?)",
                   [(i, f"{i:032x}", f"Album {i}", BEGIN + i) for i in range(1, 201)])
    db.execute("UPDATE numbers SET last = max(last, 200) WHERE kind = 'album'")
    for start in range(first, first + rows, 10_000):
        photos = []
        for photo_id in range(start, min(start + 10_000, first + rows)):
            title = " ".join(rng.choice(vocabulary) for _ in range(rng.randint(2, 6)))
            mine = " ".join(dict.fromkeys(rng.choices(tags, weights, k=rng.randint(0, 5))))
            album = "1" if photo_id % 10 == 0 else str(rng.randint(2, 200)) if photo_id % 3 else ""
            kind = "video/mp4" if photo_id % 3 == 0 else "image/jpeg"
            photos.append((photo_id, 1, f"{photo_id:032x}", f"batch {photo_id // 50}", f"{photo_id:032x}", photo_id % 20 + 1, title,
                           f"<p>{title} and more of it</p>", mine, album, int(photo_id % 50 != 0), "", f"{photo_id}.jpg", kind,
                           123_456, 1, BEGIN + photo_id * HOUR // 10))
        db.executemany("INSERT INTO photos(photo_id, tree_id, token, upload_token, upload_id, user_id, title, description, tags, "
                       "album_ids, publish, absolute_url, file_name, content_type, size, crc32, created_at) "
                       "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", photos)
    db.execute("UPDATE numbers SET last = ? WHERE kind = 'photo'", (first + rows - 1,))
    # The server makes the rest from these rows when it starts.
    db.execute("INSERT OR REPLACE INTO facts(name, value) VALUES('photos to relink', '1')")
    db.commit()


if __name__ == "__main__":
    main()
