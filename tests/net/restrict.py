"""Taking things away from a child process before it starts: capabilities, address families."""

import ctypes
import errno
import platform
import struct

from netns import LIBC

PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 22, 24, 38
SECCOMP_MODE_FILTER = 2
CAP_NET_BIND_SERVICE, CAP_NET_ADMIN = 10, 12
SOCKET_CALL = {"x86_64": 41, "aarch64": 198, "riscv64": 198}

LOAD_WORD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL_WITH = 0x7FFF0000, 0x00050000


def prctl(*words):
    if LIBC.prctl(*(ctypes.c_ulong(word) for word in words)):
        raise OSError(ctypes.get_errno(), "prctl")


def drop_capability(number):
    """The program that the process becomes does not have it, also as root."""
    prctl(PR_CAPBSET_DROP, number, 0, 0, 0)


def forbid_family(family):
    """socket() of the family fails as in a kernel without it (and as under systemd's
    RestrictAddressFamilies=)."""
    rules = [(LOAD_WORD, 0, 0, 0),  # the number of the system call
             (JUMP_EQUAL, 0, 3, SOCKET_CALL[platform.machine()]),
             (LOAD_WORD, 0, 0, 16),  # its first argument
             (JUMP_EQUAL, 0, 1, family),
             (RETURN, 0, 0, FAIL_WITH | errno.EAFNOSUPPORT),
             (RETURN, 0, 0, ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *rule) for rule in rules))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(rules), ctypes.addressof(code)))
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0)
