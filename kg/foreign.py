"""What another vocabulary calls its terms: read from a file, or page by page from a SPARQL endpoint.

English labels, and those that name no language; terms that are deprecated are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg import query
from kg.errors import Failure, UsageError
from kg.terms import OWL, RDFS, SKOS

if TYPE_CHECKING:
    from kg.store import Answers, Row

LARGEST = 500_000_000
"""Bytes of a vocabulary file that is read; MeSH in N-Triples has more, its endpoint gives it in pages."""
MOST_TERMS = 1_000_000
"""Terms of a vocabulary that are held in memory."""
PROPERTIES = {SKOS.prefLabel: "skos:prefLabel", RDFS.label: "rdfs:label", SKOS.altLabel: "skos:altLabel"}
"""What gives a term its labels, the best first."""
FORMATS = {
    ".nt": RdfFormat.N_TRIPLES,
    ".owl": RdfFormat.RDF_XML,
    ".rdf": RdfFormat.RDF_XML,
    ".ttl": RdfFormat.TURTLE,
    ".xml": RdfFormat.RDF_XML,
}
"""The formats of a vocabulary file, by its ending."""


@dataclass(frozen=True)
class ForeignTerm:
    """A term of another vocabulary.

    Attributes:
        iri: Its IRI.
        labels: What it is called, each with the property that says so, the best first.
    """

    iri: str
    labels: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """What it is called first of all."""
        return self.labels[0][0]


def read_file(file: Path) -> list[ForeignTerm]:
    """The terms of a vocabulary file, by IRI.

    Raises:
        UsageError: The file cannot be read, or is too large.
    """
    kind = FORMATS.get(file.suffix.lower())
    if kind is None:
        raise UsageError(f"{file}: a vocabulary is read from {', '.join(FORMATS)}, or from the address of an endpoint")
    said: dict[str, list[tuple[NamedNode, str]]] = defaultdict(list)
    deprecated = set()
    try:
        if file.stat().st_size > LARGEST:
            raise UsageError(f"{file} is larger than {LARGEST // 1_000_000} MB: name an endpoint that serves it")
        for triple in parse(path=str(file), format=kind):
            if not isinstance(triple.subject, NamedNode) or not isinstance(triple.object, Literal):
                continue
            if triple.predicate in PROPERTIES and _is_english(triple.object):
                said[triple.subject.value].append((triple.predicate, triple.object.value))
            elif triple.predicate.value == f"{OWL.base}deprecated" and triple.object.value in ("true", "1"):
                deprecated.add(triple.subject.value)
            _guard(said, str(file))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error
    except SyntaxError as error:
        told = str(error).splitlines()[0]
        raise UsageError(f"{file} is not {kind.name}: {told}") from error
    return _terms((iri, labels) for iri, labels in said.items() if iri not in deprecated)


def read_endpoint(endpoint: Answers, name: str) -> list[ForeignTerm]:
    """The terms of a vocabulary behind an endpoint, by IRI.

    Args:
        endpoint: What answers queries.
        name: What it is called in messages.

    Raises:
        UsageError: The endpoint refuses the query.
        Failure: It cannot be reached, answers something else, or gives the same page again.
    """
    said: dict[str, list[tuple[NamedNode, str]]] = defaultdict(list)
    most, after = _rows_of_a_page(), ""
    while True:
        rows = query.run(endpoint, "link/labels", {"after": [Literal(after)]} if after else {})
        page = list(_said_of(rows))
        last = page[-1][0] if page else ""
        if not all(after < iri <= last for iri, _, _ in page):
            raise Failure(f"{name} does not give its terms in order: load the vocabulary from a file")
        full = len(rows) >= most
        cut = last if full and page[0][0] != last else ""  # the last term of a full page may have more labels
        for iri, prop, label in page:
            if iri != cut:
                said[iri].append((prop, label))
        _guard(said, name)
        if not full:
            return _terms(said.items())
        after = max((iri for iri, _, _ in page if iri != cut), default=last)


def _said_of(rows: Iterable[Row]) -> Iterator[tuple[str, NamedNode, str]]:
    for row in rows:
        term, prop, label = row["term"], row["property"], row["label"]
        if isinstance(term, NamedNode) and isinstance(prop, NamedNode) and isinstance(label, Literal):
            yield term.value, prop, label.value


def _rows_of_a_page() -> int:
    """How many rows the query asks for at once."""
    return int(re.findall(r"LIMIT (\d+)", query.read("link/labels"))[0])


def _guard(said: dict[str, list[tuple[NamedNode, str]]], name: str) -> None:
    if len(said) > MOST_TERMS:
        raise Failure(f"{name} has more than {MOST_TERMS:,} terms: name a part of the vocabulary")


def _is_english(label: Literal) -> bool:
    return label.language is None or label.language.lower().partition("-")[0] == "en"


def _terms(said: Iterable[tuple[str, list[tuple[NamedNode, str]]]]) -> list[ForeignTerm]:
    order = list(PROPERTIES)
    found = []
    for iri, labels in sorted(said):
        best = sorted(dict.fromkeys(labels), key=lambda pair: (order.index(pair[0]), pair[1]))
        found.append(ForeignTerm(iri, tuple((label, PROPERTIES[prop]) for prop, label in best)))
    return found
