"""The words of a file from another tool, and which concept each stands for: as people say, or as is sure, or not yet.

People say it in a file that `kg import FILE --map MAP` proposes where there is none and follows where there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kg import scheme
from kg.errors import EvidenceError, Failure
from kg.findings import Finding, Severity
from kg.intake import columns, matching
from kg.intake.arrival import Queued
from kg.marked import Marked, read_yaml

HEAD = """\
# Which concept each code or wording stands for. Mend `concept`, which is empty where none is sure, or write
# `skip: true` for what is to stay out; then import again with --map and this file. The rest is there to help you.
"""
COLUMNS = f"""\
# A column is one of {", ".join(list(columns.ROLES)[:8])},
# {", ".join(list(columns.ROLES)[8:])} or {columns.IGNORE}.
"""
SKIP = "skip"
"""What people say of a wording that is to stay out, in place of a concept."""
_KEYS = {"wording", "slot", "concept", "skip", "near", "uses", "places"}


@dataclass
class _Use:
    """One wording in one slot, and where it stands."""

    wording: str
    slot: str
    concept: str | None
    places: list[str] = field(default_factory=list)


class Lexicon:
    """What the words of one file stand for, and every place where each is used.

    Attributes:
        columns: The role of each column of a table, by its heading; empty where the file is no table.
        defaults: What holds of every row of a table where no column says it, such as its `source`.

    Args:
        said: What people say: a concept's id or `SKIP`, by folded wording and slot.
    """

    def __init__(self, said: Mapping[tuple[str, str], str] | None = None) -> None:
        self.columns: dict[str, str] = {}
        self.defaults: dict[str, str] = {}
        self._said = dict(said or {})
        self._uses: dict[tuple[str, str], _Use] = {}

    def concept(self, wording: str, slot: str, place: str) -> str | None:
        """The concept that a wording stands for, `SKIP` where people say so, or None where nobody knows for sure.

        Args:
            wording: As the file has it.
            slot: One of `matching.SLOTS`, or empty.
            place: Where it stands in the file, such as `Sheet1!C4`.
        """
        key = (matching.folded(wording), slot)
        if key not in self._uses:
            found = self._said.get(key) or self._said.get((key[0], "")) or matching.sure(wording, slot)
            self._uses[key] = _Use(wording, slot, found)
        self._uses[key].places.append(place)
        return self._uses[key].concept

    @property
    def queue(self) -> tuple[Queued, ...]:
        """The words for which no concept is known, in the order in which they were met."""
        return tuple(
            Queued(use.wording, use.slot, matching.candidates(use.wording, use.slot), tuple(use.places))
            for use in self._uses.values()
            if use.concept is None
        )

    def text(self) -> str:
        """The file in which people can say otherwise: every word that was met, those nobody knows first.

        What people said of other words stays, below.
        """
        uses = sorted(self._uses.values(), key=lambda use: use.concept is not None)
        words = [
            {
                "wording": use.wording,
                **({"slot": use.slot} if use.slot else {}),
                **({SKIP: True} if use.concept == SKIP else {"concept": use.concept}),
                "near": [f"{one.concept} {one.score:.2f}" for one in matching.candidates(use.wording, use.slot)],
                "uses": len(use.places),
                "places": use.places[:5],
            }
            for use in uses
        ]
        met = {wording for wording, _ in self._uses}
        words += [
            {
                "wording": wording,
                **({"slot": slot} if slot else {}),
                **({SKIP: True} if said == SKIP else {"concept": said}),
            }
            for (wording, slot), said in self._said.items()
            if (wording, slot) not in self._uses and not (slot == "" and wording in met)
        ]
        table = {name: told for name, told in (("columns", self.columns), ("defaults", self.defaults)) if told}
        head = HEAD + (COLUMNS if self.columns else "")
        return head + yaml.safe_dump({**table, "words": words}, sort_keys=False, allow_unicode=True, width=118)


def read(path: Path) -> Lexicon:
    """What people say in a file.

    Raises:
        EvidenceError: The file says what cannot be followed; every such line at once.
        Failure: The file cannot be opened.
    """
    try:
        marked = read_yaml(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise EvidenceError([_fault(path, 1, "the file is not UTF-8.", "Save it as UTF-8.")]) from error
    faults = [_fault(path, one.line, one.what, one.remedy) for one in marked.problems]
    said: dict[tuple[str, str], str] = {}
    entries = marked.data.get("words") if isinstance(marked.data, dict) else None
    if not isinstance(entries, list):
        faults.append(_fault(path, 1, "the file has no list words.", "Let kg import --map propose it."))
        entries = []
    for at, entry in enumerate(entries):
        key, concept, found = _entry(path, marked, at, entry)
        faults += found
        if concept is None or found:
            continue
        if said.setdefault(key, concept) != concept:
            what = f"“{entry['wording']}” is said to be {said[key]} above and {concept} here."
            faults.append(_fault(path, marked.line(("words", at)), what, "Keep one of the two."))
    words = Lexicon(said)
    for name, told in (("columns", words.columns), ("defaults", words.defaults)):
        entry = marked.data.get(name) if isinstance(marked.data, dict) else None
        if isinstance(entry, dict) and all(isinstance(value, str | int) for value in entry.values()):
            told.update({str(key): str(value) for key, value in entry.items()})
        elif entry is not None:
            what = f"{name} is no list of names and values."
            faults.append(_fault(path, marked.line((name,)), what, f"Write NAME: VALUE below {name}."))
    if faults:
        raise EvidenceError(faults)
    return words


def _entry(path: Path, marked: Marked, at: int, entry: Any) -> tuple[tuple[str, str], str | None, list[Finding]]:
    def fault(key: str, what: str, remedy: str) -> Finding:
        return _fault(path, marked.line(("words", at, key) if key else ("words", at)), what, remedy)

    if not isinstance(entry, dict) or not isinstance(entry.get("wording"), str):
        return ("", ""), None, [fault("", "an entry has no wording.", "Write wording: and what stands in the file.")]
    slot, concept = entry.get("slot") or "", entry.get("concept")
    faults = [
        fault(str(key), f"{key} is not a key of an entry.", f"Keys are {', '.join(sorted(_KEYS))}.")
        for key in entry
        if key not in _KEYS
    ]
    if slot not in ("", *matching.SLOTS):
        faults.append(fault("slot", f"the slot is “{slot}”.", f"Write one of {', '.join(matching.SLOTS)}."))
    words = scheme.load()
    known = words.actors if slot == "actor" else words.factors if slot else {*words.factors, *words.actors}
    if concept is not None and concept not in known:
        near = ", ".join(one.concept for one in matching.candidates(str(concept), str(slot)))
        remedy = f"Did you mean {near}?" if near else "Write an id of evidence/CODING.md, or leave it empty."
        faults.append(fault("concept", f"“{concept}” is no concept that can stand as {slot or 'code'}.", remedy))
    skipped = entry.get("skip") is True
    return (matching.folded(entry["wording"]), str(slot)), SKIP if skipped else concept, faults


def _fault(path: Path, line: int, what: str, remedy: str) -> Finding:
    return Finding(Severity.error, "map", str(path), line, what, remedy)
