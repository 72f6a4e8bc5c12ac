"""srflx decode with credentials: is integrity right?"""

import hashlib
import json
import pathlib
import struct

import jsonschema
import pytest

from stun import (COOKIE, INTEGRITY, INTEGRITY_SHA256, REALM, REQUEST, SUCCESS, USERHASH, attribute, message,
                  with_integrity)
from test_capture import ETHERNET, ethernet, ipv4, pcap, udp

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"
SCHEMA = json.loads((VECTORS.parent.parent / "docs" / "srflx-decode.schema.json").read_text(encoding="utf-8"))

MATRIX = "マトリックス"


def vector(name):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


SIGNED = [path.stem for path in sorted(VECTORS.glob("*.json"))
          if path.stem != "tables" and "credentials" in vector(path.stem)]


def options_of(credentials):
    """Where no name is given, any will do: the key needs none."""
    options = ["--user", credentials.get("username") or "nobody", "--password", credentials["password"]]
    if "realm" in credentials:
        options += ["--realm", credentials["realm"]]
    return options + ["--short-term"] * (credentials["mechanism"] == "short-term")


def right(mechanism, algorithm=None, saslprep=False):
    return {"result": "right", "mechanism": mechanism, "algorithm": algorithm, "saslprep": saslprep}


def results(run, field="integrity"):
    found = json.loads(run.out)
    jsonschema.validate(found, SCHEMA)
    return {int(one["type"], 16): one[field] for one in found["attributes"] if field in one}


def expected_results(about):
    found = {}
    for number, check in ((INTEGRITY, "message_integrity"), (INTEGRITY_SHA256, "message_integrity_sha256")):
        value = about["checks"][check]
        if value in ("valid", "valid-truncated"):
            found[number] = right(about["credentials"]["mechanism"], about["credentials"].get("algorithm"))
        elif value != "absent":
            found[number] = {"result": "wrong"}
    return found


def test_there_are_signed_vectors():
    assert len(SIGNED) == 40


# spec: R8489-9.1.1-01 R8489-9.2.2-01 R3489-11.2.8-01
@pytest.mark.parametrize("name", [name for name in SIGNED if name != "rfc8489-b1-as-printed"])
def test_every_vector_is_what_it_says(srflx, name):
    about, expected = vector(name), expected_results(vector(name))
    run = srflx("decode", "--json", *options_of(about["credentials"]), VECTORS / f"{name}.hex")
    assert results(run) == expected
    forged = [number for number, one in expected.items() if one["result"] == "wrong"]
    assert (run.code, run.err) == (5 if forged else 0, "")
    assert json.loads(run.out)["ok"] == (not forged)


@pytest.mark.parametrize("name", [name for name in SIGNED if "valid" in vector(name)["checks"].values()])
def test_with_a_wrong_password_nothing_is_right(srflx, name):
    credentials = vector(name)["credentials"] | {"password": "guessed"}
    run = srflx("decode", "--json", *options_of(credentials), VECTORS / f"{name}.hex")
    found = json.loads(run.out)
    signed = [one for one in found["attributes"] if "integrity" in one]
    assert {one["integrity"]["result"] for one in signed} <= {"wrong"}
    if signed:
        assert run.code == 5
        assert found["error"] == {"name": "INTEGRITY", "text": "not signed with these credentials",
                                  "offset": signed[0]["offset"]}


LONG_TERM = ["--user", MATRIX, "--password", "TheMatrIX"]
SHORT_TERM = ["--user", "evtj:h6vY", "--password", "VOkJxbRl1RmTxUk/WvJxBt"]


