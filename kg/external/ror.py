"""The Research Organization Registry (ROR): its records as they are used here, from a dump of it or a table.

A dump is what ROR publishes in version 2 of its schema: a JSON file with a list of records, or a zip with one. A
table is a CSV file with the columns `COLUMNS`. A record that cannot be used is reported and left out, never mended:
records in = organisations + records reported.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from kg.errors import Failure, UsageError
from kg.findings import Finding, Severity
from kg.intake.archive import Archive
from kg.intake.separated import separator_of

BASE = "https://ror.org/"
WIKIDATA = "http://www.wikidata.org/entity/"

MOST_RECORDS = 1_000_000
"""More than eight times what the registry holds."""
MOST_UNUSABLE = 1_000
"""Records of a file that is what it should be, and yet cannot be used."""
MOST_BYTES = 2_000_000_000
"""Of a dump, unpacked."""
MOST_OF_A_RECORD = 5_000_000
"""Characters."""
MOST_OF_A_NAME = 500
"""Characters; the longest of the registry has some 250."""
_CHUNK = 1 << 20

COLUMNS = ("ror_id", "name", "types", "status", "iso3", "wikidata", "established", "relationships")
"""What a table must say; several types or relationships (`child:https://ror.org/…`) are separated by `|`."""

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, in which the first seven signs of an id are a number."""
_ID = re.compile(rf"https://ror\.org/(0[{_DIGITS}]{{6}})([0-9]{{2}})")
_QID = re.compile(r"Q[1-9][0-9]{0,9}")
_YEAR = re.compile(r"[0-9]{1,4}")
_MARKUP = re.compile(r"<[/!]?[A-Za-z]")


class NameKind(StrEnum):
    """What a name is to an organisation, as the registry says."""

    display = "ror_display"
    label = "label"
    alias = "alias"
    acronym = "acronym"


class Status(StrEnum):
    """Whether an organisation is still there; what is withdrawn should never have been in the registry."""

    active = "active"
    inactive = "inactive"
    withdrawn = "withdrawn"


@dataclass(frozen=True)
class Name:
    """A name of an organisation.

    Attributes:
        text: The name.
        kinds: What it is to the organisation: often several things at once.
    """

    text: str
    kinds: frozenset[NameKind]


@dataclass(frozen=True)
class Relationship:
    """How another organisation of the registry stands to this one.

    Attributes:
        kind: Such as `parent`, `child`, `related`, `successor` or `predecessor`.
        ror: The other one's id.
        label: What the record calls the other one; empty where it does not say.
    """

    kind: str
    ror: str
    label: str = ""


