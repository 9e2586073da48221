"""What the rules of a check are called, why they are there, and how what they find is mended.

Shapes and the checks of `queries/checks/` say it themselves; `IN_CODE` says it of rules that neither can express.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg import across, coherence, resources

_SH = "http://www.w3.org/ns/shacl#"
_SHAPE = "https://w3id.org/partnership-mechanisms/shape#"


@dataclass(frozen=True)
class Rule:
    """A rule by which evidence is checked.

    Attributes:
        id: As findings name it: the name of a shape, or words joined by hyphens.
        name: In a few words.
        why: Why the rule is there; empty where nothing says it.
        remedy: How what it finds is mended, with … for what differs from finding to finding; empty likewise.
    """

    id: str
    name: str
    why: str = ""
    remedy: str = ""


IN_CODE = (
    Rule(
        coherence.RULE,
        "A file that contradicts itself",
        "Statements that cannot all be true leave open what the record means. It says nothing of the world.",
        "Change or remove one of the statements below that stand in this file.",
    ),
    Rule(
        "loop",
        "Linked claims that lead back to where they began",
        "A chain that closes is feedback or a slip, and only the coder can tell which of the two the source reports.",
        "Write feedback: true on the link that closes it, if the source tells of feedback.",
    ),
)
"""Rules that are carried out by code, since no shape and no query can express them."""


def rule(rule_id: str) -> Rule:
    """The rule of an id; one that nothing states is called by the words of its id.

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
    shapes = {
        name: Rule(name, words[f"{_SH}name"], words.get(f"{_SH}description", ""), _remedy(words[f"{_SH}message"]))
        for name, words in said.items()
        if {f"{_SH}name", f"{_SH}message"} <= words.keys()
    }
    checks = {check.rule: Rule(check.rule, check.title, check.why, check.remedy) for check in across.checks()}
    return shapes | checks | {one.id: one for one in IN_CODE}


def _remedy(message: str) -> str:
    return re.sub(r"\{[?$]\w+\}", "…", message.partition(". ")[2])
