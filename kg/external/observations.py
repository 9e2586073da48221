"""Values of indicators by country and year: which of a source's are kept, and why the others are not.

Nothing is converted, rounded or guessed. What came in is what is kept and what is counted as left out; a value that
cannot be read, or that contradicts another, is a finding as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from kg.errors import Failure
from kg.findings import Finding, Related, Severity

MOST_VALUES = 1_000_000
"""Values that are looked at in one go; all of one indicator are some 17,000."""
MOST_FINDINGS = 1_000
"""Findings that are listed; what there is beyond them is said as a number."""
FIRST_YEAR, LAST_YEAR = 1900, 2100
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What the code of an indicator looks like: nothing in it needs escaping in an address."""
NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?(0?[0-9]|1[0-9]|20))?")
"""What a value looks like: digits of ASCII with at most one point, and a power of ten of at most twenty."""
LONGEST = 40
"""Characters of a value in a data set."""
_COUNTRY = re.compile(r"[A-Z]{3}")
_YEAR = re.compile(r"[0-9]{4}")
_SHOWN = 40


class LeftOut(StrEnum):
    """Why a value of the source is not kept."""

    other_indicator = "another indicator"
    aggregate = "group of countries"
    unknown_country = "no country with an ISO 3166-1 code"
    breakdown = "part of a population"
    earlier = "earlier year"
    no_value = "no value"
    repeated = "repeated"
    contradictory = "contradicts another value"
    unreadable = "cannot be read"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as the source has it, before anything is made of it.

    Attributes:
        file: The file or address that it stands in.
        row: Its row: the line of a file, or the number of a record.
        indicator: The code of the indicator.
        place: The code of the country or group of countries.
        year: The year.
        value: The value, or empty.
        left_out: Why it is not kept, where the source itself says so.
        unlisted: What a place is that the project's list of countries does not have.
        fault: What is wrong with the whole row, or empty.
        version: The day of the source's latest change to it, by ISO 8601, or empty.
    """

    file: str
    row: int
    indicator: str
    place: str
    year: str
    value: str
    left_out: LeftOut | None = None
    unlisted: LeftOut = LeftOut.unknown_country
    fault: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """A value of an indicator, in the unit in which its source gives it.

    Attributes:
        indicator: The code of the indicator.
        iso3: The country, by ISO 3166-1 alpha-3.
        year: The year.
        value: The value, digit by digit as in the source.
        row: Its row in the source.
    """

    indicator: str
    iso3: str
    year: int
    value: Decimal
    row: int


@dataclass
class Observations:
    """What was made of the values of a source.

    Attributes:
        countries: The countries that are known, by ISO 3166-1 alpha-3.
        only: The indicators that are wanted; all if it is empty.
        since: The first year that is wanted.
        taken: How many values came in.
        versions: The day of the latest change to an indicator, where the source says.
        files: Where values of an indicator stand that are kept, or were until another contradicted them.
        left_out: How many were not kept, by indicator and reason; the code is empty where it cannot be read.
        findings: What is wrong with the source, in the order in which it was found.
    """

    countries: AbstractSet[str]
    only: AbstractSet[str] = frozenset()
    since: int = FIRST_YEAR
    taken: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    files: dict[str, set[str]] = field(default_factory=dict)
    left_out: Counter[tuple[str, LeftOut]] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    _kept: dict[tuple[str, str, int], tuple[Observed, Cell]] = field(default_factory=dict)
    _contradicted: set[tuple[str, str, int]] = field(default_factory=set)
    _unlisted_findings: int = 0

    @property
    def rows(self) -> list[Observed]:
        """What is kept, by indicator, country and year."""
        return [observed for _, (observed, _) in sorted(self._kept.items(), key=lambda item: item[0])]

    def add(self, cells: Iterable[Cell]) -> None:
        """Takes in values.

        Raises:
            Failure: There are too many.
        """
        for cell in cells:
            self.taken += 1
            if self.taken > MOST_VALUES:
                raise Failure(f"{cell.file} brings more than {MOST_VALUES:,} values: take fewer indicators at a time")
            code = cell.indicator if CODE.fullmatch(cell.indicator) else ""
            reason = self._taken_in(cell)
            if reason is not None:
                self.left_out[code, reason] += 1

    def close(self) -> None:
        """Says how many findings there are that are not listed."""
        if self._unlisted_findings:
            what = f"{self._unlisted_findings:,} more values cannot be read."
            self.findings.append(Finding(Severity.error, "more-findings", self.findings[-1].file, None, what))
            self._unlisted_findings = 0

    def _taken_in(self, cell: Cell) -> LeftOut | None:
        """Keeps a value, or says why not."""
        if cell.fault:
            return self._fault("unreadable-row", cell, cell.fault, "Take the file over from its source again.")
        if not CODE.fullmatch(cell.indicator):
            return self._fault("indicator-code", cell, f"{_shown(cell.indicator)} is no code of an indicator.", _CODES)
        if self.only and cell.indicator not in self.only:
            return LeftOut.other_indicator
        if cell.left_out is not None:
            return cell.left_out
        if not _COUNTRY.fullmatch(cell.place):
            return self._fault("country-code", cell, f"{_shown(cell.place)} is no code of a country.", _COUNTRIES)
        if cell.place not in self.countries:
            return cell.unlisted
        if not cell.value:
            return LeftOut.no_value
        if not _YEAR.fullmatch(cell.year) or not FIRST_YEAR <= int(cell.year) <= LAST_YEAR:
            return self._fault("year", cell, f"{_shown(cell.year)} is no year.", _YEARS)
        if int(cell.year) < self.since:
            return LeftOut.earlier
        if not NUMBER.fullmatch(cell.value):
            return self._fault("value", cell, f"{_shown(cell.value)} is not a number.", _NUMBERS)
        if cell.value.startswith("-"):
            return self._fault("value", cell, f"{cell.value} is below zero, where no indicator here can be.", _NEGATIVE)
        return self._kept_once(cell)

    def _kept_once(self, cell: Cell) -> LeftOut | None:
        observed = Observed(cell.indicator, cell.place, int(cell.year), Decimal(cell.value), cell.row)
        key = (observed.indicator, observed.iso3, observed.year)
        first, there = self._kept.get(key, (observed, cell))
        if there is cell and key not in self._contradicted:
            self._kept[key] = (observed, cell)
            self.files.setdefault(cell.indicator, set()).add(cell.file)
            self.versions[cell.indicator] = max(cell.version, self.versions.get(cell.indicator, ""))
            return None
        if key not in self._contradicted and first.value == observed.value:
            return LeftOut.repeated
        if key not in self._contradicted:
            del self._kept[key]
            self._contradicted.add(key)
            self.left_out[observed.indicator, LeftOut.contradictory] += 1
            what = f"{'/'.join(map(str, key))} is {there.value} in row {there.row} and {cell.value} in row {cell.row}."
            related = Related(there.file, None, f"row {there.row}: {there.value}")
            self._fault("contradictory-values", cell, what, _CONTRADICTION, (related,))
        return LeftOut.contradictory

    def _fault(self, rule: str, cell: Cell, what: str, remedy: str, related: tuple[Related, ...] = ()) -> LeftOut:
        if len(self.findings) < MOST_FINDINGS:
            spot = f"row {cell.row}"
            self.findings.append(
                Finding(Severity.error, rule, cell.file, None, what, remedy, related=related, spot=spot)
            )
        else:
            self._unlisted_findings += 1
        return LeftOut.unreadable


_LEFT = "The value is left out."
_CODES = f"{_LEFT} A code has letters, digits, dots, hyphens and underscores."
_COUNTRIES = f"{_LEFT} A country has three capital letters, as in ISO 3166-1."
_YEARS = f"{_LEFT} A year has four digits, from {FIRST_YEAR} to {LAST_YEAR}."
_NUMBERS = f"{_LEFT} A number has digits and at most one point, without spaces or commas: 0.31, not 0,31."
_NEGATIVE = f"{_LEFT} Ask the source what it means."
_CONTRADICTION = "Neither is kept. Take the data over again, or ask the source which holds."


def _shown(text: str) -> str:
    """A text of somebody else's, as far as it can be shown in a line."""
    plain = "".join(one if one.isprintable() else "�" for one in text[: _SHOWN + 1])
    return f"“{plain[:_SHOWN]}…”" if len(plain) > _SHOWN else f"“{plain}”"
