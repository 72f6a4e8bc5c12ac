"""srflxd as a child process on an address of loopback that no other has; what it says, line by line."""

import itertools
import os
import pathlib
import queue
import random
import signal
import socket
import subprocess
import threading
import time

import login
import stun

PATIENCE = 30
SRFLX, SRFLXD = os.environ["SRFLX"], os.environ["SRFLXD"]
REFUSED = ": the server does not accept the username and password\n"
STOPPED = "srflxd: stopped by SIGTERM"


def free_address():
    """An address and a port of it that nobody has taken."""
    ip = "127." + ".".join(str(random.randint(1, 254)) for _ in range(3))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ip, 0))
        return probe.getsockname()


class Daemon:
    """Started in a folder with words of the command line, and ready when it is made."""

    def __init__(self, folder, *words):
        self.address = free_address()
        self.host = "{}:{}".format(*self.address)
        self.process = subprocess.Popen(
            [SRFLXD, "--listen", self.host, "--workers=1", *words], cwd=folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.lines = queue.SimpleQueue()
        self.said = []
        threading.Thread(target=self.listen, daemon=True).start()
        while not self.line().startswith("srflxd: ready "):
            assert self.said[-1], f"it did not start: {self.said}"
        self.said.clear()

    def listen(self):
        for line in itertools.chain(self.process.stderr, [""]):
            self.lines.put(line.rstrip("\n"))

    def line(self):
        """The next line that it says; "" when it has ended."""
        self.said.append(self.lines.get(timeout=PATIENCE))
        return self.said[-1]

    def expect(self, *lines):
        """It says these next."""
        assert [self.line() for _ in lines] == list(lines)

    def hang_up(self, *lines):
        self.process.send_signal(signal.SIGHUP)
        self.expect(*lines)

    def naps(self):
        """How often its main thread has waited: once a second, if there is nothing to do."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.split("\nvoluntary_ctxt_switches:")[1].split()[0])

    def look_again(self):
        """Waits until it has looked at its files from now on; whatever it says then is said."""
        wanted, end = self.naps() + 2, time.monotonic() + PATIENCE
        while self.naps() < wanted:
            assert time.monotonic() < end
            time.sleep(0.01)

    def stop(self):
        """Its summary: text -> figure, and before it nothing that was not expected."""
        self.process.terminate()
        assert self.line() == STOPPED
        packets, answers = (int(word) for word in self.line().split() if word.isdecimal())
        counts = {"packets": packets, "answers": answers}
        for line in iter(self.line, ""):
            if not line.startswith("srflxd: debug: "):
                figure, text = line.removeprefix("srflxd: ").split(maxsplit=1)
                counts[text] = int(figure)
        assert self.process.wait(PATIENCE) == 0
        return counts

    def destroy(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    # Asking it

    def client(self, ip="127.0.0.1"):
        """A socket that talks to it alone."""
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.settimeout(PATIENCE)
        client.bind((ip, 0))
        client.connect(self.address)
        return client

    def lets_in(self, name, password, *words):
        """What `srflx query` with these credentials finds: True if it is answered, False if refused."""
        done = subprocess.run([SRFLX, "query", "--user", name, "--password", password, *words, self.host],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 or done.stderr.endswith(REFUSED), (done.stdout, done.stderr)
        return done.returncode == 0


def ask(client, request):
    client.send(request)
    answer = client.recv(2048)
    assert answer[4:20] == request[4:20]
    return answer


def challenged(client, name="alice", password="rabbit hole"):
    """A login that has got its challenge."""
    made = login.Login(name, password)
    answer = ask(client, stun.request())
    assert login.code(answer) == 401
    made.take(answer)
    return made
