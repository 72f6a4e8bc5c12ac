"""What do ICMP errors do? Nothing to a server; to a client what RFC 1122 says of hard and soft ones."""

import errno
import json
import os
import pathlib
import re

import pytest

import stun
from link import Capture, Forger
from packets import icmp_packet, udp_packet
from server import SUCCESS, UNKNOWN

V4 = ("10.71.0.1", "10.71.0.100")
V6 = ("2001:db8:71::1", "2001:db8:71::100")

# Type, code, the word behind the checksum (an MTU) -> the errno with which the kernel hands a hard
# error to a connected socket. Others it keeps to itself, or they tell of this one packet only.
ERRORS = {
    V4: {
        (3, 0, 0): None, (3, 1, 0): None, (3, 2, 0): errno.ENOPROTOOPT, (3, 3, 0): errno.ECONNREFUSED,
        (3, 4, 0): None, (3, 4, 552): None, (3, 4, 68): None, (3, 5, 0): None,
        (3, 6, 0): errno.ENETUNREACH, (3, 7, 0): errno.EHOSTDOWN, (3, 8, 0): errno.ENONET,
        (3, 9, 0): errno.ENETUNREACH, (3, 10, 0): errno.EHOSTUNREACH, (3, 11, 0): None, (3, 12, 0): None,
        (3, 13, 0): errno.EHOSTUNREACH, (3, 14, 0): errno.EHOSTUNREACH, (3, 15, 0): errno.EHOSTUNREACH,
        (4, 0, 0): None, (11, 0, 0): None, (11, 1, 0): None, (12, 0, 0): None, (12, 1, 0): None, (12, 2, 0): None,
    },
    V6: {
        (1, 0, 0): None, (1, 1, 0): errno.EACCES, (1, 2, 0): None, (1, 3, 0): None, (1, 4, 0): errno.ECONNREFUSED,
        (1, 5, 0): errno.EACCES, (1, 6, 0): errno.EACCES, (2, 0, 1280): None, (2, 0, 600): None,
        (3, 0, 0): None, (3, 1, 0): None, (4, 0, 0): None, (4, 1, 0): None, (4, 2, 0): None,
    },
}
FAMILIES = pytest.mark.parametrize("ends", ERRORS, ids=["IPv4", "IPv6"])


@FAMILIES
def test_a_server_is_not_disturbed(machines, serve, ends):
    """Neither while it waits nor with a batch before it, and what it learns of a path is nothing."""
    serving, asking = machines
    server_ip, client_ip = ends
    server_end = stun.end(server_ip)
    server = serve(serving, "--workers=1")
    server.until_ready()
    with (asking.client(client_ip) as client, Capture(serving, "near") as capture,
          Forger(asking, "near", serving) as forger):
        stun.ask(client, server_end)
        answer = capture.take()[1][0].data
        for error in ERRORS[ends]:
            forger.send(icmp_packet(client_ip, server_ip, error, answer))
            stun.ask(client, server_end)

        requests = [stun.request() for _ in ERRORS[ends]]
        server.hold()
        for error, request in zip(ERRORS[ends], requests):
            client.sendto(request, server_end)
            forger.send(icmp_packet(client_ip, server_ip, error, answer))
        server.go_on()
        for request in requests:
            assert client.recv(4096) == stun.answer(request, client.getsockname())

        capture.take()
        long_request = stun.with_unknown(stun.request(), range(0x4000, 0x4100))
        client.sendto(long_request, server_end)
        assert client.recv(4096) == stun.refusal(long_request, range(0x4000, 0x4100))
        assert [packet.is_fragment for packet in capture.take()[1]] == [False]

    successes = 1 + 2 * len(ERRORS[ends])
    assert server.counts() == {"packets": successes + 1, "answers": successes + 1, SUCCESS: successes, UNKNOWN: 1}


class Tool:
    """`srflx query`, which asks once here, and has time."""

    words = [os.environ["SRFLX"], "query", "--json", "--rto", "20000", "--timeout", "20"]
    refused = "nobody listens on"

    @staticmethod
    def result(out, _):
        """The port that the server has seen, or the failure."""
        said = json.loads(out)
        assert said["sent"] == 1
        return said["mapped"]["port"] if said["ok"] else said["error"]["text"]


class Easy:
    """srflx_query(), as examples/query.c calls it."""

    words = [pathlib.Path(os.environ["SRFLX_BUILD"], "examples", "example_query")]
    refused = "nobody listens on"

    @staticmethod
    def result(out, err):
        return err.rstrip("\n") or int(re.search(r":(\d+) ", out)[1])


# spec: R8489-6.2.1-17
@FAMILIES
@pytest.mark.parametrize("program", [Tool, Easy])
def test_a_client_gives_up_for_hard_errors_only(machines, ends, program):
    """Behind a soft one comes the answer, and counts."""
    serving, asking = machines
    server_ip, client_ip = ends
    for error, number in ERRORS[ends].items():
        with serving.client(server_ip) as server, Forger(serving, "near", asking) as forger:
            port = server.getsockname()[1]
            name = f"[{server_ip}]:{port}" if ends == V6 else f"{server_ip}:{port}"
            with asking.start(*program.words, name) as process:
                request, source = server.recvfrom(4096)
                quoted = udp_packet(source[:2], (server_ip, port), request)
                forger.send(icmp_packet(server_ip, client_ip, error, quoted))
                expected = (0, source[1])
                if number is None:
                    server.sendto(stun.answer(request, source), source)
                else:
                    verb = program.refused if number == errno.ECONNREFUSED else "cannot reach"
                    expected = (1, f"{verb} {name}: {os.strerror(number)}")
                out, err = process.communicate(timeout=60)
            assert (error, process.returncode, program.result(out, err)) == (error, *expected)
