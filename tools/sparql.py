"""How SPARQL is laid out here: two spaces a level, what continues a pattern or a SELECT under what it continues."""

from __future__ import annotations

from dataclasses import dataclass

from tools.tokens import Line, Token, lines, sorted_prefixes

_STEP = 2
_OPENING = ("{", "(", "[")
_CLOSING = ("}", ")", "]")
_LOWER = ("a", "true", "false")
_MIXED = {
    name.upper(): name for name in ("isBLANK", "isIRI", "isLITERAL", "isNUMERIC", "isURI", "sameTerm")
}  # as the SPARQL grammar spells them
_BEFORE_PARENTHESIS = {"IN", "AS", "SELECT", "DISTINCT", "REDUCED", "BY", "WHERE", "VALUES", "HAVING"}
_ENDING = {"WHERE", "FROM", "GROUP", "ORDER", "LIMIT", "OFFSET", "HAVING", "VALUES"}
_NO_SUBJECT = {"GRAPH", "SERVICE", "VALUES", "SILENT", "FILTER", "BIND"}
_COMPARING = ("=", "!=", "<", ">", "<=", ">=", "&&", "||")
_AS_WRITTEN = ("/", "|", "^", "*", "+", "?", "!", "-")
"""Signs of paths and of arithmetic, in which a space may or may not stand: it is the author's."""


@dataclass
class _Bracket:
    """An open bracket, or the text as a whole.

    Attributes:
        sign: The bracket.
        indent: How far the line on which it stands is indented.
        inner: How far a line in it is indented.
        terms: How many terms of the pattern at hand have been written; None where no pattern can be.
        predicate: The column of the pattern's predicate.
        object: The column of its first object.
    """

    sign: str
    indent: int
    inner: int
    terms: int | None = None
    predicate: int = 0
    object: int = 0
    after: str = ""


class _Place:
    """Where in a query the next token stands."""

    def __init__(self) -> None:
        self._open = [_Bracket("", 0, 0)]
        self._listing: tuple[int, int] | None = None
        self._line = 0

    def indent(self, first: Token) -> int:
        """How far a line that begins with a token is indented."""
        inner = self._open[-1]
        if first.text in _CLOSING:
            self._line = inner.indent
        elif self._listing and len(self._open) == self._listing[0] and not _ends_listing(first):
            self._line = self._listing[1]
        elif inner.after == ";":
            self._line = inner.predicate
        elif inner.after == ",":
            self._line = inner.object
        else:
            self._line = inner.inner
        return self._line

    def in_call(self) -> bool:
        """Whether the next token stands in round brackets."""
        return self._open[-1].sign == "("

    def pass_by(self, token: Token, column: int) -> None:
        """Takes note of a token and of where it is written."""
        if token.kind == "comment":
            return
        inner = self._open[-1]
        word = token.text.upper() if token.kind == "word" else ""
        if word in ("SELECT", "BY") or (word in ("DISTINCT", "REDUCED") and inner.sign != "("):
            self._listing = (len(self._open), column + len(word) + 1)
        elif inner.sign != "(" and _ends_listing(token):
            self._listing = None
        if token.text in _OPENING:
            if token.text == "[" and inner.terms is not None:
                self._count(column)
            if self._listing and len(self._open) == self._listing[0]:
                self._line = self._listing[1]
            indent = self._line
            self._open.append(_Bracket(token.text, indent, indent + _STEP, None if token.text == "(" else 0))
            if token.text == "[":
                self._open[-1].terms, self._open[-1].predicate = 1, column + _STEP
        elif token.text in _CLOSING:
            if len(self._open) > 1:
                self._open.pop()
            if token.text == "}" or (token.text == ")" and self._open[-1].terms == -1):
                self._open[-1].terms = 0 if self._open[-1].terms is not None else None
            self._open[-1].after = ""
        elif inner.terms is None:
            pass
        elif word in _NO_SUBJECT:
            inner.terms = -1
        elif token.text in (".", ";", ",") and inner.sign in ("{", "["):
            inner.terms = {".": 0, ";": 1, ",": 2}[token.text]
            inner.after = token.text if token.text != "." else ""
        elif token.text not in _AS_WRITTEN and (not word or word == "A") and inner.sign in ("{", "["):
            self._count(column)

    def _count(self, column: int) -> None:
        """One more term of the pattern at hand."""
        inner = self._open[-1]
        if inner.terms is None or inner.terms < 0:
            return
        inner.after = ""
        inner.terms += 1
        if inner.terms == 2:
            inner.predicate = column
        if inner.terms == 3:
            inner.object = column


def _ends_listing(token: Token) -> bool:
    """Whether a token cannot stand among what a SELECT, GROUP BY or ORDER BY lists."""
    return token.text in ("{", "}") or (token.kind == "word" and token.text.upper() in _ENDING)


def _spelt(token: Token) -> str:
    """Keywords in capitals."""
    if token.kind != "word" or token.text in _LOWER:
        return token.text
    if token.text.lower() in ("true", "false"):
        return token.text.lower()
    return _MIXED.get(token.text.upper(), token.text.upper())


def _joined(row: str, before: Token, token: Token, in_call: bool) -> bool:
    """Whether nothing stands between two tokens; `in_call` says whether they stand in round brackets."""
    if token.kind == "comment":
        return False
    if "^^" in (before.text, token.text) or (token.kind == "language" and before.kind == "text"):
        return True
    if before.text in ("(", "[") or token.text in (")", "]", ","):
        return True
    if {before.text, token.text} & {"{", "}", ";", ".", ","}:
        return (before.text, token.text) == ("{", "}") or (token.text == ";" and in_call)
    if row.endswith((" SEPARATOR", " SEPARATOR=")):
        return True
    if token.text in _COMPARING or before.text in _COMPARING:
        return False
    if token.text in ("(", "()") and before.kind == "word":
        return before.text.upper() not in _BEFORE_PARENTHESIS
    return not token.apart and bool({before.text, token.text} & set(_AS_WRITTEN))


def formatted(text: str) -> str:
    r"""A SPARQL text, laid out; it asks the same.

    >>> print(formatted("select ?a\nwhere{\n?a a  ?b;\na:c ?d\n}"), end="")
    SELECT ?a
    WHERE {
      ?a a ?b ;
         a:c ?d
    }

    Raises:
        Unreadable: The text is not SPARQL.
    """
    place = _Place()
    rows = []
    for line in sorted_prefixes(lines(text)):
        rows += [""] * line.spaced + [_row(place, line)]
    return "".join(f"{row}\n" for row in rows)


def _row(place: _Place, line: Line) -> str:
    row = " " * place.indent(line.tokens[0])
    before: Token | None = None
    for token in line.tokens:
        if before is not None and not _joined(row, before, token, place.in_call()):
            row += " "
        place.pass_by(token, len(row))
        row += _spelt(token)
        before = token
    return row
