"""What archives and shared libraries export is what the headers declare, and nothing else."""

import re

from gates import LAYERS, Plant, command, file_plant, run

FOLDERS = [*LAYERS, "io"]
DYNAMIC_ROW = re.compile(r"^\S+ [B-Z] ([^@\s]+)", re.M)
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


def in_archives(names, symbols):
    for symbol in sorted(symbols.keys() - {name for name, _ in names}):
        yield f"{symbols[symbol]}: exports {symbol}, which no header declares"
    for name, header in names:
        if name not in symbols:
            yield f"{header}: declares {name}, which nothing defines"
        if ("include" in header.parts) == name.startswith("srflxi_"):
            yield f"{header}: {name} belongs into the other kind of header"


def in_libraries(tree, names):
    """A program outside sees the public names, and not what layers share."""
    for folder in ["lib", "io"]:
        library = tree.shared_library(folder)
        out = command(["nm", "--dynamic", "--defined-only", str(library)])
        public = {name for name, header in names
                  if header.parts[0] == folder and "include" in header.parts}
        for symbol in sorted(public ^ set(DYNAMIC_ROW.findall(out))):
            does = "lacks" if symbol in public else "exports"
            yield f"{library.name}: {does} {symbol}"


def check(tree):
    names = declared(tree)
    return [*in_archives(names, exported(tree)), *in_libraries(tree, names)]


def defines(name):
    return lambda tree: tree.plant_object("lib/wire", f"void {name}(void)\n{{\n}}\n")


def library_of(text, expected):
    """The shared library exchanged for one that was made of `text` alone."""

    def sow(tree):
        library = str(tree.shared_library("lib"))
        command([tree.compiler, "-shared", "-xc", "-o", library, "-"], input=text)

    return Plant(f"libsrflx.so: {expected}", sow)


PUBLIC = "lib/base/include/srflx/plant.h"
PRIVATE = "lib/wire/internal/srflxi/plant.h"

run(check, [
    Plant("lib/wire/plant.c.o: exports srflx_plant", defines("srflx_plant")),
    Plant("lib/wire/plant.c.o: exports srflxi_plant", defines("srflxi_plant")),
    Plant("lib/wire/plant.c.o: exports helper", defines("helper")),
    library_of("int srflx_plant;\n", "lacks srflx_message_parse"),
    library_of("int srflxi_crc32;\n", "exports srflxi_crc32"),
    file_plant(PUBLIC, "int srflx_plant(int a, int (*b)[2]);\n", f"{PUBLIC}: declares srflx_plant"),
    file_plant(PRIVATE, "int srflxi_plant(void);\n", f"{PRIVATE}: declares srflxi_plant"),
    file_plant(PUBLIC, "uint32_t srflxi_crc32(const uint8_t *bytes, size_t len);\n",
               f"{PUBLIC}: srflxi_crc32 belongs into the other kind of header"),
])
