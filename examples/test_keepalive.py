"""examples/keepalive.c against a server that answers as it is told, on loopback."""

import os
import pathlib
import socket
import struct
import subprocess

import pytest

EXAMPLE = pathlib.Path(os.environ["SRFLX_BUILD"], "examples", "example_keepalive")
COOKIE = 0x2112A442


@pytest.fixture(name="server")
def server_socket():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(20)
        yield sock


def start(server, *words):
    command = [EXAMPLE, f"127.0.0.1:{server.getsockname()[1]}", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def answer(server, kind=0x0101, port=None):
    """Takes a request, and answers it with this mapped port, or with an error. Returns id and client."""
    request, client = server.recvfrom(2048)
    assert (len(request), request[:8]) == (20, struct.pack("!HHI", 1, 0, COOKIE))
    address, = struct.unpack("!I", socket.inet_aton(client[0]))
    mapped = struct.pack("!HHBBHI", 0x0020, 8, 0, 1, (port or client[1]) ^ COOKIE >> 16, address ^ COOKIE)
    attributes = mapped if kind == 0x0101 else struct.pack("!HHHBB", 0x0009, 4, 0, 4, 0)
    server.sendto(struct.pack("!HH", kind, len(attributes)) + request[4:] + attributes, client)
    return request[4:], client


def test_a_flow_that_lives(server):
    with start(server, 1000, 2) as process:
        first, client = answer(server)
        second, again = answer(server)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert out == f"alive: 127.0.0.1:{client[1]}\n" * 2
    assert first != second and client == again


# spec: R5626-4.4.2-05
def test_a_flow_that_moves(server):
    with start(server, 1000) as process:
        _, client = answer(server)
        answer(server, port=9)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (1, "")
    assert out == f"alive: 127.0.0.1:{client[1]}\nmoved: 127.0.0.1:9\n"


# spec: R5626-4.4.2-04
def test_an_error(server):
    with start(server) as process:
        answer(server, kind=0x0111)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (1, "", "the server answered with an error\n")


def test_a_closed_port(server):
    with start(server, 1000) as process:
        answer(server)
        server.close()
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (1, "the network reported that the server cannot be reached\n")


def test_wrong_use():
    done = subprocess.run([EXAMPLE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "usage: keepalive ADDRESS:PORT [MILLISECONDS [ROUNDS]]\n")
