"""A REFI-QDA project (.qdpx) as plain records of what it holds, and every fault in its form; nothing is judged here.

Tools write it with `Project.qde` or `project.qde`, GUIDs in any case and in braces or not, texts with a byte order mark
or without, and paths with a scheme or without: all are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from lxml import etree

from kg.errors import EvidenceError
from kg.findings import Finding, Severity
from kg.intake.archive import Archive
from kg.intake.qda.refi_parts import CaseEntry, Code, Document, Mark, Note, Project, Selection, SetEntry
from kg.intake.qda.xml_document import child, children, fault, local, parse, text_of

SCHEMA = Path(__file__).parent / "schemas" / "REFI-QDA_Project_1.0.xsd"
MOST_BYTES = 20_000_000
"""Of a codebook, and of the XML of a project: the largest that anybody has seen is a fiftieth of it."""
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TEXTS = ("TextSource",)
_MEDIA = ("PDFSource", "PictureSource", "AudioSource", "VideoSource")


def read(path: Path) -> Project:
    """What a project holds.

    Raises:
        EvidenceError: It is no project, or what is in it may harm.
    """
    with Archive(path) as archive:
        name = next((name for name in archive.names if name.rpartition("/")[2].casefold() == "project.qde"), "")
        if not name:
            what = f"there is no project.qde in it, but {', '.join(archive.names[:3]) or 'nothing'}."
            raise EvidenceError([fault("no-project", str(path), "", what, "Export a REFI-QDA project (.qdpx).")])
        root = parse(archive.read(name), str(path), name)
        if local(root) != "Project":
            what = f"the document is a {local(root)}, not a Project."
            raise EvidenceError([fault("no-project", str(path), name, what, "Export a REFI-QDA project (.qdpx).")])
        return _Reader(path, name, archive, root).project()


def guid(text: str | None) -> str:
    """A GUID as all are compared: without braces, in lower case."""
    return (text or "").strip().removeprefix("{").removesuffix("}").lower()


def is_guid(text: str) -> bool:
    """Whether a GUID, as `guid` makes it, is one."""
    return _GUID.fullmatch(text) is not None


def codes_below(element: etree._Element | None, above: tuple[str, ...] = ()) -> Iterator[Code]:
    """The codes of a `Codes` or a `Code`, each before those below it."""
    for code in children(element, "Code"):
        names = (*above, " ".join(code.get("name", "").split()))
        yield Code(guid(code.get("guid")), names, code.get("isCodable", "true").strip().lower() in ("false", "0"))
        yield from codes_below(code, names)


class _Reader:
    """Reads one project; `entry` is its project.qde."""

    def __init__(self, path: Path, entry: str, archive: Archive, root: etree._Element) -> None:
        self._file, self._entry, self._archive, self._root = str(path), entry, archive, root
        self._folder = entry.rpartition("/")[0]
        self._found: list[Finding] = []

    def project(self) -> Project:
        root = self._root
        self._guids()
        users = {guid(user.get("guid")): user.get("name", "") for user in children(child(root, "Users"), "User")}
        names = {guid(one.get("guid")): one.get("name", "") for one in children(child(root, "Variables"), "Variable")}
        project = Project(
            creator=guid(root.get("creatingUserGUID")),
            users=users,
            codes={code.guid: code for code in codes_below(child(root, "CodeBook", "Codes"))},
            cases=[self._case(case, names) for case in children(child(root, "Cases"), "Case")],
            documents=[self._document(source, names) for source in children(child(root, "Sources"), *_TEXTS, *_MEDIA)],
            notes={guid(note.get("guid")): self._note(note) for note in children(child(root, "Notes"), "Note")},
            links=[
                (guid(link.get("originGUID")), guid(link.get("targetGUID")))
                for link in children(child(root, "Links"), "Link")
            ],
            sets=[
                SetEntry(one.get("name", ""), tuple(guid(member.get("targetGUID")) for member in children(one)))
                for one in children(child(root, "Sets"), "Set")
            ],
        )
        self._schema()
        project.findings = self._found
        return project

    def _guids(self) -> None:
        """What is known by no GUID, or by one of something else."""
        for kind, parents in (("User", ("Users",)), ("Code", ("CodeBook", "Codes")), ("Source", ("Sources",))):
            seen: set[str] = set()
            parent = child(self._root, *parents)
            elements = [] if parent is None else [one for one in parent.iter() if _is(one, kind)]
            for one in elements:
                known = guid(one.get("guid"))
                said = f"{local(one)} “{one.get('name', '')}”"
                if not is_guid(known):
                    self._error("guid", f"{said} has the GUID “{known}”, which is none.")
                elif known in seen:
                    self._error("guid", f"{said} has the GUID {known}, which another {kind.lower()} has.")
                seen.add(known)

    def _schema(self) -> None:
        schema = _schema()
        if schema.validate(self._root):
            return
        errors = str(schema.error_log).splitlines()
        first = errors[0].rpartition(": ")[2] if errors else "no reason was given"
        what = f"it is not as the schema of REFI-QDA 1.0 asks, in {len(errors)} places; first: {first[:300]}"
        remedy = "It was read all the same; look whether all is there."
        self._found.append(Finding(Severity.note, "schema", self._file, None, what, remedy, spot=self._entry))

    def _case(self, case: etree._Element, names: Mapping[str, str]) -> CaseEntry:
        members = [guid(one.get("targetGUID")) for one in children(case, "SourceRef", "SelectionRef", "CodeRef")]
        name, said = case.get("name", ""), text_of(case, "Description").strip()
        return CaseEntry(guid(case.get("guid")), name, said, _variables(case, names), frozenset(members))

    def _document(self, source: etree._Element, names: Mapping[str, str]) -> Document:
        """A document; one that is no text by the text that stands for it, if there is one."""
        kind = local(source)
        texts = [source] if kind in _TEXTS else list(children(source, "Representation", "TextDescription"))
        text = texts[0] if texts else None
        entry, raw, marked = ("", None, False) if text is None else self._text(text, source.get("name", ""))
        selections = [] if text is None else [self._selection(one) for one in children(text, "PlainTextSelection")]
        twins = {(one.guid, mark.code) for one in selections for mark in one.marks}
        for one in source.iter():
            if local(one).endswith("Selection") and local(one) != "PlainTextSelection":
                other = self._selection(one)
                marks = tuple(mark for mark in other.marks if (other.guid, mark.code) not in twins)
                if marks:  # else it is a stretch of text too
                    selections.append(
                        Selection(
                            other.guid, other.name, None, None, other.creator, other.description, other.notes, marks
                        )
                    )
        return Document(
            guid=guid(source.get("guid")),
            name=source.get("name", ""),
            kind=kind,
            creator=guid(source.get("creatingUser")),
            description=text_of(source, "Description"),
            entry=entry,
            raw=raw,
            marked=marked,
            notes=_targets(source, "NoteRef"),
            variables=_variables(source, names),
            selections=tuple(selections),
            whole=tuple(self._mark(mark) for mark in children(source, "Coding")),
        )

    def _selection(self, one: etree._Element) -> Selection:
        return Selection(
            guid=guid(one.get("guid")),
            name=one.get("name", ""),
            start=_number(one.get("startPosition")),
            end=_number(one.get("endPosition")),
            creator=guid(one.get("creatingUser")),
            description=text_of(one, "Description"),
            notes=_targets(one, "NoteRef"),
            marks=tuple(self._mark(mark) for mark in children(one, "Coding")),
        )

    def _mark(self, coding: etree._Element) -> Mark:
        code = child(coding, "CodeRef")
        target = "" if code is None else guid(code.get("targetGUID"))
        return Mark(guid(coding.get("guid")), target, guid(coding.get("creatingUser")), _targets(coding, "NoteRef"))

    def _note(self, note: etree._Element) -> Note:
        name = note.get("name", "")
        said = text_of(note, "PlainTextContent")
        if not said and note.get("plainTextPath"):
            said = self._text(note, name)[1] or ""
        return Note(guid(note.get("guid")), name, said or text_of(note, "Description"), guid(note.get("creatingUser")))

    def _text(self, source: etree._Element, name: str) -> tuple[str, str | None, bool]:
        """The entry of a text, the text, and whether it begins with a byte order mark."""
        if child(source, "PlainTextContent") is not None:
            return "", text_of(source, "PlainTextContent"), False
        path = source.get("plainTextPath", "").strip()
        entry = re.sub(r"^[a-z]+:/*", "", path.replace("\\", "/"), flags=re.IGNORECASE)
        if path.lower().startswith(("relative:", "absolute:", "file:", "http:", "https:")):
            self._absent(name, path, "it lies outside the project")
            return path, None, False
        for place in (f"sources/{entry}", entry, f"sources/{entry.rpartition('/')[2]}"):
            within = f"{self._folder}/{place}" if self._folder else place
            if entry and within in self._archive:
                return within, *self._decoded(self._archive.read(within), name, within)
        self._absent(name, f"sources/{entry}" if entry else "its text", "it is not in the project")
        return entry, None, False

    def _decoded(self, data: bytes, name: str, entry: str) -> tuple[str | None, bool]:
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        try:
            text = data.decode("utf-16" if wide else "utf-8-sig")
        except UnicodeDecodeError as error:
            self._absent(name, entry, f"byte {error.start} of it is no UTF-8")
            return None, False
        return text, wide or data.startswith(b"\xef\xbb\xbf")

    def _absent(self, name: str, entry: str, why: str) -> None:
        what = f"the text of “{name}” cannot be read: {entry}: {why}."
        remedy = "Export the project with its sources; the rest is read."
        self._found.append(Finding(Severity.warning, "no-text", self._file, None, what, remedy, name, spot=entry))

    def _error(self, rule: str, what: str) -> None:
        self._found.append(fault(rule, self._file, self._entry, what, "Export the project anew."))


@cache
def _schema() -> etree.XMLSchema:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.XMLSchema(etree.parse(str(SCHEMA), parser))


def _is(element: etree._Element, kind: str) -> bool:
    name = local(element)
    return name in (*_TEXTS, *_MEDIA) if kind == "Source" else name == kind


def _targets(element: etree._Element, name: str) -> tuple[str, ...]:
    return tuple(guid(one.get("targetGUID")) for one in children(element, name))


def _variables(element: etree._Element, names: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for one in children(element, "VariableValue"):
        variable = child(one, "VariableRef")
        said = "".join(
            "".join(str(part) for part in value.itertext()) for value in children(one) if value is not variable
        )
        if variable is not None and said.strip():
            known = guid(variable.get("targetGUID"))
            found[names.get(known, known)] = said.strip()
    return found


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"\s*-?[0-9]{1,12}\s*", text) else None
