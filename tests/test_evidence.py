"""Evidence files: every fault with its rule, line, value and remedy, and nothing lost of what was delivered."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kg import evidence, pipeline
from kg.errors import UsageError
from kg.evidence import Reading
from kg.findings import Finding, Severity
from kg.records import Source, Studies, Theories
from tests.conftest import ROOT, SHIPPED, TINY

GOOD = """\
source: okoro2020
type: journal-article
title: Calls between wards
authors: ["Okoro, Ada"]
year: 2020
doi: 10.5555/okoro.2020
pmid: "12345678"
pmcid: PMC1234567
url: https://example.org/okoro2020
design: qualitative
codings:
  - coder: ada
    method: manual
    read: [abstract]
    cases:
      - id: link
        label: Northgate link
        countries: [KEN, GBR]
        start: 2012
        end: 2018
    claims:
      - id: c1
        case: link
        contexts:
          - {factor: staff-turnover, state: low, influence: enables}
        mechanisms:
          - {factor: trust, state: present, reasoning: they will answer}
        actors: [frontline-staff]
        outcome: {factor: service-delivery, direction: increased}
        effect: supports
        status: supported
        evidence:
          - {locator: table 2, layer: participant, paraphrase: Calls helped.}
        links:
          - {to: c2, kind: becomes-context}
      - id: c2
        mechanisms:
          - {factor: communication, state: present}
        outcome: {factor: trust, direction: increased}
        effect: supports
        status: proposed
        evidence:
          - {locator: discussion, layer: author, paraphrase: Talk builds trust.}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, so that findings name files as people there would type them."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edited(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert old in text, f"{old!r} is not in the text"
        text = text.replace(old, new, 1)
    return text


def line_of(text: str, part: str) -> int:
    """The one line of a text that holds this."""
    (line,) = (number for number, line in enumerate(text.split("\n"), 1) if part in line)
    return line


def read_file(path: Path, content: str | bytes) -> list[Reading]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    units, findings = evidence.find_units(path)
    assert findings == []
    return [evidence.read(unit) for unit in units]


def read_one(path: Path, content: str | bytes) -> Reading:
    (reading,) = read_file(path, content)
    return reading


def places(findings: Iterable[Finding]) -> list[tuple[Severity, str, str]]:
    return [(finding.severity, finding.place, finding.rule) for finding in findings]


def errors(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(finding.place, finding.rule) for finding in findings if finding.severity == Severity.error]


def assert_says(finding: Finding, named: str, remedy: str) -> None:
    assert named in finding.what
    assert remedy in finding.remedy
    assert any(letter.isalpha() for letter in finding.remedy), "there is no remedy"
    assert finding.what.endswith(".")
    assert "\n" not in str(finding)


def test_the_record_that_is_spoilt_below_is_good(here: Path) -> None:
    reading = read_one(here / "okoro2020.yaml", GOOD)
    assert reading.findings == []
    assert isinstance(reading.record, Source)
    assert [claim.id for claim in reading.record.codings[0].claims] == ["c1", "c2"]


# One fault in one file

PARAPHRASE_C1 = "paraphrase: Calls helped.}"
OUTCOME_C2 = "        outcome: {factor: trust, direction: increased}\n"
EVIDENCE_C2 = "        evidence:\n          - {locator: discussion, layer: author, paraphrase: Talk builds trust.}\n"
MECHANISM_C2 = "        mechanisms:\n          - {factor: communication, state: present}\n"

