"""Do the man pages describe what the programs and headers have, all of it and nothing else?"""

import contextlib
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).parents[2]
SRFLX = os.environ["SRFLX"]
SRFLXD = os.environ["SRFLXD"]
HEADINGS = re.compile(r"^# (.+)$", re.M)
HELP_OPTION = re.compile(r"^  (-\S+(?: \S+)?)(?:  |$)", re.M)
PAGE_OPTION = re.compile(r"^(\*-.*)$", re.M)
PUBLIC_HEADERS = [*SOURCE.glob("lib/*/include/srflx/*.h"), *SOURCE.glob("io/include/srflx/*.h")]


def page(name):
    return (SOURCE / f"docs/man/{name}.scd").read_text(encoding="utf-8")


def sections(name):
    """Heading -> text of a page, with its formatting."""
    parts = HEADINGS.split(page(name))
    return dict(zip(parts[1::2], parts[2::2]))


def plain(text):
    return re.sub(r"[*_\\]", "", text)


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def commands():
    listed = output(SRFLX, "--help").partition("Commands:\n")[2].partition("\n\n")[0]
    return [line.split()[0] for line in listed.splitlines()]


# Options and exit codes


def described(text):
    return [plain(option) for option in PAGE_OPTION.findall(text)]


def test_every_command_has_its_section():
    assert {name.upper() for name in commands()} - {"HELP"} <= set(sections("srflx.1"))


@pytest.mark.parametrize("program, words, name, heading", [
    (SRFLX, [], "srflx.1", "OPTIONS"),
    (SRFLXD, [], "srflxd.8", "OPTIONS"),
    *((SRFLX, [name], "srflx.1", name.upper()) for name in commands() if name != "help"),
])
def test_options_of_page_and_help_are_the_same(program, words, name, heading):
    helped = HELP_OPTION.findall(output(program, *words, "--help"))
    assert len(helped) >= 2
    assert described(sections(name)[heading]) == helped


def test_exit_codes_of_page_and_help_are_the_same():
    helped = re.findall(r"^  (\d)  (.+)$", output(SRFLX, "--help"), re.M)
    codes = re.findall(r"^\*(\d)\*\n((?:\t.+\n)+)", sections("srflx.1")["EXIT STATUS"], re.M)
    spelled = [(code, " ".join(text.split()).rstrip(".").lower()) for code, text in codes]
    assert spelled == [(code, text.lower()) for code, text in helped]
    served = re.search(r"^Exit status: (.*)$", output(SRFLXD, "--help"), re.M)[1]
    codes = re.findall(r"^\*(\d)\*$", sections("srflxd.8")["EXIT STATUS"], re.M)
    assert codes == re.findall(r"\d", served)


# What is said


def free_port():
    """Of TCP and UDP, on 127.0.0.1, and one that the system gives to nobody by itself."""
    while True:
        port = random.randint(20000, 30000)
        with contextlib.suppress(OSError), socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return str(port)


@pytest.fixture(name="server", scope="module")
def server_that_has_answered():
    """The lines of a server's life, and the JSON that `srflx query` printed about it."""
    port = free_port()
    command = [SRFLXD, "--listen", "127.0.0.1", "--port", port]
    said = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            said.append(line)
            if line.startswith("srflxd: ready "):
                break
        asked = json.loads(output(SRFLX, "query", "--json", "--count", "1", f"127.0.0.1:{port}"))
        process.send_signal(signal.SIGTERM)
        said += process.stderr
    return said, asked


def test_messages_of_srflxd_are_described(server):
    described_messages = " ".join(plain(sections("srflxd.8")["MESSAGES"]).split())
    said, _ = server
    assert len(said) >= 5
    for line in said:
        text = line.removeprefix("srflxd: ").strip()
        text = re.sub(r"127\.0\.0\.1:\d+", "ADDR", text)
        text = re.sub(r"\b\d+\b", "N", text).replace("1 worker;", "N workers;")
        if not re.match(r"N  ", text):
            assert text in described_messages


def keys(value):
    """Every key in a JSON value."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    return set(value).union(*map(keys, value.values())) if isinstance(value, dict) else set()


def properties(schema):
    """Every key that a schema speaks of, but for what an attribute's value consists of."""
    if not isinstance(schema, dict):
        return set()
    found = set(schema.get("properties", {}))
    for key, part in schema.items():
        if key not in ("value", "algorithm"):
            found |= properties(part)
    return found


def unanswered():
    done = subprocess.run([SRFLX, "query", "--json", f"127.0.0.1:{free_port()}"], check=False,
                          text=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def test_json_fields_are_described(server):
    _, asked = server
    described_fields = set(re.findall(r"\*(\w+)\*", sections("srflx.1")["JSON"]))
    schema = json.loads((SOURCE / "docs/srflx-decode.schema.json").read_text(encoding="utf-8"))
    for printed in [keys(asked), keys(unanswered()), properties(schema)]:
        assert len(printed) >= 10
        assert printed - described_fields == set()


# libsrflx(3)


def test_every_public_header_is_listed():
    listed = re.findall(r"^\*<srflx/(\w+\.h)>\*$", page("libsrflx.3"), re.M)
    assert sorted(listed) == sorted(path.name for path in PUBLIC_HEADERS)


def test_what_libsrflx_3_names_is_declared():
    declared = "".join(path.read_text(encoding="utf-8") for path in PUBLIC_HEADERS)
    for function in re.findall(r"\b(srflx_\w+)\*?\(", page("libsrflx.3")):
        assert f"{function}(" in declared, function
