"""Accepted partners → RDF: each case's partners by the ids of ROR, and what identifies these elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Triple

from kg import iris, scheme
from kg.external import ror
from kg.formulas import bared
from kg.terms import ORG, PM, RDF, SCHEMA, XSD

NAME = "organisations"
"""Of the data set, its folder and its graph."""
REMEDY = "Decide in review.csv beside it, then run kg link organisations."


def wrong(cells: Mapping[str, str]) -> str:
    """What keeps a row of the data set out of a graph, if anything: nobody answers for it, or it holds what is no id.

    Args:
        cells: What the row says, by the columns of a data set of organisations.
    """
    countries = scheme.load().countries
    found = [f"{name} is empty" for name in ("source", "case", "mention", "name") if not cells[name]]
    if not cells["reviewer"]:
        found.append("nobody says who accepted it")
    if not ror.is_id(cells["ror"]):
        found.append(f"“{cells['ror'][:60]}” is no id of ROR")
    found += [f"“{code[:60]}” is no country" for code in cells["iso3"].split() if code not in countries]
    found += [f"“{qid[:60]}” is no Wikidata item" for qid in cells["wikidata"].split() if not ror.is_qid(qid)]
    return f"{', '.join(found)}." if found else ""


def said(cells: Mapping[str, str]) -> Iterator[Triple]:
    """What a graph says of an accepted partner: whose it is, and its name, seats and Wikidata items."""
    organisation = NamedNode(cells["ror"])
    yield Triple(iris.case(cells["source"], cells["case"]), PM.partner, organisation)
    yield Triple(organisation, RDF.type, ORG.Organization)
    yield Triple(organisation, SCHEMA.name, Literal(bared(cells["name"]), datatype=XSD.string))
    for code in cells["iso3"].split():
        yield Triple(organisation, SCHEMA.location, iris.country(code))
    for qid in cells["wikidata"].split():
        yield Triple(organisation, SCHEMA.sameAs, NamedNode(ror.WIKIDATA + qid))
