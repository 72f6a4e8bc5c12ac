"""A DNS server that is slow, dead, wrong or means harm."""

import threading
import time

import pytest

import dns

V4, V6 = dns.addr("192.0.2.1"), dns.addr("2001:db8::1")
HOST = {("AAAA", "a.test"): [V6], ("A", "a.test"): [V4]}
BOTH = ["udp 2001:db8::1 7 a.test", "udp 192.0.2.1 7 a.test"]
SERVICE = "SRV", "_stun._udp.a.test"


def answers_to(key, reply, rows=None):
    """A server that is as it should be, but for one question: reply(query) is the answer to that."""
    usual = dns.table(HOST if rows is None else rows)
    return lambda query: reply(query) if query.key == key else usual(query)


# Each kind of answer to each of the three questions

def silent(_):
    return []


def circle(query):
    other = f"b.{query.name}"
    return [query.reply(dns.cname(query.name, other), dns.cname(other, query.name))]


def chain(count):
    def reply(query):
        names = [query.name, *(f"n{number}.test" for number in range(1, count + 1))]
        aliases = [dns.cname(*pair) for pair in zip(names, names[1:])]
        last = dns.name(names[-1])
        record = dns.addr("192.0.2.1" if query.type == dns.A else "2001:db8::1", last)
        return [query.reply(*aliases, record)]

    return reply


NO_NAME, NO_RECORDS = "there is no such name", "the name has no such record"
FAILED, REFUSED = "the DNS server failed", "the DNS server refused the question"
BROKEN, LOOP = "the answer cannot be read", "aliases lead in a circle, or over more than 8 names"
TIMEOUT, RECORDS = "no DNS server answered in time", "there are records"
BAD = [
    ("no_name", lambda q: [q.reply(code=dns.NAME_ERROR)], NO_NAME),
    ("empty", lambda q: [q.reply()], NO_RECORDS),
    ("other_type", lambda q: [q.reply(dns.record(dns.NS, dns.name("ns.test")))], NO_RECORDS),
    ("other_owner", lambda q: [q.reply(dns.addr("192.0.2.66", dns.name("b.test")))], NO_RECORDS),
    ("failure", lambda q: [q.reply(code=dns.SERVER_FAILURE)], FAILED),
    ("failure_with_records", lambda q: [q.reply(V4, V6, code=dns.SERVER_FAILURE)], FAILED),
    ("not_implemented", lambda q: [q.reply(code=dns.NOT_IMPLEMENTED)], FAILED),
    ("refused", lambda q: [q.reply(code=dns.REFUSED)], REFUSED),
    ("circle", circle, LOOP),
    ("nine_aliases", chain(9), LOOP),
    ("records_missing", lambda q: [q.reply(V4, count=9)], BROKEN),
    ("cut_off", lambda q: [q.reply(V4, V6)[:-3]], BROKEN),
    ("alias_out_of_bounds", lambda q: [q.reply(dns.record(dns.CNAME, b"\xff\xff"))], NO_RECORDS),
    ("name_that_points_to_itself", lambda q: [q.reply(b"\xc0\x1c" + V4[2:])], BROKEN),
    ("silence", silent, TIMEOUT),
]


@pytest.mark.parametrize("reply, outcome", [row[1:] for row in BAD], ids=[row[0] for row in BAD])
@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_one_family_without_addresses(locate, serve, kind, reply, outcome):
    run = locate(serve(answers_to((kind, "a.test"), reply)), "--timeout", "0.4", "stun:a.test:7")
    assert run.outcomes[kind, "a.test"] == outcome
    assert run.candidates == [BOTH[0] if kind == "A" else BOTH[1]]
    assert (run.code, run.error) == (0, None)


# spec: R8489-8.1-10
@pytest.mark.parametrize("reply, outcome", [row[1:] for row in BAD[:-1]], ids=[row[0] for row in BAD[:-1]])
def test_no_service_leads_to_the_host(locate, serve, reply, outcome):
    run = locate(serve(answers_to(SERVICE, reply)), "stun:a.test")
    assert run.outcomes[SERVICE] == outcome
    assert run.candidates == [line.replace(" 7 ", " 3478 ") for line in BOTH]