@dataclass(frozen=True)
class Organisation:
    """An organisation of the registry.

    Attributes:
        ror: Its id, such as `https://ror.org/01f80g185`.
        names: Its names, that which the registry shows first.
        countries: Where it has a seat, by ISO 3166-1 alpha-3 code.
        types: Such as `education`, `healthcare`, `government`.
        status: Whether it is still there.
        wikidata: The ids of its Wikidata items, such as `Q7817`, the one that the registry prefers first.
        relationships: How others stand to it.
        established: The year, if it is said.
    """

    ror: str
    names: tuple[Name, ...]
    countries: frozenset[str]
    types: tuple[str, ...]
    status: Status
    wikidata: tuple[str, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    established: int | None = None

    @property
    def name(self) -> str:
        """The name that the registry shows."""
        return self.names[0].text

    @property
    def successors(self) -> tuple[str, ...]:
        """The ids of those that followed it."""
        return tuple(other.ror for other in self.relationships if other.kind == "successor")


@dataclass(frozen=True)
class Registry:
    """What was read of the registry.

    Attributes:
        organisations: By id, in the order of ids.
        findings: Each record that is left out, with the reason.
        came: How many records came.
    """

    organisations: Mapping[str, Organisation]
    findings: tuple[Finding, ...] = ()
    came: int = 0


class _Unusable(Exception):
    """Why a record cannot be used, and what to do."""

    def __init__(self, what: str, remedy: str = "It is left out; tell ROR, if its own record says so.") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def is_id(text: str) -> bool:
    """Whether a text is an id of the registry, its two check digits (ISO 7064) included.

    >>> is_id("https://ror.org/01f80g185"), is_id("https://ror.org/01f80g158")
    (True, False)
    """
    match = _ID.fullmatch(text)
    if match is None:
        return False
    number = 0
    for sign in match[1]:
        number = number * len(_DIGITS) + _DIGITS.index(sign)
    return int(match[2]) == 98 - number * 100 % 97


def is_qid(text: str) -> bool:
    """Whether a text is the id of a Wikidata item."""
    return _QID.fullmatch(text) is not None


def read(path: Path, iso3: Mapping[str, str]) -> Registry:
    """Reads a dump (.json, .zip) or a table (.csv).

    Args:
        path: The file.
        iso3: Alpha-3 codes of countries by alpha-2 code, which is what a dump has.

    Raises:
        UsageError: There is no such file, or it is none of the three.
        EvidenceError: The archive may do harm.
        Failure: It cannot be read, or does not end as it began.
    """
    suffix = path.suffix.lower()
    if suffix not in (".json", ".zip", ".csv"):
        raise UsageError(f"{path} is no dump of ROR: expected .json, .zip or .csv")
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path} is larger than {MOST_BYTES // 1_000_000:,} MB: no dump of ROR is")
        if suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as text:
                return gathered(_table(path, text), str(path))
        with _opened(path) as data, io.TextIOWrapper(data, encoding="utf-8-sig") as text:
            return gathered(((each, _of_dump(record, iso3)) for each, record in _objects(path, text)), str(path))
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 ({error.reason} at byte {error.start}): take the file as ROR has it"
        ) from error
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}") from error


def of_records(records: Iterable[Any], iso3: Mapping[str, str], place: str) -> Registry:
    """The organisations of records as the API answers them.

    Args:
        records: What the answer lists.
        iso3: Alpha-3 codes of countries by alpha-2 code.
        place: What findings name: the address.
    """
    numbered = enumerate(records, 1)
    return gathered(((f"record {each}", _of_dump(record, iso3)) for each, record in numbered), place)


def gathered(found: Iterable[tuple[str, Organisation | _Unusable]], place: str) -> Registry:
    """The registry of what was read, in which each id stands once."""
    organisations: dict[str, Organisation] = {}
    findings: list[Finding] = []
    came = 0
    for spot, each in found:
        came += 1
        if came > MOST_RECORDS:
            raise UsageError(f"{place} holds more than {MOST_RECORDS:,} records: no dump of ROR does")
        if isinstance(each, Organisation) and each.ror in organisations:
            if organisations[each.ror] != each:
                what = f"{each.ror} stands twice, and not alike; the first is used."
                findings.append(_finding(place, spot, "ror-twice", what, "Take a dump of one day."))
            else:
                findings.append(_finding(place, spot, "ror-twice", f"{each.ror} stands twice.", ""))
        elif isinstance(each, Organisation):
            organisations[each.ror] = each
        else:
            findings.append(_finding(place, spot, "ror-record", each.what, each.remedy))
        if len(findings) > MOST_UNUSABLE:
            raise UsageError(f"{place} has more than {MOST_UNUSABLE:,} records that cannot be used; {findings[0].what}")
    return Registry(dict(sorted(organisations.items())), tuple(findings), came)


def _finding(place: str, spot: str, rule: str, what: str, remedy: str) -> Finding:
    return Finding(Severity.warning, rule, place, None, what, remedy, spot=spot)


