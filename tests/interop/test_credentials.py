"""Credentials between ours and programs that nobody here wrote: aioice and libnice log in to srflxd as ICE
agents do, srflx query to coturn, and coturn's tool reads our tokens as we read its."""

import base64
import json
import os
import re
import select
import subprocess
import time

import pytest

from internet import IPV4
from packets import udp_packet
from programs import SRFLX, needed, needed_import, turnserver
from recomputed import Read, timed_password
from test_clients import HERE, ask, running
from test_servers import endpoint, target
from test_tshark import write_pcap

REALM, NAME, PASSWORD, ICE_NAME, SECRET = "example.org", "alice", "correct horse", "remote:local", "north wind"
SERVER_NAME = "stun.example.org"
SUCCESS, WRONG_FINGERPRINT, WRONG_INTEGRITY = 0, 3, 5  # StunValidationStatus of libnice
ICE_SUCCESS, ICE_ERROR = 0, 1  # StunUsageIceReturn
CREDENTIALS = ["--user", NAME, "--password", PASSWORD]


def srflx(*words, stdin=""):
    done = subprocess.run([SRFLX, *map(str, words)], input=stdin, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def query(internet, family, *words):
    """(exit code, the object) of srflx query from home."""
    command = internet.home.command(SRFLX, "query", "--json", "--timeout", 5, *words, target(family))
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout)


def logs_in(internet, family, *words):
    code, told = query(internet, family, *words)
    assert (code, told["ok"]) == (0, True)
    assert endpoint(told["mapped"]) == internet.mappings()[endpoint(told["local"])]


@pytest.fixture(name="server")
def server_fixture(internet, serve, tmp_path):
    """Starts srflxd, away, with two users."""
    users = tmp_path / "users"
    srflx("user", "add", "--realm", REALM, "--password-file", "-", users, NAME, stdin=PASSWORD)
    srflx("user", "add", "--short-term", "--password-file", "-", users, ICE_NAME, stdin=PASSWORD)

    def start(mechanism, *options):
        realm = ["--realm", REALM] if mechanism == "long-term" else []
        serve(internet.away, "--workers=1", "--auth", mechanism, *realm, "--user-file", str(users),
              *map(str, options)).until_ready()

    return start


# spec: R8489-9.1.3-08 R5389-10.1.2-02
def test_aioice_logs_in(family, internet, server, agreed):
    server("short-term")
    (told,) = ask(internet, "ask_aioice.py", "login", family.home, family.server, ICE_NAME, PASSWORD)
    assert tuple(told["mapped"]) == internet.mappings()[family.home, told["local"][1]]
    assert told["code"] == 420
    assert (told["reads"], told["reads_with_wrong_key"]) == ([True, True], [False, False])
    assert told["attributes"] == [["XOR-MAPPED-ADDRESS", "MESSAGE-INTEGRITY", "FINGERPRINT"],
                                  ["ERROR-CODE", "MESSAGE-INTEGRITY", "FINGERPRINT"]]
    agreed("aioice, messages", "srflxd", "short-term (SHA-1): success and 420 are signed", family)


@pytest.fixture(name="libnice", scope="module")
def libnice_fixture(tmp_path_factory):
    """The program around libnice's STUN layer."""
    packages = "the packages gcc and libnice-dev"
    code = "import subprocess; subprocess.run(['pkg-config', '--exists', 'nice'], check=True)"
    needed_import(code, packages)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "nice"], capture_output=True, text=True, check=True)
    program = tmp_path_factory.mktemp("libnice") / "ask_libnice_login"
    subprocess.run([needed("gcc", "gcc"), "-Wall", "-Wextra", "-Werror", "-o", program, HERE / "ask_libnice_login.c",
                    *flags.stdout.split()], check=True)
    return program


# spec: R8489-9.1.3-08 R5389-10.1.2-02
@pytest.mark.parametrize("fingerprint", [[], ["fingerprint"]], ids=["bare", "fingerprint"])
def test_libnice_logs_in(family, internet, server, libnice, agreed, fingerprint):
    """An answer with a flipped bit in MESSAGE-INTEGRITY is refused for that, or for its FINGERPRINT."""
    server("short-term")
    command = internet.home.command(libnice, family.server, ICE_NAME, PASSWORD, *fingerprint)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    flawed = WRONG_FINGERPRINT if fingerprint else WRONG_INTEGRITY
    assert json.loads(done.stdout) == {
        "binding": {"flawed": flawed, "sound": SUCCESS, "ice": ICE_SUCCESS, "code": 0},
        "check": {"flawed": flawed, "sound": SUCCESS, "ice": ICE_ERROR, "code": 420}}
    agreed("libnice, messages", "srflxd", "short-term (SHA-1): success and 420 are signed", family)


