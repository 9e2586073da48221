"""Evidence files → records, and every fault in them with its file and line.

An evidence folder holds `sources/*.yaml` and `cases/*.yaml` (one source a file), `studies.yaml`, `theories.yaml`,
`judgements/*.yaml` (one person a file), and `*.jsonl` (one source a line, the same records). What a file says by itself
is judged here; whether a reference to another file resolves is judged in `kg.synthesis`. No RDF here.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from kg import iris
from kg.errors import UsageError
from kg.findings import Finding, Severity
from kg.marked import Marked, read_json, read_yaml
from kg.marked import Path as DataPath
from kg.records import Judgements, Source, Studies, Theories
from kg.vocabulary import CodingMethod

MAX_UNIT_BYTES = 20_000_000
"""More than any hand-written file or bulk line needs; a larger one is refused before it is read."""

SUFFIXES = (".yaml", ".yml", ".jsonl")
"""What evidence files end in."""
UNFINISHED = ".import/plan.json"
"""What an import that was cut off leaves in an evidence folder; see `kg.intake.transaction`."""

QUEUE = "queue"
"""The folder, in an evidence folder, of words from elsewhere whose concept somebody is to say: no evidence yet."""
EXTERNAL = "external"
"""The folder, in an evidence folder, of others' data that evidence is linked to; see `kg.external.dataset`."""

Record = Source | Studies | Theories | Judgements

SHARED_FILES: dict[str, type[Record]] = {"studies.yaml": Studies, "theories.yaml": Theories}
"""Files that hold what several sources share."""
_FOLDERS: dict[str, type[Record]] = {"judgements": Judgements}
"""Folders whose files are not sources."""
_FIRST_KEYS = frozenset({"source", "studies", "theories"})
"""Each a key of all records of one kind, and of no record of another."""


@dataclass(frozen=True)
class Unit:
    """The text of one module: an evidence file, or one line of a JSON Lines file.

    Attributes:
        path: The file.
        file: The file by its path below the evidence folder, the same wherever that lies.
        first_line: Line of the file on which the text begins, from 1.
        text: The bytes as read, once.
        document: The bytes of the document of primary material, where it does not lie beside the file yet.
    """

    path: Path
    file: str
    first_line: int
    text: bytes
    document: bytes | None = None

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    def digest(self) -> str:
        """SHA-256 of the text, of its file, and of the documents that lie beside it under the same stem."""
        digest = hashlib.sha256(self.text)
        digest.update(b"\0" + self.file.encode())
        document = self.path.with_suffix(".txt")
        if document.is_file():
            digest.update(b"\0" + document.read_bytes())
        return digest.hexdigest()


@dataclass
class Reading:
    """What reading a unit gave: a record unless the findings hold an error.

    `lines` tells the line of every part of the record, by its path of keys and positions.
    """

    unit: Unit
    record: Record | None
    marked: Marked
    findings: list[Finding] = field(default_factory=list)

    def line(self, path: DataPath) -> int:
        """Line in the unit's file of a part of the record."""
        return self.marked.line(path) + self.unit.first_line - 1


