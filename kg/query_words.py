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
    r"|#[^\n\r]*",
    re.DOTALL,
)
_STRING = (
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n\r]|\\.)*"'
    r"|'(?:[^'\\\n\r]|\\.)*'"
)
_HARMLESS = re.compile(
    rf"(?P<string>{_STRING})"
    r'|<(?P<iri>[^<>"{}|^`\\\x00-\x20]*)>'
    r"|\#[^\n\r]*"
    r"|[?$]\w+"
    r"|@[A-Za-z]+(?:-[A-Za-z0-9]+)*"
    r"|_:\w[\w.-]*"
    # A name; where its prefix holds the word, or its local part begins with a full stop, that may be a keyword
    r"|(?<!\w)(?![\w.-]*service)(?:[A-Za-z][\w.-]*)?:(?:(?:[\w:%]|\\.)(?:[\w.:%-]|\\.)*)?"
    r"|\\.",
    re.DOTALL | re.IGNORECASE,
)
_WHOLE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_STRANGE_ESCAPE = re.compile(r"\\(?![tbnrf\"'\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})")
_CODE_POINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(00[01][0-9A-Fa-f]{5})")


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


def may_call_out(query: str) -> bool:
    """Whether SERVICE may stand in a query, however an engine reads it.

    Engines need no space about a keyword, and differ in what they take for a remark or a string. So this looks for the
    word itself in all that is not for certain a string, an address, a remark or a name; in doubt, it says yes.

    >>> may_call_out("SELECT ?service { ?service a <urn:SERVICE> } # SERVICE"), may_call_out("ASK {SERVICEe:x {}}")
    (False, True)
    """
    if "service" in query.lower() or _CODE_POINT.search(query):
        return any(_says_service(text) for text in {query, _CODE_POINT.sub(_character, query)})
    return False


def _says_service(query: str) -> bool:
    for token in _HARMLESS.finditer(query):
        if _is_doubtful(token) and "service" in query[token.start() :].lower():
            return True
    return "service" in _HARMLESS.sub(" ", query).lower()


def _is_doubtful(token: re.Match[str]) -> bool:
    """Whether another reading of a token may begin a string or a remark within it, or end it earlier."""
    if token["iri"] is not None:  # `?a<?b#>` may be a comparison, and then a remark
        return not set("#'").isdisjoint(token["iri"]) and not _WHOLE_IRI.match(token["iri"])
    return token["string"] is not None and _STRANGE_ESCAPE.search(token["string"].replace("\\\\", "")) is not None


def _character(found: re.Match[str]) -> str:
    code = int(found[1] or found[2], 16)
    return chr(code) if code < 0x110000 else found[0]
