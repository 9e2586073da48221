"""The concept scheme as a tree of codes, below the roles that a factor can play: what a coder sees in a QDA tool."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lxml import etree
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg import iris, resources, scheme
from kg.intake.qda import said
from kg.terms import SKOS

ROLES = {
    "context": ("Context", "Conditions under which the mechanism fires, or fails to."),
    "mechanism": ("Mechanism", "What the partnership offers, and how people reason about it."),
    "outcome": ("Outcome", "What came about."),
    "actor": ("Actor", "Kinds of actor who reason or act."),
}
CLAIMS = ("CMO", "One code below this for each claim: all passages that belong to a claim carry it.")
SETTINGS = {
    "effect": "What the mechanism's presence does to the outcome as desired.",
    "status": "What the source did with the claim.",
    "state": "How much of a context or a mechanism there was.",
    "direction": "Which way the outcome went.",
    "layer": "Whose account the passage is.",
}
"""Keys of a claim that a code can say, and what they mean."""


@dataclass
class CodeNode:
    """A code with those below it; `path` makes its GUID, so that the same code has the same one in every file."""

    path: tuple[str, ...]
    description: str = ""
    codable: bool = True
    below: list[CodeNode] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path[-1]

    @property
    def guid(self) -> str:
        """Its GUID."""
        return guid("code", *self.path)


@dataclass(frozen=True)
class _Concept:
    label: str
    definition: str
    broader: str


def guid(*parts: str) -> str:
    """A GUID that depends on those parts alone (version 5)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, iris.DATA + "\x1f".join(("refi", *parts))))


def concept_code(role: str, concept: str) -> CodeNode:
    """The code of a concept in a role, without its place among broader ones."""
    one = _concepts()[concept]
    return CodeNode((ROLES[role][0], one.label), one.definition)


def setting_code(key: str, value: str) -> CodeNode:
    """The code that says a value of a claim."""
    return CodeNode((key.capitalize(), value), "")


def claim_code(claim: str) -> CodeNode:
    """The code of a claim."""
    return CodeNode((CLAIMS[0], claim), "")


def whole_scheme() -> list[CodeNode]:
    """Every concept below each role it can play, by kind and by what is broader; and the words of the convention."""
    words = scheme.load()
    kinds = dict.fromkeys(scheme.FACTOR_KINDS)
    roles = []
    for role, (name, description) in ROLES.items():
        top = CodeNode((name,), description, codable=False)
        if role == "actor":
            top.below = list(_tree(role, sorted(words.actors), (name,)))
        else:
            for kind in kinds:
                group = CodeNode((name, f"{kind} factors"), "", codable=False)
                members = sorted(factor for factor, known in words.factors.items() if known == kind)
                group.below = list(_tree(role, members, group.path))
                top.below.append(group)
        roles.append(top)
    claims = CodeNode((CLAIMS[0],), CLAIMS[1], codable=False)
    return [*roles, claims, *(_setting(key, description) for key, description in SETTINGS.items())]


def codes_element(parent: etree._Element, codes: Iterable[CodeNode], namespace: str) -> None:
    """Writes codes and those below them under an element."""
    for code in codes:
        named = {"guid": code.guid, "name": xml_text(code.name), "isCodable": str(code.codable).lower()}
        element = etree.SubElement(parent, f"{{{namespace}}}Code", named)
        if code.description:
            etree.SubElement(element, f"{{{namespace}}}Description").text = xml_text(code.description)
        codes_element(element, code.below, namespace)


def grouped(codes: Iterable[CodeNode]) -> list[CodeNode]:
    """Codes of two parts below one code for each first part, in order of first mention."""
    tops: dict[str, CodeNode] = {}
    described = {**dict(ROLES.values()), CLAIMS[0]: CLAIMS[1], **{k.capitalize(): v for k, v in SETTINGS.items()}}
    seen: set[str] = set()
    for code in codes:
        top = tops.setdefault(code.path[0], CodeNode(code.path[:1], described.get(code.path[0], ""), codable=False))
        if code.guid not in seen:
            seen.add(code.guid)
            top.below.append(code)
    return list(tops.values())


def xml_text(text: str) -> str:
    """A text without the few characters that XML cannot hold."""
    return "".join(one for one in text if one in "\t\n\r" or (one >= " " and one not in "\ufffe\uffff"))


def _tree(role: str, concepts: Sequence[str], above: tuple[str, ...]) -> Iterator[CodeNode]:
    """The concepts that have none broader among them, each with those that are narrower below it."""
    known = _concepts()

    def node(concept: str, path: tuple[str, ...]) -> CodeNode:
        one = known[concept]
        code = CodeNode((*path, one.label), one.definition)
        code.below = [node(other, code.path) for other in concepts if known[other].broader == concept]
        return code

    for concept in concepts:
        if known[concept].broader not in concepts:
            yield node(concept, above)


def _setting(key: str, description: str) -> CodeNode:
    top = CodeNode((key.capitalize(),), description, codable=False)
    top.below = [setting_code(key, value) for kind in said.CONTROLLED[key] for value in kind]
    return top


@cache
def _concepts() -> dict[str, _Concept]:
    told: dict[str, dict[str, Any]] = {}
    wanted = {SKOS.prefLabel: "label", SKOS.definition: "definition", SKOS.broader: "broader"}
    for triple in parse(path=resources.concept_file(), format=RdfFormat.TURTLE):
        if isinstance(triple.subject, NamedNode) and triple.predicate in wanted:
            concept = triple.subject.value.removeprefix(iris.CONCEPT)
            one = triple.object
            value = one.value if isinstance(one, Literal) else str(getattr(one, "value", "")).removeprefix(iris.CONCEPT)
            told.setdefault(concept, {})[wanted[triple.predicate]] = value
    return {
        concept: _Concept(one.get("label", concept), one.get("definition", ""), one.get("broader", ""))
        for concept, one in told.items()
    }