def find_units(place: Path) -> tuple[list[Unit], list[Finding]]:
    """Every unit of an evidence folder or file, in a fixed order, with what could not even be opened.

    Raises:
        UsageError: There is nothing at `place`, or no evidence in it.
    """
    if not place.exists():
        raise UsageError(f"there is no file or folder {place}")
    if (place / UNFINISHED).is_file():
        raise UsageError(f"an import into {place} was cut off: run it again, which finishes it before all else")
    if place.is_dir():
        files = files_in(place)
        if not files:
            raise UsageError(f"{place} holds no evidence: expected sources/*.yaml or *.jsonl (see CODING.md)")
    else:
        if place.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{place} is not an evidence file: expected .yaml or .jsonl")
        files = [place]
    units: list[Unit] = []
    findings: list[Finding] = []
    for path in files:
        shown = path.relative_to(folder_of(place)).as_posix()
        try:
            if path.stat().st_size > MAX_UNIT_BYTES and path.suffix.lower() != ".jsonl":
                raise OSError(f"is larger than {MAX_UNIT_BYTES // 1_000_000} MB")
            text = path.read_bytes()
        except OSError as error:
            findings.append(
                _error("unreadable", shown, 1, f"cannot be read: {error.strerror or error}.", "Check the file.")
            )
            continue
        if path.suffix.lower() == ".jsonl" and not text.startswith((b"\xff\xfe", b"\xfe\xff")):
            lines = text.removeprefix(b"\xef\xbb\xbf").split(b"\n")
            units += [Unit(path, shown, number, line) for number, line in enumerate(lines, 1) if line.strip()]
            if not any(line.strip() for line in lines):
                findings.append(_error("empty", shown, 1, "the file is empty.", "Write a record a line, or remove it."))
        else:
            units.append(Unit(path, shown, 1, text))
    return units, findings


