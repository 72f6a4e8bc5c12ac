"""Are ratios, marks, tables, chart and documents right? From numbers that are given here."""

import json
import subprocess
import xml.etree.ElementTree

import pytest

import documents
import tables
from chart import draw
from failure import Failure
from figures import all_figures, spread

from conftest import ROOT

FACTS = {"machine": {"cpu": "a <fast> one", "cpus": 2, "kernel": "6.1", "date": "2026-01-02 03:04 UTC",
                     "load_average": 0.04},
         "rounds": 3, "seconds": 1.0, "skipped": []}
NOTHING = {"servers": {}, "streams": {}, "loop": {}, "codec": {}, "crypto": {}, "signed": {}, "stages": {}}


def runs(*nanoseconds, **others):
    usual = {"sent": 1000, "unsent": 0, "answered": 1000, "lost": 0, "bad": 0, "rate": 250000.0,
             "p50": 80.0, "p99": 400.0, "resident_kib": 2000, "anonymous_kib": 300}
    return [{**usual, **others, "ns": ns} for ns in nanoseconds]


def figures_of(**columns):
    """`columns`: name -> program -> its runs."""
    servers = {(name.replace("_", "-"), program): taken for name, programs in columns.items()
               for program, taken in programs.items()}
    return all_figures(FACTS, {**NOTHING, "servers": servers})


def stream_runs(*values, **others):
    usual = {"operations": 1000, "errors": 0, "rate": 2000.0, "resident": 300.0, "kernel": 7000.0}
    return [{**usual, **others, "value": value} for value in values]


def streams_of(**columns):
    runs_of = {(name.replace("_", "-"), program): taken for name, programs in columns.items()
               for program, taken in programs.items()}
    return all_figures(FACTS, {**NOTHING, "streams": runs_of})


def marks(figures):
    return {mark["mark"]: (mark["found"], mark["met"]) for mark in figures["marks"]}


def test_quartiles():
    assert spread([4.0, 1.0, 3.0, 2.0, 5.0]) == {"low": 2.0, "median": 3.0, "high": 4.0}
    assert spread([7.0]) == {"low": 7.0, "median": 7.0, "high": 7.0}


def test_a_ratio_is_taken_within_the_rounds():
    """The machine was slow in the second round: the ratio of the medians would be 1.5."""
    found = figures_of(loopback_known={"srflxd": runs(300, 900, 330), "echo_same": runs(200, 900, 300)})
    assert found["columns"]["loopback-known"]["programs"]["echo_same"]["srflxd_ratio"]["median"] == 1.1
    assert marks(found)["srflxd ÷ echo_same: loopback, known clients"] == (1.1, False)


@pytest.mark.parametrize("other, ours, met", [
    ("echo_same", 1030, True), ("echo_same", 1031, False),
    ("echo_mmsg", 1100, True), ("echo_mmsg", 1101, False),
    ("coturn", 700, True), ("coturn", 701, False),
])
def test_marks_beside_others(other, ours, met):
    found = figures_of(veth_known={"srflxd": runs(ours), other: runs(1000)})
    assert marks(found)[f"srflxd ÷ {other}: veth, known clients"] == (ours / 1000, met)


@pytest.mark.parametrize("new, met", [(1100, True), (1101, False)])
def test_mark_of_new_clients(new, met):
    found = figures_of(veth_known={"srflxd": runs(1000)}, veth_new={"srflxd": runs(new)})
    assert marks(found)["srflxd, new ÷ known clients: veth"] == (new / 1000, met)


def test_mark_of_loss():
    name = "srflxd, answers lost: veth, 150,000 requests/s"
    assert marks(figures_of(veth_150k={"srflxd": runs(1)}))[name] == (0, True)
    assert marks(figures_of(veth_150k={"srflxd": runs(1, lost=1)}))[name] == (1, False)
    slow_generator = figures_of(veth_150k={"srflxd": runs(1, sent=979, unsent=21)})
    assert name not in marks(slow_generator)
    assert tables.loss(slow_generator).rows == [["veth, 150,000 requests/s", "0 of 979 (21 more were due)"]]


@pytest.mark.parametrize("kib, met", [(2048, True), (2049, False)])
def test_mark_of_memory(kib, met):
    found = figures_of(veth_new={"srflxd": runs(1, anonymous_kib=kib)}, veth_known={"srflxd": runs(1)})
    assert marks(found)["srflxd, anonymous memory in KiB"] == (kib, met)


