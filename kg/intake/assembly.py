"""Rows of sources, codings, cases and claims → whole records, each row with its source and its coder."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kg.evidence import Unit, read_marked
from kg.findings import Finding, Related, Severity
from kg.intake.entries import Entry
from kg.intake.entries import Path as DataPath
from kg.intake.faults import REFERENCES, Faults, Places, marked_of
from kg.marked import Marked
from kg.records import Source

KINDS = ("sources", "codings", "cases", "claims")
_STANDIN = {"source": "source", "type": "report"}
"""What rows that belong to no source are judged in, so that their own faults are reported with those of others."""


class Assembly:
    """Whole sources from the rows of four sheets.

    Attributes:
        sources: Those that can be used, without the cases and claims that have errors.
        kept: How many rows of each sheet they are made of.
    """

    def __init__(self, entries: Mapping[str, list[Entry]], faults: Faults) -> None:
        self.sources: list[Source] = []
        self.kept = dict.fromkeys(KINDS, 0)
        self._faults = faults
        unique = {name: faults.without_repeated(entries[name]) for name in KINDS}
        self._alone = [one for name in KINDS for one in set(entries[name]) - set(unique[name])]
        self._sources = {_key(entry)[:1]: entry for entry in unique["sources"] if entry.key[0]}
        self._alone += [entry for entry in unique["sources"] if not entry.key[0]]
        codings = self._attached(unique["codings"], self._sources, "source", bool(entries["sources"]))
        self._codings = {_key(entry): entry for entry in codings if entry.key[1]}
        self._below: dict[tuple[str, ...], dict[str, list[Entry]]] = {}
        for name in ("cases", "claims"):
            of_sources = self._attached(unique[name], self._sources, "source", bool(entries["sources"]))
            for entry in self._attached(of_sources, self._codings, "coder", bool(entries["codings"])):
                self._below.setdefault(_key(entry)[:2], {"cases": [], "claims": []})[name].append(entry)
        self._codings_of: dict[tuple[str, ...], list[Entry]] = {}
        for entry in codings:
            self._codings_of.setdefault(_key(entry)[:1], []).append(entry)
        self._excused = {entry.key[-1] for entry in self._alone}
        for source in self._sources.values():
            self._assemble(source)
        self._judge_alone()

    def _attached(
        self, entries: Iterable[Entry], known: Mapping[tuple[str, ...], Entry], column: str, report: bool
    ) -> list[Entry]:
        """The rows that name what is known; what the others name is reported once for all rows that name it."""
        attached = []
        unknown: dict[tuple[str, ...], list[Entry]] = {}
        length = 1 if column == "source" else 2
        for entry in entries:
            key = _key(entry)[:length]
            if key in known:
                attached.append(entry)
            else:
                self._alone.append(entry)
                unknown.setdefault(key, []).append(entry)
        for key, rows in unknown.items():
            if not key[-1]:
                for entry in rows:
                    place = entry.place_of(column)
                    if place.spot:
                        remedy = "Fill it in: every row needs it."
                        self._faults.error("missing", place.file, place.spot, f"{column} is empty.", remedy)
            elif report and not self._explained(key):
                self._dangling(column, key, rows, [other[-1] for other in known if other[:-1] == key[:-1]])
        return attached

    def _dangling(self, column: str, key: tuple[str, ...], rows: list[Entry], known: list[str]) -> None:
        place = rows[0].place_of(column)
        near = get_close_matches(key[-1], known, n=2, cutoff=0.6)
        if column == "source":
            what = f"the source {key[0]} has no row in the sheet sources."
        else:
            what = f"{key[1]} has no row in the sheet codings for the source {key[0]}."
        remedy = f"Did you mean {' or '.join(near)}?" if near else f"Add a row for it, or mend the {column}."
        others = [entry.place_of(column) for entry in rows[1:]]
        related = [Related(f"{other.file}, {other.spot}", None, "says the same") for other in others[:20]]
        if others:
            what = f"{what[:-1]}; {len(rows)} rows say so."
        self._faults.error(f"unknown-{column}", place.file, place.spot, what, remedy, key[-1], related)

    def _explained(self, key: tuple[str, ...]) -> bool:
        """Whether a coding seems to be missing only since its own row misspells the source."""
        if len(key) == 1:
            return False
        return any(
            entry.table.layout.name == "codings"
            and _key(entry)[1:2] == key[1:]
            and get_close_matches(key[0], [_key(entry)[0]], cutoff=0.6)
            for entry in self._alone
        )

    def _assemble(self, source: Entry) -> None:
        key = _key(source)[:1]
        codings = self._codings_of.get(key, [])
        places: dict[DataPath, Entry] = {(): source}
        data: dict[str, Any] = {**source.data, "codings": []}
        document = data.pop("document", None)  # whether it is there is judged where the record is going to stand
        for at, coding in enumerate(codings):
            places["codings", at] = coding
            below = self._below.get(_key(coding), {}) if coding.key[1] else {}
            data["codings"].append(
                {**coding.data, **{name: [one.data for one in rows] for name, rows in below.items()}}
            )
            for name, rows in below.items():
                places |= {("codings", at, name, number): entry for number, entry in enumerate(rows)}
        unread = {entry for entry in places.values() if self._faults.in_row(entry)}
        record, faulty = self._judge(data, places, source.key[0])
        faulty |= unread
        if not faulty:
            record = record or _record(data)  # a reference may be to a row that is faulty itself
        elif source not in faulty:
            record = _record(_without(data, places, faulty))
            for coding in faulty.intersection(codings):
                self._waiting(coding, sum(map(len, self._below.get(_key(coding), {}).values())))
        else:
            record = None
            self._waiting(source, len(places) - 1)
        if record is None:
            return
        self.sources.append(record if document is None else record.model_copy(update={"document": document}))
        self.kept["sources"] += 1
        self.kept["codings"] += len(record.codings)
        self.kept["cases"] += sum(len(coding.cases) for coding in record.codings)
        self.kept["claims"] += sum(len(coding.claims) for coding in record.codings)

    def _judge(
        self, data: dict[str, Any], entries: Mapping[DataPath, Entry], name: str
    ) -> tuple[Source | None, set[Entry]]:
        """The record of a source; or the rows of it that have errors, each of which is reported."""
        unit = Unit(Path(f"{name}.yaml"), f"{name}.yaml", 1, b"")
        record = read_marked(unit, Marked(data)).record
        if isinstance(record, Source):
            return record, set()
        marked, places = marked_of(data, entries)
        codings = next(place for place, _ in places if place.column == "source")
        marked.lines[("codings",)] = len(places)
        places.append((codings, entries[()]))
        findings = read_marked(unit, marked).findings
        if not data["codings"] and self._misspelt(entries[()]):
            findings = [finding for finding in findings if finding.rule != "too-short"]
        faulty = self._faults.at_cells(findings, places, self._excused)
        return None, faulty if data["codings"] else faulty | {entries[()]}

    def _misspelt(self, source: Entry) -> bool:
        """Whether a coding that belongs to no source seems to be meant for one."""
        codings = [entry.key[0] for entry in self._alone if entry.table.layout.name == "codings"]
        return bool(get_close_matches(source.key[0], codings, cutoff=0.6))

    def _waiting(self, entry: Entry, count: int) -> None:
        if count:
            place = entry.id_place
            what = f"{count} rows that belong to it are not read until it is mended."
            found = Finding(Severity.note, "waiting", place.file, None, what, "", entry.key[-1], spot=place.spot)
            self._faults.add([found])

    def _judge_alone(self) -> None:
        """Reports the other faults of rows that belong to nothing, or that stand twice."""
        places: dict[DataPath, Entry] = {}
        data: dict[str, Any] = {**_STANDIN, "codings": [{"coder": "coder", "cases": [], "claims": []}]}
        for entry in sorted(self._alone, key=lambda one: (one.table.layout.name, one.number)):
            name = entry.table.layout.name
            if name == "sources":
                self._judge_source_alone(entry)
            elif name == "codings":
                places["codings", len(data["codings"])] = entry
                data["codings"].append(entry.data)
            else:
                rows = data["codings"][0][name]
                places["codings", 0, name, len(rows)] = entry
                rows.append(entry.data)
        self._report_alone(data, places)

    def _judge_source_alone(self, entry: Entry) -> None:
        data = {**entry.data, "codings": [{"coder": "coder"}]}
        data.pop("document", None)
        self._report_alone(data, {(): entry})

    def _report_alone(self, data: dict[str, Any], entries: Mapping[DataPath, Entry]) -> None:
        if not entries:
            return
        marked: Marked
        places: Places
        marked, places = marked_of(data, entries)
        name = str(data.get("source", "source"))
        found = read_marked(Unit(Path(f"{name}.yaml"), f"{name}.yaml", 1, b""), marked).findings
        self._faults.at_cells([finding for finding in found if finding.rule not in REFERENCES], places)


def _key(entry: Entry) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", part) for part in entry.key)


def _without(data: dict[str, Any], places: Mapping[DataPath, Entry], faulty: set[Entry]) -> dict[str, Any]:
    """The data of a source without that of faulty rows; what belongs to a faulty coding goes with it."""
    codings = []
    for at, coding in enumerate(data["codings"]):
        if places["codings", at] in faulty:
            continue
        kept = dict(coding)
        for name in ("cases", "claims"):
            rows = coding.get(name, [])
            kept[name] = [row for n, row in enumerate(rows) if places["codings", at, name, n] not in faulty]
        codings.append(kept)
    return {**data, "codings": codings}


def _record(data: dict[str, Any]) -> Source | None:
    try:
        return Source.model_validate(data)
    except ValidationError:  # nothing of it is left but faults that are reported
        return None
