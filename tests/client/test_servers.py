"""Servers that we did not write, and our own, over all four transports."""

import pytest

from certificates import Certificate
from conftest import NAME, coturn, needed, query, srflxd

TRANSPORTS = [("--udp", "stun", "UDP"), ("--tcp", "stun", "TCP"), ("--tls", "stuns", "TLS"),
              ("--dtls", "stuns", "DTLS")]
VERSIONS = {"UDP": [None], "TCP": [None], "TLS": ["TLSv1.3", "TLSv1.2"], "DTLS": ["DTLSv1.2"]}


@pytest.fixture(name="ports", scope="module", params=["coturn", "srflxd"])
def server(request, tmp_path_factory, ca):
    folder = tmp_path_factory.mktemp("server")
    certificate = Certificate(NAME, issuer=ca)
    if request.param == "coturn":
        needed("turnserver", "coturn")
        started = coturn(folder, certificate)
    else:
        started = srflxd(folder, certificate=certificate)
    with started as ports:
        yield ports


# spec: R7350-4.1.1-01 R8489-6.2.2-01 R8489-6.2.2-03
@pytest.mark.parametrize("option, scheme, name", TRANSPORTS)
def test_each_transport(ports, local, ca, option, scheme, name):
    port = ports[scheme == "stuns"]
    trust = ["--ca", ca.file] if scheme == "stuns" else []
    run = query(*local, *trust, option, f"{scheme}:{NAME}:{port}")
    assert (run.code, run.err) == (0, "")
    address, _, local_end, served = run.out.splitlines()
    assert address.startswith("address  127.0.0.1:")
    assert local_end == f"local    {address.split()[1]}, no NAT between here and the server"
    found = query(*local, *trust, option, "--json", f"{scheme}:{NAME}:{port}").json
    assert (found["ok"], found["transport"], found["sent"]) == (True, name.lower(), 1)
    version = found.get("security", {}).get("version")
    assert version in VERSIONS[name]
    assert served == f"server   127.0.0.1:{port} over {name}" + (f" ({version})" if version else "")


# spec: R8489-6.2.2-08
@pytest.mark.parametrize("option, scheme, name", TRANSPORTS)
def test_a_series_keeps_its_connection(ports, local, ca, option, scheme, name):
    port = ports[scheme == "stuns"]
    trust = ["--ca", ca.file] if scheme == "stuns" else []
    run = query(*local, *trust, option, "--json", "--count", 3, "--interval", 0.01, f"{scheme}:{NAME}:{port}")
    results = run.json["results"]
    assert (run.code, [one["ok"] for one in results], name.lower()) == (0, [True] * 3, results[0]["transport"])
    assert len({one["mapped"]["port"] for one in results}) == 1


def test_all_at_once(ports, local, ca):
    """In the order of the command line, whoever is first to answer."""
    uris = [f"stun:{NAME}:{ports[0]}", f"stuns:{NAME}:{ports[1]}", f"127.0.0.1:{ports[0]}"]
    run = query(*local, "--ca", ca.file, "--json", *uris)
    assert run.code == 0
    assert [(one["transport"], one["server"]["name"], one["server"]["port"]) for one in run.json] == [
        ("udp", NAME, ports[0]), ("tls", NAME, ports[1]), ("udp", "127.0.0.1", ports[0])]
    text = query(*local, "--ca", ca.file, *uris)
    blocks = text.out.split("\n\n")
    assert [block.splitlines()[-1 if number == 2 else 3].split(" over ")[1][:3] for number, block in enumerate(blocks)
            ] == ["UDP", "TLS", "UDP"]


def test_the_worst_of_several_is_the_exit_code(ports, local):
    run = query(*local, "--json", f"127.0.0.1:{ports[0]}", "127.0.0.1:1", "nobody.example.test:1",
                f"stuns:{NAME}:{ports[1]}")
    assert [one["ok"] for one in run.json] == [True, False, False, False]
    assert [one.get("error", {}).get("name") for one in run.json] == [None, "UNREACHABLE", "NAME", "SECURITY"]
    assert run.json[3]["error"]["fault"] == "UNKNOWN_ISSUER"
    assert run.code == 5
