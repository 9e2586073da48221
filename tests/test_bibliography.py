"""Bibliographies in and out: what is filled, from where, what is reported, and that nothing is lost on the way."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import rispy  # type: ignore[import-untyped]
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kg import evidence
from kg.errors import EvidenceError, Failure, UsageError
from kg.export import bibliography as exported
from kg.findings import Finding
from kg.intake import bibliography, transaction
from kg.intake.arrival import Arrival, Manner, Tally
from kg.intake.references.reference import FIELDS, Reference
from kg.intake.references.sameness import same
from kg.intake.references.standing import free_id
from kg.records import Source
from tests.conftest import SHIPPED

SOURCE = """\
source: {id}
type: journal-article
{fields}codings:
  - coder: ada
    claims:
      - id: c1
        mechanisms:
          - factor: trust
        outcome:
          factor: equity
        effect: supports
        status: supported
        evidence:
          - locator: table 2
"""


def folder(tmp_path: Path, **sources: str) -> Path:
    """An evidence folder of sources with the bibliographic lines that are given."""
    place = tmp_path / "evidence"
    (place / "sources").mkdir(parents=True)
    for name, fields in sources.items():
        text = SOURCE.format(id=name, fields="".join(f"{line}\n" for line in fields.splitlines()))
        (place / "sources" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return place


def written(tmp_path: Path, name: str, text: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def told(findings: tuple[Finding, ...] | list[Finding], rule: str = "") -> list[tuple[str, int | None, str]]:
    """Rule, line and subject of findings."""
    return [(one.rule, one.line, one.subject) for one in findings if rule in ("", one.rule)]


def fields(reference: Reference) -> dict[str, object]:
    """What a reference says, without where it stands."""
    return {
        name: value
        for name, value in vars(reference).items()
        if value is not None and name not in ("number", "line", "key")
    }


RIS = """\
TY  - JOUR
ID  - Abara_1
AU  - Abara, Ngozi
AU  - van der Lund, Per
TI  - Trust in links:
 a realist synthesis
