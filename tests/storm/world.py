"""World: what the storm's clients share, and the life of the clients themselves."""

import threading
from contextlib import contextmanager

from harness import wire
from harness.media import Media
from harness.receiver import CallbackReceiver
from harness.server import Server
from jobs import PATIENCE, Client
from ledger import Ledger

SETTINGS = {"STILE_UPLOAD_MAX_OPEN_PER_TOKEN": "64", "STILE_LOG_LEVEL": "warn"}


class World:
    """One server on a data directory of its own, what it has promised, and who hears of it."""

    def __init__(self, folder, seed):
        self.seed = seed
        self.media = Media(folder)
        self.ledger = Ledger()
        self.receiver = CallbackReceiver()
        self.callback_url = f"http://127.0.0.1:{self.receiver.port}/landed"
        self.server = Server(folder / "data", env=SETTINGS, probe=self.media.jpeg).start()
        self.bearer = self.server.credentials("write", "storm")["bearer_token"]
        self.stopping = threading.Event()
        self.clients_made = 0
        # The method exists when it complains of its own parameter rather than of its name.
        answer = wire.get(self.server.port, "/api/2/photo/get-replace-token",
                          [("Authorization", "Bearer " + self.bearer)])
        self.can_replace = b"no_such_object" not in answer.body

    @contextmanager
    def clients_at_work(self, count):
        """Clients work until the block ends; then each brings what it has begun to its end."""
        clients = [Client(self, self.clients_made + number) for number in range(count)]
        self.clients_made += count
        self.stopping.clear()
        threads = [threading.Thread(target=client.run, daemon=True) for client in clients]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stopping.set()
            for thread in threads:
                thread.join(2 * PATIENCE)
                if thread.is_alive():
                    self.ledger.fault("a client did not come to its end")

    def close(self):
        """After whatever happened: no process, no thread stays."""
        if self.server.process is not None:
            self.server.kill()
        self.receiver.close()
