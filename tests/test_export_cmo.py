"""The CMO table and its companions: what they say, in each kind of file, and what never leaves the house."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

import kg
from kg import pipeline
from kg.errors import EvidenceError, Failure, UsageError
from kg.export import selection
from kg.export.paper import cmo_table, latex, markdown, word, workbook
from kg.export.paper.cmo_table import CmoTable
from kg.export.paper.funnel import funnel
from kg.export.paper.sections import Document, Section
from kg.export.paper.workbook import MOST_IN_A_CELL, neutral
from kg.trace import FunnelStep
from kg.words import coding_notice
from tests.conftest import SHIPPED, TINY

WRITERS = {".docx": word.write, ".xlsx": workbook.write, ".md": markdown.write, ".tex": latex.write}


@pytest.fixture(scope="module")
def everything(tiny_graph: kg.KnowledgeGraph) -> CmoTable:
    """The tables of all claims of the small corpus."""
    return cmo_table.table(tiny_graph, tiny_graph.trace(claims=True, kind="any", status="all"))


def row(section: Section, found: str) -> dict[str, str]:
    """The only row that holds a text, by heading."""
    (cells,) = [row for row in section.rows if any(found in cell for cell in row)]
    return dict(zip(section.columns, cells, strict=True))


# What the tables say


def test_a_claim_with_every_slot(everything: CmoTable) -> None:
    assert row(everything.rows, "weekly calls") == {
        "No.": "8",
        "Context": "staff turnover, low (few people left)",
        "Mechanism: resource": "trust, present, fired: weekly calls between wards",
        "Mechanism: reasoning": "frontline staff: the other ward means well and will answer [basis: participant]",
        "Outcome": "service delivery, increased (shared records)",
        "Reported effect": "reported to support\n"
        "Rival explanation considered: a new electronic record came in the same year",
        "Actors": "frontline staff, low income partner\ntrainer",
        "Status": "supported",
        "Sources": "Abara & Lund 2019, participants' own account, table 2",
    }
    assert row(everything.trail, "abara2019/ada/c1") == {
        "No.": "8",
        "Claim": "abara2019/ada/c1",
        "Source": "Abara & Lund 2019",
        "Quote or paraphrase": "Nurses said that calls made them rely on the other ward's notes.",
        "Locator": "table 2",
        "Layer": "participant",
        "Coder": "ada",
        "Method": "manual, checked by bo",
        "Read": "abstract; table 2",
    }


def test_a_claim_with_few_slots_says_which_are_not_recorded(everything: CmoTable) -> None:
    assert row(everything.rows, "mistrust") == {
        "No.": "4",
        "Context": "not recorded",
        "Mechanism: resource": "mistrust, present: resource not recorded",
        "Mechanism: reasoning": "not recorded",
        "Outcome": "service delivery, direction not recorded",
        "Reported effect": "proposed to hinder",
        "Actors": "not recorded",
        "Status": "proposed",
        "Sources": "esposito2018 (authors not seen, year not seen), authors' interpretation, page 1",
    }


def test_several_mechanisms_statistics_quotes_and_kinds_of_effect(everything: CmoTable) -> None:
    both = row(everything.rows, "shared budget line")
    assert both["Mechanism: resource"].split("\n") == [
        "communication, present: resource not recorded",
        "resourcing, present: a shared budget line",
    ]
    assert both["Mechanism: reasoning"] == "less is lost [basis: not recorded]\nnot recorded"
    assert (
        row(everything.rows, "unchanged")["Reported effect"]
        == "reported to make no difference (fired but insufficient)"
    )
    assert row(everything.trail, "correlation")["Quote or paraphrase"].split("\n")[1] == (
        "correlation: 0.40, 0.1 to 0.6, n = 120"
    )
    assert row(everything.trail, "kisumu-interview/ada/p2")["Quote or paraphrase"] == (
        "“We had no budget for the calls, so some wards just stopped.” (P3)"
    )


def test_no_cell_is_ever_empty(everything: CmoTable) -> None:
    for section in everything.document.sections:
        assert all(cell.strip() for cells in section.rows for cell in cells)
        assert {len(cells) for cells in section.rows} == {len(section.columns)} == {len(section.widths)}


def test_each_claim_stands_once_and_every_evidence_item_in_the_trail(
    everything: CmoTable, tiny_graph: kg.KnowledgeGraph
) -> None:
    claims = {claim.claim: claim for claim in tiny_graph.trace(claims=True, kind="any", status="all").claims}
    assert len(everything.rows.rows) == len(claims) == 13
    assert [cells[0] for cells in everything.rows.rows] == [str(number) for number in range(1, 14)]
    assert len(everything.trail.rows) == sum(len(claim.evidence) for claim in claims.values())
    numbered = {cells[1]: cells[0] for cells in everything.trail.rows}
    assert list(numbered) == list(claims)
    assert list(numbered.values()) == [cells[0] for cells in everything.rows.rows]


def test_the_caption_says_the_selection_the_graph_and_how_it_was_coded(
    everything: CmoTable, tiny_graph: kg.KnowledgeGraph
) -> None:
    assert everything.caption == (
        "Selection: kind any; role mechanism; status all; evidence all.",
        f"Graph: {tiny_graph.name}.",
        "13 claims, 11 tested and 2 merely proposed, from 6 sources of 5 studies. A claim is what one coder recorded "
        "of one source; it is a configuration only where context, mechanism with reasoning, and outcome are all "
        "recorded. Of the 13 claims 4 are configurations.",
        "2 of 7 codings shown are machine-assisted; 5 of 7 were not checked by a second person or by the authors of a "
        "source. Counts are of what sources report, never of what works.",
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "kind relational; role mechanism; status tested; evidence all"),
        (
            {"factor": "trust", "outcome": ["equity", "service-delivery"], "min_studies": 2, "roll_up": True},
            "factor trust; outcome equity, service-delivery; role mechanism; status tested; evidence all; roll up; "
            "min studies 2",
        ),
    ],
)
def test_a_selection_in_words(tiny_graph: kg.KnowledgeGraph, asked: dict[str, object], said: str) -> None:
    assert cmo_table.selected(tiny_graph.trace(claims=False, **asked).selection) == said


@pytest.mark.parametrize(
    ("asked", "selection", "claims"),
    [
        (
            {"factor": "trust", "outcome": "equity"},
            "role mechanism; status tested (merely proposed claims are shown beside); evidence all.",
            "3 claims, 1 tested and 2 merely proposed, from 2 sources of 2 studies.",
        ),
        (
            {"factor": "trust", "outcome": "equity", "status": "proposed"},
            "role mechanism; status proposed; evidence all.",
            "2 claims, all merely proposed, from 1 source of 1 study.",
        ),
        (
            {"factor": "trust", "outcome": "equity", "status": "all"},
            "role mechanism; status all; evidence all.",
            "3 claims, 1 tested and 2 merely proposed, from 2 sources of 2 studies.",
        ),
    ],
)
def test_the_head_says_how_many_claims_are_merely_proposed(
    shipped_graph: kg.KnowledgeGraph, asked: dict[str, Any], selection: str, claims: str
) -> None:
    found = cmo_table.table(shipped_graph, shipped_graph.trace(claims=True, **asked))
    assert found.caption[0] == f"Selection: factor trust; outcome equity; {selection}"
    assert found.caption[2].startswith(claims)


def test_the_notice_is_of_the_codings_that_are_shown(shipped_graph: kg.KnowledgeGraph) -> None:
    found = cmo_table.table(shipped_graph, shipped_graph.trace(claims=True, factor="trust", outcome="equity"))
    assert found.caption[3] == (
        "All 3 codings shown are machine-assisted; none of them was checked by a second person or by the authors of a "
        f"source. {cmo_table.COUNTED}"
    )


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (
            (1, 1, 1),
            "The coding shown is machine-assisted; it was not checked by a second person or by the authors of a "
            "source.",
        ),
        ((1, 0, 1), "The coding shown was not checked by a second person or by the authors of a source."),
        ((2, 0, 2), "None of the 2 codings shown was checked by a second person or by the authors of a source."),
        ((3, 0, 1), "1 of 3 codings shown were not checked by a second person or by the authors of a source."),
        ((3, 1, 0), "1 of 3 codings shown are machine-assisted."),
        ((3, 0, 0), ""),
    ],
)
def test_codings_shown_are_said_to_be(counts: tuple[int, int, int], told: str) -> None:
    assert coding_notice(*counts, shown=True) == told


def test_one_publication_under_two_ids_is_told_where_one_of_them_is_shown(private_graph: kg.KnowledgeGraph) -> None:
    trace = private_graph.trace(claims=True, kind="any", status="all")
    for source, told in (("abara2019", True), (f"{SECRET}2020", True), ("demir2022", False)):
        some = replace(trace, claims=tuple(claim for claim in trace.claims if claim.source == source))
        assert ("count as 2 studies" in cmo_table.table(private_graph, some, owner=True).caption[3]) == told


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (["abara2019"], "Of the 2 claims 2 are configurations."),
        (["costa2020"], "Of the 4 claims 1 is a configuration."),
        (["demir2022"], "Of the 3 claims none is a configuration."),
        (["abara2021"], "This claim is no configuration."),
    ],
)
def test_the_head_says_how_many_claims_are_configurations(
    tiny_graph: kg.KnowledgeGraph, source: list[str], told: str
) -> None:
    trace = tiny_graph.trace(claims=True, kind="any", status="all")
    some = replace(trace, claims=tuple(claim for claim in trace.claims if claim.source in source))
    assert cmo_table.table(tiny_graph, some).caption[2].endswith(told)


def test_what_is_counted_is_said_to_be_reported_even_where_people_checked_all(small_graph: kg.KnowledgeGraph) -> None:
    found = cmo_table.table(small_graph, small_graph.trace(claims=True))
    assert sum(cmo_table.COUNTED in paragraph for paragraph in found.caption) == 1


def test_funnel_and_agreement(everything: CmoTable) -> None:
    assert everything.funnel.columns == ("Step", "Cells", "Cells with 3 or more studies")
    assert [cells[1:] for cells in everything.funnel.rows] == [
        ("6", "1"), ("4", "1"), ("3", "1"), ("2", "1"), ("1", "0"), ("1", "0"),
    ]  # fmt: skip
    assert row(everything.agreement, "layer") == {
        "Slot": "layer",
        "Pairs": "1",
        "Recorded the same": "0%",
        "Alpha": "0.00",
        "Alpha if aligned to agree best": "0.00",
        "Filled by one only": "0",
    }
    assert everything.agreement.notes[2] == (
        "Of this selection, a source counted once a cell: both coders recorded something in 1, one only in 0, and "
        "opposed directions in 1."
    )


def test_one_cell_has_its_funnel_in_studies(tiny_graph: kg.KnowledgeGraph) -> None:
    found = cmo_table.table(tiny_graph, tiny_graph.trace(factor="trust", outcome="service-delivery"))
    assert found.funnel.columns == ("Step", "Studies")
    assert found.funnel.rows[0] == ("as they are, tested or proposed", "3")


def test_the_theory_change_log_reads_from_the_first_version_on(everything: CmoTable) -> None:
    early, first = (dict(zip(everything.theories.columns, cells, strict=True)) for cells in everything.theories.rows)
    assert early["Theory"] == "Trust early (trust-early)"
    assert early["Revises"] == "nothing that is recorded"
    assert first == {
        "Theory": "Trust first (trust-first)",
        "Version": "2",
        "If": "partners call each other often and staff stay",
        "Then": "records are shared and shares grow even",
        "Because": "they come to trust each other",
        "Revises": "trust-early",
        "From": "abara2019",
        "Proposed by": "not recorded",
        "Supported by": "abara2019/ada/c1",
        "Refined by": "not recorded",
        "Refuted by": "demir2022/bo/k2",
    }


def test_claims_beyond_the_selection_are_counted_in_the_log(tiny_graph: kg.KnowledgeGraph) -> None:
    found = cmo_table.table(tiny_graph, tiny_graph.trace(factor="trust", outcome="equity"))
    first = row(found.theories, "trust-first)")
    assert (first["Supported by"], first["Refuted by"]) == ("1 beyond this selection", "demir2022/bo/k2")


def test_where_no_theory_and_no_claim_is_there_that_is_said(judged_graph: kg.KnowledgeGraph, tmp_path: Path) -> None:
    found = cmo_table.table(judged_graph, judged_graph.trace(factor="trust", outcome="partner-burden"))
    assert found.theories.notes == ("No programme theory is recorded in this graph, so there is no change to log.",)
    assert (found.rows.notes, found.rows.rows) == (("No claim answers to this selection.",), ())
    assert found.funnel.notes == ("No study here reports support, so there is no funnel of it.",)
    for ending in cmo_table.ENDINGS:
        cmo_table.write(found, tmp_path / f"a{ending}")


def test_a_trace_without_claims_is_read_again_with_them(tiny_graph: kg.KnowledgeGraph) -> None:
    asked = {"factor": "trust", "min_studies": 2}
    without, having = (tiny_graph.trace(claims=claims, **asked) for claims in (False, True))
    assert without.claims == ()
    assert cmo_table.table(tiny_graph, without) == cmo_table.table(tiny_graph, having)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"kind": "any", "status": "all"},
        {"kind": "any", "status": "proposed"},
        {"factor": "trust", "outcome": "partnership-functioning", "roll_up": True},
        {"factor": "trust", "roll_up": True},
        {"kind": "any", "role": "outcome"},
        {"kind": "any", "role": "context"},
        {"evidence": "review", "layer": "author"},
    ],
)
def test_the_funnel_over_claims_is_the_funnel_of_the_graph(
    shipped_graph: kg.KnowledgeGraph, asked: dict[str, object]
) -> None:
    found = shipped_graph.trace(claims=True, **asked)
    assert found.funnel[0].cells > 0
    assert funnel(shipped_graph.answers, found.selection, found.claims) == found.funnel


# Files

PLAIN = Document(
    "Trust | & _more_",
    ("Said: 5 % of $10, #1.",),
    (
        Section("One", "First | table", ("a note",), ("A", "B|"), (1, 3), (("=1+1", "x|y\n* z"), ("{}\\", "a_b^c~d"))),
        Section("Two", "Nothing", ("Nothing to show.",), ("A",), (1,), ()),
    ),
)


def tables(path: Path) -> list[list[tuple[str, ...]]]:
    """The tables of a file as an independent reader sees them, without empty ones."""
    if path.suffix == ".docx":
        made = docx.Document(str(path))
        return [[tuple(cell.text for cell in row.cells) for row in table.rows] for table in made.tables]
    if path.suffix == ".xlsx":
        book = load_workbook(path)
        return [
            [tuple(map(seen, cells)) for cells in sheet.iter_rows()]
            for sheet in book.worksheets[1:]
            if sheet.max_row > 1
        ]
    blocks = re.split(r"\n\n", path.read_text(encoding="utf-8"))
    return [
        [
            tuple(unescaped(cell[1:-1]) for cell in re.split(r"(?<!\\)(?:\\\\)*\|", line)[1:-1])
            for at, line in enumerate(block.rstrip("\n").split("\n"))
            if at != 1
        ]
        for block in blocks
        if block.startswith("| ")
    ]


def seen(cell: Any) -> str:
    """What a cell shows, a number in its format."""
    if cell.data_type != "n":
        return str(cell.value)
    decimals = len(cell.number_format.partition(".")[2])
    return f"{cell.value:.0%}" if cell.number_format == "0%" else f"{cell.value:.{decimals}f}"


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.replace("<br>", "\n"))


@pytest.mark.parametrize("ending", [".docx", ".xlsx", ".md"])
def test_what_is_written_is_what_is_read_back(everything: CmoTable, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"cmo{ending}"
    cmo_table.write(everything, path)
    assert tables(path) == [[section.columns, *section.rows] for section in everything.document.sections]


def test_word_has_landscape_pages_captions_and_headings_on_every_page(everything: CmoTable, tmp_path: Path) -> None:
    cmo_table.write(everything, tmp_path / "a.docx")
    made = docx.Document(str(tmp_path / "a.docx"))
    page = made.sections[0]
    assert (page.page_width or 0) > (page.page_height or 0)
    captions = [one.text for one in made.paragraphs if one.style is not None and one.style.name == "Caption"]
    assert captions == [
        "Table 1. CMO table",
        "Table 2. Funnel",
        "Table 3. Coder agreement",
        "Table 4. Theory-change log",
        "Table 5. Evidence trail",
    ]
    heads = [len(table._tbl.xpath("./w:tr/w:trPr/w:tblHeader")) for table in made.tables]
    assert heads == [1] * 5
    said = [one.text for one in made.paragraphs]
    assert set(everything.caption) <= set(said)
    assert {note for section in everything.document.sections for note in section.notes} <= set(said)


def test_tables_in_word_are_numbered_without_a_gap(tmp_path: Path) -> None:
    first, none = PLAIN.sections
    word.write(Document("T", (), (first, none, first)), tmp_path / "a.docx")
    made = docx.Document(str(tmp_path / "a.docx"))
    captions = [one.text for one in made.paragraphs if one.style is not None and one.style.name == "Caption"]
    assert captions == ["Table 1. First | table", "Table 2. First | table"]


def test_a_word_document_says_what_it_is_and_when_it_was_written(
    everything: CmoTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    monkeypatch.setattr(word, "now", lambda: written)
    long = Document("T" * 300, ("S" * 300,), ())
    said = []
    for document in (everything.document, long):
        word.write(document, tmp_path / "a.docx")
        said.append(docx.Document(str(tmp_path / "a.docx")).core_properties)
    properties = said[0]
    assert (properties.title, properties.subject) == (everything.title, everything.caption[0])
    assert (properties.created, properties.modified) == (written, written)
    assert (properties.author, properties.comments) == ("", "")
    assert (said[1].title, said[1].subject) == ("T" * 255, "S" * 255)


def test_a_workbook_has_a_sheet_a_part_and_runs_nothing(everything: CmoTable, tmp_path: Path) -> None:
    cmo_table.write(everything, tmp_path / "a.xlsx")
    book = load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["About", "CMO", "Funnel", "Agreement", "Theories", "Trail"]
    assert [cell.value for cell in book["About"]["A"]][: len(everything.caption) + 1] == [
        everything.title,
        *everything.caption,
    ]
    workbook.write(PLAIN, tmp_path / "b.xlsx")
    cell = load_workbook(tmp_path / "b.xlsx")["One"]["A2"]
    assert (cell.value, cell.data_type) == ("'=1+1", "s")


def test_numbers_are_numbers_in_a_workbook_and_nothing_else_is(tmp_path: Path) -> None:
    texts = ("310", "0.81", "-0.11", "0.40", "62%", "-1", "007", "+1", "-1 or so", "1e5", "-0", "9" * 16, "٣")
    document = Document("T", (), (Section("S", "S", (), texts, (1,) * len(texts), (texts,)),))
    workbook.write(document, tmp_path / "a.xlsx")
    cells = load_workbook(tmp_path / "a.xlsx")["S"][2]
    assert [cell.value for cell in cells] == [
        310, 0.81, -0.11, 0.4, 0.62, -1, "007", "'+1", "'-1 or so", "1e5", "'-0", "9" * 16, "٣",
    ]  # fmt: skip
    assert [cell.data_type for cell in cells] == ["n"] * 6 + ["s"] * 7
    assert [seen(cell) for cell in cells[:6]] == list(texts[:6])


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\ta", "\ra"])
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert neutral(text) == f"'{text}"


def test_what_no_cell_can_hold_is_cut_and_said_to_be() -> None:
    assert neutral("x" * MOST_IN_A_CELL) == "x" * MOST_IN_A_CELL
    cut = neutral("x" * (MOST_IN_A_CELL + 1))
    assert len(cut) == MOST_IN_A_CELL
    assert cut.endswith(" … (cut: a cell holds no more)")


def test_markdown_to_the_letter(tmp_path: Path) -> None:
    markdown.write(PLAIN, tmp_path / "a.md")
    assert (tmp_path / "a.md").read_text(encoding="utf-8") == (
        "# Trust \\| \\& \\_more\\_\n\n"
        "Said: 5 % of \\$10, \\#1.\n\n"
        "## First \\| table\n\n"
        "a note\n\n"
        "| A | B\\| |\n|---|---|\n| =1+1 | x\\|y<br>\\* z |\n| {}\\\\ | a\\_b^c\\~d |\n\n"
        "## Nothing\n\n"
        "Nothing to show.\n"
    )


def test_latex_to_the_letter(tmp_path: Path) -> None:
    latex.write(PLAIN, tmp_path / "a.tex")
    text = (tmp_path / "a.tex").read_text(encoding="utf-8")
    assert text[text.index("\\section*") :] == (
        "\\section*{Trust \\textbar{} \\& \\_more\\_}\n\n"
        "Said: 5 \\% of \\$10, \\#1.\n\n"
        "\\subsection*{First \\textbar{} table}\n\n"
        "a note\n\n"
        "\\begin{longtable}{@{}>{\\raggedright\\arraybackslash}p{0.238\\linewidth}"
        ">{\\raggedright\\arraybackslash}p{0.716\\linewidth}@{}}\n"
        "\\caption{First \\textbar{} table}\\\\\n"
        "\\toprule \\textbf{A} & \\textbf{B\\textbar{}} \\\\ \\midrule \\endfirsthead\n"
        "\\toprule \\textbf{A} & \\textbf{B\\textbar{}} \\\\ \\midrule \\endhead\n"
        "\\bottomrule \\endlastfoot\n"
        "=1+1 & x\\textbar{}y \\newline{} {*} z \\\\\n"
        "\\{\\}\\textbackslash{} & a\\_b\\textasciicircum{}c\\textasciitilde{}d \\\\\n"
        "\\end{longtable}\n\n"
        "\\subsection*{Nothing}\n\n"
        "Nothing to show.\n"
        "\\end{document}\n"
    )


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_is_set(everything: CmoTable, tmp_path: Path) -> None:
    cmo_table.write(everything, tmp_path / "a.tex")
    subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"], cwd=tmp_path, check=True, timeout=120
    )


ANY = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(ANY, min_size=1, max_size=4))
@example(texts=["\x00", "\ufffe", "a\r\nb", "\u2028"])
@example(texts=["-0.10", "7", "0%", "1.0"])
@example(texts=["\\", "|", "\\|", "<br>"])
def test_any_text_stands_in_any_file(tmp_path: Path, texts: list[str]) -> None:
    from kg.export.paper.sections import lines

    cells = tuple(" ".join(lines([text]).split()) or "not recorded" for text in texts)
    columns = tuple(f"C{at}" for at in range(len(cells)))
    document = Document("T", (), (Section("S", "S", (), columns, (1,) * len(cells), (cells,)),))
    for ending, write in WRITERS.items():
        path = tmp_path / f"a{ending}"
        write(document, path)
        wanted = (
            tuple(cell if workbook.number(cell) else neutral(cell) for cell in cells) if ending == ".xlsx" else cells
        )
        if ending == ".tex":
            body = path.read_text(encoding="utf-8").partition("\\endlastfoot\n")[2]
            plain = re.sub(r"\\[{}]", "", body.partition("\\end{longtable}")[0])
            assert plain.count("{") == plain.count("}")
            assert len(re.findall(r"(?<!\\)&", plain)) == len(cells) - 1
            assert re.search(r"(?<!\\)[$#%_^~](?!\\)", re.sub(r"\$\\\w+\$|\$-\$|~", "", plain)) is None
        else:
            assert tables(path) == [[columns, wanted]]


@pytest.mark.parametrize("name", ["a.pdf", "docx", "a"])
def test_another_ending_is_refused(everything: CmoTable, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=re.escape("its ending is none of .docx, .xlsx, .md, .tex")):
        cmo_table.write(everything, tmp_path / name)


@pytest.mark.parametrize("ending", cmo_table.ENDINGS)
def test_where_nothing_can_be_written_that_is_said(everything: CmoTable, tmp_path: Path, ending: str) -> None:
    with pytest.raises(Failure, match="cannot be written"):
        cmo_table.write(everything, tmp_path / "nowhere" / f"a{ending}")


# What stays in the house

SECRET = "zanzibarite"
HIDDEN = f"""\
source: {SECRET}2020
type: journal-article
title: {SECRET} title
authors: ["{SECRET}, A"]
year: 2020
doi: 10.5555/abara.2019
publishable: false
codings:
  - coder: ada
    method: manual
    read: ["{SECRET} part"]
    cases:
      - {{id: "{SECRET}-case", label: {SECRET}}}
    claims:
      - id: c1
        contexts: [{{factor: staff-turnover, state: high, note: {SECRET}}}]
        mechanisms: [{{factor: trust, state: present, reasoning: {SECRET}, resource: {SECRET}, note: {SECRET}}}]
        actors: [{{kind: funder, note: {SECRET}}}]
        outcome: {{factor: service-delivery, direction: increased, note: {SECRET}}}
        effect: supports
        status: supported
        rival_explanation: {SECRET}
        evidence: [{{locator: {SECRET}, layer: author, paraphrase: {SECRET}, quote: {SECRET}, speaker: {SECRET}}}]
        theories: [{{theory: trust-first, relation: supports}}, {{theory: hidden-too, relation: proposes}}]
        links: [{{to: abara2019/ada/c1, kind: refines}}]
