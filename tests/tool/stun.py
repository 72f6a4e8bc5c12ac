"""STUN messages written and read without the library under test, and servers made of them."""

import binascii
import hmac
import ipaddress
import socket
import struct
import threading

COOKIE = bytes.fromhex("2112a442")
REQUEST, INDICATION, SUCCESS, ERROR = 0x0001, 0x0011, 0x0101, 0x0111
MAPPED_ADDRESS, ERROR_CODE, UNKNOWN_ATTRIBUTES = 0x0001, 0x0009, 0x000A
XOR_MAPPED_ADDRESS, SOFTWARE, FINGERPRINT = 0x0020, 0x8022, 0x8028
USERNAME, INTEGRITY, REALM, NONCE = 0x0006, 0x0008, 0x0014, 0x0015
INTEGRITY_SHA256, PASSWORD_ALGORITHM, USERHASH, PASSWORD_ALGORITHMS = 0x001C, 0x001D, 0x001E, 0x8002
ALTERNATE_SERVER = 0x8023
DIGESTS = {INTEGRITY: "sha1", INTEGRITY_SHA256: "sha256"}


def attribute(number, value):
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def message(kind, transaction, *attributes):
    """`transaction` is bytes 4 to 19: with the cookie, or of RFC 3489."""
    body = b"".join(attributes)
    return struct.pack("!HH", kind, len(body)) + transaction + body


def with_fingerprint(data, error=0):
    """`error` is XORed into the checksum, to make it wrong."""
    data = data[:2] + struct.pack("!H", len(data) - 20 + 8) + data[4:]
    return data + attribute(FINGERPRINT, struct.pack("!I", binascii.crc32(data) ^ 0x5354554E ^ error))


def hmac_of(data, key, number):
    """What an integrity attribute behind `data` must hold."""
    digest = DIGESTS[number]
    length = len(data) - 20 + 4 + hmac.new(key, digestmod=digest).digest_size
    return hmac.digest(key, data[:2] + struct.pack("!H", length) + data[4:], digest)


def with_integrity(data, key, number=INTEGRITY_SHA256):
    """The message, signed behind all that it has."""
    last = attribute(number, hmac_of(data, key, number))
    return data[:2] + struct.pack("!H", len(data) - 20 + len(last)) + data[4:] + last


def is_signed(data, key, number):
    """Is its last attribute this one, and right?"""
    size = hmac.new(key, digestmod=DIGESTS[number]).digest_size
    before = data[:-4 - size]
    return data[-4 - size:] == attribute(number, hmac_of(before, key, number))


def address_value(host, port, mask=bytes(20)):
    ip = ipaddress.ip_address(host)
    plain = struct.pack("!H", port) + ip.packed
    masked = bytes(a ^ b for a, b in zip(plain, mask[:2] + mask[: len(ip.packed)]))
    return bytes([0, 1 if ip.version == 4 else 2]) + masked


def mapped(host, port):
    return attribute(MAPPED_ADDRESS, address_value(host, port))


def xor_mapped(host, port, transaction):
    return attribute(XOR_MAPPED_ADDRESS, address_value(host, port, transaction))


def error_code(code, phrase=b""):
    return attribute(ERROR_CODE, bytes([0, 0, code // 100, code % 100]) + phrase)


def success(request, peer, host=None, port=None):
    """What a good server answers; another address than the peer's makes a NAT."""
    transaction = request[4:20]
    return message(SUCCESS, transaction, xor_mapped(host or peer[0], port or peer[1], transaction))


def attributes(data):
    """{number: value} of a message."""
    found, at = {}, 20
    while at < len(data):
        number, length = struct.unpack_from("!HH", data, at)
        found[number] = data[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4
    return found


def read_address(value, mask=bytes(20)):
    """(host, port) of an address attribute."""
    port = struct.unpack("!H", bytes(a ^ b for a, b in zip(value[2:4], mask)))[0]
    ip = bytes(a ^ b for a, b in zip(value[4:], mask))
    return str(ipaddress.ip_address(ip)), port


class FakeServer:
    """Answers every datagram with what `script(request, peer, number)` returns: a list of messages,
    or (socket, message) for those that leave from elsewhere. `number` counts from 1."""

    def __init__(self, script, host="127.0.0.1", port=0):
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.host, self.port = self.socket.getsockname()[:2]
        self.script = script
        self.requests = []
        self.peers = []
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        """An empty datagram from ourselves ends the thread; no client sends one."""
        with socket.socket(self.socket.family, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()

    def __str__(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def serve(self):
        while True:
            request, peer = self.socket.recvfrom(2048)
            if not request:
                return
            self.requests.append(request)
            self.peers.append(peer)
            for answer in self.script(request, peer, len(self.requests)):
                sender, data = answer if isinstance(answer, tuple) else (self.socket, answer)
                sender.sendto(data, peer)
