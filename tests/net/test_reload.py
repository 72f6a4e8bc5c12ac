"""Does SIGHUP change the configuration as a whole or not at all, with no answer lost?"""

import signal

import pytest

import login
import stun
from traffic import Traffic, software

KEPT = "srflxd: error: reload: kept the old configuration"
MISTAKES = [
    ("prot: 1\n", ["c.yaml:1:1: prot: no such key; did you mean port?"]),
    ("software: \"\xff\"\n".encode("latin1"), ["c.yaml:1:12: invalid leading UTF-8 octet"]),
    ("software: 'a\n", ["c.yaml:2:1: found unexpected end of stream while scanning a quoted scalar"]),
    ("software: new\nlog-level: loud\nclassic: 7\n", [
        "c.yaml:2:12: log-level: loud: want error, warn, info or debug",
        "c.yaml:3:10: classic: 7: want true or false"]),
    (None, ["c.yaml: cannot read the configuration: No such file or directory"]),
]


@pytest.fixture(name="reload")
def reloader(tmp_path, monkeypatch, namespace, serve):
    """Starts a server with c.yaml, and reloads it with other files."""
    monkeypatch.chdir(tmp_path)
    return Reloader(tmp_path / "c.yaml", namespace(), serve)


class Reloader:
    """A server, its namespace and its configuration file."""

    def __init__(self, path, namespace, serve):
        self.path, self.namespace, self.serve = path, namespace, serve
        self.server = None

    def start(self, text, *words):
        self.write(text)
        self.server = self.serve(self.namespace, "--config", "c.yaml", *words)
        return self.server.until_ready()

    def write(self, text):
        self.path.unlink(missing_ok=True)
        if text is not None:
            self.path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def hang_up(self, count):
        """SIGHUP; the lines that follow, so many."""
        self.server.process.send_signal(signal.SIGHUP)
        return [self.server.process.stderr.readline().rstrip("\n") for _ in range(count)]

    def good(self, text, *warnings):
        self.write(text)
        warnings = [f"srflxd: warning: {line}" for line in warnings]
        assert self.hang_up(len(warnings) + 1) == [*warnings, "srflxd: reload: c.yaml is in force"]

    def bad(self, text, lines):
        self.write(text)
        assert self.hang_up(len(lines) + 1) == [*(f"srflxd: error: {line}" for line in lines), KEPT]

    def answer(self, request, port=3478):
        with self.namespace.client("127.0.0.1") as client:
            client.sendto(request, ("127.0.0.1", port))
            return client.recv(4096)

    def says(self):
        """SOFTWARE of an answer, None if it has none."""
        answer = self.answer(stun.request())
        return answer[36:].rstrip(b"\0").decode() if len(answer) > 32 else None


def test_no_answer_is_lost_in_200_reloads(reload):
    """Good and bad files in turn, at 20 000 requests a second."""
    reload.start(f"software: {software(0)}\n", "--workers=2", "--listen=0.0.0.0")
    traffic = Traffic(reload.namespace, ("127.0.0.1", 3478), 20000)
    traffic.start()
    try:
        for number in range(100):
            traffic.until_seen(number, 100)
            traffic.asked_for = number + 1
            reload.good(f"software: {software(number + 1)}\n")
            traffic.in_force = number + 1
            traffic.until_seen(number + 1, 100)
            reload.bad(*MISTAKES[number % len(MISTAKES)])
    finally:
        traffic.finish()
    assert set(traffic.seen) == set(range(101))
    assert reload.server.stop() == (0, [
        "srflxd: stopped by SIGTERM",
        f"srflxd: {traffic.sent} packets, {traffic.sent} answers",
        f"srflxd: {traffic.sent:12}  answered with the address"])


ALICE = ("alice", "rabbit hole")
LONG_TERM = "auth: long-term\nrealm: example.org\n"
USERS = {  # file -> content, mode
    "even": ("srflx-users 1\n" + login.user_line(ALICE[0], "example.org", ALICE[1]), 0o600),
    "odd": ("srflx-users 1\n" + login.user_line("bob", "example.org", "x")
            + login.user_line(ALICE[0], "example.org", ALICE[1]), 0o600),
    "broken": ("srflx-users 1\nalice\n", 0o600),
    "exposed": ("srflx-users 1\n", 0o644),
}
BAD_USERS = [
    ("broken", ":2: there is no realm; - means short-term credentials"),
    ("exposed", ": holds secrets that others may read: chmod 600 it"),
    ("none", ": cannot open it: No such file or directory"),
]


