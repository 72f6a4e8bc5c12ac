"""Answers that nobody asked for, as fast as they can be sent: none is taken, and the real one is.

SRFLX_LONG=1 keeps it up for 10 s instead of 2."""

import os
import socket
import threading
import time

from conftest import query
from stun import FakeServer, success

SECONDS = 10 if os.environ.get("SRFLX_LONG") else 2
FORGED = "203.0.113.1"


class Flood:
    """From the server's own socket, which passes the kernel's filter, and from another one, which does not."""

    def __init__(self, server):
        self.server, self.count, self.end = server, 0, False
        self.threads = []

    def begin(self, peer, request):
        """Ids near the real one, the classic form, and requests thrown back."""
        real = request[4:20]
        forged = [success(request[:4] + real[:4] + os.urandom(12), peer, FORGED) for _ in range(50)]
        forged += [success(request[:4] + real[:19 - 4] + bytes([real[15] ^ 1]), peer, FORGED), request]
        self.threads.append(threading.Thread(target=self.pour, args=(self.server.socket, forged, peer)))
        self.threads[-1].start()

    def pour(self, sender, forged, peer):
        while not self.end:
            for data in forged:
                sender.sendto(data, peer)
            self.count += len(forged)

    def stop(self):
        self.end = True
        for thread in self.threads:
            thread.join()


# spec: R8489-6.3-06 R8489-6.2.1-01
def test_none_is_accepted():
    state = {}

    def script(request, peer, _number):
        now = time.monotonic()
        if "flood" not in state:
            state.update(flood=Flood(server), start=now)
            state["flood"].begin(peer, request)
        return [success(request, peer)] if now - state["start"] >= SECONDS else []

    with FakeServer(script) as server:
        run = query("--json", "--timeout", 50, "--rto", SECONDS * 125, server)
        state["flood"].stop()
    found = run.json
    assert (run.code, found["ok"], found["mapped"]["address"]) == (0, True, "127.0.0.1")
    assert found["sent"] > 1
    rate = state["flood"].count / SECONDS
    print(f"{rate:.0f} forged answers a second")
    assert rate > 10000


def test_another_source_is_not_heard():
    """The answer itself, id and all, from another port."""
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))

        def both(request, peer, _number):
            return [(other, success(request, peer, FORGED)) for _ in range(100)] + [success(request, peer)]

        with FakeServer(both) as server:
            found = query("--json", server).json
    assert (found["mapped"]["address"], found["sent"]) == ("127.0.0.1", 1)
