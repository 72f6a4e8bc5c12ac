"""Takes the measurements: of what the user wants, what is possible here."""

import contextlib
import dataclasses
import os
import subprocess

import loops
import networks
import stages
import streams
from columns import COLUMNS, HALF, STREAMS
from failure import Failure
from programs import PROGRAMS
from servers import Server

TARGETS = ["srflxd", "srflx_tool", "loop", "codec", "crypto", "signed", "streamload", "echo_same", "echo_mmsg",
           "echo_tcp"]


class Bench:
    """What the user chose, the machine, and the programs built for it."""

    def __init__(self, root, arguments):
        self.rounds, self.seconds = arguments.rounds, arguments.seconds
        self.cpus = sorted(os.sched_getaffinity(0))
        if len(self.cpus) < 2:
            raise Failure("two CPUs are needed: one for the server, one for the generator")
        self.client_cpu = self.cpus[-1]
        self.root, self.build = root, (arguments.build or root / "build" / "release").resolve()
        if not arguments.build:
            run_quietly("cmake", "--preset", "release", "-S", root, cwd=root)
            run_quietly("cmake", "--build", self.build, "--target", *TARGETS, cwd=root)

    def server_cpus(self, workers):
        """One for each worker if there are enough of them, else one for all."""
        return self.cpus[:workers] if len(self.cpus) > workers else self.cpus[:1]

    def servers(self, columns, programs, say):
        """Every column beside every program, round after round. Returns (column, program) -> runs."""
        runs = {}
        with contextlib.ExitStack() as stack:
            wanted = dict.fromkeys(COLUMNS[column].network for column in columns)
            made = {name: stack.enter_context(networks.NETWORKS[name](self.cpus[0], self.client_cpu))
                    for name in wanted}
            for number in range(self.rounds):
                for name in columns:
                    say(f"round {number + 1} of {self.rounds}: {COLUMNS[name].title}")
                    for program in programs_of(COLUMNS[name], programs):
                        found = self.run(COLUMNS[name], program, made, runs)
                        runs.setdefault((name, program), []).append(found)
        return runs

    def run(self, column, program, made, runs):
        rate = column.load
        if rate == HALF:
            rate = runs[f"{column.network}-known", program][-1]["rate"] / 2
        with Server(PROGRAMS[program], made[column.network], column.workers, self) as server:
            return server.ask(column.clients, rate)

    def parts(self, can, say):
        """Part -> what takes its measurements."""
        return {"servers": lambda: self.servers(can.columns, can.programs, say),
                "streams": lambda: streams.measure(self, can.streams, can.stream_programs, say),
                "loop": lambda: loops.loop(self), "codec": lambda: loops.codec(self),
                "crypto": lambda: loops.crypto(self), "signed": lambda: loops.signed(self),
                "stages": lambda: stages.measure(self.build, self.root, self.cpus[0])}


def programs_of(column, programs):
    return [name for name in programs if column.workers == 1 or PROGRAMS[name].many_workers]


@dataclasses.dataclass
class Possible:
    """What of the user's wishes can be measured here, and why not the rest."""
    parts: list
    columns: list
    programs: list
    streams: list
    stream_programs: list
    skipped: list


def split(names, why_not):
    """Those that can be measured, and lines that say why the others cannot."""
    reasons = {}
    for name in names:
        reasons.setdefault(why_not(name), []).append(name)
    can = reasons.pop(None, [])
    return can, [f"{', '.join(skipped)}: {reason}" for reason, skipped in reasons.items()]


def part_why_not(part):
    return {"stages": stages, "streams": streams}[part].why_not() if part in ("stages", "streams") else None


def possible(arguments):
    parts, skipped = split(arguments.only, part_why_not)
    programs, no_programs = split(arguments.programs, lambda name: PROGRAMS[name].why_not())
    columns = [name for name in arguments.columns if name in COLUMNS and "servers" in parts]
    columns, no_columns = split(columns, lambda name: networks.why_not(COLUMNS[name].network))
    skipped += no_columns + (no_programs if {"servers", "streams"} & set(parts) else [])
    return Possible(parts, columns, [name for name in programs if PROGRAMS[name].commands],
                    [name for name in arguments.columns if name in STREAMS],
                    [name for name in programs if PROGRAMS[name].streams], skipped)


def run_quietly(*words, cwd):
    done = subprocess.run([str(word) for word in words], cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Failure(f"{' '.join(str(word) for word in words)} failed:\n{done.stdout}")
