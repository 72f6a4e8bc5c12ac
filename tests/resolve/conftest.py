"""Runs `srflx locate` against DNS servers on ports of 127.0.0.1."""

import contextlib
import json
import os
import random
import socket
import subprocess
import time

import pytest

import dns

SRFLX = os.environ["SRFLX"]


class Located:
    """What `srflx locate --json` says."""

    def __init__(self, done, seconds):
        self.code, self.seconds = done.returncode, seconds
        said = json.loads(done.stdout)
        self.error = said.get("error")
        self.steps = [(s.get("type"), s.get("name"), s.get("outcome"), s["why"]) for s in said["steps"]]
        self.outcomes = {(s["type"], s["name"]): s["outcome"] for s in said["steps"] if "outcome" in s}
        self.left_out = {(s["type"], s["name"]): s["left_out"] for s in said["steps"] if "outcome" in s}
        self.aliases = {(s["type"], s["name"]): s["aliases"] for s in said["steps"] if "outcome" in s}
        self.candidates = [
            f"{c['transport']} {c['address']} {c['port']} {c['host']}" for c in said["candidates"]]


@pytest.fixture(name="locate")
def locate_fixture():
    def run(servers, *arguments):
        start = time.monotonic()
        done = subprocess.run([SRFLX, "locate", "--json", "--dns", servers, *arguments], timeout=30,
                              stdout=subprocess.PIPE, text=True, check=False)
        return Located(done, time.monotonic() - start)

    return run


def free_port():
    """Of TCP and UDP, on 127.0.0.1, and one that the system gives to nobody by itself."""
    while True:
        port = random.randint(20000, 30000)
        with contextlib.suppress(OSError), socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port


@pytest.fixture(name="serve")
def serve_fixture():
    """serve(answer) starts a server and returns its ADDR:PORT; see dns.Server."""
    servers = []

    def start(answer):
        servers.append(dns.Server(answer))
        return servers[-1].address

    yield start
    for server in servers:
        server.close()
