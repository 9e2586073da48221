"""Query files and their parameters.

A query is a file below `queries/`. It declares each parameter as a block `VALUES ?name { UNDEF }`, and one binder puts
serialised terms into the block: one, several or none. No text of a user ever becomes part of a query otherwise.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from kg import resources
from kg.errors import UsageError
from kg.store import Answers, Row, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PARAMETER = re.compile(r"VALUES \?(\w+) \{ ([^{}]*) \}")
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}")
_BOOLEAN = {"true": True, "1": True, "false": False, "0": False}
_UNRESTRICTED = r"^ *(?:VALUES \?{name} \{{ UNDEF \}}|FILTER\(!BOUND\(\?{name}\) \|\| .*\))\n"


@cache
def read(name: str) -> str:
    """The text of a query by its name below `queries/`, such as `trace/matrix`."""
    return resources.query_file(name).read_text(encoding="utf-8")


def defaults(text: str) -> dict[str, str]:
    """What a query declares for each of its parameters, as it stands in its block, in the order of declaration."""
    return {match[1]: match[2].strip() for match in _PARAMETER.finditer(text)}


def parameters(text: str) -> list[str]:
    """The names of a query's parameters, in the order in which they are declared."""
    return list(defaults(text))


def bind(text: str, bindings: Mapping[str, Iterable[NamedNode | Literal] | None]) -> str:
    r"""A query with terms in its parameters' blocks.

    A parameter without terms keeps what the file declares; one bound to None restricts nothing, whatever it declares.

    What a file declares as UNDEF and nobody binds restricts nothing: its block, and the filters that begin with
    `!BOUND(?name) ||` and so are always true, are left out to save the engine the work.

    >>> bind("VALUES ?a { UNDEF }", {"a": [Literal('x" } DROP ALL')]})
    'VALUES ?a { "x\\" } DROP ALL" }'

    Raises:
        UsageError: A binding names no parameter of the query.
    """
    declared = defaults(text)
    unknown = sorted(set(bindings) - set(declared))
    if unknown:
        raise UsageError(f"the query has no parameter {', '.join(unknown)}: it has {', '.join(declared)}")
    filling = {name: ["UNDEF"] if terms is None else [str(term) for term in terms] for name, terms in bindings.items()}

    def fill(match: re.Match[str]) -> str:
        terms = filling.get(match[1])
        return f"VALUES ?{match[1]} {{ {' '.join(terms)} }}" if terms else match[0]

    text = _PARAMETER.sub(fill, text)
    for name, default in declared.items():
        if (filling.get(name) or [default]) == ["UNDEF"]:
            text = re.sub(_UNRESTRICTED.format(name=name), "", text, flags=re.MULTILINE)
    return text


def run(graph: Answers, name: str, bindings: Mapping[str, Iterable[NamedNode | Literal]]) -> list[Row]:
    """The rows of a query file on a graph."""
    return graph.select(bind(read(name), bindings))[1]


def plain(term: Term | None) -> str | int | bool | None:
    """A term as a plain value: IRIs and text as text, whole numbers and truth values as such where they are ones."""
    if term is None or not isinstance(term, Literal):
        return None if term is None else term.value
    local = term.datatype.value.rpartition("#")[2]
    if local == "integer" and _INTEGER.fullmatch(term.value):
        return int(term.value)
    if local == "boolean" and term.value in _BOOLEAN:
        return _BOOLEAN[term.value]
    return term.value
