"""Two machines for each test: one that serves, one that asks, joined by two links."""

import os
import subprocess

import pytest

from netns import Namespace
from server import Server

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


def give_up(why):
    """Skips for a person's machine; a CI that cannot run these tests must say so by failing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must be able to run this: {why}")
    pytest.skip(why)


@pytest.fixture
def namespace():
    """Makes namespaces; they are removed when the test is over."""
    made = []

    def make():
        if os.geteuid():
            give_up("network namespaces need root: run the tests as root")
        try:
            made.append(Namespace())
        except subprocess.CalledProcessError as error:
            give_up(f"no permission to make network namespaces: {error.stderr.strip()}")
        return made[-1]

    yield make
    for one in made:
        one.remove()


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


@pytest.fixture
def serve():
    """Starts servers; what a test leaves running is killed."""
    started = []

    def start(namespace, *words, **how):
        started.append(Server(namespace, *words, **how))
        return started[-1]

    yield start
    for server in started:
        server.destroy()
