"""Evidence as sheets: out and in again the same, and each fault at its cell and nowhere else."""

from __future__ import annotations

import datetime
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package, system
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from kg import evidence, scheme, writing
from kg.errors import EvidenceError, UsageError
from kg.export import examples, meanings, selection, workbook
from kg.export.instructions import INSTRUCTIONS
from kg.findings import Finding, Severity
from kg.intake import cells, sheets
from kg.intake import workbook as intake
from kg.intake.arrival import Arrival, Manner, Tally
from kg.records import Source, Studies, Theories
from tests.conftest import SHIPPED, TINY

EVERYTHING = Source.model_validate(
    {
        "source": "abara2019",
        "type": "interview",
        "title": "=HYPERLINK(1)",
        "authors": ["Abara, N.; Smith, J.", "back\\slash", "-dash"],
        "year": 2019,
        "journal": "_x0041_ Journal",
        "doi": "10.1234/x",
        "pmid": "123",
        "pmcid": "PMC123",
        "url": "https://example.org/a?b=1#c",
        "design": "case-study",
        "study": "s1",
        "document": "abara2019.txt",
        "publishable": False,
        "codings": [
            {
                "coder": "ada",
                "method": "manual",
                "checked_by": ["+bo"],
                "read": ["table 1 (first; second)"],
                "note": "'=not a formula",
                "recorded_as": {
                    "title": "Other",
                    "authors": [],
                    "year": None,
                    "journal": None,
                    "doi": "10.1234/y",
                    "pmid": None,
                    "pmcid": "PMC1",
                    "url": "http://example.org",
                    "design": None,
                    "type": "report",
                },
                "cases": [
                    {
                        "id": "0012",
                        "label": "1-2",
                        "type": "#REF!",
                        "countries": ["UGA", "GBR"],
                        "organisations": ["(none)"],
                        "start": 2001,
                        "end": 2002,
                        "focus": "health",
                    },
                    {"id": "known-none", "label": "x", "organisations": []},
                ],
                "claims": [
                    {
                        "id": "c1",
                        "case": "0012",
                        "contexts": [
                            {
                                "factor": "trust",
                                "state": "high",
                                "influence": "enables",
                                "level": "individual",
                                "note": "two\nlines",
                            },
                            *({"factor": "conflict"} for _ in range(6)),
                        ],
                        "mechanisms": [
                            {
                                "factor": "trust",
                                "state": "present",
                                "firing": "weak",
                                "resource": "@visits",
                                "reasoning": "tab\tbed",
                                "basis": "coder",
                                "reasoners": ["funder", "ngo"],
                                "note": "n",
                            },
                            {"factor": "commitment"},
                        ],
                        "joined_by": "sequence",
                        "actors": [{"kind": "ngo", "perspective": "both", "note": "n"}, "funder"],
                        "outcome": {"factor": "equity", "direction": "varied", "desired": "wanted", "note": "n"},
                        "effect": "mixed",
                        "effect_kind": "contingent",
                        "status": "refined",
                        "evidence": [
                            {
                                "locator": "p. 1",
                                "layer": "author",
                                "explicitness": "stated",
                                "paraphrase": "p",
                                "quote": " edge ",
                                "selector": {"start": 0, "end": 6, "prefix": "x ", "suffix": " y"},
                                "speaker": "nurse",
                                "statistic": {"measure": "OR", "value": "1.50", "interval": "1–2", "n": 0},
                                "relevance": {"judged": "high", "reason": "r"},
                                "richness": {"judged": "thick", "reason": "r"},
                                "rigour": {"judged": "low", "reason": "r"},
                            },
                            {"locator": "p. 2"},
                        ],
                        "heuristic": "CMO",
                        "inference": "retroduction",
                        "rival_explanation": "luck",
                        "theories": [
                            {"theory": "t1", "relation": "refines"},
                            {"theory": "t2", "relation": "supports"},
                        ],
                        "links": [
                            {"to": "c2", "kind": "rivals", "explicitness": "stated", "feedback": False},
                            {"to": "abara2018/ada/c1"},
                        ],
                    },
                    {
                        "id": "c2",
                        "mechanisms": [{"factor": "trust"}],
                        "actors": ["ngo", "funder"],
                        "outcome": {"factor": "equity"},
                        "effect": "supports",
                        "status": "proposed",
                        "evidence": [{"locator": "p. 3"}],
                        "links": ["c1", "abara2018/ada/c1"],
                    },
                ],
            },
            {"coder": "bo"},
        ],
    }
)
"""A source that says something in every slot, and much that spreadsheets take for something else."""
STUDIES = Studies.model_validate({"studies": [{"id": "s1", "label": "S", "includes": ["a", "b"], "note": "n"}]})
THEORIES = Theories.model_validate(
    {
        "theories": [
            {
                "id": "t1",
                "label": "T",
                "if": "i",
                "then": "t",
                "because": "b",
                "version": "1.0",
                "revision_of": "t0",
                "draws_on": ["x", "y; z"],
                "source": "abara2019",
            }
        ]
    }
)
Write = Callable[..., None]


def shipped() -> tuple[list[Source], Studies]:
    units, _ = evidence.find_units(SHIPPED)
    read = [evidence.read(unit).record for unit in units]
    (studies,) = [record for record in read if isinstance(record, Studies)]
    return [record for record in read if isinstance(record, Source)], studies


@pytest.fixture(scope="module")
def corpus_of_shipped() -> tuple[list[Source], Studies]:
    return shipped()


