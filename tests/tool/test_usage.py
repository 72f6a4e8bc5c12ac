"""Help, version, and what the tool says about a wrong command line."""

import os

import pytest

HELP = """\
srflx speaks STUN (RFC 3489, 5389, 8489).

Usage: srflx COMMAND [options] [arguments]

Commands:
  query    ask a STUN server for the address it sees
  locate   find the servers of a URI, with every step on the way
  decode   show what a message says, or where it is broken
  bench    load a server, check every answer, measure
  user     keep the user file of a server
  key      make and rotate the key file of a fleet of servers
  token    make keys and access tokens of RFC 7635, for tests
  cert     make a self-signed certificate, for a first try of TLS
  help     what a command does: srflx help COMMAND

Options:
  --help     print this
  --version  print the version

Exit codes:
  0  as asked
  1  no answer
  2  wrong use of the command line
  3  the server answered with an error, or with something that cannot be used
  4  this machine or a name failed
  5  integrity or certificate failure
  6  negative verdict: what was examined is bad
"""


def test_help_lists_the_commands(srflx):
    for arguments in (["--help"], ["help"]):
        run = srflx(*arguments)
        assert (run.code, run.out, run.err) == (0, HELP, "")


def test_version(srflx):
    run = srflx("--version")
    assert (run.code, run.out, run.err) == (0, f"srflx {os.environ['SRFLX_VERSION']}\n", "")


@pytest.mark.parametrize("command, options", [
    ("query", ["-4", "-6", "--udp", "--tcp", "--tls", "--dtls", "--ca", "--pin", "--insecure", "--name", "--dns",
               "--bind", "--count", "--interval", "--timeout", "--rfc", "--rto", "--classic",
               "--user", "--password", "--password-file", "--realm", "--short-term", "--algorithm", "--userhash",
               "--token", "--redirects", "--no-cache", "--json", "--verbose", "--help"]),
    ("user", ["--realm", "--short-term", "--password-file", "--generate", "--no-md5", "--json", "--help"]),
    ("key", ["--active-in", "--json", "--help"]),
    ("token", ["--server-name", "--kid", "--lifetime", "--json", "--help"]),
    ("cert", ["--name", "--days", "--out", "--certificate", "--key", "--force", "--json", "--help"]),
    ("decode", ["--format", "--user", "--password", "--password-file", "--realm", "--short-term", "--json", "--help"]),
    ("bench", ["--window", "--rate", "--seconds", "--warm-up", "--ports", "--sources", "--from", "--mix",
               "--timeout", "--pids", "--seed", "--i-own-this-server", "--json", "--help"]),
])
def test_help_of_a_command_lists_its_options(srflx, command, options):
    run = srflx(command, "--help")
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith(f"Usage: srflx {command} [options] ")
    listed = [line.split()[0] for line in run.out.splitlines() if line.startswith("  -")]
    assert listed == options
    assert srflx("help", command).out == run.out


@pytest.mark.parametrize("arguments, complaint", [
    ([], "srflx: no command"),
    (["ask"], "srflx: unknown command ask"),
    (["--quiet"], "srflx: unknown option --quiet"),
    (["help", "ask"], "srflx: unknown command ask"),
])
def test_a_wrong_command(srflx, arguments, complaint):
    run = srflx(*arguments)
    assert (run.code, run.out, run.err) == (2, "", f"{complaint}\nTry 'srflx --help'.\n")


