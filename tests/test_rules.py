"""The CONSTRUCT rules: each on data small enough to read, then all of them on the shipped evidence."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, QueryTriples, RdfFormat, Store, parse

import kg
from kg import iris, resources, rules
from kg.errors import Failure
from kg.prefixes import with_prefixes
from kg.terms import PM
from kg.trace import RECURRENT

PREFIXES = """
@prefix : <https://w3id.org/partnership-mechanisms/data/> .
@prefix country: <https://w3id.org/partnership-mechanisms/data/country/> .
@prefix pm: <https://w3id.org/partnership-mechanisms/ontology#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix pmc: <https://w3id.org/partnership-mechanisms/concept/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""

Fact = tuple[str, str, str]


def told(turtle: str) -> set[Fact]:
    parsed = parse(PREFIXES + turtle, format=RdfFormat.TURTLE)
    return {(str(triple.subject), str(triple.predicate), str(triple.object)) for triple in parsed}


def derive(rule: str, trig: str) -> set[Fact]:
    """What one rule says of data, which may stand in several graphs."""
    store = Store()
    store.load(PREFIXES + trig, format=RdfFormat.TRIG)
    (path,) = [path for path in resources.rule_files() if path.stem == rule]
    found = store.query(path.read_text(encoding="utf-8"), use_default_graph_as_union=True)
    assert isinstance(found, QueryTriples)
    return {(str(triple.subject), str(triple.predicate), str(triple.object)) for triple in found}


def claim(name: str, **slots: str) -> str:
    """A claim with what rules ask of it; a slot given as empty is left out."""
    said = {
        "a": "pm:TestedClaim",
        "pm:mechanismFactor": "pmc:trust",
        "pm:outcomeFactor": "pmc:equity",
        "pm:effect": "pm:supports",
        "pm:fromStudy": ":study",
        "pm:fromSource": ":source",
        "pm:codedBy": ":ada",
    }
    keys = {"kind": "a", "factor": "pm:mechanismFactor", "outcome": "pm:outcomeFactor", "effect": "pm:effect",
            "study": "pm:fromStudy", "source": "pm:fromSource", "coder": "pm:codedBy", "country": "pm:caseCountry",
            "design": "pm:codedDesign", "layer": "pm:evidenceLayer", "actor": "pm:actorKind",
            "context": "pm:hasContext"}  # fmt: skip
    said |= {keys[slot]: value for slot, value in slots.items()}
    return f"{name} " + " ; ".join(f"{key} {value}" for key, value in said.items() if value) + " .\n"


# Which rules there are


def test_every_rule_has_a_scope_in_which_it_is_run() -> None:
    assert [path.stem for path in rules.files("ontology")] == ["roll-up"]
    assert [path.stem for path in rules.files("synthesis")] == [
        "case-observations", "case-years", "coder", "context-one-side-only", "corroborated", "factor-outcome-link",
        "factor-outcome-premises", "one-side-only", "recurrent-pattern", "tension",
    ]  # fmt: skip
    assert sorted([*rules.files("ontology"), *rules.files("synthesis")]) == resources.rule_files()
    assert rules.files("nothing") == []


