"""Does one source prefix always meet the same worker, and is it answered right?"""

import ipaddress
import re

import pytest

import stun

PREFIXES = 64
PER_PREFIX = 3


def worker_of(ip, workers):
    """The arithmetic of drive/steering.c, written a second time: IPv4 /24, IPv6 /48."""
    packed = ipaddress.ip_address(ip).packed
    if len(packed) == 4:
        value = int.from_bytes(packed[:3], "big")
    else:
        value = int.from_bytes(packed[:4], "big") * 0x85EBCA6B ^ int.from_bytes(packed[4:6], "big")
    value = value * 0x9E3779B1 & 0xFFFFFFFF
    value = (value ^ value >> 16) * 0xC2B2AE35 & 0xFFFFFFFF
    return (value ^ value >> 13) % workers


def add_sources(serving, asking):
    """Addresses of 64 prefixes of each family, two in each, behind the client's machine."""
    sources = []
    for number in range(PREFIXES):
        sources += [f"10.80.{number}.1", f"10.80.{number}.250"]
        sources += [f"2001:db8:{number + 0x8000:x}::1", f"2001:db8:{number + 0x8000:x}:ffff::1"]
    asking.add_addresses("lo", *(f"{source}/{128 if ':' in source else 32}" for source in sources))
    serving.ip("route add 10.80.0.0/16 via 10.71.0.100", "route add 2001:db8:8000::/33 via 2001:db8:71::100")
    return sources


# spec: R8489-6.3.1.2-02
@pytest.mark.parametrize("workers", [2, 3])
def test_prefixes_keep_their_worker(machines, serve, workers):
    serving, asking = machines
    sources = add_sources(serving, asking)
    server = serve(serving, f"--workers={workers}", "--log-level=debug")
    server.until_ready()

    expected = [0] * workers
    for source in sources:
        asked = ("2001:db8:71::1", 3478, 0, 0) if ":" in source else ("10.71.0.2", 3478)
        for _ in range(PER_PREFIX):
            with asking.client(source) as client:
                request = stun.request()
                client.sendto(request, asked)
                answer, came_from = client.recvfrom(4096)
                assert came_from == asked
                assert answer == stun.answer(request, client.getsockname())
            expected[worker_of(source, workers)] += 1

    status, lines = server.stop()
    counts = re.findall(r"^srflxd: debug: worker (\d+): (\d+) packets$", "\n".join(lines), re.M)
    assert status == 0
    assert [(int(worker), int(count)) for worker, count in counts] == list(enumerate(expected))
    assert min(expected) > 0
