"""A graph that can be asked: on disk in a release (Oxigraph), or behind a SPARQL endpoint.

Queries see the union of all named graphs unless they name one.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QuerySolutions, Store

from kg import query_words
from kg.errors import DamagedRelease, Failure, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

Term = NamedNode | Literal | BlankNode
Row = dict[str, Term | None]


class Answers(Protocol):
    """Anything that answers SPARQL queries."""

    def select(self, query: str) -> tuple[list[str], list[Row]]:
        """The variables of a SELECT query in order, and a row a solution; an ASK query gives one row `answer`.

        Raises:
            UsageError: The query is not SPARQL, or not a query that reads rows.
        """


class LocalStore:
    """A store on disk, opened for reading only, when a query needs it or `open` is called.

    Args:
        folder: The Oxigraph store.
        prepared: A file of answers that the build prepared (`prepare`), if there is one.
        remedy: What helps where the store is damaged, as an error says it.
    """

    def __init__(self, folder: Path, prepared: Path | None = None, remedy: str = "run kg build") -> None:
        self._folder = folder
        self._prepared = prepared
        self._remedy = remedy

    @cached_property
    def _store(self) -> Store:
        try:
            return Store.read_only(str(self._folder))
        except (OSError, RuntimeError) as error:
            raise DamagedRelease(f"the graph in {self._folder} cannot be opened ({error}): {self._remedy}") from error

    @cached_property
    def _answers(self) -> dict[str, Any]:
        if self._prepared is None or not self._prepared.is_file():
            return {}
        answers: dict[str, Any] = json.loads(self._prepared.read_text(encoding="utf-8"))
        return answers

    def open(self) -> None:
        """Opens the store now, so that it can be asked even after later builds have removed its release."""
        _ = self._store

    def select(self, query: str) -> tuple[list[str], list[Row]]:
        """See `Answers.select`; a query with SERVICE is refused (`kg.federation` allows it)."""
        if query_words.may_call_out(query):
            raise UsageError("SERVICE would send the query over the network: ask that endpoint itself, with --endpoint")
        return self.carry_out(query)

    def carry_out(self, query: str) -> tuple[list[str], list[Row]]:
        """See `Answers.select`; SERVICE goes out over the network, to whatever address the query names."""
        answer = self._answers.get(_digest(query))
        if answer is not None:
            names: list[str] = answer["names"]
            return names, [dict(zip(names, map(_unpacked, row), strict=True)) for row in answer["rows"]]
        try:
            return self._evaluated(query)
        except SyntaxError as error:
            raise UsageError(f"this is not a SPARQL query: {str(error).splitlines()[0]}") from error
        except (OSError, RuntimeError) as error:
            told = f"the query was not carried out ({error}); if the graph is damaged, {self._remedy}"
            # Its frames hold rows of the engine's that must end in this thread
            raise Failure(told) from error.with_traceback(None)

    def _evaluated(self, query: str) -> tuple[list[str], list[Row]]:
        found = self._store.query(query, use_default_graph_as_union=True)
        if isinstance(found, QuerySolutions):
            names = [variable.value for variable in found.variables]
            return names, [dict(zip(names, solution, strict=True)) for solution in found]
        if isinstance(found, QueryBoolean):
            return ["answer"], [{"answer": Literal(bool(found))}]
        names = ["subject", "predicate", "object"]
        return names, [dict(zip(names, triple, strict=True)) for triple in found]


def prepare(graph: Answers, queries: Iterable[str]) -> str:
    """The answers to queries that people ask first, as the text of a file that a `LocalStore` answers them from.

    A release never changes, so an answer stays what it is; another query, or a changed one, goes to the store.
    """
    answers = {}
    for query in queries:
        names, rows = graph.select(query)
        answers[_digest(query)] = {"names": names, "rows": [[_packed(row[name]) for name in names] for row in rows]}
    return json.dumps(answers, ensure_ascii=False)


def _digest(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()


_INTEGER = NamedNode("http://www.w3.org/2001/XMLSchema#integer")


def _packed(term: Term | None) -> Any:
    """A term as JSON: an IRI as text, a whole number as such, any other literal as a list."""
    if term is None or isinstance(term, NamedNode):
        return term.value if term else None
    if isinstance(term, Literal):
        if term.datatype == _INTEGER and str(int(term.value)) == term.value:
            return int(term.value)
        return [term.value, term.datatype.value, term.language]
    raise ValueError("a blank node has no name outside its graph")


def _unpacked(value: Any) -> Term | None:
    if value is None:
        return None
    if isinstance(value, str):
        return NamedNode(value)
    if isinstance(value, int):
        return Literal(str(value), datatype=_INTEGER)
    text, datatype, language = value
    return Literal(text, language=language) if language else Literal(text, datatype=NamedNode(datatype))
