"""The record model, its JSON Schema, and the words that its slots take."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from pyoxigraph import Literal, RdfFormat, parse

from kg import evidence, records, resources, scheme, vocabulary
from kg.records import Source, Theories
from kg.terms import SKOS
from kg.vocabulary import Value
from tests.conftest import ROOT, SHIPPED, TINY

SCHEMA = SHIPPED / "schema.json"

RECORD: dict[str, Any] = {
    "source": "okoro2020",
    "type": "report",
    "design": "survey",
    "codings": [
        {
            "coder": "ada",
            "method": "manual",
            "recorded_as": {"type": "thesis", "design": "trial"},
            "claims": [
                {
                    "id": "c1",
                    "contexts": [{"factor": "trust", "state": "low", "influence": "blocks", "level": "individual"}],
                    "mechanisms": [{"factor": "trust", "state": "present", "firing": "fired", "basis": "author"}],
                    "joined_by": "and",
                    "actors": [{"kind": "funder", "perspective": "both"}],
                    "outcome": {"factor": "equity", "direction": "varied", "desired": "wanted"},
                    "effect": "supports",
                    "status": "proposed",
                    "heuristic": "CMO",
                    "inference": "induction",
                    "evidence": [{"locator": "table 2", "layer": "author", "explicitness": "stated"}],
                    "theories": [{"theory": "t", "relation": "refines"}],
                    "links": [{"to": "c2", "kind": "moderates", "explicitness": "inferred"}],
                }
            ],
        }
    ],
}

CODING = ("codings", 0)
CLAIM = (*CODING, "claims", 0)
SLOTS: list[tuple[type[Value] | type[vocabulary.TheoryRelation], tuple[str | int, ...]]] = [
    (vocabulary.SourceType, ("type",)),
    (vocabulary.Design, ("design",)),
    (vocabulary.SourceType, (*CODING, "recorded_as", "type")),
    (vocabulary.Design, (*CODING, "recorded_as", "design")),
    (vocabulary.CodingMethod, (*CODING, "method")),
    (vocabulary.State, (*CLAIM, "contexts", 0, "state")),
    (vocabulary.ContextInfluence, (*CLAIM, "contexts", 0, "influence")),
    (vocabulary.ContextLevel, (*CLAIM, "contexts", 0, "level")),
    (vocabulary.MechanismState, (*CLAIM, "mechanisms", 0, "state")),
    (vocabulary.Firing, (*CLAIM, "mechanisms", 0, "firing")),
    (vocabulary.Layer, (*CLAIM, "mechanisms", 0, "basis")),
    (vocabulary.Joining, (*CLAIM, "joined_by")),
    (vocabulary.Perspective, (*CLAIM, "actors", 0, "perspective")),
    (vocabulary.Direction, (*CLAIM, "outcome", "direction")),
    (vocabulary.Desirability, (*CLAIM, "outcome", "desired")),
    (vocabulary.Effect, (*CLAIM, "effect")),
    (vocabulary.Status, (*CLAIM, "status")),
    (vocabulary.Heuristic, (*CLAIM, "heuristic")),
    (vocabulary.InferenceMode, (*CLAIM, "inference")),
    (vocabulary.Layer, (*CLAIM, "evidence", 0, "layer")),
    (vocabulary.Explicitness, (*CLAIM, "evidence", 0, "explicitness")),
    (vocabulary.TheoryRelation, (*CLAIM, "theories", 0, "relation")),
    (vocabulary.LinkKind, (*CLAIM, "links", 0, "kind")),
    (vocabulary.Explicitness, (*CLAIM, "links", 0, "explicitness")),
]
OF_EXTERNAL_DATA = {vocabulary.Grouping, vocabulary.Quantity, vocabulary.Unit, vocabulary.YearsBasis}
NOT_IN_RECORDS = {vocabulary.ReadExtent, vocabulary.EffectKind, vocabulary.TensionKind, *OF_EXTERNAL_DATA}
"""Derived from what was read; tried below, since which kind a record takes depends on its effect; of judgements
(tests/test_judgements.py); and of others' data."""

MEMBERS = [
    pytest.param(path, member, id=f"{'.'.join(str(part) for part in path[2:] or path)}-{member.value}")
    for values, path in SLOTS
    for member in values
]


