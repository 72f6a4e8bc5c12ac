"""TCP servers that are slow, cut off, or end too early."""

import socket
import struct
import time

import pytest

from conftest import free_port, query
from stream_server import StreamServer, good, receive, silent
from stun import success


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def in_pieces(connection, _number):
    answer = success(receive(connection), connection.getpeername())
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in answer:
        connection.sendall(bytes([byte]))
        time.sleep(0.001)
    connection.recv(1)


def after_others(connection, _number):
    """An answer behind one to somebody else, in one piece."""
    request = receive(connection)
    stranger = success(request[:4] + bytes(16), connection.getpeername(), "203.0.113.1")
    connection.sendall(stranger + success(request, connection.getpeername()))
    connection.recv(1)


# spec: R8489-6.2.2-03
@pytest.mark.parametrize("script", [good, in_pieces, after_others])
def test_answers(script):
    with StreamServer(script) as server:
        run = query("--tcp", server)
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("address  127.0.0.1:")
    assert run.out.endswith(f"server   {server} over TCP\n")


# spec: R8489-6.2.2-07
@pytest.mark.parametrize("script, code, text", [
    (lambda connection, _: receive(connection), 1, "closed the connection"),
    (lambda connection, _: reset(connection) if receive(connection) else None, 1, "reset the connection"),
    (lambda connection, _: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), 3,
     "sent what is no STUN message"),
], ids=["closed", "reset", "garbage"])
def test_ends(script, code, text):
    with StreamServer(script) as server:
        run = query("--tcp", server)
        assert run.said == (code, f"{server} {text}")
        assert run.seconds < 5


# spec: R8489-6.2.2-04 R8489-6.2.2-05 R8489-6.2.2-06
def test_silence_has_no_second_request():
    requests = []

    def listening(connection, _number):
        while data := connection.recv(2048):
            requests.append(data)

    with StreamServer(listening) as server:
        run = query("--tcp", "--timeout", "1.2", "--json", server)
    assert (run.code, run.json["error"]["name"], run.json["sent"]) == (1, "TIMEOUT", 1)
    assert run.json["error"]["text"] == f"no answer from {server}: 1 request over TCP in 1.2 s"
    assert [len(request) for request in requests] == [20]


def test_refused():
    port = free_port()
    assert query("--tcp", f"127.0.0.1:{port}").said == (
        1, f"nobody listens on 127.0.0.1:{port}: Connection refused")


def test_nobody_accepts():
    """A queue that is full drops what comes."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = "{}:{}".format(*listener.getsockname())
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        assert query("--tcp", "--timeout", "0.5", address).said == (
            1, f"cannot connect to {address} over TCP: timed out")
        for one in waiting:
            one.close()


@pytest.mark.parametrize("option, name", [("--tls", "TLS"), ("--dtls", "DTLS")])
def test_a_handshake_without_an_answer(option, name):
    with socket.socket(type=socket.SOCK_DGRAM) as deaf, StreamServer(silent) as server:
        deaf.bind(("127.0.0.1", server.port))
        run = query("--name", "a.example", option, "--timeout", "0.6", f"stuns:{server}")
    assert run.said == (1, f"{server} does not answer the {name} handshake")


def test_a_server_that_speaks_no_tls():
    with StreamServer(lambda connection, _: connection.sendall(b"\x01\x01\0\0" * 8)) as server:
        run = query("--name", "a.example", f"stuns:{server}")
    assert run.code == 5
    assert run.err.startswith(f"srflx query: {server}: the peer")


# spec: R8489-6.2.2-08 R8489-6.2.2-10
def test_a_series_uses_one_connection():
    with StreamServer(good) as server:
        run = query("--tcp", "--count", 3, "--interval", 0.01, server)
        assert (run.code, server.count) == (0, 1)


# spec: R8489-6.2.2-11
def test_a_connection_that_has_ended_is_opened_again():
    def once(connection, _number):
        connection.sendall(success(receive(connection), connection.getpeername()))

    with StreamServer(once) as server:
        run = query("--tcp", "--count", 3, "--interval", 0.2, server)
        assert (run.code, server.count, run.err) == (0, 3, "")


# spec: R8489-6.2.2-11
def test_a_connection_that_fell_silent_is_reset_and_opened_again():
    ended = []

    def mute_after_one(connection, number):
        connection.sendall(success(receive(connection), connection.getpeername()))
        if number == 1:
            receive(connection)
            try:
                connection.recv(1)
            except ConnectionResetError:
                ended.append(number)

    with StreamServer(mute_after_one) as server:
        run = query("--tcp", "--count", 3, "--interval", 0.01, "--timeout", 0.5, "--json", server)
        assert [one["ok"] for one in run.json["results"]] == [True, False, True]
    assert (ended, server.count) == ([1], 2)
