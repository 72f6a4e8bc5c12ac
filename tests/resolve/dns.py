"""Messages of the DNS, written by hand so that they can be wrong, and a server that sends them."""

import ipaddress
import random
import socket
import struct
import threading

A, NS, CNAME, SOA, AAAA, SRV, OPT = 1, 2, 5, 6, 28, 33, 41
TYPES = {A: "A", AAAA: "AAAA", SRV: "SRV"}
NO_ERROR, FORMAT_ERROR, SERVER_FAILURE, NAME_ERROR, NOT_IMPLEMENTED, REFUSED = range(6)
POINTER = b"\xc0\x0c"  # to the name in the question


def name(text):
    labels = [label.encode("latin-1") for label in text.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(kind, data, owner=POINTER, ttl=60):
    return owner + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def addr(text, owner=POINTER):
    ip = ipaddress.ip_address(text)
    return record(A if ip.version == 4 else AAAA, ip.packed, owner)


def srv(priority, weight, port, target):
    return record(SRV, struct.pack("!HHH", priority, weight, port) + name(target))


def cname(owner, target):
    return record(CNAME, name(target), name(owner))


class Query:
    def __init__(self, message, over_tcp):
        self.message, self.over_tcp = message, over_tcp
        self.id = message[:2]
        labels, at = [], 12
        while message[at]:
            labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
            at += 1 + message[at]
        self.name = ".".join(labels)
        self.type, = struct.unpack_from("!H", message, at + 1)
        self.question = message[12:at + 5]

    @property
    def key(self):
        return TYPES[self.type], self.name

    def reply(self, *answers, code=NO_ERROR, flags=0x8180, count=None, authority=(), ident=None):
        """A message that answers the question; every part of its head can be another."""
        count = len(answers) if count is None else count
        head = struct.pack("!HHHHH", flags | code, 1, count, len(authority), 0)
        return (ident or self.id) + head + self.question + b"".join(answers) + b"".join(authority)


class Server:
    """Answers over UDP and TCP on one port of 127.0.0.1. `answer(query)` returns the messages to send, a
    list; over TCP the first of them is sent with its length."""

    def __init__(self, answer):
        self.answer = answer
        self.address = None
        while not self.address:
            self.bind(random.randint(20000, 30000))  # which the system gives to nobody by itself
        self.tcp.listen()
        self.threads = [threading.Thread(target=loop, daemon=True) for loop in (self.over_udp, self.over_tcp)]
        for thread in self.threads:
            thread.start()

    def bind(self, port):
        """Both, or neither."""
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.udp.bind(("127.0.0.1", port))
            self.tcp.bind(("127.0.0.1", port))
            self.address = f"127.0.0.1:{port}"
        except OSError:
            self.udp.close()
            self.tcp.close()

    def over_udp(self):
        while True:
            try:
                message, client = self.udp.recvfrom(65535)
                if message == b"":
                    return
                for reply in self.answer(Query(message, False)):
                    self.udp.sendto(reply, client)
            except OSError:
                return

    def over_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            with connection:
                self.converse(connection)

    def converse(self, connection):
        """Several questions, as long as the client wants."""
        connection.settimeout(5)
        try:
            while True:
                head = connection.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    return
                message = connection.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL)
                for reply in self.answer(Query(message, True))[:1]:
                    connection.sendall(struct.pack("!H", len(reply)) + reply)
        except OSError:
            return

    def close(self):
        self.udp.sendto(b"", self.udp.getsockname())
        self.tcp.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(timeout=6)
        self.udp.close()
        self.tcp.close()


def table(rows, code=NAME_ERROR):
    """answer() out of {("A", "name"): [record, ...]}; what is not there gets `code`."""

    def answer(query):
        if query.key in rows:
            return [query.reply(*rows[query.key])]
        return [query.reply(code=code)]

    return answer
