"""What each stage of the line costs, without a kernel: bench/loop under perf and under callgrind.

perf says how the time is shared between functions, callgrind how many instructions each takes; callgrind
also says in which file a function stands, which is what makes it part of a stage."""

import collections
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

ROWS = ("plain", "mixed")
# Times that perf watches a row, about a third of a second each.
WATCHES = 6
CALLGRIND_SAMPLES = 5
PACKETS_OF_A_SAMPLE = 40 * 256

STAGES = {
    "memory driver": ("drive/", "bench/"),
    "clock, once a batch": ("io/clock.c",),
    "coordinator, meter, counters": ("lib/server/pipeline.c", "lib/server/meter.c",
                                     "lib/server/counters.c"),
    "classify, admit": ("lib/wire/classify.c", "lib/server/admit.c", "lib/base/addr.c"),
    "parse": ("lib/wire/parse.c",),
    "check, look-ups": ("lib/server/check.c", "lib/server/credentials.c", "lib/auth/", "lib/wire/message.c",
              "lib/wire/value.c"),
    "answer": ("lib/server/answer.c", "lib/wire/writer.c", "lib/wire/attr.c"),
    "seal": ("lib/server/seal.c",),
    "checksums of FINGERPRINT": ("lib/base/crc32.c",),
}
# What stands in no file of ours belongs to the stage that calls it; by its library.
LIBRARIES = {"libdeflate": "checksums of FINGERPRINT", "vdso": "clock, once a batch", "libc": "answer"}
REST = "the rest"

ANNOTATED = re.compile(r"^\s*([\d,]+) \([ \d.]+%\)\s+(\S+?):(\S+)(?: \[(.+)\])?", re.M)
SAMPLED = re.compile(r"^\s*(\S.*?) \((\S+)\)$", re.M)


def why_not():
    """Why stages cannot be measured here, None if they can."""
    missing = {"perf": "linux-perf", "valgrind": "valgrind"}
    for program, package in missing.items():
        if not shutil.which(program):
            return f"{program} is not installed (Debian: apt-get install {package})"
    return None


def library_stage(path):
    return next((stage for part, stage in LIBRARIES.items() if part in path), REST)


def file_stage(path, root):
    path = path.removeprefix(f"{root}/")
    return next((stage for stage, files in STAGES.items() if path.startswith(files)), None)


def bare(function):
    """Without what the compiler appended to the name of a part or a variant."""
    return function.split(".")[0].split("'")[0]


def counted(program, row, root):
    """Instructions a packet of each stage, and the stage of each function of ours."""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/callgrind"
        subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                        "--toggle-collect=run_all", program, row, str(CALLGRIND_SAMPLES)],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        text = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no", out], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    lines = [(int(count.replace(",", "")), path, bare(function), library or "")
             for count, path, function, library in ANNOTATED.findall(text)]
    stages = {}
    for _, path, function, _ in lines:
        if path.endswith(".c") and file_stage(path, root):
            stages.setdefault(function, file_stage(path, root))
    instructions = collections.Counter()
    for count, _, function, library in lines:
        instructions[stages.get(function) or library_stage(library)] += count
    packets = CALLGRIND_SAMPLES * PACKETS_OF_A_SAMPLE
    return {stage: count / packets for stage, count in instructions.items()}, stages


def watched(program, row, cpu, stages):
    """Nanoseconds a packet of each stage: its share of the samples, of the least time that the row took when
    nobody watched."""
    samples, ns = collections.Counter(), []
    pinned = ["taskset", "--cpu-list", str(cpu)]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(WATCHES):
            ns.append(json.loads(subprocess.check_output([*pinned, program, row], text=True))[row]["ns"])
            subprocess.run([*pinned, "perf", "record", "--quiet", "--event", "cpu-clock:u", "--freq", "10000",
                            "--output", f"{folder}/perf", program, row], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            text = subprocess.run(["perf", "script", "--input", f"{folder}/perf", "--fields", "ip,sym,dso"],
                                  check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  text=True).stdout
            for place, library in SAMPLED.findall(text):
                function = bare(place.split()[-1])
                samples[stages.get(function) or library_stage(library)] += 1
    whole = sum(samples.values())
    return {stage: min(ns) * count / whole for stage, count in samples.items()}


def measure(build, root, cpu):
    """Stage -> row -> nanoseconds and instructions a packet."""
    program = str(pathlib.Path(build, "bench", "loop"))
    found = {stage: {} for stage in [*STAGES, REST]}
    for row in ROWS:
        instructions, stages = counted(program, row, root)
        times = watched(program, row, cpu, stages)
        for stage, of_row in found.items():
            of_row[row] = {"ns": times.get(stage, 0.0), "instructions": instructions.get(stage, 0.0)}
    return found
