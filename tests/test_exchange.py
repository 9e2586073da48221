"""kg import and kg export as people type them: what is read as what, what is said, and with which exit code."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kg import evidence, importing, pipeline
from kg.errors import UsageError
from kg.evidence import Unit
from kg.intake import transaction
from kg.intake.arrival import Arrival
from kg.intake.kinds import Kind
from kg.intake.lexicon import Lexicon
from kg.pipeline import Built
from kg.records import Selector, Source
from kg.vocabulary import MATERIAL
from tests.conftest import TINY
from tests.test_cli import Ended, Run, run
from tests.test_transaction import arrival, files, source

__all__ = ["run"]

TABLE = "CMO,Mechanism,Outcome,Effect,Status,Source\n1,trust,equity,supports,supported,Lee 2020\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "lee.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.qdpx", "", Kind.project),
        ("a.QDC", "", Kind.codebook),
        ("a.ris", "", Kind.bibliography),
        ("a.bib", "", Kind.bibliography),
        ("a.nbib", "", Kind.bibliography),
        ("a.json", "", Kind.bibliography),
        ("a.md", "", Kind.table),
        ("a.csv", TABLE, Kind.table),
        ("a.csv", "id,Document,Tag,Content\n1,a,b,c\n", Kind.highlights),
        ("claims.csv", "source,coder,id\na,b,c\n", Kind.workbook),
    ],
)
def test_a_file_is_read_as_its_ending_and_columns_say(tmp_path: Path, name: str, text: str, kind: Kind) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert importing.recognise(tmp_path / name) == kind


def test_a_folder_is_the_csv_twins_of_a_workbook(tmp_path: Path) -> None:
    assert importing.recognise(tmp_path) == Kind.workbook


def test_a_file_of_no_known_kind_is_refused_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match=r"a\.docx is of no kind that can be imported \(\.qdpx, "):
        importing.recognise(tmp_path / "a.docx")


def test_an_import_says_what_came_and_what_changed(run: Run, table: Path, tmp_path: Path) -> None:
    into = tmp_path / "evidence"
    ended = run("import", table, "--into", into, "--set", "coder=ada")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-2:] == [
        "Rows: 1 = 1 kept + 0 reported.",
        f"{table}, read as a table. Files in {into}: 1 added, 0 changed, 0 unchanged.",
    ]
    assert list(files(into)) == ["sources/lee2020.yaml"]
    again = run("import", table, "--into", into, "--set", "coder=ada")
    assert again.out.splitlines()[-1].endswith("0 added, 0 changed, 1 unchanged.")


def test_a_dry_run_shows_the_difference_and_changes_nothing(run: Run, table: Path, tmp_path: Path) -> None:
    into = tmp_path / "evidence"
    run("import", table, "--into", into, "--set", "coder=ada")
    before = files(into)
    table.write_text(TABLE.replace("trust", "communication"), encoding="utf-8")
    ended = run("import", table, "--into", into, "--set", "coder=ada", "--dry-run")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert "--- sources/lee2020.yaml (as it stands)" in lines
    assert [line for line in lines if line.startswith(("-  ", "+  "))][:2] == [
        "-          - factor: trust",
        "-            note: trust",
    ]
    assert lines[-1].endswith("would be 0 added, 1 changed, 0 unchanged.")
    assert files(into) == before


def test_an_error_imports_nothing_and_ends_with_one(run: Run, table: Path, tmp_path: Path) -> None:
    table.write_text(TABLE + "2,trust,equity,helps,supported,Lee 2020\n", encoding="utf-8")
    ended = run("import", table, "--into", tmp_path / "evidence", "--set", "coder=ada")
    assert (ended.code, ended.err) == (1, "")
    assert f"{table}, D3: error: effect is “helps”." in ended.out
    assert ended.out.splitlines()[-1] == "Nothing was imported: mend the errors, and import again."
    assert not list((tmp_path / "evidence").rglob("sources/*"))


def test_what_cannot_be_read_at_all_ends_with_one_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    ended = run("import", tmp_path / "a.csv", "--into", tmp_path / "evidence")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.splitlines()[-1] == "Nothing was imported."
    assert not (tmp_path / "evidence").exists()


def test_words_that_nobody_knows_wait_in_the_folder_and_are_followed_once_said(
    run: Run, table: Path, tmp_path: Path
) -> None:
    into = tmp_path / "evidence"
    table.write_text(TABLE.replace("trust", "our way of working"), encoding="utf-8")
    ended = run("import", table, "--into", into, "--set", "coder=ada")
    assert ended.code == 1
    assert "“our way of working” as mechanism: nothing near is known. In B2." in ended.out
    queue = into / "queue" / "lee.yaml"
    assert list(files(into)) == ["queue/lee.yaml"]
    text = queue.read_text(encoding="utf-8")
    queue.write_text(
        text.replace("slot: mechanism\n  concept: null", "slot: mechanism\n  concept: trust"), encoding="utf-8"
    )
    ended = run("import", table, "--into", into)
    assert "Rows: 1 = 1 kept + 0 reported." in ended.out.splitlines()
    assert "sources/lee2020.yaml" in files(into)


def test_a_map_is_proposed_where_it_is_asked_for(run: Run, table: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.yaml"
    run("import", table, "--into", tmp_path / "evidence", "--set", "coder=ada", "--map", words)
    assert "concept: trust" in words.read_text(encoding="utf-8")
    before = words.read_bytes()
    run("import", table, "--into", tmp_path / "evidence", "--map", words)
    assert words.read_bytes() == before


def test_an_import_that_was_cut_off_is_finished_by_the_next(run: Run, table: Path, tmp_path: Path) -> None:
    into = tmp_path / "evidence"
    into.mkdir()
    joined = transaction.join(arrival(source()), into)
    transaction._stage(joined.changes, into)
    ended = run("import", table, "--into", into, "--set", "coder=ada")
    assert ended.out.splitlines()[0] == f"An import into {into} that had been cut off was finished first."
    assert sorted(files(into)) == ["sources/bora2024.yaml", "sources/lee2020.yaml"]


def test_a_file_that_changes_while_it_is_read_is_not_imported(
    run: Run, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SAFETY I33: somebody saves the workbook at the same moment."""
    real = importing.read

    def slow(*arguments: Any) -> Arrival:
        found = real(*arguments)
        table.write_text(TABLE.replace("trust", "communication"), encoding="utf-8")
        return found

    monkeypatch.setattr(importing, "read", slow)
    ended = run("import", table, "--into", tmp_path / "evidence", "--set", "coder=ada")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == f"kg: {table} was changed while it was read: save and close it, then import it again\n"
    assert not (tmp_path / "evidence").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "nothing.csv", "--into", "x"], "there is no file or folder nothing.csv"),
        (["import", "{table}", "--into", "{table}"], "is a file: name the evidence folder to import into"),
        (["import", "{table}", "--into", "x", "--set", "coder"], "“coder” sets nothing: write --set NAME=VALUE"),
        (
            ["import", "{table}", "--into", "x", "--annotate", "y.xlsx"],
            "--annotate marks the cells of a workbook (.xlsx)",
        ),
        (["template", "x.docx"], "x.docx: a workbook ends in .xlsx"),
        (["template", "{table}"], "a workbook ends in .xlsx"),
        (["export"], "say one thing to export, such as --workbook all.xlsx (one of --workbook, --csv, "),
        (["export", "--workbook", "a.xlsx", "--csv", "b"], "say one thing to export"),
        (["export", "--workbook", "a.csv"], "a.csv: a workbook ends in .xlsx"),
        (["export", "--cmo-table", "a.pdf"], "a.pdf: a cmo-table ends in .docx or .xlsx or .md or .tex"),
        (["export", "--codebook", "a.qdc", "--factor", "trust"], "a codebook is of the whole concept scheme"),
        (["export", "--csv", "{table}"], "is a file: name a folder"),
    ],
)
def test_a_slip_is_told_with_what_to_write_instead(
    run: Run, table: Path, arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = files(tmp_path)
    ended = run(*(argument.replace("{table}", str(table)) for argument in arguments))
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert files(tmp_path) == before


# Checked without being imported


def test_a_file_of_another_tool_is_checked_by_its_cells(run: Run, table: Path) -> None:
    table.write_text(TABLE + "2,our way,equity,helps,supported,Lee 2020\n", encoding="utf-8")
    before = files(table.parent)
    ended = run("check", table)
    assert ended.code == 1
    lines = ended.out.splitlines()
    assert lines[0].startswith(f"{table}, lee, headings: error: no column holds coder.")
    assert files(table.parent) == before
    book = table.parent / "words.qdc"
    book.write_text(CODEBOOK, encoding="utf-8")
    ended = run("check", book)
    assert ended.code == 1
    assert f"{book}, code “our way”: warning: “our way” is no concept that is known." in ended.out


CODEBOOK = """<?xml version="1.0" encoding="utf-8"?>
<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="test"><Codes>
<Code guid="a0000000-0000-4000-8000-000000000001" name="trust" isCodable="true"/>
<Code guid="a0000000-0000-4000-8000-000000000002" name="our way" isCodable="true"/>
</Codes></CodeBook>
"""


def test_references_are_checked_for_damage_and_not_for_being_known(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "refs.ris"
    file.write_text("TY  - JOUR\nTI  - Nobody coded this\nPY  - 2021\nER  - \n", encoding="utf-8")
    assert run("check", file) == Ended(0, "Nothing found.\n", "")
    file.write_text("TY  - JOUR\nTI  - Cut off\n", encoding="utf-8")
    ended = run("check", file)
    assert ended.code == 1
    assert f"{file}:1: error:" in ended.out


# Out again


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """An evidence folder with a source that may not be published, and its document."""
    into = tmp_path / "corpus"
    shutil.copytree(TINY, into)
    talk = into / "cases" / "kisumu-interview.yaml"
    talk.write_text(
        talk.read_text(encoding="utf-8").replace("codings:", "publishable: false\ncodings:", 1), encoding="utf-8"
    )
    return into


@pytest.mark.parametrize(
    ("product", "name"),
    [
        ("--workbook", "all.xlsx"),
        ("--csv", "tables"),
        ("--project", "all.qdpx"),
        ("--bibliography", "all.json"),
        ("--bibliography", "all.ris"),
        ("--cmo-table", "all.docx"),
        ("--cmo-table", "all.md"),
    ],
)
def test_what_may_not_be_published_goes_out_for_its_owner_only(
    run: Run, corpus: Path, tmp_path: Path, product: str, name: str
) -> None:
    graph = tmp_path / "graph"
    if product == "--cmo-table":
        pipeline.build(corpus, graph)
    place = tmp_path / "out" / name
    asked = ("export", product, place, "--from", corpus, "--graph", graph)
    ended = run(*asked)
    assert ended.code == 0
    assert "1 source that may not be published was left out; --owner includes it." in " ".join(ended.out.split())
    assert not holds(place, b"trusted the notes")
    assert not holds(place, b"kisumu-interview")
    again = run(*asked, "--owner")
    assert again.code == 2
    assert "is there already" in again.err or "is not empty" in again.err
    ended = run(*asked, "--owner", "--replace")
    assert "may not be published" not in ended.out
    assert holds(place, b"kisumu-interview") or holds(place, b"Interview with a ward nurse")


@pytest.mark.parametrize(("product", "name"), [("--workbook", "all.xlsx"), ("--csv", "tables")])
def test_studies_and_theories_of_what_is_withheld_are_withheld_too(
    run: Run, corpus: Path, tmp_path: Path, product: str, name: str
) -> None:
    talk = corpus / "cases" / "kisumu-interview.yaml"
    text = talk.read_text(encoding="utf-8")
    talk.write_text(text.replace("publishable: false", "publishable: false\nstudy: secret-study", 1), encoding="utf-8")
    with (corpus / "studies.yaml").open("a", encoding="utf-8") as studies:
        studies.write('  - {id: secret-study, label: "The ward of the secret"}\n')
    with (corpus / "theories.yaml").open("a", encoding="utf-8") as theories:
        theories.write("  - {id: told-there, label: What nurses said in secret, source: kisumu-interview}\n")
    place = tmp_path / name
    assert run("export", product, place, "--from", corpus).code == 0
    assert not holds(place, b"secret")
    assert run("export", product, place, "--from", corpus, "--owner", "--replace").code == 0
    assert holds(place, b"ward of the secret")
    assert holds(place, b"nurses said in secret")


def test_a_project_takes_the_text_beside_the_record_and_no_other(run: Run, corpus: Path, tmp_path: Path) -> None:
    (corpus / "raw").mkdir()
    (corpus / "raw" / "kisumu-interview.txt").write_text("The unprotected transcript.", encoding="utf-8")
    assert run("export", "--project", tmp_path / "all.qdpx", "--from", corpus, "--owner").code == 0
    assert not holds(tmp_path / "all.qdpx", b"unprotected")
    assert holds(tmp_path / "all.qdpx", b"trusted the notes")


def holds(place: Path, words: bytes) -> bool:
    """Whether a file, a folder, or what is packed in a file holds some words."""
    for path in [place, *place.rglob("*")] if place.is_dir() else [place]:
        if path.is_file() and words in path.read_bytes():
            return True
        if path.is_file() and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if any(words in archive.read(name) or words in name.encode() for name in archive.namelist()):
                    return True
    return False


@pytest.mark.parametrize("name", ["all.xlsx", "tables", "all.qdpx"])
def test_what_goes_out_comes_in_again_as_it_was(run: Run, tmp_path: Path, name: str) -> None:
    product = {"all.xlsx": "--workbook", "tables": "--csv", "all.qdpx": "--project"}[name]
    assert run("export", product, tmp_path / name, "--from", TINY).code == 0
    ended = run("import", tmp_path / name, "--into", tmp_path / "again")
    assert ended.code == 0
    for path in sorted(TINY.rglob("*.yaml")):
        unit = Unit(path, path.relative_to(TINY).as_posix(), 1, path.read_bytes())
        again = tmp_path / "again" / unit.file
        expected = evidence.read(unit).record
        if isinstance(expected, Source) and expected.type in MATERIAL:
            # A workbook holds no texts; and nothing says that consent covers these
            texts = expected.document if name == "all.qdpx" else None
            expected = expected.model_copy(update={"publishable": False, "document": texts})
        if name == "all.qdpx" and not unit.file.startswith("cases/"):
            continue  # a project holds what was said in documents
        found = evidence.read(Unit(again, unit.file, 1, again.read_bytes())).record
        assert found is not None
        assert expected is not None
        assert beside_words_around_a_quote(found) == beside_words_around_a_quote(expected)


def beside_words_around_a_quote(record: evidence.Record) -> object:
    """A record without what stands before and after a quote, of which a project shows as much as it likes."""
    text = record.model_dump_json(exclude={"codings": {"__all__": {"claims": {"__all__": {"evidence"}}}}})
    quotes = [item for coding in getattr(record, "codings", []) for claim in coding.claims for item in claim.evidence]
    return text, [item.model_copy(update={"selector": _ends(item.selector)}) for item in quotes]


def _ends(selector: Selector | None) -> Selector | None:
    return selector and selector.model_copy(update={"prefix": None, "suffix": None})


def test_a_selection_of_a_folder_is_made_in_a_graph_of_that_folder(run: Run, tmp_path: Path) -> None:
    """Never in that of the shipped evidence."""
    place = tmp_path / "trust.md"
    ended = run("export", "--cmo-table", place, "--from", TINY, "--factor", "trust")
    assert ended.err.startswith(f"Building a graph of {TINY} to select from")
    text = place.read_text(encoding="utf-8")
    assert "Abara" in text
    assert "Bromley" not in text


def test_claims_that_the_file_no_longer_has_stay_and_are_named(run: Run, table: Path, tmp_path: Path) -> None:
    into = tmp_path / "evidence"
    run("import", table, "--into", into, "--set", "coder=ada")
    table.write_text(TABLE.replace("\n1,", "\n2,"), encoding="utf-8")
    ended = run("import", table, "--into", into, "--set", "coder=ada")
    assert "note: lee2020: the record also holds 1 of ada, which this file does not; they stay." in ended.out
    assert re.findall("- id: '(.)'", (into / "sources" / "lee2020.yaml").read_text(encoding="utf-8")) == ["1", "2"]


def test_what_was_said_wrongly_of_a_table_is_forgotten(run: Run, table: Path, tmp_path: Path) -> None:
    ended = run("import", table, "--into", tmp_path / "evidence", "--set", "coder=ada", "--set", "effekt=supports")
    assert ended.code == 1
    assert "effekt cannot be said for a whole table." in ended.out
    ended = run("import", table, "--into", tmp_path / "evidence", "--set", "coder=ada")
    assert ended.code == 0


def test_a_title_above_the_headings_is_passed_over(run: Run, table: Path, tmp_path: Path) -> None:
    table.write_text(f"Table 2. Configurations found,,,,,\n{TABLE}", encoding="utf-8")
    ended = run("import", table, "--into", tmp_path / "evidence", "--set", "coder=ada")
    assert ended.code == 0
    assert "“Table 2. Configurations found” is read as a title above the headings." in ended.out


def test_an_empty_selection_is_said_to_be(run: Run, tmp_path: Path, tiny_build: Built) -> None:
    graph = tiny_build.release.folder.parent.parent
    place = tmp_path / "none.xlsx"
    ended = run("export", "--workbook", place, "--from", TINY, "--graph", graph, "--factor", "patience")
    assert ended.out == f"{place}: 0 sources, 0 claims: nothing answers to what was asked.\n"


def test_a_marked_copy_takes_the_place_of_a_marked_copy_only(run: Run, tmp_path: Path) -> None:
    book, copy = tmp_path / "book.xlsx", tmp_path / "copy.xlsx"
    run("template", book)
    run("template", copy)
    ended = run("import", book, "--into", tmp_path / "evidence", "--annotate", copy)
    assert (ended.code, "is there already, and is no marked copy" in ended.err) == (2, True)
    copy.unlink()
    for _ in range(2):
        assert run("import", book, "--into", tmp_path / "evidence", "--annotate", copy).code == 0


def test_a_selection_is_cut_down_to_its_claims(run: Run, tmp_path: Path, tiny_build: Built) -> None:
    place, graph = tmp_path / "some.xlsx", tiny_build.release.folder.parent.parent
    ended = run("export", "--workbook", place, "--from", TINY, "--graph", graph, "--factor", "communication")
    assert ended.out == f"{place}: 1 source, 1 claim.\n"
    run("import", place, "--into", tmp_path / "some")
    (kept,) = (tmp_path / "some" / "sources").glob("*.yaml")
    assert re.findall(r"- factor: (\S+)", kept.read_text(encoding="utf-8")).count("communication") == 1


BOTH = ["trust-early", "trust-first"]


@pytest.mark.parametrize(
    ("selection", "theories", "studies"),
    [
        # abara2019 bears on the second version, which revises the first; its study is shared with abara2021
        (["--factor", "trust", "--coder", "ada", "--status", "all"], BOTH, {"abara-link": []}),
        # The claim of demir2022, a review, bears on none; what the review includes is not in the selection
        (["--factor", "communication"], [], {"demir-review": []}),
        ([], BOTH, {"abara-link": [], "demir-review": ["abara-link", "costa2020"]}),
    ],
    ids=["trust", "communication", "everything"],
)
def test_a_selection_takes_along_what_its_sources_name_and_what_that_revises(
    run: Run,
    tmp_path: Path,
    tiny_build: Built,
    selection: list[str],
    theories: list[str],
    studies: dict[str, list[str]],
) -> None:
    place, graph = tmp_path / "some.xlsx", tiny_build.release.folder.parent.parent
    assert run("export", "--workbook", place, "--from", TINY, "--graph", graph, "--owner", *selection).code == 0
    arrived = importing.read(place, Kind.workbook, Lexicon(), tmp_path)
    assert [one.id for one in (arrived.theories.theories if arrived.theories else [])] == theories
    assert {one.id: one.includes for one in (arrived.studies.studies if arrived.studies else [])} == studies
