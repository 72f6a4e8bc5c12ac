"""Clients that nobody here wrote ask srflxd over TCP, TLS and DTLS from behind a NAT, and each learns the public
endpoint of the very socket that it asked from."""

import contextlib
import os
import re
import select
import subprocess
import time

import pytest

from internet import IPV6, PORT, TLS_PORT
from programs import NAME, needed
from stun import COOKIE, REQUEST, message, success
from test_clients import ask, only, run, running

OURS = "stun.nat-discovery"
REPEAT, PATIENCE = 0.5, 60
TRIES = 40

pytestmark = pytest.mark.usefixtures("secure_srflxd")


def told(internet, command, repeats):
    """(request, the message with its id) of a program that sends what it reads and writes what comes. Over DTLS both
    may be lost, so that the request is repeated."""
    request = message(REQUEST, COOKIE + os.urandom(12))
    whole = re.compile(rb"\x01.\x00(.)" + re.escape(request[4:20]), re.S)
    process = subprocess.Popen(internet.home.command(*command), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    said, end, again = b"", time.monotonic() + PATIENCE, 0
    with contextlib.closing(process.stdout), contextlib.closing(process.stdin):
        try:
            while not (found := whole.search(said)) or len(said) < found.start() + 20 + found[1][0]:
                assert process.poll() is None and time.monotonic() < end, said
                if time.monotonic() >= again:
                    process.stdin.write(request)
                    process.stdin.flush()
                    again = time.monotonic() + (REPEAT if repeats else PATIENCE)
                if select.select([process.stdout], [], [], 0.1)[0]:
                    said += os.read(process.stdout.fileno(), 4096)
        finally:
            process.kill()
            process.wait()
    return request, said[found.start():found.start() + 20 + found[1][0]]


def check_told(internet, family, command, datagrams=False):
    request, answer = told(internet, command, datagrams)
    mapped = only((internet.mappings() if datagrams else internet.connections()).values())
    assert mapped[0] == family.public
    assert answer == success(request, mapped)


def at(family, port):
    return f"[{family.server}]:{port}" if family == IPV6 else f"{family.server}:{port}"


def s_client(family, pair, *words, port=TLS_PORT):
    return (needed("openssl", "openssl"), "s_client", "-connect", at(family, port), "-servername", NAME, "-CAfile",
            pair[0], "-verify_return_error", *words)


def gnutls_cli(family, pair, *words, port=TLS_PORT):
    return (needed("gnutls-cli", "gnutls-bin"), family.server, "-p", port, "--x509cafile", pair[0],
            f"--sni-hostname={NAME}", f"--verify-hostname={NAME}", *words)


# spec: R8489-6.2.3-02 R7443-1-01
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("port", [PORT, TLS_PORT])
def test_openssl_over_tls(internet, family, pair, agreed, version, port):
    words = ["-quiet", f"-tls{version.replace('.', '_')}", "-alpn", OURS, "-verify_hostname", NAME]
    check_told(internet, family, s_client(family, pair, *words, port=port))
    agreed("openssl s_client", "srflxd", f"TLS {version}, name, ALPN, mapped address", family)


# spec: R7350-3-01
def test_openssl_over_dtls(internet, family, pair, lossy, agreed):
    """Lost flights come again, of both."""
    if lossy:
        internet.lose()
    words = ["-quiet", "-dtls1_2", "-alpn", OURS, "-verify_hostname", NAME, "-timeout"]
    check_told(internet, family, s_client(family, pair, *words, port=PORT), datagrams=True)
    if lossy:
        assert min(internet.lost()) > 0
    agreed("openssl s_client", "srflxd", "DTLS 1.2, name, ALPN, mapped address", family, lossy)


# spec: R7443-1-02
@pytest.mark.parametrize("version", ["tls1_2", "tls1_3", "dtls1_2"])
def test_openssl_with_a_foreign_protocol(internet, family, pair, agreed, version):
    code, said = run(internet, *s_client(family, pair, f"-{version}", "-alpn", "h2"))
    assert code == 1 and "alert no application protocol" in said, said
    agreed("openssl s_client", "srflxd", "that ALPN h2 is refused", family)


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3", "dtls1_2"])
def test_openssl_wants_another_name(internet, family, pair, agreed, version):
    code, said = run(internet, *s_client(family, pair, f"-{version}", "-verify_hostname", "other.example.org"))
    assert code == 1 and "verify error:num=62:hostname mismatch" in said.lower(), said
    agreed("openssl s_client", "srflxd", "that the certificate has no other name", family)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_gnutls_over_tls(internet, family, pair, agreed, version):
    words = [f"--priority=NORMAL:-VERS-ALL:+VERS-TLS{version}", f"--alpn={OURS}"]
    check_told(internet, family, gnutls_cli(family, pair, *words))
    agreed("gnutls-cli", "srflxd", f"TLS {version}, name, ALPN, mapped address", family)


def test_gnutls_over_dtls(internet, family, pair, lossy, agreed):
    if lossy:
        internet.lose()
    command = gnutls_cli(family, pair, "--udp", f"--alpn={OURS}", port=PORT)
    check_told(internet, family, command, datagrams=True)
    if lossy:
        assert min(internet.lost()) > 0
    agreed("gnutls-cli", "srflxd", "DTLS 1.2, name, ALPN, mapped address", family, lossy)


def test_gnutls_with_a_foreign_protocol(internet, family, pair, agreed):
    code, said = run(internet, *gnutls_cli(family, pair, "--alpn=h2"))
    assert code == 1 and "Received alert [120]" in said, said
    agreed("gnutls-cli", "srflxd", "that ALPN h2 is refused", family)


def test_libnice_reads_messages_over_tcp(family, internet, agreed):
    """It has no discovery over TCP; its STUN layer does not care."""
    (answer,) = ask(internet, "ask_libnice.py", "message", "RFC5389", family.server, "tcp")
    assert tuple(answer["mapped"]) == internet.connections()[family.home, answer["local"][1]]
    assert (answer["whole"], answer["validate"], answer["code"]) == (True, 0, 420)
    assert not internet.inside.requests()
    agreed("libnice, messages", "srflxd", "TCP: length, mapped address, id, FINGERPRINT, 420", family)


# What these cannot. The rows would be the first to say if that changed.


def test_natdiscovery_asks_over_udp_only(internet, family, agreed):
    """And it has nothing to find where there is no second address."""
    command = needed("turnutils_natdiscovery", "coturn"), "-m", family.server
    with running(internet, command, 1) as (process,):
        line = next(line for line in process.stdout if "reflexive addr" in line)
    address, _, port = line.split()[-1].rpartition(":")
    assert (address, int(port)) == only(internet.mappings().values())
    assert not internet.inside.openings()
    agreed("turnutils_natdiscovery", "srflxd", "mapped address", family)
    agreed("turnutils_natdiscovery", "srflxd", "TCP, TLS, DTLS", family, result="UDP only")


def uclient(internet, family, *words):
    """What it says until it has sent its Allocate; None if it has not got so far soon. It draws a version of TLS at
    every start, among them 1.0 and 1.1, and of DTLS 1.0 or 1.2."""
    command = (needed("turnutils_uclient", "coturn"), "-v", *words, "-p", PORT, "-n", 1, "-y", family.server)
    said, end = "", time.monotonic() + 3
    with running(internet, command, 1) as (process,):
        while time.monotonic() < end and select.select([process.stdout], [], [], max(0, end - time.monotonic()))[0]:
            more = os.read(process.stdout.fileno(), 4096).decode()
            said += more
            if "allocate sent" in said:
                return said
            if not more:
                break
    return None


@pytest.mark.parametrize("words, way", [(("-t",), "TCP"), (("-t", "-S"), "TLS"), (("-S",), "DTLS 1.2")])
def test_uclient_has_no_binding(internet, family, secure_srflxd, agreed, words, way):
    """It connects, and shakes hands if it has drawn a version that we speak; then all that it says is Allocate."""
    found = set()
    for _ in range(TRIES):
        if said := uclient(internet, family, *words):
            found |= set(re.findall(r"method=(\S+)", said)) or {way}
            break
    assert found and found <= {"TCP", "TLSv1.2", "TLSv1.3", "DTLSv1.2"}, found
    counts = secure_srflxd.counts()  # of the Allocate too, unless it was stopped before it had read that
    assert counts["answers"] == 0 and "answered with the address" not in counts
    agreed("turnutils_uclient", "srflxd", f"{way}: it connects", family)
    agreed("turnutils_uclient", "srflxd", f"{way}: Binding", family, result="asks for TURN only")
