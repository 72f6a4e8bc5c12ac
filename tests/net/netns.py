"""Network namespaces: made, entered for the length of a block, removed."""

import contextlib
import ctypes
import itertools
import json
import os
import pathlib
import socket
import subprocess
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
NUMBERS = itertools.count()
LINK_NUMBERS = itertools.count(10)


def enter(namespace_fd):
    if LIBC.setns(namespace_fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def extra_words(address):
    """No look for duplicates, but a broadcast address where one makes sense."""
    if ":" in address:
        return "nodad"
    return "" if address.endswith("/32") else "brd +"


class Namespace:
    """One namespace, with a name that no other run of the tests has."""

    def __init__(self):
        self.name = f"srflx-{os.getpid()}-{next(NUMBERS)}"
        subprocess.run(["ip", "netns", "add", self.name], check=True, capture_output=True, text=True)
        self.fd = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        self.ip("link set lo up")

    def remove(self):
        os.close(self.fd)
        subprocess.run(["ip", "netns", "delete", self.name], check=True)

    def ip(self, *lines):
        """Command lines of ip(8) without its name, all in one process."""
        subprocess.run(["ip", "-netns", self.name, "-batch", "-"], check=True, text=True, input="\n".join(lines))

    def nft(self, *lines):
        """Command lines of nft(8) without its name: all of them, or none."""
        subprocess.run(["ip", "netns", "exec", self.name, "nft", "--file", "-"], check=True, text=True,
                       input="\n".join(lines))

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

    def command(self, *words):
        """The command line of a program that runs inside."""
        return ["nsenter", f"--net=/run/netns/{self.name}", "--", *map(str, words)]

    def start(self, *words):
        """A program in the namespace, with pipes for what it says."""
        return subprocess.Popen(self.command(*words), text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def set(self, key, value):
        """Writes a file of /proc/sys/net, which shows the namespace of whoever opens it."""
        with self.entered():
            pathlib.Path("/proc/sys/net", key).write_text(value, encoding="ascii")

    def ask_ip(self, *words):
        """What ip(8) knows, as objects."""
        found = subprocess.run(["ip", "-netns", self.name, "-json", *words], check=True, capture_output=True)
        return json.loads(found.stdout or "[]")

    def links(self):
        return {link["ifname"]: link for link in self.ask_ip("link", "show")}

    def join(self, interface, other):
        """A link to another namespace. Each end has a number of its own: if they were equal, the
        kernel would take its time to bring the link up."""
        numbers = [next(LINK_NUMBERS) for _ in range(2)]
        self.ip(f"link add {interface} index {numbers[0]} type veth "
                f"peer name {interface} index {numbers[1]} netns {other.name}")

    def wait_until_up(self, *interfaces):
        """The kernel brings a link up in the background, and until then it loses packets."""
        end = time.monotonic() + 20
        while any(self.links()[interface]["operstate"] != "UP" for interface in interfaces):
            assert time.monotonic() < end, f"{interfaces} do not come up"

    def add_addresses(self, interface, *addresses):
        """Of the form ip/bits; some may be there. When it returns, IPv6 addresses are usable too: the
        kernel makes them so in the background."""
        self.ip(*(f"address replace {address} dev {interface} {extra_words(address)}" for address in addresses))
        v6 = {address.split("/")[0] for address in addresses if ":" in address}
        end = time.monotonic() + 20
        while v6 and v6 - {route["dst"] for route in self.ask_ip("-6", "route", "show", "table", "local")}:
            assert time.monotonic() < end, f"{v6} are not usable"

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