FAULTS = [
    # what to replace, by what, where the fault then stands, the rule, the value named, the remedy
    # I3: control characters
    pytest.param(
        "title: Calls between wards",
        r'title: "Calls\x07between"',
        "title:",
        "control-character",
        "U+0007",
        "Remove it",
        id="I3-bell",
    ),
    pytest.param("label: Northgate link", r'label: "a\0b"', "label:", "control-character", "U+0000", "", id="I3-NUL"),
    pytest.param(
        "reasoning: they will answer",
        r'reasoning: "a\x90b"',
        "reasoning:",
        "control-character",
        "U+0090",
        "",
        id="I3-C1",
    ),
    pytest.param(
        "10.5555/okoro.2020", r'"10.5555/a\x01b"', "doi:", "control-character", "U+0001", "", id="I3-in-a-DOI"
    ),
    pytest.param(
        "https://example.org/okoro2020",
        r'"https://example.org/\x01"',
        "url:",
        "control-character",
        "U+0001",
        "",
        id="I3-in-an-address",
    ),
    # I12: what looks like a number
    pytest.param("id: link", "id: 12", "id: 12", "string-type", "“12”", "quotes", id="I12-id-without-quotes"),
    pytest.param(
        '"12345678"', "12345678", "pmid:", "string-type", "“12345678”", "quotes", id="I12-pmid-without-quotes"
    ),
    pytest.param(
        "year: 2020",
        "year: 20201234567890123456",
        "year:",
        "int-type",
        "20201234567890123456",
        "whole number",
        id="I12-twenty-digits",
    ),
    pytest.param("year: 2020", "year: 2020.0", "year:", "int-type", "“2020.0”", "whole number", id="I12-decimal-point"),
    pytest.param("year: 2020", "year: 02020", "year:", "int-type", "“02020”", "whole number", id="I12-leading-zero"),
    # I14: years and dates
    pytest.param("year: 2020", "year: 20200", "year:", "impossible-year", "20200", "1800", id="I14-year-too-late"),
    pytest.param("start: 2012", "start: 1012", "start:", "impossible-year", "1012", "1800", id="I14-year-too-early"),
    pytest.param(
        "start: 2012", "start: 2020-02-30", "start:", "int-type", "“2020-02-30”", "whole number", id="I14-no-such-date"
    ),
    pytest.param("start: 2012", "start: 01/02/2020", "start:", "int-type", "“01/02/2020”", "", id="I14-ambiguous-date"),
    pytest.param("end: 2018", "end: 2008", "end:", "end-before-start", "2008", "", id="I14-end-before-start"),
    # I15: words that the project does not know
    pytest.param("{factor: trust,", "{factor: trsut,", "trsut", "unknown-factor", "trsut", "trust", id="I15-mechanism"),
    pytest.param(
        "{factor: staff-turnover,",
        "{factor: Staff turnover,",
        "Staff turnover",
        "unknown-factor",
        "Staff turnover",
        "staff-turnover",
        id="I15-context",
    ),
    pytest.param(
        "{factor: service-delivery,",
        "{factor: service-delivry,",
        "service-delivry",
        "unknown-factor",
        "service-delivry",
        "service-delivery",
        id="I15-outcome",
    ),
    pytest.param(
        "{factor: trust,",
        "{factor: zzzzzz,",
        "zzzzzz",
        "unknown-factor",
        "zzzzzz",
        "ontology/concepts.ttl",
        id="I15-nothing-near",
    ),
    pytest.param(
        "{factor: trust,", "{factor: funder,", "funder", "unknown-factor", "funder", "", id="I15-an-actor-is-no-factor"
    ),
    pytest.param(
        "[frontline-staff]", "[trainer, fundre]", "fundre", "unknown-actor", "fundre", "funder", id="I15-actor"
    ),
    pytest.param(
        "[frontline-staff]", "[{kind: trainr}]", "trainr", "unknown-actor", "trainr", "trainer", id="I15-actor-in-full"
    ),
    pytest.param("[KEN, GBR]", "[KEN, XXQ]", "XXQ", "unknown-country", "XXQ", "three letters", id="I15-country"),
    pytest.param("[KEN, GBR]", "[KEN, gbr]", "gbr", "unknown-country", "gbr", "GBR", id="I15-country-in-small-letters"),
    pytest.param("status: supported", "status: suported", "suported", "enum", "suported", "supported", id="I15-status"),
    pytest.param(
        "effect: supports\n        status: supported",
        "effect: suports\n        status: supported",
        "suports",
        "enum",
        "“suports”",
        "Did you mean supports? Write one of supports, hinders, mixed, no-effect.",
        id="I15-effect",
    ),
    pytest.param(
        "effect: supports\n        status: supported",
        "effect: 7\n        status: supported",
        "effect: 7",
        "enum",
        "“7”",
        "supports, hinders, mixed, no-effect",
        id="I15-effect-nothing-near",
    ),
    pytest.param("type: journal-article", "type: article", "type: article", "enum", "“article”", "", id="I15-type"),
    pytest.param(
        "layer: participant", "layer: participants", "participants", "enum", "", "participant", id="I15-layer"
    ),
    # I16: one id twice
    pytest.param(
        "    claims:\n",
        "      - {id: link, label: again}\n    claims:\n",
        "again",
        "repeated-id",
        "link is given twice in cases (first in line 16)",
        "",
        id="I16-case",
    ),
    pytest.param(
        "      - id: c2\n",
        "      - {id: c2, mechanisms: [{factor: trust}], outcome: {factor: trust}, effect: mixed, status: proposed,"
        " evidence: [{locator: p. 1}]}\n      - id: c2\n",
        "      - id: c2",
        "repeated-id",
        "c2 is given twice in claims (first in line 36)",
        "an id of its own",
        id="I16-claim",
    ),
    pytest.param(
        "codings:\n",
        "codings:\n  - {coder: ada}\n",
        "  - coder: ada",
        "repeated-id",
        "ada is given twice in codings (first in line 12)",
        "Join the two",
        id="I16-coder",
    ),
    # I17: references that lead nowhere
    pytest.param("case: link", "case: lnik", "lnik", "unknown-case", "lnik", "Did you mean link?", id="I17-case"),
    pytest.param(
        "case: link",
        "case: harbour",
        "harbour",
        "unknown-case",
        "harbour",
        "Describe it under cases",
        id="I17-case-nothing-near",
    ),
    pytest.param("{to: c2,", "{to: q7,", "q7", "unknown-claim", "q7", "source/coder/claim", id="I17-link"),
    pytest.param(
        "- {to: c2, kind: becomes-context}", "- q7", "- q7", "unknown-claim", "q7", "", id="I17-link-by-id-alone"
    ),
    # I18: a claim linked to itself
    pytest.param("{to: c2,", "{to: c1,", "{to: c1,", "self-link", "itself", "Name the next claim", id="I18-link"),
    pytest.param(
        "- {to: c2, kind: becomes-context}", "- c1", "- c1", "self-link", "itself", "", id="I18-link-by-id-alone"
    ),
    pytest.param("{to: c2,", "{to: okoro2020/ada/c1,", "{to: okoro", "self-link", "itself", "", id="I18-link-in-full"),
    # I19: no orphan claim
    pytest.param(MECHANISM_C2, "", "- id: c2", "missing", "mechanisms", "Add mechanisms", id="I19-no-mechanism"),
    pytest.param(
        MECHANISM_C2,
        "        mechanisms: []\n",
        "mechanisms: []",
        "too-short",
        "mechanisms is empty",
        "at least one",
        id="I19-empty-mechanisms",
    ),
    pytest.param(OUTCOME_C2, "", "- id: c2", "missing", "outcome", "Add outcome", id="I19-no-outcome"),
    pytest.param(
        OUTCOME_C2,
        "        outcome: {direction: increased}\n",
        "outcome: {direction",
        "missing",
        "factor",
        "Add factor",
        id="I19-outcome-without-factor",
    ),
    pytest.param(EVIDENCE_C2, "", "- id: c2", "missing", "evidence", "Add evidence", id="I19-no-evidence"),
    pytest.param("locator: discussion, ", "", "Talk", "missing", "locator", "Add locator", id="I19-no-locator"),
    pytest.param(
        "locator: discussion", 'locator: " "', 'locator: " "', "empty-text", "locator", "Write", id="I19-empty-locator"
    ),
    # I20: a judgement without its reason
    pytest.param(
        PARAPHRASE_C1, "rigour: {judged: high}}", "rigour:", "missing", "reason", "Add reason", id="I20-no-reason"
    ),
    pytest.param(
        PARAPHRASE_C1,
        "rigour: {judged: high, reason: ' '}}",
        "rigour:",
        "empty-text",
        "reason",
        "Write",
        id="I20-empty-reason",
    ),
    pytest.param(
        PARAPHRASE_C1, "relevance: high}", "relevance:", "model-type", "“high”", "keys and values", id="I20-grade-alone"
    ),
    # I31: identifiers and addresses
    pytest.param(
        "10.5555/okoro.2020",
        "https://doi.org/10.5555/x",
        "doi:",
        "malformed",
        "https://doi.org/10.5555/x",
        "begins with 10.",
        id="I31-DOI-as-address",
    ),
    pytest.param("10.5555/okoro.2020", "10.5555", "doi:", "malformed", "10.5555", "", id="I31-DOI-cut-short"),
    pytest.param('"12345678"', "PM12", "pmid:", "malformed", "PM12", "digits only", id="I31-PMID"),
    pytest.param('"12345678"', '"1٢٣"', "pmid:", "malformed", "1٢٣", "digits only", id="I31-PMID-in-other-digits"),
    pytest.param("PMC1234567", '"1234567"', "pmcid:", "malformed", "1234567", "PMC", id="I31-PMCID"),
    pytest.param(
        "https://example.org/okoro2020",
        "javascript:alert(1)",
        "url:",
        "malformed",
        "javascript:alert(1)",
        "http:// or https://",
        id="I31-javascript",
    ),
    pytest.param(
        "https://example.org/okoro2020", "file:///etc/passwd", "url:", "malformed", "file:", "", id="I31-file"
    ),
    pytest.param(
        "https://example.org/okoro2020", "'https://example.org/a b'", "url:", "malformed", "a b", "", id="I31-space"
    ),
    # I34: form
    pytest.param(
        "year: 2020", "yaer: 2020", "yaer", "extra-forbidden", "yaer", "Did you mean year?", id="I34-unknown-key"
    ),
    pytest.param(
        "service-delivery, direction:",
        "service-delivery, dirction:",
        "dirction",
        "extra-forbidden",
        "dirction",
        "Did you mean direction?",
        id="I34-unknown-key-below",
    ),
    pytest.param(
        "year: 2020",
        "zzz: 2020",
        "zzz",
        "extra-forbidden",
        "zzz",
        "authors, codings, design",
        id="I34-unknown-key-nothing-near",
    ),
    pytest.param(
        "year: 2020",
        "year: 2020\nyear: 2021",
        "year: 2021",
        "not-yaml",
        "year is given twice (first in line 5)",
        "Keep one",
        id="I34-key-twice",
    ),
    pytest.param(
        "title: Calls between wards",
        "title: Calls: between wards",
        "title:",
        "not-yaml",
        "mapping values",
        "in quotes",
        id="I34-colon",
    ),
    pytest.param(
        "    method: manual", "   method: manual", "method", "not-yaml", "", "indentation", id="I34-indentation"
    ),
    pytest.param(
        "title: Calls between wards",
        "title: &a Calls\njournal: *a",
        "title:",
        "not-yaml",
        "anchors and aliases",
        "Write it out",
        id="I34-alias",
    ),
    pytest.param(
        "title: Calls between wards",
        "title: !!python/object/new:os.system Calls",
        "title:",
        "not-yaml",
        "os.system",
        "",
        id="I34-tag",
    ),
    pytest.param("year: 2020", "year: !!str 2020", "year:", "not-yaml", "str", "", id="I34-tag-that-changes-a-type"),
    pytest.param(
        "paraphrase: Talk builds trust.}\n",
        "paraphrase: Talk builds trust.}\n---\n\nsource: another\n",
        "---",
        "not-yaml",
        "second document",
        "a file of its own",
        id="I34-two-documents",
    ),
    pytest.param("authors: [", "authors: [[", "year:", "not-yaml", "", "", id="I34-unclosed"),
    pytest.param(
        'authors: ["Okoro, Ada"]', "authors: Okoro", "authors:", "list-type", "“Okoro”", "a list", id="I34-no-list"
    ),
    pytest.param("title: Calls between wards", "title: 12", "title:", "string-type", "“12”", "quotes", id="I34-number"),
    pytest.param("title: Calls between wards", "title: [a, b]", "title:", "string-type", "a", "", id="I34-list"),
    pytest.param(
        "kind: becomes-context}",
        "kind: becomes-context, feedback: no}",
        "feedback: no",
        "bool-type",
        "“no”",
        "true or false",
        id="I34-no-is-no-boolean",
    ),
    pytest.param(
        PARAPHRASE_C1,
        "statistic: {measure: r, n: -1}}",
        "n: -1",
        "greater-than-equal",
        "“-1”",
        "0",
        id="I34-negative-number",
    ),
    pytest.param(
        PARAPHRASE_C1,
        "statistic: {measure: r, value: [1]}}",
        "value: [1]",
        "string-type",
        "“[1]”",
        "",
        id="I34-one-fault-of-a-slot-with-several-types",
    ),
    # What parts of a claim must be to each other
    pytest.param(
        "effect: supports\n        status: supported",
        "effect: supports\n        effect_kind: contingent\n        status: supported",
        "effect_kind:",
        "effect-kind",
        "contingent does not go with the effect supports",
        "",
        id="effect-kind-of-an-effect-that-has-none",
    ),
    pytest.param(
        "effect: supports\n        status: supported",
        "effect: mixed\n        effect_kind: not-fired\n        status: supported",
        "effect_kind:",
        "effect-kind",
        "not-fired does not go with the effect mixed",
        "",
        id="effect-kind-of-another-effect",
    ),
    pytest.param(
        "effect: supports\n        status: supported",
        "effect: supports\n        joined_by: and\n        status: supported",
        "joined_by:",
        "joined-by",
        "no two mechanisms",
        "remove joined_by",
        id="joined-by-with-one-mechanism",
    ),
    pytest.param(
        PARAPHRASE_C1,
        "paraphrase: x, selector: {start: 1, end: 2}}",
        "selector:",
        "selector",
        "without a quote",
        "Add the quote",
        id="selector-without-quote",
    ),
    pytest.param(
        PARAPHRASE_C1,
        "quote: x, selector: {start: -1, end: 2}}",
        "start: -1",
        "greater-than-equal",
        "“-1”",
        "0",
        id="selector-before-the-beginning",
    ),
    pytest.param("id: link", "id: ' link'", "' link'", "identifier", "id", "Remove it", id="space-before-an-id"),
    pytest.param(
        "coder: ada", "coder: case", "coder:", "reserved-id", "case", "another name", id="reserved-coder-case"
    ),
    pytest.param("coder: ada", "coder: author", "coder:", "reserved-id", "author", "", id="reserved-coder-author"),
    # I28: documents beside the record
    pytest.param(
        "design: qualitative",
        "design: qualitative\ndocument: okoro2020.txt",
        "document:",
        "document",
        "okoro2020.txt cannot be opened",
        "beside the record",
        id="I28-no-document",
    ),
    pytest.param(
        "design: qualitative",
        "design: qualitative\ndocument: ../secrets.txt",
        "document:",
        "document",
        "../secrets.txt",
        "Call it okoro2020.txt",
        id="I28-document-elsewhere",
    ),
]
CASCADES = {"I12-id-without-quotes", "space-before-an-id"}
"""Here the id is gone, so the claim's case is unknown too: that second finding is true, and said."""