"""
THEORIES = f"""\
  - {{id: {SECRET}-theory, label: {SECRET}, if: {SECRET}, source: {SECRET}2020, revision_of: trust-first}}
  - {{id: hidden-too, label: {SECRET}}}
  - {{id: third, label: Third, if: all is said, revision_of: {SECRET}-theory}}
"""


@pytest.fixture(scope="module")
def private_evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small corpus with a source that may not be published, theories of its own, and a link to it."""
    place = tmp_path_factory.mktemp("private") / "evidence"
    shutil.copytree(TINY, place)
    (place / "sources" / f"{SECRET}2020.yaml").write_text(HIDDEN, encoding="utf-8")
    with (place / "theories.yaml").open("a", encoding="utf-8") as out:
        out.write(THEORIES)
    linked = place / "sources" / "abara2021.yaml"
    text = linked.read_text(encoding="utf-8")
    linked.write_text(f"{text}          - {{to: {SECRET}2020/ada/c1, kind: refines}}\n", encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def private_graph(private_evidence: Path, tmp_path_factory: pytest.TempPathFactory) -> kg.KnowledgeGraph:
    """The graph of that corpus."""
    built = pipeline.build(private_evidence, tmp_path_factory.mktemp("private-build") / "build")
    return kg.open(built.release.folder.parent.parent)


def unpacked(path: Path) -> bytes:
    """All that a file holds, its parts unpacked where it is an archive."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"".join(name.encode() + archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("ending", cmo_table.ENDINGS)
def test_what_may_not_be_published_leaks_nowhere(private_graph: kg.KnowledgeGraph, tmp_path: Path, ending: str) -> None:
    found = private_graph.trace(claims=True, kind="any", status="all")
    assert SECRET in found.notice  # it is one publication with another here
    path = tmp_path / f"public{ending}"
    cmo_table.write(cmo_table.table(private_graph, found), path)
    assert SECRET.encode() not in unpacked(path)
    path = tmp_path / f"private{ending}"
    cmo_table.write(cmo_table.table(private_graph, found, owner=True), path)
    assert unpacked(path).count(SECRET.encode()) > 10


def test_what_is_left_out_is_counted_and_what_remains_is_as_if_it_had_never_been(
    private_graph: kg.KnowledgeGraph, tiny_graph: kg.KnowledgeGraph
) -> None:
    asked = {"kind": "any", "status": "all"}
    public = cmo_table.table(private_graph, private_graph.trace(claims=True, **asked))
    without = cmo_table.table(tiny_graph, tiny_graph.trace(claims=True, **asked))
    assert public.withheld == 1
    assert public.caption[-1] == "Left out since they may not be published: 1 source that the selection would show."
    assert (public.rows, public.trail) == (without.rows, without.trail)
    assert public.funnel.rows == without.funnel.rows
    assert public.funnel.notes[-1] == "It is of the claims that are shown."
    assert public.theories.rows[:2] == without.theories.rows
    assert [cells[0] for cells in public.theories.rows[2:]] == ["Third (third)"]
    assert public.theories.rows[2][5] == "a theory that is left out"
    assert public.theories.notes[-1] == "Left out since their sources may not be published: 2 of 5."
    assert public.agreement.notes[-1] == "These counts include sources that are left out elsewhere."


def test_the_funnel_of_a_cell_is_of_the_studies_that_are_shown(
    private_graph: kg.KnowledgeGraph, tiny_graph: kg.KnowledgeGraph
) -> None:
    cell: dict[str, Any] = {"factor": "trust", "outcome": "service-delivery"}
    found = private_graph.trace(**cell)
    public, private = (cmo_table.table(private_graph, found, owner=owner) for owner in (False, True))
    assert public.funnel.rows == cmo_table.table(tiny_graph, tiny_graph.trace(**cell)).funnel.rows
    assert [int(cells[1]) for cells in private.funnel.rows[:1]] == [int(public.funnel.rows[0][1]) + 1]


def test_the_owner_has_all_and_is_told_not_to_publish_it(private_graph: kg.KnowledgeGraph) -> None:
    found = private_graph.trace(claims=True, kind="any", status="all")
    private = cmo_table.table(private_graph, found, owner=True)
    assert (private.withheld, len(private.rows.rows)) == (0, 14)
    assert private.caption[-1] == "Not for publication: holds 1 source that may not be published."
    assert [step[1:] for step in private.funnel.rows] == [
        (str(step.cells), str(step.recurrent)) for step in found.funnel
    ]
    assert isinstance(found.funnel[0], FunnelStep)
    assert len(private.theories.rows) == 5


def test_records_for_an_export_leave_out_what_may_not_be_published(private_evidence: Path) -> None:
    found, withheld = selection.sources(private_evidence, None, owner=False)
    assert withheld == 1
    assert SECRET not in "".join(source.model_dump_json() for source in found)
    assert [len(source.codings) for source in found if source.source == "costa2020"] == [2]
    links = {source.source: source.codings[0].claims[0].links for source in found}
    assert [link.to for link in links["abara2021"]] == ["abara2019/ada/c1"]
    everything, none = selection.sources(private_evidence, None, owner=True)
    assert (len(everything), none) == (len(found) + 1, 0)
    assert [source for source in everything if source.source == "demir2022"] == [
        source for source in found if source.source == "demir2022"
    ]


def test_records_are_cut_down_to_some_claims(private_evidence: Path) -> None:
    wanted = {"costa2020/bo/c1", "abara2021/ada/c1", f"{SECRET}2020/ada/c1"}
    found, withheld = selection.sources(private_evidence, wanted, owner=False)
    assert withheld == 1
    kept = {
        (source.source, coding.coder): ([claim.id for claim in coding.claims], [case.id for case in coding.cases])
        for source in found
        for coding in source.codings
    }
    assert kept == {("abara2021", "ada"): (["c1"], ["link"]), ("costa2020", "bo"): (["c1"], [])}
    assert [claim.links for source in found for coding in source.codings for claim in coding.claims] == [[], []]
    assert [source.title for source in found] == [
        "Trust and shared records, five years on",
        "Control of money and trust among district teams",
    ]


def test_links_within_a_coding_stay_where_both_claims_do() -> None:
    every, _ = selection.sources(SHIPPED, None, owner=False)
    claims = {
        f"{source.source}/{coding.coder}/{claim.id}": claim
        for source in every
        for coding in source.codings
        for claim in coding.claims
    }
    assert len(claims) == 1199
    assert sum(len(claim.links) for claim in claims.values()) == 154


def test_claims_that_are_not_there_and_evidence_with_errors_are_told(tmp_path: Path, corpus: Path) -> None:
    assert selection.sources(corpus, (), owner=False) == ([], 0)
    with pytest.raises(UsageError, match=r"has no claim abara2019/ada/c9, x/y/z: the selection was made"):
        selection.sources(corpus, ["abara2019/ada/c9", "x/y/z", "abara2019/ada/c1"], owner=False)
    (corpus / "sources" / "bad.yaml").write_text("source: bad\n", encoding="utf-8")
    with pytest.raises(EvidenceError) as caught:
        selection.sources(corpus, None, owner=False)
    assert {Path(finding.file).name for finding in caught.value.findings} == {"bad.yaml"}
    with pytest.raises(UsageError):
        selection.sources(tmp_path / "nowhere", None, owner=False)