def out(how: str, folder: Path, sources: Iterable[Source], *shared: Any) -> Path:
    """Evidence written as a workbook or as CSV files."""
    place = folder / ("book.xlsx" if how == "xlsx" else "book")
    write: Write = workbook.write if how == "xlsx" else workbook.write_csv
    write(sources, place, *shared)
    return place


def brief(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return sorted((finding.spot, finding.rule) for finding in findings)


HOWS = pytest.mark.parametrize("how", ["xlsx", "csv"])


# Out and in again


@HOWS
def test_the_shipped_evidence_comes_back_the_same(
    how: str, tmp_path: Path, corpus_of_shipped: tuple[list[Source], Studies]
) -> None:
    sources, studies = corpus_of_shipped
    arrival = intake.read(out(how, tmp_path, sources, studies))
    assert arrival.findings == ()
    assert arrival.manner == Manner.update
    assert arrival.tallies == (
        Tally("sources", 133, 133, 0),
        Tally("codings", 187, 187, 0),
        Tally("cases", 151, 151, 0),
        Tally("claims", 1199, 1199, 0),
        Tally("studies", 5, 5, 0),
    )
    for before, after in zip(sources, arrival.sources, strict=True):
        assert after == before
        assert writing.text_of(after) == writing.text_of(before)  # which also tells what was not seen from nothing
    assert arrival.studies == studies


@HOWS
def test_every_slot_comes_back_the_same(how: str, tmp_path: Path) -> None:
    arrival = intake.read(out(how, tmp_path, [EVERYTHING], STUDIES, THEORIES))
    assert arrival.findings == ()
    (source,) = arrival.sources
    assert writing.text_of(source) == writing.text_of(EVERYTHING)
    assert source == EVERYTHING
    assert source.codings[0].recorded_as is not None
    assert "journal" in source.codings[0].recorded_as.model_fields_set
    assert (arrival.studies, arrival.theories) == (STUDIES, THEORIES)


def test_every_column_is_of_use() -> None:
    """The source that says everything fills every column, so that each has been out and in again."""
    from kg.export.rows import filled

    for name, table in filled([EVERYTHING], STUDIES, THEORIES).items():
        used = {column for row in table.rows for column in row}
        alone = {column.name for column in table.layout.columns() if column.number < 2}
        assert alone - used == set(), name
        for group in table.layout.groups.values():
            assert {column.name for column in group.numbered(1)} <= used


TEXTS = st.text(
    alphabet=st.one_of(st.sampled_from(list("abc ;\\'\"=+-@,()_x0041\n\t#é😀")), st.characters(codec="utf-8")),
    min_size=1,
).map(lambda text: "".join(one for one in text if one.isprintable() or one in "\n\t").strip(" \n\t"))
TEXTS = TEXTS.map(lambda text: "".join(text.split("\ufeff")).strip()).filter(bool)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4), how=st.sampled_from(["xlsx", "csv"]))
def test_any_text_comes_back_the_same(tmp_path: Path, texts: list[str], how: str) -> None:
    claim = EVERYTHING.codings[0].claims[1]
    item = claim.evidence[0].model_copy(update={"quote": f" {texts[0]}", "paraphrase": texts[-1]})
    coding = EVERYTHING.codings[0].model_copy(
        update={"note": texts[0], "read": texts, "claims": [claim.model_copy(update={"evidence": [item], "links": []})]}
    )
    source = EVERYTHING.model_copy(update={"authors": texts, "codings": [coding]})
    arrival = intake.read(out(how, tmp_path, [source]))
    assert arrival.errors == ()
    assert arrival.sources == (source,)


def test_a_text_too_long_for_excel_is_told_and_not_cut(tmp_path: Path) -> None:
    long = EVERYTHING.model_copy(update={"title": "x" * 32_768})
    with pytest.raises(EvidenceError) as caught:
        workbook.write([long], tmp_path / "book.xlsx")
    assert [(one.rule, one.subject) for one in caught.value.findings] == [("too-long", "abara2019")]
    assert not (tmp_path / "book.xlsx").exists()
    assert intake.read(out("csv", tmp_path, [long])).sources == (long,)


@pytest.mark.parametrize("corpus", [TINY, SHIPPED])
def test_frictionless_accepts_the_package(corpus: Path, tmp_path: Path) -> None:
    units, _ = evidence.find_units(corpus)
    read = [evidence.read(unit).record for unit in units]
    sources = [record for record in read if isinstance(record, Source)]
    out("csv", tmp_path, sources)
    report = Package(str(tmp_path / "book" / "datapackage.json")).validate()
    assert report.flatten(["title", "type", "note"]) == []
    assert report.valid
    package = json.loads((tmp_path / "book" / "datapackage.json").read_text())
    claims = next(one for one in package["resources"] if one["name"] == "claims")
    assert claims["schema"]["primaryKey"] == ["source", "coder", "id"]
    fields = {field["name"]: field for field in claims["schema"]["fields"]}
    assert fields["effect"]["constraints"] == {
        "required": True,
        "enum": ["supports", "hinders", "mixed", "no-effect"],
    }
    assert fields["evidence_1_selector_start"]["type"] == "integer"


def test_frictionless_refuses_what_breaks_the_schema(tmp_path: Path) -> None:
    place = out("csv", tmp_path, [EVERYTHING])
    text = (place / "claims.csv").read_text(encoding="utf-8-sig")
    broken = text.replace(",mixed,", ",mixd,").replace("abara2019,ada,c2", "nobody,ada,c2")
    (place / "claims.csv").write_text(broken, encoding="utf-8-sig")
    report = Package(str(place / "datapackage.json")).validate()
    assert {kind for (kind,) in report.flatten(["type"])} == {"constraint-error", "foreign-key"}


