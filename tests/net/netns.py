"""Network namespaces: made, entered for the length of a block, removed."""

import contextlib
import ctypes
import itertools
import os
import pathlib
import socket
import subprocess

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
NUMBERS = itertools.count()


def enter(namespace_fd):
    if LIBC.setns(namespace_fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Namespace:
    """One namespace, with a name that no other run of the tests has."""

    def __init__(self):
        self.name = f"srflx-{os.getpid()}-{next(NUMBERS)}"
        subprocess.run(["ip", "netns", "add", self.name], check=True, capture_output=True, text=True)
        self.fd = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        self.run("ip link set lo up")

    def remove(self):
        os.close(self.fd)
        subprocess.run(["ip", "netns", "delete", self.name], check=True)

    def run(self, *lines):
        """Runs command lines inside; words are separated by blanks."""
        for line in lines:
            subprocess.run(["ip", "netns", "exec", self.name, *line.split()], check=True)

    @contextlib.contextmanager
    def entered(self):
        """Sockets made in the block belong to the namespace, also after it."""
        outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        enter(self.fd)
        try:
            yield
        finally:
            enter(outside)
            os.close(outside)

    def set(self, key, value):
        """Writes a file of /proc/sys/net, which shows the namespace of whoever opens it."""
        with self.entered():
            pathlib.Path("/proc/sys/net", key).write_text(value, encoding="ascii")

    def index(self, interface):
        with self.entered():
            return socket.if_nametoindex(interface)

    def client(self, ip, interface=None):
        """A UDP socket bound to an address of the namespace, and a port that the kernel chooses."""
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        scope = self.index(interface) if interface else 0
        with self.entered():
            client = socket.socket(family, socket.SOCK_DGRAM)
        client.settimeout(10)
        client.bind((ip, 0, 0, scope) if family == socket.AF_INET6 else (ip, 0))
        return client
