"""Which terms of other vocabularies match ours: mapping sets as named graphs.

Each set of `ontology/alignments/` is one graph. It says each match as SKOS does, and beside it who holds it, how sure
they are, and whether a second person looked at it. Nothing is inferred from a match, and no match is an equivalence of
classes. What a reviewer rejects, or a row negates, stands there with its provenance but is not said as a match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad

from kg import iris, mapping_sets, resources
from kg.errors import EvidenceError
from kg.mapping_checks import MATCHES, check, is_date
from kg.mapping_sets import Mapping, MappingSet, Review
from kg.terms import DCTERMS, OWL, RDF, RDFS, SSSOM, XSD

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_A_ROW = {
    "subject_label": SSSOM.subject_label,
    "object_label": SSSOM.object_label,
    "predicate_modifier": SSSOM.predicate_modifier,
    "author_label": SSSOM.author_label,
    "author_id": SSSOM.author_id,
    "reviewer_label": SSSOM.reviewer_label,
    "reviewer_id": SSSOM.reviewer_id,
    "review_date": SSSOM.review_date,
    "reviewer_agreement": SSSOM.reviewer_agreement,
    "confidence": SSSOM.confidence,
    "mapping_date": SSSOM.mapping_date,
    "mapping_tool": SSSOM.mapping_tool,
    "comment": RDFS.comment,
    "other": SSSOM.other,
}
"""What is kept of a row beside the match, each with its property."""
_OF_A_SET = {
    "mapping_set_title": DCTERMS.title,
    "mapping_set_description": DCTERMS.description,
    "license": DCTERMS.license,
    "object_source": DCTERMS.source,
    "mapping_date": DCTERMS.created,
    "creator_label": DCTERMS.creator,
    "mapping_set_version": OWL.versionInfo,
    "object_source_version": SSSOM.object_source_version,
}
"""What is kept of a set, each with its property of the graph."""
_OF_EITHER = frozenset({"comment", "other"})
"""What a set says of itself, and not of each of its mappings."""
_SEVERAL = frozenset({"author_id", "author_label", "reviewer_id", "reviewer_label"})
"""What may hold several values, joined by a bar."""
_NUMBERS = frozenset({SSSOM.confidence, SSSOM.reviewer_agreement})
_DATES = frozenset({SSSOM.mapping_date, SSSOM.review_date, DCTERMS.created})
_IRIS = frozenset({DCTERMS.license, DCTERMS.source})


def published() -> list[Quad]:
    """The graphs of all the mapping sets that are shipped.

    Raises:
        EvidenceError: Something in them is wrong; nothing of any is taken over.
    """
    sets = [mapping_sets.read(file) for file in resources.alignment_files()]
    found = [finding for each in sets for finding in check(each)]
    if found:
        raise EvidenceError(found)
    return [quad for each in sets for quad in quads(each)]


def quads(found: MappingSet) -> list[Quad]:
    """The graph of a mapping set in which nothing is wrong."""
    graph = iris.alignment_graph(found.name)
    quads = [Quad(graph, RDF.type, SSSOM.MappingSet, graph)]
    for slot, predicate in _OF_A_SET.items():
        quads += [Quad(graph, predicate, _term(predicate, value), graph) for value in _values(found.metadata.get(slot))]
    for mapping in found.mappings:
        quads += _mapping_quads(found, mapping, graph)
    return list(dict.fromkeys(quads))


def _mapping_quads(found: MappingSet, mapping: Mapping, graph: NamedNode) -> Iterator[Quad]:
    subject, other = NamedNode(found.iri(mapping["subject_id"])), NamedNode(found.iri(mapping["object_id"]))
    match = MATCHES[mapping["predicate_id"]]
    if not mapping.negated and mapping.review is not Review.rejected:
        yield Quad(subject, match, other, graph)
    yield Quad(other, RDFS.label, Literal(mapping["object_label"]), graph)
    node = iris.mapping(found.name, mapping["subject_id"], mapping["object_id"])
    yield Quad(node, RDF.type, OWL.Axiom, graph)
    yield Quad(node, OWL.annotatedSource, subject, graph)
    yield Quad(node, OWL.annotatedProperty, match, graph)
    yield Quad(node, OWL.annotatedTarget, other, graph)
    yield Quad(node, SSSOM.mapping_justification, NamedNode(found.iri(mapping["mapping_justification"])), graph)
    for slot, predicate in _OF_A_ROW.items():
        said = mapping[slot] if slot in _OF_EITHER else found.said(mapping, slot)
        for value in filter(None, said.split("|") if slot in _SEVERAL else [said]):
            yield Quad(node, predicate, _term(predicate, value), graph)


def _values(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []


def _term(predicate: NamedNode, text: str) -> NamedNode | Literal:
    if predicate in _IRIS:
        return NamedNode(text)
    if predicate in _NUMBERS:
        return Literal(text, datatype=XSD.decimal)
    return Literal(text, datatype=XSD.date) if predicate in _DATES and is_date(text) else Literal(text)
