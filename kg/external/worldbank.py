"""Indicators of the World Bank: its API, version 2, and the files that it and others make of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kg.errors import Failure
from kg.external.observations import MOST_VALUES, Cell, LeftOut
from kg.external.retrieved import Retrieved, plain_date, ragged, text_of
from kg.external.separated import Line
from kg.fetch import Fetcher
from kg.http_get import Report

API = "https://api.worldbank.org/v2"
PER_PAGE = 20_000
"""Rows of a page; the API gives at most 32,500."""
_AGAIN = "ask for it again, with --max-age 0"
_WITHOUT_ISO = frozenset({"XKX", "CHI"})
"""Economies that ISO 3166-1 has no code for: Kosovo, and the Channel Islands together."""
SLICE = ("indicator_code", "wb_code", "country_name", "is_country", "year", "value")
"""The columns of a table with a row for each value, which says whether its place is a country."""
WIDE = ("Country Name", "Country Code", "Indicator Name", "Indicator Code")
"""The first columns of the table that the World Bank's site gives; a column for each year follows."""


def fetch(
    fetcher: Fetcher, code: str, base: str = API, per_page: int = PER_PAGE, report: Report = lambda *_: None
) -> Retrieved:
    """All values of an indicator, page by page.

    Raises:
        Failure: The World Bank does not answer, knows no such indicator, or its pages do not add up.
    """
    found = Retrieved(place := f"{base}/country/all/indicator/{code}", place)
    rows: list[Any] = []
    pages = 1
    first: tuple[int, int, str] | None = None
    while len(found.answers) < pages:
        number = len(found.answers) + 1
        url = f"{found.url}?format=json&per_page={per_page}&page={number}"
        answer = fetcher.get(url, check=lambda answer: _page(answer.json(), found.url))
        meta, more = _page(answer.json(), found.url)
        report(f"World Bank {code}", number, meta["pages"])
        if meta["page"] != number and meta["total"]:
            raise Failure(f"{found.url} gives page {meta['page']} for page {number}: try again later")
        said = (meta["total"], meta["pages"], plain_date(meta.get("lastupdated")))
        if first not in (None, said):
            raise Failure(f"{found.url} changed between two of its pages: {_AGAIN}")
        first, pages = said, meta["pages"]
        if meta["total"] > MOST_VALUES:
            raise Failure(f"{found.url} says that it has {meta['total']:,} rows: more than any indicator has")
        found.take(answer)
        rows += more
        if not more or len(rows) > meta["total"]:
            break
    _add_up(rows, first[0] if first else 0, found.url, _AGAIN)
    found.cells = list(_cells(rows, found.url, first[2] if first else ""))
    return found


def _add_up(rows: Sequence[Any], total: int, place: str, remedy: str) -> None:
    """Refuses pages that lost rows or give some twice: the number of rows, and that of their keys, is what was said."""
    keys = {(text_of(row.get("countryiso3code")), _id(row.get("country")), text_of(row.get("date"))) for row in rows}
    if len(rows) != total or len(keys) != total:
        raise Failure(
            f"{place} says that it has {total:,} rows and gives {len(rows):,}, {len(keys):,} of them different:"
            f" {remedy}"
        )


def _page(told: Any, place: str) -> tuple[Mapping[str, Any], list[Any]]:
    """What a page says of itself, and its rows.

    Raises:
        Failure: It is an error, or no page.
    """
    if isinstance(told, list) and told and isinstance(told[0], dict) and "message" in told[0]:
        raise Failure(f"{place}: the World Bank says: {_message(told[0]['message'])}; see that the code is right")
    match told:
        case [{"page": int(), "pages": int(), "total": int()} as meta, list() | None as rows]:
            rows = rows or []
            if all(isinstance(row, dict) and "indicator" in row for row in rows):
                return meta, rows
    raise Failure(f"{place} is not a page of the World Bank's API: two things in a list, what it is and its rows")


def _message(told: Any) -> str:
    first = told[0] if isinstance(told, list) and told else told
    text = text_of(first.get("value") if isinstance(first, dict) else first)
    return "".join(one for one in text[:200] if one.isprintable()).strip(" .") or "nothing more"


def is_page(told: Any) -> bool:
    """Whether JSON is an answer of the World Bank's API."""
    return (
        isinstance(told, list) and bool(told) and isinstance(told[0], dict) and bool({"page", "message"} & set(told[0]))
    )


def from_json(told: Any, file: str) -> Iterator[Cell]:
    """The values of an answer that was saved to a file, which must be all of it.

    Raises:
        Failure: It is an error, one page of several, or cut.
    """
    meta, rows = _page(told, file)
    if meta["pages"] > 1:
        raise Failure(f"{file} is page {meta['page']} of {meta['pages']}: ask for all in one, with per_page={PER_PAGE}")
    _add_up(rows, meta["total"], file, "take it over again")
    return _cells(rows, file, plain_date(meta.get("lastupdated")))


def _cells(rows: Iterable[Mapping[str, Any]], file: str, version: str) -> Iterator[Cell]:
    for number, row in enumerate(rows, start=1):
        place, value = text_of(row.get("countryiso3code")), row.get("value")
        yield Cell(
            file,
            number,
            _id(row.get("indicator")),
            place,
            text_of(row.get("date")),
            text_of(value),
            left_out=None if place else LeftOut.aggregate,
            unlisted=_unlisted(place),
            version=version,
        )


def _id(told: Any) -> str:
    return text_of(told.get("id")) if isinstance(told, dict) else ""


def _unlisted(place: str) -> LeftOut:
    return LeftOut.unknown_country if place in _WITHOUT_ISO else LeftOut.aggregate


def from_slice(rows: Iterable[Line], file: str) -> Iterator[Cell]:
    """The values of a table with the columns `SLICE`."""
    for line in rows:
        if len(line.cells) != len(SLICE):
            yield ragged(file, line, len(SLICE))
            continue
        code, place, _, is_country, year, value = line.cells
        aggregate = LeftOut.aggregate if is_country.lower() == "false" and place not in _WITHOUT_ISO else None
        yield Cell(file, line.number, code, place, year, value, left_out=aggregate)


def from_wide(before: Iterable[Line], headings: Line, rows: Iterable[Line], file: str) -> Iterator[Cell]:
    """The values of a table with the columns `WIDE` and one for each year; the last may have no heading.

    Args:
        before: The lines before the headings, of which one may say when the table was last changed.
        headings: The headings.
        rows: The rows after them.
        file: The file.
    """
    version = _last_updated(before)
    years = list(headings.cells[len(WIDE) :])
    for line in rows:
        values = line.cells[len(WIDE) :]
        if len(line.cells) != len(headings.cells):
            yield ragged(file, line, len(headings.cells))
            continue
        _, place, _, code = line.cells[: len(WIDE)]
        for year, value in zip(years, values, strict=True):
            if year or value:
                yield Cell(file, line.number, code, place, year, value, unlisted=_unlisted(place), version=version)


def _last_updated(before: Iterable[Line]) -> str:
    for line in before:
        if len(line.cells) > 1 and line.cells[0] == "Last Updated Date":
            return plain_date(line.cells[1])
    return ""
