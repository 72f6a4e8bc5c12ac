"""DTLS, by OpenSSL's own client: cookies, answers, and what RFC 8489 says of old clients."""

import os
import signal
import socket
import threading
import time

import pytest

import stun
from certificates import Certificate
from daemon import PATIENCE, ask
from openssl import Client
from test_tls import wait_for_line


@pytest.fixture(name="server")
def dtls_server(start, tmp_path):
    Certificate("a.example").write(tmp_path, "a")
    server = start("--certificate=a.pem", "--certificate-key=a.key", "--tls-port=30001")
    server.tls_port = 30001
    return server


@pytest.mark.parametrize("words", [[], ["-alpn", "stun.nat-discovery"], ["-mtu", "512"]])
def test_answers_on_both_ports(server, words):
    """spec: R7350-3-09 R7443-1-01 R8489-12-04 R8489-12-05"""
    for port in (server.address[1], server.tls_port):
        with Client(server.address[0], port, "-dtls1_2", *words) as client:
            for _ in range(3):
                asked = stun.request()
                answer = client.exchange(asked, 32)
                assert answer[:8] == b"\x01\x01\x00\x0c" + stun.COOKIE and answer[8:20] == asked[8:20]
                assert answer[20:26] == b"\x00\x20\x00\x08\x00\x01"
        plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        plain.settimeout(PATIENCE)
        plain.connect((server.address[0], port))
        asked = stun.request()
        assert ask(plain, asked) == stun.answer(asked, plain.getsockname())
    counts = server.stop()
    assert counts["DTLS handshakes completed"] == 2
    assert counts["answers to messages on DTLS associations"] == 6


def test_rfc_3489_over_dtls_is_refused(server):
    """spec: R8489-11-02 R7350-3-12"""
    with Client(*server.address, "-dtls1_2") as client:
        asked = stun.classic_request()
        assert client.exchange(asked, 28) == stun.error(asked, 500)


def client_hello():
    """The first flight of OpenSSL's client."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as catcher:
        catcher.bind(("127.0.0.1", 0))
        catcher.settimeout(PATIENCE)
        with Client("127.0.0.1", catcher.getsockname()[1], "-dtls1_2"):
            return catcher.recv(4096)


def test_the_first_flight_gets_a_cookie_and_no_more(server):
    """spec: R8489-13-01 R7350-4.1-01"""
    hello = client_hello()
    client = server.client()
    answer = ask_raw(client, hello)
    assert answer[0] == 22 and answer[13] == 3  # a handshake record with HelloVerifyRequest
    assert len(answer) + 28 <= 0.3 * (len(hello) + 28), (len(answer), len(hello))
    other = server.client()
    assert ask_raw(other, hello)[-8:] != answer[-8:]  # of another client, another cookie


def ask_raw(client, datagram):
    client.send(datagram)
    return client.recv(4096)


def test_a_foreign_cookie_is_worth_nothing(server):
    hello, client, other = client_hello(), server.client(), server.client()
    cookie = ask_raw(client, hello)[28:]
    at = 13 + 12 + 2 + 32 + 1 + hello[13 + 12 + 34]  # behind version, random and session: the cookie's length
    assert hello[at] == 0
    body = hello[25:at] + bytes([len(cookie)]) + cookie + hello[at + 1:]
    length = len(body).to_bytes(3, "big")
    again = (hello[:5] + b"\0\0\0\0\0\1" + (12 + len(body)).to_bytes(2, "big") + b"\x01" + length + b"\0\1\0\0\0" +
             length + body)
    other.send(again)
    assert ask_raw(other, hello)[13] == 3  # HelloVerifyRequest, and nothing before it
    assert ask_raw(client, again)[13] == 2  # ServerHello


def test_garbage_is_dropped(server):
    client = server.client()
    for first in range(20, 64):
        client.send(bytes([first]) + os.urandom(60))
    client.send(b"\x16\xfe\xfd" + bytes(300))
    client.send(b"\x16\xfe\xff\0\0\0\0\0\0\0\0\xff\xff" + bytes(300))
    with Client(*server.address, "-dtls1_2") as good:
        asked = stun.request()
        assert good.exchange(asked, 32)[8:20] == asked[8:20]
    assert ask(client, asked)[8:20] == asked[8:20]


def test_without_certificate_or_dtls(start, tmp_path):
    Certificate("a.example").write(tmp_path, "a")
    hello = client_hello()
    for words in ([], ["--certificate=a.pem", "--certificate-key=a.key", "--tls-port=30002", "--dtls=false"]):
        server = start(*words)
        client = server.client()
        client.send(hello)
        asked = stun.request()
        assert ask(client, asked)[8:20] == asked[8:20]  # and nothing before
        assert server.stop()["not STUN by its first byte"] == 1


def test_associations_end(start, tmp_path):
    Certificate("a.example").write(tmp_path, "a")
    server = start("--certificate=a.pem", "--certificate-key=a.key", "--tls-port=30003", "--idle-timeout=1s")
    with Client(*server.address, "-dtls1_2") as client:
        client.exchange(stun.request(), 32)
        time.sleep(1.5)
    assert server.stop()["DTLS associations ended: idle for too long"] == 1


def test_a_client_begins_anew_from_its_old_port(server):
    """RFC 6347 section 4.2.8."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for _ in range(2):
        with Client(*server.address, "-dtls1_2", "-bind", f"127.0.0.1:{port}") as client:
            asked = stun.request()
            assert client.exchange(asked, 32)[8:20] == asked[8:20]


def test_a_hundred_rotations_under_handshakes(server, tmp_path):
    """None of the handshakes fails, and each shows a certificate that was in force."""
    pairs = [Certificate(f"{name}.example") for name in "bcde"]  # OpenSSL looks for those it knows by name
    known = tmp_path / "known.pem"
    known.write_bytes((tmp_path / "a.pem").read_bytes() + b"".join(pair.pem for pair in pairs))
    over, failures, done = threading.Event(), [], []

    def shake():
        while not over.is_set():
            asked = stun.request()
            with Client(*server.address, "-dtls1_2", "-verify_return_error", "-CAfile", known) as client:
                answer = client.exchange(asked, 32)
            (done if answer[8:20] == asked[8:20] else failures).append(answer)

    threads = [threading.Thread(target=shake) for _ in range(2)]
    for thread in threads:
        thread.start()
    for rotation in range(100):
        pairs[rotation % 4].write(tmp_path, "a")
        server.process.send_signal(signal.SIGHUP)
        wait_for_line(server, r"srflxd: reload: .* is in force|srflxd: error: reload: kept .*")
        wanted = len(done) + 1
        while len(done) < wanted and not failures:
            time.sleep(0.001)
    over.set()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]
    assert server.stop()["DTLS handshakes completed"] == len(done)
