"""Agreement between coders: the alignment of claims, Krippendorff's alpha in each slot, and what is said of both."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyoxigraph import Store

import kg
from kg import cli, pipeline
from kg.agreement import SLOTS, CodedClaim, align, align_by_slots, alpha, distance, passage_words
from kg.cli import asking
from kg.pipeline import Built
from tests.conftest import ROOT, SHIPPED
from tests.test_store import SparqlEndpoint

TWICE = ROOT / "tests" / "data" / "agreement"
Units = list[list[frozenset[str]]]


@pytest.fixture(scope="module")
def twice_build(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A build of two invented sources, of which one was coded twice."""
    return pipeline.build(TWICE, tmp_path_factory.mktemp("twice") / "build")


@pytest.fixture(scope="module")
def twice(twice_build: Built) -> kg.KnowledgeGraph:
    return kg.open(twice_build.release.folder.parent.parent)


@pytest.fixture(scope="module")
def shipped(shipped_graph: kg.KnowledgeGraph) -> kg.Agreement:
    return shipped_graph.agreement()


def units(*values: str) -> Units:
    """What several coders gave each unit; a point stands for nothing."""
    return [[frozenset({code}) for code in unit if code != "."] for unit in zip(*values, strict=True)]


# Krippendorff's alpha


@pytest.mark.parametrize(
    ("values", "published"),
    [
        # Krippendorff, Computing Krippendorff's alpha-reliability (2007), examples A, B and C; and the three coders of
        # the encyclopedia's example, who leave gaps too
        (("0100000010", "1110010000"), 0.095),
        (("aabbdcccedda", "babbbccceddd"), 0.692),
        (("123321412...", "1233224125..", ".33323422513", "12332441251."), 0.743),
        ((".....34121133.3", "1.213343.......", "..21344.21133.4"), 0.691),
        (("abc", "abc"), 1.0),
    ],
    ids=["binary", "five values", "four observers with gaps", "three coders with gaps", "the same"],
)
def test_alpha_is_what_was_published(values: tuple[str, ...], published: float) -> None:
    found = alpha(units(*values))
    assert found is not None
    assert round(found, 3) == published


@pytest.mark.parametrize("values", [("", ""), ("aaa", "aaa"), ("ab", ".."), ("a.", "ab")])
def test_alpha_is_not_defined_where_fewer_than_two_values_occur_in_what_was_coded_twice(
    values: tuple[str, str],
) -> None:
    assert alpha(units(*values)) is None


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("", "", 0.0), ("a", "a", 0.0), ("a", "b", 1.0), ("", "a", 1.0), ("a", "ab", 0.5), ("abc", "bcd", 0.5)],
)
def test_sets_are_as_far_apart_as_what_they_do_not_share(one: str, other: str, apart: float) -> None:
    assert distance(frozenset(one), frozenset(other)) == apart


# Alignment


def claim(name: str, passage: str, **slots: str) -> CodedClaim:
    return CodedClaim(name, {slot: frozenset(value.split()) for slot, value in slots.items()}, (passage,))


def test_words_are_compared_by_their_stems_whatever_their_case() -> None:
    assert passage_words(["Referrals; RELATED, 4", "a referral relates"]) == {"referr", "relat", "4", "a"}


def test_a_word_of_every_claim_brings_no_claims_together() -> None:
    first = [claim("s/a/1", "abstract visits"), claim("s/a/2", "abstract calls")]
    second = [claim("s/b/1", "abstract money")]
    assert align(first, second) == []


def test_claims_are_paired_so_that_the_whole_is_most_alike_not_the_first_as_well_as_can_be() -> None:
    first = [claim("s/a/1", "visits trust nurses"), claim("s/a/2", "visits trust")]
    second = [claim("s/b/1", "visits trust calls"), claim("s/b/2", "nurses songs")]
    assert [(pair.first.claim, pair.second.claim) for pair in align(first, second)] == [
        ("s/a/1", "s/b/2"),
        ("s/a/2", "s/b/1"),
    ]


def test_codes_do_not_bear_on_the_alignment(shipped: kg.Agreement) -> None:
    """Without them it is the same: nothing that is compared brings two claims together."""
    of_source: dict[str, tuple[list[CodedClaim], list[CodedClaim]]] = defaultdict(lambda: ([], []))
    for pair in shipped.pairs:
        for at, one in enumerate((pair.first, pair.second)):
            of_source[one.claim.split("/")[0]][at].append(one)
    for first, second in list(of_source.values())[:10]:
        emptied = [[replace(one, slots={}) for one in claims] for claims in (first, second)]
        assert names(align(*emptied)) == names(align(first, second))


