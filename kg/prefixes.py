"""The prefix table of `ontology/prefixes.ttl`, for queries that people type."""

from __future__ import annotations

import re
from functools import cache

from pyoxigraph import Literal, RdfFormat, parse

from kg import resources

_PREFIX = "http://www.w3.org/ns/shacl#prefix"
_NAMESPACE = "http://www.w3.org/ns/shacl#namespace"


@cache
def table() -> dict[str, str]:
    """Prefix and namespace of every row, by prefix."""
    names: dict[str, dict[str, str]] = {}
    for triple in parse(path=resources.root() / "ontology" / "prefixes.ttl", format=RdfFormat.TURTLE):
        if isinstance(triple.object, Literal) and triple.predicate.value in (_PREFIX, _NAMESPACE):
            names.setdefault(str(triple.subject), {})[triple.predicate.value] = triple.object.value
    return dict(sorted((row[_PREFIX], row[_NAMESPACE]) for row in names.values()))


def compact(iri: str) -> str:
    """An IRI as a prefixed name of the table, or as it is where the table has no prefix for it.

    >>> compact("http://www.w3.org/ns/prov#Agent")
    'prov:Agent'
    """
    fitting = [(base, name) for name, base in table().items() if iri.startswith(base)]
    if not fitting:
        return iri
    base, name = max(fitting, key=lambda pair: len(pair[0]))
    return f"{name}:{iri[len(base) :]}"


def with_prefixes(query: str) -> str:
    """A query with the table's prefixes declared before it, on its first line so that the lines of errors stay right.

    What the query declares itself is left to it.
    """
    own = set(re.findall(r"(?im)^\s*PREFIX\s+([\w-]*):", query))
    missing = " ".join(f"PREFIX {name}: <{base}>" for name, base in table().items() if name not in own)
    return f"{missing} {query}"
