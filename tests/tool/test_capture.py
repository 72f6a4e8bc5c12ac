"""srflx decode of captures: link layers, IPv4 and IPv6, UDP, and TCP in the simple case. The files are
written here byte by byte; tests/tshark compares with another reader."""

import json
import pathlib
import socket
import struct

import jsonschema
import pytest

from stun import COOKIE, REQUEST, SOFTWARE, attribute, message

SCHEMA = json.loads((pathlib.Path(__file__).resolve().parent.parent.parent / "docs/srflx-decode.schema.json").read_text())
PING = message(REQUEST, COOKIE + bytes(range(12)))
LONG = message(REQUEST, COOKIE + bytes(range(12)), attribute(SOFTWARE, b"s" * 40))
ETHERNET, RAW, LOOP, SLL, SLL2, NULL = 1, 101, 108, 113, 276, 0


def udp(payload, padding=b""):
    return struct.pack("!HHHH", 40000, 3478, 8 + len(payload), 0) + payload + padding


def tcp(sequence, payload=b"", flags=0x10):
    return struct.pack("!HHIIBBHHH", 40000, 3478, sequence, 0, 5 << 4, flags, 0, 0, 0) + payload


def ipv4(payload, protocol=17, fragment=0, options=b""):
    header_words = 5 + len(options) // 4
    return struct.pack("!BBHHHBBH4s4s", 0x40 | header_words, 0, 4 * header_words + len(payload), 0, fragment, 64,
                       protocol, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])) + options + payload


def ipv6(payload, next_header=17):
    return struct.pack("!IHBB", 6 << 28, len(payload), next_header, 64) + \
        socket.inet_pton(socket.AF_INET6, "2001:db8::1") + socket.inet_pton(socket.AF_INET6, "2001:db8::2") + payload


def ethernet(packet, tags=b""):
    return bytes(12) + tags + struct.pack("!H", 0x0800 if packet[0] >> 4 == 4 else 0x86DD) + packet


def pcap(link, frames, order="<"):
    parts = [struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)]
    for second, frame in enumerate(frames):
        parts.append(struct.pack(order + "IIII", 1000 + second, 250000, len(frame), len(frame)) + frame)
    return b"".join(parts)


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))


def pcapng(link, frames):
    parts = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), block(1, struct.pack("<HHI", link, 0, 65535))]
    parts += [block(6, struct.pack("<IIIII", 0, 0, 0, len(frame), len(frame)) + frame) for frame in frames]
    return b"".join(parts)


@pytest.fixture(name="decode")
def decode_fixture(srflx, tmp_path):
    def decode(data, code=0):
        file = tmp_path / "capture"
        file.write_bytes(data)
        run = srflx("decode", "--json", file)
        assert run.code == code
        found = [json.loads(line) for line in run.out.splitlines()]
        for one in found:
            jsonschema.validate(one, SCHEMA)
        return found, run.err.splitlines()
    return decode


def lengths(found):
    return [one["bytes"] for one in found]


@pytest.mark.parametrize("link, frame", [
    (ETHERNET, ethernet(ipv4(udp(PING)))),
    (ETHERNET, ethernet(ipv4(udp(PING)) + bytes(10))),
    (ETHERNET, ethernet(ipv4(udp(PING), options=bytes(8)))),
    (ETHERNET, ethernet(ipv4(udp(PING)), tags=struct.pack("!HH", 0x8100, 5))),
    (ETHERNET, ethernet(ipv4(udp(PING)), tags=struct.pack("!HHHH", 0x88A8, 5, 0x8100, 6))),
    (RAW, ipv4(udp(PING))),
    (NULL, struct.pack("<I", 2) + ipv4(udp(PING))),
    (LOOP, struct.pack("!I", 2) + ipv4(udp(PING))),
    (SLL, bytes(14) + struct.pack("!H", 0x0800) + ipv4(udp(PING))),
    (SLL2, struct.pack("!H", 0x0800) + bytes(18) + ipv4(udp(PING))),
])
@pytest.mark.parametrize("write", [pcap, lambda link, frames: pcap(link, frames, ">"), pcapng])
def test_link_layers(decode, link, frame, write):
    found, said = decode(write(link, [frame]))
    assert found[0].pop("packet") == {
        "number": 1, "seconds": 0.0, "from": {"address": "192.0.2.1", "port": 40000, "family": "IPv4"},
        "to": {"address": "192.0.2.2", "port": 3478, "family": "IPv4"}, "transport": "UDP"}
    assert (lengths(found), said) == ([20], ["srflx decode: 1 messages in 1 packets"])


def test_ipv6_with_extension_headers(decode):
    extensions = bytes([60, 0]) + bytes(6) + bytes([17, 1]) + bytes(14)
    found, _ = decode(pcap(RAW, [ipv6(udp(PING)), ipv6(extensions + udp(LONG), next_header=0)]))
    assert lengths(found) == [20, 64]
    assert found[1]["packet"]["from"] == {"address": "2001:db8::1", "port": 40000, "family": "IPv6"}
    assert (found[1]["packet"]["number"], found[1]["packet"]["seconds"]) == (2, 1.0)


def test_what_is_no_stun_is_left_out(decode):
    frames = [ipv4(udp(b"\x80" + bytes(30))), ipv4(udp(b"GET / HTTP/1.1")), ipv4(udp(b"")), ipv4(b"\x00", 1),
              ipv4(udp(bytes(20))), b"\x45", b"", ipv4(udp(PING))[:25], ipv4(udp(PING))]
    found, said = decode(pcap(RAW, frames))
    assert (lengths(found), said) == ([20], ["srflx decode: 1 messages in 9 packets"])