def test_marks_without_a_kernel():
    rows = {"mixed": {"ns": [80.1], "instructions": None}}
    codec = {"parse_check": {"ns": [25.0], "instructions": 346}}
    crypto = {"hmac": {"ns": [111.0], "instructions": None, "ratios": [1.11]},
              "hmac_nettle": {"ns": [100.0], "instructions": None}}
    signed = {"plain": {"ns": [42.0], "instructions": None}, "sha256_userhash": {"ns": [650.0], "instructions": None}}
    found = all_figures(FACTS, {**NOTHING, "loop": rows, "codec": codec, "crypto": crypto, "signed": signed})
    assert marks(found) == {"answer to credentials, ns: sha256_userhash": (650.0, True),
                            "loop, ns for a packet of the mix": (80.1, False),
                            "codec, ns: parse_check": (25.0, True), "crypto ÷ nettle: hmac": (1.11, False)}
    assert tables.crypto_table(found["crypto"]).rows == [
        ["hmac", "111.0", "111.0–111.0", "–", "1.110 (1.110–1.110)"],
        ["hmac_nettle", "100.0", "100.0–100.0", "–", "–"]]


@pytest.mark.parametrize("column, other, ours, met", [
    ("tcp_pipelined", "echo_tcp", 1250, True), ("tcp_pipelined", "echo_tcp", 1251, False),
    ("tcp_pipelined", "coturn", 250, True), ("tcp_pipelined", "coturn", 251, False),
    ("tcp_connections", "echo_tcp", 1150, True), ("tcp_connections", "echo_tcp", 1151, False),
])
def test_marks_of_streams_beside_others(column, other, ours, met):
    found = streams_of(**{column: {"srflxd": stream_runs(ours), other: stream_runs(1000)}})
    title = {"tcp_pipelined": "TCP, an answer, 24 pipelined",
             "tcp_connections": "TCP, a connection with one request"}[column]
    assert marks(found) == {f"srflxd ÷ {other}: {title}": (ours / 1000, met)}


def test_columns_of_streams_without_a_mark():
    found = streams_of(tls_connections={"srflxd": stream_runs(900), "coturn": stream_runs(1000)},
                       tcp_pipelined={"echo_tcp": stream_runs(1), "coturn": stream_runs(9)})
    assert not marks(found)
    assert found["streams"]["tcp-pipelined"]["programs"]["coturn"]["srflxd_ratio"] is None


@pytest.mark.parametrize("column, title, most", [("tcp_idle", "TCP, an idle connection", 256),
                                                 ("tls_idle", "TLS, an idle connection", 18432)])
def test_marks_of_idle_connections(column, title, most):
    for above in (0, 1):
        found = streams_of(**{column: {"srflxd": stream_runs(most + above), "coturn": stream_runs(0)}})
        assert marks(found) == {f"srflxd, bytes: {title}": (most + above, not above)}


def test_tables_of_streams():
    """The machine was slow in the second round."""
    found = streams_of(
        tcp_pipelined={"srflxd": stream_runs(300, 900, 330), "echo_tcp": stream_runs(200, 900, 300)},
        tls_connections={"srflxd": stream_runs(400000)},
        tcp_idle={"srflxd": stream_runs(100, kernel=8000.0), "coturn": stream_runs(20850)})
    assert tables.stream_cost(found).in_text() == """\
CPU time in streams, ns                            srflxd  echo_tcp
TCP, an answer, 24 pipelined                          330       300
TLS, a connection with handshake and one request  400,000         –"""
    assert tables.stream_ratios(found).rows == [["TCP, an answer, 24 pipelined", "1.100 (1.050–1.300)"]]
    assert tables.stream_memory(found).head == ["", "srflxd", "coturn"]
    assert tables.stream_memory(found).rows == [["TCP, an idle connection", "100 (8,000)", "20,850 (7,000)"]]


def test_a_table():
    found = figures_of(loopback_known={"srflxd": runs(3333), "coturn": runs(5000)},
                       loopback_known_2={"srflxd": runs(3500)})
    assert tables.cost(found).in_text() == """\
CPU time per answer, ns             srflxd  coturn
loopback, known clients              3,333   5,000
loopback, known clients, 2 workers   3,500       –"""
    assert tables.cost(found).in_markdown() == """\
CPU time per answer, ns:

|  | srflxd | coturn |
| --- | ---: | ---: |
| loopback, known clients | 3,333 | 5,000 |
| loopback, known clients, 2 workers | 3,500 | – |"""


