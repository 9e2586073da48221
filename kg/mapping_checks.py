"""What a mapping set must be before anything of it is taken over: every fault of its file, with its line."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from functools import cache

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg import iris, mapping_sets, resources
from kg.findings import Finding, Severity
from kg.mapping_sets import ENDING, Mapping, MappingSet, Review
from kg.terms import PM, RDFS, SKOS

MATCHES = {
    "skos:exactMatch": SKOS.exactMatch,
    "skos:closeMatch": SKOS.closeMatch,
    "skos:broadMatch": SKOS.broadMatch,
    "skos:narrowMatch": SKOS.narrowMatch,
    "skos:relatedMatch": SKOS.relatedMatch,
}
"""How closely terms can match; the other vocabulary's term is the broader one of a broad match."""
BY_LABEL = frozenset({"semapv:LexicalMatching", "semapv:LexicalSimilarityThresholdMatching"})
"""The justifications of a candidate that was found by its label alone."""
JUSTIFICATIONS = BY_LABEL | {
    f"semapv:{name}"
    for name in (
        "BackgroundKnowledgeBasedMatching", "CompositeMatching", "InstanceBasedMatching", "LogicalReasoning",
        "ManualMappingCuration", "MappingChaining", "MappingInversion", "MappingReview",
        "SemanticSimilarityThresholdMatching", "StructuralMatching", "UnspecifiedMatching",
    )
}  # fmt: skip
"""The justifications that SSSOM has terms for."""
NEEDED = ("subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification")
"""The columns that no row may leave empty."""
OF_THE_SET = ("mapping_set_id", "mapping_set_title", "mapping_set_version", "license", "curie_map", "object_source")
"""What a set says of itself."""
OURS = (iris.CONCEPT, iris.DATA, PM.base)
"""What the IRIs of our own terms begin with."""
_ADDRESSES = ("mapping_set_id", "license", "object_source")
_NAME = re.compile(r"[a-z][a-z0-9-]*")


@cache
def own_terms() -> dict[str, str]:
    """What each concept and each term of the ontology is called, by IRI."""
    called: dict[str, str] = {}
    for path in resources.ontology_files():
        for triple in parse(path=path, format=RdfFormat.TURTLE):
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, Literal):
                base = {SKOS.prefLabel: iris.CONCEPT, RDFS.label: PM.base}.get(triple.predicate)
                if base is not None and triple.subject.value.startswith(base):
                    called[triple.subject.value] = triple.object.value
    return called


def check(found: MappingSet, candidates: bool = False) -> list[Finding]:
    """Everything that is wrong in a mapping set, in the order of its lines.

    Args:
        found: The set.
        candidates: Whether matches that were found by label alone, and that nobody reviewed, may stand in it.
    """
    said = _Said(found)
    for problem in found.problems:
        said.of(problem.line, "mapping-set-unreadable", problem.what, problem.remedy)
    if not (found.problems and not found.columns):
        _check_set(found, said)
        for mapping in found.mappings:
            _check_row(found, mapping, said)
            if not candidates and mapping["mapping_justification"] in BY_LABEL and mapping.review is Review.unreviewed:
                said.row(
                    mapping,
                    "mapping-by-label-alone",
                    "the labels are alike, and nobody has said that the terms mean the same.",
                    "Compare the definitions and name the reviewer in reviewer_label, or take the row out.",
                )
        _check_together(found, said)
    return sorted(said.findings, key=lambda finding: finding.sort_key)


class _Said:
    """What was found so far in a file."""

    def __init__(self, found: MappingSet) -> None:
        self.file = str(found.file)
        self.findings: list[Finding] = []

    def of(self, line: int, rule: str, what: str, remedy: str, subject: str = "") -> None:
        self.findings.append(Finding(Severity.error, rule, self.file, line, what, remedy, subject))

    def row(self, mapping: Mapping, rule: str, what: str, remedy: str) -> None:
        subject = " and ".join(filter(None, (mapping["subject_id"], mapping["object_id"])))
        self.of(mapping.line, rule, what, remedy, subject)


def _check_set(found: MappingSet, said: _Said) -> None:
    if not _NAME.fullmatch(found.name):
        remedy = f"Name the file in small letters, such as bcio{ENDING}."
        said.of(1, "mapping-set-unnamed", f"“{found.name}” is no name for a graph.", remedy)
    for slot in OF_THE_SET:
        if not found.metadata.get(slot):
            remedy = f"Write a line “#{slot}: …” above the table."
            said.of(1, "mapping-set-incomplete", f"the set does not say its {slot}.", remedy)
    for slot in _ADDRESSES:
        value = found.metadata.get(slot)
        if value and not _address(str(value)):
            told = f"{slot} is “{value}”, which is not an address."
            said.of(found.lines.get(slot, 1), "mapping-set-address", told, "Write it whole, beginning with https://.")
    for prefix, base in found.prefixes.items():
        if not _address(base):
            told = f"the prefix {prefix} stands for “{base}”, which is not an address."
            said.of(found.lines.get("curie_map", 1), "mapping-prefix", told, "Write it whole, beginning with https://.")
    for column in NEEDED:
        if column not in found.columns:
            remedy = f"Add it; every mapping has {', '.join(NEEDED)}."
            said.of(found.header, "mapping-column-missing", f"there is no column {column}.", remedy)
    for column in dict.fromkeys(found.columns):
        if column not in mapping_sets.SLOTS:
            near = get_close_matches(column, mapping_sets.SLOTS, n=1)
            remedy = (
                f"Write {near[0]}." if near else "Take it out; comment and other hold what SSSOM has no column for."
            )
            said.of(found.header, "mapping-column-unknown", f"SSSOM has no column “{column}”.", remedy)
        elif found.columns.count(column) > 1:
            said.of(
                found.header, "mapping-column-twice", f"the column {column} stands there twice.", "Keep one of them."
            )


