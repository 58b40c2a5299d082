"""Commands beside `serve`: what they refuse before they do anything."""

import pytest

from harness.server import run_cli

# Every command that looks at, or changes, what must be there already.
ASKING = [
    ["token", "list"], ["token", "show", "t"], ["token", "extend", "t", "--max-uploads", "2"], ["token", "revoke", "t"],
    ["credentials", "list"], ["credentials", "revoke", "k"], ["credentials", "set-pingback", "k", "http://192.0.2.1/"],
    ["photo", "list", "--token", "t"], ["photo", "show", "1"],
    ["upload", "list"], ["upload", "show", "x"],
    ["events", "list"], ["events", "show", "1"], ["events", "replay", "1"],
    ["grants", "list"], ["grants", "revoke", "t"],
    ["user", "list"], ["user", "delete", "u"], ["user", "passwd", "u", "--password-stdin"],
    ["fsck"], ["fsck", "--repair"],
]


@pytest.mark.parametrize("command", ASKING, ids=" ".join)
def test_a_mistyped_directory_is_no_empty_archive(tmp_path, command):
    done = run_cli(*command, "--data", tmp_path / "typo")
    assert done.returncode in (1, 2) and done.stdout == ""
    assert done.stderr == f"stile: there is no catalog in {tmp_path}/typo; --data names a server's directory\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["token", "create"], ["credentials", "create", "--name", "n", "--level", "read"],
                                     ["user", "create", "--email", "a@example.com", "--no-password"]], ids=" ".join)
def test_what_makes_the_first_of_something_makes_the_catalog(tmp_path, command):
    assert run_cli(*command, "--data", tmp_path / "new").returncode == 0
    assert (tmp_path / "new" / "stile.db").exists()


@pytest.mark.parametrize("option", ["--valid-minutes", "--max-uploads"])
@pytest.mark.parametrize("value", ["-1", "0", "1.5", "1e3", "x", "99999999999999999999"])
def test_a_number_that_is_none_is_refused_in_words(tmp_path, option, value):
    done = run_cli("token", "extend", "t", f"{option}={value}", "--data", tmp_path / "typo")
    assert done.returncode != 0 and f'must be a whole number, 1 or more, not "{value}"' in done.stderr, done.stderr