def bars(figures):
    """Name and width of each bar, and all text of the chart."""
    root = xml.etree.ElementTree.fromstring(draw(figures))
    space = "{http://www.w3.org/2000/svg}"
    widths = [float(rect.get("width")) for rect in root.iter(f"{space}rect") if rect.get("class") != "paper"]
    return widths, "".join(root.itertext()), len(list(root.iter(f"{space}path")))


def test_the_chart():
    widths, shown, cuts = bars(figures_of(loopback_known={"srflxd": runs(3000), "echo_same": runs(1500)},
                                          veth_new={"srflxd": runs(6000)}))
    assert widths[0] == 2 * widths[1] and widths[2] == 2 * widths[0]
    assert "a <fast> one" in shown and "6,000" in shown and cuts == 0


def test_the_chart_says_where_it_cuts_a_bar():
    widths, shown, cuts = bars(figures_of(veth_new={"srflxd": runs(1000), "coturn": runs(90000)}))
    assert widths[1] < 3 * widths[0]
    assert "90,000" in shown and "longer than drawn" in shown and cuts == 1


def test_no_chart_without_servers():
    assert draw(all_figures(FACTS, NOTHING)) is None


def test_the_documents_are_refreshed(tmp_path):
    (tmp_path / "docs").mkdir()
    for name in ("README.md", "docs/performance.md"):
        (tmp_path / name).write_text(f"before\n{documents.BEGIN}\nold\n{documents.END}\nbehind\n",
                                     encoding="utf-8")
    found = figures_of(veth_known={"srflxd": runs(1000), "echo_same": runs(1000)})
    documents.refresh(tmp_path, found)
    documents.refresh(tmp_path, found)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"before\n{documents.BEGIN}\n\na <fast> one, 2 CPUs, Linux 6.1, 2026-01-02")
    assert text.endswith(f"| veth, known clients | 1,000 | 1,000 |\n\n{documents.END}\nbehind\n")
    assert "marks:" in (tmp_path / "docs" / "performance.md").read_text(encoding="utf-8")
    assert (tmp_path / "docs" / "performance.svg").read_text(encoding="utf-8") == draw(found)


def test_a_document_without_a_place(tmp_path):
    (tmp_path / "README.md").write_text("nothing here\n", encoding="utf-8")
    with pytest.raises(Failure, match="needs exactly one pair"):
        documents.replace(tmp_path / "README.md", "figures")


@pytest.mark.parametrize("bad, code", [(0, 0), (1, 6)])
def test_exit_code(tmp_path, bad, code):
    """A wrong answer ends in 6; a mark that is missed does not."""
    file = tmp_path / "figures.json"
    file.write_text(json.dumps(figures_of(veth_known={"srflxd": runs(9000, bad=bad),
                                                      "echo_same": runs(1000)})), encoding="utf-8")
    done = subprocess.run([ROOT / "bench" / "run", "--from", file], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "srflxd ÷ echo_same: veth, known clients" in done.stdout and "missed" in done.stdout


def test_exit_code_of_wrong_answers_in_streams(tmp_path):
    file = tmp_path / "figures.json"
    file.write_text(json.dumps(streams_of(tcp_idle={"coturn": stream_runs(1, errors=1)})), encoding="utf-8")
    done = subprocess.run([ROOT / "bench" / "run", "--from", file], capture_output=True, text=True, check=False)
    assert done.returncode == 6


def test_a_table_of_stages():
    stages = {"parse": {"plain": {"ns": 3.04, "instructions": 79.0}, "mixed": {"ns": 13.0, "instructions": 169.4}},
              "the rest": {"plain": {"ns": 0.0, "instructions": 0.0}, "mixed": {"ns": 0.7, "instructions": 8.2}}}
    found = tables.stage_table(all_figures(FACTS, {**NOTHING, "stages": stages})["stages"])
    assert found.head == ["", "plain, ns", "plain, instructions", "mixed, ns", "mixed, instructions"]
    assert found.rows == [["parse", "3.0", "79", "13.0", "169"], ["the rest", "0.0", "0", "0.7", "8"],
                          ["sum", "3.0", "79", "13.7", "178"]]
