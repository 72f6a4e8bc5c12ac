"""srflx query asks servers that nobody here wrote."""

import json
import subprocess

import pytest

from programs import SRFLX, Relay, coturn, endpoint, srflxd, stund


def query(*arguments):
    done = subprocess.run([SRFLX, "query", "--json", *arguments], capture_output=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout)


def agree_on_address(host, port, *options):
    """Directly, where the local address is what the server sees, and through a relay, where it is not."""
    code, direct = query(*options, endpoint(host, port))
    assert (code, direct["ok"], direct["nat"]) == (0, True, False)
    assert direct["mapped"] == direct["local"]
    with Relay(host, port) as relay:
        code, relayed = query(*options, endpoint(host, relay.port))
    assert (code, relayed["ok"], relayed["nat"]) == (0, True, True)
    assert (relayed["mapped"]["address"], relayed["mapped"]["port"]) == relay.outside


def row(host, options):
    return f"{'IPv6' if ':' in host else 'IPv4'} address, {'classic' if options else 'current'} request"


FORMS = pytest.mark.parametrize("options", [[], ["--classic"]], ids=["current", "classic"])


@FORMS
def test_coturn(host, tmp_path, agreed, options):
    with coturn(tmp_path, host) as server:
        agree_on_address(host, server.port, *options)
    agreed("srflx query", "turnserver", row(host, options))


# spec: R5389-12.1-02 R5389-12.1-03
@FORMS
def test_stund(agreed, options):
    with stund("127.0.0.1", "127.0.0.2") as server:
        for host in server.hosts:
            agree_on_address(host, server.port, *options)
    agreed("srflx query", "stund (RFC 3489)", row("127.0.0.1", options))


@FORMS
def test_srflxd(host, agreed, options):
    with srflxd(host) as server:
        agree_on_address(host, server.port, *options)
    agreed("srflx query", "srflxd", row(host, options))
