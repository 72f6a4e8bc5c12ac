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
NOTHING = {"servers": {}, "loop": {}, "codec": {}, "crypto": {}, "signed": {}, "stages": {}}


def runs(*nanoseconds, **others):
    usual = {"sent": 1000, "unsent": 0, "answered": 1000, "lost": 0, "bad": 0, "rate": 250000.0,
             "p50": 80.0, "p99": 400.0, "resident_kib": 2000, "anonymous_kib": 300}
    return [{**usual, **others, "ns": ns} for ns in nanoseconds]


def figures_of(**columns):
    """`columns`: name -> program -> its runs."""
    servers = {(name.replace("_", "-"), program): taken for name, programs in columns.items()
               for program, taken in programs.items()}
    return all_figures(FACTS, {**NOTHING, "servers": servers})


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


def test_a_table_of_stages():
    stages = {"parse": {"plain": {"ns": 3.04, "instructions": 79.0}, "mixed": {"ns": 13.0, "instructions": 169.4}},
              "the rest": {"plain": {"ns": 0.0, "instructions": 0.0}, "mixed": {"ns": 0.7, "instructions": 8.2}}}
    found = tables.stage_table(all_figures(FACTS, {**NOTHING, "stages": stages})["stages"])
    assert found.head == ["", "plain, ns", "plain, instructions", "mixed, ns", "mixed, instructions"]
    assert found.rows == [["parse", "3.0", "79", "13.0", "169"], ["the rest", "0.0", "0", "0.7", "8"],
                          ["sum", "3.0", "79", "13.7", "178"]]
