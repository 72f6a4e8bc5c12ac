"""Does srflxd read its configuration file, and say everything that is wrong with it?"""

import os
import pathlib
import re
import subprocess

import pytest

SRFLXD = os.environ["SRFLXD"]
SAMPLE = pathlib.Path(__file__).parents[2] / "docs/srflxd.yaml"


def run(folder, *words):
    """Exit status, lines on standard output, lines on standard error."""
    done = subprocess.run([SRFLXD, *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


@pytest.fixture(name="write")
def writer(tmp_path):
    """Writes c.yaml, for programs that run in tmp_path."""
    def write(text):
        (tmp_path / "c.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    return write


# --check-config


def test_nothing_is_said_about_what_is_right(tmp_path, write):
    write("port: 3479\nlisten: ['192.0.2.1', '::1']\n")
    assert run(tmp_path, "--check-config", "--config", "c.yaml") == (0, [], [])
    assert run(tmp_path, "--check-config") == (0, [], [])


def test_every_mistake_is_said_at_once(tmp_path, write):
    write("prot: 1\nworkers: 99\nlisten: [x, {a: b}]\nclassic: perhaps\nworkers: 1\nport: '\n")
    assert run(tmp_path, "--check-config", "--config=c.yaml", "--port=0", "--nonsense") == (2, [], [
        "srflxd: error: --nonsense: no such option; try srflxd --help",
        "srflxd: error: c.yaml:1:1: prot: no such key; did you mean port?",
        "srflxd: error: c.yaml:2:10: workers: 99: want a number from 1 to 64",
        "srflxd: error: c.yaml:3:10: listen: x: want an address such as 192.0.2.1, 192.0.2.1:3478 or "
        "[2001:db8::1]:3478",
        "srflxd: error: c.yaml:3:13: listen: nested; want a list of values",
        "srflxd: error: c.yaml:4:10: classic: perhaps: want true or false",
        "srflxd: error: c.yaml:5:1: workers: stands in line 2 already",
        "srflxd: error: c.yaml:7:1: found unexpected end of stream while scanning a quoted scalar",
        "srflxd: error: --port 0: want a number from 1 to 65535; try srflxd --help"])


@pytest.mark.parametrize("action", ["--check-config", "--print-config", "--log-level=info"])
def test_mistakes_end_every_action(tmp_path, write, action):
    write("port: 0\n")
    assert run(tmp_path, action, "--config", "c.yaml") == (
        2, [], ["srflxd: error: c.yaml:1:7: port: 0: want a number from 1 to 65535"])


def test_what_only_this_machine_lacks_is_no_wrong_usage(tmp_path, write):
    write("listen: fe80::1%eth9\n")
    line = "srflxd: error: c.yaml:1:9: listen: fe80::1%eth9: this machine has no network interface of that name"
    assert run(tmp_path, "--check-config", "--config", "c.yaml") == (4, [], [line])
    write("listen: fe80::1%eth9\nport: 0\n")
    assert run(tmp_path, "--check-config", "--config", "c.yaml")[0] == 2


def test_too_many_mistakes_are_counted(tmp_path, write):
    write("x: 1\n" * 1000)
    status, _, lines = run(tmp_path, "--check-config", "--config", "c.yaml")
    assert (status, len(lines), lines[100]) == (2, 101, "srflxd: error: and 900 errors more")


# Files that are none


FILES = [
    ("missing", lambda path: None, "No such file or directory"),
    ("folder", lambda path: path.mkdir(), "a directory; want a file"),
    ("fifo", os.mkfifo, "not a regular file"),
    ("loop", lambda path: path.symlink_to("loop"), "Too many levels of symbolic links"),
    ("long", lambda path: path.write_bytes(b"#" * ((1 << 20) + 1)), "longer than 1 MiB"),
]


@pytest.mark.parametrize("name, make, reason", FILES, ids=[name for name, _, _ in FILES])
def test_what_cannot_be_read(tmp_path, name, make, reason):
    make(tmp_path / name)
    assert run(tmp_path, "--check-config", "--config", name) == (
        2, [], [f"srflxd: error: {name}: cannot read the configuration: {reason}"])


def test_the_longest_file_is_read(tmp_path, write):
    write(b"port: 7\n" + b"#" * ((1 << 20) - 9) + b"\n")
    assert "port: 7  # c.yaml:1" in run(tmp_path, "--print-config", "--config", "c.yaml")[1]


# --print-config


# What is printed of the keys about credentials when nobody has set them.
CREDENTIALS = [
    "auth: none  # default", "#realm:  # default", "#user-file:  # default", "#shared-secrets:  # default",
    "#algorithms:  # default", "legacy: true  # default", "sha1: true  # default", "userhash: false  # default",
    "nonce-lifetime: 10m  # default", "#key-file:  # default", "#server-name:  # default",
    "#token-key-file:  # default", "#alternate:  # default", "#alternate-domain:  # default",
    "guesses: 20  # default", "guesses-per-minute: 20  # default"]

# And of those about connections.
CONNECTIONS = [
    "tcp: true  # default", "#certificate:  # default", "#certificate-key:  # default", "tls-port: 5349  # default",
    "dtls: true  # default", "tls-minimum: 1.2  # default", "#tls-ciphers:  # default", "#tls-suites:  # default",
    "#tls-groups:  # default", "tls-tickets: false  # default", "tls-legacy: false  # default",
    "#stream-threads:  # default", "connections: 16384  # default", "#connections-per-address:  # default",
    "message-timeout: 5s  # default", "handshake-timeout: 5s  # default", "idle-timeout: 30s  # default",
    "#proxy-from:  # default"]


def test_defaults_are_printed(tmp_path):
    assert run(tmp_path, "--print-config") == (0, [
        "#listen:  # default",
        "port: 3478  # default",
        "#workers:  # default",
        "#software:  # default",
        "classic: true  # default",
        "log-level: info  # default", *CREDENTIALS, *CONNECTIONS], [])


def test_each_value_has_its_place(tmp_path, write):
    write("# three keys\nlog-level: warn\n\nlisten:\n- 192.0.2.1\n- '[::1]:5'\nport: 7\n")
    assert run(tmp_path, "--print-config", "--config", "c.yaml", "--port=8", "--software", 'a "b"') == (0, [
        "listen:  # c.yaml:5",
        '  - "192.0.2.1"',
        '  - "[::1]:5"',
        "port: 8  # command line",
        "#workers:  # default",
        'software: "a \\"b\\""  # command line',
        "classic: true  # default",
        "log-level: warn  # c.yaml:2", *CREDENTIALS, *CONNECTIONS], [])


def test_an_empty_list_is_printed_as_one(tmp_path, write):
    write("algorithms: []\n")
    assert "algorithms: []  # c.yaml:1" in run(tmp_path, "--print-config", "--config", "c.yaml", "--auth=none")[1]
    assert "#algorithms:  # default" in run(tmp_path, "--print-config")[1]


def test_a_list_on_the_command_line_replaces_that_of_the_file(tmp_path, write):
    write("listen: ['192.0.2.1', '192.0.2.2']\n")
    _, lines, _ = run(tmp_path, "--print-config", "--config", "c.yaml", "--listen=::1", "--listen=::2")
    assert lines[:3] == ["listen:  # command line", '  - "::1"', '  - "::2"']


def without_places(lines):
    return [re.sub(r"  # .*", "", line) for line in lines]


def test_what_is_printed_says_the_same_when_it_is_read(tmp_path, write):
    write("listen: [192.0.2.1, '::1', '[2001:db8::1]:3479']\nport: 7\nworkers: 2\nclassic: off\n"
          "software: \"tab \\t quote \\\" back \\\\ bell \\a euro \\u20ac # colon: '\"\nlog-level: debug\n")
    _, printed, _ = run(tmp_path, "--print-config", "--config", "c.yaml")
    write("\n".join(printed))
    status, again, said = run(tmp_path, "--print-config", "--config", "c.yaml")
    assert (status, without_places(again), said) == (0, without_places(printed), [])
    assert len(printed) == 9 + len(CREDENTIALS) + len(CONNECTIONS)


# The sample


def test_the_sample_is_current(tmp_path):
    status, lines, _ = run(tmp_path, "--print-sample")
    assert status == 0
    assert SAMPLE.read_text(encoding="utf-8").splitlines() == lines, "srflxd --print-sample >docs/srflxd.yaml"


def test_the_sample_loads(tmp_path):
    """As it is, and with each default that it names switched on."""
    assert run(tmp_path, "--check-config", "--config", SAMPLE) == (0, [], [])
    named = re.findall(r"^#([a-z-]+: [a-z0-9].*)$", SAMPLE.read_text(encoding="utf-8"), re.M)
    assert {"port: 3478", "log-level: info"} <= set(named)
    (tmp_path / "c.yaml").write_text("\n".join(named), encoding="utf-8")
    _, before, _ = run(tmp_path, "--print-config")
    status, after, said = run(tmp_path, "--print-config", "--config", "c.yaml")
    assert (status, said, without_places(after)) == (0, [], without_places(before))