@pytest.mark.parametrize("name, options, code, line", [
    ("rfc5769-2.1-request", SHORT_TERM, 0,
     "      76  0x0008      20  MESSAGE-INTEGRITY         9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 "
     "[right (short-term)]"),
    ("rfc5769-2.4-long-term-request", LONG_TERM, 0,
     "      92  0x0008      20  MESSAGE-INTEGRITY         f67024656dd64a3e02b8e0712e85c9a28ca89666 "
     "[right (long-term, MD5 password)]"),
    ("rfc5769-2.4-long-term-request", ["--user", MATRIX, "--password", "TheM\u00aatr\u2168"], 0,
     "      92  0x0008      20  MESSAGE-INTEGRITY         f67024656dd64a3e02b8e0712e85c9a28ca89666 "
     "[right (long-term, MD5 password, prepared as RFC 5389 does)]"),
    ("rfc5769-2.4-long-term-request", LONG_TERM + ["--realm", "example.net"], 5,
     "      92  0x0008      20  MESSAGE-INTEGRITY         f67024656dd64a3e02b8e0712e85c9a28ca89666 [WRONG]"),
    ("rfc5769-2.4-long-term-request", LONG_TERM + ["--short-term"], 5,
     "      92  0x0008      20  MESSAGE-INTEGRITY         f67024656dd64a3e02b8e0712e85c9a28ca89666 [WRONG]"),
    ("rfc5769-2.2-ipv4-response", LONG_TERM, 0,
     "      48  0x0008      20  MESSAGE-INTEGRITY         2b91f599fd9e90c38c7489f92af9ba53f06be7d7 "
     "[cannot be checked: no realm known, give --realm]"),
    ("rfc8489-b1-erratum6268", LONG_TERM, 0,
     "     128  0x001c      32  MESSAGE-INTEGRITY-SHA256  "
     "b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65 [right (long-term, SHA-256 password)]"),
    ("rfc8489-b1-erratum6268", LONG_TERM, 0,
     "      20  0x001e      32  USERHASH                  "
     "4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704 [of this user]"),
    ("rfc8489-b1-erratum6268", ["--user", "neo", "--password", "TheMatrIX"], 5,
     "      20  0x001e      32  USERHASH                  "
     "4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704 [not of this user]"),
    ("computed-st-request-sha256-trunc16", SHORT_TERM, 0,
     "      76  0x001c      16  MESSAGE-INTEGRITY-SHA256  d2d2c28264cb4e6a14b1ce32e8ef84d2 "
     "[right as far as it goes, cut to 16 bytes (short-term)]"),
    ("computed-classic-request-mi", ["--user", "user0001", "--password", "0123456789abcdef"], 0,
     "      32  0x0008      20  MESSAGE-INTEGRITY         {classic} [right (classic)]"),
])
def test_as_text(srflx, name, options, code, line):
    classic = (VECTORS / "computed-classic-request-mi.hex").read_text(encoding="ascii").replace("\n", " ")
    line = line.format(classic=classic.replace(" ", "")[-40:])
    run = srflx("decode", *options, VECTORS / f"{name}.hex")
    assert (run.code, run.err) == (code, "")
    assert line in run.out.splitlines()


def test_what_is_broken_is_not_checked_and_comes_first(srflx):
    run = srflx("decode", *LONG_TERM, VECTORS / "rfc8489-b1-as-printed.hex")
    assert run.code == 6
    assert "[cannot be checked: the message is broken]" in run.out
    damaged = bytes.fromhex((VECTORS / "rfc5769-2.1-request.hex").read_text(encoding="ascii"))
    damaged = damaged[:24] + b"s" + damaged[25:]
    run = srflx("decode", "--json", *SHORT_TERM, "--short-term", stdin=damaged)
    assert (run.code, json.loads(run.out)["error"]["name"]) == (6, "FINGERPRINT_WRONG")
    assert results(run) == {INTEGRITY: {"result": "wrong"}}


def signed(key, *attributes, kind=SUCCESS):
    return with_integrity(message(kind, COOKIE + bytes(12), *attributes), key)


LOGIN = ["--user", "alice", "--password", "secret"]
KEY = hashlib.sha256(b"alice:example.org:secret").digest()


