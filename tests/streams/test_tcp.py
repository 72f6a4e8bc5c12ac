"""TCP: any split of bytes, silence in every state, limits, and UDP beside it all."""

import socket
import threading
import time

import pytest

import stun
from connection import Connection
from daemon import ask

WAIT = 10


@pytest.fixture(name="server")
def one_server(start):
    return start()


def test_answers_come_in_order_wherever_the_bytes_are_cut(server):
    """spec: R8489-6.2.2-03 R8489-6.2.2-08 R8489-6.2.2-09 R8489-6.2.2-12 R8489-6.3-01 R8489-12-04"""
    asked = [stun.request() for _ in range(3)]
    whole = b"".join(asked)
    for cut in range(1, len(whole)):
        client = Connection(server.address)
        want = b"".join(client.answer(request) for request in asked)
        client.send(whole[:cut])
        early = client.read(cut // 20 * 32)  # so that the rest is another segment
        client.send(whole[cut:])
        assert early + client.read(len(want) - len(early)) == want
        client.close()


def test_one_byte_at_a_time(server):
    client = Connection(server.address)
    for _ in range(3):
        asked = stun.request()
        for byte in asked:
            client.send(bytes([byte]))
        assert client.read(32) == client.answer(asked)


def test_many_requests_in_one_piece(server):
    client = Connection(server.address)
    asked = [stun.request() for _ in range(5000)]
    sender = threading.Thread(target=client.send, args=(b"".join(asked),))
    sender.start()
    want = b"".join(client.answer(request) for request in asked)
    assert client.read(len(want)) == want
    sender.join()


def test_who_reads_late_loses_nothing(server):
    """So many answers that no queue holds them: the server stops reading, and loses none.
    spec: R8489-6.2.2-13"""
    count = 400_000
    client = Connection(server.address)
    asked = [stun.request() for _ in range(200)]
    piece, want = b"".join(asked), b"".join(client.answer(request) for request in asked)
    sender = threading.Thread(target=lambda: [client.send(piece) for _ in range(count // 200)])
    sender.start()
    sender.join(1)
    assert sender.is_alive(), "everything fitted into queues: send more"
    for _ in range(count // 200):
        assert client.read(len(want)) == want
    sender.join()
    Connection(server.address).ask()


def test_half_a_connection_is_enough_for_the_answers(server):
    client = Connection(server.address)
    asked = stun.request()
    client.send(asked)
    client.socket.shutdown(socket.SHUT_WR)
    assert client.read(1000) == client.answer(asked)


def test_what_stun_does_not_know_is_skipped_and_what_is_no_stun_ends_it(server):
    client = Connection(server.address)
    indication = b"\x00\x11" + stun.request()[2:]
    unknown = b"\x00\x0d" + stun.request()[2:]
    long = b"\x00\x01\x7f\xfc" + stun.request()[4:] + bytes(0x7FFC)
    client.send(indication + unknown + long)
    client.ask()
    client.send(b"\x00\x01\x00\x03" + stun.request()[4:])
    assert client.is_closed()
    for first in (b"GET / HTTP/1.0\r\n\r\n", b"\x40" * 20, b"\xff", b"\x16\x03\x01\x00\x05"):
        client = Connection(server.address)
        client.send(first)
        assert client.is_closed()


def test_answers_to_rfc_3489_over_tcp(server):
    client = Connection(server.address)
    asked = stun.classic_request()
    client.send(asked)
    answer = client.read(44)
    assert answer[:2] == b"\x01\x01" and answer[4:20] == asked[4:20]


def test_silence_and_half_messages_are_not_waited_for(start):
    """spec: R8489-6.2.2-15"""
    server = start("--message-timeout=1s", "--idle-timeout=4s")
    silent, half, asked = (Connection(server.address) for _ in range(3))
    half.send(stun.request()[:19])
    asked.ask()
    begin = time.monotonic()
    assert half.is_closed() and silent.is_closed()
    assert 0.5 < time.monotonic() - begin < 3
    asked.ask()
    again = time.monotonic()
    assert asked.is_closed()
    assert 3.5 < time.monotonic() - again < 8
    counts = server.stop()
    assert counts["connections closed: no whole message in time"] == 2
    assert counts["connections closed: idle for too long"] == 1


def test_resets_in_every_state_hurt_nobody(server):
    for prefix in (b"", stun.request()[:7], stun.request(), stun.request() + stun.request()[:9]):
        for _ in range(20):
            client = Connection(server.address)
            if prefix:
                client.send(prefix)
            client.reset()
    Connection(server.address).ask()


def test_one_address_has_its_share_alone(start):
    server = start("--connections-per-address=2")
    held = [Connection(server.address) for _ in range(2)]
    for client in held:
        client.ask()
    third = Connection(server.address)
    third.send(stun.request())
    assert third.is_closed()
    Connection(server.address, ip="127.0.0.2").ask()
    for client in held:
        client.ask()
    held[0].close()
    until = time.monotonic() + WAIT
    while True:  # until the server has seen that it is closed
        fourth = Connection(server.address)
        fourth.send(stun.request())
        if not fourth.is_closed():
            break
        assert time.monotonic() < until


def test_the_longest_idle_makes_room(start):
    """spec: R8489-6.2.2-15"""
    server = start("--connections=16", "--connections-per-address=32")
    clients = [Connection(server.address) for _ in range(16)]
    for client in clients:
        client.ask()
    clients[0].ask()  # so that the second one has been idle for longest
    late = Connection(server.address)
    late.ask()
    assert clients[1].is_closed()
    for client in [clients[0], *clients[2:], late]:
        client.ask()
    assert server.stop()["connections closed, the longest idle: too many in all"] == 1


def test_udp_is_not_touched_by_all_of_it(start):
    server = start("--connections=16")
    hold = [Connection(server.address) for _ in range(16)]
    client = server.client()
    for _ in range(100):
        asked = stun.request()
        assert ask(client, asked) == stun.answer(asked, client.getsockname())
    assert len(hold) == 16


def test_without_tcp(start):
    server = start("--tcp=false")
    with pytest.raises(ConnectionRefusedError):
        Connection(server.address)


def test_reload_keeps_connections(start, tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("software: one\n", encoding="utf-8")
    server = start("--config", "c.yaml")
    client = Connection(server.address)
    client.send(stun.request())
    assert client.read(40)[36:] == b"one\0"
    config.write_text("software: two\n", encoding="utf-8")
    server.hang_up("srflxd: reload: c.yaml is in force")
    client.send(stun.request())
    assert client.read(40)[36:] == b"two\0"