def names(pairs: Any) -> list[tuple[str, str]]:
    return [(pair.first.claim, pair.second.claim) for pair in pairs]


def test_no_pairing_agrees_in_more_slots_than_the_one_that_agrees_best() -> None:
    first = [
        claim(f"s/a/{at}", "", mechanism=m, outcome=o) for at, (m, o) in enumerate([("t", "e"), ("t", "p"), ("c", "e")])
    ]
    second = [
        claim(f"s/b/{at}", "", mechanism=m, outcome=o) for at, (m, o) in enumerate([("t", "e"), ("c", "p"), ("t", "e")])
    ]

    def agreeing(pairs: Any) -> int:
        return sum(one.value(slot) == other.value(slot) for one, other in pairs for slot in ("mechanism", "outcome"))

    best = max(agreeing(zip(first, order, strict=True)) for order in permutations(second))
    assert agreeing((pair.first, pair.second) for pair in align_by_slots(first, second)) == best == 4


def test_aligned_to_agree_best_claims_that_agree_in_nothing_are_paired_too() -> None:
    one = claim("s/a/1", "", contexts="x", actors="x", resource="x", reasoning="x", mechanism="t")
    other = claim("s/b/1", "", mechanism="c")
    assert [(*names([pair])[0], pair.likeness) for pair in align_by_slots([one], [other])] == [("s/a/1", "s/b/1", 0.0)]


def test_two_claims_without_context_or_actor_agree_in_that_and_an_empty_direction_is_not_compared() -> None:
    bare = claim("s/a/1", "")
    assert {slot: bare.value(slot) for slot in SLOTS if bare.value(slot) is not None} == {
        "contexts": frozenset(),
        "resource": {"empty"},
        "reasoning": {"empty"},
        "actors": frozenset(),
    }


READ = {
    "allbutt2025": "c1=k1 c2=k2 c3=k4 c4=k5 c5=k6 c6=k8",
    "amde2020": "c1=k5 c2=k3 c4=k4 c5=k6",
    "anderson2014": "c1=k1 c3=k2 c4=k4 c5=k3",
    "anon-mepiconsortia": "c2=k1 c3=k3 c4=k4 c5=k5",
    "anon2020hhan": "c1=k1 c3=k4 c4=k5 c5=k9 c6=k8 c7=k10",
    "aunger2021b": "c1=k2 c2=k9 c4=k4 c7=k1 c8=k6",
    "bromley2018": "c1=k1 c3=k2 c5=k3 c6=k4 c7=k6",
    "hogeling2024": "c1=k3 c2=k5 c3=k6 c4=k7",
    "jones2013": "c1=k1 c2=k3 c3=k4 c4=k2",
    "karuga2024": "c1=k1 c2=k2 c3=k3 c4=k5 c5=k8 c6=k10 c7=k11 c8=k12",
}
"""The alignment of ten sources, read pair by pair. Three pairs are wrong: `anon2020hhan` c5=k9 (k6 is the passage),
`aunger2021b` c1=k2 (k8) and c4=k4 (k3); four more that a reader makes are not found: `anon2020hhan` c2=k2,
`aunger2021b` c3=k2, c5=k4 and c6=k5. `docs/explanation/coder-agreement.md` counts them."""


def test_the_alignment_of_ten_sources_is_the_one_that_was_read(shipped: kg.Agreement) -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for pair in shipped.pairs:
        (source, _, first), (_, _, second) = pair.first.claim.split("/"), pair.second.claim.split("/")
        found[source].append("=".join(name.removeprefix(f"{source}-") for name in (first, second)))
    assert {source: " ".join(found[source]) for source in READ} == READ


# Two passages that both coders saw, worked out by hand


