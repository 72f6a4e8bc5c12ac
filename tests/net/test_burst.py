"""What must not disturb a server: many addressees, datagrams without end, answers that cannot leave."""

import socket

import stun
from server import FORBIDDEN, NOT_UNICAST, SUCCESS, TRUNCATED, UNREACHABLE

PORT = 3478


def test_broadcast_and_multicast_get_no_answer(machines, serve):
    """One worker, because the kernel gives such a datagram to each."""
    serving, asking = machines
    server = serve(serving, "--workers=1")
    server.until_ready()
    near = asking.index("near")

    with asking.client("10.71.0.100") as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        client.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.71.0.100"))
        for many in ("10.71.0.255", "255.255.255.255", "224.0.0.1"):
            client.sendto(stun.request(), (many, PORT))
        stun.ask(client, ("10.71.0.1", PORT))
    with asking.client("fe80::100", "near") as client:
        client.sendto(stun.request(), ("ff02::1", PORT, 0, near))
        stun.ask(client, ("fe80::1", PORT, 0, near))

    assert server.counts() == {"packets": 6, "answers": 2, SUCCESS: 2, NOT_UNICAST: 4}


def test_datagrams_without_end_are_dropped(machines, serve):
    serving, asking = machines
    server = serve(serving)
    server.until_ready()

    with asking.client("10.71.0.100") as client:
        for size in (2049, 9000, 60000):
            client.sendto(stun.request() + bytes(size - 20), ("10.71.0.1", PORT))
        stun.ask(client, ("10.71.0.1", PORT))

    assert server.counts() == {"packets": 4, "answers": 1, SUCCESS: 1, TRUNCATED: 3}


def lose_answers(serving, asking):
    """Sources to which no answer can leave, each for a reason of its own."""
    asking.add_addresses("lo", *(f"10.90.0.{number}/32" for number in (1, 2, 3)))
    serving.ip("route add 10.90.0.1 via 10.71.0.100",
               "route add unreachable 10.90.0.2",
               "route add 10.90.0.3 via 10.71.0.100")
    serving.nft("add table inet test",
                "add chain inet test out { type filter hook output priority 0 ; }",
                "add rule inet test out ip daddr 10.90.0.1 udp sport 3478 reject",
                "add rule inet test out ip daddr 10.90.0.3 udp sport 3478 drop")


def test_answers_that_fail_do_not_stop_the_others(machines, serve):
    """One burst, in one batch: the lost ones lie first, in the middle, twice in a row, and last."""
    serving, asking = machines
    lose_answers(serving, asking)
    server = serve(serving, "--workers=1")
    server.until_ready()
    sources = ["10.90.0.1", "10.71.0.100", "10.90.0.2", "10.71.0.100", "10.90.0.3", "10.90.0.1",
               "10.71.0.100", "10.71.0.100", "10.90.0.2"]
    clients = {source: asking.client(source) for source in sources}
    requests = []

    server.hold()
    for source in sources:
        requests.append(stun.request())
        clients[source].sendto(requests[-1], ("10.71.0.1", PORT))
    server.go_on()
    good = clients["10.71.0.100"]
    for source, request in zip(sources, requests):
        if clients[source] is good:
            assert good.recv(4096) == stun.answer(request, good.getsockname())
    stun.ask(good, ("10.71.0.1", PORT))

    assert server.counts() == {"packets": 10, "answers": 5, SUCCESS: 10, FORBIDDEN: 3, UNREACHABLE: 2}
    for client in clients.values():
        client.close()


def test_answers_rejected_by_a_packet_filter_are_lost_alone(machines, serve):
    """Two full batches of each family, in which two of eight clients are rejected: all others get
    what they asked for, in its order."""
    serving, asking = machines
    sources = [f"10.91.0.{number}" for number in range(1, 9)] + [f"2001:db8:91::{number}" for number in range(1, 9)]
    rejected = sources[3:5] + sources[11:13]
    asking.add_addresses("lo", *(f"{source}/{128 if ':' in source else 32}" for source in sources))
    serving.ip("route add 10.91.0.0/24 via 10.71.0.100", "route add 2001:db8:91::/64 via 2001:db8:71::100")
    serving.nft("add table inet test",
                "add chain inet test out { type filter hook output priority 0 ; }",
                f"add rule inet test out ip daddr {{ {','.join(rejected[:2])} }} udp sport 3478 reject",
                f"add rule inet test out ip6 daddr {{ {','.join(rejected[2:])} }} udp sport 3478 reject")
    server = serve(serving, "--workers=1")
    server.until_ready()
    clients = {source: asking.client(source) for source in sources}
    requests = [stun.request() for _ in range(8)]

    server.hold()
    for request in requests:
        for source, client in clients.items():
            client.sendto(request, ("2001:db8:71::1" if ":" in source else "10.71.0.1", PORT))
    server.go_on()
    for source, client in clients.items():
        if source not in rejected:
            for request in requests:
                assert client.recv(4096) == stun.answer(request, client.getsockname())

    assert server.counts() == {"packets": 128, "answers": 96, SUCCESS: 128, FORBIDDEN: 32}
    for client in clients.values():
        client.close()


def test_more_than_a_batch_waiting(machines, serve):
    """All of 200 requests that waited are answered, in their order, by both sockets' clients."""
    serving, asking = machines
    server = serve(serving, "--workers=1")
    server.until_ready()
    asked = {"10.71.0.100": ("10.71.0.1", PORT), "2001:db8:71::100": ("2001:db8:71::1", PORT, 0, 0)}
    clients = {source: asking.client(source) for source in asked}
    requests = [stun.request() for _ in range(200)]

    server.hold()
    for request in requests:
        for source, client in clients.items():
            client.sendto(request, asked[source])
    server.go_on()
    for client in clients.values():
        for request in requests:
            assert client.recv(4096) == stun.answer(request, client.getsockname())

    assert server.counts() == {"packets": 400, "answers": 400, SUCCESS: 400}
    for client in clients.values():
        client.close()


def test_clients_that_are_gone_are_forgotten(machines, serve):
    """A closed port answers with an ICMP error, which is nobody's concern."""
    serving, asking = machines
    server = serve(serving, "--workers=1")
    server.until_ready()
    for source, asked in (("10.71.0.100", ("10.71.0.1", PORT)),
                          ("2001:db8:71::100", ("2001:db8:71::1", PORT, 0, 0))):
        server.hold()
        for _ in range(20):
            with asking.client(source) as gone:
                gone.sendto(stun.request(), asked)
        server.go_on()
        with asking.client(source) as client:
            stun.ask(client, asked)

    assert server.counts() == {"packets": 42, "answers": 42, SUCCESS: 42}
