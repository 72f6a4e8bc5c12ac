"""Puts the figures into the documents, between the lines that mark their place."""

import re

from chart import draw
from failure import Failure
from tables import all_tables, circumstances, cost

BEGIN, END = "<!-- bench/run writes from here -->", "<!-- to here -->"


def replace(path, body):
    """Replaces what stands between the marks in a file."""
    old = path.read_text(encoding="utf-8")
    new, count = re.subn(f"{re.escape(BEGIN)}.*?{re.escape(END)}",
                         lambda _: f"{BEGIN}\n\n{body}\n\n{END}", old, flags=re.S)
    if count != 1:
        raise Failure(f"{path} needs exactly one pair of lines `{BEGIN}`, `{END}`")
    path.write_text(new, encoding="utf-8")


def markdown(figures, tables):
    return "\n\n".join([f"{circumstances(figures)}.", *(table.in_markdown() for table in tables)])


def refresh(root, figures):
    """README.md, docs/performance.md and its chart."""
    chart = draw(figures)
    if not chart:
        raise Failure("the documents show servers, and none was measured")
    (root / "docs" / "performance.svg").write_text(chart, encoding="utf-8")
    replace(root / "README.md", markdown(figures, [cost(figures)]))
    replace(root / "docs" / "performance.md", markdown(figures, all_tables(figures)))