def test_agreement_on_two_pairs_is_what_it_is_by_hand(twice: kg.KnowledgeGraph) -> None:
    """Alpha is 1 - Do/De. Of the contexts {power}, {power, formal}, none and none, for example, Do is (1/2 + 0)/2, and
    De, over the 12 ordered pairs of different values, (1/2 + 4 x 1) x 2/12: alpha is 2/3."""
    found = twice.agreement()
    assert names(found.pairs) == [("okoro2020/ada/a1", "okoro2020/bo/b2"), ("okoro2020/ada/a2", "okoro2020/bo/b1")]
    assert [(row["slot"], row["pairs"], row["same"], row["alpha"], row["one_only"]) for row in found] == [
        ("contexts", 2, 1, 0.667, 0),
        ("mechanism", 2, 1, 0.4, 0),
        ("mechanism_state", 2, 1, 0.0, 0),
        ("resource", 2, 1, 0.0, 0),
        ("reasoning", 2, 2, 1.0, 0),
        ("actors", 2, 2, 1.0, 0),
        ("outcome", 2, 2, 1.0, 0),
        ("direction", 1, 1, None, 1),
        ("effect", 2, 1, 0.0, 0),
        ("status", 2, 1, 0.0, 0),
        ("layer", 2, 1, 0.0, 0),
    ]
    assert [vars(one) for one in found.coders] == [
        {"coder": "ada", "claims": 3, "aligned": 2},
        {"coder": "bo", "claims": 3, "aligned": 2},
    ]
    assert [(one.what, one.codings, round(one.share, 3)) for one in found.overlaps] == [
        ("factors as mechanism", 1, 0.2),
        ("factors as outcome", 1, 1.0),
        ("mechanism and outcome together", 1, 0.2),
        ("factors as context", 1, 0.5),
        ("kinds of actor", 1, 1.0),
    ]
    assert (found.sources, found.codings, found.read_apart, found.extent_apart, found.best_pairs) == (1, 1, 1, 1, 3)
    assert [pair.differ for pair in found.pairs] == [
        ("contexts", "resource"),
        ("mechanism", "mechanism_state", "effect", "status", "layer"),
    ]


def test_of_three_codings_every_two_are_compared(tmp_path: Path) -> None:
    source = yaml.safe_load((TWICE / "sources" / "okoro2020.yaml").read_text(encoding="utf-8"))
    source["codings"].append({**source["codings"][1], "coder": "cy"})
    (tmp_path / "thrice.jsonl").write_text(json.dumps(source), encoding="utf-8")
    found = kg.open(pipeline.build(tmp_path, tmp_path / "build").release.folder.parent.parent).agreement()
    assert (found.sources, found.codings, len(found.pairs)) == (1, 3, 2 + 2 + 3)
    assert Counter((pair.first.claim.split("/")[1], pair.second.claim.split("/")[1]) for pair in found.pairs) == {
        ("ada", "bo"): 2,
        ("ada", "cy"): 2,
        ("bo", "cy"): 3,
    }
    assert [(one.coder, one.claims, one.aligned) for one in found.coders] == [("ada", 6, 4), ("bo", 6, 5), ("cy", 6, 5)]


def test_an_endpoint_says_the_same(twice: kg.KnowledgeGraph, twice_build: Built) -> None:
    with SparqlEndpoint(Store.read_only(str(twice_build.release.store))).serving() as endpoint:
        assert kg.open(endpoint.url).agreement().to_json() == twice.agreement().to_json()


# The shipped evidence


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """Every claim of the shipped files, by `source/coder/id`."""
    claims = {}
    for file in sorted((SHIPPED / "sources").glob("*.yaml")):
        source = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for coding in source["codings"]:
            for one in coding["claims"]:
                claims[f"{source['source']}/{coding['coder']}/{one['id']}"] = one
    return claims


def in_file(one: dict[str, Any], slot: str) -> frozenset[str]:
    """What a claim records in a slot, as its file has it."""
    mechanism, outcome = one["mechanisms"][0], one["outcome"]
    found: list[str | None] = {
        "contexts": [context["factor"] for context in one.get("contexts", [])],
        "mechanism": [mechanism["factor"]],
        "mechanism_state": [mechanism.get("state")],
        "resource": ["filled" if mechanism.get("resource") else "empty"],
        "reasoning": ["filled" if mechanism.get("reasoning") else "empty"],
        "actors": [actor if isinstance(actor, str) else actor["kind"] for actor in one.get("actors", [])],
        "outcome": [outcome["factor"]],
        "direction": [outcome.get("direction")],
        "effect": [one["effect"]],
        "status": [one["status"]],
        "layer": [one["evidence"][0].get("layer")],
    }[slot]
    return frozenset(value for value in found if value is not None)


def by_hand(pairs: list[tuple[frozenset[str], frozenset[str]]]) -> float:
    """Alpha of two values a unit, from its definition."""

    def apart(one: frozenset[str], other: frozenset[str]) -> float:
        return len(one ^ other) / len(one | other) if one != other else 0.0

    values = Counter(value for pair in pairs for value in pair)
    whole = values.total()
    observed = sum(apart(one, other) for one, other in pairs) / len(pairs)
    expected = sum(values[one] * values[other] * apart(one, other) for one in values for other in values)
    return 1 - observed / (expected / (whole * (whole - 1)))


