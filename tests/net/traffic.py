"""Requests at a steady pace, each answer checked byte by byte against the configurations it may show."""

import collections
import itertools
import select
import threading
import time

import stun

PORTS = 16
OUTSTANDING = 1000  # fits into every buffer on the way, so that none of them can lose anything
PATIENCE = 30


def software(version):
    return f"version {version:04}"


class Traffic(threading.Thread):
    """Asks a server that says its version in SOFTWARE. An answer must not be older than what was known
    to be in force when its request left, nor newer than what has been asked for when it arrives."""

    def __init__(self, namespace, server, rate):
        super().__init__()
        self.server, self.rate = server, rate
        self.in_force = self.asked_for = 0  # versions; the test raises them
        self.sent = 0
        self.reached = 0  # requests a second
        self.seen = collections.Counter()  # answers by version
        self.error = None
        self.over = threading.Event()
        self.pending = {}  # transaction id -> (version in force when it was sent, bytes before SOFTWARE)
        self.clients = [self.client(namespace, number) for number in range(PORTS)]

    @staticmethod
    def client(namespace, number):
        """A port of its own prefix, so that every worker has some, and what answers to it begin with."""
        client = namespace.client(f"127.{number + 1}.0.1")
        client.setblocking(False)
        mapped = stun.address_attribute(0x0020, client.getsockname(), stun.COOKIE + bytes(12))
        return client, bytes.fromhex("0101001c") + stun.COOKIE, mapped + bytes.fromhex("8022000c")

    def run(self):
        try:
            self.ask()
        except Exception as error:  # pylint: disable=broad-except # for whoever joins
            self.error = error

    def ask(self):
        start = time.monotonic()
        turns = itertools.cycle(self.clients)
        poller = select.poll()
        for client, _, _ in self.clients:
            poller.register(client, select.POLLIN)
        while not self.over.is_set():
            due = int((time.monotonic() - start) * self.rate) - self.sent
            for _ in range(min(due, OUTSTANDING - len(self.pending))):
                self.send(*next(turns))
            self.receive(poller, 1)
        self.reached = self.sent / (time.monotonic() - start)
        end = time.monotonic() + PATIENCE
        while self.pending and time.monotonic() < end:
            self.receive(poller, 100)

    def send(self, client, head, tail):
        identity = self.sent.to_bytes(12, "big")
        self.pending[identity] = (self.in_force, head + identity + tail)
        client.sendto(bytes.fromhex("00010000") + stun.COOKIE + identity, self.server)
        self.sent += 1

    def receive(self, poller, milliseconds):
        for client, *_ in self.clients if poller.poll(milliseconds) else []:
            try:
                while True:
                    self.take(client.recv(2048))
            except BlockingIOError:
                continue

    def take(self, answer):
        floor, begin = self.pending.pop(answer[8:20])
        version = int(answer[-4:])
        assert answer == begin + software(version).encode(), answer
        assert floor <= version <= self.asked_for, (floor, version, self.asked_for)
        self.seen[version] += 1

    def until_seen(self, version, count):
        """Waits for so many answers with this version, from now on."""
        wanted, end = self.seen[version] + count, time.monotonic() + PATIENCE
        while self.seen[version] < wanted:
            assert self.is_alive() and time.monotonic() < end, (self.error, self.seen, self.sent)
            self.over.wait(0.001)

    def finish(self):
        """Stops asking, waits for the last answers, and fails if anything was wrong or lost."""
        self.over.set()
        self.join()
        for client, *_ in self.clients:
            client.close()
        if self.error:
            raise self.error
        assert not self.pending, f"{len(self.pending)} of {self.sent} answers lost"
        # What is held back by a slow machine still is a load, but hardly any is none.
        assert self.reached > self.rate / 4, f"only {self.reached:.0f} requests a second"
