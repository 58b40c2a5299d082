"""Secrets are compared by constant_time_equal and by nothing else: a comparison that stops at the first difference tells
by its time how much of a guess was right.

What this finds are comparisons of values that are named like secrets (`shown == token.secret`, `signature != expected`,
memcmp). A secret under another name would get past it; that is why the names are the field's terms everywhere.
"""

import re

import project

SECRET = r"(?:\w*_)?(?:token|secret|signature|digest|verifier|bearer|sha256|password|password_hash|cookie|cookie_value|hmac|form_key)"
PATH = r"(?:\(?\*+)?(?:\w+(?:\(\))?\)?(?:\.|->))*"
VALUE = rf"{PATH}(?P<name>{SECRET})_?(?:\(\w*\))?"
# What is compared with a secret but is none: nothing, a literal, a constant, a number.
OTHER = r"nullptr|\"|'|\d|k[A-Z]|(?:\w+::)+k?[A-Z_a-z]+\b(?!\()|(?:std::)?string(?:_view)?::npos|\w+(?:Kind|Type|State)::"
LEFT = re.compile(rf"(?<![\w.>]){VALUE}\s*[!=]=(?!\s*(?:{OTHER}))")
RIGHT = re.compile(rf"(?P<other>[^\s(&|!]+)\s*[!=]=\s*{VALUE}(?!\w|\(|\)?(?:\.|->))")
BYTES = re.compile(r"\b(?:std::)?(?:memcmp|strcmp|strncmp|strcasecmp|bcmp)\s*\(")

# file: (what the line has, why nobody learns anything from its time)
ALLOWED = {
    "src/engine/engine_tokens.cc": [("entry->first.token == token", "the uploads under way, walked with a token that was found")],
    "src/http/multipart.cc": [("memcmp(text.data(), delimiter.data(), have)", "the boundary, which its sender chose")],
    "src/api/identify.cc": [("(*without)->token == proof.claim.token", "two readings of one header, both the sender's")],
    "src/api/token_photos.cc": [("(*found)->upload_token == token.token", "both come from the catalog")],
}


def comparisons(text):
    """The lines that compare a secret with == or !=, or bytes."""
    found = []
    for line in text.splitlines():
        code = line.split("//")[0]
        if LEFT.search(code) or BYTES.search(code):
            found.append(line.strip())
            continue
        match = RIGHT.search(code)
        if match and not re.match(rf"(?:{OTHER})", match["other"]) and not match["other"].endswith(('"', "nullptr")):
            found.append(line.strip())
    return found


def test_it_sees_what_it_is_for():
    for line in ("if (shown == secret) return true;", "return claim.signature != oauth_signature(text, secrets);",
                 "if (row->bearer_sha256 == digest_of(shown)) {", "return kept == credentials.consumer_secret;",
                 "if (user.password_hash == hash) return;", "if (given != *token) return;", "return form_key(cookie) == shown;",
                 "if (std::memcmp(a, b, 20) == 0)", "if (x && verifier == wanted)"):
        assert comparisons(line), line
    for line in ("if (token == nullptr)", "if (limits.token != nullptr)", 'if (token == "")', "if (cookie == Cookie::session)",
                 "CHECK(digest.size() == size);", "if (retention_.tokens == Milliseconds{0})", "// secret == shown",
                 "if (constant_time_equal(secret, shown))", "if (*photo_id != (*token)->photo_id)", "if (secret.empty() != other)"):
        assert not comparisons(line), line


def test_secrets_are_compared_in_constant_time():
    problems, used = [], set()
    for path in project.files_under("src", ".cc", ".h"):
        if path.name.endswith("_test.cc") or path.name in ("testing.h", "text.cc") or "_rig" in path.name or "model" in path.name:
            continue
        for line in comparisons(project.text(path)):
            reason = next((entry for entry in ALLOWED.get(str(path), []) if entry[0] in line), None)
            if reason is None:
                problems.append(f"{path}: {line}")
            else:
                used.add((str(path), reason[0]))
    stale = [f"{path}: '{part}' is allowed and not there" for path, entries in ALLOWED.items() for part, _ in entries
             if (path, part) not in used]
    project.report(problems + stale, "Use constant_time_equal (base/text.h), or say in ALLOWED why nobody learns anything.")


def test_the_comparison_itself_is_openssls():
    body = re.search(r"^bool constant_time_equal\(.*?^}", project.text(project.pathlib.Path("src/base/text.cc")), re.DOTALL | re.MULTILINE)
    assert body and "CRYPTO_memcmp" in body[0]
