"""srflx query with credentials: against srflxd, and against servers that lie."""

import base64
import hashlib
import hmac
import json
import resource
import time

import pytest

from conftest import free_port, running
from stun import (ALTERNATE_SERVER, ERROR, ERROR_CODE, INTEGRITY, INTEGRITY_SHA256, NONCE, PASSWORD_ALGORITHM,
                  PASSWORD_ALGORITHMS, REALM, REQUEST, SUCCESS, USERHASH, USERNAME, FakeServer, address_value,
                  attribute, attributes, error_code, is_signed, message, success, with_integrity, xor_mapped)

ALICE = ["--user", "alice", "--password", "secret"]
BOB = ["--short-term", "--user", "bob", "--password", "hidden"]
MD5 = hashlib.md5(b"alice:example.org:secret").digest()
SHA256 = hashlib.sha256(b"alice:example.org:secret").digest()
ALICE_HASH = hashlib.sha256(b"alice:example.org").digest()
BOTH_ALGORITHMS = attribute(PASSWORD_ALGORITHMS, bytes.fromhex("0002000000010000"))


def secret_file(path, text):
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture(name="long_term", scope="module")
def long_term_options(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long-term")
    users = secret_file(folder / "users", "srflx-users 1\n"
                        f"alice\texample.org\tmd5:{MD5.hex()}\tsha256:{SHA256.hex()}\n")
    return ["--auth", "long-term", "--realm", "example.org", "--user-file", users]


@pytest.fixture(name="long_term_server", scope="module")
def long_term_server_fixture(long_term):
    with running(*long_term) as server:
        yield server


@pytest.fixture(name="short_term", scope="module")
def short_term_options(tmp_path_factory):
    users = secret_file(tmp_path_factory.mktemp("short-term") / "users",
                        f"srflx-users 1\nbob\t-\tpassword:{b'hidden'.hex()}\n")
    return ["--auth", "short-term", "--user-file", users]


@pytest.fixture(name="short_term_server", scope="module")
def short_term_server_fixture(short_term):
    with running(*short_term) as server:
        yield server


def outcome(run):
    """Exit status, and the lines that tell of server and login."""
    assert run.err == ""
    lines = run.out.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["address", "rtt", "local", "server"]
    return run.code, lines[3:]


def failure(run):
    assert run.out == ""
    return run.code, run.err.removeprefix("srflx query: ").removesuffix("\n")


class TestLongTerm:
    @pytest.mark.parametrize("options, login", [
        ([], "long-term at example.org, password SHA-256; the answer is signed with SHA-256"),
        (["--algorithm", "sha256"],
         "long-term at example.org, password SHA-256; the answer is signed with SHA-256"),
        (["--algorithm", "md5"], "long-term at example.org, password MD5; the answer is signed with SHA-256"),
        (["--realm", "example.org"],
         "long-term at example.org, password SHA-256; the answer is signed with SHA-256"),
    ])
    def test_login(self, srflx, long_term_server, options, login):
        run = srflx("query", *ALICE, *options, long_term_server)
        assert outcome(run) == (0, [f"server   {long_term_server} over UDP", f"login    {login}"])
        assert ", since the last of 2 requests\n" in run.out

    def test_as_json(self, srflx, long_term_server):
        run = srflx("query", "--json", *ALICE, long_term_server)
        found = json.loads(run.out)
        assert (run.code, run.err, found["ok"], found["sent"]) == (0, "", True, 2)
        assert found["login"] == {"authenticated": True, "mechanism": "long-term", "integrity": "SHA-256",
                                  "realm": "example.org", "algorithm": "SHA-256", "userhash": False}

    def test_a_server_of_rfc_5389(self, srflx, long_term, tmp_path):
        config = secret_file(tmp_path / "config", "algorithms: []\n")
        with running("--config", config, *long_term) as server:
            assert outcome(srflx("query", *ALICE, server)) == (
                0, [f"server   {server} over UDP",
                    "login    long-term at example.org, password MD5; the answer is signed with SHA-1"])

    def test_userhash(self, srflx, long_term, long_term_server):
        with running(*long_term, "--userhash", "true") as server:
            for options in ([], ["--userhash"]):
                assert outcome(srflx("query", *ALICE, *options, server)) == (
                    0, [f"server   {server} over UDP",
                        "login    long-term at example.org, password SHA-256, name hidden; "
                        "the answer is signed with SHA-256"])
            assert json.loads(srflx("query", "--json", *ALICE, server).out)["login"]["userhash"] is True
        assert failure(srflx("query", *ALICE, "--userhash", long_term_server)) == (
            3, f"{long_term_server}: the server would have to see the username in clear")

    def test_wrong_credentials(self, srflx, long_term_server):
        text = f"{long_term_server}: the server does not accept the username and password"
        for user, password in (("alice", "guess"), ("mallory", "secret")):
            assert failure(srflx("query", "--user", user, "--password", password, long_term_server)) == (3, text)
        run = srflx("query", "--json", "--user", "alice", "--password", "guess", long_term_server)
        found = json.loads(run.out)
        assert (run.code, run.err, found["sent"], found["ok"]) == (3, "", 2, False)
        assert found["error"] == {"name": "REFUSED", "text": text, "code": 401}

    def test_another_realm(self, srflx, long_term_server):
        assert failure(srflx("query", *ALICE, "--realm", "example.net", long_term_server)) == (
            3, f"{long_term_server}: the server asks for credentials of another realm")

    def test_an_algorithm_that_is_not_offered(self, srflx, long_term):
        with running(*long_term, "--algorithms", "sha256") as server:
            assert failure(srflx("query", *ALICE, "--algorithm", "md5", server)) == (
                3, f"{server}: the server offers no password algorithm that we may use")

    def test_no_credentials(self, srflx, long_term_server):
        assert failure(srflx("query", long_term_server)) == (
            3, f"{long_term_server} answered with an error: 401 Unauthenticated")

    def test_a_server_that_asks_for_none(self, srflx):
        with running() as server:
            assert outcome(srflx("query", *ALICE, server)) == (
                0, [f"server   {server} over UDP", "login    the server asked for no credentials"])
            assert json.loads(srflx("query", "--json", *ALICE, server).out)["login"] == {"authenticated": False}

    def test_a_series_is_challenged_once(self, srflx, long_term_server):
        run = srflx("query", "--json", "--count", "3", "--interval", "0.001", *ALICE, long_term_server)
        assert [one["sent"] for one in json.loads(run.out)["results"]] == [2, 1, 1]

    def test_a_password_from_a_file(self, srflx, long_term_server, tmp_path):
        file = secret_file(tmp_path / "password", "secret\nsecond line\n")
        assert outcome(srflx("query", "--user", "alice", "--password-file", file, long_term_server))[0] == 0
        run = srflx("query", "--user", "alice", "--password-file", "-", long_term_server, stdin=b"secret\r\n")
        assert outcome(run)[0] == 0
        run = srflx("query", "--user", "alice", "--password-file", "-", long_term_server)
        assert failure(run) == (4, "-: No data available")


class TestShortTerm:
    @pytest.mark.parametrize("options, digest", [
        ([], "SHA-256"), (["--algorithm", "sha1"], "SHA-1"), (["--algorithm", "sha256"], "SHA-256"),
    ])
    def test_login(self, srflx, short_term_server, options, digest):
        assert outcome(srflx("query", *BOB, *options, short_term_server)) == (
            0, [f"server   {short_term_server} over UDP",
                f"login    short-term; the answer is signed with {digest}"])
        assert json.loads(srflx("query", "--json", *BOB, *options, short_term_server).out)["login"] == {
            "authenticated": True, "mechanism": "short-term", "integrity": digest}

    def test_wrong_credentials(self, srflx, short_term_server):
        """Whoever does not know the password cannot sign a refusal."""
        run = srflx("query", "--timeout", "0.3", "--short-term", "--user", "bob", "--password", "guess",
                    short_term_server)
        assert failure(run) == (5, f"{short_term_server} answered, but nothing that was signed with these "
                                   "credentials; the last answer was 401 Unauthenticated")


class TestOtherUsers:
    def test_token(self, srflx, long_term, tmp_path):
        keys, token = tmp_path / "keys", tmp_path / "token"
        assert srflx("token", "new-key", keys, "first").code == 0
        secret_file(token, srflx("token", "mint", "--server-name", "stun.example.org", keys).out)
        with running(*long_term, "--server-name", "stun.example.org", "--token-key-file", keys) as server:
            assert outcome(srflx("query", "--token", token, server)) == (
                0, [f"server   {server} over UDP", "login    token at example.org; the answer is signed with SHA-1"])
            assert json.loads(srflx("query", "--json", "--token", token, server).out)["login"] == {
                "authenticated": True, "mechanism": "token", "integrity": "SHA-1", "realm": "example.org",
                "algorithm": None, "userhash": False}
            for_another = srflx("token", "mint", "--server-name", "other.example.org", keys).out
            run = srflx("query", "--token", secret_file(token, for_another), server)
            assert failure(run) == (3, f"{server}: the server does not accept the username and password")

    def test_tokens_that_cannot_be_used(self, srflx, tmp_path):
        token = tmp_path / "token"
        token.write_text("srflx-token 1\n", encoding="ascii")
        token.chmod(0o644)
        assert failure(srflx("query", "--token", token, "127.0.0.1")) == (
            4, f"{token}: holds secrets that others may read: chmod 600 it")
        for text in ("srflx-token 1\n", "srflx-token 2\nkid a\ntoken AAAA\nmac-key AAAA\n",
                     "srflx-token 1\nkid a\ntoken AAAA\nmac-key !\n", "srflx-token 1\nkid a\ntoken AAAA\nkey AA==\n"):
            assert failure(srflx("query", "--token", secret_file(token, text), "127.0.0.1")) == (
                4, f"{token}: is no token as `srflx token` writes it")

    def test_time_limited_users(self, srflx, long_term, tmp_path):
        config = secret_file(tmp_path / "config", "shared-secrets: [one, two]\n")

        def credentials(name, secret):
            password = base64.b64encode(hmac.digest(secret, name.encode(), "sha1")).decode()
            return ["--user", name, "--password", password]

        later = int(time.time()) + 3600
        with running("--config", config, *long_term) as server:
            for secret in (b"one", b"two"):
                assert outcome(srflx("query", *credentials(f"{later}:carol", secret), server)) == (
                    0, [f"server   {server} over UDP",
                        "login    long-term at example.org, password SHA-256; the answer is signed with SHA-256"])
            for wrong in (credentials(f"{later}:carol", b"three"), credentials("1000000000:carol", b"one")):
                assert failure(srflx("query", *wrong, server)) == (
                    3, f"{server}: the server does not accept the username and password")


class TestRedirection:
    def test_is_followed(self, srflx, long_term):
        with running(*long_term) as second, running(*long_term, "--alternate", second) as first:
            text, as_json = srflx("query", *ALICE, first), srflx("query", "--json", *ALICE, first)
            unwilling = srflx("query", "--redirects", "0", *ALICE, first)
        assert outcome(text) == (
            0, [f"server   {second} over UDP, sent on 1 time",
                "login    long-term at example.org, password SHA-256; the answer is signed with SHA-256"])
        found = json.loads(as_json.out)
        assert (found["redirected"], found["sent"]) == (1, 4)
        assert found["server"]["port"] == int(second.rpartition(":")[2])
        assert failure(unwilling) == (
            3, f"{first}: the server sends us on, to where we must not or cannot go")

    def test_in_a_circle_ends(self, srflx, long_term):
        first_port = free_port()
        with running(*long_term, "--alternate", f"127.0.0.1:{first_port}") as second, \
                running(*long_term, "--alternate", second, port=first_port):
            run = srflx("query", *ALICE, f"127.0.0.1:{first_port}")
        assert failure(run) == (3, f"{second}: the server sends us on, to where we must not or cannot go")


def alternate(server):
    host, _, port = str(server).rpartition(":")
    return attribute(ALTERNATE_SERVER, address_value(host, int(port)))


def signed_300(server):
    return lambda request, _peer, _number: [
        with_integrity(message(ERROR, request[4:20], error_code(300), alternate(server)), b"hidden")]


def silent(_request, _peer, _number):
    return []


class TestFalseRedirection:
    def test_without_credentials(self, srflx):
        with FakeServer(silent) as other, FakeServer(
                lambda request, _peer, _number: [message(ERROR, request[4:20], error_code(300), alternate(other))],
        ) as server:
            run = srflx("query", server)
        assert failure(run) == (3, f"{server}: the server sends us on, to where we must not or cannot go")
        assert other.requests == []

    def test_unsigned(self, srflx):
        with FakeServer(silent) as other, FakeServer(
                lambda request, _peer, _number: [message(ERROR, request[4:20], error_code(300), alternate(other))],
        ) as server:
            run = srflx("query", "--timeout", "0.3", *BOB, server)
        assert failure(run) == (5, f"{server} answered, but nothing that was signed with these credentials; "
                                   "the last answer was 300 Try Alternate")
        assert other.requests == []

    def test_waiting_at_the_second_server_takes_no_processor_time(self, srflx):
        def wait_for(server):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run = srflx("query", "--timeout", "0.9", *BOB, server)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return run, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        with FakeServer(silent) as second, FakeServer(signed_300(second)) as first:
            (_, alone), (run, redirected) = wait_for(second), wait_for(first)
        assert (run.code, len(first.requests)) == (1, 1)
        assert run.err.startswith(f"srflx query: no answer from {second}: ")
        assert redirected < 2 * alone + 0.1

    def test_an_answer_of_the_second_server_is_read(self, srflx):
        """It arrives when nothing else happens: only poll() tells of it."""
        with FakeServer(lambda request, peer, number: [] if number == 1 else [with_integrity(
                message(SUCCESS, request[4:20], xor_mapped(*peer, request[4:20])), b"hidden")]) as second, \
                FakeServer(signed_300(second)) as first:
            run = srflx("query", "--rto", "50", *BOB, first)
        assert outcome(run) == (0, [f"server   {second} over UDP, sent on 1 time",
                                    "login    short-term; the answer is signed with SHA-256"])


def nonce(features):
    """RFC 8489's, with the 24 bits of features as base64; 1: password algorithms, 2: username anonymity."""
    return attribute(NONCE, b"obMatJos2" + base64.b64encode(features.to_bytes(3, "big")) + b"/rest")


def challenge(request, code, *more):
    return message(ERROR, request[4:20], error_code(code), attribute(REALM, b"example.org"), *more)


def honest(request, peer):
    data = success(request, peer)
    return with_integrity(data, SHA256)


def lying(*answers, first=(nonce(1), BOTH_ALGORITHMS)):
    """A challenge, then what each of `answers` makes of request and peer; the last one from then on."""
    def script(request, peer, number):
        if number == 1:
            return [challenge(request, 401, *first)]
        return [answers[min(number - 2, len(answers) - 1)](request, peer)]

    return script


NOTHING_SIGNED = "answered, but nothing that was signed with these credentials"


class TestRequests:
    def test_with_sha256(self, srflx):
        with FakeServer(lying(honest)) as server:
            assert srflx("query", *ALICE, server).code == 0
        first, second = server.requests
        assert (len(first), attributes(first)) == (20, {})
        found = attributes(second)
        assert list(found) == [USERNAME, REALM, NONCE, PASSWORD_ALGORITHM, PASSWORD_ALGORITHMS, INTEGRITY_SHA256]
        assert (found[USERNAME], found[REALM], found[PASSWORD_ALGORITHM]) == (
            b"alice", b"example.org", bytes.fromhex("00020000"))
        assert is_signed(second, SHA256, INTEGRITY_SHA256)
        assert first[4:20] != second[4:20]

    # spec: R8489-9.2.5-04
    def test_with_a_hash_for_the_name(self, srflx):
        with FakeServer(lying(honest, first=(nonce(3), BOTH_ALGORITHMS))) as server:
            assert srflx("query", *ALICE, server).code == 0
        request = server.requests[1]
        assert attributes(request)[USERHASH] == ALICE_HASH
        assert b"alice" not in request

    def test_of_rfc_5389(self, srflx):
        def answer(request, peer):
            return with_integrity(success(request, peer), MD5, INTEGRITY)

        with FakeServer(lying(answer, first=[attribute(NONCE, b"old")])) as server:
            run = srflx("query", *ALICE, server)
        assert outcome(run)[1][1] == "login    long-term at example.org, password MD5; the answer is signed with SHA-1"
        assert list(attributes(server.requests[1])) == [USERNAME, REALM, NONCE, INTEGRITY]
        assert is_signed(server.requests[1], MD5, INTEGRITY)

    def test_with_short_term_credentials(self, srflx):
        for options, expected in (([], [USERNAME, INTEGRITY, INTEGRITY_SHA256]),
                                  (["--algorithm", "sha1"], [USERNAME, INTEGRITY]),
                                  (["--algorithm", "sha256"], [USERNAME, INTEGRITY_SHA256])):
            with FakeServer(lambda request, peer, _number, number=expected[-1]: [
                    with_integrity(success(request, peer), b"hidden", number)]) as server:
                assert srflx("query", *BOB, *options, server).code == 0
            request = server.requests[0]
            assert list(attributes(request)) == expected
            assert is_signed(request, b"hidden", expected[-1])
            if len(expected) == 3:
                unsigned = request[:-36]
                assert is_signed(unsigned, b"hidden", INTEGRITY)


class TestLies:
    @pytest.mark.parametrize("answer", [
        success,
        lambda request, peer: with_integrity(success(request, peer), b"guess"),
        lambda request, peer: with_integrity(success(request, peer), MD5),
        lambda request, peer: with_integrity(success(request, peer), SHA256, INTEGRITY),
        lambda request, peer: honest(request, peer)[:31] + b"\0" + honest(request, peer)[32:],
    ], ids=["unsigned", "wrong key", "key of the other algorithm", "weaker integrity", "altered"])
    def test_what_is_not_signed_right_is_no_answer(self, srflx, answer):
        with FakeServer(lying(answer)) as server:
            run = srflx("query", "--timeout", "0.3", *ALICE, server)
            as_json = srflx("query", "--timeout", "0.3", "--json", *BOB, server)
        assert failure(run) == (5, f"{server} {NOTHING_SIGNED}")
        assert (as_json.code, json.loads(as_json.out)["error"]["name"]) == (5, "INTEGRITY")

    def test_an_error_is_signed_too(self, srflx):
        def bad_request(request, _peer):
            return message(ERROR, request[4:20], error_code(400, b"Go away"))

        with FakeServer(lying(bad_request)) as server:
            run = srflx("query", "--timeout", "0.3", *ALICE, server)
        assert failure(run) == (5, f"{server} {NOTHING_SIGNED}; the last answer was 400 Bad Request")
        with FakeServer(lying(lambda *both: with_integrity(bad_request(*both), SHA256))) as server:
            run = srflx("query", *ALICE, server)
        assert failure(run) == (3, f"{server} answered with an error: 400 Go away")

    def test_the_right_answer_behind_a_false_one(self, srflx):
        def both(request, peer, number):
            if number == 1:
                return [challenge(request, 401, nonce(1), BOTH_ALGORITHMS)]
            return [success(request, peer, "203.0.113.9", 9), honest(request, peer)]

        with FakeServer(both) as server:
            run = srflx("query", *ALICE, server)
        assert outcome(run)[0] == 0
        assert run.out.startswith("address  {}:{} (IPv4)\n".format(*server.peers[0]))

    # spec: R8489-9.2.5-01
    def test_algorithms_that_were_stripped(self, srflx):
        text = "the challenge was weakened: the algorithms it announces or had before are missing"
        with FakeServer(lying(honest, first=[nonce(1)])) as server:
            run = srflx("query", *ALICE, server)
        assert failure(run) == (3, f"{server}: {text}")
        with FakeServer(lying(lambda request, _peer: challenge(request, 438, attribute(NONCE, b"plain")))) as server:
            later = srflx("query", *ALICE, server)
        assert failure(later) == (3, f"{server}: {text}")

    # spec: R8489-9.2.5-13
    def test_a_nonce_that_is_stale_once_and_for_ever(self, srflx):
        def stale(request, _peer):
            return challenge(request, 438, nonce(1), BOTH_ALGORITHMS)

        with FakeServer(lying(stale, honest)) as server:
            run = srflx("query", *ALICE, server)
        assert (outcome(run)[0], len(server.requests)) == (0, 3)
        with FakeServer(lying(stale)) as server:
            run = srflx("query", *ALICE, server)
        assert failure(run) == (3, f"{server}: the server calls every nonce stale")
        assert len(server.requests) == 3

    @pytest.mark.parametrize("challenged", [[], [attribute(NONCE, b"")]])
    def test_a_challenge_without_a_nonce(self, srflx, challenged):
        with FakeServer(lying(honest, first=challenged)) as server:
            run = srflx("query", *ALICE, server)
        assert failure(run) == (
            3, f"{server}: the challenge has no realm or no nonce, or one that cannot be used")


@pytest.mark.parametrize("options, complaint", [
    (["--user", "alice"], "--user needs --password or --password-file"),
    (["--password", "secret"], "credentials need --user"),
    (["--userhash"], "credentials need --user"),
    (["--user", "alice", "--password", "x", "--password-file", "y"],
     "--password and --password-file exclude each other"),
    ([*ALICE, "--token", "t"], "--token stands in the place of --user and --password"),
    (["--short-term", "--token", "t"], "--token stands in the place of --user and --password"),
    (["--token", "t", "--userhash"], "--token goes neither with --userhash nor with --algorithm"),
    (["--token", "t", "--algorithm", "sha256"], "--token goes neither with --userhash nor with --algorithm"),
    ([*BOB, "--realm", "x"], "--short-term goes neither with --realm nor with --userhash"),
    ([*BOB, "--userhash"], "--short-term goes neither with --realm nor with --userhash"),
    ([*BOB, "--algorithm", "md5"], "--algorithm of short-term credentials is sha1 or sha256"),
    ([*ALICE, "--algorithm", "sha1"], "--algorithm of long-term credentials is md5 or sha256"),
    (["--classic", *ALICE], "--classic and credentials exclude each other"),
    (["--redirects", "9"], "--redirects wants a whole number from 0 to 8, not '9'"),
    (["--user", "a" * 509, "--password", "x"], "the credentials are longer than STUN allows"),
    (["--user", "a", "--password", "x" * 764], "the credentials are longer than STUN allows"),
    (["--user", "a", "--password", ""],
     "--password: the text is empty, or all of it is left out when it is prepared"),
    (["--user", "a\t", "--password", "x"], "--user: the text has a character that credentials must not have"),
    ([*ALICE, "--realm", "\x07"], "--realm: the text has a character that credentials must not have"),
])
def test_wrong_options(srflx, options, complaint):
    run = srflx("query", *options, "127.0.0.1")
    assert (run.code, run.out) == (2, "")
    assert run.err == f"srflx query: {complaint}\nTry 'srflx query --help'.\n"
