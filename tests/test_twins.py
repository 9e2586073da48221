"""Names that may be one name: what is spelling and what is another name, and that few names are compared."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg import twins
from kg.twins import Name, pairs, same_person, same_spelling, same_title

ONE_SPELLING = [
    ("community-coalition", "Community coalitions"),
    ("W. K. Kellogg Foundation", "W.K. Kellogg Foundation"),
    ("Ministry of Health", "ministries of health"),
    ("Centre for Behaviour", "center for behaviors"),
    ("organisational programmes", "organizational program"),
    ("paediatric oncology", "pediatric oncology"),
    ("healthcare link", "health care link"),
    ("Université de Genève", "Universite de Geneve"),
    ("King’s College", "King's College"),
    ("Univeristy of Malawi", "University of Malawi"),
    ("Mijumbi and Mijjumbi", "Mijjumbi and Mijumbi"),
]
TWO_NAMES = [
    ("trainer", "trainee"),
    ("Zambia office", "Gambia office"),
    ("Australia link", "Austria link"),
    ("public-private", "public-private partnership"),
    ("north-south", "south-south"),
    ("phase 1", "phase 2"),
    ("institution link", "institutional link"),
    ("trust", "truss"),
    ("", "-"),
]


@pytest.mark.parametrize(("one", "other"), ONE_SPELLING, ids=[one for one, _ in ONE_SPELLING])
def test_what_differs_in_spelling_is_one(one: str, other: str) -> None:
    assert same_spelling(one, other)
    assert same_spelling(other, one)


@pytest.mark.parametrize(("one", "other"), TWO_NAMES, ids=[one for one, _ in TWO_NAMES])
def test_another_word_is_another_name(one: str, other: str) -> None:
    assert not same_spelling(one, other)
    assert not same_spelling(other, one)


SIX = "Trust, money and power of two rural hospitals"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (SIX, "trust, money and the power of two rural hospital", True),
        (SIX, f"{SIX}: a survey", True),
        (f"{SIX}: a survey", f"{SIX}: an interview study", False),
        (SIX, "Trust, money and power of ten rural hospitals", False),
        ("Trust of two hospitals", "Trust of two hospitals: a survey", False),
    ],
)
def test_titles_are_one_but_for_small_words_and_subtitles(one: str, other: str, same: bool) -> None:
    assert (same_title(one, other), same_title(other, one)) == (same, same)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Aunger, Justin", "Aunger, Justin Avery", True),
        ("Davies, S. L.", "Davies, Sue", True),
        ("Mijjumbi, Cephas", "Mijumbi, Cephas", True),
        ("Binagwaho, Agnes", "Bingawaho, Agnes", True),
        ("Corbin, J Hope", "CORBIN, J. Hope", False),
        ("García, José", "Garcia, Jose", True),
        ("Müller, Jürgen", "Muller, J.", True),
        ("Jones, Felica", "Jones, Sam", False),
        ("Jones, J.", "James, J.", False),
        ("Davies, S. L.", "Davies, S. M.", False),
    ],
)
def test_persons_are_one_whose_given_names_agree(one: str, other: str, same: bool) -> None:
    assert (same_person(one, other), same_person(other, one)) == (same, same)


def test_of_two_alike_the_later_one_is_to_be_mended() -> None:
    names = [Name("community coalition"), Name("trust"), Name("community-coalition"), Name("Community Coalitions")]
    assert pairs(names, same_spelling) == [(2, 0), (3, 0)]


def test_names_apart_are_not_compared() -> None:
    one = Name("community coalition", among="a", apart=frozenset({"x", "y"}), year=2019)
    other = {
        "elsewhere": Name("community-coalition", among="b"),
        "known to be one": Name("community-coalition", among="a", apart=frozenset({"y"})),
        "years apart": Name("community-coalition", among="a", year=2021),
    }
    assert {why: pairs([one, name], same_spelling) for why, name in other.items()} == {why: [] for why in other}
    near = (Name("community-coalition", among="a"), Name("community-coalition", among="a", year=2020))
    assert [pairs([one, name], same_spelling) for name in near] == [[(1, 0)]] * 2


def test_a_slip_at_either_end_is_found_among_many_names() -> None:
    crowd = [Name(f"hospital {letter}{digit}") for letter in "abcdefghij" for digit in "klmnopqrst"]
    for slip in ("Hosptial Kampala", "Hospital Kamapla"):
        names = [Name("Hospital Kampala"), *crowd, Name(slip)]
        assert pairs(names, same_spelling) == [(len(names) - 1, 0)]


def test_the_work_grows_with_the_names_and_not_with_their_square() -> None:
    compared = []

    def alike(one: str, other: str) -> bool:
        compared.append((one, other))
        return False

    for number in (500, 1000):
        compared.clear()
        pairs([Name(f"name {at}") for at in range(number)], alike)
        assert len(compared) <= 2 * twins.WINDOW * number


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_has_no_direction(one: str, other: str) -> None:
    for alike in twins.ALIKE.values():
        assert alike(one, other) == alike(other, one)


def test_examples_in_the_documentation_hold() -> None:
    result = doctest.testmod(twins)
    assert result.attempted > 5
    assert result.failed == 0
