"""What arrives is joined with what stands, and written: all of a file or nothing.

New texts are written aside, a plan that names them is the point of no return, and then each takes its place. A killed
import leaves the folder as it was, or a plan that the next import into it carries out before anything else.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from kg import evidence, writing
from kg.errors import Failure, UsageError
from kg.evidence import Unit
from kg.findings import Finding, Severity
from kg.intake.arrival import Arrival, Manner
from kg.records import Bibliography, Case, Claim, Coding, Record, Source, Studies, Study, Theories, Theory
from kg.vocabulary import MATERIAL

STAGE, PLAN = evidence.UNFINISHED.split("/")
"""The folder, in the evidence folder, where an import writes aside; and the file that is its point of no return."""

Entry = TypeVar("Entry", Case, Claim, Study, Theory)


class Change(StrEnum):
    """What an import does to a file."""

    added = "added"
    changed = "changed"
    unchanged = "unchanged"


@dataclass(frozen=True)
class FileChange:
    """One file of the evidence folder, before and after.

    Attributes:
        file: Its path below the folder.
        change: What becomes of it.
        before: Its text; empty where there is none yet.
        after: Its text once the import is done.
    """

    file: str
    change: Change
    before: str
    after: str


@dataclass(frozen=True)
class Joined:
    """What an arrival comes to in a folder, before anything is written.

    Attributes:
        arrival: What arrived.
        changes: Each file that it concerns.
        findings: Those of the arrival, and what does not go together with what stands.
    """

    arrival: Arrival
    changes: tuple[FileChange, ...]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Whether an error keeps all of it out."""
        return any(finding.severity == Severity.error for finding in self.findings)


def join(arrival: Arrival, into: Path) -> Joined:
    """Joins what arrives with what stands in an evidence folder; writes nothing.

    Args:
        arrival: What a file holds.
        into: An evidence folder, which need not be there yet.

    Raises:
        UsageError: `into` is a file.
    """
    if into.exists() and not into.is_dir():
        raise UsageError(f"{into} is a file: name the evidence folder to import into")
    if arrival.errors:  # what is left of the records would only draw findings that follow from these
        told = (finding for finding in arrival.findings if finding.rule != "filled")
        return Joined(arrival, (), tuple(sorted(told, key=lambda finding: finding.sort_key)))
    findings = list(arrival.findings)
    changes: list[FileChange] = []
    standing = _standing(into)
    spelt = {name.casefold(): name for name in standing}
    for source in arrival.sources:
        stands = spelt.setdefault(source.source.casefold(), source.source)
        if stands != source.source:
            what = f"{source.source} and {stands} differ in nothing but capitals: they would be one file on many disks."
            findings.append(_error(arrival, what, f"Write {stands}, if they are one source.", source.source))
            continue
        if source.source.startswith("."):
            what = f"a source cannot be called {source.source}: files with such names are hidden, and are not read."
            findings.append(_error(arrival, what, "Choose surname and year.", source.source))
            continue
        if f"{source.source}.yaml" in evidence.SHARED_FILES:
            what = f"a source cannot be called {source.source}: the file of that name holds what several sources share."
            findings.append(_error(arrival, what, "Choose surname and year.", source.source))
            continue
        if standing.get(source.source, into).suffix == ".jsonl":
            what = f"{source.source} stands in {standing[source.source]}, which is for bulk and not edited here."
            findings.append(_error(arrival, what, "Give it a YAML file of its own first.", source.source))
            continue
        folder = "cases" if source.type in MATERIAL else "sources"
        path = standing.get(source.source, into / folder / f"{source.source}.yaml")
        document = arrival.documents.get(source.source)
        if source.document and document is None and not path.with_suffix(".txt").exists():
            what = f"{source.document} is not in {into}: its quotes cannot be checked, and the record does not name it."
            remedy = f"Put it beside {path.name}, and name it there."
            findings.append(Finding(Severity.warning, "document", arrival.file, None, what, remedy, source.source))
            source = source.model_copy(update={"document": None})
        changes += _change(path, source, arrival, into, findings)
        if document is not None:
            changes += _text_change(path, document, arrival, into, findings)
    for name, record in (("studies.yaml", arrival.studies), ("theories.yaml", arrival.theories)):
        if record is not None:
            changes += _change(into / name, record, arrival, into, findings)
    return Joined(arrival, tuple(changes), tuple(sorted(findings, key=lambda finding: finding.sort_key)))


