"""Programs of others: whether they are here, and their servers as child processes."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

from fixtures import give_up
from internet import FAMILIES, IPV4, PORT, SECOND_SERVER
from stun import COOKIE

SRFLX, SRFLXD = os.environ["SRFLX"], os.environ["SRFLXD"]
SOFTWARE_TEXT = "srflxd under test"
NAME = "stun.example.org"  # in certificates


def needed(program, package):
    """Its path. A program that is missing is a failure in CI, else a skip that says so."""
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")
    return path or give_up(f"SKIPPED: {program} is missing: install the package {package}")


def needed_import(statement, packages):
    """The interpreter that can run the statement."""
    done = subprocess.run([sys.executable, "-c", statement], capture_output=True, check=False)
    return give_up(f"SKIPPED: install {packages}") if done.returncode else sys.executable


def answers(namespace, host):
    """True if a Binding request gets any answer within a moment."""
    with namespace.client(host) as asker:
        asker.settimeout(0.1)
        asker.sendto(bytes.fromhex("00010000") + COOKIE + os.urandom(12), (host, PORT))
        try:
            return bool(asker.recv(2048))
        except (TimeoutError, ConnectionRefusedError):
            return False


class Server:
    """A server on port 3478 of a namespace, from the first answer on until the end of the block. The
    questions until then stay inside the namespace, where no tap is."""

    def __init__(self, namespace, families, *command):
        self.namespace, self.families, self.command = namespace, families, command

    def __enter__(self):
        self.process = subprocess.Popen(self.namespace.command(*self.command), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not all(answers(self.namespace, family.server) for family in self.families):
            if self.process.poll() is not None:
                raise AssertionError(f"{self.command} ended: {self.process.stderr.read()}")
            assert time.monotonic() < deadline, f"{self.command} does not answer"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=60)


def turnserver(namespace, directory, access=("stun-only", "no-auth")):
    """Debian's coturn, with nothing outside `directory`, as a STUN server that knows RFC 3489 too. `access` are lines
    of its configuration."""
    path = needed("turnserver", "coturn")
    config = directory / "turnserver.conf"
    config.write_text("".join(f"listening-ip={family.server}\n" for family in FAMILIES) + f"""\
listening-port={PORT}
no-tcp
no-tls
no-dtls
no-cli
log-file=stdout
pidfile={directory}/pid
userdb={directory}/db
""" + "\n".join([*access, ""]), encoding="ascii")
    return Server(namespace, FAMILIES, path, "-c", config)


def stund(namespace, _directory):
    """The server of the RFC 3489 days; it wants two addresses and takes two ports, all of IPv4."""
    path = needed("stund", "stun-server")
    return Server(namespace, [IPV4], path, "-h", IPV4.server, "-a", SECOND_SERVER, "-p", PORT, "-o", PORT + 1)


def p1_stun(namespace, _directory):
    """The library of ejabberd and eturnal."""
    path = needed("erl", "erlang-base")
    if not list(pathlib.Path("/usr/lib/erlang/lib").glob("p1_stun-*")):
        give_up("SKIPPED: install the package erlang-p1-stun")
    listen = ", ".join(f"ok = stun_listener:add_listener({address}, {PORT}, udp, [])"
                       for address in ("{0,0,0,0}", "{0,0,0,0,0,0,0,0}"))
    return Server(namespace, FAMILIES, path, "-noshell", "-eval",
                    f"{{ok, _}} = application:ensure_all_started(stun), {listen}.")


def srflxd(namespace, _directory):
    return Server(namespace, FAMILIES, SRFLXD, "--workers=1", "--software", SOFTWARE_TEXT)
