"""A server of STUN over TCP for IPv4 that does one thing wrong, or nothing.

usage: wrong_server.py MISTAKE ADDRESS PORT   (port 0: any; the port is printed)"""

import socket
import struct
import sys
import threading

HEADER = 20
COOKIE = 0x2112A442
MISTAKES = ("nothing", "address", "id", "order", "twice", "later", "close")


def answer(request, peer, mistake):
    ip = struct.unpack("!I", socket.inet_aton(peer[0]))[0] ^ (mistake == "address")
    identity = bytes(16) if mistake == "id" else request[4:20]
    return (struct.pack("!HH", 0x0101, 12) + identity
            + struct.pack("!HHBBHI", 0x0020, 8, 0, 1, peer[1] ^ COOKIE >> 16, ip ^ COOKIE))


class Server:
    def __init__(self, mistake, address="127.0.0.1", port=0):
        self.mistake, self.right = mistake, 0
        self.listener = socket.create_server((address, port), backlog=100)
        self.port = self.listener.getsockname()[1]
        self.open = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, peer = self.listener.accept()
            self.open.append(connection)
            threading.Thread(target=self.serve, args=(connection, peer), daemon=True).start()

    def serve(self, connection, peer):
        """The first 50 answers of all are right, so that the mistake is one among right ones."""
        rest = b""
        while True:
            try:
                got = connection.recv(4096)
            except OSError:
                got = b""
            if not got:
                self.open.remove(connection)
                return
            rest += got
            whole = len(rest) // HEADER * HEADER
            requests = [rest[at:at + HEADER] for at in range(0, whole, HEADER)]
            rest = rest[whole:]
            self.respond(connection, peer, requests)

    def respond(self, connection, peer, requests):
        mistake = self.mistake if self.right >= 50 or self.mistake == "address" else "nothing"
        answers = [answer(request, peer, mistake) for request in requests]
        self.right += len(answers)
        if mistake == "order":
            answers.reverse()
        if mistake == "twice":
            answers *= 2
        if mistake == "close":
            connection.shutdown(socket.SHUT_RDWR)
        elif mistake != "later":
            connection.sendall(b"".join(answers))


if __name__ == "__main__":
    server = Server(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    print(server.port, flush=True)
    threading.Event().wait()
