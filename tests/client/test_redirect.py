"""A signed 300 over TLS and DTLS: the certificate of the other server must have the right name.

spec: R8489-10-06 R8489-10-08 R8489-10-09 R8489-10-10"""

import pytest

from certificates import Certificate
from conftest import NAME, query, srflxd

OTHER = "other.example.test"


@pytest.fixture(name="users")
def users_file(tmp_path):
    file = tmp_path / "users"
    file.write_text(f"srflx-users 1\nbob\t-\tpassword:{b'hidden'.hex()}\n", encoding="utf-8")
    file.chmod(0o600)
    return ["--auth", "short-term", "--user-file", file]


BOB = ["--short-term", "--user", "bob", "--password", "hidden"]


@pytest.mark.parametrize("transport", ["--tls", "--dtls"])
@pytest.mark.parametrize("domain, subject, refused", [
    (OTHER, OTHER, None),
    (OTHER, "*.example.test", None),
    (OTHER, NAME, OTHER),
    (None, NAME, None),
    (None, OTHER, NAME),
], ids=["named", "wildcard", "the first name will not do", "unnamed", "unnamed other"])
def test_name_of_the_other_server(local, ca, tmp_path, users, transport, domain, subject, refused):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with srflxd(second, *users, certificate=Certificate(subject, issuer=ca)) as (_, other):
        to = ["--alternate", f"127.0.0.1:{other}", *(["--alternate-domain", domain] if domain else [])]
        with srflxd(first, *users, *to, certificate=Certificate(NAME, issuer=ca)) as (_, port):
            run = query(*local, transport, *BOB, "--ca", ca.file, f"stuns:{NAME}:{port}")
    if refused:
        assert run.said == (5, f"127.0.0.1:{other}: the certificate is for {subject}, not for {refused}")
    else:
        assert (run.code, run.err) == (0, "")
        served = run.out.splitlines()[3]
        assert served.startswith(f"server   127.0.0.1:{other} over {transport[2:].upper()} (")
        assert served.endswith("), sent on 1 time")
