"""Deaths at a chosen line instead of a random moment: the server is started with STILE_FAILPOINT (src/base/failpoint.h) and
driven until it dies there."""

import json
import subprocess

from harness.server import run_cli
from ledger import Ledger, audit
from world import SETTINGS

PATIENCE = 40.0  # seconds of mixed load after which a failpoint counts as never reached
# What a failpoint needs to be on anybody's way.
NEEDS = {"finish.synced": {"STILE_UPLOAD_DURABILITY": "file"}}


def names():
    """Every failpoint of the binary."""
    done = run_cli("failpoints", "--json")
    assert done.returncode == 0, done.stderr
    return [point["name"] for point in json.loads(done.stdout)]


def is_passed_at_start(name):
    """Passed once in a life: a later pass never comes."""
    return name.startswith(("start.", "recovery."))


def die_at(server, name, nth):
    """Starts the server, which must not run, armed; returns whether it died there while clients drove it."""
    word = f"failpoint {name}\n"
    deaths = server.log().count(word)
    server.env = {**SETTINGS, **NEEDS.get(name, {}), "STILE_FAILPOINT": f"{name}@{nth}"}
    try:
        server.start(server.port)
    except AssertionError:
        pass  # before it listened; the log says whether of this
    finally:
        server.env = SETTINGS
    if server.process is not None:
        try:
            server.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            pass
        server.kill()
    return server.log().count(word) == deaths + 1


def visit(world, name, nth=1, clients=4):
    """The server dies at the nth pass of `name` under load and is started again; the clients come to their end, and every
    promise is checked. Returns the ledger."""
    world.ledger = ledger = Ledger()
    with world.clients_at_work(clients):
        world.server.kill()
        if not die_at(world.server, name, nth):
            ledger.fault(f"{name}@{nth} was not reached within {PATIENCE:.0f} s of mixed load")
        world.server.start(world.server.port)
    # Whatever was given up at the very end is put in order by a start.
    world.server.restart("kill")
    audit(ledger, world.server, world.receiver)
    return ledger


def storm(world, chosen, rounds, clients, random):
    """Visits all `chosen` names: first with their first pass, then with a random one. Returns (figures, what is wrong)."""
    counts, wrong, deaths = Ledger().counts, [], 0
    for turn in range(rounds):
        order = list(chosen)
        random.shuffle(order)
        for name in order:
            nth = 1 if turn == 0 or is_passed_at_start(name) else random.randint(2, 8)
            ledger = visit(world, name, nth, clients)
            deaths += 1
            counts.update(ledger.counts)
            wrong += [f"{name}@{nth}: {text}" for text in ledger.wrong]
            print(f"   {name}@{nth}: {ledger.counts['files']} files, {ledger.counts['chunks']} chunks acknowledged, "
                  f"{len(ledger.wrong)} wrong", flush=True)
            if wrong:
                return {"deaths": deaths, **counts}, wrong
    counts["callbacks"] = len(world.receiver.requests)  # each audit counts all that ever came
    return {"deaths": deaths, **counts}, wrong
