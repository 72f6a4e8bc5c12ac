"""Does srflxd allocate while it answers, and does it keep anything of those who ask?"""

import contextlib
import json
import os
import pathlib
import random
import re
import select
import signal
import socket
import struct
import subprocess
import time

import pytest

COUNTED = ("malloc", "calloc", "realloc", "memalign", "free", "mmap", "munmap")
KINDS = "plain=40,classic=20,fingerprint=20,ice=10,garbage=10"
GROWTH_KIB = 64


class Program:
    """A running program whose stderr is read here; it is killed at the end if it still runs."""

    def __init__(self, *words, **options):
        self.process = subprocess.Popen([str(word) for word in words], stderr=subprocess.PIPE, **options)
        self.said = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def read_until(self, text):
        end = time.monotonic() + 30
        while text not in self.said:
            left = end - time.monotonic()
            assert left > 0 and select.select([self.process.stderr], [], [], left)[0], self.said
            more = os.read(self.process.stderr.fileno(), 4096)
            assert more, f"it ended before it said {text!r}: {self.said}"
            self.said += more.decode()

    def stop(self):
        """SIGTERM; returns packets taken and answers sent, as the summary has them."""
        self.process.send_signal(signal.SIGTERM)
        self.said += self.process.stderr.read().decode()
        assert self.process.wait(30) == 0, self.said
        packets, answers = re.search(r"(\d+) packets, (\d+) answers", self.said).groups()
        return int(packets), int(answers)

    def memory(self, field):
        """A size in KiB, counted page by page (`Rss`), or of the address space (`VmSize`)."""
        name = "smaps_rollup" if field == "Rss" else "status"
        text = pathlib.Path(f"/proc/{self.process.pid}/{name}").read_text(encoding="ascii")
        return int(re.search(rf"^{field}:\s+(\d+) kB$", text, re.M).group(1))


def counted(path):
    return dict(zip(COUNTED, struct.unpack(f"{len(COUNTED)}Q", path.read_bytes())))


def preloaded(path):
    return {**os.environ, "LD_PRELOAD": os.environ["ALLOC_COUNT_LIBRARY"], "ALLOC_COUNT": str(path)}


def test_the_counter_counts(tmp_path):
    path = tmp_path / "counts"
    with Program(os.environ["ALLOCATES"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                 env=preloaded(path)) as program:
        program.process.stdin.write(b"\n")
        assert program.process.stdout.read(1) == b"\n"
        assert counted(path) == {"malloc": 3, "calloc": 5, "realloc": 8, "memalign": 3, "free": 1,
                                 "mmap": 1, "munmap": 1}
        program.process.stdin.close()
        assert program.process.wait(10) == 0


def free_port():
    """Of TCP and UDP, on 127.0.0.1, and one that the system gives to nobody by itself."""
    while True:
        port = random.randint(20000, 30000)
        with contextlib.suppress(OSError), socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port


def load(port, seconds):
    """How many requests of every kind were answered in this time; some more are sent that draw no answer."""
    done = subprocess.run([os.environ["SRFLX"], "bench", "--json", "--seconds", str(seconds), "--warm-up", "0",
                           "--timeout", "3000", "--ports", "32", "--window", "128", "--mix", KINDS, "--sources",
                           "127.0.0.0/8", f"127.0.0.1:{port}"], stdout=subprocess.PIPE, check=True, timeout=120)
    found = json.loads(done.stdout)
    assert (found["lost"], found["bad"]) == (0, 0)
    assert found["garbage"] > 0
    return found["answered"]


def test_the_server_allocates_nothing_while_it_answers(tmp_path):
    path, port = tmp_path / "counts", free_port()
    with Program(os.environ["SRFLXD"], "--listen", f"127.0.0.1:{port}", "--workers", "2",
                 env=preloaded(path)) as server:
        server.read_until("ready with")
        first = load(port, 1)
        before, space_before = counted(path), server.memory("VmSize")
        second = load(port, 5)
        after, space_after = counted(path), server.memory("VmSize")
        packets, answers = server.stop()
    assert before["calloc"] + before["malloc"] > 0, "the counter was not in the server"
    assert after == before
    assert space_after == space_before
    assert packets > answers == first + second > 100_000


def give_up(why):
    """Skips for a person's machine; a CI that cannot run this must say so by failing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must be able to run this: {why}")
    pytest.skip(why)


@contextlib.contextmanager
def network():
    """A network namespace without a name, gone with its holder. Yields the words that enter it."""
    if os.geteuid() != 0:
        give_up("a network namespace needs root: run the tests as root")
    with Program("unshare", "--net", "--", "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                 bufsize=0) as holder:
        holder.process.stdin.write(b"\n")
        if not holder.process.stdout.read(1):
            give_up(f"no permission to make a network namespace: {holder.process.stderr.read().decode()}")
        yield ["nsenter", f"--net=/proc/{holder.process.pid}/ns/net", "--"]


def test_many_spoofed_sources_leave_nothing_behind():
    few, many = 10**5, 10**7
    with network() as enter:
        for words in ("link set lo up", "route add local 10.0.0.0/8 dev lo"):
            subprocess.run([*enter, "ip", *words.split()], check=True)
        with Program(*enter, os.environ["SRFLXD"], "--listen", "127.0.0.1:3478",
                     "--workers", "1") as server:
            server.read_until("ready with")
            spoof = [*enter, os.environ["SPOOF"], "127.0.0.1", "3478"]
            subprocess.run([*spoof, "0", str(few)], check=True, timeout=60)
            before = server.memory("Rss")
            subprocess.run([*spoof, str(few), str(many - few)], check=True, timeout=400)
            after = server.memory("Rss")
            assert server.stop() == (many, many)
    assert after - before <= GROWTH_KIB
