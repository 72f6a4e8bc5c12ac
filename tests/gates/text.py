"""Plain text: no trailing blanks, no tabs in code, no paths of one machine, sound shell scripts."""

import re

from gates import attempt, file_plant, run

# Data as others wrote it: tables with tabs, and messages of other programs.
DATA = {".tsv", ".json", ".bin", ".pcap", ".hex"}
CODE = {".c", ".h", ".def", ".py", ".cmake", ".md"}
# In pieces, for this file is searched too.
MACHINE_PATH = re.compile("(?<![\\w.])/(?:" + "|".join(["work", "root", "home"]) + r")/\w")
SHELL = re.compile(rb"#!.*\b(ba|da)?sh\b")


def line_complaint(path, line):
    if line != line.rstrip():
        return "trailing blanks"
    if "\t" in line and path.suffix in CODE:
        return "a tab"
    if MACHINE_PATH.search(line):
        return "a path of one machine"
    return None


def in_lines(tree, path):
    text = tree.read(path)
    for number, line in enumerate(text.splitlines(), 1):
        complaint = line_complaint(path, line)
        if complaint:
            yield f"{path}:{number}: {complaint}"
    if text and not text.endswith("\n"):
        yield f"{path}: no end of line at the end"


def is_shell(tree, path):
    with open(tree.root / path, "rb") as file:
        return SHELL.match(file.readline())


def in_scripts(tree, paths):
    done = attempt(["shellcheck", "--format=gcc", *map(str, paths)], cwd=tree.root)
    yield from done.stdout.splitlines()
    for path in paths:
        if not re.search(r"^set -eu", tree.read(path), re.M):
            yield f"{path}:1: no set -eu"


def check(tree):
    files = [path for path in tree.files() if path.suffix not in DATA]
    complaints = [complaint for path in files for complaint in in_lines(tree, path)]
    return complaints + list(in_scripts(tree, [path for path in files if is_shell(tree, path)]))


run(check, [
    file_plant("drive/plant.c", "int x; \n", "drive/plant.c:1: trailing blanks"),
    file_plant("drive/plant.c", "\n\tint x;\n", "drive/plant.c:2: a tab"),
    file_plant("docs/plant.md", "see /" + "home/x\n", "docs/plant.md:1: a path of one machine"),
    file_plant("docs/plant.md", "text", "docs/plant.md: no end of line"),
    file_plant("scripts/plant", "#!/bin/sh\nset -eu\nrm $1\n", "scripts/plant:3:"),
    file_plant("scripts/plant", "#!/bin/sh\nls\n", "scripts/plant:1: no set -eu"),
])
