"""Does every answer leave from the address and port that were asked, and say the right thing?"""

import pytest

import stun

PORT = 3478

# (address of the server, address of the client, interface if link-local)
FROM_OUTSIDE = [
    ("10.71.0.1", "10.71.0.100", None),
    ("10.71.0.2", "10.71.0.100", None),
    ("10.71.5.1", "10.71.0.100", None),
    ("10.72.0.1", "10.72.0.100", None),
    ("192.0.2.53", "10.71.0.100", None),
    ("192.0.2.53", "10.72.0.100", None),
    ("2001:db8:71::1", "2001:db8:71::100", None),
    ("2001:db8:71::2", "2001:db8:71::100", None),
    ("2001:db8:72::1", "2001:db8:72::100", None),
    ("2001:db8:53::1", "2001:db8:71::100", None),
    ("fe80::1", "fe80::100", "near"),
    ("fe80::1", "fe80::100", "far"),
    ("fe80::1", "2001:db8:71::100", "near"),
]
FROM_INSIDE = [
    ("127.0.0.1", "127.0.0.1", None),
    ("127.0.0.2", "127.0.0.1", None),
    ("127.0.0.2", "10.71.0.1", None),
    ("10.71.0.2", "127.0.0.1", None),
    ("192.0.2.53", "10.71.0.1", None),
    ("::1", "::1", None),
    ("2001:db8:71::2", "2001:db8:71::1", None),
    ("2001:db8:53::1", "::1", None),
    ("fe80::1", "fe80::1", "near"),
]


def ask(client, server, request):
    """The answer, which must come from where it was asked."""
    client.sendto(request, server)
    answer, source = client.recvfrom(4096)
    assert (source[0].split("%")[0], *source[1:]) == server
    return answer


def check_exchange(namespace, server_ip, client_ip, interface):
    """A success and an error for each generation; link-local clients are bound to their interface."""
    local = interface if client_ip.startswith("fe80") else None
    with namespace.client(client_ip, local) as client:
        server = (server_ip, PORT)
        if ":" in server_ip:
            server += (0, namespace.index(interface) if interface else 0)
        me = (client_ip, client.getsockname()[1])

        request = stun.request()
        assert ask(client, server, request) == stun.answer(request, me)
        request = stun.classic_request()
        assert ask(client, server, request) == stun.classic_answer(request, me, server)
        for request in (stun.request(), stun.classic_request()):
            assert ask(client, server, stun.change_request(request)) == stun.refusal(request)


def check_everything(machines):
    serving, asking = machines
    for exchange in FROM_OUTSIDE:
        check_exchange(asking, *exchange)
    for exchange in FROM_INSIDE:
        check_exchange(serving, *exchange)


def listed():
    """--listen for every address that is asked, written in the forms that an operator may use."""
    addresses = {(server, interface) for server, _, interface in FROM_OUTSIDE + FROM_INSIDE}
    for address, interface in sorted(addresses, key=str):
        if interface:
            yield f"--listen=[{address}%{interface}]:{PORT}"
        else:
            yield f"--listen={address}"


# spec: R8489-6.3.1.2-01 R8489-6.3.1.2-02 R5389-7.3.1.2-01 R3489-8.1-11 R3489-8.1-22 R3489-8.1-24
@pytest.mark.parametrize("workers", [1, 3])
def test_wildcards(machines, serve, workers):
    server = serve(machines[0], f"--workers={workers}")
    server.until_ready()
    check_everything(machines)
    assert server.stop()[0] == 0


# spec: R8489-6.3.1.2-02 R5389-7.3.1.2-01 R3489-8.1-22 R3489-8.1-24
@pytest.mark.parametrize("workers", [1, 3])
def test_listed_addresses(machines, serve, workers):
    server = serve(machines[0], f"--workers={workers}", *listed())
    server.until_ready()
    check_everything(machines)
    assert server.stop()[0] == 0


def test_another_port(machines, serve):
    """Two ports on one address: each answers for itself."""
    serving, asking = machines
    server = serve(serving, "--listen=10.71.0.1", "--listen=10.71.0.1:3479", "--port=3480")
    server.until_ready()
    with asking.client("10.71.0.100") as client:
        for port in (3479, 3480):
            request = stun.classic_request()
            server_address = ("10.71.0.1", port)
            answer = ask(client, server_address, request)
            assert answer == stun.classic_answer(request, client.getsockname(), server_address)
    assert server.stop()[0] == 0


@pytest.mark.parametrize("source, bits, server_ip, far", [
    ("10.90.0.1", 32, "10.71.0.2", "10.72.0.100"),
    ("2001:db8:90::1", 128, "2001:db8:71::2", "2001:db8:72::100")])
def test_the_way_back_may_be_another_one(machines, serve, source, bits, server_ip, far):
    """The request comes over one link; the server's routing table sends the answer over the other."""
    serving, asking = machines
    asking.add_addresses("lo", f"{source}/{bits}")
    serving.ip(f"route add {source} via {far}")
    serving.set("ipv4/conf/all/rp_filter", "0")
    serving.set("ipv4/conf/near/rp_filter", "0")
    asking.set("ipv4/conf/all/rp_filter", "0")
    asking.set("ipv4/conf/far/rp_filter", "0")
    server = serve(serving)
    server.until_ready()
    check_exchange(asking, server_ip, source, None)
    assert server.stop()[0] == 0