T2  - Health Policy and Planning
PY  - 2012///
DO  - https://doi.org/10.5555/ABARA.2012
UR  - https://example.org/abara;jsessionid=1
DB  - PubMed
AN  - 1234567
C2  - PMC765432
ER  -
"""
BIBTEX = """\
@article{Abara_1,
  title = {Trust in links: a {R}ealist synth{\\'e}sis},
  author = {Abara, Ngozi and Per van der Lund and {World Health Organization}},
  journal = "Health Policy and Planning",
  year = 2012,
  doi = {10.5555/abara.2012},
  pmid = {1234567}
}
"""
NBIB = """\
PMID- 1234567
OWN - NLM
DP  - 2012 Mar 5
TI  - Trust in links:
      a realist synthesis.
LID - 10.5555/abara.2012 [doi]
FAU - Abara, Ngozi
AU  - Abara N
FAU - van der Lund, Per
AU  - van der Lund P
CN  - Twinning Study Group
TA  - Health Policy Plan
JT  - Health policy and planning
PMC - PMC765432
AID - S0140-6736(12)1 [pii]
SO  - Health Policy Plan. 2012 Mar 5;1(2):3-4. doi: 10.5555/abara.2012.
"""
CSL = [
    {
        "id": "Abara_1",
        "type": "article-journal",
        "title": "Trust in <i>links</i>: a realist synthesis &amp; more",
        "author": [
            {"family": "Abara", "given": "Ngozi"},
            {"family": "Lund", "given": "Per", "non-dropping-particle": "van der"},
            {"literal": "World Health Organization"},
        ],
        "container-title": "Health Policy and Planning",
        "issued": {"date-parts": [["2012", 3, 5]]},
        "DOI": "10.5555/abara.2012",
        "note": "PMID: 1234567\nPMCID: PMC765432",
    }
]
TWO = ("Abara, Ngozi", "van der Lund, Per")

# What each format says


def test_ris_says(tmp_path: Path) -> None:
    found, _ = bibliography.references(written(tmp_path, "a.ris", RIS))
    assert [(one.number, one.line, one.key) for one in found.references] == [(1, 1, "Abara_1")]
    assert fields(found.references[0]) == {
        "title": "Trust in links: a realist synthesis",
        "authors": TWO,
        "year": 2012,
        "journal": "Health Policy and Planning",
        "doi": "10.5555/abara.2012",
        "pmid": "1234567",
        "pmcid": "PMC765432",
        "url": "https://example.org/abara;jsessionid=1",
    }
    assert found.findings == ()


def test_the_number_of_another_database_is_no_pubmed_id(tmp_path: Path) -> None:
    found, _ = bibliography.references(written(tmp_path, "a.ris", RIS.replace("PubMed", "CINAHL")))
    assert found.references[0].pmid is None


def test_what_zotero_keeps_in_a_note_is_read(tmp_path: Path) -> None:
    text = "TY  - JOUR\nTI  - One\nN1  - found by hand\nN1  - PMID: 77\nPMCID: PMC88\nER  -\n"
    found, _ = bibliography.references(written(tmp_path, "a.ris", text))
    assert fields(found.references[0]) == {"title": "One", "pmid": "77", "pmcid": "PMC88"}


def test_bibtex_says(tmp_path: Path) -> None:
    found, _ = bibliography.references(written(tmp_path, "a.bib", BIBTEX))
    assert fields(found.references[0]) == {
        "title": "Trust in links: a Realist synthésis",
        "authors": (*TWO, "World Health Organization"),
        "year": 2012,
        "journal": "Health Policy and Planning",
        "doi": "10.5555/abara.2012",
        "pmid": "1234567",
    }


def test_nbib_says(tmp_path: Path) -> None:
    found, _ = bibliography.references(written(tmp_path, "a.nbib", NBIB))
    assert fields(found.references[0]) == {
        "title": "Trust in links: a realist synthesis",
        "authors": (*TWO, "Twinning Study Group"),
        "year": 2012,
        "journal": "Health policy and planning",
        "doi": "10.5555/abara.2012",
        "pmid": "1234567",
        "pmcid": "PMC765432",
    }


def test_initials_of_pubmed_stand_after_a_comma_where_no_full_name_does(tmp_path: Path) -> None:
    text = "PMID- 12\nAU  - Abara N\nAU  - van der Lund PJ Jr\nSO  - x\n"
    found, _ = bibliography.references(written(tmp_path, "a.nbib", text))
    assert found.references[0].authors == ("Abara, N", "van der Lund, PJ")


def test_csl_json_says(tmp_path: Path) -> None:
    found, _ = bibliography.references(written(tmp_path, "a.json", json.dumps(CSL, indent=1)))
    assert fields(found.references[0]) == {
        "title": "Trust in links: a realist synthesis & more",
        "authors": (*TWO, "World Health Organization"),
        "year": 2012,
        "journal": "Health Policy and Planning",
        "doi": "10.5555/abara.2012",
        "pmid": "1234567",
        "pmcid": "PMC765432",
    }
    assert found.references[0].line == 2


# Files that are damaged


@pytest.mark.parametrize(
    ("name", "text", "kept", "faults"),
    [
        ("a.ris", "TY  - JOUR\nTI  - A\nTY  - JOUR\nTI  - B\nER  -\n", ["B"], [("unread-reference", 1, "record 1")]),
        ("a.ris", "TY  - JOUR\nTI  - A\nER  - \n\nTY  - JOUR\nTI  - Tw", ["A"], [("unread-reference", 5, "record 2")]),
        ("a.ris", "TY  - JOUR\rTI  - One\rER  - \r", ["One"], []),
        ("a.ris", "Provider: X\nTY  - JOUR\nTI  - One\nER  - \n", ["One"], [("beside-references", 1, "")]),
        (
            "a.bib",
            "@article{a, title={One}}\n@article{b, title={Two\n@misc{c,\n title={Three}}\n",
            ["One", "Three"],
            [("unread-reference", 2, "record 2")],
        ),
        ("a.bib", "@article{a, title={One}}\n\n@article{a, title={Two}}", ["One", "Two"], [("repeated-key", 3, "")]),
        ("a.bib", '@string{t = "Two"}\n@misc{a, title="A"}\n@misc{a,title=t}', ["A", "Two"], [("repeated-key", 3, "")]),
        ("a.bib", "@misc{a, title={A}}\n@misc{b, year=1,year=2}", ["A"], [("unread-reference", 2, "record 2")]),
        ("a.bib", "@article{a, title={One}}\n@article{b, title={Tw", ["One"], [("unread-reference", 2, "record 2")]),
        ("a.bib", "@comment{x}\n@string{y = {One}}\n@article{a, title=y}", ["One"], []),
        ("a.bib", "@string{y = {z}}\n@article{a,\n title=y # { One}}", [None], [("joined-value", 3, "record 1")]),
        ("a.nbib", "PMID- 1\nTI  - One.\nSO  - x\n\nPMID- 2\nTI  - Tw", ["One"], [("unread-reference", 5, "record 2")]),
        ("a.nbib", "PMID- 1\nTI  - One.\nDP  - 2020\n", ["One"], [("no-ends", 1, "")]),
        ("a.ris", " TY - JOUR\n TI - One\n ER -\n", ["One"], []),
        ("a.ris", "1.\nTY  - JOUR\nT1  - A\nER  -\n\n2.\nTY  - JOUR\nT1  - B\nER  -\n", ["A", "B"],
         [("beside-references", 1, "")]),
        ("a.nbib", "what\nPMID- 1\nTI  - One?\nSO  - x\n", ["One?"], [("beside-references", 1, "")]),
        ("a.json", '[\n{"title": "One"},\n\n 7]', ["One"], [("unread-reference", 4, "record 2")]),
    ],
)  # fmt: skip
def test_what_is_damaged_is_named_with_its_line_and_the_rest_is_read(
    tmp_path: Path, name: str, text: str, kept: list[str | None], faults: list[tuple[str, int, str]]
) -> None:
    found, _ = bibliography.references(written(tmp_path, name, text))
    assert [one.title for one in found.references] == kept
    assert told(found.findings) == faults
    rejected = [one for one in found.findings if one.rule == "unread-reference"]
    assert found.came == len(kept) + len(rejected)
    assert {one.severity for one in rejected} <= {"error"}


def test_what_cannot_be_read_of_bibtex_is_not_logged_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bibliography.references(written(tmp_path, "a.bib", "@article{b, title={Two\n@misc{c, title={Three}}\n"))
    assert capsys.readouterr() == ("", "")
    assert logging.getLogger("bibtexparser").handlers != []


@pytest.mark.parametrize(
    ("name", "text", "rule", "line"),
    [
        ("a.json", '{"title": "One"}', "not-csl-json", 1),
        ("a.json", '[\n{"title": "One"},\n{"ti', "not-csl-json", 3),
        ("a.json", "[" * 100_000, "not-csl-json", 1),
        ("a.json", "[]", "no-reference", 1),
        ("a.ris", "", "no-reference", 1),
        ("a.bib", "Dear all,\n", "no-reference", 1),
        ("a.nbib", RIS, "no-reference", 1),
    ],
)
def test_what_is_no_such_file_is_refused_with_the_line(
    tmp_path: Path, name: str, text: str, rule: str, line: int
) -> None:
    with pytest.raises(EvidenceError) as caught:
        bibliography.references(written(tmp_path, name, text))
    assert told(caught.value.findings, rule) == [(rule, line, "")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_that_says_how_it_is_written_is_read(tmp_path: Path, encoding: str) -> None:
    text = "TY  - JOUR\nTI  - Größe\nER  - \n"
    found, said = bibliography.references(written(tmp_path, "a.ris", text.encode(encoding)))
    assert [one.title for one in found.references] == ["Größe"]
    assert said == []


def test_the_first_byte_that_is_not_utf_8_is_named_and_an_encoding_can_be_said(tmp_path: Path) -> None:
    path = written(tmp_path, "a.ris", "TY  - JOUR\nTI  - Größe\nER  - \n".encode("cp1252"))
    with pytest.raises(EvidenceError) as caught:
        bibliography.references(path)
    (fault,) = caught.value.findings
    assert (fault.rule, fault.line, fault.what) == ("encoding", 2, "byte 19 (0xF6) is not UTF-8.")
    assert bibliography.references(path, "cp1252")[0].references[0].title == "Größe"
    with pytest.raises(UsageError, match="there is no encoding “latin-99”"):
        bibliography.references(path, "latin-99")
    with pytest.raises(UsageError, match="there is no encoding “rot13”"):
        bibliography.references(path, "rot13")


def test_text_in_two_encodings_is_told_with_its_line(tmp_path: Path) -> None:
    data = "TY  - JOUR\nAU  - Größe\n".encode("cp1252") + "TI  - Größe\nER  - \n".encode()
    _, said = bibliography.references(written(tmp_path, "a.ris", data), "cp1252")
    assert told(said) == [("encoding", 3, "")]


@pytest.mark.parametrize(
    ("line", "rule", "kept"),
    [
        ("DO  - 10.5/x", "odd-doi", {}),
        ("DO  - doi:10.5555/X.", "", {"doi": "10.5555/x"}),
        ("DO  - http://dx.doi.org/10.5555%2FX", "", {"doi": "10.5555/x"}),
        ("UR  - javascript:alert(1)", "odd-url", {}),
        ("UR  - http://doi.org/10.5555/x", "", {"url": "http://doi.org/10.5555/x", "doi": "10.5555/x"}),
        ("PY  - forthcoming", "odd-year", {}),
        ("PY  - 1066", "odd-year", {}),
        ("PY  - 20123", "odd-year", {}),
        ("Y1  - 2012/05/01/", "", {"year": 2012}),
        ("JF  - a\x00b", "odd-journal", {}),
        ("AU  - Abara,N.\nAU  - et al.", "odd-authors", {}),
        ("DB  - PubMed\nAN  - 0x1", "odd-pmid", {}),
    ],
)
def test_a_value_that_cannot_be_one_is_told_and_left_out(
    tmp_path: Path, line: str, rule: str, kept: dict[str, object]
) -> None:
    found, _ = bibliography.references(written(tmp_path, "a.ris", f"TY  - JOUR\nTI  - One\n{line}\nER  - \n"))
    assert fields(found.references[0]) == {"title": "One", **kept}
    at = 3 + line.count("\n") if rule == "odd-pmid" else 3
    assert told(found.findings) == ([(rule, at, "record 1")] if rule else [])


# Which source a reference is

FILLED = """\
title: Trust in links, a realist synthesis.
authors: [Abara, N.]
year: 2012
"""
LINK = "title: Trust in links\nyear: 2012\n"


def ris(**tags: str) -> str:
    return "TY  - JOUR\n" + "".join(f"{tag}  - {value}\n" for tag, value in tags.items()) + "ER  - \n"


@pytest.mark.parametrize(
    ("stands", "reference", "by"),
    [
        ({"a2012": "doi: 10.5555/ABC"}, ris(DO="https://doi.org/10.5555/abc", TI="Trust"), "DOI"),
        ({"a2012": "pmid: '77'"}, ris(DB="PubMed", AN="77"), "PMID"),
        ({"a2012": "pmcid: PMC77"}, ris(C2="PMC77"), "PMCID"),
        ({"a2012": LINK}, ris(TI="Trust in Links.", PY="2012"), "title and year"),
        ({"a2012": LINK}, ris(TI="Trust in Lniks", PY="2012"), ""),
        ({"a2012": LINK}, ris(TI="Trust in links", PY="2013"), ""),
        ({"a2012": LINK}, ris(TI="Trust in links"), ""),
        ({"a2012": LINK + "doi: 10.5555/abc\n"}, ris(TI="Trust in links", PY="2012", DO="10.5555/xyz"), ""),
        ({"a2012": LINK, "b2012": LINK}, ris(TI="Trust in links", PY="2012"), ""),
        ({"a2012": LINK, "b2012": LINK}, ris(TI="Trust in links", PY="2012", ID="a2012"), "title and year"),
        ({"a2012": "doi: 10.5555/abc", "b2012": "pmid: '77'"}, ris(DO="10.5555/abc", DB="PubMed", AN="77"), ""),
        ({"a2012": LINK + "doi: 10.5555/abc\n"}, ris(TI="Mosquito nets and wells", DO="10.5555/abc"), ""),
        ({"a2012": "doi: 10.5555/abc", "b2012": "doi: 10.5555/ABC"}, ris(DO="10.5555/abc"), ""),
        ({"a2012": "doi: 10.5555/abc", "b2012": "doi: 10.5555/ABC"}, ris(DO="10.5555/abc", ID="a2012"), "DOI"),
        ({"a2012": "year: 2012"}, ris(TI="Trust in links", ID="a2012"), ""),
    ],
)  # fmt: skip
def test_a_reference_is_a_source_by_its_identifiers_else_by_title_and_year(
    tmp_path: Path, stands: dict[str, str], reference: str, by: str
) -> None:
    place = folder(tmp_path, **stands)
    path = written(tmp_path, "a.ris", reference)
    (one,) = bibliography.matches(path, place)
    assert one.match.by == by
    assert (one.match.source.source if one.match.source else "") == ("a2012" if by else "")
    arrival = bibliography.read(path, place)
    assert arrival.tallies == (Tally("references", 1, int(bool(by)), int(not by)),)
    assert told(arrival.findings, "doubtful-reference") == ([] if by else [("doubtful-reference", 1, "")])
    assert bool(one.match.doubt) is not bool(by)


def test_what_is_no_source_here_is_told_with_the_id_that_it_could_have(tmp_path: Path) -> None:
    place = folder(tmp_path, muller2012="title: Other", okoye2020a="title: Another")
    text = (
        ris(AU="Müller, J", PY="2012", TI="X") + ris(AU="Müller, J", PY="2012", TI="Y") + ris(AU="O'Koye, A", PY="2020")
    )
    arrival = bibliography.read(written(tmp_path, "a.ris", text + ris(TI="Nobody's")), place)
    assert arrival.sources == ()
    assert told(arrival.findings) == [
        ("unmatched-reference", 1, "muller2012b"),
        ("unmatched-reference", 6, "muller2012c"),
        ("unmatched-reference", 11, "okoye2020b"),
        ("unmatched-reference", 15, "anon"),
    ]
    assert arrival.findings[0].what == f"no source in {place} is record 1 (Müller 2012 “X”)."
    assert not arrival.errors


@pytest.mark.parametrize(
    ("taken", "wanted"),
    [
        ([], "x2012"),
        (["x2012"], "x2012b"),
        (["x2012a", "x2012b"], "x2012c"),
        (["x20123"], "x2012"),
        (["x2012", *(f"x2012{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")], "x2012-27"),
    ],
)
def test_an_id_that_is_free(taken: list[str], wanted: str) -> None:
    assert free_id(Reference(1, 1, authors=("X, Y",), year=2012), taken) == wanted


# What is filled


def joined(arrival: Arrival, place: Path) -> dict[str, str]:
    """The files that change, as they would be."""
    found = transaction.join(arrival, place)
    assert not found.refused
    return {change.file: change.after for change in found.changes if change.change != "unchanged"}


def test_what_is_missing_is_filled_and_where_it_is_from_is_told(tmp_path: Path) -> None:
    place = folder(tmp_path, abara2012="doi: 10.5555/abara.2012\ntitle: Trust in links, a realist synthesis")
    path = written(tmp_path, "refs.ris", ris(TI="Something else") + RIS)
    arrival = bibliography.read(path, place)
    assert arrival.manner == Manner.fill
    (source,) = arrival.sources
    assert (source.source, source.type, [coding.coder for coding in source.codings]) == (
        "abara2012",
        "journal-article",
        ["ada"],
    )
    assert (source.title, source.url, source.design) == (None, None, None)  # the record's own stand
    filled = [one for one in arrival.findings if one.rule == "filled"]
    assert [(one.line, one.subject, one.severity, one.what) for one in filled] == [
        (4, "abara2012", "note", "authors, year, journal, pmid and pmcid filled from refs.ris, "
         "record 2 (Abara 2012 “Trust in links: a realist synthesis”), matched by DOI.")
    ]  # fmt: skip
    before = (place / "sources" / "abara2012.yaml").read_text(encoding="utf-8")
    (after,) = joined(arrival, place).values()
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert added == [
        "# yaml-language-server: $schema=../schema.json",
        "authors:",
        "  - Abara, Ngozi",
        "  - van der Lund, Per",
        "year: 2012",
        "journal: Health Policy and Planning",
        "pmid: '1234567'",
        "pmcid: PMC765432",
    ]
    transaction.carry_out(transaction.join(arrival, place), place)
    again = bibliography.read(path, place)
    assert told(again.findings, "filled") == []
    assert joined(again, place) == {}


def test_what_differs_in_form_only_is_no_conflict_and_what_says_otherwise_is(tmp_path: Path) -> None:
    stands = "title: TRUST in links - a realist synthesis.\nauthors: ['Abara, N.', 'van der Lund, PJ']\n"
    stands += "journal: Health Policy Plan\ndoi: 10.5555/ABARA.2012\nyear: 2011\n"
    place = folder(tmp_path, abara2012=stands)
    found = transaction.join(bibliography.read(written(tmp_path, "a.ris", RIS), place), place)
    assert [one.what for one in found.findings if one.rule == "conflict"] == [
        "year is “2012” here and “2011” in the record, which was kept."
    ]
    assert not found.refused


@pytest.mark.parametrize(
    ("name", "one", "other", "expected"),
    [
        ("authors", ["Abara, Ngozi"], ["Abara, N."], True),
        ("authors", ["Abara, Ngozi Ada"], ["ABARA, NA"], True),
        ("authors", ["Müller, Jo"], ["Muller, J"], True),
        ("authors", ["Abara, Ngozi"], ["Abara, Peter"], False),
        ("authors", ["Abara, Ngozi"], ["Abara, Ngozi", "Lund, Per"], False),
        ("authors", ["Abara, N", "Lund, P"], ["Lund, P", "Abara, N"], False),
        ("journal", "PLOS ONE", "PLoS one", True),
        ("journal", "The Lancet", "Lancet", True),
        ("journal", "Social Science & Medicine", "Soc Sci Med", True),
        ("journal", "BMC Public Health", "BMC Health", False),
        ("title", "Trust: a study", "Trust — A Study.", True),
        ("title", "Trust: a study", "Trust: a trial", False),
        ("doi", "10.5555/A", "https://doi.org/10.5555/a", True),
        ("year", 2012, 2012, True),
        ("year", 2012, 2013, False),
        ("pmid", "12", "13", False),
    ],
)
def test_the_same_however_tools_write_it(name: str, one: object, other: object, expected: bool) -> None:
    assert same(name, one, other) is expected
    assert same(name, other, one) is expected


def test_two_references_to_one_source_are_both_named_and_it_is_written_once(tmp_path: Path) -> None:
    place = folder(tmp_path, abara2012="doi: 10.5555/abara.2012")
    other = ris(DO="10.5555/abara.2012", PY="2013", TI="Trust in links - a realist synthesis", JF="Lancet")
    arrival = bibliography.read(
        written(tmp_path, "a.ris", RIS.replace("T2  - Health Policy and Planning\n", "") + other), place
    )
    assert arrival.tallies == (Tally("references", 2, 2, 0),)
    (source,) = arrival.sources
    assert (source.year, source.journal) == (2012, "Lancet")
    assert told(arrival.findings) == [
        ("repeated-reference", 1, "abara2012"),
        ("conflict", 14, "abara2012"),
        ("filled", 1, "abara2012"),
        ("filled", 14, "abara2012"),
    ]
    (repeated,) = [one for one in arrival.findings if one.rule == "repeated-reference"]
    assert repeated.what == "record 1 and record 2 are this one publication."
    assert [(one.line, one.what[:8]) for one in repeated.related] == [(14, "record 2")]


def test_a_source_that_cannot_be_filled_is_told_of(tmp_path: Path) -> None:
    place = folder(tmp_path, a2012="year: 1", b2012="year: 2012")
    bulk = place / "bulk.jsonl"
    claim = SOURCE.format(id="c2012", fields="doi: 10.5555/abc\n")
    import yaml

    bulk.write_text(json.dumps(yaml.safe_load(claim)) + "\n", encoding="utf-8")
    arrival = bibliography.read(written(tmp_path, "a.ris", ris(DO="10.5555/abc", AU="C, D", PY="2012")), place)
    passed = [(Path(one.file).name, one.severity) for one in arrival.findings if one.rule == "not-matched-with"]
    assert sorted(passed) == [("a2012.yaml", "warning"), ("bulk.jsonl", "warning")]
    assert told(arrival.findings, "unmatched-reference") == [("unmatched-reference", 1, "c2012b")]


@pytest.mark.parametrize(
    ("name", "said"),
    [("a.txt", "is no bibliography: expected .ris, .bib, .nbib, .json"), ("b.ris", "there is no file")],
)
def test_a_wrong_call_is_told(tmp_path: Path, name: str, said: str) -> None:
    written(tmp_path, "a.txt", "")
    with pytest.raises(UsageError, match=said):
        bibliography.read(tmp_path / name, folder(tmp_path, a2012="year: 2012"))
    with pytest.raises(UsageError, match="there is no file or folder"):
        bibliography.read(written(tmp_path, "c.ris", RIS), tmp_path / "nowhere")


# Out, and in again


def shipped() -> list[Source]:
    units, _ = evidence.find_units(SHIPPED)
    records = (evidence.read(unit).record for unit in units)
    return [record for record in records if isinstance(record, Source)]


@pytest.mark.parametrize(("name", "write"), [("a.ris", exported.write_ris), ("a.json", exported.write_csl)])
def test_the_shipped_sources_go_out_and_come_back_as_they_are(
    tmp_path: Path, name: str, write: Callable[[list[Source], Path], None]
) -> None:
    sources = sorted(shipped(), key=lambda source: source.source)
    path = tmp_path / name
    write(sources[::-1], path)
    first = path.read_bytes()
    write(sources, path)
    assert path.read_bytes() == first
    found, said = bibliography.references(path)
    assert said == []
    assert found.findings == ()
    assert [one.key for one in found.references] == [source.source for source in sources]
    assert [fields(one) for one in found.references] == [said_of(source) for source in sources]
    arrival = bibliography.read(path, SHIPPED)
    assert told(arrival.findings) == [("doubtful-reference", found.references[113].line, "")]  # it has no title
    assert arrival.tallies == (Tally("references", 133, 132, 1),)
    assert joined(arrival, SHIPPED) == {}


def said_of(source: Source) -> dict[str, object]:
    """The bibliographic fields of a source, as a reference has them."""
    record = source.model_dump(exclude_none=True, include={*FIELDS})
    return {
        name: tuple(value) if name == "authors" else value.lower() if name == "doi" else value
        for name, value in record.items()
    }


def test_rispy_reads_what_is_written(tmp_path: Path) -> None:
    sources = sorted(shipped(), key=lambda source: source.source)
    exported.write_ris(sources, tmp_path / "a.ris")
    entries = rispy.load(tmp_path / "a.ris", encoding="utf-8")
    assert [
        [entry.get(name) for name in ("id", "title", "authors", "year", "secondary_title", "doi", "accession_number")]
        for entry in entries
    ] == [
        [one.source, one.title, one.authors, one.year and str(one.year), one.journal, one.doi, one.pmid]
        for one in sources
    ]


LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters="<&")
LINES = st.text(LETTERS, min_size=1, max_size=40).map(lambda text: " ".join(text.split())).filter(bool)
NAMES = st.from_regex(r"[A-Z][a-zé-]{1,8}( [A-Z][a-z]{1,8})?(, [A-Z][a-z]{1,8})?", fullmatch=True)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=LINES | st.none(),
    authors=st.lists(NAMES, min_size=1, max_size=4) | st.none(),
    year=st.integers(1800, 2100) | st.none(),
    journal=LINES | st.none(),
    doi=st.from_regex(r"10\.[0-9]{4,6}/[a-z0-9()<>;:/-]{1,20}[a-z0-9]", fullmatch=True) | st.none(),
    pmid=st.from_regex(r"[1-9][0-9]{0,8}", fullmatch=True) | st.none(),
    pmcid=st.from_regex(r"PMC[0-9]{1,8}", fullmatch=True) | st.none(),
    url=st.from_regex(r"https?://[a-z]{1,9}\.org/[a-z;=&%?#~-]{0,20}", fullmatch=True) | st.none(),
)
@example(
    title="ER - x",
    authors=["Abara, N"],
    year=2012,
    journal="TY - " * 3 + "x",
    doi=None,
    pmid=None,
    pmcid=None,
    url=None,
)
def test_any_bibliography_goes_out_and_comes_back(tmp_path: Path, **said: object) -> None:
    record = Source.model_validate(
        {
            **{name: value for name, value in said.items() if value is not None},
            "source": "a2012",
            "type": "report",
            "codings": [{"coder": "ada"}],
        }
    )
    for name, write in (("a.ris", exported.write_ris), ("a.json", exported.write_csl)):
        write([record], tmp_path / name)
        found, _ = bibliography.references(tmp_path / name)
        assert [fields(one) for one in found.references] == [said_of(record)]


def test_where_nothing_can_be_written_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be written"):
        exported.write_ris([], tmp_path / "nowhere" / "a.ris")


# Whatever the bytes are

SOUND = {
    "a.ris": (RIS + ris(TI="Two")).encode(),
    "a.bib": (BIBTEX + BIBTEX.replace("Abara_1", "b")).encode(),
    "a.nbib": (NBIB + "\n" + NBIB).encode(),
    "a.json": json.dumps(CSL * 2, indent=1).encode(),
}
PIECES = [
    b"\x00", b"\r", b"\n", b"{", b"}", b'"', b"@", b"TY  - ", b"ER  - ", b"PMID- ", b"\xff", b"[", b"]", b"\\",
    b"&#x0;", b"null", b"1e999", b"NaN", b"\\ud800", b"#", b",", b" and ", b"$", b"%", b"@string{a = a}",
    b"      x", b"\xc3\xa4",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    name = draw(st.sampled_from(sorted(SOUND)))
    data = SOUND[name]
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.sampled_from([0, 1, 5, 40, len(data)]))
        data = data[:at] + draw(st.sampled_from(PIECES) | st.binary(max_size=6)) + data[at + cut :]
    return name, data


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=mutated(), encoding=st.sampled_from([None, "latin-1", "utf-16-le"]))
@example(("a.json", b'[{"author": {"a": 1}, "issued": {"date-parts": {}}, "title": []}]'), None)
@example(("a.json", b'[{"title": "a\\ud800"}]'), None)
@example(("a.ris", b"TY  - JOUR\n x\nER  - "), None)
def test_no_bytes_give_anything_but_references_and_findings(
    tmp_path: Path, file: tuple[str, bytes], encoding: str | None
) -> None:
    path = written(tmp_path, *file)
    try:
        found, _ = bibliography.references(path, encoding)
    except EvidenceError as error:
        refused = [one for one in error.findings if one.line and one.what and one.file == str(path)]
        if len(refused) == len(error.findings) > 0:
            return
        raise
    rejected = [one for one in found.findings if one.rule == "unread-reference"]
    assert found.came == len(found.references) + len(rejected)
    assert all(1 <= (one.line or 0) <= file[1].count(b"\n") + file[1].count(b"\r") + 1 for one in found.findings)
    for one in found.references:
        record = {**fields(one), "source": "a", "type": "report", "codings": [{"coder": "ada"}]}
        record |= {"authors": list(one.authors)} if one.authors else {}
        Source.model_validate(record)  # whatever is kept, a record may hold
        json.dumps(record, ensure_ascii=False).encode()
