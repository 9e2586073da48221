"""Which concept a wording may mean, and the file in which people say otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import scheme
from kg.errors import EvidenceError, Failure
from kg.intake import lexicon, matching
from kg.intake.lexicon import SKIP, Lexicon


@pytest.mark.parametrize(
    ("wording", "slot", "expected"),
    [
        ("trust", "mechanism", [("trust", 1.0, "id")]),
        ("  TRUST ", "", [("trust", 1.0, "id")]),
        ("Shared_vision", "mechanism", [("shared-vision", 1.0, "id")]),
        ("high staff turnover", "context", [("staff-turnover", 1.0, "label")]),
        ("communicaton", "mechanism", [("communication", 0.95, "spelling")]),
        ("mutual respect and trust", "mechanism", [("mutual-respect", 0.83, "words"), ("trust", 0.72, "words")]),
        ("trust between the partners", "mechanism", [("trust", 0.77, "words")]),
        ("We hardly ever spoke", "mechanism", []),
        ("", "mechanism", []),
        ("…", "", []),
        ("trust", "actor", []),
        ("funder", "actor", [("funder", 1.0, "id")]),
        ("funder", "mechanism", []),
        ("funder", "", [("funder", 1.0, "id")]),
    ],
)
def test_a_wording_has_these_candidates(wording: str, slot: str, expected: list[tuple[str, float, str]]) -> None:
    assert [(one.concept, one.score, one.by) for one in matching.candidates(wording, slot)] == expected


def test_only_what_is_sure_is_taken() -> None:
    assert matching.sure("communicaton", "mechanism") == "communication"
    assert matching.sure("mutual respect and trust", "mechanism") is None
    assert matching.sure("trust between the partners", "mechanism") is None


@given(st.text(max_size=60), st.sampled_from(["", *matching.SLOTS]))
def test_any_text_has_candidates_in_order_within_bounds(wording: str, slot: str) -> None:
    found = matching.candidates(wording, slot)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(matching.POSSIBLE <= one.score <= 1 for one in found)
    words = scheme.load()
    wanted = words.actors if slot == "actor" else words.factors if slot else {*words.factors, *words.actors}
    assert {one.concept for one in found} <= set(wanted)


def test_a_label_with_a_word_left_over_is_never_sure() -> None:
    """Since that word may say the contrary."""
    for label, concept in scheme.load().names.items():
        found = matching.candidates(f"hardly {label}")
        assert [one.score for one in found if one.concept == concept and one.score >= matching.SURE] == []


@settings(derandomize=True)
@given(st.data())
def test_a_name_with_one_letter_wrong_is_never_taken_for_another_concept(data: st.DataObject) -> None:
    words = scheme.load()
    factors = sorted(name for name, concept in words.names.items() if len(name) > 5 and concept in words.factors)
    name = data.draw(st.sampled_from(factors))
    at = data.draw(st.integers(1, len(name) - 2))
    slip = data.draw(st.sampled_from(["", *"aeiourstn", name[at] * 2, name[at + 1] + name[at]]))
    found = matching.sure(name[:at] + slip + name[at + 1 :], "mechanism")
    assert found in (None, words.names[name]) or matching.folded(name[:at] + slip + name[at + 1 :]) in map(
        matching.folded, words.names
    )


def test_every_id_is_sure_to_mean_itself() -> None:
    words = scheme.load()
    assert {concept: matching.sure(concept) for concept in words.factors} == {one: one for one in words.factors}


def test_a_lexicon_follows_people_and_queues_what_nobody_knows() -> None:
    words = Lexicon({("our way", "mechanism"): "trust", ("noise", ""): SKIP})
    assert words.concept("Our  way", "mechanism", "S!B2") == "trust"
    assert words.concept("Noise", "outcome", "S!C2") == SKIP
    assert words.concept("equity", "outcome", "S!C3") == "equity"
    assert words.concept("mutual respect and trust", "mechanism", "S!B3") is None
    assert words.concept("Mutual respect, and trust", "mechanism", "S!B4") is None
    (queued,) = words.queue
    assert (queued.wording, queued.slot, queued.places) == ("mutual respect and trust", "mechanism", ("S!B3", "S!B4"))
    assert [one.concept for one in queued.near] == ["mutual-respect", "trust"]


def test_the_proposal_is_read_back_and_what_people_mend_is_followed(tmp_path: Path) -> None:
    words = Lexicon()
    for wording, slot in (("equity", "outcome"), ("mutual respect and trust", "mechanism"), ("a: “b”", "context")):
        words.concept(wording, slot, "S!A1")
    path = tmp_path / "map.yaml"
    path.write_text(words.text(), encoding="utf-8")
    assert path.read_text(encoding="utf-8").startswith("# Which concept each code or wording stands for.")
    again = lexicon.read(path)
    assert again.concept("mutual respect and trust", "mechanism", "") is None
    text = words.text().replace("slot: mechanism\n  concept: null", "slot: mechanism\n  concept: trust")
    path.write_text(text.replace("slot: context\n  concept: null", "slot: context\n  skip: true"), encoding="utf-8")
    mended = lexicon.read(path)
    assert mended.concept("mutual respect and trust", "mechanism", "") == "trust"
    assert mended.concept("a: “b”", "context", "") == SKIP
    assert mended.queue == ()


def test_what_cannot_be_followed_is_told_line_by_line_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(
        "words:\n"
        "- wording: a\n  slot: mechanism\n  concept: trsut\n"
        "- slot: mechanism\n"
        "- wording: b\n  slot: moderator\n  concept: trust\n"
        "- wording: c\n  slot: actor\n  concept: trust\n"
        "- wording: d\n  konzept: trust\n"
        "- wording: E\n  concept: trust\n"
        "- wording: e\n  concept: equity\n",
        encoding="utf-8",
    )
    with pytest.raises(EvidenceError) as refused:
        lexicon.read(path)
    assert [(one.line, one.what) for one in refused.value.findings] == [
        (4, "“trsut” is no concept that can stand as mechanism."),
        (5, "an entry has no wording."),
        (7, "the slot is “moderator”."),
        (11, "“trust” is no concept that can stand as actor."),
        (13, "konzept is not a key of an entry."),
        (16, "“e” is said to be trust above and equity here."),
    ]
    assert refused.value.findings[0].remedy == "Did you mean trust?"


@pytest.mark.parametrize("text", [b"", b"words: 3\n", b"\xff\xfe", b"[1", b"words:\n- 3\n"])
def test_a_file_that_is_no_map_is_refused_in_words(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "map.yaml").write_bytes(text)
    with pytest.raises(EvidenceError):
        lexicon.read(tmp_path / "map.yaml")


def test_a_map_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be read"):
        lexicon.read(tmp_path / "map.yaml")


def test_what_people_said_of_other_words_stays_in_the_file() -> None:
    words = Lexicon({("our way", "mechanism"): "trust", ("noise", ""): SKIP, ("equity", "outcome"): "equity"})
    words.concept("equity", "outcome", "S!A1")
    words.concept("something new", "context", "S!A2")
    text = words.text()
    assert "- wording: our way\n  slot: mechanism\n  concept: trust\n" in text
    assert "- wording: noise\n  skip: true\n" in text
    assert text.count("wording: equity") == 1
