"""Turtle and SPARQL as tokens that keep their line breaks and comments, so that a file can be laid out anew.

A layout changes only what stands between tokens: which tokens there are, in which order and on which lines, is the
author's. Two exceptions, which each language names: words are spelt one way, and prefix declarations are sorted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

_TERMS = r"""
    (?P<comment>\#[^\n\r]*)
  | (?P<text>\"{3}(?:\"{0,2}(?:[^\"\\]|\\.))*\"{3}|'{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
            |\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*')
  | (?P<iri><[^<>\"{}|^`\\\x00-\x20]*>)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<blank>_:\w(?:[\w.-]*[\w-])?)
  | (?P<name>(?:[^\W\d_](?:[\w.-]*[\w-])?)?:(?:(?:[\w:]|%[0-9A-Fa-f]{2}|\\.)(?:(?:[\w.:-]|%[0-9A-Fa-f]{2}|\\.)*
            (?:[\w:-]|%[0-9A-Fa-f]{2}|\\.))?)?)
  | (?P<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)|\d*\.\d+|\d+)
  | (?P<variable>[?$]\w+)
  | (?P<word>[^\W\d_]\w*)
  | (?P<empty>\[[ \t\r\n]*\]|\([ \t\r\n]*\))
  | (?P<sign>\^\^|&&|\|\||!=|<=|>=|[][(){}.;,=<>!+*/|^?-])
"""
_TOKEN = re.compile(rf"(?P<space>[ \t\r\n]+)|{_TERMS}", re.VERBOSE | re.DOTALL)


class Unreadable(Exception):
    """Text that is not made of tokens."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"cannot be read from {text[:20]!r} on")
        self.line = line


@dataclass(frozen=True)
class Token:
    """One token, as it is written.

    Attributes:
        kind: The kind of token, such as name, iri, text or comment.
        text: What is written.
        line: The line on which it begins, from 1.
        start: Where in the whole text it begins.
        apart: Whether white space stood before it.
    """

    kind: str
    text: str
    line: int
    start: int
    apart: bool


@dataclass
class Line:
    """The tokens of one line, and whether an empty line stood before it."""

    tokens: list[Token]
    spaced: bool

    def prefix(self) -> str | None:
        """The prefix that the line declares, if it does nothing else."""
        words = [token.text for token in self.tokens if token.text != "."]
        kinds = [token.kind for token in self.tokens if token.text != "."]
        declares = kinds[1:] == ["name", "iri"] and words[0].lower() in ("@prefix", "prefix")
        return words[1].removesuffix(":") if declares and words[1].endswith(":") else None


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a Turtle or SPARQL text.

    >>> [token.text for token in tokens("?a pm:b 'c d'@en . # e")]
    ['?a', 'pm:b', "'c d'", '@en', '.', '# e']

    Raises:
        Unreadable: Something in the text is not a token.
    """
    at, line, apart = 0, 1, False
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable(line, text[at:])
        kind = str(match.lastgroup)
        if kind == "space":
            apart = True
        else:
            yield Token(kind, _written(kind, match[0]), line, at, apart)
            apart = False
        line += match[0].count("\n")
        at = match.end()


def _written(kind: str, text: str) -> str:
    """A token as it is kept: without blanks after a comment or in empty brackets, which say nothing."""
    return {"comment": text.rstrip(), "empty": f"{text[0]}{text[-1]}"}.get(kind, text)


def lines(text: str) -> list[Line]:
    """The tokens of a text, line by line; a text of several lines belongs to the line on which it begins."""
    found: list[Line] = []
    last = 0
    for token in tokens(text):
        if not found or token.line > last:
            found.append(Line([], spaced=bool(found) and token.line > last + 1))
        found[-1].tokens.append(token)
        last = token.line + token.text.count("\n")
    return found


def sorted_prefixes(found: Sequence[Line]) -> list[Line]:
    """The lines, with prefix declarations that follow each other in alphabetical order and without gaps."""
    result: list[Line] = []
    for declaring, group in groupby(found, key=lambda line: line.prefix() is not None):
        run = list(group)
        if declaring and len({line.prefix() for line in run}) == len(run):  # of two with one name the later counts
            spaced = run[0].spaced
            run = [Line(line.tokens, False) for line in sorted(run, key=lambda line: str(line.prefix()))]
            run[0].spaced = spaced
        result += run
    return result


def prefixes(text: str) -> tuple[dict[str, int], set[str]]:
    """The prefixes that a text declares, with the line of each, and those that it uses."""
    declared: dict[str, int] = {}
    used: set[str] = set()
    before = ""
    for token in tokens(text):
        if token.kind == "name":
            prefix = token.text.partition(":")[0]
            if before.lower() in ("@prefix", "prefix"):
                declared.setdefault(prefix, token.line)
            else:
                used.add(prefix)
        before = token.text
    return declared, used
