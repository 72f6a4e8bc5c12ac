"""Names with several servers and addresses: who is asked, and when."""

import re
import socket

import pytest

import dns
from certificates import Certificate
from conftest import NAME, free_port, query, srflxd
from stream_server import StreamServer, good
from stun import ERROR, FakeServer, error_code, message, success


def answers(request, peer, _number):
    return [success(request, peer)]


def silent(_request, _peer, _number):
    return []


def srv(priority, port, target):
    return dns.srv(priority, 0, port, target)


UDP, TCP = ("SRV", f"_stun._udp.{NAME}"), ("SRV", f"_stun._tcp.{NAME}")
ONE, TWO = ("A", "one.test"), ("A", "two.test")


@pytest.fixture(name="ipv6")
def needs_ipv6():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("SKIPPED: this machine has no ::1")


# spec: R8489-8.1-03 R8489-8.1-04
def test_the_second_target_when_the_first_refuses(names):
    with FakeServer(answers) as server:
        closed = free_port()
        options = names({UDP: [srv(10, closed, "one.test"), srv(20, server.port, "two.test")],
                         ONE: [dns.addr("127.0.0.1")], TWO: [dns.addr("127.0.0.1")]})
        run = query(*options, f"stun:{NAME}")
    assert run.code == 0
    assert run.err == (f"srflx query: nobody listens on 127.0.0.1:{closed}: Connection refused; "
                       f"asking 127.0.0.1:{server.port}\n")


# spec: R8489-8.1-04
def test_the_second_target_when_the_first_is_silent(names):
    """Half of the time is for each; the first is not left after a quarter of a second, as it is another server."""
    with FakeServer(answers) as server, FakeServer(silent) as deaf:
        options = names({UDP: [srv(10, deaf.port, "one.test"), srv(20, server.port, "two.test")],
                         ONE: [dns.addr("127.0.0.1")], TWO: [dns.addr("127.0.0.1")]})
        run = query(*options, "--timeout", 2, "--rto", 100, f"stun:{NAME}")
    assert run.code == 0
    assert re.fullmatch(rf"srflx query: no answer from {deaf}: \d requests over UDP in [\d.]+ s; asking {server}\n",
                        re.sub("^waiting for .*\n", "", run.err, flags=re.M))
    assert 1 <= run.seconds < 3


def test_a_server_that_refuses_has_answered(names):
    """An error is an answer: the second server is not asked."""
    def refusing(request, _peer, _number):
        return [message(ERROR, request[4:20], error_code(400))]

    with FakeServer(answers) as server, FakeServer(refusing) as first:
        options = names({UDP: [srv(10, first.port, "one.test"), srv(20, server.port, "two.test")],
                         ONE: [dns.addr("127.0.0.1")], TWO: [dns.addr("127.0.0.1")]})
        assert query(*options, f"stun:{NAME}").said == (3, f"{first} answered with an error: 400 Bad Request")
        assert server.requests == []


# spec: R8489-8.1-05 R8305-5-01
@pytest.mark.parametrize("transport", ["--udp", "--tcp"])
def test_a_dead_first_family_costs_a_quarter_of_a_second(names, ipv6, transport):
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM if transport == "--tcp" else socket.SOCK_DGRAM) as dead:
        dead.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        dead.bind(("::1", 0))
        port, waiting = dead.getsockname()[1], []
        if transport == "--tcp":
            dead.listen(0)
            for _ in range(4):  # its queue is full
                waiting.append(socket.socket(socket.AF_INET6))
                waiting[-1].setblocking(False)
                waiting[-1].connect_ex(("::1", port))
        options = names({("A", NAME): [dns.addr("127.0.0.1")], ("AAAA", NAME): [dns.addr("::1")]})
        with StreamServer(good, port=port) if transport == "--tcp" else FakeServer(answers, port=port):
            run = query(*options, transport, f"stun:{NAME}:{port}")
        for one in waiting:
            one.close()
    assert run.code == 0
    assert run.err == f"srflx query: no answer from [::1]:{port} yet; asking 127.0.0.1:{port} too\n"
    assert 0.25 <= run.seconds < 1


def test_a_first_family_that_refuses_costs_nothing(names, ipv6):
    options_of = {("A", NAME): [dns.addr("127.0.0.1")], ("AAAA", NAME): [dns.addr("::1")]}
    with FakeServer(answers) as server:
        run = query(*names(options_of), f"stun:{NAME}:{server.port}")
    assert run.code == 0
    assert run.err == (f"srflx query: nobody listens on [::1]:{server.port}: Connection refused; "
                       f"asking {server}\n")
    assert run.seconds < 0.25