def files_in(folder: Path) -> list[Path]:
    """The evidence files of a folder, in a fixed order: not what is hidden, waits in `queue/`, or is others' data."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not path.is_dir()
        and not any(part.startswith(".") or part == QUEUE for part in path.relative_to(folder).parts)
        and path.relative_to(folder).parts[0] != EXTERNAL
    )


def folder_of(place: Path) -> Path:
    """The folder below which an evidence file or folder names its files."""
    return place if place.is_dir() else place.parent


def located(findings: Iterable[Finding], place: Path) -> list[Finding]:
    """Findings with their files as people would type them, from where they are; worst first."""
    folder = folder_of(place)
    with suppress(ValueError):
        folder = folder.resolve().relative_to(Path.cwd())

    def typed(file: str) -> str:
        path = Path(os.path.normpath(folder / file))
        return (path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path).as_posix()

    found = (
        replace(
            finding,
            file=typed(finding.file),
            related=tuple(replace(place, file=typed(place.file)) for place in finding.related),
        )
        for finding in findings
    )
    return sorted(found, key=lambda finding: finding.sort_key)


def read(unit: Unit) -> Reading:
    """Reads a unit into its record; every fault of it is a finding, all at once."""
    text, fault = _decoded(unit)
    if fault is not None:
        return Reading(unit, None, Marked(), [fault])
    bulk = unit.path.suffix.lower() == ".jsonl"
    marked = read_json(text) if bulk else read_yaml(text)
    reading = Reading(unit, None, marked)
    for problem in marked.problems:
        line = problem.line + unit.first_line - 1
        rule = "not-json" if bulk else "not-yaml"
        reading.findings.append(_error(rule, unit.file, line, problem.what, problem.remedy))
    if marked.data is None and marked.problems:
        return reading
    return read_marked(unit, marked, reading.findings)


def read_marked(unit: Unit, marked: Marked, problems: Sequence[Finding] = ()) -> Reading:
    """Judges what was read into plain data already, whatever it was read from.

    Args:
        unit: Where it stands, or is going to stand; its text is not read.
        marked: The data, with a number for every part that findings give as its line.
        problems: What was wrong in reading it.
    """
    reading = Reading(unit, None, marked, list(problems))
    model = _model(unit, marked.data)
    try:
        record = model.model_validate(marked.data)
    except ValidationError as error:
        reading.findings += _form_findings(error, reading, model)
        record = None
    reading.findings += _faults_of_meaning(reading, model)
    errors = any(finding.severity == Severity.error for finding in reading.findings)
    if record is not None and not errors:
        reading.record = record
    reading.findings.sort(key=lambda finding: finding.sort_key)
    return reading


def judge(data: dict[str, Any], unit: Unit) -> list[Finding]:
    """What is wrong between the parts of a record that is not written yet, each part being well-formed.

    Args:
        data: The keys and values of the record, as `kg.writing.plain` gives them.
        unit: Where it is going to stand; its text is not read.
    """
    reading = Reading(unit, None, Marked(data=data))
    return sorted(_faults_of_meaning(reading, _model(unit, data)), key=lambda finding: finding.sort_key)


def _faults_of_meaning(reading: Reading, model: type[Record]) -> list[Finding]:
    data = reading.marked.data
    if model is Source:
        return _meaning_findings(reading)
    if model is Judgements:
        return _judgement_findings(reading)
    if isinstance(data, dict):
        return [*_self_findings(reading), *_repeated(reading, next(iter(data), ""), "id", (), data)]
    return []


def _model(unit: Unit, data: Any) -> type[Record]:
    """The kind of record that a file holds, by where it stands in the evidence; folders above that say nothing of it.

    What lies directly in the folder that was named may be in one of `_FOLDERS`, checked by itself, or in an evidence
    folder that happens to be called so: there, what the file says decides.
    """
    if unit.path.suffix.lower() == ".jsonl":
        return Source
    folder = Path(unit.file).parent.name
    says_itself = isinstance(data, dict) and not _FIRST_KEYS.isdisjoint(data)
    if not folder and not says_itself:
        folder = unit.path.absolute().parent.name
    return _FOLDERS.get(folder) or SHARED_FILES.get(unit.name, Source)


def _error(rule: str, file: str, line: int | None, what: str, remedy: str, subject: str = "") -> Finding:
    return Finding(Severity.error, rule, file, line, what, remedy, subject)


def _decoded(unit: Unit) -> tuple[str, Finding | None]:
    text = unit.text
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        what = "the file is written in UTF-16."
        return "", _error("encoding", unit.file, 1, what, "Save it as UTF-8.")
    try:
        return text.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = unit.first_line + text[: error.start].count(b"\n")
        what = f"byte {error.start} of the text (0x{text[error.start]:02X}) is not UTF-8."
        return "", _error("encoding", unit.file, line, what, "Save it as UTF-8.")


# Form: what the record model says


def _form_findings(error: ValidationError, reading: Reading, model: type[Record]) -> list[Finding]:
    found: dict[tuple[Any, ...], Finding] = {}
    for fault in error.errors(include_url=False):
        path = tuple(part for part in fault["loc"])
        line = reading.line(path)
        known = path
        while known and known not in reading.marked.lines:
            known = known[:-1]
        missing = fault["type"] == "missing"
        what, remedy = _in_words(fault, path if missing or path == known else known or path, model)
        finding = _error(
            fault["type"].replace("_", "-"), reading.unit.file, line, what, remedy, _subject(reading.marked.data, path)
        )
        found.setdefault((path, finding.rule, what), finding)
    return list(found.values())


_WANTED = {
    "string_type": "text; put it in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list, each entry on a line that begins with “- ”",
    "model_type": "a record of keys and values",
    "dict_type": "a record of keys and values",
    "model_attributes_type": "a record of keys and values",
}


def _in_words(fault: Any, path: DataPath, model: type[Record]) -> tuple[str, str]:
    """What is wrong and how to mend it, from a fault that pydantic reports."""
    kind, context = fault["type"], fault.get("ctx", {})
    key = _key(path)
    shown = _value_shown(fault["input"])
    if kind == "missing":
        return f"{key} is missing.", f"Add {path[-1]}."
    if kind == "extra_forbidden":
        keys = _keys_at(path[:-1], model)
        near = _near(str(path[-1]), keys)
        remedy = f"Did you mean {near}?" if near else f"Keys here are {', '.join(keys)}." if keys else "Remove it."
        return f"{key} is not a key of the format.", remedy
    if kind == "enum":
        values = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        near = _misspelt(str(fault["input"]), values)
        guess = f"Did you mean {near}? " if near else ""
        return f"{key} is {shown}, which is none of its values.", f"{guess}Write one of {', '.join(values)}."
    if kind == "too_short":
        return f"{key} is empty.", "Write at least one."
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"{key} is {shown}.", f"{fault['msg'].replace('Input should', 'It should')}."
    if kind in _WANTED:
        return f"{key} is {shown}, and should be {_WANTED[kind].split(';')[0]}.", f"Write {_WANTED[kind]}."
    said = str(context.get("word", context.get("text", "")))
    start = max(fault["msg"].find(said), 0) + len(said)  # what was written may hold a semicolon itself
    what, _, remedy = fault["msg"][start:].partition("; ")
    what = fault["msg"][:start] + what
    remedy = remedy or "Write what the format asks for (see CODING.md)"
    return f"{key}: {what}.", f"{remedy[:1].upper()}{remedy[1:]}".rstrip("?.") + ("?" if "?" in remedy else ".")


def _key(path: DataPath) -> str:
    """The part's own key, with the key of the list where it is an entry of one."""
    if not path:
        return "the record"
    if isinstance(path[-1], int):
        return f"{path[-2] if len(path) > 1 else 'entry'}, entry {path[-1] + 1}"
    return str(path[-1])


