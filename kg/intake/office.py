"""The parts of a workbook that its sheets refer to: which sheets there are, shared texts, and how numbers are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from kg.errors import EvidenceError
from kg.findings import Finding, Severity
from kg.intake import markup
from kg.intake.archive import Archive
from kg.intake.markup import BadMarkup

if TYPE_CHECKING:
    from lxml.etree import _Element

DIGITS = 15
"""How many digits of a number Excel keeps."""
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_REL = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"

Shown = Callable[[float], str]


class Parts:
    """The parts of a workbook that its sheets refer to.

    Attributes:
        path: The workbook.
        since_1904: Whether its dates count from 1904, as on old Macs.
        sheets: Name, state and part of each sheet.
        strings: The texts that cells refer to by their number.
        shown: How each style shows a number, by its number; None where that is as a number.

    Raises:
        EvidenceError: It is damaged, unsafe, or no workbook.
    """

    def __init__(self, path: Path, archive: Archive) -> None:
        self.path = path
        self._archive = archive
        main = self._main()
        self.since_1904 = False
        self.sheets: list[tuple[str, str, str]] = []
        parts = self._related(main)
        for element in self.elements(main, "workbookPr", "sheet"):
            if local(element) == "workbookPr":
                self.since_1904 = element.get("date1904") in ("1", "true")
            else:
                part = parts.get(str(element.get(_REL) or element.get(_STRICT_REL)), ("", ""))
                if not part[0].endswith("chartsheet"):
                    self.sheets.append((str(element.get("name", "")), str(element.get("state", "visible")), part[1]))
        by_kind = {kind.rpartition("/")[2]: name for kind, name in parts.values()}
        self.strings = self._strings(by_kind.get("sharedStrings", ""))
        self.shown = self._styles(by_kind.get("styles", ""))

    def _main(self) -> str:
        name = "xl/workbook.xml"
        for element in self.elements("_rels/.rels", "Relationship") if "_rels/.rels" in self._archive else ():
            if str(element.get("Type")).endswith("/officeDocument"):
                name = str(element.get("Target", "")).lstrip("/")
        kind = ""
        for element in self.elements("[Content_Types].xml", "Override", "Default"):
            if str(element.get("PartName", "")).lstrip("/").casefold() == name.casefold():
                kind = str(element.get("ContentType", ""))
        macros = "macroEnabled" in kind or any(entry.endswith("vbaProject.bin") for entry in self._archive.names)
        if macros:
            raise self._refusal("other-kind", "the workbook holds macros; none was run.", "Save it as .xlsx.")
        if name not in self._archive or (kind and "spreadsheetml" not in kind):
            what = "the file is called .xlsx and is not a workbook of that kind."
            raise self._refusal("misnamed", what, "Open it with what made it, and save it as .xlsx.")
        return name

    def _related(self, name: str) -> dict[str, tuple[str, str]]:
        """The kind and the name of each part that another refers to, by the id of the reference."""
        part = PurePosixPath(name)
        references = f"{part.parent}/_rels/{part.name}.rels"
        found = {}
        for element in self.elements(references, "Relationship") if references in self._archive else ():
            target = str(element.get("Target", ""))
            named = target.lstrip("/") if target.startswith("/") else str(part.parent / target)
            if element.get("TargetMode") != "External":
                found[str(element.get("Id"))] = (str(element.get("Type", "")), named)
        return found

    def _strings(self, name: str) -> list[str]:
        return [string(element) for element in self.elements(name, "si")] if name in self._archive else []

    def _styles(self, name: str) -> list[Shown | None]:
        """How each style shows a number, where that is not as a number."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        codes: dict[int, str] = dict(BUILTIN_FORMATS)
        shown: list[Shown | None] = []
        for element in self.elements(name, "numFmt", "cellXfs") if name in self._archive else ():
            if local(element) == "numFmt":
                codes[whole(element.get("numFmtId"))] = str(element.get("formatCode", ""))
            else:
                shown = [self._format(codes.get(whole(style.get("numFmtId")), "")) for style in element]
        return shown

    def _format(self, code: str) -> Shown | None:
        from openpyxl.styles.numbers import is_date_format, is_timedelta_format

        if re.fullmatch("0{2,15}", code):
            return lambda value: f"{value:0{len(code)}.0f}"
        if re.fullmatch(r"0(\.0+)?%", code):
            return lambda value: f"{value * 100:.{DIGITS}g}%"
        if is_date_format(code) and not is_timedelta_format(code):
            return self._date
        return None

    def _date(self, value: float) -> str:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

        found = from_excel(value, CALENDAR_MAC_1904 if self.since_1904 else CALENDAR_WINDOWS_1900)
        if isinstance(found, datetime):
            return found.date().isoformat() if found.time() == time() else found.isoformat(timespec="seconds")
        assert isinstance(found, date | time)
        return found.isoformat()

    def __contains__(self, name: str) -> bool:
        return name in self._archive

    def elements(self, name: str, *names: str) -> Iterator[_Element]:
        """The elements of some names in a part.

        Raises:
            EvidenceError: The part is missing, is not well-formed, or is unsafe.
        """
        try:
            yield from markup.elements(self._archive.read(name), *names)
        except (BadMarkup, KeyError) as error:
            what = (
                f"{name} in the workbook cannot be read: {error if isinstance(error, BadMarkup) else 'it is missing'}."
            )
            raise self._refusal("damaged", what, "Open the workbook in Excel and save it anew.") from error

    def _refusal(self, rule: str, what: str, remedy: str) -> EvidenceError:
        return EvidenceError([Finding(Severity.error, rule, str(self.path), None, what, remedy)])


@cache
def name_of(tag: str) -> str:
    """The name of an element without its namespace, by its tag."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""  # a comment's tag is no text


def local(element: _Element) -> str:
    """The name of an element without its namespace."""
    return name_of(element.tag)


def string(element: _Element) -> str:
    """A text that may be of several runs, without how it is to be read aloud."""
    if len(element) == 1 and name_of(element[0].tag) == "t":
        return unescaped(element[0].text or "")
    runs = []
    for part in element:
        name = local(part)
        if name == "t":
            runs.append(part.text or "")
        elif name == "r":
            runs += [piece.text or "" for piece in part if local(piece) == "t"]
    return unescaped("".join(runs))


def unescaped(text: str) -> str:
    """A text in which `_x0041_` is the character that it stands for."""
    if "_x" not in text:
        return text
    found = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
    return found if found.isascii() else found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def whole(text: str | None, otherwise: int = 0) -> int:
    """The whole number that an attribute says, or another where it says none that there can be."""
    try:
        return int(text) if text is not None and len(text) < 12 else otherwise
    except ValueError:
        return otherwise
