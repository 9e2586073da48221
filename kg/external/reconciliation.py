"""Which organisation of the registry a partner's name may mean, how sure that is, and why.

A name alone does not say who is meant: where the case lies, what kind of organisation the name says it is, and
whether others share the name count too. What comes out is offered to people, who decide; nothing is settled here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from kg.external.ror import NameKind, Organisation, Registry, Status

THRESHOLD = 0.6
"""From this score on a candidate is listed for review."""
MOST_LISTED = 5
"""Candidates of one mention; more than these help nobody."""

_LABEL, _CALLED, _ALIAS = 0.8, 0.75, 0.75
_LONG_ACRONYM, _ACRONYM = 0.75, 0.55
"""Five letters or more are hardly shared; a few letters are."""
_IN_ITS_COUNTRY = 0.75
"""A name such as “Ministry of Health”, of the organisation that has it in the one country that is meant."""
_SPELLING = 0.7
_WITHIN = 0.45
"""The record adds words to the name, as where a campus is named."""
_PART = 0.3
"""The name is of a part, such as a school, and the record of the whole."""
_SAME_COUNTRY, _OTHER_COUNTRY = 0.2, -0.15
_OTHER_KIND = -0.3
_BETTER_THERE = -0.15
_GONE = -0.1
_ALIKE = 92
"""How alike, from 0 to 100, two names must be to be one name misspelt."""
_SHORT_WORD, _SHORT = 5, 8
"""Letters of a word, and of a name, below which one wrong letter makes another."""

_ABBREVIATED = {
    "univ": "university",
    "dept": "department",
    "inst": "institute",
    "natl": "national",
    "intl": "international",
    "saint": "st",
    "center": "centre",
    "organization": "organisation",
    "programme": "program",
}
_OVERLOOKED = frozenset({"the", "of", "and", "for", "in", "at", "de", "la", "du", "des", "a"})
"""Words that do not tell one organisation from another."""
_STATE = frozenset({"ministry", "ministries", "department", "government"})
"""What a state has, and each other state too."""
_FORMS = frozenset({"federal", "national", "republic", "democratic", "united", "kingdom", "state"})
"""What kind of state it is, which one writer says and another leaves out."""
_GENERIC = _STATE | frozenset(
    {
        *("health", "public", "population", "social", "welfare", "family", "care", "sanitation", "hygiene", "sports"),
        *_FORMS,
    }
)
"""Words of which a name may consist that says only that it is some ministry or department."""
_MANY = frozenset({"ministries", "departments", "governments", "hospitals", "universities", "authorities", "partners"})
"""Words by which a name means several organisations at once."""
_KINDS = {
    "education": frozenset({"university", "universities", "college", "school", "faculty", "academy"}),
    "healthcare": frozenset({"hospital", "hospitals", "clinic", "infirmary", "medical centre", "health system"}),
    "government": frozenset({"ministry", "department", "county", "council"}),
}
"""By which words a name says what kind of organisation it is."""
_PARTS = frozenset(
    {"school", "faculty", "college", "department", "unit", "centre", "institute", "hospital", "campus", "division"}
)
_REMARKS = re.compile(r"\(([^()]*)\)")
_ACRONYM_FORM = re.compile(r"[A-Z][A-Z0-9&/-]{1,14}")


@dataclass(frozen=True)
class Mention:
    """A partner as cases name it.

    Attributes:
        name: In the coder's words.
        countries: Those of the cases that name it, by alpha-3 code, sorted.
        cases: `source/case`, sorted.
    """

    name: str
    countries: tuple[str, ...]
    cases: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """An organisation that may be meant.

    Attributes:
        organisation: It.
        score: From 0 to 1.
        reasons: What speaks for it and against it, in words, the name first.
    """

    organisation: Organisation
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Evidence:
    """What a name of a record says of a mention."""

    score: float
    reason: str
    exact: bool = False


def normalised(name: str) -> str:
    """A name without what writers of it vary in: case, accents, punctuation, a leading article, common short forms.

    >>> normalised("The St. Jude Children’s Univ., (W. K.)")
    'st jude childrens university wk'
    """
    spread = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(sign for sign in spread if not unicodedata.combining(sign))
    bare = re.sub(r"['’`´ʼ]", "", unicodedata.normalize("NFKC", bare).casefold()).replace("&", " and ")
    words = re.sub(r"[\W_]+", " ", bare).split()
    if words[:1] == ["the"] and len(words) > 1:
        words = words[1:]
    joined: list[str] = []
    initial = False
    for word in words:
        if len(word) == 1 and initial:
            joined[-1] += word
        else:
            joined.append(word)
        initial = len(word) == 1
    return " ".join(_ABBREVIATED.get(word, word) for word in joined)


def forms(name: str) -> tuple[str, tuple[str, ...]]:
    """A name without its remarks in brackets, and the acronyms that it or they give.

    >>> forms("Healthy Homes and Neighbourhoods (HHAN)")
    ('Healthy Homes and Neighbourhoods', ('HHAN',))
    >>> forms("British Academy (funder)")
    ('British Academy', ())
    >>> forms("GHS")
    ('GHS', ('GHS',))
    """
    bare = " ".join(_REMARKS.sub(" ", name).split()) or name.strip()
    said = [bare, *(remark.strip() for remark in _REMARKS.findall(name))]
    return bare, tuple(dict.fromkeys(each for each in said if _ACRONYM_FORM.fullmatch(each)))


class Reconciler:
    """Finds candidates in a registry, whose names it looks up once."""

    def __init__(self, registry: Registry, country_names: Mapping[str, str]) -> None:
        """Takes in a registry.

        Args:
            registry: The organisations that may be meant.
            country_names: English names of countries by alpha-3 code: a name may hold one.
        """
        self._organisations = registry.organisations
        self._countries = sorted(
            ((tuple(normalised(name).split()), code) for code, name in country_names.items()),
            key=lambda named: (-len(named[0]), named),
        )
        self._country_words = {words for words, _ in self._countries}
        self._names: dict[str, dict[str, str]] = defaultdict(dict)
        """What each organisation is called, as normalised: by name, by id, and what kind of name it is."""
        self._acronyms: dict[str, set[str]] = defaultdict(set)
        self._by_word: dict[str, set[str]] = defaultdict(set)
        """Normalised names by the words in them."""
        for organisation in registry.organisations.values():
            self._take_in(organisation)
        for organisation in registry.organisations.values():
            self._take_in_names_of_others(organisation)
        for name in self._names:
            for word in _telling(name):
                self._by_word[word].add(name)

    def candidates(self, mention: Mention, threshold: float = THRESHOLD) -> list[Candidate]:
        """The organisations that a mention may mean, best first, equal ones in the order of their ids."""
        found: dict[str, _Evidence] = {}
        for ror, evidence in self._evidence(mention):
            if ror not in found or (evidence.score, evidence.reason) > (found[ror].score, found[ror].reason):
                found[ror] = evidence
        there = any(evidence.exact and self._near(ror, mention) for ror, evidence in found.items())
        judged: dict[str, Candidate] = {}
        for ror, evidence in sorted(found.items()):
            candidate = self._judged(self._organisations[ror], mention, evidence, there and not evidence.exact)
            for each in self._living(candidate):
                before = judged.get(each.organisation.ror)
                if before is None or each.score > before.score:
                    judged[each.organisation.ror] = each
        listed = [each for each in judged.values() if each.score >= threshold]
        return sorted(listed, key=lambda each: (-each.score, each.organisation.ror))[:MOST_LISTED]

    def _take_in(self, organisation: Organisation) -> None:
        if organisation.status == Status.withdrawn:
            return
        for name in organisation.names:
            kinds = name.kinds - {NameKind.display} or frozenset({NameKind.label})
            bare, _ = forms(name.text)
            if NameKind.acronym in kinds:
                self._acronyms[_letters(name.text)].add(organisation.ror)
            if kinds & {NameKind.label, NameKind.alias}:
                kind = NameKind.label if NameKind.label in kinds else NameKind.alias
                for text in {normalised(name.text), normalised(bare)} - {""}:
                    self._called(text, organisation.ror, kind)

    def _take_in_names_of_others(self, organisation: Organisation) -> None:
        """What the record of one organisation calls another is a name of that other."""
        for other in organisation.relationships:
            text = normalised(other.label)
            if text and other.ror in self._organisations and self._organisations[other.ror].status != Status.withdrawn:
                self._called(text, other.ror, "called")

    def _called(self, text: str, ror: str, kind: str) -> None:
        rank = [NameKind.label, NameKind.alias, "called"]
        before = self._names[text].get(ror)
        if before is None or rank.index(kind) < rank.index(before):
            self._names[text][ror] = kind

    def _evidence(self, mention: Mention) -> Iterator[tuple[str, _Evidence]]:
        """What speaks by name for each organisation that is worth looking at."""
        bare, acronyms = forms(mention.name)
        text = normalised(bare)
        words = frozenset(text.split())
        if not text or words & _MANY:
            return
        named, rest = self._without_country(text)
        countries = frozenset({named}) if named else frozenset(mention.countries)
        if _is_generic(rest):
            yield from self._of_its_country(rest, countries)
            return
        exact = False
        for ror, evidence in self._exact(text):
            exact = True
            yield ror, evidence
        yield from self._by_acronym(acronyms)
        yield from self._wider_and_narrower(text)
        if not exact and len(text) >= _SHORT:
            yield from self._misspelt(text)

    def _exact(self, text: str) -> Iterator[tuple[str, _Evidence]]:
        for ror, kind in self._names.get(text, {}).items():
            if kind == NameKind.label:
                yield ror, _Evidence(_LABEL, "its name exactly", exact=True)
            elif kind == NameKind.alias:
                yield ror, _Evidence(_ALIAS, "an alias of it exactly", exact=True)
            else:
                yield ror, _Evidence(_CALLED, "what another record calls it, exactly", exact=True)

    def _by_acronym(self, acronyms: Iterable[str]) -> Iterator[tuple[str, _Evidence]]:
        for acronym in acronyms:
            letters = _letters(acronym)
            score = _LONG_ACRONYM if len(letters) >= 5 else _ACRONYM
            for ror in self._acronyms.get(letters, ()):
                yield ror, _Evidence(score, f"its acronym {acronym}", exact=len(letters) >= 5)

    def _of_its_country(self, rest: str, countries: frozenset[str]) -> Iterator[tuple[str, _Evidence]]:
        """Those that a name such as “Ministry of Health” means, where one country says whose."""
        if len(countries) != 1:
            return
        (country,) = countries
        wanted = _telling(rest) - _FORMS
        for text, rors in self._generic.items():
            more = _telling(text) - _FORMS - wanted
            if not wanted <= _telling(text):
                continue
            for ror in rors:
                if country in self._organisations[ror].countries:
                    reason = f"a general name, in {country} its own"
                    if more:
                        yield ror, _Evidence(_WITHIN, f"{reason} but for “{' '.join(_in_order(more, text))}”")
                    else:
                        yield ror, _Evidence(_IN_ITS_COUNTRY, reason, exact=True)

    @cached_property
    def _generic(self) -> dict[str, set[str]]:
        """The organisations whose names say only that they are some ministry, by that without the country."""
        found: dict[str, set[str]] = defaultdict(set)
        for text, rors in self._names.items():
            if _STATE & set(text.split()):
                _, rest = self._without_country(text)
                if _is_generic(rest):
                    found[rest] |= set(rors)
        return found

    def _wider_and_narrower(self, text: str) -> Iterator[tuple[str, _Evidence]]:
        """Names that add words to this one, as of a campus; and names of a whole of which this one says the part."""
        words = _telling(text)
        if not words - _commonplace():
            return
        holding = [self._by_word.get(word, set()) for word in words]
        for name in set.intersection(*holding) if holding else ():
            if name != text and (added := _telling(name) - words) and len(words) > 1:
                for ror in self._names[name]:
                    yield ror, _Evidence(_WITHIN, f"its name adds “{' '.join(_in_order(added, name))}”")
        for name in set.union(*holding) if holding else ():
            of_it = _telling(name)
            if of_it < words and len(of_it) > 1 and (words - of_it) & _PARTS and of_it - _commonplace():
                for ror in self._names[name]:
                    part = " ".join(_in_order(words - of_it, text))
                    yield ror, _Evidence(_PART, f"the name is of a part of it, “{part}”")

    def _misspelt(self, text: str) -> Iterator[tuple[str, _Evidence]]:
        for name, alike, _ in process.extract(
            text, self._names.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=MOST_LISTED
        ):
            if name != text and self._same_words_misspelt(text, name):
                for ror in self._names[name]:
                    yield ror, _Evidence(_SPELLING * alike / 100, f"spelt {alike:.0f} % like “{name}”")

    def _same_words_misspelt(self, one: str, other: str) -> bool:
        """Whether two names have the same words but for a letter each: Niger is not Nigeria, nor Western Eastern."""
        words, others = one.split(), other.split()
        pairs = [(word, its) for word, its in zip(words, others, strict=False) if word != its]
        return len(words) == len(others) and all(
            min(len(word), len(its)) >= _SHORT_WORD
            and OSA.distance(word, its) == 1
            and word.isalpha()
            and its.isalpha()
            and not {(word,), (its,)} & self._country_words
            for word, its in pairs
        )

    def _judged(self, organisation: Organisation, mention: Mention, by_name: _Evidence, better: bool) -> Candidate:
        """A candidate by its name, and by what else speaks for or against it."""
        score, reasons = by_name.score, [by_name.reason]
        shared = sorted(organisation.countries & set(mention.countries))
        if shared:
            score += _SAME_COUNTRY
            reasons.append(f"in a country of the case ({', '.join(shared)})")
        elif organisation.countries and mention.countries:
            score += _OTHER_COUNTRY
            reasons.append(f"in no country of the case ({', '.join(sorted(organisation.countries))})")
        elif not mention.countries:
            reasons.append("the case names no country")
        if not by_name.exact and (clash := _other_kind(mention.name, organisation)):
            score += _OTHER_KIND
            reasons.append(clash)
        if better:
            score += _BETTER_THERE
            reasons.append("another organisation has the name itself")
        return Candidate(organisation, round(min(max(score, 0.0), 1.0), 2), tuple(reasons))

    def _living(self, candidate: Candidate) -> Iterator[Candidate]:
        """A candidate, or those that followed it where it is no more."""
        gone = candidate.organisation
        if gone.status == Status.active:
            yield candidate
            return
        followed = [self._organisations[ror] for ror in gone.successors if ror in self._organisations]
        for successor in followed:
            reason = f"{gone.name} ({gone.ror}) is no more, and this one followed it"
            yield Candidate(successor, candidate.score, (*candidate.reasons, reason))
        if not followed:
            score = round(max(candidate.score + _GONE, 0.0), 2)
            yield Candidate(gone, score, (*candidate.reasons, "it is no more, and no successor is at hand"))

    def _near(self, ror: str, mention: Mention) -> bool:
        """Whether an organisation may well be a partner of the cases by where it is."""
        return not mention.countries or bool(self._organisations[ror].countries & set(mention.countries))

    def _without_country(self, text: str) -> tuple[str, str]:
        """The code of the country that a normalised name holds, and the name without it; or no code and the name."""
        words = tuple(text.split())
        for name, code in self._countries:
            for at in range(len(words) - len(name) + 1):
                if words[at : at + len(name)] == name:
                    return code, " ".join((*words[:at], *words[at + len(name) :]))
        return "", text


def _telling(text: str) -> frozenset[str]:
    return frozenset(text.split()) - _OVERLOOKED


def _in_order(words: frozenset[str], text: str) -> list[str]:
    return [word for word in text.split() if word in words]


def _commonplace() -> frozenset[str]:
    return _GENERIC | _PARTS | frozenset({"university", "medical", "research", "international", "sciences", "science"})


def _is_generic(text: str) -> bool:
    words = _telling(text)
    return bool(words & _STATE) and words <= _GENERIC


def _letters(acronym: str) -> str:
    return re.sub(r"[\W_]+", "", acronym).casefold()


def _other_kind(name: str, organisation: Organisation) -> str:
    """How a name says that it is of another kind than an organisation; empty where it does not."""
    text = f" {normalised(name)} "
    said = {kind for kind, words in _KINDS.items() if any(f" {word} " in text for word in words)}
    known = set(organisation.types) & set(_KINDS)
    if said and known and not said & known:
        return f"the name says {' and '.join(sorted(said))}, the record {' and '.join(sorted(known))}"
    return ""