def test_a_formula_is_text_in_every_form(tmp_path: Path) -> None:
    book = load_workbook(out("xlsx", tmp_path, [EVERYTHING]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type in ("f", "e")]
    place = out("csv", tmp_path, [EVERYTHING], STUDIES, THEORIES)
    for path in place.glob("*.csv"):
        assert not re.findall(r"(?:^|,|\n)\"?[=+@\t-]", path.read_text(encoding="utf-8-sig")), path.name


# The template


def test_the_template_is_for_somebody_who_knows_only_excel(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    workbook.template(path)
    book: Any = load_workbook(path)
    assert book.sheetnames == ["instructions", *sheets.layouts(), "vocabulary"]
    assert book["vocabulary"].sheet_state == "visible"
    listed = {
        column[0].value: [cell.value for cell in column[1:] if cell.value] for column in book["vocabulary"].columns
    }
    assert len(listed) == book["vocabulary"].max_column
    words = scheme.load()
    assert listed["factors"] == sorted(words.factors)
    assert listed["actors"] == sorted(words.actors)
    assert dict(zip(listed["countries"], listed["names of countries"], strict=True)) == words.countries
    claims = book["claims"]
    headings = {cell.value: cell for cell in claims[1]}
    assert claims.freeze_panes == "D2"
    assert all(cell.comment and cell.comment.text for cell in headings.values())
    assert {book[name].column_dimensions["A"].number_format for name in sheets.layouts()} == {"@"}
    lists: dict[str, Any] = {}
    for check in claims.data_validations.dataValidation:
        for area in check.sqref.ranges:
            lists[claims.cell(1, area.min_col).value] = check
    assert [name for name in lists if name.startswith("context_1")] == [
        "context_1",
        "context_1_state",
        "context_1_influence",
    ]
    where = re.fullmatch(r"vocabulary!\$([A-Z]+)\$2:\$\1\$(\d+)", lists["effect"].formula1)
    assert where
    offered = [cell.value for cell in book["vocabulary"][where.group(1)][1 : int(where.group(2))]]
    assert offered == ["supports", "hinders", "mixed", "no-effect"]
    assert lists["evidence_1_selector_start"].type == "whole"


def test_an_export_says_how_it_was_coded_where_a_machine_had_a_part(tmp_path: Path) -> None:
    found, _ = selection.sources(TINY, None, owner=False)
    told = (
        "2 of 7 codings are machine-assisted; 5 of 7 were not checked by a second person or by the authors of a source."
    )
    by_hand = [source for source in found if source.source == "abara2019"]
    for sources, said in ((found, told), (by_hand, "")):
        workbook.write(iter(sources), tmp_path / "a.xlsx")
        sheet = load_workbook(tmp_path / "a.xlsx")["instructions"]
        lines = [sheet.cell(number, 1).value for number in (1, 2)]
        assert lines == ["How to fill in this workbook", said or INSTRUCTIONS[1]]
        workbook.write_csv(iter(sources), tmp_path / "csv")
        package = json.loads((tmp_path / "csv" / "datapackage.json").read_text(encoding="utf-8"))
        assert package.get("description", "") == said
    workbook.template(tmp_path / "a.xlsx")
    assert load_workbook(tmp_path / "a.xlsx")["instructions"]["A2"].value == INSTRUCTIONS[1]


def test_the_examples_are_passed_over_and_would_be_sound(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    workbook.template(path)
    arrival = intake.read(path)
    assert (arrival.sources, arrival.errors, arrival.theories) == ((), (), None)
    assert [(one.severity.value, one.rule) for one in arrival.findings] == [("note", "example")]
    assert {tally.came for tally in arrival.tallies} == {0}
    book = load_workbook(path)
    for sheet in book:
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if isinstance(cell.value, str) and sheet.title != "instructions":
                    cell.value = cell.value.replace("EXAMPLE-", "")
    book.save(path)
    arrival = intake.read(path)
    assert arrival.findings == ()
    assert len(arrival.sources[0].codings[0].claims) == len(examples.SOURCE.codings[0].claims)


def test_everything_is_explained() -> None:
    for layout in sheets.layouts().values():
        named = [*layout.columns(), *(column for group in layout.groups.values() for column in group.numbered(1))]
        for column in named:
            told = meanings.meaning(column, layout)
            assert told.count("NEEDED") == column.needed, column.name
    whole = "\n".join(INSTRUCTIONS)
    assert all(f"{name}: " in whole for name in sheets.layouts())
    assert cells.NONE in whole
    assert cells.UNSEEN in whole


# A hundred errors of twenty kinds


class Sheets:
    """A workbook that a test may spoil, cell by cell and each row but once."""

    def __init__(self, path: Path) -> None:
        self.book: Any = load_workbook(path)
        self.columns: dict[str, dict[Any, Any]] = {
            sheet.title: {cell.value: cell.column for cell in sheet[1]} for sheet in self.book
        }
        linked = {one for _, row in self._rows("claims") for one in str(self.of("claims", row, "links")).split("; ")}
        self._free = {name: iter(self._unlinked(name, linked)) for name in ("sources", "cases", "claims")}

    def _rows(self, sheet: str) -> Iterator[tuple[int, int]]:
        return ((at, at) for at in range(2, self.book[sheet].max_row + 1))

    def _unlinked(self, sheet: str, linked: set[str]) -> Iterator[int]:
        for row, _ in self._rows(sheet):
            if sheet != "claims" or (self.of(sheet, row, "id") not in linked and not self.of(sheet, row, "links")):
                yield row

    def of(self, sheet: str, row: int, column: str) -> Any:
        return self.book[sheet].cell(row, self.columns[sheet][column]).value

    def put(self, sheet: str, row: int, column: str, value: Any) -> str:
        cell = self.book[sheet].cell(row, self.columns[sheet][column])
        cell.value = value
        return f"{sheet}!{cell.coordinate}"

    def row(self, sheet: str) -> int:
        return next(self._free[sheet])


def unknown_source(book: Sheets, number: int) -> str:
    return book.put("claims", book.row("claims"), "source", f"nobody{number}")


def unknown_coder(book: Sheets, number: int) -> str:
    return book.put("claims", book.row("claims"), "coder", f"nobody{number}")


def cell(sheet: str, column: str, value: Any) -> Callable[[Sheets, int], str]:
    return lambda book, number: book.put(sheet, book.row(sheet), column, value)


def no_mechanism(book: Sheets, number: int) -> str:
    row = book.row("claims")
    for column in book.columns["claims"]:
        if column.startswith("mechanism_"):
            book.put("claims", row, column, None)
    return book.put("claims", row, "mechanism_1", None)


def self_link(book: Sheets, number: int) -> str:
    row = book.row("claims")
    return book.put("claims", row, "links", book.of("claims", row, "id"))


def twice(book: Sheets, number: int) -> str:
    """The next row that follows one of the same coding gets its id."""
    while True:
        row = book.row("claims")
        before = row - 1
        same = all(book.of("claims", row, key) == book.of("claims", before, key) for key in ("source", "coder"))
        if same and before not in book.__dict__.setdefault("doubled", set()):
            book.__dict__["doubled"].add(row)
            return book.put("claims", row, "id", book.of("claims", before, "id"))


def wrong_kind(book: Sheets, number: int) -> str:
    row = book.row("claims")
    book.put("claims", row, "effect", "supports")
    return book.put("claims", row, "effect_kind", "not-fired")


def ends_before(book: Sheets, number: int) -> str:
    row = book.row("cases")
    book.put("cases", row, "start", 2010)
    return book.put("cases", row, "end", 2009)


KINDS: dict[str, tuple[str, Callable[[Sheets, int], str]]] = {
    "unknown factor of a context": ("unknown-factor", cell("claims", "context_1", "trsut")),
    "unknown outcome": ("unknown-factor", cell("claims", "outcome", "equty")),
    "unknown actor": ("unknown-actor", cell("claims", "actors", "funder; nurse-x")),
    "unknown country": ("unknown-country", cell("cases", "countries", "GBR; Ugnada")),
    "unknown effect": ("enum", cell("claims", "effect", "suports")),
    "no status": ("missing", cell("claims", "status", None)),
    "no outcome": ("missing", cell("claims", "outcome", None)),
    "no locator": ("missing", cell("claims", "evidence_1_locator", None)),
    "outcome without mechanism": ("missing", no_mechanism),
    "unknown case": ("unknown-case", cell("claims", "case", "nowhere")),
    "unknown linked claim": ("unknown-claim", cell("claims", "links", "nowhere")),
    "linked to itself": ("self-link", self_link),
    "unknown source": ("unknown-source", unknown_source),
    "unknown coder": ("unknown-coder", unknown_coder),
    "id twice": ("repeated-id", twice),
    "effect kind that does not fit": ("effect-kind", wrong_kind),
    "end before start": ("end-before-start", ends_before),
    "impossible year": ("impossible-year", cell("sources", "year", 3019)),
    "malformed DOI": ("malformed", cell("sources", "doi", "doi:10.1234/x")),
    "address that runs a script": ("malformed", cell("sources", "url", "javascript:alert(1)")),
}


def test_a_hundred_errors_of_twenty_kinds_are_told_at_their_cells_and_nothing_else(
    tmp_path: Path, corpus_of_shipped: tuple[list[Source], Studies]
) -> None:
    path = out("xlsx", tmp_path, corpus_of_shipped[0])
    book = Sheets(path)
    planted = [(plant(book, number), rule) for rule, plant in KINDS.values() for number in range(5)]
    book.book.save(path)
    assert len({spot for spot, _ in planted}) == 100
    arrival = intake.read(path)
    assert brief(arrival.errors) == sorted(planted)
    assert all(finding.what and finding.remedy and finding.file == str(path) for finding in arrival.errors)
    assert {finding.rule for finding in arrival.findings if finding.severity != Severity.error} == {"waiting"}
    by_rule = {finding.rule: finding for finding in arrival.errors}
    assert "trust" in next(one.remedy for one in arrival.errors if "trsut" in one.what)
    assert "UGA" in by_rule["unknown-country"].remedy
    assert by_rule["missing"].remedy == "Fill it in: every row needs it."
    assert re.search(r"rows \d+ and \d+", by_rule["repeated-id"].what)
    claims = next(tally for tally in arrival.tallies if tally.what == "claims")
    assert claims.came == 1199
    waiting = sum(int(one.what.split()[0]) for one in arrival.findings if one.rule == "waiting")
    came, kept = sum(one.came for one in arrival.tallies), sum(one.kept for one in arrival.tallies)
    assert kept > 0
    assert came - kept <= 100 + waiting

    workbook.annotate(path, arrival.findings, tmp_path / "marked.xlsx")
    marked = load_workbook(tmp_path / "marked.xlsx")
    commented = {
        f"{sheet.title}!{one.coordinate}"
        for sheet in marked
        for row in sheet.iter_rows(min_row=2)
        for one in row
        if one.comment and "ERROR" in one.comment.text and one.fill.fgColor.rgb == "FFF8CBAD"
    }
    assert commented == {spot for spot, _ in planted}
    assert marked["findings"].max_row == len(arrival.findings) + 1
    assert brief(intake.read(tmp_path / "marked.xlsx").errors) == sorted(planted)


# Single faults


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The CSV files of the source that says everything."""
    return out("csv", tmp_path, [EVERYTHING], STUDIES, THEORIES)


def change(folder: Path, name: str, old: str, new: str) -> Arrival:
    path = folder / f"{name}.csv"
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8-sig")
    return intake.read(folder)


@pytest.mark.parametrize(
    ("sheet", "old", "new", "spot", "rule", "remedy"),
    [
        ("claims", "context_1_state", "contxt_1_state", "F1", "unknown-column", "Did you mean context_1_state"),
        ("claims", "context_2,", "Context 1,", "J1", "repeated-heading", "Call them differently"),
        ("sources", ",false", ",maybe", "N2", "bool-type", "Write true or false."),
        ("sources", "2019,_x", "MMXIX,_x", "E2", "int-type", "Write a whole number."),
        ("sources", ",123,", ",PMID 123,", "H2", "malformed", "digits only"),
        ("sources", "abara2019,interview", "a/b,interview", "A2", "file-name", "surname and year"),
        ("theories", "t1,T", ",T", "A2", "missing", "Fill it in"),
        ("theories", "t1,T", "t0,T", "A2", "self-link", "Name another."),
        ("codings", "abara2019,bo", "abara2019,ada", "B3", "repeated-id", "an id of its own"),
    ],
)
def test_a_fault_is_told_at_its_cell(
    small: Path, sheet: str, old: str, new: str, spot: str, rule: str, remedy: str
) -> None:
    arrival = change(small, sheet, old, new)
    found = [one for one in arrival.errors if one.file == str(small / f"{sheet}.csv") and one.rule == rule]
    if rule == "self-link":
        spot = "G2"
    assert [(one.spot, one.rule) for one in found] == [(spot, rule)]
    assert remedy in found[0].remedy


def test_a_column_that_is_missing_is_told_once(small: Path) -> None:
    arrival = change(small, "claims", ",status,", ",,")
    assert ("A1", "missing-column") in brief(arrival.errors)
    assert not [one for one in arrival.errors if one.rule == "missing"]


def test_a_sheet_that_is_missing_or_misspelt_is_told(small: Path) -> None:
    (small / "claims.csv").rename(small / "claim.csv")
    (found,) = intake.read(small).errors
    assert (found.rule, found.remedy) == ("unknown-sheet", "Did you mean claims?")
    (small / "claim.csv").rename(small / "claims.csv")
    (small / "codings.csv").unlink()
    assert "missing-sheet" in {one.rule for one in intake.read(small).errors}
    (small / "notes on the weather.csv").write_text("a\n1\n")
    assert [one.severity.value for one in intake.read(small).findings if one.rule == "unknown-sheet"] == ["warning"]


def test_a_misspelt_source_in_the_row_of_a_coding_is_one_fault(small: Path) -> None:
    arrival = change(small, "codings", "abara2019,ada", "abra2019,ada")
    assert [(Path(one.file).name, one.spot, one.rule) for one in arrival.errors] == [
        ("codings.csv", "A2", "unknown-source")
    ]
    assert arrival.errors[0].remedy == "Did you mean abara2019?"


def test_a_source_whose_only_coding_misspells_it_is_one_fault(tmp_path: Path) -> None:
    one = EVERYTHING.model_copy(update={"codings": [EVERYTHING.codings[0]]})
    arrival = change(out("csv", tmp_path, [one]), "codings", "abara2019,ada", "abra2019,ada")
    assert brief(arrival.errors) == [("A2", "unknown-source")]
    arrival = change(tmp_path / "book", "codings", "abra2019,ada", "somebody-else,ada")
    assert {(Path(found.file).stem, found.spot, found.rule) for found in arrival.errors} == {
        ("codings", "A2", "unknown-source"),
        ("sources", "A2", "too-short"),
        ("cases", "B2", "unknown-coder"),
        ("claims", "B2", "unknown-coder"),
    }


def test_a_reference_to_a_row_with_a_fault_of_its_own_is_no_fault(small: Path) -> None:
    arrival = change(small, "cases", "abara2019,ada,0012", "abra2019,ada,0012")
    assert [(Path(found.file).stem, found.spot) for found in arrival.errors] == [("cases", "A2")]
    arrival = change(small, "cases", "abra2019,ada,0012", "abara2019,ada,0013")
    assert [(Path(found.file).stem, found.rule) for found in arrival.errors] == [("claims", "unknown-case")]


@pytest.mark.parametrize(
    ("column", "text", "rule"),
    [
        ("context_4_state", "hgh", "enum"),
        ("context_7", "trsut", "unknown-factor"),
        ("mechanism_2_firing", "maybe", "enum"),
        ("mechanism_2_reasoners", "ngo; nurse-x", "unknown-actor"),
        ("actor_2", "nurse-x", "unknown-actor"),
        ("actor_2_perspective", "mine", "enum"),
        ("evidence_2_selector_start", "-1", "greater-than-equal"),
        ("evidence_2_statistic_n", "many", "int-type"),
        ("evidence_2_statistic_measure", "", "missing"),
        ("evidence_2_rigour_reason", "", "missing"),
        ("theory_2_relation", "loves", "enum"),
        ("link_2", "nowhere", "unknown-claim"),
        ("link_2_feedback", "perhaps", "bool-type"),
        ("outcome_direction", "up", "enum"),
    ],
)
def test_faults_of_numbered_columns_are_told_there_though_others_are_empty(
    tmp_path: Path, column: str, text: str, rule: str
) -> None:
    claim = EVERYTHING.codings[0].claims[0]
    full = claim.evidence[0].model_copy(update={"selector": None})
    coding = EVERYTHING.codings[0].model_copy(
        update={"claims": [claim.model_copy(update={"evidence": [full, full]}), EVERYTHING.codings[0].claims[1]]}
    )
    path = out("xlsx", tmp_path, [EVERYTHING.model_copy(update={"codings": [coding]})])
    book = Sheets(path)
    sheet = book.book["claims"]
    if column not in book.columns["claims"]:
        book.columns["claims"][column] = sheet.max_column + 1
        sheet.cell(1, sheet.max_column + 1, column)
    for heading in book.columns["claims"]:  # the entries then are fewer than their numbers say
        if heading.startswith(("context_2", "context_3")):
            book.put("claims", 2, heading, None)
    if column.startswith("actor"):
        book.put("claims", 2, "actors", "researcher; teacher")
    spot = book.put("claims", 2, column, text or None)
    if column == "evidence_2_selector_start":
        book.put("claims", 2, "evidence_2_selector_end", 5)
    book.book.save(path)
    arrival = intake.read(path)
    assert brief(arrival.errors) == [(spot, rule)]
    assert [tally.kept for tally in arrival.tallies if tally.what == "claims"] == [1]


def test_rows_that_say_the_same_of_what_is_unknown_are_one_fault(small: Path) -> None:
    arrival = change(small, "claims", "abara2019,ada", "abara2019,aad")
    (found,) = arrival.errors
    assert (found.spot, found.remedy) == ("B2", "Did you mean ada?")
    assert "2 rows say so" in found.what
    assert [place.file for place in found.related] == [f"{small / 'claims.csv'}, B3"]


def test_other_faults_of_a_row_that_belongs_nowhere_are_told_with_it(small: Path) -> None:
    change(small, "claims", "abara2019,ada,c2", "nobody,ada,c2")
    arrival = change(small, "claims", ",proposed,", ",propsed,")
    assert {one.rule for one in arrival.errors} >= {"unknown-source", "enum"}


def test_a_cell_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    path = out("xlsx", tmp_path, [EVERYTHING])
    book = Sheets(path)
    spot = book.put("claims", 3, "effect", "=A1")
    book.book.save(path)
    arrival = intake.read(path)
    assert brief(arrival.errors) == [(spot, "formula")]
    assert [tally.kept for tally in arrival.tallies if tally.what == "claims"] == [1]


def test_a_date_is_told_at_each_cell_that_excel_made_one_of(tmp_path: Path) -> None:
    path = out("xlsx", tmp_path, [EVERYTHING])
    book = Sheets(path)
    day = datetime.date(2024, 4, 6)
    spots = [book.put("claims", row, "evidence_1_locator", day) for row in (2, 3)]
    spots += [book.put("claims", 3, "effect", day), book.put("sources", 2, "year", day)]
    book.book.save(path)
    arrival = intake.read(path)
    assert brief(arrival.findings) == sorted([*((spot, "date") for spot in spots), ("sources!A2", "waiting")])
    found = {one.spot: one for one in arrival.errors}
    locator, year = found[spots[0]], found[spots[3]]
    assert locator.what == "Excel holds the date 2024-04-06 here, and evidence_1_locator is text."
    assert locator.remedy == "Format the cell as text and type it anew."
    assert year.what.endswith("and year is a whole number.")
    assert arrival.sources == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("abstract, results", ["abstract, results"]),
        ("Abstract; table 1, discussion", ["table 1, discussion"]),
        ("abstract; results", []),
        ("chapter 2, introduction; table 1 (rows 1, 2)", []),
        ("results, section on asymmetries", []),
    ],
)
def test_parts_that_commas_separate_are_told(tmp_path: Path, text: str, told: list[str]) -> None:
    arrival = spoilt(tmp_path, "codings", "read", text)
    assert [(one.spot, one.severity.value, one.what) for one in arrival.findings] == [
        ("codings!E2", "warning", f"“{one}” is read as one part.") for one in told
    ]
    assert {one.remedy for one in arrival.findings} <= {"Separate parts by “; ”."}
    assert len(arrival.sources) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Lee K, Osei A",
        "Lee K., van der Berg A.B.",
        "K. Lee, A. Osei",
        "Lee, K., Osei, A.",
        "Kim Lee, Ama Osei, Jo Abara",
    ],
)
def test_people_whom_commas_separate_are_told(tmp_path: Path, text: str) -> None:
    (found,) = spoilt(tmp_path, "sources", "authors", text).findings
    assert (found.spot, found.what) == ("sources!D2", f"“{text}” is read as one author.")


@pytest.mark.parametrize(
    "text",
    ["Abara, Ngozi", "Garcia Lopez, Ana Maria", "Lee, K. A.", "Brown, A., Jr.", "Lee K; Osei A", "Health, Ministry of"],
)
def test_one_author_with_commas_is_no_fault(tmp_path: Path, text: str) -> None:
    assert spoilt(tmp_path, "sources", "authors", text).findings == ()


@pytest.mark.parametrize(
    ("sheet", "column", "text", "remedy"),
    [
        ("claims", "actors", "teacher, funder", "teacher; funder"),
        ("cases", "countries", "Great Britain, XYZ", "Great Britain; XYZ"),
        ("claims", "links", "c1, c2", "c1; c2"),
    ],
)
def test_what_commas_separate_in_a_list_is_told_so(
    tmp_path: Path, sheet: str, column: str, text: str, remedy: str
) -> None:
    (found,) = spoilt(tmp_path, sheet, column, text).errors
    assert (found.what, found.remedy) == (f"“{text}” is read as one.", f"Separate them by “; ”: {remedy}.")


def test_how_words_of_a_list_are_spelt_makes_no_difference(tmp_path: Path) -> None:
    path = out("xlsx", tmp_path, [EVERYTHING])
    book = Sheets(path)
    for sheet, column, text in (
        ("sources", "type", " Interview"),
        ("sources", "design", "Case study"),
        ("cases", "countries", "Uganda; gbr"),
        ("claims", "context_1", "Trust "),
        ("claims", "outcome", "EQUITY"),
        ("claims", "effect_kind", "Contingent"),
        ("claims", "mechanism_1_reasoners", "Funder; NGO"),
    ):
        book.put(sheet, 2, column, text)
    book.book.save(path)
    arrival = intake.read(path)
    (note,) = arrival.findings
    assert (note.severity, note.rule) == (Severity.note, "spelling")
    assert note.what == "7 cells are read in the spelling of the list, the first of them “Interview” in sources!B2."
    (case,) = [case for coding in arrival.sources[0].codings for case in coding.cases if case.id == "0012"]
    assert case.countries == ["UGA", "GBR"]
    assert arrival.sources[0].codings[0].claims[0].mechanisms[0].reasoners == ["funder", "ngo"]


def test_concepts_are_understood_by_their_labels(tmp_path: Path) -> None:
    arrival = spoilt(tmp_path, "claims", "mechanism_1", "Staff Turnover")
    assert [one.rule for one in arrival.findings] == ["spelling"]
    assert arrival.sources[0].codings[0].claims[0].mechanisms[0].factor == "staff-turnover"


@pytest.mark.parametrize(
    ("column", "what", "remedy"),
    [
        ("outcome", "“Equity; participation”: a claim has one outcome.", "Make a row for each."),
        ("mechanism_1", "“Equity; participation”: mechanism_1 names one.", "Write the second in mechanism_3."),
        ("context_7", "“Equity; participation”: context_7 names one.", "Write the second in context_8."),
    ],
)
def test_several_concepts_where_one_belongs_are_told_with_where_the_second_goes(
    tmp_path: Path, column: str, what: str, remedy: str
) -> None:
    (found,) = spoilt(tmp_path, "claims", column, "Equity; participation").errors
    assert (found.what, found.remedy) == (what, remedy)


@pytest.mark.parametrize(
    ("sheet", "column", "text", "remedy"),
    [
        ("claims", "actors", "zzz", "See column actors of the sheet vocabulary."),
        ("claims", "actors", "fundre", "Did you mean funder? See column actors of the sheet vocabulary."),
        ("cases", "countries", "ZZZ", "See column countries of the sheet vocabulary."),
        ("claims", "context_1", "zzzz", "See column factors of the sheet vocabulary."),
    ],
)
def test_an_unknown_word_is_answered_with_where_the_workbook_lists_them(
    tmp_path: Path, sheet: str, column: str, text: str, remedy: str
) -> None:
    assert [one.remedy for one in spoilt(tmp_path, sheet, column, text).errors] == [remedy]


def test_findings_come_in_the_order_of_sheets_and_columns(tmp_path: Path) -> None:
    path = out("xlsx", tmp_path, [EVERYTHING])
    book = Sheets(path)
    spots = [
        book.put("sources", 2, "year", "x"),
        book.put("codings", 2, "method", "x"),
        book.put("cases", 2, "start", "x"),
        *(book.put("claims", row, "context_1", "zzz") for row in (2, 3)),
        book.put("claims", 2, "status", "x"),
    ]
    book.book.save(path)
    assert [one.spot for one in intake.read(path).errors] == spots
    assert len(spots[-1]) > len(spots[-2])


def test_a_sheet_of_notes_is_told_once_whatever_stands_in_it(tmp_path: Path) -> None:
    path = out("xlsx", tmp_path, [EVERYTHING])
    book = load_workbook(path)
    for name, rows in (("Notes", [["To do"]]), ("More", [["a", "a"], ["x", None, "without a heading"]])):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    headings = [cell.value for cell in book["vocabulary"][1]]
    assert len(headings) == len(set(headings))
    book["vocabulary"]["A1"] = headings[1]
    book.save(path)
    arrival = intake.read(path)
    assert [(one.subject, one.severity.value, one.rule) for one in arrival.findings] == [
        ("More", "warning", "unknown-sheet"),
        ("Notes", "warning", "unknown-sheet"),
    ]
    assert len(arrival.sources) == 1


def spoilt(folder: Path, sheet: str, column: str, value: Any) -> Arrival:
    """What is read of the source that says everything, where the first row of a sheet says something else."""
    path = out("xlsx", folder, [EVERYTHING])
    book = Sheets(path)
    book.put(sheet, 2, column, value)
    book.book.save(path)
    return intake.read(path)


def test_the_order_of_columns_and_how_headings_are_written_do_not_matter(tmp_path: Path) -> None:
    path = out("xlsx", tmp_path, [EVERYTHING], STUDIES, THEORIES)
    book: Any = load_workbook(path)
    for name in sheets.layouts():
        sheet = book[name]
        rows = [list(row)[::-1] for row in sheet.iter_rows(values_only=True)]
        book.remove(sheet)
        turned = book.create_sheet(name.title())
        turned.append([])
        turned.append([str(heading).replace("_", " ").upper() for heading in rows[0]])
        for row in rows[1:]:
            turned.append([])
            for at, value in enumerate(row, 1):
                one = turned.cell(turned._current_row, at, value)
                one.data_type = "n" if isinstance(value, int) else "s" if value is not None else "n"
    book.save(path)
    arrival = intake.read(path)
    assert arrival.findings == ()
    assert arrival.sources == (EVERYTHING,)


def test_a_wrong_call_is_told(tmp_path: Path, small: Path) -> None:
    for place in (small / "claims.csv", tmp_path / "none.xlsx", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(UsageError):
            intake.read(place)
    path = out("xlsx", tmp_path, [EVERYTHING])
    for place, copy in ((small, tmp_path / "x.xlsx"), (path, path)):
        with pytest.raises(UsageError):
            workbook.annotate(place, [], copy)


def test_every_file_that_cannot_be_read_is_told_at_once(small: Path) -> None:
    (small / "claims.csv").write_bytes(b"")
    (small / "cases.csv").write_bytes(b"id\n\xff\n")
    with pytest.raises(EvidenceError) as caught:
        intake.read(small)
    assert [one.rule for one in caught.value.findings] == ["encoding", "empty"]
    assert intake.read(out("csv", small, [EVERYTHING]), "utf-8-sig").errors == ()


def test_a_marked_workbook_keeps_what_was_said_of_a_cell(tmp_path: Path) -> None:
    path = out("xlsx", tmp_path, [EVERYTHING])
    findings = [
        Finding(Severity.error, "x", "f", None, "=wrong\x01", "Mend.", spot="claims!A1"),
        Finding(Severity.warning, "x", "f", None, "odd", spot="claims!A1"),
        Finding(Severity.note, "x", "f", None, "elsewhere", spot="nowhere!A1"),
    ]
    workbook.annotate(path, findings, tmp_path / "marked.xlsx")
    book = load_workbook(tmp_path / "marked.xlsx")
    comment = book["claims"]["A1"].comment
    assert comment is not None
    assert comment.text.startswith("ERROR: =wrong\ufffd Mend.\n\nWARNING: odd\n\nThe source that this row belongs to")
    assert [row[2].value for row in book["findings"].iter_rows(min_row=2)] == ["=wrong\ufffd", "odd", "elsewhere"]
    assert load_workbook(path)["claims"]["A1"].comment.text.startswith("The source")


# Size, and anything at all


def test_ten_thousand_claims_are_read_in_time(tmp_path: Path, corpus_of_shipped: tuple[list[Source], Studies]) -> None:
    many: list[Source] = []
    count = 0
    while count < 10_000:
        for source in corpus_of_shipped[0]:
            many.append(source.model_copy(update={"source": f"{source.source}-{len(many)}"}))
            count += sum(len(coding.claims) for coding in source.codings)
    path = out("xlsx", tmp_path, many)
    start = time.process_time()
    arrival = intake.read(path)
    assert time.process_time() - start < 15
    assert next(tally for tally in arrival.tallies if tally.what == "claims").kept == count
    assert arrival.findings == ()


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(
    cells=st.lists(
        st.tuples(
            st.sampled_from([*sheets.layouts()]),
            st.integers(0, 3),
            st.integers(0, 130),
            st.sampled_from(["", "x", "abara2019", "c1", "trust", "-1", "2019", "(none)", "a;b", "a/b", "context_1"])
            | st.text(max_size=5),
        ),
        max_size=8,
    )
)
def test_whatever_stands_in_cells_is_read_or_told(tmp_path: Path, cells: list[tuple[str, int, int, str]]) -> None:
    import csv

    place = out("csv", tmp_path, [EVERYTHING], STUDIES, THEORIES)
    for name, row, column, text in cells:
        with (place / f"{name}.csv").open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.reader(opened))
        line = rows[min(row, len(rows) - 1)]
        line[min(column, len(line) - 1)] = text.encode("utf-8", "replace").decode()
        with (place / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as opened:
            csv.writer(opened).writerows(rows)
    refused: EvidenceError | None = None
    arrival = None
    try:
        arrival = intake.read(place)
    except EvidenceError as error:
        refused = error
    assert (arrival is None) == (refused is not None)
    if arrival is not None:
        assert Counter(one.spot == "" for one in arrival.errors if one.rule != "missing-sheet")[True] == 0
        lost = sum(tally.reported for tally in arrival.tallies)
        assert not lost or arrival.errors
        assert all(evidence.judge(writing.plain(one), _unit(one)) is not None for one in arrival.sources)


def _unit(source: Source) -> evidence.Unit:
    return evidence.Unit(Path(f"{source.source}.yaml"), f"{source.source}.yaml", 1, b"", b"")


def test_frictionless_is_told_nothing_unsafe() -> None:
    assert system.trusted is False
