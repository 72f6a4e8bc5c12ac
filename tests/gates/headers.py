"""Every public header compiles alone, as C99 and as C++11, and shows how it is used."""

import re

from gates import attempt, file_plant, run

LANGUAGES = {
    "C99": ["-std=c99", "-xc"],
    "C++11": ["-std=c++11", "-xc++"],
}
WARNINGS = ["-pedantic", "-Wall", "-Wextra", "-Werror"]
SKETCH = re.compile(r"^ \*     \S", re.M)


def error_of(tree, header, language):
    """Includes the header twice, so that its guard counts too."""
    options = [*WARNINGS, *LANGUAGES[language], *tree.public_roots()]
    done = attempt(["gcc", "-fsyntax-only", *options, "-"], input=f"#include <{header}>\n" * 2)
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    return [*errors, done.stderr][0] if done.returncode else None


def check(tree):
    complaints = []
    for path in tree.public_headers():
        header = str(path).partition("/include/")[2]
        for language in LANGUAGES:
            error = error_of(tree, header, language)
            if error:
                complaints.append(f"{path}: no {language}: {error}")
        first_comment = tree.read(path).partition("*/")[0]
        if not SKETCH.search(first_comment):
            complaints.append(f"{path}:1: no usage sketch, five spaces in, in the first comment")
    return complaints


def header_plant(text, expected):
    return file_plant("lib/base/include/srflx/plant.h", text, f"include/srflx/plant.h:{expected}")


HEAD = "/* Text.\n *\n *     use();\n */\n"

run(check, [
    header_plant(HEAD + "struct missing x;\n", " no C99"),
    header_plant(HEAD + '_Static_assert(1, "");\n', " no C99"),
    header_plant(HEAD + "struct plant { int class; };\n", " no C++11"),
    header_plant(HEAD + "struct plant { int x; };\n", " no C99"),
    header_plant("/* Text. */\n", "1: no usage sketch"),
])
