"""Does srflxd say exactly what it does, and exactly why it does not?"""

import os
import pathlib
import resource
import signal
import socket

import pytest

import restrict
import stun

NO_LIMITER = "srflxd: warning: this version has no rate limiter: keep it off the open Internet"


def fail_to_start(serve, namespace, *words, **how):
    """The exit status and the last line of a server that does not start."""
    status, lines = serve(namespace, *words, **how).end()
    assert not any("ready" in line for line in lines)
    return status, lines[-1]


def test_lines_of_a_start_without_options(namespace, serve):
    server = serve(namespace(), "--workers=1")
    assert server.until_ready() == [
        "srflxd: listening on 0.0.0.0:3478 (UDP, TCP)",
        "srflxd: listening on [::]:3478 (UDP, TCP)",
        NO_LIMITER,
        "srflxd: ready with 1 worker; ask it: srflx query 127.0.0.1:3478"]


def test_lines_of_a_start_with_options(namespace, serve):
    server = serve(namespace(), "--workers", "3", "--listen", "[::]:3479", "--listen=127.0.0.2", "--port=3480")
    assert server.until_ready() == [
        "srflxd: listening on [::]:3479 (UDP, TCP)",
        "srflxd: listening on 127.0.0.2:3480 (UDP, TCP)",
        NO_LIMITER,
        "srflxd: ready with 3 workers; ask it: srflx query [::1]:3479"]


def test_one_worker_for_each_core_that_may_be_used(namespace, serve):
    server = serve(namespace(), before=lambda: os.sched_setaffinity(0, {0}))
    assert server.until_ready()[-1].startswith("srflxd: ready with 1 worker;")


