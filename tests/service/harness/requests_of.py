"""Hypothesis strategies that make requests from the OpenAPI description: as described, or with anything in their place."""

from hypothesis import strategies as st

# No NUL and no surrogates: such a request is malformed before it is a call. Those are in test_bad_parameters.py.
TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=40)
DATES = st.datetimes().filter(lambda date: date.year >= 1970).map(lambda date: date.strftime("%Y-%m-%d %H:%M:%S"))
FLAGS = st.sampled_from(["0", "1", "t", "f", "true", "FALSE", "yes", "No"])
LINKS = st.sampled_from(["https://example.com/a?b=c#d", "http://example.com", "/path", "/"])
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789._-", min_size=4, max_size=40)

# What is finer than a schema says, by name.
FINER = {
    "absolute_url": LINKS,
    "return_url": st.sampled_from(["https://example.com/back", "http://www.example.com:8080/?x=y"]),
    "target_url": st.just("https://example.com/hook"),
    "event": st.sampled_from(["video.uploaded", "video.deleted"]),
    "accepted_types": st.sampled_from(["image/jpeg", "image/*,video/mp4"]),
    "allowed_origins": st.sampled_from(["https://example.com", "http://a.example:8080,https://b.example"]),
    "email": NAMES.map(lambda name: name + "@example.com"),
    "username": NAMES,
    "password": st.text("abc ÄÖ🙈", min_size=8, max_size=40),
    "size_of_frame": st.sampled_from(["640x360", "1x1"]),
    "title": st.text("abc ÄÖ🙈<>&\"'", max_size=40).map(lambda text: "T" + text),
    "tag": st.sampled_from(["sea", "sky"]),
    "year": st.integers(1970, 2100).map(str),
    "month": st.integers(1, 12).map(str),
    "day": st.integers(1, 28).map(str),
    "album_id": st.integers(1, 3).map(str),
    "photo_id": st.integers(1, 3).map(str),
}


def as_described(name, schema):
    """Values that the description allows."""
    kind = schema.get("type")
    if name == "size" and kind == "string":
        name = "size_of_frame"
    if name == "user_id" and kind == "string":
        return st.sampled_from(["me", "1", "7"])
    if name in FINER:
        return FINER[name]
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if kind == "boolean":
        return FLAGS
    if kind == "integer":
        return st.integers(schema.get("minimum", 0), min(schema.get("maximum", 10**6), 10**6)).map(str)
    if kind == "number":
        return st.floats(schema.get("minimum", 0), schema.get("maximum", 10**6)).map(lambda number: f"{number:f}")
    if schema.get("contentMediaType"):
        return st.binary(max_size=40)
    if schema.get("pattern"):
        return st.lists(st.integers(1, 3), max_size=3).map(lambda numbers: ",".join(map(str, numbers)))
    if schema.get("examples"):
        return DATES
    return st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=schema.get("minLength", 0),
                   max_size=min(40, schema.get("maxLength", 40) // 4))


def parameters_of(document, operation):
    """{name: (schema, whether it must be there)}, without those that choose the form of the answer."""
    found = {}
    for parameter in operation.get("parameters", []):
        if "$ref" in parameter:
            parameter = document["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
        found[parameter["name"]] = parameter["schema"], parameter.get("required", False)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for name, schema in content["schema"]["properties"].items():
            found[name] = schema, name in content["schema"].get("required", [])
    return {name: what for name, what in found.items() if name not in ("callback", "format")}


@st.composite
def described(draw, document, operation):
    """A request as it should be: what is required, and some of the rest."""
    pairs = []
    for name, (schema, required) in parameters_of(document, operation).items():
        if required or draw(st.booleans()):
            pairs.append((name, draw(as_described(name, schema))))
    return pairs


@st.composite
def anything(draw, document, operation):
    """Described parameters with any values, twice or not at all, and others among them, in any order."""
    known = parameters_of(document, operation)
    names = st.sampled_from(sorted(known)) | TEXT
    pairs = []
    for name in draw(st.lists(names, max_size=8)):
        good = as_described(name, known[name][0]) if name in known else TEXT
        pairs.append((name, draw(good | TEXT | st.integers().map(str) | st.floats().map(str))))
    return pairs
