"""External data sets → RDF: the quads of each in a graph of its own, and every row that cannot be taken over.

Observations are those of the RDF Data Cube vocabulary (W3C, 2014), values and units as published. What identifies a
country elsewhere is `schema:sameAs`, which says less than `owl:sameAs`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from operator import itemgetter

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse

from kg import iris, resources, scheme
from kg.external import observations, partners
from kg.external.dataset import DataSet, Kind, Row, Table
from kg.findings import Finding, Severity
from kg.graph import Module
from kg.records import FIRST_YEAR, LAST_YEAR
from kg.terms import DCAT, DCTERMS, PM, QB, RDF, RDFS, SCHEMA, SKOS, XSD
from kg.vocabulary import Grouping

_GEONAMES = "https://sws.geonames.org/{}/"
_WIKIDATA = "http://www.wikidata.org/entity/{}"
_SLUG = re.compile(r"[^a-z0-9]+")


class _BadRow(Exception):
    """A row that cannot be taken over: what is wrong in it, and how to mend it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def build_module(table: Table, described: DataSet) -> tuple[Module, list[Finding]]:
    """The module of a data set, and a finding for each row that says something impossible."""
    findings: list[Finding] = []
    mapping = _Mapping(described)
    mapping.describe(len(table.rows))
    take = mapping.of_kind()
    for row in table.rows:
        try:
            take(row)
        except _BadRow as bad:
            findings.append(
                Finding(Severity.error, "external-row", table.file, row.line, bad.what, bad.remedy, described.name)
            )
    mapping.link_series()
    return mapping.module, findings