def _value_shown(value: object) -> str:
    if value is None:
        return "empty"
    text = str(value)
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"


def _near(word: str, words: list[str]) -> str:
    from difflib import get_close_matches

    return " or ".join(get_close_matches(word.lower(), words, n=2, cutoff=0.6))


def _misspelt(word: str, values: list[str]) -> str:
    """The one value that a word is but for case, punctuation or one letter: what is less alike may be the opposite."""
    from rapidfuzz.distance import OSA

    def bare(text: str) -> str:
        return "".join(character for character in text.casefold() if character.isalnum())

    wanted = bare(word)
    near = [value for value in values if OSA.distance(wanted, bare(value), score_cutoff=1) <= 1]
    return near[0] if len(near) == 1 and len(wanted) > 2 else ""


@cache
def _keys_at(path: DataPath, model: Any) -> list[str]:
    """The keys that a record model knows at a path, whatever the positions in it."""
    for part in path:
        if isinstance(part, int):
            continue
        fields = getattr(model, "model_fields", {})
        if part not in fields:
            return []
        model = _model_of(fields[part].annotation)
    return sorted(getattr(model, "model_fields", {}))


def _model_of(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        model = _model_of(argument)
        if model is not None:
            return model
    return None


def _subject(data: Any, path: DataPath) -> str:
    """The id of the innermost claim or case that a path leads into."""
    subject = ""
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(data, dict) and isinstance(data.get("id"), str):
            subject = data["id"]
    return subject


# Meaning: what the parts of one file must be to each other; read from plain data, so that faults of form hide none


def _nfc(text: Any) -> Any:
    """An id as `kg.iris` sees it."""
    return unicodedata.normalize("NFC", text) if isinstance(text, str) else text


def _entries(record: Any, key: str) -> list[tuple[int, dict[str, Any]]]:
    entries = record.get(key) if isinstance(record, dict) else None
    if not isinstance(entries, list):
        return []
    return [(position, entry) for position, entry in enumerate(entries) if isinstance(entry, dict)]


def _meaning_findings(reading: Reading) -> list[Finding]:
    data, unit = reading.marked.data, reading.unit
    if not isinstance(data, dict):
        return []
    findings: list[Finding] = []
    source = data.get("source")
    if isinstance(source, str):
        if unit.path.suffix.lower() != ".jsonl":
            findings += _misnamed(reading, "source")
        if source.partition("/")[0] in iris.RESERVED_SOURCE_IDS:
            what = f"a source cannot be called {source}."
            findings.append(
                _error("reserved-id", unit.file, reading.line(("source",)), what, "Choose surname and year.")
            )
    findings += _repeated(reading, "codings", "coder", (), data)
    document = _document(reading, data, findings)
    for at, coding in _entries(data, "codings"):
        path: DataPath = ("codings", at)
        if coding.get("coder") in iris.RESERVED_CODER_IDS:
            what = f"a coder cannot be called {coding['coder']}."
            findings.append(
                _error("reserved-id", unit.file, reading.line((*path, "coder")), what, "Choose another name.")
            )
        findings += _repeated(reading, "cases", "id", path, coding)
        findings += _repeated(reading, "claims", "id", path, coding)
        cases = {_nfc(case.get("id")) for _, case in _entries(coding, "cases")}
        claims = dict.fromkeys(_nfc(claim.get("id")) for _, claim in _entries(coding, "claims"))
        for number, claim in _entries(coding, "claims"):
            here = (*path, "claims", number)
            findings += _claim_findings(reading, claim, here, cases, claims, document, coding.get("coder"))
        findings += _loop_findings(reading, coding, path)
    return findings


def _misnamed(reading: Reading, key: str) -> list[Finding]:
    """A file that is not called as what it is of."""
    name, unit = reading.marked.data.get(key), reading.unit
    if not isinstance(name, str) or _nfc(name) == _nfc(unit.path.stem):
        return []
    what = f"the file is called {unit.name} and its {key} {name}."
    return [_error("file-name", unit.file, reading.line((key,)), what, "Give both the same name.")]


def _judgement_findings(reading: Reading) -> list[Finding]:
    """A person's file under another name, and what a person judges twice."""
    data, file = reading.marked.data, reading.unit.file
    if not isinstance(data, dict):
        return []
    findings = _misnamed(reading, "judge")
    for key, slots in (("demi_regularities", ("factor", "outcome", "effect")), ("tensions", ("factor", "outcome"))):
        first: dict[str, int] = {}
        for at, entry in _entries(data, key):
            about, line = ", ".join(str(entry.get(slot, "")) for slot in slots), reading.line((key, at))
            if about in first:
                what = f"{about} is judged twice in {key} (first in line {first[about]})."
                findings.append(_error("judged-twice", file, line, what, "Join the two."))
            first.setdefault(about, line)
    return findings


def _repeated(reading: Reading, key: str, id_key: str, path: DataPath, record: Any) -> list[Finding]:
    first: dict[str, int] = {}
    findings: list[Finding] = []
    for position, entry in _entries(record, key):
        name = entry.get(id_key)
        if not isinstance(name, str):
            continue
        line = reading.line((*path, key, position, id_key))
        if _nfc(name) in first:
            what = f"{id_key} {name} is given twice in {key} (first in line {first[_nfc(name)]})."
            remedy = "Give each an id of its own." if id_key == "id" else "Join the two, or name the other coder."
            findings.append(_error("repeated-id", reading.unit.file, line, what, remedy, name))
        first.setdefault(_nfc(name), line)
    return findings


def _document(reading: Reading, data: dict[str, Any], findings: list[Finding]) -> str | None:
    """The text of the source's own document, if it names one that can be read."""
    name = data.get("document")
    if not isinstance(name, str):
        return None
    line = reading.line(("document",))
    expected = reading.unit.path.with_suffix(".txt").name
    if name != expected:
        what = f"the document {name} does not lie beside its record under the same name."
        findings.append(_error("document", reading.unit.file, line, what, f"Call it {expected}."))
        return None
    try:
        given = reading.unit.document
        text = reading.unit.path.with_suffix(".txt").read_bytes() if given is None else given
        return text.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "cannot be opened"
        what = f"the document {name} {reason}."
        findings.append(_error("document", reading.unit.file, line, what, "Put it beside the record, as UTF-8."))
        return None


def _claim_findings(
    reading: Reading,
    claim: dict[str, Any],
    path: DataPath,
    cases: set[Any],
    claims: Collection[Any],
    document: str | None,
    coder: object,
) -> list[Finding]:
    file, subject = reading.unit.file, str(claim.get("id", ""))
    findings: list[Finding] = []
    case = claim.get("case")
    if isinstance(case, str) and _nfc(case) not in cases:
        near = _near(case, [name for name in cases if isinstance(name, str)])
        remedy = f"Did you mean {near}?" if near else "Describe it under cases, or leave case out."
        line = reading.line((*path, "case"))
        findings.append(
            _error("unknown-case", file, line, f"the case {case} is not among the coding's cases.", remedy, subject)
        )
    for position, link in enumerate(claim["links"] if isinstance(claim.get("links"), list) else []):
        target = link.get("to") if isinstance(link, dict) else link
        line = reading.line((*path, "links", position))
        if not isinstance(target, str):
            continue
        own = (reading.marked.data.get("source"), coder, claim.get("id"))
        if _nfc(target) in (_nfc(own[2]), "/".join(_nfc(str(part)) for part in own)):
            findings.append(
                _error("self-link", file, line, "the claim is linked to itself.", "Name the next claim.", subject)
            )
        elif target.count("/") == 2:
            continue
        elif _nfc(target) not in claims:
            near = _near(target, [name for name in claims if isinstance(name, str)])
            remedy = f"Did you mean {near}?" if near else "For one of another coding, write source/coder/claim."
            what = f"the linked claim {target} is not in this coding."
            findings.append(_error("unknown-claim", file, line, what, remedy, subject))
    mechanisms = [entry for _, entry in _entries(claim, "mechanisms")]
    if claim.get("joined_by") is not None and len(mechanisms) < 2:
        line = reading.line((*path, "joined_by"))
        what = "joined_by is given, and there are no two mechanisms to join."
        findings.append(_error("joined-by", file, line, what, "Add the other mechanism, or remove joined_by.", subject))
    for position, item in _entries(claim, "evidence"):
        findings += _quote_findings(reading, item, (*path, "evidence", position), subject, document)
    return findings


def _loop_findings(reading: Reading, coding: dict[str, Any], path: DataPath) -> list[Finding]:
    """Claims of a coding that lead back to themselves by links none of which says that it is feedback."""
    following: dict[str, list[tuple[str, DataPath]]] = {}
    for number, claim in _entries(coding, "claims"):
        for position, link in enumerate(claim["links"] if isinstance(claim.get("links"), list) else []):
            declared = isinstance(link, dict) and link.get("feedback") is True
            target = link.get("to") if isinstance(link, dict) else link
            if isinstance(target, str) and target != claim.get("id") and not declared:
                here = (*path, "claims", number, "links", position)
                following.setdefault(str(claim.get("id")), []).append((target, here))
    findings: list[Finding] = []
    seen: set[str] = set()

    def walk(claim: str, trail: list[str]) -> None:
        seen.add(claim)
        for target, here in following.get(claim, []):
            if target in trail:
                loop = " → ".join([*trail[trail.index(target) :], target])
                findings.append(
                    Finding(
                        Severity.warning,
                        "loop",
                        reading.unit.file,
                        reading.line(here),
                        f"the links {loop} close a loop, and none of them is marked as feedback.",
                        "Write feedback: true on the link that closes it, if the source tells of feedback.",
                        claim,
                    )
                )
            elif target not in seen:
                walk(target, [*trail, target])

    for start in list(following):
        if start not in seen:
            walk(start, [start])
    return findings


def _quote_findings(
    reading: Reading, item: dict[str, Any], path: DataPath, subject: str, document: str | None
) -> list[Finding]:
    quote, selector = item.get("quote"), item.get("selector")
    line = reading.line((*path, "selector" if selector else "quote"))
    file = reading.unit.file
    if selector is not None and not isinstance(quote, str):
        what = "a selector without a quote selects nothing."
        return [_error("selector", file, line, what, "Add the quote, or remove the selector.", subject)]
    if not isinstance(quote, str) or document is None:
        return []
    if not isinstance(selector, dict):
        if quote in document:
            return []
        what = "the quote does not stand in the document."
        return [_error("quote", file, line, what, "Copy it from there, letter by letter.", subject)]
    start, end = selector.get("start"), selector.get("end")
    if not isinstance(start, int) or not isinstance(end, int):
        return []
    if document[start:end] != quote:
        where = document.find(quote)
        what = f"characters {start} to {end} of the document are not the quote."
        remedy = (
            f"The quote stands at {where} to {where + len(quote)}."
            if where >= 0
            else "The quote does not stand in the document at all: copy it from there."
        )
        return [_error("selector", file, line, what, remedy, subject)]
    for key, text in (("prefix", document[:start]), ("suffix", document[end:])):
        stated = selector.get(key)
        if not isinstance(stated, str):
            continue
        if not (text.endswith(stated) if key == "prefix" else text.startswith(stated)):
            what = f"the {key} of the selector does not stand beside the quote."
            return [_error("selector", file, line, what, f"Mend or remove {key}.", subject)]
    return []


def _self_findings(reading: Reading) -> list[Finding]:
    """Studies that include themselves, and theories that revise themselves."""
    findings = []
    for key, slot in (("studies", "includes"), ("theories", "revision_of")):
        for at, entry in _entries(reading.marked.data, key):
            named = entry.get(slot)
            if entry.get("id") in (named if isinstance(named, list) else [named]) and named:
                line = reading.line((key, at, slot))
                what = f"{entry['id']} names itself in {slot}, and nothing is part or version of itself."
                findings.append(_error("self-link", reading.unit.file, line, what, "Name another."))
    return findings


def codings_in(reading: Reading) -> list[dict[str, Any]]:
    """The codings of a source as they are written, whatever else is wrong with the record."""
    data = reading.marked.data
    return [coding for _, coding in _entries(data, "codings")] if isinstance(data, dict) else []


@dataclass(frozen=True)
class Coded:
    """How codings were made.

    Attributes:
        codings: How many there are.
        assisted: How many of them are machine-assisted.
        unchecked: How many nobody else checked.
    """

    codings: int = 0
    assisted: int = 0
    unchecked: int = 0

    def __add__(self, other: Coded) -> Coded:
        return Coded(self.codings + other.codings, self.assisted + other.assisted, self.unchecked + other.unchecked)


def how_coded(readings: Iterable[Reading]) -> Coded:
    """How the codings in some readings were made, as they are written, whatever else is wrong with the records."""
    codings = [coding for reading in readings for coding in codings_in(reading)]
    return Coded(
        len(codings),
        assisted=sum(coding.get("method") == CodingMethod.machineAssistedCoding for coding in codings),
        unchecked=sum(not coding.get("checked_by") for coding in codings),
    )


def names_in(reading: Reading) -> list[str]:
    """IRIs of what a faulty file would declare if it were mended, so that references to it do not seem to dangle.

    One that ends in a slash stands for all below it.
    """
    data = reading.marked.data
    if _model(reading.unit, data) is Judgements:
        return []  # nothing refers to what people judge
    if not isinstance(data, dict):  # not even YAML: whatever its name promises
        stem = reading.unit.path.stem
        whole = iris.study("") if stem == "studies" else iris.theory("") if stem == "theories" else iris.source(stem)
        return [f"{whole.value.rstrip('/')}/", whole.value, iris.study(stem).value]
    found = [iris.study(entry["id"]) for _, entry in _entries(data, "studies") if isinstance(entry.get("id"), str)]
    found += [iris.theory(entry["id"]) for _, entry in _entries(data, "theories") if isinstance(entry.get("id"), str)]
    if isinstance(data.get("source"), str):
        source = data["source"]
        found += [iris.source(source)] + ([] if data.get("study") else [iris.study(source)])
        for _, coding in _entries(data, "codings"):
            for _, claim in _entries(coding, "claims"):
                found.append(iris.claim(source, str(coding.get("coder")), str(claim.get("id"))))
    return [node.value for node in found]
