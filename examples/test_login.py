"""examples/login.c and examples/own_users.c: against each other, and against those that stand behind them."""

import hashlib
import os
import pathlib
import re
import socket
import subprocess

import pytest

import login
import stun
from daemon import Daemon, ask

EXAMPLES = pathlib.Path(os.environ["SRFLX_BUILD"], "examples")
PASSWORD = "rabbit hole"
REFUSED = "the server does not accept the username and password\n"
USERHASH = 0x001E


def log_in(address, name="alice", password=PASSWORD):
    """Exit status, standard output, standard error."""
    done = subprocess.run([EXAMPLES / "example_login", address, name], input=password + "\n", capture_output=True,
                          text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def mapped(result):
    """The address in what somebody hears who is let in."""
    status, said, complaint = result
    assert (status, complaint) == (0, "")
    return re.fullmatch(r"I am (127\.0\.0\.1:\d+)\n", said)[1]


@pytest.fixture(name="server", params=["own_users"])
def running_server(request):
    """The process, and the address on which it says it listens."""
    command = [EXAMPLES / f"example_{request.param}", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process, re.fullmatch(r"listening on (127\.0\.0\.1:\d+)\n", process.stdout.readline())[1]
        process.terminate()


@pytest.fixture(name="client")
def connected_client(server):
    host, port = server[1].split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(30)
        client.connect((host, int(port)))
        yield client


def test_a_user_is_let_in_after_one_challenge(server):
    process, address = server
    answered = f"answered {mapped(log_in(address))}\n"
    assert [process.stdout.readline() for _ in range(2)] == [answered] * 2


@pytest.mark.parametrize("name, password", [("alice", "looking glass"), ("carol", PASSWORD)])
def test_others_are_not(server, name, password):
    assert log_in(server[1], name, password) == (1, "", REFUSED)


@pytest.mark.parametrize("server", ["udp_server"], indirect=True)
def test_who_asks_for_no_credentials_gets_none(server):
    process, address = server
    answered = f"answered {mapped(log_in(address))}\n"
    assert process.stdout.readline() == answered


def test_answers_are_signed_byte_by_byte(client):
    """By name and by hash; what is not understood is refused, signed too."""
    challenge = ask(client, stun.request())
    made = login.Login("alice", PASSWORD)
    made.take(challenge)
    assert (login.code(challenge), made.realm) == (401, b"example.org")
    name = stun.attribute(login.USERNAME, b"alice")
    digest = stun.attribute(USERHASH, hashlib.sha256(b"alice:example.org").digest())
    for identity in (name, digest):
        asked = made.request(identity=identity)
        right = stun.answer(asked, client.getsockname())
        assert ask(client, asked) == login.sign(right, made.key())
    asked = made.request(stun.attribute(0x7FFF))
    assert ask(client, asked) == login.sign(stun.refusal(asked, [0x7FFF]), made.key())


def test_nonsense_is_not_answered(server, client):
    for datagram in (b"hello", stun.classic_request(), b"\x00\x11" + stun.request()[2:]):
        client.send(datagram)
    assert login.code(ask(client, stun.with_fingerprint(stun.request()))) == 401
    assert server[0].stdout.readline() == "answered {}:{}\n".format(*client.getsockname())


def test_the_client_goes_where_it_is_sent(server, tmp_path):
    """From srflxd, to whom it has shown its credentials, to the example."""
    process, address = server
    users = tmp_path / "users"
    users.write_text("srflx-users 1\n" + login.user_line("alice", "elsewhere", PASSWORD), encoding="utf-8")
    users.chmod(0o600)
    first = Daemon(tmp_path, "--auth=long-term", "--realm=elsewhere", "--user-file=users", f"--alternate={address}")
    try:
        answered = f"answered {mapped(log_in(first.host))}\n"
        assert process.stdout.readline() == answered
        assert first.stop()["sent to the alternate server: 300"] == 1
    finally:
        first.destroy()


def test_nobody_listens():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{sock.getsockname()[1]}"
    assert log_in(address) == (1, "", "nobody listens there\n")


@pytest.mark.parametrize("name, words, usage", [
    ("login", ["127.0.0.1:1"], "login ADDRESS:PORT NAME, with the password on standard input"),
    ("login", ["127.0.0.1", "alice"], "login ADDRESS:PORT NAME, with the password on standard input"),
    ("own_users", [], "own_users ADDRESS:PORT, not 0.0.0.0 or ::"),
    ("own_users", ["[::]:0"], "own_users ADDRESS:PORT, not 0.0.0.0 or ::"),
])
def test_wrong_arguments_show_the_usage(name, words, usage):
    done = subprocess.run([EXAMPLES / f"example_{name}", *words], capture_output=True, text=True, check=False,
                          timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"usage: {usage}\n")
