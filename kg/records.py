"""The record model: what an evidence file may say, slot by slot.

Every slot that a tier of validation does not demand is optional, and a missing one stays missing. Field names are
the keys of evidence files; `python -m kg.records` prints the JSON Schema that `evidence/schema.json` holds.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from datetime import date as calendar_date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from kg import iris, scheme
from kg.vocabulary import (
    CodingMethod,
    ContextInfluence,
    ContextLevel,
    Design,
    Desirability,
    Direction,
    Effect,
    EffectKind,
    Explicitness,
    Firing,
    Heuristic,
    InferenceMode,
    Joining,
    Layer,
    LinkKind,
    MechanismState,
    Perspective,
    SourceType,
    State,
    Status,
    TensionKind,
    TheoryRelation,
)

FIRST_YEAR, LAST_YEAR = 1800, 2100


def _plain_text(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty_text", "is empty; write something or leave the line out")
    if text.isprintable():  # most texts are, and looking at each character takes most of the time of reading
        return text
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t":
            code = f"U+{ord(character):04X}"
            raise PydanticCustomError(
                "control_character", "holds the control character {code}; remove it", {"code": code}
            )
    return text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _identifier(text: str) -> str:
    if text != text.strip():
        raise PydanticCustomError("identifier", "begins or ends with a space; remove it")
    return text


def _known(kind: str) -> AfterValidator:
    def check(word: str, info: ValidationInfo) -> str:
        words = scheme.load()
        known = {"factor": words.factors, "actor": words.actors, "country": words.countries}[kind]
        if word not in known:
            near = words.near_country(word) if kind == "country" else words.near(word, known)
            hint = f"did you mean {' or '.join(near)}?" if near else _UNKNOWN_HINTS[kind]
            raise PydanticCustomError(
                f"unknown_{kind}",
                "{word} is not a {kind} that the project knows; {hint}",
                {"word": word, "kind": _KIND_NAMES[kind], "hint": hint, "near": near},
            )
        return word

    return AfterValidator(check)


_KIND_NAMES = {"factor": "factor", "actor": "kind of actor", "country": "country code"}
_UNKNOWN_HINTS = {
    "factor": "choose one that evidence/CODING.md lists, or define it in ontology/concepts.ttl first",
    "actor": "choose one that evidence/CODING.md lists, or define it in ontology/concepts.ttl first",
    "country": "write the three letters of ISO 3166-1, such as UGA",
}


def _matching(pattern: str, wanted: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise PydanticCustomError("malformed", "{text} is not {wanted}", {"text": text, "wanted": wanted})
        return text

    return AfterValidator(check)


def _year(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise PydanticCustomError(
            "impossible_year",
            "{year} cannot be a year here; write one from {first} to {last}",
            {"year": year, "first": FIRST_YEAR, "last": LAST_YEAR},
        )
    return year


def _day(text: str) -> str:
    try:
        written = calendar_date.fromisoformat(text).isoformat()
    except ValueError:
        written = ""
    if written != text:  # a week, or a day without hyphens, is ISO 8601 too
        raise PydanticCustomError("impossible_date", "{text} is not a date; write it like 2026-01-31", {"text": text})
    return text


Text = Annotated[str, AfterValidator(_plain_text)]
Line = Annotated[Text, AfterValidator(_one_line)]
"""A text whose line breaks mean nothing."""
Identifier = Annotated[Text, AfterValidator(_identifier)]
Factor = Annotated[str, _known("factor")]
Actor = Annotated[str, _known("actor")]
CountryCode = Annotated[str, _known("country")]
Year = Annotated[int, AfterValidator(_year)]
Date = Annotated[str, AfterValidator(_day)]
"""A day by ISO 8601, such as 2026-01-31."""
ClaimReference = Annotated[
    Identifier, _matching(r"[^/]+/[^/]+/[^/]+", "a claim as other files name it; write source/coder/claim")
]
Doi = Annotated[Text, _matching(r"10\.[0-9]{4,9}/\S+", "a DOI; it begins with 10. and holds no address before that")]
Pmid = Annotated[Text, _matching(r"[1-9][0-9]{0,8}", "a PubMed id; it holds digits only")]
Pmcid = Annotated[Text, _matching(r"PMC[0-9]+", "a PubMed Central id; it is PMC followed by digits")]
WebAddress = Annotated[
    Text, _matching(r"https?://[^\s<>\"{}|\\^`]+", "a web address; it begins with http:// or https://")
]


class Record(BaseModel):
    """A part of an evidence file: keys that it does not name are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _as_written(value: object) -> object:
    return str(value) if type(value) in (int, float) else value


class Statistic(Record):
    """A number that a source gives for a claim, as the source writes it."""

    measure: Text
    value: Annotated[Text, BeforeValidator(_as_written, json_schema_input_type=str | int | float)] | None = None
    interval: Text | None = None
    n: int | None = Field(default=None, ge=0)