@pytest.mark.parametrize(("old", "new", "at", "rule", "named", "remedy"), FAULTS)
def test_a_fault_is_named_at_its_line(
    here: Path,
    request: pytest.FixtureRequest,
    old: str,
    new: str,
    at: str,
    rule: str,
    named: str,
    remedy: str,
) -> None:
    text = edited(GOOD, (old, new))
    reading = read_one(here / "okoro2020.yaml", text)
    expected = [(Severity.error, f"okoro2020.yaml:{line_of(text, at)}", rule)]
    if request.node.callspec.id in CASCADES:
        expected.append((Severity.error, f"okoro2020.yaml:{line_of(text, 'case: link')}", "unknown-case"))
    assert places(reading.findings) == expected
    assert_says(reading.findings[0], named, remedy)
    assert reading.record is None


@pytest.mark.parametrize(
    ("part", "subject"),
    [("{factor: trust,", "c1"), ("{factor: communication,", "c2"), ("countries: [KEN,", "link"), ("pmcid: PMC", "")],
    ids=["first-claim", "second-claim", "case", "source"],
)
def test_a_finding_names_the_claim_or_case_that_it_is_about(here: Path, part: str, subject: str) -> None:
    reading = read_one(here / "okoro2020.yaml", edited(GOOD, (part, f"{part}x")))
    assert [finding.subject for finding in reading.findings] == [subject]


@pytest.mark.parametrize(
    "name",
    ["author", "coder", "country", "factor-outcome", "study", "theory", "studies.yaml", "theories.yaml"],
)
def test_a_source_cannot_have_a_name_that_the_project_needs(here: Path, name: str) -> None:
    text = edited(GOOD, ("source: okoro2020", f"source: {name}"))
    reading = read_one(here / f"{name}.yaml", text)
    assert places(reading.findings) == [(Severity.error, f"{name}.yaml:1", "reserved-id")]
    assert_says(reading.findings[0], name, "surname and year")


def test_a_file_is_called_as_its_source(here: Path) -> None:
    reading = read_one(here / "okoro2021.yaml", "# comment\n" + GOOD)
    assert places(reading.findings) == [(Severity.error, "okoro2021.yaml:2", "file-name")]
    assert_says(reading.findings[0], "okoro2021.yaml and its source okoro2020", "the same name")
    assert read_one(here / "okoro2020.yml", GOOD).findings == []


# What is no record at all

BYTES = [
    pytest.param(b"", 1, "not-yaml", "empty", "", id="I1-empty"),
    pytest.param(b"\n  \n\n", 1, "not-yaml", "empty", "", id="I1-blank"),
    pytest.param(b"# nothing yet\n", 1, "not-yaml", "empty", "", id="I1-comment"),
    pytest.param(b"null\n", 1, "model-type", "empty", "keys and values", id="I1-null"),
    pytest.param(b"- source: a\n", 1, "model-type", "source", "keys and values", id="I1-list"),
    pytest.param(b"a sentence\n", 1, "model-type", "a sentence", "keys and values", id="I1-text"),
    pytest.param(GOOD.encode("utf-16"), 1, "encoding", "UTF-16", "Save it as UTF-8", id="I2-UTF-16"),
    pytest.param(b"\xfe\xff" + GOOD.encode("utf-16-be"), 1, "encoding", "UTF-16", "UTF-8", id="I2-UTF-16-BE"),
    pytest.param(
        GOOD.replace("Northgate link", "Förderung").encode("latin-1"),
        17,
        "encoding",
        f"byte {GOOD.encode().index(b'Northgate link') + 1} of the text (0xF6)",
        "Save it as UTF-8",
        id="I2-Latin-1",
    ),
    pytest.param(
        GOOD.encode() + "# é\n".encode() + b"# \xe9\n",
        GOOD.count("\n") + 2,
        "encoding",
        "(0xE9)",
        "UTF-8",
        id="I2-mixed",
    ),
    pytest.param(GOOD.replace("Northgate", "North\0gate").encode(), 17, "not-yaml", "#x0000", "", id="I3-bare-NUL"),
    pytest.param(GOOD.replace("Northgate", "Ärz\x08te").encode(), 17, "not-yaml", "#x0008", "", id="I3-bare-control"),
    pytest.param(("a: " + "[" * 900 + "]" * 900).encode(), 1, "not-yaml", "too deeply", "", id="I34-nested"),
    pytest.param(
        (
            "a: &a [x, x]\n"
            + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
        ).encode(),
        1,
        "not-yaml",
        "anchors and aliases",
        "Write it out",
        id="I34-bomb",
    ),
]