def carry_out(joined: Joined, into: Path) -> None:
    """Writes what was joined, all of it or nothing.

    Raises:
        UsageError: Somebody else is importing into the folder.
        Failure: The folder cannot be written; it is as it was.
    """
    assert not joined.refused
    changes = [change for change in joined.changes if change.change != Change.unchanged]
    if not changes:
        return
    try:
        into.mkdir(parents=True, exist_ok=True)
        with _alone_in(into):
            for change in changes:
                _refuse_changed(change, into)
            _stage(changes, into)
            finish(into)
    except OSError as error:
        if not (into / STAGE / PLAN).exists():
            shutil.rmtree(into / STAGE, ignore_errors=True)
            raise Failure(f"{into} cannot be written ({error.strerror or error}); nothing was imported") from error
        raise Failure(
            f"{into} cannot be written ({error.strerror or error}); run the import again once it can"
        ) from error


def _refuse_changed(change: FileChange, into: Path) -> None:
    """Refuses to write over what somebody else wrote since it was read."""
    path = into / change.file
    now = path.read_bytes().decode("utf-8-sig", errors="replace") if path.exists() else ""
    if now != change.before:
        raise Failure(f"{path} was changed while the import was under way; nothing was imported: import again")


def resume(into: Path) -> bool:
    """Carries out what an import that was cut off had planned, if there is a plan, and says whether there was.

    Raises:
        UsageError: Somebody else is importing into the folder.
        Failure: The folder cannot be written.
    """
    if not cut_off(into):
        return False
    try:
        with _alone_in(into):
            return finish(into)
    except OSError as error:
        raise Failure(
            f"{into} cannot be written ({error.strerror or error}); run the import again once it can"
        ) from error


def finish(into: Path) -> bool:
    """Carries out the plan of an import that was cut off, or removes what it left; says whether there was a plan."""
    stage = into / STAGE
    plan = stage / PLAN
    if plan.is_file():
        for file in _planned(plan):
            staged = stage / "files" / file
            if staged.is_file():  # else it took its place before the import was cut off
                (into / file).parent.mkdir(parents=True, exist_ok=True)
                os.replace(staged, into / file)
        found = True
    else:
        found = False
    shutil.rmtree(stage, ignore_errors=True)
    return found


def _planned(plan: Path) -> list[str]:
    """The files of a plan.

    Raises:
        Failure: It is none that an import wrote, since it names what is outside of the folder.
    """
    try:
        files = json.loads(plan.read_text(encoding="utf-8"))
        if all(".." not in PurePosixPath(file).parts and not PurePosixPath(file).is_absolute() for file in files):
            return list(files)
    except (ValueError, TypeError):
        pass  # nor is it a list of names
    raise Failure(f"{plan} is no plan of an import: look at {plan.parent}, and remove it")


def cut_off(place: Path) -> bool:
    """Whether an import into a folder was cut off after its point of no return."""
    return (place / STAGE / PLAN).is_file()


def _standing(into: Path) -> dict[str, Path]:
    """The file in which each source of an evidence folder stands, by its id."""
    found = {}
    files = evidence.files_in(into) if into.is_dir() else []
    for path in (path for path in files if path.suffix.lower() == ".jsonl"):
        for line in path.read_bytes().splitlines():
            source = re.search(rb'"source":\s*"([^"]+)"', line)
            if source:
                found[source[1].decode("utf-8", "replace")] = path
    for path in (path for path in files if path.suffix.lower() != ".jsonl"):
        if path.name not in evidence.SHARED_FILES and "judgements" not in path.relative_to(into).parts[:-1]:
            found[path.stem] = path
    return found


