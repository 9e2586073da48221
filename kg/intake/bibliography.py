"""Bibliographies from Zotero, EndNote or PubMed: they fill what the sources that stand here leave out of themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.errors import EvidenceError, UsageError
from kg.findings import Finding, Related, Severity
from kg.intake.arrival import Arrival, Manner, Tally
from kg.intake.references import bibtex, csl, decoding, nbib, ris, standing
from kg.intake.references.reference import FIELDS, Reading, Reference
from kg.intake.references.sameness import same
from kg.intake.references.standing import Match, Standing
from kg.records import Source

FORMATS: dict[str, tuple[str, Callable[[str, str], Reading]]] = {
    ".ris": ("RIS", ris.read),
    ".bib": ("BibTeX", bibtex.read),
    ".nbib": ("PubMed", nbib.read),
    ".json": ("CSL-JSON", csl.read),
}
"""The formats by the ending of the file, each with its name and its reader."""
_FILLED = tuple(name for name in FIELDS if name != "url")
"""What a reference can fill: the record's `url` is the page that the coder read, and no bibliography knows which."""


@dataclass(frozen=True)
class Matched:
    """A reference and what it is here.

    Attributes:
        reference: As the file has it.
        match: The source that it is, if any, and what speaks for or against it.
    """

    reference: Reference
    match: Match


def read(path: Path, into: Path, encoding: str | None = None) -> Arrival:
    """Reads a bibliography for the sources of an evidence folder.

    A reference that is one of them comes as that source with its codings as they stand and what the reference says
    otherwise than the record or beyond it; one that is none is told of, since a source without coding is no evidence.

    Args:
        path: A file of one of `FORMATS`.
        into: The evidence folder.
        encoding: How the file is written, where it is not UTF-8 and does not say so itself.

    Raises:
        UsageError: The file or the folder is not there, or the ending is none that is read.
        EvidenceError: The file cannot be read as what its ending says, or holds no reference.
        Failure: The file cannot be opened.
    """
    found, told = references(path, encoding)
    stands = standing.read(into)
    matched = [Matched(one, stands.match(one)) for one in found.references]
    sources, said = _filled(matched, path)
    unmatched = [one for one in matched if one.match.source is None]
    findings = [*told, *found.findings, *stands.findings, *said, *_unmatched(unmatched, stands, path, into)]
    kept = len(matched) - len(unmatched)
    return Arrival(
        file=str(path),
        manner=Manner.fill,
        sources=tuple(sources),
        tallies=(Tally("references", found.came, kept, found.came - kept),),
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
    )


def references(path: Path, encoding: str | None = None) -> tuple[Reading, list[Finding]]:
    """The references of a file, and what is worth knowing of how it is written; raises what `read` does."""
    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"{path.name} is no bibliography: expected {', '.join(FORMATS)}")
    text, told = decoding.read(path, encoding)
    name, reader = FORMATS[path.suffix.lower()]
    found = reader(text, str(path))
    if not found.came:
        what = f"the file holds no {name} reference."
        remedy = "Export it anew, and see that its ending says what it is."
        raise EvidenceError([*told, Finding(Severity.error, "no-reference", str(path), 1, what, remedy)])
    return found, told


def matches(path: Path, into: Path, encoding: str | None = None) -> list[Matched]:
    """Each reference of a file with the source of an evidence folder that it is; raises what `read` does."""
    stands = standing.read(into)
    return [Matched(one, stands.match(one)) for one in references(path, encoding)[0].references]


# What is filled


def _filled(matched: Sequence[Matched], path: Path) -> tuple[list[Source], list[Finding]]:
    """The sources that are matched, each once, and what each reference fills of them."""
    by_source: dict[str, list[Matched]] = {}
    for one in matched:
        if one.match.source is not None:
            by_source.setdefault(one.match.source.source, []).append(one)
    sources, findings = [], []
    for same_source in by_source.values():
        source = same_source[0].match.source
        assert source is not None
        if len(same_source) > 1:
            findings.append(_several(source, same_source, path))
        told: dict[str, Any] = {}
        for one in same_source:
            filled, otherwise = _told(source, one.reference, told)
            findings += _otherwise(source, one.reference, told, otherwise, path)
            told |= filled
            findings += _note(source, one, list(filled), path)
        record = {"source": source.source, "type": source.type, "codings": source.codings}
        sources.append(Source.model_construct(set(record) | set(told), **_complete(record | told)))
    return sources, findings


def _complete(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values.get(name, info.default) for name, info in Source.model_fields.items()}


def _told(source: Source, reference: Reference, before: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a reference adds to the record and to references before it; and where it contradicts those references.

    What it has in another form only is left out: the record's own stands.
    """
    told: dict[str, Any] = {}
    otherwise: dict[str, Any] = {}
    for name in _FILLED:
        said = getattr(reference, name)
        if said is None:
            continue
        value = list(said) if isinstance(said, tuple) else said
        stands = getattr(source, name)
        if stands and same(name, stands, value):
            continue
        if name not in before:
            told[name] = value
        elif not same(name, before[name], value):
            otherwise[name] = value
    return told, otherwise


def _note(source: Source, one: Matched, names: Sequence[str], path: Path) -> Iterator[Finding]:
    """Which fields a reference fills, and from which record of which file they are."""
    filled = [name for name in names if getattr(source, name) in (None, [])]
    if filled:
        what = f"{_listed(filled)} filled from {path.name}, {one.reference.called}, matched by {one.match.by}."
        yield Finding(Severity.note, "filled", str(path), one.reference.line, what, subject=source.source)


def _otherwise(
    source: Source, reference: Reference, before: dict[str, Any], values: dict[str, Any], path: Path
) -> Iterator[Finding]:
    for name, value in values.items():
        what = f"{name} is “{_shown(value)}” in {reference.called}, and “{_shown(before[name])}” in one before it."
        remedy = "The former counts; mend the one that is wrong."
        yield Finding(Severity.warning, "conflict", str(path), reference.line, what, remedy, source.source)


def _several(source: Source, matched: Sequence[Matched], path: Path) -> Finding:
    first, *others = (one.reference for one in matched)
    named = _listed([f"record {one.reference.number}" for one in matched])
    related = tuple(Related(str(path), other.line, other.called) for other in others)
    what = f"{named} are this one publication."
    remedy = "Merge them where they come from; what the first does not say the others fill."
    return Finding(
        Severity.warning, "repeated-reference", str(path), first.line, what, remedy, source.source, related=related
    )


def _unmatched(unmatched: Sequence[Matched], stands: Standing, path: Path, into: Path) -> Iterator[Finding]:
    taken = {name.casefold() for name in stands.taken}
    for one in unmatched:
        reference = one.reference
        if one.match.doubt:
            what = f"{reference.called} may stand in {into}, but not for sure: {one.match.doubt}."
            remedy = "Say so by a DOI or a PubMed id in both, or leave it out."
            yield Finding(Severity.warning, "doubtful-reference", str(path), reference.line, what, remedy)
            continue
        name = standing.free_id(reference, taken)
        taken.add(name)
        what = f"no source in {into} is {reference.called}."
        remedy = f"Code it, as sources/{name}.yaml; a source without coding is no evidence."
        yield Finding(Severity.warning, "unmatched-reference", str(path), reference.line, what, remedy, name)


def _shown(value: Any) -> str:
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return f"{text[:60]}…" if len(text) > 60 else text


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
