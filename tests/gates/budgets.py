"""Small functions, small files, and no mutable data at file scope in lib/."""

import functools
import pathlib
import re
import subprocess

from functions import Parser
from gates import C_FOLDERS, LAYERS, TESTS, Plant, command, file_plant, run

LIMITS = {"complexity": 12, "lines": 60, "parameters": 6, "nesting": 4, "file": 600}
FOR_TESTS = ("complexity", "file")
EXCEPTIONS = pathlib.Path(__file__).with_name("exceptions.txt")

PMCCABE_ROW = re.compile(r"^(\d+)\t\d+\t\d+\t\d+\t(\d+)\t[^\t]*\((\d+)\): (\w+)$", re.M)
SYMBOL_ROW = re.compile(r"^[0-9a-f]+ .{6}O (\S+)\s+[0-9a-f]+ +(?:\.hidden )?(\S+)$", re.M)
READ_ONLY = re.compile(r"\.(text|rodata|data\.rel\.ro|eh_frame|note|comment)")


def exceptions():
    """(path, function, budget) of each listed line; it does not read without a reason."""
    listed = set()
    for line in EXCEPTIONS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            path, function, budget, _reason = line.split(maxsplit=3)
            listed.add((path, function, budget))
    return listed


def counted_by_pmccabe(code):
    """(name, line) -> (modified McCabe complexity, lines) of each function."""
    out = command(["pmccabe"], input=code + ";\n", stderr=subprocess.DEVNULL)
    return {(name, int(line)): (int(complexity), int(lines))
            for complexity, lines, line, name in PMCCABE_ROW.findall(out)}


@functools.lru_cache(maxsize=None)
def measures(code):
    """(line, name, budget, value) of everything that has a limit."""
    found = [(1, "*", "file", sum(1 for line in code.splitlines() if line.strip()))]
    counts = counted_by_pmccabe(code)
    for function in Parser(code).functions():
        # What pmccabe cannot read is over every limit, not without limits.
        complexity, lines = counts.get((function.name, function.line), (999, 999))
        values = (complexity, lines, function.parameters, function.nesting)
        for budget, value in zip(("complexity", "lines", "parameters", "nesting"), values):
            found.append((function.line, function.name, budget, value))
    return found


def too_much(tree):
    allowed = exceptions()
    used = set()
    for path in tree.files(*C_FOLDERS, suffixes=[".c", ".h"]):
        test = path.name.endswith(TESTS) or path.parts[0] in ("tests", "bench")
        for line, name, budget, value in measures(tree.code(path)):
            if value <= LIMITS[budget] or (test and budget not in FOR_TESTS):
                continue
            if (str(path), name, budget) in allowed:
                used.add((str(path), name, budget))
            else:
                yield f"{path}:{line}: {name}: {budget} is {value}, the limit {LIMITS[budget]}"
    for path, name, budget in sorted(allowed - used):
        yield f"tests/gates/exceptions.txt: no longer needed: {path} {name} {budget}"


def mutable_data(tree):
    for folder in LAYERS:
        out = command(["objdump", "--syms", str(tree.archive(folder))])
        for section, name in SYMBOL_ROW.findall(out):
            if not READ_ONLY.match(section):
                yield f"{folder}: {name} is mutable data at file scope (section {section})"


def check(tree):
    return [*too_much(tree), *mutable_data(tree)]


def function_plant(body, expected, parameters="int a"):
    text = f"int plant({parameters})\n{{\n{body}    return a;\n}}\n"
    return file_plant("lib/base/plant.c", text, f"lib/base/plant.c:1: plant: {expected}")


def data_plant(text):
    return Plant("lib/base: srflx_plant", lambda tree: tree.plant_object("lib/base", text))


FIVE_DEEP = """\
    while (a) {
        do {
            switch (a) {
            case 1:
                if (a)
                    a = 1;
                else
                    for (;;)
                        a = 2;
            }
        } while (a);
    }
"""

run(check, [
    function_plant("    if (a" + " && a" * 11 + ") a = 1;\n", "complexity is 13"),
    function_plant("    a++;\n" * 60, "lines is 6"),
    function_plant("", "parameters is 7", "int a" + ", int b" * 5 + ", int (*g)(int, int)"),
    function_plant(FIVE_DEEP, "nesting is 5"),
    file_plant("tool/plant.c", "int a;\n" * 601, "tool/plant.c:1: *: file is 601"),
    data_plant("int srflx_plant;\n"),
    data_plant("int srflx_plant = 7;\n"),
    data_plant("const char *srflx_plant = \"\";\n"),
    data_plant("int f(void) { static int srflx_plant; return ++srflx_plant; }\n"),
])
