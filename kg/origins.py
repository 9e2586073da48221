"""Where evidence comes from: the studies of a selection, by year of publication and by country of their cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kg import iris, query
from kg.frames import Tabular
from kg.trace import Selection, bindings
from kg.words import Vocabulary, notice, text

if TYPE_CHECKING:
    from kg.store import Answers


@dataclass(frozen=True)
class Origin:
    """Where one study comes from.

    Attributes:
        study: Id of the study.
        label: What it is called.
        citations: Short citations of its sources, by id.
        year: Year of its first publication among them; None where none states one.
        secondary: Whether all of its claims come from reviews or commentaries.
        countries: Countries of the cases that its claims are of, name by ISO code; empty where none is stated.
        claims: Ids of its claims, as `source/coder/id`.
        claims_in: Of them, those of a case in each country.
    """

    study: str
    label: str
    citations: Mapping[str, str]
    year: int | None
    secondary: bool
    countries: Mapping[str, str]
    claims: tuple[str, ...]
    claims_in: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Origins(Tabular):
    """The studies of a selection, a row for each.

    Attributes:
        origins: By id of the study.
        notice: How the evidence was coded, to be said wherever it is shown.
        vocabulary: What each id in it is called.
    """

    origins: tuple[Origin, ...]
    notice: str
    vocabulary: Vocabulary = field(repr=False)

    COLUMNS = ("study", "label", "sources", "year", "secondary", "countries", "claims")

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return self.COLUMNS

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The studies as flat rows; several values of a column are joined by semicolons."""
        return [
            {
                "study": one.study,
                "label": one.label,
                "sources": "; ".join(one.citations),
                "year": one.year,
                "secondary": one.secondary,
                "countries": "; ".join(one.countries) or None,
                "claims": "; ".join(one.claims),
            }
            for one in self.origins
        ]


def origins(graph: Answers, selection: Selection) -> Origins:
    """Where the evidence of a selection comes from: of the claims that its matrix counts.

    Args:
        graph: A graph that answers queries.
        selection: What to trace.

    Raises:
        UsageError: The selection names what the graph does not know.
    """
    words = Vocabulary(graph)
    rows = query.run(graph, "trace/origins", bindings(selection, words))
    studies: dict[str, list[Any]] = {}
    for row in rows:
        studies.setdefault(iris.ids(text(row["study"]))[-1], []).append(row)
    found = tuple(_origin(study, studies[study]) for study in sorted(studies))
    return Origins(found, notice(graph, shown=studies), words)


def _origin(study: str, rows: list[Any]) -> Origin:
    claims_in: dict[str, list[str]] = {}
    claims: dict[str, None] = {}
    countries, citations = {}, {}
    for row in rows:
        claim, source = "/".join(iris.ids(text(row["claim"]))), iris.ids(text(row["source"]))[-1]
        claims[claim] = None
        citations[source] = text(row["citation"]) or source
        if row["place"] is not None:
            code = iris.ids(text(row["place"]))[-1]
            countries[code] = text(row["place_label"]) or code
            claims_in.setdefault(code, []).append(claim)
    years = [int(text(row["year"])) for row in rows if row["year"] is not None]
    return Origin(
        study=study,
        label=text(rows[0]["study_label"]) or next(iter(citations.values())),
        citations=citations,
        year=min(years, default=None),
        secondary=all(query.plain(row["secondary"]) in (True, 1) for row in rows),
        countries=dict(sorted(countries.items())),
        claims=tuple(claims),
        claims_in={code: tuple(dict.fromkeys(found)) for code, found in claims_in.items()},
    )