def test_uclient_asks_for_no_binding(internet, server, agreed):
    """It speaks TURN alone: with a name and a password it sends Allocate, to which srflxd is silent. A Binding request
    after it is answered, so that an answer to Allocate would have been seen."""
    server("long-term")
    command = needed("turnutils_uclient", "coturn"), "-y", "-u", NAME, "-w", PASSWORD, IPV4.server
    with running(internet, command, 1):
        deadline = time.monotonic() + 60
        while not internet.outside.requests():
            assert time.monotonic() < deadline
            select.select([internet.outside.socket], [], [], 1)
    assert {one.payload[:2] for one in internet.outside.requests()} == {bytes.fromhex("0003")}
    request = bytes.fromhex("000100002112a442") + os.urandom(12)
    _, answer = internet.exchange(IPV4, request)
    assert [one.payload for one in internet.outside.answers()] == [answer]
    assert answer[4:20] == request[4:20]
    agreed("turnutils_uclient", "srflxd", "long-term", IPV4, result="asks for TURN only")


SECURE = ["secure-stun", f"realm={REALM}"]


def test_query_logs_in_to_coturn(family, lossy, internet, tmp_path, agreed):
    if lossy:
        internet.lose()
    with turnserver(internet.away, tmp_path, [*SECURE, "lt-cred-mech", f"user={NAME}:{PASSWORD}"]):
        logs_in(internet, family, *CREDENTIALS)
        for options in ["--user", NAME, "--password", "wrong"], [*CREDENTIALS, "--algorithm", "sha256"], []:
            code, told = query(internet, family, *options)
            assert (code, told["error"]["code"]) == (3, 401), options
    if lossy:
        assert min(internet.lost()) > 0
    agreed("srflx query", "turnserver", "long-term (MD5, SHA-1)", family, lossy)


@pytest.mark.parametrize("mechanism, words", [
    ("long-term", CREDENTIALS), ("short-term", ["--short-term", "--user", ICE_NAME, "--password", PASSWORD])])
def test_query_logs_in_on_a_path_that_loses(family, internet, server, mechanism, words):
    """Requests, challenges and signed answers are lost, of five logins one or the other."""
    server(mechanism)
    internet.lose()
    for _ in range(5):
        logs_in(internet, family, *words)
    assert min(internet.lost()) > 0


def test_query_logs_in_to_coturn_for_a_while(family, internet, tmp_path, agreed):
    with turnserver(internet.away, tmp_path, [*SECURE, "use-auth-secret", f"static-auth-secret={SECRET}"]):
        for ahead, wanted in (600, 0), (-600, 3):
            name = f"{int(time.time()) + ahead}:bob"
            words = ["--user", name, "--password", timed_password(name, SECRET)]
            if wanted:
                assert query(internet, family, *words)[0] == wanted
            else:
                logs_in(internet, family, *words)
    agreed("srflx query", "turnserver", "time-limited users (MD5, SHA-1)", family)


class OAuth:
    """coturn's tool for tokens, with a key of ours."""

    def __init__(self, keys):
        srflx("token", "new-key", keys, "north")
        key = base64.b64encode(bytes.fromhex(keys.read_text(encoding="ascii").split()[3])).decode()
        self.command = [needed("turnutils_oauth", "coturn"), "-j", "north", "-k", key, "-l", str(int(time.time())),
                        "-m", "3600", "-n", "A256GCM"]

    def __call__(self, server_name, *words):
        done = subprocess.run([*self.command, "-i", server_name, *words], capture_output=True, timeout=60, check=False)
        return done.stdout.decode(errors="replace")


def token_file(path, token, mac_key):
    path.write_text(f"srflx-token 1\nkid north\ntoken {token}\nmac-key {mac_key}\n", encoding="ascii")
    path.chmod(0o600)
    return path


