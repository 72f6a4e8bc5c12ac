"""srflx decode: the vectors of the specification, every form of input, and a hostile message."""

import base64
import json
import pathlib
import re

import jsonschema
import pytest

from conftest import on_terminal
from stun import SOFTWARE, SUCCESS, COOKIE, attribute, message

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"
NAMES = sorted(path.stem for path in VECTORS.glob("*.json") if path.with_suffix(".hex").exists())

PRIORITY, SHORT_PRIORITY = attribute(0x0024, bytes(4)), attribute(0x0024, bytes(2))
INTEGRITY = attribute(0x0008, bytes(20))

ERROR_NAMES = {
    "short": {"SHORT"},
    "top-bits": {"TOP_BITS"},
    "length-align": {"LENGTH_ALIGN"},
    "length-mismatch": {"LENGTH_BEYOND", "TRAILING"},
    "attr-overrun": {"OVERRUN"},
    "fingerprint": {"FINGERPRINT_WRONG", "FINGERPRINT_NOT_LAST", "FINGERPRINT_LENGTH"},
    "bad-value": {"VALUE"},
}
FINGERPRINTS = {"valid": "right", "absent": "absent", "invalid": "wrong"}


def expected(name):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def hex_file(name):
    return VECTORS / f"{name}.hex"


def binary(name):
    return bytes.fromhex(hex_file(name).read_text(encoding="ascii"))


SCHEMA = json.loads((VECTORS.parent.parent / "docs" / "srflx-decode.schema.json").read_text(encoding="utf-8"))


def test_the_schema_names_every_problem():
    header = (VECTORS.parent.parent / "lib/wire/include/srflx/dissect.h").read_text(encoding="utf-8")
    assert SCHEMA["definitions"]["problem"]["enum"] == re.findall(r"^    X\((\w+), (?:true|false),", header, re.M)


def test_there_are_vectors():
    assert len(NAMES) > 100


# spec: R8489-14.11-01 R8489-14.12-01
@pytest.mark.parametrize("name", NAMES)
def test_the_verdict_is_the_vectors(srflx, name):
    vector = expected(name)
    text, as_json = srflx("decode", hex_file(name)), srflx("decode", "--json", hex_file(name))
    found = json.loads(as_json.out)
    jsonschema.validate(found, SCHEMA)
    assert (text.err, as_json.err) == ("", "")
    assert text.code == as_json.code == (0 if vector["parse"] == "accept" else 6)
    assert found["ok"] == (vector["parse"] == "accept")
    assert found["bytes"] == vector["bytes"]
    if vector["parse"] == "reject":
        assert found["error"]["name"] in ERROR_NAMES[vector["reject_reason"]]
        last = f"broken at offset {found['error']['offset']}: {found['error']['text']}"
        assert text.out.splitlines()[-1] == last
    else:
        assert found["header"]["type"] == vector["fields"]["type"]
        assert found["header"]["fingerprint"] == FINGERPRINTS[vector["checks"]["fingerprint"]]


def test_a_request_as_text(srflx):
    run = srflx("decode", hex_file("rfc5769-2.1-request"))
    assert run.out == """\
Binding request, 108 bytes
  type         0x0001 (method 0x001, class 0)
  length       88
  cookie       0x2112a442
  transaction  b7e7a701bc34d686fa87dfae
  fingerprint  right
  offset    type  length  name                      value
      20  0x8022      16  SOFTWARE                  "STUN test client"
      40  0x0024       4  PRIORITY                  0x6e0001ff (1845494271)
      48  0x8029       8  ICE-CONTROLLED            0x932ff9b151263b36
      60  0x0006       9  USERNAME                  "evtj:h6vY" [padding 20 20 20]
      76  0x0008      20  MESSAGE-INTEGRITY         9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
     100  0x8028       4  FINGERPRINT               0xe57a3bcf (3849993167)
"""


def test_a_response_as_json(srflx):
    run = srflx("decode", "--json", hex_file("rfc5769-2.3-ipv6-response"))
    ordinary = {"padding": "", "problems": []}
    assert json.loads(run.out) == {
        "ok": True,
        "bytes": 92,
        "header": {"type": "0x0101", "class": "success response", "method": "0x001",
                   "method_name": "Binding", "length": 72, "classic": False,
                   "transaction": "b7e7a701bc34d686fa87dfae", "fingerprint": "right"},
        "attributes": [
            {"offset": 20, "type": "0x8022", "name": "SOFTWARE", "length": 11, "value": "test vector",
             "bytes": b"test vector".hex()} | ordinary | {"padding": "20", "problems": ["PADDING"]},
            {"offset": 36, "type": "0x0020", "name": "XOR-MAPPED-ADDRESS", "length": 20,
             "value": {"address": "2001:db8:1234:5678:11:2233:4455:6677", "port": 32853, "family": "IPv6"},
             "bytes": "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"} | ordinary,
            {"offset": 60, "type": "0x0008", "name": "MESSAGE-INTEGRITY", "length": 20,
             "value": "a382954e4be67bf11784c97c8292c275bfe3ed41",
             "bytes": "a382954e4be67bf11784c97c8292c275bfe3ed41"} | ordinary,
            {"offset": 84, "type": "0x8028", "name": "FINGERPRINT", "length": 4, "value": 0xC8FB0B4C,
             "bytes": "c8fb0b4c"} | ordinary,
        ],
    }


