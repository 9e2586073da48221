"""Partners of cases: what people decide stays, and nothing else is said of a case."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, serialize

import kg
from kg import cli, evidence, iris, pipeline, writing
from kg.errors import EvidenceError, Failure, UsageError
from kg.external import country_codes, dataset, mapping, organisations, review, ror_api, wikidata
from kg.external.dataset import DataSet, Kind
from kg.external.organisations import Linked
from kg.external.reconciliation import Mention
from kg.external.review import Decision, Row
from kg.fetch import Fetcher
from tests.conftest import SHIPPED, TINY
from tests.replay import Asked, Reply, Serve
from tests.ror import iso3, made_up, record
from tests.test_store import SparqlEndpoint

pytestmark = pytest.mark.usefixtures("as_a_newcomer")

NORTH, SOUTH, KISUMU = (made_up(number) for number in (1, 2, 3))
TABLE = f"""ror_id,name,types,status,iso3,wikidata,established,relationships
{NORTH},Northgate Hospital,healthcare,active,GBR,,1900,
{SOUTH},Northgate Hospital,healthcare,active,UGA,Q102,,
{KISUMU},Kisumu Hospital,healthcare,active,KEN,Q103,1950,
"""
ROW = Row(
    mention="Kisumu Hospital",
    cases=("abara2019/link",),
    countries=("GBR", "KEN"),
    candidate=KISUMU,
    name="Kisumu Hospital",
    candidate_country=("KEN",),
    status="active",
    score=1.0,
    reasons="its name exactly; in a country of the case (KEN)",
    wikidata=("Q103",),
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A copy of the small corpus, of which one case names two partners; the table lies beside it."""
    (tmp_path / "ror.csv").write_text(TABLE, encoding="utf-8")
    return Path(shutil.copytree(TINY, tmp_path / "evidence"))


