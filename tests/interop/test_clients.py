"""Clients that nobody here wrote ask srflxd."""

import re
import subprocess

from programs import Relay, endpoint, needed, srflxd


def ask(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=60, check=False)
    return done.returncode, (done.stdout + done.stderr).decode()


def test_turnutils_stunclient(host, agreed):
    client = needed("turnutils_stunclient", "coturn")
    with srflxd(host) as server, Relay(host, server.port) as relay:
        code, said = ask(client, "-p", relay.port, host)
    outside = "{}:{}".format(*relay.outside)
    seen = re.findall(r"^\d+: : (IPv\d)\. UDP reflexive addr: (\S+)$", said, re.M)
    assert (code, set(seen)) == (0, {("IPv6" if ":" in host else "IPv4", outside)})
    assert len(relay.messages) == 2
    agreed("turnutils_stunclient", "srflxd", f"{'IPv6' if ':' in host else 'IPv4'} XOR-MAPPED-ADDRESS")


def test_stun(agreed):
    """The client of RFC 3489; it knows IPv4 only, and sends CHANGE-REQUEST without a flag."""
    client, host = needed("stun", "stun-client"), "127.0.0.1"
    with srflxd(host) as server, Relay(host, server.port) as relay:
        code, said = ask(client, endpoint(host, relay.port), "1", "-v")
    assert code == 0
    assert re.findall(r"^MappedAddress = (\S+)$", said, re.M) == [endpoint(*relay.outside)]
    assert re.findall(r"^SourceAddress = (\S+)$", said, re.M) == [endpoint(host, server.port)]
    assert re.findall(r"\bok=(\d)", said) == ["1"]
    agreed("stun (RFC 3489)", "srflxd", "IPv4 MAPPED-ADDRESS, SOURCE-ADDRESS")
