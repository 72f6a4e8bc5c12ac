"""What must not disturb a server: many addressees, datagrams without end, answers that cannot leave."""

import socket

import stun

PORT = 3478


def count_of(lines, text):
    """The figure that the summary gives for a text, 0 if it has no line."""
    for line in lines:
        if line.endswith(f"  {text}"):
            return int(line.split()[1])
    return 0


def ask_plainly(client, server):
    request = stun.request()
    client.sendto(request, server)
    assert client.recv(4096) == stun.answer(request, client.getsockname())


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
        ask_plainly(client, ("10.71.0.1", PORT))
    with asking.client("fe80::100", "near") as client:
        client.sendto(stun.request(), ("ff02::1", PORT, 0, near))
        ask_plainly(client, ("fe80::1", PORT, 0, near))

    status, lines = server.stop()
    assert status == 0
    assert lines[1] == "srflxd: 6 packets, 2 answers"
    assert count_of(lines, "datagrams dropped: sent to a broadcast or multicast address") == 4


def test_datagrams_without_end_are_dropped(machines, serve):
    serving, asking = machines
    server = serve(serving)
    server.until_ready()

    with asking.client("10.71.0.100") as client:
        for size in (2049, 9000, 60000):
            client.sendto(stun.request() + bytes(size - 20), ("10.71.0.1", PORT))
        ask_plainly(client, ("10.71.0.1", PORT))

    status, lines = server.stop()
    assert status == 0
    assert lines[1] == "srflxd: 4 packets, 1 answers"
    assert count_of(lines, "datagrams dropped: longer than 2048 bytes") == 3


def lose_answers(serving, asking):
    """Sources to which no answer can leave, each for a reason of its own."""
    asking.run(*(f"ip address add 10.90.0.{number}/32 dev lo" for number in (1, 2, 3)))
    serving.run("ip route add 10.90.0.1 via 10.71.0.100",
                "ip route add unreachable 10.90.0.2",
                "ip route add 10.90.0.3 via 10.71.0.100",
                "nft add table inet test",
                "nft add chain inet test out { type filter hook output priority 0 ; }",
                "nft add rule inet test out ip daddr 10.90.0.1 udp sport 3478 reject",
                "nft add rule inet test out ip daddr 10.90.0.3 udp sport 3478 drop")


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
    ask_plainly(good, ("10.71.0.1", PORT))

    status, lines = server.stop()
    assert status == 0
    assert lines[1] == "srflxd: 10 packets, 5 answers"
    assert count_of(lines, "answers lost: the system forbade them (packet filter, broadcast)") == 3
    assert count_of(lines, "answers lost: no route back to the client") == 2
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

    status, lines = server.stop()
    assert status == 0
    assert lines[1:] == ["srflxd: 400 packets, 400 answers",
                         "srflxd:          400  answered with the address"]
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
            ask_plainly(client, asked)

    status, lines = server.stop()
    assert status == 0
    assert lines[1] == "srflxd: 42 packets, 42 answers"
