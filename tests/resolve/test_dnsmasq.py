"""What is usual in the DNS, served by dnsmasq."""

import collections
import subprocess

import pytest

from conftest import free_port

ZONE = [
    "srv-host=_stun._udp.example.test,one.example.test,3478,10,1",
    "srv-host=_stun._udp.example.test,two.example.test,3479,20,1",
    "srv-host=_stun._tcp.example.test,two.example.test,3480,0,0",
    "srv-host=_stuns._tcp.example.test,one.example.test,5349,0,0",
    "srv-host=_stuns._udp.example.test,one.example.test,5350,0,0",
    "srv-host=_stun-behavior._udp.example.test,two.example.test,3481,0,0",
    "srv-host=_stun-behaviors._tcp.example.test,two.example.test,5351,0,0",
    "srv-host=_stun._udp.off.test,.,0,0,0",
    "srv-host=_stun._udp.alias.test,al1.example.test,1,0,0",
    "srv-host=_stun._udp.half.test,nobody.test,1,0,0",
    "srv-host=_stun._udp.half.test,one.example.test,2,1,0",
    "srv-host=_stun._udp.gone.test,nobody.test,1,0,0",
    "srv-host=_stun._udp.weighed.test,one.example.test,1,0,30",
    "srv-host=_stun._udp.weighed.test,two.example.test,2,0,10",
    "host-record=one.example.test,192.0.2.1,2001:db8::1",
    "host-record=two.example.test,192.0.2.2",
    "host-record=six.example.test,2001:db8::6",
    "host-record=plain.test,192.0.2.7,2001:db8::7",
    "host-record=gone.test,192.0.2.8",
    "host-record=off.test,192.0.2.9",
    "cname=al1.example.test,al2.example.test",
    "cname=al2.example.test,al3.example.test",
    "cname=al3.example.test,one.example.test",
    "local=/test/",
]


@pytest.fixture(name="dns", scope="module")
def dnsmasq(tmp_path_factory):
    port = free_port()
    config = tmp_path_factory.mktemp("dnsmasq") / "config"
    lines = ["no-resolv", "no-hosts", "bind-interfaces", "listen-address=127.0.0.1", f"port={port}",
             "user=", "group=", "log-queries", "log-facility=-", *ZONE]
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = ["dnsmasq", "--keep-in-foreground", f"--conf-file={config}", "--pid-file="]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        said = process.stderr.readline()
        assert "started" in said, said
        process.stderr.close()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


ONE = ["2001:db8::1", "192.0.2.1"]


def candidates(transport, addresses, port, host):
    return [f"{transport} {address} {port} {host}" for address in addresses]


@pytest.mark.parametrize("arguments, want", [
    # spec: R8489-8.1-03 R8489-8.1-04 R8489-8.1-05 R2782-Priority-01
    (["stun:example.test"], candidates("udp", ONE, 3478, "one.example.test")
     + candidates("udp", ["192.0.2.2"], 3479, "two.example.test")),
    (["--tcp", "stun:example.test"], candidates("tcp", ["192.0.2.2"], 3480, "two.example.test")),
    (["--tcp", "--udp", "stun:example.test"], candidates("tcp", ["192.0.2.2"], 3480, "two.example.test")
     + candidates("udp", ONE, 3478, "one.example.test")
     + candidates("udp", ["192.0.2.2"], 3479, "two.example.test")),
    (["stuns:example.test"], candidates("tls", ONE, 5349, "one.example.test")),
    # spec: R7350-3-10 R7350-4.1.1-01
    (["--dtls", "stuns:example.test"], candidates("dtls", ONE, 5350, "one.example.test")),
    (["--dtls", "example.test"], candidates("dtls", ONE, 5350, "one.example.test")),
    # spec: R5780-5.1-01
    (["--behavior", "stun:example.test"], candidates("udp", ["192.0.2.2"], 3481, "two.example.test")),
    (["--behavior", "stuns:example.test"], candidates("tls", ["192.0.2.2"], 5351, "two.example.test")),
    (["-4", "stun:example.test"], candidates("udp", ["192.0.2.1"], 3478, "one.example.test")
     + candidates("udp", ["192.0.2.2"], 3479, "two.example.test")),
    (["-6", "stun:example.test"], candidates("udp", ["2001:db8::1"], 3478, "one.example.test")),
    # spec: R8489-8.1-06 R8489-8.1-10
    (["stun:plain.test"], candidates("udp", ["2001:db8::7", "192.0.2.7"], 3478, "plain.test")),
    (["stuns:plain.test"], candidates("tls", ["2001:db8::7", "192.0.2.7"], 5349, "plain.test")),
    (["--dtls", "stuns:plain.test"], candidates("dtls", ["2001:db8::7", "192.0.2.7"], 5349, "plain.test")),
    (["stun:plain.test:9"], candidates("udp", ["2001:db8::7", "192.0.2.7"], 9, "plain.test")),
    (["stun:PLAIN.test."], candidates("udp", ["2001:db8::7", "192.0.2.7"], 3478, "plain.test")),
    (["stun:six.example.test"], candidates("udp", ["2001:db8::6"], 3478, "six.example.test")),
    (["stun:alias.test"], candidates("udp", ONE, 1, "al1.example.test")),
    (["stun:half.test"], candidates("udp", ONE, 2, "one.example.test")),
])
def test_candidates_in_their_order(locate, dns, arguments, want):
    run = locate(dns, *arguments)
    assert (run.code, run.candidates, run.error) == (0, want, None)


