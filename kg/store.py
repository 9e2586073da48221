"""A graph that can be asked: on disk in a release (Oxigraph), or behind a SPARQL endpoint.

Queries see the union of all named graphs unless they name one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, QueryBoolean, QuerySolutions, Store

from kg.errors import DamagedRelease, UsageError

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
    """A store on disk, opened for reading only."""

    def __init__(self, folder: Path) -> None:
        try:
            self._store = Store.read_only(str(folder))
        except OSError as error:
            raise DamagedRelease(f"the graph in {folder} cannot be opened ({error}): run kg build") from error

    def select(self, query: str) -> tuple[list[str], list[Row]]:
        """See `Answers.select`."""
        try:
            found = self._store.query(query, use_default_graph_as_union=True)
            if isinstance(found, QuerySolutions):
                names = [variable.value for variable in found.variables]
                return names, [{name: solution[name] for name in names} for solution in found]
            if isinstance(found, QueryBoolean):
                answer = Literal(bool(found))
                return ["answer"], [{"answer": answer}]
        except SyntaxError as error:
            raise UsageError(f"this is not a SPARQL query: {error}") from error
        except OSError as error:
            raise DamagedRelease(f"the graph cannot be read ({error}): run kg build") from error
        names = ["subject", "predicate", "object"]
        return names, [dict(zip(names, triple, strict=True)) for triple in found]
