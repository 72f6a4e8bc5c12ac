"""Do the longest answers pass links of the smallest MTU in one piece, whatever asks for them?"""

import pytest

import stun
from link import Capture
from server import SUCCESS, UNKNOWN

PORT = 3478
V4 = ("10.71.0.1", "10.71.0.100")
V6 = ("2001:db8:71::1", "2001:db8:71::100")
LONGEST_SOFTWARE = "\N{GRINNING FACE}" * 127  # 508 bytes; with its header, 512 of an answer
SOFTWARE = stun.attribute(0x8022, LONGEST_SOFTWARE.encode())

# (unknown types in the request, with FINGERPRINT, types in the answer, with SOFTWARE, size of the
# IP packet): as much as fits, and where one more does not. RFC 8489 leaves less than 548 bytes to
# a message over IPv4, and a request of 2048 bytes has room for 507 types.
REFUSALS = {
    V4: [(300, False, 256, False, 572), (300, True, 252, False, 572), (1, False, 1, False, 64)],
    V6: [(507, False, 507, False, 1096), (344, False, 344, True, 1280), (345, False, 345, False, 772),
         (340, True, 340, True, 1280), (341, True, 341, False, 772)],
}


def exchange(serving, client, server_ip, request, answer):
    """The packets of a request and the one packet of its answer."""
    with Capture(serving, "near") as capture:
        client.sendto(request, (server_ip, PORT))
        assert client.recv(4096) == answer
        came, left = capture.take()
    assert len(left) == 1
    assert not left[0].is_fragment
    assert left[0].dont_fragment and left[0].identification == 0
    return came, left[0]


def check_refusal(machines, ends, row):
    asked_types, sealed, answered_types, with_software, size = row
    seal = stun.with_fingerprint if sealed else bytes
    types = range(0x4000, 0x4000 + asked_types)
    request = seal(stun.with_unknown(stun.request(), types))
    answer = stun.refusal(request, types[:answered_types])
    if with_software:
        answer = stun.with_attributes(answer, SOFTWARE)
    with machines[1].client(ends[1]) as client:
        _, left = exchange(machines[0], client, ends[0], request, seal(answer))
    assert left.size == size


def check_classic_refusal(machines, asked_types, answered_types, size):
    types = range(0x4000, 0x4000 + asked_types)
    request = stun.with_unknown(stun.classic_request(), types)
    with machines[1].client(V4[1]) as client:
        _, left = exchange(machines[0], client, V4[0], request, stun.refusal(request, types[:answered_types]))
    assert left.size == size


def check_success(machines, ends, sealed, with_software, size):
    """As long as it gets: SOFTWARE, which FINGERPRINT turns out over IPv4."""
    seal = stun.with_fingerprint if sealed else bytes
    request = seal(stun.request())
    with machines[1].client(ends[1]) as client:
        answer = stun.answer(request, client.getsockname())
        if with_software:
            answer = stun.with_attributes(answer, SOFTWARE)
        _, left = exchange(machines[0], client, ends[0], request, seal(answer))
    assert left.size == size


def check_long_request(machines, ends, mtu):
    """It comes in fragments, and what it brings may be ignored."""
    request = stun.with_unknown(stun.request(), range(0x9000, 0x9000 + 495))
    assert len(request) == 2000
    with machines[1].client(ends[1]) as client:
        answer = stun.with_attributes(stun.answer(request, client.getsockname()), SOFTWARE)
        came, _ = exchange(machines[0], client, ends[0], request, answer)
    assert len(came) > 1
    assert all(packet.is_fragment and packet.size <= mtu for packet in came)


# spec: R8489-6.1-06 R8489-6.1-07 R8489-6.1-09 R5389-7.1-01
@pytest.mark.parametrize("mtu, families", [(576, [V4]), (1280, [V4, V6])])
def test_answers_stay_in_one_piece(machines, serve, mtu, families):
    """Below 1280 the kernel takes the link's IPv6 addresses away."""
    for machine in machines:
        machine.ip(f"link set near mtu {mtu}")
    server = serve(machines[0], f"--software={LONGEST_SOFTWARE}")
    server.until_ready()

    for ends in families:
        for row in REFUSALS[ends]:
            check_refusal(machines, ends, row)
        check_long_request(machines, ends, mtu)
    check_classic_refusal(machines, 300, 256, 572)
    check_classic_refusal(machines, 3, 3, 68)
    check_success(machines, V4, False, True, 572)
    check_success(machines, V4, True, False, 68)
    if V6 in families:
        check_success(machines, V6, True, True, 40 + 8 + 44 + 512 + 8)

    counts = server.counts()
    refusals = sum(len(REFUSALS[ends]) for ends in families) + 2
    successes = 2 * len(families) + 1
    assert counts == {"packets": refusals + successes, "answers": refusals + successes,
                      SUCCESS: successes, UNKNOWN: refusals}
