"""What the archives export is what the headers declare, and nothing else."""

import re

from gates import LAYERS, Plant, command, file_plant, run

FOLDERS = [*LAYERS, "io"]
NM_ROW = re.compile(r"^[^\n]*:([^:\n]+\.o):\S+ \w (\S+)$", re.M)
PROTOTYPE = re.compile(
    r"(?!\s*(?:typedef|static)\b) [^(=]* \b(srflxi?_\w+) \s*\(.*\)[^()]*;$", re.S | re.X)
DATA = re.compile(r"\s*extern\b [^(]* \b(srflxi?_\w+) \s*(?:\[[^\]]*\]\s*)*;$", re.X)


def statements(code):
    """The statements of C text at file scope, without the bodies of functions and structures."""
    found, depth, start = [], 0, 0
    for at, char in enumerate(code):
        depth += (char == "{") - (char == "}")
        if depth == 0 and char in ";}":
            found.append(re.sub(r"\{.*\}", "{}", code[start:at + 1], flags=re.S))
            start = at + 1
    return found


def declared(tree):
    """(name, header) of every function and object that a header declares."""
    found = []
    for path in tree.files(*FOLDERS, suffixes=[".h"]):
        for statement in statements(tree.code(path)):
            name = PROTOTYPE.match(statement) or DATA.match(statement)
            if name:
                found.append((name[1], path))
    return found


def exported(tree):
    """Symbol -> object file, for every global symbol of the archives."""
    symbols = {}
    for folder in FOLDERS:
        options = ["-A", "--defined-only", "--extern-only"]
        for name, symbol in NM_ROW.findall(command(["nm", *options, str(tree.archive(folder))])):
            symbols[symbol] = f"{folder}/{name}"
    return symbols


def check(tree):
    names, symbols = declared(tree), exported(tree)
    complaints = [f"{symbols[symbol]}: exports {symbol}, which no header declares"
                  for symbol in sorted(symbols.keys() - {name for name, _ in names})]
    for name, header in names:
        if name not in symbols:
            complaints.append(f"{header}: declares {name}, which nothing defines")
        if ("include" in header.parts) == name.startswith("srflxi_"):
            complaints.append(f"{header}: {name} belongs into the other kind of header")
    return complaints


def defines(name):
    return lambda tree: tree.plant_object("lib/wire", f"void {name}(void)\n{{\n}}\n")


PUBLIC = "lib/base/include/srflx/plant.h"
PRIVATE = "lib/wire/internal/srflxi/plant.h"

run(check, [
    Plant("lib/wire/plant.c.o: exports srflx_plant", defines("srflx_plant")),
    Plant("lib/wire/plant.c.o: exports srflxi_plant", defines("srflxi_plant")),
    Plant("lib/wire/plant.c.o: exports helper", defines("helper")),
    file_plant(PUBLIC, "int srflx_plant(int a, int (*b)[2]);\n", f"{PUBLIC}: declares srflx_plant"),
    file_plant(PRIVATE, "int srflxi_plant(void);\n", f"{PRIVATE}: declares srflxi_plant"),
    file_plant(PUBLIC, "uint32_t srflxi_crc32(const uint8_t *bytes, size_t len);\n",
               f"{PUBLIC}: srflxi_crc32 belongs into the other kind of header"),
])
