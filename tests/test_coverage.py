"""Coverage: which optional slots evidence fills, of how many records that could, in all and group by group."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from kg import cli, coverage
from kg.coverage import FULL, Coverage
from kg.errors import UsageError
from kg.records import json_schema
from tests.conftest import QUESTIONS, ROOT, SHIPPED

EVIDENCE = """\
source: moyo2020
type: journal-article
title: Two coders
year: 2020
design: survey
codings:
  - coder: ada
    method: manual
    read: [abstract]
    cases:
      - {id: lake, label: Lake link, countries: [KEN]}
      - {id: hill, label: Hill link}
    claims:
      - id: c1
        case: lake
        contexts:
          - {factor: power-asymmetry, state: high}
          - {factor: formal-agreement}
        mechanisms:
          - {factor: trust, state: present, resource: visits, reasoning: they come back, basis: participant}
        outcome: {factor: equity, direction: increased}
        effect: mixed
        effect_kind: contingent
        status: supported
        evidence:
          - {locator: theme 1, layer: participant, quote: They come back.}
          - {locator: table 1, layer: author, statistic: {measure: share, n: 12}}
        links: [c2]
      - id: c2
        contexts: []
        mechanisms:
          - {factor: trust, resource: visits}
          - {factor: communication, reasoning: we talk}
        joined_by: and
        outcome: {factor: equity, direction: increased}
        effect: supports
        status: proposed
        evidence:
          - {locator: theme 2}
  - coder: bo
    recorded_as: {design: qualitative}
    claims:
      - id: c1
        mechanisms:
          - {factor: trust}
        outcome: {factor: equity}
        effect: supports
        status: proposed
        evidence:
          - {locator: abstract, layer: author}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "moyo2020.yaml").write_text(EVIDENCE, encoding="utf-8")
    return tmp_path


def told(found: Coverage, group: str = "all") -> dict[str, str]:
    return {one.slot: f"{one.filled}/{one.of}" for one in found.slots if one.group == group}


def test_each_slot_is_counted_among_the_records_that_could_fill_it(folder: Path) -> None:
    found = told(coverage.coverage([folder]))
    assert {slot: count for slot, count in found.items() if not count.startswith("0/")} == {
        "claim.case": "1/3",
        "claim.contexts": "1/3",
        "claim.joined_by": "1/1",
        "claim.effect_kind": "1/1",
        "claim.links": "1/3",
        FULL: "1/3",
        "context.state": "1/2",
        "mechanism.state": "1/4",
        "mechanism.resource": "2/4",
        "mechanism.reasoning": "2/4",
        "mechanism.basis": "1/2",
        "outcome.direction": "2/3",
        "evidence.layer": "3/4",
        "evidence.quote": "1/4",
        "evidence.statistic": "1/4",
        "statistic.n": "1/1",
        "case.countries": "1/2",
        "coding.method": "1/2",
        "coding.read": "1/2",
        "coding.recorded_as": "1/2",
        "coding.cases": "1/2",
        "coding.claims": "2/2",
        "source.title": "1/1",
        "source.year": "1/1",
        "source.design": "1/1",
    }
    assert (found["evidence.selector"], found["claim.rival_explanation"], found["link.kind"]) == ("0/1", "0/3", "0/1")
    assert "selector.prefix" not in found  # there is no selector that could fill it


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("source", {"moyo2020": "1/3"}),
        ("coder", {"ada": "1/2", "bo": "0/1"}),
        ("design", {"qualitative": "0/1", "survey": "1/2"}),  # the second coder saw another design
        ("layer", {"author": "1/2", "not stated": "0/1", "participant": "1/1"}),  # a claim of two layers is in both
    ],
)
def test_claims_are_counted_apart_by(folder: Path, by: str, groups: dict[str, str]) -> None:
    found = coverage.coverage([folder], by)
    assert {group: told(found, group)["claim.contexts"] for group in found.groups} == groups
    assert told(found) == told(coverage.coverage([folder]))


def test_an_evidence_item_stands_in_its_own_layer_and_a_source_in_no_coder(folder: Path) -> None:
    layers, coders = (coverage.coverage([folder], by) for by in ("layer", "coder"))
    assert told(layers, "participant")["evidence.quote"] == "1/1"
    assert told(layers, "author")["evidence.quote"] == "0/2"
    assert [slot for slot in told(coders, "ada") if slot.startswith("source.")] == []


def test_every_optional_key_of_the_format_is_a_slot() -> None:
    """Read from the schema, so that what the record model gains is seen here too."""
    definitions = {"Source": json_schema(), **json_schema()["$defs"]}
    names = {"ActorRole": "actor"}
    skipped = {"RecordedAs", "Judgement", "TheoryLink", "Factor", "Actor", "Country"}
    wanted = {
        f"{names.get(kind, kind.lower())}.{key}"
        for kind, definition in definitions.items()
        if kind not in skipped and "properties" in definition
        for key in set(definition["properties"]) - set(definition.get("required", []))
    }
    known = {
        slot
        for model in coverage._READING_ORDER
        for _, slot in coverage._optional(model)
        if not slot.startswith(("study.", "theory."))
    }
    assert known == wanted
    assert set(coverage._COULD) <= known


def test_a_folder_and_a_file_in_it_are_counted_once(folder: Path) -> None:
    assert coverage.coverage([folder, folder / "moyo2020.yaml"]) == coverage.coverage([folder])


def test_what_cannot_be_counted_by_is_refused(folder: Path) -> None:
    with pytest.raises(
        UsageError, match=r"^slots are not counted apart by colour \(one of source, design, layer, coder\)$"
    ):
        coverage.coverage([folder], "colour")


# The shipped evidence, counted anew from its files


