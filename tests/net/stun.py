"""Binding requests, and the answers that RFC 8489 and RFC 3489 want; not a line of it from the library."""

import ipaddress
import os
import struct

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


def refusal(asked):
    """420 with an empty phrase, and CHANGE-REQUEST as unknown: twice in RFC 3489, which does not pad."""
    classic = asked[4:8] != COOKIE
    unknown = bytes.fromhex("000a000400030003" if classic else "000a000200030000")
    return struct.pack("!HH", 0x0111, 16) + asked[4:20] + bytes.fromhex("0009000400000414") + unknown
