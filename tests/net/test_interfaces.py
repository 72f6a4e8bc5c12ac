"""Does srflxd outlive what interfaces, addresses and routes do while it runs?"""

import contextlib
import json
import os
import select

import pytest

import stun
from link import Capture
from server import LOST, SUCCESS, UNREACHABLE

PORT = 3478
REQUESTS = 10  # of each client in a batch
# (address that is asked over the link that changes, by whom; the same over the other link)
PAIRS = [("10.71.0.2", "10.71.0.100", "10.72.0.1", "10.72.0.100"),
         ("2001:db8:71::2", "2001:db8:71::100", "2001:db8:72::1", "2001:db8:72::100")]
LISTED = [f"--listen=[{ip}]" if ":" in ip else f"--listen={ip}" for pair in PAIRS for ip in pair[::2]]


def ask_everywhere(machine):
    """From new sockets: old ones may still have answers in store that were on their way."""
    for near_server, near_client, far_server, far_client in PAIRS:
        for server, address in ((near_server, near_client), (far_server, far_client)):
            with machine.client(address) as client:
                stun.ask(client, stun.end(server))


def change_within_a_batch(server, machine, change):
    """In each batch requests came over both links in turn, and when they wait for the server, the
    change is made. Who asks over the other link gets every answer."""
    with contextlib.ExitStack() as stack:
        clients = [[stack.enter_context(machine.client(ip)) for ip in pair[1::2]] for pair in PAIRS]
        requests = [stun.request() for _ in range(REQUESTS)]
        server.hold()
        for request in requests:
            for (near, far), pair in zip(clients, PAIRS):
                near.sendto(request, (pair[0], PORT))
                far.sendto(request, (pair[2], PORT))
        change()
        server.go_on()
        for _, far in clients:
            for request in requests:
                assert far.recv(4096) == stun.answer(request, far.getsockname())


def restore(serving, asking):
    """Link, addresses and routes of what changes, whatever of it has gone."""
    if "near" not in serving.links():
        serving.join("near", asking)
    for machine in (serving, asking):
        machine.ip("link set near up")
    for machine, column in ((serving, 0), (asking, 1)):
        machine.wait_until_up("near")
        machine.add_addresses("near", f"{PAIRS[0][column]}/24", f"{PAIRS[1][column]}/64")
        machine.ip("route replace 10.71.0.0/24 dev near",
                   "route replace 2001:db8:71::/64 dev near metric 256")  # the one that comes with the address


# What happens, and to which machine; how many answers of each family do not leave.
CHANGES = {
    "own link goes down": ("serving", ["link set near down"], REQUESTS),
    "own link is removed": ("serving", ["link delete near"], REQUESTS),
    "address is removed": ("serving", ["address del 10.71.0.2/24 dev near",
                                       "address del 2001:db8:71::2/64 dev near"], REQUESTS),
    "route is removed": ("serving", ["route del 10.71.0.0/24 dev near",
                                     "route del 2001:db8:71::/64 dev near"], REQUESTS),
    "the client's link goes down": ("asking", ["link set near down"], 0),  # nobody tells the server
}


@pytest.mark.parametrize("words", [[], LISTED], ids=["wildcards", "listed"])
def test_a_change_costs_the_answers_that_it_must(machines, serve, words):
    """And no others: neither those behind them in the batch, nor any when all is as before."""
    serving, asking = machines
    for who, lines, lost in CHANGES.values():
        server = serve(serving, "--workers=1", *words)
        server.until_ready()
        ask_everywhere(asking)
        change_within_a_batch(server, asking, lambda: (serving if who == "serving" else asking).ip(*lines))
        assert server.sleeps()
        restore(serving, asking)
        ask_everywhere(asking)

        counts = server.counts()
        # In which of the two lines an answer is counted is the kernel's choice.
        assert counts.pop(UNREACHABLE, 0) + counts.pop(LOST, 0) == 2 * lost
        packets = len(PAIRS) * (2 * REQUESTS + 4)
        assert counts == {"packets": packets, "answers": packets - 2 * lost, SUCCESS: packets}


@pytest.mark.parametrize("known, new, interface", [
    ("10.71.0.1", "10.71.0.9/24", "near"),
    ("192.0.2.53", "192.0.2.99/32", "lo"),
    ("2001:db8:71::1", "2001:db8:71::9/64", "near"),
    ("2001:db8:53::1", "2001:db8:53::9/128", "lo"),
])
def test_addresses_come_and_go_under_a_wildcard(machines, serve, known, new, interface):
    """A new one is answered from, one that has gone is silent, and both without a word to the
    server."""
    serving, asking = machines
    server = serve(serving)
    server.until_ready()
    address = new.split("/", maxsplit=1)[0]
    client_ip = "2001:db8:71::100" if ":" in new else "10.71.0.100"
    with asking.client(client_ip) as client, Capture(serving, "near") as capture:
        stun.ask(client, stun.end(known))
        serving.add_addresses(interface, new)
        stun.ask(client, stun.end(address))
        serving.ip(f"address del {new} dev {interface}")
        client.sendto(stun.request(), stun.end(address))
        stun.ask(client, stun.end(known))
        came, left = capture.take()

    assert [packet.destination for packet in came] == [(ip, PORT) for ip in (known, address, address, known)]
    answers = [packet for packet in left if packet.is_udp]  # kernels may say that nobody is there
    assert [packet.source for packet in answers] == [(ip, PORT) for ip in (known, address, known)]
    assert server.counts() == {"packets": 3, "answers": 3, SUCCESS: 3}


@pytest.mark.parametrize("server_ip, host", [("192.0.2.53", "192.0.2.53"), ("2001:db8:53::1", "[2001:db8:53::1]")])
def test_a_client_whose_route_vanishes_says_so(machines, server_ip, host):
    """The first request has left; the first that cannot leave is the last one."""
    serving, asking = machines
    with serving.client(server_ip) as silent:
        server = f"{host}:{silent.getsockname()[1]}"
        with asking.start(os.environ["SRFLX"], "query", "--json", "--rto", "50", server) as query:
            silent.recv(4096)
            asking.ip(f"route del default via {'2001:db8:71::1' if ':' in server_ip else '10.71.0.1'}")
            said = json.loads(query.communicate(timeout=60)[0])
        received = 1
        while select.select([silent], [], [], 0)[0]:
            silent.recv(4096)
            received += 1

    assert (query.returncode, said["sent"]) == (1, received + 1)
    assert said["error"] == {"name": "UNREACHABLE", "code": None,
                             "text": f"cannot reach {server}: Network is unreachable"}
