"""One question in each of four loops: answered over UDP and TCP, and refused where nobody listens."""

import os
import pathlib
import re
import socket
import subprocess

import pytest

from daemon import Daemon

EXAMPLES = pathlib.Path(os.environ["SRFLX_BUILD"], "examples")
ANSWER = re.compile(r"I am 127\.0\.0\.1:\d+ \(\d+\.\d ms\)\n")
LOOPS = pytest.mark.parametrize("loop", ["poll", "libuv", "libevent", "glib"])


def run(loop, *words):
    return subprocess.run([EXAMPLES / f"example_loop_{loop}", *words], capture_output=True, text=True, check=False,
                          timeout=60)


@LOOPS
def test_an_answer(tmp_path, loop):
    server = Daemon(tmp_path)
    try:
        done = run(loop, f"stun:{server.host}")
        assert (done.returncode, done.stderr) == (0, "") and ANSWER.fullmatch(done.stdout)
        assert server.stop()["answers"] == 1
    finally:
        server.destroy()


@LOOPS
def test_nobody_listens(tmp_path, loop):
    server = Daemon(tmp_path)
    server.destroy()
    done = run(loop, server.host)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"nobody listens on {server.host}: Connection refused\n"


@LOOPS
def test_no_answer_before_the_time_is_over(loop):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        done = run(loop, "127.0.0.1:{}".format(silent.getsockname()[1]))
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search("no answer", done.stderr)


@LOOPS
def test_a_host_by_its_name(tmp_path, loop):
    """Through the resolver, whose descriptors come and go."""
    server = Daemon(tmp_path)
    try:
        done = run(loop, f"stun:localhost:{server.address[1]}")
        assert done.returncode == 1 and "listens" in done.stderr  # it is on another address of loopback
    finally:
        server.destroy()


@LOOPS
def test_wrong_arguments_show_the_usage(loop):
    done = run(loop)
    assert (done.returncode, done.stderr) == (2, "usage: loop stun:HOST[:PORT]\n")