def _opened(path: Path) -> IO[bytes]:
    """The bytes of the dump, which may lie in a zip beside the same as a table."""
    if path.suffix.lower() == ".json":
        return path.open("rb")
    with Archive(path, MOST_BYTES) as archive:
        dumps = [name for name in archive.names if name.lower().endswith(".json")]
        chosen = [name for name in dumps if "schema_v2" in name] or dumps
        if len(chosen) != 1:
            named = ", ".join(sorted(chosen)) or "none"
            raise UsageError(f"{path} must hold one dump ending in .json, and holds {named}: name the dump itself")
        return io.BytesIO(archive.read(chosen[0]))


def _objects(path: Path, text: IO[str]) -> Iterator[tuple[str, Any]]:
    """The records of a list, one after the other: a dump is too large to be held at once."""
    decoder = json.JSONDecoder(parse_constant=_no_number)
    held, number = text.read(_CHUNK).lstrip(), 0
    if not held.startswith("["):
        raise UsageError(f"{path} is no dump of ROR: it begins with “{_shown(held)[:20]}”, not with a list of records")
    at = 1
    while True:
        at = _between(held, at)
        if held.startswith("]", at):
            return
        try:
            record, at = decoder.raw_decode(held, at)
        except (ValueError, RecursionError) as error:
            more = text.read(_CHUNK)
            if not more or len(held) - at > MOST_OF_A_RECORD or isinstance(error, RecursionError):
                where = f"after record {number:,}" if number else "before the first record"
                raise Failure(f"{path} cannot be read {where}: it is cut off or no JSON; fetch it anew") from error
            held, at = held[at:] + more, 0
            continue
        number += 1
        yield f"record {number}", record


def _between(text: str, at: int) -> int:
    """Where what separates two records ends."""
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


