"""Clients that nobody here wrote ask srflxd from behind a NAT, on a path that loses nothing and on one
that loses 30 %. Each must tell the public endpoint of the very socket that it asked from."""

import contextlib
import ipaddress
import json
import os
import pathlib
import re
import selectors
import subprocess
import time
from typing import Callable, NamedTuple

import pytest

from internet import CLASSIC_ONLY, IPV4, IPV6, PORT
from programs import SOFTWARE_TEXT, needed, needed_import
from stun import COOKIE

HERE = pathlib.Path(__file__).parent
MESSAGES = "mapped address, id, SOFTWARE, FINGERPRINT"
VALID, BAD_REQUEST = 0, 3  # of libnice

pytestmark = pytest.mark.usefixtures("srflxd")


def run(internet, *command):
    """(exit code, what it said) of a program at home."""
    done = subprocess.run(internet.home.command(*command), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def ask(internet, script, *words):
    """What one of our scripts around a library printed."""
    needs = {"ask_aioice.py": ("import aioice", "python3-aioice"),
             "ask_libnice.py": ("import gi; gi.require_version('Nice', '0.1')", "python3-gi gir1.2-nice-0.1")}
    code, said = run(internet, needed_import(*needs[script]), "-B", HERE / script, *words)
    assert code == 0, said
    return json.loads(said)


def endpoint(text):
    address, _, port = text.rpartition(":")
    return address, int(port)


def only(items):
    (item,) = set(items)
    return item


# A client that asks again says (its local port or None, the public endpoint that it was told).


def stun(internet, family):
    """Its whole NAT test, which asks from two sockets; only the first of them gets addresses, for the
    other wants answers from elsewhere, and gets 420."""
    _, said = run(internet, needed("stun", "stun-client"), family.server, "-v", "-p", 5000)
    assert only(re.findall(r"^SourceAddress = (\S+)$", said, re.M)) == f"{family.server}:{PORT}"
    assert only(re.findall(r"^ErrorCode = (.*?) *$", said, re.M)) == "4 20"
    return 5000, endpoint(only(re.findall(r"^MappedAddress = (\S+)$", said, re.M)))


def stunc(internet, family):
    code, said = run(internet, needed("stunc", "sofia-sip-bin"), family.server, "-b")
    assert code == 0
    return (int(only(re.findall(r"local socket is bound to 0\.0\.0\.0:(\d+)$", said, re.M))),
            endpoint(only(re.findall(r"local address NATed as (\S+)$", said, re.M))))


def aioice(internet, family):
    (told,) = ask(internet, "ask_aioice.py", "gather", family.home, family.server)
    assert told["local"][0] == family.home
    return told["local"][1], tuple(told["mapped"])


def aioice_messages(internet, family):
    (told,) = ask(internet, "ask_aioice.py", "message", family.home, family.server)
    assert told["from"] == [family.server, PORT]
    assert told["attributes"] == ["XOR-MAPPED-ADDRESS", "SOFTWARE", "FINGERPRINT"]
    assert (told["reads"], told["reads_flawed"], told["software"]) == (True, False, SOFTWARE_TEXT)
    assert told["code"] == 420
    return told["local"][1], tuple(told["mapped"])


def libnice(internet, family, mode="RFC5245"):
    (told,) = ask(internet, "ask_libnice.py", "gather", mode, family.server)
    return None, tuple(told["mapped"])


class Repeating(NamedTuple):
    """A client that asks again until it is answered."""

    name: str
    what: str
    ask: Callable
    families: tuple

    def __str__(self):
        return self.ask.__name__


BOTH = (IPV4, IPV6)
CLASSIC = "mapped address (RFC 3489)"
STUN = "mapped and source address, 420 to CHANGE-REQUEST (RFC 3489)"
REPEATING = [
    Repeating("stun", STUN, stun, (IPV4,)),
    Repeating("stunc", CLASSIC, stunc, (IPV4,)),
    Repeating("aioice, gathering", "mapped address", aioice, (IPV4,)),
    Repeating("aioice, messages", f"{MESSAGES}, 420", aioice_messages, BOTH),
    Repeating("libnice, gathering", CLASSIC, libnice, BOTH),
]


@pytest.mark.parametrize("client, family", [(client, family) for client in REPEATING for family in client.families],
                         ids=str)
def test_clients_that_repeat_themselves(client, family, lossy, internet, agreed):
    if lossy:
        internet.lose()
    port, told = client.ask(internet, family)
    mapped = internet.mappings()
    assert told == (mapped[family.home, port] if port else only(mapped.values()))
    assert told[0] == family.public
    if lossy:
        assert min(internet.lost()) > 0
    agreed(client.name, "srflxd", client.what, family, lossy)


@pytest.mark.parametrize("mode", ["GOOGLE", "MSN", "WLM2009", "OC2007"])
def test_libnice_asks_alike_in_all_modes(mode, internet):
    """A classic request of 20 bytes, even where the mode is one of later protocols."""
    _, told = libnice(internet, IPV4, mode)
    assert told == only(internet.mappings().values())
    (request,) = internet.inside.requests()
    assert (request.payload[:4], len(request.payload)) == (bytes.fromhex("00010000"), 20)
    assert request.payload[4:8] != COOKIE


def test_libnice_reads_messages(family, internet, agreed):
    (told,) = ask(internet, "ask_libnice.py", "message", "RFC5389", family.server)
    assert tuple(told["mapped"]) == internet.mappings()[family.home, told["local"][1]]
    assert (told["validate"], told["software"]) == (VALID, SOFTWARE_TEXT)
    assert told["validate_flawed"] == BAD_REQUEST
    assert (told["validate_refusal"], told["code"]) == (VALID, 420)
    agreed("libnice, messages", "srflxd", f"{MESSAGES}, 420", family)


class Once(NamedTuple):
    """A client that asks with one datagram: its command line, where it says what it was told, how
    it writes an endpoint, and whether it asks as RFC 3489 does."""

    name: str
    what: str
    command: Callable
    says: str
    form: str
    classic: bool
    families: tuple

    def __str__(self):
        return self.command.__name__


def turnutils_stunclient(family):
    return needed("turnutils_stunclient", "coturn"), family.server


def nmap(family, *words):
    return (needed("nmap", "nmap"), *(["-6"] if family == IPV6 else []), "-n", "-Pn", "-sU", "-p", PORT, *words,
            family.server)


def nmap_stun_info(family):
    """By default the script asks as RFC 5389 does, but does not read the XOR-MAPPED-ADDRESS of the answer."""
    script = "/usr/share/nmap/scripts/stun-info.nse"
    return nmap(family, "--script", script, "--script-args", "stun.mode=classic")


ONCE = [
    Once("turnutils_stunclient", "mapped address", turnutils_stunclient,
         r"^\d+: : IPv[46]\. UDP reflexive addr: (\S+)$", "{}:{}", False, BOTH),
    Once("nmap, stun-info in classic mode", "mapped IP address (RFC 3489)", nmap_stun_info,
         r"^\|_  External IP: (\S+)$", "{}", True, (IPV4,)),
]
TRIES, ANSWERED = 10, 4


@contextlib.contextmanager
def running(internet, command, count):
    """So many of the program at a time, until the end of the block."""
    processes = [subprocess.Popen(internet.home.command(*command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True) for _ in range(count)]
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def wait_for(processes, count):
    """Until so many of them have ended."""
    with selectors.DefaultSelector() as waiting, contextlib.ExitStack() as stack:
        for process in processes:
            descriptor = os.pidfd_open(process.pid)
            stack.callback(os.close, descriptor)
            waiting.register(descriptor, selectors.EVENT_READ)
        while count > 0:
            ended = waiting.select(timeout=120)
            assert ended, "they do not end"
            for key, _ in ended:
                waiting.unregister(key.fileobj)
                count -= 1


def wait_for_loss(internet, lost):
    deadline = time.monotonic() + 60
    while internet.lost() != lost:
        assert time.monotonic() < deadline, internet.lost()


def reached(internet, classic):
    """The public endpoints of those whom an answer has reached."""
    mapped = internet.mappings()
    return [mapped[one.destination] for one in internet.inside.answers() if (one.payload[4:8] != COOKIE) == classic]


@pytest.mark.parametrize("client, family", [(client, family) for client in ONCE for family in client.families], ids=str)
def test_clients_that_ask_once(client, family, lossy, internet, agreed):
    """On the lossy path ten ask at a time. Three requests do not arrive, three answers do not come back, so
    four are told. The others would wait for long, or forever."""
    tries, answered = (TRIES, ANSWERED) if lossy else (1, 1)
    if lossy:
        internet.lose(CLASSIC_ONLY if client.classic else "")
    with running(internet, client.command(family), tries) as processes:
        wait_for(processes, answered)
        if lossy:
            wait_for_loss(internet, (3, 3))
    said = [re.findall(client.says, process.stdout.read(), re.M) for process in processes]
    endpoints = reached(internet, client.classic)
    assert {address for address, _ in endpoints} == {family.public}
    assert sorted(only(lines) for lines in said if lines) == sorted(client.form.format(*one) for one in endpoints)
    assert len(endpoints) == answered
    agreed(client.name, "srflxd", client.what, family, lossy, f"{answered} of {TRIES}: asks once" if lossy else "yes")


def test_nmap_finds_the_server(family, internet, agreed):
    """It asks as RFC 5389 does, with an id of zero."""
    code, said = run(internet, *nmap(family))
    assert code == 0
    assert re.findall(r"^3478/udp (\S+) +stun$", said, re.M) == ["open"]
    assert {one.payload for one in internet.inside.requests()} == {bytes.fromhex("00010000") + COOKIE + bytes(12)}
    agreed("nmap, scanning", "srflxd", "that the port is open", family)


def no_ipv6(client, what, agreed):
    for path in False, True:
        agreed(client, "srflxd", what, IPV6, path, "no IPv6")


# What these cannot. The rows would be the first to say if that changed.


def test_stun_has_no_ipv6(internet, agreed):
    """It takes what stands before the first colon for a host: the number 2001."""
    with running(internet, (needed("stun", "stun-client"), IPV6.server, 1, "-v"), 1) as (process,):
        assert any(line == "About to send msg of len 28 to 0.0.7.209:3478\n" for line in process.stdout)
    no_ipv6("stun", STUN, agreed)


def test_stunc_has_no_ipv6(internet, agreed):
    """Without brackets it waits forever, and sends nothing."""
    _, said = run(internet, needed("stunc", "sofia-sip-bin"), f"[{IPV6.server}]", "-b")
    assert said == "main: stun_handle_init() failed\n"
    no_ipv6("stunc", CLASSIC, agreed)


def test_aioice_gathers_no_ipv6(internet, agreed):
    assert ask(internet, "ask_aioice.py", "gather", IPV6.home, IPV6.server) == []
    no_ipv6("aioice, gathering", "mapped address", agreed)


def test_nmap_reads_no_ipv6(internet, agreed):
    """It prints the first four bytes."""
    _, said = run(internet, *nmap_stun_info(IPV6))
    (told,) = re.findall(ONCE[1].says, said, re.M)
    assert told == str(ipaddress.ip_address(ipaddress.ip_address(IPV6.public).packed[:4]))
    no_ipv6(ONCE[1].name, ONCE[1].what, agreed)
