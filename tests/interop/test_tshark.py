"""tshark reads what srflxd answers, and what srflx asks, as they mean it."""

import struct
import subprocess

import pytest

from internet import IPV4, PORT
from link import ETH_P_IP, ETH_P_IPV6
from packets import udp_packet
from programs import SOFTWARE_TEXT, SRFLX, needed
from stun import COOKIE, attribute, message, with_fingerprint
from test_streams import OURS, s_client, told

TRANSACTION = bytes.fromhex("0102030405060708090a0b0c")
CLASSIC = bytes.fromhex("a1b2c3d4") + TRANSACTION
LINKTYPE_RAW = 101


def write_pcap(path, *packets):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINKTYPE_RAW))
        for packet in packets:
            file.write(struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet)


class Dissected:
    """One message as tshark sees it, on the ports of STUN."""

    def __init__(self, tmp_path, source, destination, data):
        tshark = needed("tshark", "tshark")
        write_pcap(tmp_path / "one.pcap", udp_packet(source, destination, data))
        self.command = [tshark, "-n", "-r", tmp_path / "one.pcap", "-o", "udp.check_checksum:true"]

    def fields(self, *names):
        wanted = [word for name in names for word in ("-e", name)]
        done = subprocess.run([*self.command, "-T", "fields", *wanted], capture_output=True, text=True,
                              timeout=120, check=True)
        return dict(zip(names, done.stdout.rstrip("\n").split("\t")))

    def sound_fields(self, *names):
        """The same of a message about which tshark has nothing to complain."""
        found = self.fields("_ws.malformed", "_ws.expert", *names)
        assert (found.pop("_ws.malformed"), found.pop("_ws.expert")) == ("", "")
        return found


@pytest.fixture(name="dissect")
def dissect_fixture(tmp_path):
    return lambda source, destination, data: Dissected(tmp_path, source, destination, data)


# spec: R8489-14.2-01 R8489-14.7-02 R8489-14.14-02
@pytest.mark.usefixtures("srflxd")
def test_success(dissect, internet, family, agreed):
    client, answer = internet.exchange(family, with_fingerprint(message(0x0001, COOKIE + TRANSACTION)))
    seen = dissect((family.server, PORT), client, answer)
    field = f"stun.att.{family.name.lower()}"
    assert seen.sound_fields("stun.type", "stun.id", "stun.att.type", "stun.att.port", field,
                             "stun.att.software", "stun.att.crc32.status") == {
        "stun.type": "0x0101",
        "stun.id": TRANSACTION.hex(),
        "stun.att.type": "0x0020,0x8022,0x8028",
        "stun.att.port": str(client[1]),
        field: family.public,
        "stun.att.software": SOFTWARE_TEXT,
        "stun.att.crc32.status": "1",  # good
    }
    agreed("tshark", "srflxd", "XOR-MAPPED-ADDRESS, SOFTWARE, FINGERPRINT", family)


def test_a_wrong_fingerprint_would_be_seen(dissect):
    wrong = with_fingerprint(message(0x0101, COOKIE + TRANSACTION), error=1)
    seen = dissect((IPV4.server, PORT), (IPV4.home, 5), wrong)
    assert "Bad Fingerprint" in seen.fields("_ws.expert")["_ws.expert"]
    assert seen.fields("stun.att.crc32.status") == {"stun.att.crc32.status": "0"}


# spec: R8489-14.8-01 R8489-14.13-01
@pytest.mark.usefixtures("srflxd")
def test_error_420(dissect, internet, family, agreed):
    request = message(0x0001, COOKIE + TRANSACTION, attribute(0x7FFF, b""), attribute(0x7FFE, b"value"))
    client, answer = internet.exchange(family, request)
    seen = dissect((family.server, PORT), client, answer)
    assert seen.sound_fields("stun.type", "stun.att.type", "stun.att.error.class", "stun.att.error",
                             "stun.att.unknown") == {
        "stun.type": "0x0111",
        "stun.att.type": "0x0009,0x000a,0x8022",
        "stun.att.error.class": "4",
        "stun.att.error": "20",
        "stun.att.unknown": "0x7fff,0x7ffe",
    }
    agreed("tshark", "srflxd", "420, UNKNOWN-ATTRIBUTES", family)


# spec: R3489-11.2.1-01
@pytest.mark.usefixtures("srflxd")
def test_classic_success(dissect, internet, family, agreed):
    client, answer = internet.exchange(family, message(0x0001, CLASSIC))
    seen = dissect((family.server, PORT), client, answer)
    field = f"classicstun.att.{family.name.lower()}"
    assert seen.sound_fields("classicstun.type", "classicstun.id", "classicstun.att.type", "classicstun.att.port",
                             field) == {
        "classicstun.type": "0x0101",
        "classicstun.id": CLASSIC.hex(),
        "classicstun.att.type": "0x0001,0x0004",
        "classicstun.att.port": f"{client[1]},{PORT}",
        field: f"{family.public},{family.server}",
    }
    agreed("tshark", "srflxd", "MAPPED-ADDRESS, SOURCE-ADDRESS (RFC 3489)", family)


@pytest.mark.parametrize("options, protocol", [([], "stun"), (["--classic"], "classicstun")])
@pytest.mark.usefixtures("srflxd")
def test_requests(dissect, internet, family, agreed, options, protocol):
    host = f"[{family.server}]" if ":" in family.server else family.server
    subprocess.run(internet.home.command(SRFLX, "query", *options, host), capture_output=True, timeout=60, check=True)
    (request,) = internet.inside.requests()
    seen = dissect(request.source, request.destination, request.payload)
    assert seen.sound_fields(f"{protocol}.type", f"{protocol}.length", f"{protocol}.id") == {
        f"{protocol}.type": "0x0001",
        f"{protocol}.length": "0" if protocol == "stun" else "0x0000",
        f"{protocol}.id": request.payload[8 if protocol == "stun" else 4 :].hex(),
    }
    agreed("srflx query", "tshark", "a request (RFC 3489)" if options else "a request", family)


def in_order(tap):
    """The IP packets of both directions."""
    packets = []
    while True:
        try:
            data, (_, protocol, *_) = tap.socket.recvfrom(1 << 16)
        except BlockingIOError:
            return packets
        if protocol in (ETH_P_IP, ETH_P_IPV6):
            packets.append(data)


# spec: R7443-1-01
@pytest.mark.parametrize("version", ["tls1_2", "tls1_3", "dtls1_2"])
@pytest.mark.usefixtures("secure_srflxd")
def test_secure_answers(internet, family, pair, tmp_path, agreed, version):
    """With the keys of the session, it finds by ALPN that there is STUN inside."""
    keys, capture = tmp_path / "keys", tmp_path / "all.pcap"
    command = s_client(family, pair, "-quiet", f"-{version}", "-alpn", OURS, "-keylogfile", keys)
    request, _ = told(internet, command, version == "dtls1_2")
    write_pcap(capture, *in_order(internet.outside))
    fields = ["stun.type", "stun.id", f"stun.att.{family.name.lower()}"]
    done = subprocess.run(
        [needed("tshark", "tshark"), "-n", "-r", capture, "-o", f"tls.keylog_file:{keys}", "-Y", "stun.type == 0x0101",
         "-T", "fields", *(word for field in fields for word in ("-e", field))],
        capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == ["0x0101", request[8:20].hex(), family.public]
    way = "DTLS 1.2" if version == "dtls1_2" else f"TLS 1.{version[-1]}"
    agreed("tshark", "srflxd", f"XOR-MAPPED-ADDRESS over {way}, with the session's keys", family)
