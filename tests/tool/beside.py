"""Runs a command beside servers on port 3478: beside.py good=HOST silent=HOST once=HOST ... -- COMMAND...

For tests in a namespace of their own, where the servers must live too."""

import contextlib
import subprocess
import sys

from stun import FakeServer, success

SEEN = set()


def to_new_hosts(request, peer, _number):
    if peer[0] in SEEN:
        return []
    SEEN.add(peer[0])
    return [success(request, peer)]


SCRIPTS = {
    "good": lambda request, peer, _number: [success(request, peer)],
    "silent": lambda _request, _peer, _number: [],
    "once": lambda request, peer, number: [success(request, peer)] if number == 1 else [],
    "new": to_new_hosts,
}


def main():
    split = sys.argv.index("--")
    with contextlib.ExitStack() as stack:
        for argument in sys.argv[1:split]:
            script, host = argument.split("=")
            stack.enter_context(FakeServer(SCRIPTS[script], host, 3478))
        return subprocess.run(sys.argv[split + 1 :], check=False).returncode


sys.exit(main())