def test_broken_messages_are_shown_if_they_have_the_cookie(decode):
    found, _ = decode(pcap(RAW, [ipv4(udp(PING + b"more")), ipv4(udp(PING))]), code=6)
    assert [one["ok"] for one in found] == [False, True]


def test_a_classic_message_needs_no_cookie(decode):
    found, _ = decode(pcap(RAW, [ipv4(udp(message(REQUEST, bytes(range(1, 17)))))]))
    assert found[0]["header"]["classic"] is True


def test_fragments_are_counted(decode):
    frames = [ipv4(udp(PING), fragment=0x2000), ipv4(PING, fragment=2),
              ipv6(bytes([17, 0, 0, 1]) + bytes(4) + udp(PING), next_header=44), ipv4(udp(PING))]
    found, said = decode(pcap(RAW, frames))
    assert lengths(found) == [20]
    assert said[1:] == ["srflx decode: 3 IP fragments were not put together"]


def test_an_atomic_fragment_is_whole(decode):
    found, _ = decode(pcap(RAW, [ipv6(bytes([17, 0, 0, 0]) + bytes(4) + udp(PING), next_header=44)]))
    assert lengths(found) == [20]


def segments(*parts):
    return pcap(RAW, [ipv4(part, protocol=6) for part in parts])


@pytest.mark.parametrize("cut", [1, 3, 19, 20, 21, 50, 83])
def test_tcp_is_put_together(decode, cut):
    stream = PING + LONG
    found, said = decode(segments(tcp(99, flags=2), tcp(100, stream[:cut]), tcp(100 + cut, stream[cut:])))
    assert lengths(found) == [20, 64]
    assert [one["packet"]["transport"] for one in found] == ["TCP", "TCP"]
    assert len(said) == 1


def test_tcp_repeats_are_dropped(decode):
    stream = PING + LONG
    found, _ = decode(segments(tcp(2**32 - 10, flags=2), tcp(2**32 - 9, stream[:30]), tcp(2**32 - 9, stream[:30]),
                               tcp(2**32 - 9, stream), tcp(2**32 - 9, stream)))
    assert lengths(found) == [20, 64]


def test_a_tcp_gap_ends_the_stream(decode):
    found, said = decode(segments(tcp(99, flags=2), tcp(100, PING), tcp(130, LONG), tcp(194, PING)))
    assert lengths(found) == [20]
    assert said[1:] == ["srflx decode: 1 TCP streams could not be followed to their end"]


def test_a_new_connection_begins_anew(decode):
    found, _ = decode(segments(tcp(99, flags=2), tcp(100, PING[:10]), tcp(499, flags=2), tcp(500, PING)))
    assert lengths(found) == [20]


def test_a_stream_without_its_beginning(decode):
    found, _ = decode(segments(tcp(7000, PING), tcp(7020, LONG)))
    assert lengths(found) == [20, 64]


def test_more_streams_than_places(decode):
    flood = [ipv4(struct.pack("!HH", port, 3478) + tcp(1, PING[:10])[4:], protocol=6) for port in range(1, 101)]
    found, said = decode(pcap(RAW, flood + [ipv4(udp(PING))]))
    assert lengths(found) == [20]
    assert said[1:] == ["srflx decode: 36 TCP streams could not be followed to their end"]


def test_as_text(srflx, tmp_path):
    file = tmp_path / "capture"
    file.write_bytes(pcap(RAW, [ipv4(udp(PING))]))
    run = srflx("decode", file)
    assert (run.code, run.out) == (0, """\
packet 1, 0.000000 s, 192.0.2.1:40000 to 192.0.2.2:3478 over UDP
Binding request, 20 bytes
  type         0x0001 (method 0x001, class 0)
  length       0
  cookie       0x2112a442
  transaction  000102030405060708090a0b

""")


def test_from_standard_input(srflx):
    data = pcap(RAW, [ipv4(udp(PING))])
    for arguments in (["-"], []):
        run = srflx("decode", "--json", "--format=pcap", *arguments, stdin=data)
        assert (run.code, len(run.out.splitlines())) == (0, 1)


def test_no_message_is_a_verdict(decode):
    assert decode(pcap(RAW, []), code=6) == ([], ["srflx decode: 0 messages in 0 packets"])


@pytest.mark.parametrize("data, reason", [
    (pcap(RAW, [ipv4(udp(PING))])[:-5], "after packet 0: truncated dump file"),
    (pcap(147, []), "link layer 147 is not known here"),
    (pcap(RAW, [])[:10], "truncated dump file"),
])
def test_files_that_cannot_be_read(srflx, tmp_path, data, reason):
    file = tmp_path / "capture"
    file.write_bytes(data)
    run = srflx("decode", file)
    assert (run.code, run.out) == (4, "")
    assert run.err.startswith(f"srflx decode: cannot read {file}: {reason}")


def test_every_cut_and_every_flipped_byte_ends_well(srflx, tmp_path):
    good = pcap(ETHERNET, [ethernet(ipv4(udp(LONG))), ethernet(ipv6(tcp(1, LONG), 6))])
    file = tmp_path / "capture"
    for at in range(0, len(good), 3):
        file.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1:])
        assert srflx("decode", "--format=pcap", file).code in (0, 4, 6)
        file.write_bytes(good[:at])
        assert srflx("decode", "--format=pcap", file).code in (0, 4, 6)
