"""examples/query.c and examples/transaction.c against examples/udp_server.c, on loopback."""

import os
import pathlib
import re
import socket
import subprocess

import pytest

EXAMPLES = pathlib.Path(os.environ["SRFLX_BUILD"], "examples")
ANSWER = re.compile(r"I am (127\.0\.0\.1:\d+) \(\d+\.\d ms\)\n")
CLIENTS = pytest.mark.parametrize("client", ["query", "transaction"])


def run(name, *words):
    return subprocess.run([EXAMPLES / f"example_{name}", *words], capture_output=True, text=True,
                          check=False, timeout=60)


@pytest.fixture(name="server")
def running_server():
    """The process, and the address on which it says it listens."""
    command = [EXAMPLES / "example_udp_server", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        first = process.stdout.readline()
        yield process, re.fullmatch(r"listening on (127\.0\.0\.1:\d+)\n", first)[1]
        process.terminate()


@CLIENTS
def test_client_and_server_agree_on_the_address(server, client):
    process, address = server
    done = run(client, address)
    assert (done.returncode, done.stderr) == (0, "")
    mapped = ANSWER.fullmatch(done.stdout)[1]
    assert process.stdout.readline() == f"answered {mapped}\n"


def test_nonsense_is_not_answered(server):
    process, address = server
    host, port = address.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"hello", (host, int(port)))
    mapped = ANSWER.fullmatch(run("query", address).stdout)[1]
    assert process.stdout.readline() == f"answered {mapped}\n"


def closed_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{sock.getsockname()[1]}"


@pytest.mark.parametrize("client, text", [
    ("query", "nobody listens on {}: Connection refused\n"),
    ("transaction", "nobody listens there\n"),
])
def test_nobody_listens(client, text):
    address = closed_port()
    done = run(client, address)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", text.format(address))


@pytest.mark.parametrize("name, words, usage", [
    ("query", [], "query stun:HOST[:PORT]"),
    ("transaction", [], "transaction ADDRESS:PORT"),
    ("transaction", ["127.0.0.1"], "transaction ADDRESS:PORT"),
    ("udp_server", [], "udp_server ADDRESS:PORT, of IPv4 and not 0.0.0.0"),
    ("udp_server", ["0.0.0.0:0"], "udp_server ADDRESS:PORT, of IPv4 and not 0.0.0.0"),
])
def test_wrong_arguments_show_the_usage(name, words, usage):
    done = run(name, *words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"usage: {usage}\n")
