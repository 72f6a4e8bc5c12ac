"""One connection to a server, and what is to come on it."""

import socket
import struct

import stun
from daemon import PATIENCE

RESET = struct.pack("ii", 1, 0)


class Connection:
    """Plain TCP; `wrap` makes something else of the socket."""

    def __init__(self, address, wrap=None, ip="127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.bind((ip, 0))
        self.socket.connect(address)
        self.name = self.socket.getsockname()
        if wrap:
            self.socket = wrap(self.socket)

    def answer(self, asked):
        """What the server must say to a request of this connection."""
        return stun.answer(asked, self.name)

    def send(self, data):
        self.socket.sendall(data)

    def read(self, length):
        """So many bytes, fewer if the server closes before."""
        got = b""
        while len(got) < length:
            part = self.socket.recv(length - len(got))
            if not part:
                break
            got += part
        return got

    def ask(self):
        """One request and its right answer."""
        asked = stun.request()
        self.send(asked)
        want = self.answer(asked)
        assert self.read(len(want)) == want

    def is_closed(self):
        """Waits until the server closes; False if it says something before."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.socket.close()

    def close(self):
        self.socket.close()
