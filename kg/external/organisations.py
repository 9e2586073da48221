"""Partners of cases and organisations of ROR: candidates to a review file, and what was accepted to a data set.

Nothing is said of a case but what a named person accepted of its own words. What was accepted stands in
`external/organisations/data.csv`, from which the graph is made.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from kg import scheme
from kg.errors import UsageError
from kg.external import dataset, review
from kg.external.dataset import DataSet, Kind
from kg.external.mentions import mentions, parts
from kg.external.partners import NAME
from kg.external.reconciliation import THRESHOLD, Mention, Reconciler
from kg.external.review import Decision, Row
from kg.external.ror import Registry
from kg.findings import Finding
from kg.formulas import guarded

SITE = "https://ror.org"
_LEFT_OUT = {Decision.reject: "candidate rejected", None: "candidate to review"}
LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"


@dataclass(frozen=True)
class Source:
    """Where a registry was taken from.

    Attributes:
        url: The address, or ROR's own where a file was read.
        version: What the file is called, or what was asked.
        retrieved: The day, by ISO 8601.
        digests: SHA-256 of each file or answer.
    """

    url: str
    version: str
    retrieved: str
    digests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Items:
    """Whom to ask for Wikidata items that a registry does not name.

    Attributes:
        url: The address of a SPARQL endpoint.
        asked: Gives the ids of items by that of the organisation, for ids of organisations.
    """

    url: str
    asked: Callable[[frozenset[str]], Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Reviewed:
    """A mention, and how far it is with its review.

    Attributes:
        mention: The name, its cases and their countries.
        rows: Its candidates as the review file has them, best first.
    """

    mention: Mention
    rows: tuple[Row, ...]

    def decided(self, decision: Decision | None) -> tuple[Row, ...]:
        """The candidates of which somebody said so; of those that none was said of, what the last run listed."""
        return _decided(self.rows, decision)

    def state(self, case: str) -> str:
        """How far the review is with one of the cases, in a word of `STATES`."""
        rows = [row for row in self.rows if case in row.cases]
        if _decided(rows, Decision.accept):
            return "accepted"
        if _decided(rows, None):
            return "to_review"
        return "rejected" if _decided(rows, Decision.reject) else "without_candidate"


STATES = ("accepted", "rejected", "to_review", "without_candidate")
"""How far a mention can be: any candidate accepted; all rejected; some still open; or there is none."""


def _decided(rows: Iterable[Row], decision: Decision | None) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.decision == decision and (decision or row.listed))


@dataclass(frozen=True)
class Linked:
    """How far the partners of an evidence folder are reconciled.

    Attributes:
        reviewed: Every mention, in order.
        unnamed: Accepted rows of which no case names the partner any more: nothing is said of these.
        findings: Records of the registry that were left out.
        organisations: How many organisations were read; 0 where no registry was.
        file: The review file.
        partners: How many partners of cases were accepted, and stand in the data set.
    """

    reviewed: tuple[Reviewed, ...]
    unnamed: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    organisations: int = 0
    file: Path = review.FILE
    partners: int = 0

    @property
    def table(self) -> Path:
        """The table of the data set, with what was accepted."""
        return self.file.with_name(dataset.TABLE)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of `rows`."""
        return ("mention", "countries", "cases", "candidates", "accepted", "rejected", "to_review", "best", "score")

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """A row a mention."""
        return [_listed(each) for each in self.reviewed]

    @property
    def notice(self) -> str:
        """What is to be said beside the rows."""
        return "a candidate is somebody that may be meant; only what a named person accepted is said of a case"

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {"notice": self.notice, "totals": self.totals, "mentions": self.rows}

    @property
    def totals(self) -> dict[str, int]:
        """How many names there are, mentions of them in cases, and how many mentions are how far."""
        found: Counter[str] = Counter(names=len({each.mention.name for each in self.reviewed}))
        for each in self.reviewed:
            found["mentions"] += len(each.mention.cases)
            found.update(map(each.state, each.mention.cases))
        return {key: found[key] for key in ("names", "mentions", *STATES)}


def _listed(one: Reviewed) -> dict[str, Any]:
    best = next((row for row in one.rows if row.listed), None)
    return {
        "mention": one.mention.name,
        "countries": one.mention.countries,
        "cases": len(one.mention.cases),
        "candidates": sum(row.listed for row in one.rows),
        "accepted": len(one.decided(Decision.accept)),
        "rejected": len(one.decided(Decision.reject)),
        "to_review": len(one.decided(None)),
        "best": f"{best.name} ({best.candidate})" if best else None,
        "score": best.score if best else None,
    }


