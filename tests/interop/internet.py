"""Three machines: one at home, its NAT, and one on the other side of it, where servers live.

The NAT gives every flow a public port outside the range that machines choose from, so that a client
that tells its own port, or its own address, cannot pass for one that was told the truth.
"""

import json
import socket
import subprocess
from typing import NamedTuple

from link import Capture

PORT, TLS_PORT = 3478, 5349
SERVED = {PORT, TLS_PORT}
PUBLIC_PORTS = range(61001, 65001)


class Family(NamedTuple):
    name: str
    home: str
    public: str
    server: str

    def __str__(self):
        return self.name


IPV4 = Family("IPv4", "10.0.0.2", "198.51.100.7", "198.51.100.1")
IPV6 = Family("IPv6", "fd00:db8::2", "2001:db8:100::7", "2001:db8:100::1")
FAMILIES = (IPV4, IPV6)
SECOND_SERVER = "198.51.100.2"

# Without link-local addresses the machines would not find their neighbours of IPv6.
AT_HOME = {"lan": ["10.0.0.2/24", "fd00:db8::2/64", "fe80::2/64"]}
IN_THE_MIDDLE = {
    "lan": ["10.0.0.1/24", "fd00:db8::1/64", "fe80::1/64"],
    "wan": ["198.51.100.7/24", "2001:db8:100::7/64", "fe80::7/64"],
}
AWAY = {"wan": ["198.51.100.1/24", "198.51.100.2/24", "2001:db8:100::1/64", "fe80::1/64"]}

NAT_RULES = f"""
table inet nat {{
    chain out {{
        type nat hook postrouting priority srcnat
        oifname wan meta l4proto {{ tcp, udp }} masquerade to :{PUBLIC_PORTS[0]}-{PUBLIC_PORTS[-1]}
        oifname wan masquerade
    }}
}}
"""

# Of ten datagrams in either direction three are lost, the first among them, and every run is the same.
LOSS_RULES = """
table inet loss {{
    counter requests {{ }}
    counter answers {{ }}
    chain in {{
        type filter hook prerouting priority raw
        iifname lan udp dport 3478 {which} numgen inc mod 10 {{ 0, 3, 6 }} counter name requests drop
        iifname wan udp sport 3478 {which} numgen inc mod 10 {{ 0, 3, 6 }} counter name answers drop
    }}
}}
"""
CLASSIC_ONLY = "@th,96,32 != 0x2112a442"


SYN, ACK = 0x02, 0x10


def transaction(datagram):
    """What tells it from others on both sides of the NAT: the id if it is STUN, else all of it."""
    return datagram.payload[4:20] if datagram.payload[0] < 4 else datagram.payload


def sequence_number(opening):
    return opening.payload[4:8]


class Tap(Capture):
    """What passes from and to the ports of the server on an interface, from now on."""

    def __init__(self, namespace, interface):
        super().__init__(namespace, interface)
        self.seen = []

    def packets(self):
        came, left = self.take()
        self.seen += [one for one in came + left if (one.is_udp or one.is_tcp) and self.is_served(one)]
        return self.seen

    @staticmethod
    def is_served(packet):
        return bool(SERVED & {packet.source[1], packet.destination[1]})

    def datagrams(self):
        return [one for one in self.packets() if one.is_udp]

    def requests(self):
        return [one for one in self.datagrams() if one.destination[1] in SERVED]

    def answers(self):
        return [one for one in self.datagrams() if one.source[1] in SERVED]

    def openings(self):
        """The first segment of each connection of TCP, and its repetitions."""
        return [one for one in self.packets() if one.is_tcp and one.payload[13] & (SYN | ACK) == SYN]


class Internet:
    """`home`, `nat` and `away` are namespaces, `inside` and `outside` taps on both sides of the NAT."""

    def __init__(self, namespace):
        self.home, self.nat, self.away = namespace(), namespace(), namespace()
        self.nat.join("lan", self.home)
        self.nat.join("wan", self.away)
        for machine, addresses in (self.home, AT_HOME), (self.nat, IN_THE_MIDDLE), (self.away, AWAY):
            machine.ip(*(f"link set {link} {state}" for link in addresses for state in ("addrgenmode none", "up")))
        for machine, addresses in (self.home, AT_HOME), (self.nat, IN_THE_MIDDLE), (self.away, AWAY):
            machine.wait_until_up(*addresses)
            for link, of_link in addresses.items():
                machine.add_addresses(link, *of_link)
        self.home.ip("route add default via 10.0.0.1", "route add default via fd00:db8::1")
        self.nat.set("ipv4/ip_forward", "1")
        self.nat.set("ipv6/conf/all/forwarding", "1")
        self.nat.nft(NAT_RULES)
        self.inside, self.outside = Tap(self.home, "lan"), Tap(self.away, "wan")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.inside.socket.close()
        self.outside.socket.close()

    def lose(self, which=""):
        """From now on the NAT loses three of ten datagrams each way, counted over all, or over those
        that `which` selects."""
        self.nat.nft(LOSS_RULES.format(which=which))

    def lost(self):
        """How many requests and how many answers."""
        command = self.nat.command("nft", "--json", "list", "counters", "table", "inet", "loss")
        objects = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["nftables"]
        packets = {one["counter"]["name"]: one["counter"]["packets"] for one in objects if "counter" in one}
        return packets["requests"], packets["answers"]

    def exchange(self, family, request):
        """(the public endpoint of whoever asked, the answer) of a request from home."""
        with self.home.client(family.home) as client:
            client.sendto(request, (family.server, PORT))
            answer = client.recv(2048)
            return self.mappings()[client.getsockname()[:2]], answer

    def connect(self, family, port=PORT):
        """A connection of TCP from home."""
        with self.home.entered():
            client = socket.socket(socket.AF_INET6 if family == IPV6 else socket.AF_INET, socket.SOCK_STREAM)
        client.settimeout(30)
        client.bind((family.home, 0))
        client.connect((family.server, port))
        return client

    def mappings(self):
        """{endpoint at home: its public endpoint}, of all flows whose requests were seen on both sides."""
        return matched(self.inside.requests(), self.outside.requests(), transaction)

    def connections(self):
        """The same of connections of TCP, which a NAT leaves their sequence numbers."""
        return matched(self.inside.openings(), self.outside.openings(), sequence_number)


def matched(inside, outside, identity):
    seen = {identity(one): one.source for one in outside}
    flows = {(one.source, seen[identity(one)]) for one in inside if identity(one) in seen}
    mapped = dict(flows)
    assert len(mapped) == len(flows), f"a flow with two public endpoints: {flows}"
    assert all(port in PUBLIC_PORTS for _, port in mapped.values()), mapped
    return mapped
