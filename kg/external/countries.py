"""Tables of countries and of groups of countries → data sets: codes elsewhere, income groups and regions with periods.

Which table a file is, its headings tell. The World Bank's fiscal year FY10 begins on 1 July 2009 and ends on
30 June 2010; a group that a country was in through several years without a break is one membership.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg import scheme
from kg.errors import EvidenceError, UsageError
from kg.external import bounded
from kg.external.dataset import Kind, Prepared, describe, digest
from kg.external.separated import Line, lines
from kg.findings import Finding, Severity
from kg.vocabulary import Grouping

MOST_BYTES = 20_000_000
"""More than any table of all countries needs."""
NO_COUNTRY = "no country with an ISO 3166-1 code"
NO_GROUP = "no group given"


@dataclass(frozen=True)
class Given:
    """What somebody who links a file says of it, where the file says nothing of that itself.

    Attributes:
        retrieved: The day on which it was taken from its source.
        url: Where from; empty for where such tables usually are.
        version: The publisher's version or date.
        fiscal_year: The World Bank's fiscal year that it is of, as FY26.
        as_of: The day on which its groups held.
    """

    retrieved: str
    url: str = ""
    version: str = ""
    fiscal_year: str = ""
    as_of: str = ""


@dataclass(frozen=True)
class _File:
    """A file as it was read: its rows by heading, each with its line, and what is wrong with their cells' number."""

    path: Path
    headings: frozenset[str]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    sha256: str
    findings: tuple[Finding, ...]


def read(path: Path, given: Given) -> list[Prepared]:
    """The data sets that a table gives.

    Raises:
        UsageError: It cannot be read, is none of the tables that are known, or lacks what `given` should say.
        Failure: It is not CSV in UTF-8.
        EvidenceError: Some of its cells say what cannot be.
    """
    file = _read(path)
    for wanted, take in _TABLES.items():
        if set(wanted) <= file.headings and (file.rows or file.findings):
            if file.findings:
                raise EvidenceError(file.findings)
            return take(file, given)
    known = "; or ".join(", ".join(wanted) for wanted in _TABLES)
    raise UsageError(
        f"{path} is no table of countries that is known: such a table has the columns {known}. "
        "Indicators are linked by kg link indicators"
    )


def _read(path: Path) -> _File:
    try:
        data = bounded.read(path, MOST_BYTES)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    rows = lines(data, str(path))
    headings = next(rows, Line(1, []))
    names = headings.cells
    twice = sorted(name for name, number in Counter(names).items() if name and number > 1)
    said = "stands there twice."
    findings = [_fault(path, headings.number, f"the column {name} {said}", "Keep one of the two.") for name in twice]
    found = []
    for line in rows:
        if len(line.cells) == len(names):
            found.append((line.number, {name: cell for name, cell in zip(names, line.cells, strict=True) if name}))
        else:
            what = f"the row has {len(line.cells)} cells, and there are {len(names)} columns."
            findings.append(_fault(path, line.number, what, "Give it one cell a column."))
    return _File(path, frozenset(names), tuple(found), digest(data), tuple(findings))


def _fault(path: Path, line: int, what: str, remedy: str) -> Finding:
    return Finding(Severity.error, "external-row", str(path), line, what, remedy)


def _first(row: Mapping[str, str], *names: str) -> str:
    return next((row[name] for name in names if row.get(name)), "")


class _Left(Counter[str]):
    """How many rows were left out, by the reason."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: set[str] = set()

    def country(self, code: str) -> bool:
        """Whether a code is a country's; another one is counted."""
        known = code in scheme.load().countries
        if not known:
            self[NO_COUNTRY] += 1
            self._codes.add(code)
        return known

    def told(self) -> dict[str, int]:
        """The numbers by the reason, with the codes that are no country's."""
        codes = f"{NO_COUNTRY} ({', '.join(sorted(self._codes))})"
        return {codes if reason == NO_COUNTRY else reason: number for reason, number in self.items()}


# The crosswalk of codes

_WIKIDATA = re.compile(r"(?:https?://www\.wikidata\.org/(?:wiki|entity)/)?(Q[1-9][0-9]*)")


