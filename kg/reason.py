"""Materialises what the ontology's own axioms say, within OWL 2 RL.

The axioms found in the ontology are compiled to SPARQL updates that each work on all modules at once: no property and
no class is named in this file. Constructs that OWL 2 RL cannot materialise, and constraints such as disjointness, are
left to a DL reasoner. Rules: https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse

from kg import iris, resources, rules
from kg.errors import Failure
from kg.terms import OWL, RDF, RDFS, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Rule:
    """One axiom as a rule.

    Attributes:
        axiom: The kind of axiom and the term it is about, for people.
        head: Triple patterns that follow.
        body: Triple patterns that they follow from.
    """

    axiom: str
    head: str
    body: str

    def update(self) -> str:
        """The rule as a SPARQL update, over every module graph `?module` of a store at once."""
        return f"INSERT {{ GRAPH ?module {{ {self.head} }} }} WHERE {{ {self.body} }}"


class _Axioms:
    """The ontology's triples, by subject."""

    def __init__(self, triples: Iterable[Quad]) -> None:
        self.of: dict[NamedNode | BlankNode, dict[NamedNode, list[NamedNode | BlankNode | Literal]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for triple in triples:
            self.of[triple.subject][triple.predicate].append(triple.object)  # type: ignore[index, arg-type]

    def items(self, head: object) -> list[NamedNode | BlankNode | Literal]:
        """The members of an RDF list."""
        members = []
        while isinstance(head, BlankNode):
            members.append(self.of[head][RDF.first][0])
            head = self.of[head][RDF.rest][0]
        return members

    def step(self, term: object) -> str | None:
        """A property, or the inverse of one, as a step of a SPARQL path."""
        if isinstance(term, NamedNode):
            return str(term)
        inverse = self.of[term].get(OWL.inverseOf, []) if isinstance(term, BlankNode) else []
        return f"^{inverse[0]}" if inverse and isinstance(inverse[0], NamedNode) else None

    def subjects(self, predicate: NamedNode) -> list[tuple[NamedNode, NamedNode | BlankNode | Literal]]:
        """Named subjects of a predicate with each of its objects, in a fixed order."""
        pairs = [
            (subject, value)
            for subject, values in self.of.items()
            if isinstance(subject, NamedNode)
            for value in values.get(predicate, [])
        ]
        return sorted(pairs, key=lambda pair: (pair[0].value, str(pair[1]) if isinstance(pair[1], NamedNode) else ""))


def read_ontology() -> list[Quad]:
    """Every triple of the ontology's files, blank nodes named by file and order so that two reads are alike."""
    quads: list[Quad] = []
    for path in resources.ontology_files():
        renamed: dict[BlankNode, BlankNode] = {}

        def stable(
            term: NamedNode | BlankNode | Literal, path: str = path.stem, renamed: dict[BlankNode, BlankNode] = renamed
        ) -> NamedNode | BlankNode | Literal:
            if not isinstance(term, BlankNode):
                return term
            return renamed.setdefault(term, BlankNode(f"{path}{len(renamed)}"))

        for triple in parse(path=path, format=RdfFormat.TURTLE):
            quads.append(Quad(stable(triple.subject), triple.predicate, stable(triple.object), iris.ONTOLOGY_GRAPH))  # type: ignore[arg-type]
    return quads


def compile_rules(triples: Iterable[Quad]) -> list[Rule]:
    """The rules that an ontology's axioms say, in an order in which most of them need to run once only."""
    axioms = _Axioms(triples)
    return [
        *_property_rules(axioms),
        *_chain_rules(axioms),
        *_domain_and_range_rules(axioms),
        *_subclass_rules(axioms),
        *_defined_class_rules(axioms),
    ]


def _in_module(patterns: str) -> str:
    return f"GRAPH ?module {{ {patterns} }}"


def _property_rules(axioms: _Axioms) -> list[Rule]:
    rules = [
        Rule(f"{lower} is a subproperty of {upper}", f"?x {upper} ?y", _in_module(f"?x {lower} ?y"))
        for lower, upper in axioms.subjects(RDFS.subPropertyOf)
        if isinstance(upper, NamedNode)
    ]
    for one, other in axioms.subjects(OWL.inverseOf):
        rules.append(Rule(f"{one} is the inverse of {other}", f"?y {other} ?x", _in_module(f"?x {one} ?y")))
        rules.append(Rule(f"{other} is the inverse of {one}", f"?y {one} ?x", _in_module(f"?x {other} ?y")))
    for term, kind in axioms.subjects(RDF.type):
        if kind == OWL.SymmetricProperty:
            rules.append(Rule(f"{term} is symmetric", f"?y {term} ?x", _in_module(f"?x {term} ?y")))
        if kind == OWL.TransitiveProperty:
            rules.append(Rule(f"{term} is transitive", f"?x {term} ?z", _in_module(f"?x {term} ?y . ?y {term} ?z")))
    return rules


def _chain_rules(axioms: _Axioms) -> list[Rule]:
    rules = []
    for term, head in axioms.subjects(OWL.propertyChainAxiom):
        steps = [axioms.step(member) for member in axioms.items(head)]
        if None in steps:
            continue
        body = " . ".join(f"?x{at} {step} ?x{at + 1}" for at, step in enumerate(steps))
        chain = " then ".join(str(step) for step in steps)
        rules.append(Rule(f"{term} is the chain {chain}", f"?x0 {term} ?x{len(steps)}", _in_module(body)))
    return rules


def _domain_and_range_rules(axioms: _Axioms) -> list[Rule]:
    rules = [
        Rule(f"{term} has the domain {kind}", f"?x a {kind}", _in_module(f"?x {term} ?y"))
        for term, kind in axioms.subjects(RDFS.domain)
        if isinstance(kind, NamedNode)
    ]
    return rules + [
        Rule(f"{term} has the range {kind}", f"?y a {kind}", _in_module(f"?x {term} ?y"))
        for term, kind in axioms.subjects(RDFS.range)
        if isinstance(kind, NamedNode) and not kind.value.startswith(XSD.base)
    ]


def _subclass_rules(axioms: _Axioms) -> list[Rule]:
    pairs = [*axioms.subjects(RDFS.subClassOf)]
    for one, other in axioms.subjects(OWL.equivalentClass):
        if isinstance(other, NamedNode):
            pairs += [(one, other), (other, one)]
    return [
        Rule(f"{lower} is a subclass of {upper}", f"?x a {upper}", _in_module(f"?x a {lower}"))
        for lower, upper in pairs
        if isinstance(upper, NamedNode)
    ]


def _defined_class_rules(axioms: _Axioms) -> list[Rule]:
    rules = []
    for defined, expression in axioms.subjects(OWL.equivalentClass):
        if not isinstance(expression, BlankNode):
            continue
        listed = axioms.of[expression].get(OWL.intersectionOf, [])
        members = axioms.items(listed[0]) if listed else [expression]
        bodies = [_membership(axioms, member, "?x", f"{at}") for at, member in enumerate(members)]
        if all(body is not None for body in bodies):
            body = " ".join(body for body in bodies if body)
            rules.append(Rule(f"{defined} is defined by an intersection", f"?x a {defined}", body))
        for member in members:
            if isinstance(member, NamedNode):
                rules.append(
                    Rule(f"{defined} is a subclass of {member}", f"?x a {member}", _in_module(f"?x a {defined}"))
                )
    return rules


def _membership(axioms: _Axioms, expression: object, thing: str, at: str) -> str | None:
    """Patterns that hold where `thing` is a member of a class expression; None where OWL 2 RL has none.

    What a thing is may be said in its module or, where it is a concept or another term, in the ontology.
    """
    if isinstance(expression, NamedNode):
        said = f"{thing} a {expression}"
        return _in_module(said) if thing == "?x" else f"{{ {_in_module(said)} }} UNION {{ {said} }}"
    if not isinstance(expression, BlankNode):
        return None
    parts = axioms.of[expression]
    if OWL.intersectionOf in parts:
        bodies = [
            _membership(axioms, member, thing, f"{at}_{number}")
            for number, member in enumerate(axioms.items(parts[OWL.intersectionOf][0]))
        ]
        return None if any(body is None for body in bodies) else " ".join(body for body in bodies if body)
    if OWL.onProperty not in parts:
        return None
    property_ = axioms.step(parts[OWL.onProperty][0])
    if property_ is None:
        return None
    if OWL.hasValue in parts:
        return _in_module(f"{thing} {property_} {parts[OWL.hasValue][0]}")
    if OWL.someValuesFrom in parts:
        filler, value = parts[OWL.someValuesFrom][0], f"?y{at}"
        reached = _in_module(f"{thing} {property_} {value}")
        if isinstance(filler, NamedNode) and filler.value.startswith(XSD.base):
            return f"{reached} FILTER(DATATYPE({value}) = {filler})"
        rest = _membership(axioms, filler, value, f"{at}_")
        return None if rest is None else f"{reached} {rest}"
    return None


@dataclass(frozen=True)
class Ontology:
    """The ontology, ready to reason with.

    Attributes:
        asserted: What its files say.
        inferred: What follows from them.
        updates: Its axioms as one SPARQL update.
    """

    asserted: tuple[Quad, ...]
    inferred: tuple[Quad, ...]
    updates: str

    def triples(self) -> Iterable[Quad]:
        """All of it, in the default graph."""
        return (
            Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in (*self.asserted, *self.inferred)
        )


@cache
def load_ontology() -> Ontology:
    """Reads the ontology, compiles its rules, and applies them to itself."""
    asserted = read_ontology()
    updates = ";\n".join(rule.update() for rule in compile_rules(asserted))
    store = Store()
    store.extend(asserted)
    _to_fixpoint(store, updates)
    store.extend(rules.apply(store, "ontology", iris.ONTOLOGY_GRAPH))
    known = set(asserted)
    inferred = [quad for quad in store.quads_for_pattern(None, None, None, iris.ONTOLOGY_GRAPH) if quad not in known]
    moved = [Quad(quad.subject, quad.predicate, quad.object, iris.ONTOLOGY_INFERRED_GRAPH) for quad in inferred]
    return Ontology(tuple(asserted), tuple(sorted(moved, key=str)), updates)


def infer(modules: Sequence[tuple[str, Sequence[Quad]]]) -> list[list[Quad]]:
    """What follows in each module from its own quads and the ontology.

    Args:
        modules: Name and asserted quads of each module; a module sees no other.

    Returns:
        For each module the inferred quads in its inferred graph: about its own nodes only, without what is asserted.
    """
    ontology = load_ontology()
    store = Store()
    store.extend(ontology.triples())
    for _, quads in modules:
        store.extend(quads)
    _to_fixpoint(store, ontology.updates)
    results = []
    for name, quads in modules:
        asserted = set(quads)
        own = {quad.subject for quad in quads if quad.predicate == RDF.type}
        graph = iris.inferred_graph(name)
        results.append(
            sorted(
                (
                    Quad(quad.subject, quad.predicate, quad.object, graph)
                    for quad in store.quads_for_pattern(None, None, None, iris.asserted_graph(name))
                    if quad.subject in own and quad not in asserted
                ),
                key=str,
            )
        )
    return results


def _to_fixpoint(store: Store, updates: str) -> None:
    """Applies the rules until nothing more follows.

    That ends, since no rule makes a new term; but a chain over many steps can take long and fill the memory.

    Raises:
        Failure: More follows than any record has need of.
    """
    size, most = -1, rules.GROWTH * len(store)
    while size != len(store):
        size = len(store)
        store.update(updates)
        if len(store) > most:
            raise Failure(
                f"the axioms make {len(store)} statements of what was under {most // rules.GROWTH + 1}: see ontology/"
            )
