"""Binding requests, and the answers that RFC 8489 and RFC 3489 want; not a line of it from the library."""

import ipaddress
import os
import struct
import zlib

COOKIE = bytes.fromhex("2112a442")


def request():
    return bytes.fromhex("00010000") + COOKIE + os.urandom(12)


def classic_request():
    """RFC 3489: 128 random bits, the first 32 of them not the cookie."""
    return bytes.fromhex("00010000") + b"\x0b\xad\xf0\x0d" + os.urandom(12)


def address_attribute(number, address, mask=bytes(16)):
    """An attribute with (ip, port, ...) as sockets have it, under an XOR mask."""
    ip = ipaddress.ip_address(address[0].split("%")[0])
    family = 1 if ip.version == 4 else 2
    port = address[1] ^ int.from_bytes(mask[:2], "big")
    masked = bytes(a ^ b for a, b in zip(ip.packed, mask))
    return struct.pack("!HHBBH", number, 4 + len(masked), 0, family, port) + masked


def change_request(asked):
    """The request with CHANGE-REQUEST, both flags set: answer from another address and port."""
    return asked[:2] + b"\x00\x08" + asked[4:20] + bytes.fromhex("0003000400000006")


def success(asked, *attributes):
    body = b"".join(attributes)
    return struct.pack("!HH", 0x0101, len(body)) + asked[4:20] + body


def answer(asked, client):
    """XOR-MAPPED-ADDRESS, and nothing else."""
    return success(asked, address_attribute(0x0020, client, asked[4:20]))


def classic_answer(asked, client, server):
    """MAPPED-ADDRESS and SOURCE-ADDRESS."""
    return success(asked, address_attribute(0x0001, client), address_attribute(0x0004, server))


def error(asked, code, *attributes):
    """An error with an empty phrase."""
    body = struct.pack("!HHHBB", 0x0009, 4, 0, code // 100, code % 100) + b"".join(attributes)
    return struct.pack("!HH", 0x0111, len(body)) + asked[4:20] + body


def refusal(asked, types=(0x0003,)):
    """420 with a list: of CHANGE-REQUEST, if nothing else is said. RFC 3489, which does not pad, has
    the last type of an odd list twice."""
    value = struct.pack(f"!{len(types)}H", *types)
    if asked[4:8] != COOKIE:
        value += value[-2:] * (len(types) % 2)
    return error(asked, 420, attribute(0x000A, value))


def attribute(number, value=b""):
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def with_attributes(message, *attributes):
    body = message[20:] + b"".join(attributes)
    return message[:2] + struct.pack("!H", len(body)) + message[4:20] + body


def with_unknown(asked, types):
    return with_attributes(asked, *map(attribute, types))


def with_fingerprint(message):
    covered = with_attributes(message, bytes(8))[:-8]
    return covered + attribute(0x8028, struct.pack("!I", zlib.crc32(covered) ^ 0x5354554E))


def end(ip, port=3478):
    """An address as sockets have it."""
    return (ip, port, 0, 0) if ":" in ip else (ip, port)


def ask(client, server):
    """One exchange: the right answer, from where it was asked."""
    asked = request()
    client.sendto(asked, server)
    said, source = client.recvfrom(4096)
    assert said == answer(asked, client.getsockname())
    assert (source[0].split("%")[0], *source[1:]) == server