def _stage(changes: Sequence[FileChange], into: Path) -> None:
    stage = into / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    for change in changes:
        path = stage / "files" / change.file
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, change.after)
    partial = stage / f"{PLAN}.part"
    _write(partial, json.dumps([change.file for change in changes], ensure_ascii=False))
    os.replace(partial, stage / PLAN)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(held)
        raise UsageError(f"another import into {folder} is under way: wait until it has ended") from error
    try:
        yield
    finally:
        os.close(held)


# Joining records


def _change(path: Path, new: Any, arrival: Arrival, into: Path, findings: list[Finding]) -> list[FileChange]:
    """What becomes of the file of a record, if it can be joined with what stands there."""
    file = path.relative_to(into).as_posix()
    if not path.exists():
        told = writing.plain(new)
        return _held(FileChange(file, Change.added, "", writing.text(told)), path, told, arrival, findings)
    unit = Unit(path, file, 1, path.read_bytes())
    reading = evidence.read(unit)
    if reading.record is None:
        what = "the file that stands there has errors, so nothing can be joined with it."
        findings.append(_error(arrival, what, f"Mend {path} first: kg check {path} says how.", path.stem))
        return []
    joined, conflicts = _joined(reading.record, new, arrival)
    findings += conflicts
    before = unit.text.decode("utf-8-sig")
    told = writing.plain(joined)
    if joined == reading.record:
        unchanged = FileChange(file, Change.unchanged, before, before)
        text_arrives = path.stem in arrival.documents  # in which the quotes that stand may not be
        return _held(unchanged, path, told, arrival, findings) if text_arrives else [unchanged]
    after = writing.text(told)
    lost = [line for line in before.splitlines() if line.lstrip().startswith("#") and line not in after]
    if lost:
        what = f"{path} has comments, of which the first is “{_short(lost[0].strip())}”: they are not kept."
        findings.append(Finding(Severity.note, "comment", arrival.file, None, what, "Note it elsewhere.", path.stem))
    return _held(FileChange(file, Change.changed, before, after), path, told, arrival, findings)


def _held(
    change: FileChange, path: Path, told: dict[str, Any], arrival: Arrival, findings: list[Finding]
) -> list[FileChange]:
    """The change, unless the parts of the record contradict each other."""
    document = arrival.documents.get(path.stem)
    unit = Unit(path, change.file, 1, b"", None if document is None else document.encode())
    found = evidence.judge(told, unit)
    findings += (replace(one, file=arrival.file, line=None, spot=path.stem) for one in found)
    return [] if any(one.severity == Severity.error for one in found) else [change]


def _text_change(record: Path, text: str, arrival: Arrival, into: Path, findings: list[Finding]) -> list[FileChange]:
    """What becomes of a source's document; one that stands without a record is of somebody else's making."""
    path = record.with_suffix(".txt")
    file = path.relative_to(into).as_posix()
    before = path.read_bytes().decode("utf-8-sig", errors="replace") if path.exists() else ""
    if path.exists() and before == text:
        return [FileChange(file, Change.unchanged, before, before)]
    if path.exists() and not record.exists():
        what = f"{path} stands already, with another text, and no record is beside it."
        findings.append(_error(arrival, what, "Move it away, or give the document another name.", record.stem))
        return []
    return [FileChange(file, Change.changed if path.exists() else Change.added, before, text)]


def _joined(old: Record, new: Record, arrival: Arrival) -> tuple[Any, list[Finding]]:
    if isinstance(old, Source) and isinstance(new, Source):
        return _joined_source(old, new, arrival)
    if isinstance(old, Studies) and isinstance(new, Studies):
        return Studies(studies=_by_id(old.studies, new.studies)), []
    assert isinstance(old, Theories)
    assert isinstance(new, Theories)
    return Theories(theories=_by_id(old.theories, new.theories)), []