class Selector(Record):
    """Where a quote stands in a document: code points from 0, end exclusive (W3C Web Annotation, section 4.2)."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    prefix: str | None = None
    suffix: str | None = None


class Judgement(Record):
    """What is judged of an evidence item, and why; one without a reason is refused."""

    judged: Text
    reason: Text


class Evidence(Record):
    """Where the source says what a claim says."""

    locator: Line
    layer: Annotated[Layer | None, Field(strict=False)] = None
    explicitness: Annotated[Explicitness | None, Field(strict=False)] = None
    paraphrase: Text | None = None
    quote: Text | None = None
    selector: Selector | None = None
    speaker: Text | None = None
    statistic: Statistic | None = None
    relevance: Judgement | None = None
    richness: Judgement | None = None
    rigour: Judgement | None = None


class Context(Record):
    """A factor as the condition of a claim."""

    factor: Factor
    state: Annotated[State | None, Field(strict=False)] = None
    influence: Annotated[ContextInfluence | None, Field(strict=False)] = None
    level: Annotated[ContextLevel | None, Field(strict=False)] = None
    note: Text | None = None


class Mechanism(Record):
    """A factor as what generates the outcome: a resource, and how actors reason about it."""

    factor: Factor
    state: Annotated[MechanismState | None, Field(strict=False)] = None
    firing: Annotated[Firing | None, Field(strict=False)] = None
    resource: Text | None = None
    reasoning: Text | None = None
    basis: Annotated[Layer | None, Field(strict=False)] = None
    reasoners: list[Actor] = []
    note: Text | None = None


class ActorRole(Record):
    """A kind of actor in a claim, and from whose side it is seen; the kind alone may stand for the record."""

    kind: Actor
    perspective: Annotated[Perspective | None, Field(strict=False)] = None
    note: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _kind_alone(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value


class Outcome(Record):
    """A factor as what came about; `desired` only where this claim departs from the concept scheme."""

    factor: Factor
    direction: Annotated[Direction | None, Field(strict=False)] = None
    desired: Annotated[Desirability | None, Field(strict=False)] = None
    note: Text | None = None


class Link(Record):
    """A tie to another claim: an id of the same coding, or `source/coder/claim` for one of another.

    The id alone may stand for the record.
    """

    to: Identifier
    kind: Annotated[LinkKind | None, Field(strict=False)] = None
    explicitness: Annotated[Explicitness | None, Field(strict=False)] = None
    feedback: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _target_alone(cls, value: Any) -> Any:
        return {"to": value} if isinstance(value, str) else value


class TheoryLink(Record):
    """What a claim does to a programme theory of `theories.yaml`."""

    theory: Identifier
    relation: Annotated[TheoryRelation, Field(strict=False)]


class Claim(Record):
    """What one coded row says: somebody holds that a mechanism bears on an outcome."""

    id: Identifier
    case: Identifier | None = None
    contexts: list[Context] = []
    mechanisms: list[Mechanism] = Field(min_length=1)
    joined_by: Annotated[Joining | None, Field(strict=False)] = None
    actors: list[ActorRole] = []
    outcome: Outcome
    effect: Annotated[Effect, Field(strict=False)]
    effect_kind: Annotated[EffectKind | None, Field(strict=False)] = None
    status: Annotated[Status, Field(strict=False)]
    evidence: list[Evidence] = Field(min_length=1)
    heuristic: Annotated[Heuristic | None, Field(strict=False)] = None
    inference: Annotated[InferenceMode | None, Field(strict=False)] = None
    rival_explanation: Line | None = None
    theories: list[TheoryLink] = []
    links: list[Link] = []

    @field_validator("effect_kind")
    @classmethod
    def _effect_kind_fits(cls, kind: EffectKind | None, info: ValidationInfo) -> EffectKind | None:
        effect: Effect | None = info.data.get("effect")
        if kind is None or effect is None:
            return kind
        fitting = EFFECT_KINDS.get(effect, ())
        if kind not in fitting:
            raise PydanticCustomError(
                "effect_kind",
                "{kind} does not go with the effect {effect}; {hint}",
                {
                    "kind": kind.value,
                    "effect": effect.value,
                    "hint": f"write one of {', '.join(fitting)}" if fitting else "leave effect_kind out",
                },
            )
        return kind


EFFECT_KINDS: dict[Effect, tuple[EffectKind, ...]] = {
    Effect.mixed: (EffectKind.contingent, EffectKind.actorsDiffer, EffectKind.benefitAndCost, EffectKind.unsigned),
    Effect.noEffect: (EffectKind.notFired, EffectKind.firedButInsufficient, EffectKind.noAssociation),
}
"""The kinds that a mixed effect, and no effect, can have."""


class Case(Record):
    """A partnership that was studied."""

    id: Identifier
    label: Text
    type: Text | None = None
    countries: list[CountryCode] = []
    organisations: list[Text] | None = None
    start: Year | None = None
    end: Year | None = None
    focus: Text | None = None

    @field_validator("end")
    @classmethod
    def _ends_after_it_starts(cls, end: int | None, info: ValidationInfo) -> int | None:
        start = info.data.get("start")
        if start is not None and end is not None and end < start:
            raise PydanticCustomError(
                "end_before_start",
                "the partnership ends in {end}, before it starts in {start}; mend one of the two",
                {"start": start, "end": end},
            )
        return end


class Bibliography(Record):
    """What a source says of itself, and how it was designed."""

    title: Text | None = None
    authors: list[Text] | None = None
    year: Year | None = None
    journal: Text | None = None
    doi: Doi | None = None
    pmid: Pmid | None = None
    pmcid: Pmcid | None = None
    url: WebAddress | None = None
    design: Annotated[Design | None, Field(strict=False)] = None


class RecordedAs(Bibliography):
    """Bibliographic fields that a coder recorded otherwise than the source's record has them; null: not seen."""

    type: Annotated[SourceType | None, Field(strict=False)] = None