def with_value(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    record = copy.deepcopy(RECORD)
    whole: Any = record
    for part in path[:-1]:
        whole = whole[part]
    assert path[-1] in whole, "a slot that the record does not have is not tried by replacing it"
    whole[path[-1]] = value
    return record


def value_at(record: Any, path: tuple[str | int, ...]) -> object:
    for part in path:
        record = record[part] if isinstance(part, int) else getattr(record, part)
    return record


# Words


@pytest.mark.parametrize(("path", "member"), MEMBERS)
def test_a_slot_takes_the_notation_of_each_of_its_values(path: tuple[str | int, ...], member: Value) -> None:
    record = Source.model_validate(with_value(path, member.value))
    assert value_at(record, path) is member


@pytest.mark.parametrize(
    ("values", "path"), SLOTS, ids=[".".join(str(part) for part in path[2:] or path) for _, path in SLOTS]
)
@pytest.mark.parametrize("wrong", ["Present ", "notAValue", "", 1, True, ["supports"]], ids=repr)
def test_a_slot_takes_nothing_else(values: type[Value], path: tuple[str | int, ...], wrong: object) -> None:
    with pytest.raises(ValidationError) as raised:
        Source.model_validate(with_value(path, wrong))
    assert [fault["loc"] for fault in raised.value.errors()] == [path]


def test_every_vocabulary_has_a_slot() -> None:
    assert {values for values, _ in SLOTS if issubclass(values, Value)} == set(Value.__subclasses__()) - NOT_IN_RECORDS


EFFECT_KINDS = {
    "mixed": {"contingent", "actors-differ", "benefit-and-cost", "unsigned"},
    "no-effect": {"not-fired", "fired-but-insufficient", "no-association"},
    "supports": set(),
    "hinders": set(),
}


@pytest.mark.parametrize("effect", vocabulary.Effect)
@pytest.mark.parametrize("kind", vocabulary.EffectKind)
def test_an_effect_takes_the_kinds_that_fit_it(effect: vocabulary.Effect, kind: vocabulary.EffectKind) -> None:
    record = with_value((*CLAIM, "effect"), effect.value)
    record["codings"][0]["claims"][0]["effect_kind"] = kind.value
    if kind.value in EFFECT_KINDS[effect.value]:
        assert Source.model_validate(record).codings[0].claims[0].effect_kind is kind
    else:
        with pytest.raises(ValidationError, match=f"{kind.value} does not go with the effect {effect.value}"):
            Source.model_validate(record)


@pytest.mark.parametrize("values", Value.__subclasses__(), ids=lambda values: values.__name__)
def test_notations_are_those_of_the_ontology(values: type[Value]) -> None:
    notations = {
        str(triple.subject): triple.object.value
        for path in resources.ontology_files()
        for triple in parse(path=path, format=RdfFormat.TURTLE)
        if triple.predicate == SKOS.notation and isinstance(triple.object, Literal)
    }
    assert {member.value for member in values} == {notations[str(member.iri)] for member in values}
    assert all(notations[str(member.iri)] == member.value for member in values)


# Slots


def test_a_slot_that_is_not_given_stays_missing() -> None:
    record = Source.model_validate(
        {
            "source": "s",
            "type": "report",
            "codings": [
                {
                    "coder": "ada",
                    "claims": [
                        {
                            "id": "c1",
                            "mechanisms": [{"factor": "trust"}],
                            "outcome": {"factor": "equity"},
                            "effect": "mixed",
                            "status": "proposed",
                            "evidence": [{"locator": "p. 1"}],
                        }
                    ],
                }
            ],
        }
    )
    claim = record.codings[0].claims[0]
    assert claim.model_dump(exclude_unset=True, mode="json") == {
        "id": "c1",
        "mechanisms": [{"factor": "trust"}],
        "outcome": {"factor": "equity"},
        "effect": "mixed",
        "status": "proposed",
        "evidence": [{"locator": "p. 1"}],
    }
    assert (claim.contexts, claim.actors, claim.links, claim.theories) == ([], [], [], [])
    assert (claim.case, claim.effect_kind, claim.joined_by, claim.outcome.direction) == (None, None, None, None)
    assert (claim.mechanisms[0].state, claim.mechanisms[0].firing, claim.evidence[0].layer) == (None, None, None)


@pytest.mark.parametrize(
    ("path", "short", "whole"),
    [
        pytest.param((*CLAIM, "actors", 0), "funder", {"kind": "funder"}, id="actor"),
        pytest.param((*CLAIM, "links", 0), "c2", {"to": "c2"}, id="link"),
    ],
)
def test_a_word_alone_may_stand_for_a_record(path: tuple[str | int, ...], short: str, whole: dict[str, str]) -> None:
    with_list = path[:-1]
    assert Source.model_validate(with_value(with_list, [short])) == Source.model_validate(
        with_value(with_list, [whole])
    )


@pytest.mark.parametrize("key", ["if", "if_"])
def test_a_theory_is_written_if_then_because(key: str) -> None:
    theory = {"id": "t", "label": "T", key: "partners call", "then": "records are shared", "because": "they trust"}
    if key == "if_":
        with pytest.raises(ValidationError, match="if_"):
            Theories.model_validate({"theories": [theory]})
    else:
        assert Theories.model_validate({"theories": [theory]}).theories[0].if_ == "partners call"


def test_records_cannot_be_changed() -> None:
    record = Source.model_validate(RECORD)
    with pytest.raises(ValidationError, match="frozen"):
        record.source = "another"


# The JSON Schema


def test_the_schema_file_is_what_the_model_says() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == (
        json.dumps(records.json_schema(), indent=1, ensure_ascii=False) + "\n"
    ), "run make schema"


def test_the_schema_knows_the_words_of_the_concept_scheme() -> None:
    words, definitions = scheme.load(), records.json_schema()["$defs"]
    assert definitions["Factor"]["enum"] == sorted(words.factors)
    assert definitions["Actor"]["enum"] == sorted(words.actors)
    assert definitions["Country"]["enum"] == sorted(words.countries)
    used = {
        where: definitions[where[0]]["properties"][where[1]]
        for where in [("Context", "factor"), ("Mechanism", "factor"), ("Outcome", "factor"), ("ActorRole", "kind")]
    }
    assert used == {
        ("Context", "factor"): {"$ref": "#/$defs/Factor"},
        ("Mechanism", "factor"): {"$ref": "#/$defs/Factor"},
        ("Outcome", "factor"): {"$ref": "#/$defs/Factor"},
        ("ActorRole", "kind"): {"$ref": "#/$defs/Actor"},
    }
    assert definitions["Case"]["properties"]["countries"]["items"] == {"$ref": "#/$defs/Country"}


def test_every_part_of_the_schema_is_there_and_closed() -> None:
    schema = records.json_schema()
    references = set(find_references(schema))
    assert references <= {f"#/$defs/{name}" for name in schema["$defs"]}
    open_parts = [
        name
        for name, part in [("the whole", schema), *schema["$defs"].items()]
        if part.get("type") == "object" and part.get("additionalProperties") is not False
    ]
    assert open_parts == []


def find_references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"]] if "$ref" in schema else []
        return own + [reference for part in schema.values() for reference in find_references(part)]
    if isinstance(schema, list):
        return [reference for part in schema for reference in find_references(part)]
    return []


def source_files() -> list[Path]:
    return [path for place in (SHIPPED, TINY) for folder in ("sources", "cases") for path in (place / folder).glob("*")]


def test_every_evidence_file_is_valid_by_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    files = sorted(path for path in source_files() if path.suffix == ".yaml")
    assert len(files) == 133 + 6
    faults = [
        f"{path.name}: {error.json_path}: {error.message}"
        for path in files
        for error in validator.iter_errors(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader))
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        pytest.param((*CLAIM, "mechanisms", 0, "factor"), "trsut", id="factor"),
        pytest.param((*CLAIM, "actors", 0, "kind"), "trust", id="actor"),
        pytest.param((*CLAIM, "effect"), "support", id="effect"),
        pytest.param((*CLAIM, "mechanisms"), [], id="no mechanism"),
        pytest.param((*CLAIM, "evidence"), [{"layer": "author"}], id="no locator"),
        pytest.param((*CLAIM, "outcome"), {"factor": "trust", "way": "up"}, id="unknown key"),
        pytest.param(("type",), None, id="no type"),
    ],
)
def test_the_schema_refuses_what_the_model_refuses(path: tuple[str | int, ...], wrong: object) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert validator.is_valid(RECORD)
    assert not validator.is_valid(with_value(path, wrong))
    with pytest.raises(ValidationError):
        Source.model_validate(with_value(path, wrong))


def test_the_smallest_file_of_the_guide_is_read(tmp_path: Path) -> None:
    guide = (ROOT / "evidence" / "CODING.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(.*?)```", guide, re.DOTALL)
    assert block
    path = tmp_path / "abara2019.yaml"
    path.write_text(block[1], encoding="utf-8")
    (unit,), _ = evidence.find_units(path)
    reading = evidence.read(unit)
    assert reading.findings == []
    assert isinstance(reading.record, Source)


def test_the_guide_lists_every_concept_under_its_kind() -> None:
    guide = (ROOT / "evidence" / "CODING.md").read_text(encoding="utf-8")
    words = scheme.load()
    for kind in scheme.FACTOR_KINDS:
        listed = re.search(rf"- \*\*{kind} factors\*\*: (.*?)(?=\n- |\n<!--)", guide, re.DOTALL)
        assert listed
        assert set(re.findall(r"`([\w-]+)`", listed[1])) == {name for name, of in words.factors.items() if of == kind}
    actors = re.search(r"- \*\*kinds of actor\*\*: (.*?)(?=\n<!--)", guide, re.DOTALL)
    assert actors
    assert set(re.findall(r"`([\w-]+)`", actors[1])) == words.actors
