"""Records → evidence files: what is written is read again as the same record, and looks as a person would write it."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kg import evidence, writing
from kg.evidence import Unit
from kg.marked import read_yaml
from kg.records import Source, Statistic
from tests.conftest import SHIPPED, TINY

UNITS = [unit for folder in (SHIPPED, TINY) for unit in evidence.find_units(folder)[0]]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.file)
def test_every_record_is_read_again_as_it_was(unit: Unit) -> None:
    record = evidence.read(unit).record
    assert record is not None
    text = writing.text_of(record)
    assert evidence.read(Unit(unit.path, unit.file, 1, text.encode())).record == record
    assert [line for line in text.splitlines() if line != line.rstrip() or "\t" in line] == []


RECORD = {
    "source": "abara2019",
    "type": "journal-article",
    "title": "Trust: a study",
    "authors": ["Abara, Ngozi"],
    "year": 2019,
    "codings": [
        {
            "coder": "ada",
            "recorded_as": {"year": None, "title": "Yes"},
            "cases": [{"id": "link", "label": "A link", "countries": ["UGA", "GBR"], "organisations": []}],
            "claims": [
                {
                    "id": "c1",
                    "mechanisms": [{"factor": "trust", "reasoning": "people rely on each other " * 6 + "again"}],
                    "actors": ["trainer", {"kind": "funder", "note": "one of them"}],
                    "outcome": {"factor": "equity"},
                    "effect": "supports",
                    "status": "supported",
                    "evidence": [
                        {
                            "locator": "p. 3",
                            "quote": "“We trusted”\nthem #1",
                            "statistic": {"measure": "r", "value": "0.10"},
                        }
                    ],
                    "links": ["c2", {"to": "x/y/z", "feedback": True}],
                }
            ],
        }
    ],
}
TEXT = """\
# yaml-language-server: $schema=../schema.json
source: abara2019
type: journal-article
title: 'Trust: a study'
authors:
  - Abara, Ngozi
year: 2019
codings:
  - coder: ada
    recorded_as:
      title: 'Yes'
      year: null
    cases:
      - id: link
        label: A link
        countries: [UGA, GBR]
        organisations: []
    claims:
      - id: c1
        mechanisms:
          - factor: trust
            reasoning: people rely on each other people rely on each other people rely on each other people rely on each
              other people rely on each other people rely on each other again
        actors:
          - trainer
          - kind: funder
            note: one of them
        outcome:
          factor: equity
        effect: supports
        status: supported
        evidence:
          - locator: p. 3
            quote: "“We trusted”\\nthem #1"
            statistic:
              measure: r
              value: '0.10'
        links:
          - c2
          - to: x/y/z
            feedback: true
"""


def test_a_file_looks_as_a_person_would_write_it() -> None:
    assert writing.text_of(Source.model_validate(RECORD)) == TEXT


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.strip)
LONG = st.lists(st.text("abc:#-'\"[]{},&*!|>%@`?~ ", min_size=1, max_size=12), min_size=1, max_size=40).map(" ".join)


@given(
    TEXTS
    | LONG.filter(str.strip)
    | st.sampled_from(["no", "1e3", "2019-01-31", "012", "~", "= 1", "a\nb", "null", "0x1F"])
)
def test_any_text_is_read_again_by_two_readers(text: str) -> None:
    written = writing.text_of(Statistic(measure=text, value=text, n=3))
    assert yaml.safe_load(written) == {"measure": text, "value": text, "n": 3}
    marked = read_yaml(written)
    assert (marked.data, marked.problems) == ({"measure": text, "value": text, "n": 3}, [])
