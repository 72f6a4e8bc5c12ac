"""Fixtures for every test that needs network namespaces, here and in tests/interop."""

import os
import subprocess

import pytest

from netns import Namespace
from server import Server


def give_up(why):
    """Skips for a person's machine; a CI that cannot run these tests must say so by failing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must be able to run this: {why}")
    pytest.skip(why)


@pytest.fixture
def namespace():
    """Makes namespaces; they are removed when the test is over."""
    made = []

    def make():
        if os.geteuid():
            give_up("network namespaces need root: run the tests as root")
        try:
            made.append(Namespace())
        except subprocess.CalledProcessError as error:
            give_up(f"no permission to make network namespaces: {error.stderr.strip()}")
        return made[-1]

    yield make
    for one in made:
        one.remove()


@pytest.fixture
def serve():
    """Starts servers; what a test leaves running is killed."""
    started = []

    def start(namespace, *words, **how):
        started.append(Server(namespace, *words, **how))
        return started[-1]

    yield start
    for server in started:
        server.destroy()
