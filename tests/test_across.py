"""Checks across records: each finds what it is for, in these words and at these places, and no near miss."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyoxigraph import Quad, RdfFormat, Store, parse

from kg import across, cli, evidence, graph, pipeline, twins
from kg.across import Check, Sight
from kg.errors import EvidenceError, Failure
from kg.findings import Finding, Tier
from kg.reason import load_ontology
from tests.conftest import ROOT, SHIPPED, TINY
from tests.test_judgements import RULES as OF_JUDGEMENTS

SOUND = ROOT / "tests" / "data" / "sound"
EXAMPLES: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "data" / "checks.yaml").read_text(encoding="utf-8"))
CHECKS = {check.rule: check for check in across.checks()}
OF_THE_SCHEME = {"label-of-two-concepts", "unused-concept"}
OF_EXTERNAL_DATA = {"country-without-wikidata", "observation-jumps"}
"""Those of others' data, whose examples and near misses stand in test_external.py."""


def read(text: str, file: str) -> graph.Module:
    """The module of a text, which must be free of errors."""
    reading = evidence.read(evidence.Unit(SOUND / file, file, 1, text.encode()))
    assert reading.record is not None, reading.findings
    return graph.build_module(reading.record, reading.line)


@cache
def sound() -> dict[str, str]:
    """The texts of the sound corpus by file."""
    return {path.relative_to(SOUND).as_posix(): path.read_text(encoding="utf-8") for path in SOUND.rglob("*.yaml")}


@cache
def sound_module(file: str) -> graph.Module:
    return read(sound()[file], file)


def edited(edits: list[dict[str, str]]) -> dict[str, str]:
    """The files that edits change, with their texts."""
    texts: dict[str, str] = {}
    for edit in edits:
        text = texts.get(edit["file"], sound()[edit["file"]])
        if "copy" in edit:
            claim = re.search(rf"      - id: {edit['copy']}\n(?:       .*\n)*", text)
            assert claim is not None
            copied = claim[0].replace(f"- id: {edit['copy']}", f"- id: {edit['as']}")
            assert edit.get("old", "") in copied
            texts[edit["file"]] = text + copied.replace(edit.get("old", ""), edit.get("new", ""), 1)
        elif "old" in edit:
            assert edit["old"] in text, f"{edit['file']} has no {edit['old']}"
            texts[edit["file"]] = text.replace(edit["old"], edit["new"], 1)
        else:
            texts[edit["file"]] = text + edit["new"]
    return texts


def found(check: Check, edits: list[dict[str, str]]) -> list[str]:
    """What a check finds in the sound corpus once it is edited, as people read it."""
    texts = edited(edits)
    store, places = store_of([]), {}
    for file in sound():
        module = read(texts[file], file) if file in texts else sound_module(file)
        store.extend(module.quads)
        places.update({iri: (file, line) for iri, line in module.lines.items() if iri.count("/") < 8})
    return [str(finding) for finding in across.place(across.run(check, store), places)]


def store_of(quads: list[Quad]) -> Store:
    """A store of the ontology and quads."""
    ontology, store = load_ontology(), Store()
    store.bulk_extend([*ontology.asserted, *ontology.inferred, *quads])
    return store


CASES = [(rule, case) for rule, example in EXAMPLES.items() for case in example["found"]]
MISSES = [(rule, case) for rule, example in EXAMPLES.items() for case in example["missed"]]


def test_every_check_has_examples_and_near_misses() -> None:
    assert set(EXAMPLES) == set(CHECKS) - OF_THE_SCHEME - OF_EXTERNAL_DATA - set(OF_JUDGEMENTS)
    assert [rule for rule, example in EXAMPLES.items() if not (example["found"] and example["missed"])] == []


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[rule for rule, _ in CASES])
def test_a_check_finds_what_it_is_for(rule: str, case: dict[str, Any]) -> None:
    assert found(CHECKS[rule], case["edits"]) == case["says"]