@pytest.mark.parametrize(("content", "line", "rule", "named", "remedy"), BYTES)
def test_what_is_no_record_is_one_error(
    here: Path, content: bytes, line: int, rule: str, named: str, remedy: str
) -> None:
    reading = read_one(here / "okoro2020.yaml", content)
    assert reading.record is None
    assert (reading.findings[0].severity, reading.findings[0].place, reading.findings[0].rule) == (
        Severity.error,
        f"okoro2020.yaml:{line}",
        rule,
    )
    assert len(reading.findings) == 1
    assert_says(reading.findings[0], named, remedy)


@pytest.mark.parametrize("name", ["deep.yaml", "deep.jsonl"])
def test_nesting_without_end_is_one_error_and_no_crash(here: Path, name: str) -> None:
    """In a process of its own: what overflows the C stack would take the test run with it."""
    (here / name).write_text("[" * 100_000, encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from kg import evidence\n"
        "units, _ = evidence.find_units(Path(sys.argv[1]))\n"
        "print([(found.place, found.rule) for unit in units for found in evidence.read(unit).findings])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, name], cwd=here, capture_output=True, text=True, timeout=60, check=False
    )
    rule = "not-yaml" if name.endswith("yaml") else "not-json"
    assert (ended.returncode, ended.stdout.strip()) == (0, str([(f"{name}:1", rule)])), ended.stderr[-500:]


def test_a_byte_order_mark_is_read_over(here: Path) -> None:
    reading = read_one(here / "okoro2020.yaml", b"\xef\xbb\xbf" + GOOD.encode())
    assert reading.findings == []
    assert reading.record == read_one(here / "okoro2020.yaml", GOOD).record
    bulk = read_one(here / "bulk.jsonl", b"\xef\xbb\xbf" + as_json(GOOD).encode())
    assert bulk.findings == []
    assert bulk.record == reading.record


@pytest.mark.parametrize("ending", ["\r\n", "\n"], ids=["CRLF", "LF"])
def test_line_ends_of_other_systems_are_read(here: Path, ending: str) -> None:
    text = edited(GOOD, ("{factor: trust,", "{factor: trsut,"))
    reading = read_one(here / "okoro2020.yaml", text.replace("\n", ending))
    assert errors(reading.findings) == [(f"okoro2020.yaml:{line_of(text, 'trsut')}", "unknown-factor")]


# What is no fault

KEPT = [
    pytest.param("id: 0012", "case: 0012", "0012", id="I12-leading-zeros"),
    pytest.param("id: '12'", "case: '12'", "12", id="I12-number-in-quotes"),
    pytest.param("id: 12345678901234567890", "case: 12345678901234567890", "12345678901234567890", id="I12-20-digits"),
    pytest.param("id: 1e3", "case: 1e3", "1e3", id="I12-exponent"),
    pytest.param("id: 1.10", "case: 1.10", "1.10", id="I12-decimal-point"),
    pytest.param("id: 2020-02-30", "case: 2020-02-30", "2020-02-30", id="I34-date"),
    pytest.param("id: no", "case: no", "no", id="I34-no"),
    pytest.param("id: Yes", "case: Yes", "Yes", id="I34-yes"),
    pytest.param("id: 12:30", "case: 12:30", "12:30", id="I34-time"),
    pytest.param("id: 0x1F", "case: 0x1F", "0x1F", id="I34-hexadecimal"),
    pytest.param("id: '<\"{}|\\^ /%2F'", "case: '<\"{}|\\^ /%2F'", '<"{}|\\^ /%2F', id="I21-breaks-IRIs"),
    pytest.param("id: \u202eabc", "case: \u202eabc", "\u202eabc", id="I21-bidi"),
]


@pytest.mark.parametrize(("new_id", "new_case", "expected"), KEPT)
def test_an_id_stays_the_text_that_was_written(here: Path, new_id: str, new_case: str, expected: str) -> None:
    reading = read_one(here / "okoro2020.yaml", edited(GOOD, ("id: link", new_id), ("case: link", new_case)))
    assert reading.findings == []
    assert isinstance(reading.record, Source)
    coding = reading.record.codings[0]
    assert (coding.cases[0].id, coding.claims[0].case) == (expected, expected)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0.40", "0.40"),
        ("-.5", "-.5"),
        ("1e-3", "1e-3"),
        ("'55'", "55"),
        ("20201234567890123456", "20201234567890123456"),
    ],
)
def test_a_statistic_keeps_its_digits(here: Path, written: str, kept: str) -> None:
    text = edited(GOOD, (PARAPHRASE_C1, f"statistic: {{measure: r, value: {written}}}}}"))
    reading = read_one(here / "okoro2020.yaml", text)
    assert isinstance(reading.record, Source)
    statistic = reading.record.codings[0].claims[0].evidence[0].statistic
    assert statistic is not None
    assert statistic.value == kept


# All faults of a file at once

EIGHT_OF_FORM = [
    # what to replace, by what, where, rule
    ("year: 2020", "year: 3020", "year: 3020", "impossible-year"),
    ("https://example.org/okoro2020", "ftp://example.org", "url: ftp", "malformed"),
    ("[KEN, GBR]", "[KEN, UK]", "[KEN, UK]", "unknown-country"),
    ("case: link", "case: harbour", "case: harbour", "unknown-case"),
    ("{factor: trust,", "{factor: trsut,", "trsut", "unknown-factor"),
    ("{to: c2,", "{to: c1,", "{to: c1,", "self-link"),
    ("status: proposed", "status: proposd", "status: proposd", "enum"),
    ("layer: author,", "layer: author, place: here,", "place: here", "extra-forbidden"),
]
EIGHT_OF_MEANING = [
    ("source: okoro2020", "source: okoro2021", "source: okoro2021", "file-name"),
    ("year: 2020", "year: 2020\ndocument: notes.pdf", "document:", "document"),
    ("coder: ada", "coder: case", "coder: case", "reserved-id"),
    ("    claims:\n", "      - {id: link, label: again}\n    claims:\n", "again", "repeated-id"),
    ("case: link", "case: harbour", "case: harbour", "unknown-case"),
    ("effect: supports", "effect: supports\n        joined_by: or", "joined_by:", "joined-by"),
    ("paraphrase: Calls helped.", "selector: {start: 1, end: 2}", "selector:", "selector"),
    ("{to: c2,", "{to: c9,", "{to: c9,", "unknown-claim"),
]


def test_an_unknown_word_with_a_semicolon_is_quoted_whole(here: Path) -> None:
    reading = read_one(here / "okoro2020.yaml", edited(GOOD, ("[KEN, GBR]", "[KEN, 'Zq; Zz']")))
    (found,) = [one for one in reading.findings if one.rule == "unknown-country"]
    assert found.what.endswith("Zq; Zz is not a country code that the project knows.")
    assert found.remedy.startswith("Write the three letters")


@pytest.mark.parametrize(
    ("said", "guess"), [("tested", ""), ("Supported", "supported"), ("suported", "supported"), ("rejected", "")]
)
def test_a_value_is_guessed_only_where_it_is_all_but_that_and_all_are_listed(here: Path, said: str, guess: str) -> None:
    reading = read_one(here / "okoro2020.yaml", edited(GOOD, ("status: supported", f"status: {said}")))
    values = "Write one of proposed, supported, refined, refuted."
    assert reading.findings[0].remedy == (f"Did you mean {guess}? {values}" if guess else values)


@pytest.mark.parametrize("faults", [EIGHT_OF_FORM, EIGHT_OF_MEANING], ids=["form", "meaning"])
def test_all_faults_of_a_file_are_told_at_once_and_in_order(
    here: Path, faults: list[tuple[str, str, str, str]]
) -> None:
    text = edited(GOOD, *((old, new) for old, new, _, _ in faults))
    reading = read_one(here / "okoro2020.yaml", text)
    assert places(reading.findings) == [
        (Severity.error, f"okoro2020.yaml:{line_of(text, at)}", rule) for _, _, at, rule in faults
    ]


