"""A graph behind a SPARQL 1.1 endpoint, asked through SPARQLWrapper.

Nothing that an endpoint sends is trusted: an answer has a deadline and a largest size, must be SPARQL JSON, and is
refused when it came from another address than the one that was named.
"""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.error import HTTPError, URLError

from pyoxigraph import BlankNode, Literal, NamedNode
from SPARQLWrapper import JSON, POST, SPARQLExceptions, SPARQLWrapper

from kg.errors import Failure, UsageError
from kg.store import Row, Term

DEADLINE = 60.0
"""Seconds until the last byte of an answer."""
LARGEST_ANSWER = 200_000_000
"""Bytes."""
_CHUNK = 1 << 16


class RemoteStore:
    """A SPARQL endpoint; queries see its default graph, which must be the union of the named ones."""

    def __init__(self, url: str, deadline: float = DEADLINE) -> None:
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"{url} is not the address of an endpoint; it begins with http:// or https://")
        self.url = url
        self.deadline = deadline

    def select(self, query: str) -> tuple[list[str], list[Row]]:
        """See `kg.store.Answers.select`.

        Raises:
            Failure: The endpoint cannot be reached, is too slow, or answers something else.
        """
        wrapper = SPARQLWrapper(self.url, returnFormat=JSON, agent="partnership-mechanisms-kg")
        wrapper.setMethod(POST)
        wrapper.setOnlyConneg(True)
        wrapper.setTimeout(int(self.deadline) or 1)
        wrapper.setQuery(query)
        started = time.monotonic()
        try:
            response = wrapper.query().response
            body = self._body(response, started)
        except SPARQLExceptions.QueryBadFormed as error:
            raise UsageError(f"{self.url} refuses the query: {_first_line(error)}") from error
        except (URLError, HTTPError, OSError, SPARQLExceptions.SPARQLWrapperException) as error:
            raise Failure(f"{self.url} did not answer: {_first_line(error)}") from error
        try:
            answer = json.loads(body)
            return _rows(answer)
        except (ValueError, KeyError, TypeError) as error:
            raise Failure(f"{self.url} answered something that is not a SPARQL result in JSON") from error

    def _body(self, response: Any, started: float) -> bytes:
        if response.geturl().split("?")[0].rstrip("/") != self.url.split("?")[0].rstrip("/"):
            raise Failure(f"{self.url} sent the query on to {response.geturl()}: name that address if you trust it")
        chunks: list[bytes] = []
        size = 0
        while chunk := response.read1(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > LARGEST_ANSWER:
                raise Failure(f"{self.url} sends more than {LARGEST_ANSWER // 1_000_000} MB: ask for less")
            if time.monotonic() - started > self.deadline:
                raise Failure(f"{self.url} was still answering after {self.deadline:g} s")
        return b"".join(chunks)


def _first_line(error: Exception) -> str:
    text = str(getattr(error, "reason", "") or error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _rows(answer: Any) -> tuple[list[str], list[Row]]:
    if "boolean" in answer:
        return ["answer"], [{"answer": Literal(bool(answer["boolean"]))}]
    names = list(answer["head"]["vars"])
    rows = [
        {name: _term(binding[name]) if name in binding else None for name in names}
        for binding in answer["results"]["bindings"]
    ]
    return names, rows


def _term(value: Any) -> Term:
    """A term of SPARQL JSON; `typed-literal` is how older engines write one with a datatype."""
    kind, text = value["type"], value["value"]
    if kind == "uri":
        return NamedNode(text)
    if kind == "bnode":
        return BlankNode(text)
    if kind not in ("literal", "typed-literal"):
        raise ValueError(f"{kind} is not a kind of RDF term")
    if "xml:lang" in value:
        return Literal(text, language=value["xml:lang"])
    return Literal(text, datatype=NamedNode(value["datatype"])) if "datatype" in value else Literal(text)
