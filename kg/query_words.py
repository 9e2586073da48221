"""The words of a SPARQL query, without what only looks like some: in strings, addresses and remarks."""

from __future__ import annotations

import re

_NO_WORDS = re.compile(
    r"\\."  # within a name, as in `ex:o\'clock`: what it escapes begins nothing
    r'|"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r'|<[^<>"{}|^`\\\x00-\x20]*>'
    r"|#[^\n]*",
    re.DOTALL,
)


def blanked(query: str) -> str:
    """A query of the same length with spaces for its strings, addresses in angle brackets, and remarks.

    >>> blanked('SELECT ?x { ?x a <urn:SERVICE> } # SERVICE')
    'SELECT ?x { ?x a               }          '
    """
    return _NO_WORDS.sub(lambda found: " " * len(found[0]), query)


def without_remarks(query: str) -> str:
    """A query without its remarks; what looks like one within a string or an address stays.

    >>> without_remarks("SELECT ?x { ?x a <urn:a#b> } # all")
    'SELECT ?x { ?x a <urn:a#b> } '
    """
    return _NO_WORDS.sub(lambda found: "" if found[0].startswith("#") else found[0], query)


def places(word: str, query: str) -> list[tuple[int, int]]:
    """Where a keyword stands in a query, in small or capital letters: beginnings and ends.

    >>> places("limit", "SELECT ?limit { } LIMIT 3")
    [(18, 23)]
    """
    keyword = re.compile(rf"(?<![\w:?$@-]){word}(?![\w:-])", re.IGNORECASE)
    return [found.span() for found in keyword.finditer(blanked(query))]
