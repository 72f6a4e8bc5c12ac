"""Runs the tool; its path comes from CMake."""

import contextlib
import errno
import os
import pty
import random
import re
import socket
import subprocess

import pytest

SRFLX = os.environ["SRFLX"]
SRFLXD = os.environ["SRFLXD"]
IN_CI = os.environ.get("CI") == "true"


class Run:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr


@pytest.fixture(name="srflx")
def srflx_fixture():
    def run(*arguments, stdin=b"", prefix=()):
        done = subprocess.run([*prefix, SRFLX, *map(str, arguments)], input=stdin, capture_output=True,
                              timeout=60, check=False)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return Run(done)

    return run


def free_port():
    """Of TCP and UDP, on 127.0.0.1, and one that the system gives to nobody by itself."""
    while True:
        port = random.randint(20000, 30000)
        with contextlib.suppress(OSError), socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def running(*options, port=None):
    """srflxd on a port of 127.0.0.1, which is given as HOST:PORT as soon as it answers."""
    server = f"127.0.0.1:{port or free_port()}"
    command = [SRFLXD, "--workers", "1", "--listen", server, *map(str, options)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        said = []
        while not (said and said[-1].startswith("srflxd: ready ")):
            said.append(process.stderr.readline())
            assert said[-1], said
        try:
            yield server
        finally:
            process.terminate()
            process.stderr.read()


def on_terminal(stream, *arguments, environment=None):
    """What the tool writes to "stdout" or "stderr" if that is a terminal."""
    ours, theirs = pty.openpty()
    subprocess.run([SRFLX, *map(str, arguments)], check=False, timeout=60, env=environment,
                   **{stream: theirs})
    os.close(theirs)
    said = b""
    try:
        while True:  # it arrives in pieces, and its end is an error
            said += os.read(ours, 4096)
    except OSError as error:
        assert error.errno == errno.EIO
    os.close(ours)
    return said.decode()


def without_times(text):
    """Every time that differs from run to run, as #."""
    return re.sub(r"\d+\.\d{3}|\d+\.\d(?= s\b)", "#", text)


def seconds_until_failure(text):
    return float(re.search(r" in (\d+\.\d) s\b", text)[1])


def missing(reason):
    """A test that cannot run here: a failure in CI, else a skip that says why."""
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(f"SKIPPED: {reason}")


@pytest.fixture
def ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        missing(f"this machine has no ::1: {error}")


@pytest.fixture
def namespace():
    """What goes before a command to run it as root of new namespaces."""
    prefix = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
    done = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    if done.returncode:
        prefix = ["unshare", "--net", "--mount"]
        done = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    if done.returncode:
        missing(f"no namespaces for this user: {done.stderr.decode().strip()}")
    return prefix