class _Mapping:
    def __init__(self, described: DataSet) -> None:
        self.described = described
        self.module = Module(f"{iris.EXTERNAL}{described.name}")
        self.graph = iris.external_graph(described.name)
        self.seen: dict[tuple[str, ...], int] = {}
        self.memberships: Counter[str] = Counter()
        self.held: defaultdict[tuple[str, str], list[tuple[date, date, str, int]]] = defaultdict(list)
        self.series: defaultdict[tuple[str, str], list[tuple[int, NamedNode]]] = defaultdict(list)
        self.told: set[NamedNode] = set()
        self.said: set[Triple] = set()

    def of_kind(self) -> Callable[[Row], None]:
        return {
            Kind.countries: self.country,
            Kind.groups: self.membership,
            Kind.indicators: self.observation,
            Kind.organisations: self.partner,
        }[self.described.kind]

    def add(self, subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal) -> None:
        self.module.quads.append(Quad(subject, predicate, value, self.graph))

    def texts(self, subject: NamedNode, said: Mapping[NamedNode, str | None]) -> None:
        for predicate, text in said.items():
            if text:
                self.add(subject, predicate, Literal(text))

    def describe(self, rows: int) -> None:
        """What the data set is, said of its graph."""
        it, graph = self.described, self.graph
        self.add(graph, RDF.type, PM.ExternalDataSet)
        self.add(graph, RDF.type, DCAT.Dataset)
        self.add(graph, DCTERMS.source, NamedNode(it.url))
        self.add(graph, DCTERMS.license, NamedNode(it.licence))
        self.add(graph, PM.entries, _integer(rows))
        self.texts(
            graph,
            {
                DCTERMS.title: it.title,
                DCTERMS.publisher: it.publisher,
                DCTERMS.type: it.kind.value,
                DCTERMS.rights: it.licence_note,
                DCAT.version: it.version,
                PM.retrieved: it.retrieved,
                RDFS.comment: it.note,
            },
        )
        for digest in it.digest:
            self.add(graph, PM.digest, Literal(digest))
        for reason, number in it.left_out.items():
            self.add(graph, PM.leftOut, Literal(f"{number}: {reason}"))
        if it.kind == Kind.indicators:
            self._structure()

    def _structure(self) -> None:
        """The structure of the cube, by which generic tools read it."""
        structure = iris.part(self.graph, "structure")
        self.add(self.graph, RDF.type, QB.DataSet)
        self.add(self.graph, QB.structure, structure)
        self.add(structure, RDF.type, QB.DataStructureDefinition)
        components = (
            (QB.dimension, PM.indicator),
            (QB.dimension, PM.observedCountry),
            (QB.dimension, PM.observedYear),
            (QB.measure, PM.observedValue),
            (QB.attribute, PM.unitOfValue),
        )
        for number, (part, prop) in enumerate(components, 1):
            component = iris.part(structure, "component", number)
            self.add(structure, QB.component, component)
            self.add(component, RDF.type, QB.ComponentSpecification)
            self.add(component, part, prop)

    def once(self, row: Row, *key: str) -> None:
        first = self.seen.setdefault(key, row.line)
        if first != row.line:
            raise _BadRow(f"{' '.join(key)} stands in line {first} already.", "Keep one of the two.")

    # What a row says, by the kind of its table

    def country(self, row: Row) -> None:
        cells, country = row.cells, _country(row)
        self.once(row, cells["iso3"])
        self.module.lines[country.value] = row.line
        iso2 = _matching(cells["iso2"], "[A-Z]{2}", "iso2", "two capital letters")
        m49 = _matching(cells["m49"], "[0-9]{1,3}", "m49", "up to three digits")
        geonames = _matching(cells["geonames"], "[1-9][0-9]{0,9}", "geonames", "digits")
        wikidata = _matching(cells["wikidata"], "Q[1-9][0-9]{0,11}", "wikidata", "Q and digits")
        self.texts(country, {PM.iso2: iso2, PM.m49: m49.zfill(3) if m49 else None})
        if geonames:
            self.add(country, SCHEMA.sameAs, NamedNode(_GEONAMES.format(geonames)))
        if wikidata:
            self.add(country, SCHEMA.sameAs, NamedNode(_WIKIDATA.format(wikidata)))

    def membership(self, row: Row) -> None:
        cells, country = row.cells, _country(row)
        grouping = next((one for one in Grouping if one.value == cells["grouping"]), None)
        if grouping is None:
            known = ", ".join(one.value for one in Grouping)
            raise _BadRow(f"there is no grouping “{cells['grouping']}”.", f"Write one of {known}.")
        name = _SLUG.sub("-", cells["group"].casefold()).strip("-")
        if not name:
            raise _BadRow("the group is empty.", "Write what the group is called.")
        start, end = _day(cells["from"], "from"), _day(cells["until"], "until")
        if start and end and end < start:
            raise _BadRow(f"the membership ends on {end}, before it begins on {start}.", "Mend one of the two.")
        self.in_one_group(row, name, start or date.min, end or date.max)
        group = iris.group(grouping.value, name)
        if group not in _known_groups() and group not in self.told:
            self.told.add(group)
            self.add(group, RDF.type, PM.CountryGroup)
            self.add(group, PM.grouping, grouping.iri)
            self.add(group, RDFS.label, Literal(cells["group"]))
        self.once(row, cells["iso3"], cells["grouping"], cells["group"], cells["from"])
        self.memberships[cells["iso3"]] += 1
        membership = iris.membership(self.described.name, cells["iso3"], self.memberships[cells["iso3"]])
        self.module.lines[membership.value] = row.line
        self.add(membership, RDF.type, PM.Membership)
        self.add(membership, PM.memberCountry, country)
        self.add(membership, PM.memberOf, group)
        if start:
            self.add(membership, PM.firstYear, _integer(start.year))
        if end:
            self.add(membership, PM.lastYear, _integer(end.year))
        if start or end:
            self.add(membership, PM.period, Literal(f"{start or '..'}/{end or '..'}"))
        self.texts(membership, {PM.note: cells["note"]})

    def in_one_group(self, row: Row, name: str, start: date, end: date) -> None:
        """Refuses a row by which a country is in two groups of a grouping on one day."""
        iso3, grouping = row.cells["iso3"], row.cells["grouping"]
        for first, last, other, line in self.held[iso3, grouping]:
            if other != name and first <= end and start <= last:
                what = f"{iso3} is in another group of {grouping} by line {line}, at the same time."
                raise _BadRow(what, "Keep one of the two, or give each its period.")
        self.held[iso3, grouping].append((start, end, name, row.line))

    def observation(self, row: Row) -> None:
        cells, country = row.cells, _country(row)
        code = _matching(cells["indicator"], observations.CODE.pattern, "indicator", "the publisher's code")
        if not code:
            raise _BadRow("the indicator is empty.", "Write the publisher's code.")
        year, value = _year(cells["year"]), _decimal(cells["value"])
        self.once(row, code, cells["iso3"], cells["year"])
        indicator = iris.indicator(code)
        if indicator not in self.told and indicator not in _units():
            self.add(indicator, RDF.type, PM.Indicator)
            self.texts(indicator, {SKOS.notation: code, RDFS.label: code})
        self.told.add(indicator)
        observation = iris.observation(self.described.name, code, cells["iso3"], year)
        self.module.lines[observation.value] = row.line
        self.add(observation, RDF.type, QB.Observation)
        self.add(observation, QB.dataSet, self.graph)
        self.add(observation, PM.indicator, indicator)
        self.add(observation, PM.observedCountry, country)
        self.add(observation, PM.observedYear, _integer(year))
        self.add(observation, PM.observedValue, Literal(f"{value:f}", datatype=XSD.decimal))
        if indicator in _units():
            self.add(observation, PM.unitOfValue, _units()[indicator])
        self.series[code, cells["iso3"]].append((year, observation))

    def partner(self, row: Row) -> None:
        cells = row.cells
        if wrong := partners.wrong(cells):
            raise _BadRow(wrong, partners.REMEDY)
        self.once(row, f"{cells['source']}/{cells['case']}", f"“{cells['mention']}”", cells["ror"])
        for triple in partners.said(cells):
            if triple not in self.said:
                self.said.add(triple)
                self.module.quads.append(Quad(triple.subject, triple.predicate, triple.object, self.graph))

    def link_series(self) -> None:
        """Each observation to the one before it, so that what changes can be looked over."""
        for observed in self.series.values():
            for (_, before), (_, after) in pairwise(sorted(observed, key=itemgetter(0))):
                self.add(after, PM.observedAfter, before)


