"""Certificates that are not what they should be: nothing is asked, and the sentence says why.

spec: R8489-6.2.3-09 R8489-6.2.3-10 R8489-6.2.3-11 R7350-3-02 R7350-4.1.1-02"""

import contextlib

import pytest

from certificates import Certificate
from conftest import NAME, coturn, free_port, needed, query, running, srflxd

BOTH = pytest.mark.parametrize("transport", ["--tls", "--dtls"])


def written(date):
    return date.strftime("%Y-%m-%d %H:%M:%S UTC")


@pytest.fixture(name="serve")
def starter(tmp_path):
    """serve(certificate) returns the port of TLS and DTLS."""
    with contextlib.ExitStack() as stack:
        yield lambda certificate: stack.enter_context(srflxd(tmp_path, certificate=certificate))[1]


@BOTH
def test_another_name(serve, local, ca, transport):
    port = serve(Certificate("other.example.test", issuer=ca))
    run = query(*local, transport, "--ca", ca.file, f"stuns:{NAME}:{port}")
    assert run.said == (
        5, f"127.0.0.1:{port}: the certificate is for other.example.test, not for {NAME}")


@BOTH
def test_a_name_of_its_own_choice(serve, local, ca, transport):
    port = serve(Certificate("other.example.test", issuer=ca))
    run = query(*local, transport, "--ca", ca.file, "--name", "other.example.test", f"stuns:{NAME}:{port}")
    assert (run.code, run.err) == (0, "")


# spec: R7350-4.1.1-03
@BOTH
def test_an_address_with_a_name(serve, ca, transport):
    port = serve(Certificate(NAME, issuer=ca))
    run = query(transport, "--ca", ca.file, "--name", NAME, f"stuns:127.0.0.1:{port}")
    assert (run.code, run.err) == (0, "")
    run = query(transport, "--ca", ca.file, "--name", "b.example.test", f"stuns:127.0.0.1:{port}")
    assert run.said == (5, f"127.0.0.1:{port}: the certificate is for {NAME}, not for b.example.test")


@BOTH
def test_an_address_in_the_certificate(serve, ca, transport):
    port = serve(Certificate(NAME, "127.0.0.1", issuer=ca))
    run = query(transport, "--ca", ca.file, "--name", "127.0.0.1", f"stuns:127.0.0.1:{port}")
    assert (run.code, run.err) == (0, "")


@BOTH
def test_an_unknown_issuer(serve, local, ca, transport, tmp_path):
    other = Certificate("stranger")
    port = serve(Certificate(NAME, issuer=other))
    sentence = f"127.0.0.1:{port}: the certificate was issued by stranger, whom we do not trust"
    assert query(*local, transport, "--ca", ca.file, f"stuns:{NAME}:{port}").said == (5, sentence)
    assert query(*local, transport, f"stuns:{NAME}:{port}").said == (5, sentence)
    other.write(tmp_path, "other")
    assert query(*local, transport, "--ca", tmp_path / "other.pem", f"stuns:{NAME}:{port}").code == 0


@BOTH
def test_self_signed(serve, local, ca, transport):
    port = serve(Certificate(NAME))
    run = query(*local, transport, "--ca", ca.file, f"stuns:{NAME}:{port}")
    assert run.said == (5, f"127.0.0.1:{port}: the certificate of {NAME} is self-signed, and none that we trust")


@BOTH
def test_expired(local, ca, transport, tmp_path):
    """Our own server would not serve it."""
    needed("turnserver", "coturn")
    old = Certificate(NAME, begin=-9, end=-2, issuer=ca)
    with coturn(tmp_path, old) as (_, port):
        run = query(*local, transport, "--ca", ca.file, f"stuns:{NAME}:{port}")
    assert run.said == (5, f"127.0.0.1:{port}: the certificate of {NAME} expired on "
                        f"{written(old.certificate.not_valid_after)}")


@BOTH
def test_not_yet_valid(local, ca, transport, tmp_path):
    needed("turnserver", "coturn")
    new = Certificate(NAME, begin=3, end=9, issuer=ca)
    with coturn(tmp_path, new) as (_, port):
        run = query(*local, transport, "--ca", ca.file, f"stuns:{NAME}:{port}")
    assert run.said == (5, f"127.0.0.1:{port}: the certificate of {NAME} is not valid before "
                        f"{written(new.certificate.not_valid_before)}: is this machine's clock right?")


@BOTH
def test_pins(serve, local, ca, transport):
    certificate, other = Certificate(NAME, issuer=ca), Certificate(NAME)
    port = serve(certificate)
    words = [*local, transport, "--ca", ca.file, f"stuns:{NAME}:{port}"]
    assert query("--pin", certificate.pin, *words).code == 0
    assert query("--pin", other.pin, "--pin", certificate.pin, *words).code == 0
    assert query("--pin", other.pin, *words).said == (
        5, f"127.0.0.1:{port}: the server's key is {certificate.pin}, which is not pinned")


@BOTH
def test_insecure_is_loud(serve, local, transport):
    port = serve(Certificate("other.example.test"))
    loud = ("srflx query: WARNING: --insecure: certificates are not verified, anybody may be the server\n")
    for uri in f"stuns:{NAME}:{port}", f"stuns:127.0.0.1:{port}":
        run = query(*local, transport, "--insecure", uri)
        assert (run.code, run.err) == (0, loud)
        assert "\nserver   127.0.0.1:" in run.out


@BOTH
def test_a_pin_makes_insecure_secure(serve, local, transport):
    certificate = Certificate(NAME)
    port = serve(certificate)
    words = [*local, transport, "--insecure", f"stuns:{NAME}:{port}"]
    run = query("--pin", certificate.pin, *words)
    assert (run.code, run.err) == (0, "")
    assert query("--pin", Certificate(NAME).pin, *words).code == 5


@pytest.mark.parametrize("words, text", [
    (["-alpn", "http/1.1"], "the peer does not speak stun.nat-discovery (ALPN)"),
    (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
     "the peer has no version or suite in common with us: it sent the alert 'protocol version'"),
], ids=["alpn", "version"])
def test_nothing_in_common(local, ca, tmp_path, words, text):
    Certificate(NAME, issuer=ca).write(tmp_path, "server")
    port = free_port()
    command = [needed("openssl", "openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-cert",
               tmp_path / "server.pem", "-key", tmp_path / "server.key", *words]
    with running(command, port):
        run = query(*local, "--ca", ca.file, f"stuns:{NAME}:{port}")
    assert run.said == (5, f"127.0.0.1:{port}: {text}")


@pytest.mark.parametrize("words, text", [
    (["--ca", "/no/such/file"], "/no/such/file: cannot open it: No such file or directory"),
    (["--ca", "/dev/null"], "/dev/null: has no certificate in PEM form"),
])
def test_a_file_that_is_none(words, text):
    assert query(*words, "stuns:localhost:1").said == (4, text)
