"""srflx query against small servers that behave as no real one would on demand."""

import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from conftest import SRFLX, on_terminal, seconds_until_failure, without_times
from stun import (COOKIE, ERROR, SUCCESS, UNKNOWN_ATTRIBUTES, FakeServer, attribute, error_code, mapped,
                  message, success, with_fingerprint)


def good(request, peer, _number):
    return [success(request, peer)]


def behind_nat(request, peer, _number):
    return [success(request, peer, "203.0.113.77", 54321)]


def silent(_request, _peer, _number):
    return []


def rejecting(code, phrase=b"", *more):
    return lambda request, _peer, _number: [message(ERROR, request[4:20], error_code(code, phrase), *more)]


def family(host):
    return "IPv6" if ":" in host else "IPv4"


def addr_json(address):
    return {"address": address[0], "port": address[1], "family": family(address[0])}


class TestAnswer:
    def test_as_text(self, srflx):
        with FakeServer(good) as server:
            run = srflx("query", server)
        host, port = server.peers[0]
        assert (run.code, run.err) == (0, "")
        assert without_times(run.out) == (
            f"address  {host}:{port} (IPv4)\n"
            "rtt      # ms\n"
            f"local    {host}:{port}, no NAT between here and the server\n"
            f"server   {server} over UDP\n")

    def test_as_json(self, srflx):
        with FakeServer(good) as server:
            run = srflx("query", "--json", server)
        found = json.loads(run.out)
        assert (run.code, run.err) == (0, "")
        assert 0 < found.pop("rtt_ms") < 10000
        assert found == {
            "ok": True,
            "server": addr_json((server.host, server.port)) | {"name": server.host},
            "transport": "udp",
            "local": addr_json(server.peers[0]),
            "mapped": addr_json(server.peers[0]),
            "nat": False,
            "sent": 1,
        }

    def test_behind_nat(self, srflx):
        with FakeServer(behind_nat) as server:
            text, as_json = srflx("query", server), srflx("query", "--json", server)
        host, port = server.peers[0]
        assert text.out.startswith("address  203.0.113.77:54321 (IPv4)\n")
        assert f"local    {host}:{port}, behind NAT\n" in text.out
        found = json.loads(as_json.out)
        assert found["nat"] is True
        assert found["mapped"] == addr_json(("203.0.113.77", 54321))

    def test_another_port_is_nat_too(self, srflx):
        with FakeServer(lambda request, peer, _: [success(request, peer, peer[0], peer[1] ^ 1)]) as server:
            assert json.loads(srflx("query", "--json", server).out)["nat"] is True

    # spec: R8489-6.3.3-04
    def test_the_other_family_is_nat_too(self, srflx):
        with FakeServer(lambda request, peer, _: [success(request, peer, "2001:db8::1", peer[1])]) as server:
            found = json.loads(srflx("query", "--json", server).out)
        assert (found["nat"], found["mapped"]["address"]) == (True, "2001:db8::1")

    # spec: R7064-3.1-01
    def test_forms_of_ipv6(self, srflx, ipv6):
        with FakeServer(good, "::1") as server:
            for form in (f"[::1]:{server.port}", f"stun:[::1]:{server.port}", f"STUN:[0:0::1]:{server.port}"):
                run = srflx("query", form)
                host, port = server.peers[-1][:2]
                assert (run.code, run.err) == (0, "")
                assert run.out.startswith(f"address  [{host}]:{port} (IPv6)\n")

    def test_ipv4_mapped_and_unspecified_addresses(self, srflx):
        with FakeServer(good) as server:
            for form in (f"[::ffff:127.0.0.1]:{server.port}", f"0.0.0.0:{server.port}"):
                assert f"\nserver   {server} over UDP\n" in srflx("query", form).out

    def test_bind(self, srflx):
        with FakeServer(good) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.5", 0))
            free = probe.getsockname()
            probe.close()
            run = srflx("query", "--bind", f"{free[0]}:{free[1]}", server)
            assert srflx("query", "--bind", "127.0.0.6", server).code == 0
        assert run.code == 0
        assert server.peers[0] == free
        assert server.peers[1][0] == "127.0.0.6"