@pytest.mark.parametrize(("rule", "case"), MISSES, ids=[f"{rule}: {case['why']}" for rule, case in MISSES])
def test_a_check_finds_no_near_miss(rule: str, case: dict[str, Any]) -> None:
    assert found(CHECKS[rule], case["edits"]) == []


# The concept scheme

SCHEME = """
@prefix pm: <https://w3id.org/partnership-mechanisms/ontology#> .
@prefix pmc: <https://w3id.org/partnership-mechanisms/concept/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
LABELS = f"""{SCHEME}
pmc:programme-labour a skos:Concept ; skos:prefLabel "programme labour"@en ; skos:altLabel "programme-labour"@en .
pmc:program-labor a skos:Concept ; skos:prefLabel "work"@en ; skos:altLabel "Program Labors"@en .
pmc:trainer a skos:Concept ; skos:prefLabel "trainer"@en .
pmc:trainee a skos:Concept ; skos:prefLabel "trainee"@en .
<https://example.org/no-concept> skos:prefLabel "Trainers"@en .
"""
USES = f"""{SCHEME}
pmc:broad a skos:Concept ; skos:prefLabel "broad"@en .
pmc:narrow a skos:Concept ; skos:prefLabel "narrow"@en ; skos:broader pmc:broad .
pmc:narrower a skos:Concept ; skos:prefLabel "narrower"@en ; skos:broader pmc:narrow .
pmc:used-by-an-actor a skos:Concept ; skos:prefLabel "used by an actor"@en .
<https://example.org/no-concept> skos:prefLabel "no concept"@en .
<https://example.org/role> pm:factor pmc:narrow .
<https://example.org/actor> pm:kindOfActor pmc:used-by-an-actor .
"""


def of_scheme(rule: str, turtle: str) -> list[tuple[str, tuple[str, ...], str]]:
    """What a check finds in a scheme that stands alone: the concept, those related, and the words."""
    store = Store()
    store.extend(Quad(each.subject, each.predicate, each.object) for each in parse(turtle, format=RdfFormat.TURTLE))
    short = re.compile(r".*/")
    return [
        (short.sub("", each.focus), tuple(short.sub("", iri) for iri in each.related), each.what)
        for each in across.run(CHECKS[rule], store)
    ]


def test_labels_of_two_concepts_that_differ_in_spelling_are_found() -> None:
    said = "The label “{}” is spelt as the label “Program Labors” of another concept."
    assert of_scheme("label-of-two-concepts", LABELS) == [
        ("programme-labour", ("program-labor",), said.format("programme labour")),
        ("programme-labour", ("program-labor",), said.format("programme-labour")),
    ]


def test_a_concept_is_used_where_a_narrower_one_is() -> None:
    assert of_scheme("unused-concept", USES) == [("narrower", (), "No claim names narrower, nor any narrower concept.")]


def test_a_concept_stands_where_it_is_defined() -> None:
    lines = (ROOT / "ontology" / "concepts.ttl").read_text(encoding="utf-8").split("\n")
    defined = {iri: lines[at - 1] for iri, at in across.concept_lines().items()}
    assert all(line.startswith(f"pmc:{iri.rpartition('/')[2]} a skos:Concept") for iri, line in defined.items())
    assert len(defined) == sum(" a skos:Concept , " in line for line in lines) == 195


# How checks are written


def columns(check: Check) -> list[str]:
    """The columns of a check's query."""
    return [variable.value for variable in Store().query(check.query).variables]  # type: ignore[union-attr]


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_check_is_written_as_checks_are(check: Check) -> None:
    header = re.findall(r"^#\+ (\w+):", check.query, re.MULTILINE)
    required = ["title", "tier", "severity", "needs", "alike", "problem", "remedy", "why"]
    assert header == [name for name in required if name in {*header, *required[:3], *required[5:]}]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", check.rule)
    assert re.fullmatch(r"[“A-Z{].*[.”]", check.problem)
    assert check.remedy.endswith(".")
    assert check.why.endswith(".")
    assert not re.search(r"[.:]$", check.title)
    assert re.findall(r"ORDER BY DESC\(|ORDER BY \?", check.query) != []
    filled = set(re.findall(r"\{(\w+)\}", check.problem))
    given = set(columns(check))
    if check.alike:
        assert check.alike in twins.ALIKE
        assert given - {"among", "apart", "year"} == {"focus", "name"}
        assert filled <= {"name", "other"}
    else:
        assert given - {"related", "repair"} == {"focus", *filled}