def test_the_figures_of_the_shipped_evidence_are_those_of_its_files(shipped: kg.Agreement) -> None:
    claims = recorded()
    rows = {row["slot"]: row for row in shipped}
    for slot in SLOTS:
        told = [(in_file(claims[one], slot), in_file(claims[other], slot)) for one, other in names(shipped.pairs)]
        both = told if slot in ("contexts", "actors") else [pair for pair in told if all(pair)]
        assert rows[slot]["pairs"] == len(both), slot
        assert rows[slot]["same"] == sum(one == other for one, other in both), slot
        assert rows[slot]["alpha"] == pytest.approx(by_hand(both), abs=0.0006), slot


def test_the_figures_of_the_shipped_evidence_stand(shipped: kg.Agreement) -> None:
    assert {row["slot"]: (row["pairs"], row["same"], row["alpha"], row["best_alpha"]) for row in shipped} == {
        "contexts": (310, 109, 0.31, 0.332),
        "mechanism": (310, 209, 0.665, 0.761),
        "mechanism_state": (310, 294, 0.813, 0.87),
        "resource": (310, 209, 0.349, 0.449),
        "reasoning": (310, 250, -0.105, -0.068),
        "actors": (310, 112, 0.504, 0.518),
        "outcome": (310, 195, 0.605, 0.663),
        "direction": (296, 284, 0.875, 0.901),
        "effect": (310, 294, 0.752, 0.791),
        "status": (310, 287, 0.836, 0.824),
        "layer": (310, 289, 0.889, 0.905),
    }
    assert (shipped.sources, shipped.codings, shipped.read_apart, shipped.extent_apart) == (54, 54, 35, 6)
    assert (sum(one.claims for one in shipped.coders), sum(one.aligned for one in shipped.coders)) == (838, 620)


def test_what_changes_with_the_coder_is_what_question_34_answers(
    shipped: kg.Agreement, shipped_graph: kg.KnowledgeGraph
) -> None:
    assert shipped.flips.to_json() == shipped_graph.ask("cq34").to_json()
    assert len(shipped.flips) == 21


# What people see


def shown(
    graph: kg.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str
) -> str:
    monkeypatch.setattr(asking, "open_graph", lambda place: graph)
    monkeypatch.setattr(sys, "argv", ["kg", "agreement", *options])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_the_table_says_what_found_no_partner_and_what_is_not_defined(
    twice: kg.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shown(twice, monkeypatch, capsys)
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "1 source was coded more than once; 2 pairs of claims aligned by the words of their passages."
    assert "contexts 2 50% 0.67 0.71 ·" in lines
    assert "direction 1 100% – 0.00 1" in lines
    assert "resource filled? 2 50% 0.00 0.00 ·" in lines
    words = " ".join(lines)
    assert "It is not defined (–) where all record the same value." in words
    assert "No partner: 2 of 6 claims (ada 1 of 3, bo 1 of 3). They are in no figure above." in words
    assert "in 1 of 1 pairs of codings the coders do not name the same parts; in 1 of them one read beyond" in words
    assert "Agreement does not say which coder is right" in words
    assert "nan" not in words


def test_the_alignment_can_be_read(
    twice: kg.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shown(twice, monkeypatch, capsys, "--pairs")
    assert out.startswith("okoro2020/ada/a1 = okoro2020/bo/b2\n    Monthly visits built trust. | results\n")
    assert "they differ in: contexts, resource\n" in out
    rows = list(csv.DictReader(shown(twice, monkeypatch, capsys, "--pairs", "--format", "csv").splitlines()))
    assert [(row["first"], row["differ"]) for row in rows] == [
        ("okoro2020/ada/a1", "contexts; resource"),
        ("okoro2020/ada/a2", "mechanism; mechanism_state; effect; status; layer"),
    ]


def test_as_csv_and_json_it_is_what_python_gives(
    twice: kg.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = twice.agreement()
    lines = shown(twice, monkeypatch, capsys, "--format", "csv").splitlines()
    assert lines[0] == "slot,pairs,same,alpha,one_only,best_alpha"
    assert lines[8].startswith("direction,1,1,,1,")
    assert json.loads(shown(twice, monkeypatch, capsys, "--format", "json")) == json.loads(json.dumps(found.to_json()))


def test_where_nothing_was_coded_twice_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    built = pipeline.build(TWICE / "sources" / "single2021.yaml", tmp_path / "build")
    out = shown(kg.open(built.release.folder.parent.parent), monkeypatch, capsys)
    assert out == "No source in this graph was coded more than once.\n\n"
