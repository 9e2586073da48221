"""The words of a graph: what it calls things, what people may call them, and what it says of its own coding."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from kg import iris, query
from kg.errors import Failure, UsageError
from kg.terms import PM

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from kg.store import Answers, Term


class Vocabulary:
    """The words that a graph knows: what its concepts, values and countries are called.

    Read from the graph when the first word is looked up, since a matrix alone needs none. Whatever looks a word up also
    raises `Failure` where the graph knows none at all.
    """

    def __init__(self, graph: Answers) -> None:
        self._graph = graph

    @cached_property
    def _rows(self) -> list[tuple[str, str, str, NamedNode]]:
        return [
            (text(row["term"]), text(row["label"]), text(row["alternative"]), row["kind"])
            for row in query.run(self._graph, "trace/labels", {})
            if isinstance(row["kind"], NamedNode)
        ]

    def refuse_none(self) -> None:
        """Refuses a graph that knows no word, which is none of ours.

        Raises:
            Failure: It knows none.
        """
        if not self._rows:
            raise Failure(
                "the graph has none of our words: kg push fills an endpoint; or is it another address that you mean?"
            )

    @cached_property
    def labels(self) -> dict[str, str]:
        """Labels of concepts by id, and of values and countries by IRI."""
        return {
            term if kind in (PM.Value, PM.Country) else iris.ids(term)[0]: label for term, label, _, kind in self._rows
        }

    @cached_property
    def coders(self) -> list[str]:
        """IRIs of those who coded."""
        return [text(row["coder"]) for row in query.run(self._graph, "trace/coders", {})]

    @cached_property
    def notations(self) -> dict[str, str]:
        """How evidence files write values and countries, by IRI."""
        return {term: notation for term, _, notation, kind in self._rows if kind in (PM.Value, PM.Country)}

    @cached_property
    def kinds(self) -> dict[str, NamedNode]:
        """The class of each concept, by id."""
        return {iris.ids(term)[0]: kind for term, _, _, kind in self._rows if kind not in (PM.Value, PM.Country)}

    @cached_property
    def _by_name(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for term, label, alternative, kind in self._rows:
            if kind not in (PM.Value, PM.Country):
                for name in (label, alternative):
                    names.setdefault(name.lower(), iris.ids(term)[0])
        return names

    def concept(self, word: str, what: str) -> NamedNode:
        """The concept that a word names, by its id or any of its labels.

        Raises:
            UsageError: There is none, with the nearest ones; or it is an actor where a factor is wanted.
        """
        wanted_actor = what == "actor"
        named = [word.strip(), word.strip().lower()]
        concept = next((name for name in named if name in self.kinds), self._by_name.get(named[1], ""))
        if concept and (self.kinds[concept] == PM.ActorKind) == wanted_actor:
            return iris.concept(concept)
        self.refuse_none()
        among = [name for name, kind in self.kinds.items() if (kind == PM.ActorKind) == wanted_actor]
        near = get_close_matches(word.lower().replace(" ", "-"), among, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UsageError(f"there is no {what} “{word}”{hint}")

    def factor_and_outcome(self, factor: Iterable[str], outcome: Iterable[str]) -> dict[str, list[NamedNode]]:
        """What queries of factors by outcomes are bound to.

        Raises:
            UsageError: The graph does not know a word.
        """
        asked = {"factor": factor, "outcome": outcome}
        return {what: [self.concept(word, what) for word in words] for what, words in asked.items()}

    def coder(self, word: str) -> NamedNode:
        """The coder of an id.

        Raises:
            UsageError: Nobody of that id coded.
        """
        coder = iris.coder(word)
        if coder.value not in self.coders:
            self.refuse_none()
            known = ", ".join(iris.ids(iri)[-1] for iri in self.coders)
            raise UsageError(f"there is no coder “{word}” (one of {known})")
        return coder

    def theory(self, word: str) -> NamedNode:
        """The programme theory of an id.

        Raises:
            UsageError: There is none.
        """
        theory = iris.theory(word)
        known = [text(row["theory"]) for row in query.run(self._graph, "trace/theories", {})]
        if theory.value not in known:
            self.refuse_none()
            listed = ", ".join(iris.ids(iri)[-1] for iri in known)
            raise UsageError(
                f"there is no theory “{word}” ({f'one of {listed}' if listed else 'the graph holds none'})"
            )
        return theory

    def country(self, word: str) -> NamedNode:
        """The country of a name or an ISO 3166-1 alpha-3 code.

        Raises:
            UsageError: There is none, with the nearest one.
        """
        country = iris.country(word.upper())
        if country.value in self.labels:
            return country
        names = {label.lower(): iri for iri, label in self.labels.items() if iri.startswith(f"{iris.DATA}country/")}
        if word.lower() in names:
            return NamedNode(names[word.lower()])
        self.refuse_none()
        near = get_close_matches(word.lower(), names, n=1)
        hint = f"; did you mean {self.labels[names[near[0]]]}?" if near else ""
        raise UsageError(f"there is no country “{word}”{hint} (write its name or its three letters, such as UGA)")


def choice(what: str, word: str, among: Mapping[str, NamedNode]) -> NamedNode:
    """What a word of a closed list stands for.

    Raises:
        UsageError: The word is none of them, with the nearest one.
    """
    folded = {name.lower(): name for name in among}
    word = folded.get(word.lower(), word)
    if word not in among:
        near = get_close_matches(word.lower(), among, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"there is no {what} “{word}”{hint} (one of {', '.join(among)})")
    return among[word]


def notice(graph: Answers, withheld: Collection[str] = (), shown: Collection[str] | None = None) -> str:
    """What is to be said wherever a graph's evidence is shown: how it was coded, and what it counts twice.

    Empty where every coding was made and checked by people, and no two studies bear one identifier.

    Args:
        graph: A graph that answers queries.
        withheld: Ids of studies that are not to be named.
        shown: Ids of the studies that are shown; None for all. What is counted twice is said where both are.

    Raises:
        Failure: The graph has no coding and none of our words.
    """
    codings = _codings(graph)
    if not codings[0]:
        Vocabulary(graph).refuse_none()
    return _sentences(counting_notice(*codings), *counted_twice(graph, withheld, shown, 2))


def notice_of_both(before: Answers, after: Answers) -> str:
    """What is to be said of an older and of a newer graph: see `notice`; how each was coded, where they differ."""
    older, newer = (_codings(graph) for graph in (before, after))
    if older == newer:
        return notice(after)
    told = [
        coding_notice(*codings) or ("Every coding was made and checked by people." if codings[0] else "No coding.")
        for codings in (older, newer)
    ]
    return _sentences(f"Before: {told[0]} Now: {told[1]} {_COUNTED}", *counted_twice(after))


def _sentences(*told: str) -> str:
    return " ".join(sentence for sentence in told if sentence)


def _codings(graph: Answers) -> tuple[int, int, int]:
    """How many codings a graph has, how many of them are machine-assisted, and how many nobody else checked."""
    codings = unchecked = assisted = 0
    for row in query.run(graph, "trace/codings", {}):
        count, method = int(str(query.plain(row["codings"]))), row["method"]
        codings += count
        unchecked += int(str(query.plain(row["unchecked"])))
        assisted += count if method == PM.machineAssistedCoding else 0
    return codings, assisted, unchecked


def counted_twice(
    graph: Answers, withheld: Collection[str] = (), shown: Collection[str] | None = None, least: int = 1
) -> list[str]:
    """That studies look like one publication, a sentence each time.

    Args:
        graph: A graph that answers queries.
        withheld: Ids of studies that are not to be named.
        shown: Ids of studies of which some must be among them; None where all are shown.
        least: How many.
    """
    found = dict.fromkeys(text(row["studies"]) for row in query.run(graph, "trace/same-publication", {}))
    several = (sorted(iris.ids(study)[-1] for study in studies.split("\n")) for studies in found if studies)
    return [
        f"{' and '.join(studies)} have one DOI, PubMed id or PubMed Central id, but count as {len(studies)} studies."
        for studies in several
        if not set(studies) & set(withheld) and (shown is None or len(set(studies) & set(shown)) >= least)
    ]


_COUNTED = "Counts are of what sources report, never of what works."


def counting_notice(codings: int, assisted: int, unchecked: int) -> str:
    """What is to be said beside counts: see `coding_notice`; empty where that is."""
    told = coding_notice(codings, assisted, unchecked)
    return f"{told} {_COUNTED}" if told else ""


def coding_notice(codings: int, assisted: int, unchecked: int, shown: bool = False) -> str:
    """How codings were made, in words; empty where every one was made and checked by people.

    Args:
        codings: How many there are.
        assisted: How many of them are machine-assisted.
        unchecked: How many nobody else checked.
        shown: Whether they are those that are shown, of more.
    """
    one, many = ("coding shown", "codings shown") if shown else ("coding", "codings")
    told = []
    if assisted:
        which = "All" if assisted == codings else f"{assisted} of"
        told.append(
            f"{which} {codings} {many} are machine-assisted" if codings > 1 else f"The {one} is machine-assisted"
        )
    if unchecked:
        if codings == 1:
            which = "it was not" if told else f"the {one} was not"
        elif unchecked == codings:
            which = "none of them was" if told else f"none of the {codings} {many} was"
        else:
            which = f"{unchecked} of {codings} {'' if told or not shown else 'codings shown '}were not"
        told.append(f"{which} checked by a second person or by the authors of a source")
    sentence = "; ".join(told)
    return f"{sentence[:1].upper()}{sentence[1:]}." if told else ""


def text(term: Term | None) -> str:
    """A term as text; empty where it is unbound."""
    return "" if term is None else str(query.plain(term))
