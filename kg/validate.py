"""Validates modules against the shapes: SHACL Core with pyshacl, each query of a shape set-wise on Oxigraph.

Validation sees what a module asserts, the ontology and the concepts; never inferred types, by which a range would make
a wrong node right. A module sees no other. `check_with_pyshacl` gives whole shapes to pyshacl, and finds the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, NamedNode, Quad, QuerySolutions, RdfFormat, Store, parse

from kg import iris, prefixes, resources
from kg.errors import Failure
from kg.findings import Finding, Severity, Tier
from kg.reason import load_ontology
from kg.terms import RDF, RDFS, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rdflib import Graph

    from kg.graph import Module

_SH = "http://www.w3.org/ns/shacl#"
_SHAPE = "https://w3id.org/partnership-mechanisms/shape#"
_PREFIXES = NamedNode("https://w3id.org/partnership-mechanisms/prefixes")
_SEVERITY = {
    f"{_SH}Violation": Severity.error,
    f"{_SH}Warning": Severity.warning,
    f"{_SH}Info": Severity.note,
}


@dataclass(frozen=True)
class Result:
    """One validation result, as SHACL names its parts.

    `path` is empty for a node shape, and for a path of several steps; `value` is empty where the result is about a
    missing one.
    """

    focus: str
    path: str
    value: str
    shape: str
    severity: Severity
    message: str

    @property
    def sort_key(self) -> tuple[str, str, str, str]:
        """By what it is about."""
        return (self.focus, self.shape, self.value, self.message)


# Shapes


@dataclass(frozen=True)
class _Query:
    """A query of a shape, about all nodes of its target class at once."""

    shape: str
    target: str
    text: str

    def rows(self, store: Store, graphs: list[NamedNode]) -> Iterator[dict[str, str]]:
        """Its solutions over graphs that it sees as one, each with the variables that are bound."""
        try:
            found = store.query(self.text, default_graph=list(graphs), prefixes=prefixes.table())
            assert isinstance(found, QuerySolutions)
            names = [variable.value for variable in found.variables]
            for solution in found:
                yield {name: _text(solution[name]) for name in names if solution[name] is not None}
        except (SyntaxError, OSError, RuntimeError) as error:
            raise _ill_formed(self.shape, str(error).splitlines()[0]) from error


@dataclass(frozen=True)
class _Constraint:
    """A query that finds what breaks its shape, and what a result of it says."""

    query: _Query
    path: str
    is_property: bool
    severity: Severity
    message: str

    def result(self, row: dict[str, str]) -> Result:
        """A solution as SHACL reads it (section 5.3.2): what it does not bind is the shape's."""
        return Result(
            focus=row["this"],
            path=row.get("path", self.path),
            value=row.get("value", "" if self.is_property else row["this"]),
            shape=self.query.shape,
            severity=self.severity,
            message=re.sub(r"\{[?$](\w+)\}", lambda found: row.get(found[1], found[0]), self.message),
        )


@dataclass(frozen=True)
class Shapes:
    """Shapes, taken apart by the engine that runs each part.

    Attributes:
        core: What pyshacl runs.
        constraints: The queries that find what breaks a shape.
        repairs: For shapes that say it, the query for what the coder may write instead.
        tiers: The tier of each shape, also of those left out.
    """

    core: tuple[Quad, ...]
    constraints: tuple[_Constraint, ...]
    repairs: dict[str, _Query]
    tiers: dict[str, Tier]


def _sh(name: str) -> NamedNode:
    return NamedNode(_SH + name)


_BESIDE_A_QUERY = {RDF.type, NamedNode(f"{_SHAPE}repair")} | {
    _sh(name) for name in ("name", "description", "targetClass", "path", "sparql", "severity", "group", "message")
}
_IN_A_QUERY = {RDF.type, _sh("select"), _sh("prefixes")}
_HEAD = re.compile(r"\s*SELECT\s[^{}]*?[$?]this\b[^{}]*\bWHERE\s*\{", re.IGNORECASE)
_NOT_WORDS = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|<[^<>\s]*>|#[^\n]*')
_UNSUPPORTED = re.compile(
    r"(?<![\w:?$-])((?i:MINUS|VALUES|SERVICE|GROUP|HAVING|ORDER|LIMIT|OFFSET|GRAPH|FROM))(?![\w:-])"
    r"|\{\s*((?i:SELECT))\b|[$?](PATH|shapesGraph|currentShape)\b"
)
"""What pyshacl refuses, or what means another thing for all nodes at once than for one at a time."""


_THIS = re.compile(r"[$?]this\b")
_PATTERN_OF_THIS = re.compile(r"[$?]this\s+[^\s=!<>&|)}]|[\w>)]\s+[$?]this\s*[.;,}]")
"""`$this` as subject or object of a pattern: in a filter alone it is unbound, since the target is joined outside."""


