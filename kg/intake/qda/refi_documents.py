"""One document of a QDA project → a source: its text, its passages where they stand, and the claims of each coder."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from kg.findings import Finding, Severity
from kg.intake.matching import folded
from kg.intake.qda import offsets, said, suggesting
from kg.intake.qda.joining import join
from kg.intake.qda.passages import Passage, short
from kg.intake.qda.refi_cases import Cases
from kg.intake.qda.refi_parts import Document, Project
from kg.intake.qda.refi_passages import PassageReader
from kg.records import Case, Coding, Source
from kg.vocabulary import MATERIAL, SourceType

_PLURALS = {f"{one.value}s": one for one in MATERIAL}


@dataclass
class Reading:
    """What became of a document.

    Attributes:
        source: Its record; None where the project does not hold its text.
        text: Its text with plain line feeds.
        passages: How many passages it has, each counted once a coder.
        kept: How many are in a claim.
        marks: How many codes stand on them.
        joined: How many of those are in a claim.
        kind_said: Whether the project says what kind of material it is.
    """

    source: Source | None = None
    text: str = ""
    findings: list[Finding] = field(default_factory=list)
    passages: int = 0
    kept: int = 0
    marks: int = 0
    joined: int = 0
    kind_said: bool = False


class Reader:
    """Reads the documents of one project."""

    def __init__(self, file: str, project: Project, cases: Cases, passages: PassageReader) -> None:
        self._file, self._project, self._cases, self._passage = file, project, cases, passages

    def read(self, document: Document, wanted: str, sets: Sequence[str]) -> Reading:
        """A document as a source.

        Args:
            document: The document.
            wanted: The id of its source.
            sets: Names of the sets that hold it.
        """
        reading = Reading()
        if document.raw is None:
            self._without_text(document, reading)
            return reading
        text = offsets.Text(document.raw, document.marked)
        reading.text = text.text
        pairs, free = said.lines(document.description, said.OF_SOURCE)
        told = dict(pairs)
        layer = document.variables.get("layer") or told.pop("layer", None)
        by_coder = self._passages(document, text, said.value("layer", str(layer)) if layer else None, reading)
        codings = []
        for coder in by_coder or [self._passage.coder(self._whose(document))]:
            codings.append(self._coding(document, coder, by_coder.get(coder, []), reading))
        kind = _type(document.variables, sets)
        reading.kind_said = "type" in told or kind is not None
        told.setdefault("type", kind or SourceType.document)
        told |= {"source": wanted, "document": f"{wanted}.txt", "codings": codings}
        try:
            reading.source = Source.model_validate(told)
        except ValidationError as error:
            for one in error.errors():
                told.pop(str(one["loc"][0]), None)
                what = f"{one['loc'][0]} was left out: “{short(str(one['input']))}”: {one['msg']}."
                reading.findings.append(self._finding("description", document.name, what, "Mend the description."))
            reading.source = Source.model_validate({"type": SourceType.document, **told, "source": wanted})
        if free:
            what = f"its description was left out: “{short(free)}”."
            reading.findings.append(self._finding("description", document.name, what, "", Severity.note))
        if document.whole:
            names = ", ".join(self._passage.name(mark) for mark in document.whole)
            what = f"codes on the whole document are on no passage, so they join no claim: {names}."
            reading.findings.append(self._finding("whole-document", document.name, what, "Code passages."))
            reading.marks += len(document.whole)
        return reading

    # Passages

    def _without_text(self, document: Document, reading: Reading) -> None:
        for selection in document.selections:
            for coder in self._passage.coders_of(selection):
                reading.passages += 1
                marks = self._passage.marks_of(selection, coder)
                reading.marks += len(marks)
                codes = ", ".join(map(self._passage.name, marks))
                what = f"“{short(selection.name)}” ({codes}) cannot be verified: there is no text."
                reading.findings.append(self._finding("not-verified", document.name, what, _WITH_TEXT))
        reading.marks += len(document.whole)
        if not document.entry:
            what = f"this {document.kind.removesuffix('Source').lower()} has no text, and was left out."
            reading.findings.append(self._finding("no-text", document.name, what, "Transcribe it in the tool."))

    def _passages(
        self, document: Document, text: offsets.Text, layer: str | None, reading: Reading
    ) -> dict[str, list[Passage]]:
        """The verified passages of each coder; the others are reported."""
        placed = [one for one in document.selections if one.start is not None and one.end is not None]
        stretches = [offsets.Stretch(one.start or 0, one.end or 0, one.name) for one in placed]
        places = dict(zip((id(one) for one in placed), text.find(stretches), strict=True))
        found: dict[str, list[Passage]] = {}
        ways: dict[str, int] = {}
        keys: dict[str, set[str]] = {}
        for selection in document.selections:
            place = places.get(id(selection), offsets.Lost("it is no stretch of text"))
            if isinstance(place, offsets.Found):
                quote = text.text[place.start : place.end]
                if not quote.strip() or any(unicodedata.category(one) == "Cc" and one not in "\n\t" for one in quote):
                    place = offsets.Lost("it is empty, or holds control characters")
            for coder in self._passage.coders_of(selection):
                marks = self._passage.marks_of(selection, coder)
                reading.passages += 1
                reading.marks += len(marks)
                spot = f"{document.name}, characters {selection.start} to {selection.end}"
                if isinstance(place, offsets.Lost):
                    codes = ", ".join(map(self._passage.name, marks))
                    what = f"“{short(selection.name)}” ({codes}) cannot be verified: {place.why}. It was left out."
                    reading.findings.append(self._finding("not-verified", spot, what, _VERIFIED))
                    found.setdefault(coder, [])
                    continue
                ways[place.counting] = ways.get(place.counting, 0) + 1
                for mark in marks:
                    if not self._passage.knows(mark):
                        what = f"a code on “{short(text.text[place.start : place.end])}” is not in the codebook."
                        reading.findings.append(self._finding("code", spot, what, "Export the project anew."))
                passage = self._passage.read(selection, coder, marks, text.text, place, spot, layer)
                found.setdefault(coder, []).append(
                    replace(passage, key=_unlike(passage.key, keys.setdefault(coder, set())))
                )
        for way, passages in ways.items():
            if way != offsets.STANDARD:
                what = f"{passages} passages are placed by a count of {way}; they were moved to where their quotes are."
                reading.findings.append(self._finding("shifted", document.name, what, "Look at one of them."))
        return found

    # Codings

    def _whose(self, document: Document) -> str:
        """Whoever has the coding of a document without passages: its user, or the project's, or the first there is."""
        users = self._project.users
        return next((guid for guid in (document.creator, self._project.creator, *users) if guid in users), "")

    def _coding(self, document: Document, coder: str, passages: list[Passage], reading: Reading) -> Coding:
        cases = self._cases.of({document.guid}, coder)
        within = {one.guid for one in document.selections}
        whole = [case for case in cases if not self._by_passages(case, within)]
        subject = f"{document.name}, {coder}"
        joined = join(passages, self._file, subject, whole[0].id if len(whole) == 1 else None)
        reading.findings += joined.findings
        if not joined.labelled:
            reading.findings += suggesting.suggest(passages, reading.text, self._file, subject)
        for passage in passages:
            if passage.key in joined.kept:
                reading.kept += 1
                reading.joined += sum(code.understood for code in passage.codes)
        named = {claim.case for claim in joined.claims if claim.case is not None}
        by_passages = self._cases.of(
            {*within, *(mark.code for one in document.selections for mark in one.marks)}, coder
        )
        held = {case.id: case for case in (*cases, *(case for case in by_passages if case.id in named))}
        for name in sorted(named - held.keys()):
            known = self._cases.called(name)
            held[name] = known or Case(id=name, label=name)
        return Coding.model_validate(
            {
                "coder": coder,
                **self._of_coding(document, coder, reading),
                "cases": [*held.values()],
                "claims": joined.claims,
            }
        )

    def _of_coding(self, document: Document, coder: str, reading: Reading) -> dict[str, Any]:
        """What notes on a document say of their author's coding."""
        told: dict[str, Any] = {}
        for guid in document.notes:
            note = self._project.notes.get(guid)
            if note is not None and self._passage.coder(note.creator or document.creator) == coder:
                self._passage.notes_read.add(guid)
                pairs, free = said.lines(note.text, said.OF_CODING)
                told |= dict(pairs)
                if free and "note" not in told:
                    told["note"] = free
        try:
            Coding.model_validate({"coder": coder, **told})
        except ValidationError as error:
            what = f"a note on the document was left out: {error.errors()[0]['msg']}."
            reading.findings.append(self._finding("notes", document.name, what, "Mend the note."))
            return {}
        return told

    def _by_passages(self, case: Case, within: set[str]) -> bool:
        """Whether a case names passages of a document: then only these are of it."""
        return any(entry.members & within for entry, one in self._cases.entries if one.id == case.id)

    def _finding(self, rule: str, spot: str, what: str, remedy: str, severity: Severity = Severity.warning) -> Finding:
        return Finding(severity, rule, self._file, None, what, remedy, spot=spot)


_WITH_TEXT = "Export the project with its sources."
_VERIFIED = "Select the passage anew in the tool, or export with the texts as they were coded."


def _type(variables: Mapping[str, str], sets: Sequence[str]) -> SourceType | None:
    """What kind of material a document is, by a variable or a set; None where neither says."""
    known = {folded(one): one for one in MATERIAL} | _PLURALS
    said_of_it = [text for name, text in variables.items() if folded(name) in ("type", "source type", "document type")]
    return next((known[folded(one)] for one in (*said_of_it, *sets) if folded(one) in known), None)


def _unlike(key: str, taken: set[str]) -> str:
    """The key of a passage; two that a tool gave one GUID stay two, and only the first is found by links."""
    while key in taken:
        key += "+"
    taken.add(key)
    return key
