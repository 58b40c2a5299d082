"""What the service tests stand on: the server under test, exact bytes, clients, a callback receiver, a bad network."""