@pytest.mark.parametrize("reply, error", [
    (BAD[0][1], "there is no such name"),
    (BAD[1][1], "the name has no address"),
    (BAD[4][1], "the DNS gives no answer that can be used"),
    (BAD[8][1], "the DNS gives no answer that can be used"),
    (silent, "the DNS gave no answer in time"),
])
def test_reasons(locate, serve, reply, error):
    run = locate(serve(reply), "--timeout", "0.4", "stun:a.test:7")
    assert (run.code, run.candidates, run.error) == (4, [], error)


# Limits

def test_eight_aliases_are_followed(locate, serve):
    run = locate(serve(chain(8)), "stun:a.test:7")
    assert run.candidates == BOTH
    assert run.aliases["A", "a.test"] == 8


def too_long_for_udp(rows):
    """Says over UDP that there is more, and all of it over TCP."""
    usual = dns.table(rows)

    def answer(query):
        return usual(query) if query.over_tcp else [query.reply(flags=0x8380)]

    return answer


def test_a_long_answer_comes_over_tcp(locate, serve):
    many = [dns.addr(f"192.0.2.{number}") for number in range(1, 61)]
    run = locate(serve(too_long_for_udp({("A", "a.test"): many})), "-4", "stun:a.test:7")
    assert run.candidates == [f"udp 192.0.2.{number} 7 a.test" for number in range(1, 9)]
    assert run.left_out["A", "a.test"] == 52


def test_64_kib_of_services(locate, serve):
    target = "t" * 63 + ".test"
    rows = [dns.srv(number, 0, 1 + number, target) for number in range(720)]
    assert 63000 < len(b"".join(rows)) < 65400
    server = serve(too_long_for_udp({SERVICE: rows, ("A", target): [V4]}))
    run = locate(server, "-4", "stun:a.test")
    assert run.candidates == [f"udp 192.0.2.1 {1 + number} {target}" for number in range(32)]
    assert run.left_out[SERVICE] == 720 - 32


def test_sixty_four_candidates_are_enough(locate, serve):
    asked = set()

    def answer(query):
        asked.add(query.key)
        number = query.name[1:].partition(".")[0]
        if query.type == dns.SRV:
            return [query.reply(*(dns.srv(i, 0, 1, f"t{i}.test") for i in range(32)))]
        if query.type == dns.A:
            return [query.reply(*(dns.addr(f"192.0.{number}.{i}") for i in range(1, 9)))]
        return [query.reply(*(dns.addr(f"2001:db8::{number}:{i}") for i in range(1, 9)))]

    server = serve(answer)
    run = locate(server, "stun:a.test")
    assert len(set(run.candidates)) == len(run.candidates) == 64
    first = {f"udp {ip} 1 t0.test" for i in range(1, 9) for ip in (f"2001:db8::{i}", f"192.0.0.{i}")}
    assert set(run.candidates[:16]) == first  # in which order, a busy machine decides
    assert run.candidates[63] == "udp 192.0.3.8 1 t3.test"
    assert {name for _, name in asked} < {"_stun._udp.a.test", *(f"t{i}.test" for i in range(16))}


def test_names_of_255_bytes(locate, serve):
    longest = ".".join(["x" * 63, "y" * 63, "z" * 63, "w" * 61])
    rows = {SERVICE: [dns.srv(0, 0, 1, longest), dns.srv(1, 0, 2, longest + "w")], ("A", longest): [V4]}
    run = locate(serve(dns.table(rows)), "-4", "stun:a.test")
    assert run.candidates == [f"udp 192.0.2.1 1 {longest}"]
    assert run.left_out[SERVICE] == 1
    host = longest[:-10]
    run = locate(serve(dns.table({("A", host): [V4]})), "-4", f"stun:{host}")
    assert run.candidates == [f"udp 192.0.2.1 3478 {host}"]
    assert run.steps[0][3] == ("not asked, the name would be too long; so the host itself, on the default "
                               "port")


# spec: R2782-Target-01
@pytest.mark.parametrize("records, want", [
    ([dns.srv(0, 0, 0, ".")], []),
    ([dns.srv(0, 0, 0, "."), dns.srv(1, 0, 7, "a.test")], BOTH),
    ([dns.srv(0, 0, 0, "a.test"), dns.srv(1, 0, 7, "a.test")], BOTH),  # port 0
    ([dns.srv(0, 0, 7, "192.0.2.9"), dns.srv(1, 0, 7, "a.test")], BOTH),
    ([dns.srv(0, 0, 7, "bad name.test"), dns.srv(1, 0, 7, "a.test")], BOTH),
    ([dns.srv(0, 0, 7, "A.TEST")], BOTH),
])
def test_targets(locate, serve, records, want):
    assert locate(serve(dns.table({SERVICE: records, **HOST})), "stun:a.test").candidates == want


