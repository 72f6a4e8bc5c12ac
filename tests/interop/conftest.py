"""The table at the end: who agreed with whom on what."""

import os
import socket

import pytest

AGREED = pytest.StashKey()


def pytest_configure(config):
    config.stash[AGREED] = []


@pytest.fixture
def agreed(request):
    """agreed(client, server, what): call it when the test has seen it."""
    return lambda *row: request.config.stash[AGREED].append(row)


def pytest_terminal_summary(terminalreporter, config):
    rows = [("CLIENT", "SERVER", "AGREED ON"), *sorted(config.stash[AGREED])]
    if len(rows) == 1:
        return
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    terminalreporter.write_line("")
    for row in rows:
        terminalreporter.write_line(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}")


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.fixture(params=["127.0.0.1", "::1"], ids=["IPv4", "IPv6"])
def host(request):
    """Both loopback addresses in turn."""
    if request.param == "::1" and not has_ipv6():
        if os.environ.get("CI") == "true":
            pytest.fail("this machine has no ::1")
        pytest.skip("SKIPPED: this machine has no ::1")
    return request.param