@pytest.mark.parametrize("number, name", [(signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM")])
def test_summary(namespace, serve, number, name):
    here = namespace()
    server = serve(here, "--workers=2")
    server.until_ready()
    cookie = stun.request()[4:20]
    datagrams = [stun.request(), stun.classic_request(), stun.request()]  # three successes
    datagrams += [b"\x00\x01\x00\x08" + cookie + b"\x7f\xff\x00\x04" + bytes(4)]  # 420
    datagrams += [b"GET / HTTP/1.0\r\n\r\n", b"\x80" + bytes(19)]  # not STUN
    datagrams += [b"\x00\x11\x00\x00" + cookie]  # an indication
    with here.client("127.0.0.1") as client:
        for datagram in datagrams:
            client.sendto(datagram, ("127.0.0.1", 3478))
        for _ in range(4):
            client.recv(4096)
        client.sendto(stun.request(), ("127.0.0.1", 3478))
        client.recv(4096)

    status, lines = server.stop(number)
    assert status == 0
    assert lines == [
        f"srflxd: stopped by {name}",
        "srflxd: 8 packets, 5 answers",
        "srflxd:            4  answered with the address",
        "srflxd:            1  unknown comprehension-required attributes: 420",
        "srflxd:            2  not STUN by its first byte",
        "srflxd:            1  an indication or a response"]


def test_a_server_without_packets_sleeps(namespace, serve):
    server = serve(namespace(), "--workers=2")
    server.until_ready()
    assert server.sleeps()


def test_nobody_needs_to_read_the_lines(namespace, serve):
    server = serve(namespace())
    server.until_ready()
    server.process.stderr.close()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=60) == 0


def ask_until_there_is_an_answer(client):
    """For a server that does not say when it is ready. Until then the port is closed, and says so."""
    client.connect(("127.0.0.1", 3478))
    while True:
        try:
            client.send(stun.request())
            return client.recv(4096)
        except ConnectionRefusedError:
            continue


def test_nothing_but_errors_when_so_asked(namespace, serve):
    here = namespace()
    server = serve(here, "--log-level=error", "--listen=127.0.0.1")
    with here.client("127.0.0.1") as client:
        assert ask_until_there_is_an_answer(client)
    assert server.stop() == (0, [])


# spec: R8489-6.3.1.1-06 R8489-16.1.2-02
def test_software_is_sent_when_set_only(namespace, serve):
    for words, attribute in ([], b""), (["--software", "eleven text"], b"\x80\x22\x00\x0beleven text\x00"):
        here = namespace()
        server = serve(here, *words)
        server.until_ready()
        with here.client("127.0.0.1") as client:
            request = stun.request()
            client.sendto(request, ("127.0.0.1", 3478))
            mapped = stun.address_attribute(0x0020, client.getsockname(), request[4:20])
            assert client.recv(4096) == stun.success(request, mapped, attribute)
        assert server.stop()[0] == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_port_in_use_even_by_another_srflxd(namespace, serve, workers):
    here = namespace()
    serve(here, f"--workers={workers}").until_ready()
    assert fail_to_start(serve, here, f"--workers={workers}") == (
        4, "srflxd: error: cannot listen on 0.0.0.0:3478 (UDP): the port is in use, by another program "
           "or an earlier --listen; choose another with --port")
    assert fail_to_start(serve, here, "--listen=[::1]:3478") == (
        4, "srflxd: error: cannot listen on [::1]:3478 (UDP): the port is in use, by another program "
           "or an earlier --listen; choose another with --port")


def test_one_address_twice(namespace, serve):
    assert fail_to_start(serve, namespace(), "--listen=127.0.0.1", "--listen=127.0.0.1:3478") == (
        4, "srflxd: error: cannot listen on 127.0.0.1:3478 (UDP): the port is in use, by another program "
           "or an earlier --listen; choose another with --port")


def test_no_permission(namespace, serve):
    assert fail_to_start(
        serve, namespace(), "--port=443",
        before=lambda: restrict.drop_capability(restrict.CAP_NET_BIND_SERVICE)) == (
            4, "srflxd: error: cannot listen on 0.0.0.0:443 (UDP): no permission; a port below 1024 "
               "needs root or CAP_NET_BIND_SERVICE")


@pytest.mark.parametrize("address", ["192.0.2.1", "[2001:db8::1]"])
def test_address_missing(namespace, serve, address):
    assert fail_to_start(serve, namespace(), f"--listen={address}:3478") == (
        4, f"srflxd: error: cannot listen on {address}:3478 (UDP): no interface of this machine has "
           "this address")


def test_interface_missing(namespace, serve):
    assert fail_to_start(serve, namespace(), "--listen=fe80::1%eth9") == (
        4, "srflxd: error: --listen fe80::1%eth9: this machine has no network interface of that name")


def test_no_ipv6(namespace, serve):
    here = namespace()

    def without():
        restrict.forbid_family(socket.AF_INET6)

    server = serve(here, "--workers=1", before=without)
    assert server.until_ready() == [
        "srflxd: listening on 0.0.0.0:3478 (UDP, TCP)",
        "srflxd: warning: this system has no IPv6: serving IPv4 only",
        NO_LIMITER,
        "srflxd: ready with 1 worker; ask it: srflx query 127.0.0.1:3478"]
    assert server.stop()[0] == 0
    assert fail_to_start(serve, here, "--listen=[::]", before=without) == (
        4, "srflxd: error: cannot listen on [::]:3478 (UDP): this system has no IPv6")


def test_ipv6_switched_off(namespace, serve):
    """What administrators do instead: the family exists, but no interface has an address."""
    here = namespace()
    here.set("ipv6/conf/all/disable_ipv6", "1")
    server = serve(here)
    server.until_ready()
    with here.client("127.0.0.1") as client:
        request = stun.request()
        client.sendto(request, ("127.0.0.1", 3478))
        assert client.recv(4096) == stun.answer(request, client.getsockname())
    assert server.stop()[0] == 0


def test_too_few_descriptors(namespace, serve):
    assert fail_to_start(
        serve, namespace(), "--workers=64",
        before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))) == (
            4, "srflxd: error: cannot listen on 0.0.0.0:3478 (UDP): Too many open files")


def test_small_receive_buffers_are_mentioned(namespace, serve):
    limit = int(pathlib.Path("/proc/sys/net/core/rmem_max").read_text(encoding="ascii"))
    server = serve(namespace(), before=lambda: restrict.drop_capability(restrict.CAP_NET_ADMIN))
    warning = (f"srflxd: warning: receive buffers have {limit // 1024} KiB instead of 4096; raise "
               "net.core.rmem_max")
    assert server.until_ready().count(warning) == (limit < 4 << 20)


@pytest.mark.parametrize("words, line", [
    (["--nonsense"], "--nonsense: no such option"),
    (["--port=65536"], "--port 65536: want a number from 1 to 65535"),
    (["--workers", "65"], "--workers 65: want a number from 1 to 64"),
    (["--software", b"\xff"], "--software: the text is no UTF-8"),
    (["--listen"], "--listen: ADDR[:PORT] is missing"),
])
def test_wrong_usage(namespace, serve, words, line):
    assert fail_to_start(serve, namespace(), *words) == (2, f"srflxd: error: {line}; try srflxd --help")


@pytest.mark.parametrize("word, first", [("--help", "Usage: srflxd [OPTION]..."), ("--version", "srflxd 0.1.0")])
def test_help_and_version_go_to_standard_output(namespace, serve, word, first):
    process = serve(namespace(), word).process
    out, lines = process.communicate(timeout=60)
    assert (process.returncode, lines) == (0, "")
    assert out.splitlines()[0] == first
