"""Passages that one coder marked in one document → claims, by what the coder says of them and by nothing else.

Passages join where they share a code below `CMO` or `Claim`, a line `claim: c1` in their notes, a set, or a link. Which
effect a claim reports and what its source did with it are said likewise. What is not said is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kg.findings import Finding, Related, Severity
from kg.intake.qda.claim_building import ClaimBuilding
from kg.intake.qda.passages import Passage, short
from kg.intake.qda.said import label_of
from kg.records import Claim


@dataclass
class Joined:
    """The claims of one coder on one document, what became of no claim, and the passages that did."""

    claims: list[Claim] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    labelled: set[str] = field(default_factory=set)


def join(passages: Sequence[Passage], file: str, subject: str, default_case: str | None = None) -> Joined:
    """Joins the passages of one coder in one document into claims.

    Args:
        passages: In the order of the file.
        file: The file they come from, as people would type it.
        subject: The document and the coder, for findings.
        default_case: The case of the document, where it is of one.
    """
    done = Joined()
    for label, members in _groups(passages, file, subject, done).items():
        done.labelled.update(passage.key for passage in members)
        built = ClaimBuilding(label, members, default_case)
        claim = built.claim()
        if claim is None:
            what = f"claim {label} was not made: {'; '.join(built.faults)}."
            remedy = " ".join(dict.fromkeys(built.faults.values()))
            done.findings.append(_finding(file, subject, f"claim {label}", what, remedy, members))
            continue
        done.claims.append(claim)
        evidence = {passage.key for passage in built.evidence}
        done.kept |= evidence
        for one in built.overlooked:
            about = f"{subject}, claim {label}"
            done.findings.append(_finding(file, about, one.spot, one.what, one.remedy, (), "not-kept"))
        for passage in members:
            if passage.key not in evidence:
                what = f"“{short(passage.quote)}” ({_codes(passage)}) is no evidence of claim {label}: {_SKIPPED}."
                done.findings.append(_finding(file, subject, passage.spot, what, _UNSKIP))
    _drop_links(done, file, subject)
    for passage in passages:
        if passage.key not in done.labelled:
            what = f"“{short(passage.quote)}” ({_codes(passage)}) is in no claim: nothing says which it belongs to."
            done.findings.append(_finding(file, subject, passage.spot, what, _JOIN))
    return done


def _drop_links(done: Joined, file: str, subject: str) -> None:
    """Leaves out links to claims that were not made: else nothing at all could be imported."""
    made = {claim.id for claim in done.claims}
    for at, claim in enumerate(done.claims):
        kept = [link for link in claim.links if "/" in link.to or link.to in made]
        lost = [link.to for link in claim.links if link not in kept]
        if lost:
            done.claims[at] = claim.model_copy(update={"links": kept})
            what = f"claim {claim.id} is linked with {', '.join(lost)}, which was not made: the link was left out."
            done.findings.append(_finding(file, subject, f"claim {claim.id}", what, "Mend that claim.", (), "not-kept"))


_JOIN = "Give it a code below CMO, such as CMO/1, or a note with the line “claim: c1”, and all that belong with it."
_SKIPPED = "the map skips every factor that is coded there"
_UNSKIP = "Say in the map what one of its codes means, if it is to count."


def _groups(passages: Sequence[Passage], file: str, subject: str, done: Joined) -> dict[str, list[Passage]]:
    """The passages of each claim, in order of first mention."""
    labels = {passage.key: _labels(passage) for passage in passages}
    for component in _linked(passages):
        known = list(dict.fromkeys(label for key in component for label in labels[key]))
        if len(known) > 1 and not all(labels[key] for key in component):
            spots = "; ".join(passage.spot for passage in passages if passage.key in component)
            what = f"linked passages belong to several claims ({', '.join(known)}), so the links join nothing."
            done.findings.append(_finding(file, subject, spots, what, _JOIN))
        else:
            for key in component:
                labels[key] = labels[key] or known or [f"linked-{component[0][:8]}"]
    groups: dict[str, list[Passage]] = {}
    for passage in passages:
        for label in labels[passage.key]:
            groups.setdefault(label, []).append(passage)
    return groups


def _labels(passage: Passage) -> list[str]:
    said_of_it = [str(one) for key, one in passage.said if key == "claim"]
    coded = [label_of(code.claim) for code in passage.codes if code.claim]
    noted = [str(one) for code in passage.codes for key, one in code.said if key == "claim" and not code.claim]
    return [label for label in dict.fromkeys((*coded, *said_of_it, *noted, *map(label_of, passage.groups))) if label]


def _linked(passages: Sequence[Passage]) -> Iterator[list[str]]:
    """Passages that links hold together, two or more, each in order."""
    ties: dict[str, set[str]] = {passage.key: set() for passage in passages}
    for passage in passages:
        for other in passage.linked & ties.keys() - {passage.key}:
            ties[passage.key].add(other)
            ties[other].add(passage.key)
    seen: set[str] = set()
    for key in ties:
        waiting, component = [key], set[str]()
        while waiting:
            one = waiting.pop()
            if one not in component:
                component.add(one)
                waiting += ties[one]
        if key not in seen and len(component) > 1:
            yield [one for one in ties if one in component]
        seen |= component


def _finding(
    file: str,
    subject: str,
    spot: str,
    what: str,
    remedy: str,
    passages: Iterable[Passage] = (),
    rule: str = "not-joined",
) -> Finding:
    related = tuple(Related(file, None, f"{one.spot}: “{short(one.quote)}” ({_codes(one)})") for one in passages)
    return Finding(Severity.warning, rule, file, None, what, remedy, subject, related=related, spot=spot)


def _codes(passage: Passage) -> str:
    return ", ".join(code.code for code in passage.codes)
