"""The sources of an evidence folder, and which of them a reference is."""

from __future__ import annotations

import itertools
import string
import unicodedata
from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz import fuzz, process

from kg import evidence
from kg.findings import Finding, Severity
from kg.intake.references.reference import Reference, plain_doi
from kg.intake.references.sameness import bare
from kg.records import Source

SURE = 95
"""How alike, from 0 to 100, two titles of a year must be to be one."""
DOUBTFUL = 80
"""Below this likeness a title is not even offered."""
_OTHERS = frozenset({"studies.yaml", "theories.yaml"})
_FAR = 50
"""Titles less alike than this are of two publications, whatever identifier they share."""


@dataclass(frozen=True)
class Match:
    """Which source a reference is.

    Attributes:
        source: It; None where none is, or none is for sure.
        by: What matched: `DOI`, `PMID`, `PMCID` or `title and year`; empty where nothing did.
        doubt: Why it is not sure, in plain words; empty where it is, or where no source comes near.
    """

    source: Source | None = None
    by: str = ""
    doubt: str = ""


@dataclass
class Standing:
    """The sources that stand in a folder.

    Attributes:
        sources: By id, those of which a file of their own stands.
        findings: Sources that no reference can be matched with, and why.
        taken: Ids that no new source can have.
    """

    sources: dict[str, Source] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    _by_identifier: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    _titles: dict[str, str] = field(default_factory=dict)

    def add(self, source: Source) -> None:
        """Takes a source among them."""
        self.sources[source.source] = source
        for name, value in identifiers(source.doi, source.pmid, source.pmcid).items():
            self._by_identifier[name, value].append(source.source)
        if source.title:
            self._titles[source.source] = bare(source.title)

    def match(self, reference: Reference) -> Match:
        """The source that a reference is: by its identifiers, else by its title and year."""
        for name, value in identifiers(reference.doi, reference.pmid, reference.pmcid).items():
            found = self._by_identifier.get((name, value), [])
            if len(found) > 1 and reference.key in found:  # it was exported from here
                found = [reference.key]
            if len(found) > 1:
                return Match(doubt=f"{' and '.join(found)} both have its {name}")
            if found:
                return self._held(self.sources[found[0]], name, reference)
        found_by_title = self._by_title(reference)
        if found_by_title == Match() and reference.key in self.sources:
            return Match(
                doubt=f"it is called {reference.key} as a source here, and nothing else tells whether it is that"
            )
        return found_by_title

    def _held(self, source: Source, by: str, reference: Reference) -> Match:
        """The match by an identifier, unless another one or the title speaks against it."""
        ours = identifiers(source.doi, source.pmid, source.pmcid)
        for name, value in identifiers(reference.doi, reference.pmid, reference.pmcid).items():
            others = self._by_identifier.get((name, value), [])
            if others and source.source not in others:
                return Match(doubt=f"its {by} is that of {source.source}, its {name} that of {others[0]}")
            if by != "DOI" and name == "DOI" and name in ours and ours[name] != value:
                return Match(doubt=f"its {by} is that of {source.source}, which has the DOI {source.doi}")
        if reference.title and source.title and _far(bare(reference.title), bare(source.title)):
            return Match(doubt=f"its {by} is that of {source.source}, which is called “{_short(source.title)}”")
        return Match(source, by)

    def _by_title(self, reference: Reference) -> Match:
        if not reference.title:
            return Match()
        title = bare(reference.title)
        near = process.extract(title, self._titles, scorer=fuzz.ratio, score_cutoff=DOUBTFUL, limit=3)
        if not near:
            return Match()
        alike = [name for _, score, name in near if score >= SURE]
        if reference.key in alike:  # it was exported from here
            alike = [reference.key]
        source = self.sources[(alike or [near[0][2]])[0]]
        if len(alike) > 1:
            return Match(doubt=f"its title is near that of {' and '.join(sorted(alike))}")
        if not alike:
            return Match(doubt=f"its title is near that of {source.source}, “{_short(source.title or '')}”")
        if reference.year is None or source.year is None:
            return Match(doubt=f"it has the title of {source.source}, but no year is known to tell them apart")
        if reference.year != source.year:
            return Match(doubt=f"it has the title of {source.source}, which is of {source.year}, not {reference.year}")
        ours = identifiers(source.doi, source.pmid, source.pmcid)
        for name, value in identifiers(reference.doi, reference.pmid, reference.pmcid).items():
            if ours.get(name, value) != value:
                return Match(doubt=f"it has the title and year of {source.source}, but not its {name} {ours[name]}")
        return Match(source, "title and year")


def read(into: Path) -> Standing:
    """The sources of an evidence folder that a reference can fill.

    Raises:
        UsageError: There is no such folder, or no evidence in it.
    """
    units, found = evidence.find_units(into)
    standing = Standing(findings=list(found))
    for unit in units:
        if unit.name not in _OTHERS and unit.path.parent.name != "judgements":
            _take(unit, standing)
    standing.findings = evidence.located(standing.findings, into)
    return standing


def _take(unit: evidence.Unit, standing: Standing) -> None:
    record = evidence.read(unit).record
    standing.taken.add(record.source if isinstance(record, Source) else unit.path.stem)
    if record is None:
        what = "the file has errors, so no reference was matched with it."
        _passed_over(unit, what, f"Mend it: kg check {unit.path} says how.", standing)
    elif isinstance(record, Source):
        if unit.path.suffix == ".yaml" and unit.path.stem == record.source:
            standing.add(record)
        else:
            what = f"{record.source} does not stand in a file {record.source}.yaml of its own, so it cannot be filled."
            _passed_over(unit, what, "Give it one, or fill it by hand.", standing)


def _passed_over(unit: evidence.Unit, what: str, remedy: str, standing: Standing) -> None:
    standing.findings.append(Finding(Severity.warning, "not-matched-with", unit.file, unit.first_line, what, remedy))


def identifiers(doi: str | None, pmid: str | None, pmcid: str | None) -> dict[str, str]:
    """The identifiers that are known, in the order in which they are trusted, as they compare."""
    found = {"DOI": doi and plain_doi(doi), "PMID": pmid, "PMCID": pmcid and pmcid.upper()}
    return {name: value for name, value in found.items() if value}


def free_id(reference: Reference, taken: Container[str]) -> str:
    """The id that a source of a reference could have: surname and year, with a letter where there are several.

    Args:
        reference: What has no source yet.
        taken: Ids in small letters.
    """
    surname = reference.authors[0].split(",")[0] if reference.authors else "anon"
    plain = unicodedata.normalize("NFKD", surname.casefold()).encode("ascii", "ignore").decode()
    stem = ("".join(letter for letter in plain if letter.isalnum()) or "anon") + str(reference.year or "")
    if stem not in taken and f"{stem}a" not in taken:
        return stem
    # The one without a letter stands for the first, so that a second one is called b either way
    numbered = (f"{stem}{letter}" for letter in string.ascii_lowercase[1:])
    beyond = (f"{stem}-{number}" for number in itertools.count(27))
    return next(name for name in itertools.chain(numbered, beyond) if name not in taken)


def _far(one: str, other: str) -> bool:
    return bool(fuzz.token_set_ratio(one, other) < _FAR)


def _short(text: str) -> str:
    return f"{text[:60]}…" if len(text) > 60 else text
