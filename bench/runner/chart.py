"""The costs as an SVG chart: a group of bars for each column, a bar for each program."""

from xml.sax.saxutils import escape

from columns import COLUMNS
from tables import circumstances, programs_in

WIDTH, LEFT, RIGHT = 760, 92, 84
TOP, BAR, GAP, GROUP_GAP, HEADING = 64, 16, 4, 18, 22
# Bars beyond so many times the longest of srflxd are cut, so that the others can be told apart.
CUT = 2.4

STYLE = """
svg { font: 13px system-ui, sans-serif }
.paper { fill: #ffffff } text { fill: #1f2328 } .quiet { fill: #59636e }
.other { fill: #8c959f } .srflxd { fill: #0969da } .title { font-size: 16px; font-weight: 600 }
.group { font-weight: 600 } .cut { stroke: #ffffff; stroke-width: 3; fill: none }
@media (prefers-color-scheme: dark) {
.paper { fill: #0d1117 } text { fill: #f0f6fc } .quiet { fill: #9198a1 }
.other { fill: #656c76 } .srflxd { fill: #4493f8 } .cut { stroke: #0d1117 }
}
"""


def text(x, y, content, classes="", anchor="start"):
    return f'<text x="{x:g}" y="{y:g}" class="{classes}" text-anchor="{anchor}">{escape(content)}</text>'


def bar(y, program, value, scale):
    """Name, bar and value of one program."""
    room = WIDTH - LEFT - RIGHT
    length, middle = value * scale, y + BAR - 4
    classes = "srflxd" if program == "srflxd" else "other"
    parts = [text(LEFT - 8, middle, program, anchor="end"),
             f'<rect x="{LEFT}" y="{y}" width="{min(length, room):.1f}" height="{BAR}" rx="2" '
             f'class="{classes}"/>',
             text(LEFT + min(length, room) + 8, middle, f"{value:,.0f}")]
    if length > room:
        x = LEFT + room - 24
        parts.append(f'<path d="M{x},{y + BAR + 2} l8,-{BAR + 4}" class="cut"/>')
    return parts


def costs(figures):
    return {column["title"]: {program: found["ns"]["median"] for program, found in column["programs"].items()}
            for name, column in figures["columns"].items()
            if COLUMNS[name].is_cost and COLUMNS[name].workers == 1}


def draw(figures):
    """The chart as the text of an SVG file; None if there is nothing to show."""
    groups = costs(figures)
    if not groups:
        return None
    values = [value for group in groups.values() for value in group.values()]
    longest = max([group["srflxd"] for group in groups.values() if "srflxd" in group] or values) * CUT
    scale = (WIDTH - LEFT - RIGHT) / min(longest, max(values))
    y, parts, cut = TOP, [], max(values) > longest
    for title, group in groups.items():
        parts.append(text(LEFT, y + 14, title, "group"))
        y += HEADING
        for program in [name for name in programs_in(figures["columns"]) if name in group]:
            parts += bar(y, program, group[program], scale)
            y += BAR + GAP
        y += GROUP_GAP
    if cut:
        parts.append(text(LEFT, y + 4, "a bar with a gap is longer than drawn", "quiet"))
    y += GROUP_GAP
    head = [text(16, 28, "CPU time per answer, nanoseconds (less is better)", "title"),
            text(16, 48, circumstances(figures), "quiet")]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" '
        f'role="img" aria-label="CPU time per answer of srflxd and other servers">',
        f"<style>{STYLE}</style>", f'<rect class="paper" width="{WIDTH}" height="{y}"/>',
        *head, *parts, "</svg>", ""])