def _check_row(found: MappingSet, mapping: Mapping, said: _Said) -> None:
    for slot in NEEDED:
        if slot in found.columns and not mapping[slot]:
            said.row(mapping, "mapping-cell-empty", f"{slot} is empty.", "Fill it in.")
    for slot in ("subject_id", "predicate_id", "object_id", "mapping_justification"):
        if mapping[slot] and not found.iri(mapping[slot]):
            prefix = mapping[slot].partition(":")[0]
            told = f"{slot} is “{mapping[slot]}”, whose prefix nothing declares."
            said.row(mapping, "mapping-prefix", told, f"Add {prefix} to curie_map, or write one that is there.")
    _check_subject(found, mapping, said)
    if mapping["predicate_id"] and mapping["predicate_id"] not in MATCHES:
        told = f"{mapping['predicate_id']} is not one of the matches of SKOS."
        said.row(mapping, "mapping-predicate", told, f"Write one of {', '.join(MATCHES)}.")
    if mapping["mapping_justification"] and mapping["mapping_justification"] not in JUSTIFICATIONS:
        near = get_close_matches(mapping["mapping_justification"], sorted(JUSTIFICATIONS), n=1)
        told = f"“{mapping['mapping_justification']}” is not a justification."
        said.row(
            mapping, "mapping-justification", told, f"Write {near[0] if near else 'semapv:ManualMappingCuration'}."
        )
    other = found.iri(mapping["object_id"])
    if other and (not _address(other) or other.startswith(OURS)):
        told = "is one of our own terms" if _address(other) else "would not be an address that can stand in a graph"
        said.row(
            mapping, "mapping-object", f"object_id {told}.", "Write the identifier of the other vocabulary's term."
        )
    _check_values(mapping, said)


def _check_subject(found: MappingSet, mapping: Mapping, said: _Said) -> None:
    term = found.iri(mapping["subject_id"])
    if not term:
        return
    if term not in own_terms():
        near = get_close_matches(term, own_terms(), n=1, cutoff=0.8)
        remedy = f"Did you mean {_compact(near[0])}?" if near else "Write a concept or a term of the ontology."
        said.row(mapping, "mapping-subject", "subject_id is no concept and no term of ours.", remedy)
    elif mapping["subject_label"] and mapping["subject_label"] != own_terms()[term]:
        told = f"we call it “{own_terms()[term]}”, not “{mapping['subject_label']}”."
        said.row(mapping, "mapping-subject-label", told, "Write our label, or the term that is meant.")


def _check_values(mapping: Mapping, said: _Said) -> None:
    for slot, least in (("confidence", 0), ("reviewer_agreement", -1)):
        if mapping[slot] and not _is_number(mapping[slot], least):
            told = f"{slot} is “{mapping[slot]}”."
            said.row(mapping, "mapping-number", told, f"Write a number from {least} to 1, with a point.")
    for slot in ("mapping_date", "review_date"):
        if mapping[slot] and not is_date(mapping[slot]):
            said.row(mapping, "mapping-date", f"{slot} is “{mapping[slot]}”.", "Write it as 2026-01-31.")
    if mapping["predicate_modifier"] not in ("", "Not"):
        told = f"predicate_modifier is “{mapping['predicate_modifier']}”."
        said.row(mapping, "mapping-modifier", told, "Write Not, or leave it empty.")
    if mapping["reviewer_agreement"] and not mapping.reviewers:
        told = "it says how far a reviewer agrees, and not who that is."
        said.row(mapping, "mapping-reviewer", told, "Name the reviewer in reviewer_label.")


def _check_together(found: MappingSet, said: _Said) -> None:
    pairs: dict[tuple[str, str], Mapping] = {}
    exact: dict[str, Mapping] = {}
    called: dict[str, Mapping] = {}
    for mapping in found.mappings:
        first = pairs.setdefault((mapping["subject_id"], mapping["object_id"]), mapping)
        if first is not mapping and mapping["subject_id"] and mapping["object_id"]:
            told = f"line {first.line} maps the same two terms."
            said.row(mapping, "mapping-twice", told, "Keep the row that holds.")
        elif mapping["predicate_id"] == "skos:exactMatch" and not mapping.negated:
            first = exact.setdefault(mapping["subject_id"], mapping)
            if first is not mapping:
                told = f"line {first.line} says that the same term of ours means exactly {first['object_id']}."
                said.row(mapping, "mapping-exact-twice", told, "One of the two is skos:closeMatch at most.")
        first = called.setdefault(mapping["object_id"], mapping)
        if mapping["object_label"] and first["object_label"] and mapping["object_label"] != first["object_label"]:
            told = f"line {first.line} calls the same term “{first['object_label']}”."
            said.row(mapping, "mapping-object-label", told, "Write the label that its vocabulary gives.")


def _address(text: str) -> bool:
    try:
        return bool(NamedNode(text)) and text.startswith(("http://", "https://"))
    except ValueError:
        return False


def _is_number(text: str, least: float) -> bool:
    return bool(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text)) and least <= float(text) <= 1


def is_date(text: str) -> bool:
    """Whether a text is a day, such as 2026-01-31."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _compact(iri: str) -> str:
    return (
        f"pmc:{iri.removeprefix(iris.CONCEPT)}" if iri.startswith(iris.CONCEPT) else f"pm:{iri.removeprefix(PM.base)}"
    )
