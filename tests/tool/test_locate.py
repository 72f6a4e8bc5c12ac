"""srflx locate: what it prints, and what it refuses. tests/resolve asks what it finds."""

import json
import re

import pytest

import dns

ROWS = {
    ("SRV", "_stun._udp.example.org"): [dns.srv(10, 5, 3479, "one.example.org"), dns.srv(20, 0, 0, "two.example.org")],
    ("SRV", "_stuns._tcp.example.org"): [dns.srv(0, 0, 5350, "one.example.org")],
    ("SRV", "_stun._udp.off.example"): [dns.srv(0, 0, 0, ".")],
    ("AAAA", "one.example.org"): [dns.cname("one.example.org", "three.example.org"),
                                  dns.addr("2001:db8::1", dns.name("three.example.org"))],
    ("A", "one.example.org"): [dns.addr("192.0.2.1")],
    ("A", "v4.example"): [dns.addr("192.0.2.4"), dns.addr("0.0.0.0")],
    ("AAAA", "v4.example"): [],
}


@pytest.fixture(name="server", scope="module")
def server_fixture():
    server = dns.Server(dns.table(ROWS))
    yield server.address
    server.close()


@pytest.fixture(name="locate")
def locate_fixture(srflx, server):
    def run(*arguments):
        done = srflx("locate", "--dns", server, *arguments)
        done.out = re.sub(r"\d+\.\d ms", "# ms", done.out)
        return done

    return run


def test_steps_and_candidates(locate):
    run = locate("stun:example.org")
    assert (run.code, run.err) == (0, "")
    assert run.out == """\
SRV _stun._udp.example.org: 1 record; 1 left out; these servers, by priority and weight  (# ms)
AAAA one.example.org: 1 record; 1 alias; these addresses  (# ms)
A one.example.org: 1 record; these addresses  (# ms)
 1. UDP  [2001:db8::1]:3479  one.example.org  priority 10, weight 5
 2. UDP  192.0.2.1:3479  one.example.org  priority 10, weight 5
"""


# spec: R7350-4.1.1-02
def test_the_certificate_is_that_of_the_uri(locate):
    run = locate("-4", "stuns:example.org")
    assert (run.code, run.err) == (0, "")
    assert run.out == """\
SRV _stuns._tcp.example.org: 1 record; these servers, by priority and weight  (# ms)
A one.example.org: 1 record; these addresses  (# ms)
 1. TLS  192.0.2.1:5350  one.example.org  priority 0, weight 0  certificate of example.org
"""


def test_from_services_to_the_host(locate):
    run = locate("--tcp", "--udp", "v4.example")
    assert (run.code, run.err) == (0, "")
    assert run.out == """\
SRV _stun._tcp.v4.example: there is no such name; so the host itself, on the default port  (# ms)
SRV _stun._udp.v4.example: there is no such name; so the host itself, on the default port  (# ms)
AAAA v4.example: no address of this family  (# ms)
A v4.example: 1 record; 1 left out; these addresses  (# ms)
 1. TCP  192.0.2.4:3478  v4.example
 2. UDP  192.0.2.4:3478  v4.example
"""


def test_this_machine(locate):
    run = locate("-4", "localhost:1")
    assert run.out == """\
a port is given, so SRV records are not asked for
A localhost: 1 record; these addresses  (this machine's table)
 1. UDP  127.0.0.1:1  localhost
"""


# spec: R8489-8.1-01
def test_an_address(locate):
    run = locate("stun:[2001:DB8::1]")
    assert (run.code, run.out, run.err) == (
        0, "an address needs no DNS\n 1. UDP  [2001:db8::1]:3478\n", "")


# spec: R8489-8.1-02 R7350-4.1.1-03
def test_an_address_and_a_certificate(locate):
    run = locate("stuns:192.0.2.1")
    assert (run.code, run.out) == (2, "")
    assert run.err == ("srflx locate: a stuns URI with an IP address names nobody whose certificate counts: "
                       "give the name to --name\nTry 'srflx locate --help'.\n")
    run = locate("--name", "Example.org.", "stuns:192.0.2.1")
    assert run.code == 0
    assert run.out.endswith(" 1. TLS  192.0.2.1:5349  certificate of example.org\n")


