"""Findings as SARIF 2.1.0, the OASIS standard by which code review shows what a tool found.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; section numbers below are its own.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kg import resources
from kg.rulebook import rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.findings import Finding, Related

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
"""What relative addresses of files are relative to: the top of the repository, wherever it lies."""
FINGERPRINT = "finding/v1"
"""Name and version of how a finding is known again; a change of what it is made from changes the version (3.27.17)."""


def log(findings: Sequence[Finding], root: Path, version: str) -> dict[str, Any]:
    """A SARIF log of one run, as plain values.

    Args:
        findings: In the order in which they are told; the log keeps it.
        root: The folder that addresses of files are relative to; a file outside it has an absolute one.
        version: The version of this package.
    """
    rules = list(dict.fromkeys(finding.rule for finding in findings))
    first = {finding.rule: finding for finding in reversed(findings)}
    driver = {
        "name": "kg",
        "fullName": "Partnership Mechanisms Knowledge Graph",
        "version": version,
        "rules": [_rule(first[name]) for name in rules],
    }
    prints = _fingerprints(findings)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "originalUriBaseIds": {ROOT: {"description": _text("The top of the repository.")}},
                "results": [
                    _result(finding, rules.index(finding.rule), mark, root)
                    for finding, mark in zip(findings, prints, strict=True)
                ],
            }
        ],
    }


def _rule(example: Finding) -> dict[str, Any]:
    """A rule as its first finding shows it; the words are the rule's own where a shape states it."""
    known = rule(example.rule)
    return {
        "id": known.id,
        "shortDescription": _text(_literal(known.name)),
        "fullDescription": _text(_literal(known.why or known.name)),
        "help": _text(_literal(known.remedy or example.remedy or example.what)),
        "defaultConfiguration": {"level": example.severity.value},
        "properties": {"tier": example.tier.value},
    }


def _result(finding: Finding, index: int, mark: str, root: Path) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": _text(_message(finding)),
        "locations": [_location(finding, root)],
        "partialFingerprints": {FINGERPRINT: mark},
        "properties": {"tier": finding.tier.value, "subject": finding.subject, "repair": finding.repair},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_location(place, root), "message": _text(_literal(place.what))}
            for number, place in enumerate(finding.related, 1)
        ]
    return result


def _message(finding: Finding) -> str:
    """What is wrong, how to mend it, and links to related places (3.11.6), which some viewers show by them alone."""
    about = ": ".join(part for part in (finding.spot, finding.subject, finding.what) if part)
    parts = [about, finding.remedy]
    if finding.repair:
        parts.append(f"Suggested: `{finding.repair}`.")
    links = [
        f"[{_in_a_link(str(replace(place, file=_shipped(place.file) or place.file)))}]({number})"
        for number, place in enumerate(finding.related, 1)
    ]
    told = [_literal(" ".join(part for part in parts if part))]
    if links:
        told.append(f"Related: {'; '.join(links)}.")
    return " ".join(told)


def _text(text: str) -> dict[str, str]:
    return {"text": text}


def _literal(text: str) -> str:
    r"""A text of which nothing is taken for a placeholder (3.11.5) or an embedded link (3.11.6).

    >>> print(_literal("{0} of [a](1)"))
    {{0}} of \[a](1)
    """
    text = text.replace("{", "{{").replace("}", "}}")
    return re.sub(r"\[(?=[^\]]*\]\()", r"\\[", text)


def _in_a_link(text: str) -> str:
    r"""A text between the brackets of an embedded link.

    >>> print(_in_a_link("[a]"))
    \[a\]
    """
    return re.sub(r"[\\\[\]]", r"\\\g<0>", text.replace("{", "{{").replace("}", "}}"))


def _location(place: Finding | Related, root: Path) -> dict[str, Any]:
    """Where something stands; of a file that came with this package only what it is called, wherever it lies here."""
    artifact = _artifact(place.file, root)
    shipped = _shipped(place.file)
    if shipped and "uriBaseId" not in artifact:
        return {"logicalLocations": [{"fullyQualifiedName": shipped}]}
    physical: dict[str, Any] = {"artifactLocation": artifact}
    if place.line is not None:
        physical["region"] = {"startLine": place.line}
    return {"physicalLocation": physical}


def _shipped(file: str) -> str:
    """The name of a file of the shipped ontology, such as `ontology/core.ttl`; of any other file nothing."""
    path = Path(file).resolve()
    return path.relative_to(resources.root()).as_posix() if path in resources.ontology_files() else ""


def _artifact(file: str, root: Path) -> dict[str, str]:
    """The address of a file as people typed it: below the root a relative one, without `..` (3.4.4), else absolute."""
    typed = Path(os.path.abspath(file))
    for path in (typed, typed.resolve()):
        if path.is_relative_to(root):
            return {"uri": quote(path.relative_to(root).as_posix()), "uriBaseId": ROOT}
    return {"uri": typed.as_uri()}


def _fingerprints(findings: Sequence[Finding]) -> list[str]:
    """By what each finding is known again when lines move: rule, subject and words, and which of the same it is.

    Where it stands is left out: who matches findings knows the file, and a line changes with every edit above it.
    """
    seen: Counter[str] = Counter()
    marks = []
    for finding in findings:
        words = re.sub(r"(?<=:)\d+\b", "", finding.what)  # a line number of another file, as in a.yaml:12
        about = "\0".join((finding.rule, finding.subject, words))
        digest = hashlib.sha256(about.encode()).hexdigest()[:32]
        seen[finding.file + digest] += 1
        marks.append(f"{digest}:{seen[finding.file + digest]}")
    return marks
