"""Does UDP stay whole beside ten thousand connections, and where descriptors run out?"""

import contextlib
import json
import pathlib
import resource
import select
import subprocess
import time

import pytest

import daemon
import stun
from connection import Connection
from daemon import PATIENCE, SRFLX, SRFLXD, ask

CONNECTIONS, SOURCES, OTHER_FILES = 10_000, 100, 500
RATE, SLOWEST, SECONDS, TRIALS = 50_000, 1_000, 1.5, 4
FILES, CLIENTS = 64, 100


@pytest.fixture(name="files")
def most_files():
    """How many this process and its children may open now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def bench(server, rate):
    """What `srflx bench` says of UDP at this rate."""
    done = subprocess.run([SRFLX, "bench", "--json", "--rate", str(rate), "--seconds", str(SECONDS), "--warm-up", "0.3",
                           "--timeout", "3000", server.host], capture_output=True, timeout=60, check=False)
    found = json.loads(done.stdout)
    assert found["bad"] == 0, found
    return found


def is_whole(found, rate):
    """Nothing lost; and it was sent, as far as one can tell, at this rate."""
    return not found["lost"] and found["sent"] > 0.9 * rate * SECONDS


def loses_nothing(server, control):
    """True if `server` loses nothing at a rate at which `control` loses nothing either. The machine may do other things
    meanwhile, so that one loss proves nothing: only if it loses in every pair is it to blame."""
    rate = RATE
    for _ in range(TRIALS):
        while not is_whole(bench(control, rate), rate):
            rate //= 2
            assert rate >= SLOWEST, "this machine is too busy for any load"
        found = bench(server, rate)
        if not found["lost"]:
            print(f"{found['answered']} of {found['sent']} answered at {rate} a second")
            return True
    return False


# spec: R8489-6.2.2-15
def test_idle_connections_cost_udp_nothing(start, files):
    count = min(CONNECTIONS, files - OTHER_FILES)
    assert count > 1000, "raise the limit of open files (ulimit -n)"
    server, control = (start("--idle-timeout=10m") for _ in range(2))
    with contextlib.ExitStack() as stack:
        idle = []
        for number in range(count):
            idle.append(Connection(server.address, ip=f"127.{number % SOURCES + 1}.0.2"))
            stack.callback(idle[-1].close)
            idle[-1].ask()
        assert loses_nothing(server, control)
        for client in idle:
            client.ask()
    counts = server.stop()
    assert counts["connections accepted"] == count
    assert counts["answers to messages on connections"] == 2 * count


def processor_ns(server):
    """What all its threads have used."""
    tasks = pathlib.Path(f"/proc/{server.process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks)


def answered(clients, seconds):
    """Those on which something has come, when the first does or the time is over."""
    ready = select.select([client.socket for client in clients], [], [], seconds)[0]
    return [client for client in clients if client.socket in ready]


def test_descriptors_run_out(start, tmp_path, monkeypatch):
    """Who comes late waits until others go; meanwhile UDP goes on, and no thread spins."""
    wrapper = tmp_path / "srflxd"
    wrapper.write_text(f'#!/bin/sh\nulimit -n {FILES}\nexec {SRFLXD} "$@"\n', encoding="ascii")
    wrapper.chmod(0o700)
    monkeypatch.setattr(daemon, "SRFLXD", str(wrapper))
    server = start("--message-timeout=60s", "--idle-timeout=60s")
    waiting = [Connection(server.address, ip=f"127.{number + 1}.0.2") for number in range(CLIENTS)]
    asked = {client: stun.request() for client in waiting}
    for client in waiting:
        client.send(asked[client])
    udp = server.client()
    for _ in range(100):
        request = stun.request()
        assert ask(udp, request) == stun.answer(request, udp.getsockname())

    before = processor_ns(server)
    time.sleep(2)
    assert processor_ns(server) - before < 200_000_000
    held = answered(waiting, 0)
    assert FILES // 2 < len(held) < FILES
    while waiting:
        ready = answered(waiting, PATIENCE)
        assert ready, f"{len(waiting)} were never accepted"
        for client in ready:
            assert client.read(32) == client.answer(asked[client])
            client.close()
            waiting.remove(client)
    Connection(server.address).ask()
    counts = server.stop()
    assert counts["connections accepted"] == CLIENTS + 1
    assert 10 <= counts["accepting paused: no descriptor or memory left"] < 600  # each for 0.1 s
