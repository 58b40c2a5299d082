"""The server dies at every failpoint of `stile failpoints` under mixed load; each time every promise is checked
(tests/storm/failpoints.py; `./dev storm --failpoints` is the long form)."""

import sys
from pathlib import Path

import pytest

from harness.server import run_cli

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "storm"))

import failpoints  # noqa: E402
from world import World  # noqa: E402


@pytest.fixture(scope="module")
def world(stile_bin, tmp_path_factory):
    """One server that dies again and again; its health is asserted at the end."""
    world = World(tmp_path_factory.mktemp("failpoints"), seed=1)
    yield world
    try:
        world.server.prove_it_works()
        world.server.close()
    finally:
        world.close()


@pytest.mark.parametrize("name", failpoints.names())
def test_a_death_at_every_failpoint_breaks_no_promise(world, name):
    ledger = failpoints.visit(world, name, clients=3)
    assert not ledger.wrong, "\n".join(ledger.wrong)


@pytest.mark.parametrize("text", ["nonsense", "finish.committed@0", "finish.committed@x"])
def test_a_failpoint_that_does_not_exist_starts_no_server(tmp_path, text):
    """A test that kills nothing would prove nothing."""
    done = run_cli("serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", env={"STILE_FAILPOINT": text})
    assert done.returncode == 2 and "STILE_FAILPOINT" in done.stderr


def test_a_repair_looks_at_the_variable_and_a_check_does_not(make_server):
    server = make_server()
    assert server.stop()[0] == 0
    env = {"STILE_FAILPOINT": "nonsense"}
    repair = run_cli("fsck", "--repair", "--data", server.data, env=env)
    assert repair.returncode == 2 and "STILE_FAILPOINT" in repair.stderr
    assert run_cli("fsck", "--data", server.data, env=env).returncode == 0


def test_other_commands_do_not_look_at_the_variable(tmp_path):
    done = run_cli("token", "create", "--data", tmp_path / "data", env={"STILE_FAILPOINT": "catalog.begun"})
    assert done.returncode == 0, done.stderr
