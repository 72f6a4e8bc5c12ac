"""srflx user with names that a user file cannot hold, or that fall together."""

import pytest

NEW_LINE = "srflx-users 1\n"


@pytest.fixture(name="add")
def add_fixture(srflx, tmp_path):
    def run(name, *options, realm="example.org"):
        return srflx("user", "add", *options, "--generate", "--realm", realm, tmp_path / "users", name)

    return run


def users_of(path):
    """Name and kinds of keys of each line."""
    head, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert head == NEW_LINE
    entries = [line.split("\t") for line in lines]
    return [(entry[0], [secret.partition(":")[0] for secret in entry[2:]]) for entry in entries]


@pytest.mark.parametrize("name, realm", [
    ("#bob", "example.org"),
    ("\uff03bob", "example.org"),  # SASLprep makes # of it
    ("bob", "-"),
    ("bob", "r" * 509),
])
def test_what_no_line_can_hold(add, tmp_path, name, realm):
    run = add(name, realm=realm)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("srflx user: no line of a user file can hold these: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name, realm", [("-", "example.org"), ("b#b", "#realm"), ("b" * 508, "r" * 508)])
def test_what_a_line_can_hold(srflx, add, tmp_path, name, realm):
    assert add(name, realm=realm).code == 0
    assert users_of(tmp_path / "users") == [(name, ["md5", "sha256"])]
    assert srflx("user", "list", tmp_path / "users").code == 0


def test_a_user_whose_name_another_becomes_stays(srflx, add, tmp_path):
    users = tmp_path / "users"
    assert add("IX").code == 0
    before = users.read_bytes()
    run = add("\u2168")
    assert (run.code, run.out, run.err) == (
        4, "", f"srflx user: {users}: another user has the name that RFC 5389 makes of this one; "
        "add it with --no-md5\n")
    assert users.read_bytes() == before
    assert add("\u2168", "--no-md5").code == 0
    assert users_of(users) == [("IX", ["md5", "sha256"]), ("\u2168", ["sha256"])]
    assert srflx("user", "remove", "--realm", "example.org", users, "\u2168").code == 0
    assert users.read_bytes() == before
    run = srflx("user", "remove", "--realm", "example.org", users, "\u2168")
    assert (run.code, run.err) == (4, f"srflx user: {users}: there is no such user\n")
    assert users.read_bytes() == before


def test_a_name_that_another_becomes_cannot_be_taken(srflx, add, tmp_path):
    users = tmp_path / "users"
    assert add("\u2168").code == 0
    before = users.read_bytes()
    run = add("IX")
    assert (run.code, run.out, run.err) == (
        4, "", f"srflx user: {users}: NAME is what RFC 5389 makes of another user's name; add that one again "
        "with --no-md5 first\n")
    run = srflx("user", "remove", "--realm", "example.org", users, "IX")
    assert (run.code, run.err) == (4, f"srflx user: {users}: there is no such user\n")
    assert users.read_bytes() == before
    assert add("IX", realm="example.net").code == 0
    assert add("\u2168", "--no-md5").code == 0
    assert add("IX").code == 0
    assert users_of(users) == [("IX", ["md5", "sha256"]), ("\u2168", ["sha256"]), ("IX", ["md5", "sha256"])]
