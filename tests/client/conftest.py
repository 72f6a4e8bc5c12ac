"""Runs `srflx query` against servers on loopback, whose names are in a DNS server of the test's own."""

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import time

import pytest

import dns
from certificates import Certificate

SRFLX, SRFLXD = os.environ["SRFLX"], os.environ["SRFLXD"]
PATIENCE = 30
NAME = "stun.example.test"


class Run:
    def __init__(self, done, seconds):
        self.code, self.out, self.err, self.seconds = done.returncode, done.stdout, done.stderr, seconds

    @property
    def said(self):
        """Exit code, and the sentence on stderr."""
        assert self.out == ""
        return self.code, self.err.removeprefix("srflx query: ").removesuffix("\n")

    @property
    def json(self):
        return json.loads(self.out)


def query(*words, environment=None):
    start = time.monotonic()
    done = subprocess.run([SRFLX, "query", *map(str, words)], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, **(environment or {})})
    return Run(done, time.monotonic() - start)


@pytest.fixture(name="names")
def names_fixture():
    """names({("A", "name"): [record, ...]}) returns the options that make the client ask there."""
    servers = []

    def start(rows):
        servers.append(dns.Server(dns.table(rows)))
        return ["--dns", servers[-1].address]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(name="local")
def local_names(names):
    """NAME is 127.0.0.1."""
    return names({("A", NAME): [dns.addr("127.0.0.1")]})


@pytest.fixture(name="ca", scope="session")
def authority(tmp_path_factory):
    """Who issues; its file is what --ca takes."""
    issuer = Certificate("authority")
    issuer.folder = tmp_path_factory.mktemp("ca")
    issuer.write(issuer.folder, "ca")
    issuer.file = issuer.folder / "ca.pem"
    return issuer


def free_port():
    """Of TCP and UDP, on 127.0.0.1."""
    while True:
        port = random.randint(20000, 30000)
        with contextlib.suppress(OSError), socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def running(command, port):
    """A server, as soon as somebody listens on the TCP port. It says nothing that anybody needs."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          stdin=subprocess.PIPE) as process:
        try:
            wait_for_tcp(process, port)
            yield
        finally:
            process.kill()
            process.wait()


def wait_for_tcp(process, port):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on port {port}")


@contextlib.contextmanager
def srflxd(folder, *words, certificate=None):
    """UDP and TCP on the first port that is given, TLS and DTLS on the second."""
    plain, secure = free_port(), free_port()
    command = [SRFLXD, "--listen", f"127.0.0.1:{plain}", "--workers=1", *words]
    if certificate:
        certificate.write(folder, "server")
        command += ["--certificate", folder / "server.pem", "--certificate-key", folder / "server.key",
                    f"--tls-port={secure}"]
    with running(command, secure if certificate else plain):
        yield plain, secure


@contextlib.contextmanager
def coturn(folder, certificate):
    """UDP and TCP on the first port that is given, TLS and DTLS on the second."""
    plain, secure = free_port(), free_port()
    certificate.write(folder, "server")
    config = folder / "turnserver.conf"
    config.write_text(f"""\
listening-ip=127.0.0.1
listening-port={plain}
tls-listening-port={secure}
cert={folder}/server.pem
pkey={folder}/server.key
no-cli
stun-only
no-auth
log-file=stdout
pidfile={folder}/pid
userdb={folder}/db
""", encoding="ascii")
    with running(["turnserver", "-c", config], secure):
        yield plain, secure


def needed(program, package):
    path = shutil.which(program)
    if path:
        return path
    if os.environ.get("CI") == "true":
        pytest.fail(f"{program} of {package} is not installed")
    pytest.skip(f"SKIPPED: {program} of {package} is not installed")
    return None