class TestRequest:
    # spec: R5389-12.1-01 R8489-5-07
    def test_has_a_cookie_and_no_attributes(self, srflx):
        with FakeServer(good) as server:
            srflx("query", server)
            srflx("query", server)
        first, second = server.requests
        assert [len(first), len(second)] == [20, 20]
        assert first[:8] == second[:8] == bytes.fromhex("00010000") + COOKIE
        assert first[8:] != second[8:]

    # spec: R3489-9.3-02 R3489-9.3-03
    def test_of_the_classic_form_has_no_cookie(self, srflx):
        with FakeServer(lambda request, peer, _: [message(SUCCESS, request[4:20], mapped(*peer))]) as server:
            run = srflx("query", "--classic", server)
        request = server.requests[0]
        assert run.code == 0
        assert (len(request), request[:4]) == (20, bytes.fromhex("00010000"))
        assert request[4:8] != COOKIE
        assert run.out.startswith("address  {}:{} (IPv4)\n".format(*server.peers[0]))

    # spec: R8489-5-09
    def test_is_repeated_byte_by_byte(self, srflx):
        with FakeServer(lambda request, peer, number: good(request, peer, number) if number == 3 else []) as server:
            run = srflx("query", "--rto", "100", server)
        assert server.requests == [server.requests[0]] * 3
        assert re.search(r"^rtt      \d+\.\d{3} ms, since the last of 3 requests$", run.out, re.M)

    # spec: R5389-12.1-02
    def test_accepts_what_a_classic_server_says(self, srflx):
        source, changed = attribute(4, mapped("127.0.0.1", 1)[4:]), attribute(5, mapped("127.0.0.1", 2)[4:])

        def classic(request, peer, _number):
            return [message(SUCCESS, request[4:20], mapped(*peer), source, changed)]

        with FakeServer(classic) as server:
            run = srflx("query", server)
        assert run.code == 0
        assert run.out.startswith("address  {}:{} (IPv4)\n".format(*server.peers[0]))


class TestStrangers:
    """What is no answer to the request must not end it, nor be believed."""

    @pytest.mark.parametrize("strange", [
        lambda request, peer: success(bytes(8) + bytes(12), peer, "203.0.113.1"),
        lambda request, peer: request,
        lambda request, peer: message(0x0103, request[4:20]),
        lambda request, peer: success(request, peer, "203.0.113.1")[:-1],
        lambda request, peer: with_fingerprint(success(request, peer, "203.0.113.1"), error=1),
        lambda request, peer: b"no STUN",
    ], ids=["id", "request", "method", "cut", "fingerprint", "garbage"])
    def test_are_ignored(self, srflx, strange):
        with FakeServer(lambda request, peer, _: [strange(request, peer), success(request, peer)]) as server:
            run = srflx("query", "--verbose", server)
        assert (run.code, len(server.requests)) == (0, 1)
        assert run.out.startswith("address  {}:{} (IPv4)\n".format(*server.peers[0]))
        assert run.err.count("received and ignored") == 1

    def test_from_another_source_are_not_received(self, srflx):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))

            def from_both(request, peer, _number):
                return [(other, success(request, peer, "203.0.113.1")), success(request, peer)]

            with FakeServer(from_both) as server:
                run = srflx("query", "--verbose", server)
        assert run.out.startswith("address  {}:{} (IPv4)\n".format(*server.peers[0]))
        assert "ignored" not in run.err

    def test_a_right_fingerprint_is_welcome(self, srflx):
        with FakeServer(lambda request, peer, _: [with_fingerprint(success(request, peer))]) as server:
            assert srflx("query", server).code == 0


