"""The servers of the suite, as child processes on loopback, and a relay that knows who asked."""

import os
import shutil
import socket
import subprocess
import threading
import time

import pytest

from stun import COOKIE

SRFLX, SRFLXD = os.environ["SRFLX"], os.environ["SRFLXD"]


def needed(program, package):
    """Its path. A program that is missing is a failure in CI, else a skip that says so."""
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")
    if path:
        return path
    reason = f"{program} is missing: install the package {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(f"SKIPPED: {reason}")


def udp(host, port=0):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.bind((host, port))
    return made


def endpoint(host, port):
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def free_ports(*hosts):
    """The first of two neighbouring ports that are free on every host, below those the system deals out."""
    for port in range(12000 + os.getpid() % 10000, 32000, 2):
        try:
            for host in hosts:
                for one in (port, port + 1):
                    udp(host, one).close()
        except OSError:
            continue
        return port
    raise AssertionError("no free ports")


def answers(host, port):
    """True if a Binding request gets any answer within a moment."""
    with udp(host) as asker:
        asker.settimeout(0.1)
        asker.sendto(bytes.fromhex("00010000") + COOKIE + os.urandom(12), (host, port))
        try:
            return bool(asker.recv(2048))
        except (TimeoutError, ConnectionRefusedError):
            return False


class Server:
    """A server on one port of some hosts, from the first answer on until the end of the block."""

    def __init__(self, command, port, *hosts):
        self.command, self.port, self.hosts = command, port, hosts

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while not all(answers(host, self.port) for host in self.hosts):
            if self.process.poll() is not None:
                raise AssertionError(f"{self.command} ended: {self.process.stderr.read()}")
            assert time.monotonic() < deadline, f"{self.command} does not answer"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=60)


def srflxd(*hosts, options=()):
    port = free_ports(*hosts)
    listen = [word for host in hosts for word in ("--listen", endpoint(host, port))]
    return Server([SRFLXD, "--workers", "1", *listen, *options], port, *hosts)


def coturn(directory, *hosts):
    """Debian's turnserver, with nothing outside `directory`, as a STUN server that knows RFC 3489 too."""
    path, port = needed("turnserver", "coturn"), free_ports(*hosts)
    config = directory / "turnserver.conf"
    config.write_text("".join(f"listening-ip={host}\n" for host in hosts) + f"""\
listening-port={port}
stun-only
no-auth
no-tcp
no-tls
no-dtls
no-cli
log-file=stdout
pidfile={directory}/pid
userdb={directory}/db
""", encoding="ascii")
    return Server([path, "-c", str(config)], port, *hosts)


def stund(first, second):
    """The server of the RFC 3489 days; it wants two addresses and takes two ports."""
    path, port = needed("stund", "stun-server"), free_ports(first, second)
    return Server([path, "-h", first, "-a", second, "-p", str(port), "-o", str(port + 1)], port, first, second)


class Relay:
    """A NAT of one client: the server sees the relay's outer address, which the test knows. Keeps the
    messages that went through it as (is_answer, bytes)."""

    def __init__(self, host, server_port):
        self.host, self.server = host, (host, server_port)
        self.inner, self.outer = udp(host), udp(host)
        self.port = self.inner.getsockname()[1]
        self.outside = self.outer.getsockname()[:2]
        self.messages = []
        self.client = None
        self.threads = [threading.Thread(target=self.forward), threading.Thread(target=self.back)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        """An empty datagram ends a thread; neither clients nor servers send one."""
        with udp(self.host) as end:
            for made in (self.inner, self.outer):
                end.sendto(b"", made.getsockname())
        for thread in self.threads:
            thread.join()
        self.inner.close()
        self.outer.close()

    def forward(self):
        while True:
            data, self.client = self.inner.recvfrom(2048)
            if not data:
                return
            self.messages.append((False, data))
            self.outer.sendto(data, self.server)

    def back(self):
        while True:
            data = self.outer.recv(2048)
            if not data:
                return
            self.messages.append((True, data))
            self.inner.sendto(data, self.client)
