"""What is learnt about round-trip times is kept for the next run, and harms nobody.

spec: R8489-6.2.1-10 R8489-6.2.1-11"""

import os
import re
import time

import pytest

from conftest import query
from stun import FakeServer, success

HEAD = "srflx-rto 1\n"


class Home:
    def __init__(self, folder):
        self.environment = {"XDG_CACHE_HOME": str(folder)}
        self.file = folder / "srflx" / "rto"

    def query(self, *words):
        return query(*words, environment=self.environment)

    def write(self, text, mode=0o600):
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.file.chmod(mode)


@pytest.fixture(name="home")
def home_fixture(tmp_path):
    return Home(tmp_path)


def answers(request, peer, _number):
    return [success(request, peer)]


def loses_one(request, peer, number):
    return [] if number == 1 else [success(request, peer)]


def line(address="127.0.0.1", age_s=1, srtt_ms=120):
    return f"{address}\t{int((time.time() - age_s) * 1000)}\t{srtt_ms * 1000000}\t0\t0\n"


def wait_ms(home, *words):
    """How long the client waits before the second request, by its own clock."""
    with FakeServer(loses_one) as server:
        run = home.query("--verbose", *words, server)
    assert run.code == 0
    first, second = re.findall(r"([\d.]+) ms  sent a request", run.err)
    assert float(first) < 100
    return float(second)


def test_the_file(home):
    with FakeServer(answers) as server:
        assert home.query(server).code == 0
    head, entry = home.file.read_text().splitlines(keepends=True)
    assert head == HEAD
    address, date, srtt, rttvar, backed_off = entry.rstrip("\n").split("\t")
    assert (address, backed_off) == ("127.0.0.1", "0")
    assert abs(int(date) / 1000 - time.time()) < 20
    assert 0 < int(rttvar) < int(srtt) < 1e9
    assert home.file.stat().st_mode & 0o777 == 0o600
    assert home.file.parent.stat().st_mode & 0o777 == 0o700


def test_the_next_run_knows(home):
    home.write(HEAD + line())
    assert 120 <= wait_ms(home) < 500


def test_it_is_of_one_address(home):
    home.write(HEAD + line("127.0.0.2"))
    assert wait_ms(home) >= 500
    assert len(home.file.read_text().splitlines()) == 3


@pytest.mark.parametrize("words", [["--no-cache"], ["--rto", "500"]])
def test_it_can_be_left_alone(home, words):
    text = HEAD + line()
    home.write(text)
    assert wait_ms(home, *words) >= 500
    assert home.file.read_text() == text


@pytest.mark.parametrize("text, mode", [
    (HEAD + line(age_s=601), 0o600),
    (HEAD + line(age_s=-100), 0o600),
    (HEAD + line(), 0o644),
    ("srflx-rto 2\n" + line(), 0o600),
    (HEAD + line() + "127.0.0.3\tx\t1\t1\t1\n", 0o600),
    (HEAD + line()[:-1], 0o600),
    (HEAD + line(srtt_ms=60001), 0o600),
    (HEAD + line("localhost"), 0o600),
    (HEAD + line() + "\0", 0o600),
    (HEAD + line() + "9" * 5000 + "\n", 0o600),
    (b"\xff" * 70000, 0o600),
    ("", 0o600),
], ids=["old", "future", "others may read", "version", "number", "cut", "limit", "name", "nul", "long", "huge", "empty"])
def test_a_file_that_counts_as_none(home, text, mode):
    home.write(text, mode)
    assert wait_ms(home) >= 500
    assert home.file.read_text().startswith(HEAD)


def test_a_link_is_left_alone(home, tmp_path):
    target = tmp_path / "elsewhere"
    target.write_text(HEAD + line())
    target.chmod(0o600)
    home.file.parent.mkdir()
    home.file.symlink_to(target)
    assert wait_ms(home) >= 500
    assert home.file.is_symlink() and target.read_text().count("\n") == 2


def test_no_place_for_it(home):
    home.file.parent.write_text("")
    assert wait_ms(home) >= 500


def test_the_folder_of_the_home(tmp_path):
    environment = {"XDG_CACHE_HOME": "relative", "HOME": str(tmp_path)}
    with FakeServer(answers) as server:
        assert query(server, environment=environment).code == 0
    assert (tmp_path / ".cache" / "srflx" / "rto").exists()
    assert not os.path.exists("relative")
