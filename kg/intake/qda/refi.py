"""A QDA project (.qdpx of NVivo, ATLAS.ti, MAXQDA, QualCoder…) → sources with their texts, codings and claims."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from kg.errors import Failure
from kg.findings import Finding, Severity
from kg.intake.arrival import Arrival, Manner, Tally
from kg.intake.lexicon import Lexicon
from kg.intake.naming import coder_id, document_id
from kg.intake.qda import refi_cases, refi_documents, refi_project
from kg.intake.qda.code_concepts import look_up
from kg.intake.qda.refi_documents import Reading
from kg.intake.qda.refi_parts import Document, Project
from kg.intake.qda.refi_passages import PassageReader
from kg.records import Source


def read(path: Path, lexicon: Lexicon, coders: Mapping[str, str] | None = None) -> Arrival:
    """What a project holds: its texts, and of the passages coded in them what its coders joined into claims.

    Args:
        path: A REFI-QDA project.
        lexicon: What its codes stand for.
        coders: The id of a coder by the name of the project's user, where it is to be another than the name.

    Raises:
        EvidenceError: It is no project, or what is in it may harm.
        Failure: It cannot be opened.
    """
    file = str(path)
    try:
        project = refi_project.read(path)
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}") from error
    findings = list(project.findings)
    marks = [mark for document in project.documents for one in document.selections for mark in one.marks]
    used = {mark.code for mark in (*marks, *(mark for document in project.documents for mark in document.whole))}
    codebook = look_up(list(project.codes.values()), used, lexicon, file)
    cases = refi_cases.read(project.cases, file)
    findings += (*codebook.findings, *cases.findings)
    names = _coders(project, coders or {})
    findings += _strangers(project, names, file)
    passages = PassageReader(project, codebook, cases, names)
    reader = refi_documents.Reader(file, project, cases, passages)
    taken: list[str] = []
    readings: list[Reading] = []
    for document in project.documents:
        taken.append(document_id(document.name, document.guid, taken))
        readings.append(reader.read(document, taken[-1], _type_of_sets(project, document.guid)))
    findings += (finding for reading in readings for finding in reading.findings)
    sources = tuple(reading.source for reading in readings if reading.source is not None)
    findings += _unlinked(cases, sources, file)
    findings += _unused_notes(project, passages.notes_read, file)
    return Arrival(
        file,
        Manner.replace_codings,
        sources=sources,
        documents={one.source.source: one.text for one in readings if one.source is not None},
        tallies=(*_tallies(project.documents, readings), codebook.tally, _case_tally(cases, sources)),
        findings=tuple(findings),
        queue=lexicon.queue,
        assumed=frozenset(
            (one.source.source, "type") for one in readings if one.source is not None and not one.kind_said
        ),
    )


def _tallies(documents: Sequence[Document], readings: Sequence[Reading]) -> tuple[Tally, ...]:
    texts = sum(reading.source is not None for reading in readings)
    passages, kept = sum(one.passages for one in readings), sum(one.kept for one in readings)
    marks, joined = sum(one.marks for one in readings), sum(one.joined for one in readings)
    return (
        Tally("documents", len(documents), texts, len(documents) - texts),
        Tally("passages", passages, kept, passages - kept),
        Tally("codes on passages", marks, joined, marks - joined),
    )


def _kept_cases(sources: Sequence[Source]) -> set[str]:
    return {case.id for source in sources for coding in source.codings for case in coding.cases}


def _case_tally(cases: refi_cases.Cases, sources: Sequence[Source]) -> Tally:
    held = _kept_cases(sources)
    kept = sum(case.id in held for _, case in cases.entries)
    return Tally("cases", len(cases.entries), kept, len(cases.entries) - kept)


def _unlinked(cases: refi_cases.Cases, sources: Sequence[Source], file: str) -> list[Finding]:
    held = _kept_cases(sources)
    what = "no document and no passage is linked with it, so it stands in no record."
    remedy = "Link it in the tool, or say it in a note on a passage: “case: its name”."
    return [
        Finding(Severity.warning, "case", file, None, what, remedy, spot=f"case “{entry.name}”")
        for entry, case in cases.entries
        if case.id not in held
    ]


def _coders(project: Project, said: Mapping[str, str]) -> dict[str, str]:
    """The id of each user; under an empty GUID of whoever coded without a name."""
    found: dict[str, str] = {}
    for guid, name in project.users.items():
        found[guid] = said.get(name) or said.get(name.strip()) or coder_id(name, guid, found.values())
    only = next(iter(found.values())) if len(found) == 1 else ""
    found.setdefault("", found.get(project.creator, only) or coder_id("unnamed", "", found.values()))
    for document in project.documents:
        for selection in document.selections:
            for guid in (selection.creator, *(mark.coder for mark in selection.marks)):
                found.setdefault(guid, coder_id(f"unnamed-{guid[:4]}", guid, found.values()))
    return found


def _strangers(project: Project, names: Mapping[str, str], file: str) -> list[Finding]:
    used = {mark.coder for document in project.documents for one in document.selections for mark in one.marks}
    return [
        Finding(
            Severity.note,
            "coder",
            file,
            None,
            f"codes were given by a user whom the project does not name; the coder is called {names[guid]}.",
            "Name the users in the tool before you export.",
            spot=f"user {guid}" if guid else "users",
        )
        for guid in sorted(used - project.users.keys())
        if guid or len(project.users) != 1
    ]


def _type_of_sets(project: Project, document: str) -> tuple[str, ...]:
    return tuple(one.name for one in project.sets if document in one.members)


def _unused_notes(project: Project, read_notes: Collection[str], file: str) -> list[Finding]:
    left = [note.name or note.text[:30] for guid, note in project.notes.items() if guid not in read_notes]
    if not left:
        return []
    first = ", ".join(f"“{name}”" for name in left[:5])
    what = f"{len(left)} notes are on no passage, and no record holds them: {first}{'…' if len(left) > 5 else ''}."
    return [Finding(Severity.note, "notes", file, None, what, "Keep the project.", spot="notes")]
