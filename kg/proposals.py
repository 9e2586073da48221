"""Proposes which terms of another vocabulary may match our concepts, by their labels alone.

A proposal is a candidate for somebody to look at, never a match: that two terms are called alike does not say that they
mean the same. What a person has said of an earlier proposal stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping as Mapped
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, RdfFormat, parse
from rapidfuzz import fuzz, process

from kg import iris, mapping_sets, resources
from kg.errors import EvidenceError, UsageError
from kg.foreign import PROPERTIES, ForeignTerm
from kg.intake.matching import folded
from kg.mapping_checks import BY_LABEL, OURS, check, own_terms
from kg.mapping_sets import ENDING, Mapping, Review
from kg.terms import PM, SKOS

NEAR = 0.9
"""How alike labels must be, from 0 to 1, for a candidate to be proposed."""
COLUMNS = (
    "subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification",
    "reviewer_label", "confidence", "reviewer_agreement", "subject_match_field", "object_match_field", "match_string",
    "similarity_score", "similarity_measure", "comment",
)  # fmt: skip
"""The columns of a file of proposals; reviewers fill in those for them, and comment."""
MEASURE = "RapidFuzz ratio of labels without case and punctuation"
_OBO = re.compile(r"(?P<base>.*[/#](?P<prefix>[A-Za-z][A-Za-z0-9]*)_)(?P<local>[0-9]+)")
"""An identifier as the OBO Foundry makes them: `…/ECO_0000204` is `ECO:0000204`."""


@dataclass(frozen=True)
class Proposed:
    """What was proposed.

    Attributes:
        file: The mapping set that holds it.
        same: Candidates of which a label is the same, but for case and punctuation.
        near: Candidates of which a label is as alike as was asked for.
        kept: Rows of the file that a person has said something of, which stay as they are.
        terms: Terms of the vocabulary that were compared.
    """

    file: Path
    same: int
    near: int
    kept: int
    terms: int


@dataclass(frozen=True)
class _Candidate:
    """Two terms and the two labels that are most alike."""

    concept: str
    other: ForeignTerm
    score: float
    own_field: str
    other_field: str
    string: str

    @property
    def rank(self) -> tuple[float, bool, bool]:
        return self.score, self.own_field == "skos:prefLabel", self.other_field != "skos:altLabel"


def propose(vocabulary: Sequence[ForeignTerm], source: str, file: Path, least: float = NEAR) -> Proposed:
    """Writes candidates for matches of our concepts with a vocabulary into a mapping set.

    Args:
        vocabulary: The terms of the vocabulary.
        source: What the vocabulary is called, as the file says it.
        file: The mapping set; what a person has said of its rows stays.
        least: How alike labels must be, from 0.5 to 1; 1 for those alone that are the same.

    Raises:
        UsageError: The file's name is not that of a mapping set, or a likeness is out of range.
        EvidenceError: What the file holds cannot be kept, since something in it is wrong.
    """
    name = file.name.removesuffix(ENDING)
    if not file.name.endswith(ENDING) or not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise UsageError(f"{file}: name a mapping set in small letters, such as mesh{ENDING}")
    if not 0.5 <= least <= 1:
        raise UsageError(f"{least:g} is no likeness to ask for: write a number from 0.5 to 1")
    before = mapping_sets.read(file) if file.exists() else None
    found = check(before, candidates=True) if before else []
    if found:
        raise EvidenceError(found)
    kept = [row for row in before.mappings if _is_said(row)] if before else []
    settled = {(before.iri(row["subject_id"]), before.iri(row["object_id"])) for row in kept} if before else set()
    candidates = [
        one for one in _candidates(vocabulary, least) if (iris.concept(one.concept).value, one.other.iri) not in settled
    ]
    if not candidates and not kept:
        return Proposed(file, 0, 0, 0, len(vocabulary))
    prefixes = _prefixes(before.prefixes if before else {}, [one.other.iri for one in candidates], name)
    metadata = dict(before.metadata) if before else _metadata(name, source, vocabulary)
    metadata["curie_map"] = {prefix: base for prefix, base in prefixes.items() if prefix not in mapping_sets.BUILT_IN}
    rows = [dict(row.slots) for row in kept] + [_row(one, prefixes) for one in candidates]
    rows.sort(key=lambda row: (row["subject_id"], -float(row.get("confidence") or 0), row["object_id"]))
    columns = dict.fromkeys([*COLUMNS, *(before.columns if before else ())])
    aside = file.with_name(f".{file.name}.new")
    try:
        aside.write_text(mapping_sets.text_of(metadata, rows, list(columns)), encoding="utf-8")
        aside.replace(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}") from error
    same = sum(one.score == 1 for one in candidates)
    return Proposed(file, same, len(candidates) - same, len(kept), len(vocabulary))


def _is_said(row: Mapping) -> bool:
    """Whether a person has said something of a proposal: a reviewer, another match, a remark."""
    own = {*COLUMNS} - {"reviewer_label", "reviewer_agreement", "comment"}
    return (
        row.review is not Review.unreviewed
        or row["predicate_id"] != "skos:closeMatch"
        or row["mapping_justification"] not in BY_LABEL
        or not set(row.slots) <= own
    )


def _candidates(vocabulary: Sequence[ForeignTerm], least: float) -> list[_Candidate]:
    """The best pair of labels of every two terms that have one as alike as is asked for."""
    bearers: dict[str, list[tuple[ForeignTerm, str]]] = defaultdict(list)
    for term in vocabulary:
        if term.iri.startswith(OURS):
            continue  # an endpoint may serve our own terms too
        for label, field in term.labels:
            if folded(label):
                bearers[folded(label)].append((term, field))
    names = list(bearers)
    best: dict[tuple[str, str], _Candidate] = {}
    for own, concept, own_field in _own_names():
        if least < 1:
            alike = process.extract(own, names, scorer=fuzz.ratio, score_cutoff=least * 100, limit=None)
        else:
            alike = [(own, 100.0, 0)] if own in bearers else []
        for name, score, _ in alike:
            likeness = int(score) / 100  # rounded down: 1 for labels alone that are the same
            for term, field in bearers[name]:
                found = _Candidate(concept, term, likeness, own_field, field, own if name == own else f"{own}|{name}")
                known = best.setdefault((concept, term.iri), found)
                if found.rank > known.rank:
                    best[concept, term.iri] = found
    return sorted(best.values(), key=lambda one: (one.concept, -one.score, one.other.iri))


def _own_names() -> list[tuple[str, str, str]]:
    """Every name of our concepts without what makes no difference, with the concept's id and the kind of label."""
    names = []
    for triple in parse(path=str(resources.concept_file()), format=RdfFormat.TURTLE):
        if triple.predicate in (SKOS.prefLabel, SKOS.altLabel) and isinstance(triple.object, Literal):
            (concept,) = iris.ids(triple.subject) if isinstance(triple.subject, NamedNode) else ("",)
            names.append((folded(triple.object.value), concept, PROPERTIES[triple.predicate]))
    return names


