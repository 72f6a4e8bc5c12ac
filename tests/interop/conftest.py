"""The three machines of each test, and the table at the end: who agreed with whom on what."""

import json
import os
import pathlib
import subprocess

import pytest

import table
from fixtures import namespace, serve  # noqa: F401 - pytest finds fixtures here
from internet import FAMILIES, Internet
from programs import NAME, SOFTWARE_TEXT, SRFLX

ROWS = pytest.StashKey()
# Where the rows go for the table of all parts, if ctest runs this one.
FILE = os.environ.get("INTEROP_ROWS")


def pytest_configure(config):
    config.stash[ROWS] = []
    if FILE:
        pathlib.Path(FILE).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(FILE).unlink(missing_ok=True)


@pytest.fixture
def agreed(request):
    """agreed(client, server, what, family, lossy, result): call it when the test has seen it."""
    def note(client, server, what, family, lossy=False, result="yes"):
        request.config.stash[ROWS].append((client, server, what, table.column(family, lossy), result))

    return note


def pytest_terminal_summary(terminalreporter, config):
    rows = config.stash[ROWS]
    if rows:
        terminalreporter.write_line("")
        for line in table.lines(rows):
            terminalreporter.write_line(line)


def pytest_sessionfinish(session):
    skipped = session.config.pluginmanager.get_plugin("terminalreporter").stats.get("skipped")
    if FILE and not skipped:
        pathlib.Path(FILE).write_text(json.dumps(session.config.stash[ROWS]), encoding="utf-8")


@pytest.fixture
def internet(namespace):
    with Internet(namespace) as made:
        yield made


@pytest.fixture
def srflxd(internet, serve):
    """Our server, away."""
    server = serve(internet.away, "--workers=1", "--software", SOFTWARE_TEXT)
    server.until_ready()
    return server


@pytest.fixture
def pair(tmp_path):
    """(certificate, key): files of a new pair for NAME."""
    made = tmp_path / "made"
    subprocess.run([SRFLX, "cert", "--name", NAME, "--out", made], check=True, capture_output=True)
    return made.with_suffix(".crt"), made.with_suffix(".key")


@pytest.fixture
def secure_srflxd(internet, serve, pair):
    """Our server, away, with a certificate and without SOFTWARE."""
    certificate, key = pair
    server = serve(internet.away, "--workers=1", "--certificate", certificate, "--certificate-key", key)
    server.until_ready()
    return server


@pytest.fixture(params=FAMILIES, ids=str)
def family(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["whole", "lossy"])
def lossy(request):
    """Whether the test shall run on a path that loses 30 %."""
    return request.param