class Coding(Record):
    """What one coder recorded of the source."""

    coder: Identifier
    method: Annotated[CodingMethod | None, Field(strict=False)] = None
    checked_by: list[Text] = []
    read: list[Text] = []
    note: Text | None = None
    recorded_as: RecordedAs | None = None
    cases: list[Case] = []
    claims: list[Claim] = []


class Source(Bibliography):
    """A source with every coding of it: one evidence file, or one line of JSON Lines."""

    source: Identifier
    type: Annotated[SourceType, Field(strict=False)]
    study: Identifier | None = None
    document: Text | None = None
    publishable: bool | None = None
    codings: list[Coding] = Field(min_length=1)


def recorded_design(source: Source, coding: Coding) -> Design | None:
    """The design of a source as a coder recorded it, which is the source's own unless the coding says otherwise."""
    otherwise = coding.recorded_as
    if otherwise is not None and "design" in otherwise.model_fields_set:
        return otherwise.design
    return source.design


class Study(Record):
    """A data set that several sources share, or a review's with the studies it includes."""

    id: Identifier
    label: Text
    includes: list[Identifier] = []
    note: Text | None = None


class Studies(Record):
    """The file `studies.yaml`: studies that are more than one source's own."""

    studies: list[Study]


class Theory(Record):
    """A programme theory in one of its versions."""

    id: Identifier
    label: Text
    if_: Text | None = Field(default=None, alias="if")
    then: Text | None = None
    because: Text | None = None
    version: Text | None = None
    revision_of: Identifier | None = None
    draws_on: list[Text] = []
    source: Identifier | None = None


class Theories(Record):
    """The file `theories.yaml`."""

    theories: list[Theory]


class Condition(Record):
    """A factor as context, apart from any single claim."""

    factor: Factor
    state: Annotated[State | None, Field(strict=False)] = None
    note: Text | None = None


class CounterCase(Record):
    """A claim that speaks against a demi-regularity, and what the judge makes of it."""

    claim: ClaimReference
    why: Text | None = None


class DemiRegularity(Record):
    """A recurrent pattern that a person has promoted: factor, outcome and effect say which."""

    factor: Factor
    outcome: Factor
    effect: Annotated[Effect, Field(strict=False)]
    contexts: list[Condition] = []
    explanation: Text
    counter_cases: list[CounterCase] = []
    counter_cases_sought: Text | None = None
    date: Date | None = None


class TensionJudgement(Record):
    """What a person holds to be behind a tension: factor and outcome say which."""

    factor: Factor
    outcome: Factor
    kind: Annotated[TensionKind, Field(strict=False)]
    contexts: list[Condition] = []
    rationale: Text
    date: Date | None = None


class Judgements(Record):
    """A file of `judgements/`: what one named person judges of patterns and tensions."""

    judge: Identifier
    name: Line
    demi_regularities: list[DemiRegularity] = []
    tensions: list[TensionJudgement] = []


def json_schema() -> dict[str, Any]:
    """The JSON Schema of an evidence file, with the ids of the concept scheme as what factors and actors may be."""
    schema = Source.model_json_schema(mode="validation")
    words = scheme.load()
    definitions = schema["$defs"]
    factor, actor, country = sorted(words.factors), sorted(words.actors), sorted(words.countries)
    definitions["Factor"] = {"enum": factor, "description": "A factor of ontology/concepts.ttl."}
    definitions["Actor"] = {"enum": actor, "description": "A kind of actor of ontology/concepts.ttl."}
    definitions["Country"] = {"enum": country, "description": "An ISO 3166-1 alpha-3 code."}
    for name in ("Context", "Mechanism", "Outcome"):
        definitions[name]["properties"]["factor"] = {"$ref": "#/$defs/Factor"}
    definitions["Mechanism"]["properties"]["reasoners"]["items"] = {"$ref": "#/$defs/Actor"}
    definitions["ActorRole"]["properties"]["kind"] = {"$ref": "#/$defs/Actor"}
    claim = definitions["Claim"]["properties"]
    claim["actors"]["items"] = {"anyOf": [{"$ref": "#/$defs/Actor"}, {"$ref": "#/$defs/ActorRole"}]}
    claim["links"]["items"] = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Link"}]}
    definitions["Case"]["properties"]["countries"]["items"] = {"$ref": "#/$defs/Country"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": iris.DATA.removesuffix("data/") + "evidence.schema.json",
        **schema,
    }


if __name__ == "__main__":
    json.dump(json_schema(), sys.stdout, indent=1, ensure_ascii=False)
    print()
