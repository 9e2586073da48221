"""The records of an evidence folder that an export holds: some claims or all, without what may not be published."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from kg import evidence
from kg.errors import EvidenceError, UsageError
from kg.findings import Severity
from kg.records import Claim, Coding, Link, Source


def sources(place: Path, claims: Collection[str] | None, owner: bool) -> tuple[list[Source], int]:
    """The sources of an evidence folder for an export, in the order of their files.

    A source, a coding and a case stay where a claim that is kept needs them. A link to a claim that is not kept is
    left out, so that it names nothing that is not there.

    Args:
        place: An evidence folder or file.
        claims: Claims to keep, as `source/coder/claim`; None for all.
        owner: Whether sources that may not be published are kept too.

    Returns:
        The sources, and how many of those that were asked for are withheld since they may not be published.

    Raises:
        UsageError: There is no evidence, or none of the claims' ids.
        EvidenceError: The evidence has errors.
    """
    return cut(read(place), claims, owner, place)


def cut(every: Sequence[Source], claims: Collection[str] | None, owner: bool, place: Path) -> tuple[list[Source], int]:
    """The sources for an export among all of an evidence folder, which were read; see `sources`."""
    known = {_name(source, coding, claim) for source in every for coding in source.codings for claim in coding.claims}
    unknown = sorted(set(claims or ()) - known)
    if unknown:
        raise UsageError(
            f"{place} has no claim {', '.join(unknown[:5])}{' …' if len(unknown) > 5 else ''}: the selection was made "
            "in a graph of other evidence; name the graph of this with --graph"
        )
    wanted = known if claims is None else set(claims)
    asked = [source for source in every if claims is None or _names(source) & wanted]
    kept = [source for source in asked if owner or source.publishable is not False]
    names = wanted & {name for source in kept for name in _names(source)}
    return [_cut(source, names, whole=claims is None) for source in kept], len(asked) - len(kept)


def read(place: Path) -> list[Source]:
    """Every source of an evidence folder or file, in the order of their files.

    Raises:
        UsageError: There is no evidence.
        EvidenceError: The evidence has errors.
    """
    units, findings = evidence.find_units(place)
    readings = [evidence.read(unit) for unit in units]
    findings += (finding for reading in readings for finding in reading.findings)
    errors = [finding for finding in findings if finding.severity == Severity.error]
    if errors:
        raise EvidenceError(evidence.located(errors, place))
    return [reading.record for reading in readings if isinstance(reading.record, Source)]


def _name(source: Source, coding: Coding, claim: Claim) -> str:
    return f"{source.source}/{coding.coder}/{claim.id}"


def _names(source: Source) -> set[str]:
    return {_name(source, coding, claim) for coding in source.codings for claim in coding.claims}


def _cut(source: Source, names: set[str], whole: bool) -> Source:
    """A source with the claims that are kept, and what they need."""
    codings = []
    for coding in source.codings:
        found = [claim for claim in coding.claims if _name(source, coding, claim) in names]
        if not found and not whole:
            continue
        used = {claim.case for claim in found}
        claims = [claim.model_copy(update={"links": _links(source, coding, claim, names)}) for claim in found]
        cases = [case for case in coding.cases if whole or case.id in used]
        codings.append(coding.model_copy(update={"claims": claims, "cases": cases}))
    return source.model_copy(update={"codings": codings})


def _links(source: Source, coding: Coding, claim: Claim, names: set[str]) -> list[Link]:
    near = f"{source.source}/{coding.coder}/"
    return [link for link in claim.links if (link.to if link.to.count("/") == 2 else near + link.to) in names]
