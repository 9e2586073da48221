"""The cases of the exported codings, each once, with the documents and passages that are of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from kg.export.qda.concept_codes import guid
from kg.records import Case, Claim, Coding

_VARIABLES = ("id", "type", "countries", "organisations", "start", "end", "focus", "coder")


@dataclass
class _Entry:
    case: Case
    coder: str
    sources: list[str] = field(default_factory=list)
    passages: list[str] = field(default_factory=list)


class CaseList:
    """Collects the cases while sources are written; what two coders say otherwise of one case stays apart."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, str], _Entry] = {}
        self._coders: dict[str, set[str]] = {}

    def take(self, coding: Coding, known: str) -> None:
        """The cases of a coding, which are of the document with that GUID."""
        self._coders.setdefault(known, set()).add(coding.coder)
        for case in coding.cases:
            self._entry(case, coding).sources.append(known)

    def passage(self, coding: Coding, claim: Claim, known: str) -> None:
        """A passage of a claim, where not all of the document is of one case."""
        if self.said(coding, claim):
            for case in coding.cases:
                if case.id == claim.case:
                    self._entry(case, coding).passages.append(known)

    def said(self, coding: Coding, claim: Claim) -> str:
        """What a note must say of a claim's case; nothing where the document is of one case with all its claims."""
        if not coding.cases and claim.case is None:
            return ""
        if len(coding.cases) == 1 and all(one.case == coding.cases[0].id for one in coding.claims):
            return ""
        return claim.case or "none"

    def write(self, root: etree._Element, element: Callable[..., etree._Element]) -> None:
        """Writes the variables and the cases."""
        if not self._entries:
            return
        variables = element(root, "Variables")
        for name in _VARIABLES:
            element(variables, "Variable", guid=guid("variable", name), name=name, typeOfVariable="Text")
        cases = element(root, "Cases")
        for key, entry in self._merged().items():
            made = element(cases, "Case", guid=guid("case", *key), name=entry.case.label)
            for name, value in self._values(entry):
                one = element(made, "VariableValue")
                element(one, "VariableRef", targetGUID=guid("variable", name))
                element(one, "TextValue", value)
            for known in dict.fromkeys(entry.sources):
                element(made, "SourceRef", targetGUID=known)
            for known in entry.passages:
                element(made, "SelectionRef", targetGUID=known)

    def _merged(self) -> dict[tuple[str, ...], _Entry]:
        """The cases, each once where all coders of its documents say the same of it; else as each coder has it."""
        ways: dict[str, set[str]] = {}
        coders: dict[str, dict[str, set[str]]] = {}
        for (case, coder, record), entry in self._entries.items():
            ways.setdefault(case, set()).add(record)
            for source in entry.sources:
                coders.setdefault(case, {}).setdefault(source, set()).add(coder)
        shared = {
            case
            for case, records in ways.items()
            if len(records) == 1 and all(who == self._coders[source] for source, who in coders[case].items())
        }
        found: dict[tuple[str, ...], _Entry] = {}
        for (case, coder, record), entry in self._entries.items():
            alone = case in shared
            key = (case,) if alone else (case, coder, record)
            one = found.setdefault(key, _Entry(entry.case, "" if alone else coder))
            one.sources += entry.sources
            one.passages += entry.passages
        return found

    def _entry(self, case: Case, coding: Coding) -> _Entry:
        key = (case.id, coding.coder, case.model_dump_json())
        return self._entries.setdefault(key, _Entry(case, coding.coder))

    @staticmethod
    def _values(entry: _Entry) -> list[tuple[str, str]]:
        case = entry.case
        told = {
            "id": case.id,
            "type": case.type,
            "countries": ", ".join(case.countries),
            "organisations": "[]" if case.organisations == [] else "; ".join(case.organisations or ()),
            "start": str(case.start) if case.start is not None else "",
            "end": str(case.end) if case.end is not None else "",
            "focus": case.focus,
            "coder": entry.coder,
        }
        return [(name, value) for name, value in told.items() if value]
