"""Indicators of WHO's Global Health Observatory: its OData API, and the files that it and others make of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from kg.errors import Failure, UsageError
from kg.external.observations import MOST_VALUES, Cell, LeftOut
from kg.external.retrieved import Retrieved, plain_date, ragged, text_of
from kg.external.separated import Line
from kg.fetch import Fetcher
from kg.http_get import Report, address

API = "https://ghoapi.azureedge.net/api"
_NEXT, _COUNT, _CONTEXT = "@odata.nextLink", "@odata.count", "@odata.context"
_DIMENSIONS = ("Dim1", "Dim2", "Dim3")
_WHOLE = frozenset({"", "SEX_BTSX", "BTSX", "RESIDENCEAREATYPE_TOTL", "AGEGROUP_YEARSALL"})
"""What stands in a dimension where a value is of the whole population: both sexes, town and country, all ages."""
SLICE = (
    "indicator_code",
    "indicator_name",
    "iso3",
    "country_name",
    "who_region_code",
    "year",
    "value",
    "is_latest_year",
    "source_modified",
    "value_per_1000",
)
"""The columns of a table with a row for each value; its last is reckoned from the value, and not read."""
SITE = ("IndicatorCode", "Location type", "SpatialDimValueCode", "Period", "FactValueNumeric")
"""Columns, among others, of the table that WHO's site gives."""


def fetch(fetcher: Fetcher, code: str, base: str = API, report: Report = lambda *_: None) -> Retrieved:
    """All values of an indicator, page by page where there are several.

    Raises:
        Failure: WHO does not answer, knows no such indicator, or its pages do not add up or lead elsewhere.
    """
    found = Retrieved(f"{base}/{code}", f"{base}/{code}")
    rows: list[Mapping[str, Any]] = []
    seen: set[str] = set()
    url, count = found.url, None
    while url:
        if url in seen:
            raise Failure(f"{found.url} leads from page to page without an end: try again later")
        seen.add(url)
        answer = fetcher.get(url, check=lambda answer: _page(answer.json(), found.url))
        told = answer.json()
        found.take(answer)
        rows += _page(told, found.url)
        if len(rows) > MOST_VALUES:
            raise Failure(f"{found.url} gives more than {MOST_VALUES:,} rows: more than any indicator has")
        count = told[_COUNT] if isinstance(told.get(_COUNT), int) else count
        report(f"WHO {code}", len(seen), len(seen) + (_NEXT in told))
        url = _next(url, told.get(_NEXT))
    different = len({_key(row) for row in rows})
    if different != len(rows) or count not in (None, len(rows)):
        raise Failure(
            f"{found.url} gives {len(rows):,} rows, {different:,} of them different"
            f"{'' if count is None else f', and says {count:,}'}: ask for it again, with --max-age 0"
        )
    found.cells = list(_cells(rows, found.url, code))
    return found


def _next(url: str, link: Any) -> str:
    """The next page's address, which is on the same host.

    Raises:
        Failure: It is elsewhere.
    """
    if link is None:
        return ""
    try:
        here, to = address(url), address(urljoin(url, link).replace(" ", "%20") if isinstance(link, str) else "")
    except (UsageError, ValueError) as error:
        raise Failure(f"{url.partition('?')[0]} has its next page at something that is no address") from error
    if (here.scheme, here.netloc) != (to.scheme, to.netloc):
        raise Failure(f"{url.partition('?')[0]} has its next page at {to.netloc}, and is not followed there")
    return to.url


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells a row from any other: its own number, or all that it says."""
    return (text_of(row["Id"]),) if row.get("Id") is not None else tuple(sorted(f"{k}={v}" for k, v in row.items()))


def _page(told: Any, place: str) -> list[Mapping[str, Any]]:
    """The rows of a page.

    Raises:
        Failure: It is no page.
    """
    rows = told.get("value") if isinstance(told, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Failure(f"{place} is not a page of WHO's Global Health Observatory: an object with rows under “value”")
    return rows


def is_page(told: Any) -> bool:
    """Whether JSON is an answer of WHO's API."""
    return isinstance(told, dict) and isinstance(told.get("value"), list)


def from_json(told: Any, file: str, code: str = "") -> Iterator[Cell]:
    """The values of an answer that was saved to a file, which must be all of it.

    Args:
        told: The answer.
        file: The file.
        code: The indicator, where rows do not name it and neither does the answer.

    Raises:
        Failure: It is one page of several, or does not say which indicator it is of.
    """
    rows = _page(told, file)
    if told.get(_NEXT):
        raise Failure(f"{file} is one page of several: use kg link indicators without a file, or save all of them")
    context = text_of(told.get(_CONTEXT)).rpartition("#")[2].rpartition(".")[2]
    code = context or code
    if not code and not all(row.get("IndicatorCode") for row in rows):
        raise Failure(f"{file} does not say which indicator it is of: name it with --indicator, such as HWF_0001")
    return _cells(rows, file, code)


def _cells(rows: Iterable[Mapping[str, Any]], file: str, code: str) -> Iterator[Cell]:
    for number, row in enumerate(rows, start=1):
        yield Cell(
            file,
            number,
            text_of(row.get("IndicatorCode")) or code,
            text_of(row.get("SpatialDim")),
            text_of(row.get("TimeDim")),
            text_of(row.get("NumericValue")),
            left_out=_part(text_of(row.get("SpatialDimType")), (text_of(row.get(name)) for name in _DIMENSIONS)),
            version=plain_date(row.get("Date")),
        )


def _part(place: str, dimensions: Iterable[str]) -> LeftOut | None:
    """Why a value is not of the whole population of a country, if it is not."""
    if place.upper() not in ("", "COUNTRY"):
        return LeftOut.aggregate
    return None if set(dimensions) <= _WHOLE else LeftOut.breakdown


def from_slice(rows: Iterable[Line], file: str) -> Iterator[Cell]:
    """The values of a table with the columns `SLICE`."""
    for line in rows:
        if len(line.cells) != len(SLICE):
            yield ragged(file, line, len(SLICE))
            continue
        code, _, place, _, _, year, value, _, modified, _ = line.cells
        yield Cell(file, line.number, code, place, year, value, version=plain_date(modified))


def from_site(headings: Line, rows: Iterable[Line], file: str) -> Iterator[Cell]:
    """The values of a table with the columns `SITE` among others.

    The column Value is the same for readers, such as “1 014 538” or “2.1 [1.9-2.4]”, and is not read.
    """
    for line in rows:
        if len(line.cells) != len(headings.cells):
            yield ragged(file, line, len(headings.cells))
            continue
        row = dict(zip(headings.cells, line.cells, strict=True))
        code, kind, place, year, value = (row[name] for name in SITE)
        part = _part(kind, (row.get(f"{name}ValueCode", "") for name in _DIMENSIONS))
        version = plain_date(row.get("DateModified"))
        yield Cell(file, line.number, code, place, year, value, left_out=part, version=version)
