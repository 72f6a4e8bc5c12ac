"""Three machines: one at home, its NAT, and one on the other side of it, where servers live.

The NAT gives every flow a public port outside the range that machines choose from, so that a client
that tells its own port, or its own address, cannot pass for one that was told the truth.
"""

import ipaddress
import json
import socket
import struct
import subprocess
from typing import NamedTuple

from fixtures import configure

PORT = 3478
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

AT_HOME = {"wan": ["10.0.0.2/24", "fd00:db8::2/64", "fe80::2/64"]}
IN_THE_MIDDLE = {
    "lan": ["10.0.0.1/24", "fd00:db8::1/64", "fe80::1/64"],
    "wan": ["198.51.100.7/24", "2001:db8:100::7/64", "fe80::7/64"],
}
AWAY = {"wan": ["198.51.100.1/24", "198.51.100.2/24", "2001:db8:100::1/64", "fe80::1/64"]}

NAT_RULES = f"""
table inet nat {{
    chain out {{
        type nat hook postrouting priority srcnat
        oifname wan meta l4proto udp masquerade to :{PUBLIC_PORTS[0]}-{PUBLIC_PORTS[-1]}
        oifname wan masquerade
    }}
}}
"""

# Of ten datagrams in either direction three are lost, the first among them: whoever sends once is not
# heard, and every run is the same.
LOST_OF_TEN = (0, 3, 6)
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


class Datagram(NamedTuple):
    source: tuple
    destination: tuple
    payload: bytes

    @property
    def transaction(self):
        return self.payload[4:20]


def read_datagram(packet):
    """The datagram of an IP packet without options or extension headers, or None."""
    if packet[0] == 0x45 and packet[9] == socket.IPPROTO_UDP:
        addresses, start = (packet[12:16], packet[16:20]), 20
    elif packet[0] >> 4 == 6 and packet[6] == socket.IPPROTO_UDP:
        addresses, start = (packet[8:24], packet[24:40]), 40
    else:
        return None
    ends = zip(map(str, map(ipaddress.ip_address, addresses)), struct.unpack_from("!HH", packet, start))
    return Datagram(*ends, packet[start + 8 :])


class Tap:
    """Sees what an interface receives and sends from now on. The kernel shows it a packet before it
    shows it to a program, so what a program has answered to is there to be read."""

    def __init__(self, namespace, interface):
        everything = socket.htons(3)  # ETH_P_ALL; with less, one's own packets are not shown
        with namespace.entered():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, everything)
        self.socket.bind((interface, 3))
        self.socket.setblocking(False)
        self.seen = []

    def datagrams(self):
        """Those from and to the port of the server."""
        try:
            while True:
                datagram = read_datagram(self.socket.recv(65536))
                if datagram and PORT in (datagram.source[1], datagram.destination[1]):
                    self.seen.append(datagram)
        except BlockingIOError:
            return self.seen

    def requests(self):
        return [one for one in self.datagrams() if one.destination[1] == PORT]

    def answers(self):
        return [one for one in self.datagrams() if one.source[1] == PORT]


class Internet:
    """`home`, `nat` and `away` are namespaces, `inside` and `outside` taps on both sides of the NAT."""

    def __init__(self, namespace):
        self.home, self.nat, self.away = namespace(), namespace(), namespace()
        self.home.run(f"ip link add wan type veth peer name lan netns {self.nat.name}")
        self.away.run(f"ip link add wan type veth peer name wan netns {self.nat.name}")
        for machine, addresses in (self.home, AT_HOME), (self.nat, IN_THE_MIDDLE), (self.away, AWAY):
            configure(machine, addresses)
        self.home.run("ip route add default via 10.0.0.1", "ip -6 route add default via fd00:db8::1")
        self.nat.set("ipv4/ip_forward", "1")
        self.nat.set("ipv6/conf/all/forwarding", "1")
        self.nft("-f", "-", rules=NAT_RULES)
        self.inside, self.outside = Tap(self.home, "wan"), Tap(self.away, "wan")

    def close(self):
        self.inside.socket.close()
        self.outside.socket.close()

    def nft(self, *words, rules=None):
        done = subprocess.run(self.nat.command("nft", *words), input=rules, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def lose(self, which=""):
        """From now on the NAT loses three of ten datagrams each way, counted over all, or over those
        that `which` selects."""
        self.nft("-f", "-", rules=LOSS_RULES.format(which=which))

    def lost(self):
        """How many requests and how many answers."""
        objects = json.loads(self.nft("-j", "list", "counters", "table", "inet", "loss"))["nftables"]
        packets = {one["counter"]["name"]: one["counter"]["packets"] for one in objects if "counter" in one}
        return packets["requests"], packets["answers"]

    def exchange(self, family, request):
        """(the public endpoint of whoever asked, the answer) of a request from home."""
        with self.home.client(family.home) as client:
            client.sendto(request, (family.server, PORT))
            answer = client.recv(2048)
            return self.mappings()[client.getsockname()[:2]], answer

    def mappings(self):
        """{endpoint at home: its public endpoint}, of all flows whose requests were seen on both sides."""
        outside = {one.transaction: one.source for one in self.outside.requests()}
        flows = {(one.source, outside[one.transaction])
                 for one in self.inside.requests() if one.transaction in outside}
        mapped = dict(flows)
        assert len(mapped) == len(flows), f"a flow with two public endpoints: {flows}"
        assert all(port in PUBLIC_PORTS for _, port in mapped.values()), mapped
        return mapped
