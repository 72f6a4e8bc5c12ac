"""Type, length and value bytes of every attribute, as tshark and as `srflx decode` find them in the same
capture: the vectors that frame, and 2000 messages that our writer has made. Names where both have one.
What is known to differ is listed below with its reason, and counted."""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree as etree

import pytest

from test_capture import RAW, ipv4, pcap, udp

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"
GENERATED = 2000

# Known differences, with the reason. Everything else must agree.
OTHER_NAMES = {
    0x0027: ("RESPONSE-PORT", "XOR-RESPONSE-TARGET", "the draft's name; RFC 5780 took the number for RESPONSE-PORT"),
}
UNSEEN = {
    "computed-shared-secret-error-433": "tshark's heuristics for RFC 3489 want a length that it knows for the type",
}


def vectors():
    for file in sorted(VECTORS.glob("*.json")):
        if not file.with_suffix(".hex").exists():
            continue
        vector = json.loads(file.read_text(encoding="utf-8"))
        if vector["parse"] == "accept" or vector["reject_reason"] in ("bad-value", "fingerprint"):
            yield file.stem, bytes.fromhex(file.with_suffix(".hex").read_text(encoding="ascii"))


def generated():
    lines = subprocess.check_output([os.environ["GENERATE"], str(GENERATED)], text=True).splitlines()
    assert len(lines) == GENERATED
    return [(f"generated-{number}", bytes.fromhex(line)) for number, line in enumerate(lines)]


def shown_by_tshark(path):
    """For each packet: [(offset in the message, bytes of the attribute, name)], None if it saw no STUN."""
    if not shutil.which("tshark"):
        assert os.environ.get("CI") != "true", "tshark is not installed"
        pytest.skip("SKIPPED: tshark is not installed")
    done = subprocess.run(["tshark", "-n", "-r", path, "-T", "pdml"], capture_output=True, timeout=250, check=True)
    # tshark copies control characters of text into its XML, where they are not allowed.
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#x[0-9a-f];|&#x1[0-9a-f];", "?", done.stdout.decode(errors="replace"))
    for packet in etree.fromstring(text.encode()):
        yield attributes_of(packet)


def attributes_of(packet):
    for proto in packet.iter("proto"):
        if proto.get("name") in ("stun", "classicstun"):
            lists = [f for f in proto.iter("field") if f.get("name") in ("stun.attributes", "classicstun.att")]
            return [attribute_of(f, int(proto.get("pos"))) for list_ in lists for f in list_.findall("field")]
    return None


def attribute_of(field, start):
    """tshark covers an attribute that it does not know by parts."""
    parts = {part.get("name"): part for part in field}
    data = field.get("value")
    if field.get("size") == "2":
        data += "".join(parts[name].get("value") for name in ("stun.att.length", "stun.value", "stun.att.padding")
                        if name in parts)
    return int(field.get("pos")) - start, data, name_of(parts)


def name_of(parts):
    """None if tshark has none."""
    for part in ("stun.att.type", "classicstun.att.type"):
        if part in parts:
            name = parts[part].get("showname").removeprefix("Attribute Type: ").split(" (")[0]
            return None if name.startswith("Unknown") else name.replace("_", "-")
    return None


def shown_by_us(path):
    done = subprocess.run([os.environ["SRFLX"], "decode", "--json", path], capture_output=True, timeout=250, check=False)
    for line in done.stdout.decode().split("\n")[:-1]:
        message = json.loads(line)
        yield message["packet"]["number"], [(a["offset"], f"{int(a['type'], 16):04x}{a['length']:04x}{a['bytes']}{a['padding']}", a["name"])
               for a in message["attributes"]]


@pytest.fixture(name="compared", scope="module")
def compared_fixture(tmp_path_factory):
    """[(name of the message, tshark's attributes or None, ours)]"""
    messages = [*vectors(), *generated()]
    path = tmp_path_factory.mktemp("capture") / "all.pcap"
    path.write_bytes(pcap(RAW, [ipv4(udp(data)) for _, data in messages]))
    ours = dict(shown_by_us(path))
    theirs = list(shown_by_tshark(path))
    assert len(theirs) == len(messages) == len(ours)
    return [(name, theirs[number], ours[number + 1]) for number, (name, _) in enumerate(messages)]


# spec: R8489-14-01 R8489-14-02 R8489-14-03 R8489-14-04 R8489-14-05
def test_types_lengths_and_values_agree(compared):
    unseen = [name for name, theirs, _ in compared if theirs is None]
    assert unseen == list(UNSEEN)
    count = 0
    for name, theirs, ours in compared:
        if theirs is None:
            continue
        assert [attribute[:2] for attribute in theirs] == [attribute[:2] for attribute in ours], name
        count += len(ours)
    assert count > 10000
    print(f"{count} attributes of {len(compared)} messages agree; {len(unseen)} messages tshark takes for none")


# spec: R3489-11.2-02 R5780-7-01
def test_names_agree_where_both_have_one(compared):
    different, same = collections.Counter(), 0
    for _, theirs, ours in compared:
        for (_, data, their_name), (_, _, our_name) in zip(theirs or [], ours):
            if their_name is None or our_name is None:
                continue
            if their_name.replace(" ", "-") == our_name.replace("_", "-").replace(" ", "-"):
                same += 1
            else:
                different[int(data[:4], 16), our_name, their_name] += 1
    assert set(different) == {(number, ours, theirs) for number, (ours, theirs, _) in OTHER_NAMES.items()}
    print(f"{same} names agree, {sum(different.values())} are known to differ")