def _codes(file: _File, given: Given) -> list[Prepared]:
    left, faults = _Left(), _Faults(file)
    countries, regions = [], []
    for line, row in file.rows:
        iso3 = _first(row, "iso3", "ISO3166-1-Alpha-3")
        if not left.country(iso3):
            continue
        wikidata = _first(row, "wikidata_iri")
        found = _WIKIDATA.fullmatch(wikidata)
        if wikidata and not found:
            faults.add(
                line, f"wikidata_iri is “{wikidata[:60]}”.", "It should be the address of an item, as …/wiki/Q1036."
            )
        countries.append(
            {
                "iso3": iso3,
                "iso2": _first(row, "iso2", "ISO3166-1-Alpha-2"),
                "m49": _first(row, "m49", "M49").zfill(3) if _first(row, "m49", "M49") else "",
                "geonames": _first(row, "geonames_id", "Geoname ID"),
                "wikidata": found[1] if found else "",
            }
        )
        for grouping, names in _UN_REGIONS.items():
            region = _first(row, *names)
            if region:
                regions.append({"iso3": iso3, "grouping": grouping.value, "group": region})
    faults.refuse()
    about = _About("Public domain (PDDL 1.0)", _PDDL, _CODES_AT, "datasets/country-codes")
    return [
        _prepared(file, given, left, countries, Kind.countries, "country-codes", "Country codes", about),
        _prepared(file, given, left, regions, Kind.groups, "un-regions", "UN regions and sub-regions (M49)", about),
    ]


_UN_REGIONS = {Grouping.unRegion: ("region", "Region Name"), Grouping.unSubRegion: ("sub_region", "Sub-region Name")}

# The World Bank's tables

_FISCAL_YEAR = re.compile(r"FY([0-9]{2}|[0-9]{4})")


def fiscal_year(text: str) -> int:
    """The year in which a fiscal year ends, or 0.

    >>> fiscal_year("FY89"), fiscal_year("FY2026"), fiscal_year("89")
    (1989, 2026, 0)
    """
    found = _FISCAL_YEAR.fullmatch(text)
    if not found:
        return 0
    year = int(found[1])
    return year if year > 99 else year + (1900 if year > 80 else 2000)


def _history(file: _File, given: Given) -> list[Prepared]:
    left, faults = _Left(), _Faults(file)
    years: dict[str, dict[int, tuple[str, str]]] = {}
    for line, row in file.rows:
        year = fiscal_year(row["fiscal_year"])
        if not year:
            faults.add(line, f"fiscal_year is “{row['fiscal_year'][:60]}”.", "It should be a fiscal year, as FY26.")
        elif not row["income_group"]:
            left[NO_GROUP] += 1
        elif left.country(row["iso3"]):
            first = years.setdefault(row["iso3"], {}).setdefault(year, (row["income_group"], row.get("note", "")))
            if first[0] != row["income_group"]:
                faults.add(line, f"{row['iso3']} is in two groups in FY{year % 100:02}.", "Keep one of the two.")
    faults.refuse()
    rows = [
        {"iso3": iso3, "grouping": Grouping.incomeGroup.value, "group": group, **_period(first, last, notes)}
        for iso3, of in sorted(years.items())
        for group, first, last, notes in _runs(of)
    ]
    about = _About("CC BY 4.0: with attribution to the World Bank", _CC_BY, _CLASSES_AT, "The World Bank", _INCOME_NOTE)
    name, title = "income-groups", "World Bank income groups by fiscal year"
    return [_prepared(file, given, left, rows, Kind.groups, name, title, about)]


_INCOME_NOTE = (
    "The group of FY10 was in force from July 2009 to June 2010, and rests on income per person of the year 2008."
)


def _runs(of: Mapping[int, tuple[str, str]]) -> Iterator[tuple[str, int, int, list[str]]]:
    """Fiscal years without a break in one group: the group, the first and the last of them, and notes."""
    run: list[int] = []
    for year in sorted(of):
        if run and (year != run[-1] + 1 or of[year][0] != of[run[-1]][0]):
            yield _run(of, run)
            run = []
        run.append(year)
    if run:
        yield _run(of, run)


def _run(of: Mapping[int, tuple[str, str]], run: Sequence[int]) -> tuple[str, int, int, list[str]]:
    notes = [f"FY{year % 100:02} {of[year][1]}" for year in run if of[year][1]]
    return of[run[0]][0], run[0], run[-1], notes


def _period(first: int, last: int, notes: Sequence[str] = ()) -> dict[str, str]:
    years = f"FY{first % 100:02}" + (f" to FY{last % 100:02}" if last != first else "")
    note = "; ".join([years, *notes])
    return {"from": f"{first - 1}-07-01", "until": f"{last}-06-30", "note": note}


