"""Every citation names a requirement that exists, and what is in scope is cited on both sides."""

import sys

from gates import Plant, attempt, file_plant, run

# In pieces, for this file is searched for citations too.
SPEC = "spec" + ": "


def check(tree):
    report = tree.root / "scripts/spec-report"
    done = attempt([sys.executable, report, "--check", "--root", tree.root])
    silent = ["scripts/spec-report failed without a word"] if done.returncode else []
    return done.stderr.splitlines() or silent


def appended(path, line, expected):
    return Plant(expected, lambda tree: tree.plant(path, tree.read(path) + line))


EXCEPTIONS = "spec/exceptions.tsv"

run(check, [
    file_plant("lib/base/plant.c", f"/* {SPEC}R8489-5-01\n * R8489-99-01 */\n",
               "lib/base/plant.c:2: unknown requirement R8489-99-01"),
    file_plant("tests/plant.py", f"# {SPEC}R8489-5-01, R8489-5.\n",
               "tests/plant.py:1: unknown requirement R8489-5"),
    appended("spec/scope.txt", "R5780-4.2\n", "R5780-4.2-01: in scope, but not cited"),
    appended(EXCEPTIONS, "R8489-5-01\tcode\tnone\n", "R8489-5-01: excepted as missing in code"),
    appended(EXCEPTIONS, "R5780-4.2-01\tboth\tnone\n", "R5780-4.2-01: excepted, but not in scope"),
])
