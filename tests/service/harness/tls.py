"""The TLS port of a server as the other helpers take ports, and a certificate that can be renewed under it."""

import os
import ssl
import subprocess
from pathlib import Path


def _openssl(*args, cwd):
    return subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, text=True, timeout=60, cwd=cwd).stdout


class TlsPort(int):
    """A port number; who connects to it through harness.wire speaks TLS with `context`."""

    def __new__(cls, port, context):
        made = super().__new__(cls, port)
        made.context = context
        return made


class Pair:
    """A certificate chain and its key for localhost, where certbot would put them, of an authority that nobody else trusts."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.directory.mkdir()
        self.certificate, self.key = self.directory / "fullchain.pem", self.directory / "privkey.pem"
        (self.directory / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2, "-keyout", "ca.key",
                  "-out", "ca.pem", "-subj", "/CN=Tests only", "-addext", "basicConstraints=critical,CA:TRUE")
        self.renew()

    def _run(self, *args):
        return _openssl(*args, cwd=self.directory)

    @property
    def args(self):
        return ["--tls-listen", "127.0.0.1:0", "--tls-certificate", self.certificate, "--tls-key", self.key]

    def renew(self, days=2):
        """A new certificate with a new key, put in place by renaming. `days` that it is good for; -1: it has expired."""
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "new.key", "-out", "new.csr",
                  "-subj", "/CN=localhost")
        self._run("x509", "-req", "-in", "new.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days, "-extfile",
                  "names", "-out", "new.pem")
        with (self.directory / "new.pem").open("ab") as chain:
            chain.write((self.directory / "ca.pem").read_bytes())
        os.rename(self.directory / "new.key", self.key)
        os.rename(self.directory / "new.pem", self.certificate)

    @property
    def serial(self):
        """Of the newest certificate, as text."""
        return self._run("x509", "-noout", "-serial", "-in", self.certificate).strip().removeprefix("serial=")

    def context(self):
        """Of a client that trusts this authority alone and checks names, as NODE_EXTRA_CA_CERTS makes one."""
        return ssl.create_default_context(cafile=self.directory / "ca.pem")

    def port(self, server, **settings):
        """`settings`: attributes of the client's context."""
        context = self.context()
        for name, value in settings.items():
            setattr(context, name, value)
        return TlsPort(server.tls_port, context)


def serial_of(connection):
    """The serial number of the certificate that the server showed on a connection of harness.wire."""
    return connection.socket.getpeercert()["serialNumber"]
