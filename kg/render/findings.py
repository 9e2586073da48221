"""Findings, line by line, and how many there are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TextIO

from kg.sentence import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.findings import Finding


def write_findings(findings: Sequence[Finding], out: TextIO) -> None:
    """Findings line by line, as editors and terminals link them, and how many there are of each kind."""
    write_finding_lines(findings, out)
    if findings:
        out.write("\n")
    out.write(summary(findings) + "\n")


def write_finding_lines(findings: Sequence[Finding], out: TextIO) -> None:
    """Findings line by line."""
    for finding in findings:
        out.write(f"{finding}\n")


def totals(findings: Sequence[Finding]) -> str:
    """How many findings there are of each severity, and in how many files."""
    severities = Counter(finding.severity.value for finding in findings)
    told = ", ".join(number_of(number, severity) for severity, number in severities.items())
    return f"{told} in {number_of(len({finding.file for finding in findings}), 'file')}"


def summary(findings: Sequence[Finding]) -> str:
    """How many findings there are, of what severity, short of which tier and by which rule."""
    if not findings:
        return "Nothing found."
    tiers = Counter(finding.tier.value for finding in findings)
    short = f"; by tier: {', '.join(f'{tier} {number}' for tier, number in tiers.items())}" if len(tiers) > 1 else ""
    rules = Counter(finding.rule for finding in findings)
    kinds = ", ".join(f"{number} × {rule}" for rule, number in rules.most_common())
    return f"{totals(findings)}{short}; by rule: {kinds}."
