"""OpenSSL's own client."""

import os
import subprocess
import time

from daemon import PATIENCE


class Client:
    """What it reads it sends, over DTLS as one record; what comes it writes."""

    def __init__(self, host, port, *words):
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"{host}:{port}", "-quiet", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        os.set_blocking(self.process.stdout.fileno(), False)

    def exchange(self, request, length):
        self.process.stdin.write(request)
        self.process.stdin.flush()
        got, end = b"", time.monotonic() + PATIENCE
        while len(got) < length and time.monotonic() < end:
            got += self.process.stdout.read(length - len(got)) or b""
            time.sleep(0.005)
        return got

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