def test_the_first_family_is_still_listened_to(names, ipv6):
    """It answers, late, while the second is silent."""
    def late(request, peer, number):
        return [success(request, peer)] if number == 2 else []

    options_of = {("A", NAME): [dns.addr("127.0.0.1")], ("AAAA", NAME): [dns.addr("::1")]}
    with FakeServer(late, "::1") as server, FakeServer(silent, port=server.port):
        run = query(*names(options_of), "--rto", 400, f"stun:{NAME}:{server.port}")
    assert (run.code, run.out.splitlines()[-1]) == (0, f"server   [::1]:{server.port} over UDP")


def test_the_second_transport(names):
    with StreamServer(good) as server:
        options = names({UDP: [srv(0, free_port(), "one.test")], TCP: [srv(0, server.port, "one.test")],
                         ONE: [dns.addr("127.0.0.1")]})
        run = query(*options, "--udp", "--tcp", f"stun:{NAME}")
    assert (run.code, run.out.splitlines()[-1]) == (0, f"server   {server} over TCP")


def test_stuns_never_falls_to_stun(names, tmp_path, ca):
    """All ways to the secure service are dead, and the plain one is alive and well."""
    with FakeServer(answers) as plain:
        plain_rows = {UDP: [srv(0, plain.port, "one.test")], TCP: [srv(0, plain.port, "one.test")],
                      ONE: [dns.addr("127.0.0.1")], ("A", NAME): [dns.addr("127.0.0.1")]}
        run = query(*names(plain_rows), "--ca", ca.file, f"stuns:{NAME}:{free_port()}")
        assert run.code == 1
        with srflxd(tmp_path) as (port, _):  # speaks no TLS
            run = query(*names(plain_rows), "--ca", ca.file, "--timeout", "0.7", f"stuns:{NAME}:{port}")
            assert run.code in (1, 5)
        run = query(*names({**plain_rows, ("SRV", f"_stuns._tcp.{NAME}"): [srv(0, free_port(), "one.test")]}),
                    "--ca", ca.file, f"stuns:{NAME}")
        assert run.code == 1
        assert plain.requests == []


# spec: R8489-6.2.3-11 R7350-4.1.1-02
def test_the_name_of_the_uri_is_verified_not_that_of_the_target(names, tmp_path, ca):
    target = Certificate("one.test", issuer=ca)
    with srflxd(tmp_path, certificate=target) as (_, port):
        options = names({("SRV", f"_stuns._tcp.{NAME}"): [srv(0, port, "one.test")], ONE: [dns.addr("127.0.0.1")]})
        run = query(*options, "--ca", ca.file, f"stuns:{NAME}")
    assert run.said == (5, f"127.0.0.1:{port}: the certificate is for one.test, not for {NAME}")


def test_a_server_with_another_certificate_is_passed_by(names, tmp_path, ca):
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    wrong.mkdir()
    right.mkdir()
    with (srflxd(wrong, certificate=Certificate("x.test", issuer=ca)) as (_, first),
          srflxd(right, certificate=Certificate(NAME, issuer=ca)) as (_, second)):
        options = names({("SRV", f"_stuns._tcp.{NAME}"): [srv(1, first, "one.test"), srv(2, second, "one.test")],
                         ONE: [dns.addr("127.0.0.1")]})
        run = query(*options, "--ca", ca.file, f"stuns:{NAME}")
    assert run.code == 0
    assert run.err == (f"srflx query: 127.0.0.1:{first}: the certificate is for x.test, not for {NAME}; "
                       f"asking 127.0.0.1:{second}\n")


@pytest.mark.parametrize("rows, words, text", [
    ({}, [], "there is no such name"),
    ({("A", NAME): []}, [":1"], "the name has no address"),
    ({("A", NAME): [dns.addr("127.0.0.1")]}, [":1", "-6"], "the name has no address of the family asked for"),
    ({UDP: [dns.srv(0, 0, 0, ".")]}, [], "the domain says that it does not offer this service"),
], ids=["name", "address", "family", "service"])
def test_no_address(names, rows, words, text):
    uri = f"stun:{NAME}" + (words.pop(0) if words and words[0].startswith(":") else "")
    rows = {**{("AAAA", NAME): []}, **rows} if rows and UDP not in rows else rows
    run = query(*names(rows), *words, uri)
    assert run.said == (4, f"{NAME}: {text}")
