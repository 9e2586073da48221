"""The questions by place and time, composed of plain queries: the rows that their SPARQL gives, on every engine.

Their SPARQL asks for everything at once, which some engines answer wrongly or not at all; here each fact is asked for
by itself, and joined in Python.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kg import iris, query
from kg.choices import ANY, CHOICES
from kg.terms import PM
from kg.words import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyoxigraph import NamedNode

    from kg.store import Answers
    from kg.store import Row as Found
    from kg.words import Vocabulary

Row = dict[str, Any]

EFFECTS = {"supports": PM.supports, "hinders": PM.hinders, "mixed": PM.mixed, "no_effect": PM.noEffect}
JUMP, JUMP_YEARS = 4, 2
"""How many times the value before, and within how many years, makes a value doubtful: as in the check of jumps."""

NO_CASE = "not classified: no partnership is recorded"
NO_COUNTRY = "not classified: the partnership has no country recorded"
NO_YEAR = "not classified: no year is known"
NO_GROUP = "not classified: no group is known of the country then"
NO_GROUPS = "not classified: no such groups are linked (kg link countries)"
NO_VALUE = "not classified: no value is linked of the country near those years"
NO_INDICATOR = "not classified: no such indicator is linked (kg link indicators)"


@dataclass(frozen=True)
class Years:
    """The years by which a partnership is classified, and whether they are its own."""

    began: int
    ended: int
    own: bool

    def off(self, year: int) -> int:
        """How many years a year lies before or after them."""
        return max(self.began - year, year - self.ended, 0)


@dataclass(frozen=True)
class Value:
    """The observation of a country that lies nearest to a partnership's years.

    Attributes:
        code: What its publisher calls the indicator; `indicator` is what we call it.
        quantity: What it measures, by IRI; empty where nobody has described it, as `unit` then is.
        shown: The value in the unit in which the quantity is shown; as published where it measures none.
        jumped: What it jumped from, in words; empty where it did not.
    """

    case: str
    country: str
    code: str
    indicator: str
    unit: str
    quantity: str
    data_set: str
    year: int
    shown: Decimal
    jumped: str


class _Places:
    """Where and when the partnerships of a graph are, each fact by the IRI of the case."""

    def __init__(self, graph: Answers) -> None:
        self.countries: defaultdict[str, list[str]] = defaultdict(list)
        for row in query.run(graph, "places/countries", {}):
            self.countries[text(row["case"])].append(text(row["country"]))
        self.years = {
            text(row["case"]): Years(_whole(row["began"]), _whole(row["ended"]), row["basis"] == PM.ownYears)
            for row in query.run(graph, "places/years", {})
        }
        self.cases: defaultdict[str, list[str]] = defaultdict(list)
        self.of_case: defaultdict[str, list[Found]] = defaultdict(list)
        for row in query.run(graph, "places/cases", {}):
            self.cases[text(row["claim"])].append(text(row["case"]))
            self.of_case[text(row["case"])].append(row)

    def placed(self, claim: str) -> list[tuple[str, str, str]]:
        """Case and country of a claim, or the reason that there is none: each combination once."""
        found = []
        for case in self.cases.get(claim, []):
            for country in self.countries.get(case, []):
                found.append((case, country, "" if case in self.years else NO_YEAR))
            if case not in self.countries:
                found.append((case, "", NO_COUNTRY))
        return found or [("", "", NO_CASE)]


class _Counted:
    """What one row of an answer counts."""

    def __init__(self) -> None:
        self.studies: defaultdict[str, set[str]] = defaultdict(set)
        self.lists: defaultdict[str, set[str]] = defaultdict(set)
        self.off: int | None = None

    def count(self, claim: Found, passages: Iterable[str]) -> None:
        study = text(claim["study"])
        self.studies["studies"].add(study)
        for name, effect in EFFECTS.items():
            if claim["effect"] == effect:
                self.studies[name].add(study)
        self.lists["claims"].add(_claim(claim))
        self.lists["evidence"] |= {f"{_claim(claim)}: {text(claim['citation'])}, {passage}" for passage in passages}

    def number(self, name: str) -> int:
        return len(self.studies[name])

    def told(self, name: str) -> tuple[str, ...]:
        return tuple(sorted(self.lists[name]))


def by_group(graph: Answers, asked: Mapping[str, tuple[str, ...]], words: Vocabulary) -> list[Row]:
    """What is reported of a factor, by the groups in which countries were at the time of the study."""
    places, passages = _Places(graph), _passages(graph, asked, words)
    groups: defaultdict[tuple[str, str], list[Found]] = defaultdict(list)
    for row in query.run(
        graph, "places/memberships", {"grouping": [CHOICES["grouping"][one] for one in asked["grouping"]]}
    ):
        groups[text(row["case"]), text(row["country"])].append(row)
    not_known = NO_GROUP if groups else NO_GROUPS
    rows: defaultdict[str, _Counted] = defaultdict(_Counted)
    of_study: defaultdict[str, set[str]] = defaultdict(set)
    classified: set[str] = set()
    for claim in _claims(graph, asked):
        id_, study = text(claim["claim"]), text(claim["study"])
        for case, country, why in places.placed(id_):
            found = groups.get((case, country), []) if not why else []
            for name in [text(row["known"]) for row in found] or [why or not_known]:
                rows[name].count(claim, passages[id_])
                if country:
                    rows[name].lists["countries"].add(_last(country))
            for row in found:
                counted = rows[text(row["known"])]
                counted.studies["by_own_years" if places.years[case].own else "approximate"].add(study)
                counted.lists["data_sets"].add(text(row["title"]))
                if row["period"] is None:
                    counted.studies["period_unstated"].add(study)
                of_study[study].add(text(row["group"]))
                classified.add(text(row["known"]))
    for name, counted in rows.items():
        several = {study for study in counted.studies["studies"] if len(of_study[study]) > 1}
        counted.studies["in_several_groups"] = several if name in classified else set()
    return [
        {
            "group": name,
            **{each: counted.number(each) for each in (*EFFECTS, "studies")},
            **{each: counted.number(each) for each in ("in_several_groups", "by_own_years", "approximate")},
            "period_unstated": counted.number("period_unstated"),
            **{each: counted.told(each) for each in ("countries", "data_sets", "claims", "evidence")},
        }
        for name, counted in sorted(rows.items())
    ]


def by_quantity(graph: Answers, asked: Mapping[str, tuple[str, ...]], words: Vocabulary) -> list[Row]:
    """What is reported of a factor, by bands of what was measured of countries near the time of the study."""
    places, passages = _Places(graph), _passages(graph, asked, words)
    within, wanted = int(asked["within"][0]), {CHOICES["quantity"][one].value for one in asked["quantity"]}
    values: defaultdict[tuple[str, str], list[Value]] = defaultdict(list)
    not_known = NO_INDICATOR
    for value in _values(graph):
        if value.quantity in wanted:
            not_known = NO_VALUE
            if places.years[value.case].off(value.year) <= within:
                values[value.case, value.country].append(value)
    bands = _bands(graph)
    rows: defaultdict[tuple[str, Decimal | None], _Counted] = defaultdict(_Counted)
    for claim in _claims(graph, asked):
        id_, study = text(claim["claim"]), text(claim["study"])
        for case, country, why in places.placed(id_):
            found = [] if why else values.get((case, country), [])
            banded = [
                (value, *band) for value in found if (band := _band(bands[value.quantity], value.shown)) is not None
            ]
            if not banded:
                counted = rows[why or not_known, None]
                counted.count(claim, passages[id_])
                counted.lists["countries"] |= {_last(country)} if country else set()
            for value, name, low in banded:
                counted = rows[name, low]
                counted.count(claim, passages[id_])
                counted.studies["by_own_years" if places.years[case].own else "approximate"].add(study)
                counted.off = max(counted.off or 0, places.years[case].off(value.year))
                iso3 = _last(country)
                counted.lists["countries"].add(iso3)
                counted.lists["values"].add(f"{iso3} {_plain(value.shown)} ({value.year}, {value.code})")
                counted.lists["data_sets"].add(value.data_set)
                if value.jumped:
                    counted.lists["doubtful"].add(f"{iso3} {value.code}: {value.jumped}")
    ordered = sorted(rows.items(), key=lambda item: (item[0][1] is None, item[0][1] or 0, item[0][0]))
    return [
        {
            "band": name,
            "classified": low is not None,
            "at_least": None if low is None else _plain(low),
            **{each: counted.number(each) for each in (*EFFECTS, "studies", "by_own_years", "approximate")},
            "years_off": counted.off,
            **{
                each: counted.told(each)
                for each in ("values", "doubtful", "countries", "data_sets", "claims", "evidence")
            },
        }
        for (name, low), counted in ordered
    ]


def indicators(graph: Answers, asked: Mapping[str, tuple[str, ...]], words: Vocabulary) -> list[Row]:
    """Which indicators there are for the countries of partnerships, and how near to their years."""
    places, passages = _Places(graph), _passages(graph, {"status": ("all",)}, words)
    within = int(asked["within"][0])
    wanted = None if ANY in asked["quantity"] else {CHOICES["quantity"][one].value for one in asked["quantity"]}
    countries = None if ANY in asked["country"] else set(asked["country"])
    rows: defaultdict[tuple[str, ...], _Counted] = defaultdict(_Counted)
    for value in _values(graph):
        iso3 = _last(value.country)
        if (wanted is not None and value.quantity not in wanted) or (countries is not None and iso3 not in countries):
            continue
        years, claims = places.years[value.case], places.of_case.get(value.case, [])
        if not claims:
            continue
        counted = rows[iso3, value.code, value.data_set, value.indicator, value.unit]
        off = years.off(value.year)
        counted.lists["cases"].add(value.case)
        if off <= within:
            counted.lists["near" if off else "in_its_years"].add(value.case)
        if not years.own:
            counted.lists["approximate"].add(value.case)
        counted.lists["years"].add(str(value.year))
        for claim in claims:
            counted.studies["studies"].add(text(claim["study"]))
            counted.lists["claims"].add(_claim(claim))
            counted.lists["evidence"] |= {
                f"{_claim(claim)}: {text(claim['citation'])}, {passage}" for passage in passages[text(claim["claim"])]
            }
    return [
        {
            "country": iso3,
            "indicator": indicator,
            "code": code,
            "unit": unit or None,
            "data_set": data_set,
            **{each: len(counted.lists[each]) for each in ("cases", "in_its_years", "near", "approximate")},
            "studies": counted.number("studies"),
            **{each: counted.told(each) for each in ("years", "claims", "evidence")},
        }
        for (iso3, code, data_set, indicator, unit), counted in sorted(rows.items())
    ]


# What the queries give


def _claims(graph: Answers, asked: Mapping[str, tuple[str, ...]]) -> list[Found]:
    bindings: dict[str, list[NamedNode]] = {"counts": [CHOICES["status"][word] for word in asked["status"]]}
    for name in ("factor", "outcome"):
        if ANY not in asked[name]:
            bindings[name] = [iris.concept(word) for word in asked[name]]
    return query.run(graph, "places/claims", bindings)


def _passages(graph: Answers, asked: Mapping[str, tuple[str, ...]], words: Vocabulary) -> defaultdict[str, list[str]]:
    """Where each claim rests, by its IRI: the locator, and in brackets whose account it is."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    counts = [CHOICES["status"][word] for word in asked["status"]]
    for row in query.run(graph, "paths/passages", {"counts": counts}):
        layer = words.notations[text(row["layer"])] if row["layer"] is not None else ""
        found[text(row["claim"])].append(text(row["locator"]) + (f" ({layer})" if layer else ""))
    return found


