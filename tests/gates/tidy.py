"""clang-tidy has nothing to say about what is not a test (.clang-tidy names its checks)."""

import concurrent.futures
import re

from gates import Plant, attempt, run

WARNING = re.compile(r"^\S+?:\d+:\d+: (?:warning|error): .*$", re.M)


def complaints_about(tree, path, options):
    command = ["clang-tidy-14", "--quiet", str(path), "--", "-std=c11", *options]
    found = WARNING.findall(attempt(command, cwd=tree.root).stdout)
    return [complaint.removeprefix(f"{tree.root}/") for complaint in found]


def check(tree):
    options = tree.compile_options()
    cases = [(tree, path, sorted(options[folder])) for path in tree.sources()
             for folder in options if str(path).startswith(f"{folder}/")]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        return sum(pool.map(lambda case: complaints_about(*case), cases), [])


def alone(path, text, expected):
    """The violation alone: to look at every other file again would prove nothing more."""

    def sow(tree):
        for source in tree.sources():
            (tree.root / source).unlink()
        tree.plant(path, text)

    return Plant(expected, sow)


BAD_POINTER = "int plant(int *p)\n{\n    return p ? 0 : *p;\n}\n"
BAD_MEMSET = "#include <string.h>\nvoid plant(int *p)\n{\n    memset(p, 300, 4);\n}\n"

run(check, [
    alone("lib/wire/plant.c", BAD_POINTER, "lib/wire/plant.c:3:20: error: Dereference of null"),
    alone("drive/plant.c", BAD_MEMSET, "drive/plant.c:4:15: error: memset fill value is out of"),
])