def _no_number(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _of_dump(record: Any, iso3: Mapping[str, str]) -> Organisation | _Unusable:
    """The organisation of a record of schema 2, or why there is none."""
    try:
        if not isinstance(record, dict):
            raise _Unusable("a record is not an object with names and an id.")
        if "names" not in record and "name" in record:
            raise _Unusable("the record is of version 1 of ROR's schema.", "Take the file of version 2.")
        return Organisation(
            ror=_ror(record.get("id")),
            names=_names(record.get("names")),
            countries=frozenset(_countries(record, iso3)),
            types=tuple(_word(each, "type") for each in _list(record, "types")),
            status=_status(record.get("status")),
            wikidata=tuple(dict.fromkeys(_wikidata(record))),
            relationships=tuple(_relationships(record)),
            established=_year(record.get("established")),
        )
    except _Unusable as error:
        return error


def _table(path: Path, text: IO[str]) -> Iterator[tuple[str, Organisation | _Unusable]]:
    separator = separator_of(text.read(10_000))
    text.seek(0)
    reader = csv.DictReader(text, delimiter=separator, strict=True)
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise UsageError(
                f"{path} lacks the column {missing[0]}: a table of ROR has {', '.join(COLUMNS)}. "
                "Countries are linked by kg link countries, indicators by kg link indicators"
            )
        for row in reader:
            yield f"line {reader.line_num}", _of_row(row)
    except csv.Error as error:
        raise Failure(f"{path}, after line {reader.line_num}: {error}; save the table anew") from error


def _of_row(row: Mapping[str | None, Any]) -> Organisation | _Unusable:
    try:
        if None in row or None in row.values():
            raise _Unusable("the row has more or fewer cells than the table has columns.", "Save the table anew.")
        kinds = frozenset({NameKind.display, NameKind.label})
        links = [part.partition(":") for part in row["relationships"].split("|") if part]
        return Organisation(
            ror=_ror(row["ror_id"]),
            names=(Name(_text(row["name"]), kinds),),
            countries=frozenset({row["iso3"]} if row["iso3"] else ()),
            types=tuple(_word(each, "type") for each in row["types"].split("|") if each),
            status=_status(row["status"]),
            wikidata=tuple(_qid(each) for each in row["wikidata"].split("|") if each),
            relationships=tuple(Relationship(_word(kind, "relationship"), _ror(ror)) for kind, _, ror in links),
            established=_year(int(row["established"]) if _YEAR.fullmatch(row["established"]) else None),
        )
    except _Unusable as error:
        return error


def _list(record: Mapping[str, Any], key: str) -> list[Any]:
    value = record.get(key) or []
    if not isinstance(value, list):
        raise _Unusable(f"“{key}” is not a list.")
    return value


def _ror(value: Any) -> str:
    if not isinstance(value, str) or not is_id(value):
        raise _Unusable(f"{_shown(value)} is no id of ROR: it is {BASE}, seven signs and two check digits.")
    return value


def _shown(value: Any) -> str:
    """What a record says, cut and harmless."""
    return "".join(sign if sign.isprintable() else "�" for sign in str(value)[:60]) if value else "nothing"


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Unusable("a name is empty, or not text.")
    text = unicodedata.normalize("NFC", value.strip())
    if len(text) > MOST_OF_A_NAME:
        raise _Unusable(f"a name has {len(text):,} characters, and may have {MOST_OF_A_NAME}.")
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn") for sign in text):
        raise _Unusable(f"the name “{_shown(text)}” holds control characters.")
    if _MARKUP.search(text):
        raise _Unusable(f"the name “{_shown(text)}” holds markup.")
    return text


def _word(value: Any, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch("[a-z_]{1,40}", value):
        raise _Unusable(f"{_shown(value)} is no {what} that ROR has.")
    return value


def _names(value: Any) -> tuple[Name, ...]:
    if not isinstance(value, list) or not value:
        raise _Unusable("the record has no name.")
    names = []
    for each in value:
        if not isinstance(each, dict):
            raise _Unusable("a name is empty, or not text.")
        said = each.get("types") or []
        kinds = frozenset(NameKind(kind) for kind in said if kind in list(NameKind)) if isinstance(said, list) else None
        if not kinds:
            raise _Unusable(f"the record does not say what kind of name {_shown(each.get('value'))} is.")
        names.append(Name(_text(each.get("value")), kinds))
    if sum(NameKind.display in name.kinds for name in names) != 1:
        raise _Unusable("the record must have one name to be shown (ror_display).")
    return tuple(sorted(names, key=lambda name: (NameKind.display not in name.kinds, name.text)))


def _countries(record: Mapping[str, Any], iso3: Mapping[str, str]) -> Iterator[str]:
    for place in _list(record, "locations"):
        details = place.get("geonames_details") if isinstance(place, dict) else None
        code = details.get("country_code") if isinstance(details, dict) else None
        if not isinstance(code, str) or code not in iso3:
            raise _Unusable(f"{_shown(code)} is no alpha-2 code of a country that is known here.")
        yield iso3[code]


def _status(value: Any) -> Status:
    if value not in list(Status):
        raise _Unusable(f"{_shown(value)} is no status: it is {', '.join(Status)}.")
    return Status(value)


def _qid(value: Any) -> str:
    if not isinstance(value, str) or not is_qid(value):
        raise _Unusable(f"{_shown(value)} is no id of a Wikidata item, such as Q7817.")
    return value


def _wikidata(record: Mapping[str, Any]) -> Iterator[str]:
    for each in _list(record, "external_ids"):
        if isinstance(each, dict) and each.get("type") == "wikidata":
            if each.get("preferred"):
                yield _qid(each["preferred"])
            yield from map(_qid, _list(each, "all"))


def _relationships(record: Mapping[str, Any]) -> Iterator[Relationship]:
    for each in _list(record, "relationships"):
        if not isinstance(each, dict):
            raise _Unusable("a relationship is not an object.")
        label = each.get("label")
        said = _text(label) if label else ""
        yield Relationship(_word(each.get("type"), "relationship"), _ror(each.get("id")), said)


def _year(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 9999:
        raise _Unusable(f"{_shown(value)} is no year.")
    return value