@pytest.mark.parametrize("name, line", [
    ("computed-duplicate-xma",
     "      32  0x0020       8  XOR-MAPPED-ADDRESS        203.0.113.2:2222 [repeated]"),
    ("computed-attr-after-mi",
     "     100  0x0014       7  REALM                     \"ignored\" [hidden behind integrity] [padding 00]"),
    ("computed-unknown-required",
     "      28  0x0042       1  unknown                   78 [comprehension required] [padding 00 00 00]"),
    ("computed-5780-change-request-both",
     "      20  0x0003       4  CHANGE-REQUEST            0x00000006 (6)"),
    ("computed-5780-response-port-len2",
     "      20  0x0027       2  RESPONSE-PORT             50000 [padding 00 00]"),
    ("computed-lt-401-sha256", "     108  0x8002       8  PASSWORD-ALGORITHMS       0x0002 (SHA-256), 0x0001 (MD5)"),
    ("computed-classic-error-420", "      20  0x0009      24  ERROR-CODE                420 \"Unknown Attribute\""),
    ("computed-classic-error-420", "      48  0x000a       4  UNKNOWN-ATTRIBUTES        0x7fff, 0x7fff"),
    ("computed-classic-request-empty", "  cookie       none: RFC 3489"),
    ("computed-classic-request-empty", "  transaction  a1b2c3d4000102030405060708090a0b"),
    ("malformed-xma-family-3",
     "      20  0x0020       8  XOR-MAPPED-ADDRESS        0003a147e112a643 [unusable]"),
    ("rfc5769-2.4-long-term-request", "      20  0x0006      18  USERNAME                  \"マトリックス\" [padding 00 00]"),
])
def test_a_line_of_text(srflx, name, line):
    assert line in srflx("decode", hex_file(name)).out.splitlines()


@pytest.mark.parametrize("name, text", [
    ("malformed-empty", "No STUN message, 0 bytes\n"
                        "broken at offset 0: shorter than a header of 20 bytes\n"),
    ("malformed-top-bits-01",
     "No STUN message, 20 bytes\n"
     "broken at offset 0: the two top bits are not zero (0x40 starts TURN channel data)\n"),
    ("malformed-attr-overrun",
     "Binding request, 28 bytes\n"
     "  type         0x0001 (method 0x001, class 0)\n"
     "  length       8\n"
     "  cookie       0x2112a442\n"
     "  transaction  b7e7a701bc34d686fa87dfae\n"
     "  offset    type  length  name                      value\n"
     "      20  0x8022      16  SOFTWARE                  61626364 [cut]\n"
     "broken at offset 20: the attribute reaches beyond the end of the message "
     "(0x8022 states 16 bytes, 4 are there)\n"),
])
def test_a_broken_message_as_text(srflx, name, text):
    run = srflx("decode", hex_file(name))
    assert (run.code, run.out) == (6, text)


def test_what_precedes_the_damage_is_shown(srflx):
    good = binary("computed-duplicate-xma")
    run = srflx("decode", "--json", stdin=good[:40])
    found = json.loads(run.out)
    assert run.code == 6
    assert found["error"] == {"name": "LENGTH_BEYOND", "offset": 2,
                              "text": "the length says more bytes than there are "
                                      "(it says 24, 20 follow the header)"}
    assert [(attr["value"], attr["problems"]) for attr in found["attributes"]] == [
        ({"address": "203.0.113.1", "port": 1111, "family": "IPv4"}, []), (None, ["OVERRUN"])]


def test_fingerprint_of_a_cut_message_is_not_judged(srflx):
    run = srflx("decode", "--json", stdin=binary("rfc5769-2.1-request") + b"more")
    found = json.loads(run.out)
    assert (run.code, found["error"]["name"]) == (6, "TRAILING")
    assert found["header"]["fingerprint"] == "unchecked"
    assert found["header"]["length"] == 88


def test_every_cut_and_every_flipped_byte_has_a_verdict(srflx):
    """No input may make the tool do anything but say 0 or 6."""
    good = binary("computed-lt-401-sha256")
    damaged = [good[:length] for length in range(0, len(good), 7)]
    damaged += [good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :] for at in range(0, len(good), 5)]
    for data in damaged:
        run = srflx("decode", "--format=binary", "--json", stdin=data)
        jsonschema.validate(json.loads(run.out), SCHEMA)
        assert (run.code, run.err) == (0 if json.loads(run.out)["ok"] else 6, "")


