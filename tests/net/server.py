"""srflxd as a child process in a namespace: started when it says it is ready, stopped by a signal."""

import os
import pathlib
import signal
import subprocess
import time

import netns

# Lines of the summary that tests know by name.
SUCCESS = "answered with the address"
UNKNOWN = "unknown comprehension-required attributes: 420"
CHANGE = "CHANGE-REQUEST, and there is no second address: 420"
NOT_STUN = "not STUN by its first byte"
NOT_ADMITTED = "no answer can or may go to this source, or a length no message has"
MALFORMED = "broken length or attributes"
NO_REQUEST = "an indication or a response"
UNKNOWN_METHOD = "a method that is not served"
WRONG_FINGERPRINT = "FINGERPRINT is wrong or not last"
TRUNCATED = "datagrams dropped: longer than 2048 bytes"
NOT_UNICAST = "datagrams dropped: sent to a broadcast or multicast address"
UNREACHABLE = "answers lost: no route back to the client"
FORBIDDEN = "answers lost: the system forbade them (packet filter, broadcast)"
LOST = "answers lost for another reason"


class Server:
    """Runs srflxd with words of the command line; `before` is called in the child before it starts."""

    def __init__(self, namespace, *words, before=None):
        def prepare():
            netns.enter(namespace.fd)
            if before:
                before()

        self.process = subprocess.Popen(
            [os.environ["SRFLXD"], *words], preexec_fn=prepare, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def until_ready(self):
        """The lines up to the one that says it is ready. Fails if it ends before."""
        lines = []
        for line in self.process.stderr:
            lines.append(line.rstrip("\n"))
            if line.startswith("srflxd: ready "):
                return lines
        raise AssertionError(f"srflxd ended with {self.process.wait()} and said {lines}")

    def end(self):
        """Exit status and the lines it still wrote, of a server that ends by itself."""
        _, lines = self.process.communicate(timeout=60)
        return self.process.returncode, lines.splitlines()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.end()

    def counts(self):
        """Stops it; its summary as a dictionary: text -> figure, without the zeroes. All networks of tests are
        private ones: what it says of that is tests/streams/test_proxy.py's affair."""
        status, lines = self.stop()
        lines = [line for line in lines if not line.startswith("srflxd: warning: the first 1000 answers ")
                 and not line.endswith(" answers to private addresses")]
        assert (status, lines[0]) == (0, "srflxd: stopped by SIGTERM")
        _, packets, _, answers, _ = lines[1].split()
        figures = (line.removeprefix("srflxd: ").split(maxsplit=1) for line in lines[2:])
        return {"packets": int(packets), "answers": int(answers), **{text: int(n) for n, text in figures}}

    def processor_time(self):
        """Nanoseconds that all threads have used."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks)

    def sleeps(self):
        """A tenth of a processor is far from both: nothing, and a thread that does not wait."""
        start, used = time.monotonic_ns(), self.processor_time()
        while time.monotonic_ns() < start + 200_000_000:
            now = self.processor_time()
        return now - used < 20_000_000

    def hold(self):
        """Stops it between two instructions, so that what arrives now is one batch later."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def destroy(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
