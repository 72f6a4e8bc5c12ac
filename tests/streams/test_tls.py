"""TLS: versions, names, ALPN, tickets, and certificates that change while the server runs."""

import random
import re
import socket
import ssl
import subprocess
import threading
import time

import pytest

import stun
from certificates import Certificate, replace
from connection import Connection
from daemon import PATIENCE
from openssl import Client

OURS = "stun.nat-discovery"
KEPT = "srflxd: error: reload: kept the old configuration"


def client_context(version=None, alpn=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def connect(server, context=None, name=None, port=None):
    context = context or client_context()
    address = (server.address[0], port or server.tls_port)
    return Connection(address, lambda plain: context.wrap_socket(plain, server_hostname=name))


@pytest.fixture(name="serve")
def tls_starter(start, tmp_path):
    """Starts servers with the certificate `a`, of a.example."""
    first = Certificate("a.example", "*.wild.example").write(tmp_path, "a")

    def serve(*words, certificates=("a",)):
        pairs = [word for name in certificates for word in ("--certificate", f"{name}.pem", "--certificate-key",
                                                            f"{name}.key")]
        port = random.randint(20000, 30000)
        server = start(*pairs, f"--tls-port={port}", *words)
        server.tls_port = port
        server.first = first
        return server

    return serve


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_on_both_ports(serve, version):
    """spec: R8489-6.2.3-03 R8489-12-05"""
    server = serve()
    for port in (server.address[1], server.tls_port):
        client = connect(server, client_context(version), port=port)
        asked = [stun.request() for _ in range(3)]
        whole = b"".join(asked)
        client.send(whole[:33])
        client.send(whole[33:])
        want = b"".join(client.answer(request) for request in asked)
        assert client.read(len(want)) == want
        assert client.socket.getpeercert(True) == server.first.der
        plain = Connection((server.address[0], port))
        plain.ask()
    assert server.stop()["TLS handshakes completed"] == 2


@pytest.mark.parametrize("suite", ["ECDHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"])
def test_the_suites_that_must_be_there(serve, tmp_path, suite):
    """spec: R8489-6.2.3-01 R7350-3-03"""
    Certificate("r.example", kind="rsa").write(tmp_path, "r")
    server = serve(certificates=("r",))
    context = client_context(ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(suite)
    client = connect(server, context)
    client.ask()
    assert client.socket.cipher()[0] == suite and client.socket.compression() is None


@pytest.mark.parametrize("suites", ["AES128-SHA:AES256-SHA256:AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA"])
def test_weak_suites_are_refused(serve, tmp_path, suites):
    """Client and server have no other suite in common. spec: R8489-6.2.3-04 R8489-6.2.3-05 R7350-3-05"""
    Certificate("r.example", kind="rsa").write(tmp_path, "r")
    server = serve(certificates=("r",))
    context = client_context(ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(suites)
    with pytest.raises(ssl.SSLError):
        connect(server, context)


def old_context():
    context = client_context()
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1
    return context


def test_old_versions_only_when_asked_for(serve, tmp_path):
    """spec: R8489-6.2.3-08"""
    Certificate("r.example", kind="rsa").write(tmp_path, "r")
    server = serve(certificates=("r",))
    with pytest.raises(ssl.SSLError):
        connect(server, old_context())
    server.stop()
    server = serve("--tls-legacy=true", certificates=("r",))
    client = connect(server, old_context())
    client.ask()
    assert client.socket.version() == "TLSv1"
    connect(server).ask()


def test_the_oldest_version_can_be_raised(serve):
    server = serve("--tls-minimum=1.3")
    connect(server, client_context(ssl.TLSVersion.TLSv1_3)).ask()
    with pytest.raises(ssl.SSLError):
        connect(server, client_context(ssl.TLSVersion.TLSv1_2))


@pytest.mark.parametrize("offered, selected", [
    (None, None), ([OURS], OURS), (["h2", OURS], OURS), (["stun.turn", OURS], OURS)])
def test_alpn_is_ours_or_absent(serve, offered, selected):
    """spec: R7443-1-01 R7443-1-02"""
    client = connect(serve(), client_context(alpn=offered))
    client.ask()
    assert client.socket.selected_alpn_protocol() == selected


@pytest.mark.parametrize("offered", [["stun.turn"], ["h2", "http/1.1"], ["stun.nat-discover"]])
def test_another_alpn_is_refused(serve, offered):
    """spec: R7443-1-01 R7443-1-02"""
    server = serve()
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        connect(server, client_context(alpn=offered))
    connect(server).ask()


def test_the_name_chooses_the_certificate(serve, tmp_path):
    second = Certificate("b.example", "*.wild.test").write(tmp_path, "b")
    server = serve(certificates=("a", "b"))
    for name, want in [(None, server.first), ("a.example", server.first), ("b.example", second),
                       ("B.Example", second), ("x.wild.test", second), ("x.y.wild.test", server.first),
                       ("wild.test", server.first), ("x.wild.example", server.first), ("c.example", server.first)]:
        client = connect(server, name=name)
        assert client.socket.getpeercert(True) == want.der, name
        client.ask()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("tickets", [False, True])
def test_sessions_are_resumed_only_when_asked_for(serve, version, tickets):
    server = serve(*(["--tls-tickets=true"] if tickets else []))
    context = client_context(version)
    client = connect(server, context)
    client.ask()
    session = client.socket.session
    client.close()
    address = (server.address[0], server.tls_port)
    again = Connection(address, lambda plain: context.wrap_socket(plain, session=session))
    again.ask()
    assert again.socket.session_reused == tickets


def test_an_orderly_end(serve):
    client = connect(serve())
    client.ask()
    client.socket.unwrap()  # waits for the server's close_notify


def test_a_handshake_has_its_time(serve):
    server = serve("--handshake-timeout=1s", "--message-timeout=1s")
    slow = Connection(server.address)
    slow.send(b"\x16\x03\x01\x02\x00\x01")
    begin = time.monotonic()
    assert slow.is_closed()
    assert 0.5 < time.monotonic() - begin < 4
    assert server.stop()["connections closed: no TLS handshake in time"] == 1


def test_garbage_in_a_handshake_and_after_it(serve):
    server = serve()
    client = Connection(server.address)
    client.send(b"\x16\x03\x01\x00\x04abcd")
    assert client.read(100)[:1] in (b"\x15", b"")  # an alert, or nothing
    wrapped = connect(server)
    wrapped.ask()
    plain = socket.socket(fileno=wrapped.socket.detach())
    plain.settimeout(PATIENCE)
    plain.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
    while plain.recv(1000):
        continue
    connect(server).ask()


def test_openssl_s_client(serve):
    """Another program, with the name that it wants."""
    server = serve()
    for words in (["-tls1_2"], ["-tls1_3"], ["-alpn", OURS]):
        with Client(server.address[0], server.tls_port, "-servername", "a.example", *words) as client:
            asked = stun.request()
            answer = client.exchange(asked, 32)
            assert answer[:2] == b"\x01\x01" and answer[4:20] == asked[4:20]
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"{server.address[0]}:{server.tls_port}", "-alpn", "h2"],
        input=b"", capture_output=True, timeout=PATIENCE, check=False)
    assert b"no application protocol" in done.stderr


# Certificates that change


def presented(server):
    client = connect(server)
    client.ask()
    return client.socket.getpeercert(True)


def wait_for_line(server, pattern):
    while not re.fullmatch(pattern, line := server.line()):
        assert line, f"it has ended without {pattern}"


def test_a_new_certificate_is_taken_and_connections_stay(serve, tmp_path):
    server = serve()
    old = connect(server)
    old.ask()
    fresh = Certificate("a.example").write(tmp_path, "a")
    wait_for_line(server, r"srflxd: reload: a\.(pem|key) is in force")
    assert presented(server) == fresh.der
    old.ask()
    assert old.socket.getpeercert(True) == server.first.der


BROKEN = [
    ("half", lambda folder, old: replace(folder / "a.pem", old.pem[:300]), r".*a\.pem.*"),
    ("empty", lambda folder, old: replace(folder / "a.pem", b""), r".*a\.pem.*"),
    ("foreign key", lambda folder, old: replace(folder / "a.key", Certificate("x").key_pem), r".*a\.(key|pem).*"),
    ("expired", lambda folder, old: Certificate("a.example", begin=-9, end=-1).write(folder, "a"),
     r".*a\.pem.*expired.*"),
    ("not yet", lambda folder, old: Certificate("a.example", begin=2, end=9).write(folder, "a"), r".*a\.pem.*"),
]


@pytest.mark.parametrize("spoil, pattern", [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_pair_is_refused_in_one_line_and_the_old_one_stays(serve, tmp_path, spoil, pattern):
    server = serve()
    spoil(tmp_path, server.first)
    line = server.line()
    assert re.fullmatch(r"srflxd: error: --certificate: " + pattern, line), line
    assert server.line() == KEPT
    assert presented(server) == server.first.der
    fresh = Certificate("a.example").write(tmp_path, "a")
    wait_for_line(server, r"srflxd: reload: a\.(pem|key) is in force")
    assert presented(server) == fresh.der


def test_what_cannot_be_at_the_start(tmp_path):
    from test_config import run
    pair = Certificate("a.example").write(tmp_path, "a")
    replace(tmp_path / "half.pem", pair.pem[:200])
    for words, want in [
            (["--certificate=a.pem", "--certificate-key=no.key"], "no.key"),
            (["--certificate=no.pem"], "no.pem"),
            (["--certificate=half.pem", "--certificate-key=a.key"], "half.pem"),
            (["--certificate=a.pem"], "a.pem")]:
        status, _, said = run(tmp_path, "--check-config", *words)
        assert status == 2 and len(said) == 1 and want in said[0], (words, said)
    status, _, said = run(tmp_path, "--check-config", "--tls-tickets=yes")
    assert (status, said) == (2, [
        "srflxd: error: --tls-tickets: has no use without a certificate: set certificate; try srflxd --help"])


def test_a_hundred_rotations_under_handshakes(serve, tmp_path):
    """None of the handshakes fails, and each shows a certificate that was in force."""
    server = serve()
    pairs = [Certificate("a.example") for _ in range(4)]
    known = {server.first.der, *(pair.der for pair in pairs)}
    over, failures, done = threading.Event(), [], []

    def shake():
        while not over.is_set():
            try:
                der = presented(server)
                assert der in known
                done.append(der)
            except (OSError, AssertionError) as error:
                failures.append(error)
            time.sleep(0.01)

    threads = [threading.Thread(target=shake) for _ in range(2)]
    for thread in threads:
        thread.start()
    for rotation in range(100):
        pairs[rotation % 4].write(tmp_path, "a")
        server.process.send_signal(1)
        wait_for_line(server, r"srflxd: reload: .* is in force|srflxd: error: reload: kept .*")
    over.set()
    for thread in threads:
        thread.join()
    assert not failures and len(set(done)) == 4 + (server.first.der in done), failures[:3]