Run = Callable[..., tuple[object, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `kg link organisations`; gives how it ended, and what it said."""

    def call(*arguments: object) -> tuple[object, str]:
        monkeypatch.setattr(sys, "argv", ["kg", "link", "organisations", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out + said.err

    return call


def kept(corpus: Path) -> list[dict[str, str]]:
    """The rows of the data set."""
    text = (corpus / "external" / "organisations" / "data.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def decide(corpus: Path, candidate: str, **said: str) -> None:
    """Writes into a row of the review file what a person would."""
    path = corpus / review.FILE
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    for row in rows:
        if row["candidate"] == candidate:
            row.update(said)
    out = io.StringIO()
    writer = csv.DictWriter(out, review.COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8-sig", newline="")


def told(path: Path) -> list[tuple[str, str]]:
    """What is wrong in a review file, each with its cell."""
    with pytest.raises(EvidenceError) as error:
        review.read(path)
    assert all(found.remedy and found.file == str(path) for found in error.value.findings)
    return [(found.spot, found.what) for found in error.value.findings]


# The review file: what stays


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    decided = replace(ROW, decision=Decision.reject, reviewer="Ada", date="2026-11-01", note="Says “no”, and;\nwhy")
    rows = [ROW, replace(decided, cases=("a/b", "c%2Fd/e%3Bf"), listed=False, countries=(), wikidata=())]
    assert review.write(tmp_path / "a" / "review.csv", rows)
    assert review.read(tmp_path / "a" / "review.csv") == rows
    assert not review.write(tmp_path / "a" / "review.csv", rows), "nothing changed"
    assert os.listdir(tmp_path / "a") == ["review.csv"]


@settings(deadline=None)  # a disk may be slow
@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"])).map(str.strip), min_size=3, max_size=3))
def test_whatever_people_and_registries_write_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("review") / "review.csv"
    mention, name, note = texts
    row = replace(ROW, mention=mention or "a", name=name or "a", note=note)
    review.write(path, [row])
    assert review.read(path) == [row]


@pytest.mark.parametrize(
    "text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "'=1", "''@x", "'quoted'"], ids=lambda text: text
)
def test_no_cell_is_run_as_a_formula_and_each_is_read_as_it_was(text: str, tmp_path: Path) -> None:
    row = replace(ROW, mention=text, name=text, note=text, reviewer=text)
    review.write(tmp_path / "review.csv", [row])
    raw = next(csv.DictReader(io.StringIO((tmp_path / "review.csv").read_text(encoding="utf-8-sig"))))
    for column in ("mention", "name", "note", "reviewer"):
        assert raw[column] == (text if text == "'quoted'" else f"'{text}")
    assert review.read(tmp_path / "review.csv") == [row]


def test_a_review_in_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    review.write(path, [replace(ROW, mention="Hôpital")])
    path.write_bytes(path.read_text(encoding="utf-8-sig").encode("cp1252"))
    with pytest.raises(EvidenceError) as caught:
        review.read(path)
    (found,) = caught.value.findings
    assert (found.rule, found.remedy) == (
        "encoding",
        "Save it as “CSV UTF-8” in Excel, from the workbook in which you decided.",
    )


def test_a_spreadsheet_may_write_semicolons_commas_in_numbers_and_capitals(tmp_path: Path) -> None:
    review.write(tmp_path / "review.csv", [replace(ROW, score=0.85, reasons="its name", countries=("KEN",))])
    text = (tmp_path / "review.csv").read_text(encoding="utf-8-sig")
    text = text.replace(",", ";").replace("0.85", "0,85").replace(";yes;;;;", ";yes;Accept ;Ada;;")
    (tmp_path / "review.csv").write_text(text, encoding="utf-8")
    (row,) = review.read(tmp_path / "review.csv")
    assert (row.score, row.decision, row.reviewer, row.cases) == (0.85, Decision.accept, "Ada", ROW.cases)


def test_a_run_keeps_decisions_and_notes_and_says_what_is_no_longer_listed() -> None:
    accepted = replace(ROW, decision=Decision.accept, reviewer="Ada", date="2026-11-01", note="sure")
    rejected = replace(ROW, candidate=NORTH, decision=Decision.reject, reviewer="Bo")
    noted = replace(ROW, candidate=SOUTH, note="who is this?")
    found = [replace(ROW, score=0.7, name="Kisumu County Hospital"), replace(ROW, mention="Another")]
    assert review.merged([accepted, rejected, noted], found) == [
        replace(ROW, mention="Another"),
        replace(rejected, listed=False),
        replace(noted, listed=False),
        replace(accepted, score=0.7, name="Kisumu County Hospital"),
    ]


def test_a_case_that_comes_later_waits_in_a_row_of_its_own() -> None:
    accepted = replace(ROW, decision=Decision.accept, reviewer="Ada")
    both = replace(ROW, cases=("abara2019/link", "lee2020/link"))
    later = replace(ROW, cases=("lee2020/link",))
    assert review.merged([accepted], [both]) == [accepted, later]
    third = replace(both, cases=(*both.cases, "omar2021/link"))
    assert review.merged([accepted, later], [third]) == [
        accepted,
        replace(later, cases=("lee2020/link", "omar2021/link")),
    ]


def test_a_case_whose_countries_change_keeps_what_was_decided_of_it() -> None:
    accepted = replace(ROW, decision=Decision.accept, reviewer="Ada")
    found = replace(ROW, countries=("KEN",), score=0.9)
    assert review.merged([accepted], [found]) == [replace(accepted, countries=("KEN",), score=0.9)]


CASES = [f"s{number}/c" for number in range(6)]


@st.composite
def runs(draw: st.DrawFn) -> list[Row]:
    """Candidates of one run: cases by countries, of two candidates."""
    found = []
    for candidate in draw(st.lists(st.sampled_from([NORTH, KISUMU]), unique=True)):
        lies = draw(st.dictionaries(st.sampled_from(CASES), st.sampled_from(["KEN", "GBR"])))
        for country in sorted(set(lies.values())):
            cases = tuple(sorted(case for case, its in lies.items() if its == country))
            found.append(replace(ROW, cases=cases, countries=(country,), candidate=candidate))
    return found


@settings(deadline=None)
@given(st.lists(st.tuples(runs(), st.lists(st.sampled_from([None, *Decision]), min_size=8, max_size=8)), max_size=4))
def test_whatever_runs_and_decisions_follow_each_other_the_file_holds_them_all(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[list[Row], list[Decision | None]]]
) -> None:
    path = tmp_path_factory.mktemp("review") / "review.csv"
    decided: dict[tuple[str, str], Decision] = {}
    for found, decisions in history:
        rows = review.merged(review.read(path), found)
        assert {(row.candidate, case) for row in found for case in row.cases} <= {
            (row.candidate, case) for row in rows if row.listed for case in row.cases
        }
        for row, decision in zip(rows, [*decisions, *[None] * len(rows)], strict=False):
            if row.decision is None and decision is not None:
                decided.update({(row.candidate, case): decision for case in row.cases})
        rows = [
            replace(row, decision=row.decision or decision, reviewer="Ada", note="because")
            for row, decision in zip(rows, [*decisions, *[None] * len(rows)], strict=False)
        ]
        review.write(path, rows)
        assert review.read(path) == rows
        standing = {(row.candidate, case): row.decision for row in rows if row.decision for case in row.cases}
        assert standing == decided


# The review file: what is refused


def test_everything_that_cannot_be_understood_is_told_at_once_each_at_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    review.write(path, [replace(ROW, cases=(f"a/{number}",)) for number in range(9)])
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    lines[2] = lines[2].replace("yes,,,,", "yes,perhaps,,,")
    lines[3] = lines[3].replace("yes,,,,", "yes,accept,,,")
    lines[4] = lines[4].replace("yes,,,,", "yes,reject,Ada,1/2/2026,")
    lines[5] = lines[5].replace(KISUMU, KISUMU[:-1] + "8")
    lines[6] = lines[6].replace("1.00", "high").replace("Q103", "103")
    lines[7] = lines[7].replace("a/6", "")
    lines[8] = lines[8].replace("Kisumu Hospital,a/7", ",a/7")
    path.write_text("\n".join(lines), encoding="utf-8")
    assert told(path) == [
        ("A9", "the cell mention is empty."),
        ("B8", "no case is named."),
        ("D6", f"“{KISUMU[:-1]}8” is no id of ROR."),
        ("H7", "“high” is no score."),
        ("J7", "“103” is no Wikidata item."),
        ("L3", "“perhaps” is no decision."),
        ("M4", "the candidate is accepted, and nobody says so."),
        ("N5", "“1/2/2026” is not a date that can be read in one way only."),
    ]


def test_two_candidates_accepted_for_one_partner_are_refused_unless_both_notes_say_how(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    one = replace(ROW, cases=("a/b", "a/c"), decision=Decision.accept, reviewer="Ada")
    other = replace(one, cases=("a/c", "a/d"), candidate=NORTH, name="Northgate Hospital", note="it merged")
    review.write(path, [one, other])
    assert told(path) == [
        ("L3", "of “Kisumu Hospital” in a/c another candidate is accepted too, Kisumu Hospital in row 2.")
    ]
    review.write(path, [replace(one, note="it merged"), other])
    assert len(review.read(path)) == 2
    review.write(path, [one, replace(other, cases=("a/d",))])
    assert len(review.read(path)) == 2, "they are of different cases"


def test_the_same_candidate_twice_for_a_case_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    review.write(path, [replace(ROW, decision=Decision.accept, reviewer="Ada"), ROW])
    assert told(path) == [("A3", "row 2 is about the same mention, candidate and case (abara2019/link).")]


def test_columns_that_are_missing_or_unknown_are_refused_since_a_run_would_lose_them(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    review.write(path, [ROW])
    text = path.read_text(encoding="utf-8-sig").replace("note", "remark").replace("cases,", "case,")
    path.write_text(text, encoding="utf-8")
    assert sorted(what for _, what in told(path)) == [
        "the column cases is missing.",
        "the column note is missing.",
        "there is no column case.",
        "there is no column remark.",
    ]


def test_a_file_that_cannot_be_understood_is_left_as_it_is(corpus: Path, run: Run) -> None:
    run(corpus.parent / "ror.csv", "--into", corpus)
    decide(corpus, KISUMU, decision="accept")
    before = (corpus / review.FILE).read_bytes()
    data = kept(corpus)
    for file in ([corpus.parent / "ror.csv"], []):
        code, said = run(*file, "--into", corpus)
        assert code == 1
        assert (
            "review.csv, M2: error: the candidate is accepted, and nobody says so. Write the reviewer's name." in said
        )
        assert "Nothing was changed." in said
    assert (corpus / review.FILE).read_bytes() == before
    assert kept(corpus) == data == []


# The data set, and what it says


def organised(table: str) -> tuple[set[str], list[tuple[int | None, str]]]:
    """What a table of accepted partners says, a statement a line, and what is found in it."""
    described = DataSet.model_validate(
        {
            "name": "organisations",
            "kind": "organisations",
            "title": "Partners",
            "publisher": "ROR",
            "url": "https://ror.org",
            "licence": organisations.LICENCE,
            "retrieved": "2026-11-28",
        }
    )
    headed = ",".join(dataset.COLUMNS[Kind.organisations]) + "\n" + table
    text = writing.text(writing.plain(described)).encode()
    path = Path("external") / "organisations" / "data.csv"
    read = dataset.read(dataset.DataUnit(path, path.as_posix(), 1, text, table=headed.encode()))
    assert read.findings == []
    module, findings = mapping.build_module(read, described)
    assert {quad.graph_name for quad in module.quads} == {iris.external_graph("organisations")}
    graph = f"<{iris.external_graph('organisations').value}>"
    lines = (serialize((quad.triple for quad in module.quads), format=RdfFormat.N_TRIPLES) or b"").decode().splitlines()
    assert len(lines) == len(set(lines)), "a statement stands twice"
    return {line for line in lines if not line.startswith(graph)}, [(found.line, found.what) for found in findings]


def test_accepted_partners_say_exactly_this() -> None:
    statements, findings = organised(
        f"lee2020,ward 4,Kisumu Hospital,{KISUMU},Kisumu Hospital,KEN,Q103,Ada,2026-11-01\n"
        f"lee2020,ward 4,KH,{KISUMU},Kisumu Hospital,KEN,Q103,Ada,\n"
        f"lee2020,ward 5,Northgate,{NORTH},“Northgate” – Hospital,GBR UGA,,Bo,\n"
    )
    assert findings == []
    data, pm = "https://w3id.org/partnership-mechanisms/data", "https://w3id.org/partnership-mechanisms/ontology#"
    a, org, schema = (
        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
        "<http://www.w3.org/ns/org#Organization>",
        "https://schema.org/",
    )
    assert statements == {
        f"<{data}/lee2020/case/ward%204> <{pm}partner> <{KISUMU}> .",
        f"<{KISUMU}> {a} {org} .",
        f'<{KISUMU}> <{schema}name> "Kisumu Hospital" .',
        f"<{KISUMU}> <{schema}location> <{data}/country/KEN> .",
        f"<{KISUMU}> <{schema}sameAs> <http://www.wikidata.org/entity/Q103> .",
        f"<{data}/lee2020/case/ward%205> <{pm}partner> <{NORTH}> .",
        f"<{NORTH}> {a} {org} .",
        f'<{NORTH}> <{schema}name> "“Northgate” – Hospital" .',
        f"<{NORTH}> <{schema}location> <{data}/country/GBR> .",
        f"<{NORTH}> <{schema}location> <{data}/country/UGA> .",
    }


def test_a_row_for_which_nobody_answers_or_that_holds_no_id_is_told_and_says_nothing() -> None:
    statements, findings = organised(
        f"lee2020,a,K,{KISUMU},Kisumu,KEN,,,\n"
        "lee2020,a,K,https://ror.org/x> <y,Kisumu,KEN,,Ada,\n"
        f"lee2020,a,K,{KISUMU},Kisumu,WLD,103,Ada,\n"
        f",a,K,{KISUMU},,KEN,,Ada,\n"
        f"lee2020,a,K,{KISUMU},Kisumu,KEN,,Ada,\n"
        f"lee2020,a,K,{KISUMU},Kisumu,KEN,,Bo,\n"
    )
    assert findings == [
        (2, "nobody says who accepted it."),
        (3, "“https://ror.org/x> <y” is no id of ROR."),
        (4, "“WLD” is no country, “103” is no Wikidata item."),
        (5, "source is empty, name is empty."),
        (7, f"lee2020/a “K” {KISUMU} stands in line 6 already."),
    ]
    assert len(statements) == 4


PARTNERS = """
SELECT ?case ?partner ?name ?country ?item
WHERE {
  ?case pm:partner ?partner .
  ?partner a org:Organization ;
           schema:name ?name ;
           schema:location ?country .
  OPTIONAL { ?partner schema:sameAs ?item . }
}
"""


def test_from_a_table_to_a_file_people_read_to_a_row_of_sparql(corpus: Path, run: Run) -> None:
    code, said = run(corpus.parent / "ror.csv", "--into", corpus)
    assert code == 0
    assert "2 names in 2 mentions: 0 accepted, 0 rejected, 2 to review, 0 without a candidate." in said
    assert "3 organisations of ROR were looked at." in said
    assert (corpus / review.FILE).read_text(encoding="utf-8-sig").splitlines()[1:] == [
        f"Kisumu Hospital,abara2019/link,GBR; KEN,{KISUMU},Kisumu Hospital,KEN,active,1.00,"
        "its name exactly; in a country of the case (KEN),Q103,yes,,,,",
        f"Northgate Hospital,abara2019/link,GBR; KEN,{NORTH},Northgate Hospital,GBR,active,1.00,"
        "its name exactly; in a country of the case (GBR),,yes,,,,",
        f"Northgate Hospital,abara2019/link,GBR; KEN,{SOUTH},Northgate Hospital,UGA,active,0.65,"
        "its name exactly; in no country of the case (UGA),Q102,yes,,,,",
    ]
    pipeline.build(corpus, corpus.parent / "build")
    assert kg.open(corpus.parent / "build").sparql(PARTNERS).rows == (), "candidates were said of a case"

    decide(corpus, KISUMU, decision="accept", reviewer="Ada", date="2026-11-01", note="their site says so")
    decide(corpus, SOUTH, decision="reject", reviewer="Ada")
    code, said = run("--into", corpus)
    assert code == 0
    assert "2 names in 2 mentions: 1 accepted, 0 rejected, 1 to review, 0 without a candidate." in said
    assert "1 accepted partner written to" in said
    assert kept(corpus) == [
        {
            "source": "abara2019",
            "case": "link",
            "mention": "Kisumu Hospital",
            "ror": KISUMU,
            "name": "Kisumu Hospital",
            "iso3": "KEN",
            "wikidata": "Q103",
            "reviewer": "Ada",
            "date": "2026-11-01",
        }
    ]
    built = pipeline.build(corpus, corpus.parent / "build")
    assert [found for found in built.findings if "external" in found.file] == []
    graph = kg.open(corpus.parent / "build")
    assert [tuple(row.values()) for row in graph.sparql(PARTNERS).rows] == [
        (
            "https://w3id.org/partnership-mechanisms/data/abara2019/case/link",
            KISUMU,
            "Kisumu Hospital",
            "https://w3id.org/partnership-mechanisms/data/country/KEN",
            "http://www.wikidata.org/entity/Q103",
        )
    ]
    (linked,) = [row for row in graph.external_data().rows if row["name"] == "external/organisations"]
    assert (linked["entries"], linked["left_out"]) == (1, ("1: candidate rejected", "1: candidate to review"))
    assert linked["note"] == (
        "Candidates from a score of 0.6 on were put to review; only what was accepted stands here."
    )

    before = (corpus / review.FILE).read_bytes()
    run(corpus.parent / "ror.csv", "--into", corpus)
    assert len(kept(corpus)) == 1
    assert before.count(b"Ada") == (corpus / review.FILE).read_bytes().count(b"Ada") == 2
    decide(corpus, KISUMU, decision="", reviewer="")
    run("--into", corpus)
    assert kept(corpus) == [], "what is no longer accepted is no longer said"


def test_a_formula_in_a_name_is_run_neither_from_the_review_file_nor_from_the_data_set(
    corpus: Path, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "ror.csv").write_text(TABLE.replace(f"{KISUMU},Kisumu", f"{KISUMU},-Kisumu"), encoding="utf-8")
    run(tmp_path / "ror.csv", "--into", corpus)
    decide(corpus, KISUMU, decision="accept", reviewer="'=Ada")
    run("--into", corpus)
    (row,) = kept(corpus)
    assert (row["name"], row["reviewer"]) == ("'-Kisumu Hospital", "'=Ada")
    pipeline.build(corpus, corpus.parent / "build")
    (said,) = kg.open(corpus.parent / "build").sparql(PARTNERS).rows
    assert said["name"] == "-Kisumu Hospital"


def test_a_threshold_says_who_is_put_to_review_and_the_data_set_names_it(corpus: Path, run: Run) -> None:
    run(corpus.parent / "ror.csv", "--into", corpus, "--threshold", "0.7")
    assert [row.candidate for row in review.read(corpus / review.FILE)] == [KISUMU, NORTH]
    text = (corpus / "external" / "organisations" / "dataset.yaml").read_text(encoding="utf-8")
    assert "Candidates from a score of 0.7 on were put to review" in text


def test_the_listing_is_given_as_json_and_csv_too(corpus: Path, run: Run) -> None:
    _, said = run(corpus.parent / "ror.csv", "--into", corpus, "--format", "json")
    found = json.loads(said)
    assert found["totals"] == {
        "names": 2, "mentions": 2, "accepted": 0, "rejected": 0, "to_review": 2, "without_candidate": 0,
    }  # fmt: skip
    assert found["mentions"][1] == {
        "mention": "Northgate Hospital", "countries": ["GBR", "KEN"], "cases": 1, "candidates": 2, "accepted": 0,
        "rejected": 0, "to_review": 2, "best": f"Northgate Hospital ({NORTH})", "score": 1.0,
    }  # fmt: skip
    _, said = run(corpus.parent / "ror.csv", "--into", corpus, "--format", "csv")
    assert said.splitlines()[0] == "mention,countries,cases,candidates,accepted,rejected,to_review,best,score"
    assert said.splitlines()[1] == f"Kisumu Hospital,GBR; KEN,1,1,0,0,1,Kisumu Hospital ({KISUMU}),1.0"


def test_records_of_a_file_that_are_left_out_are_told_and_counted(corpus: Path, run: Run, tmp_path: Path) -> None:
    broken = "".join(f"https://ror.org/{number},Clinic,healthcare,active,KEN,,,\n" for number in range(12))
    (tmp_path / "ror.csv").write_text(TABLE + broken, encoding="utf-8")
    code, said = run(tmp_path / "ror.csv", "--into", corpus)
    assert (code, said.count(" is no id of ROR")) == (0, 10)
    assert "… and 2 more records that were left out." in said
    assert "3 organisations of ROR were looked at." in said


def test_the_review_file_is_no_evidence_and_no_data_set(corpus: Path, run: Run) -> None:
    files = evidence.files_in(corpus)
    run(corpus.parent / "ror.csv", "--into", corpus)
    assert evidence.files_in(corpus) == files
    units, findings = dataset.find_units(corpus)
    assert ([unit.file for unit in units], findings) == (["external/organisations/data.csv"], [])
    (corpus / "external" / "organisations" / "dataset.yaml").unlink()
    assert dataset.find_units(corpus) == ([], [])


def test_what_a_case_no_longer_names_is_no_longer_said_and_the_decision_stays(corpus: Path, run: Run) -> None:
    run(corpus.parent / "ror.csv", "--into", corpus)
    decide(corpus, KISUMU, decision="accept", reviewer="Ada")
    source = corpus / "sources" / "abara2019.yaml"
    source.write_text(source.read_text(encoding="utf-8").replace(", Kisumu Hospital]", "]"), encoding="utf-8")
    for file in ([corpus.parent / "ror.csv"], []):
        code, said = run(*file, "--into", corpus)
        assert code == 0
        told = "“Kisumu Hospital” is accepted as Kisumu Hospital, and no case names it any more: nothing is said of it."
        assert told in " ".join(said.split())
        assert kept(corpus) == []
        (row,) = [row for row in review.read(corpus / review.FILE) if row.candidate == KISUMU]
        assert (row.decision, row.reviewer) == (Decision.accept, "Ada")


def test_a_mention_is_counted_by_its_cases_each_as_far_as_it_is() -> None:
    mention = Mention("Kisumu Hospital", ("KEN",), ("a/1", "a/2", "a/3", "a/4"))
    rows = (
        replace(ROW, cases=("a/1",), decision=Decision.accept, reviewer="Ada"),
        replace(ROW, cases=("a/2",), decision=Decision.reject),
        replace(ROW, cases=("a/3",)),
        replace(ROW, cases=("a/4",), listed=False),
    )
    linked = Linked((organisations.Reviewed(mention, rows),))
    assert linked.totals == {
        "names": 1, "mentions": 4, "accepted": 1, "rejected": 1, "to_review": 1, "without_candidate": 1,
    }  # fmt: skip


USAGE: Mapping[str, tuple[tuple[str, ...], str]] = {
    "no evidence": (
        ("ror.csv", "--into", "nowhere"),
        "there is no folder nowhere: name your evidence folder with --into",
    ),
    "file and API": (("ror.csv", "--from", "ror-api"), "name a file or --from ror-api, not both"),
    "an API without asking": (("--api", "http://127.0.0.1"), "--api and --offline go with --from ror-api"),
    "no score": (("ror.csv", "--threshold", "2"), "--threshold 2 is no score: write a number above 0, and up to 1"),
    "a threshold for nothing": (
        ("--threshold", "0.5"),
        "nothing is looked for without a registry: name a file of ROR's, or add --from ror-api",
    ),
    "nothing looked up yet": (
        (),
        "no organisations were looked up for evidence yet: name a file of ROR's, or add --from ror-api",
    ),
    "no such file": (("none.csv",), "there is no file none.csv"),
    "no file of ROR's": (("ror.txt",), "ror.txt is no dump of ROR: expected .json, .zip or .csv"),
}


@pytest.mark.parametrize(("arguments", "message"), USAGE.values(), ids=USAGE.keys())
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: tuple[str, ...], message: str, corpus: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(corpus.parent)
    assert run(*arguments) == (2, f"kg: {message}\n")
    assert not (corpus / "external").exists()


def test_another_data_set_of_that_name_is_not_written_over_by_decisions(corpus: Path) -> None:
    described = {
        "name": "organisations", "kind": "groups", "title": "Mine", "publisher": "Me", "url": "https://example.org",
        "licence": organisations.LICENCE, "retrieved": "2026-11-28",
    }  # fmt: skip
    folder = dataset.save(corpus, DataSet.model_validate(described), [])
    with pytest.raises(UsageError, match=r"dataset\.yaml describes no organisations"):
        organisations.take_up(corpus)
    assert "title: Mine" in (folder / "dataset.yaml").read_text(encoding="utf-8")


def test_countries_by_two_letters_are_those_that_ship_and_namibia_is_among_them() -> None:
    codes = country_codes.iso3_by_iso2(SHIPPED)
    assert (len(codes), codes["NA"], codes["GB"]) == (249, "NAM", "GBR")
    assert codes == iso3()


# ROR's API


def answer(*records: object) -> Reply:
    return Reply(json.dumps({"number_of_results": len(records), "items": list(records)}).encode())


def of_names(**by_name: list[object]) -> Callable[[Asked], Reply]:
    """Answers a search by the name in it, whatever else is asked by nothing."""

    def reply(asked: Asked) -> Reply:
        query = parse_qs(urlsplit(asked.target).query)
        return answer(*by_name.get(query.get("query", [""])[0].replace(" ", "_"), []))

    return reply


NORTHGATE, KISUMU_RECORD = record(1, "Northgate Hospital", "GB"), record(3, "Kisumu Hospital", "KE")


def test_each_name_is_searched_once_and_matched_as_an_affiliation_where_nothing_is_found(
    serve: Serve, fetcher: Fetcher
) -> None:
    def reply(asked: Asked) -> Reply:
        query = parse_qs(urlsplit(asked.target).query)
        if query.get("query") == ["Northgate Hospital"]:
            return answer(NORTHGATE)
        if query.get("affiliation") == ["Care – Kisumu:"]:
            return answer({"score": 0.9, "chosen": False, "organization": KISUMU_RECORD})
        return answer()

    service = serve(reply)
    names = ["Northgate Hospital", "Care – Kisumu: (all)", "Northgate Hospital (lead)"]
    found = ror_api.look_up(names, iso3(), fetcher, service.base)
    assert {each.name: sorted(each.countries) for each in found.registry.organisations.values()} == {
        "Northgate Hospital": ["GBR"],
        "Kisumu Hospital": ["KEN"],
    }
    assert [parse_qs(urlsplit(asked.target).query) for asked in service.asked] == [
        {"query": ["Care – Kisumu\\:"]},
        {"affiliation": ["Care – Kisumu:"]},
        {"query": ["Northgate Hospital"]},
    ]
    assert (len(found.digests), found.retrieved) == (3, datetime.now(UTC).date().isoformat())
    again = ror_api.look_up(names, iso3(), replace(fetcher, offline=True), service.base)
    assert (again, len(service.asked)) == (found, 3), "kept answers are used"


def test_a_service_that_asks_to_wait_is_waited_for(serve: Serve, fetcher: Fetcher) -> None:
    busy = Reply(b"{}", "429 Too Many Requests", headers={"Retry-After": "1"})
    service = serve({"*": [busy, answer(NORTHGATE)]})
    waited: list[str] = []
    patient = replace(fetcher, report=lambda what, done, whole: waited.append(what))
    found = ror_api.look_up(["Northgate Hospital"], iso3(), patient, service.base)
    assert list(found.registry.organisations) == [NORTH]
    assert (len(service.asked), "waiting for 127.0.0.1, s" in waited) == (2, True)


FAULTS: Mapping[str, tuple[Reply, str]] = {
    "busy for longer than we wait": (
        Reply(b"{}", "429 Too Many Requests", headers={"Retry-After": "3600"}),
        r"did not answer: 429 Too Many Requests; ask again in 3,600 s",
    ),
    "sent elsewhere": (
        Reply(b"", "302 Found", headers={"Location": "http://localhost:9/v2/organizations"}),
        r"sends on to http://localhost:9: ask that address if you trust it",
    ),
    "a web page": (Reply(b"<html>", kind="text/html"), "answered with a web page, not with JSON"),
    "cut off": (Reply(b'{"items": [', length=100), "broke off before the end of its answer"),
    "version 1": (
        Reply(b'{"errors": ["gone"]}'),
        "answered without a list of organisations: is it ROR's API, version 2",
    ),
    "no object": (Reply(b"[]"), "answered without a list of organisations"),
    "not there": (Reply(b"{}", "404 Not Found"), "did not answer: 404 Not Found"),
}


@pytest.mark.parametrize(("reply", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_the_service_is_one_line_and_nothing_is_kept(
    reply: Reply, message: str, serve: Serve, fetcher: Fetcher, tmp_path: Path
) -> None:
    service = serve({"*": [reply]})
    with pytest.raises(Failure, match=message) as error:
        ror_api.look_up(["Northgate Hospital"], iso3(), fetcher, service.base)
    assert "\n" not in str(error.value)
    with pytest.raises(Failure, match="no snapshot of"):
        ror_api.look_up(["Northgate Hospital"], iso3(), replace(fetcher, offline=True), service.base)


def test_records_that_cannot_be_used_are_told_and_the_others_kept(serve: Serve, fetcher: Fetcher) -> None:
    hostile = record(2, "<script>alert(1)</script>")
    service = serve({"*": [answer(NORTHGATE, hostile, "text", {"id": "https://ror.org/x> <y"})]})
    found = ror_api.look_up(["Northgate Hospital"], iso3(), fetcher, service.base)
    assert list(found.registry.organisations) == [NORTH]
    assert [(each.file, each.spot) for each in found.registry.findings] == [
        (service.base, "record 2"),
        (service.base, "record 3"),
        (service.base, "record 4"),
    ]


def test_no_more_is_asked_in_a_period_than_the_service_allows(serve: Serve, fetcher: Fetcher) -> None:
    service = serve({"*": [answer(NORTHGATE)]})
    said: list[str] = []
    pace = ror_api.Pace(2, period=0.6, report=lambda what, done, whole: said.append(what))
    start = datetime.now(UTC)
    ror_api.look_up(["One Partner", "Two Partners", "Three Partners"], iso3(), fetcher, service.base, pace)
    taken = (datetime.now(UTC) - start).total_seconds()
    assert (len(service.asked), taken >= 0.6, "waiting for ROR" in said) == (3, True, True)


def test_a_client_id_goes_in_a_header_and_nowhere_else(
    serve: Serve, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = serve({"*": [answer(NORTHGATE)]})
    ror_api.look_up(["Northgate Hospital"], iso3(), fetcher, service.base)
    assert "client-id" not in service.asked[0].headers
    monkeypatch.setenv("KG_ROR_CLIENT_ID", "my-client-7")
    ror_api.look_up(["Another Hospital"], iso3(), fetcher, service.base)
    assert service.asked[1].headers["client-id"] == "my-client-7"
    assert "my-client-7" not in service.asked[1].target
    assert [path for path in tmp_path.rglob("*") if path.is_file() and b"my-client-7" in path.read_bytes()] == []


def test_the_command_asks_the_api_for_each_name_of_the_evidence(serve: Serve, corpus: Path, run: Run) -> None:
    service = serve(of_names(Northgate_Hospital=[NORTHGATE], Kisumu_Hospital=[KISUMU_RECORD]))
    code, _ = run("--from", "ror-api", "--api", service.base, "--into", corpus)
    assert code == 0
    assert [row.candidate for row in review.read(corpus / review.FILE)] == [KISUMU, NORTH]
    (unit,) = dataset.find_units(corpus)[0]
    described = dataset.read(unit).described
    assert described is not None
    assert (described.url, described.version, len(described.digest)) == (service.base, "API version 2", 2)
    code, _ = run("--from", "ror-api", "--api", service.base, "--offline", "--into", corpus)
    assert (code, len(service.asked)) == (0, 2)


def test_nobody_is_asked_while_the_review_file_cannot_be_understood(serve: Serve, corpus: Path, run: Run) -> None:
    run(corpus.parent / "ror.csv", "--into", corpus)
    decide(corpus, KISUMU, decision="perhaps")
    service = serve({"*": [answer(NORTHGATE)]})
    code, _ = run("--from", "ror-api", "--api", service.base, "--into", corpus)
    assert (code, service.asked) == (1, [])


# Wikidata


def item(qid: str, ror: str) -> Quad:
    return Quad(
        NamedNode(f"http://www.wikidata.org/entity/{qid}"),
        NamedNode("http://www.wikidata.org/prop/direct/P6782"),
        Literal(ror.removeprefix("https://ror.org/")),
    )


@pytest.fixture
def items() -> Iterator[SparqlEndpoint]:
    """An endpoint with some of Wikidata's statements: two items of one organisation, and one that is no item."""
    store = Store()
    store.extend([item("Q900", NORTH), item("Q17", NORTH), item("Q103", KISUMU), item("L1-S1", SOUTH)])
    with SparqlEndpoint(store).serving() as served:
        yield served


def test_wikidata_gives_the_items_of_what_was_asked_for_and_no_more(items: SparqlEndpoint) -> None:
    asked = [NORTH, SOUTH, made_up(9)]
    assert wikidata.items(asked, items.url) == {NORTH: ("Q17", "Q900")}
    (form,) = items.asked
    assert all(ror.removeprefix("https://ror.org/") in form["query"][0] for ror in asked)
    assert KISUMU.removeprefix("https://ror.org/") not in form["query"][0]


def test_wikidata_is_not_told_who_asks_ones_own_store(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_ENDPOINT_USER", "ada")
    monkeypatch.setenv("KG_ENDPOINT_PASSWORD", "s3cret")
    nothing = b'{"head": {"vars": ["ror", "item"]}, "results": {"bindings": []}}'
    service = serve(lambda asked: Reply(nothing, kind="application/sparql-results+json"))
    assert wikidata.items([NORTH], f"{service.base}/sparql") == {}
    assert [asked.headers.get("authorization") for asked in service.asked] == [None]


class Talkative(SparqlEndpoint):
    """Answers what it was not asked for."""

    @staticmethod
    def answer(store: Store, fields: dict[str, list[str]]) -> tuple[int, str, bytes]:
        store = Store()
        store.extend([item("Q17", NORTH), item("Q103", KISUMU)])
        return SparqlEndpoint.answer(store, {"query": [EVERY_ITEM]})


EVERY_ITEM = "SELECT ?ror ?item WHERE { ?item <http://www.wikidata.org/prop/direct/P6782> ?ror }"


def test_what_was_not_asked_for_is_not_taken() -> None:
    with Talkative(Store()).serving() as served:
        assert wikidata.items([NORTH], served.url) == {NORTH: ("Q17",)}


def test_many_organisations_are_asked_for_in_parts(items: SparqlEndpoint) -> None:
    asked = [made_up(number) for number in range(1, 121)]
    assert wikidata.items(asked, items.url) == {NORTH: ("Q17", "Q900"), KISUMU: ("Q103",)}
    assert len(items.asked) == 3
    assert wikidata.items([], items.url) == {}
    assert len(items.asked) == 3, "nothing is asked where nothing is lacking"


def test_only_candidates_without_an_item_are_asked_for_and_the_data_set_says_of_whom(
    items: SparqlEndpoint, corpus: Path, run: Run
) -> None:
    code, _ = run(corpus.parent / "ror.csv", "--into", corpus, "--wikidata", items.url)
    assert code == 0
    (form,) = items.asked
    assert [ror.removeprefix("https://ror.org/") in form["query"][0] for ror in (NORTH, SOUTH, KISUMU)] == [
        True,
        False,
        False,
    ]
    assert {row.candidate: row.wikidata for row in review.read(corpus / review.FILE)} == {
        KISUMU: ("Q103",),
        NORTH: ("Q17", "Q900"),
        SOUTH: ("Q102",),
    }
    text = (corpus / "external" / "organisations" / "dataset.yaml").read_text(encoding="utf-8")
    assert f"Wikidata items that ROR does not name were asked of {items.url}." in " ".join(text.split())


def test_an_endpoint_that_does_not_answer_leaves_everything_as_it_was(corpus: Path, run: Run, serve: Serve) -> None:
    run(corpus.parent / "ror.csv", "--into", corpus)
    before = (corpus / review.FILE).read_bytes()
    service = serve({"*": [Reply(b"<html>", "403 Forbidden", kind="text/html")]})
    code, said = run(corpus.parent / "ror.csv", "--into", corpus, "--wikidata", f"{service.base}/sparql")
    assert code == 3
    assert said.startswith("kg: ")
    assert said.count("\n") == 1
    assert (corpus / review.FILE).read_bytes() == before