def test_a_key_given_twice_hides_no_other_fault(here: Path) -> None:
    text = edited(GOOD, ("year: 2020", "year: 2020\nyear: 2020"), ("{factor: trust,", "{factor: trsut,"))
    reading = read_one(here / "okoro2020.yaml", text)
    assert errors(reading.findings) == [("okoro2020.yaml:6", "not-yaml"), ("okoro2020.yaml:28", "unknown-factor")]


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param(
            [("[KEN, GBR]", "[KEN, XXQ]"), ("end: 2018", "end: 2008")],
            [("okoro2020.yaml:18", "unknown-country"), ("okoro2020.yaml:20", "end-before-start")],
            id="case",
        ),
        pytest.param(
            [
                ("{factor: trust,", "{factor: trsut,"),
                ("effect: supports", "effect: supports\n        effect_kind: contingent"),
            ],
            [("okoro2020.yaml:27", "unknown-factor"), ("okoro2020.yaml:31", "effect-kind")],
            id="claim",
        ),
        pytest.param(
            [("[KEN, GBR]", "[UK, XXQ, KEN, QQQ]")],
            [("okoro2020.yaml:18", "unknown-country")] * 3,
            id="one-line",
        ),
    ],
)
def test_a_fault_of_a_slot_hides_no_fault_of_its_record(
    here: Path, edits: list[tuple[str, str]], expected: list[tuple[str, str]]
) -> None:
    assert errors(read_one(here / "okoro2020.yaml", edited(GOOD, *edits)).findings) == expected


# Unicode: one id however it is composed

NFC, NFD = "caf\u00e9", "cafe\u0301"


def test_claims_whose_ids_differ_only_in_composition_are_one_id_given_twice(here: Path) -> None:
    text = edited(GOOD, ("- id: c1", f"- id: {NFC}"), ("- id: c2", f"- id: {NFD}"), ("{to: c2,", "{to: okoro2020/a/b,"))
    reading = read_one(here / "okoro2020.yaml", text)
    assert places(reading.findings) == [
        (Severity.error, f"okoro2020.yaml:{line_of(text, f'id: {NFD}')}", "repeated-id")
    ]


@pytest.mark.parametrize(
    "edits",
    [
        pytest.param([("id: link", f"id: {NFC}"), ("case: link", f"case: {NFD}")], id="case"),
        pytest.param([("- id: c2", f"- id: {NFC}"), ("{to: c2,", f"{{to: {NFD},")], id="link"),
    ],
)
def test_a_reference_in_another_composition_leads_to_the_same(here: Path, edits: list[tuple[str, str]]) -> None:
    reading = read_one(here / "okoro2020.yaml", edited(GOOD, *edits))
    assert errors(reading.findings) == []
    assert reading.record is not None


@pytest.mark.parametrize(("name", "source"), [(NFD, NFC), (NFC, NFD)], ids=["decomposed-file", "decomposed-source"])
def test_a_file_name_in_another_composition_is_the_same_name(here: Path, name: str, source: str) -> None:
    """Some systems decompose the names of files by themselves."""
    reading = read_one(here / f"{name}.yaml", edited(GOOD, ("source: okoro2020", f"source: {source}")))
    assert errors(reading.findings) == []


# Quotes and where they stand in a document

INTERVIEW = (TINY / "cases" / "kisumu-interview.yaml").read_text(encoding="utf-8")
QUOTE = "After that I trusted the notes from the other side; I no longer repeated the tests."
SELECTOR = 'selector: {start: 129, end: 212, prefix: "to know. 🙂\\n"}'

QUOTES = [
    # edits, where, rule, value, remedy
    pytest.param(
        [("start: 129", "start: 128")], "start: 128", "selector", "128 to 212", "stands at 129 to 212", id="start"
    ),
    pytest.param([("end: 212", "end: 9999")], "end: 9999", "selector", "129 to 9999", "129 to 212", id="end"),
    pytest.param([("end: 212", "end: 129")], "end: 129", "selector", "129 to 129", "129 to 212", id="nothing-selected"),
    pytest.param(
        [("I trusted the notes", "we trusted the notes")],
        "start: 129",
        "selector",
        "129 to 212",
        "does not stand in the document at all",
        id="not-in-the-document",
    ),
    pytest.param(
        [("I trusted the notes", "we trusted the notes"), (f"            {SELECTOR}\n", "")],
        "quote: After",
        "quote",
        "does not stand in the document",
        "letter by letter",
        id="not-in-the-document-without-selector",
    ),
    pytest.param([("to know. 🙂", "to know.")], "start: 129", "selector", "prefix", "prefix", id="prefix"),
    pytest.param(
        [("end: 316}", "end: 316, suffix: more}")], "suffix: more", "selector", "suffix", "suffix", id="suffix"
    ),
    pytest.param([("start: 129, ", "")], "end: 212", "missing", "start", "Add start", id="no-start"),
]


@pytest.fixture
def interview(here: Path) -> Path:
    shutil.copy(TINY / "cases" / "kisumu-interview.txt", here)
    return here / "kisumu-interview.yaml"


def test_the_interview_that_is_spoilt_below_is_good(interview: Path) -> None:
    assert QUOTE in INTERVIEW
    assert SELECTOR in INTERVIEW
    assert read_one(interview, INTERVIEW).findings == []
    without = edited(INTERVIEW, (f"            {SELECTOR}\n", ""))
    assert read_one(interview, without).findings == []


@pytest.mark.parametrize(("edits", "at", "rule", "named", "remedy"), QUOTES)
def test_a_quote_stands_where_it_is_said_to_stand(
    interview: Path, edits: list[tuple[str, str]], at: str, rule: str, named: str, remedy: str
) -> None:
    text = edited(INTERVIEW, *edits)
    reading = read_one(interview, text)
    assert places(reading.findings) == [(Severity.error, f"kisumu-interview.yaml:{line_of(text, at)}", rule)]
    assert_says(reading.findings[0], named, remedy)


@pytest.mark.parametrize(
    ("content", "named"), [(None, "cannot be opened"), (b"Caf\xe9", "is not UTF-8")], ids=["missing", "Latin-1"]
)
def test_a_document_that_cannot_be_read_is_an_error_of_the_record(
    interview: Path, content: bytes | None, named: str
) -> None:
    document = interview.with_suffix(".txt")
    document.unlink() if content is None else document.write_bytes(content)
    reading = read_one(interview, INTERVIEW)
    assert places(reading.findings) == [(Severity.error, "kisumu-interview.yaml:7", "document")]
    assert_says(reading.findings[0], named, "beside the record, as UTF-8")


def test_a_changed_document_changes_the_digest_of_its_record(interview: Path) -> None:
    unit = read_one(interview, INTERVIEW).unit
    before = unit.digest()
    assert unit.digest() == before
    interview.with_suffix(".txt").write_text("another", encoding="utf-8")
    assert unit.digest() != before


# Files and folders


@pytest.mark.parametrize("command", [evidence.find_units, pipeline.check], ids=["find_units", "check"])
def test_where_there_is_no_evidence_the_call_is_refused(here: Path, command: Any) -> None:
    (here / "empty").mkdir()
    (here / "notes.txt").write_text(GOOD, encoding="utf-8")
    (here / "others").mkdir()
    (here / "others" / ".hidden.yaml").write_text(GOOD, encoding="utf-8")
    for place, message in [
        ("nowhere", "there is no file or folder nowhere"),
        ("nowhere/a.yaml", "there is no file or folder nowhere/a.yaml"),
        ("empty", "empty holds no evidence: expected sources/\\*.yaml or \\*.jsonl"),
        ("others", "others holds no evidence"),
        ("notes.txt", "notes.txt is not an evidence file: expected .yaml or .jsonl"),
    ]:
        with pytest.raises(UsageError, match=message):
            command(Path(place))


