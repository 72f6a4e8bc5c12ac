"""srflx bench against srflxd, and against small servers that are wrong in one way each."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from conftest import SRFLX, on_terminal
from stun import ERROR, FakeServer, error_code, mapped, message, success, with_fingerprint, xor_mapped

SRFLXD = os.environ["SRFLXD"]
SHORT = ["--json", "--warm-up", "0", "--seconds", "0.2", "--timeout", "10000"]
IMPATIENT = ["--timeout", "100"]  # for requests that nobody answers


def good(request, peer, _number):
    """As a good server answers, whatever the dialect."""
    if request[4:8] == bytes.fromhex("2112a442"):
        answer = success(request, peer)
        return [with_fingerprint(answer) if request[-8:-4] == bytes.fromhex("80280004") else answer]
    return [message(0x0101, request[4:20], mapped(*peer[:2]))]


@contextlib.contextmanager
def srflxd(*hosts):
    """Yields the port and the process of a server that answers."""
    with contextlib.ExitStack() as stack:
        port = free_port()
        listen = [word for host in hosts for word in ("--listen", f"{host}:{port}")]
        process = stack.enter_context(subprocess.Popen(
            [SRFLXD, *listen, "--tcp=false", "--workers", "1", "--log-level", "error"], stderr=subprocess.DEVNULL))
        stack.callback(process.kill)
        wait_for_answer(port, process)
        yield port, process


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_answer(port, process):
    end = time.monotonic() + 30
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(0.1)
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError):
                asker.sendto(message(1, bytes.fromhex("2112a442") + b"are you on?!"), ("127.0.0.1", port))
                asker.recv(2048)
                return
    pytest.fail("srflxd does not answer")


def whole(found):
    """Each request is accounted for, and garbage is not one."""
    outcome = found["answered"] + found["lost"] + found["garbage"]
    completing = {kind: n for kind, n in found["errors"].items()
                  if kind not in ("id", "sender", "duplicate", "late", "garbage")}
    return found["sent"] == outcome + sum(completing.values())


class TestServer:
    """The real one."""

    def test_nothing_but_garbage_is_as_asked(self, srflx):
        with srflxd("127.0.0.1") as (port, _):
            run = srflx("bench", f"127.0.0.1:{port}", "--json", "--rate", "500", "--seconds", "0.5", "--warm-up", "0",
                        "--mix", "garbage=100")
        found = json.loads(run.out)
        assert (run.code, run.err, found["ok"], found["answered"], found["bad"]) == (0, "", True, 0, 0)
        assert found["garbage"] == found["sent"] > 0

    def test_every_kind_is_answered_rightly(self, srflx):
        mix = "plain=20,classic=20,fingerprint=20,ice=20,garbage=20"
        with srflxd("127.0.0.1") as (port, process):
            run = srflx("bench", f"127.0.0.1:{port}", "--json", "--seconds", "0.5", "--warm-up", "0.1",
                        "--mix", mix, "--pids", process.pid)
        found = json.loads(run.out)
        assert (run.code, run.err) == (0, "")
        assert (found["ok"], found["bad"], found["errors"], found["lost"]) == (True, 0, {}, 0)
        assert found["target"] == f"127.0.0.1:{port}" and found["transport"] == "udp"
        assert found["answered"] > 100 and whole(found)
        assert abs(found["garbage"] - found["sent"] / 5) <= 20
        assert 0.5 <= found["seconds"] < 10
        assert found["rate"] == pytest.approx(found["answered"] / found["seconds"])
        assert found["unsent"] == 0
        assert found["client_cpu_ns_per_request"] > 0 and found["server_cpu_ns_per_answer"] > 0
        latency = list(found["latency_us"].values())
        assert list(found["latency_us"]) == ["min", "mean", "p50", "p90", "p99", "p99.9", "max"]
        assert latency[0] > 0 and latency[2:] == sorted(latency[2:]) and latency[1] < latency[6]

    def test_over_ipv6(self, srflx, ipv6):  # pylint: disable=unused-argument
        with srflxd("127.0.0.1", "[::1]") as (port, _):
            run = srflx("bench", f"[::1]:{port}", *SHORT, "--mix", "plain=50,fingerprint=50")
        found = json.loads(run.out)
        assert (run.code, found["errors"], found["lost"]) == (0, {}, 0)
        assert found["answered"] > 10

    def test_in_words(self, srflx):
        with srflxd("127.0.0.1") as (port, _):
            run = srflx("bench", f"127.0.0.1:{port}", "--seconds", "0.2", "--warm-up", "0", "--window", "4")
        assert (run.code, run.err) == (0, "")
        lines = run.out.splitlines()
        assert lines[0] == f"target    127.0.0.1:{port} over UDP, 4 requests on their way from 8 ports"
        assert [line.split()[0] for line in lines[1:6]] == ["sent", "answered", "lost", "CPU", "latency"]
        rows = lines[8:]
        assert 1 <= len(rows) <= 16 and all(len(row) <= 80 and " to " in row for row in rows)
        assert sum(float(row.split("%")[0].split()[-1]) for row in rows) == pytest.approx(100, abs=0.1)
        assert "\x1b" not in run.out


class TestTerminal:
    """The word on stderr, once a second, and emphasis."""

    def test_shows_how_it_goes(self):
        with srflxd("127.0.0.1") as (port, _):
            said = on_terminal("stderr", "bench", f"127.0.0.1:{port}", "--json", "--warm-up", "1.9",
                               "--seconds", "1.9")
        words = said.split("\x1b[K")
        assert words.pop() == "" and words.pop() == "\r"
        forms = [r"\rwarming up: \d\.\d of 1\.9 s",
                 r"\r\d\.\d of 1\.9 s: [1-9]\d* answers/s, 0 lost, 0 wrong, p99 \d+\.\d us"]
        assert all(any(re.fullmatch(form, word) for form in forms) for word in words)
        assert all(any(re.fullmatch(form, word) for word in words) for form in forms)

    @pytest.mark.parametrize("no_color, emphasised", [("", True), ("1", False)])
    def test_emphasis(self, no_color, emphasised):
        environment = {"NO_COLOR": no_color, "TERM": "xterm"}
        with FakeServer(good) as server:
            said = on_terminal("stdout", "bench", server, "--seconds", "0.1", "--warm-up", "0",
                               environment=environment)
        assert ("\x1b[1m" in said) is emphasised


class TestSources:
    def test_each_request_has_its_own(self, srflx):
        with FakeServer(good) as server:
            run = srflx("bench", server, *SHORT, "--sources", "127.0.0.0/8", "--ports", "3")
        found = json.loads(run.out)
        assert (run.code, found["errors"]) == (0, {})
        peers = [host for host, _ in server.peers]
        assert len(peers) > 10 and len(set(peers)) == len(peers)
        assert len({port for _, port in server.peers}) == 3

    def test_from_one_address(self, srflx):
        with FakeServer(good) as server:
            run = srflx("bench", server, *SHORT, "--from", "127.0.0.77", "--ports", "5")
        assert (run.code, {host for host, _ in server.peers}) == (0, {"127.0.0.77"})
        assert len({port for _, port in server.peers}) == 5

    def test_an_answer_from_elsewhere_is_wrong(self, srflx):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            script = lambda request, peer, number: [(other, *good(request, peer, number))]
            with FakeServer(script) as server:
                run = srflx("bench", server, *SHORT, *IMPATIENT, "--sources", "127.0.0.0/8", "--window", "2")
        found = json.loads(run.out)
        assert (run.code, found["answered"]) == (6, 0)
        assert found["errors"]["sender"] == found["lost"] == found["sent"] == len(server.requests)

    @pytest.mark.parametrize("prefix, host", [
        ("10.9.0.0/16", "127.0.0.1"), ("2001:db8:9::/48", "::1"), ("2001:db8:9::/64", "::1"),
    ])
    def test_of_a_local_route(self, srflx, namespace, prefix, host):
        beside = pathlib.Path(__file__).with_name("beside.py")
        script = 'ip link set lo up && ip route add local "$0" dev lo && exec "$@"'
        run = srflx("bench", host, *SHORT, "--sources", prefix,
                    prefix=[*namespace, "sh", "-c", script, prefix, sys.executable, "-B", beside,
                            f"new={host}", "--"])
        found = json.loads(run.out)
        assert (run.code, run.err, found["errors"]) == (0, "", {})
        assert found["answered"] == found["sent"] > 10

    def test_must_be_of_this_machine(self, srflx):
        run = srflx("bench", "127.0.0.1", "--sources", "198.51.100.0/24")
        assert (run.code, run.out, run.err) == (
            4, "", "srflx bench: 198.51.100.1 of --sources is no address of this machine; "
            "try 'ip route add local PREFIX dev lo'\n")


def changed(data, at, bits=1):
    return data[:at] + bytes([data[at] ^ bits]) + data[at + 1:]


def answer(request, peer):
    return good(request, peer, 0)[0]


class TestLies:
    """Each wrong answer is found, and counted once for each request."""

    @pytest.mark.parametrize("kind, mix, lie", [
        ("malformed", "plain", lambda request, peer: answer(request, peer)[:-1]),
        ("malformed", "plain", lambda request, peer: changed(answer(request, peer), 23, 0x40)),
        ("type", "plain", lambda request, _: request),
        ("type", "plain", lambda request, peer: changed(answer(request, peer), 1, 3)),
        ("address", "plain", lambda request, peer: success(request, peer, "203.0.113.1")),
        ("address", "plain", lambda request, peer: success(request, peer, peer[0], peer[1] ^ 1)),
        ("address", "plain", lambda request, _: message(0x0101, request[4:20])),
        ("address", "plain", lambda request, peer: message(0x0101, request[4:20], mapped(*peer))),
        ("address", "classic",
         lambda request, peer: message(0x0101, request[4:20], xor_mapped(*peer, request[4:20]))),
        ("fingerprint", "plain", lambda request, peer: with_fingerprint(success(request, peer), error=1)),
        ("fingerprint", "fingerprint", lambda request, peer: success(request, peer)),
        ("fingerprint", "ice", lambda request, peer: success(request, peer)),
        ("error_400", "plain", lambda request, _: message(ERROR, request[4:20], error_code(400))),
        ("error_420", "plain", lambda request, _: message(ERROR, request[4:20], error_code(420))),
        ("error_600", "classic", lambda request, _: message(ERROR, request[4:20], error_code(600))),
        ("error_401", "ice", lambda request, _: with_fingerprint(
            message(ERROR, request[4:20], error_code(401)))),
    ])
    def test_that_end_a_request(self, srflx, kind, mix, lie):
        with FakeServer(lambda request, peer, _: [lie(request, peer)]) as server:
            run = srflx("bench", server, *SHORT, "--mix", f"{mix}=100")
        found = json.loads(run.out)
        assert (run.code, found["ok"], found["answered"], found["lost"]) == (6, False, 0, 0)
        assert found["sent"] == len(server.requests) > 0
        assert found["errors"] == {kind: found["sent"]}
        assert found["bad"] == found["sent"]
        assert found["latency_us"] is None

    @pytest.mark.parametrize("kind, mix, lie", [
        ("id", "plain", lambda request, peer: changed(answer(request, peer), 19)),
        ("id", "classic", lambda request, peer: changed(answer(request, peer), 4)),
        ("malformed", "plain", lambda _request, _peer: b"no STUN"),
        ("malformed", "plain", lambda _request, _peer: bytes([0x80]) + bytes(39)),
    ])
    def test_that_leave_a_request_unanswered(self, srflx, kind, mix, lie):
        with FakeServer(lambda request, peer, _: [lie(request, peer)]) as server:
            run = srflx("bench", server, *SHORT, *IMPATIENT, "--mix", f"{mix}=100", "--window", "3")
        found = json.loads(run.out)
        assert (run.code, found["answered"]) == (6, 0)
        assert found["sent"] == found["lost"] == len(server.requests) > 0
        assert found["errors"] == {kind: found["sent"]}

    def test_a_wrong_answer_between_right_ones(self, srflx):
        def script(request, peer, number):
            return [success(request, peer, "203.0.113.1")] if number == 5 else good(request, peer, number)

        with FakeServer(script) as server:
            run = srflx("bench", server, *SHORT)
        found = json.loads(run.out)
        assert (run.code, found["errors"], found["bad"], found["lost"]) == (6, {"address": 1}, 1, 0)
        assert found["answered"] == found["sent"] - 1 == len(server.requests) - 1

    def test_second_answers(self, srflx):
        with FakeServer(lambda request, peer, number: 2 * good(request, peer, number)) as server:
            run = srflx("bench", server, *SHORT, "--ports", "1")
        found = json.loads(run.out)
        assert (run.code, found["lost"]) == (6, 0)
        assert found["answered"] == found["sent"] == len(server.requests)
        assert list(found["errors"]) == ["duplicate"]  # the very last may come too late to be seen
        assert found["sent"] - 1 <= found["errors"]["duplicate"] <= found["sent"]

    def test_an_answer_to_garbage(self, srflx):
        def script(request, peer, number):
            if len(request) == 20 and request[:4] == bytes.fromhex("00010000"):
                return good(request, peer, number)
            return [success(request, peer)]

        with FakeServer(script) as server:
            run = srflx("bench", server, *SHORT, "--timeout", "1000", "--mix", "plain=60,garbage=40")
        found = json.loads(run.out)
        assert (run.code, found["lost"]) == (6, 0)
        assert 0 < found["garbage"] == found["bad"]
        assert found["errors"] == {"garbage": found["garbage"]}
        assert found["sent"] == found["answered"] + found["garbage"] == len(server.requests)

    def test_late_answers_are_no_lies(self, srflx):
        """The first answer is held back until the second request shows that the first was given up."""
        held = []

        def script(request, peer, number):
            held.extend(good(request, peer, number) if number == 1 else [])
            if number == 1:
                return []
            return [held.pop(), *good(request, peer, number)] if held else good(request, peer, number)

        with FakeServer(script) as server:
            run = srflx("bench", server, *SHORT, "--timeout", "1000", "--seconds", "1.5", "--window", "1",
                        "--ports", "1")
        found = json.loads(run.out)
        assert (run.code, found["lost"], found["errors"], found["bad"]) == (0, 1, {"late": 1}, 0)
        assert found["sent"] == found["answered"] + 1

    def test_an_ice_check_may_succeed(self, srflx):
        with FakeServer(good) as server:
            run = srflx("bench", server, *SHORT, "--mix", "ice=100")
        assert (run.code, json.loads(run.out)["errors"]) == (0, {})


class TestNoAnswer:
    @pytest.mark.parametrize("options", [[], ["--sources", "127.0.0.0/8"]])
    def test_nobody_listens(self, srflx, options):
        run = srflx("bench", f"127.0.0.1:{free_port()}", *SHORT, *options)
        found = json.loads(run.out)
        assert (run.code, found["ok"], found["answered"], found["lost"], found["bad"]) == (1, False, 0, 0, 0)
        assert found["sent"] > 0 and found["errors"] == {"refused": found["sent"]}

    def test_silence(self, srflx):
        with FakeServer(lambda *_: []) as server:
            run = srflx("bench", server, *SHORT, *IMPATIENT, "--window", "7")
        found = json.loads(run.out)
        assert (run.code, found["errors"], found["answered"]) == (1, {}, 0)
        assert found["sent"] == found["lost"] == len(server.requests) >= 7

    def test_a_name_that_does_not_exist(self, srflx):
        run = srflx("bench", "--json", "nowhere.invalid")
        found = json.loads(run.out)
        assert (run.code, found["ok"], found["error"]["name"]) == (4, False, "NAME")

    def test_a_process_that_does_not_exist(self, srflx):
        with FakeServer(good) as server:
            run = srflx("bench", server, "--seconds", "0.1", "--pids", "999999999")
        assert (run.code, run.out, run.err) == (
            4, "", "srflx bench: there is no process 999999999 whose CPU time counts\n")


class TestRate:
    def test_is_kept(self, srflx):
        with srflxd("127.0.0.1") as (port, _):
            run = srflx("bench", f"127.0.0.1:{port}", *SHORT, "--seconds", "0.5", "--rate", "2000")
        found = json.loads(run.out)
        assert run.code == 0
        assert found["sent"] + found["unsent"] == 1000
        assert found["seconds"] == pytest.approx(0.5, abs=0.3)

    def test_garbage_alone(self, srflx):
        with FakeServer(lambda *_: []) as server:
            run = srflx("bench", server, *SHORT, *IMPATIENT, "--rate", "500", "--mix", "garbage=100")
        found = json.loads(run.out)
        assert (run.code, found["errors"]) == (0, {})  # silence is what garbage gets
        assert found["sent"] == found["garbage"] == len(server.requests)
        assert found["sent"] + found["unsent"] == 100

    def test_a_stall_shows_with_all_who_waited(self, srflx):
        """300 ms of 1 s without answers: 30 % of the requests were due in that time, and on average
        wait for half of it. A closed loop would have seen one request wait."""

        def script(request, peer, number):
            if number == 150:
                time.sleep(0.3)
            return good(request, peer, number)

        with FakeServer(script) as server:
            run = srflx("bench", server, *SHORT, "--seconds", "1", "--rate", "500")
        found = json.loads(run.out)
        assert (run.code, found["lost"], found["errors"]) == (0, 0, {})
        assert found["latency_us"]["p99"] > 250000
        assert found["latency_us"]["p90"] > 150000
        assert found["latency_us"]["max"] > 299000


    def test_its_own_stall_shows_too(self):
        """Stopped for 300 ms of 1 s, it sends what was due meanwhile late, and counts from when it was due."""
        started = []

        def script(request, peer, number):
            if number == 150:
                started[0].send_signal(signal.SIGSTOP)
                time.sleep(0.3)
                started[0].send_signal(signal.SIGCONT)
            return good(request, peer, number)

        with FakeServer(script) as server:
            words = [SRFLX, "bench", str(server), *SHORT, "--seconds", "1", "--rate", "500"]
            with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
                started.append(process)
                out, _ = process.communicate(timeout=60)
        found = json.loads(out)
        assert (process.returncode, found["lost"], found["errors"]) == (0, 0, {})
        assert found["latency_us"]["p99"] > 250000
        assert found["latency_us"]["p90"] > 150000


class TestGuard:
    @pytest.mark.parametrize("host, addr", [
        ("192.0.2.1", "192.0.2.1"), ("[2001:db8::1]:3478", "2001:db8::1"), ("8.8.8.8:53", "8.8.8.8"),
        ("0.0.0.0", "0.0.0.0"), ("224.0.0.1", "224.0.0.1"), ("172.32.0.1", "172.32.0.1"),
    ])
    def test_refuses_targets_that_may_be_somebody_elses(self, srflx, host, addr):
        run = srflx("bench", "--seconds", "0.1", host)
        assert (run.code, run.out, run.err) == (
            2, "", f"srflx bench: {addr} is no loopback or private address, and load may harm whoever "
            "has it; if the server is yours, say --i-own-this-server\nTry 'srflx bench --help'.\n")

    def test_yields_to_the_owner(self, srflx, namespace):
        run = srflx("bench", "--seconds", "0.1", "--i-own-this-server", "192.0.2.1", prefix=namespace)
        assert (run.code, run.out, run.err) == (
            4, "", "srflx bench: cannot open a port towards 192.0.2.1: Network is unreachable\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_early_with_a_report(number):
    loaded = threading.Event()

    def script(request, peer, count):
        if count == 100:
            loaded.set()
        return good(request, peer, count)

    with FakeServer(script) as server:
        words = [SRFLX, "bench", str(server), "--json", "--seconds", "600", "--warm-up", "0"]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            assert loaded.wait(60)
            process.send_signal(number)
            out, _ = process.communicate(timeout=60)
    found = json.loads(out)
    assert (process.returncode, found["ok"], found["errors"], found["lost"]) == (0, True, {}, 0)
    assert found["answered"] == found["sent"] == len(server.requests)
    assert found["seconds"] < 60


def test_a_seed_makes_it_repeatable(srflx):
    runs = []
    for seed in (1, 1, 2):
        with FakeServer(good) as server:
            srflx("bench", server, *SHORT, "--window", "1", "--ports", "1", "--seed", seed, "--mix",
                  "plain=50,ice=50")
        runs.append(server.requests[:30])
    assert len(runs[0]) == 30
    assert runs[0] == runs[1] != runs[2]
