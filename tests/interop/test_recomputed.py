"""srflxd and srflx query against recomputed.py: a client and a server that compute every key, signature, nonce
and token anew. What is deterministic is compared as a whole, so an attribute too many is a failure as well."""

import os
import subprocess
import time

import pytest

import recomputed
from recomputed import (
    BOTH_OFFERED, CLASSIC, ERROR, MD5_PASSWORD, REQUEST, SHA1, SHA256, SHA256_PASSWORD, SUCCESS, TRANSACTION,
    KeyFile, Read, cookie_of, key_of, message, plain_address, signed, timed_password, token, userhash,
    with_fingerprint, xor_mapped)
from stun import FakeServer

SRFLX = os.environ["SRFLX"]
HOST, PORT, REALM, NAME, PASSWORD = "127.0.0.1", 3478, "example.org", "alice", "correct horse"
ICE_NAME, SERVER_NAME, SECRET, OLD_SECRET = "remote:local", "stun.example.org", "north wind", "south wind"
PHRASES = {300: b"Try Alternate", 420: b"Unknown Attribute"}
KEYS = {one: key_of(one, NAME, REALM, PASSWORD) for one in (MD5_PASSWORD, SHA256_PASSWORD)}


def srflx(*words, stdin=""):
    done = subprocess.run([SRFLX, *map(str, words)], input=stdin, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Place:
    """A namespace with its loopback, files made by our tool, servers and clients."""

    def __init__(self, namespace, serve, folder):
        self.machine, self.serve, self.folder = namespace(), serve, folder
        self.users, self.tokens = folder / "users", folder / "tokens"
        srflx("user", "add", "--realm", REALM, "--password-file", "-", self.users, NAME, stdin=PASSWORD)
        srflx("user", "add", "--short-term", "--password-file", "-", self.users, ICE_NAME, stdin=PASSWORD)
        self.keys = self.new_keys("keys")

    def new_keys(self, name):
        srflx("key", "new", self.folder / name)
        return KeyFile(self.folder / name)

    def server(self, *lines, port=PORT, key_file="keys"):
        path = self.folder / f"srflxd-{port}.yaml"
        common = [f"listen: {HOST}:{port}", "workers: 1", f"user-file: {self.users}"]
        if "auth: long-term" in lines:
            common += [f"realm: {REALM}", f"key-file: {self.folder / key_file}"]
        path.write_text("\n".join([*common, *lines, ""]), encoding="utf-8")
        path.chmod(0o600)
        self.serve(self.machine, "--config", str(path)).until_ready()

    def client(self):
        return Client(self.machine.client(HOST))


class Client:
    def __init__(self, socket):
        self.socket, self.address = socket, socket.getsockname()

    def ask(self, request, port=PORT):
        self.socket.sendto(request, (HOST, port))
        answer, source = self.socket.recvfrom(2048)
        assert source == (HOST, port)
        return answer

    def nonce(self, port=PORT):
        return Read(self.ask(message(REQUEST, TRANSACTION, []), port))["NONCE"]

    def success(self, name, key):
        return signed(message(SUCCESS, TRANSACTION, [("XOR-MAPPED-ADDRESS", xor_mapped(*self.address))]), name, key)


@pytest.fixture(name="place")
def place_fixture(namespace, serve, tmp_path):
    return Place(namespace, serve, tmp_path)


@pytest.fixture(name="client")
def client_fixture(place):
    client = place.client()
    yield client
    client.socket.close()


def error_code(code, phrase=b""):
    return "ERROR-CODE", bytes([0, 0, code // 100, code % 100]) + phrase


def refused(code):
    """An error that has nothing but its code."""
    return message(ERROR, TRANSACTION, [error_code(code)])


def challenge(code, keys, client, answer, offer=BOTH_OFFERED, anonymity=False, tokens=False):
    """The whole of a 401 or 438 with a nonce that was made in the last seconds."""
    made = keys.made(Read(answer)["NONCE"])
    assert 0 <= int(time.time()) - made <= 5
    nonce = keys.nonce(client.address, made, offer, anonymity)
    assert len(nonce) == 29
    carried = [error_code(code), ("REALM", REALM.encode()), ("NONCE", nonce)]
    if offer:
        carried.append(("PASSWORD-ALGORITHMS", offer))
    if tokens:
        carried.append(("THIRD-PARTY-AUTHORIZATION", SERVER_NAME.encode()))
    return message(ERROR, TRANSACTION, carried)


def claim(nonce, name=NAME, algorithm=SHA256_PASSWORD, offer=BOTH_OFFERED, anonymous=False):
    """{attribute: value} of long-term credentials; without an algorithm those of RFC 5389."""
    who = ("USERHASH", userhash(name, REALM)) if anonymous else ("USERNAME", name.encode())
    values = dict([who, ("REALM", REALM.encode()), ("NONCE", nonce)])
    if algorithm:
        values["PASSWORD-ALGORITHM"] = bytes([0, algorithm, 0, 0])
        values["PASSWORD-ALGORITHMS"] = offer
    return values


def login(values, *signatures):
    """A request with these values and (name, key) of its signatures."""
    data = message(REQUEST, TRANSACTION, values.items())
    for one in signatures:
        data = signed(data, *one)
    return data


def without(values, *names):
    return {name: value for name, value in values.items() if name not in names}


def flipped(data):
    return data[:-1] + bytes([data[-1] ^ 1])


# spec: R8489-14.10-02 R8489-9.2-02
def test_the_siphash_here_is_the_published_one():
    """The vector of the paper's appendix A; nonces stand on it."""
    assert recomputed.siphash(bytes(range(16)), bytes(range(15))) == 0xA129CA6149BE45E5


def test_keys_in_the_user_file(place):
    lines = place.users.read_text(encoding="utf-8").splitlines()
    assert lines[1:] == [
        f"{NAME}\t{REALM}\tmd5:{KEYS[MD5_PASSWORD].hex()}\tsha256:{KEYS[SHA256_PASSWORD].hex()}",
        f"{ICE_NAME}\t-\tpassword:{PASSWORD.encode().hex()}"]


GRANTED = {
    # id: (algorithm, as a hash, signatures of the request, signature of the answer)
    "rfc8489": (SHA256_PASSWORD, False, [SHA256], SHA256),
    "rfc8489-md5": (MD5_PASSWORD, False, [SHA256], SHA256),
    "rfc8489-sha1": (SHA256_PASSWORD, False, [SHA1], SHA256),
    "rfc8489-both": (SHA256_PASSWORD, False, [SHA1, SHA256], SHA256),
    "rfc8489-userhash": (SHA256_PASSWORD, True, [SHA256], SHA256),
    "rfc8489-md5-userhash": (MD5_PASSWORD, True, [SHA1, SHA256], SHA256),
    "rfc5389": (None, False, [SHA1], SHA1),
    "rfc5389-sha256": (None, False, [SHA256], SHA1),
}


# spec: R8489-9.2.4-14 R8489-9.2.4-15 R8489-9.2.4-32 R8489-9.2.4-33
def test_long_term_granted(place, client):
    place.server("auth: long-term")
    for algorithm, anonymous, signatures, signature in GRANTED.values():
        key = KEYS[algorithm or MD5_PASSWORD]
        asked = login(claim(client.nonce(), algorithm=algorithm, anonymous=anonymous), *[(one, key) for one in signatures])
        assert client.ask(asked) == client.success(signature, key)
        assert client.ask(with_fingerprint(asked)) == with_fingerprint(client.success(signature, key))


@pytest.mark.parametrize("anonymity", [False, True])
@pytest.mark.parametrize("algorithms, offer", [("[sha256, md5]", BOTH_OFFERED), ("[md5]", bytes.fromhex("00010000")),
                                               ("[sha256]", bytes.fromhex("00020000")), ("[]", b"")])
# spec: R8489-9.2-02 R8489-9.2-03 R8489-9.2.4-06 R8489-18.1-01
def test_what_is_announced_is_accepted(place, client, algorithms, offer, anonymity):
    place.server("auth: long-term", f"algorithms: {algorithms}", f"userhash: {str(anonymity).lower()}")
    asked = client.ask(message(REQUEST, TRANSACTION, []))
    assert asked == challenge(401, place.keys, client, asked, offer, anonymity)
    nonce = Read(asked)["NONCE"]
    algorithm = offer[1] if offer else None
    key = KEYS[algorithm or MD5_PASSWORD]
    signature = SHA256 if offer else SHA1
    answer = client.ask(login(claim(nonce, algorithm=algorithm, offer=offer, anonymous=anonymity), (signature, key)))
    assert answer == client.success(signature, key)


# spec: R8489-9.2.4-02 R8489-9.2.4-11 R8489-9.2.4-16 R8489-9.2.4-17 R8489-9.2.4-23
def test_long_term_refused(place, client):
    place.server("auth: long-term")
    nonce, key = client.nonce(), KEYS[SHA256_PASSWORD]
    good = claim(nonce)

    def told(values, *signatures):
        return client.ask(login(values, *signatures))

    for name in "USERNAME", "REALM", "NONCE":
        assert told(without(good, name), (SHA256, key)) == refused(400), name
    for name in "PASSWORD-ALGORITHM", "PASSWORD-ALGORITHMS":
        assert told(without(good, name), (SHA256, key)) == refused(400), name
    for offer in "00020000", "0001000000020000", "00020000000100000003 0000", "000200010000000000010000":
        assert told(claim(nonce, offer=bytes.fromhex(offer)), (SHA256, key)) == refused(400), offer
    assert told(claim(nonce, algorithm=3), (SHA256, key)) == refused(400)

    wrong = [login(good), login(good, (SHA256, b"wrong")), login(good, (SHA256, KEYS[MD5_PASSWORD])),
             login(claim(nonce, "mallory"), (SHA256, key)), flipped(login(good, (SHA256, key))),
             login(good, (SHA1, key), (SHA256, b"wrong")), login(claim(nonce, algorithm=None), (SHA1, key)),
             login(claim(nonce, "mallory", anonymous=True), (SHA256, key))]
    whole = login(good, (SHA256, key))
    start, end = len(whole) - 36, len(whole) - 16
    cut = recomputed.longer(whole[:start], 20)
    value = recomputed.hmac.digest(key, cut, "sha256")[:16]
    wrong.append(cut + bytes.fromhex("001c0010") + value)
    assert len(wrong[-1]) == end
    for asked in wrong:
        answer = client.ask(asked)
        assert answer == challenge(401, place.keys, client, answer), asked.hex()
    assert client.ask(whole) == client.success(SHA256, key)


@pytest.mark.parametrize("line, algorithm, signature", [("sha1: false", None, SHA1), ("legacy: false", None, SHA1),
                                                        ("sha1: false", SHA256_PASSWORD, SHA1)])
def test_what_the_policy_forbids(place, client, line, algorithm, signature):
    place.server("auth: long-term", line)
    key = KEYS[algorithm or MD5_PASSWORD]
    answer = client.ask(login(claim(client.nonce(), algorithm=algorithm), (signature, key)))
    assert answer == challenge(401, place.keys, client, answer)
    key = KEYS[SHA256_PASSWORD]
    assert client.ask(login(claim(client.nonce()), (SHA256, key))) == client.success(SHA256, key)


# spec: R8489-9.2.4-26 R8489-9.2.4-31
def test_nonces(place, client):
    """Made here out of the key file, to any second. A wrong password is told before a stale nonce."""
    place.server("auth: long-term", "nonce-lifetime: 10m")
    key, now, other = KEYS[SHA256_PASSWORD], int(time.time()), place.client()

    def told(nonce, with_key=key):
        return client.ask(login(claim(nonce), (SHA256, with_key)))

    for age in 0, 500, -3:
        assert told(place.keys.nonce(client.address, now - age)) == client.success(SHA256, key), age
    sound = place.keys.nonce(client.address, now)
    stale = [place.keys.nonce(client.address, now - 600), place.keys.nonce(client.address, now + 600), other.nonce(),
             place.keys.nonce((HOST, client.address[1] ^ 1), now), place.keys.nonce(client.address, now, anonymity=True),
             place.keys.nonce(client.address, now, offer=bytes.fromhex("00020000")), flipped(sound), sound + b"=",
             sound[:-1], b"nonce", place.new_keys("others").nonce(client.address, now)]
    for nonce in stale:
        asked = login(claim(nonce), (SHA256, key))
        answer = client.ask(asked)
        assert answer == challenge(438, place.keys, client, answer), nonce
        answer = told(nonce, b"wrong")
        assert answer == challenge(401, place.keys, client, answer), nonce
    assert told(Read(client.ask(asked))["NONCE"]) == client.success(SHA256, key)
    other.socket.close()


def test_a_nonce_expires(place, client):
    """With a lifetime of 1 s it is good until the second ends in which it was made."""
    place.server("auth: long-term", "nonce-lifetime: 1s")
    nonce = client.nonce()
    end = place.keys.made(nonce) + 1
    time.sleep(max(0, end - time.time() + 0.01))
    answer = client.ask(login(claim(nonce), (SHA256, KEYS[SHA256_PASSWORD])))
    assert answer == challenge(438, place.keys, client, answer)


def test_servers_with_one_key_file_know_each_others_nonces(place, client):
    key, others = KEYS[SHA256_PASSWORD], place.new_keys("others")
    place.server("auth: long-term")
    place.server("auth: long-term", port=PORT + 1)
    place.server("auth: long-term", port=PORT + 2, key_file="others")
    for asked, then in (PORT, PORT + 1), (PORT + 1, PORT):
        request = login(claim(client.nonce(asked)), (SHA256, key))
        assert client.ask(request, then) == client.success(SHA256, key)
        answer = client.ask(request, PORT + 2)
        assert answer == challenge(438, others, client, answer)
    answer = client.ask(login(claim(client.nonce(PORT + 2)), (SHA256, key)))
    assert answer == challenge(438, place.keys, client, answer)


UNKNOWN = [("UNKNOWN", b"value"), ("PRIORITY", bytes(4))]


def signed_error(code, *carried):
    return message(ERROR, TRANSACTION, [error_code(code, PHRASES[code]), *carried])


# spec: R8489-14.13-01 R8489-10-01
def test_long_term_420_and_300_are_signed(place, client):
    place.server("auth: long-term", "alternate: 192.0.2.1:3479")
    key = KEYS[SHA256_PASSWORD]
    good = claim(client.nonce())
    answer = client.ask(login({**good, "UNKNOWN": b"value"}, (SHA256, key)))
    assert answer == signed(signed_error(420, ("UNKNOWN-ATTRIBUTES", bytes.fromhex("7fff"))), SHA256, key)
    alternate = signed_error(300, ("ALTERNATE-SERVER", plain_address("192.0.2.1", 3479)))
    assert client.ask(login(good, (SHA256, key))) == signed(alternate, SHA256, key)
    key = KEYS[MD5_PASSWORD]
    assert client.ask(login(claim(client.nonce(), algorithm=None), (SHA1, key))) == signed(alternate, SHA1, key)
    for asked in login({**good, "UNKNOWN": b"value"}, (SHA256, b"wrong")), login(good, (SHA256, b"wrong")):
        answer = client.ask(asked)
        assert answer == challenge(401, place.keys, client, answer)


def test_time_limited_users(place, client):
    place.server("auth: long-term", f"shared-secrets: [{SECRET}, {OLD_SECRET}]")
    for ahead, secret, good in (600, SECRET, True), (600, OLD_SECRET, True), (600, "west wind", False), (-1, SECRET, False):
        name = f"{int(time.time()) + ahead}:bob"
        for algorithm, signature in (SHA256_PASSWORD, SHA256), (MD5_PASSWORD, SHA256), (None, SHA1):
            key = key_of(algorithm or MD5_PASSWORD, name, REALM, timed_password(name, secret))
            answer = client.ask(login(claim(client.nonce(), name, algorithm), (signature, key)))
            assert answer == (client.success(signature, key) if good else challenge(401, place.keys, client, answer))


# spec: R7635-6.2-02 R7635-6.2-03 R7635-6.2-04 R7635-7-01
def test_tokens(place, client):
    srflx("token", "new-key", place.tokens, "north")
    kid, secret = place.tokens.read_text(encoding="ascii").splitlines()[1].split()
    place.server("auth: long-term", f"server-name: {SERVER_NAME}", f"token-key-file: {place.tokens}")
    secret, session, now = bytes.fromhex(secret), os.urandom(20), time.time()
    first = client.ask(message(REQUEST, TRANSACTION, []))
    assert first == challenge(401, place.keys, client, first, tokens=True)
    nonce = Read(first)["NONCE"]

    def values(access_token, who=kid, made=nonce):
        return {"USERNAME": who.encode(), "REALM": REALM.encode(), "NONCE": made, "ACCESS-TOKEN": access_token}

    good = token(secret, SERVER_NAME, session)
    for one in good, token(secret, SERVER_NAME, session, now - 10, 6), token(secret, SERVER_NAME, session, now + 4, 1):
        for signature in SHA1, SHA256:
            assert client.ask(login(values(one), (signature, session))) == client.success(signature, session)
    longer = os.urandom(32)
    answer = client.ask(login(values(token(secret, SERVER_NAME, longer)), (SHA256, longer)))
    assert answer == client.success(SHA256, longer)

    bad = [token(secret, "other.example.org", session), token(bytes(32), SERVER_NAME, session), flipped(good), good[:-1],
           token(secret, SERVER_NAME, session, now - 60, 30), token(secret, SERVER_NAME, session, now + 60, 30)]
    wrong = [*(login(values(one), (SHA256, session)) for one in bad), login(values(good), (SHA256, b"wrong")),
             login(values(good, "south"), (SHA256, session))]
    for asked in wrong:
        answer = client.ask(asked)
        assert answer == challenge(401, place.keys, client, answer, tokens=True), asked.hex()
    answer = client.ask(login(values(good, made=b"nonce"), (SHA256, session)))
    assert answer == challenge(438, place.keys, client, answer)


def test_a_minted_token_says_what_was_asked_for(place):
    """srflx token mint, opened here."""
    srflx("token", "new-key", place.tokens, "north")
    secret = bytes.fromhex(place.tokens.read_text(encoding="ascii").split()[3])
    before = int(time.time())
    lines = dict(line.split(" ", 1) for line in srflx("token", "mint", place.tokens, "--server-name", SERVER_NAME,
                                                      "--lifetime", 77).splitlines())
    value = recomputed.base64.b64decode(lines["token"])
    session = recomputed.base64.b64decode(lines["mac-key"])
    assert (lines["kid"], value[:2], len(session)) == ("north", bytes([0, 12]), 20)
    block = recomputed.AESGCM(secret).decrypt(value[2:14], value[14:], SERVER_NAME.encode())
    assert (block[:2], block[2:22], block[-4:]) == (bytes([0, 20]), session, bytes([0, 0, 0, 77]))
    assert before <= int.from_bytes(block[22:28], "big") <= time.time()


# spec: R8489-9.1.3-01 R8489-9.1.3-05 R8489-9.1.3-08 R8489-9.1.3-09 R8489-9.1.3-12
def test_short_term(place, client):
    place.server("auth: short-term")
    key, who = PASSWORD.encode(), {"USERNAME": ICE_NAME.encode()}
    for signatures, signature in ([SHA1], SHA1), ([SHA256], SHA256), ([SHA1, SHA256], SHA256):
        signers = [(one, key) for one in signatures]
        assert client.ask(login(who, *signers)) == client.success(signature, key)
        asked = login({**who, **dict(UNKNOWN)}, *signers)
        expected = signed(signed_error(420, ("UNKNOWN-ATTRIBUTES", bytes.fromhex("7fff0024"))), signature, key)
        assert client.ask(asked) == expected
        assert client.ask(with_fingerprint(asked)) == with_fingerprint(expected)
    for asked in login({}), login(who), login({}, (SHA1, key)):
        assert client.ask(asked) == refused(400)
    for asked in (login(who, (SHA1, b"wrong")), flipped(login(who, (SHA1, key), (SHA256, key))),
                  login({"USERNAME": b"local:remote"}, (SHA256, key))):
        assert client.ask(asked) == refused(401)


def classic_request(values, *keys):
    data = message(REQUEST, CLASSIC, values.items())
    for key in keys:
        data = signed(data, SHA1, key)
    return data


def classic_success(client):
    return message(SUCCESS, CLASSIC, [("MAPPED-ADDRESS", plain_address(*client.address)),
                                      ("SOURCE-ADDRESS", plain_address(HOST, PORT))])


def classic_refused(code):
    return message(ERROR, CLASSIC, [error_code(code)])


# spec: R3489-8.1-06 R3489-8.1-07 R3489-8.1-09 R3489-8.1-10 R3489-11.2.8-01 R3489-11.2.8-02
def test_classic(place, client):
    """Success is signed, errors never are, whether the request was or not."""
    place.server("auth: short-term")
    key = PASSWORD.encode()
    name = {"USERNAME": ICE_NAME.encode()}
    assert client.ask(classic_request(name, key)) == signed(classic_success(client), SHA1, key)
    unknown = error_code(420, b"Unknown Attribute   ")
    listed = ("UNKNOWN-ATTRIBUTES", bytes.fromhex("7fff7fff"))
    assert client.ask(classic_request({**name, "UNKNOWN": b""}, key)) == message(ERROR, CLASSIC, [unknown, listed])
    assert client.ask(classic_request(name)) == classic_refused(401)
    assert client.ask(classic_request({}, key)) == classic_refused(432)
    assert client.ask(classic_request(name, b"wrong")) == classic_refused(431)
    assert client.ask(classic_request({"USERNAME": b"nobody"}, key)) == classic_refused(430)


def test_classic_without_the_zeros(place, client):
    """The HMAC over the bare text is another one, and a wrong one."""
    place.server("auth: short-term")
    asked = classic_request({"USERNAME": ICE_NAME.encode()}, PASSWORD.encode())
    bare = recomputed.hmac.digest(PASSWORD.encode(), asked[:-24], "sha1")
    assert client.ask(asked[:-20] + bare) == classic_refused(431)


# spec: R8489-6.3-11 R3489-8.1-06 R3489-8.1-09
def test_nobody_asked_for_credentials(place, client):
    place.server("auth: none")
    who, key = {"USERNAME": NAME.encode()}, b"any"
    plain = message(SUCCESS, TRANSACTION, [("XOR-MAPPED-ADDRESS", xor_mapped(*client.address))])
    assert client.ask(login(claim(b"any"), (SHA256, key))) == plain
    assert client.ask(login(who, (SHA1, key))) == plain
    assert client.ask(classic_request({}, key)) == classic_refused(432)
    assert client.ask(classic_request(who, key)) == classic_refused(430)
    assert client.ask(classic_request(who)) == classic_success(client)


# The other way round: srflx query asks a server that is written here, and every byte it sends is recomputed.


def answer_of(request, peer, signature=None, key=b""):
    data = message(SUCCESS, request[4:20], [("XOR-MAPPED-ADDRESS", xor_mapped(*peer))])
    return [signed(data, signature, key) if signature else data]


def challenging(nonce, offer, *signature, more=()):
    """A server that challenges whoever shows no NONCE, and believes everybody else."""
    carried = [error_code(401, b"Unauthenticated"), ("REALM", REALM.encode()), ("NONCE", nonce)]
    if offer:
        carried.append(("PASSWORD-ALGORITHMS", offer))

    def script(request, peer, _number):
        if "NONCE" in Read(request):
            return answer_of(request, peer, *signature)
        return [message(ERROR, request[4:20], [*carried, *more])]

    return script


def query(server, *words):
    return subprocess.run([SRFLX, "query", "--timeout", "1", *map(str, words), str(server)], capture_output=True,
                          text=True, timeout=60, check=False).returncode


CREDENTIALS = ["--user", NAME, "--password", PASSWORD]
ERRATUM, PRINTED = cookie_of(True, False), b"obMatJos2gAAA"
CHALLENGES = {
    # id: (nonce, offer, the query's options, algorithm, as a hash)
    "rfc8489": (ERRATUM + b"x", BOTH_OFFERED, [], SHA256_PASSWORD, False),
    "rfc8489-bits-as-printed": (PRINTED + b"x", BOTH_OFFERED, [], SHA256_PASSWORD, False),
    "rfc8489-md5-first": (ERRATUM, bytes.fromhex("0001000000020000"), [], MD5_PASSWORD, False),
    "rfc8489-md5-wanted": (ERRATUM, BOTH_OFFERED, ["--algorithm", "md5"], MD5_PASSWORD, False),
    "rfc8489-anonymous": (cookie_of(True, True), BOTH_OFFERED, [], SHA256_PASSWORD, True),
    "rfc8489-anonymous-bits-as-printed": (b"obMatJos2wAAA", BOTH_OFFERED, ["--userhash"], SHA256_PASSWORD, True),
    "rfc5389": (b"0123456789abcdef", b"", [], None, False),
    "rfc5389-cookie-of-zeros": (cookie_of(False, False), b"", [], None, False),
}


# spec: R8489-9.2-04 R8489-9.2.5-04 R8489-9.2.5-09 R8489-9.2.5-10 R5389-10.2.1.2-01
@pytest.mark.parametrize("nonce, offer, options, algorithm, anonymous", CHALLENGES.values(), ids=CHALLENGES)
def test_query_long_term(nonce, offer, options, algorithm, anonymous):
    key, signature = KEYS[algorithm or MD5_PASSWORD], SHA256 if algorithm else SHA1
    with FakeServer(challenging(nonce, offer, signature, key)) as server:
        assert query(server, *CREDENTIALS, *options) == 0
    first, second = server.requests
    values = claim(nonce, algorithm=algorithm, offer=offer, anonymous=anonymous)
    assert first == message(REQUEST, first[4:20], [])
    assert second == signed(message(REQUEST, second[4:20], values.items()), signature, key)
    assert first[8:20] != second[8:20]


# spec: R8489-9.1.2-01 R8489-9.1.2-02
@pytest.mark.parametrize("options, signatures, chosen", [([], [SHA1, SHA256], SHA1), ([], [SHA1, SHA256], SHA256),
                                                         (["--algorithm", "sha1"], [SHA1], SHA1),
                                                         (["--algorithm", "sha256"], [SHA256], SHA256)])
def test_query_short_term(options, signatures, chosen):
    key = PASSWORD.encode()
    with FakeServer(lambda request, peer, _: answer_of(request, peer, chosen, key)) as server:
        assert query(server, "--short-term", *CREDENTIALS, *options) == 0
    (request,) = server.requests
    expected = message(REQUEST, request[4:20], [("USERNAME", NAME.encode())])
    for name in signatures:
        expected = signed(expected, name, key)
    assert request == expected


# spec: R7635-5-01 R7635-6.2-01
def test_query_with_a_token(tmp_path):
    srflx("token", "new-key", tmp_path / "keys", "north")
    printed = srflx("token", "mint", tmp_path / "keys", "--server-name", SERVER_NAME)
    file = tmp_path / "token"
    file.write_text(printed, encoding="ascii")
    file.chmod(0o600)
    lines = dict(line.split(" ", 1) for line in printed.splitlines())
    value, session = (recomputed.base64.b64decode(lines[name]) for name in ("token", "mac-key"))
    third_party = ("THIRD-PARTY-AUTHORIZATION", SERVER_NAME.encode())
    with FakeServer(challenging(ERRATUM, BOTH_OFFERED, SHA1, session, more=[third_party])) as server:
        assert query(server, "--token", file) == 0
    request = server.requests[1]
    values = [("USERNAME", b"north"), ("ACCESS-TOKEN", value), ("REALM", REALM.encode()), ("NONCE", ERRATUM)]
    assert request == signed(message(REQUEST, request[4:20], values), SHA1, session)


@pytest.mark.parametrize("signature, key", [(SHA256, b"wrong"), (SHA1, KEYS[SHA256_PASSWORD]), (None, b"")])
def test_query_believes_nobody_else(signature, key):
    with FakeServer(challenging(ERRATUM, BOTH_OFFERED, signature, key)) as server:
        assert query(server, *CREDENTIALS) == 5