@pytest.mark.parametrize("attributes, code", [
    ([SHORT_PRIORITY], 6),
    ([PRIORITY, SHORT_PRIORITY], 0),
    ([SHORT_PRIORITY, PRIORITY], 6),
    ([INTEGRITY, SHORT_PRIORITY], 0),
])
def test_only_a_value_that_counts_is_judged(srflx, attributes, code):
    assert srflx("decode", stdin=message(SUCCESS, COOKIE + bytes(12), *attributes)).code == code


class TestInput:
    NAME = "computed-binding-success-ipv4"

    @pytest.fixture(name="good")
    def good_fixture(self, srflx):
        return srflx("decode", hex_file(self.NAME)).out

    def test_forms_of_hex(self, srflx, good):
        plain = binary(self.NAME).hex()
        pairs = [plain[at : at + 2] for at in range(0, len(plain), 2)]
        for text in (plain, plain.upper(), ":".join(pairs), " ".join(pairs), "\r\n".join(pairs),
                     "\t".join(f"0x{pair}" for pair in pairs), "0X" + plain):
            run = srflx("decode", stdin=text.encode())
            assert (run.code, run.out) == (0, good)
            run = srflx("decode", text)
            assert (run.code, run.out) == (0, good)
        assert srflx("decode", *pairs).out == good

    def test_base64(self, srflx, good):
        text = base64.b64encode(binary(self.NAME))
        lines = b"\n".join(text[at : at + 16] for at in range(0, len(text), 16))
        for form in (text, text.rstrip(b"="), lines):
            assert srflx("decode", stdin=form).out == good
            assert srflx("decode", "--format=base64", stdin=form).out == good
        assert srflx("decode", "--format=base64", text.decode()).out == good

    def test_binary(self, srflx, good, tmp_path):
        file = tmp_path / "message"
        file.write_bytes(binary(self.NAME))
        assert srflx("decode", file).out == good
        assert srflx("decode", "--format", "binary", file).out == good
        assert srflx("decode", "-", stdin=binary(self.NAME)).out == good

    def test_a_pipe_is_read_once(self, srflx, good):
        assert srflx("decode", "/dev/stdin", stdin=binary(self.NAME)).out == good

    def test_a_forced_form_is_kept(self, srflx):
        text = binary(self.NAME).hex().encode()
        run = srflx("decode", "--format=binary", stdin=text)
        assert (run.code, run.out.splitlines()[0]) == (6, "Method 0xc11 indication, 64 bytes")

    def test_a_file_that_cannot_be_read(self, srflx, tmp_path):
        run = srflx("decode", tmp_path)
        assert (run.code, run.out, run.err) == (4, "", f"srflx decode: cannot read {tmp_path}: Is a directory\n")

    def test_a_file_too_long(self, srflx, tmp_path):
        file = tmp_path / "long"
        file.write_bytes(bytes(400000))
        run = srflx("decode", file)
        assert (run.code, run.err) == (4, f"srflx decode: {file} is longer than any message\n")

    def test_the_longest_message(self, srflx):
        data = message(SUCCESS, COOKIE + bytes(12), attribute(SOFTWARE, bytes(65528)))
        assert len(data) == 65552
        for form in (data, " ".join(f"0x{byte:02x}" for byte in data).encode()):
            assert srflx("decode", stdin=form).out.startswith("Binding success response, 65552 bytes\n")


HOSTILE = message(SUCCESS, COOKIE + bytes(12), attribute(SOFTWARE, 'a"\\\x1b[31m\x9b\x7fé'.encode()))


def test_text_from_the_network_cannot_drive_the_terminal(srflx):
    run = srflx("decode", stdin=HOSTILE)
    assert run.out.splitlines()[-1].endswith('"a\\"\\\\\\x1b[31m\\xc2\\x9b\\x7fé" [padding 00 00 00]')
    as_json = srflx("decode", "--json", stdin=HOSTILE).out
    assert as_json.isascii()
    value = json.loads(as_json)["attributes"][0]["value"]
    assert value == 'a"\\\x1b[31m\x9b\x7fé'


def test_colour_only_on_a_terminal_that_wants_it(srflx):
    on_xterm = on_terminal("stdout", "decode", "00", environment={"TERM": "xterm"})
    assert on_xterm.splitlines()[1].startswith("\033[31mbroken at offset 0: ")
    for environment in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}, {}):
        plain = on_terminal("stdout", "decode", "00", environment=environment)
        assert plain.splitlines()[1].startswith("broken at offset 0: ")
    assert "\033" not in srflx("decode", "00").out