def test_units_come_in_a_fixed_order_with_their_lines(here: Path) -> None:
    for name in ("sources/b.yaml", "cases/c.yml", "a.yaml", "sources/deep/d.yaml"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text("x", encoding="utf-8")
    (here / "z.jsonl").write_text("{}\n\n  \n{}\n", encoding="utf-8")
    units, findings = evidence.find_units(Path("."))
    assert findings == []
    assert [(unit.file, unit.first_line) for unit in units] == [
        ("a.yaml", 1),
        ("cases/c.yml", 1),
        ("sources/b.yaml", 1),
        ("sources/deep/d.yaml", 1),
        ("z.jsonl", 1),
        ("z.jsonl", 4),
    ]


def test_a_file_that_is_too_large_is_refused_before_it_is_read(here: Path) -> None:
    (here / "okoro2020.yaml").touch()
    os.truncate(here / "okoro2020.yaml", evidence.MAX_UNIT_BYTES + 1)
    units, findings = evidence.find_units(Path("okoro2020.yaml"))
    assert units == []
    assert places(findings) == [(Severity.error, "okoro2020.yaml:1", "unreadable")]
    assert_says(findings[0], "larger than 20 MB", "")


def test_a_link_to_a_file_that_is_gone_is_told(here: Path) -> None:
    (here / "okoro2020.yaml").write_text(GOOD, encoding="utf-8")
    (here / "gone2020.yaml").symlink_to("nowhere.yaml")
    units, findings = evidence.find_units(Path("."))
    assert [unit.file for unit in units] == ["okoro2020.yaml"]
    assert places(findings) == [(Severity.error, "gone2020.yaml:1", "unreadable")]


@pytest.mark.parametrize("name", ["okoro2020.YAML", "okoro2020.Yml", "bulk.JSONL"])
def test_an_ending_in_capitals_hides_no_evidence(here: Path, name: str) -> None:
    (here / name).write_text(as_json(GOOD) if name.endswith("L") and "bulk" in name else GOOD, encoding="utf-8")
    units, findings = evidence.find_units(Path("."))
    assert findings == []
    assert [unit.file for unit in units] == [name]
    assert isinstance(evidence.read(units[0]).record, Source)


# JSON Lines


def as_json(text: str) -> str:
    return json.dumps(yaml.safe_load(text), ensure_ascii=False)


@pytest.mark.parametrize(
    "path", sorted([*TINY.glob("sources/*.yaml"), *TINY.glob("cases/*.yaml")]), ids=lambda path: path.stem
)
def test_json_lines_of_a_record_give_the_same_record(path: Path, here: Path) -> None:
    shutil.copytree(path.parent, here, dirs_exist_ok=True)
    from_yaml = evidence.read(evidence.find_units(path)[0][0])
    from_json = read_one(here / f"{path.stem}.jsonl", as_json(path.read_text(encoding="utf-8")) + "\n")
    assert from_yaml.findings == from_json.findings == []
    assert isinstance(from_yaml.record, Source)
    assert from_json.record == from_yaml.record


def test_all_shipped_evidence_as_one_bulk_file_gives_the_same_records(here: Path) -> None:
    paths = sorted((SHIPPED / "sources").glob("*.yaml"))
    records = [yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) for path in paths]
    readings = read_file(here / "bulk.jsonl", "".join(f"{json.dumps(record)}\n" for record in records))
    assert not [found for reading in readings for found in reading.findings if found.severity == "error"]
    assert sum(reading.record is not None for reading in readings) == 133
    different = [
        path.stem
        for path, reading in zip(paths, readings, strict=True)
        if reading.record != evidence.read(evidence.find_units(path)[0][0]).record
    ]
    assert different == []


def test_faults_in_a_bulk_file_have_the_number_of_their_line(here: Path) -> None:
    good = as_json(GOOD)
    lines = [
        good,  # 1
        "",
        '{"source": ',  # 3
        good.replace("okoro2020", "q2021").replace('"trust"', '"trsut"'),  # 4, the same fault in both claims
        '{"source": "q2022", "source": "q2022", "type": "report", "codings": [{"coder": "ada"}]}',  # 5
        "[1]",  # 6
        good.replace("okoro2020", "q2023"),  # 7
        good.replace("okoro2020", "q2024").replace("Calls between", "Calls \\ud800 between"),  # 8
        good.replace("okoro2020", "q2025").replace("Calls between", "Calls \\u0000 between"),  # 9
        good.replace("okoro2020", "q2026").replace("2012", "NaN"),  # 10
        good.replace("okoro2020", "q2027").replace("becomes-context", "becomes context"),  # 11
    ]
    readings = read_file(here / "bulk.jsonl", "\n".join(lines))
    findings = [finding for reading in readings for finding in reading.findings]
    assert errors(findings) == [
        ("bulk.jsonl:3", "not-json"),
        ("bulk.jsonl:4", "unknown-factor"),
        ("bulk.jsonl:4", "unknown-factor"),
        ("bulk.jsonl:5", "not-json"),
        ("bulk.jsonl:6", "model-type"),
        ("bulk.jsonl:8", "not-json"),
        ("bulk.jsonl:9", "control-character"),
        ("bulk.jsonl:10", "not-json"),
        ("bulk.jsonl:11", "enum"),
    ]
    assert [finding.subject for finding in readings[2].findings] == ["c1", "c2"]
    kept = [reading.unit.first_line for reading in readings if reading.record is not None]
    assert kept == [1, 7]
    assert len(readings) == len(kept) + len({finding.line for finding in findings}), "a record is neither kept nor told"
    for finding in findings:
        assert_says(finding, "", "")


