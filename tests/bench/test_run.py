"""Does bench/run go through all it can measure, and leave JSON, a chart and tables?"""

import json
import os
import subprocess
import xml.etree.ElementTree

import pytest

from columns import COLUMNS, STREAMS
from programs import PROGRAMS

from conftest import ROOT

IN_CI = os.environ.get("CI") == "true"
SHORT = ("--build", os.environ["SRFLX_BUILD"], "--rounds", "1", "--seconds", "0.1")


def run(*words):
    return subprocess.run([ROOT / "bench" / "run", *map(str, words)], capture_output=True, text=True,
                          timeout=120, check=False)


def figures(*words):
    done = run(*SHORT, "--json", *words)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for column in found["columns"].values():
        for name, program in column["programs"].items():
            assert program["answered"] > 0, name
            assert program["bad"] == 0, name
            assert 0 < program["anonymous_kib"] <= program["resident_kib"], name
    return found


def could_not(found):
    """Skips if something is missing on this machine, and fails if this is CI."""
    if found["skipped"]:
        (pytest.fail if IN_CI else pytest.skip)("; ".join(found["skipped"]))


def check_column(name, column):
    column_is = COLUMNS[name]
    assert column["title"] == column_is.title
    for program, found in column["programs"].items():
        assert found["rounds_ns"] == [found["ns"]["median"]] and found["ns"]["median"] > 0, (name, program)
        assert found["srflxd_ratio"]["median"] > 0, (name, program)
        if isinstance(column_is.load, int):
            assert found["sent"] + found["unsent"] == column_is.load // 10, (name, program)
        assert 0 < found["p50"] <= found["p99"], (name, program)


def test_every_column(tmp_path):
    chart, tables = tmp_path / "chart.svg", tmp_path / "tables.md"
    columns = "loopback-known,loopback-half,veth-known,veth-new,veth-new-2,veth-half,veth-50k"
    found = figures("--only", "servers", "--programs", "srflxd,echo_same", "--columns", columns,
                    "--svg", chart, "--markdown", tables)
    could_not(found)
    assert list(found["columns"]) == [name for name in COLUMNS if name in columns.split(",")]
    for name, column in found["columns"].items():
        assert list(column["programs"]) == ["srflxd", "echo_same"]
        check_column(name, column)
    assert set(found["new_to_known"]) == {"veth"}
    assert found["loop"] == found["codec"] == found["crypto"] == found["signed"] == found["stages"] == {}
    assert found["streams"] == {}
    shown = "".join(xml.etree.ElementTree.parse(chart).getroot().itertext())
    assert "loopback, known clients" in shown and "veth, new clients" in shown and "2 workers" not in shown
    assert "| veth, new clients, 2 workers |" in tables.read_text(encoding="utf-8")


def test_every_program():
    found = figures("--only", "servers", "--columns", "loopback-known")
    could_not(found)
    assert list(found["columns"]["loopback-known"]["programs"]) == [
        name for name, program in PROGRAMS.items() if program.commands]


def check_stream(name, program, found):
    assert found["operations"] > 0 and found["errors"] == 0, (name, program)
    assert found["rounds"] == [found["value"]["median"]], (name, program)
    if not STREAMS[name].is_memory:
        assert found["value"]["median"] > 0 and found["rate"] > 0, (name, program)


def test_every_stream(tmp_path):
    tables = tmp_path / "tables.md"
    found = figures("--only", "streams", "--programs", "echo_tcp,coturn", "--markdown", tables)
    could_not(found)
    assert list(found["streams"]) == list(STREAMS) and found["columns"] == {}
    for name, column in found["streams"].items():
        assert column["title"] == STREAMS[name].title
        assert list(column["programs"]) == (["coturn"] if STREAMS[name].is_secure else ["echo_tcp", "coturn"])
        for program, of_program in column["programs"].items():
            check_stream(name, program, of_program)
    # What is known of it: 28 bytes, and about 20 KiB.
    idle = {program: of_program["value"]["median"] for program, of_program
            in found["streams"]["tcp-idle"]["programs"].items()}
    assert 20 < idle["echo_tcp"] < 60 and 10000 < idle["coturn"] < 40000
    assert "| TLS, an idle connection |" in tables.read_text(encoding="utf-8")


def program(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="ascii")
    path.chmod(0o755)


def test_the_loop_without_a_kernel(tmp_path):
    """Its figures come from the program, which takes too long here in a debug build."""
    program(tmp_path / "bench" / "loop",
            """echo '{"mixed": {"ns": 61.5, "instructions": null}, "plain": {"ns": 38, "instructions": 700}}'""")
    done = run("--build", tmp_path, "--only", "loop", "--rounds", "2", "--json")
    found = json.loads(done.stdout)
    assert found["loop"] == {
        "mixed": {"low": 61.5, "median": 61.5, "high": 61.5, "instructions": None},
        "plain": {"low": 38, "median": 38, "high": 38, "instructions": 700}}
    assert found["columns"] == found["stages"] == {} and done.returncode == 0


@pytest.mark.parametrize("words, complaint", [
    (["--columns", "tin-cans"], "'tin-cans' is none of loopback-known"),
    (["--columns", "veth-half"], "veth-half is half of what veth-known reached: measure both"),
    (["--rounds", "0"], "at least 1 round"),
])
def test_usage(words, complaint):
    done = run(*words)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_a_stream_that_is_answered_wrongly(tmp_path):
    """Exit code 6, and the first mistake is told."""
    bench = tmp_path / "bench"
    program(bench / "echo_tcp", f"exec python3 {ROOT}/tests/bench/wrong_server.py id $1 $2")
    (bench / "streamload").symlink_to(f"{os.environ['SRFLX_BUILD']}/bench/streamload")
    done = run("--build", tmp_path, "--only", "streams", "--programs", "echo_tcp", "--columns",
               "tcp-pipelined", "--rounds", "1", "--seconds", "0.2")
    assert done.returncode == 6
    assert "another transaction id" in done.stderr and "TCP, an answer, 24 pipelined" in done.stdout


def test_a_program_that_does_not_answer(tmp_path):
    """What it said is shown, and the run ends."""
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "srflx").symlink_to(os.environ["SRFLX"])
    program(tmp_path / "bench" / "echo_mmsg", "echo out of order >&2", "exit 1")
    done = run("--build", tmp_path, "--only", "servers", "--programs", "echo_mmsg", "--columns", "loopback-known")
    assert done.returncode == 4
    assert "echo_mmsg does not answer on 127.0.0.1:" in done.stderr and "out of order" in done.stderr