def _row(one: _Candidate, prefixes: Mapped[str, str]) -> dict[str, str]:
    same = one.score == 1
    return {
        "subject_id": f"pmc:{one.concept}",
        "subject_label": own_terms()[iris.concept(one.concept).value],
        "predicate_id": "skos:closeMatch",
        "object_id": _compact(one.other.iri, prefixes),
        "object_label": one.other.label,
        "mapping_justification": "semapv:LexicalMatching" if same else "semapv:LexicalSimilarityThresholdMatching",
        "confidence": f"{one.score:.2f}",
        "subject_match_field": one.own_field,
        "object_match_field": one.other_field,
        "match_string": one.string,
        "similarity_score": f"{one.score:.2f}",
        "similarity_measure": MEASURE,
    }


def _metadata(name: str, source: str, vocabulary: Sequence[ForeignTerm]) -> dict[str, Any]:
    bases = Counter(_split(term.iri)[0] for term in vocabulary)
    return {
        "sssom_version": "1.1",
        "mapping_set_id": iris.alignment_graph(name).value,
        "mapping_set_version": "0.1.0",
        "mapping_set_title": f"Candidates for matches of our concepts with {source}",
        "mapping_set_description": "Proposed by their labels alone. A row without a reviewer was seen by nobody.",
        "license": "https://w3id.org/sssom/license/unspecified",
        "object_source": bases.most_common(1)[0][0],
        "mapping_tool": "kg link concepts",
        "mapping_date": date.today().isoformat(),
    }


def _split(iri: str) -> tuple[str, str]:
    """What the identifiers of a vocabulary begin with, and the rest of this one."""
    obo = _OBO.fullmatch(iri)
    if obo:
        return obo["base"], obo["local"]
    end = max(iri.rfind("#"), iri.rfind("/")) + 1
    return iri[:end], iri[end:]


def _prefixes(known: Mapped[str, str], identifiers: Sequence[str], name: str) -> dict[str, str]:
    """The prefixes of a set: those it has, ours, and one for each beginning of the identifiers."""
    prefixes = {**known, "pm": PM.base, "pmc": iris.CONCEPT}
    plain = name.replace("-", "")
    for iri in identifiers:
        base = _split(iri)[0]
        if base in prefixes.values():
            continue
        obo = _OBO.fullmatch(iri)
        wanted = obo["prefix"] if obo else plain
        names = (f"{wanted}{number or ''}" for number in (0, *range(2, len(identifiers) + len(prefixes) + 3)))
        prefixes[next(each for each in names if each not in prefixes and each not in mapping_sets.BUILT_IN)] = base
    return prefixes


def _compact(iri: str, prefixes: Mapped[str, str]) -> str:
    base, local = _split(iri)
    return f"{next(prefix for prefix, known in prefixes.items() if known == base)}:{local}"
