"""Servers of streams: what an answer, a connection and a handshake cost, and what an idle connection keeps.

Over loopback. CPU time is read from outside, around the whole load, so that it includes what goes before the
first answer and after the last one."""

import contextlib
import dataclasses
import json
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import time

from columns import STREAMS
from failure import Failure
from networks import Loopback
from processes import start
from programs import PROGRAMS
from servers import Server, free_port

REQUEST = bytes.fromhex("000100002112a442") + bytes(12)
# Descriptors that a program has for other things.
OTHER_FILES = 200


def why_not():
    """Why streams cannot be measured here, None if they can."""
    if not shutil.which("openssl"):
        return "openssl is not installed (Debian: apt-get install openssl)"
    return None


class StreamServer(Server):
    """Asked by bench/streamload."""

    def __init__(self, program, bench):
        super().__init__(program, Loopback(None, None), 1, bench)
        self.place = dataclasses.replace(self.place, tls_port=free_port(),
                                         certificate=f"{self.place.scratch}/certificate.pem",
                                         key=f"{self.place.scratch}/key.pem")

    def commands(self):
        make_certificate(self.place)
        return self.program.streams(self.place)

    def answers(self):
        """Over TCP, and there is somebody on the port of TLS."""
        try:
            with socket.create_connection((self.place.address, self.place.port), 1) as asking:
                asking.sendall(REQUEST)
                answered = asking.recv(1)
            if self.program.secure:
                socket.create_connection((self.place.address, self.place.tls_port), 1).close()
        except OSError:
            return False
        return answered == b"\x01"

    def cpu_ns(self):
        """Of all threads, ended ones too: the CPU clock of another process (clock_getcpuclockid(3))."""
        return sum(time.clock_gettime_ns(~process.pid << 3 | 2) for process in self.processes)

    @contextlib.contextmanager
    def asked(self, stream, connections):
        """Yields what streamload prints. What is idle stays so for as long as the block lasts."""
        words = [self.bench.build / "bench" / "streamload", "-s", self.bench.seconds, "-c", connections,
                 "-w", stream.window, stream.load, self.place.address,
                 self.place.tls_port if stream.is_secure else self.place.port]
        with start(words, self.network.inside_client, [self.bench.client_cpu], stdin=subprocess.PIPE,
                   stdout=subprocess.PIPE, text=True) as process:
            try:
                yield read_figures(process, self.program.name)
                process.communicate(timeout=60)
            finally:
                process.kill()

    def load(self, stream):
        before = self.cpu_ns()
        with self.asked(stream, stream.connections) as found:
            pass
        ns = (self.cpu_ns() - before) / found["operations"]
        return {"value": ns, "operations": found["operations"], "errors": found["errors"],
                "rate": found["operations"] / found["seconds"]}

    def keep_idle(self, stream):
        connections = min(stream.connections, raise_file_limit() - OTHER_FILES)
        before = self.memories()
        with self.asked(stream, connections) as found:
            value, resident, kernel = ((after - early) / connections
                                       for after, early in zip(self.memories(), before))
        return {"value": value, "resident": resident, "kernel": kernel,
                "operations": found["operations"], "errors": found["errors"]}

    def memories(self):
        """Anonymous and resident memory of the server, and the kernel's for everybody, in bytes."""
        slab = re.search(r"^Slab:\s+(\d+) kB$", pathlib.Path("/proc/meminfo").read_text(encoding="ascii"), re.M)
        return 1024 * self.memory("RssAnon"), 1024 * self.memory("VmRSS"), 1024 * int(slab[1])


def read_figures(process, name):
    """What was wrong has been said on standard error."""
    line = process.stdout.readline()
    found = json.loads(line) if line else {"operations": 0}
    if not found["operations"]:
        raise Failure(f"bench/streamload got nothing from {name}")
    return found


def make_certificate(place):
    """Of the kind that browsers meet most: ECDSA with P-256."""
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                           "-nodes", "-days", "2", "-subj", "/CN=localhost",
                           "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                           "-out", place.certificate, "-keyout", place.key], capture_output=True, text=True)
    if made.returncode:
        raise Failure(f"openssl made no certificate:\n{made.stderr}")


def raise_file_limit():
    """To the most that is allowed, for us and what we start. Returns it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def programs_of(stream, programs):
    return [name for name in programs if PROGRAMS[name].secure or not stream.is_secure]


def measure(bench, streams, programs, say):
    """Every column beside every program, round after round. Returns (column, program) -> runs."""
    runs = {}
    raise_file_limit()
    for number in range(bench.rounds):
        for name in streams:
            stream = STREAMS[name]
            say(f"round {number + 1} of {bench.rounds}: {stream.title}")
            for program in programs_of(stream, programs):
                with StreamServer(PROGRAMS[program], bench) as server:
                    found = server.keep_idle(stream) if stream.is_memory else server.load(stream)
                runs.setdefault((name, program), []).append(found)
    return runs
