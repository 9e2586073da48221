"""The XML of a REFI-QDA project from sources, in the order that its schema asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lxml import etree

from kg import writing
from kg.export.qda.concept_codes import CodeNode, claim_code, codes_element, concept_code, grouped, guid, setting_code
from kg.export.qda.concept_codes import xml_text as safe
from kg.export.qda.refi_case_list import CaseList
from kg.findings import Finding, Severity
from kg.intake.naming import document_id
from kg.intake.qda import said
from kg.intake.qda.codes import meaning
from kg.intake.qda.said import label_of
from kg.records import Claim, Coding, Evidence, Source

PROJECT = "urn:QDA-XML:project:1.0"
_CODED = ("effect", "status")
"""What a claim says by codes; the rest stands in notes."""
_SLOTS = {"contexts": "context", "mechanisms": "mechanism", "actors": "actor"}


def element(parent: etree._Element | None, kind: str, text: str = "", /, **attributes: str) -> etree._Element:
    """An element of a project below another."""
    tag = f"{{{PROJECT}}}{kind}"
    told = {key: safe(value) for key, value in attributes.items()}
    alone: dict[str, str] = {None: PROJECT}  # type: ignore[dict-item] # without a prefix
    made = etree.Element(tag, told, nsmap=alone) if parent is None else etree.SubElement(parent, tag, told)
    made.text = safe(text) or None
    return made


class ProjectWriter:
    """Writes one project.

    Attributes:
        texts: What is to stand in its folder of sources, by name.
        findings: What could not be written.
    """

    def __init__(self, file: str) -> None:
        self.texts: dict[str, str] = {}
        self.findings: list[Finding] = []
        self._file = file
        self._codes: list[CodeNode] = []
        self._users: dict[str, str] = {}
        self._notes = element(None, "Notes")

    def project(self, sources: Sequence[Source], documents: Mapping[str, str], origin: str) -> etree._Element:
        """The project as XML."""
        root = element(None, "Project", name="Partnership mechanisms", origin=origin)
        written = element(None, "Sources")
        cases = CaseList()
        for source in sources:
            text = documents.get(source.source)
            if text is None:
                self._lost(source.source, "its text is not there, so no passage of it can be shown; it was left out.")
            else:
                self._source(written, source, text, cases)
        if self._users:
            users = element(root, "Users")
            for coder, known in self._users.items():
                element(users, "User", guid=known, name=coder)
        if self._codes:
            codes = element(element(root, "CodeBook"), "Codes")
            codes_element(codes, grouped(self._codes), PROJECT)
        cases.write(root, element)
        for part in (written, self._notes):
            if len(part):
                root.append(part)
        return root

    def _source(self, parent: etree._Element, source: Source, text: str, cases: CaseList) -> None:
        known = guid("source", source.source)
        self.texts[f"{known}.txt"] = text
        name = f"{source.source}.txt"
        if document_id(name, "", ()) != source.source:
            self._lost(source.source, f"its id will be {document_id(name, '', ())} when the project is read again.")
        creator = self._users.setdefault(source.codings[0].coder, guid("user", source.codings[0].coder))
        made = element(
            parent, "TextSource", guid=known, name=name, plainTextPath=f"internal://{known}.txt", creatingUser=creator
        )
        told = writing.plain(source)
        about = said.written((key, told[key]) for key in told if key in said.OF_SOURCE)
        element(made, "Description", about)
        notes = []
        for coding in source.codings:
            self._users.setdefault(coding.coder, guid("user", coding.coder))
            cases.take(coding, known)
            for claim in coding.claims:
                self._claim(made, source, coding, claim, text, cases)
            notes += self._coding_note(source, coding)
        for note in notes:
            element(made, "NoteRef", targetGUID=note)

    def _coding_note(self, source: Source, coding: Coding) -> list[str]:
        """What is said of a coding, in a note on its document."""
        told = writing.plain(coding)
        if "recorded_as" in told:
            self._lost(f"{source.source}, {coding.coder}", "recorded_as has no place in a project; it was left out.")
        about = [(key, told[key]) for key in told if key in said.OF_CODING]
        return [self._note(about, coding.coder, source.source, "coding")] if about else []

    def _claim(
        self, parent: etree._Element, source: Source, coding: Coding, claim: Claim, text: str, cases: CaseList
    ) -> None:
        subject = f"{source.source}/{coding.coder}/{claim.id}"
        placed = [(item, place) for item in claim.evidence if (place := _place(item, text)) is not None]
        if not placed:
            self._lost(subject, "none of its evidence is a quote that stands in the text; it was left out.")
            return
        unplaced = [writing.plain(item) for item in claim.evidence if _place(item, text) is None]
        told = writing.plain(claim)
        of_claim = [(key, told[key]) for key in told if key in said.OF_CLAIM - {*_CODED, "case", "evidence"}]
        in_note = cases.said(coding, claim)
        of_claim += [("case", in_note)] if in_note else []
        of_claim += [("evidence", unplaced)] if unplaced else []
        by_code = _is_label(claim.id)
        roles = self._roles(claim, subject)
        for at, (item, (start, end)) in enumerate(placed):
            known = guid("selection", subject, str(at))
            name, coder = text[start:end], self._users[coding.coder]
            selection = element(
                parent, "PlainTextSelection", guid=known, name=name, startPosition=str(start), endPosition=str(end),
                creatingUser=coder,
            )  # fmt: skip
            lines = [(key, one) for key, one in writing.plain(item).items() if key in said.OF_EVIDENCE]
            if not by_code:
                lines += [("claim", claim.id), *(of_claim if at == 0 else ())]
            element(selection, "Description", said.written(lines))
            marks: list[tuple[CodeNode, Sequence[tuple[str, Any]]]] = []
            if by_code:
                marks.append((claim_code(claim.id), of_claim))
            marks += [(setting_code(key, told[key]), ()) for key in _CODED if at == 0]
            marks += roles
            for number, (code, about) in enumerate(marks):
                self._codes.append(code)
                mark = element(selection, "Coding", guid=guid("coding", known, str(number)), creatingUser=coder)
                element(mark, "CodeRef", targetGUID=code.guid)
                if about and at == 0:
                    note = self._note(about, coding.coder, subject, *code.path)
                    element(mark, "NoteRef", targetGUID=note)
            cases.passage(coding, claim, known)

    def _roles(self, claim: Claim, subject: str) -> list[tuple[CodeNode, Sequence[tuple[str, Any]]]]:
        """The code of each factor and actor of a claim, and what the claim says of it."""
        entries = [(role, entry) for slot, role in _SLOTS.items() for entry in getattr(claim, slot)]
        found: list[tuple[CodeNode, Sequence[tuple[str, Any]]]] = []
        seen: set[tuple[str, str]] = set()
        for role, entry in [*entries, ("outcome", claim.outcome)]:
            told = writing.plain(entry)
            concept = told.pop("kind" if role == "actor" else "factor")
            if (role, concept) in seen:
                self._lost(subject, f"{concept} is a {role} twice; the second was left out.")
            else:
                seen.add((role, concept))
                found.append((concept_code(role, concept), list(told.items())))
        return found

    def _note(self, about: Iterable[tuple[str, Any]], coder: str, *parts: str) -> str:
        known = guid("note", coder, *parts)
        note = element(self._notes, "Note", guid=known, name=parts[-1], creatingUser=self._users[coder])
        element(note, "PlainTextContent", said.written(about))
        return known

    def _lost(self, subject: str, what: str) -> None:
        self.findings.append(Finding(Severity.warning, "not-exported", self._file, None, what, "", subject))


def _place(item: Evidence, text: str) -> tuple[int, int] | None:
    """Where a quote stands: where its selector says, or else where it stands once."""
    if item.quote is None:
        return None
    if item.selector is not None:
        start, end = item.selector.start, item.selector.end
        return (start, end) if text[start:end] == item.quote else None
    start = text.find(item.quote)
    return None if start < 0 or text.find(item.quote, start + 1) >= 0 else (start, start + len(item.quote))


def _is_label(claim: str) -> bool:
    """Whether the id of a claim is read again from a code below the one for claims."""
    return meaning(["CMO", claim]).settings == (("claim", claim),) and label_of(claim) == claim
