"""What does a server answer to random datagrams? Never too much, and only to who has asked."""

import os

import login
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
# With long-term credentials, which nobody here has: more kinds of 400, and challenges in place of successes and 420.
GUARDED = {
    "400": ["integrity without what belongs to it: 400", "a password algorithm that was not offered: 400"],
    "401": ["credentials are missing: 401", "an algorithm that the policy forbids: 401", "a user that is not known: 401",
            "the integrity is wrong: 401"],
    "430": REFUSALS["430"], "432": REFUSALS["432"],
}



def run_barrage(machines, serve, *options, flags=()):
    """(what barrage.c has counted by name, the server's counts). It judges all that comes back over the link, and ends
    with what is wrong, if anything is."""
    serving, asking = machines
    for machine in machines:
        machine.ip("link set near mtu 2200")  # every datagram in one packet
    serving.ip("route add 10.128.0.0/9 via 10.71.0.100", "route add 2001:db8:8000::/33 via 2001:db8:71::100")
    # On one processor its answers stay in order.
    processor = min(os.sched_getaffinity(0))
    server = serve(serving, "--workers=1", *options, before=lambda: os.sched_setaffinity(0, {processor}))
    server.until_ready()

    mac = serving.links()["near"]["address"]
    words = [os.environ["BARRAGE"], *flags, "near", mac, SEED, str(COUNT), *ASKED]
    print("to repeat this run, set BARRAGE_SEED to", SEED)
    with asking.start(*words) as barrage:
        out, err = barrage.communicate()
    assert (barrage.returncode, err) == (0, "")
    seen = {name: int(figure) for name, figure in map(str.split, out.splitlines())}
    counts = server.counts()
    assert (seen.pop("sent"), counts.pop("packets")) == (COUNT, COUNT)
    return seen, counts


def assert_counted(seen, counts, refusals):
    """What was seen is what the server says that it has sent, so that nothing went elsewhere. Each datagram has met one
    verdict, and it was about something: each kind is in it."""
    assert counts.pop("answers") == sum(seen[name] for name in ("success", *refusals))
    assert {code: seen[code] for code in refusals} == {
        code: sum(counts.get(text, 0) for text in texts) for code, texts in refusals.items()}
    assert sum(counts.values()) == COUNT
    assert min(*(seen[code] for code in refusals), counts[TRUNCATED]) > COUNT / 10000


# spec: R8489-6.1-09 R8489-6.3.1.2-01 R8489-6.3.1.2-02
def test_every_answer_is_small_and_for_its_source(machines, serve):
    seen, counts = run_barrage(machines, serve)
    assert counts[SUCCESS] == seen["success"] > COUNT / 10000
    assert min(counts.values()) > COUNT / 10000
    assert_counted(seen, counts, REFUSALS)


# spec: R8489-6.1-09
def test_so_is_every_challenge(machines, serve, tmp_path):
    """The largest answers that anybody can draw without credentials are 401 and 438."""
    users = tmp_path / "users"
    users.write_text("srflx-users 1\n" + login.user_line("alice", "example.org", "secret"), encoding="ascii")
    users.chmod(0o600)
    seen, counts = run_barrage(machines, serve, "--auth=long-term", "--realm=example.org", f"--user-file={users}",
                               flags=["--guarded"])
    assert seen["success"] == 0 and SUCCESS not in counts
    assert_counted(seen, counts, GUARDED)