# spec: R7635-6.2-02 R7635-6.2-03 R7635-6.2-04
def test_tokens_of_coturn(family, internet, server, tmp_path, agreed):
    """turnutils_oauth seals a token, srflx query shows it to srflxd, which opens it."""
    oauth = OAuth(tmp_path / "keys")
    server("long-term", "--server-name", SERVER_NAME, "--token-key-file", tmp_path / "keys")
    session, nonce = (base64.b64encode(os.urandom(length)).decode() for length in (32, 12))

    def sealed(server_name):
        said = oauth(server_name, "-e", "-o", nonce, "-p", session, "-r", "600")
        token = said.split('"access_token":"')[1].split('"')[0]
        return ["--token", token_file(tmp_path / "token", token, session)]

    logs_in(internet, family, *sealed(SERVER_NAME))
    assert query(internet, family, *sealed("other.example.org"))[0] == 3
    agreed("turnutils_oauth", "srflxd", "tokens that it seals", family)


# spec: R7635-6.2-02 R7635-6.2-03 R7635-6.2-04
def test_coturn_reads_our_tokens(tmp_path):
    """Without a network, so the table has no column for it."""
    oauth = OAuth(tmp_path / "keys")
    minted = srflx("token", "mint", tmp_path / "keys", "--server-name", SERVER_NAME, "--lifetime", 77).split()
    token = minted[minted.index("token") + 1]
    said = oauth(SERVER_NAME, "-d", "-v", "-t", token)
    assert "-=Valid token!=-" in said
    assert "mac key length: 20\n" in said and "lifetime: 77\n" in said
    assert "Valid" not in oauth("other.example.org", "-d", "-v", "-t", token)


EXCHANGES = {
    # id: (mechanism, server options, query options, attributes that must have been seen)
    "rfc8489": ("long-term", [], CREDENTIALS,
                ["USERNAME", "PASSWORD-ALGORITHM", "PASSWORD-ALGORITHMS", "MESSAGE-INTEGRITY-SHA256"]),
    "rfc8489-userhash": ("long-term", ["--userhash", "true"], CREDENTIALS, ["USERHASH", "MESSAGE-INTEGRITY-SHA256"]),
    "300": ("long-term", ["--alternate", "198.51.100.2", "--alternate", "[2001:db8:100::2]"],
            [*CREDENTIALS, "--redirects", "0"], ["ALTERNATE-SERVER", "MESSAGE-INTEGRITY-SHA256"]),
    "wrong-password": ("long-term", [], ["--user", NAME, "--password", "wrong"], ["REALM", "NONCE", "ERROR-CODE"]),
    "short-term": ("short-term", [], ["--short-term", "--user", ICE_NAME, "--password", PASSWORD],
                   ["USERNAME", "MESSAGE-INTEGRITY", "MESSAGE-INTEGRITY-SHA256"]),
}


@pytest.mark.parametrize("mechanism, options, words, wanted", EXCHANGES.values(), ids=EXCHANGES)
def test_tshark(internet, family, server, tmp_path, agreed, mechanism, options, words, wanted):
    server(mechanism, *options)
    query(internet, family, *words)
    assert_dissected(internet, tmp_path, wanted)
    agreed("tshark", "srflxd", f"names of all attributes, {mechanism}", family)


def test_tshark_and_tokens(internet, family, server, tmp_path, agreed):
    srflx("token", "new-key", tmp_path / "keys", "north")
    server("long-term", "--server-name", SERVER_NAME, "--token-key-file", tmp_path / "keys")
    file = tmp_path / "token"
    file.write_text(srflx("token", "mint", tmp_path / "keys", "--server-name", SERVER_NAME), encoding="ascii")
    file.chmod(0o600)
    logs_in(internet, family, "--token", file)
    assert_dissected(internet, tmp_path, ["ACCESS-TOKEN", "THIRD-PARTY-AUTHORIZATION"])
    agreed("tshark", "srflxd", "names of all attributes, token", family)


def assert_dissected(internet, tmp_path, wanted):
    """tshark has nothing to complain about any message, and calls every attribute as we do."""
    seen = [*internet.inside.requests(), *internet.inside.answers()]
    write_pcap(tmp_path / "all.pcap", *[udp_packet(one.source, one.destination, one.payload) for one in seen])
    command = [needed("tshark", "tshark"), "-n", "-V", "-r", tmp_path / "all.pcap", "-o", "udp.check_checksum:true"]
    tree = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert "Malformed" not in tree and "Expert Info" not in tree
    names = [name for one in seen for name in Read(one.payload).names]
    assert re.findall(r"^ *Attribute Type: (\S+)$", tree, re.M) == names
    assert set(wanted) <= set(names)
