"""srflx user, key and token: what stands in their files, and what they say about wrong ones."""

import base64
import errno
import fcntl
import hashlib
import json
import os
import pty
import re
import signal
import stat
import subprocess
import termios
import time

import pytest

from conftest import SRFLX

ALICE_MD5 = hashlib.md5(b"alice:example.org:secret").hexdigest()
ALICE_SHA256 = hashlib.sha256(b"alice:example.org:secret").hexdigest()
ALICE = f"alice\texample.org\tmd5:{ALICE_MD5}\tsha256:{ALICE_SHA256}\n"
REALM = ["--realm", "example.org"]
NEW_LINE = "srflx-users 1\n"
TWICE = "this name is in the realm already, or name and realm make the same text as another line's"


def secret_file(path, text):
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def text_of(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path.read_text(encoding="utf-8")


def quiet(run):
    """Nothing was said, and it is as asked."""
    return (run.code, run.out, run.err) == (0, "", "")


@pytest.fixture(name="add")
def adder(srflx, tmp_path):
    """Adds a user to the file `users`, with a password through standard input."""
    def add(name, *options, password="secret"):
        return srflx("user", "add", "--password-file", "-", *options, tmp_path / "users", name,
                     stdin=password.encode() + b"\n")

    return add


class TestUser:
    # spec: R8489-9.2.2-01 R5389-15.4-01
    def test_long_term(self, add, tmp_path):
        assert quiet(add("alice", *REALM))
        assert text_of(tmp_path / "users") == NEW_LINE + ALICE

    def test_without_md5(self, add, tmp_path):
        assert quiet(add("alice", *REALM, "--no-md5"))
        assert text_of(tmp_path / "users") == f"{NEW_LINE}alice\texample.org\tsha256:{ALICE_SHA256}\n"

    # spec: R8489-9.1.1-01
    def test_short_term(self, add, tmp_path):
        assert quiet(add("evtj:h6vY", "--short-term"))
        assert text_of(tmp_path / "users") == f"{NEW_LINE}evtj:h6vY\t-\tpassword:{b'secret'.hex()}\n"

    # spec: R8489-14.3-03 R8489-14.9-03
    def test_names_are_prepared(self, add, tmp_path):
        """Quotes go, e and its accent become one character, and a space of another kind a plain one."""
        assert quiet(add('"Rene\u0301\u00a0D."', "--realm", '"example.org"'))
        prepared = "Ren\u00e9 D.:example.org:secret".encode()
        assert text_of(tmp_path / "users") == (
            f"{NEW_LINE}Ren\u00e9 D.\texample.org\tmd5:{hashlib.md5(prepared).hexdigest()}"
            f"\tsha256:{hashlib.sha256(prepared).hexdigest()}\n")

    # spec: R5389-15.3-01
    def test_a_name_that_saslprep_changes_has_two_lines(self, srflx, add, tmp_path):
        users = tmp_path / "users"
        assert quiet(add("\u2168", *REALM, password="The\u2168"))
        sha256 = hashlib.sha256("\u2168:example.org:The\u2168".encode()).hexdigest()
        md5 = hashlib.md5(b"IX:example.org:TheIX").hexdigest()
        assert text_of(users) == f"{NEW_LINE}\u2168\texample.org\tsha256:{sha256}\nIX\texample.org\tmd5:{md5}\n"
        assert quiet(srflx("user", "remove", *REALM, users, "\u2168"))
        assert text_of(users) == NEW_LINE

    def test_generate(self, srflx, tmp_path):
        users, seen = tmp_path / "users", set()
        for _ in range(2):
            run = srflx("user", "add", *REALM, "--generate", users, "alice")
            assert (run.code, run.err) == (0, "")
            password = run.out.removesuffix("\n")
            assert len(base64.b64decode(password, validate=True)) == 18
            assert hashlib.sha256(f"alice:example.org:{password}".encode()).hexdigest() in text_of(users)
            seen.add(password)
        assert len(seen) == 2
        assert len(text_of(users).splitlines()) == 2

    def test_all_else_stays(self, srflx, add, tmp_path):
        bob = f"bob\texample.org\tmd5:{'0' * 32}\n"
        other = f"alice\texample.net\tmd5:{'1' * 32}\n"
        users = secret_file(tmp_path / "users",
                            f"# ours\n{NEW_LINE}\n{bob}alice\texample.org\tmd5:{'2' * 32}\n# more\n{other}# last")
        assert quiet(add("alice", *REALM))
        rest = f"# ours\n{NEW_LINE}\n{bob}# more\n{other}# last\n"
        assert text_of(users) == rest + ALICE
        assert quiet(srflx("user", "remove", *REALM, users, "alice"))
        assert text_of(users) == rest
        assert list(tmp_path.iterdir()) == [users]

    def test_those_who_add_at_the_same_time_wait_for_each_other(self, tmp_path):
        users = tmp_path / "users"
        names = [f"user{number:02}" for number in range(20)]
        started = [subprocess.Popen([SRFLX, "user", "add", *REALM, "--generate", users, name],
                                    stdout=subprocess.DEVNULL) for name in names]
        assert [process.wait(timeout=60) for process in started] == [0] * len(names)
        assert sorted(line.split("\t")[0] for line in text_of(users).splitlines()[1:]) == names
        assert list(tmp_path.iterdir()) == [users]

    def test_who_waits_says_so(self, tmp_path):
        folder = os.open(tmp_path, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        with subprocess.Popen([SRFLX, "user", "add", *REALM, "--generate", tmp_path / "users", "alice"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr.readline() == (
                f"srflx: {tmp_path / 'users'}: waiting for another program that has locked its folder\n")
            assert list(tmp_path.iterdir()) == []
            os.close(folder)
            assert process.wait(timeout=60) == 0

    def test_two_that_make_the_same_text(self, add, tmp_path):
        assert quiet(add("alice", "--realm", "b:c"))
        before = text_of(tmp_path / "users")
        run = add("alice:b", "--realm", "c")
        assert (run.code, run.out, run.err) == (4, "", f"srflx user: {tmp_path / 'users'}:3: {TWICE}\n")
        assert text_of(tmp_path / "users") == before

    def test_a_symbolic_link_stays_one(self, add, tmp_path):
        (tmp_path / "elsewhere").mkdir()
        target = secret_file(tmp_path / "elsewhere" / "users", NEW_LINE)
        (tmp_path / "users").symlink_to(target)
        assert quiet(add("alice", *REALM))
        assert (tmp_path / "users").readlink() == target
        assert text_of(target) == NEW_LINE + ALICE

    def test_list(self, srflx, add, tmp_path):
        users = tmp_path / "users"
        add("alice", *REALM)
        add("evtj:h6vY", "--short-term")
        run = srflx("user", "list", users)
        assert (run.code, run.err, run.out) == (
            0, "", "alice  at example.org  md5  sha256\nevtj:h6vY  short-term\n")
        run = srflx("user", "list", "--json", users)
        assert (run.code, json.loads(run.out)) == (0, {"ok": True, "users": [
            {"name": "alice", "realm": "example.org", "keys": ["md5", "sha256"]},
            {"name": "evtj:h6vY", "realm": None, "keys": ["password"]}]})

    def test_as_json(self, srflx, add, tmp_path):
        assert json.loads(add("alice", *REALM, "--json").out) == {"ok": True, "user": "alice"}
        run = srflx("user", "add", "--json", "--generate", "--short-term", tmp_path / "users", "bob")
        found = json.loads(run.out)
        assert found == {"ok": True, "user": "bob", "password": found["password"]}
        assert found["password"].encode().hex() in text_of(tmp_path / "users")
        run = srflx("user", "remove", "--json", "--short-term", tmp_path / "users", "bob")
        assert json.loads(run.out) == {"ok": True, "user": "bob"}

    def test_who_is_not_there_cannot_be_removed(self, srflx, add, tmp_path):
        users = tmp_path / "users"
        add("alice", *REALM)
        for words in ([*REALM, users, "bob"], ["--realm", "example.net", users, "alice"],
                      ["--short-term", users, "alice"]):
            run = srflx("user", "remove", *words)
            assert (run.code, run.out, run.err) == (4, "", f"srflx user: {users}: there is no such user\n")
        assert text_of(users) == NEW_LINE + ALICE

    @pytest.mark.parametrize("text, complaint", [
        ("", ':0: want "srflx-users 1": this is another kind of file'),
        ("alice\n", ':1: want "srflx-users 1": this is another kind of file'),
        ("# x\nsrflx-users 2\n", ':2: want "srflx-users 1": this is another kind of file'),
        (NEW_LINE + "\nalice\n", ":3: there is no realm; - means short-term credentials"),
        (NEW_LINE + ALICE + ALICE, f":3: {TWICE}"),
    ])
    def test_a_wrong_file_is_not_touched(self, srflx, add, tmp_path, text, complaint):
        users = secret_file(tmp_path / "users", text)
        expected = (4, "", f"srflx user: {users}{complaint}\n")
        for run in (add("bob", *REALM), srflx("user", "list", users), srflx("user", "remove", *REALM, users, "bob")):
            assert (run.code, run.out, run.err) == expected
        assert text_of(users) == text

    def test_files_that_cannot_be_used(self, srflx, add, tmp_path):
        users = tmp_path / "users"
        run = srflx("user", "list", users)
        assert (run.code, run.err) == (4, f"srflx user: {users}: cannot open it: No such file or directory\n")
        users.write_text(NEW_LINE, encoding="ascii")
        for mode in (0o640, 0o604, 0o620):
            users.chmod(mode)
            run = add("alice", *REALM)
            assert (run.code, run.err) == (
                4, f"srflx user: {users}: holds secrets that others may read: chmod 600 it\n")
        run = srflx("user", "list", tmp_path)
        assert (run.code, run.err) == (4, f"srflx user: {tmp_path}: is no regular file\n")
        nowhere = tmp_path / "none" / "users"
        run = srflx("user", "add", *REALM, "--generate", nowhere, "alice")
        assert (run.code, run.out, run.err) == (
            4, "", f"srflx user: {nowhere}: cannot lock its folder: No such file or directory\n")
        run = srflx("user", "add", *REALM, "--password-file", nowhere, users, "alice")
        assert (run.code, run.err) == (4, f"srflx user: {nowhere}: No such file or directory\n")

    @pytest.mark.parametrize("words, complaint", [
        ([], "want what to do, add, remove or list, and FILE"),
        (["add"], "want what to do, add, remove or list, and FILE"),
        (["add", "f", *REALM], "want add, remove or list, and FILE and NAME"),
        (["change", "f", "a", *REALM], "want add, remove or list"),
        (["list", "f", "a"], "list wants FILE alone"),
        (["list", "f", "--generate"], "list wants FILE alone"),
        (["list", "f", *REALM], "list wants FILE alone"),
        (["list", "f", "--short-term"], "list wants FILE alone"),
        (["add", "f", "a"], "want --realm or --short-term, one of them"),
        (["add", "f", "a", *REALM, "--short-term"], "want --realm or --short-term, one of them"),
        (["add", "f", "a", *REALM, "--generate", "--password-file", "p"],
         "--password-file and --generate exclude each other"),
        (["add", "f", "a", "--short-term", "--no-md5"], "--short-term and --no-md5 exclude each other"),
        (["remove", "f", "a", *REALM, "--generate"], "remove needs no password"),
        (["add", "f", "", *REALM], "NAME: the text is empty, or all of it is left out when it is prepared"),
        (["add", "f", "a\tb", *REALM], "NAME: the text has a character that credentials must not have"),
        (["add", "f", "a" * 509, *REALM], "NAME has more than 508 bytes"),
        (["add", "f", "a", "--realm", "\n"], "--realm: the text has a character that credentials must not have"),
    ])
    def test_wrong_words(self, srflx, words, complaint):
        run = srflx("user", *words)
        assert (run.code, run.out) == (2, "")
        assert run.err == f"srflx user: {complaint}\nTry 'srflx user --help'.\n"

    def test_passwords_that_cannot_be(self, add, tmp_path):
        for password, complaint in (
                ("", "the text is empty, or all of it is left out when it is prepared"),
                ("a\tb", "the text has a character that credentials must not have"),
                ("a\0b", "the text has a character that credentials must not have"),
                ("p" * 764, "the text is too long"), ("p" * 9000, "the text is too long")):
            run = add("alice", *REALM, password=password)
            assert (run.code, run.err) == (
                2, f"srflx user: the password: {complaint}\nTry 'srflx user --help'.\n")
        assert list(tmp_path.iterdir()) == []


def typed(answers, *words):
    """Runs the tool on a terminal of its own, and answers each "...: " with the next line. Returns what the
    terminal showed, and the exit status."""
    ours, theirs = pty.openpty()
    shown = b""
    with subprocess.Popen(["setsid", "--ctty", SRFLX, *map(str, words)], stdin=theirs, stdout=theirs,
                          stderr=theirs) as process:
        os.close(theirs)
        try:
            while True:  # its end is an error
                shown += os.read(ours, 4096)
                if shown.endswith(b": ") and answers:
                    os.write(ours, answers.pop(0) + b"\n")
        except OSError as error:
            assert error.errno == errno.EIO
    os.close(ours)
    return shown.decode().replace("\r\n", "\n"), process.returncode


class TestPrompt:
    def test_a_password_is_asked_twice_and_not_shown(self, tmp_path):
        users = tmp_path / "users"
        assert typed([b"secret", b"secret"], "user", "add", *REALM, users, "alice") == (
            "Password: \nThe same again: \n", 0)
        assert text_of(users) == NEW_LINE + ALICE

    def test_ctrl_c_leaves_the_terminal_as_it_was(self, tmp_path):
        ours, theirs = pty.openpty()
        before = termios.tcgetattr(theirs)
        words = ["setsid", "--ctty", "--wait", SRFLX, "user", "add", *REALM, str(tmp_path / "users"), "alice"]
        with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs) as process:
            shown = b""
            while not shown.endswith(b"Password: "):
                shown += os.read(ours, 4096)
            assert not termios.tcgetattr(theirs)[3] & termios.ECHO
            os.write(ours, b"sec\x03")
            assert process.wait(timeout=60) in (-signal.SIGINT, 128 + signal.SIGINT)
        assert termios.tcgetattr(theirs) == before
        os.close(ours)
        os.close(theirs)
        assert list(tmp_path.iterdir()) == []

    def test_two_that_differ(self, tmp_path):
        assert typed([b"secret", b"Secret"], "user", "add", *REALM, tmp_path / "users", "alice") == (
            "Password: \nThe same again: \nsrflx user: password: the two are not the same\n", 4)
        assert list(tmp_path.iterdir()) == []

    def test_the_end_of_input_is_no_password(self, tmp_path):
        assert typed([b"\x04"], "user", "add", *REALM, tmp_path / "users", "alice") == (
            "Password: \nsrflx user: password: there was none\n", 4)

    def test_without_a_terminal(self, srflx, tmp_path):
        run = srflx("user", "add", *REALM, tmp_path / "users", "alice", prefix=["setsid", "--wait"])
        assert (run.code, run.out) == (4, "")
        assert run.err == ("srflx user: no terminal to ask for the password on: use --password-file or "
                           "--generate\n")


KEY_LINE = re.compile(r"(\d+) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) ([0-9a-f]{64})\n")


def date_text(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def keyring(*keys):
    return "srflx-keys 1\n" + "".join(f"{number} {date_text(since)} {secret * 64}\n" for number, since, secret in keys)


class TestKey:
    def test_the_first_is_in_force_at_once(self, srflx, tmp_path):
        keys, before = tmp_path / "keys", int(time.time())
        run = srflx("key", "new", keys)
        dates = [date_text(second) for second in range(before, int(time.time()) + 1)]
        first, rest = text_of(keys).split("\n", 1)
        generation, date, _ = KEY_LINE.fullmatch(rest).groups()
        assert (first, generation) == ("srflx-keys 1", "1")
        assert date in dates
        assert (run.code, run.err, run.out) == (0, "", f"generation 1  from {date}  in force\n")
        assert srflx("key", "show", keys).out == run.out

    @pytest.mark.parametrize("options, delay", [([], 3600), (["--active-in", "86400"], 86400), (["--active-in", "0"], 0)])
    def test_the_next_waits(self, srflx, tmp_path, options, delay):
        now = int(time.time())
        keys = secret_file(tmp_path / "keys", keyring((7, now - 50, "7"), (6, now - 60, "6"), (5, now - 70, "5")))
        run = srflx("key", "new", "--json", *options, keys)
        dates = [date_text(second + delay) for second in range(now, int(time.time()) + 1)]
        found = KEY_LINE.findall(text_of(keys))
        assert [number for number, _, _ in found] == ["8", "7", "6"]
        assert [secret for _, _, secret in found[1:]] == ["7" * 64, "6" * 64]
        assert found[0][1] in dates
        assert (run.code, run.err) == (0, "")
        assert json.loads(run.out) == {"ok": True, "keys": [
            {"generation": int(number), "from": date, "in_force": number == ("7" if delay else "8")}
            for number, date, _ in found]}

    def test_no_secret_is_the_same(self, srflx, tmp_path):
        secrets = set()
        for name in ("a", "b"):
            srflx("key", "new", tmp_path / name)
            secrets.add(KEY_LINE.search(text_of(tmp_path / name))[3])
        assert len(secrets) == 2

    def test_the_key_in_force_is_not_dropped(self, srflx, tmp_path):
        now = int(time.time())
        before = keyring((3, now + 7000, "3"), (2, now + 3000, "2"), (1, now - 10, "1"))
        keys = secret_file(tmp_path / "keys", before)
        run = srflx("key", "new", keys)
        assert (run.code, run.out, run.err) == (
            4, "", f"srflx key: {keys}: two keys have not come into force yet; a third would drop the one that has\n")
        assert text_of(keys) == before

    def test_generations_end(self, srflx, tmp_path):
        before = keyring((4294967295, 0, "1"))
        keys = secret_file(tmp_path / "keys", before)
        run = srflx("key", "new", keys)
        assert (run.code, run.out, run.err) == (
            4, "", "srflx key: there is no generation after the newest one: make a new file\n")
        assert text_of(keys) == before

    def test_show(self, srflx, tmp_path):
        now = int(time.time())
        keys = secret_file(tmp_path / "keys", keyring((3, now + 3000, "3"), (2, now - 30, "2"), (1, now - 40, "1")))
        run = srflx("key", "show", keys)
        assert (run.code, run.out, run.err) == (
            0, f"generation 3  from {date_text(now + 3000)}  to come\n"
               f"generation 2  from {date_text(now - 30)}  in force\n"
               f"generation 1  from {date_text(now - 40)}\n", "")

    @pytest.mark.parametrize("text, complaint", [
        ("srflx-users 1\n", ':1: want "srflx-keys 1": this is another kind of file'),
        ("srflx-keys 1\n", ":1: there is no key in it"),
        ("srflx-keys 1\n\n# x\n1 2026-11-30T00:00:00Z\n",
         ":4: want generation, date and secret, one blank between them"),
        (f"srflx-keys 1\n0 2026-11-30T00:00:00Z {'0' * 64}\n", ":2: the generation is no number from 1"),
        (f"srflx-keys 1\n1 2026-11-31T00:00:00Z {'0' * 64}\n", ":2: the date is not as 2026-11-25T12:00:00Z"),
        (f"srflx-keys 1\n1 2026-11-30T00:00:00Z {'0' * 63}\n", ":2: the secret is not 64 hex digits"),
        (keyring((1, 0, "0"), (2, 0, "0")), ":3: generations must go down one by one"),
        (keyring((2, 0, "0"), (1, 9, "0")), ":3: an older generation begins later"),
        (keyring((4, 0, "0"), (3, 0, "0"), (2, 0, "0"), (1, 0, "0")), ":5: more than three keys"),
    ])
    def test_a_wrong_file_is_not_touched(self, srflx, tmp_path, text, complaint):
        keys = secret_file(tmp_path / "keys", text)
        for verb in ("new", "show"):
            run = srflx("key", verb, keys)
            assert (run.code, run.out, run.err) == (4, "", f"srflx key: {keys}{complaint}\n")
        assert text_of(keys) == text

    @pytest.mark.parametrize("words, complaint", [
        ([], "want what to do, new or show, and FILE"),
        (["new", "f", "g"], "want what to do, new or show, and FILE"),
        (["make", "f"], "what is make? want new or show"),
        (["show", "--active-in", "1", "f"], "--active-in belongs to new, not to show"),
        (["new", "--active-in", "2678401", "f"],
         "--active-in wants a whole number from 0 to 2678400, not '2678401'"),
    ])
    def test_wrong_words(self, srflx, words, complaint):
        run = srflx("key", *words)
        assert (run.code, run.out) == (2, "")
        assert run.err == f"srflx key: {complaint}\nTry 'srflx key --help'.\n"

    def test_files_that_cannot_be_used(self, srflx, tmp_path):
        run = srflx("key", "show", tmp_path / "keys")
        assert (run.code, run.err) == (
            4, f"srflx key: {tmp_path / 'keys'}: cannot open it: No such file or directory\n")
        (tmp_path / "keys").write_text("srflx-keys 1\n", encoding="ascii")
        (tmp_path / "keys").chmod(0o644)
        run = srflx("key", "new", tmp_path / "keys")
        assert (run.code, run.err) == (
            4, f"srflx key: {tmp_path / 'keys'}: holds secrets that others may read: chmod 600 it\n")


class TestToken:
    def test_new_keys(self, srflx, tmp_path):
        keys = tmp_path / "keys"
        for kid in "abcd":
            assert quiet(srflx("token", "new-key", keys, kid))
        run = srflx("token", "new-key", "--json", keys, "e")
        assert (run.code, run.err, json.loads(run.out)) == (0, "", {"ok": True, "kid": "e"})
        first, *lines = text_of(keys).splitlines()
        assert first == "srflx-token-keys 1"
        assert [line[:2] for line in lines] == ["e ", "d ", "c ", "b "]
        secrets = {line[2:] for line in lines}
        assert len(secrets) == 4
        assert all(re.fullmatch("[0-9a-f]{64}", secret) for secret in secrets)

    def test_mint(self, srflx, tmp_path):
        keys = secret_file(tmp_path / "keys", f"srflx-token-keys 1\nnew {'1' * 64}\nold {'2' * 64}\n")
        for options, kid in (([], "new"), (["--kid", "old"], "old")):
            run = srflx("token", "mint", *options, "--server-name", "stun.example.org", keys)
            assert (run.code, run.err) == (0, "")
            text = re.fullmatch(f"srflx-token 1\nkid {kid}\ntoken (.*)\nmac-key (.*)\n", run.out)
            token, mac_key = (base64.b64decode(part, validate=True) for part in text.groups())
            assert (token[:2], len(token), len(mac_key)) == (bytes([0, 12]), 2 + 12 + 2 + 20 + 8 + 4 + 16, 20)
        run = srflx("token", "mint", "--json", "--lifetime", "60", "--server-name", "stun.example.org", keys)
        found = json.loads(run.out)
        assert (run.code, run.err, set(found)) == (0, "", {"ok", "kid", "access_token", "key", "expires_in"})
        assert (found["ok"], found["kid"], found["expires_in"]) == (True, "new", 60)
        assert (len(base64.b64decode(found["access_token"])), len(base64.b64decode(found["key"]))) == (64, 20)

    def test_a_key_that_is_not_there(self, srflx, tmp_path):
        keys = secret_file(tmp_path / "keys", f"srflx-token-keys 1\nnew {'1' * 64}\n")
        run = srflx("token", "mint", "--kid", "old", "--server-name", "s", keys)
        assert (run.code, run.out, run.err) == (4, "", "srflx token: the file has no key of this id\n")

    @pytest.mark.parametrize("text, complaint", [
        ("srflx-keys 1\n", ':1: want "srflx-token-keys 1": this is another kind of file'),
        ("srflx-token-keys 1\n", ":1: there is no key in it"),
        (f"srflx-token-keys 1\na  {'0' * 64}\n", ":2: want the key's id and its secret, one blank between them"),
        (f"srflx-token-keys 1\na {'0' * 62}\n", ":2: the secret is not 64 hex digits"),
        (f"srflx-token-keys 1\na {'0' * 64}\na {'0' * 64}\n", ":3: this key's id is there already"),
        ("srflx-token-keys 1\n" + "".join(f"{kid} {'0' * 64}\n" for kid in "abcde"), ":6: more than four keys"),
    ])
    def test_a_wrong_file_is_not_touched(self, srflx, tmp_path, text, complaint):
        keys = secret_file(tmp_path / "keys", text)
        for words in (["new-key", keys, "z"], ["mint", "--server-name", "s", keys]):
            run = srflx("token", *words)
            assert (run.code, run.out, run.err) == (4, "", f"srflx token: {keys}{complaint}\n")
        assert text_of(keys) == text

    @pytest.mark.parametrize("words, complaint", [
        ([], "want what to do, new-key or mint, and FILE"),
        (["make", "f"], "want new-key or mint"),
        (["new-key", "f"], "new-key wants FILE and the new key's id"),
        (["new-key", "f", "k", "--kid", "k"], "--server-name, --kid and --lifetime belong to mint"),
        (["new-key", "f", "k", "--lifetime", "9"], "--server-name, --kid and --lifetime belong to mint"),
        (["mint", "f"], "mint wants --server-name"),
        (["mint", "f", "g", "--server-name", "s"], "mint wants FILE alone"),
        (["mint", "f", "--server-name", ""], "mint wants --server-name"),
        (["mint", "f", "--server-name", "s", "--lifetime", "0"],
         "--lifetime wants a whole number from 1 to 999999999, not '0'"),
    ])
    def test_wrong_words(self, srflx, words, complaint):
        run = srflx("token", *words)
        assert (run.code, run.out) == (2, "")
        assert run.err == f"srflx token: {complaint}\nTry 'srflx token --help'.\n"

    @pytest.mark.parametrize("kid", ["", "a b", "#a", "k" * 65, "\u00e9", "there"])
    def test_ids_that_cannot_be(self, srflx, tmp_path, kid):
        keys = secret_file(tmp_path / "keys", f"srflx-token-keys 1\nthere {'1' * 64}\n")
        run = srflx("token", "new-key", keys, kid)
        assert (run.code, run.out) == (2, "")
        assert run.err == ("srflx token: a key's id is 1 to 64 printable characters, and new in the file\n"
                           "Try 'srflx token --help'.\n")
