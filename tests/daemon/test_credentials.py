"""Does srflxd let in whom its files name: at the start, and when they change while it runs?"""

import base64
import hashlib
import hmac
import subprocess

import pytest

import login
import stun
from daemon import SRFLX, SRFLXD, Daemon, ask, challenged
from login import ACCESS_TOKEN, MESSAGE_INTEGRITY, NONCE, PASSWORD_ALGORITHM, PASSWORD_ALGORITHMS, USERNAME

REALM = "example.org"
ALICE = ("alice", "rabbit hole")
LORY = ("lory", "older than you")  # of a length that RFC 3489 allows
BOB = ("bob", "builder's brew")
KEPT = "srflxd: error: reload: kept the old configuration"
ALTERNATE_SERVER = 0x8023
EXPOSED = "holds secrets that others may read: chmod 600 it"
MISSING = "cannot open it: No such file or directory"
OTHER_KIND = ":1: want \"srflx-{} 1\": this is another kind of file"
SECRET = "9f" * 32
LONG_TERM = f"auth: long-term\nrealm: {REALM}\nuser-file: users\n"


def users(*names):
    return "srflx-users 1\n" + "".join(login.user_line(name, REALM, password) for name, password in names)


def put(path, text, mode=0o600):
    """Replaces a file as the tool does: whole, by another one."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(mode)
    fresh.rename(path)


@pytest.fixture(name="folder")
def folder_with_files(tmp_path):
    """A file of each kind, and those that are none."""
    put(tmp_path / "users", users(ALICE))
    put(tmp_path / "passwords", "srflx-users 1\n" + "".join(
        f"{name}\t-\tpassword:{password.encode().hex()}\n" for name, password in (ALICE, LORY)))
    put(tmp_path / "keys", f"srflx-keys 1\n1 2026-01-01T00:00:00Z {SECRET}\n")
    put(tmp_path / "tokens", f"srflx-token-keys 1\nk1 {SECRET}\n")
    put(tmp_path / "open", users(ALICE), 0o640)
    put(tmp_path / "twice", users(ALICE, BOB, ALICE))
    return tmp_path


@pytest.fixture(name="start")
def starter(folder):
    """Starts servers with c.yaml."""
    started = []

    def start(text, *words):
        (folder / "c.yaml").write_text(text, encoding="utf-8")
        started.append(Daemon(folder, "--config", "c.yaml", *words))
        return started[-1]

    yield start
    for one in started:
        one.destroy()


def run(folder, *words):
    """Exit status, standard output, lines on standard error; without the folder."""
    done = subprocess.run([SRFLXD, *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr.replace(f"{folder}/", "").splitlines()


# --check-config


REALMLESS = "auth: long-term credentials need a realm: set realm"
NOBODY = "auth: nobody could log in: set user-file, shared-secrets or token-key-file"
PAIR = "tokens need both server-name and token-key-file"
ALTERNATE = "want one address of each family, that clients can reach"
ALGORITHMS = "want sha256 and md5, each once at most"
ONLY_LEGACY = "without any, only legacy clients could log in, and they may not"
NOT_SHORT = "is for long-term credentials, not for short-term ones"
SHORT = "auth: short-term\nuser-file: passwords\n"
LONG = f"auth: long-term\nrealm: {REALM}\n"
SHARED = "shared-secrets: [hush]\n"
MISTAKES = [
    ("auth: long-term\nuser-file: users\n", [f"1:7: {REALMLESS}"]),
    ("auth: long-term\n", [f"1:7: {REALMLESS}", f"1:7: {NOBODY}"]),
    ("auth: long-term\nuser-file: users\nrealm: \"a\\u0001\"\n",
     ["3:8: realm: the text has a character that credentials must not have"]),
    ("auth: long-term\nuser-file: users\nrealm: \"" + "\\u0958" * 64 + "\"\n",
     ["3:8: realm: has more than 127 characters when it is prepared"]),
    (LONG, [f"1:7: {NOBODY}"]),
    ("auth: short-term\n", ["1:7: auth: nobody could log in: set user-file"]),
    (LONG + "user-file: none\n", [f"3:12: user-file: none: {MISSING}"]),
    (LONG + "user-file: open\n", [f"3:12: user-file: open: {EXPOSED}"]),
    (LONG + "user-file: .\n", ["3:12: user-file: .: is no regular file"]),
    (LONG + "user-file: keys\n", ["3:12: user-file: keys" + OTHER_KIND.format("users")]),
    (LONG + "user-file: twice\n", ["3:12: user-file: twice:4: this name is in the realm already, or name and realm make the same text as another line's"]),
    ("auth: short-term\nuser-file: none\n", [f"2:12: user-file: none: {MISSING}"]),
    (LONG_TERM + "key-file: none\n", [f"4:11: key-file: none: {MISSING}"]),
    (LONG_TERM + "key-file: users\n", ["4:11: key-file: users" + OTHER_KIND.format("keys")]),
    (LONG_TERM + "key-file: open\n", [f"4:11: key-file: open: {EXPOSED}"]),
    (LONG + "server-name: me\ntoken-key-file: none\n", [f"4:17: token-key-file: none: {MISSING}"]),
    (LONG + "server-name: me\ntoken-key-file: keys\n",
     ["4:17: token-key-file: keys" + OTHER_KIND.format("token-keys")]),
    (LONG + "token-key-file: tokens\n", [f"3:17: token-key-file: {PAIR}"]),
    (LONG_TERM + "server-name: me\n", [f"4:14: server-name: {PAIR}"]),
    (LONG_TERM + "algorithms: [sha1]\n", [f"4:13: algorithms: {ALGORITHMS}"]),
    (LONG_TERM + "algorithms: [md5, md5]\n", [f"4:13: algorithms: {ALGORITHMS}"]),
    (LONG_TERM + "algorithms: []\nlegacy: false\n", [f"4:13: algorithms: {ONLY_LEGACY}"]),
    (LONG_TERM + "algorithms: []\nsha1: false\n", [f"4:13: algorithms: {ONLY_LEGACY}"]),
    (LONG + SHARED + "userhash: true\n",
     ["4:11: userhash: users of shared-secrets are known by their names; want false"]),
    ("alternate: 192.0.2.1\n", ["1:12: alternate: only clients with credentials are sent on: set auth"]),
    (LONG_TERM + "alternate: [192.0.2.1, 192.0.2.2]\n", [f"4:12: alternate: {ALTERNATE}"]),
    (LONG_TERM + "alternate: 0.0.0.0\n", [f"4:12: alternate: {ALTERNATE}"]),
    (LONG_TERM + "alternate: fe80::1%lo\n", [f"4:12: alternate: {ALTERNATE}"]),
    (LONG_TERM + "alternate-domain: b\xfccher.example\n",
     ["4:19: alternate-domain: want a name in ASCII, as certificates have it"]),
    (LONG_TERM + "alternate-domain: 'a b'\n",
     ["4:19: alternate-domain: want a name in ASCII, as certificates have it"]),
    (LONG_TERM + "alternate-domain: a.example\n",
     ["4:19: alternate-domain: is the name of an alternate server, and there is none: set alternate"]),
    (SHORT + "userhash: true\nrealm: r\nsha1: false\n",
     [f"4:8: realm: {NOT_SHORT}", f"3:11: userhash: {NOT_SHORT}"]),
    (SHORT + "shared-secrets: [hush]\nalgorithms: [md5]\nlegacy: true\nnonce-lifetime: 1m\nkey-file: keys\n"
     "server-name: me\ntoken-key-file: tokens\n",
     [f"3:17: shared-secrets: {NOT_SHORT}", f"4:13: algorithms: {NOT_SHORT}", f"5:9: legacy: {NOT_SHORT}",
      f"6:17: nonce-lifetime: {NOT_SHORT}", f"7:11: key-file: {NOT_SHORT}", f"8:14: server-name: {NOT_SHORT}",
      f"9:17: token-key-file: {NOT_SHORT}"]),
    (SHORT + "guesses: 3\nguesses-per-minute: 3\n", [f"3:10: guesses: {NOT_SHORT}", f"4:21: guesses-per-minute: {NOT_SHORT}"]),
    ("realm: r\nuser-file: none\nsha1: false\nguesses: 3\n",
     [f"{at} has no use without credentials: set auth"
      for at in ("1:8: realm:", "2:12: user-file:", "3:7: sha1:", "4:10: guesses:")]),
    # Everything at once, in the order in which it is made.
    ("auth: long-term\nuser-file: none\nkey-file: open\ntoken-key-file: keys\nserver-name: me\n"
     "algorithms: [sha1]\nuserhash: true\nshared-secrets: [hush]\nalternate: '::'\nalternate-domain: \xe9\n", [
         "10:19: alternate-domain: want a name in ASCII, as certificates have it",
         f"9:12: alternate: {ALTERNATE}",
         f"1:7: {REALMLESS}",
         f"6:13: algorithms: {ALGORITHMS}",
         f"3:11: key-file: open: {EXPOSED}",
         "7:11: userhash: users of shared-secrets are known by their names; want false",
         "4:17: token-key-file: keys" + OTHER_KIND.format("token-keys"),
         f"2:12: user-file: none: {MISSING}"]),
]


@pytest.mark.parametrize("action", ["--check-config", "--print-config"])
@pytest.mark.parametrize("text, lines", MISTAKES, ids=range(len(MISTAKES)))
def test_what_cannot_be_is_said(folder, text, lines, action):
    (folder / "c.yaml").write_text(text, encoding="utf-8")
    assert run(folder, action, "--config", "c.yaml") == (2, "", [f"srflxd: error: c.yaml:{line}" for line in lines])


SOUND = [
    LONG_TERM,
    "auth: short-term\nuser-file: passwords\n",
    LONG + SHARED,
    LONG + "server-name: me\ntoken-key-file: tokens\n",
    LONG_TERM + "key-file: keys\nalgorithms: []\nalternate: ['192.0.2.1', '2001:db8::1']\nalternate-domain: a.example\n",
    LONG_TERM + "algorithms: sha256\nlegacy: false\nsha1: false\nuserhash: true\n",
    "auth: none\nrealm: unused\n",
]


@pytest.mark.parametrize("text", SOUND, ids=range(len(SOUND)))
def test_nothing_is_said_about_what_is_right(folder, text):
    (folder / "c.yaml").write_text(text, encoding="utf-8")
    assert run(folder, "--check-config", "--config", "c.yaml") == (0, "", [])


def test_mistakes_on_the_command_line_have_their_place(folder):
    assert run(folder, "--check-config", "--auth=long-term", "--user-file=none", "--server-name", "me") == (2, "", [
        f"srflxd: error: --{REALMLESS}; try srflxd --help",
        f"srflxd: error: --server-name: {PAIR}; try srflxd --help",
        f"srflxd: error: --user-file: none: {MISSING}; try srflxd --help"])


def test_secrets_are_not_printed(folder):
    (folder / "c.yaml").write_text(LONG_TERM + "shared-secrets: [hush, hush-before]\nkey-file: keys\n"
                                   "server-name: me\ntoken-key-file: tokens\n", encoding="utf-8")
    status, printed, said = run(folder, "--print-config", "--config", "c.yaml")
    assert (status, said) == (0, [])
    assert "shared-secrets:  # c.yaml:4\n  - \"(hidden)\"\n  - \"(hidden)\"\n" in printed
    assert "hush" not in printed and SECRET not in printed and "alice" not in printed


# Files that change


def test_users_come_and_go_with_their_file(folder, start):
    server = start(LONG_TERM)
    assert server.lets_in(*ALICE) and not server.lets_in(*BOB)
    put(folder / "users", users(BOB))
    server.expect(f"srflxd: reload: {folder}/users is in force")
    assert server.lets_in(*BOB) and not server.lets_in(*ALICE)
    with open(folder / "users", "a", encoding="utf-8") as file:
        file.write(login.user_line(*ALICE[:1], REALM, ALICE[1]))
    server.expect(f"srflxd: reload: {folder}/users is in force")
    assert server.lets_in(*BOB) and server.lets_in(*ALICE)
    assert server.stop()["a user that is not known: 401"] == 2


def break_content(path):
    put(path, "srflx-users 1\nalice\n")


def break_mode(path):
    path.chmod(0o644)


@pytest.mark.parametrize("harm, what", [
    (break_content, ":2: there is no realm; - means short-term credentials"),
    (break_mode, f": {EXPOSED}"),
])
def test_a_broken_file_changes_nothing_and_is_complained_about_once(folder, start, harm, what):
    server = start(LONG_TERM)
    harm(folder / "users")
    server.expect(f"srflxd: error: c.yaml:3:12: user-file: {folder}/users{what}", KEPT)
    server.look_again()
    assert server.lets_in(*ALICE)
    put(folder / "users", users(BOB))
    server.expect(f"srflxd: reload: {folder}/users is in force")
    assert server.lets_in(*BOB) and not server.lets_in(*ALICE)
    server.stop()


def test_a_file_that_is_gone_is_missed_when_asked_for(folder, start):
    server = start(LONG_TERM)
    (folder / "users").unlink()
    server.look_again()
    server.hang_up(f"srflxd: error: c.yaml:3:12: user-file: {folder}/users: {MISSING}", KEPT)
    server.look_again()
    assert server.lets_in(*ALICE)
    put(folder / "users", users(BOB))
    server.expect(f"srflxd: reload: {folder}/users is in force")
    assert server.lets_in(*BOB)
    server.stop()


def test_a_configuration_that_is_being_written_waits_for_sighup(folder, start):
    server = start(LONG_TERM)
    (folder / "c.yaml").write_text(LONG_TERM + "port: 0\n", encoding="utf-8")
    put(folder / "users", users(ALICE, BOB))
    server.expect(f"srflxd: reload: {folder}/users is in force")
    assert server.lets_in(*ALICE) and server.lets_in(*BOB)
    server.hang_up("srflxd: error: c.yaml:4:7: port: 0: want a number from 1 to 65535", KEPT)
    server.look_again()
    (folder / "c.yaml").write_text(LONG_TERM, encoding="utf-8")
    server.hang_up("srflxd: reload: c.yaml is in force")
    assert server.lets_in(*BOB)
    server.stop()


def test_hanging_up_changes_who_is_asked_for_credentials(folder, start):
    server = start("")
    put(folder / "c.yaml", LONG_TERM)
    with server.client() as client:
        assert login.code(ask(client, stun.request())) == 0
        server.hang_up("srflxd: reload: c.yaml is in force")
        assert login.code(ask(client, stun.request())) == 401
        put(folder / "c.yaml", "auth: short-term\nuser-file: passwords\n")
        server.hang_up("srflxd: reload: c.yaml is in force")
        assert login.code(ask(client, stun.request())) == 400
        assert server.lets_in(*ALICE, "--short-term")
        put(folder / "c.yaml", "")
        server.hang_up("srflxd: reload: c.yaml is in force")
        assert login.code(ask(client, stun.request())) == 0
    server.stop()


def test_without_a_configuration_file_the_others_are_read_again(folder):
    server = Daemon(folder, "--auth=long-term", "--realm", REALM, "--user-file=users")
    try:
        put(folder / "users", "nonsense\n")
        server.expect("srflxd: error: --user-file: users" + OTHER_KIND.format("users") + "; try srflxd --help", KEPT)
        put(folder / "users", users(BOB))
        server.expect("srflxd: reload: users is in force")
        server.hang_up("srflxd: reload: what the files say now is in force")
        assert server.lets_in(*BOB)
        server.stop()
    finally:
        server.destroy()


# Nonces


def test_nonces_outlive_a_new_key_and_not_the_third(folder, start):
    (folder / "keys").unlink()
    renew = [SRFLX, "key", "new", str(folder / "keys"), "--active-in"]
    subprocess.run([*renew, "0"], check=True, capture_output=True)
    server = start(LONG_TERM + "key-file: keys\n")
    with server.client() as client:
        first = challenged(client)
        for _ in range(2):
            subprocess.run([*renew, "0"], check=True, capture_output=True)
            server.expect(f"srflxd: reload: {folder}/keys is in force")
            assert login.code(ask(client, first.request())) == 0
            newest = challenged(client)
            assert login.code(ask(client, newest.request())) == 0
        subprocess.run([*renew, "3600"], check=True, capture_output=True)
        server.expect(f"srflxd: reload: {folder}/keys is in force")
        assert login.code(ask(client, first.request())) == 438
        assert login.code(ask(client, newest.request())) == 0
    assert server.stop()["all is right but the nonce: 438"] == 1


@pytest.mark.parametrize("key_file", ["", "key-file: keys\n"], ids=["own key", "key file"])
def test_nonces_outlive_a_reload(start, key_file):
    server = start(LONG_TERM + key_file)
    with server.client() as client:
        made = challenged(client)
        server.hang_up("srflxd: reload: c.yaml is in force")
        assert login.code(ask(client, made.request())) == 0
    server.stop()


def test_nonces_of_one_server_are_good_at_another_with_its_key_file(start):
    here, there = start(LONG_TERM + "key-file: keys\n"), start(LONG_TERM + "key-file: keys\n")
    stranger = start(LONG_TERM)
    with here.client() as client:
        made = challenged(client)
        for server, code in [(there, 0), (stranger, 438)]:
            client.connect(server.address)
            assert login.code(ask(client, made.request())) == code


# Guesses


def test_who_guesses_too_often_hears_nothing_and_others_do(start):
    """spec: R8489-16-02"""
    server = start(LONG_TERM + "guesses: 3\nguesses-per-minute: 1\n")
    with server.client("127.0.0.1") as guesser, server.client("127.0.0.2") as other:
        honest, made = challenged(other), challenged(guesser)
        made.password = "looking glass"
        for _ in range(3):
            assert login.code(ask(guesser, made.request())) == 401
        made.password = ALICE[1]
        guesser.send(made.request())
        assert login.code(ask(other, honest.request())) == 0  # the only worker has dealt with both
        guesser.setblocking(False)
        with pytest.raises(BlockingIOError):
            guesser.recv(2048)
    assert server.stop() == {
        "packets": 7, "answers": 6, "answered with the address": 1, "credentials are missing: 401": 2,
        "the integrity is wrong: 401": 3, "too many wrong credentials from the source's prefix": 1}


# What is counted, and what is said


def timed(expiry):
    """A user of shared-secrets, and his password."""
    name = f"{expiry}:carol"
    return name, base64.b64encode(hmac.new(b"hush", name.encode(), "sha1").digest()).decode()


def as_user(made, name, password):
    other = login.Login(name, password)
    other.realm, other.nonce, other.offer = made.realm, made.nonce, made.offer
    return other.request()


def long_term_requests(made):
    """What the summary calls it -> a request."""
    bare, stale = stun.request(), login.Login(*ALICE)
    stale.realm, stale.offer = made.realm, made.offer
    stale.nonce = made.nonce[:-1] + (b"A" if made.nonce[-1:] != b"A" else b"E")
    token = stun.with_attributes(stun.request(), stun.attribute(USERNAME, b"k1"), stun.attribute(NONCE, made.nonce),
                                 stun.attribute(ACCESS_TOKEN, bytes(80)))
    mixed = made.unsigned(made.named(), stun.attribute(PASSWORD_ALGORITHMS, made.offer[4:] + made.offer[:4]),
                          stun.attribute(PASSWORD_ALGORITHM, login.SHA256))
    return {
        "answered with the address": made.request(),
        "integrity without what belongs to it: 400": login.sign(bare, b"key"),
        "a password algorithm that was not offered: 400": login.sign(mixed, made.key()),
        "an algorithm that the policy forbids: 401": made.legacy_request(),
        "a user that is not known: 401": as_user(made, *BOB),
        "a user or token whose time is over: 401": as_user(made, *timed(1)),
        "a token that cannot be opened: 401": login.sign(token, b"key"),
        "the integrity is wrong: 401": as_user(made, ALICE[0], "looking glass"),
        "all is right but the nonce: 438": stale.request(),
        "RFC 3489 credentials that nobody issued: 430": classic(LORY[0], b"key"),
        "RFC 3489 integrity without a username: 432": classic(None, b"key"),
    }


def classic(name, key):
    """RFC 3489 pads what the HMAC covers to 64 bytes (section 11.2.8)."""
    attributes = [] if name is None else [stun.attribute(USERNAME, name.encode())]
    asked = stun.with_attributes(stun.classic_request(), *attributes)
    covered = stun.with_attributes(asked, bytes(24))[:-24]
    mac = hmac.new(key, covered + bytes(-len(covered) % 64), hashlib.sha1).digest()
    return stun.with_attributes(asked, stun.attribute(MESSAGE_INTEGRITY, mac))


def test_each_verdict_is_counted_and_none_is_logged(start):
    server = start(LONG_TERM + SHARED + "server-name: me\ntoken-key-file: tokens\nlegacy: false\nlog-level: debug\n")
    with server.client() as client:
        made = challenged(client)
        requests = long_term_requests(made)
        for text, request in requests.items():
            code = text.rsplit(": ", 1)[1] if ": " in text else 0
            assert login.code(ask(client, request)) == int(code), text
        assert login.code(ask(client, as_user(made, *timed(1 << 32)))) == 0
    count = len(requests) + 2
    assert server.stop() == {"packets": count, "answers": count, "credentials are missing: 401": 1,
                             **{text: 1 for text in requests}, "answered with the address": 2}
    assert len(server.said) == 1 + 1 + len(requests) + 1 + 1 + 1  # stopped, sum, verdicts, the only worker, the end


def test_short_term_verdicts_are_counted(start):
    server = start("auth: short-term\nuser-file: passwords\n")
    name = stun.attribute(USERNAME, ALICE[0].encode())
    key = ALICE[1].encode()
    requests = {
        "answered with the address": login.sign(stun.with_attributes(stun.request(), name), key),
        "integrity without what belongs to it: 400": login.sign(stun.request(), key),
        "the integrity is wrong: 401": login.sign(stun.with_attributes(stun.request(), name), b"key"),
        "RFC 3489 integrity that is wrong: 431": classic(LORY[0], b"key"),
    }
    with server.client() as client:
        for text, request in requests.items():
            code = text.rsplit(": ", 1)[1] if ": " in text else 0
            assert login.code(ask(client, request)) == int(code), text
    assert server.stop() == {"packets": 4, "answers": 4, **{text: 1 for text in requests}}


def test_the_alternate_is_named_to_those_who_are_let_in(start):
    """Signed; its port is that of the key `port` where it names none."""
    server = start(LONG_TERM + "alternate: 192.0.2.7\nport: 3999\n")
    with server.client() as client:
        made = challenged(client)
        answer = ask(client, made.request())
    assert login.code(answer) == 300 and login.is_signed(answer, made.key())
    assert stun.address_attribute(ALTERNATE_SERVER, ("192.0.2.7", 3999)) in answer
    assert server.stop()["sent to the alternate server: 300"] == 1