@pytest.mark.parametrize("arguments, error", [
    (["stun:nobody.example"], "nobody.example: there is no such name"),
    (["-6", "v4.example"], "v4.example: the name has no address of the family asked for"),
    (["stun:off.example"], "off.example: the domain says that it does not offer this service"),
])
def test_failures(locate, arguments, error):
    run = locate(*arguments)
    assert (run.code, run.err) == (4, f"srflx locate: {error}\n")
    assert run.out.startswith("SRV _stun._udp.")
    said = json.loads(locate("--json", *arguments).out)
    assert (said["ok"], said["candidates"], said["error"]) == (False, [], error.partition(": ")[2])


def test_json(srflx, server):
    run = srflx("locate", "--json", "--dns", server, "-6", "--tls", "example.org")
    assert (run.code, run.err) == (0, "")
    said = json.loads(run.out)
    assert all(step.pop("ms") >= 0 for step in said["steps"])
    assert said == {
        "ok": True, "uri": "stuns:example.org",
        "steps": [
            {"type": "SRV", "name": "_stuns._tcp.example.org", "outcome": "there are records", "records": 1,
             "left_out": 0, "aliases": 0, "local": False, "why": "these servers, by priority and weight"},
            {"type": "AAAA", "name": "one.example.org", "outcome": "there are records", "records": 1,
             "left_out": 0, "aliases": 1, "local": False, "why": "these addresses"},
        ],
        "candidates": [
            {"transport": "tls", "address": "2001:db8::1", "port": 5350, "family": "IPv6", "source": "srv",
             "host": "one.example.org", "priority": 0, "weight": 0, "verify": "example.org"},
        ],
    }


@pytest.mark.parametrize("arguments, error", [
    ([], "want one URI"),
    (["a", "b"], "want one URI"),
    (["-4", "-6", "a"], "-4 and -6 exclude each other"),
    (["--udp", "--udp", "a"], "want at most two transports, each once"),
    (["--udp", "--tcp", "--tls", "a"], "want at most two transports, each once"),
    (["--udp", "--tls", "a"], "stun: goes over UDP and TCP alone"),
    (["--tls", "stun:a"], "stun: goes over UDP and TCP alone"),
    (["--udp", "stuns:a"], "stuns: goes over TLS and DTLS alone"),
    (["--timeout", "11", "a"], "--timeout wants seconds from 0.001 to 10, not '11'"),
    (["--name", "192.0.2.1", "stuns:a"], "--name wants a name, not '192.0.2.1'"),
    (["--dns", "nobody", "a"], "--dns wants ADDR[:PORT], not 'nobody'"),
    (["--dns", "", "a"], "--dns wants ADDR[:PORT], not ''"),
])
def test_wrong_use(srflx, arguments, error):
    run = srflx("locate", *arguments)
    assert (run.code, run.out) == (2, "")
    assert run.err == f"srflx locate: {error}\nTry 'srflx locate --help'.\n"


@pytest.mark.parametrize("text, error, place", [
    ("stun://example.org", "nothing stands between the scheme and the host, no // either", 5),
    ("turn:example.org", "want a port from 1 to 65535", 5),
    ("example.org?transport=udp", "there is no query in a STUN URI, so no ?; ?transport= belongs to turn:", 11),
    ("stun:192.0.2.256", "a name that ends in a number is no name, and this is no IPv4 address", 5),
    ("b\u00fccher.example", "a name beyond ASCII must come in its A-label form, as xn--bcher-kva.example", 1),
    ("a\x1b[2J", "a host's name has letters, digits, hyphens and dots alone", 1),
])
def test_a_wrong_uri_is_shown_with_its_place(srflx, text, error, place):
    run = srflx("locate", text)
    shown = text.replace("\x1b", "\\x1b")
    assert (run.code, run.out) == (2, "")
    assert run.err == f"srflx locate: {error}\n  {shown}\n  {' ' * place}^\n"
