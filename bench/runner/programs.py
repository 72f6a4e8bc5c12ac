"""The servers that are measured, and how each is started."""

import dataclasses
import pathlib
import shutil


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a server shall answer, and what it may use."""
    address: str
    second_address: str
    port: int
    workers: int
    build: pathlib.Path
    scratch: str
    tls_port: int = 0           # where only streams are asked for
    certificate: str = ""
    key: str = ""


def srflxd(place):
    return [[place.build / "srflxd" / "srflxd", "--listen", f"{place.address}:{place.port}",
             "--workers", place.workers, "--log-level", "warn"]]


def srflxd_streams(place):
    return [[*srflxd(place)[0], "--certificate", place.certificate, "--certificate-key", place.key,
             "--tls-port", place.tls_port]]


def echo_same(place):
    """As many processes as workers, among which the kernel deals out by its own hash."""
    shared = ["shared"] if place.workers > 1 else []
    return [[place.build / "bench" / "echo_same", place.address, place.port, *shared]] * place.workers


def echo_mmsg(place):
    return [[place.build / "bench" / "echo_mmsg", place.address, place.port]]


def echo_tcp(place):
    return [[place.build / "bench" / "echo_tcp", place.address, place.port]]


def turnserver(place, *words):
    return [[shutil.which("turnserver"), "-n", "--stun-only", "--no-auth", "--no-cli", "--no-rfc5780",
             "--no-software-attribute", "--relay-threads", "1",
             "--listening-ip", place.address, "--listening-port", place.port,
             "--userdb", f"{place.scratch}/users", "--pidfile", f"{place.scratch}/pid",
             "--log-file", "stdout", *words]]


def coturn(place):
    return turnserver(place, "--no-tcp", "--no-tls", "--no-dtls")


def coturn_streams(place):
    return turnserver(place, "--tls-listening-port", place.tls_port, "--cert", place.certificate,
                      "--pkey", place.key)


def stund(place):
    """It wants two addresses and two ports."""
    return [[shutil.which("stund"), "-h", place.address, "-a", place.second_address,
             "-p", place.port, "-o", place.port + 1]]


@dataclasses.dataclass(frozen=True)
class Program:
    name: str
    commands: object        # Place -> the command lines to start; None: no UDP
    many_workers: bool = False
    outside: str = None     # the program of a package, and
    package: str = None     # the package
    streams: object = None  # as commands, for streams; None: none
    secure: bool = False    # TLS and DTLS too

    def why_not(self):
        """Why it cannot be measured here, None if it can."""
        if self.outside and not shutil.which(self.outside):
            return f"{self.outside} is not installed (Debian: apt-get install {self.package})"
        return None


PROGRAMS = {program.name: program for program in (
    Program("srflxd", srflxd, many_workers=True, streams=srflxd_streams, secure=True),
    Program("echo_same", echo_same, many_workers=True),
    Program("echo_mmsg", echo_mmsg),
    Program("echo_tcp", None, streams=echo_tcp),
    Program("coturn", coturn, outside="turnserver", package="coturn", streams=coturn_streams, secure=True),
    Program("stund", stund, outside="stund", package="stun-server"),
)}
