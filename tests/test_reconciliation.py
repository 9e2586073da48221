"""Which organisation a partner's name may mean: by small records, and by every partner in the evidence."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg import scheme
from kg.external import ror
from kg.external.mentions import mentions, parts, place
from kg.external.reconciliation import THRESHOLD, Candidate, Mention, Reconciler, forms, normalised
from kg.external.ror import Registry
from tests.conftest import ROOT, SHIPPED
from tests.ror import LABELS, RECORDS, SLICE, V2_RECORDS, iso3, made_up, names, record, registry

# A small registry

HOSPITAL, TEACHING, MINISTRY, OTHER_MINISTRY, LAGOS, UNIVERSITY, CLINIC, CAMPUS, TRUST, MERGED, OLD, ENDED = range(
    1, 13
)
SMALL: list[dict[str, Any]] = [
    record(HOSPITAL, "Northgate Hospital", "UG", names=names("Northgate Hospital", alias=["Hôpital de Northgate"])),
    record(TEACHING, "Eastgate Teaching Hospital", "GB"),
    record(MINISTRY, "Ministry of Health", "UG", types=["government"]),
    record(OTHER_MINISTRY, "Ministry of Health of the Republic of Kenya", "KE", types=["government"]),
    record(LAGOS, "Lagos State Ministry of Health", "NG", types=["government"]),
    record(
        UNIVERSITY,
        "University of Lakeland",
        "UG",
        types=["education"],
        names=names("University of Lakeland", acronym=["UOL"], alias=["Lakeland Univ."]),
        relationships=[{"type": "related", "id": made_up(CLINIC), "label": "Lakeland Bush Clinic"}],
    ),
    record(CLINIC, "Lakeland Rural Clinic", "UG", names=names("Lakeland Rural Clinic", acronym=["LARUC"])),
    record(CAMPUS, "University of Lakeland–Southport", "UG", types=["education"]),
    record(TRUST, "Hand in Hand Trust", "US", types=["nonprofit"], names=names("Hand in Hand Trust", acronym=["HHT"])),
    record(MERGED, "Westgate General", "UG"),
    record(
        OLD,
        "Westgate Infirmary",
        "UG",
        status="inactive",
        relationships=[{"type": "successor", "id": made_up(MERGED), "label": "Westgate General"}],
    ),
    record(ENDED, "Midtown Dispensary", "UG", status="inactive"),
    record(13, "Withdrawn Centre", "UG", status="withdrawn"),
    record(14, "Ministry of Health and Social Welfare", "TZ", types=["government"]),
]


def reconciler(records: Iterable[dict[str, Any]] = SMALL) -> Reconciler:
    return Reconciler(ror.of_records(records, iso3(), "small"), scheme.load().countries)


def found(name: str, *countries: str, threshold: float = THRESHOLD) -> list[tuple[int, float, str]]:
    """The candidates of a name: number in the small registry, score, reasons."""
    numbers = {made_up(number): number for number in range(1, 20)}
    listed = reconciler().candidates(Mention(name, countries, ("lee2020/a",)), threshold)
    return [(numbers[each.organisation.ror], each.score, "; ".join(each.reasons)) for each in listed]


HERE = "in a country of the case (UGA)"

CANDIDATES: dict[str, tuple[tuple[str, ...], list[tuple[int, float, str]]]] = {
    "the name exactly": (
        ("Northgate Hospital", "UGA"),
        [(HOSPITAL, 1.0, f"its name exactly; {HERE}")],
    ),
    "in another case, with an article": (
        ("the NORTHGATE hospital", "GBR", "UGA"),
        [(HOSPITAL, 1.0, f"its name exactly; {HERE}")],
    ),
    "an alias without its accents": (
        ("Hopital de Northgate", "UGA"),
        [(HOSPITAL, 0.95, f"an alias of it exactly; {HERE}")],
    ),
    "with a remark": (
        ("Northgate Hospital (lead partner)", "UGA"),
        [(HOSPITAL, 1.0, f"its name exactly; {HERE}")],
    ),
    "elsewhere": (
        ("Northgate Hospital", "GBR"),
        [(HOSPITAL, 0.65, "its name exactly; in no country of the case (UGA)")],
    ),
    "of a case without a country": (
        ("Northgate Hospital",),
        [(HOSPITAL, 0.8, "its name exactly; the case names no country")],
    ),
    "an acronym in the country": (
        ("UOL", "UGA"),
        [(UNIVERSITY, 0.75, f"its acronym UOL; {HERE}")],
    ),
    "a short acronym elsewhere, which many have": (("HHT", "UGA"), []),
    "a long acronym elsewhere, which few have": (
        ("LARUC", "KEN"),
        [(CLINIC, 0.6, "its acronym LARUC; in no country of the case (UGA)")],
    ),
    "an acronym in brackets": (
        ("Lakeland Rural Outreach Clinic Network (LARUC)", "UGA"),
        [(CLINIC, 0.95, f"its acronym LARUC; {HERE}")],
    ),
    "a word that is no acronym": (("uol", "UGA"), []),
    "what another record calls it": (
        ("Lakeland Bush Clinic", "UGA"),
        [(CLINIC, 0.95, f"what another record calls it, exactly; {HERE}")],
    ),
    "a letter wrong": (
        ("Northgate Hospitall", "UGA"),
        [(HOSPITAL, 0.88, f"spelt 97 % like “northgate hospital”; {HERE}")],
    ),
    "a general name, of a case in one country": (
        ("Ministry of Health", "UGA"),
        [(MINISTRY, 0.95, f"a general name, in UGA its own; {HERE}")],
    ),
    "a general name in small letters": (
        ("ministry of health", "UGA"),
        [(MINISTRY, 0.95, f"a general name, in UGA its own; {HERE}")],
    ),
    "a general name that says which country": (
        ("Kenya Ministry of Health", "KEN", "UGA"),
        [(OTHER_MINISTRY, 0.95, "a general name, in KEN its own; in a country of the case (KEN)")],
    ),
    "a general name, of a case in two countries": (("Ministry of Health", "KEN", "UGA"), []),
    "a general name, of a case without a country": (("Ministry of Health",), []),
    "a general name, of a country whose ministry is not there": (("Ministry of Health", "MWI"), []),
    "a general name to which the ministry adds another": (
        ("Ministry of Health", "TZA"),
        [(14, 0.65, "a general name, in TZA its own but for “social welfare”; in a country of the case (TZA)")],
    ),
    "a general name is not that of a state within a country": (("Ministry of Health", "NGA"), []),
    "several at once": (("ministries of health", "UGA"), []),
    "a campus beside the university itself": (
        ("University of Lakeland", "UGA"),
        [(UNIVERSITY, 1.0, f"its name exactly; {HERE}")],
    ),
    "a school is not its university": (("University of Lakeland School of Medicine", "UGA"), []),
    "a university is not the hospital with some of its words": (("Eastgate University", "GBR"), []),
    "one that is no more, by its successor": (
        ("Westgate Infirmary", "UGA"),
        [
            (
                MERGED,
                1.0,
                f"its name exactly; {HERE}; Westgate Infirmary ({made_up(OLD)}) is no more, and this one followed it",
            )
        ],
    ),
    "one that is no more, without a successor": (
        ("Midtown Dispensary", "UGA"),
        [(ENDED, 0.9, f"its name exactly; {HERE}; it is no more, and no successor is at hand")],
    ),
    "one that was withdrawn": (("Withdrawn Centre", "UGA"), []),
    "nobody": (("A Partner That Nobody Knows", "UGA"), []),
    "signs alone": (("…", "UGA"), []),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "expected"), CANDIDATES.values(), ids=CANDIDATES.keys())
def test_a_name_gives_these_candidates_for_these_reasons(
    asked: tuple[str, ...], expected: list[tuple[int, float, str]]
) -> None:
    assert found(*asked) == expected


def test_below_the_threshold_stand_the_part_the_campus_and_the_other_kind_each_with_its_reason() -> None:
    assert found("University of Lakeland School of Medicine", "UGA", threshold=0.1) == [
        (UNIVERSITY, 0.5, f"the name is of a part of it, “school medicine”; {HERE}")
    ]
    assert found("University of Lakeland", "UGA", threshold=0.1)[1:] == [
        (CAMPUS, 0.5, f"its name adds “southport”; {HERE}; another organisation has the name itself")
    ]
    assert found("HHT", "UGA", threshold=0.1) == [(TRUST, 0.4, "its acronym HHT; in no country of the case (USA)")]


def of_hill(**said: Any) -> list[tuple[str, float, str]]:
    """The candidates of “University of Hill” where only two campuses of it are known."""
    several = [record(20 + at, f"University of Hill–{town}", **said) for at, town in enumerate(["Up", "Down"])]
    found = reconciler(several).candidates(Mention("University of Hill", ("UGA",), ("lee2020/a",)), 0.1)
    return [(each.organisation.name, each.score, "; ".join(each.reasons)) for each in found]


def test_a_name_that_only_campuses_have_is_put_to_review_with_each_of_them() -> None:
    assert of_hill(types=["education"]) == [
        ("University of Hill–Up", 0.65, f"its name adds “up”; {HERE}"),
        ("University of Hill–Down", 0.65, f"its name adds “down”; {HERE}"),
    ]


def test_what_the_name_says_of_its_kind_speaks_against_an_organisation_of_another() -> None:
    clash = "the name says education, the record healthcare"
    assert of_hill(types=["healthcare"]) == [
        ("University of Hill–Up", 0.35, f"its name adds “up”; {HERE}; {clash}"),
        ("University of Hill–Down", 0.35, f"its name adds “down”; {HERE}; {clash}"),
    ]


def test_candidates_of_one_score_stand_in_the_order_of_their_ids_whatever_the_registry_was_read_from() -> None:
    several = [record(number, "Twin Clinic", "UG") for number in (5, 3, 9)]
    asked = Mention("Twin Clinic", ("UGA",), ("lee2020/a",))
    listed = [reconciler(order).candidates(asked) for order in (several, several[::-1])]
    assert listed[0] == listed[1]
    ids = [each.organisation.ror for each in listed[0]]
    assert ids == sorted(ids)
    assert len(ids) == 3


def test_no_more_candidates_than_help_are_listed() -> None:
    several = [record(number, "Twin Clinic", "UG") for number in range(20)]
    assert len(reconciler(several).candidates(Mention("Twin Clinic", ("UGA",), ("lee2020/a",)))) == 5


@pytest.mark.parametrize(
    ("written", "known", "alike"),
    [
        ("Saint Marry Hospital", "St Mary Hospital", False),
        ("Nortgate Memorial Hospital", "Northgate Memorial Hospital", True),
        ("Western Regional Hospital", "Eastern Regional Hospital", False),
        ("National University of Niger", "National University of Nigeria", False),
        ("Regional Hospital Ward 11 Trust", "Regional Hospital Ward 12 Trust", False),
        ("Lakeland Community Hospital", "Lakeland Community Hospitals Trust", False),
        ("Lakeland Comunity Hospital", "Lakeland Community Hospital", True),
    ],
)
def test_a_name_is_another_misspelt_only_where_each_word_is(written: str, known: str, alike: bool) -> None:
    candidates = reconciler([record(1, known)]).candidates(Mention(written, ("UGA",), ("lee2020/a",)))
    assert [each.reasons[0].startswith("spelt ") for each in candidates] == [True] * alike


# Names

LETTERS = st.text(st.characters(codec="utf-8"), max_size=40)


@given(LETTERS)
def test_a_normalised_name_is_normal_already(name: str) -> None:
    assert normalised(normalised(name)) == normalised(name)


@given(LETTERS)
def test_a_normalised_name_holds_words_and_single_spaces_only(name: str) -> None:
    assert re.fullmatch(r"(?:[^\W_]+(?: [^\W_]+)*)?", normalised(name))


@given(st.lists(st.sampled_from(["Mulago", "Hôpital", "St", "Kigali", "Lee's", "Zürich"]), min_size=1, max_size=5))
def test_case_accents_and_punctuation_do_not_tell_names_apart(words: list[str]) -> None:
    plain = normalised(" ".join(words))
    assert normalised("The " + "-".join(words).upper()) == plain
    assert normalised(", ".join(words) + ".") == plain
    assert normalised(" ".join(words).replace("ô", "o\u0302").replace("ü", "u\u0308").replace("'", "’")) == plain


@given(LETTERS, st.lists(st.sampled_from(["UGA", "KEN", "GHA"]), max_size=2, unique=True))
def test_any_name_gives_candidates_with_scores_and_reasons_or_none(name: str, countries: list[str]) -> None:
    for candidate in reconciler().candidates(Mention(name, tuple(sorted(countries)), ("lee2020/a",)), 0.0):
        assert 0 <= candidate.score <= 1
        assert candidate.reasons


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Healthy Homes and Neighbourhoods (HHAN)", ("Healthy Homes and Neighbourhoods", ("HHAN",))),
        ("British Academy (funder)", ("British Academy", ())),
        ("CRS", ("CRS", ("CRS",))),
        ("(WHO)", ("(WHO)", ("WHO",))),
        ("A&E", ("A&E", ("A&E",))),
        ("Kiwakkuki", ("Kiwakkuki", ())),
    ],
)
def test_remarks_in_brackets_are_no_part_of_a_name_but_may_be_its_acronym(
    name: str, expected: tuple[str, tuple[str, ...]]
) -> None:
    assert forms(name) == expected


# Mentions


def test_the_shipped_cases_name_58_partners_in_88_mentions() -> None:
    named = mentions(SHIPPED)
    assert len({each.name for each in named}) == 58
    assert len(named) == len({(each.name, each.countries) for each in named}) == 72
    assert sum(len(each.cases) for each in named) == 88


def test_a_name_in_cases_of_other_countries_is_a_mention_of_its_own() -> None:
    assert [each for each in mentions(SHIPPED) if each.name == "University of Toronto"] == [
        Mention("University of Toronto", ("CAN", "ETH"), ("wondimagegn2018/wondimagegn2018-taaac",)),
        Mention("University of Toronto", ("CAN", "ETH", "USA"), ("evensen2017/evensen2017-fm",)),
    ]


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_case_in_one_word_names_its_source_and_itself(source: str, case: str) -> None:
    assert parts(place(source, case)) == (source, case)
    assert ";" not in place(source, case)


# Every partner that the shipped cases name, against labels written by hand


@dataclass(frozen=True)
class Measured:
    """What is listed from a score on, in mentions: a mention of three cases counts three times.

    Attributes:
        listed: Candidates.
        right: Candidates that are the organisation that is meant.
        there: Mentions of an organisation whose record is in the registry.
    """

    listed: int
    right: int
    there: int

    @property
    def precision(self) -> float:
        return self.right / self.listed

    @property
    def recall(self) -> float:
        return self.right / self.there


@cache
def labels() -> dict[tuple[str, tuple[str, ...]], dict[str, str]]:
    with LABELS.open(encoding="utf-8", newline="") as table:
        return {(row["mention"], tuple(row["countries"].split())): row for row in csv.DictReader(table)}


@cache
def shipped() -> list[Mention]:
    return mentions(SHIPPED)


def listed(registry: Registry, threshold: float) -> list[tuple[Mention, list[Candidate]]]:
    by_name = Reconciler(registry, scheme.load().countries)
    return [(mention, by_name.candidates(mention, threshold)) for mention in shipped()]


def measured(registry: Registry, threshold: float) -> Measured:
    found = right = there = 0
    for mention, candidates in listed(registry, threshold):
        weight = len(mention.cases)
        meant = labels()[mention.name, mention.countries]["ror"]
        found += weight * len(candidates)
        right += weight * (meant in {each.organisation.ror for each in candidates})
        there += weight * (meant in registry.organisations)
    return Measured(found, right, there)


ALL = (SLICE, RECORDS, V2_RECORDS)


def test_every_mention_of_the_shipped_cases_is_labelled_and_nothing_else_is() -> None:
    assert set(labels()) == {(each.name, each.countries) for each in shipped()}


def test_a_label_names_no_id_but_one_that_was_read_in_a_record() -> None:
    read = set(registry(*ALL).organisations)
    named = {other.ror for each in registry(*ALL).organisations.values() for other in each.relationships}
    for row in labels().values():
        assert row["why"]
        assert row["in_registry_slice"] == ("yes" if row["ror"] in read else "no")
        assert not row["ror"] or row["ror"] in read | named


def test_of_88_mentions_38_mean_an_organisation_whose_record_was_read_and_12_one_in_the_slice() -> None:
    weights = {(each.name, each.countries): len(each.cases) for each in shipped()}
    assert sum(weights.values()) == 88
    assert sum(weights[key] for key, row in labels().items() if row["in_registry_slice"] == "yes") == 38
    in_slice = registry(SLICE).organisations
    assert sum(weights[key] for key, row in labels().items() if row["ror"] in in_slice) == 12


FIGURES = [
    # from a score of; on the slice: listed, right, there; on all that was read: listed, right, there
    (0.3, Measured(40, 12, 12), Measured(71, 38, 38)),
    (0.4, Measured(12, 12, 12), Measured(44, 38, 38)),
    (0.5, Measured(12, 12, 12), Measured(44, 38, 38)),
    (0.6, Measured(12, 12, 12), Measured(39, 38, 38)),
    (0.7, Measured(3, 3, 12), Measured(28, 28, 38)),
    (0.8, Measured(3, 3, 12), Measured(25, 25, 38)),
    (0.9, Measured(3, 3, 12), Measured(25, 25, 38)),
]


@pytest.mark.parametrize(("threshold", "on_slice", "on_all"), FIGURES)
def test_so_much_is_listed_and_so_much_of_it_is_right(threshold: float, on_slice: Measured, on_all: Measured) -> None:
    assert measured(registry(SLICE), threshold) == on_slice
    assert measured(registry(*ALL), threshold) == on_all


def test_at_the_threshold_one_candidate_is_wrong_and_nobody_who_is_there_is_missed() -> None:
    at = measured(registry(*ALL), THRESHOLD)
    assert (THRESHOLD, round(at.precision, 2), at.recall) == (0.6, 0.97, 1.0)
    wrong = {
        (mention.name, each.organisation.name)
        for mention, candidates in listed(registry(*ALL), THRESHOLD)
        for each in candidates
        if each.organisation.ror != labels()[mention.name, mention.countries]["ror"]
    }
    assert wrong == {("University of Wisconsin", "University of Wisconsin–Milwaukee")}


def without_those_meant() -> Registry:
    """All that was read but the organisations that are meant: whatever is then listed is wrong."""
    meant = {row["ror"] for row in labels().values()}
    return Registry({key: each for key, each in registry(*ALL).organisations.items() if key not in meant})


def test_where_those_meant_are_not_in_the_registry_others_are_listed_in_their_place() -> None:
    wrong = {
        (mention.name, each.organisation.name, each.score)
        for mention, candidates in listed(without_those_meant(), THRESHOLD)
        for each in candidates
    }
    assert wrong == {
        ("University of Michigan", "University of Michigan–Dearborn", 0.65),
        ("University of Michigan", "University of Michigan–Flint", 0.65),
        ("University of Wisconsin", "University of Wisconsin–Milwaukee", 0.65),
    }


def test_the_figures_stand_in_the_docs() -> None:
    text = (ROOT / "docs" / "explanation" / "organisations.md").read_text(encoding="utf-8")
    for threshold, on_slice, on_all in FIGURES:
        cells = [f"{threshold:.1f}"]
        for one in (on_slice, on_all):
            cells += [str(one.listed), str(one.right), f"{one.precision:.2f}", f"{one.recall:.2f}"]
        assert f"| {' | '.join(cells)} |" in text
