"""The table of who agreed with whom on what: gathered by the tests, merged, printed and compared here.

Run by itself it merges what all parts of the suite have left in its folder, writes the result to FILE,
and fails unless the document shows the same table.  usage: table.py FOLDER FILE DOCUMENT PROGRAM..."""

import difflib
import json
import os
import pathlib
import re
import subprocess
import sys

COLUMNS = ["IPv4", "IPv6", "IPv4, 30 % lost", "IPv6, 30 % lost"]
PARTS = ["clients", "browser", "servers", "tshark", "credentials", "streams", "proxies"]
PACKAGES = ["chromium", "coturn", "erlang-p1-stun", "gnutls-bin", "haproxy", "libnice10", "nginx", "nmap", "openssl",
            "python3-aioice", "sofia-sip-bin", "stun-client", "stun-server", "tshark"]
SKIPPED = 77


def column(family, lossy):
    return f"{family}, 30 % lost" if lossy else str(family)


def merge(rows):
    """{(client, server, what): {column: result}} of (client, server, what, column, result)."""
    table = {}
    for client, server, what, where, result in rows:
        cells = table.setdefault((client, server, what), {})
        assert cells.setdefault(where, result) == result, f"two results: {client}, {server}, {what}, {where}"
    return table


def lines(rows):
    """The table as Markdown; by server, ours first."""
    table = merge(rows)
    cells = [["client", "server", "agreed on", *COLUMNS]]
    for key in sorted(table, key=lambda key: (key[1] != "srflxd", key[1], key)):
        cells.append([*key, *(table[key].get(where, "-") for where in COLUMNS)])
    widths = [max(map(len, column_cells)) for column_cells in zip(*cells)]
    cells.insert(1, ["-" * width for width in widths])
    return ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in cells]


def rows_of(folder, programs):
    """What all parts have left there, or None if one did not run with these programs."""
    rows, built = [], max(os.stat(program).st_mtime for program in programs)
    for part in PARTS:
        path = folder / f"{part}.json"
        if not path.exists() or path.stat().st_mtime < built:
            print(f"SKIPPED: {part} has not run since the programs were built; run ctest -L interop")
            return None
        rows += map(tuple, json.loads(path.read_text(encoding="utf-8")))
    return rows


def versions():
    form = "--showformat=${Package} ${Version}\n"
    done = subprocess.run(["dpkg-query", "--show", form, *PACKAGES], capture_output=True, text=True, check=False)
    return ["Debian packages: " + ", ".join(done.stdout.split("\n")[:-1])] if done.stdout else []


def main(folder, file, document, *programs):
    rows = rows_of(pathlib.Path(folder), programs)
    if rows is None:
        return 1 if os.environ.get("CI") == "true" else SKIPPED
    seen = lines(rows)
    text = "\n".join([*seen, "", *versions(), ""])
    pathlib.Path(file).write_text(text, encoding="utf-8")
    print(text)
    promised = re.findall(r"^\|.*\|$", pathlib.Path(document).read_text(encoding="utf-8"), re.M)
    difference = list(difflib.unified_diff(promised, seen, document, "seen", lineterm=""))
    print(*difference, sep="\n")
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