def _classification(file: _File, given: Given) -> list[Prepared]:
    year = fiscal_year(given.fiscal_year)
    if not year and given.fiscal_year:
        raise UsageError(f"--fiscal-year {given.fiscal_year} is no fiscal year: write it as FY26")
    if not year:
        raise UsageError(f"{file.path} does not say of which fiscal year it is: add --fiscal-year, as FY26")
    left = _Left()
    rows = []
    for _, row in file.rows:
        if not left.country(row["iso3"]):
            continue
        for grouping, column in (
            (Grouping.worldBankRegion, "wb_region"),
            (Grouping.incomeGroup, "income_group"),
        ):
            if row[column]:
                told = {"iso3": row["iso3"], "grouping": grouping.value, "group": row[column]}
                rows.append({**told, **_period(year, year)})
    about = _About("CC BY 4.0: with attribution to the World Bank", _CC_BY, _CLASSES_AT, "The World Bank")
    name, title = f"world-bank-fy{year % 100:02}", f"World Bank regions and income groups, FY{year % 100:02}"
    return [_prepared(file, given, left, rows, Kind.groups, name, title, about)]


# The World Health Organization's regions


def _who(file: _File, given: Given) -> list[Prepared]:
    left = _Left()
    note = f"as of {given.as_of}; no period is stated" if given.as_of else "no period is stated"
    rows = [
        {
            "iso3": row["iso3"],
            "grouping": Grouping.whoRegion.value,
            "group": row["who_region_name"],
            "note": note,
        }
        for _, row in file.rows
        if left.country(row["iso3"])
    ]
    about = _About(
        "WHO data terms: for public health purposes, with attribution", _WHO_TERMS, _WHO_AT, "WHO", _WHO_NOTE
    )
    return [_prepared(file, given, left, rows, Kind.groups, "who-regions", "WHO regions of member states", about)]


_WHO_NOTE = "Regions change: Indonesia went from South-East Asia to the Western Pacific on 23 May 2025."


# What all have in common

_PDDL = "https://opendatacommons.org/licenses/pddl/1-0/"
_CC_BY = "https://creativecommons.org/licenses/by/4.0/"
_WHO_TERMS = "https://www.who.int/about/policies/publishing/data-policy/terms-and-conditions"
_CODES_AT = "https://github.com/datasets/country-codes"
_CLASSES_AT = "https://datahelpdesk.worldbank.org/knowledgebase/articles/906519"
_WHO_AT = "https://www.who.int/countries"

_TABLES: Mapping[tuple[str, ...], Callable[[_File, Given], list[Prepared]]] = {
    ("iso3", "fiscal_year", "income_group"): _history,
    ("iso3", "wb_region", "income_group"): _classification,
    ("iso3", "who_region_name"): _who,
    ("iso3", "m49", "geonames_id", "wikidata_iri"): _codes,
    ("ISO3166-1-Alpha-3", "M49", "Geoname ID"): _codes,
}
"""The columns by which each table is known."""


@dataclass(frozen=True)
class _About:
    """What is known of a publisher's table."""

    licence_note: str
    licence: str
    url: str
    publisher: str
    note: str = ""


def _prepared(
    file: _File,
    given: Given,
    left: _Left,
    rows: Sequence[Mapping[str, str]],
    kind: Kind,
    name: str,
    title: str,
    about: _About,
) -> Prepared:
    described = describe(
        name=name,
        kind=kind,
        title=title,
        publisher=about.publisher,
        url=given.url or about.url,
        licence=about.licence,
        licence_note=about.licence_note,
        version=given.version or given.as_of or None,
        retrieved=given.retrieved,
        digest=[file.sha256],
        left_out=left.told(),
        note=about.note or None,
    )
    return Prepared(described, tuple(rows), len(file.rows))


class _Faults:
    """What is wrong in a file, told all at once."""

    def __init__(self, file: _File) -> None:
        self._file = file
        self._found: list[Finding] = []

    def add(self, line: int, what: str, remedy: str) -> None:
        self._found.append(_fault(self._file.path, line, what, remedy))

    def refuse(self) -> None:
        """Refuses the file if there is anything.

        Raises:
            EvidenceError: There is.
        """
        if self._found:
            raise EvidenceError(self._found)