@pytest.mark.parametrize("arguments, error", [
    (["stun:nobody.test"], "there is no such name"),
    (["-6", "stun:two.example.test"], "the name has no address of the family asked for"),
    (["-4", "six.example.test:1"], "the name has no address of the family asked for"),
    (["stun:example.test:1"], "the name has no address"),
    # spec: R2782-Target-01
    (["stun:off.test"], "the domain says that it does not offer this service"),
    (["stun:gone.test"], "there is no such name"),
])
def test_reasons(locate, dns, arguments, error):
    run = locate(dns, *arguments)
    assert (run.code, run.candidates, run.error) == (4, [], error)


def test_aliases_are_counted(locate, dns):
    assert locate(dns, "stun:alias.test").aliases[("A", "al1.example.test")] == 3


def test_a_port_asks_for_no_srv(locate, dns):
    run = locate(dns, "stun:plain.test:9")
    assert run.steps == [
        (None, None, None, "a port is given, so SRV records are not asked for"),
        ("AAAA", "plain.test", "there are records", "these addresses"),
        ("A", "plain.test", "there are records", "these addresses"),
    ]


# 30 to 10: the first one comes first in about three of four. Of 60 draws 44 to 45 are to be expected, and
# 24 is six standard deviations below. spec: R2782-Weight-01
def test_weights_are_drawn(locate, dns):
    first = collections.Counter(locate(dns, "-4", "stun:weighed.test").candidates[0] for _ in range(60))
    assert set(first) == {"udp 192.0.2.1 1 one.example.test", "udp 192.0.2.2 2 two.example.test"}
    assert first["udp 192.0.2.1 1 one.example.test"] >= 24


def test_addresses_need_no_server(locate):
    run = locate("127.0.0.1:1", "stun:192.0.2.1")
    assert (run.code, run.candidates) == (0, ["udp 192.0.2.1 3478 192.0.2.1"])
    assert run.steps == [(None, None, None, "an address needs no DNS")]
    assert locate("127.0.0.1:1", "stun:[2001:db8::1]:9").candidates == ["udp 2001:db8::1 9 2001:db8::1"]


def test_localhost_needs_no_server(locate):
    for host in ["localhost", "a.localhost"]:
        assert locate("127.0.0.1:1", host).candidates == candidates("udp", ["::1", "127.0.0.1"], 3478, host)


def test_a_server_that_is_not_there_is_found_out_at_once(locate):
    run = locate(f"127.0.0.1:{free_port()}", "stun:example.test")
    assert (run.code, run.error) == (4, "the DNS gives no answer that can be used")
    assert set(run.outcomes.values()) == {"no DNS server can be reached, or none of them helps"}
    assert run.seconds < 2


def test_the_second_server_stands_in(locate, dns):
    run = locate(f"127.0.0.1:{free_port()},{dns}", "stun:plain.test:1")
    assert sorted(run.candidates) == candidates("udp", ["192.0.2.7", "2001:db8::7"], 1, "plain.test")
