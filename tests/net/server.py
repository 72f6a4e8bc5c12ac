"""srflxd as a child process in a namespace: started when it says it is ready, stopped by a signal."""

import os
import signal
import subprocess

import netns


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
