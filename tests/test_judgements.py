"""Judgements of patterns and tensions: the file, its faults, its quads, and what is found where they do not fit."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions, RdfFormat, Store

import kg
from kg import evidence, iris, pipeline, reason, resources
from kg.errors import EvidenceError
from kg.findings import Finding, Tier
from kg.graph import Module, build_module
from kg.records import Judgements
from kg.terms import RDF
from kg.vocabulary import TensionKind
from tests.conftest import JUDGEMENTS, TINY

NGOZI = (JUDGEMENTS / "judgements" / "ngozi.yaml").read_text(encoding="utf-8")


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the corpus that a test may change, where findings name files as people there would type them."""
    shutil.copytree(JUDGEMENTS, tmp_path / "evidence")
    monkeypatch.chdir(tmp_path)
    return Path("evidence")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(text: str, part: str) -> int:
    """The first line of a text that holds this."""
    return next(number for number, line in enumerate(text.split("\n"), 1) if part in line)


def shown(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.place, finding.rule, f"{finding.what} {finding.remedy}") for finding in findings]


def of_judgements(place: Path, tier: Tier = Tier.structured) -> list[Finding]:
    return [finding for finding in pipeline.check(place, tier=tier) if "/judgements/" in finding.file]


# The file


def test_judgements_are_read_as_what_they_are(judged: Path) -> None:
    units, _ = evidence.find_units(judged)
    records = {unit.name: evidence.read(unit).record for unit in units if unit.path.parent.name == "judgements"}
    assert {name: type(record) for name, record in records.items()} == {
        "ngozi.yaml": Judgements,
        "per.yaml": Judgements,
    }
    assert of_judgements(judged) == []
    assert [finding.rule for finding in of_judgements(judged, Tier.appraised)] == ["TensionJudgedDate"]


