"""Figures as tables, for a terminal and for Markdown."""

import dataclasses

from columns import COLUMNS, HALF, STREAMS
from figures import kept_up
from programs import PROGRAMS


@dataclasses.dataclass
class Table:
    title: str
    head: list
    rows: list

    def in_text(self):
        lines = [[self.title, *self.head[1:]], *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.head))]
        return "\n".join("  ".join(text.ljust(width) if i == 0 else text.rjust(width)
                                   for i, (text, width) in enumerate(zip(line, widths))).rstrip()
                         for line in lines)

    def in_markdown(self):
        lines = [self.head, ["---"] + ["---:"] * (len(self.head) - 1), *self.rows]
        return "\n".join([f"{self.title}:", ""] + [f"| {' | '.join(line)} |" for line in lines])


def programs_in(columns):
    present = {program for column in columns.values() for program in column["programs"]}
    return [name for name in PROGRAMS if name in present]


def table(title, columns, text):
    """A row for each column, a column for each program: `text` of what was found, – where nothing was."""
    if not columns:
        return None
    programs = programs_in(columns)
    rows = [[column["title"], *(text(name, column["programs"][program])
                                if program in column["programs"] else "–" for program in programs)]
            for name, column in columns.items()]
    return Table(title, ["", *programs], rows)


def chosen(figures, wanted):
    return {name: column for name, column in figures["columns"].items() if wanted(COLUMNS[name])}


def with_quartiles(found, digits):
    return f"{found['median']:.{digits}f} ({found['low']:.{digits}f}–{found['high']:.{digits}f})"


def cost(figures):
    return table("CPU time per answer, ns", chosen(figures, lambda column: column.is_cost),
                 lambda _, found: f"{found['ns']['median']:,.0f}")


def ratios(figures):
    columns = {name: {**column, "programs": {program: found for program, found in column["programs"].items()
                                             if program != "srflxd" and found["srflxd_ratio"]}}
               for name, column in chosen(figures, lambda column: column.is_cost).items()}
    columns = {name: column for name, column in columns.items() if column["programs"]}
    return table("srflxd ÷ other, median and quartiles of the rounds", columns,
                 lambda _, found: with_quartiles(found["srflxd_ratio"], 3))


def new_clients(figures):
    rows = {network: {"title": network, "programs": programs}
            for network, programs in figures["new_to_known"].items()}
    return table("a new client with every request ÷ known clients", rows,
                 lambda _, found: with_quartiles(found, 3))


def loss_text(_, found):
    lost = f"{found['lost']:,} of {found['sent']:,}"
    return lost if kept_up(found) else f"{lost} ({found['unsent']:,} more were due)"


def loss(figures):
    return table("lost", chosen(figures, lambda column: column.load not in (None, HALF)), loss_text)


def latency(figures):
    return table("latency at half load, p50 / p99 µs", chosen(figures, lambda column: column.load == HALF),
                 lambda _, found: f"{found['p50']:,.0f} / {found['p99']:,.0f}")


def memory(figures):
    return table("memory, MiB resident (anonymous)",
                 chosen(figures, lambda column: column.is_cost and column.workers == 1),
                 lambda _, found: f"{found['resident_kib'] / 1024:,.1f} "
                                  f"({found['anonymous_kib'] / 1024:,.1f})")


def stream_rows(figures, is_memory):
    return {name: column for name, column in figures["streams"].items() if STREAMS[name].is_memory == is_memory}


def stream_cost(figures):
    return table("CPU time in streams, ns", stream_rows(figures, False),
                 lambda _, found: f"{found['value']['median']:,.0f}")


def stream_ratios(figures):
    others = {name: {**column, "programs": {program: found for program, found in column["programs"].items()
                                            if program != "srflxd" and found["srflxd_ratio"]}}
              for name, column in stream_rows(figures, False).items()}
    return table("srflxd ÷ other in streams, median and quartiles of the rounds",
                 {name: column for name, column in others.items() if column["programs"]},
                 lambda _, found: with_quartiles(found["srflxd_ratio"], 3))


def stream_memory(figures):
    return table("memory of a connection, bytes anonymous (the kernel's for both ends)", stream_rows(figures, True),
                 lambda _, found: f"{found['value']['median']:,.0f} ({found['kernel']:,.0f})")


def loop_line(name, row):
    instructions = "–" if row["instructions"] is None else f"{row['instructions']:,.0f}"
    return [name, f"{row['median']:.1f}", f"{row['low']:.1f}–{row['high']:.1f}", instructions]


def loop_table(title, rows):
    if not rows:
        return None
    return Table(title, ["", "ns", "quartiles", "instructions"],
                 [loop_line(name, row) for name, row in rows.items()])


def crypto_table(rows):
    if not rows:
        return None
    lines = [[*loop_line(name, row),
              with_quartiles(row["nettle_ratio"], 3) if "nettle_ratio" in row else "–"]
             for name, row in rows.items()]
    return Table("crypto, per call", ["", "ns", "quartiles", "instructions", "÷ nettle"], lines)


def stage_table(rows):
    if not rows:
        return None
    kinds = list(next(iter(rows.values())))
    units = [(kind, *unit) for kind in kinds for unit in (("ns", 1), ("instructions", 0))]
    lines = [[stage, *(f"{row[kind][unit]:.{digits}f}" for kind, unit, digits in units)]
             for stage, row in rows.items()]
    sums = [f"{sum(row[kind][unit] for row in rows.values()):.{digits}f}" for kind, unit, digits in units]
    return Table("our own share by stage, per packet", ["", *(f"{kind}, {unit}" for kind, unit, _ in units)],
                 [*lines, ["sum", *sums]])


def marks(figures):
    if not figures["marks"]:
        return None
    rows = [[each["mark"], f"{each['found']:,.3f}".rstrip("0").rstrip("."), f"≤ {each['limit']:g}",
             "met" if each["met"] else "missed"] for each in figures["marks"]]
    return Table("marks", ["", "found", "mark", ""], rows)


def all_tables(figures):
    found = [cost(figures), ratios(figures), new_clients(figures), loss(figures), latency(figures),
             memory(figures), stream_cost(figures), stream_ratios(figures), stream_memory(figures),
             loop_table("loop, per packet", figures["loop"]),
             stage_table(figures["stages"]), loop_table("codec, per message", figures["codec"]),
             crypto_table(figures["crypto"]), loop_table("answers to credentials, per packet", figures["signed"]),
             marks(figures)]
    return [each for each in found if each]


def circumstances(figures):
    machine = figures["machine"]
    rounds = "1 round" if figures["rounds"] == 1 else f"{figures['rounds']} rounds"
    return (f"{machine['cpu']}, {machine['cpus']} CPUs, Linux {machine['kernel']}, {machine['date']}; "
            f"{rounds} of {figures['seconds']:g} s, load average {machine['load_average']:.1f} before")