def test_a_hash_without_a_realm_is_not_checked(srflx):
    data = signed(KEY, attribute(USERHASH, hashlib.sha256(b"alice:example.org").digest()), kind=REQUEST)
    run = srflx("decode", "--json", *LOGIN, stdin=data)
    no_realm = {"result": "unchecked", "reason": "no realm known, give --realm"}
    assert (run.code, results(run), results(run, "user")) == (
        0, {INTEGRITY_SHA256: no_realm}, {USERHASH: no_realm})
    run = srflx("decode", "--json", *LOGIN, "--realm", "example.org", stdin=data)
    assert (run.code, results(run), results(run, "user")) == (
        0, {INTEGRITY_SHA256: right("long-term", "SHA-256")}, {USERHASH: {"result": "right"}})


def test_only_what_a_receiver_looks_at_is_checked(srflx):
    data = signed(KEY, attribute(REALM, b"example.org"))
    data = data[:2] + struct.pack("!H", len(data) - 20 + 24) + data[4:] + attribute(INTEGRITY, bytes(20))
    run = srflx("decode", "--json", *LOGIN, stdin=data)
    assert (run.code, results(run)) == (0, {INTEGRITY_SHA256: right("long-term", "SHA-256")})


def test_without_credentials_nothing_is_checked(srflx):
    run = srflx("decode", "--json", stdin=signed(b"x", attribute(REALM, b"example.org")))
    assert (run.code, results(run)) == (0, {})


def test_every_message_of_a_capture_is_checked(srflx, tmp_path):
    file = tmp_path / "capture"
    good, bad = signed(KEY), signed(b"forged")
    frames = [ethernet(ipv4(udp(data))) for data in (good, message(REQUEST, COOKIE + bytes(12)), bad, good)]
    file.write_bytes(pcap(ETHERNET, frames))
    run = srflx("decode", "--json", *LOGIN, "--realm", "example.org", file)
    found = [json.loads(line) for line in run.out.splitlines()]
    assert [[one["integrity"]["result"] for one in each["attributes"]] for each in found] == [
        ["right"], [], ["wrong"], ["right"]]
    assert [each["ok"] for each in found] == [True, True, False, True]
    assert (run.code, run.err) == (5, "srflx decode: 4 messages in 4 packets\n")
    text = srflx("decode", *LOGIN, "--realm", "example.org", file).out
    assert text.count("[right (long-term, SHA-256 password)]\n") == 2
    assert text.count("[WRONG]\n") == 1


def test_a_password_from_a_file_or_from_standard_input(srflx, tmp_path):
    file = tmp_path / "password"
    file.write_text("secret\nnot this\n", encoding="ascii")
    options = ["decode", "--user", "alice", "--realm", "example.org", "--password-file"]
    for run in (srflx(*options, file, stdin=signed(KEY)),
                srflx(*options, "-", stdin=b"secret\n" + signed(KEY)),
                srflx(*options, "-", signed(KEY).hex(), stdin=b"secret\r\n")):
        assert (run.code, run.err) == (0, "")
        assert run.out.endswith("[right (long-term, SHA-256 password)]\n")
    missing = tmp_path / "none"
    run = srflx(*options, missing, stdin=signed(KEY))
    assert (run.code, run.out, run.err) == (4, "", f"srflx decode: {missing}: No such file or directory\n")


@pytest.mark.parametrize("options, complaint", [
    (["--user", "alice"], "--user needs --password or --password-file"),
    (["--password", "secret"], "credentials need --user"),
    (["--realm", "example.org"], "credentials need --user"),
    (["--user", "alice", "--password", "x", "--password-file", "y"],
     "--password and --password-file exclude each other"),
    (LOGIN + ["--short-term", "--realm", "x"], "--short-term goes neither with --realm nor with --userhash"),
    (["--user", "", "--password", "x"], "--user: the text is empty, or all of it is left out when it is prepared"),
    (["--user", "a\x01", "--password", "x"], "--user: the text has a character that credentials must not have"),
])
def test_wrong_options(srflx, options, complaint):
    run = srflx("decode", *options, "00")
    assert (run.code, run.out) == (2, "")
    assert run.err == f"srflx decode: {complaint}\nTry 'srflx decode --help'.\n"