def test_a_file_of_judgements_is_known_as_one_wherever_it_is_checked_from(
    judged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pipeline.check(judged / "judgements" / "ngozi.yaml") == []
    monkeypatch.chdir(judged / "judgements")
    assert pipeline.check("ngozi.yaml") == []
    units, _ = evidence.find_units(Path.cwd())
    assert [type(evidence.read(unit).record) for unit in units] == [Judgements, Judgements]


@pytest.mark.parametrize("folder", ["judgements", "judgements/my-evidence", "judgements/judgements"])
def test_where_the_evidence_lies_makes_no_judgements_of_it(judged: Path, tmp_path: Path, folder: str) -> None:
    place = shutil.copytree(judged, tmp_path / folder)
    for source in (place / "sources").glob("a*.yaml"):
        source.rename(place / source.name)
    for shared in ("studies.yaml", "theories.yaml"):
        shutil.copy(TINY / shared, place)
    kinds = {unit.file: type(evidence.read(unit).record).__name__ for unit in evidence.find_units(place)[0]}
    assert kinds.pop("studies.yaml") == "Studies"
    assert kinds.pop("theories.yaml") == "Theories"
    assert kinds.pop("abara2019.yaml") == "Source"
    assert {file for file, kind in kinds.items() if kind == "Judgements"} == {
        "judgements/ngozi.yaml",
        "judgements/per.yaml",
    }
    assert set(kinds.values()) == {"Judgements", "Source"}


@pytest.mark.parametrize("kind", TensionKind)
def test_a_tension_is_judged_as_one_of_four_kinds(kind: TensionKind) -> None:
    record = {"factor": "trust", "outcome": "equity", "kind": kind.value, "rationale": "so"}
    judged = Judgements.model_validate({"judge": "a", "name": "A", "tensions": [record]})
    assert judged.tensions[0].kind is kind


PLACE = "evidence/judgements/ngozi.yaml"
EXPLANATION = "    explanation: Calls let staff see that the other ward answers, so they rely on its records.\n"
RATIONALE = "    rationale: Where staff leave, trust has nobody to rest on and turns into not looking.\n"
FAULTS = {
    "no name": ("name: Ngozi Invented\n", "", 2, "missing", "name is missing. Add name."),
    "a near miss of a key": ("    date:", "    dat:", 13, "extra-forbidden",
        "dat is not a key of the format. Did you mean date?"),
    "a key of another part": ("    date:", "    kind:", 13, "extra-forbidden",
        "kind is not a key of the format. Keys here are contexts, counter_cases, counter_cases_sought, date, effect, "
        "explanation, factor, outcome."),
    "no explanation": (EXPLANATION, "", 5, "missing", "explanation is missing. Add explanation."),
    "a near miss of a factor": ("- factor: trust", "- factor: trsut", 5, "unknown-factor",
        "factor: trsut is not a factor that the project knows. Did you mean trust or mistrust?"),
    "a near miss of a kind": ("kind: contingent", "kind: contingnt", 18, "enum",
        "kind is “contingnt”, which is none of its values. Did you mean contingent? "
        "Write one of contingent, rival-explanation, construct-mismatch, coding-artefact."),
    "no rationale": (RATIONALE, "", 16, "missing", "rationale is missing. Add rationale."),
    "a day that is none": ("date: 2026-01-31", "date: 2026-02-30", 13, "impossible-date",
        "date: 2026-02-30 is not a date. Write it like 2026-01-31."),
    "a day in other words": ("date: 2026-01-31", "date: 31.1.2026", 13, "impossible-date",
        "date: 31.1.2026 is not a date. Write it like 2026-01-31."),
    "a week for a day": ("date: 2026-01-31", "date: 2026-W05-6", 13, "impossible-date",
        "date: 2026-W05-6 is not a date. Write it like 2026-01-31."),
    "a claim without its source": ("claim: demir2022/ada/c1", "claim: c1", 12, "malformed",
        "claim: c1 is not a claim as other files name it. Write source/coder/claim."),
    "a claim that is not there": ("claim: demir2022/ada/c1", "claim: demir2022/ada/c2", 12, "unknown-reference",
        "the counter-case demir2022/ada/c2 is described in no file. Did you mean demir2022/ada/c1?"),
    "another name than the file's": ("judge: ngozi", "judge: ngosi", 2, "file-name",
        "the file is called ngozi.yaml and its judge ngosi. Give both the same name."),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "rule", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_at_its_line(judged: Path, old: str, new: str, line: int, rule: str, said: str) -> None:
    edit(judged / "judgements" / "ngozi.yaml", old, new)
    assert shown(of_judgements(judged)) == [(f"{PLACE}:{line}", rule, said)]


def test_all_faults_of_a_file_are_told_at_once(judged: Path) -> None:
    file = judged / "judgements" / "ngozi.yaml"
    edit(file, "kind: contingent", "kind: mixed")
    edit(file, "state: low", "state: lo")
    edit(file, "judge: ngozi", "judge: someone")
    assert [finding.rule for finding in of_judgements(judged)] == ["file-name", "enum", "enum"]


def test_what_a_person_judges_twice_is_told_at_the_second(judged: Path) -> None:
    file = judged / "judgements" / "per.yaml"
    with file.open("a", encoding="utf-8") as out:
        out.write("  - {factor: trust, outcome: service-delivery, kind: coding-artefact, rationale: so}\n")
    assert shown(of_judgements(judged)) == [
        (
            "evidence/judgements/per.yaml:9",
            "judged-twice",
            "trust, service-delivery is judged twice in tensions (first in line 5). Join the two.",
        )
    ]


def test_a_person_has_one_file(judged: Path) -> None:
    again = judged / "later" / "judgements" / "per.yaml"
    again.parent.mkdir(parents=True)
    shutil.copy(judged / "judgements" / "per.yaml", again)
    (finding,) = of_judgements(judged)
    assert (finding.place, finding.rule) == ("evidence/later/judgements/per.yaml:2", "described-twice")
    assert finding.what == "the judge per is already described in judgements/per.yaml:2."


@pytest.mark.parametrize("name", ["judgement", "judgement/ngozi", "pattern", "tension", "judge", "condition"])
def test_no_source_takes_the_place_of_a_judgement(tmp_path: Path, name: str) -> None:
    file = tmp_path / "bulk.jsonl"
    file.write_text(f'{{"source": "{name}", "type": "report", "codings": [{{"coder": "ada", "note": "none"}}]}}\n')
    assert [finding.rule for finding in pipeline.check(file) if finding.severity == "error"] == ["reserved-id"]


def test_a_judgement_of_what_is_gone_keeps_a_build_out_only_where_a_claim_is_missed(judged: Path) -> None:
    (judged / "sources" / "demir2022.yaml").unlink()
    with pytest.raises(EvidenceError) as raised:
        pipeline.build(judged, "build")
    assert [(finding.place, finding.rule) for finding in raised.value.findings] == [
        (f"{PLACE}:{line_of(NGOZI, 'demir2022')}", "unknown-reference")
    ]


# The quads


def module(name: str) -> Module:
    units, _ = evidence.find_units(JUDGEMENTS)
    (unit,) = [unit for unit in units if unit.name == name]
    reading = evidence.read(unit)
    assert reading.record is not None
    return build_module(reading.record, reading.line)


def test_judgements_give_exactly_these_quads() -> None:
    built = module("ngozi.yaml")
    store = Store()
    store.load(
        b"""
        @base <https://w3id.org/partnership-mechanisms/data/> .
        @prefix dcterms: <http://purl.org/dc/terms/> .
        @prefix pm: <https://w3id.org/partnership-mechanisms/ontology#> .
        @prefix pmc: <https://w3id.org/partnership-mechanisms/concept/> .
        @prefix schema: <https://schema.org/> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        <judge/ngozi> a pm:Judge ; schema:name "Ngozi Invented" .
        <judgement/ngozi/pattern/trust/service-delivery/supports> a pm:DemiRegularity ; pm:judgedBy <judge/ngozi> ;
            pm:promotes <pattern/trust/service-delivery/supports> ; dcterms:date "2026-01-31"^^xsd:date ;
            pm:counterCasesSought "all claims of trust and service delivery" ;
            pm:explanation "Calls let staff see that the other ward answers, so they rely on its records." ;
            pm:heldUnder <judgement/ngozi/pattern/trust/service-delivery/supports/context/1> ;
            pm:hasCounterCase <judgement/ngozi/pattern/trust/service-delivery/supports/counter-case/1> .
        <judgement/ngozi/pattern/trust/service-delivery/supports/context/1> a pm:Condition ; pm:position 1 ;
            pm:conditionFactor pmc:staff-turnover ; pm:conditionState pm:low ;
            pm:note "the same people call each week" .
        <judgement/ngozi/pattern/trust/service-delivery/supports/counter-case/1> a pm:CounterCase ; pm:position 1 ;
            pm:counterClaim <demir2022/ada/c1> ; pm:counterCaseReading "staff left each year and nobody called" .
        <judgement/ngozi/tension/trust/service-delivery> a pm:TensionJudgement ; pm:judgedBy <judge/ngozi> ;
            pm:judgesTension <tension/trust/service-delivery> ; dcterms:date "2026-01-31"^^xsd:date ;
            pm:tensionKind pm:contingentTension ;
            pm:rationale "Where staff leave, trust has nobody to rest on and turns into not looking." ;
            pm:heldUnder <judgement/ngozi/tension/trust/service-delivery/context/1> .
        <judgement/ngozi/tension/trust/service-delivery/context/1> a pm:Condition ; pm:position 1 ;
            pm:conditionFactor pmc:staff-turnover ; pm:conditionState pm:high .
        """,
        format=RdfFormat.TURTLE,
    )
    assert {(str(q.subject), str(q.predicate), str(q.object)) for q in built.quads} == {
        (str(q.subject), str(q.predicate), str(q.object)) for q in store
    }
    assert len(built.quads) == len(store)
    assert {quad.graph_name for quad in built.quads} == {iris.asserted_graph("judgement/ngozi")}


def test_every_node_of_a_judgement_has_its_line_and_its_claims_are_referred_to() -> None:
    built = module("ngozi.yaml")
    nodes = {quad.subject.value for quad in built.quads if quad.predicate == RDF.type}  # type: ignore[union-attr]
    assert nodes == set(built.lines)
    assert built.declares == [iris.judge("ngozi").value]
    line = line_of(NGOZI, "claim: demir2022")
    assert built.refers == [(iris.claim("demir2022", "ada", "c1").value, line, "the counter-case demir2022/ada/c1")]
    assert built.lines[f"{iris.DATA}judgement/ngozi/tension/trust/service-delivery"] == line_of(
        NGOZI.replace("- factor: trust", "-", 1), "- factor: trust"
    )


def test_contexts_are_told_in_the_order_in_which_they_are_written(judged: Path) -> None:
    factors = (
        "staff-turnover", "trust", "reputation", "slow-pace", "uncertainty", "conflict", "fairness", "patience",
        "solidarity", "visibility", "novelty",
    )  # fmt: skip
    written = ", ".join(f"{{factor: {factor}, state: high}}" for factor in factors)
    edit(judged / "judgements" / "per.yaml", "    kind:", f"    contexts: [{written}]\n    kind:")
    pipeline.build(judged, "build")
    (tension,) = kg.open("build").tensions().tensions
    assert tuple(context.factor for context in tension.judgements[1].contexts) == factors


# Against the corpus: what the checks across records find


def found_across(place: Path, rule: str) -> list[dict[str, str]]:
    """The rows of a check on a corpus as it is asserted, with the ontology."""
    ontology, store = reason.load_ontology(), Store()
    store.extend([*ontology.asserted, *ontology.inferred])
    units, _ = evidence.find_units(place)
    for unit in units:
        reading = evidence.read(unit)
        assert reading.record is not None
        store.extend(build_module(reading.record, reading.line).quads)
    text = (resources.root() / "queries" / "checks" / f"{rule}.rq").read_text(encoding="utf-8")
    found = store.query(text, use_default_graph_as_union=True)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    problem = re.findall(r"^#\+ problem: (.*)$", text, re.MULTILINE)[0]
    assert set(re.findall(r"\{(\w+)\}", problem)) == set(names) - {"focus", "related"}
    return [{name: str(solution[name].value) for name in names} for solution in found]


RULES = ("judged-pattern-not-held", "judged-tension-not-held", "counter-case-agrees")
HERE = f"{iris.DATA}judgement/ngozi"


@pytest.mark.parametrize("rule", RULES)
def test_a_judgement_of_what_the_evidence_holds_is_let_through(rule: str) -> None:
    assert found_across(JUDGEMENTS, rule) == []


PATTERN_GONE = {
    "a study reports otherwise now": ("sources/cruz2021.yaml", "effect: supports", "effect: mixed", "2"),
    "a study merely proposes it now": ("sources/cruz2021.yaml", "status: refined", "status: proposed", "2"),
    "two sources are one study": ("sources/cruz2021.yaml", "design:", "study: abara2019\ndesign:", "2"),
    "another outcome is written": ("judgements/ngozi.yaml", "outcome: service-delivery", "outcome: equity", "0"),
    "another factor is written": ("judgements/ngozi.yaml", "- factor: trust", "- factor: communication", "0"),
    "another effect is written": ("judgements/ngozi.yaml", "effect: supports", "effect: hinders", "1"),
}


@pytest.mark.parametrize(("file", "old", "new", "studies"), PATTERN_GONE.values(), ids=PATTERN_GONE.keys())
def test_a_demi_regularity_of_a_pattern_that_does_not_recur_is_found(
    judged: Path, file: str, old: str, new: str, studies: str
) -> None:
    edit(judged / file, old, new)
    (row,) = found_across(judged, "judged-pattern-not-held")
    factor = "communication" if "communication" in new else "trust"
    outcome = "equity" if "equity" in new else "service-delivery"
    effect = "hinders" if "hinders" in new else "supports"
    assert row == {
        "focus": f"{HERE}/pattern/{factor}/{outcome}/{effect}",
        "factor": factor,
        "outcome": outcome.replace("-", " "),
        "effect": effect,
        "studies": studies,
    }


TENSION_GONE = {
    "nobody reports hindrance now": ("sources/demir2022.yaml", "effect: hinders", "effect: mixed"),
    "hindrance is merely proposed now": ("sources/demir2022.yaml", "status: supported", "status: proposed"),
    "another outcome is written": (
        "judgements/ngozi.yaml",
        "outcome: service-delivery\n    kind",
        "outcome: equity\n    kind",
    ),
}


@pytest.mark.parametrize(("file", "old", "new"), TENSION_GONE.values(), ids=TENSION_GONE.keys())
def test_a_judged_tension_that_the_evidence_does_not_hold_is_found(judged: Path, file: str, old: str, new: str) -> None:
    edit(judged / file, old, new)
    rows = found_across(judged, "judged-tension-not-held")
    outcome = "equity" if "equity" in new else "service-delivery"
    assert rows[0] == {
        "focus": f"{HERE}/tension/trust/{outcome}",
        "factor": "trust",
        "outcome": outcome.replace("-", " "),
    }
    assert [row["focus"] for row in rows[1:]] == (
        [] if "equity" in new else [f"{iris.DATA}judgement/per/tension/trust/service-delivery"]
    )


def test_a_tension_of_one_study_alone_is_found_to_be_none(judged: Path) -> None:
    for name in ("abara2019", "bello2020", "cruz2021", "demir2022"):
        edit(judged / "sources" / f"{name}.yaml", "design:", "study: shared\ndesign:")
    assert len(found_across(judged, "judged-tension-not-held")) == 2


def test_two_claims_of_support_are_no_tension(judged: Path) -> None:
    for name in ("cruz2021", "demir2022"):
        edit(judged / "sources" / f"{name}.yaml", "effect: ", "effect: mixed #")
    assert len(found_across(judged, "judged-tension-not-held")) == 2


def test_two_studies_are_enough_for_a_tension(judged: Path) -> None:
    for name in ("abara2019", "bello2020"):
        edit(judged / "sources" / f"{name}.yaml", "effect: ", "effect: mixed #")
    assert found_across(judged, "judged-tension-not-held") == []


def test_a_factor_and_itself_are_no_tension(judged: Path) -> None:
    for path in (*judged.glob("sources/*.yaml"), *judged.glob("judgements/*.yaml")):
        path.write_text(path.read_text(encoding="utf-8").replace("service-delivery", "trust"), encoding="utf-8")
    assert len(found_across(judged, "judged-tension-not-held")) == 2


def test_what_does_not_fit_is_found_by_file_and_line(judged: Path) -> None:
    edit(judged / "sources" / "cruz2021.yaml", "status: refined", "status: proposed")
    edit(judged / "sources" / "demir2022.yaml", "effect: hinders", "effect: mixed")
    edit(judged / "judgements" / "ngozi.yaml", "demir2022/ada/c1", "abara2019/ada/c1")
    found = of_judgements(judged)
    assert sorted((finding.place, finding.rule, finding.subject) for finding in found) == [
        (f"{PLACE}:12", "counter-case-agrees", "pattern, trust service-delivery supports counter-case 1"),
        (f"{PLACE}:16", "judged-tension-not-held", "tension, trust service-delivery"),
        (f"{PLACE}:5", "judged-pattern-not-held", "pattern, trust service-delivery supports"),
        ("evidence/judgements/per.yaml:5", "judged-tension-not-held", "tension, trust service-delivery"),
    ]
    whats = {finding.rule: finding.what for finding in found}
    assert whats["counter-case-agrees"] == (
        "The counter-case abara2019/ada/c1 does not report otherwise of trust and service delivery: "
        "it reports the same."
    )
    built = pipeline.build(judged, "build")
    assert {finding.place for finding in built.findings if finding.rule in RULES} == {one.place for one in found}
    again = pipeline.build(judged, "build")
    assert [finding.place for finding in again.findings] == [finding.place for finding in built.findings]


AGREES = {
    "the same report": ("demir2022/ada/c1", "cruz2021/ada/c1", "reports the same"),
    "another outcome": ("outcome: service-delivery", "outcome: equity", "is of another factor or outcome"),
    "another factor": ("- factor: trust", "- factor: communication", "is of another factor or outcome"),
}


@pytest.mark.parametrize(("old", "new", "reports"), AGREES.values(), ids=AGREES.keys())
def test_a_counter_case_that_speaks_against_nothing_is_found(judged: Path, old: str, new: str, reports: str) -> None:
    edit(judged / "judgements" / "ngozi.yaml", old, new)
    (row,) = found_across(judged, "counter-case-agrees")
    claim = new if "/" in new else "demir2022/ada/c1"
    outcome = "equity" if "equity" in new else "service-delivery"
    factor = "communication" if "communication" in new else "trust"
    assert row == {
        "focus": f"{HERE}/pattern/{factor}/{outcome}/supports/counter-case/1",
        "related": f"{iris.DATA}{claim}",
        "claim": claim,
        "factor": factor,
        "outcome": outcome.replace("-", " "),
        "reports": reports,
    }


def test_a_counter_case_is_held_against_its_own_demi_regularity_only(judged: Path) -> None:
    other = (
        "  - {factor: trust, outcome: equity, effect: supports, explanation: so, counter_cases_sought: everywhere}\n"
    )
    edit(judged / "judgements" / "ngozi.yaml", "tensions:\n", f"{other}tensions:\n")
    assert found_across(judged, "counter-case-agrees") == []