@cache
def _known_groups() -> frozenset[NamedNode]:
    """The groups of countries that the ontology knows, of which no data set says anew what they are."""
    file = resources.root() / "ontology" / "groups.ttl"
    said = parse(path=file, format=RdfFormat.TURTLE)
    return frozenset(
        triple.subject for triple in said if triple.predicate == PM.grouping and isinstance(triple.subject, NamedNode)
    )


@cache
def _units() -> dict[NamedNode, NamedNode]:
    """The unit of each indicator that the ontology knows."""
    file = resources.root() / "ontology" / "indicators.ttl"
    return {
        triple.subject: triple.object
        for triple in parse(path=file, format=RdfFormat.TURTLE)
        if triple.predicate == PM.publishedIn
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode)
    }


def _country(row: Row) -> NamedNode:
    code = row.cells["iso3"]
    if code not in scheme.load().countries:
        remedy = "Write an ISO 3166-1 alpha-3 code; aggregates such as WLD are no countries."
        raise _BadRow(f"“{code}” is not a country.", remedy)
    return iris.country(code)


def _matching(cell: str, pattern: str, column: str, wanted: str) -> str | None:
    if not cell:
        return None
    if not re.fullmatch(pattern, cell):
        raise _BadRow(f"{column} is “{cell[:60]}”.", f"It should be {wanted}.")
    return cell


def _day(cell: str, column: str) -> date | None:
    if not cell:
        return None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise _BadRow(f"{column} is “{cell[:60]}”.", "Write a day like 2009-07-01.") from None


def _year(cell: str) -> int:
    year = int(cell) if re.fullmatch("[0-9]{4}", cell) else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _BadRow(f"year is “{cell[:60]}”.", f"Write a year from {FIRST_YEAR} to {LAST_YEAR}.")
    return year


def _decimal(cell: str) -> Decimal:
    if len(cell) > observations.LONGEST or not observations.NUMBER.fullmatch(cell):
        remedy = f"Write a finite number with a point, of at most {observations.LONGEST} characters, such as 2.5."
        raise _BadRow(f"value is “{cell[:60]}”.", remedy)
    if cell.startswith("-"):
        raise _BadRow(f"value is {cell}, below zero, where no indicator here can be.", "Ask the source what it means.")
    return Decimal(cell)


def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=XSD.integer)
