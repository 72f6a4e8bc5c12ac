"""Does srflxd allocate for messages on connections, and does it keep anything of those who came and went?"""

import os
import pathlib
import random
import socket
import subprocess
import time

import pytest

from test_server_memory import GROWTH_KIB, Program, counted, network, preloaded

STREAMLOAD = pathlib.Path(os.environ["SRFLX_BUILD"]) / "bench" / "streamload"
WARM_UP = 10_000
GONE = 2.5  # seconds: what the end of a load leaves half done has no more time than that
HELLOS = int(os.environ.get("HELLOS", 10**5))


@pytest.fixture(name="pair")
def pair_fixture(tmp_path):
    """Words of srflxd that name a new certificate."""
    subprocess.run([os.environ["SRFLX"], "cert", "--name", "a.example", "--out", tmp_path / "a"], check=True,
                   capture_output=True)
    return "--certificate", tmp_path / "a.crt", "--certificate-key", tmp_path / "a.key"


def free_address():
    """An address of loopback, and a port of it, that nobody has taken."""
    ip = f"127.{random.randint(1, 100)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
    with socket.socket() as probe:
        probe.bind((ip, 0))
        return probe.getsockname()


def srflxd(address, *words, **options):
    return Program(os.environ["SRFLXD"], "--listen", "{}:{}".format(*address), "--workers", "1", *words, **options)


def request(number):
    return bytes.fromhex("000100002112a442") + number.to_bytes(12, "big")


def read(client, length):
    got = b""
    while len(got) < length:
        more = client.recv(length - len(got))
        assert more, "the server has closed"
        got += more
    return got


def ask(clients, rounds):
    """Rounds of three requests on each connection, in two pieces, with the answers of a round before the next."""
    for turn in range(rounds):
        asked = b"".join(request(3 * turn + number) for number in range(3))
        for client in clients:
            client.sendall(asked[:31])
            client.sendall(asked[31:])
        for client in clients:
            answers = read(client, 96)
            assert [answers[at:at + 20] for at in (0, 32, 64)] == [
                b"\1\1\0\x0c" + asked[at + 4:at + 20] for at in (0, 20, 40)]


def test_messages_on_connections_take_no_memory(tmp_path):
    path, address = tmp_path / "counts", free_address()
    with srflxd(address, env=preloaded(path)) as server:
        server.read_until("ready with")
        clients = [socket.create_connection(address, 10) for _ in range(32)]
        ask(clients, 10)
        before, space_before = counted(path), server.memory("VmSize")
        ask(clients, 500)
        after, space_after = counted(path), server.memory("VmSize")
        server.stop()
        for client in clients:
            client.close()
    assert before["calloc"] + before["malloc"] > 0, "the counter was not in the server"
    assert after == before
    assert space_after == space_before


def load(kind, address, wanted):
    """At least so many connections, one after the other; 16 at a time."""
    done = 0
    while done < wanted:
        out = subprocess.run([STREAMLOAD, "-s", "3", "-c", "16", kind, *map(str, address)], check=True,
                             stdout=subprocess.PIPE, timeout=60).stdout
        words = dict(pair.split(": ") for pair in out.decode().strip().strip("{}").replace('"', "").split(", "))
        assert words["errors"] == "0"
        done += int(words["operations"])
    return done


def test_plain_connections_that_come_and_go_take_no_memory(tmp_path):
    path, address = tmp_path / "counts", free_address()
    with srflxd(address, env=preloaded(path)) as server:
        server.read_until("ready with")
        load("connections", address, WARM_UP)
        before = counted(path)
        load("connections", address, WARM_UP)
        after = counted(path)
    assert after == before


# OpenSSL's memory is the heap's, which keeps what the most at a time have needed; half a KiB of each would be more.
@pytest.mark.parametrize("kind, count, growth", [
    ("connections", 100_000, GROWTH_KIB), ("tls-connections", 3_000, 1536), ("dtls-connections", 3_000, 1536)])
def test_connections_that_are_gone_are_forgotten(pair, kind, count, growth):
    address, times = free_address(), ("--idle-timeout=1s", "--handshake-timeout=1s", "--message-timeout=1s")
    with srflxd(address, *pair, "--tls-port", str(free_address()[1]), *times) as server:
        server.read_until("ready with")
        load(kind, address, count // 3)
        time.sleep(GONE)
        before = server.memory("Rss")
        load(kind, address, count)
        time.sleep(GONE)
        after = server.memory("Rss")
        server.stop()
    print(f"{kind}: {before} KiB, later {after} KiB")
    assert after - before <= growth


def client_hello():
    """The first flight of OpenSSL's client."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as catcher:
        catcher.bind(("127.0.0.1", 0))
        catcher.settimeout(30)
        with Program("openssl", "s_client", "-dtls1_2", "-connect", f"127.0.0.1:{catcher.getsockname()[1]}",
                     stdin=subprocess.PIPE, stdout=subprocess.DEVNULL):
            return catcher.recv(4096)


# spec: R8489-13-01 R7350-4.1-01
def test_many_spoofed_hellos_leave_nothing_behind(pair, tmp_path):
    """And whoever is named by them gets less than a third of it, and nobody else anything."""
    few, path = 10_000, tmp_path / "counts"
    hello = client_hello()
    with network() as enter:
        for words in ("link set lo up", "route add local 10.0.0.0/8 dev lo"):
            subprocess.run([*enter, "ip", *words.split()], check=True)
        with Program(*enter, os.environ["SRFLXD"], "--listen", "127.0.0.1:3478", "--workers", "1", *pair,
                     env=preloaded(path)) as server:
            server.read_until("ready with")
            hellos = [*enter, os.environ["HELLOS_PROGRAM"], "127.0.0.1", "3478"]
            subprocess.run([*hellos, "0", str(few)], input=hello, check=True, timeout=60, capture_output=True)
            before, allocated = server.memory("Rss"), counted(path)
            done = subprocess.run([*hellos, str(few), str(HELLOS)], input=hello, check=True, timeout=600,
                                  stdout=subprocess.PIPE)
            after = server.memory("Rss")
            assert counted(path) == allocated
            server.stop()
    sent, back = map(int, done.stdout.split())
    print(f"{HELLOS} of {len(hello)} bytes: {after - before} KiB more, {back / sent:.3f} of the bytes came back")
    assert after - before <= GROWTH_KIB
    assert back <= 0.3 * sent
    assert f" {few + HELLOS}  DTLS clients asked to show" in server.said
