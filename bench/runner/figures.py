"""From runs to figures: medians with quartiles, ratios within rounds, and the marks they must keep.

A ratio is the median of the rounds' ratios, so that what slows the machine for a while slows both sides."""

import statistics

from columns import COLUMNS, STREAMS

# What srflxd may cost, by whom it is compared with.
RATIO_MARKS = {"echo_same": 1.03, "echo_mmsg": 1.10, "coturn": 0.70}
NEW_CLIENTS_MARK = 1.10
LOSS_RATE = 150000
# Of what was due at a fixed rate: above, the generator did not keep up, and loss says nothing.
UNSENT_MOST = 0.02
ANONYMOUS_MARK_KIB = 2048
LOOP_MARK_NS = 80.0
SIGNED_MARKS_NS = {"sha256_userhash": 650.0}
CODEC_MARKS_NS = {"request_to_answer_v4": 25.0, "parse_check": 25.0, "parse_check_fingerprint": 40.0}

# What srflxd may cost in streams, by column and whom it is compared with; and keep, in bytes.
STREAM_RATIO_MARKS = {("tcp-pipelined", "echo_tcp"): 1.25, ("tcp-pipelined", "coturn"): 0.25,
                      ("tcp-connections", "echo_tcp"): 1.15}
STREAM_MEMORY_MARKS = {"tcp-idle": 256, "tls-idle": 18 * 1024}

# HMAC with a kept key, beside nettle's own.
NETTLE_MARK = 1.10


def spread(values):
    quarters = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {"median": quarters[1], "low": quarters[0], "high": quarters[2]}


def ratio(above, below, field="ns"):
    return spread([a[field] / b[field] for a, b in zip(above, below)])


def cell(runs, ours):
    """The figures of one program in one column; `ours` are srflxd's runs in the same rounds."""
    median = {field: statistics.median(run[field] for run in runs)
              for field in ("rate", "p50", "p99", "resident_kib", "anonymous_kib")}
    total = {field: sum(run[field] for run in runs)
             for field in ("sent", "unsent", "answered", "lost", "bad")}
    costs = {"ns": spread([run["ns"] for run in runs]), "rounds_ns": [run["ns"] for run in runs],
             "srflxd_ratio": ratio(ours, runs) if ours else None}
    return {**costs, **median, **total}


def columns(runs):
    found = {}
    for (column, program), taken in runs.items():
        entry = found.setdefault(column, {"title": COLUMNS[column].title, "programs": {}})
        entry["programs"][program] = cell(taken, runs.get((column, "srflxd")))
    return found


def new_to_known(runs):
    """(network, program) -> what a new client costs, known ones being 1."""
    found = {}
    for (column, program), taken in runs.items():
        network = COLUMNS[column].network
        if column == f"{network}-new" and (f"{network}-known", program) in runs:
            found.setdefault(network, {})[program] = ratio(taken, runs[f"{network}-known", program])
    return found


def stream_cell(name, runs, ours):
    """As cell(); memory is not compared, since a server may keep nothing."""
    stream = STREAMS[name]
    median = {field: statistics.median(run[field] for run in runs)
              for field in (("resident", "kernel") if stream.is_memory else ("rate",))}
    return {"value": spread([run["value"] for run in runs]), "rounds": [run["value"] for run in runs],
            "srflxd_ratio": ratio(ours, runs, "value") if ours and not stream.is_memory else None,
            **median, **{field: sum(run[field] for run in runs) for field in ("operations", "errors")}}


def streams(runs):
    found = {}
    for (name, program), taken in runs.items():
        entry = found.setdefault(name, {"title": STREAMS[name].title, "programs": {}})
        entry["programs"][program] = stream_cell(name, taken, runs.get((name, "srflxd")))
    return found


def loops(rows):
    return {name: {**spread(row["ns"]), "instructions": row["instructions"],
                   **({"nettle_ratio": spread(row["ratios"])} if "ratios" in row else {})}
            for name, row in rows.items()}


def mark(text, found, limit):
    return {"mark": text, "found": found, "limit": limit, "met": found <= limit}


def ratio_marks(figures):
    for name, column in figures["columns"].items():
        if not COLUMNS[name].is_cost:
            continue
        for other, limit in RATIO_MARKS.items():
            if "srflxd" in column["programs"] and other in column["programs"]:
                found = column["programs"][other]["srflxd_ratio"]["median"]
                yield mark(f"srflxd ÷ {other}: {column['title']}", found, limit)
    for network, programs in figures["new_to_known"].items():
        if "srflxd" in programs:
            yield mark(f"srflxd, new ÷ known clients: {network}", programs["srflxd"]["median"],
                       NEW_CLIENTS_MARK)


def kept_up(found):
    return found["unsent"] <= UNSENT_MOST * (found["sent"] + found["unsent"])


def server_marks(figures):
    ours = {name: column["programs"]["srflxd"] for name, column in figures["columns"].items()
            if "srflxd" in column["programs"]}
    for name, found in ours.items():
        if COLUMNS[name].load == LOSS_RATE and kept_up(found):
            yield mark(f"srflxd, answers lost: {COLUMNS[name].title}", found["lost"], 0)
    if ours:
        most = max(found["anonymous_kib"] for name, found in ours.items() if COLUMNS[name].workers == 1)
        yield mark("srflxd, anonymous memory in KiB", most, ANONYMOUS_MARK_KIB)


def stream_marks(figures):
    programs = {name: column["programs"] for name, column in figures["streams"].items()
                if "srflxd" in column["programs"]}
    for (name, other), limit in STREAM_RATIO_MARKS.items():
        if other in programs.get(name, ()):
            yield mark(f"srflxd ÷ {other}: {STREAMS[name].title}",
                       programs[name][other]["srflxd_ratio"]["median"], limit)
    for name, limit in STREAM_MEMORY_MARKS.items():
        if name in programs:
            yield mark(f"srflxd, bytes: {STREAMS[name].title}", programs[name]["srflxd"]["value"]["median"], limit)


def loop_marks(figures):
    if "mixed" in figures["loop"]:
        yield mark("loop, ns for a packet of the mix", figures["loop"]["mixed"]["median"], LOOP_MARK_NS)
    for row, limit in CODEC_MARKS_NS.items():
        if row in figures["codec"]:
            yield mark(f"codec, ns: {row}", figures["codec"][row]["median"], limit)
    for row, limit in SIGNED_MARKS_NS.items():
        if row in figures["signed"]:
            yield mark(f"answer to credentials, ns: {row}", figures["signed"][row]["median"], limit)
    for name, row in figures["crypto"].items():
        if "nettle_ratio" in row:
            yield mark(f"crypto ÷ nettle: {name}", row["nettle_ratio"]["median"], NETTLE_MARK)


def all_figures(facts, found):
    """`found` has what was measured by part; parts that were not are empty."""
    runs = found["servers"]
    figures = {**facts, "columns": columns(runs), "new_to_known": new_to_known(runs),
               "streams": streams(found["streams"]),
               **{part: loops(found[part]) for part in ("loop", "codec", "crypto", "signed")},
               "stages": found["stages"]}
    figures["marks"] = [*ratio_marks(figures), *server_marks(figures), *stream_marks(figures), *loop_marks(figures)]
    return figures


def wrong_answers(figures):
    return sum(found[field] for part, field in (("columns", "bad"), ("streams", "errors"))
               for column in figures[part].values() for found in column["programs"].values())
