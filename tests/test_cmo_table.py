"""Published CMO tables → claims: the columns guessed, the wording kept, what is doubtful queued, nothing lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg import writing
from kg.errors import EvidenceError, UsageError
from kg.intake import cmo_table, columns, markdown, tables
from kg.intake.arrival import Arrival
from kg.intake.lexicon import SKIP, Lexicon

SAID = {"coder": "ada", "effect": "supports", "status": "supported"}
TABLE = """\
# Table 2

Some prose | with a pipe.

| No | Context | Mechanism (resource) | Mechanism (reasoning) | Outcome | Illustrative quote | Author, year |
|---|:-:|---|---|---|---|---|
| 1 | Power asymmetry | Joint meetings | Trust | partnership functioning | “We could say no” | Lee et al. (2020) |
| 2 | staff turnover<br>Funding terms | Training | shared vision of the partners | equity | | Lee et al. (2020) |
| 3 | nothing known | Money | communication | participation | a \\| b &amp; c | Osei 2019b |
"""


def read(text: str, tmp_path: Path, lexicon: Lexicon | None = None, **said: str) -> Arrival:
    path = tmp_path / "table.md"
    path.write_text(text, encoding="utf-8")
    words = lexicon or Lexicon()
    words.defaults.update(said or SAID)
    return cmo_table.read(markdown.read(path), words)


def told(arrived: Arrival) -> list[tuple[str, str, str]]:
    """What was found, but for what every table without a type draws."""
    found = [(finding.severity.value, finding.spot, finding.what) for finding in arrived.findings]
    return [one for one in found if one != TYPE_ASSUMED]


TYPE_ASSUMED = ("note", "", "a source that is new is taken for a journal-article.")


def test_a_row_of_known_words_is_a_claim_in_the_words_of_the_table(tmp_path: Path) -> None:
    arrived = read(TABLE, tmp_path)
    (source,) = arrived.sources
    assert writing.plain(source) == {
        "source": "lee2020",
        "type": "journal-article",
        "codings": [
            {
                "coder": "ada",
                "read": ["published table"],
                "note": "The table names the source as: Lee et al. (2020)",
                "claims": [
                    {
                        "id": "1",
                        "contexts": [{"factor": "power-asymmetry", "note": "Power asymmetry"}],
                        "mechanisms": [{"factor": "trust", "resource": "Joint meetings", "reasoning": "Trust"}],
                        "outcome": {"factor": "partnership-functioning", "note": "partnership functioning"},
                        "effect": "supports",
                        "status": "supported",
                        "evidence": [{"locator": "Table 2, no. 1", "quote": "We could say no"}],
                    }
                ],
            }
        ],
    }
    assert told(arrived) == []


def test_a_row_with_a_word_that_nobody_knows_waits_with_its_near_concepts(tmp_path: Path) -> None:
    arrived = read(TABLE, tmp_path)
    assert [(one.wording, one.slot, [near.concept for near in one.near], one.places) for one in arrived.queue] == [
        ("shared vision of the partners", "mechanism", ["shared-vision"], ("line 8, Mechanism (reasoning)",)),
        ("nothing known", "context", [], ("line 9, Context",)),
    ]
    (rows,) = arrived.tallies
    assert (rows.came, rows.kept, rows.reported) == (3, 1, 2)


def test_once_people_have_said_what_the_words_mean_the_rows_come_in(tmp_path: Path) -> None:
    words = Lexicon(
        {("shared vision of the partners", "mechanism"): "shared-vision", ("nothing known", "context"): SKIP}
    )
    arrived = read(TABLE, tmp_path, words)
    lee, osei = arrived.sources
    second = writing.plain(lee.codings[0].claims[1])
    assert second["contexts"] == [
        {"factor": "staff-turnover", "note": "staff turnover"},
        {"factor": "funding-terms", "note": "Funding terms"},
    ]
    assert second["mechanisms"] == [
        {"factor": "shared-vision", "resource": "Training", "reasoning": "shared vision of the partners"}
    ]
    assert "quote" not in second["evidence"][0]
    (third,) = osei.codings[0].claims
    assert (osei.source, third.contexts, third.evidence[0].quote) == ("osei2019b", [], "a | b & c")
    assert (arrived.queue, arrived.tallies[0].kept) == ((), 3)


def test_a_row_whose_mechanism_is_to_stay_out_is_named(tmp_path: Path) -> None:
    words = Lexicon({("trust", "mechanism"): SKIP})
    arrived = read(TABLE, tmp_path, words)
    assert told(arrived) == [("note", "Table 2, row 7", "the row is left out, as the map says of its words.")]
    assert (arrived.sources, arrived.tallies[0].reported) == ((), 3)


def test_what_no_column_says_is_asked_for_once_and_never_guessed(tmp_path: Path) -> None:
    arrived = read(TABLE, tmp_path, coder="ada")
    ((severity, spot, what),) = told(arrived)
    assert (severity, spot) == ("error", "Table 2, headings")
    assert what.startswith("no column holds effect, status. The columns were read as No → claim; Context → context;")
    assert "--set effect=supports" in arrived.findings[0].remedy
    assert (arrived.sources, arrived.tallies[0].reported) == ((), 3)


def test_faults_of_cells_are_named_all_at_once(tmp_path: Path) -> None:
    text = """\
