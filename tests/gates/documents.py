"""ARCHITECTURE.md names every source file, and what the documents name exists."""

import re

from gates import C_FOLDERS, SOURCE_FOLDERS, Plant, file_plant, run

PATH = re.compile(r"`([\w.][\w./-]*)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)[^)]*\)")
FOLDERS = {*C_FOLDERS, "cmake", "docs", "scripts", "spec", ".ci"}


def documents(tree):
    return [path for path in tree.files(suffixes=[".md"])
            if path.parts[0] == "docs" or len(path.parts) == 1]


def targets(tree, path, line):
    """What this line of a document names: paths of the tree in backquotes, and links."""
    for name in PATH.findall(line):
        if "/" in name and name.split("/")[0] in FOLDERS:
            yield tree.root / name
    for name in LINK.findall(line):
        yield (tree.root / path).parent / name


def missing_files(tree, path):
    for number, line in enumerate(tree.read(path).splitlines(), 1):
        for target in targets(tree, path, line):
            if not target.exists():
                yield f"{path}:{number}: names what does not exist: {target.relative_to(tree.root)}"


def unmentioned_files(tree):
    """Files by name; those that share a name, by path."""
    text = tree.read("ARCHITECTURE.md")
    words = {word.rstrip(".") for word in re.findall(r"[\w./-]+", text)}
    paths = tree.files(*SOURCE_FOLDERS, suffixes=[".c", ".h", ".def"])
    names = [path.name for path in paths]
    for path in paths:
        mentioned = str(path) in words or (path.name in words and names.count(path.name) == 1)
        if not mentioned and not path.name.endswith("_test.c"):
            yield f"ARCHITECTURE.md: does not mention {path}"


def check(tree):
    complaints = [complaint for path in documents(tree) for complaint in missing_files(tree, path)]
    return complaints + list(unmentioned_files(tree))


NOWHERE = "names what does not exist: "

run(check, [
    file_plant("lib/base/plant.c", "int x;\n", "does not mention lib/base/plant.c"),
    file_plant("lib/base/main.c", "int x;\n", "does not mention lib/base/main.c"),
    file_plant("docs/plant.md", "see `lib/base/plant.c`\n",
               f"docs/plant.md:1: {NOWHERE}lib/base/plant.c"),
    Plant(f"README.md:1: {NOWHERE}docs/plant.md",
          lambda tree: tree.plant("README.md", "[a](docs/plant.md#b)\n")),
])
