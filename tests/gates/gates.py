"""What the gates share: the tree they look at, and the proof that each of them bites.

A gate is a function check(tree) that returns complaints, "path:line: what is wrong". run() asks it
about the tree, which must be clean, and then about copies of the tree with one violation planted in
each, which it must report: a gate that misses its plant fails.
"""

import argparse
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

# The direction rule: which layers a folder may include and call. Public headers only where the
# folder is no layer of lib/, so what they share under srflxi_ stays inside.
LAYERS = {
    "lib/base": [],
    "lib/crypto": ["lib/base"],
    "lib/prepare": ["lib/base"],
    "lib/wire": ["lib/base"],
    "lib/auth": ["lib/wire", "lib/crypto", "lib/base"],
    "lib/client": ["lib/auth", "lib/wire", "lib/crypto", "lib/prepare", "lib/base"],
    "lib/locate": ["lib/base"],
    "lib/server": ["lib/auth", "lib/wire", "lib/crypto", "lib/base"],
}
ABOVE = {
    "io": [*LAYERS],
    "drive": [*LAYERS, "io"],
    "srflxd": [*LAYERS, "io", "drive"],
    "tool": [*LAYERS, "io", "drive"],
}
SOURCE_FOLDERS = ["lib", "io", "drive", "srflxd", "tool"]
TESTS = ("_test.c", "_for_tests.c")  # what the names of files with tests, and with what they share, end with
C_FOLDERS = [*SOURCE_FOLDERS, "tests", "bench", "examples"]
# Programs and what they share; they see what products do not.
NOT_OURS = {".git", "build", ".cache", "__pycache__", ".pytest_cache"}


class Tree:
    """A source tree, the build of it, and the C compiler that built it."""

    def __init__(self, root, build, compiler):
        self.root = pathlib.Path(root).resolve()
        self.build = pathlib.Path(build).resolve()
        self.compiler = compiler

    def files(self, *folders, suffixes=()):
        """Paths under `folders` (the whole tree if none), relative to the root, in order."""
        found = []
        for top in folders or ["."]:
            for folder, inner, names in os.walk(self.root / top):
                inner[:] = sorted(set(inner) - NOT_OURS)
                folder = pathlib.Path(folder).relative_to(self.root)
                found += [folder / name for name in sorted(set(names) - NOT_OURS)]
        return [path for path in found if not suffixes or path.suffix in suffixes]

    def sources(self):
        """The C files of the products, without those for tests."""
        files = self.files(*SOURCE_FOLDERS, suffixes=[".c"])
        return [path for path in files if not path.name.endswith(TESTS)]

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def code(self, path):
        return without_comments(self.read(path))

    def archive(self, folder):
        name = "srflx-io" if folder == "io" else f"srflx_{folder.split('/')[-1]}"
        return self.build / folder / f"lib{name}.a"

    def public_headers(self):
        return [p for p in self.files("lib", "io", suffixes=[".h"]) if "include/srflx/" in str(p)]

    def public_roots(self):
        return sorted({f"-I{self.root / path.parents[1]}" for path in self.public_headers()})

    def compile_options(self):
        """Folder -> the -I and -D options of its sources, from the build."""
        options = {}
        commands = (self.build / "compile_commands.json").read_text(encoding="utf-8")
        for entry in json.loads(commands):
            source = entry["file"].removeprefix(f"{self.root}/")
            folder = next((f for f in [*LAYERS, *ABOVE] if source.startswith(f"{f}/")), None)
            if folder and not source.endswith(TESTS):
                words = shlex.split(entry["command"])
                options.setdefault(folder, set()).update(w for w in words if w[:2] in ("-I", "-D"))
        return options

    def plant(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def shared_library(self, folder):
        name = "libsrflx-io.so" if folder == "io" else "libsrflx.so"
        return self.build / folder / name

    def plant_object(self, folder, text):
        """Compiles `text` and adds it to the archive of a layer, as plant.c.o."""
        with tempfile.TemporaryDirectory() as scratch:
            source = pathlib.Path(scratch, "plant.c")
            source.write_text(text, encoding="utf-8")
            command([self.compiler, "-c", "-w", "-fPIC", "-o", f"{source}.o", str(source)])
            command(["ar", "r", str(self.archive(folder)), f"{source}.o"])


class Plant:
    """One violation: `sow(tree)` puts it into a copy, `expected` must be part of a complaint."""

    def __init__(self, expected, sow):
        self.expected = expected
        self.sow = sow


def file_plant(path, text, expected):
    return Plant(expected, lambda tree: tree.plant(path, text))


def command(arguments, **options):
    """Runs a program that must succeed; returns what it printed."""
    options = {"check": True, "text": True, "stdout": subprocess.PIPE, **options}
    return subprocess.run(arguments, **options).stdout


def attempt(arguments, **options):
    """Runs a program that may fail."""
    return subprocess.run(arguments, check=False, text=True, capture_output=True, **options)


COMMENT_OR_LITERAL = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.S | re.X)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
EXTERN_C = re.compile(r'extern ""\s*\{')


def without_comments(text):
    """C text with only its code left; literals are empty, and lines keep their numbers."""

    def blank(match):
        found = match[0]
        lines = "\n" * found.count("\n")
        return {'"': '""', "'": "0"}.get(found[0], " ") + lines

    for pattern in (COMMENT_OR_LITERAL, PREPROCESSOR, ATTRIBUTE, EXTERN_C):
        text = pattern.sub(blank, text)
    return text


def copy_of(tree, scratch):
    """The sources, and of the build what gates look at: archives and the compile commands."""
    root, build = pathlib.Path(scratch, "tree"), pathlib.Path(scratch, "build")
    shutil.copytree(tree.root, root, symlinks=True, ignore=shutil.ignore_patterns(*NOT_OURS))
    archives = [tree.archive(folder) for folder in [*LAYERS, "io"]]
    libraries = [tree.shared_library(folder) for folder in ["lib", "io"]]
    for built in filter(pathlib.Path.exists, archives + libraries):
        target = build / built.relative_to(tree.build)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(built, target)
    commands = (tree.build / "compile_commands.json").read_text(encoding="utf-8")
    commands = commands.replace(f"{tree.root}/", f"{root}/")
    (build / "compile_commands.json").write_text(commands, encoding="utf-8")
    return Tree(root, build, tree.compiler)


def missed(tree, check, plant):
    """None if the gate reports the plant, else what it said instead."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = copy_of(tree, scratch)
        plant.sow(copy)
        complaints = check(copy)
    if any(plant.expected in complaint for complaint in complaints):
        return None
    return f"the gate missed its plant ({plant.expected!r}); it said: {complaints}"


def run(check, plants):
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True, help="the tree")
    parser.add_argument("--build", required=True, help="its build folder")
    parser.add_argument("--cc", default="cc", help="the compiler of the build")
    options = parser.parse_args()
    tree = Tree(options.source, options.build, options.cc)

    complaints = check(tree)
    complaints += filter(None, (missed(tree, check, plant) for plant in plants))
    for complaint in complaints:
        print(complaint)
    print(f"{len(complaints)} complaints; {len(plants)} plants tried")
    sys.exit(1 if complaints else 0)
