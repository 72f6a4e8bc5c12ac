"""STUN's credentials from hashlib and hmac alone: messages, keys, signatures, nonces and tokens. Nothing
here comes from the library under test, so both can only agree if both read the RFCs alike."""

import base64
import binascii
import hashlib
import hmac
import os
import struct
import time

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

COOKIE = bytes.fromhex("2112a442")
REQUEST, SUCCESS, ERROR = 0x0001, 0x0101, 0x0111
NAMES = {
    0x0001: "MAPPED-ADDRESS", 0x0004: "SOURCE-ADDRESS", 0x0006: "USERNAME", 0x0008: "MESSAGE-INTEGRITY",
    0x0009: "ERROR-CODE", 0x000A: "UNKNOWN-ATTRIBUTES", 0x0014: "REALM", 0x0015: "NONCE", 0x001B: "ACCESS-TOKEN",
    0x001C: "MESSAGE-INTEGRITY-SHA256", 0x001D: "PASSWORD-ALGORITHM", 0x001E: "USERHASH",
    0x0020: "XOR-MAPPED-ADDRESS", 0x0024: "PRIORITY", 0x0025: "USE-CANDIDATE", 0x7FFF: "UNKNOWN",
    0x8002: "PASSWORD-ALGORITHMS", 0x8022: "SOFTWARE", 0x8023: "ALTERNATE-SERVER", 0x8028: "FINGERPRINT",
    0x802E: "THIRD-PARTY-AUTHORIZATION",
}
NUMBERS = {name: number for number, name in NAMES.items()}
SHA1, SHA256 = "MESSAGE-INTEGRITY", "MESSAGE-INTEGRITY-SHA256"
DIGESTS = {SHA1: "sha1", SHA256: "sha256"}
MD5_PASSWORD, SHA256_PASSWORD = 1, 2
BOTH_OFFERED = bytes.fromhex("00020000 00010000")
TRANSACTION = COOKIE + bytes.fromhex("0102030405060708090a0b0c")
CLASSIC = bytes.fromhex("a1b2c3d4 0102030405060708090a0b0c")


def attribute(name, value):
    return struct.pack("!HH", NUMBERS[name], len(value)) + value + bytes(-len(value) % 4)


def message(kind, transaction, attributes):
    body = b"".join(attribute(*one) for one in attributes)
    return struct.pack("!HH", kind, len(body)) + transaction + body


def longer(data, more):
    """The message with its length field as if so many bytes more followed."""
    return data[:2] + struct.pack("!H", len(data) - 20 + more) + data[4:]


def mac(data, name, key):
    """Of a message that ends where the integrity attribute is to begin. RFC 3489 fills with zeros to 64."""
    digest = DIGESTS[name]
    text = longer(data, 4 + hashlib.new(digest).digest_size)
    if data[4:8] != COOKIE:
        text += bytes(-len(text) % 64)
    return hmac.digest(key, text, digest)


def signed(data, name, key):
    value = mac(data, name, key)
    return longer(data, 4 + len(value)) + attribute(name, value)


def fingerprint(data):
    """Of a message that ends where FINGERPRINT is to begin."""
    return struct.pack("!I", binascii.crc32(longer(data, 8)) ^ 0x5354554E)


def with_fingerprint(data):
    return longer(data, 8) + attribute("FINGERPRINT", fingerprint(data))


class Read:
    """A message taken apart. Everything in it must be as its length fields say, padding zero."""

    def __init__(self, data):
        self.data = data
        self.kind, length = struct.unpack_from("!HH", data)
        assert length == len(data) - 20 and length % 4 == 0
        self.transaction, self.attributes, self.starts, at = data[4:20], [], {}, 20
        while at < len(data):
            number, size = struct.unpack_from("!HH", data, at)
            end = at + 4 + size
            self.attributes.append((NAMES[number], data[at + 4 : end]))
            self.starts.setdefault(NAMES[number], at)
            at = end + -size % 4
            assert data[end:at] == bytes(at - end), "padding"
        assert at == len(data)

    def __getitem__(self, name):
        (value,) = [value for one, value in self.attributes if one == name]
        return value

    def __contains__(self, name):
        return name in self.starts

    @property
    def names(self):
        return [name for name, _ in self.attributes]

    @property
    def code(self):
        return self["ERROR-CODE"][2] * 100 + self["ERROR-CODE"][3]

    def is_signed(self, name, key):
        """Is the value of this attribute what we compute of what stands before it?"""
        return self[name] == mac(self.data[: self.starts[name]], name, key)

    def has_right_fingerprint(self):
        return self["FINGERPRINT"] == fingerprint(self.data[: self.starts["FINGERPRINT"]])


