"""Can forged sources make a server talk to itself, to many, to nobody or to another server?"""

import collections

import pytest

import stun
from link import Capture, Forger
from packets import udp_packet
from server import (CHANGE, FORBIDDEN, MALFORMED, NOT_ADMITTED, NOT_STUN, NO_REQUEST, SUCCESS, UNKNOWN,
                    UNKNOWN_METHOD, UNREACHABLE, WRONG_FINGERPRINT)

PORT = 3478
FAMILIES = pytest.mark.parametrize("server_ip, client_ip", [
    ("10.71.0.1", "10.71.0.100"), ("2001:db8:71::1", "2001:db8:71::100")])

NOT_TAKEN = {NOT_ADMITTED: 1}
OWN_TOO = {SUCCESS: 1, NO_REQUEST: 1}  # the answer comes to the server itself, and ends there
NEVER = {}  # comes that far: the kernel drops it
# For each address that is asked: forged sources, and what may become of a request. It is more than
# one thing where kernels differ.
SOURCES = {
    "10.71.0.1": {
        ("10.71.0.1", PORT): [NOT_TAKEN], ("10.71.0.1", 0): [NOT_TAKEN], ("10.71.0.100", 0): [NOT_TAKEN],
        ("10.71.0.2", PORT): [OWN_TOO], ("192.0.2.53", PORT): [OWN_TOO], ("127.0.0.1", PORT): [OWN_TOO],
        ("0.0.0.0", PORT): [NEVER, NOT_TAKEN], ("224.0.0.1", PORT): [NEVER, NOT_TAKEN],
        ("255.255.255.255", PORT): [NEVER, NOT_TAKEN],
        ("10.71.0.255", PORT): [NEVER, {SUCCESS: 1, FORBIDDEN: 1}],
    },
    "2001:db8:71::1": {
        ("2001:db8:71::1", PORT): [NOT_TAKEN], ("2001:db8:71::100", 0): [NOT_TAKEN],
        ("2001:db8:71::2", PORT): [OWN_TOO], ("2001:db8:53::1", PORT): [OWN_TOO],
        ("::", PORT): [NEVER, NOT_TAKEN], ("ff02::1", PORT): [NEVER, NOT_TAKEN],
        ("::1", PORT): [NEVER, OWN_TOO],
        ("::ffff:a47:64", PORT): [NEVER, {SUCCESS: 1, UNREACHABLE: 1}],
    },
}


def take_everything(machine):
    """Switches off what a kernel can have against forged sources, so that they are left to us."""
    for interface in ("all", "near", "lo"):
        for key, value in (("accept_local", "1"), ("route_localnet", "1"), ("rp_filter", "0")):
            machine.set(f"ipv4/conf/{interface}/{key}", value)


@FAMILIES
def test_nothing_leaves_for_impossible_sources(machines, serve, server_ip, client_ip):
    serving, asking = machines
    take_everything(serving)
    for source, outcomes in SOURCES[server_ip].items():
        server = serve(serving, "--workers=1")
        server.until_ready()
        with (asking.client(client_ip) as client, Forger(asking, "near", serving) as forger,
              Capture(serving, "near") as capture):
            forger.send(udp_packet(source, (server_ip, PORT), stun.request()))
            # The first may be in one batch with the forged one; then what comes of that is next.
            stun.ask(client, stun.end(server_ip))
            stun.ask(client, stun.end(server_ip))
            came, left = capture.take()
            me = (client_ip, client.getsockname()[1])

        assert [packet.source for packet in came] == [source, me, me]
        assert [packet.destination for packet in left] == [me, me]
        counts = server.counts()
        for text in ("packets", "answers", SUCCESS):
            counts[text] -= 2
        assert {text: n for text, n in counts.items() if n and text not in ("packets", "answers")} in outcomes, source


def provocations():
    """What to say to a server in the name of another one -> what it makes of it."""
    request = stun.request()
    return {
        request: SUCCESS,
        stun.with_fingerprint(stun.request()): SUCCESS,
        stun.classic_request(): SUCCESS,
        stun.with_unknown(stun.request(), [0x7FFF]): UNKNOWN,
        stun.with_unknown(stun.classic_request(), [0x7FFF]): UNKNOWN,
        stun.change_request(stun.request()): CHANGE,
        stun.success(stun.request()): NO_REQUEST,
        stun.error(stun.request(), 500): NO_REQUEST,
        b"\x00\x11" + request[2:]: NO_REQUEST,  # an indication
        b"\x00\x03" + request[2:]: UNKNOWN_METHOD,  # Allocate
        stun.with_fingerprint(stun.request())[:-1] + b"?": WRONG_FINGERPRINT,
        request[:19]: NOT_ADMITTED,
        request + b"\x00": MALFORMED,
        b"\x40" + request[1:]: NOT_STUN,
    }


ANSWERED = (SUCCESS, UNKNOWN, CHANGE)


def expected_counts(said, answers_received, asked):
    """Of a server to which all provocations were said, the other one's answers came, and that was
    asked plainly some times."""
    counts = collections.Counter(said.values())
    counts[SUCCESS] += asked
    counts[NO_REQUEST] += answers_received
    answers = sum(counts[text] for text in ANSWERED)
    return {"packets": sum(counts.values()), "answers": answers, **counts}


# spec: R8489-6.3-04
@FAMILIES
def test_two_servers_in_each_others_names_fall_silent(machines, serve, server_ip, client_ip):
    """One runs on each machine. To each is said in the other's name whatever may provoke it; its
    answers go to that one, which has nothing to say to them."""
    ends = ((server_ip, PORT), (client_ip, PORT))
    servers = [serve(machine, "--workers=1") for machine in machines]
    for server in servers:
        server.until_ready()
    said = provocations()
    answers = sum(text in ANSWERED for text in said.values())
    askers = [machine.client(ip) for machine, ip in zip(machines, (server_ip, client_ip))]

    with Capture(machines[0], "near") as capture:
        for me, other in ((0, 1), (1, 0)):
            with Forger(machines[other], "near", machines[me]) as forger:
                for datagram in said:
                    forger.send(udp_packet(ends[other], ends[me], datagram))
        for me, other in ((0, 1), (1, 0)) * 2:  # behind all that was said, then behind the answers
            stun.ask(askers[other], stun.end(ends[me][0]))
        came, left = capture.take()

    asked = [(ip, asker.getsockname()[1]) for (ip, _), asker in zip(ends, askers)]
    for packets, here, there in ((came, 0, 1), (left, 1, 0)):
        passed = collections.Counter((packet.source, packet.destination) for packet in packets)
        assert passed == {
            (ends[there], ends[here]): len(said) + answers,
            (asked[there], ends[here]): 2,
            (ends[there], asked[here]): 2,
        }
    for server in servers:
        assert server.counts() == expected_counts(said, answers, 2)
    for asker in askers:
        asker.close()
