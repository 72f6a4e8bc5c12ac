"""No layer of lib/ calls anything but its lower layers and the few functions in outside.txt."""

import pathlib
import re

from gates import LAYERS, Plant, command, run

OUTSIDE = pathlib.Path(__file__).with_name("outside.txt")
NM_ROW = re.compile(r"^[^\n]*:([^:\n]+\.o):.* (\S+)$", re.M)


def allowed_outside():
    """(symbol, object file or *) of each line."""
    lines = OUTSIDE.read_text(encoding="utf-8").splitlines()
    return {tuple(line.split()) for line in lines if line and not line.startswith("#")}


def symbols(tree, layer, option):
    """(object file, symbol) for each line of nm with this option."""
    return NM_ROW.findall(command(["nm", "-A", option, str(tree.archive(layer))]))


def check(tree):
    complaints = []
    outside = allowed_outside()
    for layer, below in LAYERS.items():
        inside = {symbol for folder in [layer, *below]
                  for _, symbol in symbols(tree, folder, "--defined-only")}
        for name, symbol in symbols(tree, layer, "--undefined-only"):
            caller = f"{layer}/{name}"
            if symbol not in inside and not {(symbol, "*"), (symbol, caller)} & outside:
                complaints.append(f"{caller}: calls {symbol}, which neither a layer below it "
                                  "defines nor outside.txt allows")
    return complaints


def calls(layer, symbol):
    """An object file in the archive of `layer` that calls something."""
    text = f"int {symbol}();\nint srflxi_plant(void)\n{{\n    return {symbol}();\n}}\n"
    return Plant(f"{layer}/plant.c.o: calls {symbol},",
                 lambda tree: tree.plant_object(layer, text))


run(check, [
    calls("lib/wire", "malloc"),
    calls("lib/client", "clock_gettime"),
    calls("lib/wire", "libdeflate_crc32"),
    calls("lib/crypto", "nettle_sha1_init"),
    calls("lib/crypto", "srflx_message_parse"),
    calls("lib/base", "srflx_message_parse"),
    calls("lib/server", "srflx_transaction_size"),
])