# spec: R8489-8-03 R7064-3.1-01 R7064-3.1-02 R7064-3.2-01 R7064-3.2-02
@pytest.mark.parametrize("arguments, complaint", [
    (["query"], "whom to ask? HOST is missing"),
    (["query", "--quiet", "a"], "unknown option --quiet"),
    (["query", "--quiet=1", "a"], "unknown option --quiet"),
    (["query", "-x", "a"], "unknown option -x"),
    (["query", "--json=1", "a"], "--json takes no value"),
    (["query", "--help=1"], "--help takes no value"),
    (["query", "a", "--count"], "--count wants a value: N"),
    (["query", "--count", "0", "a"], "--count wants a whole number from 1 to 1000000, not '0'"),
    (["query", "--count=-1", "a"], "--count wants a whole number from 1 to 1000000, not '-1'"),
    (["query", "--count=", "a"], "--count wants a whole number from 1 to 1000000, not ''"),
    (["query", "--rto", "60001", "a"], "--rto wants a whole number from 1 to 60000, not '60001'"),
    (["query", "--rto", "4294967297", "a"], "--rto wants a whole number from 1 to 60000, not '4294967297'"),
    (["query", "--timeout", "0", "a"], "--timeout wants seconds from 0.001 to 3600, not '0'"),
    (["query", "--timeout", "inf", "a"], "--timeout wants seconds from 0.001 to 3600, not 'inf'"),
    (["query", "--interval", "1.2.3", "a"], "--interval wants seconds from 0.001 to 3600, not '1.2.3'"),
    (["query", "-4", "-6", "a"], "IPv4 and IPv6 exclude each other"),
    (["query", "--bind", "127.0.0.1", "-6", "a"], "IPv4 and IPv6 exclude each other"),
    (["query", "--rfc", "--timeout", "1", "a"], "--rfc and --timeout exclude each other"),
    (["query", "--udp", "stuns:a"], "'stuns:a': stuns: goes over TLS and DTLS alone"),
    (["query", "--tls", "stun:a"], "'stun:a': stun: goes over UDP and TCP alone"),
    (["query", "--udp", "--tls", "a"], "'a': stun: goes over UDP and TCP alone"),
    (["query", "--udp", "--udp", "a"], "want at most two transports, each once"),
    (["query", "--udp", "--tcp", "--tls", "a"], "want at most two transports, each once"),
    (["query", "stuns:127.0.0.1"],
     "'stuns:127.0.0.1': a stuns URI with an IP address names nobody whose certificate counts; "
     "say --name NAME if you know it"),
    (["query", "--insecure", "a"], "--ca, --pin, --insecure and --name are for stuns:"),
    (["query", *["--pin", "x"] * 17, "stuns:a"], "there are more than 16 pins"),
    (["query", "--pin", "x", "stuns:a"],
     "pin 'x': want sha256/ and the 44 letters of Base64 that 32 bytes have"),
    (["query", "--dns", "x", "a"], "--dns wants ADDR[:PORT], not 'x'"),
    (["query", "--count", "2", "a", "b"], "--count is for one HOST"),
    (["query", *["a"] * 65], "more than 64 hosts at a time"),
    (["query", "stun://a"], "'stun://a': nothing stands between the scheme and the host, no // either"),
    (["query", "stun:"], "'stun:': there is no host"),
    (["query", ":3478"], "':3478': there is no host"),
    (["query", "[::1"], "'[::1': want ] behind the IPv6 address, and then nothing but :port"),
    (["query", "stun:u@a"], "'stun:u@a': there is no user in a STUN URI, so no @"),
    (["query", "stun:a/b"], "'stun:a/b': there is no path in a STUN URI, so no /"),
    (["query", "a?transport=udp"],
     "'a?transport=udp': there is no query in a STUN URI, so no ?; ?transport= belongs to turn:"),
    (["query", "fe80::1%lo:3478"], "'fe80::1%lo:3478': want an IPv6 address between the brackets"),
    (["query", "a:0"], "'a:0': want a port from 1 to 65535"),
    (["query", "a:65536"], "'a:65536': want a port from 1 to 65535"),
    (["query", "a:stun"], "'a:stun': want a port from 1 to 65535"),
    (["query", "[::1]3478"], "'[::1]3478': want ] behind the IPv6 address, and then nothing but :port"),
    (["query", "no such name"], "'no such name': a host's name has letters, digits, hyphens and dots alone"),
    (["query", b"a\xff".decode(errors="surrogateescape")],
     "'a\\xff': a name beyond ASCII must come in its A-label form, as xn--bcher-kva.example"),
    (["bench"], "whom to load? HOST is missing"),
    (["bench", "a", "b"], "one HOST at a time"),
    (["bench", "--window", "0", "a"], "--window wants a whole number from 1 to 65536, not '0'"),
    (["bench", "--seconds", "0", "a"], "--seconds wants seconds from 0.001 to 86400, not '0'"),
    (["bench", "--warm-up", "-1", "a"], "--warm-up wants seconds from 0 to 86400, not '-1'"),
    (["bench", "--window", "1", "--rate", "1", "a"], "--window and --rate exclude each other"),
    (["bench", "--sources", "127.0.0.0/8", "--from", "127.0.0.1", "a"],
     "--sources and --from exclude each other"),
    (["bench", "--sources", "127.0.0.1", "a"], "--sources '127.0.0.1': that is no ADDRESS/BITS"),
    (["bench", "--sources", "127.0.0.1:1/8", "a"], "--sources '127.0.0.1:1/8': that is no ADDRESS/BITS"),
    (["bench", "--sources", "127.0.0.0/33", "a"],
     "--sources '127.0.0.0/33': the length of the prefix is out of range"),
    (["bench", "--sources", "127.0.0.1/8", "a"],
     "--sources '127.0.0.1/8': there are bits behind the prefix"),
    (["bench", "--from", "127.0.0.1:1", "a"],
     "--from wants a local address, not '127.0.0.1:1': there are several ports, the system chooses them"),
    (["bench", "--mix", "odd=100", "a"],
     "--mix 'odd=100': the kinds are plain, classic, fingerprint, ice and garbage"),
    (["bench", "--mix", "plain=50,ice=49", "a"],
     "--mix 'plain=50,ice=49': the percentages do not make 100"),
    (["bench", "--mix", "plain=101", "a"],
     "--mix 'plain=101': a percentage is a whole number up to 100"),
    (["bench", "--mix", "plain=100;ice=0", "a"],
     "--mix 'plain=100;ice=0': there is something behind a percentage"),
    (["bench", "--mix", "garbage=100", "a"],
     "garbage draws no answer, so nothing but garbage wants --rate"),
    (["bench", "--pids", "1,,2", "a"], "--pids wants process numbers, at most 16, not '1,,2'"),
    (["bench", "--pids", "0", "a"], "--pids wants process numbers, at most 16, not '0'"),
    (["decode", "--format", "octal"], "--format wants hex, base64, binary or pcap, not 'octal'"),
    (["decode", "no-such-file"], "'no-such-file' is neither a file nor hex"),
    (["decode", "00 01 0"], "cannot read the message: the number of hex digits is odd"),
    (["decode", "--format=hex", "xy"], "cannot read the message: there is a character that is no hex digit"),
    (["decode", "--format=base64", "!"], "cannot read the message: there is a character that is no base64"),
    (["decode", "--format=base64", "AA=A"],
     "cannot read the message: there is something behind the '=' that ends base64"),
    (["decode", "--format=base64", "AAAAA"], "cannot read the message: a letter of base64 is missing"),
])
def test_wrong_options_and_arguments(srflx, arguments, complaint):
    run = srflx(*arguments)
    expected = f"srflx {arguments[0]}: {complaint}\nTry 'srflx {arguments[0]} --help'.\n"
    assert (run.code, run.out, run.err) == (2, "", expected)


def test_bind_takes_no_names(srflx):
    run = srflx("query", "--bind", "localhost", "127.0.0.1")
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("srflx query: --bind wants a local address, not 'localhost': ")


def test_a_full_disk_is_noticed(srflx):
    run = srflx("--help", prefix=["sh", "-c", 'exec "$@" >/dev/full', "sh"])
    assert (run.code, run.err) == (4, "srflx: cannot write the output: No space left on device\n")
