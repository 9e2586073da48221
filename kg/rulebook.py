"""What the rules of a check are called, why they are there, and how what they find is mended, as the shapes say it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg import resources

_SH = "http://www.w3.org/ns/shacl#"
_SHAPE = "https://w3id.org/partnership-mechanisms/shape#"


@dataclass(frozen=True)
class Rule:
    """A rule of a check.

    Attributes:
        id: As findings name it: the name of a shape, or words joined by hyphens.
        name: In a few words.
        why: Why the rule is there; empty where no shape says it.
        remedy: How what it finds is mended, with … for what differs from finding to finding; empty likewise.
    """

    id: str
    name: str
    why: str = ""
    remedy: str = ""


def rule(rule_id: str) -> Rule:
    """The rule of an id; one that no shape states is called by the words of its id.

    >>> rule("described-twice").name
    'Described twice'
    >>> rule("ClaimEffect").name
    'Effect of a claim'
    """
    return _stated().get(rule_id) or Rule(rule_id, rule_id.replace("-", " ").capitalize())


@cache
def _stated() -> dict[str, Rule]:
    said: dict[str, dict[str, str]] = {}
    for path in resources.shape_files():
        for triple in parse(path=path, format=RdfFormat.TURTLE):
            subject, words = triple.subject, triple.object
            if isinstance(subject, NamedNode) and subject.value.startswith(_SHAPE) and isinstance(words, Literal):
                said.setdefault(subject.value.removeprefix(_SHAPE), {})[triple.predicate.value] = words.value
    return {
        name: Rule(name, words[f"{_SH}name"], words.get(f"{_SH}description", ""), _remedy(words[f"{_SH}message"]))
        for name, words in said.items()
        if {f"{_SH}name", f"{_SH}message"} <= words.keys()
    }


def _remedy(message: str) -> str:
    return re.sub(r"\{[?$]\w+\}", "…", message.partition(". ")[2])
