"""Two machines for each test: one that serves, one that asks, joined by two links."""

import pytest

from fixtures import namespace, serve  # noqa: F401 - pytest finds fixtures here

LINKS = ("near", "far")
SERVER_ADDRESSES = {
    "lo": ["192.0.2.53/32", "2001:db8:53::1/128"],
    "near": ["10.71.0.1/24", "10.71.0.2/24", "10.71.5.1/24", "2001:db8:71::1/64", "2001:db8:71::2/64", "fe80::1/64"],
    "far": ["10.72.0.1/24", "2001:db8:72::1/64", "fe80::1/64"],
}
CLIENT_ADDRESSES = {
    "near": ["10.71.0.100/24", "2001:db8:71::100/64", "fe80::100/64"],
    "far": ["10.72.0.100/24", "2001:db8:72::100/64", "fe80::100/64"],
}


@pytest.fixture
def machines(namespace):
    """(server's machine, client's machine), with the addresses above."""
    both = serving, asking = namespace(), namespace()
    for link in LINKS:
        serving.join(link, asking)
    for machine in both:
        machine.ip(*(f"link set {link} {state}" for link in LINKS for state in ("addrgenmode none", "up")))
    for machine, addresses in zip(both, (SERVER_ADDRESSES, CLIENT_ADDRESSES)):
        machine.wait_until_up(*LINKS)
        for interface, of_interface in addresses.items():
            machine.add_addresses(interface, *of_interface)
    asking.ip("route add default via 10.71.0.1", "route add default via 2001:db8:71::1")
    return both
