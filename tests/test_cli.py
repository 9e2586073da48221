"""The command line: what it prints where, what it ends with, and that no error is ever a traceback."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import select
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import kg
from kg import cli, knowledge_graph, resources
from kg.pipeline import Built
from kg.render.answers import title_of, write_answer
from tests.conftest import ROOT, TINY

COMMANDS = (
    "build", "trace", "paths", "tensions", "patterns", "ask", "agreement", "query", "check", "diff",
)  # fmt: skip
MATRIX = [
    "factor,outcome,supports,hinders,mixed,no_effect,studies",
    "communication,partner-burden,1,0,0,0,1",
    "faith-in-partner,equity,1,0,0,0,1",
    "trust,equity,0,0,0,1,1",
    "trust,service-delivery,3,1,1,0,4",
]
EVERYTHING = "SELECT ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } }"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: object
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command where we are; anything that would be a traceback comes up here as an exception."""
    monkeypatch.delenv("KG_GRAPH", raising=False)

    def call(*arguments: object, stdin: str = "") -> Ended:
        monkeypatch.setattr(sys, "argv", ["kg", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return Ended(ended.value.code or 0, out, err)

    return call


@pytest.fixture(scope="module")
def graph(tiny_build: Built) -> Path:
    """The build folder of the small corpus; nothing writes to it."""
    return tiny_build.release.folder.parent.parent


def apart(*arguments: object, **others: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process of its own, as people do."""
    environment = {name: value for name, value in os.environ.items() if name != "KG_GRAPH"}
    return subprocess.run(
        [sys.executable, "-m", "kg", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, **others},
    )


# Exit codes

MISTAKES: dict[str, tuple[str, int, str]] = {
    "evidence that is not there": (
        "build {tmp}/nowhere --output {tmp}/b",
        2,
        "there is no file or folder {tmp}/nowhere",
    ),
    "evidence folder without files": ("build {tmp} --output {tmp}/b", 2, "{tmp} holds no evidence"),
    "evidence of another kind": ("build {root}/LICENSE --output {tmp}/b", 2, "LICENSE is not an evidence file"),
    "nothing to check": ("check {tmp}/nowhere", 2, "there is no file or folder {tmp}/nowhere"),
    "empty folder to check": ("check {tmp}", 2, "{tmp} holds no evidence"),
    "good evidence before none": ("check {tiny} {tmp}/nowhere", 2, "there is no file or folder {tmp}/nowhere"),
    "unknown tier": ("check {tiny} --tier structurd", 2, "there is no tier “structurd”"),
    "unknown format of findings": ("check {tiny} --format xml", 2, "Invalid value for '--format'"),
    "findings that cannot be written": ("check {tiny} --output {tmp}/no/f.html", 2, "no/f.html cannot be written"),
    "three graphs to compare": ("diff {graph} {graph} {graph}", 2, "two graphs are compared, not 3"),
    "parameter without a question": (
        "diff {graph} outcome=equity",
        2,
        "outcome=equity is a parameter of a question: name the question with --question",
    ),
    "nothing to compare with": (
        "diff --graph {graph}",
        2,
        "releases keeps one release only: change something and run kg build, or name an older graph",
    ),
    "older graph that is not there": ("diff {tmp}/b --graph {graph}", 2, "there is no graph in {tmp}/b"),
    "older graph that is damaged": ("diff {damaged} --graph {graph}", 3, "the graph in .* is damaged"),
    "comparing answers with an unknown word": (
        "diff {graph} --graph {graph} --question cq04 outcome=equty",
        2,
        "there is no outcome “equty”; did you mean equity.* [(]asked of [0-9a-f]{{16}}[)]",
    ),
    "comparing answers to no question": (
        "diff {graph} --graph {graph} --question cq99",
        2,
        "there is no question “cq99”",
    ),
    "no graph": ("trace --graph {tmp}/b", 2, "there is no graph in {tmp}/b: run kg build --output {tmp}/b"),
    "a file for a graph": (
        "trace --graph {root}/LICENSE",
        2,
        "there is no graph in {root}/LICENSE: it is a file; name the folder that kg build wrote to, a release",
    ),
    "evidence for a graph": (
        "trace --graph {tiny}",
        2,
        "there is no graph in {tiny}: it holds evidence; run kg build {tiny} --output FOLDER with a folder of its own",
    ),
    "a folder of other things for a graph": (
        "trace --graph {root}/queries",
        2,
        "there is no graph in {root}/queries: it holds other things; name the folder that kg build wrote to",
    ),
    "an empty folder for a graph": (
        "trace --graph {tmp}",
        2,
        "there is no graph in {tmp}: run kg build --output {tmp}, or name another",
    ),
    "unknown factor": ("trace --factor trsut --graph {graph}", 2, "there is no factor “trsut”; did you mean .*trust"),
    "factor that nothing is near to": ("trace --factor qqq --graph {graph}", 2, "there is no factor “qqq”"),
    "actor for a factor": ("trace --factor funder --graph {graph}", 2, "there is no factor “funder”"),
    "unknown outcome": (
        "trace --outcome equty --graph {graph}",
        2,
        "there is no outcome “equty”; did you mean .*equity",
    ),
    "unknown kind": ("trace --kind relationl --graph {graph}", 2, "there is no kind .*did you mean relational"),
    "unknown role": ("trace --role mechanisms --graph {graph}", 2, "there is no role .*did you mean mechanism"),
    "unknown status": ("trace --status propsed --graph {graph}", 2, "there is no status .*did you mean proposed"),
    "unknown evidence": ("trace --evidence reviews --graph {graph}", 2, "there is no evidence .*did you mean review"),
    "unknown layer": ("trace --layer authors --graph {graph}", 2, "there is no layer .*did you mean author"),
    "unknown design": ("trace --design surveys --graph {graph}", 2, "there is no design .*did you mean survey"),
    "unknown country": ("trace --country Kenia --graph {graph}", 2, "there is no country “Kenia”; did you mean Kenya"),
    "unknown actor": ("trace --actor funders --graph {graph}", 2, "there is no actor “funders”; did you mean .*funder"),
    "unknown coder": ("trace --coder nobody --graph {graph}", 2, "there is no coder “nobody”"),
    "too many coders": ("trace --min-coders 3 --graph {graph}", 2, "min-coders"),
    "too few studies": ("trace --min-studies 0 --graph {graph}", 2, "min-studies"),
    "unknown format": ("trace --format xml --graph {graph}", 2, "format"),
    "unknown option": ("trace --factr trust --graph {graph}", 2, "--factr"),
    "unknown command": ("trase", 2, "trase"),
    "query that is not there": ("query {tmp}/nowhere.rq --graph {graph}", 2, "{tmp}/nowhere.rq cannot be read"),
    "query that is a folder": ("query {tmp} --graph {graph}", 2, "{tmp} cannot be read"),
    "query that is none": ("query {root}/Makefile --graph {graph}", 2, "this is not a SPARQL query"),
    "output into no folder": (
        "trace --graph {graph} --output {tmp}/no/where.csv",
        2,
        "{tmp}/no/where.csv cannot be written",
    ),
    "output onto a folder": ("trace --graph {graph} --output {tmp}", 2, "{tmp} cannot be written"),
    "damaged graph": ("trace --graph {damaged}", 3, "the graph in .* is damaged .*: run kg build"),
    "endpoint that does not answer": ("trace --endpoint http://127.0.0.1:1/", 3, "http://127.0.0.1:1/ did not answer"),
}


@pytest.mark.parametrize(("line", "code", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_in_words_and_by_the_exit_code(
    run: Run, tmp_path: Path, graph: Path, line: str, code: int, words: str
) -> None:
    places = {"tmp": tmp_path, "graph": graph, "tiny": TINY, "root": ROOT}
    if "{damaged}" in line:
        shutil.copytree(graph, places.setdefault("damaged", tmp_path / "damaged"), symlinks=True)
        (tmp_path / "damaged" / "current" / "store" / "CURRENT").write_text("MANIFEST-99999\n", encoding="utf-8")
    made = set(tmp_path.iterdir())
    ended = run(*(part.format(**places) for part in line.split()))
    assert (ended.code, ended.out) == (code, "")
    assert re.search(words.format(**places), " ".join(ended.err.replace("│", " ").split()))
    assert set(tmp_path.iterdir()) == made


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    ended = run()
    assert ended.code == 2
    assert all(command in ended.out + ended.err for command in COMMANDS)


def test_bad_evidence_ends_with_1_and_names_every_place(run: Run, corpus: Path, tmp_path: Path) -> None:
    esposito, demir = (corpus / "sources" / f"{name}.yaml" for name in ("esposito2018", "demir2022"))
    changes = [
        (demir, "study: demir-review", "study: demir-revue"),
        (esposito, "type: thesis", "type: thesiss"),
        (esposito, "factor: mistrust", "factor: mistrustt"),
    ]
    places = []
    for path, old, new in changes:
        text = path.read_text(encoding="utf-8")
        places.append(f"{path}:{text.split(old)[0].count(chr(10)) + 1}: error: ")
        path.write_text(text.replace(old, new), encoding="utf-8")
    built = run("build", corpus, "--output", tmp_path / "b")
    assert (built.code, built.out) == (1, "")
    told = [line for line in built.err.splitlines() if ": error: " in line]
    assert [line.partition(": error: ")[0] + ": error: " for line in told] == places
    assert built.err.splitlines()[-1].startswith("kg: 3 findings keep this evidence out of the graph")
    assert not (tmp_path / "b" / "current").exists()
    checked = run("check", corpus, "--tier", "noted")
    assert (checked.code, checked.err) == (1, "")
    assert [line for line in checked.out.splitlines() if ": error: " in line] == told


def test_no_error_is_a_traceback_in_a_process_of_its_own(tmp_path: Path) -> None:
    for arguments, code in (
        (("build", tmp_path / "nowhere"), 2),
        (("trace", "--graph", tmp_path / "nowhere"), 2),
        (("query", ROOT / "queries" / "trace" / "codings.rq", "--graph", "http://127.0.0.1:1/"), 3),
    ):
        ended = apart(*arguments)
        assert (ended.returncode, ended.stdout) == (code, "")
        assert re.fullmatch(r"kg: .*\n", ended.stderr)


# Help


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_explains_itself(run: Run, command: str, flag: str) -> None:
    ended = run(command, flag)
    assert (ended.code, ended.err) == (0, "")
    assert f"kg {command} [OPTIONS]" in ended.out
    assert "--output" in ended.out


def test_the_help_names_the_commands_and_the_exit_codes(run: Run) -> None:
    ended = run("--help")
    assert (ended.code, ended.err) == (0, "")
    assert all(re.search(rf"\b{command}\b", ended.out) for command in COMMANDS)
    assert "0 fine, 1 findings in the evidence, 2 usage, 3 failure" in " ".join(ended.out.split())


# Building


def test_a_build_says_what_it_did(run: Run, corpus: Path, tmp_path: Path) -> None:
    first = run("build", corpus, "--output", tmp_path / "b")
    current = (tmp_path / "b" / "current").resolve()
    assert (first.code, first.err) == (0, "")
    lines = first.out.splitlines()
    assert lines[0] == "Sources: 6. Claims: 13, of which configurations: 4."
    assert re.fullmatch(r"Modules redone: 8, removed: 0, in \d+\.\d s\.", lines[1])
    assert lines[2] == "25 warnings in 6 files: kg check lists them."
    assert lines[3:] == [f"Graph: {tmp_path / 'b'} (release {current.name})"]
    second = run("build", corpus, "--output", tmp_path / "b", "--findings")
    assert second.err == ""
    assert "Modules redone: 0, removed: 0" in second.out
    warned = [line for line in second.out.splitlines() if ": warning: " in line]
    assert len(warned) == 25
    assert all(re.match(rf"{corpus}/\S+:\d+: warning: .* \[[\w-]+\]$", line) for line in warned)


def test_a_missing_graph_is_built_and_only_the_answer_goes_to_stdout(
    run: Run, graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge_graph, "default_build", lambda: tmp_path / "b")
    monkeypatch.setattr(resources, "evidence", lambda: TINY)
    first = run("trace", "--format", "csv")
    assert (first.code, first.out.splitlines()) == (0, MATRIX)
    assert first.err == f"No graph yet: building the shipped evidence into {tmp_path / 'b'}.\n{NOTICE}"
    assert run("trace", "--format", "csv") == Ended(0, first.out, NOTICE)


def test_progress_is_shown_on_stderr_only_and_only_to_people(corpus: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "kg", "build", str(corpus), "--output", str(tmp_path / "b")],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as build:
        os.close(theirs)
        shown = b""
        while select.select([ours], [], [], 30)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:
                break  # the other end is closed
        assert build.stdout is not None
        out = build.stdout.read()
    os.close(ours)
    assert build.returncode == 0
    assert b"8/8" in shown
    assert out.startswith("Sources: 6. Claims: 13")
    assert "8/8" not in out


# Tracing

NOTICE = (
    "kg: 2 of 7 codings are machine-assisted; 5 of 7 were not checked by a second person or by the authors of a source."
    " Counts are of what sources report, never of what works.\n"
)
"""What is said beside CSV, which has no place for it."""


def test_the_matrix_as_csv(run: Run, graph: Path) -> None:
    ended = run("trace", "--format", "csv", "--graph", graph)
    assert ended == Ended(0, "\n".join(MATRIX) + "\n", NOTICE)


def test_the_matrix_as_json(run: Run, graph: Path) -> None:
    found = json.loads(run("trace", "--format", "json", "--graph", graph).out)
    columns = MATRIX[0].split(",")
    assert [",".join(str(cell[column]) for column in columns) for cell in found["cells"]] == MATRIX[1:]
    assert found["notice"].startswith("2 of 7 codings are machine-assisted")
    assert len(found["funnel"]) == 6


def test_the_claims_behind_a_cell_in_every_format(run: Run, graph: Path) -> None:
    selection = ("trace", "--factor", "trust", "--outcome", "service-delivery", "--graph", graph)
    expected = [
        ("abara2019/ada/c1", "supports"),
        ("abara2021/ada/c1", "supports"),
        ("costa2020/bo/c2", "supports"),
        ("kisumu-interview/ada/p1", "supports"),
        ("costa2020/ada/c1", "hinders"),
        ("demir2022/bo/k1", "mixed"),
    ]
    rows = list(csv.DictReader(io.StringIO(run(*selection, "--format", "csv").out)))
    assert [(row["claim"], row["effect"]) for row in rows] == expected
    assert next(iter(rows[0])) == "claim"
    found = json.loads(run(*selection, "--format", "json").out)
    assert [(claim["claim"], claim["effect"]) for claim in found["claims"]] == expected
    table = run(*selection)
    assert (table.code, table.err) == (0, "")
    assert re.findall(r"^  (\S+/\S+/\S+)$", table.out, re.MULTILINE) == [claim for claim, _ in expected]


@pytest.mark.parametrize("nothing", [["--country", "BRA"], ["--factor", "equity", "--outcome", "trust"]], ids=str)
def test_a_selection_that_nothing_answers_to_is_fine_and_empty(run: Run, graph: Path, nothing: list[str]) -> None:
    table = run("trace", *nothing, "--graph", graph)
    assert (table.code, table.err) == (0, "")
    assert "evidence answers to this selection." in table.out
    rows = run("trace", *nothing, "--format", "csv", "--graph", graph)
    assert (rows.code, rows.err, rows.out.count("\n")) == (0, NOTICE, 1)


@pytest.mark.parametrize(
    "selection", [[], ["--factor", "trust"], ["--factor", "trust", "--outcome", "equity"], ["--claims"]], ids=str
)
def test_it_is_said_once_how_the_evidence_was_coded(run: Run, graph: Path, selection: list[str]) -> None:
    ended = run("trace", *selection, "--graph", graph)
    said = " ".join(ended.out.split())
    assert said.count("2 of 7 codings are machine-assisted") == 1
    assert said.count("machine-assisted") == 1


def test_tracing_waits_for_no_library_that_only_builds_need(graph: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "kg", "trace", "--graph", str(graph)],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "pyoxigraph" in imported
    assert imported & {"rdflib", "pydantic", "pyshacl", "owlready2", "SPARQLWrapper", "yaml", "pandas"} == set()


# Querying


@pytest.mark.parametrize("format_", ["table", "csv", "json"])
def test_a_query_from_a_file_and_from_stdin_gives_the_same(run: Run, graph: Path, tmp_path: Path, format_: str) -> None:
    text = "SELECT (COUNT(DISTINCT ?claim) AS ?n) ?coder WHERE { ?claim a pm:Claim ; pm:codedBy ?c . "
    text += "BIND(STRAFTER(STR(?c), 'coder/') AS ?coder) } GROUP BY ?coder ORDER BY ?coder"
    path = tmp_path / "claims.rq"
    path.write_text(text, encoding="utf-8")
    from_file = run("query", path, "--format", format_, "--graph", graph)
    assert run("query", "-", "--format", format_, "--graph", graph, stdin=text) == from_file
    assert (from_file.code, from_file.err) == (0, "")
    if format_ == "csv":
        assert from_file.out == "n,coder\n8,ada\n5,bo\n"
    elif format_ == "json":
        assert json.loads(from_file.out) == [{"n": 8, "coder": "ada"}, {"n": 5, "coder": "bo"}]
    else:
        rows = [line.split() for line in from_file.out.splitlines()]
        assert [row for row in rows if len(row) == 2] == [["n", "coder"], ["8", "ada"], ["5", "bo"]]


@pytest.mark.parametrize(
    "text",
    [
        "ASK { ?claim a pm:Claim }",
        "PREFIX pm: <https://w3id.org/partnership-mechanisms/ontology#>\nASK { ?claim a pm:Claim }",
        "PREFIX a: <http://a/> PREFIX pm: <https://w3id.org/partnership-mechanisms/ontology#> ASK { ?c a pm:Claim }",
        "# a remark\nprefix own: <https://w3id.org/partnership-mechanisms/ontology#>\nASK { ?c a own:Claim }",
        "BASE <https://w3id.org/partnership-mechanisms/>\nASK { ?claim a <ontology#Claim> }",
        "\ufeffASK { ?claim a pm:Claim }",
    ],
    ids=["undeclared", "declared", "declared on one line", "declared otherwise", "base", "byte order mark"],
)
def test_prefixes_may_be_left_out_or_declared(run: Run, graph: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "ask.rq"
    path.write_text(text, encoding="utf-8")
    assert run("query", path, "--format", "csv", "--graph", graph) == Ended(0, "answer\ntrue\n", "")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("'=1+1'", "'=1+1"),
        ("'+1'", "'+1"),
        ("'-1'", "'-1"),
        ("'@SUM(A1)'", "'@SUM(A1)"),
        ("'\\t=1+1'", "'\t=1+1"),
        ("'1+1=2'", "1+1=2"),
        ("''", ""),
        ("-1", "-1"),
        ("true", "true"),
        ("?nothing", ""),
    ],
    ids=str,
)
def test_no_spreadsheet_runs_what_stands_in_a_cell(run: Run, graph: Path, value: str, cell: str) -> None:
    text = f"SELECT (1 AS ?first) ({value} AS ?cell) WHERE {{}}"
    ended = run("query", "-", "--format", "csv", "--graph", graph, stdin=text)
    assert (ended.code, ended.out) == (0, f"first,cell\n1,{cell}\n")


@pytest.mark.parametrize("value", ["\\r=1+1", "x\\r=1+1", "x\\n=1+1", "x\\r\\n=1+1"])
def test_no_cell_begins_a_row_of_its_own(run: Run, graph: Path, value: str) -> None:
    text = f"SELECT (1 AS ?first) ('{value}' AS ?cell) WHERE {{}}"
    ended = run("query", "-", "--format", "csv", "--graph", graph, stdin=text)
    assert re.fullmatch(r'first,cell\n1,"[^"=][^"]*=1\+1"\n', ended.out)


@pytest.mark.parametrize("value", ['"seven"^^xsd:integer', '"maybe"^^xsd:boolean'])
def test_a_value_that_its_datatype_does_not_know_is_shown_as_written(run: Run, graph: Path, value: str) -> None:
    ended = run("query", "-", "--format", "csv", "--graph", graph, stdin=f"SELECT ({value} AS ?x) WHERE {{}}")
    assert ended == Ended(0, f"x\n{value.split(chr(34))[1]}\n", "")


def test_a_long_id_is_never_cut_and_hides_nothing(run: Run, graph: Path) -> None:
    name = "https://example.org/" + "x" * 300
    ended = run("query", "-", "--graph", graph, stdin=f"SELECT (<{name}> AS ?id) ('[bold]' AS ?text) WHERE {{}}")
    assert name in ended.out
    assert "[bold]" in ended.out


@pytest.mark.parametrize(
    "service",
    [
        "SERVICE <{}> {{ ?s ?p ?o }}",
        "service silent <{}> {{ ?s ?p ?o }}",
        "SERVICE # a remark\n <{}> {{ ?s ?p ?o }}",
        "VALUES ?where {{ <{}> }} SERVICE ?where {{ ?s ?p ?o }}",
    ],
)
def test_a_query_does_not_leave_the_graph_that_was_named(run: Run, graph: Path, service: str) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/sparql"
        ended = run("query", "-", "--graph", graph, stdin=f"SELECT * WHERE {{ {service.format(address)} }}")
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert (ended.code, ended.out) == (2, "")
    assert re.fullmatch(r"kg: SERVICE .*\n", ended.err)


@pytest.mark.parametrize(
    "text", ["?c pm:outcomeFactor pmc:service-delivery", "?service a pm:Claim", "?c a pm:Claim # at your service"]
)
def test_a_service_that_people_deliver_is_no_service_of_the_network(run: Run, graph: Path, text: str) -> None:
    ended = run("query", "-", "--format", "csv", "--graph", graph, stdin=f"ASK {{ {text}\n}}")
    assert ended == Ended(0, "answer\ntrue\n", "")


def test_a_query_on_stdin_that_is_not_utf_8_is_a_usage_error(graph: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kg", "query", "-", "--graph", str(graph)],
        input=b'SELECT ("\xe9" AS ?x) WHERE {}',
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert re.fullmatch(rb"kg: .*\n", done.stderr)


# Where it goes


@pytest.mark.parametrize(
    "arguments",
    [
        ["trace", "--format", "csv"],
        ["trace", "--format", "json"],
        ["trace"],
        ["query", str(ROOT / "queries" / "trace" / "codings.rq"), "--format", "csv"],
    ],
    ids=" ".join,
)
def test_output_goes_to_the_file_that_is_named(run: Run, graph: Path, tmp_path: Path, arguments: list[str]) -> None:
    shown = run(*arguments, "--graph", graph)
    written = run(*arguments, "--graph", graph, "--output", tmp_path / "out")
    assert written == Ended(0, "", shown.err)
    assert (tmp_path / "out").read_bytes().decode() == shown.out


def test_findings_go_to_the_file_that_is_named(run: Run, tmp_path: Path) -> None:
    shown = run("check", TINY)
    told = f"25 warnings in 6 files: {tmp_path / 'out'} lists them.\n"
    assert run("check", TINY, "--output", tmp_path / "out") == Ended(1, "", told)
    assert (tmp_path / "out").read_text(encoding="utf-8") == shown.out


@pytest.mark.parametrize("arguments", [["trace"], ["ask", "cq04"], ["check", str(TINY)], ["tensions"]], ids=" ".join)
def test_a_file_whose_ending_says_another_format_is_refused(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    ended = run(*arguments, "--output", tmp_path / "a.pdf")
    assert (ended.code, ended.out, (tmp_path / "a.pdf").exists()) == (2, "", False)
    assert re.search(r"a\.pdf: nothing is written as \.pdf: end its name in \.csv,? (or )?\.json", ended.err)


def test_what_is_filled_and_what_is_found_are_two_things_to_ask(run: Run) -> None:
    for also in (["--coherence"], ["--tier", "noted"]):
        ended = run("check", TINY, "--coverage", *also)
        assert (ended.code, ended.out) == (2, "")
        assert "leave --coherence and --tier out" in ended.err


def test_an_error_leaves_the_file_that_is_named_alone(run: Run, graph: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("from before", encoding="utf-8")
    assert run("trace", "--factor", "qqq", "--graph", graph, "--output", tmp_path / "out").code == 2
    assert (tmp_path / "out").read_text(encoding="utf-8") == "from before"


@pytest.mark.parametrize("read", [0, 1], ids=["nothing is read", "one line is read"])
def test_a_reader_that_has_enough_is_no_error(graph: Path, tmp_path: Path, read: int) -> None:
    path = tmp_path / "everything.rq"
    path.write_text(EVERYTHING, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "kg", "query", str(path), "--format", "csv", "--graph", str(graph)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as query:
        assert query.stdout is not None
        assert query.stderr is not None
        assert [query.stdout.readline() for _ in range(read)] == ["s,p,o\n"] * read
        query.stdout.close()
        err = query.stderr.read()
    assert (query.returncode, err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("arguments", [["trace"], ["trace", "--output", "/dev/full"]], ids=["stdout", "file"])
def test_a_full_disk_is_told_in_words(graph: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "kg", *arguments, "--graph", str(graph)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode in (2, 3)
    assert re.fullmatch(r"kg: .*No space left on device.*\n", done.stderr)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_knows_few_characters_still_gets_the_answer(graph: Path, encoding: str) -> None:
    for selection in ([], ["--factor", "trust", "--outcome", "service-delivery"]):
        done = subprocess.run(
            [sys.executable, "-m", "kg", "trace", *selection, "--graph", str(graph)],
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONIOENCODING": encoding},
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"trust" in done.stdout
        assert b"3" in done.stdout


# Which graph


def test_kg_graph_names_the_graph_unless_the_call_does(
    run: Run, graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_GRAPH", str(graph))
    assert run("trace", "--format", "csv").out.splitlines() == MATRIX
    assert [str(cell) for cell in kg.open().trace().cells] == [str(cell) for cell in kg.open(graph).trace().cells]
    monkeypatch.setenv("KG_GRAPH", str(tmp_path / "nowhere"))
    missing = run("trace")
    assert (missing.code, missing.out) == (2, "")
    assert f"there is no graph in {tmp_path / 'nowhere'}" in missing.err
    with pytest.raises(kg.UsageError, match=f"there is no graph in {tmp_path / 'nowhere'}"):
        kg.open()
    assert run("trace", "--format", "csv", "--graph", graph).out.splitlines() == MATRIX


def test_the_graph_of_the_folder_where_people_are_comes_first(
    run: Run, graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(graph, tmp_path / "build", symlinks=True)
    monkeypatch.chdir(tmp_path)
    assert run("trace", "--format", "csv").out.splitlines() == MATRIX


# Checking


def test_evidence_without_findings_is_fine(run: Run) -> None:
    assert run("check", TINY / "sources" / "abara2019.yaml") == Ended(0, "Nothing found.\n", "")


def test_a_check_names_the_places_and_writes_nothing(run: Run, corpus: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in corpus.rglob("*")}
    path = corpus / "sources" / "esposito2018.yaml"
    ended = run("check", corpus)
    assert (ended.code, ended.err) == (1, "")
    of_esposito = [line for line in ended.out.splitlines() if line.startswith(f"{path}:")]
    lines = path.read_text(encoding="utf-8").splitlines()
    claim = lines.index("      - id: c1") + 1
    mechanism = lines.index("          - {factor: mistrust, state: present}") + 1
    outcome = lines.index("        outcome: {factor: service-delivery}") + 1
    assert sorted((re.search(r"\[(\w+)\]$", line) or [""])[1] + line.split(":")[1] for line in of_esposito) == sorted(
        [
            "SourceAuthor2",
            "SourceYear2",
            f"ClaimActor{claim}",
            f"ClaimContext{claim}",
            f"MechanismReasoning{mechanism}",
            f"OutcomeDirection{outcome}",
        ]
    )
    assert ended.out.splitlines()[-1].startswith("25 warnings in 6 files; by rule: 9 × ClaimContext, ")
    assert {path: path.stat().st_mtime_ns for path in corpus.rglob("*")} == before


def test_the_tier_says_what_a_record_must_reach(run: Run) -> None:
    assert run("check", TINY, "--tier", "noted") == Ended(0, "Nothing found.\n", "")
    assert run("check", TINY, "--tier", "structured").code == 1
    assert run("check", TINY, "--tier", "structured").out == run("check", TINY).out
    appraised = run("check", TINY, "--tier", "appraised")
    assert appraised.code == 1
    assert appraised.out.splitlines()[-1].startswith(
        "34 warnings, 115 notes in 8 files; by tier: structured 25, appraised 124; by rule: "
    )


def test_findings_come_worst_first(run: Run) -> None:
    told = run("check", TINY, "--tier", "appraised").out.splitlines()[:-2]
    lines = [line for line in told if not line.startswith("    ")]
    assert all(re.search(r":\d+: (warning|note): .* \[[\w-]+\]$", line) for line in lines)
    assert [": note: " in line for line in lines] == [False] * 34 + [True] * 115


@pytest.fixture
def unkind(corpus: Path) -> Path:
    """The small corpus with a link whose kind is left out, though the record tells it."""
    file = corpus / "sources" / "abara2019.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("kind: becomes-context, ") == 1
    file.write_text(text.replace("kind: becomes-context, ", ""), encoding="utf-8")
    return corpus


def test_a_finding_suggests_what_to_write_where_it_follows(run: Run, unkind: Path) -> None:
    suggested = [line for line in run("check", unkind).out.splitlines() if "Suggested" in line]
    assert [line.partition(": warning: ")[2] for line in suggested] == [
        "c1, link 1: What one claim is to the next is not said. Give kind, such as becomes-context. "
        "Suggested: `{to: c2, kind: becomes-context}`. [LinkKind]"
    ]


def test_findings_as_csv_and_json(run: Run, unkind: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("check", unkind, "--format", "csv").out)))
    columns = ["file", "line", "severity", "tier", "rule", "subject", "what", "remedy", "repair", "related", "spot"]
    assert list(rows[0]) == columns
    found = json.loads(run("check", unkind, "--format", "json").out)
    assert Counter(len(row.pop("related")) for row in found) == {0: 24, 1: 2}
    assert [{name: str(value) for name, value in row.items()} for row in found] == [
        {name: row[name] for name in found[0]} for row in rows
    ]
    assert len(rows) == 26
    assert Counter(row["repair"] for row in rows) == {"": 25, "{to: c2, kind: becomes-context}": 1}
    assert {row["tier"] for row in rows} == {"structured"}
    assert {row["severity"] for row in rows} == {"warning"}


def test_several_places_are_checked_together(run: Run) -> None:
    good, weak = TINY / "sources" / "abara2019.yaml", TINY / "sources" / "esposito2018.yaml"
    assert run("check", good, weak).out == run("check", weak).out


# The Python twin


def test_the_first_example_of_the_package_works(tiny_graph: kg.KnowledgeGraph) -> None:
    assert kg.__doc__ is not None
    assert 'graph.sparql("SELECT ?claim WHERE { ?claim a pm:Claim }")' in kg.__doc__
    assert len(tiny_graph.sparql("SELECT ?claim WHERE { ?claim a pm:Claim }")) == 13


def test_rows_become_a_data_frame(tiny_graph: kg.KnowledgeGraph) -> None:
    pytest.importorskip("pandas")
    cells = tiny_graph.trace().to_pandas()
    assert list(cells.columns[:7]) == MATRIX[0].split(",")
    assert [",".join(map(str, row)) for row in cells.iloc[:, :7].itertuples(index=False)] == MATRIX[1:]
    assert set(map(str, cells.dtypes.iloc[2:7])) == {"int64"}
    claims = tiny_graph.trace(factor="trust", outcome="equity").to_pandas()
    assert list(claims["claim"]) == ["demir2022/bo/k2"]
    rows = tiny_graph.sparql("SELECT ?a ?b WHERE { VALUES (?a ?b) { (1 'x') (2 UNDEF) } } ORDER BY ?a").to_pandas()
    assert list(rows.columns) == ["a", "b"]
    assert list(rows["a"]) == [1, 2]
    none = tiny_graph.sparql("SELECT ?a ?b WHERE { ?a <http://example.org/nothing> ?b }").to_pandas()
    assert (list(none.columns), len(none)) == (["a", "b"], 0)


def test_a_name_that_the_package_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute tracee"):
        getattr(kg, "tracee")  # noqa: B009 - mypy knows better than to let it stand plainly
    assert {name for name in kg.__all__ if not hasattr(kg, name)} == set()


# Questions


@pytest.fixture
def questions(small_build: Built, run: Run) -> Run:
    """Runs `kg ask` on the corpus of the questions' answers."""

    def call(*arguments: object, stdin: str = "") -> Ended:
        return run("ask", *arguments, "--graph", small_build.release.folder.parent.parent, stdin=stdin)

    return call


def test_questions_are_listed_with_their_ids_first(run: Run) -> None:
    told = run("ask")
    assert (told.code, told.err) == (0, "")
    rows = [line.strip().split(maxsplit=1) for line in told.out.splitlines() if line.lstrip().startswith("cq")]
    assert rows == [[question.id, question.worded()] for question in kg.questions()]
    listed = list(csv.DictReader(io.StringIO(run("ask", "--format", "csv").out)))
    assert [row["id"] for row in listed] == [question.id for question in kg.questions()]
    assert [row["id"] for row in json.loads(run("ask", "--format", "json").out)] == [row["id"] for row in listed]


def test_a_question_is_explained(run: Run) -> None:
    told = run("ask", "4", "--explain").out
    (question,) = (known for known in kg.questions() if known.id == "cq04")
    assert told.startswith(f"cq04  {question.worded()}\n\nWhy: ")
    assert [column.name for column in question.columns if f"\n {column.name} " not in told] == []
    assert "relational | motivational | structural" in told
    assert " ".join(told.split()).endswith(f"It cannot tell: {question.cannot_tell}")


@pytest.mark.parametrize(("id_", "by"), [("cq05", "kg paths"), ("cq06", "kg paths --thread"), ("cq04", None)])
def test_a_question_that_is_composed_says_so(id_: str, by: str | None, run: Run) -> None:
    told = " ".join(run("ask", id_, "--explain").out.split())
    assert ("omposed by" in told) == bool(by)
    if by:
        assert f"Composed by {by}; the SPARQL gives the same where an engine can run it. It cannot tell:" in told
        assert "#+ composed:" in run("ask", id_, "--sparql").out


def test_an_answer_shows_numbers_claims_and_what_it_cannot_tell(questions: Run) -> None:
    told = questions("cq04", "outcome=equity").out
    lines = [line.split() for line in told.splitlines()]
    assert "Asked with outcome=equity kind=relational status=tested. 1 row." in told
    assert ["1", "trust", "2", "1", "1", "1", "4", "2", "0", "1", "2", "2", "2", "2", "1", "1"] in lines
    assert "\n   1  trust · equity\n      adeyemi2018/ada/c4: Adeyemi & Bako 2018, theme 4 (author)\n" in told
    assert "\n      duarte2022/bo/k1: Duarte & Ek 2022, table 1 (reviewer)\n" in told
    assert "It cannot tell: How strong a factor is" in told
    assert "codings are machine-assisted" in " ".join(told.split())


def test_an_answer_claim_by_claim_is_read_from_the_top(questions: Run) -> None:
    told = questions("cq01").out
    assert "   1  adeyemi2018/ada/c1\n" in told
    assert "      passage: They came back every month; so we trusted them.\n" in told
    assert "configuration: yes · state: present" in " ".join(told.split())


def test_an_empty_answer_says_how_to_ask_more_widely(questions: Run) -> None:
    told = questions("cq04", "outcome=workforce-retention").out
    assert "0 rows." in told
    assert "Nothing in the evidence answers this. To ask more widely: outcome=any kind=any status=all." in told
    nothing = questions("cq04", "outcome=workforce-retention", "kind=any", "status=proposed").out
    assert "Nothing in the evidence answers this. To ask more widely: outcome=any status=all." in nothing


def test_an_answer_in_other_forms(questions: Run, tmp_path: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(questions("cq04", "--format", "csv").out))
    assert (row["factor"], row["studies"]) == ("trust", "4")
    assert row["claims"].split("; ")[:2] == ["adeyemi2018/ada/c4", "adeyemi2020/ada/c1"]
    record = json.loads(questions("cq04", "--format", "json").out)
    assert (record["id"], record["rows"][0]["claims"][0]) == ("cq04", "adeyemi2018/ada/c4")
    assert questions("cq04", "--format", "csv", "--output", tmp_path / "a.csv").out == ""
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").startswith("factor,outcome,supports")


def test_the_sparql_of_a_question_gives_its_answer(questions: Run, small_graph: kg.KnowledgeGraph) -> None:
    asked = ("cq04", "outcome=participation,trust", "kind=any")
    text = questions(*asked, "--sparql").out
    rows = json.loads(questions(*asked, "--format", "json").out)["rows"]
    found = [(str(row["factor"]).rpartition("/")[2], row["studies"]) for row in small_graph.sparql(text)]
    assert found == [(row["factor"], row["studies"]) for row in rows]
    assert ("mutual-understanding", 1) in found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cq99",), "kg: there is no question “cq99”"),
        (("cq04", "equity"), "kg: “equity” is no parameter: write NAME=VALUE, such as outcome=equity"),
        (("cq04", "outcome="), "kg: outcome has no value: write outcome=VALUE"),
        (("cq04", "outcome=equity", "outcome=trust"), "kg: a parameter is given twice: join its values by commas"),
        (("cq04", "outcome=equty"), "kg: there is no outcome “equty”; did you mean equity"),
        (("cq04", "outcome=any,equity"), "kg: outcome takes any alone"),
        (("cq33", "least=1,2"), "kg: least takes a number alone"),
        (("cq04", "foo=bar", "--explain"), "kg: cq04 has no parameter foo: it has outcome, kind, status"),
        (("--explain",), "kg: name the question, such as kg ask cq04 --explain"),
        (("--sparql",), "kg: name the question, such as kg ask cq04 --explain"),
    ],
)
def test_a_slip_in_a_question_ends_with_two(questions: Run, arguments: tuple[str, ...], said: str) -> None:
    told = questions(*arguments)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith(said)


@pytest.mark.parametrize("columns", [80, 100, 150])
@pytest.mark.parametrize("question", [question.id for question in kg.questions()])
def test_names_stay_whole_and_lines_within_the_terminal(
    questions: Run, small_graph: kg.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, question: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    told = questions(question).out
    answer = small_graph.ask(question)
    concepts = [column.name for column in answer.question.columns if column.kind == "concept"]
    names = {str(row[name]) for row in answer.rows for name in concepts if row[name]}
    assert [name for name in names if name not in told] == []
    assert all(title_of(answer, row) for row in answer.rows)
    assert [line for line in told.splitlines() if len(line) > columns and " " in line.strip()] == []


def test_a_long_name_of_a_row_goes_on_in_the_next_line(
    small_graph: kg.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    answer = small_graph.ask("cq28")
    name = "Cause of death, by communicable diseases and maternal, prenatal and nutrition conditions (% of total)"
    out = io.StringIO()
    write_answer(replace(answer, rows=({**answer.rows[0], "indicator": name},)), out)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert name in " ".join(out.getvalue().split())


@pytest.mark.parametrize("columns", [80, 150])
def test_passages_of_several_rows_are_written_once(
    questions: Run, small_graph: kg.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    told = questions("cq28").out.splitlines()
    rows: list[Mapping[str, Any]] = [{"evidence": ()}, *small_graph.ask("cq28").rows]
    again = [now["evidence"] == before["evidence"] and len(now["evidence"]) > 1 for before, now in pairwise(rows)]
    assert set(again) == {True, False}
    assert told.count("      the same passages as in the row before") == sum(again)
    passages = [len(row["evidence"]) for row, same in zip(rows[1:], again, strict=True) if not same]
    assert sum(re.match(r" {6}\S+/\S+: ", line) is not None for line in told) == sum(passages)


@pytest.mark.parametrize("columns", [80, 100, 150])
def test_a_trace_stays_within_the_terminal(
    tiny_build: Built, run: Run, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    folder = tiny_build.release.folder.parent.parent
    for arguments in ([], ["--factor", "trust"], ["--factor", "trust", "--outcome", "service-delivery"]):
        told = run("trace", *arguments, "--graph", folder).out
        assert [line for line in told.splitlines() if len(line) > columns] == []
        assert ("of which" in told) == (columns == 150 and len(arguments) < 4)


def test_a_file_is_written_as_its_ending_says(questions: Run, tmp_path: Path) -> None:
    assert questions("cq04", "--output", tmp_path / "a.csv").code == 0
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").startswith("factor,outcome,supports")
    questions("cq04", "--output", tmp_path / "a.JSON")
    assert json.loads((tmp_path / "a.JSON").read_text(encoding="utf-8"))["id"] == "cq04"
    questions("cq04", "--output", tmp_path / "a.csv", "--format", "table")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").startswith("cq04  Which")
    questions("cq04", "--output", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8").startswith("cq04  Which")


@pytest.mark.parametrize("arguments", [("outcome=equty",), ("outcome=equty", "--sparql"), ("foo=bar", "--explain")])
def test_a_slip_leaves_the_file_that_was_to_be_written_alone(
    questions: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text("kept", encoding="utf-8")
    assert questions("cq04", *arguments, "--output", kept).code == 2
    assert kept.read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize("question", [question.id for question in kg.questions()])
def test_what_is_merely_proposed_is_not_called_reported(questions: Run, question: str) -> None:
    (asked,) = (known for known in kg.questions() if known.id == question)
    if "status" not in {parameter.name for parameter in asked.parameters}:
        assert asked.reports({})
        return
    told = questions(question, "status=proposed").out
    heading = told.partition("Asked with")[0]
    assert (
        re.findall(r"\breport(?:ed)?\b", heading + " ".join(re.findall(r"reported\s+to (?:support|hinder)", told)))
        == []
    )
    for status in ("tested", "all"):
        reported = re.findall(r"\breport(?:ed)?\b", asked.worded({"status": (status,)}))
        assert reported == re.findall(r"\breport(?:ed)?\b", asked.worded())


def test_a_question_is_explained_as_json(run: Run) -> None:
    record = json.loads(run("ask", "cq04", "--explain", "--format", "json").out)
    assert [one["name"] for one in record["parameters"]] == ["outcome", "kind", "status"]
    assert record["parameters"][1]["default"] == ["relational"]


def test_a_file_that_is_named_twice_is_checked_once(run: Run) -> None:
    weak = TINY / "sources" / "esposito2018.yaml"
    assert run("check", weak, weak).out == run("check", weak).out


def test_a_first_build_that_fails_can_be_repeated_in_the_same_folder(run: Run, corpus: Path, tmp_path: Path) -> None:
    file = corpus / "sources" / "esposito2018.yaml"
    good = file.read_text(encoding="utf-8")
    file.write_text(good.replace("status: proposed", "status: propsed"), encoding="utf-8")
    assert run("build", corpus, "--output", tmp_path / "b").code == 1
    file.write_text(good, encoding="utf-8")
    assert run("build", corpus, "--output", tmp_path / "b").code == 0


def test_the_tier_of_a_check_in_python_is_a_word_too() -> None:
    assert kg.check(str(TINY), tier="noted") == []
    assert {finding.tier for finding in kg.check(TINY, tier=kg.Tier.appraised)} == {"structured", "appraised"}
    with pytest.raises(kg.UsageError, match=r"there is no tier “strict” .one of noted, structured, appraised."):
        kg.check(TINY, tier="strict")


def test_a_command_stopped_while_its_libraries_are_read_says_so() -> None:
    stopped = """
import sys
from kg.__main__ import main

class Stopped:
    def find_spec(self, name, path=None, target=None):
        if name == "kg.cli":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stopped())
main()
"""
    ended = subprocess.run([sys.executable, "-c", stopped], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, "kg: stopped; what was built before still stands.\n")