@pytest.mark.parametrize("address", ["0.0.0.0", "255.255.255.255", "239.1.2.3", "::", "ff02::1",
                                     "::ffff:192.0.2.1"])
def test_addresses_that_are_nobodys(locate, serve, address):
    kind = "AAAA" if ":" in address else "A"
    server = serve(dns.table({**HOST, (kind, "a.test"): [dns.addr(address)]}))
    assert locate(server, "stun:a.test:7").candidates == [BOTH[1] if kind == "AAAA" else BOTH[0]]


# Forgeries

def forge(query):
    """Answers with another id and to another question, broken ones, and the right one behind them."""
    bad = dns.addr("192.0.2.66" if query.type == dns.A else "2001:db8::66")
    wrong_id = bytes([query.id[0], query.id[1] ^ 1])
    other = dns.Query(query.message.replace(b"\1a", b"\1b", 1), False)
    right = dns.table(HOST)(query)
    return [query.reply(bad, ident=wrong_id), other.reply(bad, ident=query.id), b"", b"x",
            query.id + b"\x81", *right]


def test_forged_answers_are_not_taken(locate, serve):
    assert locate(serve(forge), "stun:a.test:7").candidates == BOTH


def test_an_answer_from_another_port_is_not_taken(locate, serve):
    others = []

    def answer(query):
        bad = dns.addr("192.0.2.66" if query.type == dns.A else "2001:db8::66")
        others.append(query.reply(bad))
        return dns.table(HOST)(query)

    server = dns.Server(answer)
    stranger = dns.Server(lambda query: [])
    usual = server.udp.sendto

    class Relay:
        """The server's socket; a stranger's answer leaves before each of its own."""

        def sendto(self, reply, client):
            stranger.udp.sendto(others[-1], client)
            usual(reply, client)

        def __getattr__(self, name):
            return getattr(real, name)

    real, server.udp = server.udp, Relay()
    try:
        assert locate(server.address, "stun:a.test:7").candidates == BOTH
        assert len(others) == 2
    finally:
        server.udp = real
        server.close()
        stranger.close()


# Slow and dead servers

def test_a_dead_server_ends_at_the_time_limit(locate, serve):
    run = locate(serve(silent), "--timeout", "0.5", "stun:a.test")
    assert run.error == "the DNS gave no answer in time"
    assert 0.5 <= run.seconds < 2


def test_the_second_of_two_servers_stands_in_for_a_dead_one(locate, serve):
    run = locate(f"{serve(silent)},{serve(dns.table(HOST))}", "-4", "stun:a.test:7")
    assert run.candidates == [BOTH[1]]
    assert run.seconds < 4


def test_the_second_of_two_servers_stands_in_for_one_that_fails(locate, serve):
    failing = serve(lambda query: [query.reply(code=dns.SERVER_FAILURE)])
    assert locate(f"{failing},{serve(dns.table(HOST))}", "stun:a.test:7").candidates == BOTH


def test_a_question_is_asked_again(locate, serve):
    seen = set()

    def answer(query):
        if query.key in seen:
            return dns.table(HOST)(query)
        seen.add(query.key)
        return []

    run = locate(serve(answer), "stun:a.test:7")
    assert sorted(run.candidates) == sorted(BOTH)
    assert 1 < run.seconds < 4


# spec: R8305-8-01
@pytest.mark.parametrize("seconds, want", [(0.0, BOTH), (0.3, [BOTH[1], BOTH[0]])])
def test_ipv4_waits_for_ipv6_a_little(locate, serve, seconds, want):
    gate = threading.Event()
    usual = dns.table(HOST)

    def answer(query):
        if query.type == dns.AAAA:
            gate.wait(5)
            time.sleep(seconds)
        return usual(query)

    # Two servers in one: each family has a thread of its own.
    class Both(dns.Server):
        def over_udp(self):
            while True:
                message, client = self.udp.recvfrom(65535)
                if not message:
                    return
                threading.Thread(target=self.reply_one, args=(message, client), daemon=True).start()

        def reply_one(self, message, client):
            query = dns.Query(message, False)
            for reply in self.answer(query):
                self.udp.sendto(reply, client)
            if query.type == dns.A:
                gate.set()

    server = Both(answer)
    try:
        assert locate(server.address, "stun:a.test:7").candidates == want
    finally:
        server.close()