def test_a_bulk_file_in_latin_1_names_the_line(here: Path) -> None:
    content = f"{as_json(GOOD)}\n".encode() + as_json(GOOD).replace("Northgate", "Förde").encode("latin-1")
    readings = read_file(here / "bulk.jsonl", content)
    assert [errors(reading.findings) for reading in readings] == [[], [("bulk.jsonl:2", "encoding")]]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_a_bulk_file_in_utf_16_is_told_once(here: Path, encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    (here / "bulk.jsonl").write_bytes(f"{mark}{as_json(GOOD)}\n{as_json(GOOD)}\n".encode(encoding))
    units, findings = evidence.find_units(Path("bulk.jsonl"))
    told = [*findings, *(finding for unit in units for finding in evidence.read(unit).findings)]
    assert places(told) == [(Severity.error, "bulk.jsonl:1", "encoding")]
    assert_says(told[0], "UTF-16", "UTF-8")


def test_an_empty_bulk_file_is_told(here: Path) -> None:
    (here / "bulk.jsonl").write_bytes(b"\n \n")
    units, findings = evidence.find_units(Path("bulk.jsonl"))
    assert units == []
    assert places(findings) == [(Severity.error, "bulk.jsonl:1", "empty")]
    assert_says(findings[0], "empty", "a record a line")


# Faults that only several files together show

ABARA_2019, ABARA_2021 = "sources/abara2019.yaml", "sources/abara2021.yaml"

ACROSS = [
    # file, what to replace, by what, where, rule, value, remedy
    pytest.param(
        ABARA_2019,
        "study: abara-link",
        "study: abara-lnik",
        "abara-lnik",
        "unknown-reference",
        "abara-lnik",
        "abara-link",
        id="I17-study",
    ),
    pytest.param(
        ABARA_2019,
        "study: abara-link",
        "study: q",
        "study: q",
        "unknown-reference",
        "q",
        "studies.yaml",
        id="I17-no-study",
    ),
    pytest.param(
        ABARA_2019,
        "theory: trust-first",
        "theory: trust-frist",
        "trust-frist",
        "unknown-reference",
        "trust-frist",
        "trust-first",
        id="I17-theory",
    ),
    pytest.param(
        ABARA_2019,
        "theory: trust-first",
        "theory: q",
        "theory: q",
        "unknown-reference",
        "q",
        "theories.yaml",
        id="I17-no-theory",
    ),
    pytest.param(
        ABARA_2021,
        "abara2019/ada/c1",
        "abara2019/ada/c7",
        "abara2019/ada/c7",
        "unknown-reference",
        "abara2019/ada/c7",
        "abara2019/ada/c",
        id="I17-link",
    ),
    pytest.param(
        ABARA_2021,
        "abara2019/ada/c1",
        "nobody1999/q/c1",
        "nobody1999",
        "unknown-reference",
        "nobody1999/q/c1",
        "source/coder/claim",
        id="I17-link-to-no-source",
    ),
    pytest.param(
        "studies.yaml",
        "abara-link, costa2020]",
        "abara-link, costa2021]",
        "costa2021",
        "unknown-reference",
        "costa2021",
        "costa2020",
        id="I17-included-study",
    ),
    pytest.param(
        "theories.yaml",
        "revision_of: trust-early",
        "revision_of: trust-eraly",
        "trust-eraly",
        "unknown-reference",
        "trust-eraly",
        "trust-early",
        id="I17-revision",
    ),
    pytest.param(
        "theories.yaml",
        "source: abara2019",
        "source: nobody1999",
        "nobody1999",
        "unknown-reference",
        "nobody1999",
        "Add the source",
        id="I17-theory-of-no-source",
    ),
    pytest.param(
        "theories.yaml",
        "revision_of: trust-early",
        "revision_of: trust-first",
        "revision_of:",
        "self-link",
        "itself",
        "",
        id="I18-revision-of-itself",
    ),
    pytest.param(
        "studies.yaml",
        "includes: [abara-link, costa2020]",
        "includes: [demir-review]",
        "includes:",
        "self-link",
        "itself",
        "",
        id="I18-study-that-includes-itself",
    ),
    pytest.param(
        "studies.yaml",
        "id: demir-review",
        "id: esposito2018",
        None,
        "described-twice",
        "esposito2018 is already described in sources/esposito2018.yaml:2",
        "",
        id="I16-study-of-a-source-described-again",
    ),
]


@pytest.fixture
def tiny(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small corpus, changeable, as the folder where people are."""
    monkeypatch.chdir(corpus)
    return corpus


def test_the_corpus_that_is_spoilt_below_is_good(tiny: Path) -> None:
    assert errors(pipeline.check(Path("."))) == []


@pytest.mark.parametrize(("file", "old", "new", "at", "rule", "named", "remedy"), ACROSS)
def test_a_fault_across_files_is_named_at_its_line(
    tiny: Path, file: str, old: str, new: str, at: str | None, rule: str, named: str, remedy: str
) -> None:
    text = edited((tiny / file).read_text(encoding="utf-8"), (old, new))
    (tiny / file).write_text(text, encoding="utf-8")
    found = [finding for finding in pipeline.check(Path(".")) if finding.severity == Severity.error]
    if at is None:
        found = [finding for finding in found if finding.rule == rule]
        at = new
    assert places(found) == [(Severity.error, f"{file}:{line_of(text, at)}", rule)]
    assert_says(found[0], named, remedy)


def test_a_source_described_in_two_files_is_told_with_both_places(tiny: Path) -> None:
    (tiny / "again").mkdir()
    shutil.move(tiny / "sources" / "esposito2018.yaml", tiny / "again")
    shutil.copy(tiny / ABARA_2021, tiny / "again")
    (found,) = (finding for finding in pipeline.check(Path(".")) if finding.severity == Severity.error)
    assert (found.place, found.rule) == ("sources/abara2021.yaml:2", "described-twice")
    assert_says(found, "already described in again/abara2021.yaml:2", "one file")


def test_a_source_described_in_a_bulk_file_too_is_told_with_both_places(tiny: Path) -> None:
    (tiny / "sources" / "esposito2018.yaml").unlink()
    text = (tiny / ABARA_2021).read_text(encoding="utf-8")
    (tiny / "bulk.jsonl").write_text(f"\n\n{as_json(text)}\n", encoding="utf-8")
    (found,) = (finding for finding in pipeline.check(Path(".")) if finding.severity == Severity.error)
    assert (found.place, found.rule) == ("sources/abara2021.yaml:2", "described-twice")
    assert_says(found, "already described in bulk.jsonl:3", "one file")


def test_sources_whose_ids_differ_only_in_composition_are_described_twice(here: Path) -> None:
    (here / "studies.yaml").write_text("studies: [{id: calls, label: Calls}]\n", encoding="utf-8")
    for name in (NFC, NFD):
        text = edited(GOOD, ("source: okoro2020", f"source: {name}\nstudy: calls"))
        (here / f"{name}.yaml").write_text(text, encoding="utf-8")
    found = errors(pipeline.check(Path(".")))
    assert [(unicodedata.normalize("NFC", place), rule) for place, rule in found] == [
        (f"{NFC}.yaml:1", "described-twice")
    ]


def test_there_is_one_file_of_studies(tiny: Path) -> None:
    """Two would make one module, and the second build would drop what one of them says."""
    (tiny / "sources" / "esposito2018.yaml").unlink()
    (tiny / "sources" / "studies.yaml").write_text("studies: [{id: other, label: Other}]\n", encoding="utf-8")
    (found,) = (finding for finding in pipeline.check(Path(".")) if finding.severity == Severity.error)
    assert (found.file, found.rule) == ("studies.yaml", "described-twice")
    assert_says(found, "sources/studies.yaml", "")


@pytest.mark.parametrize(
    ("file", "again"),
    [("studies.yaml", "{id: abara-link, label: Again}"), ("theories.yaml", "{id: trust-early, label: Again}")],
    ids=["I16-study", "I16-theory"],
)
def test_an_id_given_twice_in_a_shared_file_is_told(here: Path, file: str, again: str) -> None:
    text = (TINY / file).read_text(encoding="utf-8") + f"  - {again}\n"
    reading = read_one(here / file, text)
    assert places(reading.findings) == [(Severity.error, f"{file}:{line_of(text, again)}", "repeated-id")]
    assert_says(reading.findings[0], "first in line 2", "an id of its own")
    assert reading.record is None


@pytest.mark.parametrize(
    ("file", "old", "new", "rule"),
    [
        pytest.param(ABARA_2019, "staff-turnover", "staff-trunover", "unknown-factor", id="source"),
        pytest.param("studies.yaml", 'label: "Demir', 'lable: "Demir', "extra-forbidden", id="studies"),
        pytest.param("theories.yaml", 'version: "1"', "version: 1", "string-type", id="theories"),
    ],
)
def test_a_fault_in_one_file_makes_no_reference_to_it_dangle(
    tiny: Path, file: str, old: str, new: str, rule: str
) -> None:
    text = edited((tiny / file).read_text(encoding="utf-8"), (old, new))
    (tiny / file).write_text(text, encoding="utf-8")
    found = errors(pipeline.check(Path(".")))
    assert (f"{file}:{line_of(text, new)}", rule) in found
    assert [place for place, rule in found if rule == "unknown-reference"] == []


def test_faults_of_all_files_come_together_worst_first(tiny: Path) -> None:
    expected = []
    for file, old, new, rule in [
        (ABARA_2021, "study: abara-link", "study: q", "unknown-reference"),
        ("sources/costa2020.yaml", "effect: hinders", "effect: hindres", "enum"),
        ("sources/demir2022.yaml", "year: 2022", "year: 22", "impossible-year"),
        ("theories.yaml", "source: abara2019", "source: nobody1999", "unknown-reference"),
    ]:
        text = edited((tiny / file).read_text(encoding="utf-8"), (old, new))
        (tiny / file).write_text(text, encoding="utf-8")
        expected.append((f"{file}:{line_of(text, new)}", rule))
    found = pipeline.check(Path("."))
    assert errors(found) == expected
    severities = [finding.severity for finding in found]
    assert severities == sorted(severities, key=list(Severity).index)
    assert Severity.warning in severities


def test_shared_files_are_read_as_what_they_are(here: Path) -> None:
    studies = read_one(here / "studies.yaml", (TINY / "studies.yaml").read_bytes()).record
    theories = read_one(here / "theories.yaml", (TINY / "theories.yaml").read_bytes()).record
    assert isinstance(studies, Studies)
    assert isinstance(theories, Theories)
    assert [study.id for study in studies.studies] == ["abara-link", "demir-review"]
    assert [theory.revision_of for theory in theories.theories] == [None, "trust-early"]


# What was delivered is all there, as it was

DELIVERED = ROOT / "tests" / "evidence" / "as_delivered.sha256"
BIBLIOGRAPHY = ("type", "title", "authors", "year", "journal", "doi", "pmid", "pmcid", "url", "design")
LEVELS = {"participant": "first-order", "author": "second-order", "reviewer": "third-order"}
DIRECTIONS = {None: None, "increased": "increase", "decreased": "decrease"}

Json = dict[str, Any]


def original_coding(source: Json, coding: Json) -> Json:
    """A coding as the JSON Lines had it. Whatever is left over was not in them: nothing may be."""
    source, coding = dict(source), dict(coding)
    delivered: Json = {name: source.pop(name, None) for name in BIBLIOGRAPHY}
    delivered |= coding.pop("recorded_as", {})
    delivered["id"] = source.pop("source")
    for name in ("coder", "read", "note"):
        delivered[name] = coding.pop(name, None)
    delivered["cases"] = [original_case(case) for case in coding.pop("cases", [])]
    delivered["configurations"] = [original_claim(claim) for claim in coding.pop("claims")]
    assert set(source) <= {"study", "codings"}
    assert set(coding) <= {"method"}
    return delivered


def original_case(case: Json) -> Json:
    case = dict(case)
    delivered = {name: case.pop(name, None) for name in ("id", "label", "organisations", "start", "end", "focus")}
    delivered["partnership_type"] = case.pop("type", None)
    delivered["countries"] = case.pop("countries", [])
    assert case == {}
    return delivered


def original_claim(claim: Json) -> Json:
    claim = dict(claim)
    delivered = {name: claim.pop(name, None) for name in ("id", "case", "effect", "status")}
    delivered["contexts"] = [original_role(context, "note") for context in claim.pop("contexts", [])]
    delivered["actors"] = claim.pop("actors", [])
    delivered["leads_to"] = claim.pop("links", [])
    (mechanism,) = (dict(mechanism) for mechanism in claim.pop("mechanisms"))
    delivered["resource"] = mechanism.pop("resource", None)
    delivered["mechanism"] = original_role(mechanism, "state", "reasoning")
    outcome = original_role(claim.pop("outcome"), "direction", "note")
    delivered["outcome"] = {**outcome, "direction": DIRECTIONS[outcome["direction"]]}
    (item,) = (dict(item) for item in claim.pop("evidence"))
    delivered["level"] = LEVELS[item.pop("layer")]
    for name in ("locator", "paraphrase"):
        delivered[name] = item.pop(name, None)
    if "statistic" in item:
        statistic = dict(item.pop("statistic"))
        delivered["statistic"] = {name: statistic.pop(name, None) for name in ("measure", "value", "n")}
        delivered["statistic"]["ci"] = statistic.pop("interval", None)
        assert statistic == {}
    assert item == {}
    assert claim == {}
    return delivered


def original_role(role: Json, *slots: str) -> Json:
    role = dict(role)
    delivered = {"concept": role.pop("factor"), **{slot: role.pop(slot, None) for slot in slots}}
    assert role == {}
    return delivered


def without_nulls(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: without_nulls(value) for name, value in data.items() if value is not None}
    return [without_nulls(value) for value in data] if isinstance(data, list) else data


def digest(data: Json) -> str:
    return hashlib.sha256(json.dumps(without_nulls(data), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@pytest.fixture(scope="module")
def shipped() -> dict[str, Json]:
    """The shipped source files as any reader of YAML sees them, by id."""
    files = sorted((SHIPPED / "sources").glob("*"))
    return {path.stem: yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) for path in files}


@pytest.fixture(scope="module")
def codings(shipped: dict[str, Json]) -> dict[tuple[str, str], Json]:
    """Every shipped coding as it was delivered, by source and coder."""
    return {
        (source["source"], coding["coder"]): original_coding(source, coding)
        for source in shipped.values()
        for coding in source["codings"]
    }


def test_every_coding_is_what_was_delivered(codings: dict[tuple[str, str], Json]) -> None:
    rows = [line.split(" ") for line in DELIVERED.read_text(encoding="utf-8").splitlines()]
    delivered = {(source, coder): (sha256, int(claims)) for sha256, _, source, coder, claims in rows}
    assert len(delivered) == len(rows) == 187
    now = {key: (digest(coding), len(coding["configurations"])) for key, coding in codings.items()}
    assert {key: now[key] for key in now if now[key] != delivered.get(key)} == {}
    assert now.keys() == delivered.keys()


def test_the_totals_are_those_that_were_delivered(
    shipped: dict[str, Json], codings: dict[tuple[str, str], Json]
) -> None:
    claims = [claim for coding in codings.values() for claim in coding["configurations"]]
    roles = [role for claim in claims for role in (*claim["contexts"], claim["mechanism"], claim["outcome"])]
    concepts = {role["concept"] for role in roles} | {actor for claim in claims for actor in claim["actors"]}
    assert (len(codings), len(shipped), len(claims), len(concepts)) == (187, 133, 1199, 190)
    assert sum(len(source["codings"]) == 2 for source in shipped.values()) == 54
    assert sum(not claim["contexts"] for claim in claims) == 480
    assert {coding["coder"] for coding in codings.values()} == {f"coder-{number}" for number in range(1, 6)}


def test_kg_reads_the_shipped_evidence_without_a_finding(shipped: dict[str, Json]) -> None:
    units, findings = evidence.find_units(SHIPPED)
    readings = [evidence.read(unit) for unit in units]
    assert findings == []
    assert [(finding.rule, finding.subject) for reading in readings for finding in reading.findings] == [
        ("loop", "allbutt2025-c3"),
        ("loop", "allbutt2025-k4"),
    ]
    sources = [reading.record for reading in readings if isinstance(reading.record, Source)]
    assert {source.source for source in sources} == set(shipped)
    assert sum(len(coding.claims) for source in sources for coding in source.codings) == 1199


SHARED = [
    {"aunger2021a", "aunger2021b", "aunger2022"},
    {"oetzel2018", "oetzel2022", "lucero2020"},
    {"jones2011", "jones2016"},
    {"elansari2009", "elansari2012"},
    {"corbin2011", "corbin2012"},
]


def test_the_sources_that_share_a_study_are_those_that_were_named(shipped: dict[str, Json]) -> None:
    sharing: dict[str, set[str]] = defaultdict(set)
    for name, source in shipped.items():
        if "study" in source:
            sharing[source["study"]].add(name)
    studies = yaml.safe_load((SHIPPED / "studies.yaml").read_bytes())["studies"]
    assert sorted(map(sorted, sharing.values())) == sorted(map(sorted, SHARED))
    assert sorted(study["id"] for study in studies) == sorted(sharing)
    assert not any("includes" in study for study in studies)
    assert "study" not in shipped["prashanth2014"]


def test_a_word_that_is_not_nearly_another_gets_the_whole_list(here: Path) -> None:
    """What is near in letters may be the opposite in meaning."""
    reading = read_one(here / "good2020.yaml", GOOD.replace("status: supported", "status: tested", 1))
    (finding,) = (one for one in reading.findings if one.rule == "enum")
    assert finding.remedy == "Write one of proposed, supported, refined, refuted."
