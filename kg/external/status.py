"""What a graph is linked to: each external data set and mapping set with its source, age and licence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from kg import query
from kg.frames import Tabular
from kg.query import plain

if TYPE_CHECKING:
    from kg.store import Answers

COLUMNS = (
    "name", "title", "holds", "entries", "left_out", "publisher", "version", "retrieved", "age", "licence", "terms",
    "source", "note", "digests",
)  # fmt: skip


@dataclass(frozen=True)
class ExternalData(Tabular):
    """The external data sets and mapping sets of a graph.

    Attributes:
        rows: A dictionary a set, by `COLUMNS`: `name` as in its graph's IRI, `entries` counts rows, `left_out` is a
            tuple of numbers with their reasons, `retrieved` is the day on which it was taken over, or a mapping set
            was made, as YYYY-MM-DD, `age` the whole days since then, `terms` what the licence asks for in words,
            `digests` a tuple of SHA-256; None where the set does not say.
        notice: Empty, since no evidence is shown.
    """

    rows: tuple[dict[str, Any], ...]
    notice: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return COLUMNS

    def to_json(self) -> dict[str, Any]:
        """The rows."""
        return {"data_sets": list(self.rows)}


def status(graph: Answers, today: date) -> ExternalData:
    """The external data sets of a graph, by name, and how old each is on a day."""
    return ExternalData(tuple(_row(row, today) for row in query.run(graph, "external/status", {})))


def _row(row: Any, today: date) -> dict[str, Any]:
    said = {name: plain(row[name]) for name in row}
    lists = {name: tuple(sorted(filter(None, str(said[name] or "").split("\n")))) for name in ("left_out", "digests")}
    age = (today - date.fromisoformat(str(said["retrieved"]))).days
    return {name: {**said, **lists, "age": age}[name] for name in COLUMNS}
