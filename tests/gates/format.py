"""C files are as clang-format leaves them."""

import re

from gates import C_FOLDERS, attempt, file_plant, run


def check(tree):
    files = map(str, tree.files(*C_FOLDERS, suffixes=[".c", ".h"]))
    done = attempt(["clang-format-14", "--dry-run", *files], cwd=tree.root)
    return re.findall(r"^(\S+:\d+:\d+: (?:warning|error): .*)$", done.stderr, re.M)


PUBLIC = "lib/base/include/srflx/plant.h"

run(check, [
    file_plant("tool/plant.c", "int  plant;\n", "tool/plant.c:1:"),
    file_plant(PUBLIC, "int plant( void );\n", f"{PUBLIC}:1:"),
])
