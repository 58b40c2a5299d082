"""Fixtures of the service tier: a server per module, servers of one's own, media, callback receivers."""

import pytest

from harness import sanitizers
from harness import server as servers
from harness.media import Media
from harness.receiver import CallbackReceiver
from harness.server import Server


def pytest_configure():
    sanitizers.prepare()


def pytest_collection_modifyitems(items):
    for item in items if sanitizers.sanitizer() else ():
        if item.originalname in sanitizers.CANNOT:
            item.add_marker(pytest.mark.skip(reason=sanitizers.CANNOT[item.originalname]))


@pytest.fixture(autouse=True)
def no_sanitizer_reports():
    """Of whatever process; those that a module's server makes at its end fail in Server.close."""
    yield
    reports = sanitizers.take_reports()
    assert not reports, f"a sanitizer reported:\n{reports[:12000]}"


@pytest.fixture(scope="session")
def stile_bin():
    if not servers.BINARY.exists():
        pytest.fail(f"{servers.BINARY} does not exist; build it or point STILE_BIN to it", pytrace=False)
    return servers.BINARY


@pytest.fixture(scope="session")
def media(tmp_path_factory):
    return Media(tmp_path_factory.mktemp("media"))


@pytest.fixture(scope="module")
def server(stile_bin, media, tmp_path_factory):
    """One server with default settings, shared by the tests of a module; its health is asserted at the end."""
    server = Server(tmp_path_factory.mktemp("stile") / "data", probe=media.jpeg).start()
    yield server
    server.close()


@pytest.fixture
def abused(server):
    """The module's server for a test that mistreats it: afterwards it must still work."""
    yield server
    server.prove_it_works()


@pytest.fixture
def make_server(stile_bin, media, tmp_path):
    """Starts servers with settings of their own; each is closed, and its health asserted, at the end."""
    made = []

    def make(name="data", **options):
        made.append(Server(tmp_path / name, probe=media.jpeg, **options))
        return made[-1].start()

    yield make
    for server in made:
        server.close()


@pytest.fixture
def make_receiver():
    made = []

    def make(*script, absent=False):
        made.append(CallbackReceiver(script, absent))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture
def receiver(make_receiver):
    return make_receiver()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for server in servers.LIVE:
            report.sections.append((f"stderr of the server on port {server.port}", server.log()[-8000:]))