WRITTEN = """#+ title: Sources
#+ tier: noted
#+ severity: error
#+ problem: The source is {year} years old: {words}.
#+ remedy: Wait.
#+ why: It is young.

PREFIX pm: <https://w3id.org/partnership-mechanisms/ontology#>

SELECT ?focus ?year ("a\\nc\\nb" AS ?words) ("year: 2000" AS ?repair) (STR(?focus) AS ?related)
WHERE { ?focus pm:year ?year . FILTER(?year = 2021) }
ORDER BY ?focus
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Check]:
    """Reads a check from its text."""

    def read_check(text: str) -> Check:
        path = tmp_path / "some-check.rq"
        path.write_text(text, encoding="utf-8")
        return across.read(path)

    return read_check


@pytest.fixture
def only(written: Callable[[str], Check], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a text the only check that there is."""
    return lambda text: monkeypatch.setattr(across, "checks", lambda: (written(text),))


ILL_FORMED = {
    "lacks a title": ("#+ title: Sources\n", "", "its header lacks title"),
    "lacks all but a title": (WRITTEN.partition("#+ tier")[2], "", "its header lacks tier, severity, problem, remedy"),
    "an unknown tier": ("tier: noted", "tier: high", "tier is “high”, and should be one of noted, structured, appr"),
    "an unknown severity": ("severity: error", "severity: bad", "severity is “bad”, and should be one of error, warn"),
    "an unknown need": ("#+ why", "#+ needs: luck\n#+ why", "needs is “luck”, and should be one of one file, some fi"),
    "an unknown likeness": ("#+ why", "#+ alike: taste\n#+ why", "alike is “taste”, and should be one of spelling, "),
    "an unknown header": ("#+ why", "#+ need: one file\n#+ why", "its header has need, and may have title, tier, sev"),
    "a problem of no column": ("{words}", "{word}", "its problem has {word}, and its query does not select ?word"),
    "braces around more": ("{words}", "{two words}", "its problem has braces around what is no column"),
    "a brace left open": ("{words}", "{words", "its problem has braces around what is no column"),
    "no node": ("?focus ?year (", "?year (", "its query does not select ?focus"),
    "no names": ("#+ why", "#+ alike: title\n#+ why", "its query does not select ?name"),
    "the other of no names": ("{words}", "{other}", "its problem has {other}, and its query does not select ?other"),
    "no query": ("SELECT", "SELCT", "error at "),
    "another kind of query": ('SELECT ?focus ?year ("a\\nc\\nb" AS ?words) ("year: 2000" AS ?repair) (STR(?focus) AS '
                              "?related)\n", "ASK\n", "its query is not a SELECT"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "why"), ILL_FORMED.values(), ids=ILL_FORMED)
def test_an_ill_formed_check_is_refused_as_soon_as_it_is_read(
    written: Callable[[str], Check], old: str, new: str, why: str
) -> None:
    assert old in WRITTEN
    with pytest.raises(Failure) as refused:
        written(WRITTEN.replace(old, new, 1))
    assert str(refused.value).startswith(f"the check some-check is ill-formed: {why}")
    assert str(refused.value).endswith("(see some-check.rq)")


