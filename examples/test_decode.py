"""examples/decode.c, on messages of tests/vectors."""

import os
import pathlib
import subprocess

DECODE = pathlib.Path(os.environ["SRFLX_BUILD"], "examples/example_decode")
VECTORS = pathlib.Path(__file__).parents[1] / "tests/vectors"


def decode(vector):
    """Exit status and output."""
    with open(VECTORS / f"{vector}.hex", encoding="ascii") as message:
        done = subprocess.run([DECODE], stdin=message, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_a_request_of_rfc_5769():
    assert decode("rfc5769-2.1-request") == (0, """\
    0     2  type                      0001
    2     2  length                    88
    4    16  id                        2112a442b7e7a701bc34d686fa87dfae
   20    20  SOFTWARE                  STUN test client
   40     8  PRIORITY                  1845494271
   48    12  ICE-CONTROLLED            932ff9b151263b36
   60    16  USERNAME                  evtj:h6vY  ! padding that is not zero (allowed before RFC 8489)
   76    24  MESSAGE-INTEGRITY         9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  100     8  FINGERPRINT               3849993167
""")


def test_an_answer_with_an_ipv6_address():
    assert decode("computed-binding-success-ipv6") == (0, """\
    0     2  type                      0101
    2     2  length                    24
    4    16  id                        2112a442b7e7a701bc34d686fa87dfae
   20    24  XOR-MAPPED-ADDRESS        [2001:db8::1:2:3]:1
""")


def test_an_error_answer():
    assert decode("computed-error-420-three") == (0, """\
    0     2  type                      0111
    2     2  length                    40
    4    16  id                        2112a442b7e7a701bc34d686fa87dfae
   20    28  ERROR-CODE                420 Unknown Attribute
   48    12  UNKNOWN-ATTRIBUTES        000300260027
""")


def test_a_broken_message():
    assert decode("malformed-attr-overrun") == (1, """\
    0     2  type                      0001
    2     2  length                    8
    4    16  id                        2112a442b7e7a701bc34d686fa87dfae
   20     8  SOFTWARE                  61626364  ! the attribute reaches beyond the end of the message
""")