class TestFailure:
    # spec: R8489-6.3.4-03 R8489-14.8-11 R8489-14.8-12 R3489-9.4-01 R3489-9.4-09
    @pytest.mark.parametrize("code, phrase, said", [
        (420, b"Unknown Attribute", "420 Unknown Attribute"),
        (420, b"", "420 Unknown Attribute"),
        (400, b"Go away", "400 Go away"),
        (499, b"", "499 (no phrase)"),
        (600, "\x1b[1mné".encode(), "600 \\x1b[1mné"),
        (600, b"\xff", "600 \\xff"),
    ])
    def test_an_error_answer(self, srflx, code, phrase, said):
        with FakeServer(rejecting(code, phrase, attribute(UNKNOWN_ATTRIBUTES, b"\x7f\xff"))) as server:
            text, as_json = srflx("query", server), srflx("query", "--json", server)
        sentence = f"{server} answered with an error: {said}"
        assert (text.code, text.out, text.err) == (3, "", f"srflx query: {sentence}\n")
        assert (as_json.code, as_json.err) == (3, "")
        assert json.loads(as_json.out) == {
            "ok": False,
            "error": {"name": "REJECTED", "text": sentence, "code": code},
            "server": addr_json((server.host, server.port)) | {"name": server.host},
            "transport": "udp",
            "local": addr_json(server.peers[1]),
            "sent": 1,
        }

    # spec: R8489-6.3.4-04 R8489-14.8-16
    def test_500_is_asked_again(self, srflx):
        def recovering(request, peer, number):
            return rejecting(500)(request, peer, number) if number == 1 else good(request, peer, number)

        with FakeServer(recovering) as server:
            run = srflx("query", "--json", "--rto", "200", server)
        found = json.loads(run.out)
        assert (run.code, found["ok"], found["sent"], len(server.requests)) == (0, True, 2, 2)

    # spec: R8489-6.3.4-05 R8489-6.3.4-06
    def test_500_is_asked_again_four_times(self, srflx):
        with FakeServer(rejecting(500, b"Server Error")) as server:
            run = srflx("query", "--rto", "150", server)
        assert (run.code, len(server.requests)) == (3, 5)
        assert run.err == f"srflx query: {server} answered with an error: 500 Server Error\n"

    def test_an_answer_without_an_address(self, srflx):
        with FakeServer(lambda request, _peer, _number: [message(SUCCESS, request[4:20])]) as server:
            run = srflx("query", server)
        assert (run.code, run.out, run.err) == (
            3, "", f"srflx query: {server}: the server's answer cannot be used\n")

    def test_no_answer(self, srflx):
        with FakeServer(silent) as server:
            text = srflx("query", "--timeout", "0.9", "--rto", "100", server)
            asked = len(server.requests)
            as_json = srflx("query", "--timeout", "0.9", "--rto", "100", "--json", server)
        sentence = f"no answer from {server}: {asked} requests over UDP in # s"
        assert (text.code, text.out, without_times(text.err)) == (1, "", f"srflx query: {sentence}\n")
        assert 0.9 <= seconds_until_failure(text.err) < 10
        found = json.loads(as_json.out)
        assert (as_json.code, found["ok"], found["error"]["name"]) == (1, False, "TIMEOUT")
        assert (found["error"]["code"], found["sent"]) == (None, len(server.requests) - asked)

    def test_the_time_is_used_up(self, srflx):
        """All requests have left after 0.3 s, and an answer may still come."""
        with FakeServer(silent) as server:
            run = srflx("query", "--timeout", "1.3", "--rto", "5", server)
        assert (run.code, len(server.requests)) == (1, 7)
        assert seconds_until_failure(run.err) >= 1.3

    # spec: R8489-6.2.1-13 R8489-6.2.1-14
    def test_the_whole_schedule_of_rfc_8489(self, srflx):
        with FakeServer(silent) as server:
            run = srflx("query", "--rfc", "--rto", "10", server)
        assert (run.code, len(server.requests)) == (1, 7)
        sentence = f"srflx query: no answer from {server}: 7 requests over UDP in # s"
        assert without_times(run.err) == f"{sentence}\n"
        assert seconds_until_failure(run.err) >= 0.8  # 63 + 16 times the RTO

    # spec: R3489-9.3-07 R3489-9.3-08
    def test_the_whole_schedule_of_rfc_3489(self, srflx):
        with FakeServer(silent) as server:
            run = srflx("query", "--classic", server)
        assert (run.code, len(server.requests)) == (1, 9)
        sentence = f"srflx query: no answer from {server}: 9 requests over UDP in # s"
        assert without_times(run.err).splitlines()[-1] == sentence
        assert 9.5 <= seconds_until_failure(run.err) < 39

    # spec: R8489-6.2.1-17
    def test_nobody_listens(self, srflx):
        """The port is ours, but connected elsewhere, so that the kernel refuses all others."""
        with (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken,
              socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere):
            elsewhere.bind(("127.0.0.1", 0))
            taken.bind(("127.0.0.1", 0))
            taken.connect(elsewhere.getsockname())
            port = taken.getsockname()[1]
            text, as_json = srflx("query", f"127.0.0.1:{port}"), srflx("query", "--json", f"127.0.0.1:{port}")
        sentence = f"nobody listens on 127.0.0.1:{port}: Connection refused"
        assert (text.code, text.out, text.err) == (1, "", f"srflx query: {sentence}\n")
        assert as_json.code == 1
        assert json.loads(as_json.out)["error"] == {"name": "UNREACHABLE", "text": sentence, "code": None}

    def test_an_unknown_name(self, srflx):
        """The name is in no table of hosts, and nobody answers at the DNS server's port."""
        query = ("query", "--dns", "127.0.0.1:1")
        text, as_json = srflx(*query, "stun:no.such.name:1"), srflx(*query, "--json", "no.such.name")
        sentence = "no.such.name: the DNS gives no answer that can be used"
        assert (text.code, text.out, text.err) == (4, "", f"srflx query: {sentence}\n")
        assert (as_json.code, as_json.err) == (4, "")
        assert json.loads(as_json.out) == {"ok": False,
                                           "error": {"name": "NAME", "text": sentence, "code": None}}

    def test_an_address_of_the_other_family(self, srflx):
        for option, host in (("-4", "::1"), ("-6", "127.0.0.1")):
            run = srflx("query", option, host)
            assert (run.code, run.out) == (4, "")
            assert run.err == f"srflx query: {host}: the name has no address of the family asked for\n"

    def test_a_foreign_local_address(self, srflx):
        run = srflx("query", "--bind", "192.0.2.1:5", "127.0.0.1")
        assert (run.code, run.out, run.err) == (
            4, "", "srflx query: cannot bind to 192.0.2.1:5: Cannot assign requested address\n")
        run = srflx("query", "--json", "--bind", "192.0.2.1:5", "127.0.0.1")
        assert (run.code, json.loads(run.out)["error"]["name"]) == (4, "SYSTEM")