def candidates(named: Iterable[Mention], registry: Registry, threshold: float = THRESHOLD) -> Iterator[Row]:
    """A row for each organisation that a mention may mean, undecided."""
    reconciler = Reconciler(registry, scheme.load().countries)
    for mention in named:
        for candidate in reconciler.candidates(mention, threshold):
            organisation = candidate.organisation
            yield Row(
                mention=mention.name,
                cases=mention.cases,
                countries=mention.countries,
                candidate=organisation.ror,
                name=organisation.name,
                candidate_country=tuple(sorted(organisation.countries)),
                status=organisation.status,
                score=candidate.score,
                reasons="; ".join(candidate.reasons),
                wikidata=organisation.wikidata,
            )


def link(
    evidence: Path, registry: Registry, source: Source, threshold: float = THRESHOLD, items: Items | None = None
) -> Linked:
    """Looks for the partners of an evidence folder in a registry; decisions stay, and what was accepted is written.

    Args:
        evidence: The evidence folder.
        registry: The organisations that may be meant.
        source: Where they were taken from.
        threshold: The score from which a candidate is put to review.
        items: Whom to ask for Wikidata items of candidates of which the registry names none.

    Raises:
        EvidenceError: The review file cannot be understood; nothing is written.
        UsageError: There is no evidence, or a file cannot be written.
    """
    named = mentions(evidence)
    path = evidence / review.FILE
    standing = review.read(path)
    found = list(candidates(named, registry, threshold))
    note = f"Candidates from a score of {threshold:g} on were put to review; only what was accepted stands here."
    if items:
        others = items.asked(frozenset(row.candidate for row in found if not row.wikidata))
        found = [replace(row, wikidata=row.wikidata or others.get(row.candidate, ())) for row in found]
        note += f" Wikidata items that ROR does not name were asked of {items.url}."
    rows = review.merged(standing, found)
    review.write(path, rows)
    described = DataSet(
        name=NAME,
        kind=Kind.organisations,
        title="Partners of cases, as organisations of ROR",
        publisher="Research Organization Registry (ROR)",
        url=source.url,
        licence=LICENCE,
        licence_note="ROR's data are in the public domain (CC0). Which organisation a case means was decided here.",
        version=source.version,
        retrieved=source.retrieved,
        digest=list(source.digests),
        note=note,
    )
    return _saved(evidence, described, named, rows, registry)


def take_up(evidence: Path) -> Linked:
    """Writes what was accepted since a registry was last read.

    Raises:
        EvidenceError: The review file cannot be understood; nothing is written.
        UsageError: No registry was read yet, or a file cannot be written.
    """
    named = mentions(evidence)
    rows = review.read(evidence / review.FILE)
    units, _ = dataset.find_units(evidence)
    unit = next((unit for unit in units if unit.path.parent.name == NAME), None)
    if unit is None:
        remedy = "name a file of ROR's, or add --from ror-api"
        raise UsageError(f"no organisations were looked up for {evidence} yet: {remedy}")
    described = dataset.read(unit).described
    if described is None or described.kind != Kind.organisations:
        place = unit.path.with_name(dataset.DESCRIPTION)
        raise UsageError(f"{place} describes no organisations: look them up anew, in a file of ROR's or by its API")
    return _saved(evidence, described, named, rows)


def _saved(
    evidence: Path, described: DataSet, named: Sequence[Mention], rows: Sequence[Row], registry: Registry | None = None
) -> Linked:
    accepted = _accepted(named, rows)
    left = Counter(_LEFT_OUT[row.decision] for row in rows if row.decision in _LEFT_OUT)
    dataset.save(evidence, described.model_copy(update={"left_out": dict(sorted(left.items()))}), accepted)
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_name[row.mention].append(row)
    cases = _cases(named)
    return Linked(
        tuple(
            Reviewed(each, tuple(row for row in by_name[each.name] if set(row.cases) & set(each.cases)))
            for each in named
        ),
        tuple(row for row in rows if row.decision == Decision.accept and not cases[row.mention] & set(row.cases)),
        registry.findings if registry else (),
        len(registry.organisations) if registry else 0,
        evidence / review.FILE,
        len(accepted),
    )


def _cases(named: Iterable[Mention]) -> Mapping[str, set[str]]:
    """The cases that name each partner."""
    found: dict[str, set[str]] = defaultdict(set)
    for mention in named:
        found[mention.name].update(mention.cases)
    return found


def _accepted(named: Iterable[Mention], rows: Iterable[Row]) -> list[dict[str, str]]:
    cases = _cases(named)
    found = []
    for row in rows:
        if row.decision == Decision.accept:
            for where in sorted(cases[row.mention] & set(row.cases)):
                source, case = parts(where)
                found.append(
                    {
                        "source": source,
                        "case": case,
                        "mention": guarded(row.mention),
                        "ror": row.candidate,
                        "name": guarded(row.name),
                        "iso3": " ".join(row.candidate_country),
                        "wikidata": " ".join(row.wikidata),
                        "reviewer": guarded(row.reviewer),
                        "date": row.date,
                    }
                )
    return sorted(found, key=lambda each: tuple(each.values()))