def _joined_source(old: Source, new: Source, arrival: Arrival) -> tuple[Source, list[Finding]]:
    found: dict[str, Any] = {}
    conflicts = []
    for name in ("type", "study", "document", "publishable", *Bibliography.model_fields):
        before, after = getattr(old, name), getattr(new, name)
        assumed = (new.source, name) in arrival.assumed
        withdrawn = name == "publishable" and before is False  # consent is given by hand only
        if after in (None, []) or before == after or (assumed and before not in (None, [])):
            found[name] = before
        elif before in (None, []) or (arrival.manner != Manner.fill and not withdrawn):
            found[name] = after
        else:
            found[name] = before
            what = f"{name} is “{_short(after)}” here and “{_short(before)}” in the record, which was kept."
            remedy = f"Mend {old.source}.yaml by hand if the record is wrong."
            conflicts.append(Finding(Severity.warning, "conflict", arrival.file, None, what, remedy, old.source))
    codings = {coding.coder: coding for coding in old.codings}
    for coding in new.codings:
        stands = codings.get(coding.coder)
        codings[coding.coder] = coding if stands is None else _joined_coding(stands, coding, arrival.manner)
        if stands is not None and arrival.manner == Manner.update:
            conflicts += _staying(old, stands, coding, arrival)
        elif stands is not None and arrival.manner == Manner.replace_codings:
            conflicts += _taken_out(old, stands, codings[coding.coder], arrival)
    return old.model_copy(update={**found, "codings": list(codings.values())}), conflicts


def _joined_coding(old: Coding, new: Coding, manner: Manner) -> Coding:
    if manner == Manner.replace_codings:
        return old if old.claims and not new.claims else new  # a text without a joined claim does not undo what stands
    told = {name: getattr(new, name) for name in new.model_fields_set if getattr(new, name) not in (None, [])}
    return old.model_copy(
        update={**told, "cases": _by_id(old.cases, new.cases), "claims": _by_id(old.claims, new.claims)}
    )


def _taken_out(source: Source, old: Coding, new: Coding, arrival: Arrival) -> list[Finding]:
    """That claims are taken out, since the newer coding of the whole source does not have them."""
    kept = {claim.id for claim in new.claims}
    rest = [claim.id for claim in old.claims if claim.id not in kept]
    if not rest:
        return []
    what = f"{', '.join(rest)} of {old.coder} cannot be made of this file any longer: taken out of the record."
    remedy = "If they are to stay, join their passages again, or give them another coder before you import."
    return [Finding(Severity.warning, "taken-out", arrival.file, None, what, remedy, source.source)]


def _staying(source: Source, old: Coding, new: Coding, arrival: Arrival) -> list[Finding]:
    """That claims stand which the file does not have: it may have had them, under these ids."""
    arrived = {claim.id for claim in new.claims}
    rest = [claim.id for claim in old.claims if claim.id not in arrived]
    if not rest or not arrived:
        return []
    ids = ", ".join(rest[:5]) + (f" and {len(rest) - 5} more" if len(rest) > 5 else "")
    what = f"the record also holds {ids} of {old.coder}, which this file does not; they stay."
    remedy = f"If they were renamed or taken out, delete them in {source.source}.yaml."
    return [Finding(Severity.note, "stays", arrival.file, None, what, remedy, source.source)]


def _by_id(old: list[Entry], new: list[Entry]) -> list[Entry]:
    """The entries of both, the newer of those with one id, in the older order and then the newer."""
    return list({**{entry.id: entry for entry in old}, **{entry.id: entry for entry in new}}.values())


def _short(value: object) -> str:
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = text.lower() if isinstance(value, bool) else text  # as evidence files write it
    return f"{text[:60]}…" if len(text) > 60 else text


def _error(arrival: Arrival, what: str, remedy: str, subject: str) -> Finding:
    return Finding(Severity.error, "record-stands", arrival.file, None, what, remedy, subject)
