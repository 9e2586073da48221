"""Quotes stand where a tool says, whichever way it counted; one that cannot be verified never gets in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.intake.arrival import Arrival
from kg.intake.lexicon import Lexicon
from kg.intake.qda import refi, refi_project
from kg.intake.qda.offsets import STANDARD, Found, Lost, Stretch, Text
from tests.qda import REAL, Mark, project

LINES = "One 😀 here.\nTwo follow.\n\nThree trusted them 🤝 fully."
QUOTE = "trusted them 🤝 fully"


def told(arrival: Arrival, rule: str) -> list[str]:
    return [finding.what for finding in arrival.findings if finding.rule == rule]


def quotes(arrival: Arrival) -> list[str | None]:
    return [
        item.quote
        for source in arrival.sources
        for coding in source.codings
        for claim in coding.claims
        for item in claim.evidence
    ]


def marked(quote: str, start: int | None = None, end: int | None = None, name: str | None = None) -> Mark:
    codes = ["CMO/1", "Effect/supports", "Status/supported", "Mechanism/trust", "Outcome/practice-change"]
    return Mark(quote, codes, start=start, end=end, name=name)


def test_every_quote_of_qualcoder_is_found_at_its_place_behind_an_emoji_too() -> None:
    documents = refi_project.read(REAL / "qualcoder_partnership_cmo.qdpx").documents
    found = 0
    for document in documents:
        assert document.raw is not None
        assert document.marked
        text = Text(document.raw, document.marked)
        stretches = [Stretch(one.start or 0, one.end or 0, one.name) for one in document.selections]
        for stretch, place in zip(stretches, text.find(stretches), strict=True):
            assert place == Found(stretch.start, stretch.end, STANDARD)
            assert text.text[stretch.start : stretch.end] == stretch.name
            found += 1
    assert found == 9
    assert any("😀" in (document.raw or "")[: one.start] for document in documents for one in document.selections)


def counted(text: str, at: int, breaks: int = 1, wide: bool = False) -> int:
    """Where a character stands for a tool that counts like that."""
    before = text[:at]
    return len(before) + (breaks - 1) * before.count("\n") + (sum(one > "\uffff" for one in before) if wide else 0)


@pytest.mark.parametrize(
    ("content", "breaks", "wide", "way"),
    [
        (LINES, 2, False, "each line break as two"),
        (LINES, 1, True, "some characters as two, as UTF-16 does"),
        (LINES, 2, True, "some characters as two, as UTF-16 does; each line break as two"),
        (LINES.replace("\n", "\r\n"), 1, False, "each line break as one"),
        (LINES.replace("\n", "\r\n"), 2, False, ""),
        (LINES.replace("\n", "\r"), 1, False, ""),
    ],
)
def test_a_shift_is_found_moved_and_reported(tmp_path: Path, content: str, breaks: int, wide: bool, way: str) -> None:
    at = LINES.index(QUOTE)
    start, end = (counted(LINES, place, breaks, wide) for place in (at, at + len(QUOTE)))
    arrival = refi.read(
        project(tmp_path / "p.qdpx", [marked(QUOTE, start, end)], {"talk.txt": content.encode()}), Lexicon()
    )
    assert arrival.documents["talk"] == LINES
    assert quotes(arrival) == [QUOTE]
    (item,) = arrival.sources[0].codings[0].claims[0].evidence
    assert item.selector is not None
    assert (item.selector.start, item.selector.end) == (at, at + len(QUOTE))
    assert told(arrival, "shifted") == (
        [f"1 passages are placed by a count of {way}; they were moved to where their quotes are."] if way else []
    )


def test_a_byte_order_mark_does_not_count_but_a_tool_that_counts_it_is_found_out(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + LINES.encode()
    at = LINES.index(QUOTE)
    plain = refi.read(
        project(tmp_path / "p.qdpx", [marked(QUOTE, at, at + len(QUOTE))], {"talk.txt": content}), Lexicon()
    )
    assert (quotes(plain), told(plain, "shifted")) == ([QUOTE], [])
    shifted = [marked(QUOTE, at + 1, at + 1 + len(QUOTE))]
    off = refi.read(project(tmp_path / "q.qdpx", shifted, {"talk.txt": content}), Lexicon())
    assert quotes(off) == [QUOTE]
    assert "a byte order mark too" in told(off, "shifted")[0]


@pytest.mark.parametrize("shift", [5, -3, 1000])
def test_a_quote_that_cannot_be_verified_never_gets_in(tmp_path: Path, shift: int) -> None:
    at = LINES.index(QUOTE) + shift
    path = project(tmp_path / "p.qdpx", [marked(QUOTE, at, at + len(QUOTE))], {"talk.txt": LINES})
    arrival = refi.read(path, Lexicon())
    assert quotes(arrival) == []
    (what,) = told(arrival, "not-verified")
    assert QUOTE in what
    assert f"that quote stands at {LINES.index(QUOTE)} to {LINES.index(QUOTE) + len(QUOTE)}" in what
    tally = next(one for one in arrival.tallies if one.what == "passages")
    assert (tally.came, tally.kept, tally.reported) == (1, 0, 1)


def test_a_name_that_a_tool_cut_off_is_the_quote() -> None:
    text = Text(LINES)
    at = LINES.index(QUOTE)
    for name in ("trusted them …", "trusted…", "trusted them 🤝..."):
        assert text.find([Stretch(at, at + len(QUOTE), name)]) == [Found(at, at + len(QUOTE), STANDARD)]
    for name in ("mistrusted…", "tru…"):
        assert isinstance(text.find([Stretch(at, at + len(QUOTE), name)])[0], Lost), "another word, or too little of it"


def test_a_passage_that_is_called_something_is_found_only_where_its_count_is_known() -> None:
    at = LINES.index(QUOTE)
    label = Stretch(at, at + len(QUOTE), "Trust 1")
    assert isinstance(Text(LINES).find([label])[0], Lost), "an emoji before it, and nothing says how it was counted"
    plain = LINES.replace("😀", "🙂"[:0]).replace("\n", " ").replace("🤝", "x")
    assert Text(plain).find([Stretch(5, 9, "Trust 1")]) == [Found(5, 9, STANDARD)]
    named = Stretch(LINES.index("Two"), LINES.index("Two") + 11, "Two follow.")
    assert Text(LINES).find([label, named]) == [Found(at, at + len(QUOTE), STANDARD), Found(12, 23, STANDARD)]
    unsure = [Stretch(one.start + 1, one.end + 1, one.name) for one in (label, named)]
    assert isinstance(Text(LINES).find(unsure)[0], Lost), "the quote is one off by an emoji or by a line break"
    last = Stretch(LINES.index("Three") + 1, LINES.index("Three") + 6, "Three")
    wide = [Stretch(one.start + 1, one.end + 2, one.name) for one in (label,)]
    wide.append(last)
    assert [isinstance(one, Found) and LINES[one.start : one.end] for one in Text(LINES).find(wide)] == [
        QUOTE,
        "Three",
    ]


@given(
    st.lists(st.sampled_from(["a", "b ", "\n", "\r\n", "\r", "😀", "é", "…"]), max_size=30).map("".join),
    st.lists(st.tuples(st.integers(-2, 40), st.integers(-2, 40), st.text("ab 😀\n…", max_size=8)), max_size=4),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_what_is_found_lies_in_the_text_and_is_what_its_name_says(
    raw: str, places: list[tuple[int, int, str]], mark: bool
) -> None:
    text = Text(raw, mark)
    assert "\r" not in text.text
    for (start, end, name), found in zip(places, text.find([Stretch(*one) for one in places]), strict=True):
        if isinstance(found, Found):
            assert 0 <= start < end
            assert 0 <= found.start < found.end <= len(text.text)
            if name and " ".join(name.split()) in " ".join(text.text.split()) and " ".join(name.split()):
                quote = " ".join(text.text[found.start : found.end].split())
                assert quote.startswith(" ".join(name.split()).removesuffix("…").strip())
