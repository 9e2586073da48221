"""Accepted partners → RDF: each case's partners by the ids of ROR, and what identifies these elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Quad

from kg import iris, scheme
from kg.external import ror
from kg.external.dataset import Row
from kg.findings import Finding, Severity
from kg.terms import ORG, PM, RDF, SCHEMA, XSD

NAME = "organisations"
"""Of the data set, its folder and its graph."""


def faults(rows: Iterable[Row], file: str) -> Iterator[Finding]:
    """What keeps rows of the data set out of a graph: nobody answers for one, or it holds what is no id.

    Args:
        rows: The rows as they were read.
        file: The table by its path below the evidence folder.
    """
    countries = scheme.load().countries
    for row in rows:
        cells = row.cells
        wrong = []
        if not cells["reviewer"]:
            wrong.append("nobody says who accepted it")
        if not ror.is_id(cells["ror"]):
            wrong.append(f"“{cells['ror']}” is no id of ROR")
        wrong += [f"“{code}” is no country" for code in cells["iso3"].split() if code not in countries]
        wrong += [f"“{qid}” is no Wikidata item" for qid in cells["wikidata"].split() if not ror.is_qid(qid)]
        wrong += [f"{name} is empty" for name in ("source", "case", "mention", "name") if not cells[name]]
        if wrong:
            remedy = "Decide in review.csv beside it, then run kg link organisations."
            yield Finding(Severity.error, "organisation", file, row.line, f"{', '.join(wrong)}.", remedy)


def quads(rows: Iterable[Mapping[str, str]]) -> list[Quad]:
    """What a graph says of accepted partners: whose they are, and the name, seats and Wikidata items of each."""
    graph = iris.external_graph(NAME)
    found: dict[Quad, None] = {}

    def say(subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal) -> None:
        found.setdefault(Quad(subject, predicate, value, graph))

    for row in rows:
        organisation = NamedNode(row["ror"])
        say(iris.case(row["source"], row["case"]), PM.partner, organisation)
        say(organisation, RDF.type, ORG.Organization)
        say(organisation, SCHEMA.name, Literal(row["name"], datatype=XSD.string))
        for code in row["iso3"].split():
            say(organisation, SCHEMA.location, iris.country(code))
        for qid in row["wikidata"].split():
            say(organisation, SCHEMA.sameAs, NamedNode(ror.WIKIDATA + qid))
    return list(found)
