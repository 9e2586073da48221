"""Pictures say what the rows say: each mark in words, as large as its number, and led to the claims behind it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html
from typer.testing import CliRunner

import kg
from kg import cli, pipeline
from kg.errors import Failure, UsageError
from kg.plot import linked_claims, style
from kg.plot.picture import Picture
from tests.conftest import ROOT
from tools import pictures as pictures_shown

SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture: Picture, linked: bool = False) -> Any:
    return etree.fromstring(picture.svg(linked).encode())


def marks(picture: Picture) -> list[str]:
    """What each mark of a picture says that it stands for, as a screen reader has it."""
    found = drawn(picture).iter()
    return [one.get("aria-label") for one in found if one.get("role") == "graphics-symbol" and _is_mark(one)]


def _is_mark(one: Any) -> bool:
    return one.get("aria-roledescription") not in ("axis", "legend", "title", "subtitle")


@pytest.fixture(scope="module")
def shipped_matrix(shipped_graph: kg.KnowledgeGraph) -> Picture:
    return shipped_graph.plot("matrix", kind="any")


# The evidence map


def test_the_map_of_the_small_corpus_is_as_counted_by_hand(tiny_graph: kg.KnowledgeGraph) -> None:
    picture = tiny_graph.plot("matrix", kind="any", min_studies=1)
    assert {(row["factor"], row["outcome"], row["reported"], row["studies"]) for row in picture.rows} == {
        ("communication", "partner-burden", "better with it present", 1),
        ("faith-in-partner", "equity", "better with it present", 1),
        ("resourcing", "communication", "worse with it absent", 1),
        ("resourcing", "partner-burden", "better with it present", 1),
        ("trust", "equity", "no effect", 1),
        ("trust", "service-delivery", "better with it present", 3),
        ("trust", "service-delivery", "worse with it absent", 1),
        ("trust", "service-delivery", "hindrance", 1),
        ("trust", "service-delivery", "mixed", 1),
    }
    assert "trust and service delivery: 3 studies report support, better with it present" in marks(picture)
    assert "trust and service delivery: 1 study reports a mixed effect" in marks(picture)


def test_every_number_of_the_matrix_is_a_mark_and_every_mark_a_number(
    shipped_graph: kg.KnowledgeGraph, shipped_matrix: Picture
) -> None:
    trace = shipped_graph.trace(kind="any")
    cells = [cell for cell in trace.cells if cell.studies >= 3 or cell.tension]
    counted = Counter(
        number
        for cell in cells
        for number in (
            cell.present_better,
            cell.absent_worse,
            cell.state_unrecorded,
            cell.hinders,
            cell.mixed,
            cell.no_effect,
        )
        if number
    )
    assert Counter(row["studies"] for row in shipped_matrix.rows) == counted
    assert Counter(marks(shipped_matrix)) == Counter(row["mark"] for row in shipped_matrix.rows)


def test_the_area_of_a_sign_is_its_number_of_studies(shipped_matrix: Picture) -> None:
    studies = {row["mark"]: row["studies"] for row in shipped_matrix.rows}
    areas: set[float] = set()
    for mark in drawn(shipped_matrix).iter(f"{SVG}path"):
        circle = re.match(r"M([\d.]+),0A", mark.get("d", ""))
        if circle and mark.get("aria-label") in studies:
            areas.add(float(circle[1]) ** 2 / studies[mark.get("aria-label")])
    assert max(areas) == pytest.approx(min(areas), rel=0.005), "points squared to each study"


def test_tensions_are_outlined(shipped_graph: kg.KnowledgeGraph, shipped_matrix: Picture) -> None:
    tensions = {(cell.factor, cell.outcome) for cell in shipped_graph.trace(kind="any").cells if cell.tension}
    assert {(row["factor"], row["outcome"]) for row in shipped_matrix.rows if row["tension"]} == tensions
    outlined = [one for one in drawn(shipped_matrix).iter(f"{SVG}path") if one.get("stroke") == style.INK]
    assert len(outlined) == len(tensions) == 8


def test_no_sign_hides_another(shipped_matrix: Picture) -> None:
    """Circles of one cell stand apart, whatever their size."""
    circles = []
    for mark in drawn(shipped_matrix).iter(f"{SVG}path"):
        circle = re.match(r"M([\d.]+),0A", mark.get("d", ""))
        place = re.match(r"translate\(([\d.]+),([\d.]+)\)", mark.get("transform", ""))
        if circle and place and mark.get("aria-label"):
            circles.append((float(place[1]), float(place[2]), float(circle[1])))
    assert len(circles) > 80
    for at, (x, y, radius) in enumerate(circles):
        for other_x, other_y, other in circles[at + 1 :]:
            assert (x - other_x) ** 2 + (y - other_y) ** 2 >= (radius + other) ** 2 * 0.98


@pytest.mark.parametrize("role", ["context", "outcome"])
@pytest.mark.parametrize("kind", ["matrix", "funnel"])
def test_directions_are_drawn_of_mechanisms_only(tiny_graph: kg.KnowledgeGraph, kind: str, role: str) -> None:
    """A blue sign beside a context would read as support by the context, where its mechanism may have been absent."""
    with pytest.raises(UsageError, match=f"are those of their mechanisms, and not of a {role}"):
        tiny_graph.plot(kind, kind="any", role=role)
    with pytest.raises(UsageError, match="the directions of claims are those of their mechanisms"):
        tiny_graph.report(kind="any", role=role)


def test_numbers_stand_in_signs_of_three_studies_and_more(shipped_matrix: Picture) -> None:
    told = Counter(text.text for text in drawn(shipped_matrix).iter(f"{SVG}text") if text.get("font-size") == "6px")
    assert told == Counter(str(row["studies"]) for row in shipped_matrix.rows if row["studies"] >= 3)


def test_a_sign_of_one_study_is_as_large_in_every_picture(shipped_graph: kg.KnowledgeGraph) -> None:
    radii = set()
    asked: dict[str, Any]
    selections: list[dict[str, Any]] = [
        {"factor": "governance", "outcome": "partnership-sustainability"},
        {"factor": "trust"},
        {},
    ]
    for asked in selections:
        picture = shipped_graph.plot("matrix", **asked)
        single = {row["mark"] for row in picture.rows if row["studies"] == 1}
        for mark in drawn(picture).iter(f"{SVG}path"):
            circle = re.match(r"M([\d.]+),0A", mark.get("d", ""))
            if circle and mark.get("aria-label") in single:
                radii.add(float(circle[1]))
    assert radii == {1.6}


def test_what_is_drawn_and_what_is_left_of_it_is_said(shipped_graph: kg.KnowledgeGraph) -> None:
    told = " ".join(shipped_graph.plot("matrix").told)
    assert "Claims of status tested; all evidence, reviews included." in told
    assert "Not drawn: 269 cells of at most 2 studies." in told
    assert "Of 38 cells with support from 3 studies or more, proposals included, 1 is left" in told
    one = shipped_graph.plot("matrix", factor="governance", outcome="partnership-sustainability")
    assert "† A study of the cell stands in several of its signs (1 cell)." in one.told
    assert "†" in "".join(drawn(one).itertext())
    assert "tension" not in " ".join(one.told)


def test_signs_are_told_apart_without_colour() -> None:
    signs = list(style.REPORTED.values())
    assert len({(sign.shape, sign.fill == "#ffffff", sign.fill == sign.stroke) for sign in signs}) == len(signs)
    for sign in signs:
        assert contrast(sign.stroke, "#ffffff") >= 3  # WCAG 2.2, 1.4.11


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


# The others


def test_the_funnel_is_that_of_the_trace(shipped_graph: kg.KnowledgeGraph) -> None:
    picture = shipped_graph.plot("funnel", factor="trust", outcome="partnership-functioning")
    assert [row["studies"] for row in picture.rows] == [18, 13, 10, 9, 6, 3]
    assert Counter(marks(picture)) == Counter(row["mark"] for row in picture.rows)
    bars = [one for one in drawn(picture).iter(f"{SVG}path") if one.get("aria-label")]
    widths = [float(re.findall(r"h([\d.]+)", bar.get("d"))[0]) for bar in bars]
    assert [round(width / widths[0] * 18, 2) for width in widths] == [18, 13, 10, 9, 6, 3]
    every = shipped_graph.plot("funnel", kind="any")
    assert [row["recurrent"] for row in every.rows] == [54, 39, 33, 23, 11, 1]


def test_each_study_is_a_dot_in_the_year_of_its_first_publication(tiny_graph: kg.KnowledgeGraph) -> None:
    picture = tiny_graph.plot("timeline", kind="any")
    told = {row["study"]: (row["year"], row["kind"]) for row in picture.rows}
    assert told == {
        "abara-link": (2019, "primary study"),  # of 2019 and 2021
        "costa2020": (2020, "primary study"),
        "kisumu-interview": (2017, "primary study"),
        "demir-review": (2022, "review, commentary or theory"),
    }
    assert Counter(marks(picture)) == Counter(row["mark"] for row in picture.rows)


def test_countries_are_those_of_cases_and_what_names_none_is_counted(shipped_graph: kg.KnowledgeGraph) -> None:
    picture = shipped_graph.plot("countries", kind="any")
    rows = {row["country"]: row for row in picture.rows}
    found = shipped_graph.sparql(
        """SELECT ?country (COUNT(DISTINCT ?study) AS ?studies) WHERE {
             ?claim a pm:TestedClaim ; pm:mechanismFactor ?factor ; pm:outcomeFactor ?outcome ;
                    pm:fromStudy ?study ; pm:caseCountry/pm:iso3 ?country .
           } GROUP BY ?country"""
    )
    assert {code: row["studies"] for code, row in rows.items() if code} == {
        row["country"]: row["studies"] for row in found.rows
    }
    shown = [row["mark"] for row in picture.rows if row["drawn"]]
    assert Counter(marks(picture)) == Counter(shown)
    small = [row["mark"] for row in picture.rows if row["country"] and not row["drawn"]]
    assert all(mark in " ".join(picture.told) for mark in small)
    (every,) = shipped_graph.sparql(
        """SELECT (COUNT(DISTINCT ?study) AS ?studies) WHERE {
             ?claim a pm:TestedClaim ; pm:mechanismFactor ?factor ; pm:outcomeFactor ?outcome ; pm:fromStudy ?study .
           }"""
    ).rows
    studies = int(str(every["studies"]))
    assert f"Of {studies} studies {rows['']['studies']} name no country." in picture.told[0]


def test_a_configuration_says_all_that_its_record_says_and_what_it_does_not(tiny_graph: kg.KnowledgeGraph) -> None:
    claim = next(one for one in tiny_graph.trace(kind="any", claims=True).claims if one.contexts)
    picture = tiny_graph.plot("configuration", claim=claim.claim)
    text = " ".join(drawn(picture).itertext())
    for part in (*claim.contexts, *claim.mechanisms, claim.outcome_role):
        assert part.label in text
        for slot in ("resource", "reasoning", "note", "state", "direction"):
            assert not part.get(slot) or str(part.get(slot)).split()[0] in text
    assert picture.description == claim.sentence
    assert "What somebody reports in one source" in text
    for row in picture.rows:
        words = set(re.findall(r"\w+", row["text"]))
        assert words <= set(re.findall(r"\w+", text))


def test_each_step_of_linked_claims_is_a_line_with_its_studies(shipped_graph: kg.KnowledgeGraph) -> None:
    found = shipped_graph.paths("communication", "partnership-sustainability")
    picture = shipped_graph.plot("paths", from_="communication", to="partnership-sustainability")
    assert {(row["factor"], row["outcome"], row["state"], row["studies"]) for row in picture.rows} == {
        (step.factor, step.outcome, step.state, len(step.studies)) for step in found.steps
    }
    assert len(picture.rows) == 5
    lines = [one for one in drawn(picture).iter(f"{SVG}path") if one.get("aria-label")]
    assert Counter(one.get("aria-label") for one in lines) >= Counter(row["mark"] for row in picture.rows)
    studies = {row["mark"]: row["studies"] for row in picture.rows}
    wide = {one.get("aria-label"): float(one.get("stroke-width", 0)) - 0.8 for one in lines}
    assert {mark: round(wide[mark] * max(studies.values()) / 2.2, 3) for mark in studies} == studies
    numbers = [text.text for text in drawn(picture).iter(f"{SVG}text") if (text.text or "").isdigit()]
    assert sorted(numbers) == sorted(2 * [str(row["studies"]) for row in picture.rows]), "each with its halo"
    assert "Nobody is known to have claimed a joined path as a whole" in " ".join(drawn(picture).itertext())


def test_loops_are_said_to_be_ones_and_paths_that_are_not_drawn_are_counted(shipped_graph: kg.KnowledgeGraph) -> None:
    loop = shipped_graph.plot("paths", from_="trust", to="trust")
    assert "3 paths end where it began: a feedback loop." in loop.told
    assert "trust, increased (loop)" in " ".join(drawn(loop).itertext())


def test_paths_are_drawn_as_far_as_they_are_alike_and_the_others_counted(shipped_graph: kg.KnowledgeGraph) -> None:
    found = shipped_graph.paths("trust", "any").paths
    picture = shipped_graph.plot("paths", from_="trust", to="any")
    joined = [path for path in found if path.joined]
    thick = [path for path in joined if path.thinnest >= 2]
    assert {row["anchor"] for row in picture.rows} == {row["anchor"] for row in picture.rows if row["studies"] >= 2}
    assert len(picture.rows) == len({step for path in thick for step in path.steps})
    assert (
        f"Drawn: every path of 2 studies or more at its thinnest step; {len(joined) - len(thick)} of fewer are not."
        in picture.told
    )
    assert f"Not drawn: {len(found) - len(joined)} single steps, which the matrix has." in picture.told


def test_too_many_paths_to_tell_apart_are_refused(
    monkeypatch: pytest.MonkeyPatch, shipped_graph: kg.KnowledgeGraph
) -> None:
    monkeypatch.setattr(linked_claims, "MOST", 2)
    with pytest.raises(UsageError, match="paths rest on 2 studies at their thinnest step, too many to tell apart"):
        shipped_graph.plot("paths", from_="trust", to="any")


def test_no_linked_claims_are_said_to_be_none(tiny_graph: kg.KnowledgeGraph) -> None:
    with pytest.raises(UsageError, match="no linked claims lead there: there is nothing to draw"):
        tiny_graph.plot("paths", from_="communication", to="equity")


# What all have in common


def pictures(graph: kg.KnowledgeGraph, **more: Any) -> list[Picture]:
    found = [graph.plot(kind, kind="any", **more) for kind in ("matrix", "funnel", "timeline", "countries")]
    found.append(graph.plot("configuration", claim=graph.trace(kind="any", claims=True).claims[0].claim))
    return [*found, graph.plot("paths", from_="trust", to="any", **more)]


def test_pictures_have_words_for_those_who_do_not_see_them(tiny_graph: kg.KnowledgeGraph) -> None:
    for picture in pictures(tiny_graph):
        svg = drawn(picture)
        assert svg.get("role") == "graphics-document"
        assert svg.findtext(f"{SVG}title") == picture.title
        assert svg.findtext(f"{SVG}desc") == picture.description
        if picture.kind != "configuration":
            assert str(picture.rows[0]["mark"]) in picture.description


def test_pictures_fit_a_journal_and_say_how_the_evidence_was_coded(shipped_graph: kg.KnowledgeGraph) -> None:
    for picture in pictures(shipped_graph):
        svg = drawn(picture)
        sizes = [float(one.get("font-size").removesuffix("px")) for one in svg.iter() if one.get("font-size")]
        assert min(sizes) >= 6
        wide = float(svg.get("width").removesuffix("pt"))
        assert wide <= 620 if picture.kind == "matrix" else wide == pytest.approx(510, abs=3)
        assert "machine-assisted" in picture.notice
        assert "machine-assisted" in " ".join(svg.itertext())


def test_a_page_leads_from_each_mark_to_its_claims_and_their_sources(tiny_graph: kg.KnowledgeGraph) -> None:
    for picture in pictures(tiny_graph, claims=True):
        page: Any = html.fromstring(picture.html())
        anchors = set(page.xpath("//@id"))
        links = [one for one in page.xpath("//a/@href") if one.startswith("#")]
        assert set(links) <= {f"#{anchor}" for anchor in anchors}
        assert len(page.xpath("//figure//a")) == (0 if picture.kind == "configuration" else len(marks(picture)))
        for link in page.xpath("//figure//a/@href"):
            listed = page.get_element_by_id(link[1:]).xpath(".//li/a/@href")
            assert listed
            for claim in listed:
                article = page.get_element_by_id(claim[1:])
                assert article.tag == "article"
                assert "Source: " in article.text_content()


def test_pages_fetch_nothing_and_run_nothing_of_others(corpus: Path, tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    path = corpus / "sources" / "costa2020.yaml"
    text = path.read_text(encoding="utf-8")
    assert "Teams that were trusted delivered more." in text
    path.write_text(text.replace("Teams that were trusted delivered more.", f"'{hostile}'"), encoding="utf-8")
    pipeline.build(corpus, tmp_path / "build")
    page = kg.open(tmp_path / "build").plot("matrix", kind="any", min_studies=1, claims=True).html()
    assert hostile not in page
    assert "&lt;/script&gt;&lt;img src=x" in page
    read: Any = html.fromstring(page)
    assert read.xpath("//@src | //link | //@onerror | //@style") == []
    policy = read.xpath("//meta[@http-equiv]/@content")[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_a_png_has_three_hundred_dots_an_inch(tiny_graph: kg.KnowledgeGraph, tmp_path: Path) -> None:
    picture = tiny_graph.plot("funnel", kind="any")
    picture.save(tmp_path / "f.png")
    data = (tmp_path / "f.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    wide = int.from_bytes(data[16:20], "big")
    assert wide == pytest.approx(float(drawn(picture).get("width").removesuffix("pt")) * 300 / 72, abs=2)
    at = data.index(b"pHYs") + 4
    assert int.from_bytes(data[at : at + 4], "big") == 11811  # dots a metre


def test_the_rows_of_a_picture_are_a_spreadsheet(tiny_graph: kg.KnowledgeGraph, tmp_path: Path) -> None:
    picture = tiny_graph.plot("matrix", kind="any", min_studies=1)
    picture.save(tmp_path / "m.csv")
    head, *rows = (tmp_path / "m.csv").read_text(encoding="utf-8").splitlines()
    assert head == "factor,outcome,reported,studies,tension,mark"
    assert len(rows) == len(picture.rows)
    assert "trust,service-delivery,better with it present,3,true," in "\n".join(rows)


def test_a_notebook_shows_a_picture(tiny_graph: kg.KnowledgeGraph) -> None:
    picture = tiny_graph.plot("funnel", kind="any")
    assert picture._repr_svg_() == picture.svg()
    assert next(iter(picture.to_pandas()["step"])) == "as they are, tested or proposed"


# What cannot be drawn


@pytest.mark.parametrize(
    ("kind", "asked", "said"),
    [
        ("pie", {}, "there is no picture “pie” (one of matrix, funnel, timeline, countries, configuration, paths"),
        ("matrix", {"factor": "trst"}, "there is no factor “trst”; did you mean trust"),
        ("matrix", {"factor": "trust", "outcome": "equity", "min_studies": 9}, "on 9 independent studies; the most is"),
        ("timeline", {"factor": "trust", "country": "Peru"}, "nothing in the evidence answers to this selection"),
        ("configuration", {"claim": "abara2019/ada/c99"}, "there is no claim “abara2019/ada/c99”"),
        ("configuration", {"claim": "abara2019/ada/c1", "factor": "trust"}, "does not take factor (it takes claim)"),
        ("funnel", {"claim": "abara2019/ada/c1"}, "the picture funnel is not of one claim: leave claim out"),
        ("paths", {"from_": "trust"}, "the picture paths needs to (it takes from_, least, max_length, status, to)"),
        ("paths", {"from_": "trust", "to": "any", "thread": True}, "the picture paths does not take thread"),
        ("configuration", {"claim": "c1"}, "write source/coder/id, as kg trace shows it"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said(
    tiny_graph: kg.KnowledgeGraph, kind: str, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError) as raised:
        tiny_graph.plot(kind, **asked)
    assert said in str(raised.value)


def test_files_that_cannot_be_written_are_said(tiny_graph: kg.KnowledgeGraph, tmp_path: Path) -> None:
    picture = tiny_graph.plot("funnel", kind="any")
    with pytest.raises(UsageError, match=r"a picture is written as \.svg, \.png or \.html, its rows as \.csv"):
        picture.save(tmp_path / "f.pdf")
    with pytest.raises(Failure, match="cannot be written: No such file or directory"):
        picture.save(tmp_path / "nowhere" / "f.svg")


def test_a_folder_that_is_not_there_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    for words in (["plot", "matrix"], ["report"]):
        file = tmp_path / "nowhere" / "m.html"
        ended = CliRunner().invoke(cli.app, [*words, "--output", str(file), "--graph", "nowhere"])
        assert str(ended.exception) == f"there is no folder {tmp_path / 'nowhere'} to write m.html to"


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("bromley2018/coder-5/bromley2018-k2", "The mechanism is reported to support the outcome: worse without it."),
        ("brown2017/coder-3/brown2017-c4", "Status: refuted, which is said of the theory that the source tested."),
    ],
)
def test_a_configuration_says_what_is_reported_and_of_what_it_is_said(
    shipped_graph: kg.KnowledgeGraph, claim: str, said: str
) -> None:
    picture = shipped_graph.plot("configuration", claim=claim)
    assert said in picture.told[0]
    assert "who read: abstract" in picture.told[0]
    assert "in the coder's words: " in " ".join(row["text"] for row in picture.rows if row["part"] == "Evidence")
    assert "yarmoshuk2019" not in picture.notice, "which has nothing to do with it"


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (["matrix", "--factor", "trust"], "m.svg"),
        (["funnel", "--factor", "trust", "--outcome", "service delivery"], "f.png"),
        (["timeline", "--kind", "any"], "t.svg"),
        (["countries", "--kind", "any"], "c.svg"),
        (["configuration", "abara2019/ada/c1"], "k.html"),
        (["paths", "trust", "any"], "p.html"),
    ],
)
def test_each_picture_has_a_command(tiny_graph: kg.KnowledgeGraph, tmp_path: Path, words: list[str], file: str) -> None:
    assert tiny_graph.release is not None
    build = str(tiny_graph.release.folder.parent.parent)
    ended = CliRunner().invoke(cli.app, ["plot", *words, "--output", str(tmp_path / file), "--graph", build])
    assert ended.exit_code == 0, ended.output
    assert str(tmp_path / file) in ended.output
    assert (tmp_path / file).stat().st_size > 1000


def test_an_ending_of_no_picture_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    ended = CliRunner().invoke(cli.app, ["plot", "matrix", "--output", str(tmp_path / "m.pdf"), "--graph", "nowhere"])
    assert isinstance(ended.exception, UsageError)
    assert "m.pdf: a picture is written as .svg, .png or .html, its rows as .csv" in str(ended.exception)


@pytest.mark.parametrize("file", pictures_shown.SHOWN)
def test_documents_show_pictures_as_they_are_drawn(file: str, shipped_graph: kg.KnowledgeGraph) -> None:
    assert (ROOT / file).read_text(encoding="utf-8") == pictures_shown.drawn(shipped_graph, file)