| Mechanism | Outcome | Effect | Source |
|---|---|---|---|
| trust | equity | helps | Lee 2020 |
| trust | | supports | Lee 2020 |
| trust | equity | Supports | |
| | equity | no effect | Lee 2020 |
| trust | equity | supports | Lee 2020 | more |
"""
    arrived = read(text, tmp_path, coder="ada", status="supported")
    assert told(arrived) == [
        ("error", "line 7", "the row has 5 cells, and there are 4 headings."),
        ("error", "line 3, Effect", "effect is “helps”."),
        ("warning", "table 1, row 4", "the row has no outcome."),
        ("error", "table 1, row 5", "the row does not say its source."),
        ("warning", "table 1, row 6", "the row has no mechanism."),
    ]
    assert arrived.tallies[0].came == 5


def test_two_tables_of_a_file_are_told_apart_and_one_number_twice_is_a_fault(tmp_path: Path) -> None:
    row = "| 1 | trust | equity | Lee 2020 |\n"
    head = "| CMO | Mechanism | Outcome | Study |\n| - | - | - | - |\n"
    arrived = read(f"# Table 1\n{head}{row}\n# Table 2\n{head}{row}", tmp_path)
    (source,) = arrived.sources
    assert [claim.id for claim in source.codings[0].claims] == ["table1-1", "table2-1"]
    again = read(f"{head}{row}{row}", tmp_path)
    assert told(again) == [("error", "table 1, row 4", "the claim 1 of lee2020 stands in another row.")]


def test_several_mechanisms_of_a_cell_are_several_and_keep_their_words(tmp_path: Path) -> None:
    text = "| M | O | Source |\n|-|-|-|\n| - trust<br>- Shared  vision | equity | Lee 2020 |\n"
    (source,) = read(text, tmp_path).sources
    assert [(one.factor, one.note) for one in source.codings[0].claims[0].mechanisms] == [
        ("trust", "trust"),
        ("shared-vision", "Shared  vision"),
    ]


def test_csv_and_markdown_give_the_same_claims(tmp_path: Path) -> None:
    (tmp_path / "Table 2.csv").write_text(
        "No;Context;Mechanism (resource);Mechanism (reasoning);Outcome;Illustrative quote;Author, year\n"
        "1;Power asymmetry;Joint meetings;Trust;partnership functioning;“We could say no”;Lee et al. (2020)\n",
        encoding="utf-8",
    )
    words = Lexicon()
    words.defaults.update(SAID)
    arrived = cmo_table.read(tables.read(tmp_path / "Table 2.csv"), words)
    assert arrived.sources == read(TABLE, tmp_path).sources
    assert [one.what for one in arrived.findings if one.severity == "error"] == []


@pytest.mark.parametrize(
    ("defaults", "what"),
    [
        ({**SAID, "effect": "helps"}, "effect is “helps”."),
        ({**SAID, "context": "trust"}, "context cannot be said for a whole table."),
        ({**SAID, "type": "blog"}, "type: Input should be"),
    ],
)
def test_what_cannot_be_said_of_a_table_is_refused(tmp_path: Path, defaults: dict[str, str], what: str) -> None:
    errors = [finding.what for finding in read(TABLE, tmp_path, None, **defaults).errors]
    assert [one for one in errors if one.startswith(what)] != []


@pytest.mark.parametrize(
    ("headings", "roles"),
    [
        (["Context", "Mechanism", "Outcome"], ["context", "mechanism", "outcome"]),
        (["C", "M", "O"], ["context", "mechanism", "outcome"]),
        (["Contexts", "Resources offered", "Reasoning", "Outcomes"], ["context", "resource", "reasoning", "outcome"]),
        (["CMOC no.", "Supporting evidence", "Page"], ["claim", "paraphrase", "locator"]),
        (["Number of participants", "Colour"], ["ignore", "ignore"]),
        (["Outcome", "Outcome (long)"], ["outcome", "ignore"]),
        (["Reference(s)", "Excerpt", "Stakeholders"], ["source", "quote", "actor"]),
    ],
)
def test_columns_are_guessed_from_their_headings(headings: list[str], roles: list[str]) -> None:
    assert list(columns.guess(headings).values()) == roles


def test_what_people_say_of_columns_is_followed(tmp_path: Path) -> None:
    words = Lexicon()
    words.columns.update({"Ziel": "outcome", "Grund": "mechanism", "Wer": "source", "Was": "colour"})
    arrived = read("| Grund | Ziel | Wer | Was |\n|-|-|-|-|\n| trust | equity | Lee 2020 | x |\n", tmp_path, words)
    assert [what for _, _, what in told(arrived)] == ["colour is no role of a column."]
    words.columns["Was"] = columns.IGNORE
    again = Lexicon()
    again.columns.update(words.columns)
    arrived = read("| Grund | Ziel | Wer | Was |\n|-|-|-|-|\n| trust | equity | Lee 2020 | x |\n", tmp_path, again)
    assert ([source.source for source in arrived.sources], told(arrived)) == (["lee2020"], [])


@pytest.mark.parametrize("data", [b"", b"no table", b"| a |\n| b |\n", b"\xff|a|\n|-|\n"])
def test_a_file_without_a_table_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.md").write_bytes(data)
    with pytest.raises(EvidenceError):
        markdown.read(tmp_path / "x.md")


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        markdown.read(tmp_path / "x.md")


CELLS = st.text('abc trust equity|\\\n<br>;-•"', max_size=30) | st.text(max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(st.lists(st.lists(CELLS, max_size=5), max_size=5), st.data())
def test_any_rows_are_kept_or_reported(tmp_path: Path, rows: list[list[str]], data: Any) -> None:
    head = data.draw(st.permutations(["Mechanism", "Outcome", "Context", "Source"]))
    lines = [head, ["-"] * 4, *rows]
    text = "\n".join(f"| {' | '.join(cell.replace(chr(10), ' ') for cell in row)} |" for row in lines)
    arrived = read(text, tmp_path)
    claims = sum(len(coding.claims) for source in arrived.sources for coding in source.codings)
    assert arrived.tallies[0].kept == claims


@pytest.mark.parametrize(("said", "noted"), [({}, True), ({"type": "report"}, False)])
def test_the_type_of_a_source_is_taken_and_said_to_be(tmp_path: Path, said: dict[str, str], noted: bool) -> None:
    arrived = read(TABLE, tmp_path, None, **SAID, **said)
    assert arrived.sources[0].type == said.get("type", "journal-article")
    found = [(finding.severity.value, finding.spot, finding.what) for finding in arrived.findings]
    assert (TYPE_ASSUMED in found) is noted
    assert (("lee2020", "type") in arrived.assumed) is noted


def test_two_papers_never_become_one_source_by_their_first_author_and_year(tmp_path: Path) -> None:
    head = "| M | O | Source |\n|-|-|-|\n"
    cited = ("Lee & Park 2020", "Lee et al. 2020", "lee & park, 2020")
    rows = "".join(f"| trust | equity | {one} |\n" for one in cited)
    arrived = read(head + rows, tmp_path)
    assert told(arrived) == [
        ("error", "line 4, Source", "“Lee & Park 2020” and “Lee et al. 2020” would both be lee2020.")
    ]


def test_what_is_said_of_a_mechanism_that_stays_out_is_said_of_no_other(tmp_path: Path) -> None:
    text = """\
