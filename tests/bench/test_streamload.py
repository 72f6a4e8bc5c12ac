"""Does streamload see wrong answers, and does echo_tcp answer whatever way the bytes come?"""

import contextlib
import json
import os
import pathlib
import socket
import ssl
import subprocess
import time

import pytest

from wrong_server import Server, answer

BENCH = pathlib.Path(os.environ["SRFLX_BUILD"]) / "bench"
REQUESTS = [bytes.fromhex("000100002112a442") + bytes([number]) * 12 for number in (1, 2, 3)]


def streamload(*words):
    done = subprocess.run([BENCH / "streamload", *map(str, words)], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)
    return done, json.loads(done.stdout) if done.stdout else None


@contextlib.contextmanager
def echo_tcp():
    """Yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([BENCH / "echo_tcp", "127.0.0.1", str(port)]) as process:
        try:
            wait_for(port)
            yield port
        finally:
            process.kill()


def wait_for(port):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.01)
    pytest.fail("echo_tcp does not listen")


def receive(connection, length):
    got = b""
    while len(got) < length:
        more = connection.recv(length - len(got))
        if not more:
            break
        got += more
    return got


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port), 10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def test_echo_tcp_answers_in_any_split():
    stream = b"".join(REQUESTS)
    with echo_tcp() as port:
        for cut in range(1, len(stream)):
            with connect(port) as connection:
                here = connection.getsockname()
                want = [answer(request, here, "nothing") for request in REQUESTS]
                connection.sendall(stream[:cut])
                # What is whole is answered at once, so that the rest comes in a read of its own.
                assert receive(connection, 32 * (cut // 20)) == b"".join(want[:cut // 20])
                connection.sendall(stream[cut:])
                assert receive(connection, 32 * (3 - cut // 20)) == b"".join(want[cut // 20:])
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(1) == b""


@pytest.mark.parametrize("wrong", [b"\x00\x01\x00\x04" + REQUESTS[0][4:], bytes(20), b"\x16\x03\x01" + bytes(17)])
def test_echo_tcp_closes_on_anything_else(wrong):
    with echo_tcp() as port, connect(port) as connection:
        connection.sendall(wrong)
        assert connection.recv(1) == b""


@pytest.mark.parametrize("load", ["pipelined", "connections"])
def test_right_answers(load):
    server = Server("nothing")
    done, found = streamload("-s", 0.3, "-c", 4, "-w", 5, load, "127.0.0.1", server.port)
    assert done.returncode == 0 and done.stderr == ""
    assert found["operations"] >= 50 and found["errors"] == 0
    assert 0.3 <= found["seconds"] < 10 and found["client_cpu_ns"] > 0
    assert server.right >= found["operations"]


@pytest.mark.parametrize("mistake, said", [
    ("address", "a mapped address that is not mine"), ("id", "another transaction id"),
    ("order", "another transaction id"), ("twice", "an answer without a request"),
    ("close", "the connection ended")])
def test_wrong_answers_are_seen(mistake, said):
    done, found = streamload("-s", 20, "-c", 1, "-w", 5, "pipelined", "127.0.0.1", Server(mistake).port)
    assert done.returncode == 0
    assert found["errors"] == 100 and found["seconds"] < 20
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_nobody_there():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        done, found = streamload("-s", 20, "pipelined", "127.0.0.1", probe.getsockname()[1])
    assert found["operations"] == 0 and found["errors"] == 100 and found["seconds"] < 20
    assert "no connection or no handshake" in done.stderr


def test_idle_connections_stay_until_the_input_ends():
    server = Server("nothing")
    with subprocess.Popen([BENCH / "streamload", "-c", "200", "idle", "127.0.0.1", str(server.port)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        found = json.loads(process.stdout.readline())
        assert found["operations"] == 200 and found["errors"] == 0
        assert len(server.open) == 200
        assert len({connection.getpeername()[0] for connection in server.open}) == 200
        process.communicate("", timeout=20)
        assert process.returncode == 0
    end = time.monotonic() + 10
    while server.open and time.monotonic() < end:
        time.sleep(0.01)
    assert server.open == []


class TlsServer(Server):
    """The same behind TLS."""

    def __init__(self, folder):
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                               "-nodes", "-subj", "/CN=localhost", "-out", folder / "c", "-keyout", folder / "k"],
                              capture_output=True, check=False)
        assert made.returncode == 0, made.stderr
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "c", folder / "k")
        super().__init__("nothing")

    def serve(self, connection, peer):
        self.open.remove(connection)
        with contextlib.suppress(ssl.SSLError):  # the last ones end within the handshake
            secure = self.context.wrap_socket(connection, server_side=True)
            self.open.append(secure)
            super().serve(secure, peer)


@pytest.mark.parametrize("load", ["tls-pipelined", "tls-connections", "tls-idle"])
def test_tls(tmp_path, load):
    server = TlsServer(tmp_path)
    done, found = streamload("-s", 0.5, "-c", 4, "-w", 5, load, "127.0.0.1", server.port)
    assert done.returncode == 0 and done.stderr == ""
    assert found["operations"] >= 4 and found["errors"] == 0


@pytest.mark.parametrize("words", [[], ["pipelined", "127.0.0.1"], ["what", "127.0.0.1", "1"],
                                   ["pipelined", "localhost", "1"], ["-w", "513", "pipelined", "127.0.0.1", "1"],
                                   ["-c", "0", "idle", "127.0.0.1", "1"], ["-s", "0", "idle", "127.0.0.1", "1"]])
def test_usage(words):
    done, _ = streamload(*words)
    assert done.returncode == 2 and done.stderr.startswith("usage: streamload")