def _branches(query: str) -> list[str]:
    """The groups on both sides of every UNION."""
    groups, open_at = {}, []
    for at, character in enumerate(query):
        if character == "{":
            open_at.append(at)
        elif character == "}" and open_at:
            groups[open_at.pop()] = at
    ends = {end: start for start, end in groups.items()}
    found = []
    for union in re.finditer(r"\}\s*UNION\s*\{", query, re.IGNORECASE):
        last = union.end() - 1
        found += [query[ends[union.start()] : union.start() + 1], query[last : groups[last] + 1]]
    return found


def _ill_formed(shape: str, why: str) -> Failure:
    return Failure(f"the shape {shape.removeprefix(_SHAPE)} could not be checked: {why}")


class _Said:
    """What shape files say, by subject."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.quads = tuple(quads)
        self.of: dict[Any, dict[NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for quad in self.quads:
            self.of[quad.subject][quad.predicate].append(quad.object)

    def only(self, shape: str, node: Any, name: str) -> Any:
        values = self.of[node][_sh(name)]
        if len(values) != 1:
            raise _ill_formed(shape, f"it has {len(values)} sh:{name} and needs one")
        return values[0]

    def below(self, node: Any) -> Iterator[Any]:
        """A node, and the unnamed ones that it leads to."""
        yield node
        for value in [value for values in self.of[node].values() for value in values]:
            if isinstance(value, BlankNode):
                yield from self.below(value)

    def query(self, shape: NamedNode, text: Any) -> _Query:
        """The query with the shape's target joined into it.

        The target stands first in the pattern, so that what is found is what SHACL finds for one target after another.
        """
        target = self.only(shape.value, shape, "targetClass")
        words = _NOT_WORDS.sub(" ", text.value)
        head = _HEAD.match(text.value)
        unsupported = _UNSUPPORTED.search(words)
        if head is None:
            raise _ill_formed(shape.value, "its query must begin with SELECT … $this … WHERE {")
        if unsupported:
            raise _ill_formed(shape.value, f"its query uses {next(filter(None, unsupported.groups()))}")
        if any(_THIS.search(branch) and not _PATTERN_OF_THIS.search(branch) for branch in _branches(words)):
            raise _ill_formed(shape.value, "a branch of its UNION names $this in no pattern")
        pattern = f" $this a/rdfs:subClassOf* {target} . "
        return _Query(shape.value, target.value, text.value[: head.end()] + pattern + text.value[head.end() :])

    def constraint(self, shape: NamedNode, node: Any) -> _Constraint:
        beside = set(self.of[shape]) - _BESIDE_A_QUERY | set(self.of[node]) - _IN_A_QUERY
        if beside:
            names = ", ".join(sorted(f"sh:{term.value.removeprefix(_SH)}" for term in beside))
            raise _ill_formed(shape.value, f"{names} cannot stand beside a query: make it a shape of its own")
        if self.only(shape.value, node, "prefixes") != _PREFIXES:
            raise _ill_formed(shape.value, f"its prefixes must be those of {_PREFIXES}")
        paths = self.of[shape][_sh("path")]
        return _Constraint(
            query=self.query(shape, self.only(shape.value, node, "select")),
            path="".join(path.value for path in paths if isinstance(path, NamedNode)),
            is_property=bool(paths),
            severity=_SEVERITY[self.only(shape.value, shape, "severity").value],
            message=self.only(shape.value, shape, "message").value,
        )


def read_shapes() -> list[Quad]:
    """Everything that the shape files say."""
    return [
        Quad(triple.subject, triple.predicate, triple.object)
        for path in resources.shape_files()
        for triple in parse(path=path, format=RdfFormat.TURTLE)
    ]


def take_apart(quads: Iterable[Quad], tier: Tier) -> Shapes:
    """The shapes up to a tier, by the engine that runs each part.

    Raises:
        Failure: A shape is ill-formed, or has a query that cannot be asked of all nodes at once.
    """
    said = _Said(quads)
    constraints: list[_Constraint] = []
    repairs: dict[str, _Query] = {}
    tiers: dict[str, Tier] = {}
    apart: set[Any] = set()
    targeted = [node for node in said.of if isinstance(node, NamedNode) and _sh("targetClass") in said.of[node]]
    for shape in sorted(targeted, key=str):
        name = said.only(shape.value, shape, "group").value.removeprefix(_SHAPE)
        tiers[shape.value] = Tier(name)
        queries = said.of[shape][_sh("sparql")]
        if tiers[shape.value].rank > tier.rank or queries:
            apart.update(said.below(shape))
        if tiers[shape.value].rank > tier.rank:
            continue
        constraints += [said.constraint(shape, node) for node in queries]
        for text in said.of[shape][NamedNode(f"{_SHAPE}repair")]:
            repairs[shape.value] = said.query(shape, text)
    core = tuple(quad for quad in said.quads if quad.subject not in apart)
    return Shapes(core, tuple(constraints), repairs, tiers)


@cache
def _shapes(tier: Tier) -> Shapes:
    return take_apart(read_shapes(), tier)


# Running them

Repairs = dict[tuple[str, str], str]
"""What the coder may write instead of what was found, by shape and node."""


def check_quads(quads: Sequence[Quad], tier: Tier = Tier.appraised) -> list[Result]:
    """Every result of the shapes up to a tier on the quads of one module, in a fixed order.

    Raises:
        Failure: An engine did not finish, so nothing is known of the module.
    """
    return run([quads], _shapes(tier))[0][0]


def run(modules: Sequence[Sequence[Quad]], shapes: Shapes) -> list[tuple[list[Result], Repairs]]:
    """The results of each module, in a fixed order, and the repairs of which there is just one.

    Raises:
        Failure: An engine did not finish, so nothing is known of the modules.
    """
    answers = []
    with _loaded(modules) as (store, graphs):
        for quads, graph, results in zip(modules, graphs, _core(modules, shapes.core), strict=True):
            sees = [iris.ONTOLOGY_GRAPH, graph]
            kinds = {_text(quad.object) for quad in quads if quad.predicate == RDF.type}
            for constraint in shapes.constraints:
                if kinds & _subclasses(constraint.query.target):
                    results |= {constraint.result(row) for row in constraint.query.rows(store, sees)}
            repairs: dict[tuple[str, str], set[str]] = defaultdict(set)
            for shape in {result.shape for result in results} & set(shapes.repairs):
                for row in shapes.repairs[shape].rows(store, sees):
                    repairs[shape, row["this"]].add(row["repair"])
            single = {about: min(texts) for about, texts in repairs.items() if len(texts) == 1}
            answers.append((sorted(results, key=lambda result: result.sort_key), single))
    return answers


@cache
def _store() -> Store:
    """The ontology in one graph, beside which modules are loaded for as long as they are asked."""
    ontology, store = load_ontology(), Store()
    store.extend(
        Quad(quad.subject, quad.predicate, quad.object, iris.ONTOLOGY_GRAPH)
        for quad in (*ontology.asserted, *ontology.inferred)
    )
    return store


@contextmanager
def _loaded(modules: Sequence[Sequence[Quad]]) -> Iterator[tuple[Store, list[NamedNode]]]:
    store = _store()
    graphs = [NamedNode(f"urn:module:{position}") for position in range(len(modules))]
    try:
        for graph, quads in zip(graphs, modules, strict=True):
            store.extend(Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads)
        yield store, graphs
    finally:
        for graph in graphs:
            store.remove_graph(graph)


@cache
def _subclasses(kind: str) -> frozenset[str]:
    """The IRIs of a class and of all below it."""
    below = f"SELECT ?class WHERE {{ ?class {RDFS.subClassOf}* <{kind}> }}"
    found = _store().query(below, default_graph=iris.ONTOLOGY_GRAPH)
    assert isinstance(found, QuerySolutions)
    return frozenset(_text(solution["class"]) for solution in found)


def _text(term: Any) -> str:
    return str(term.value)


# pyshacl, on rdflib's graphs


def check_with_pyshacl(quads: Iterable[Quad], shapes: Iterable[Quad]) -> list[Result]:
    """What whole shapes find when pyshacl runs them, queries and all: slow, and the same as `run` finds.

    Raises:
        Failure: pyshacl did not finish.
    """
    table = parse(path=resources.root() / "ontology" / "prefixes.ttl", format=RdfFormat.TURTLE)
    declared = [Quad(triple.subject, triple.predicate, triple.object) for triple in table]
    data = _ontology_graph()
    triples = [triple for triple in map(_triple, quads) if triple not in data]
    for triple in triples:
        data.add(triple)
    try:
        return sorted(_pyshacl(data, [*shapes, *declared]), key=lambda result: result.sort_key)
    finally:
        for triple in triples:
            data.remove(triple)


@cache
def _ontology_graph() -> Graph:
    ontology = load_ontology()
    return _graph(_triple(quad) for quad in (*ontology.asserted, *ontology.inferred))


def _core(modules: Sequence[Sequence[Quad]], shapes: Sequence[Quad]) -> list[set[Result]]:
    """The results of all modules in one run, each under names of its own so that none meets another."""
    import rdflib

    asked = {quad.object: _term(quad.object) for quad in shapes if isinstance(quad.object, NamedNode)}
    asked[RDF.type] = _term(RDF.type)
    known = {str(term): term for triple in _types() for term in triple}
    data = _graph(_types())
    for position, quads in enumerate(modules):
        typed = {quad.subject for quad in quads if quad.predicate == RDF.type}
        terms: dict[Any, Any] = {}
        for quad in quads:
            if quad.predicate not in asked:
                continue
            for term in (quad.subject, quad.object):
                if term in terms:
                    continue
                if isinstance(term, NamedNode) and (term.value not in known or term in typed):
                    terms[term] = rdflib.URIRef(f"module:{position}/{term.value}")
                else:
                    terms[term] = known.get(term.value) if isinstance(term, NamedNode) else _term(term)
            data.add((terms[quad.subject], asked[quad.predicate], terms[quad.object]))
    results: list[set[Result]] = [set() for _ in modules]
    for result in _pyshacl(data, shapes):
        position, focus = _as_named(result.focus)
        results[position].add(replace(result, focus=focus, value=_as_named(result.value)[1]))
    return results


def _as_named(text: str) -> tuple[int, str]:
    found = re.match(r"module:(\d+)/", text)
    return (int(found[1]), text[found.end() :]) if found else (0, text)


def _pyshacl(data: Graph, shapes: Iterable[Quad]) -> set[Result]:
    import rdflib
    from pyshacl import validate as run_shacl
    from rdflib import SH

    normalised = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False  # literals such as 01 as they are written; pyshacl turns it on again
    try:
        graph = _graph(_triple(quad) for quad in shapes)  # fresh: pyshacl writes into the shapes graph it is given
        _, report, text = run_shacl(data, shacl_graph=graph, inplace=True, do_owl_imports=False)
    except Exception as error:
        raise Failure(f"the shapes could not be checked: {error}") from error
    finally:
        rdflib.NORMALIZE_LITERALS = normalised
    if not isinstance(report, rdflib.Graph):
        raise Failure(f"the shapes could not be checked: {text}")
    said: dict[Any, dict[Any, Any]] = defaultdict(dict)
    for subject, predicate, value in report:
        said[subject][predicate] = value
    return {
        Result(
            focus=str(parts[SH.focusNode]),
            path=_path(parts.get(SH.resultPath, ""), said),
            value=str(parts.get(SH.value, "")),
            shape=str(parts[SH.sourceShape]),
            severity=_SEVERITY[str(parts[SH.resultSeverity])],
            message=str(parts[SH.resultMessage]),
        )
        for parts in said.values()
        if parts.get(rdflib.RDF.type) == SH.ValidationResult
    }


def _path(path: Any, said: dict[Any, dict[Any, Any]]) -> str:
    """A path of one step, forth or back; nothing for another."""
    from rdflib import SH, BNode

    return str(said[path].get(SH.inversePath, "")) if isinstance(path, BNode) else str(path)


@cache
def _types() -> tuple[Any, ...]:
    """Types and class hierarchy of the ontology and the concepts: all that shapes without queries ask of them."""
    ontology = load_ontology()
    quads = (*ontology.asserted, *ontology.inferred)
    return tuple(_triple(quad) for quad in quads if quad.predicate in (RDF.type, RDFS.subClassOf))


def _graph(triples: Iterable[Any]) -> Graph:
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph


def _triple(quad: Quad) -> tuple[Any, Any, Any]:
    return _term(quad.subject), _term(quad.predicate), _term(quad.object)


def _term(term: Any) -> Any:
    import rdflib

    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    if term.datatype == XSD.string:
        return rdflib.Literal(term.value)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))


# Findings


def check_modules(modules: Sequence[tuple[Module, str, int]], tier: Tier) -> list[list[Finding]]:
    """The results of modules as findings, each at the line of the part that it is about.

    Args:
        modules: Each with its file and the line where it begins.
        tier: Up to which the shapes are asked.
    """
    shapes = _shapes(tier)
    found = run([module.quads for module, _, _ in modules], shapes)
    return [
        [_finding(result, module, file, first_line, shapes, repairs) for result in results]
        for (module, file, first_line), (results, repairs) in zip(modules, found, strict=True)
    ]


def _finding(result: Result, module: Module, file: str, first_line: int, shapes: Shapes, repairs: Repairs) -> Finding:
    what, _, remedy = result.message.partition(". ")
    return Finding(
        severity=result.severity,
        rule=result.shape.removeprefix(_SHAPE),
        file=file,
        line=_line(module, result.focus, first_line),
        what=f"{what.rstrip('.')}.",
        remedy=remedy,
        subject=iris.spoken(result.focus),
        tier=shapes.tiers[result.shape],
        repair=repairs.get((result.shape, result.focus), ""),
    )


def _line(module: Module, focus: str, first_line: int) -> int:
    while focus and focus not in module.lines:
        focus = focus.rpartition("/")[0]
    return module.lines.get(focus, first_line)