def test_a_check_that_finds_what_it_cannot_tell_is_a_failure_that_names_it(written: Callable[[str], Check]) -> None:
    check = written(WRITTEN.replace('("a\\nc\\nb" AS ?words)', "?words"))
    store = store_of(sound_module("sources/fofana2021.yaml").quads)
    with pytest.raises(Failure, match=r"the check some-check finds something of which it leaves \?words unbound"):
        across.run(check, store)


def test_a_build_with_an_ill_formed_check_ends_before_it_writes_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted_check = tmp_path / "some-check.rq"
    planted_check.write_text(WRITTEN.replace("{words}", "{word}"), encoding="utf-8")
    monkeypatch.setattr("kg.resources.check_files", lambda: [planted_check])
    monkeypatch.setattr(across, "checks", across.checks.__wrapped__)
    monkeypatch.setattr("sys.argv", ["kg", "build", str(TINY), "--output", str(tmp_path / "build")])
    with pytest.raises(SystemExit, match=r"^3$"):
        cli.main()
    said = "its problem has {word}, and its query does not select ?word"
    assert capsys.readouterr().err == f"kg: the check some-check is ill-formed: {said} (see some-check.rq)\n"
    assert not (tmp_path / "build" / "current").exists()


def test_what_a_check_may_say(only: Callable[[str], None]) -> None:
    """Lists are told in order, a repair is suggested, and a node is not related to itself."""
    only(WRITTEN)
    store = store_of(sound_module("sources/fofana2021.yaml").quads)
    (observation,) = across.observe(across.checks(), store)
    assert (observation.what, observation.related) == ("The source is 2021 years old: a, b and c.", ())
    assert observation.repair == "year: 2000"
    assert across.Observation.from_json(observation.to_json()) == observation


@pytest.mark.parametrize("needs", Sight)
def test_a_check_runs_only_where_it_has_what_it_needs(needs: Sight, only: Callable[[str], None]) -> None:
    only(WRITTEN.replace("#+ problem", f"#+ needs: {needs}\n#+ problem"))
    alone = needs == Sight.one_file
    assert len(across.within_a_file(Tier.noted)) == int(alone)
    between = {sight: len(across.between_files(sight, Tier.noted)) for sight in Sight}
    assert between == {sight: int(sight.rank >= needs.rank and not alone) for sight in Sight}


def test_a_check_runs_only_up_to_its_tier(only: Callable[[str], None]) -> None:
    only(
        WRITTEN.replace("#+ tier: noted", "#+ tier: structured").replace("#+ problem", "#+ needs: one file\n#+ problem")
    )
    assert [len(across.within_a_file(tier)) for tier in Tier] == [0, 1, 1]
    only(WRITTEN.replace("#+ tier: noted", "#+ tier: structured"))
    assert [len(across.between_files(Sight.every_file, tier)) for tier in Tier] == [0, 1, 1]


def test_a_check_that_does_not_say_what_it_needs_needs_every_file(written: Callable[[str], Check]) -> None:
    assert written(WRITTEN).needs == Sight.every_file
    assert list(Sight) == [Sight.one_file, Sight.some_files, Sight.every_file, Sight.scheme]


# In the pipeline


