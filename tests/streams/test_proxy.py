"""The PROXY protocol: who is believed, and what clients learn then."""

import ipaddress
import socket
import struct

import pytest

import stun
from certificates import Certificate
from connection import Connection
from daemon import PATIENCE
from test_tls import client_context

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
CLIENT, ASKED = ("198.51.100.7", 40000), ("203.0.113.9", 3478)
CLIENT6, ASKED6 = ("2001:db8::7", 40000), ("2001:db8::9", 3478)


def version_1(client=CLIENT, asked=ASKED):
    family = "TCP6" if ":" in client[0] else "TCP4"
    return f"PROXY {family} {client[0]} {asked[0]} {client[1]} {asked[1]}\r\n".encode()


def version_2(client=CLIENT, asked=ASKED, kind=1, more=b""):
    family = 2 if ":" in client[0] else 1
    body = b"".join(ipaddress.ip_address(end[0]).packed for end in (client, asked))
    body += struct.pack("!HH", client[1], asked[1]) + more
    return SIGNATURE + bytes([0x21, family << 4 | kind]) + struct.pack("!H", len(body)) + body


LOCAL = SIGNATURE + b"\x20\x00\x00\x00"


@pytest.fixture(name="server")
def behind_proxies(start):
    return start("--proxy-from=127.0.0.1", "--proxy-from=192.0.2.0/24")


@pytest.mark.parametrize("header, client", [
    (version_1(), CLIENT), (version_1(CLIENT6, ASKED6), CLIENT6), (version_2(), CLIENT),
    (version_2(CLIENT6, ASKED6), CLIENT6), (version_2(more=b"\x04\x00\x03abc"), CLIENT)])
def test_the_client_learns_its_own_address(server, header, client):
    proxy = Connection(server.address)
    asked = stun.request()
    proxy.send(header + asked)
    want = stun.answer(asked, client)
    assert proxy.read(len(want)) == want
    proxy.send(asked)
    assert proxy.read(len(want)) == want


def test_a_header_may_come_in_pieces(server):
    for header in (version_1(), version_2()):
        proxy = Connection(server.address)
        for byte in header:
            proxy.send(bytes([byte]))
        asked = stun.request()
        proxy.send(asked)
        assert proxy.read(32) == stun.answer(asked, CLIENT)


@pytest.mark.parametrize("header", [LOCAL, b"PROXY UNKNOWN\r\n"])
def test_a_proxy_may_ask_for_itself(server, header):
    proxy = Connection(server.address)
    proxy.send(header)
    proxy.ask()


def test_a_trusted_proxy_must_send_a_header_and_nobody_else_may(server):
    proxy = Connection(server.address)
    proxy.send(stun.request())
    assert proxy.is_closed()
    for header in (version_1(), version_2()):
        stranger = Connection(server.address, ip="127.0.0.2")
        stranger.send(header + stun.request())
        assert stranger.is_closed()
    Connection(server.address, ip="127.0.0.2").ask()
    counts = server.stop()
    assert counts["connections closed: a trusted proxy sent no PROXY header"] == 1


@pytest.mark.parametrize("header", [
    b"PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n", b"PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n", b"PROXY " + b"x" * 200,
    SIGNATURE + b"\x31\x11\x00\x0c" + bytes(12), SIGNATURE + b"\x21\x11\x00\x0b" + bytes(11)])
def test_broken_headers_end_the_connection(server, header):
    proxy = Connection(server.address)
    proxy.send(header)
    assert proxy.is_closed()


def test_tls_behind_a_proxy(start, tmp_path):
    Certificate("a.example").write(tmp_path, "a")
    server = start("--proxy-from=127.0.0.1", "--certificate=a.pem", "--certificate-key=a.key", "--tls-port=30004")
    for header in (version_1(), version_2()):
        def wrap(plain, header=header):
            plain.sendall(header)
            return client_context().wrap_socket(plain)
        client = Connection(server.address, wrap)
        asked = stun.request()
        client.send(asked)
        assert client.read(32) == stun.answer(asked, CLIENT)


def datagram_socket(server, ip="127.0.0.1"):
    return server.client(ip)


def test_datagrams(server):
    proxy = datagram_socket(server)
    asked = stun.request()
    proxy.send(version_2(kind=2) + asked)
    assert proxy.recv(2048) == stun.answer(asked, CLIENT)
    proxy.send(version_2(CLIENT6, ASKED6, kind=2) + asked)
    assert proxy.recv(2048) == stun.answer(asked, CLIENT6)
    classic = stun.classic_request()
    proxy.send(version_2(kind=2) + classic)
    assert proxy.recv(2048) == stun.classic_answer(classic, CLIENT, ASKED)


def test_datagrams_without_a_right_header_are_dropped(server):
    proxy, stranger = datagram_socket(server), datagram_socket(server, "127.0.0.2")
    asked = stun.request()
    for dropped in (asked, version_1() + asked, version_2() + asked, version_2(kind=2)[:-1], SIGNATURE):
        proxy.send(dropped)
    stranger.send(version_2(kind=2) + asked)
    proxy.send(version_2(kind=2) + asked)
    assert proxy.recv(2048) == stun.answer(asked, CLIENT)
    stranger.send(asked)
    assert stranger.recv(2048) == stun.answer(asked, stranger.getsockname())
    assert server.stop()["datagrams dropped: from a proxy, without a PROXY header"] == 5


def test_wrong_prefixes_are_all_named(start, tmp_path):
    from test_config import run
    (tmp_path / "c.yaml").write_text("proxy-from: [10.0.0.1/8, x, 10.0.0.0/33]\n", encoding="utf-8")
    status, _, said = run(tmp_path, "--check-config", "--config", "c.yaml")
    assert status == 2 and len(said) == 3
    assert all(line.startswith("srflxd: error: c.yaml:1:") for line in said)


@pytest.mark.parametrize("ips, words", [
    (["127.0.0.9"], "the first 1000 answers all went to the address 127.0.0.9: "),
    (["10.99.0.1", "10.99.0.2"], "the first 1000 answers all went to private addresses: ")])
def test_a_warning_where_something_hides_the_clients(start, ips, words):
    if ips[0].startswith("10."):
        server, headers = start("--proxy-from=127.0.0.1"), [version_2((ip, 1000), kind=2) for ip in ips]
        clients = [server.client()] * len(ips)
    else:
        server, headers = start(), [b""]
        clients = [server.client(ip) for ip in ips]
    for number in range(1000):
        client = clients[number % len(ips)]
        client.send(headers[number % len(ips)] + stun.request())
        client.recv(2048)
    line = server.line()
    assert line.startswith("srflxd: warning: " + words), line
    client.send(headers[-1] + stun.request())
    client.recv(2048)
    server.look_again()
    server.stop()
