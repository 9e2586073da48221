"""Validates a module against the shapes, with pyshacl on an rdflib graph.

Validation sees what a module asserts, the ontology and the concepts; never inferred types, by which a range would make
a wrong node right. A module sees no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from pyshacl import validate as run_shacl
from rdflib import SH, Graph

from kg import iris, resources
from kg.errors import Failure
from kg.findings import Finding, Severity
from kg.reason import load_ontology
from kg.terms import RDF, RDFS, XSD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.graph import Module

_SEVERITY = {SH.Violation: Severity.error, SH.Warning: Severity.warning, SH.Info: Severity.note}


@dataclass(frozen=True)
class Result:
    """One validation result, as SHACL names its parts.

    `path` is empty for a node shape; `value` is empty where the result is about a missing one.
    """

    focus: str
    path: str
    value: str
    shape: str
    severity: Severity
    message: str


@cache
def _shapes() -> tuple[Any, ...]:
    graph = Graph()
    for path in resources.shape_files():
        graph.parse(path, format="turtle")
    return tuple(graph)


@cache
def _background() -> Graph:
    """Types and class hierarchy of the ontology and the concepts: all that shapes ask of them."""
    ontology = load_ontology()
    graph = Graph()
    for quad in (*ontology.asserted, *ontology.inferred):
        if quad.predicate in (RDF.type, RDFS.subClassOf):
            graph.add(_triple(quad))
    return graph


def _triple(quad: Quad) -> tuple[Any, Any, Any]:
    return _term(quad.subject), _term(quad.predicate), _term(quad.object)


def _term(term: object) -> Any:
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    assert isinstance(term, Literal)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    if term.datatype == XSD.string:
        return rdflib.Literal(term.value)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))


def check_quads(quads: Sequence[Quad]) -> list[Result]:
    """Every result of the shapes on the quads of one module, in a fixed order.

    Raises:
        Failure: The engine did not finish, so nothing is known of the module.
    """
    normalised = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False  # literals such as 01 as they are written; pyshacl turns it on again
    shapes = Graph()  # fresh: pyshacl writes into the shapes graph it is given
    for shape in _shapes():
        shapes.add(shape)
    data = _background()
    triples = [_triple(quad) for quad in quads]
    for triple in triples:
        data.add(triple)
    try:
        _, report, text = run_shacl(data, shacl_graph=shapes, inplace=True, do_owl_imports=False)
    except Exception as error:
        raise Failure(f"the shapes could not be checked: {error}") from error
    finally:
        for triple in triples:
            data.remove(triple)
        rdflib.NORMALIZE_LITERALS = normalised
    if not isinstance(report, Graph):
        raise Failure(f"the shapes could not be checked: {text}")
    results = [
        Result(
            focus=str(report.value(node, SH.focusNode)),
            path=_path(report, node),
            value=str(report.value(node, SH.value) or ""),
            shape=str(report.value(node, SH.sourceShape)),
            severity=_SEVERITY[rdflib.URIRef(str(report.value(node, SH.resultSeverity)))],
            message=str(report.value(node, SH.resultMessage)),
        )
        for node in report.subjects(rdflib.RDF.type, SH.ValidationResult)
    ]
    return sorted(set(results), key=lambda result: (result.focus, result.shape, result.value))


def _path(report: Graph, node: Any) -> str:
    path = report.value(node, SH.resultPath)
    if isinstance(path, rdflib.BNode):
        path = report.value(path, SH.inversePath)
    return str(path or "")


def check_module(module: Module, file: str, first_line: int) -> list[Finding]:
    """The results of a module as findings, each at the line of the part that it is about."""
    findings = []
    for result in check_quads(module.quads):
        what, _, remedy = result.message.partition(". ")
        findings.append(
            Finding(
                severity=result.severity,
                rule=result.shape.partition("#")[2],
                file=file,
                line=_line(module, result.focus, first_line),
                what=f"{what.rstrip('.')}.",
                remedy=remedy,
                subject=_spoken(result.focus),
            )
        )
    return findings


def _line(module: Module, focus: str, first_line: int) -> int:
    while focus and focus not in module.lines:
        focus = focus.rpartition("/")[0]
    return module.lines.get(focus, first_line)


def _spoken(focus: str) -> str:
    """A node in plain words: the claim or case it belongs to, and which part of it.

    >>> _spoken(iris.DATA + "jones2013/coder-1/c1/mechanism/1")
    'c1, mechanism 1'
    """
    ids = iris.ids(focus)
    if len(ids) < 3:
        return " by ".join(ids)
    claim, parts = ids[2], ids[3:]
    return f"{claim}, {' '.join(parts)}" if parts else claim