@pytest.fixture(autouse=True)
def _where_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other processes, which take longer to start than these few files take."""
    monkeypatch.setattr(pipeline, "IN_PROCESS", 20)


def of_checks(findings: tuple[Finding, ...] | list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.rule in CHECKS]


def planted(place: Path, *rules: str) -> Path:
    """The sound corpus with what some checks are for."""
    shutil.copytree(SOUND, place)
    for rule in rules:
        for file, text in edited(EXAMPLES[rule]["found"][0]["edits"]).items():
            (place / file).write_text(text, encoding="utf-8")
    return place


def test_a_build_finds_what_a_check_finds_and_remembers_it(tmp_path: Path) -> None:
    place = planted(tmp_path / "evidence", "same-identifier", "claim-coded-twice", "review-before-study")
    checked = of_checks(pipeline.check(place))
    assert sorted(finding.rule for finding in checked) == [
        "claim-coded-twice", "review-before-study", "same-identifier"
    ]  # fmt: skip
    first = pipeline.build(place, tmp_path / "build")
    again = pipeline.build(place, tmp_path / "build")
    assert of_checks(first.findings) == of_checks(again.findings) == checked
    assert again.redone == ()


def test_lines_of_files_that_a_build_does_not_redo_are_known(tmp_path: Path) -> None:
    place = planted(tmp_path / "evidence")
    assert of_checks(pipeline.build(place, tmp_path / "build").findings) == []
    (place / "sources" / "gomez2015.yaml").write_text(
        edited(EXAMPLES["same-identifier"]["found"][0]["edits"])["sources/gomez2015.yaml"], encoding="utf-8"
    )
    built = pipeline.build(place, tmp_path / "build")
    assert built.redone == ("gomez2015",)
    assert of_checks(built.findings) == of_checks(pipeline.check(place))
    (finding,) = of_checks(built.findings)
    assert [related.place for related in finding.related] == [f"{place}/sources/castro2019.yaml:2"]


def test_lines_move_with_the_lines_of_a_bulk_file(tmp_path: Path) -> None:
    place = planted(tmp_path / "evidence", "same-identifier")
    bulk, rest = place / "bulk.jsonl", ""
    for name in ("castro2019", "gomez2015"):
        path = place / "sources" / f"{name}.yaml"
        rest += json.dumps(yaml.safe_load(path.read_text(encoding="utf-8"))) + "\n"
        path.unlink()
    bulk.write_text(rest, encoding="utf-8")
    (finding,) = of_checks(pipeline.build(place, tmp_path / "build").findings)
    assert (finding.line, [related.line for related in finding.related]) == (2, [1])
    bulk.write_text(f"\n\n{rest}", encoding="utf-8")
    moved = pipeline.build(place, tmp_path / "build")
    assert moved.redone == ()
    (finding,) = of_checks(moved.findings)
    assert (finding.line, [related.line for related in finding.related]) == (4, [3])
    assert of_checks(moved.findings) == of_checks(pipeline.check(place))


def test_one_file_is_asked_only_what_stands_in_it(tmp_path: Path) -> None:
    place = planted(tmp_path / "evidence", "same-identifier", "claim-coded-twice")
    whole = [finding.rule for finding in of_checks(pipeline.check(place, tier=Tier.appraised))]
    assert whole == ["claim-coded-twice", "same-identifier"]
    alone = [
        finding.rule
        for name in ("fofana2021", "gomez2015")
        for finding in of_checks(pipeline.check(place / "sources" / f"{name}.yaml", tier=Tier.appraised))
    ]
    assert alone == ["claim-coded-twice"]


def test_nothing_is_said_to_be_absent_where_a_file_cannot_be_read(tmp_path: Path) -> None:
    place = planted(tmp_path / "evidence", "one-study-behind-several-claims")
    there = ["claim-coded-twice"]
    whole = [each.rule for each in of_checks(pipeline.check(place, tier=Tier.appraised))]
    assert whole == [*there, "one-study-behind-several-claims"]
    (place / "sources" / "khan2020.yaml").write_text("source: [", encoding="utf-8")
    assert [each.rule for each in of_checks(pipeline.check(place, tier=Tier.appraised))] == there


def test_an_error_across_records_keeps_the_graph_before(tmp_path: Path, only: Callable[[str], None]) -> None:
    place = planted(tmp_path / "evidence")
    before = pipeline.build(place, tmp_path / "build")
    only(WRITTEN)
    path = place / "sources" / "gomez2015.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("year: 2015", "year: 2016"), encoding="utf-8")
    with pytest.raises(EvidenceError) as caught:
        pipeline.build(place, tmp_path / "build")
    assert [(each.rule, each.place) for each in caught.value.findings] == [
        ("some-check", f"{place}/sources/fofana2021.yaml:2")
    ]
    assert (tmp_path / "build" / "current").resolve() == before.release.folder


def test_the_same_evidence_at_another_place_is_told_of_at_that_place(tmp_path: Path) -> None:
    place = planted(tmp_path / "evidence", "same-identifier", "claim-coded-twice")
    copy = shutil.copytree(place, tmp_path / "elsewhere" / "copy")
    first, second = (pipeline.build(one, tmp_path / "build") for one in (place, copy))
    assert (second.redone, second.release.folder) == ((), first.release.folder)
    assert {each.rule for each in of_checks(first.findings)} == {"same-identifier", "claim-coded-twice"}
    assert [each.rule for each in second.findings] == [each.rule for each in first.findings]
    files = [one.file for one in second.findings] + [each.file for one in second.findings for each in one.related]
    assert [file for file in files if not file.startswith(f"{copy}/")] == []


def test_a_file_and_the_folder_of_it_are_each_told_what_may_be_said_of_them(tmp_path: Path) -> None:
    """That two sources are one is said of a folder; a build of the same bytes under another name says it anew."""
    place = planted(tmp_path / "planted", "same-identifier")
    records = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(place.glob("sources/*.yaml"))]
    alone = [record for record in records if "study" not in record]
    bulk = tmp_path / "evidence" / "bulk.jsonl"
    bulk.parent.mkdir()
    bulk.write_text("".join(json.dumps(record) + "\n" for record in alone), encoding="utf-8")
    built = [pipeline.build(one, tmp_path / "build") for one in (bulk, bulk.parent, bulk, bulk.parent)]
    assert len({one.release.folder for one in built}) == 1
    told = [[each.rule for each in of_checks(one.findings)] for one in built]
    assert told == [[], ["same-identifier"]] * 2


def test_what_keeps_a_folder_out_is_not_let_in_by_a_build_of_its_file(
    tmp_path: Path, only: Callable[[str], None]
) -> None:
    only(WRITTEN)
    file = tmp_path / "evidence" / "fofana2021.yaml"
    file.parent.mkdir()
    file.write_text(sound()["sources/fofana2021.yaml"], encoding="utf-8")
    pipeline.build(file, tmp_path / "build")
    with pytest.raises(EvidenceError) as caught:
        pipeline.build(file.parent, tmp_path / "build")
    assert [(each.rule, each.file) for each in caught.value.findings] == [("some-check", str(file))]


# The shipped evidence


@pytest.fixture(scope="module")
def shipped() -> list[Finding]:
    """What the checks find in the shipped evidence; test_validate.py counts it in what `kg check` reports."""
    modules = {path: read(path.read_text(encoding="utf-8"), path.name) for path in evidence.files_in(SHIPPED)}
    places = {iri: ("concepts.ttl", line) for iri, line in across.concept_lines().items()}
    for path, module in modules.items():
        places.update({iri: (path.name, line) for iri, line in module.lines.items()})
    store = store_of([quad for module in modules.values() for quad in module.quads])
    observed = across.observe(across.checks(), store)
    return sorted(across.place(observed, places), key=lambda finding: finding.sort_key)


def names(finding: Finding) -> tuple[str, ...]:
    return (Path(finding.file).stem, *sorted({Path(place.file).stem for place in finding.related}))


def test_the_shipped_evidence_has_these_defects(shipped: list[Finding]) -> None:
    by_rule: dict[str, list[tuple[str, ...]]] = {}
    for finding in shipped:
        by_rule.setdefault(finding.rule, []).append(names(finding))
    assert by_rule == {
        "same-identifier": [("yarmoshuk2019a", "yarmoshuk2019")],
        "recorded-otherwise": [("finkel2022", "finkel2022"), ("oetzel2022", "oetzel2022")],
        "shared-data-set": [
            ("lipnick2013", "elobu2014"),
            ("wondimagegn2018", "evensen2017"),
            ("yarmoshuk2019", "yarmoshuk2018"),
            ("yarmoshuk2019a", "yarmoshuk2018"),
            ("yarmoshuk2019b", "yarmoshuk2018", "yarmoshuk2019", "yarmoshuk2019a"),
        ],
        "claim-in-two-passages": [("kolovou2022", "kolovou2022")],
        "layer-against-design": [("debrun2020",)] * 6 + [("plamondon2021",)] * 2 + [("zamboni2021",)],
        "one-study-behind-several-claims": [
            ("klingberg2024", "klingberg2024"),
            ("kolovou2022", "kolovou2022"),
            ("mukumbang2022", "mukumbang2022"),
            *[("oetzel2018", "oetzel2022")] * 3,
            ("tinner2024", "tinner2024"),
        ],
        "author-spelt-otherwise": [("aunger2021a", "aunger2021b")],
        "type-spelt-otherwise": [("brown2017", "brown2017"), ("karuga2024", "crane2020")],
        "organisation-spelt-otherwise": [
            ("christie2022", "robert2022"),
            ("elansari2009", "elansari2009"),
            ("malawisla2013", "robert2022"),
        ],
        "unused-concept": [("concepts",)] * 5,
    }


@cache
def sources() -> dict[str, dict[str, Any]]:
    paths = sorted((SHIPPED / "sources").glob("*.yaml"))
    return {path.stem: yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) for path in paths}


def claims_of(source: dict[str, Any]) -> list[dict[str, Any]]:
    return [claim for coding in source["codings"] for claim in coding["claims"]]


def test_shared_identifiers_are_those_of_the_files(shipped: list[Finding]) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for source in sources().values():
        seen.update((key, str(source[key]).lower()) for key in ("doi", "pmid", "pmcid") if source.get(key))
    assert {key for key, number in seen.items() if number > 1} == {("doi", "10.1007/s10734-019-00416-1")}
    assert sum(finding.rule == "same-identifier" for finding in shipped) == 1


def test_patterns_of_one_study_are_those_of_the_files(shipped: list[Finding]) -> None:
    tested: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for name, source in sources().items():
        for claim in claims_of(source):
            if claim["effect"] == "supports" and claim["status"] != "proposed":
                for factor in {mechanism["factor"] for mechanism in claim["mechanisms"]}:
                    where = (source.get("study", name), name, claim["id"])
                    tested.setdefault((factor, claim["outcome"]["factor"]), []).append(where)
    expected = {
        frozenset(claim for _, _, claim in where)
        for where in tested.values()
        if len({study for study, _, _ in where}) == 1
        and (len({name for _, name, _ in where}) > 1 or len({claim for _, _, claim in where}) > 2)
    }
    found_ = {
        frozenset({finding.subject, *(place.what.split()[1] for place in finding.related)})
        for finding in shipped
        if finding.rule == "one-study-behind-several-claims"
    }
    assert found_ == expected
    recurrent = [where for where in tested.values() if len({study for study, _, _ in where}) >= 3]
    assert len(recurrent) == 44  # none of them by one author or in one country, so that nothing is said of those


def test_concepts_that_nobody_uses_are_those_of_the_files(shipped: list[Finding]) -> None:
    used: set[str] = set()
    for source in sources().values():
        for claim in claims_of(source):
            roles = [*claim["mechanisms"], *claim.get("contexts", []), claim["outcome"]]
            used |= {role["factor"] for role in roles}
            used |= {actor if isinstance(actor, str) else actor["kind"] for actor in claim.get("actors", [])}
    defined = re.findall(r"^pmc:([\w-]+) a skos:Concept", (ROOT / "ontology/concepts.ttl").read_text("utf-8"), re.M)
    unused = {finding.subject for finding in shipped if finding.rule == "unused-concept"}
    assert unused == set(defined) - used


def test_only_the_scheme_s_own_corpus_is_told_of_unused_concepts() -> None:
    assert [finding for finding in pipeline.check(TINY, tier=Tier.appraised) if finding.rule == "unused-concept"] == []
