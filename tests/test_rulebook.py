"""The rulebook: every rule by which evidence is checked says why it is there and how what it finds is mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg import across, coherence, evidence, pipeline, sarif
from kg.findings import Finding, Severity, Tier
from kg.rulebook import IN_CODE, Rule, rule
from tests.conftest import SHIPPED


def test_every_rule_of_an_appraisal_of_the_shipped_evidence_says_why_it_is_there() -> None:
    rules = {finding.rule for finding in pipeline.check(SHIPPED, tier=Tier.appraised)}
    assert {"ClaimRival", "loop", "shared-data-set"} <= rules
    assert {name for name in rules if not (rule(name).why and rule(name).remedy)} == set()


@pytest.mark.parametrize("check", across.checks(), ids=lambda check: str(check.rule))
def test_a_check_across_records_is_told_as_its_file_says(check: across.Check) -> None:
    assert rule(check.rule) == Rule(check.rule, check.title, check.why, check.remedy)


@pytest.mark.parametrize("known", IN_CODE, ids=lambda known: str(known.id))
def test_a_rule_in_code_is_called_as_its_findings_are_and_mended_as_they_say(known: Rule) -> None:
    said = "\n".join(path.read_text(encoding="utf-8") for path in (Path(coherence.__file__), Path(evidence.__file__)))
    assert f'"{known.id}"' in said
    assert f'"{known.remedy}"' in said


def test_code_review_is_told_why_a_contradiction_matters() -> None:
    clash = Finding(Severity.error, "contradiction", "a.yaml", 1, "the file contradicts itself.")
    (told,) = sarif.log([clash], Path.cwd(), "1")["runs"][0]["tool"]["driver"]["rules"]
    assert told["shortDescription"]["text"] == "A file that contradicts itself"
    assert told["fullDescription"]["text"].startswith("Statements that cannot all be true leave open")
