"""Findings as SARIF: the log is what the standard's schema asks, and code review finds each finding again."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kg import cli, findings_report, pipeline, resources, sarif
from kg.findings import Finding, Related, Severity, Tier
from tests.conftest import ROOT, TINY

jsonschema = pytest.importorskip("jsonschema")

SCHEMA = ROOT / "tests" / "data" / "sarif" / "sarif-2.1.0-rtm.5.json"
CLASH = Finding(
    Severity.error,
    "opposed-codings",
    "evidence/sources/a b.yaml",
    7,
    "c1 and c2 say the opposite of {trust}.",
    "Mend one, see [x](1).",
    "c1",
    repair="{state: low}",
    related=(
        Related("evidence/sources/ü#1.yaml", 12, "trust [high]"),
        Related("evidence/studies.yaml", None, "the study"),
    ),
)
WEAK = Finding(
    Severity.warning, "ClaimContext", "evidence/sources/c.yaml", 3, "The claim has no context.", "Add one.", "c1"
)
NOTE = Finding(Severity.note, "ClaimCase", "/elsewhere/d.yaml", None, "The claim names no case.", "Give case.", "c1")


@cache
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return loaded


def faults(log: dict[str, Any]) -> list[str]:
    """What the schema finds in a log, each with its place."""
    validator = jsonschema.Draft4Validator(schema(), format_checker=jsonschema.FormatChecker())
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(log)]


def run_of(*findings: Finding) -> dict[str, Any]:
    log = sarif.log(findings, Path.cwd(), "1.2.3")
    assert faults(log) == []
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def prints(*findings: Finding) -> list[str]:
    return [result["partialFingerprints"]["finding/v1"] for result in run_of(*findings)["results"]]


# The log


def test_a_finding_with_all_it_can_have() -> None:
    (result,) = run_of(CLASH)["results"]
    assert result.pop("partialFingerprints").keys() == {"finding/v1"}
    assert result == {
        "ruleId": "opposed-codings",
        "ruleIndex": 0,
        "level": "error",
        "message": {
            "text": "c1: c1 and c2 say the opposite of {{trust}}. Mend one, see \\[x](1). Suggested: `{{state: low}}`. "
            "Related: [evidence/sources/ü#1.yaml:12: trust \\[high\\]](1); [evidence/studies.yaml: the study](2)."
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "evidence/sources/a%20b.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 7},
                }
            }
        ],
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": {
                    "artifactLocation": {"uri": "evidence/sources/%C3%BC%231.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 12},
                },
                "message": {"text": "trust [high]"},
            },
            {
                "id": 2,
                "physicalLocation": {"artifactLocation": {"uri": "evidence/studies.yaml", "uriBaseId": "%SRCROOT%"}},
                "message": {"text": "the study"},
            },
        ],
        "properties": {"tier": "noted", "subject": "c1", "repair": "{state: low}"},
    }


def test_the_tool_tells_its_rules_once_each_and_results_point_to_them() -> None:
    run = run_of(CLASH, WEAK, replace(WEAK, line=9, subject="c2"), NOTE)
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("kg", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == ["opposed-codings", "ClaimContext", "ClaimCase"]
    assert [result["ruleIndex"] for result in run["results"]] == [0, 1, 1, 2]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "warning", "note"]
    assert driver["rules"][1] == {
        "id": "ClaimContext",
        "shortDescription": {"text": "Context of a claim"},
        "fullDescription": {"text": "Without a context it is a claim, not yet a configuration (realist rule 1)."},
        "help": driver["rules"][1]["help"],
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tier": "structured"},
    }
    assert driver["rules"][0]["shortDescription"] == {"text": "Opposed codings"}
    assert "informationUri" not in driver


def test_a_file_outside_the_repository_has_an_absolute_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    inside, beside = replace(WEAK, file="a.yaml"), replace(WEAK, file="../b c.yaml")
    places = [result["locations"][0]["physicalLocation"] for result in run_of(inside, beside, NOTE)["results"]]
    assert [place["artifactLocation"] for place in places] == [
        {"uri": "a.yaml", "uriBaseId": "%SRCROOT%"},
        {"uri": (tmp_path / "b%20c.yaml").as_uri().replace("%25", "%")},
        {"uri": "file:///elsewhere/d.yaml"},
    ]
    assert "region" not in places[2]


def test_the_shipped_ontology_is_named_and_not_where_it_lies_on_a_machine(tmp_path: Path) -> None:
    core = resources.root() / "ontology" / "core.ttl"
    clash = replace(CLASH, file=str(tmp_path / "a.yaml"), related=(Related(str(core), 12, "No claim is a case."),))
    log = sarif.log([clash], tmp_path, "1")
    assert faults(log) == []
    (result,) = log["runs"][0]["results"]
    assert result["relatedLocations"] == [
        {
            "id": 1,
            "logicalLocations": [{"fullyQualifiedName": "ontology/core.ttl"}],
            "message": {"text": "No claim is a case."},
        }
    ]
    assert result["message"]["text"].endswith("Related: [ontology/core.ttl:12: No claim is a case.](1).")
    assert str(ROOT) not in json.dumps(log)
    (inside,) = sarif.log([clash], ROOT, "1")["runs"][0]["results"][0]["relatedLocations"]
    assert inside["physicalLocation"] == {
        "artifactLocation": {"uri": "ontology/core.ttl", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12},
    }


def test_addresses_begin_at_the_top_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (below := tmp_path / "repository" / "evidence").mkdir()
    assert findings_report.repository(below) == tmp_path / "repository"
    assert findings_report.repository(tmp_path) == tmp_path
    monkeypatch.chdir(below)
    log = sarif.log([replace(WEAK, file="a.yaml")], findings_report.repository(Path.cwd()), "1")
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "evidence/a.yaml"


def test_nothing_found_is_a_run_without_results() -> None:
    run = run_of()
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


# Fingerprints


def test_a_finding_is_known_again_when_lines_move() -> None:
    twice = Finding(Severity.error, "described-twice", "b.yaml", 4, "the source a is already described in a.yaml:12.")
    moved = replace(twice, line=40, what="the source a is already described in a.yaml:99.")
    assert prints(WEAK, twice) == prints(replace(WEAK, line=300), moved)


@pytest.mark.parametrize("other", [{"rule": "ClaimCase"}, {"subject": "c2"}, {"what": "The claim has no cases."}])
def test_another_finding_has_another_fingerprint(other: dict[str, str]) -> None:
    assert len({*prints(WEAK), *prints(replace(WEAK, **other))}) == 2  # type: ignore[arg-type] # texts all


def test_equal_findings_of_a_file_are_told_apart_by_their_order() -> None:
    same = prints(WEAK, replace(WEAK, line=9), replace(WEAK, file="evidence/e.yaml"))
    assert [mark.rpartition(":")[2] for mark in same] == ["1", "2", "1"]
    assert len({mark.rpartition(":")[0] for mark in same}) == 1


# The schema is one, and what breaks it is found


@pytest.mark.parametrize(
    ("break_", "fault"),
    [
        (lambda run: run["results"][0].pop("message"), "'message' is a required property"),
        (lambda run: run["results"][0].update(level="fatal"), "'fatal' is not one of"),
        (lambda run: run["results"][0].update(line=3), "Additional properties are not allowed"),
        (lambda run: run["tool"]["driver"].pop("name"), "'name' is a required property"),
        (lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0), "less than"),
    ],
)
def test_the_schema_finds_what_is_no_log(break_: Any, fault: str) -> None:
    log = sarif.log([CLASH], Path.cwd(), "1")
    break_(log["runs"][0])
    assert fault in " ".join(faults(log))


# The command


def test_the_command_writes_what_was_found(tmp_path: Path) -> None:
    out = tmp_path / "findings.sarif"
    ended = CliRunner().invoke(cli.app, ["check", str(TINY), "--tier", "appraised", "--output", str(out)])
    assert (ended.exit_code, ended.stdout) == (1, "")
    log = json.loads(out.read_text(encoding="utf-8"))
    assert faults(log) == []
    results = log["runs"][0]["results"]
    found = pipeline.check(TINY, tier=Tier.appraised)
    assert [(one["ruleId"], one["level"], one["properties"]["subject"]) for one in results] == [
        (one.rule, one.severity.value, one.subject) for one in found
    ]
    places = [one["locations"][0]["physicalLocation"] for one in results]
    assert [f"{place['artifactLocation']['uri']}:{place['region']['startLine']}" for place in places] == [
        one.place for one in found
    ]
    marks = [
        (place["artifactLocation"]["uri"], one["partialFingerprints"]["finding/v1"])
        for place, one in zip(places, results, strict=True)
    ]
    assert len(set(marks)) == len(marks) == 149
