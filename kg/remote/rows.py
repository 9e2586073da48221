"""The rows of a SPARQL result in JSON, as engines old and new write it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.errors import Failure

if TYPE_CHECKING:
    from kg.remote.address import Address
    from kg.remote.exchange import Allowance, Reply
    from kg.store import Row, Term

MOST_CELLS = 5_000_000
"""Rows times variables of all the answers that one query takes, also where a cell is empty."""
_ASKED = "__ASK_RETVAL"
"""What Virtuoso calls the one cell of its answer to an ASK query: 1, or no row."""

_NODE = "nodeID://"
"""How Virtuoso begins the name of a blank node, as if it were an address."""


class _TooMany(Exception):
    """An answer has more cells than fit into memory."""


def read(address: Address, reply: Reply, allowance: Allowance | None = None) -> tuple[list[str], list[Row]]:
    """Names and rows; the answer to an ASK query is one row `answer`.

    Args:
        address: Where the reply comes from.
        reply: The reply.
        allowance: What all replies to one query may cost, which this one draws on.

    Raises:
        Failure: The reply is something else, or has too many cells.
    """
    left = allowance.cells if allowance else MOST_CELLS
    try:
        names, found = _rows(json.loads(reply.body), left)
        if allowance:
            allowance.cells -= len(names) * len(found)
        return names, found
    except _TooMany:
        raise Failure(f"{address.url} answers with more than {MOST_CELLS:,} cells: ask for less") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if reply.is_html:
            told = "an HTML page: is this the address of a page for people, and not of the endpoint behind it?"
        elif reply.body[:1] == b"{" and not reply.body.rstrip().endswith(b"}"):
            told = "something that is not a SPARQL result in JSON: it breaks off. Ask again"
        else:
            told = "something that is not a SPARQL result in JSON"
        raise Failure(f"{address.url} answered {told}") from error


def _rows(answer: Any, most: int) -> tuple[list[str], list[Row]]:
    if "boolean" in answer:
        if not isinstance(answer["boolean"], bool):
            raise ValueError("a truth value is true or false")
        return ["answer"], [{"answer": Literal(answer["boolean"])}]
    names = list(answer["head"]["vars"])
    if not all(isinstance(name, str) for name in names):
        raise ValueError("a variable has a name")
    if names == [_ASKED]:
        told = [bool(int(row[_ASKED]["value"])) for row in answer["results"]["bindings"]]
        return ["answer"], [{"answer": Literal(told == [True])}]
    bindings = answer["results"]["bindings"]
    if not all(isinstance(binding, dict) for binding in bindings):
        raise ValueError("a binding is an object")
    if len(names) * len(bindings) > most:
        raise _TooMany
    rows = [{name: _term(binding[name]) if name in binding else None for name in names} for binding in bindings]
    return names, rows


def _term(value: Any) -> Term:
    """A term of SPARQL JSON; `typed-literal` is how older engines write one with a datatype."""
    kind, text = value["type"], value["value"]
    if not isinstance(text, str):
        raise ValueError("a value is text")
    if kind == "uri":
        return NamedNode(text)
    if kind == "bnode":
        return BlankNode(text.removeprefix(_NODE))
    if kind not in ("literal", "typed-literal"):
        raise ValueError(f"{kind} is not a kind of RDF term")
    if "xml:lang" in value:
        return Literal(text, language=value["xml:lang"])
    return Literal(text, datatype=NamedNode(value["datatype"])) if "datatype" in value else Literal(text)
