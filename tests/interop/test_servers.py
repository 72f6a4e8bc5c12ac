"""srflx query asks servers that nobody here wrote, from behind a NAT, on a path that loses nothing and on
one that loses 30 %; and srflx decode reads what they answer."""

import json
import re
import subprocess
from typing import Callable, NamedTuple

import pytest

from internet import FAMILIES, IPV4, IPV6, PORT, SECOND_SERVER
from programs import SOFTWARE_TEXT, SRFLX, needed, p1_stun, srflxd, stund, turnserver
from stun import COOKIE, REQUEST, attribute, message, with_fingerprint

SERVERS = {turnserver: FAMILIES, stund: (IPV4,), p1_stun: FAMILIES, srflxd: FAMILIES}
FORMS = pytest.mark.parametrize("options", [[], ["--classic"]], ids=["current", "classic"])
TRANSACTION = bytes.fromhex("0102030405060708090a0b0c")


def row(options):
    return "mapped address (RFC 3489)" if options else "mapped address"


def query(namespace, *arguments):
    done = subprocess.run(namespace.command(SRFLX, "query", "--json", *arguments), capture_output=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def endpoint(told):
    return told["address"], told["port"]


def agree_without_nat(internet, host, *options):
    told = query(internet.away, *options, host)
    assert (told["ok"], told["nat"]) == (True, False)
    assert told["mapped"] == told["local"]


def agree_behind_nat(internet, host, *options):
    told = query(internet.home, *options, host)
    assert (told["ok"], told["nat"]) == (True, True)
    assert endpoint(told["mapped"]) == internet.mappings()[endpoint(told["local"])]
    return told["mapped"]["address"]


def target(family):
    return f"[{family.server}]" if family == IPV6 else family.server


SERVED = pytest.mark.parametrize("server, family", [(server, family) for server, families in SERVERS.items()
                                                     for family in families],
                                 ids=lambda value: getattr(value, "__name__", str(value)))


# spec: R5389-12.1-02 R5389-12.1-03
@SERVED
@FORMS
def test_query(server, family, options, lossy, internet, tmp_path, agreed):
    with server(internet.away, tmp_path):
        if lossy:
            internet.lose()
        else:
            agree_without_nat(internet, target(family), *options)
        assert agree_behind_nat(internet, target(family), *options) == family.public
    if lossy:
        assert min(internet.lost()) > 0
    agreed("srflx query", server.__name__, row(options), family, lossy)


def decode(data):
    """What srflx decode makes of it: the header, and (name, value) of the attributes."""
    done = subprocess.run([SRFLX, "decode", "--json", "-"], input=data, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    told = json.loads(done.stdout)
    return told["header"], {one["name"]: one["value"] for one in told["attributes"]}


def at(family, address, port):
    return {"address": address, "port": port, "family": family.name}


class Dialect(NamedTuple):
    """What stands in a server's answers: its attributes with the mapped address, others with addresses as
    (host, port), the pattern of SOFTWARE. `fingerprint` is what the header of an answer to FINGERPRINT says."""

    mapped: tuple
    addresses: Callable
    software: str
    fingerprint: str


DIALECTS = {
    turnserver: Dialect(
        ("XOR-MAPPED-ADDRESS", "MAPPED-ADDRESS"),
        lambda host: {"RESPONSE-ORIGIN": (host, PORT), "OTHER-ADDRESS": (host, PORT + 1)},
        r"Coturn-\d+\.\d+\.\d+ '.+'", "right"),
    stund: Dialect(
        ("XOR-MAPPED-ADDRESS", "MAPPED-ADDRESS"),
        lambda host: {"SOURCE-ADDRESS": (host, PORT), "CHANGED-ADDRESS": (SECOND_SERVER, PORT + 1)},
        "Vovida\\.org 0\\.97\0", "absent"),
    p1_stun: Dialect(("XOR-MAPPED-ADDRESS",), lambda _host: {}, "P1 STUN library", "absent"),
    srflxd: Dialect(("XOR-MAPPED-ADDRESS",), lambda _host: {}, SOFTWARE_TEXT, "right"),
}


@SERVED
def test_decode_success(server, family, internet, tmp_path, agreed):
    dialect = DIALECTS[server]
    with server(internet.away, tmp_path):
        mapped, answer = internet.exchange(family, with_fingerprint(message(REQUEST, COOKIE + TRANSACTION)))
    header, attributes = decode(answer)
    assert (header["type"], header["transaction"]) == ("0x0101", TRANSACTION.hex())
    assert header["fingerprint"] == dialect.fingerprint
    assert re.fullmatch(dialect.software, attributes.pop("SOFTWARE"))
    assert ("FINGERPRINT" in attributes) == (dialect.fingerprint == "right")
    attributes.pop("FINGERPRINT", None)
    assert {name: endpoint(value) for name, value in attributes.items()} == {
        **dict.fromkeys(dialect.mapped, mapped), **dialect.addresses(family.server)}
    read = [*dialect.mapped, *dialect.addresses(""), "SOFTWARE"]
    read += ["FINGERPRINT"] * (dialect.fingerprint == "right")
    agreed("srflx decode", server.__name__, ", ".join(read), family)


# stund is silent.
@pytest.mark.parametrize("server", [turnserver, p1_stun, srflxd])
def test_decode_420(server, family, internet, tmp_path, agreed):
    """Nobody says in which order the unknown attributes must stand in the list."""
    request = message(REQUEST, COOKIE + TRANSACTION, attribute(0x7FFF, b""), attribute(0x7FFE, b"value"))
    with server(internet.away, tmp_path):
        _, answer = internet.exchange(family, request)
    header, attributes = decode(answer)
    assert (header["type"], header["transaction"]) == ("0x0111", TRANSACTION.hex())
    assert attributes["ERROR-CODE"]["code"] == 420
    assert sorted(attributes["UNKNOWN-ATTRIBUTES"]) == ["0x7ffe", "0x7fff"]
    agreed("srflx decode", server.__name__, "420, UNKNOWN-ATTRIBUTES", family)




def test_stund_has_no_ipv6(internet, agreed):
    """It takes what stands before the first colon for a host: the number 2001."""
    command = [needed("stund", "stun-server"), "-h", IPV6.server, "-a", IPV6.public, "-p", PORT, "-o", PORT + 1]
    done = subprocess.run(internet.away.command(*command), capture_output=True, text=True, timeout=60, check=False)
    assert "Can't open 0.0.7.209:3478" in done.stdout + done.stderr
    for options in [], ["--classic"]:
        for lossy in False, True:
            agreed("srflx query", "stund", row(options), IPV6, lossy, "no IPv6")
