"""IP packets, put together and taken apart by hand. An end is (ip, port), as sockets have it."""

import ipaddress
import struct

ICMP, IGMP, TCP, UDP, FRAGMENT, ICMPV6 = 1, 2, 6, 17, 44, 58


def is_v6(ip):
    return ":" in ip


def packed(ip):
    return ipaddress.ip_address(ip).packed


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def pseudo_header(source, destination, protocol, size):
    return packed(source) + packed(destination) + struct.pack("!II", size, protocol)


def ip_packet(source, destination, protocol, payload):
    """Without options, and free to be fragmented."""
    addresses = packed(source) + packed(destination)
    if is_v6(source):
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + addresses + payload
    first = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol)
    return first + struct.pack("!H", checksum(first + bytes(2) + addresses)) + addresses + payload


def udp_packet(source, destination, payload):
    size = 8 + len(payload)
    header = struct.pack("!HHH", source[1], destination[1], size)
    pseudo = pseudo_header(source[0], destination[0], UDP, size)
    check = checksum(pseudo + header + bytes(2) + payload) or 0xFFFF
    return ip_packet(source[0], destination[0], UDP, header + struct.pack("!H", check) + payload)


def icmp_packet(source, destination, message, quoted):
    """`message` is (type, code, the word behind the checksum); `quoted` is the packet it is about."""
    kind, code, word = message
    first, rest = struct.pack("!BB", kind, code), struct.pack("!I", word) + quoted
    protocol, pseudo = ICMP, b""
    if is_v6(source):
        protocol, pseudo = ICMPV6, pseudo_header(source, destination, ICMPV6, 4 + len(rest))
    check = struct.pack("!H", checksum(pseudo + first + bytes(2) + rest))
    return ip_packet(source, destination, protocol, first + check + rest)


class Packet:
    """An IP packet; `source` and `destination` have a port if it is UDP or TCP, and whole. The payload of TCP begins
    with its header."""

    def __init__(self, data):
        self.data, self.size = data, len(data)
        if data[0] >> 4 == 6:
            self.protocol, start, addresses = data[6], 40, data[8:40]
            self.is_fragment, self.dont_fragment = self.protocol == FRAGMENT, True
            self.identification = 0  # only fragments have one
        else:
            self.protocol, start, addresses = data[9], 4 * (data[0] & 15), data[12:20]
            self.identification, flags = struct.unpack_from("!HH", data, 4)
            self.is_fragment, self.dont_fragment = bool(flags & 0x3FFF), bool(flags & 0x4000)
        half = len(addresses) // 2
        self.source = (str(ipaddress.ip_address(addresses[:half])),)
        self.destination = (str(ipaddress.ip_address(addresses[half:])),)
        self.payload = data[start:]
        self.is_udp = self.protocol == UDP and not self.is_fragment
        self.is_tcp = self.protocol == TCP and not self.is_fragment
        if self.is_udp or self.is_tcp:
            ports = struct.unpack_from("!HH", self.payload)
            self.source += ports[:1]
            self.destination += ports[1:]
        if self.is_udp:
            self.payload = self.payload[8:]

    def is_housekeeping(self):
        """What kernels tell each other about neighbours and groups."""
        return self.protocol == IGMP or (self.protocol == ICMPV6 and self.payload[0] >= 128) or (
            self.protocol == 0)  # hop-by-hop options: multicast listener reports
