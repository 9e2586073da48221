"""What the columns of a published table hold, guessed from their headings, and as people say otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kg.intake.tables import folded

IGNORE = "ignore"
"""What is said of a column that is to stay out."""
ROLES: Mapping[str, tuple[str, ...]] = {
    "claim": ("cmo", "cmoc", "configuration", "claim", "no", "number", "id"),
    "context": ("context", "contexts", "setting", "conditions", "c"),
    "resource": ("resource", "resources", "intervention"),
    "reasoning": ("reasoning", "response", "responses", "reaction"),
    "mechanism": ("mechanism", "mechanisms", "m"),
    "outcome": ("outcome", "outcomes", "o"),
    "direction": ("direction",),
    "effect": ("effect",),
    "status": ("status",),
    "coder": ("coder", "coders", "coded", "extracted"),
    "actor": ("actor", "actors", "stakeholder", "stakeholders", "who"),
    "quote": ("quote", "quotes", "quotation", "quotations", "extract", "excerpt"),
    "paraphrase": ("evidence", "summary", "description", "finding", "findings", "explanation", "paraphrase"),
    "locator": ("page", "pages", "locator", "section", "location"),
    "source": (
        "source",
        "sources",
        "reference",
        "references",
        "study",
        "studies",
        "author",
        "authors",
        "citation",
        "paper",
    ),
    "layer": ("layer",),
    "note": ("note", "notes", "comment", "comments"),
}
"""Every role a column can have, with the words of headings that say so; the earlier wins where a heading says two."""
ONE_CLAIM = frozenset({"mechanism", "resource", "reasoning"})
"""Roles of which a table needs one, beside an outcome."""


def guess(headings: Iterable[str]) -> dict[str, str]:
    """The role of each column, `IGNORE` where its heading tells none or another column has it already.

    “Mechanism (resource)” is a resource: the word that says more wins.

    >>> guess(["Context", "Mechanism - resource", "Mechanism - reasoning", "Outcome", "Quote", "Author, year"])
    {'Context': 'context', 'Mechanism - resource': 'resource', 'Mechanism - reasoning': 'reasoning', \
'Outcome': 'outcome', 'Quote': 'quote', 'Author, year': 'source'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for heading in headings:
        words = re.findall(r"[a-z]+", folded(heading))
        role = next((role for role, names in ROLES.items() if any(word in names for word in words)), IGNORE)
        if role == "claim" and len(words) > 2:  # “number of participants” is no id of a claim
            role = next((role for role, names in ROLES.items() if role != "claim" and set(words) & set(names)), IGNORE)
        if role != IGNORE and role in taken:
            role = IGNORE
        found[heading] = role
        taken.add(role)
    return found
