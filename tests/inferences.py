"""Compares what HermiT and the compiled rules infer of modules of the shipped evidence.

`python -m tests.inferences` compares all of them, a dozen at a time; the tests compare some.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence

from pyoxigraph import NamedNode, Triple

from kg import axioms, coherence, evidence, graph, hermit, reason, resources
from kg.graph import Module
from kg.terms import OWL, RDF, RDFS

BATCH = 12


def modules() -> list[Module]:
    """The modules of the shipped evidence."""
    units, _ = evidence.find_units(resources.evidence())
    readings = [evidence.read(unit) for unit in units]
    return [graph.build_module(reading.record, reading.line) for reading in readings if reading.record is not None]


def differences(compared: Sequence[Module]) -> tuple[set[Triple], set[Triple]]:
    """What only the rules infer of the nodes of some modules, and what only HermiT does."""
    ontology = axioms.read_axioms()
    told = dict.fromkeys(triple for axiom in ontology.axioms for triple in axiom.triples)
    asserted = {triple for module in compared for triple in coherence.asserted(module)}
    found = hermit.inferences([*ontology.declarations, *told, *asserted], seconds=900)
    own = {triple.subject for triple in asserted if triple.predicate == RDF.type}
    by_hermit = {triple for triple in closed({*found, *asserted}, [*told, *found]) if triple.subject in own} - asserted
    derived = reason.infer([(module.name, module.quads) for module in compared])
    by_rules = {Triple(quad.subject, quad.predicate, quad.object) for quads in derived for quad in quads}
    return by_rules - by_hermit, by_hermit - by_rules


def closed(found: Iterable[Triple], told: Iterable[Triple]) -> set[Triple]:
    """Statements with those that follow by the hierarchies of classes and properties.

    HermiT says of each thing only the most specific classes and properties, and how these stand to each other.
    """
    above: dict[object, set[NamedNode]] = defaultdict(set)
    for triple in told:
        if triple.predicate in (RDFS.subClassOf, RDFS.subPropertyOf) and isinstance(triple.object, NamedNode):
            above[triple.subject].add(triple.object)
    known: set[Triple] = set()
    waiting = list(found)
    while waiting:
        triple = waiting.pop()
        if triple in known or triple.object == OWL.Thing:
            continue
        known.add(triple)
        if triple.predicate == RDF.type:
            waiting += [Triple(triple.subject, RDF.type, kind) for kind in above[triple.object]]
        waiting += [Triple(triple.subject, upper, triple.object) for upper in above[triple.predicate]]
    return known


if __name__ == "__main__":
    every, differing = modules(), 0
    for start in range(0, len(every), BATCH):
        batch = every[start : start + BATCH]
        rules_only, hermit_only = differences(batch)
        for whose, triples in (("the rules", rules_only), ("HermiT", hermit_only)):
            for triple in sorted(triples, key=str):
                print(f"only {whose}: {triple}")
        differing += len(rules_only) + len(hermit_only)
        print(f"{start + len(batch)} of {len(every)} modules compared, {differing} differences", file=sys.stderr)
    sys.exit(bool(differing))
