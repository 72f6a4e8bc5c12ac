"""One server, started afresh, asked for a while, and looked at."""

import json
import pathlib
import re
import socket
import subprocess
import tempfile
import time

from failure import Failure
from processes import start
from programs import Place

WINDOW = 128        # less than the ring of a veth
WARM_UP = 0.2
WRONG_ANSWERS = 6   # exit code: answers were lost or wrong
LATENCIES = ("p50", "p99")


class Server:
    """The processes of a program, pinned, for as long as the block lasts."""

    def __init__(self, program, network, workers, bench):
        self.program, self.network, self.bench = program, network, bench
        self.scratch = tempfile.TemporaryDirectory()
        self.place = Place(network.address, network.second_address, free_port(), workers, bench.build,
                           self.scratch.name)
        self.output = tempfile.TemporaryFile()
        self.processes = []

    def __enter__(self):
        cpus = self.bench.server_cpus(self.place.workers)
        try:
            for command in self.commands():
                self.processes.append(start(command, self.network.inside_server, cpus, stdout=self.output,
                                            stderr=self.output))
            self.wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()
        self.output.close()
        self.scratch.cleanup()

    def commands(self):
        return self.program.commands(self.place)

    def tool(self, *words):
        """Runs srflx on the server. Returns its exit code, output and complaints."""
        command = [self.bench.build / "tool" / "srflx", *words, f"{self.place.address}:{self.place.port}"]
        with start(command, self.network.inside_client, [self.bench.client_cpu], stdout=subprocess.PIPE,
                   stderr=subprocess.PIPE, text=True) as process:
            try:
                said, complained = process.communicate(timeout=self.bench.seconds + 60)
            finally:
                process.kill()
        return process.returncode, said, complained

    def answers(self):
        return self.tool("query", "--json")[0] == 0

    def wait_until_it_answers(self):
        end = time.monotonic() + 10
        while time.monotonic() < end and all(process.poll() is None for process in self.processes):
            if self.answers():
                return
            time.sleep(0.01)
        self.output.seek(0)
        said = self.output.read().decode(errors="replace").strip()
        raise Failure(f"{self.program.name} does not answer on {self.place.address}:{self.place.port}. "
                      f"It said:\n{said}")

    def ask(self, clients, rate):
        """Loads the server and returns what the generator found, and the server's memory after that."""
        pids = [*(process.pid for process in self.processes), *self.network.receivers]
        words = ["--seconds", self.bench.seconds, "--warm-up", WARM_UP, "--pids", ",".join(map(str, pids))]
        words += ["--rate", round(rate)] if rate else ["--window", WINDOW]
        words += ["--sources", self.network.new_clients] if clients == "new" else []
        code, said, complained = self.tool("bench", "--json", *words)
        if code not in (0, WRONG_ANSWERS):
            raise Failure(f"srflx bench {' '.join(map(str, words))} failed on {self.program.name}: "
                          f"{complained.strip()}")
        found = json.loads(said)
        return {
            "ns": found["server_cpu_ns_per_answer"],
            **{field: found[field] for field in ("sent", "unsent", "answered", "lost", "bad", "rate")},
            **{field: found["latency_us"][field] for field in LATENCIES},
            "resident_kib": self.memory("VmRSS"),
            "anonymous_kib": self.memory("RssAnon"),
        }

    def memory(self, field):
        texts = [pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
                 for process in self.processes]
        return sum(int(re.search(rf"^{field}:\s+(\d+) kB$", text, re.M)[1]) for text in texts)


def free_port():
    """Free on this machine, for UDP and TCP; in a namespace of our own all are."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, socket.socket() as other:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        try:
            other.bind(("127.0.0.1", port))
        except OSError:
            return free_port()
    return port if port < 65535 else free_port()
