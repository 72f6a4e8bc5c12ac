"""Long-term credentials as a client has them (RFC 8489 section 9.2); not a line of it from the library."""

import hashlib
import hmac
import struct

import stun

USERNAME, MESSAGE_INTEGRITY, ERROR_CODE, REALM, NONCE = 0x0006, 0x0008, 0x0009, 0x0014, 0x0015
ACCESS_TOKEN, MESSAGE_INTEGRITY_SHA256, PASSWORD_ALGORITHM, PASSWORD_ALGORITHMS = 0x001B, 0x001C, 0x001D, 0x8002
SHA256 = bytes.fromhex("00020000")


def secret(name, realm, password, digest="sha256"):
    """What a server keeps of a user."""
    return hashlib.new(digest, f"{name}:{realm}:{password}".encode()).digest()


def user_line(name, realm, password):
    """A line of the file that `srflx user` keeps."""
    secrets = "\t".join(f"{digest}:{secret(name, realm, password, digest).hex()}" for digest in ("md5", "sha256"))
    return f"{name}\t{realm}\t{secrets}\n"


def attributes(message):
    """Type -> value, of each the first."""
    found, at = {}, 20
    while at < len(message):
        number, size = struct.unpack_from("!HH", message, at)
        found.setdefault(number, message[at + 4:at + 4 + size])
        at += 4 + size + -size % 4
    return found


def code(answer):
    """ERROR-CODE; 0 if it is a success."""
    assert (answer[:2] == b"\x01\x01") != (ERROR_CODE in attributes(answer)), answer
    return 0 if answer[:2] == b"\x01\x01" else int.from_bytes(attributes(answer)[ERROR_CODE][2:3]) * 100 \
        + attributes(answer)[ERROR_CODE][3]


def mac(message, key, number):
    """The HMAC over a message that is to get (or has, as its last one) the attribute of that type."""
    digest = {MESSAGE_INTEGRITY: "sha1", MESSAGE_INTEGRITY_SHA256: "sha256"}[number]
    size = hashlib.new(digest).digest_size
    covered = stun.with_attributes(message, bytes(4 + size))[:-4 - size]
    return hmac.new(key, covered, digest).digest()


def sign(message, key, number=MESSAGE_INTEGRITY_SHA256):
    return stun.with_attributes(message, stun.attribute(number, mac(message, key, number)))


def is_signed(answer, key):
    """With MESSAGE-INTEGRITY-SHA256 behind everything else."""
    return sign(answer[:2] + struct.pack("!H", len(answer) - 56) + answer[4:-36], key) == answer


class Login:
    """A user, and what the last challenge asked of him."""

    def __init__(self, name, password):
        self.name, self.password = name, password
        self.realm = self.nonce = self.offer = None

    def take(self, challenge):
        """What an answer of 401 or 438 asks for."""
        found = attributes(challenge)
        self.realm, self.nonce, self.offer = found[REALM], found[NONCE], found[PASSWORD_ALGORITHMS]

    def key(self):
        return secret(self.name, self.realm.decode(), self.password)

    def named(self):
        return stun.attribute(USERNAME, self.name.encode())

    def unsigned(self, identity, *more):
        """A request that shows `identity`, with what the server wants to see again."""
        return stun.with_attributes(
            stun.request(), identity, stun.attribute(REALM, self.realm), stun.attribute(NONCE, self.nonce), *more)

    def request(self, *more, identity=None):
        """As RFC 8489 wants it, with SHA-256."""
        algorithms = (stun.attribute(PASSWORD_ALGORITHMS, self.offer), stun.attribute(PASSWORD_ALGORITHM, SHA256))
        return sign(self.unsigned(identity or self.named(), *algorithms, *more), self.key())

    def legacy_request(self):
        """As RFC 5389 wants it, with MD5 and SHA-1."""
        key = secret(self.name, self.realm.decode(), self.password, "md5")
        return sign(self.unsigned(self.named()), key, MESSAGE_INTEGRITY)
