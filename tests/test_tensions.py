"""Tensions and recurrent patterns as people ask for them, on an invented corpus and on the shipped evidence."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

import kg
from kg.errors import Failure, UsageError
from kg.judgements import Condition
from kg.pipeline import Built
from kg.trace import RECURRENT
from tests.conftest import ROOT, SHIPPED
from tests.test_cli import Run, run

__all__ = ["run"]

PAGE = ROOT / "docs" / "explanation" / "tensions-in-the-shipped-evidence.md"


# On the invented corpus


def test_a_tension_names_studies_and_claims_on_each_side_and_what_stands_there_only(
    judged_graph: kg.KnowledgeGraph,
) -> None:
    (tension,) = judged_graph.tensions().tensions
    assert (tension.factor, tension.outcome) == ("trust", "service-delivery")
    assert tension.supports == kg.TensionSide(
        effect="supports",
        studies={"abara2019": "Abara 2019", "bello2020": "Bello 2020", "cruz2021": "Cruz 2021"},
        claims=("abara2019/ada/c1", "bello2020/ada/c1", "cruz2021/ada/c1"),
        states={"present": 3},
        seen_once=(),
        contexts=(Condition("staff-turnover", "low"),),
        actors=("frontline-staff", "trainer"),
        countries=("KEN", "UGA"),
        designs=("realist-evaluation", "survey"),
        layers=("participant",),
    )
    # That staff turnover was high is no difference: bello2020 does not say how high it was
    assert tension.hinders == kg.TensionSide(
        effect="hinders",
        studies={"demir2022": "Demir 2022"},
        claims=("demir2022/ada/c1",),
        states={"present": 1},
        seen_once=(),
        contexts=(Condition("donor-dependence", "high"),),
        actors=("funder",),
        countries=("GBR",),
        designs=(),
        layers=(),
    )


def test_what_persons_judge_of_a_tension_stands_beside_it_each_by_name(judged_graph: kg.KnowledgeGraph) -> None:
    (tension,) = judged_graph.tensions().tensions
    told = [(one.by, one.date, one.kind, one.contexts) for one in tension.judgements]
    assert told == [
        ("Ngozi Invented", "2026-01-31", "contingent", (Condition("staff-turnover", "high"),)),
        ("Per Invented", None, "construct-mismatch", ()),
    ]
    assert tension.judgements[0].reason == "Where staff leave, trust has nobody to rest on and turns into not looking."


def test_a_pattern_names_its_studies_and_settings_and_who_promoted_it(judged_graph: kg.KnowledgeGraph) -> None:
    (pattern,) = judged_graph.patterns().patterns
    assert (pattern.factor, pattern.outcome, pattern.effect) == ("trust", "service-delivery", "supports")
    assert pattern.studies == {"abara2019": "Abara 2019", "bello2020": "Bello 2020", "cruz2021": "Cruz 2021"}
    assert pattern.claims == ("abara2019/ada/c1", "bello2020/ada/c1", "cruz2021/ada/c1")
    assert (pattern.countries, pattern.layers) == (("KEN", "UGA"), ("author", "participant"))
    assert pattern.designs == ("qualitative", "realist-evaluation", "survey")
    (judgement,) = pattern.judgements
    assert pattern.demi_regularity
    assert (judgement.by, judgement.kind) == ("Ngozi Invented", None)
    assert judgement.contexts == (Condition("staff-turnover", "low", "the same people call each week"),)
    assert judgement.counter_cases_sought == "all claims of trust and service delivery"
    assert judgement.counter_cases == (kg.CounterCase("demir2022/ada/c1", "staff left each year and nobody called"),)


@pytest.mark.parametrize(
    ("asked", "tensions", "patterns"),
    [
        ({"factor": "trust"}, 1, 1),
        ({"factor": ["trust", "communication"]}, 1, 1),
        ({"outcome": "service delivery"}, 1, 1),
        ({"factor": "communication"}, 0, 0),
        ({"outcome": "equity"}, 0, 0),
    ],
    ids=str,
)
def test_tensions_and_patterns_are_asked_for_by_factor_and_outcome(
    asked: dict[str, Any], tensions: int, patterns: int, judged_graph: kg.KnowledgeGraph
) -> None:
    assert (len(judged_graph.tensions(**asked).tensions), len(judged_graph.patterns(**asked))) == (tensions, patterns)


@pytest.mark.parametrize("name", ["tensions", "patterns"])
def test_a_word_that_the_graph_does_not_know_is_refused_with_the_nearest(
    name: str, judged_graph: kg.KnowledgeGraph
) -> None:
    with pytest.raises(UsageError, match="there is no factor “trus”; did you mean trust"):
        getattr(judged_graph, name)(factor="trus")


@pytest.mark.parametrize("name", ["tensions", "patterns"])
def test_a_graph_of_others_is_a_failure_that_says_so(name: str, judged_graph: kg.KnowledgeGraph) -> None:
    class Others:
        def select(self, query: str) -> tuple[list[str], list[dict[str, None]]]:
            return [], [{"nothing": None}]

    with pytest.raises(Failure, match="is it one that kg built"):
        getattr(kg.KnowledgeGraph(Others()), name)()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["tensions", "patterns"])
def test_rows_have_the_columns_that_are_promised(name: str, judged_graph: kg.KnowledgeGraph) -> None:
    found = getattr(judged_graph, name)()
    assert {tuple(row) for row in found} == {found.columns}
    assert list(found.to_pandas().columns) == list(found.columns)
    assert len(found.to_pandas()) == len(found) == {"tensions": 2, "patterns": 1}[name]


# Commands


def place(build: Built) -> Path:
    return build.release.folder.parent.parent


def test_tensions_are_shown_in_plain_words(run: Run, judged_build: Built) -> None:
    shown = run("tensions", "--graph", place(judged_build)).out
    for part in (
        "trust → service delivery\n",
        "Reported to support: 3 studies\n  Abara 2019 (abara2019); Bello 2020 (bello2020); Cruz 2021 (cruz2021).\n",
        "Reported to hinder: 1 study\n",
        "  Mechanism: present in 1 claim.\n",
        "  On this side only:\n    contexts: donor dependence (high)\n    actors: funder\n    countries: UK\n",
        "Judged as contingent by Ngozi Invented on 2026-01-31: Where staff leave",
        "  In that judgement it depends on: staff turnover (high).\n",
        "Judged as construct mismatch by Per Invented: ",
        "That a difference is listed does not say that it explains a tension: it is where to look.\n",
        "All 5 codings are machine-assisted;",
    ):
        assert part in shown


def test_patterns_are_shown_in_plain_words(run: Run, judged_build: Built) -> None:
    shown = run("patterns", "--graph", place(judged_build)).out
    for part in (
        "1 of them was\npromoted to a demi-regularity, which takes a named person's explanation",
        "trust → service delivery  [promoted to a demi-regularity]\n",
        "  Better with it present in 3, worse with it absent in 0.\n  Otherwise: reported to hinder by 1.\n",
        "  Seen in countries: Kenya, Uganda; designs: qualitative, realist-evaluation, survey; layers:\n",
        "Promoted to a demi-regularity by Ngozi Invented on 2026-01-31: Calls let staff see",
        "  In that judgement it holds in: staff turnover (low): the same people call each week.\n",
        "  Counter-case demir2022/ada/c1: staff left each year and nobody called.\n",
        "  Counter-cases sought: all claims of trust and service delivery.\n",
        "it says neither why, nor where else it\nholds.",
        "All 5 codings are machine-assisted;",
    ):
        assert part in shown


@pytest.mark.parametrize("name", ["tensions", "patterns"])
def test_a_listing_goes_into_csv_and_json_and_a_file(
    name: str, run: Run, judged_build: Built, judged_graph: kg.KnowledgeGraph, tmp_path: Path
) -> None:
    found = getattr(judged_graph, name)()
    rows = list(csv.DictReader(io.StringIO(run(name, "--graph", place(judged_build), "--format", "csv").out)))
    assert rows == [{key: "" if value is None else str(value) for key, value in row.items()} for row in found]
    file = tmp_path / f"{name}.json"
    assert run(name, "--graph", place(judged_build), "--output", file).out == ""
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(found.to_json()))
    assert list(told) == ["notice", "caution", name]


@pytest.mark.parametrize("name", ["tensions", "patterns"])
def test_where_nothing_is_found_that_is_said(name: str, run: Run, judged_build: Built) -> None:
    shown = run(name, "--graph", place(judged_build), "--factor", "communication")
    assert shown.code == 0
    assert shown.out.startswith({"tensions": "No tension: ", "patterns": "No recurrent pattern: "}[name])


# The shipped evidence: each tension was read against the files, as its page tells

TENSIONS = {
    ("career-advancement", "workforce-retention"): ({"lipnick2013"}, {"mutua2025a"}),
    ("financial-incentive", "partnership-functioning"): ({"goodman2016"}, {"amde2020"}),
    ("formal-agreement", "equity"): ({"faure2021", "malawisla2013"}, {"karuga2024"}),
    ("governance", "institutional-capacity"): ({"tagoe2022"}, {"boulenger2012", "crane2020"}),
    ("governance", "partnership-functioning"): (
        {"anon2020hhan", "malawisla2013", "zakocs2006"},
        {"rycroftmalone2016"},
    ),
    ("resourcing", "partner-burden"): ({"ezumah2022"}, {"jones2013"}),
    ("social-capital", "equity"): ({"walsh2016"}, {"finkel2022"}),
    ("stakeholder-diversity", "partnership-functioning"): ({"zakocs2006"}, {"brown2017"}),
}


def counted() -> dict[tuple[str, str, str], dict[str, set[str]]]:
    """The tested claims of each factor, outcome and effect by study, read from the YAML files alone."""
    found: dict[tuple[str, str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted((SHIPPED / "sources").glob("*.yaml")):
        source: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for coding in source["codings"]:
            for claim in coding["claims"]:
                if claim["status"] == "proposed":
                    continue
                for factor in {mechanism["factor"] for mechanism in claim["mechanisms"]}:
                    studies = found[factor, claim["outcome"]["factor"], claim["effect"]]
                    studies[source.get("study", source["source"])].add(
                        f"{source['source']}/{coding['coder']}/{claim['id']}"
                    )
    return found


def test_the_tensions_of_the_shipped_evidence_are_those_that_were_read(shipped_graph: kg.KnowledgeGraph) -> None:
    found = {
        (one.factor, one.outcome): (set(one.supports.studies), set(one.hinders.studies))
        for one in shipped_graph.tensions().tensions
    }
    assert found == TENSIONS
    assert [one.judgements for one in shipped_graph.tensions().tensions if one.judgements] == []


def test_the_tensions_of_the_shipped_evidence_equal_a_plain_count(shipped_graph: kg.KnowledgeGraph) -> None:
    told = counted()
    pairs = {(factor, outcome) for factor, outcome, _ in told if factor != outcome}
    expected = {}
    for pair in pairs:
        sides = told.get((*pair, "supports"), {}), told.get((*pair, "hinders"), {})
        if all(sides) and len({*sides[0], *sides[1]}) > 1:
            expected[pair] = tuple(set().union(*side.values()) for side in sides)
    assert {
        (one.factor, one.outcome): tuple(set(side.claims) for side in one.sides)
        for one in shipped_graph.tensions().tensions
    } == expected
    assert set(expected) == set(TENSIONS)


def test_most_sources_on_a_side_that_were_coded_twice_have_the_claim_in_one_coding_only(
    shipped_graph: kg.KnowledgeGraph,
) -> None:
    """What the page of tensions says of coders, from the files; and side by side, what the graph says."""
    coders: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for (factor, outcome, effect), studies in counted().items():
        if (factor, outcome) in TENSIONS and effect in ("supports", "hinders"):
            for claim in set().union(*studies.values()):
                source, coder, _ = claim.split("/")
                coders[factor, outcome, effect, source].add(coder)
    sources = {source for *_, source in coders}
    twice = {
        source
        for source in sources
        if len(yaml.load((SHIPPED / "sources" / f"{source}.yaml").read_text(), Loader=yaml.CSafeLoader)["codings"]) > 1
    }
    alone = {key for key, seen in coders.items() if key[-1] in twice and len(seen) == 1}
    assert (len(sources), len(twice), len({source for *_, source in alone})) == (18, 11, 8)
    assert alone == {
        (one.factor, one.outcome, side.effect, source)
        for one in shipped_graph.tensions().tensions
        for side in one.sides
        for source in side.seen_once
    }


def test_the_patterns_of_the_shipped_evidence_equal_a_plain_count(shipped_graph: kg.KnowledgeGraph) -> None:
    expected = {key: studies for key, studies in counted().items() if len(studies) >= RECURRENT}
    found = shipped_graph.patterns().patterns
    assert {(one.factor, one.outcome, one.effect): set(one.studies) for one in found} == {
        key: set(studies) for key, studies in expected.items()
    }
    assert {(one.factor, one.outcome, one.effect): set(one.claims) for one in found} == {
        key: set().union(*studies.values()) for key, studies in expected.items()
    }
    assert len(found) == 45
    cells = {(cell.factor, cell.outcome): cell for cell in shipped_graph.trace(kind="any").cells}
    assert [one for one in found if one.cell != cells[one.factor, one.outcome]] == []
    (trust,) = shipped_graph.patterns(factor="trust", outcome="partnership functioning").patterns
    assert (trust.cell.present_better, trust.cell.absent_worse, trust.cell.funnel) == (11, 4, (18, 13, 10, 9, 6, 3))
    assert [one for one in found if one.demi_regularity] == []


def test_the_page_of_tensions_tells_of_each_with_its_studies() -> None:
    text = PAGE.read_text(encoding="utf-8")
    sections = {
        tuple(part.strip(" `").replace("`", "") for part in section.split("\n")[0].split("→")): section
        for section in text.split("\n## ")[1:]
        if "→" in section.split("\n")[0]
    }
    assert set(sections) == set(TENSIONS)
    for pair, sides in TENSIONS.items():
        assert [study for side in sides for study in side if f"`{study}`" not in sections[pair]] == []
