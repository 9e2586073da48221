"""The closed lists of words with which questions are asked, and what each word stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.scheme import FACTOR_KINDS
from kg.terms import PM
from kg.vocabulary import Effect, Grouping, Quantity, TheoryRelation

if TYPE_CHECKING:
    from pyoxigraph import NamedNode

ANY = "any"
"""The word that takes a parameter's restriction away."""

CHOICES: dict[str, dict[str, NamedNode]] = {
    "kind": {**FACTOR_KINDS, ANY: PM.Factor},
    "status": {"tested": PM.TestedClaim, "proposed": PM.ProposedClaim, "all": PM.Claim},
    "grouping": {value.value: value.iri for value in Grouping},
    "quantity": {value.value: value.iri for value in Quantity},
    "effect": {value.value: value.iri for value in Effect},
    "relation": {value.value: value.iri for value in TheoryRelation},
    "judgement": {"judged": PM.judged, "abstract": PM.readExtent, "statistic": PM.statisticMeasure},
    "rivalry": {"explained": PM.rivalExplanation, "linked": PM.rivals, "candidate": PM.mechanismFactor},
}
"""The kinds of parameter with a closed list of words, and what each word stands for."""
