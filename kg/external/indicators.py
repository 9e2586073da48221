"""Files with indicators, known by what stands in them, and what of services and files becomes a data set."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from kg import exact_json
from kg.errors import Failure, UsageError
from kg.external import bounded, gho, worldbank
from kg.external.dataset import DataSet, Kind, Prepared, describe
from kg.external.observations import CODE, MOST_VALUES, Cell, LeftOut, Observations, Observed
from kg.external.retrieved import Retrieved
from kg.external.separated import Line, lines
from kg.external.services import Service
from kg.fetch import Answer, Fetcher
from kg.http_get import Report

MOST_BYTES = 300_000_000
"""Of a file."""
MOST_SETS = 50
"""Indicators that are taken from files that hold many, unless those that are wanted are named."""
_BETWEEN = re.compile(r"[^a-z0-9]+")
_MOST_BEFORE = 10
"""Lines before the headings of a table."""


@dataclass(frozen=True)
class Publisher:
    """What is said of every data set of a service.

    Attributes:
        title: What its indicators are called; the code follows.
        publisher: Its name.
        page: Where people find it.
        licence: The address of its licence or terms.
        licence_note: What they ask for.
        fetch: Asks it for an indicator.
    """

    title: str
    publisher: str
    page: str
    licence: str
    licence_note: str
    fetch: Callable[..., Retrieved]
    api: str


PUBLISHERS: Mapping[Service, Publisher] = {
    Service.world_bank: Publisher(
        "World Development Indicators",
        "World Bank",
        "https://data.worldbank.org/indicator",
        "https://creativecommons.org/licenses/by/4.0/",
        "CC BY 4.0: name the World Bank and the indicator",
        worldbank.fetch,
        worldbank.API,
    ),
    Service.who: Publisher(
        "Global Health Observatory",
        "World Health Organization",
        "https://www.who.int/data/gho",
        "https://www.who.int/about/policies/publishing/data-policy/terms-and-conditions",
        "WHO's terms: for public health, with attribution and as little change as can be; not to be sold",
        gho.fetch,
        gho.API,
    ),
}


@dataclass
class Taken:
    """What one file or one request brought, and from whom."""

    service: Service
    retrieved: Retrieved


def fetched(
    fetcher: Fetcher, service: Service, codes: Sequence[str], base: str = "", report: Report = lambda *_: None
) -> list[Taken]:
    """Indicators of a service.

    Args:
        fetcher: What asks.
        service: The service.
        codes: The indicators.
        base: The address of its API, where that is another than its own.
        report: Told of pages.

    Raises:
        Failure: It does not answer, or says what cannot be.
        UsageError: A code is none.
    """
    for code in codes:
        checked(code)
    publisher = PUBLISHERS[service]
    once = dict.fromkeys(codes)
    return [Taken(service, publisher.fetch(fetcher, code, base or publisher.api, report=report)) for code in once]


def checked(code: str) -> str:
    """The code of an indicator.

    Raises:
        UsageError: It is none.
    """
    if not CODE.fullmatch(code):
        raise UsageError(f"{code!r} is no indicator: write a code such as SH.MED.PHYS.ZS or HWF_0001")
    return code


def read(path: Path, code: str = "") -> Taken:
    """The values of a file, which counts as retrieved on its own date.

    Args:
        path: An answer of an API that was saved, or a table.
        code: The indicator, where the file does not say.

    Raises:
        Failure: It cannot be read, or is none that is known.
    """
    try:
        about = path.stat()
        if about.st_size > MOST_BYTES:
            raise Failure(f"{path} is larger than {MOST_BYTES // 1_000_000} MB: take over fewer indicators at a time")
        text = bounded.read(path, MOST_BYTES)
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}") from error
    taken = recognised(text, str(path), code)
    came = datetime.fromtimestamp(about.st_mtime, UTC)
    taken.retrieved.answers = [Answer(text, taken.retrieved.url, came, from_cache=False)]
    return taken


def recognised(text: bytes, file: str, code: str = "") -> Taken:
    """The values of a file, by what stands in it and never by its name; see `read`."""
    if text.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{"):
        return _of_json(exact_json.loads(text, file), file, code)
    rows = lines(text, file, _MOST_BEFORE + 1)
    before: list[Line] = []
    for line in rows:
        found = _of_table(before, line, rows, file)
        if found is not None:
            return found
        before.append(line)
        if len(before) > _MOST_BEFORE:
            break
    raise Failure(f"{file} is no file with indicators that is known: {_KNOWN}")


_KNOWN = (
    "take what the World Bank's or WHO's site gives for download as CSV (unpacked), or what their APIs answer as JSON. "
    "Or write a table with the columns " + ", ".join(worldbank.SLICE) + ". Countries and their groups are linked by "
    "kg link countries"
)


def _of_json(told: Any, file: str, code: str) -> Taken:
    if worldbank.is_page(told):
        return _taken(Service.world_bank, file, worldbank.from_json(told, file))
    if gho.is_page(told):
        return _taken(Service.who, file, gho.from_json(told, file, code))
    raise Failure(f"{file} is no file with indicators that is known: {_KNOWN}")


def _of_table(before: Sequence[Line], headings: Line, rows: Iterable[Line], file: str) -> Taken | None:
    names = tuple(headings.cells)
    if names == worldbank.SLICE:
        return _taken(Service.world_bank, file, worldbank.from_slice(rows, file))
    if names[: len(worldbank.WIDE)] == worldbank.WIDE:
        return _taken(Service.world_bank, file, worldbank.from_wide(before, headings, rows, file))
    if names == gho.SLICE:
        return _taken(Service.who, file, gho.from_slice(rows, file))
    if set(gho.SITE) <= set(names):
        return _taken(Service.who, file, gho.from_site(headings, rows, file))
    return None


def _taken(service: Service, file: str, cells: Iterable[Cell]) -> Taken:
    """Values of a file; one more than can be looked at is enough to see that there are too many."""
    return Taken(service, Retrieved(PUBLISHERS[service].page, file, cells=list(islice(cells, MOST_VALUES + 1))))


def observed(
    taken: Sequence[Taken], countries: AbstractSet[str], only: AbstractSet[str] = frozenset(), since: int | None = None
) -> Observations:
    """What is kept of values that were taken over from one service, and why the rest is not."""
    found = Observations(countries, only) if since is None else Observations(countries, only, since)
    found.add(chain.from_iterable(one.retrieved.cells for one in taken))
    found.close()
    return found


def data_sets(service: Service, taken: Sequence[Taken], found: Observations) -> list[Prepared]:
    """One data set for each indicator that has a value, so that each keeps its own version and date.

    Raises:
        UsageError: There are many, and nobody named them; or two would be one data set.
    """
    by_code: dict[str, list[Observed]] = {}
    for row in found.rows:
        by_code.setdefault(row.indicator, []).append(row)
    if len(by_code) > MOST_SETS and not found.only:
        raise UsageError(f"there are {len(by_code)} indicators here: name those that you want with --indicator")
    _refuse_namesakes(service, by_code)
    prepared = []
    for code, rows in by_code.items():
        described = _described(service, code, taken, found)
        prepared.append(Prepared(described, tuple(map(_as_saved, rows)), len(rows) + sum(described.left_out.values())))
    return prepared


def _name(service: Service, code: str) -> str:
    """What the data set of an indicator is called: small letters and digits, with single hyphens between."""
    return f"{service.value}-{_BETWEEN.sub('-', code.lower()).strip('-')}"


def _refuse_namesakes(service: Service, codes: Iterable[str]) -> None:
    first: dict[str, str] = {}
    for code in codes:
        other = first.setdefault(_name(service, code), code)
        if other != code:
            remedy = "link them into two evidence folders, or name one with --indicator"
            raise UsageError(f"{other} and {code} would both be the data set {_name(service, code)}: {remedy}")


def _as_saved(row: Observed) -> dict[str, str]:
    return {"indicator": row.indicator, "iso3": row.iso3, "year": str(row.year), "value": f"{row.value:f}"}


def _described(service: Service, code: str, taken: Sequence[Taken], found: Observations) -> DataSet:
    publisher = PUBLISHERS[service]
    sources = [one.retrieved for one in taken if one.retrieved.file in found.files[code]]
    answers = [answer for source in sources for answer in source.answers]
    return describe(
        name=_name(service, code),
        kind=Kind.indicators,
        title=f"{publisher.title}: {code}",
        publisher=publisher.publisher,
        url=sources[0].url,
        licence=publisher.licence,
        licence_note=publisher.licence_note,
        version=found.versions[code] or None,
        retrieved=min(answer.retrieved for answer in answers).date().isoformat(),
        digest=[answer.digest for answer in answers],
        left_out={reason.value: number for reason in LeftOut if (number := found.left_out[code, reason])},
    )