def test_rules_of_a_scope_are_applied_over_all_graphs_into_the_one_that_is_named() -> None:
    store = Store()
    store.load(PREFIXES + ":g { :x pm:coder :ada } :h { :y pm:checkedBy :bo }", format=RdfFormat.TRIG)
    derived = rules.apply(store, "synthesis", iris.SYNTHESIS_GRAPH)
    assert {quad.graph_name for quad in derived} == {iris.SYNTHESIS_GRAPH}
    assert {(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in derived} == told(
        ":ada a pm:Coder . :bo a prov:Agent ."
    )
    assert len(derived) == 2
    assert rules.apply(store, "ontology", iris.SYNTHESIS_GRAPH) == []


def test_a_rule_that_never_stops_deriving_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SAFETY.md, R3: every four of sixty nodes would make twenty-six million statements."""
    rule = tmp_path / "everything-with-everything.rq"
    body = "?a :p ?x . ?b :p ?x . ?c :p ?x . ?d :p ?x"
    rule.write_text(
        f"#+ scope: synthesis\nPREFIX : <urn:>\nCONSTRUCT {{ ?a ?b ?c . ?b ?c ?d }} WHERE {{ {body} }}",
        encoding="utf-8",
    )
    monkeypatch.setattr(resources, "rule_files", lambda: [rule])
    store = Store()
    store.extend(Quad(NamedNode(f"urn:{at}"), NamedNode("urn:p"), NamedNode("urn:x")) for at in range(60))
    with pytest.raises(Failure) as stopped:
        rules.apply(store, "synthesis", iris.SYNTHESIS_GRAPH)
    said = "the rule everything-with-everything makes over 3000 statements of 60: see queries/rules/"
    assert str(stopped.value) == f"{said}everything-with-everything.rq"


# coder, roll-up

CODERS = {
    "who made a coding": (":x pm:coder :ada . :y pm:coder :ada .", ":ada a pm:Coder ."),
    "who checked one": (":x pm:coder :ada ; pm:checkedBy :bo .", ":ada a pm:Coder . :bo a prov:Agent ."),
    "nobody": (":x pm:codedBy :ada .", ""),
}  # fmt: skip
ROLL_UPS = {
    "a concept alone": ("pmc:a a skos:Concept .", "pmc:a pm:rollsUpTo pmc:a ."),
    "up to the top": (
        """pmc:a a skos:Concept ; skos:broader pmc:b . pmc:b a skos:Concept ; skos:broader pmc:c .
        pmc:c a skos:Concept .""",
        "pmc:a pm:rollsUpTo pmc:a , pmc:b , pmc:c . pmc:b pm:rollsUpTo pmc:b , pmc:c . pmc:c pm:rollsUpTo pmc:c .",
    ),
    "two broader ones": (
        "pmc:a a skos:Concept ; skos:broader pmc:b , pmc:c . pmc:b a skos:Concept . pmc:c a skos:Concept .",
        "pmc:a pm:rollsUpTo pmc:a , pmc:b , pmc:c . pmc:b pm:rollsUpTo pmc:b . pmc:c pm:rollsUpTo pmc:c .",
    ),
    "a circle ends": (
        "pmc:a a skos:Concept ; skos:broader pmc:b . pmc:b a skos:Concept ; skos:broader pmc:a .",
        "pmc:a pm:rollsUpTo pmc:a , pmc:b . pmc:b pm:rollsUpTo pmc:a , pmc:b .",
    ),
    "the scheme is no concept": ("pmc: a skos:ConceptScheme .", ""),
}


@pytest.mark.parametrize(("data", "expected"), CODERS.values(), ids=CODERS.keys())
def test_who_made_or_checked_a_coding_is_a_coder(data: str, expected: str) -> None:
    assert derive("coder", data) == told(expected)


@pytest.mark.parametrize(("data", "expected"), ROLL_UPS.values(), ids=ROLL_UPS.keys())
def test_a_concept_counts_towards_itself_and_all_that_is_broader(data: str, expected: str) -> None:
    assert derive("roll-up", data) == told(expected)


# corroborated

BOTH = ":c pm:corroboratedBy :d . :d pm:corroboratedBy :c ."
CORROBORATED = {
    "two coders see the same": (claim(":c") + claim(":d", coder=":bo"), BOTH),
    "also of proposed claims": (claim(":c", kind="") + claim(":d", coder=":bo"), BOTH),
    "one coder sees it twice": (claim(":c") + claim(":d"), ""),
    "two sources of one study": (claim(":c") + claim(":d", coder=":bo", source=":other"), ""),
    "another effect": (claim(":c") + claim(":d", coder=":bo", effect="pm:hinders"), ""),
    "another factor": (claim(":c") + claim(":d", coder=":bo", factor="pmc:power-sharing"), ""),
    "another outcome": (claim(":c") + claim(":d", coder=":bo", outcome="pmc:trust"), ""),
    "one factor of several": (
        claim(":c", factor="pmc:trust , pmc:power-sharing") + claim(":d", coder=":bo", factor="pmc:trust , pmc:equity"),
        BOTH,
    ),
    "three coders": (
        claim(":c") + claim(":d", coder=":bo") + claim(":e", coder=":cy"),
        ":c pm:corroboratedBy :d , :e . :d pm:corroboratedBy :c , :e . :e pm:corroboratedBy :c , :d .",
    ),
}


@pytest.mark.parametrize(("data", "expected"), CORROBORATED.values(), ids=CORROBORATED.keys())
def test_claims_corroborate_each_other_where_two_coders_of_a_source_saw_the_same(data: str, expected: str) -> None:
    assert derive("corroborated", data) == told(expected)


# factor-outcome-link


def link(supports: int, hinders: int, mixed: int, none: int, studies: int, pair: str = "trust/equity") -> str:
    factor, outcome = pair.split("/")
    return f"""<{iris.DATA}factor-outcome/{pair}> a pm:FactorOutcomeLink ;
        pm:linkFactor pmc:{factor} ; pm:linkOutcome pmc:{outcome} ;
        pm:supportingStudies {supports} ; pm:hinderingStudies {hinders} ; pm:mixedStudies {mixed} ;
        pm:noEffectStudies {none} ; pm:studies {studies} .\n"""


LINKS = {
    "one claim": (claim(":c"), link(1, 0, 0, 0, 1)),
    "two claims of a study count once": (claim(":c") + claim(":d"), link(1, 0, 0, 0, 1)),
    "two coders of a study count once": (claim(":c") + claim(":d", coder=":bo"), link(1, 0, 0, 0, 1)),
    "two sources of a study count once": (claim(":c") + claim(":d", source=":other"), link(1, 0, 0, 0, 1)),
    "two studies count twice": (claim(":c") + claim(":d", study=":other"), link(2, 0, 0, 0, 2)),
    "each effect has its column": (
        claim(":c") + claim(":d", effect="pm:hinders", study=":t") + claim(":e", effect="pm:mixed", study=":u")
        + claim(":f", effect="pm:noEffect", study=":v"),
        link(1, 1, 1, 1, 4),
    ),
    "a study with several effects counts once in each": (
        claim(":c") + claim(":d", effect="pm:hinders") + claim(":e", effect="pm:mixed"),
        link(1, 1, 1, 0, 1),
    ),
    "a proposed claim does not count": (
        claim(":c", kind="pm:ProposedClaim", study=":other") + claim(":d", effect="pm:hinders"),
        link(0, 1, 0, 0, 1),
    ),
    "only proposed claims give no link": (claim(":c", kind="pm:ProposedClaim"), ""),
    "a claim with two mechanisms counts for both": (
        claim(":c", factor="pmc:trust , pmc:power-sharing"),
        link(1, 0, 0, 0, 1) + link(1, 0, 0, 0, 1, "power-sharing/equity"),
    ),
    "the factor in another role is another link": (
        claim(":c") + claim(":d", factor="pmc:equity", outcome="pmc:trust"),
        link(1, 0, 0, 0, 1) + link(1, 0, 0, 0, 1, "equity/trust"),
    ),
    "a narrower factor is counted as itself": (
        claim(":c", factor="pmc:faith-in-partner") + "pmc:faith-in-partner skos:broader pmc:trust .",
        link(1, 0, 0, 0, 1, "faith-in-partner/equity"),
    ),
    "claims of several graphs": (
        f":g {{ {claim(':c')} }} :h {{ {claim(':d', study=':other')} }}",
        link(2, 0, 0, 0, 2),
    ),
    "nothing": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), LINKS.values(), ids=LINKS.keys())
def test_a_link_counts_independent_studies_of_tested_claims_per_effect(data: str, expected: str) -> None:
    assert derive("factor-outcome-link", data) == told(expected)


# factor-outcome-premises

HERE = f"<{iris.DATA}factor-outcome/trust/equity>"
PREMISES = {
    "a claim about which little is known": (claim(":c"), f"{HERE} pm:premise :c ."),
    "where it comes from": (
        claim(":c", country="country:UGA , country:GBR", design="pm:surveyDesign", layer="pm:authorLayer"),
        f"""{HERE} pm:premise :c ; pm:seenInCountry country:UGA , country:GBR ; pm:seenInDesign pm:surveyDesign ;
            pm:seenAtLayer pm:authorLayer .""",
    ),
    "several claims": (
        claim(":c", country="country:UGA") + claim(":d", country="country:KEN", effect="pm:hinders", study=":t"),
        f"{HERE} pm:premise :c , :d ; pm:seenInCountry country:UGA , country:KEN .",
    ),
    "a proposed claim is none": (claim(":c", kind="pm:ProposedClaim", country="country:UGA"), ""),
    "a claim with two mechanisms is one of both": (
        claim(":c", factor="pmc:trust , pmc:power-sharing"),
        f"{HERE} pm:premise :c . <{iris.DATA}factor-outcome/power-sharing/equity> pm:premise :c .",
    ),
}


@pytest.mark.parametrize(("data", "expected"), PREMISES.values(), ids=PREMISES.keys())
def test_a_link_names_the_claims_it_rests_on_and_where_they_come_from(data: str, expected: str) -> None:
    assert derive("factor-outcome-premises", data) == told(expected)


@pytest.mark.parametrize("data", [case[0] for case in LINKS.values()], ids=LINKS.keys())
def test_every_link_has_premises_and_every_premise_a_link(data: str) -> None:
    links = {subject for subject, _, _ in derive("factor-outcome-link", data)}
    assert {subject for subject, _, _ in derive("factor-outcome-premises", data)} == links


# recurrent-pattern

WORDS = """
pm:supports skos:notation "supports" . pm:hinders skos:notation "hinders" . pm:noEffect skos:notation "no-effect" .
pm:mixed skos:notation "mixed" .
pm:high skos:notation "high" . pm:low skos:notation "low" .
"""
THREE = claim(":c", study=":s") + claim(":d", study=":t") + claim(":e", study=":u")


def pattern(more: str, studies: str = ":s , :t , :u", effect: str = "supports", pair: str = "trust/equity") -> str:
    factor, outcome = pair.split("/")
    term = {"no-effect": "noEffect"}.get(effect, effect)
    return f"""<{iris.pattern(factor, outcome, effect).value}> a pm:RecurrentPattern ; pm:linkFactor pmc:{factor} ;
        pm:linkOutcome pmc:{outcome} ; pm:reportedEffect pm:{term} ; pm:studies {studies.count(",") + 1} ;
        pm:premiseStudy {studies} ; {more} .\n"""


RECURRING = {
    "three studies": (THREE, pattern("pm:premise :c , :d , :e")),
    "two studies": (claim(":c", study=":s") + claim(":d", study=":t"), ""),
    "three sources of one study": (
        claim(":c", source=":a") + claim(":d", source=":b") + claim(":e", source=":c"),
        "",
    ),
    "three coders of one study": (claim(":c") + claim(":d", coder=":bo") + claim(":e", coder=":cy"), ""),
    "a third study that merely proposes it": (
        claim(":c", study=":s") + claim(":d", study=":t") + claim(":e", study=":u", kind="pm:ProposedClaim"),
        "",
    ),
    "a proposed claim beside three studies is no premise": (
        THREE + claim(":f", study=":v", kind="pm:ProposedClaim"),
        pattern("pm:premise :c , :d , :e"),
    ),
    "a third study that reports otherwise": (
        claim(":c", study=":s") + claim(":d", study=":t") + claim(":e", study=":u", effect="pm:mixed"),
        "",
    ),
    "claims of other factors and outcomes are no premises": (
        THREE + claim(":f", study=":v", outcome="pmc:trust") + claim(":g", study=":w", factor="pmc:power-sharing"),
        pattern("pm:premise :c , :d , :e"),
    ),
    "every claim of the three is a premise": (
        THREE + claim(":f", study=":u", coder=":bo"),
        pattern("pm:premise :c , :d , :e , :f"),
    ),
    "where its premises come from": (
        claim(":c", study=":s", country="country:UGA , country:GBR", design="pm:surveyDesign")
        + claim(":d", study=":t", layer="pm:authorLayer") + claim(":e", study=":u", country="country:UGA"),
        pattern("""pm:premise :c , :d , :e ; pm:seenInCountry country:UGA , country:GBR ;
            pm:seenInDesign pm:surveyDesign ; pm:seenAtLayer pm:authorLayer"""),
    ),
    "hindrance and no effect recur too": (
        "".join(claim(f":{effect}{at}", effect=f"pm:{effect}", study=f":s{at}")
                for effect in ("hinders", "noEffect") for at in (1, 2, 3)),
        pattern("pm:premise :hinders1 , :hinders2 , :hinders3", ":s1 , :s2 , :s3", "hinders")
        + pattern("pm:premise :noEffect1 , :noEffect2 , :noEffect3", ":s1 , :s2 , :s3", "no-effect"),
    ),
    "of a claim with two mechanisms both are counted": (
        THREE + claim(":f", study=":v", factor="pmc:trust , pmc:power-sharing"),
        pattern("pm:premise :c , :d , :e , :f", ":s , :t , :u , :v"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), RECURRING.values(), ids=RECURRING.keys())
def test_a_pattern_recurs_in_three_independent_studies(data: str, expected: str) -> None:
    assert derive("recurrent-pattern", data + WORDS) == told(expected)


# tension, one-side-only, context-one-side-only

OPPOSED = claim(":c", study=":s") + claim(":d", study=":t", effect="pm:hinders")
TENSION = iris.tension("trust", "equity").value
SUPPORTS, HINDERS = f"<{TENSION}/supports>", f"<{TENSION}/hinders>"


def tension(supports: str, hinders: str, by: str = ":s", against: str = ":t") -> str:
    """The tension of trust and equity: the premises of each side, and its studies."""
    every = ", ".join(dict.fromkeys(f"{by}, {against}".split(", ")))
    said = f"""<{TENSION}> a pm:Tension ; pm:linkFactor pmc:trust ; pm:linkOutcome pmc:equity ;
        pm:hasSide {SUPPORTS} , {HINDERS} ; pm:studies {every.count(",") + 1} ; pm:premiseStudy {every} ;
        pm:premise {supports} , {hinders} .\n"""
    for side, effect, claims, studies in ((SUPPORTS, "supports", supports, by), (HINDERS, "hinders", hinders, against)):
        said += f"""{side} a pm:TensionSide ; pm:reportedEffect pm:{effect} ; pm:studies {studies.count(",") + 1} ;
            pm:premiseStudy {studies} ; pm:premise {claims} .\n"""
    return said


TENSIONS = {
    "two studies": (OPPOSED, tension(":c", ":d")),
    "two coders of one study": (claim(":c") + claim(":d", coder=":bo", effect="pm:hinders"), ""),
    "two sources of one study": (claim(":c") + claim(":d", source=":other", effect="pm:hinders"), ""),
    "one study that reports both": (claim(":c") + claim(":d", effect="pm:hinders"), ""),
    "one study that reports both, and one that supports": (
        claim(":c", study=":s") + claim(":d", study=":s", effect="pm:hinders") + claim(":e", study=":t"),
        tension(":c, :e", ":d", ":s, :t", ":s"),
    ),
    "two claims of one study on each side": (
        OPPOSED + claim(":e", study=":s", coder=":bo") + claim(":f", study=":t", coder=":bo", effect="pm:hinders"),
        tension(":c, :e", ":d, :f"),
    ),
    "a merely proposed hindrance": (
        claim(":c", study=":s") + claim(":d", study=":t", effect="pm:hinders", kind="pm:ProposedClaim"),
        "",
    ),
    "mixed and no effect beside support": (
        claim(":c", study=":s") + claim(":d", study=":t", effect="pm:mixed")
        + claim(":e", study=":u", effect="pm:noEffect"),
        "",
    ),
    "mixed and proposed claims are no premises of a tension": (
        OPPOSED + claim(":e", study=":u", effect="pm:mixed") + claim(":f", study=":v", kind="pm:ProposedClaim"),
        tension(":c", ":d"),
    ),
    "another outcome": (
        claim(":c", study=":s") + claim(":d", study=":t", effect="pm:hinders", outcome="pmc:local-ownership"),
        "",
    ),
    "claims of other factors and outcomes are no premises": (
        OPPOSED + claim(":e", study=":u", outcome="pmc:local-ownership")
        + claim(":f", study=":v", factor="pmc:power-sharing", effect="pm:hinders"),
        tension(":c", ":d"),
    ),
    "another factor": (
        claim(":c", study=":s") + claim(":d", study=":t", effect="pm:hinders", factor="pmc:power-sharing"),
        "",
    ),
    "a factor and itself": (
        claim(":c", study=":s", factor="pmc:equity")
        + claim(":d", study=":t", factor="pmc:equity", effect="pm:hinders"),
        "",
    ),
    "in several graphs": (
        f":g {{ {claim(':c', study=':s')} }} :h {{ {claim(':d', study=':t', effect='pm:hinders')} }}",
        tension(":c", ":d"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), TENSIONS.values(), ids=TENSIONS.keys())
def test_studies_make_a_tension_where_one_supports_and_another_hinders(data: str, expected: str) -> None:
    assert derive("tension", data + WORDS) == told(expected)


def opposed(supporting: dict[str, str], hindering: dict[str, str], more: str = "") -> str:
    """A supporting and a hindering study, with what is said of each claim."""
    return (
        claim(":c", study=":s", **supporting) + claim(":d", study=":t", effect="pm:hinders", **hindering) + more + WORDS
    )


OTHERS = claim(":e", study=":u", outcome="pmc:local-ownership", country="country:UGA", context=":x") + claim(
    ":f", study=":v", factor="pmc:power-sharing", country="country:UGA", context=":x"
)
"""Claims of another outcome and of another factor, in the same country and context."""
AGAINST = {"study": ":t", "effect": "pm:hinders"}
NO_TENSION: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "hindrance by the same study": ({}, {**AGAINST, "study": ":study"}),
    "hindrance that is merely proposed": ({}, {**AGAINST, "kind": "pm:ProposedClaim"}),
    "support that is merely proposed": ({"kind": "pm:ProposedClaim"}, AGAINST),
    "support by another study": ({}, {"study": ":t"}),
    "hindrance by another study": ({"effect": "pm:hinders"}, AGAINST),
    "support of another factor": ({"factor": "pmc:power-sharing"}, AGAINST),
    "support for another outcome": ({"outcome": "pmc:local-ownership"}, AGAINST),
    "a factor and itself": ({"factor": "pmc:equity"}, {**AGAINST, "factor": "pmc:equity"}),
}
"""What each of two claims says, beside what a claim says by default."""


@pytest.mark.parametrize("rule", ["tension", "one-side-only", "context-one-side-only"])
@pytest.mark.parametrize(("first", "second"), NO_TENSION.values(), ids=NO_TENSION.keys())
def test_nothing_is_said_of_sides_where_there_is_no_tension(
    first: dict[str, str], second: dict[str, str], rule: str
) -> None:
    data = (
        claim(":c", country="country:UGA", context=":x", **first)
        + claim(":d", country="country:KEN", context=":y", **second)
        + context(":x", "high")
        + context(":y", "low")
    )
    assert derive(rule, data + WORDS) == set()


ONE_SIDE = {
    "nothing is known": (opposed({}, {}), ""),
    "a country each": (
        opposed({"country": "country:UGA"}, {"country": "country:KEN"}),
        f"{SUPPORTS} pm:countryOnly country:UGA . {HINDERS} pm:countryOnly country:KEN .",
    ),
    "the same country": (opposed({"country": "country:UGA"}, {"country": "country:UGA"}), ""),
    "one country of two is shared": (
        opposed({"country": "country:UGA , country:GBR"}, {"country": "country:GBR"}),
        f"{SUPPORTS} pm:countryOnly country:UGA .",
    ),
    "in two claims of one side": (
        opposed({"country": "country:UGA"}, {}, claim(":e", study=":u", country="country:UGA")),
        f"{SUPPORTS} pm:countryOnly country:UGA .",
    ),
    "an actor, a design, a layer": (
        opposed({"actor": "pmc:funder", "design": "pm:surveyDesign"}, {"layer": "pm:authorLayer"}),
        f"""{SUPPORTS} pm:actorOnly pmc:funder ; pm:designOnly pm:surveyDesign .
            {HINDERS} pm:layerOnly pm:authorLayer .""",
    ),
    "of a claim that merely proposes": (
        opposed({"country": "country:UGA"}, {}, claim(":e", study=":u", effect="pm:hinders", kind="pm:ProposedClaim",
                                                     country="country:UGA")),
        f"{SUPPORTS} pm:countryOnly country:UGA .",
    ),
    "of a claim with a mixed effect": (
        opposed({"country": "country:UGA"}, {}, claim(":e", study=":u", effect="pm:mixed",
                                                     country="country:UGA , country:KEN")),
        f"{SUPPORTS} pm:countryOnly country:UGA .",
    ),
    "claims of other factors and outcomes stand on neither side": (
        opposed({"country": "country:KEN"}, {"country": "country:UGA"}, OTHERS),
        f"{SUPPORTS} pm:countryOnly country:KEN . {HINDERS} pm:countryOnly country:UGA .",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), ONE_SIDE.values(), ids=ONE_SIDE.keys())
def test_what_only_one_side_of_a_tension_has_is_named(data: str, expected: str) -> None:
    assert derive("one-side-only", data) == told(expected)


def context(name: str, state: str = "", factor: str = "staff-turnover") -> str:
    return f"{name} pm:factor pmc:{factor} {f'; pm:state pm:{state}' if state else ''} .\n"


def condition(state: str = "", factor: str = "staff-turnover") -> str:
    """A condition and what it is, as the value of a property."""
    node = f"<{iris.DATA}condition/{factor}{f'/{state}' if state else ''}>"
    return (
        f"{node} . {node} a pm:Condition ; pm:conditionFactor pmc:{factor} "
        f"{f'; pm:conditionState pm:{state}' if state else ''} ."
    )


CONTEXTS = {
    "a context on one side": (
        opposed({"context": ":x"}, {}, context(":x")),
        f"{SUPPORTS} pm:contextOnly {condition()}",
    ),
    "in a state": (
        opposed({}, {"context": ":x"}, context(":x", "high")),
        f"{HINDERS} pm:contextOnly {condition('high')}",
    ),
    "the same on both sides": (
        opposed({"context": ":x"}, {"context": ":y"}, context(":x", "high") + context(":y", "high")),
        "",
    ),
    "in another state": (
        opposed({"context": ":x"}, {"context": ":y"}, context(":x", "high") + context(":y", "low")),
        f"{SUPPORTS} pm:contextOnly {condition('high')} {HINDERS} pm:contextOnly {condition('low')}",
    ),
    "in a state that one side does not record": (
        opposed({"context": ":x"}, {"context": ":y"}, context(":x", "high") + context(":y")),
        "",
    ),
    "in two claims of one side": (
        opposed({"context": ":x"}, {}, context(":x") + context(":y", "high") + context(":z", "high")
                + claim(":e", study=":u", context=":x , :y") + claim(":f", study=":v", context=":z")),
        f"{SUPPORTS} pm:contextOnly {condition()} {SUPPORTS} pm:contextOnly {condition('high')}",
    ),
    "in a state on either side, and on one in states that are not recorded": (
        opposed({"context": ":x , :y , :z"}, {"context": ":w"},
                context(":x", "high") + context(":y") + context(":z") + context(":w", "low")),
        f"{SUPPORTS} pm:contextOnly {condition('high')}",
    ),
    "in a state in one claim, and in one that is not recorded in another of its side": (
        opposed({"context": ":x"}, {"context": ":y"}, context(":x", "high") + context(":y", "low") + context(":z")
                + claim(":e", study=":u", context=":z")),
        f"{SUPPORTS} pm:contextOnly {condition('high')}",
    ),
    "the same of hindrance": (
        opposed({"context": ":x"}, {"context": ":y"}, context(":x", "high") + context(":y", "low") + context(":z")
                + claim(":e", study=":u", effect="pm:hinders", context=":z")),
        f"{HINDERS} pm:contextOnly {condition('low')}",
    ),
    "in states that either side leaves open": (
        opposed({"context": ":x , :y"}, {"context": ":z"}, context(":x", "high") + context(":y") + context(":z")),
        "",
    ),
    "in two states of which one is shared": (
        opposed({"context": ":x , :y"}, {"context": ":z"},
                context(":x", "high") + context(":y", "low") + context(":z", "low")),
        f"{SUPPORTS} pm:contextOnly {condition('high')}",
    ),
    "another factor": (
        opposed({"context": ":x"}, {"context": ":y"}, context(":x") + context(":y", factor="donor-dependence")),
        f"""{SUPPORTS} pm:contextOnly {condition()}
            {HINDERS} pm:contextOnly {condition(factor='donor-dependence')}""",
    ),
    "of a claim that merely proposes": (
        opposed({"context": ":x"}, {}, context(":x") + context(":y")
                + context(":z", factor="donor-dependence")
                + claim(":e", study=":u", effect="pm:hinders", kind="pm:ProposedClaim", context=":y , :z")),
        f"{SUPPORTS} pm:contextOnly {condition()}",
    ),
    "of a claim with a mixed effect": (
        opposed({"context": ":x"}, {}, context(":x") + context(":y") + context(":z", factor="donor-dependence")
                + claim(":e", study=":u", effect="pm:mixed", context=":y , :z")),
        f"{SUPPORTS} pm:contextOnly {condition()}",
    ),
    "claims of other factors and outcomes stand on neither side": (
        opposed({}, {"context": ":x"}, context(":x") + OTHERS),
        f"{HINDERS} pm:contextOnly {condition()}",
    ),
    "in claims of other factors and outcomes alone": (opposed({}, {}, context(":x") + OTHERS), ""),
    "in a claim of another factor that is opposed": (
        opposed({"context": ":x"}, {}, context(":x") + OTHERS.replace("pm:supports", "pm:hinders")),
        f"{SUPPORTS} pm:contextOnly {condition()}",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), CONTEXTS.values(), ids=CONTEXTS.keys())
def test_contexts_that_only_one_side_of_a_tension_has_are_named(data: str, expected: str) -> None:
    assert derive("context-one-side-only", data) == told(expected)


# The shipped evidence


def test_links_of_the_shipped_graph_equal_the_matrix(shipped_graph: kg.KnowledgeGraph) -> None:
    rows = shipped_graph.sparql(
        with_prefixes(
            """SELECT ?factor ?outcome ?supports ?hinders ?mixed ?none ?studies WHERE {
                 ?link a pm:FactorOutcomeLink ; pm:linkFactor ?factor ; pm:linkOutcome ?outcome ;
                       pm:supportingStudies ?supports ; pm:hinderingStudies ?hinders ; pm:mixedStudies ?mixed ;
                       pm:noEffectStudies ?none ; pm:studies ?studies .
               }"""
        )
    )
    found = {
        (iris.ids(str(row["factor"]))[0], iris.ids(str(row["outcome"]))[0]): tuple(
            row[name] for name in ("supports", "hinders", "mixed", "none", "studies")
        )
        for row in rows
    }
    cells = [cell for cell in shipped_graph.trace(kind="any").cells if cell.studies > 0]
    assert len(found) == len(rows)
    assert found == {
        (cell.factor, cell.outcome): (cell.supports, cell.hinders, cell.mixed, cell.no_effect, cell.studies)
        for cell in cells
    }
    assert ("trust", "partnership-functioning") in found


def test_premises_of_the_shipped_graph_are_claims_that_say_what_the_link_counts(
    shipped_graph: kg.KnowledgeGraph,
) -> None:
    said: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in shipped_graph.sparql(
        with_prefixes(
            """SELECT ?link ?claim ?study ?effect WHERE {
                 ?link a pm:FactorOutcomeLink ; pm:premise ?claim ; pm:linkFactor ?factor ; pm:linkOutcome ?outcome .
                 ?claim a pm:Claim , pm:TestedClaim ; pm:mechanismFactor ?factor ; pm:outcomeFactor ?outcome ;
                        pm:effect ?effect ; pm:fromStudy ?study .
               }"""
        )
    ):
        said[str(row["link"])]["premises"].add(str(row["claim"]))
        said[str(row["link"])]["studies"].add(str(row["study"]))
        said[str(row["link"])][str(row["effect"])].add(str(row["study"]))
    stated = shipped_graph.sparql(
        with_prefixes(
            """SELECT ?link ?studies ?supports ?hinders (COUNT(DISTINCT ?claim) AS ?premises) WHERE {
                 ?link pm:studies ?studies ; pm:supportingStudies ?supports ; pm:hinderingStudies ?hinders ;
                       pm:premise ?claim .
               } GROUP BY ?link ?studies ?supports ?hinders"""
        )
    )
    # A premise that is no claim, or not a tested one of the factor and the outcome, would be missing in `said`.
    assert {str(row["link"]): (row["premises"], row["studies"], row["supports"], row["hinders"]) for row in stated} == {
        name: (
            len(of["premises"]), len(of["studies"]), len(of[PM.supports.value]), len(of[PM.hinders.value])
        )
        for name, of in said.items()
    }  # fmt: skip
    (links,) = shipped_graph.sparql(
        with_prefixes("SELECT (COUNT(DISTINCT ?link) AS ?n) WHERE { ?link a pm:FactorOutcomeLink }")
    )
    assert len(said) == links["n"]


@pytest.mark.parametrize("kind", ["FactorOutcomeLink", "RecurrentPattern"])
def test_where_a_link_or_pattern_was_seen_is_where_its_premises_come_from(
    kind: str, shipped_graph: kg.KnowledgeGraph
) -> None:
    pairs = (("seenInCountry", "caseCountry"), ("seenInDesign", "codedDesign"), ("seenAtLayer", "evidenceLayer"))
    for seen, source in pairs:
        stated, followed = (
            {(row["link"], row["value"]) for row in shipped_graph.sparql(with_prefixes(text))}
            for text in (
                f"SELECT ?link ?value WHERE {{ ?link a pm:{kind} ; pm:{seen} ?value }}",
                f"SELECT DISTINCT ?link ?value WHERE {{ ?link a pm:{kind} ; pm:premise/pm:{source} ?value }}",
            )
        )
        assert stated == followed
        assert stated != set(), seen


def test_patterns_of_the_shipped_graph_are_the_cells_with_three_studies_of_an_effect(
    shipped_graph: kg.KnowledgeGraph,
) -> None:
    rows = shipped_graph.sparql(
        with_prefixes(
            """SELECT ?pattern ?factor ?outcome ?effect ?studies (COUNT(DISTINCT ?study) AS ?named)
                      (COUNT(DISTINCT ?claim) AS ?claims) WHERE {
                 ?pattern a pm:RecurrentPattern ; pm:linkFactor ?factor ; pm:linkOutcome ?outcome ;
                          pm:reportedEffect/skos:notation ?effect ; pm:studies ?studies ; pm:premiseStudy ?study ;
                          pm:premise ?claim .
                 ?claim a pm:TestedClaim ; pm:mechanismFactor ?factor ; pm:outcomeFactor ?outcome ;
                        pm:effect/skos:notation ?effect ; pm:fromStudy ?study .
               } GROUP BY ?pattern ?factor ?outcome ?effect ?studies"""
        )
    )
    found = {tuple(iris.ids(str(row["pattern"])))[1:]: row["studies"] for row in rows}
    assert len(found) == len(rows) == 45
    assert [row["named"] for row in rows] == [row["studies"] for row in rows]
    assert found == {
        (cell.factor, cell.outcome, effect): studies
        for cell in shipped_graph.trace(kind="any").cells
        for effect, studies in (
            ("supports", cell.supports), ("hinders", cell.hinders),
            ("mixed", cell.mixed), ("no-effect", cell.no_effect),
        )
        if studies >= RECURRENT
    }  # fmt: skip
    assert {pattern for pattern in found if pattern[2] != "supports"} == {("financial-control", "equity", "hinders")}


def test_tensions_of_the_shipped_graph_are_those_of_the_matrix(shipped_graph: kg.KnowledgeGraph) -> None:
    rows = shipped_graph.sparql(
        with_prefixes(
            """SELECT ?tension ?side ?studies (COUNT(DISTINCT ?study) AS ?named) WHERE {
                 ?tension a pm:Tension ; pm:linkFactor ?factor ; pm:linkOutcome ?outcome ; pm:hasSide ?node .
                 ?node a pm:TensionSide ; pm:reportedEffect/skos:notation ?side ; pm:studies ?studies ;
                       pm:premiseStudy ?study ; pm:premise ?claim .
                 ?claim a pm:TestedClaim ; pm:mechanismFactor ?factor ; pm:outcomeFactor ?outcome ;
                        pm:effect/skos:notation ?side ; pm:fromStudy ?study .
               } GROUP BY ?tension ?side ?studies"""
        )
    )
    cells = [cell for cell in shipped_graph.trace(kind="any").cells if cell.tension]
    found = {(*iris.ids(str(row["tension"]))[1:], row["side"]): (row["studies"], row["named"]) for row in rows}
    assert found == {
        (cell.factor, cell.outcome, side): (studies, studies)
        for cell in cells
        for side, studies in (("supports", cell.supports), ("hinders", cell.hinders))
    }
    assert len(cells) == 8


def test_claims_of_the_shipped_graph_are_corroborated_as_pairs_of_two_coders_of_a_source(
    shipped_graph: kg.KnowledgeGraph,
) -> None:
    said: dict[tuple[object, ...], dict[str, str]] = defaultdict(dict)
    for row in shipped_graph.sparql(
        with_prefixes(
            """SELECT ?claim ?source ?coder ?factor ?outcome ?effect WHERE {
                 ?claim pm:fromSource ?source ; pm:codedBy ?coder ; pm:mechanismFactor ?factor ;
                        pm:outcomeFactor ?outcome ; pm:effect ?effect .
               }"""
        )
    ):
        key = (row["source"], row["factor"], row["outcome"], row["effect"])
        said[key][str(row["claim"])] = str(row["coder"])
    expected = {
        (one, other)
        for coders in said.values()
        for one, its in coders.items()
        for other, others in coders.items()
        if its != others
    }
    rows = shipped_graph.sparql(with_prefixes("SELECT ?one ?other WHERE { ?one pm:corroboratedBy ?other }"))
    assert len(rows) == len(expected)
    assert {(row["one"], row["other"]) for row in rows} == expected
    assert len(expected) == 608


def test_rules_that_the_ontology_names_as_the_origin_of_a_term_are_there() -> None:
    root = resources.root()
    text = "".join(
        (root / "ontology" / name).read_text(encoding="utf-8")
        for name in ("core.ttl", "provenance.ttl", "external.ttl")
    )
    named = set(re.findall(r"queries/rules/([\w-]+)\.rq", text))
    assert sorted(named) == [
        "case-observations", "case-years", "corroborated", "factor-outcome-link", "one-side-only", "recurrent-pattern",
        "roll-up", "tension",
    ]  # fmt: skip
    assert named <= {path.stem for path in resources.rule_files()}