| Mechanism | Resource | Outcome | Source |
|---|---|---|---|
| old friends; trust | meetings | equity | lee2020 |
| trust; old friends | meetings | equity | lee2020 |
"""
    arrived = read(text, tmp_path, Lexicon({("old friends", "mechanism"): SKIP}))
    first, second = arrived.sources[0].codings[0].claims
    assert [(one.factor, one.resource, one.note) for one in first.mechanisms] == [("trust", None, "trust")]
    assert [(one.factor, one.resource, one.note) for one in second.mechanisms] == [("trust", "meetings", "trust")]
    assert told(arrived) == [
        (
            "note",
            "table 1, row 3",
            "its resource is left out with “old friends”, which the map skips.",
        )
    ]


def test_a_column_of_coders_makes_codings_of_their_own(tmp_path: Path) -> None:
    text = """\
| No | Mechanism | Outcome | Source | Coded by |
|---|---|---|---|---|
| 1 | trust | equity | lee2020 | Ada L. |
| 1 | trust | participation | lee2020 | Bo |
| 2 | communication | equity | lee2020 | Ada L. |
"""
    arrived = read(text, tmp_path, effect="supports", status="supported")
    (source,) = arrived.sources
    assert [(coding.coder, [claim.id for claim in coding.claims]) for coding in source.codings] == [
        ("ada-l", ["1", "2"]),
        ("Bo", ["1"]),
    ]
    assert (told(arrived), arrived.tallies[0].kept) == ([], 3)