def test_the_shipped_evidence_is_covered_as_its_files_are() -> None:
    counted: Counter[str] = Counter()
    for file in sorted((SHIPPED / "sources").glob("*.yaml")):
        source = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        counted["sources"] += 1
        counted["doi"] += "doi" in source
        for coding in source["codings"]:
            counted["codings"] += 1
            for case in coding.get("cases", []):
                counted["cases"] += 1
                counted["countries"] += bool(case.get("countries"))
            for claim in coding["claims"]:
                counted["claims"] += 1
                (mechanism,), (item,) = claim["mechanisms"], claim["evidence"]
                counted["contexts"] += bool(claim.get("contexts"))
                counted["linked"] += bool(claim.get("links"))
                counted["resource"] += bool(mechanism.get("resource"))
                counted["reasoning"] += bool(mechanism.get("reasoning"))
                counted["direction"] += bool(claim["outcome"].get("direction"))
                counted["statistic"] += bool(item.get("statistic"))
                counted["quote"] += bool(item.get("quote"))
                counted["signless"] += claim["effect"] in ("mixed", "no-effect")
                parts = (claim.get("contexts"), mechanism.get("resource"), mechanism.get("reasoning"))
                counted["full"] += all(parts) and bool(claim["outcome"].get("direction"))
    assert counted["claims"] - counted["contexts"] == 480
    assert (counted["claims"], counted["full"]) == (1199, 354)
    found = told(coverage.coverage([SHIPPED]))
    expected = {
        "claim.contexts": ("contexts", "claims"),
        "claim.links": ("linked", "claims"),
        "mechanism.resource": ("resource", "claims"),
        "mechanism.reasoning": ("reasoning", "claims"),
        "outcome.direction": ("direction", "claims"),
        "evidence.statistic": ("statistic", "claims"),
        "evidence.quote": ("quote", "claims"),
        FULL: ("full", "claims"),
        "case.countries": ("countries", "cases"),
        "source.doi": ("doi", "sources"),
    }
    assert {slot: found[slot] for slot in expected} == {
        slot: f"{counted[filled]}/{counted[of]}" for slot, (filled, of) in expected.items()
    }
    assert found["claim.effect_kind"] == f"0/{counted['signless']}" == "0/80"
    assert (found["mechanism.resource"], found["case.countries"], found["claim.links"]) == (
        "664/1199",
        "128/151",
        "135/1199",
    )


# The command


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[Any, str, str]:
    monkeypatch.setattr(sys, "argv", ["kg", "check", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return (ended.value.code or 0, *capsys.readouterr())


def test_the_table_has_a_line_a_slot_and_a_column_a_group(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(monkeypatch, capsys, folder, "--coverage", "--by", "coder")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert "slot filled of % ada bo of what" in lines
    assert "claim.contexts 1 3 33 50 0 claims" in lines
    assert "claim.effect_kind 1 1 100 100 · claims of a mixed effect or of none" in lines
    assert "None of the 2 codings was checked by a second person" in " ".join(lines)


@pytest.mark.parametrize("by", ["coder", "source", "design", None])
def test_no_number_is_cut_where_the_terminal_is_narrow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], by: str | None
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    apart = ["--by", by] if by else []
    _, out, _ = run(monkeypatch, capsys, QUESTIONS / "evidence", "--coverage", *apart)
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= 80
    found = coverage.coverage([QUESTIONS / "evidence"], by)
    (case,) = (one for one in found.slots if (one.slot, one.group) == ("claim.case", "all"))
    first = next(line.split() for line in out.splitlines() if line.split()[:1] in (["claim.case"], ["all"]))
    assert first[1:3] in ([str(case.filled), str(case.of)], [str(case.of), f"{case.share * 100:.0f}"])


def test_many_groups_stand_below_each_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, QUESTIONS / "evidence", "--coverage", "--by", "source")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 0
    found = coverage.coverage([QUESTIONS / "evidence"], "source")
    starts = [line.split()[0] for line in lines if line and line.split()[0] in ("all", *found.groups)]
    assert starts == ["all", *found.groups]
    adeyemi = next(line for line in lines if line.startswith("adeyemi2020"))
    assert adeyemi == "adeyemi2020 2 0 50 50 50 100 100 0 50"


def test_as_csv_and_json_every_slot_is_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = coverage.coverage([folder], "layer")
    rows = list(
        csv.DictReader(
            run(monkeypatch, capsys, folder, "--coverage", "--by", "layer", "--format", "csv")[1].splitlines()
        )
    )
    assert len(rows) == len(found.rows)
    assert rows[0] == {
        "slot": "claim.case",
        "group": "all",
        "filled": "1",
        "of": "3",
        "share": "0.333",
        "among": "claims",
    }
    out = run(monkeypatch, capsys, folder, "--coverage", "--by", "layer", "--format", "json")[1]
    assert json.loads(out) == found.to_json()


def test_a_file_that_is_wrong_is_not_counted_and_that_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = folder / "wrong2020.yaml"
    wrong.write_text("source: wrong2020\n", encoding="utf-8")
    code, out, err = run(monkeypatch, capsys, folder, "--coverage", "--format", "csv")
    assert (code, err.splitlines(keepends=True)[-1]) == (
        1,
        f"kg: not counted, since something in it is wrong: {wrong}; kg check says what.\n",
    )
    assert "claim.case,all,1,3,0.333,claims" in out


def test_by_alone_is_refused_with_what_it_goes_with(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, capsys, folder, "--by", "coder")[::2] == (
        2,
        "kg: --by goes with --coverage: kg check --coverage --by coder\n",
    )


def test_coverage_needs_neither_the_graph_nor_what_builds_it() -> None:
    import subprocess

    code = "import sys, kg.coverage; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"rdflib", "pyshacl", "owlready2", "networkx", "nltk"} & set(loaded.split()) == set()
