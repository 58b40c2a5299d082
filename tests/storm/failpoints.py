"""Deaths at a chosen line instead of a random moment: the server is started with STILE_FAILPOINT (src/base/failpoint.h) and
driven until it dies there. Those of background work get something to work on first, and those of `stile fsck --repair` a
data directory with faults instead of clients."""

import json
import subprocess

from harness import multipart
from harness.resumable import Upload
from harness.sanitizers import patience
from harness.server import run_cli
from harness.wait import wait_until
from ledger import Ledger, audit
from world import SETTINGS

PATIENCE = 120.0 * patience()  # seconds of mixed load after which a failpoint counts as never reached; chance leads to most
# What a failpoint needs to be on anybody's way.
NEEDS = {
    "finish.synced": {"STILE_UPLOAD_DURABILITY": "file"},
    **{name: {"STILE_SCRUB_EVERY": "1s", "STILE_SCRUB_MAX_RATE": "1 GiB"}
       for name in ("scrub.file_read", "scrub.saved", "scrub.damage_noted")},
}


def names():
    """Every failpoint of the binary."""
    done = run_cli("failpoints", "--json")
    assert done.returncode == 0, done.stderr
    return [point["name"] for point in json.loads(done.stdout)]


def is_passed_at_start(name):
    """Passed once in a life: a later pass never comes."""
    return name.startswith(("start.", "recovery.", "repair."))


def upload_under_way(world, name):
    """An upload of which one chunk of two is there; nobody goes on with it. Returns its id."""
    upload = Upload(world.server, world.server.token(), world.media.mp4_of(40_000, world.seed), 20_000, identifier=name)
    upload.check(upload.send(1))
    [(upload_id,)] = world.server.rows("SELECT upload_id FROM uploads WHERE token = ?", (upload.token,))
    return upload_id


def landed(world):
    """The path of a photo's file."""
    token = world.server.token()
    assert multipart.upload(world.server.port, token, world.media.jpeg).status == 200
    [(file_id,)] = world.server.rows("SELECT file_id FROM photos WHERE upload_token = ?", (token,))
    return world.server.data / "archive" / f"{file_id & 0xff:02x}" / str(file_id) / "original"


class Work:
    """What a failpoint of background work needs to be passed: made while the server runs, `undo`ne after the death."""

    def __init__(self, world, name, nth):
        self.hidden = None
        if name in ("sweep.upload_ended", "sweep.staging_removed"):
            for number in range(nth):
                upload_id = upload_under_way(world, f"left-{name}-{number}")
                world.server.rows("UPDATE uploads SET changed_at = 1 WHERE upload_id = ?", (upload_id,))
        if name == "scrub.damage_noted":
            self.hidden = landed(world)
            self.hidden.rename(self.hidden.with_name("hidden"))

    def undo(self):
        if self.hidden is not None:
            self.hidden.with_name("hidden").rename(self.hidden)


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
    if name.startswith("repair."):
        die_repairing(world, name)
        audit(ledger, world.server, world.receiver)
        return ledger
    work = Work(world, name, nth)
    with world.clients_at_work(clients):
        world.server.kill()
        if not die_at(world.server, name, nth):
            ledger.fault(f"{name}@{nth} was not reached within {PATIENCE:.0f} s of mixed load")
        work.undo()
        world.server.start(world.server.port)
    # Whatever was given up at the very end is put in order by a start.
    world.server.restart("kill")
    audit(ledger, world.server, world.receiver)
    return ledger


def die_repairing(world, name):
    """`stile fsck --repair` dies at `name` and is run again: all is well then, and nothing that was there is lost."""
    server, ledger = world.server, world.ledger
    in_use = landed(world)
    cut = upload_under_way(world, f"cut-{name}")
    # fsck leaves the rest of a deletion to the server.
    wait_until(lambda: not server.rows("SELECT file_id FROM removals"), what="deleted files to be removed")
    server.kill()
    server.rows("INSERT INTO removals(file_id, since) VALUES(?, 0)", (int(in_use.parent.name),))
    server.rows("UPDATE counts SET n = n + 1 WHERE name = 'photos'")
    (path,) = [path for path in server.staged() if path.name == cut]
    path.write_bytes(path.read_bytes()[:1000])
    treasure = f"treasure of {name}".encode()
    (server.data / "archive" / "00" / "notes.txt").write_bytes(treasure)
    died = run_cli("fsck", "--repair", "--data", server.data, env={"STILE_FAILPOINT": name})
    if died.returncode != -9 or f"failpoint {name}\n" not in died.stderr:
        ledger.fault(f"{name} was not reached by fsck --repair, which ended with {died.returncode}: {died.stderr}")
    again = run_cli("fsck", "--repair", "--data", server.data)
    last = run_cli("fsck", "--deep", "--data", server.data)
    if again.returncode != 0 or last.returncode != 0:
        ledger.fault(f"after a death at {name} fsck says {again.stdout}{again.stderr}{last.stdout}")
    aside = [path.read_bytes() for path in (server.data / "lost-and-found").iterdir()]
    if treasure not in aside or not any(len(content) == 1000 for content in aside):
        ledger.fault(f"after a death at {name} something is lost: {sorted(map(len, aside))}")
    if not in_use.exists():
        ledger.fault(f"after a death at {name} the file of a photo is gone")
    server.start(server.port)


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
