"""The words that evidence may use: factors, kinds of actor and countries, as the ontology defines them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg import iris, resources
from kg.terms import PM, RDF, RDFS, SKOS

if TYPE_CHECKING:
    from collections.abc import Collection

FACTOR_KINDS = {
    "relational": PM.RelationalFactor,
    "motivational": PM.MotivationalFactor,
    "structural": PM.StructuralFactor,
    "contextual": PM.ContextualFactor,
    "outcome": PM.OutcomeFactor,
}
"""What people call each kind of factor, and its class."""


@dataclass(frozen=True)
class Scheme:
    """The concept scheme and the countries, by id.

    Attributes:
        factors: Ids of the factors, each with its kind as in `FACTOR_KINDS`.
        actors: Ids of the kinds of actor.
        countries: ISO 3166-1 alpha-3 codes, each with the name of the country.
        names: Lower-case preferred and alternative labels, each with the id that bears it.
    """

    factors: dict[str, str]
    actors: frozenset[str]
    countries: dict[str, str]
    names: dict[str, str]

    def near(self, word: str, among: Collection[str]) -> list[str]:
        """Up to three ids among `among` that people may have meant by `word`, nearest first.

        >>> scheme = load()
        >>> scheme.near("Trsut", scheme.factors)[0]
        'trust'
        """
        wanted = word.strip().lower().replace("_", "-").replace(" ", "-")
        by_name = {name.replace(" ", "-"): concept for name, concept in self.names.items() if concept in among}
        candidates = {**by_name, **{concept: concept for concept in among}}
        found = [candidates[name] for name in get_close_matches(wanted, candidates, n=6, cutoff=0.6)]
        return list(dict.fromkeys(found))[:3]

    def near_country(self, word: str) -> list[str]:
        """The code that people may have meant by a country's name, or by letters of another case; or none.

        >>> load().near_country("Ugnada")
        ['UGA']
        """
        wanted = word.strip().lower()
        codes = {code.lower(): code for code in self.countries}
        codes |= {name.lower(): code for code, name in self.countries.items()}
        near = [wanted] if wanted in codes else get_close_matches(wanted, codes, n=1, cutoff=0.8)
        return [codes[name] for name in near]


@cache
def load() -> Scheme:
    """Reads `ontology/concepts.ttl` and `ontology/countries.ttl`."""
    kind_of_class = {term: kind for kind, term in FACTOR_KINDS.items()}
    factors: dict[str, str] = {}
    actors: set[str] = set()
    names: dict[str, str] = {}
    for triple in parse(path=resources.root() / "ontology" / "concepts.ttl", format=RdfFormat.TURTLE):
        if not isinstance(triple.subject, NamedNode) or not triple.subject.value.startswith(iris.CONCEPT):
            continue
        concept = triple.subject.value[len(iris.CONCEPT) :]
        if triple.predicate == RDF.type and triple.object in kind_of_class:
            factors[concept] = kind_of_class[triple.object]
        elif triple.predicate == RDF.type and triple.object == PM.ActorKind:
            actors.add(concept)
        elif triple.predicate in (SKOS.prefLabel, SKOS.altLabel) and isinstance(triple.object, Literal):
            names[triple.object.value.lower()] = concept
    said = list(parse(path=resources.root() / "ontology" / "countries.ttl", format=RdfFormat.TURTLE))
    codes = {triple.subject: triple.object.value for triple in said if triple.predicate == PM.iso3}
    countries = {codes[each.subject]: each.object.value for each in said if each.predicate == RDFS.label}
    return Scheme(factors, frozenset(actors), countries, names)
