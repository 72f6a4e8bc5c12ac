"""srflx cert: what stands in the files, who may read them, and what is not overwritten."""

import base64
import datetime
import hashlib
import json
import re
import socket
import stat
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

DER = serialization.Encoding.DER
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=False, capture_output=True, text=True)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def pin_of(certificate):
    digest = hashlib.sha256(certificate.public_key().public_bytes(DER, SPKI)).digest()
    return "sha256/" + base64.b64encode(digest).decode()


def load(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def names_of(certificate):
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def test_a_pair_for_names_and_addresses(srflx, tmp_path):
    run = srflx("cert", "--name", "stun.example.org", "--name", "*.example.org", "--name", "192.0.2.1",
                "--name", "2001:db8::1", "--days", "7", "--out", tmp_path / "pair")
    crt, key = tmp_path / "pair.crt", tmp_path / "pair.key"
    certificate = load(crt)
    until = certificate.not_valid_after.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (run.code, run.err) == (0, "")
    assert run.out == (
        f"a self-signed certificate for stun.example.org, *.example.org, 192.0.2.1, 2001:db8::1, "
        f"good until {until}\npin {pin_of(certificate)}\nFor srflxd --config:\n"
        f"certificate: {crt}\ncertificate-key: {key}\n")
    assert names_of(certificate) == ["stun.example.org", "*.example.org", "192.0.2.1", "2001:db8::1"]
    assert (mode(crt), mode(key)) == (0o644, 0o600)
    left = certificate.not_valid_after - datetime.datetime.utcnow()
    assert datetime.timedelta(days=6, hours=23) < left <= datetime.timedelta(days=7)
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    assert private.curve.name == "secp256r1"
    assert private.public_key().public_numbers() == certificate.public_key().public_numbers()


@pytest.mark.parametrize("option, name, code", [
    ("-verify_hostname", "stun.example.org", 0),
    ("-verify_hostname", "x.example.org", 0),
    ("-verify_ip", "192.0.2.1", 0),
    ("-verify_hostname", "example.org", 2),
    ("-verify_ip", "192.0.2.2", 2),
])
def test_who_has_it_trusts_it(srflx, tmp_path, option, name, code):
    assert srflx("cert", "--name", "stun.example.org", "--name", "*.example.org", "--name", "192.0.2.1",
                 "--out", tmp_path / "pair").code == 0
    crt = tmp_path / "pair.crt"
    assert openssl("verify", "-CAfile", crt, "-purpose", "sslserver", option, name, crt).returncode == code


def test_json_and_other_files(srflx, tmp_path):
    crt, key = tmp_path / "a.pem", tmp_path / "b.pem"
    run = srflx("cert", "--json", "--name", "a.example", "--certificate", crt, "--key", key)
    certificate = load(crt)
    assert (run.code, run.err) == (0, "")
    assert json.loads(run.out) == {
        "ok": True, "certificate": str(crt), "certificate_key": str(key), "pin": pin_of(certificate),
        "until": certificate.not_valid_after.strftime("%Y-%m-%dT%H:%M:%SZ"), "names": ["a.example"]}
    assert mode(key) == 0o600


def test_the_name_of_this_machine_is_the_default(srflx, tmp_path):
    run = srflx("cert", "--out", tmp_path / "pair")
    assert (run.code, run.err) == (0, "")
    assert names_of(load(tmp_path / "pair.crt")) == [socket.gethostname()]


@pytest.mark.parametrize("there", ["crt", "key"])
def test_nothing_is_overwritten_unless_forced(srflx, tmp_path, there):
    old = tmp_path / f"pair.{there}"
    old.write_text("old", encoding="utf-8")
    command = ["cert", "--name", "a.example", "--out", tmp_path / "pair"]
    run = srflx(*command)
    assert (run.code, run.out) == (4, "")
    assert run.err == f"srflx cert: {old}: is there already; --force replaces it\n"
    assert [path.name for path in tmp_path.iterdir()] == [old.name]
    assert old.read_text(encoding="utf-8") == "old"
    assert srflx(*command, "--force").code == 0
    assert names_of(load(tmp_path / "pair.crt")) == ["a.example"]
    assert mode(tmp_path / "pair.key") == 0o600


def test_two_are_never_the_same(srflx, tmp_path):
    pins = {re.search(r"^pin (.*)$", srflx("cert", "--name", "a", "--out", tmp_path / name).out, re.M)[1]
            for name in "xy"}
    assert len(pins) == 2


def test_a_folder_that_is_not_there(srflx, tmp_path):
    run = srflx("cert", "--name", "a.example", "--out", tmp_path / "no/pair")
    assert (run.code, run.out) == (4, "")
    assert run.err == (f"srflx cert: {tmp_path}/no/pair.key: cannot make a file beside it: "
                       "No such file or directory\n")


NO_NAME = "--name wants a host name in ASCII (*.example.org too) or an IP address, not "


@pytest.mark.parametrize("arguments, complaint", [
    (["--name", ""], NO_NAME + "''"),
    (["--name", "a b"], NO_NAME + "'a b'"),
    (["--name", "a..b"], NO_NAME + "'a..b'"),
    (["--name", "a.*.b"], NO_NAME + "'a.*.b'"),
    (["--name", "m\u00fcller.example"], NO_NAME + "'m\u00fcller.example'"),
    (["--name", "a.example,DNS:b.example"], NO_NAME + "'a.example,DNS:b.example'"),
    (["--name", "a" * 64], NO_NAME + f"'{'a' * 64}'"),
    (["--name", "a"] * 33, "--name may be given 32 times"),
    (["--days", "0"], "--days wants a whole number from 1 to 3650, not '0'"),
    (["--days", "3651"], "--days wants a whole number from 1 to 3650, not '3651'"),
    (["--key", "x"], "--certificate and --key belong together"),
    (["--certificate", "x"], "--certificate and --key belong together"),
    (["--certificate", "x", "--key", "y", "--out", "z"], "--out and --key exclude each other"),
    (["stun.example"], "what is stun.example? there are options only"),
])
def test_wrong_use(srflx, tmp_path, arguments, complaint):
    run = srflx("cert", *arguments, prefix=["env", "-C", str(tmp_path)])
    assert (run.code, run.out) == (2, "")
    assert run.err == f"srflx cert: {complaint}\nTry 'srflx cert --help'.\n"
    assert not list(tmp_path.iterdir())
