"""What does a server answer to random datagrams? Never too much, and only to who has asked."""

import os

from server import CHANGE, SUCCESS, TRUNCATED, UNKNOWN

COUNT = int(os.environ["BARRAGE_COUNT"])
SEED = os.environ.get("BARRAGE_SEED", "1")  # of a run that is to be repeated
ASKED = ["10.71.0.1", "10.71.0.2", "10.71.5.1", "192.0.2.53",
         "2001:db8:71::1", "2001:db8:71::2", "2001:db8:53::1", "fe80::1"]
REFUSALS = {
    "400": ["a value that matters is unusable: 400"],
    "420": [UNKNOWN, CHANGE],
    "430": ["RFC 3489 credentials that nobody issued: 430"],
    "432": ["RFC 3489 integrity without a username: 432"],
}


# spec: R8489-6.1-09 R8489-6.3.1.2-01 R8489-6.3.1.2-02
def test_every_answer_is_small_and_for_its_source(machines, serve):
    """Judged by barrage.c from all that comes back over the link; what it counts is what the server
    says that it has sent, so that nothing went elsewhere. Each datagram has met one verdict."""
    serving, asking = machines
    for machine in machines:
        machine.ip("link set near mtu 2200")  # every datagram in one packet
    serving.ip("route add 10.128.0.0/9 via 10.71.0.100", "route add 2001:db8:8000::/33 via 2001:db8:71::100")
    # On one processor its answers stay in order.
    processor = min(os.sched_getaffinity(0))
    server = serve(serving, "--workers=1", before=lambda: os.sched_setaffinity(0, {processor}))
    server.until_ready()

    mac = serving.links()["near"]["address"]
    words = [os.environ["BARRAGE"], "near", mac, SEED, str(COUNT), *ASKED]
    print("to repeat this run, set BARRAGE_SEED to", SEED)
    with asking.start(*words) as barrage:
        out, err = barrage.communicate()
    assert (barrage.returncode, err) == (0, "")
    seen = {name: int(figure) for name, figure in map(str.split, out.splitlines())}

    counts = server.counts()
    assert (seen.pop("sent"), counts.pop("packets")) == (COUNT, COUNT)
    assert counts.pop("answers") == sum(seen[name] for name in ("success", *REFUSALS))
    assert counts[SUCCESS] == seen["success"]
    assert {code: seen[code] for code in REFUSALS} == {
        code: sum(counts[text] for text in texts) for code, texts in REFUSALS.items()}
    assert sum(counts.values()) == COUNT
    # It was about something: each kind is in it.
    assert min(*seen.values(), *counts.values(), counts[TRUNCATED]) > COUNT / 10000
