"""The report: each of its numbers is the trace's and leads to its studies, and it needs nothing but itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from typer.testing import CliRunner

import kg
from kg import cli, references
from kg.errors import UsageError
from tests.browser import needs_chromium, opened

COLUMNS = ("supports", "present_better", "absent_worse", "hinders", "mixed", "no_effect", "studies", "proposed")


@pytest.fixture(scope="module")
def trust(shipped_graph: kg.KnowledgeGraph) -> str:
    return shipped_graph.report(factor="trust").html()


@pytest.fixture(scope="module")
def page(trust: str) -> Any:
    return html.fromstring(trust)


def studies_at(page: Any, link: str) -> list[str]:
    """The studies that are listed where a number leads."""
    listed = page.get_element_by_id(link.removeprefix("#"))
    return [one.xpath("string(span)").strip("()") for one in listed.xpath("./ul/li")]


def test_every_number_of_the_table_is_the_traces_and_lists_as_many_studies(
    page: Any, shipped_graph: kg.KnowledgeGraph
) -> None:
    trace = shipped_graph.trace(factor="trust")
    labels = trace.vocabulary.labels
    cells = {f"{labels[cell.factor]} and {labels[cell.outcome]}": cell for cell in trace.cells}
    rows = page.xpath("//*[@id='pairs']//tbody/tr")
    assert len(rows) == len(cells) == 20
    for row in rows:
        name, *numbers = row.xpath("./td")
        cell = cells[name.text_content().removesuffix(" (unwanted)")]
        for column, number in zip(COLUMNS, numbers, strict=False):
            count = getattr(cell, column)
            assert number.text_content().removesuffix("†") == (str(count) if count else "·"), (
                name.text_content(),
                column,
            )
            if count:
                assert len(studies_at(page, number.xpath("string(a/@href)"))) == count


def test_numbers_lead_to_claims_and_claims_to_sources(page: Any) -> None:
    anchors = set(page.xpath("//@id"))
    links = page.xpath("//a/@href[starts-with(., '#')]")
    assert {link[1:] for link in links} <= anchors
    for item in page.xpath("//section[@class='behind'][not(contains(@id, '--pairs'))]//li"):
        for link in item.xpath(".//a/@href"):
            article = page.get_element_by_id(link[1:])
            assert article.tag == "article"
            assert re.search(r"Source: .+ \d{4}", article.text_content())
    assert len(page.xpath("//article")) == len(set(page.xpath("//article/h4/text()"))) == 86
    assert len(page.xpath("//article//a[starts-with(@href, 'https://doi.org/')]")) > 60


@pytest.mark.parametrize(
    "asked",
    [
        {"status": "proposed"},
        {"kind": "relational", "min_studies": 3},
        {"factor": "trust", "roll_up": True},
        {"country": "Kenya", "kind": "any"},
        {"factor": "trust", "min_coders": 2},
    ],
    ids=str,
)
def test_every_link_leads_to_as_many_studies_as_its_number(
    shipped_graph: kg.KnowledgeGraph, asked: dict[str, Any]
) -> None:
    page: Any = html.fromstring(shipped_graph.report(**asked).html())
    anchors = page.xpath("//@id")
    assert len(anchors) == len(set(anchors))
    assert {link[1:] for link in page.xpath("//a/@href[starts-with(., '#')]")} <= set(anchors)
    for number in page.xpath("//*[@id='pairs']//tbody//td[@class='n']/a"):
        assert len(studies_at(page, number.get("href"))) == int(number.text)
    for listed in page.xpath("//section[@class='behind']"):
        assert listed.xpath("./ul/li"), listed.get("id")
        stated = re.search(r": (\d+) (?:study|studies|pairs?)$", listed.xpath("string(h3)"))
        if stated:
            assert len(listed.xpath("./ul/li")) == int(stated[1])
    bars = page.xpath("(//figure)[2]//*[local-name()='text']/text()[contains(., ' of ')]")
    table = page.xpath("//section[@aria-labelledby='funnel']//tbody/tr/td[@class='n'][last()]")
    drawn = [bar.partition(" of ")[0] for bar in bars if bar[:1].isdigit()]
    assert drawn == [cell.text_content().replace("·", "0") for cell in table], "picture and table are one funnel"


def test_pairs_that_are_left_are_named(page: Any) -> None:
    """“1 is left” leads to which."""
    (sentence,) = [one for one in page.xpath("//ul[@class='answer']/li") if "left once" in one.text_content()]
    first, last = sentence.xpath("./a")
    assert (first.text, last.text) == ("4", "1")
    named = page.get_element_by_id(last.get("href")[1:]).xpath("./ul/li")
    assert [one.text_content() for one in named] == ["trust and partnership functioning: 3"]
    assert len(page.get_element_by_id(first.get("href")[1:]).xpath("./ul/li")) == 4


def test_no_number_of_the_answer_or_the_funnel_stands_without_a_way_to_its_studies(page: Any) -> None:
    for section in ("answer", "funnel"):
        (found,) = page.xpath(f"//section[@aria-labelledby='{section}']")
        for cell in found.xpath(".//td[@class='n']"):
            assert cell.text_content() in ("·", "0") or cell.xpath("./a"), cell.text_content()
    for sentence in page.xpath("//ul[@class='answer']/li"):
        told = "".join(sentence.xpath("./text()")).replace("3 independent studies or more", "")
        assert not re.search(r"\d", told), told


def test_the_funnel_of_one_cell_lists_the_studies_of_each_step(shipped_graph: kg.KnowledgeGraph) -> None:
    page: Any = html.fromstring(shipped_graph.report(factor="trust", outcome="partnership-functioning").html())
    steps = page.xpath("//section[@aria-labelledby='funnel']//tbody/tr/td[2]/a")
    assert [int(step.text) for step in steps] == [18, 13, 10, 9, 6, 3]
    assert [len(studies_at(page, step.get("href"))) for step in steps] == [18, 13, 10, 9, 6, 3]


def test_what_it_says_and_what_it_does_not(page: Any, trust: str) -> None:
    text = " ".join(page.text_content().split())
    assert "26 independent studies report something that counts, in 57 claims." in text
    assert "Support is reported for 20 pairs of a factor and an outcome, by most studies for trust and" in text
    assert "Contexts recorded by most studies: resource scarcity (3), unmet complex needs (3)," in text
    assert "30 claims record none." in text
    assert "On whose word, in studies: author 19, participant 4, reviewer 5; the basis of the reasoning is" in text
    assert "No study of the selection reports hindrance, which does not mean that there is none." in text
    assert "machine-assisted" in text
    assert "It does not say what works" in text
    assert "kg report --factor trust --output report.html" in text
    for heading in (
        "Question", "Answer", "Evidence map", "Funnel", "Where the evidence comes from", "Coder agreement",
        "Limits: what this does not say", "How to cite", "Studies behind the numbers", "Claims",
    ):  # fmt: skip
        assert page.xpath(f"//h2[. = '{heading}']"), heading
    assert len(trust.encode()) < 3_000_000
    assert len(page.xpath("//figure//*[local-name()='svg']")) == 4


def test_a_study_that_reports_several_directions_is_said_to(shipped_graph: kg.KnowledgeGraph) -> None:
    """One study reports all four of governance and sustainability: four numbers, and one study."""
    page: Any = html.fromstring(shipped_graph.report(factor="governance", outcome="partnership-sustainability").html())
    (answer,) = page.xpath("//ul[@class='answer']")
    assert "1 study reports several directions of one pair, and counts once in each." in answer.text_content()
    assert "Of 1 study in support, 0 are left" in answer.text_content()
    assert studies_at(page, "#several") == ["norc2012"]
    numbers = [one.text_content() for one in page.xpath("//*[@id='pairs']//tbody/tr[1]/td[@class='n']")]
    assert numbers == ["1", "1", "·", "1", "1", "1", "1†", "·"]


def test_tensions_are_shown_side_by_side(shipped_graph: kg.KnowledgeGraph) -> None:
    found = shipped_graph.tensions()
    first = found.tensions[0]
    page: Any = html.fromstring(shipped_graph.report(factor=first.factor, outcome=first.outcome).html())
    (section,) = page.xpath("//section[@aria-labelledby='tensions']")
    for side in first.sides:
        for claim in side.claims:
            assert section.xpath(f".//a[. = '{claim}']")
        assert f"{len(side.studies)} stud" in section.text_content()
    assert "does not say that it explains" in section.text_content()


def test_agreement_names_the_sources_that_were_coded_twice(page: Any, shipped_graph: kg.KnowledgeGraph) -> None:
    found = shipped_graph.agreement()
    (section,) = page.xpath("//section[@aria-labelledby='agreement']")
    text = section.text_content()
    assert f"{found.sources} sources were coded more than once" in text
    assert all(source in text for source in found.coded_twice)
    assert len(found.coded_twice) == found.sources == 54
    rows = {row.xpath("string(td[1])"): row.xpath("string(td[4])") for row in section.xpath(".//tbody/tr")}
    mechanism = next(slot for slot in found.slots if slot.slot == "mechanism")
    assert rows["mechanism"] == f"{mechanism.alpha:.2f}" == "0.67"


def test_a_source_can_be_found_by_what_its_record_says(shipped_graph: kg.KnowledgeGraph) -> None:
    found = references.references(shipped_graph.answers, ["yarmoshuk2019", "yarmoshuk2019"])
    assert list(found) == ["yarmoshuk2019"]
    one = found["yarmoshuk2019"]
    assert (one.citation, one.told.endswith("Higher Education. 2019")) == ("Yarmoshuk et al. 2019", True)
    assert one.links["DOI 10.1007/s10734-019-00416-1"] == "https://doi.org/10.1007/s10734-019-00416-1"
    assert one.links["page that was read"].startswith("https://pdfslide.us/")


@needs_chromium
def test_the_page_asks_the_network_for_nothing(trust: str, tmp_path: Path) -> None:
    path = tmp_path / "trust.html"
    path.write_text(trust, encoding="utf-8")
    (tmp_path / "a").mkdir()
    shown, asked, said = opened(path, tmp_path / "a")
    assert asked == []
    assert "Refused to" not in said, "the page's own policy lets its style and script be"
    assert 'role="status" hidden' not in shown, "its script ran"


@needs_chromium
def test_a_page_that_asks_the_network_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "control.html"
    path.write_text('<img src="http://127.0.0.1:9/x.png">', encoding="utf-8")
    (tmp_path / "a").mkdir()
    assert opened(path, tmp_path / "a")[1] == ["http://127.0.0.1:9/x.png"]


def test_a_selection_without_support_has_no_funnel(tiny_graph: kg.KnowledgeGraph) -> None:
    page: Any = html.fromstring(tiny_graph.report(factor="trust", outcome="equity").html())
    text = page.text_content()
    assert "No study reports support." in text
    assert "so there is no funnel of it" in text
    assert "No source of this selection was coded more than once" in text


def test_rolled_up_numbers_lead_to_as_many_studies(shipped_graph: kg.KnowledgeGraph) -> None:
    """A narrower mechanism counts with its broader one, and so does its state."""
    page: Any = html.fromstring(shipped_graph.report(factor="trust", roll_up=True).html())
    numbers = page.xpath("//*[@id='pairs']//tbody//td[@class='n']/a")
    assert len(numbers) > 60
    for number in numbers:
        assert len(studies_at(page, number.get("href"))) == int(number.text)
    cells = {cell.outcome: cell for cell in shipped_graph.trace(factor="trust", roll_up=True).cells}
    assert int(page.xpath("//*[@id='pairs']//tbody/tr[1]/td[3]")[0].text_content()) == max(
        cell.present_better for cell in cells.values() if cell.studies == max(one.studies for one in cells.values())
    )


def test_nothing_to_report_is_said(tiny_graph: kg.KnowledgeGraph) -> None:
    with pytest.raises(UsageError, match="nothing in the evidence answers to this selection"):
        tiny_graph.report(factor="trust", country="Peru")


def test_the_command_writes_the_page(tiny_graph: kg.KnowledgeGraph, tmp_path: Path) -> None:
    assert tiny_graph.release is not None
    build = str(tiny_graph.release.folder.parent.parent)
    file = tmp_path / "r.html"
    ended = CliRunner().invoke(cli.app, ["report", "--factor", "trust", "--output", str(file), "--graph", build])
    assert (ended.exit_code, ended.output) == (0, f"{file}: What is reported of trust and outcomes.\n")
    assert "<h1>What is reported of trust and outcomes</h1>" in file.read_text(encoding="utf-8")
    refused = CliRunner().invoke(cli.app, ["report", "--output", str(tmp_path / "r.docx"), "--graph", build])
    assert isinstance(refused.exception, UsageError)