def key_of(algorithm, name, realm, password):
    text = f"{name}:{realm}:{password}".encode()
    return hashlib.new({MD5_PASSWORD: "md5", SHA256_PASSWORD: "sha256"}[algorithm], text).digest()


def userhash(name, realm):
    return hashlib.sha256(f"{name}:{realm}".encode()).digest()


def timed_password(name, secret):
    return base64.b64encode(hmac.digest(secret.encode(), name.encode(), "sha1")).decode()


def xor_mapped(address, port):
    """Of IPv4, with the cookie."""
    octets = bytes(a ^ b for a, b in zip(bytes(map(int, address.split("."))), COOKIE))
    return struct.pack("!HH", 1, port ^ 0x2112) + octets


def plain_address(address, port):
    return struct.pack("!HH", 1, port) + bytes(map(int, address.split(".")))


def siphash(key, data):
    """SipHash-2-4, after the paper of Aumasson and Bernstein."""
    words = 2**64 - 1

    def turn(word, bits):
        return (word << bits | word >> (64 - bits)) & words

    def rounds(v0, v1, v2, v3, count):
        for _ in range(count):
            v0, v2 = (v0 + v1) & words, (v2 + v3) & words
            v1, v3 = turn(v1, 13) ^ v0, turn(v3, 16) ^ v2
            v0, v2 = (turn(v0, 32) + v3) & words, (v2 + v1) & words
            v3, v1 = turn(v3, 21) ^ v0, turn(v1, 17) ^ v2
            v2 = turn(v2, 32)
        return v0, v1, v2, v3

    k0, k1 = struct.unpack("<QQ", key)
    state = (k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573)
    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", padded):
        v0, v1, v2, v3 = rounds(*state[:3], state[3] ^ word, 2)
        state = (v0 ^ word, v1, v2, v3)
    v0, v1, v2, v3 = rounds(state[0], state[1], state[2] ^ 0xFF, state[3], 4)
    return v0 ^ v1 ^ v2 ^ v3


def cookie_of(algorithms, anonymity):
    """obMatJos2 and the feature bits, counted from the least significant one (erratum 6290)."""
    return b"obMatJos2" + base64.b64encode(bytes([0, 0, algorithms | anonymity << 1]))


class KeyFile:
    """The newest key of a file of `srflx key`, and the nonces that srflxd makes of it."""

    EPOCH = 1577836800  # 2020

    def __init__(self, path):
        generation, _, secret = path.read_text(encoding="ascii").splitlines()[1].split()
        self.number = int(generation) & 3
        self.key = hmac.digest(bytes.fromhex(secret), b"srflx nonce key", "sha256")[:16]

    def nonce(self, client, made, offer=BOTH_OFFERED, anonymity=False):
        """For a client (IPv4 address, port), made at this second since 1970."""
        cookie = cookie_of(bool(offer), anonymity)
        word = struct.pack("!I", (made - self.EPOCH & 0x3FFFFFFF) << 2 | self.number)
        ip = bytes(map(int, client[0].split("."))) + bytes(12)
        text = cookie + word + bytes([4]) + ip + struct.pack("!H", client[1]) + offer
        return cookie + base64.b64encode(word + struct.pack("!Q", siphash(self.key, text)))

    def made(self, nonce):
        """When a nonce says that it was made, and that it was made with this key."""
        word = struct.unpack("!I", base64.b64decode(nonce[13:])[:4])[0]
        assert word & 3 == self.number
        return (word >> 2) + self.EPOCH


def token(key, server_name, mac_key, issued=None, lifetime=3600):
    """RFC 7635's self-contained token, sealed with AES-256-GCM."""
    issued = time.time() if issued is None else issued
    stamp = int(issued) << 16 | int(issued % 1 * 64000)
    block = struct.pack("!H", len(mac_key)) + mac_key + struct.pack("!QI", stamp, lifetime)
    nonce = os.urandom(12)
    return struct.pack("!H", 12) + nonce + AESGCM(key).encrypt(nonce, block, server_name.encode())