class LoggedIn:
    """Some requests at a time with one nonce, each of them to be answered, and signed."""

    def __init__(self, namespace):
        self.clients = [namespace.client(f"127.{number}.0.1") for number in range(1, 9)]
        self.logins = []
        for client in self.clients:
            client.connect(("127.0.0.1", 3478))
            client.send(stun.request())
            self.logins.append(login.Login(*ALICE))
            self.logins[-1].take(client.recv(2048))

    def send(self):
        """One request from each client."""
        asked = [made.request() for made in self.logins]
        for client, request in zip(self.clients, asked):
            client.send(request)
        return asked

    def receive(self, asked, *versions):
        """An answer to each, with the SOFTWARE of one of the versions."""
        for client, made, request in zip(self.clients, self.logins, asked):
            answer = client.recv(2048)
            assert answer in [login.sign(stun.with_attributes(
                stun.answer(request, client.getsockname()), stun.attribute(0x8022, software(version).encode())),
                made.key()) for version in versions], answer

    def close(self):
        for client in self.clients:
            client.close()


def test_no_authenticated_answer_is_lost_in_100_reloads(reload):
    """Good and bad user files in turn; nonces stay good."""
    folder = reload.path.parent
    for name, (content, mode) in USERS.items():
        (folder / name).write_text(content, encoding="utf-8")
        (folder / name).chmod(mode)
    reload.start(LONG_TERM + f"user-file: even\nsoftware: {software(0)}\n", "--workers=2", "--listen=0.0.0.0")
    clients = LoggedIn(reload.namespace)
    for number in range(50):
        asked = clients.send()
        file = ["even", "odd"][number % 2]
        reload.good(LONG_TERM + f"user-file: {file}\nsoftware: {software(number + 1)}\n")
        clients.receive(asked, number, number + 1)
        asked = clients.send()
        name, what = BAD_USERS[number % len(BAD_USERS)]
        reload.bad(LONG_TERM + f"user-file: {name}\nsoftware: new\n",
                   [f"c.yaml:3:12: user-file: {folder}/{name}{what}"])
        clients.receive(asked, number + 1)
    clients.close()
    assert reload.server.counts() == {
        "packets": 808, "answers": 808, "answered with the address": 800, "credentials are missing: 401": 8}


def test_workers_without_packets_move_on_too(reload):
    reload.start("software: a\n", "--workers=3")
    for text in ["b", "c"] * 20:
        reload.good(f"software: {text}\n")
        assert reload.says() == text
    reload.good("")
    assert reload.says() is None


@pytest.mark.parametrize("text, lines", MISTAKES, ids=range(len(MISTAKES)))
def test_a_bad_file_changes_nothing(reload, text, lines):
    reload.start("software: old\n")
    reload.bad(text, lines)
    assert reload.says() == "old"
    reload.good("software: new\n")
    assert reload.says() == "new"


def test_what_needs_a_new_start_is_said(reload):
    reload.start("software: a\nport: 3479\nlisten: [127.0.0.1]\nworkers: 1\n")
    assert reload.answer(stun.request(), 3479)
    reload.good("software: b\nlisten: [127.0.0.1, '::1']\nport: 3480\n",
                "c.yaml:2:9: listen: a change needs a new start; the old value stays",
                "c.yaml:3:7: port: a change needs a new start; the old value stays",
                "workers: a change needs a new start; the old value stays")
    assert b"\x80\x22\x00\x01b" in reload.answer(stun.request(), 3479)
    reload.good("software: c\nport: 3479\nlisten: 127.0.0.1\nworkers: 1\n")
    assert b"\x80\x22\x00\x01c" in reload.answer(stun.request(), 3479)


def test_the_command_line_still_wins(reload):
    reload.start("software: a\n", "--software=b")
    reload.good("software: c\n")
    assert reload.says() == "b"


def test_classic_clients_come_and_go(reload):
    reload.start("")
    classic = stun.classic_request()
    assert reload.answer(classic)[4:20] == classic[4:]
    reload.good("classic: false\n")
    with reload.namespace.client("127.0.0.1") as client:
        request = stun.request()
        for datagram in (classic, request):
            client.sendto(datagram, ("127.0.0.1", 3478))
        assert client.recv(4096) == stun.answer(request, client.getsockname())


def test_less_may_be_said_afterwards(reload):
    """The line about success is one that is left out then."""
    reload.start("", "--workers=1")
    reload.write("log-level: error\nsoftware: quiet\n")
    reload.hang_up(0)
    while reload.says() != "quiet":
        continue
    reload.bad("port: 0\n", ["c.yaml:1:7: port: 0: want a number from 1 to 65535"])
    assert reload.server.stop() == (0, [])


def test_without_a_file_there_is_nothing_to_read(reload, serve, namespace):
    reload.server = serve(namespace())
    reload.server.until_ready()
    assert reload.hang_up(1) == ["srflxd: warning: reload: there is no --config FILE to read again"]
    assert reload.server.stop()[0] == 0
