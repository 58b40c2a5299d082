"""Whoever changes what photos are linked by tells those who asked (src/catalog/announce.h)."""

import re

import project

# Where linking is defined and done anew for all photos, and migrations: nothing happened to a photo.
NO_NEWS = {"photo_links.cc", "schema.cc"}


def test_every_writer_of_photos_announces_what_it_did():
    problems = []
    writers = 0
    for path in project.files_under("src/catalog", ".cc"):
        if path.name.endswith("_test.cc") or path.name in NO_NEWS:
            continue
        # Function by function: a body ends at a brace in the first column.
        for body in re.split(r"^}.*$", project.text(path), flags=re.MULTILINE):
            changes = re.search(r"\bunlink_photo\(session|\blink_photo\(session|(INSERT INTO|UPDATE|DELETE FROM) photos\b", body)
            if not changes:
                continue
            writers += 1
            if "announce_photo(session" not in body:
                problems.append(f"{path}: {changes.group(0)}")
    assert writers >= 4, "the test does not find the writers any more"
    project.report(problems, "Call announce_photo in the same function, in the same transaction.")
