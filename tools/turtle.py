"""How Turtle is laid out here: four spaces a level, a space before every `;`, `,` and `.`, prefixes in order."""

from __future__ import annotations

from dataclasses import dataclass

from tools.tokens import Token, lines, sorted_prefixes

_STEP = 4
_OPENING = {"[": "predicate", "(": "member"}
_CLOSING = ("]", ")")
_NEXT = {"subject": "predicate", "predicate": "object", "object": "object", "member": "member"}


@dataclass
class _Bracket:
    """A statement, or an open bracket in one: what comes next in it."""

    expects: str


class _Place:
    """Where in a statement the next token stands."""

    def __init__(self) -> None:
        self._open = [_Bracket("subject")]

    def indent(self, first: Token) -> int:
        """How far a line that begins with a token is indented."""
        depth = len(self._open) - (first.text in _CLOSING and len(self._open) > 1)
        inner = self._open[-1]
        if first.text in _CLOSING or first.kind == "comment":
            return _STEP * (depth if inner.expects != "subject" else 0)
        if inner.expects == "subject":
            return 0
        return _STEP * (depth + (inner.expects == "object"))

    def pass_by(self, token: Token) -> None:
        """Takes note of a token."""
        inner = self._open[-1]
        if token.kind == "comment" or token.text == "^^" or (token.kind == "language" and inner.expects == "object"):
            return
        if token.text in _OPENING:
            self._open.append(_Bracket(_OPENING[token.text]))
        elif token.text in _CLOSING:
            if len(self._open) > 1:
                self._open.pop()
            self._open[-1].expects = _NEXT[self._open[-1].expects]
        elif token.text == "." or token.text == ";":
            inner.expects = "subject" if token.text == "." else "predicate"
        elif token.text != ",":
            inner.expects = _NEXT[inner.expects]


def _joined(before: Token, token: Token) -> bool:
    """Whether nothing stands between two tokens: datatypes and languages are part of a literal."""
    return token.text == "^^" or before.text == "^^" or (token.kind == "language" and before.kind == "text")


def formatted(text: str) -> str:
    r"""A Turtle text, laid out; it says the same.

    >>> print(formatted('a:b a  a:C;\n a:d "e" @en.'), end="")
    a:b a a:C ;
        a:d "e"@en .

    Raises:
        Unreadable: The text is not Turtle.
    """
    place = _Place()
    rows = []
    for line in sorted_prefixes(lines(text)):
        indent = place.indent(line.tokens[0])
        row = ""
        before: Token | None = None
        for token in line.tokens:
            row += token.text if before is None or _joined(before, token) else f" {token.text}"
            place.pass_by(token)
            before = token
        rows += [""] * line.spaced + [" " * indent + row]
    return "".join(f"{row}\n" for row in rows)
