"""Every folder sees the headers of what stands below it, and no other."""

import concurrent.futures
import json
import re

from gates import ABOVE, C_FOLDERS, LAYERS, Plant, attempt, file_plant, run

INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]*)')


def below(folder):
    return LAYERS[folder] if folder in LAYERS else ABOVE[folder]


def roots(folder, inside_lib):
    """Where others find the headers of a folder; `internal` is for layers of lib/ alone."""
    if folder == "drive":
        return [folder]
    return [f"{folder}/include", f"{folder}/internal"] if inside_lib else [f"{folder}/include"]


def headers(tree, folders, inside_lib):
    """What a program writes between the brackets, of all headers that `folders` share."""
    tops = [tree.root / root for folder in folders for root in roots(folder, inside_lib)]
    return {str(path.relative_to(top)) for top in tops for path in top.rglob("*.h")}


def strange_roots(tree, folder, options):
    """Include roots of this folder that are not its own nor of what stands below it."""
    inside_lib = folder in LAYERS
    allowed = {folder, *roots(folder, inside_lib)}
    allowed.update(root for lower in below(folder) for root in roots(lower, inside_lib))
    for option in sorted(options):
        root = option[2:].removeprefix(f"{tree.root}/")
        if option.startswith(f"-I{tree.root}") and root not in allowed:
            yield f"{folder}: {root} is no include root for this folder"


def include_error(tree, options, header):
    """The compiler's complaint about a file that includes the header, "" if there is none."""
    command = [tree.compiler, *sorted(options), "-std=c11", "-fsyntax-only", "-xc", "-"]
    done = attempt(command, input=f"#include <{header}>\n")
    return next((line for line in done.stderr.splitlines() if "error:" in line), "")


def wrong_view(tree, folder, options, header, allowed):
    error = include_error(tree, options, header)
    if allowed and error:
        return f"{folder}: cannot include <{header}>: {error}"
    if not allowed and not re.search(f"error: '?{header}", error):
        return f"{folder}: an upward include finds its header: <{header}>"
    return None


def views(tree, options):
    """The whole matrix, compiled: each layer, and what stands above, against each header of lib."""
    every = headers(tree, [*LAYERS, "io"], inside_lib=True)
    cases = []
    for folder in sorted(options):
        seen = headers(tree, [folder, *below(folder)], folder in LAYERS)
        cases += [(tree, folder, options[folder], name, name in seen) for name in sorted(every)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        return list(filter(None, pool.map(lambda case: wrong_view(*case), cases)))


def wandering_includes(tree):
    for path in tree.files(*C_FOLDERS, suffixes=[".c", ".h", ".def"]):
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            target = INCLUDE.match(line)
            if target and (".." in target[1].split("/") or target[1].startswith("/")):
                yield f"{path}:{number}: an include must not leave its root: {target[1]}"


def unknown_layers(tree):
    for path in sorted((tree.root / "lib").iterdir()):
        if path.is_dir() and f"lib/{path.name}" not in LAYERS:
            yield f"lib/{path.name}: this layer has no row in tests/gates/gates.py"


def check(tree):
    options = tree.compile_options()
    strange = [found for folder in options
               for found in strange_roots(tree, folder, options[folder])]
    return [*unknown_layers(tree), *wandering_includes(tree), *strange, *views(tree, options)]


def opened(folder, root, expected):
    """A build in which `folder` is given one include root too many."""

    def sow(tree):
        path = tree.build / "compile_commands.json"
        entries = json.loads(path.read_text(encoding="utf-8"))
        for entry in entries:
            if entry["file"].startswith(f"{tree.root}/{folder}/"):
                entry["command"] += f" -I{tree.root}/{root}"
        path.write_text(json.dumps(entries), encoding="utf-8")

    return Plant(f"{folder}: {expected}", sow)


UPWARD = "an upward include finds its header: "

run(check, [
    opened("lib/base", "lib/wire/include", f"{UPWARD}<srflx/message.h>"),
    opened("lib/wire", "lib/client/internal", f"{UPWARD}<srflxi/"),
    opened("lib/server", "lib/client/include", f"{UPWARD}<srflx/transaction.h>"),
    opened("drive", "lib/base/internal", f"{UPWARD}<srflxi/bytes.h>"),
    opened("io", "drive", "drive is no include root for this folder"),
    opened("tool", "lib", "lib is no include root for this folder"),
    file_plant("lib/wire/plant.c", '#include "../server/server.h"\n',
               "lib/wire/plant.c:1: an include must not leave its root"),
    file_plant("lib/news/plant.c", "int x;\n", "lib/news: this layer has no row"),
])
