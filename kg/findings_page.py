"""Findings as one HTML page that needs nothing else: worst first, counted, filtered, printed, read aloud."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.findings import Severity, Tier
from kg.page import render
from kg.rulebook import Rule, rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kg.findings import Finding

OPEN = 25
"""Rules with up to this many findings are shown unfolded; errors always are."""


@dataclass(frozen=True)
class SameWords:
    """Findings of a rule that say the same of different places."""

    what: str
    remedy: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class OfRule:
    """What one rule found at one severity.

    Attributes:
        rule: The rule.
        severity: How much it matters.
        tier: What records fall short of.
        findings: Everything it found.
        remedy: How all of it is mended; empty where that differs.
        told: What it says of several places, most places first.
        single: What it says of one place only.
    """

    rule: Rule
    severity: Severity
    tier: Tier
    findings: tuple[Finding, ...]
    remedy: str
    told: tuple[SameWords, ...]
    single: tuple[Finding, ...]

    @property
    def anchor(self) -> str:
        """The fragment that leads to it; two severities of one rule are two places."""
        return f"{self.severity}-{self.rule.id}"

    @property
    def files(self) -> int:
        """How many files it found something in."""
        return len({finding.file for finding in self.findings})

    @property
    def unfolded(self) -> bool:
        """Whether it is shown without being asked for."""
        return self.severity == Severity.error or len(self.findings) <= OPEN


def page(findings: Sequence[Finding], checked: Sequence[str], notice: str, version: str) -> str:
    """The page.

    Args:
        findings: Worst first.
        checked: The files and folders that were checked, as people typed them.
        notice: How the evidence was coded; empty where there is nothing to say.
        version: The version of this package.
    """
    severities = Counter(finding.severity for finding in findings)
    per_file: dict[str, Counter[Severity]] = {}
    for finding in findings:
        per_file.setdefault(finding.file, Counter())[finding.severity] += 1
    files = sorted(per_file, key=lambda file: (*(-per_file[file][severity] for severity in Severity), file))
    return render(
        "findings.html",
        ("findings.css",),
        ("findings.js",) if findings else (),
        checked=checked,
        notice=notice,
        version=version,
        total=len(findings),
        severities=[severity for severity in Severity if severities[severity]],
        counts=severities,
        tiers=[tier for tier in Tier if any(finding.tier == tier for finding in findings)],
        by_tier=Counter((finding.severity, finding.tier) for finding in findings),
        files=files,
        per_file=per_file,
        number={file: at for at, file in enumerate(files)},
        rules=_by_rule(findings),
    )


def _by_rule(findings: Iterable[Finding]) -> list[OfRule]:
    """Worst first, then by tier, then the rules that found most."""
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.rule), []).append(finding)
    made = [_of_rule(found) for found in groups.values()]
    order = list(Severity)
    return sorted(made, key=lambda one: (order.index(one.severity), one.tier.rank, -len(one.findings), one.rule.id))


def _of_rule(found: Sequence[Finding]) -> OfRule:
    words: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        words.setdefault((finding.what, finding.remedy), []).append(finding)
    told = [SameWords(what, remedy, tuple(same)) for (what, remedy), same in words.items() if len(same) > 1]
    remedies = {finding.remedy for finding in found}
    return OfRule(
        rule(found[0].rule),
        found[0].severity,
        found[0].tier,
        tuple(found),
        min(remedies) if len(remedies) == 1 else "",
        tuple(sorted(told, key=lambda same: -len(same.findings))),
        tuple(same[0] for same in words.values() if len(same) == 1),
    )