class TestSeries:
    def test_as_text(self, srflx):
        with FakeServer(good) as server:
            run = srflx("query", "--count", "3", "--interval", "0.01", server)
        host, port = server.peers[0]
        assert set(server.peers) == {(host, port)} and len(server.peers) >= 3  # more if a round trip took long
        assert (run.code, run.err) == (0, "")
        assert without_times(run.out) == (
            f"1: {host}:{port}  # ms\n"
            f"2: {host}:{port}  # ms\n"
            f"3: {host}:{port}  # ms\n"
            "3 queries, 3 answers, 0.0 % lost\n"
            "rtt min/avg/max #/#/# ms\n"
            f"local {host}:{port}, no NAT between here and the server\n"
            f"server {server} over UDP\n")
        assert len({request[8:] for request in server.requests}) == 3

    def test_as_json(self, srflx):
        def second_refused(request, peer, number):
            return rejecting(420)(request, peer, number) if number == 2 else good(request, peer, number)

        with FakeServer(second_refused) as server:
            run = srflx("query", "--count", "3", "--interval", "0.01", "--json", server)
        found = json.loads(run.out)
        assert (run.code, found["ok"]) == (0, True)
        assert [result["ok"] for result in found["results"]] == [True, False, True]
        assert found["results"][1]["error"]["code"] == 420
        rtt = found["statistics"].pop("rtt_ms")
        times = [result["rtt_ms"] for result in found["results"] if result["ok"]]
        assert (rtt["min"], rtt["max"]) == (min(times), max(times))
        assert rtt["avg"] == pytest.approx(sum(times) / 2, abs=1e-5)
        assert found["statistics"] == {"queries": 3, "answers": 2, "loss": pytest.approx(1 / 3)}

    def test_without_any_answer(self, srflx):
        with FakeServer(rejecting(420)) as server:
            run = srflx("query", "--count", "2", "--interval", "0.01", server)
        line = f"{server} answered with an error: 420 Unknown Attribute\n"
        assert (run.code, run.out) == (3, f"1: {line}2: {line}2 queries, 0 answers, 100.0 % lost\n")

    # spec: R8489-6.2.1-10 R8489-6.2.1-06
    def test_the_second_query_knows_the_round_trip_time(self, srflx):
        """With the 60 s of --rto, the second query would not be repeated before its time is up."""
        def losing_one(request, peer, number):
            return [] if number == 2 else good(request, peer, number)

        with FakeServer(losing_one) as server:
            run = srflx("query", "--count", "2", "--interval", "0.01", "--rto", "60000", server)
        assert run.code == 0
        assert "\n2 queries, 2 answers, 0.0 % lost\n" in run.out
        assert server.requests[0] != server.requests[1] == server.requests[2]

    # spec: R8489-6.2.1-08
    def test_the_second_query_knows_that_the_first_was_repeated(self, srflx):
        """The fourth request is the first to be answered: 800 ms would have passed to the next."""
        times = []

        def deaf_at_first(request, peer, number):
            times.append(time.monotonic())
            return good(request, peer, number) if number in (4, 6) else []

        with FakeServer(deaf_at_first) as server:
            run = srflx("query", "--count", "2", "--interval", "0.01", "--rto", "100", server)
        assert run.code == 0
        assert len(times) == 6
        assert times[5] - times[4] > 0.4

    def test_interrupted(self):
        with FakeServer(good) as server:
            command = [SRFLX, "query", "--count", "9", "--interval", "2", str(server)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                lines = [process.stdout.readline(), process.stdout.readline()]
                process.send_signal(signal.SIGINT)
                rest = process.stdout.read()
        assert process.returncode == 0
        assert [line[:3] for line in lines] == ["1: ", "2: "]
        assert rest.startswith("2 queries, 2 answers, 0.0 % lost\nrtt min/avg/max ")

    def test_interrupted_while_waiting(self):
        with FakeServer(silent) as server:
            command = [SRFLX, "query", "--count", "9", str(server)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
                assert process.stderr.readline() == f"waiting for {server}: 1 s, 2 requests sent\n"
                process.send_signal(signal.SIGINT)
                out, _ = process.communicate()
        assert (process.returncode, out) == (1, "0 queries, 0 answers, 0.0 % lost\n")


class TestProgress:
    def test_one_line_after_a_second(self, srflx):
        with FakeServer(silent) as server:
            run = srflx("query", "--timeout", "2.3", "--rto", "450", server)
        assert without_times(run.err) == (
            f"waiting for {server}: 1 s, 2 requests sent\n"
            f"srflx query: no answer from {server}: 3 requests over UDP in # s\n")

    def test_in_place_on_a_terminal(self):
        with FakeServer(silent) as server:
            said = on_terminal("stderr", "query", "--timeout", "2.3", "--rto", "450", server)
        waiting = [f"\rwaiting for {server}: {second} s, {second + 1} requests sent\033[K" for second in (1, 2)]
        assert without_times(said) == "".join(waiting) + (
            f"\r\033[Ksrflx query: no answer from {server}: 3 requests over UDP in # s\r\n")


class TestVerbose:
    def test_tells_what_is_sent_and_received(self, srflx):
        with FakeServer(lambda request, peer, _: [b"?", with_fingerprint(success(request, peer))]) as server:
            run = srflx("query", "--verbose", server)
        host, port = server.peers[0]
        told = re.sub(r"0x[0-9a-f]{8} \(\d+\)", "CRC", without_times(run.err))
        assert re.sub(r"^ +#", "#", told, flags=re.M) == (
            f"# ms  sent a request, 20 bytes, {server}\n"
            f"# ms  received and ignored, 1 bytes, {server}\n"
            "               no STUN message\n"
            f"# ms  received the answer, 40 bytes, {server}\n"
            "               Binding success response\n"
            f"             20  0x0020       8  XOR-MAPPED-ADDRESS        {host}:{port}\n"
            "             32  0x8028       4  FINGERPRINT               CRC\n")


class TestAddresses:
    """Names with several addresses, zones and missing routes need a namespace of their own."""

    @staticmethod
    def inside(namespace, hosts, *servers):
        """Servers as beside.py makes them; `hosts` is the file /etc/hosts."""
        script = ('ip link set lo up && ip address add fe80::5/64 dev lo && '
                  'mount --bind "$0" /etc/hosts && exec "$@"')
        beside = pathlib.Path(__file__).with_name("beside.py")
        return [*namespace, "sh", "-c", script, hosts, sys.executable, "-B", beside, *servers, "--"]

    @pytest.fixture(name="hosts")
    def hosts_fixture(self, tmp_path):
        file = tmp_path / "hosts"
        file.write_text("127.0.0.1 two.test\n::1 two.test\n", encoding="ascii")
        return file

    # spec: R8489-8.1-05 R8489-8.1-06 R8489-8.1-10 R7064-3.2-04 R8305-5-01
    def test_the_next_one_is_asked(self, srflx, namespace, hosts):
        prefix = self.inside(namespace, hosts, "silent=::1", "good=127.0.0.1")
        run = srflx("query", "--timeout", "1.4", "--rto", "150", "stun:two.test", prefix=prefix)
        assert run.code == 0
        assert without_times(run.err) == (
            "srflx query: no answer from [::1]:3478 yet; asking 127.0.0.1:3478 too\n")
        assert run.out.endswith("server   127.0.0.1:3478 over UDP\n")

    def test_the_one_that_answers_is_kept(self, srflx, namespace, hosts):
        prefix = self.inside(namespace, hosts, "good=127.0.0.1")
        run = srflx("query", "--count", "3", "--interval", "0.01", "two.test", prefix=prefix)
        assert run.err == ("srflx query: nobody listens on [::1]:3478: Connection refused; "
                           "asking 127.0.0.1:3478\n")
        assert "\n3 queries, 3 answers, 0.0 % lost\n" in run.out

    def test_the_one_that_has_answered_is_the_only_one_then(self, srflx, namespace, hosts):
        prefix = self.inside(namespace, hosts, "once=::1", "good=127.0.0.1")
        run = srflx("query", "--count", "2", "--interval", "0.01", "--timeout", "0.5", "two.test", prefix=prefix)
        assert (run.code, run.err) == (0, "")
        assert "\n2 queries, 1 answer, 50.0 % lost\n" in run.out

    def test_each_is_asked_once(self, srflx, namespace, hosts):
        """The system's resolver makes 127.0.0.1 of a ::1 in its file, so it has that twice."""
        run = srflx("query", "-4", "two.test", prefix=self.inside(namespace, hosts))
        assert run.err == "srflx query: nobody listens on 127.0.0.1:3478: Connection refused\n"

    def test_the_last_one_decides(self, srflx, namespace, hosts):
        run = srflx("query", "--json", "two.test", prefix=self.inside(namespace, hosts))
        assert (run.code, json.loads(run.out)["error"]["text"]) == (
            1, "nobody listens on 127.0.0.1:3478: Connection refused")

    @pytest.mark.parametrize("option, server", [("-4", "127.0.0.1:3478"), ("-6", "[::1]:3478")])
    def test_the_family_can_be_chosen(self, srflx, namespace, hosts, option, server):
        prefix = self.inside(namespace, hosts, "good=127.0.0.1", "good=::1")
        run = srflx("query", option, "two.test", prefix=prefix)
        assert (run.code, run.err) == (0, "")
        assert run.out.endswith(f"server   {server} over UDP\n")

    def test_the_family_of_bind_is_chosen(self, srflx, namespace, hosts):
        prefix = self.inside(namespace, hosts, "good=127.0.0.1", "good=::1")
        run = srflx("query", "--bind", "127.0.0.9", "two.test", prefix=prefix)
        assert run.out.startswith("address  127.0.0.9:")

    @pytest.mark.parametrize("form", ["fe80::5%lo", "[fe80::5%lo]:3478", "stun:[fe80::5%1]"])
    def test_zones(self, srflx, namespace, hosts, form):
        run = srflx("query", form, prefix=self.inside(namespace, hosts, "good=fe80::5%lo"))
        assert (run.code, run.err) == (0, "")
        assert re.fullmatch(r"address  \[fe80::5\]:(\d+) \(IPv6\)\n"
                            r"rtt      # ms\n"
                            r"local    \[fe80::5%1\]:\1, no NAT between here and the server\n"
                            r"server   \[fe80::5%1\]:3478 over UDP\n", without_times(run.out))

    def test_no_route(self, srflx, namespace):
        run = srflx("query", "192.0.2.1", prefix=namespace)
        assert (run.code, run.out, run.err) == (
            4, "", "srflx query: cannot reach 192.0.2.1:3478: Network is unreachable\n")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_socket_never_becomes_a_closed_stream(srflx, closed):
    """What is meant for people must not be sent to the server."""
    with FakeServer(lambda request, peer, number: [success(request, peer)]) as server:
        run = srflx("query", "--verbose", server, prefix=["sh", "-c", f'exec "$0" "$@" {closed}'])
        assert [len(request) for request in server.requests] == [20]
    assert run.code == (0 if closed == "2>&-" else 4)


def test_a_server_in_trouble_has_answered(srflx):
    """The limit falls into the wait before the next try."""
    with FakeServer(lambda request, peer, number: [message(ERROR, request[4:20], error_code(500))]) as server:
        run = srflx("query", "--json", "--timeout", "0.6", server)
    assert (run.code, json.loads(run.out)["error"]["code"]) == (3, 500)
