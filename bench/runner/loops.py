"""Programs that measure a part of the tree without a kernel: they print nanoseconds by their own clock."""

import json
import re
import shutil
import subprocess

# They are steady after a few runs.
RUNS = 5
# How many messages one sample of codec handles, and how many calls one of crypto makes.
CODEC_MESSAGES, CRYPTO_CALLS = 256 * 200, 2000


def repeated(bench, name, *words):
    words = ["taskset", "--cpu-list", str(bench.cpus[0]), str(bench.build / "bench" / name), *words]
    return [json.loads(subprocess.check_output(words, text=True)) for _ in range(min(bench.rounds, RUNS))]


def counted(program, row, body, count):
    """Instructions of one of `count` in the function `body`, by callgrind, whose figure the load of the machine
    does not touch. None without valgrind."""
    if not shutil.which("valgrind"):
        return None
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                           f"--toggle-collect={body}", str(program), row, "1"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    return round(int(collected[1]) / count) if collected else None


def loop(bench):
    """Kind of request -> nanoseconds of each run, and instructions where the machine counts them."""
    runs = repeated(bench, "loop")
    return {kind: {"ns": [run[kind]["ns"] for run in runs], "instructions": runs[0][kind]["instructions"]}
            for kind in runs[0]}


def signed(bench):
    """Kind of credentials -> nanoseconds of each run."""
    runs = repeated(bench, "signed", "memory")
    return {row: {"ns": [run[row]["ns"] for run in runs], "instructions": runs[0][row]["instructions"]}
            for row in runs[0]}


def codec_body(row):
    return ("parse_all" if row.startswith("parse") else "build_all" if row.startswith("build")
            else "request_to_answer_all")


def codec(bench):
    program, runs = bench.build / "bench" / "codec", repeated(bench, "codec")
    return {row: {"ns": [run[row]["ns"] for run in runs],
                  "instructions": counted(program, row, codec_body(row), CODEC_MESSAGES)} for row in runs[0]}


def crypto(bench):
    """Where there is such a row, also the ratios to nettle's own function in the same runs."""
    program, runs = bench.build / "bench" / "crypto", repeated(bench, "crypto")
    rows = {row: {"ns": [run[row]["ns"] for run in runs],
                  "instructions": counted(program, row, "run_row", CRYPTO_CALLS)} for row in runs[0]}
    for row, found in rows.items():
        if f"{row}_nettle" in rows:
            found["ratios"] = [run[row]["ns"] / run[f"{row}_nettle"]["ns"] for run in runs]
    return rows
