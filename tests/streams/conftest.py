"""Servers on addresses of loopback that nobody else has, and what they count."""

import pytest

from daemon import Daemon


@pytest.fixture(name="start")
def starter(tmp_path):
    """Starts servers in tmp_path, with words of the command line."""
    started = []

    def start(*words):
        started.append(Daemon(tmp_path, *words))
        return started[-1]

    yield start
    for daemon in started:
        daemon.destroy()