def _values(graph: Answers) -> list[Value]:
    found = []
    for row in query.run(graph, "places/observations", {}):
        measures = row["per"] is not None and row["shown"] is not None
        value = Decimal(text(row["value"]))
        jumped = ""
        if row["value_before"] is not None:
            before, year = Decimal(text(row["value_before"])), _whole(row["year_before"])
            soon = _whole(row["then"]) - year <= JUMP_YEARS
            if soon and min(before, value) > 0 and max(before, value) >= JUMP * min(before, value):
                jumped = f"{_plain(before)} ({year}), {_plain(value)} ({_whole(row['then'])}) as published"
        found.append(
            Value(
                case=text(row["case"]),
                country=text(row["country"]),
                code=text(row["code"]),
                indicator=text(row["indicator"]),
                unit=text(row["unit"]),
                quantity=text(row["quantity"]),
                data_set=text(row["title"]),
                year=_whole(row["then"]),
                shown=value * _whole(row["shown"]) / _whole(row["per"]) if measures else value,
                jumped=jumped,
            )
        )
    return found


def _bands(graph: Answers) -> defaultdict[str, list[tuple[str, Decimal, Decimal | None]]]:
    """The bands of each quantity: name, lowest value, and the value that ends it."""
    bands: defaultdict[str, list[tuple[str, Decimal, Decimal | None]]] = defaultdict(list)
    for row in query.run(graph, "places/bands", {}):
        high = None if row["high"] is None else Decimal(text(row["high"]))
        bands[text(row["quantity"])].append((text(row["band"]), Decimal(text(row["low"])), high))
    return bands


def _band(bands: Iterable[tuple[str, Decimal, Decimal | None]], value: Decimal) -> tuple[str, Decimal] | None:
    """The band that a value lies in, and its lowest value; None where it lies in none, as one below zero."""
    within = ((name, low) for name, low, high in bands if low <= value and (high is None or value < high))
    return next(within, None)


def _whole(term: Any) -> int:
    return int(text(term))


def _plain(number: Decimal) -> str:
    """A decimal without zeros behind it or an exponent, as stores write them."""
    return f"{number.normalize():f}"


def _last(iri: str) -> str:
    return iris.ids(iri)[-1]


def _claim(row: Found) -> str:
    return "/".join(iris.ids(text(row["claim"])))


COMPOSERS: dict[str, Callable[[Answers, Mapping[str, tuple[str, ...]], Vocabulary], list[Row]]] = {
    "groups": by_group,
    "quantities": by_quantity,
    "indicators": indicators,
}
"""What answers a question whose header says `composed`, by what it says."""
