"""Does srflxd allocate while it answers, and does it keep anything of those who ask?"""

import contextlib
import json
import os
import pathlib
import re
import select
import signal
import socket
import struct
import subprocess
import time

import pytest

COUNTED = ("malloc", "calloc", "realloc", "memalign", "free", "mmap", "munmap")
KINDS = "plain,classic,fingerprint,change,ice,unknown,malformed"
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
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def load(port, count):
    """Has `count` requests answered; some more are sent that draw no answer."""
    done = subprocess.run([os.environ["LOAD"], "--count", str(count), "--seconds", "300",
                           "--patience", "10000", "--ports", "32", "--window", "4", "--sources", "32",
                           "--mix", KINDS, "127.0.0.1", str(port)],
                          stdout=subprocess.PIPE, check=True, timeout=320)
    found = json.loads(done.stdout)
    assert (found["answers"], found["lost"], found["bad"]) == (count, 0, 0)


def test_the_server_allocates_nothing_while_it_answers(tmp_path):
    path, port = tmp_path / "counts", free_port()
    with Program(os.environ["SRFLXD"], "--listen", f"127.0.0.1:{port}", "--workers", "2",
                 env=preloaded(path)) as server:
        server.read_until("ready with")
        load(port, 1000)
        before, space_before = counted(path), server.memory("VmSize")
        load(port, 1000000 - 1000)
        after, space_after = counted(path), server.memory("VmSize")
        packets, answers = server.stop()
    assert before["calloc"] + before["malloc"] > 0, "the counter was not in the server"
    assert after == before
    assert space_after == space_before
    assert packets > answers == 1000000


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
