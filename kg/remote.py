"""A graph behind a SPARQL 1.1 endpoint, asked through SPARQLWrapper.

Nothing that an endpoint sends is trusted: an answer has a deadline and a largest size, must be SPARQL JSON, and a
query is not sent on to another address than the one that was named.
"""

from __future__ import annotations

import json
import re
import threading
import time
import warnings
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.request import HTTPErrorProcessor, build_opener

from pyoxigraph import BlankNode, Literal, NamedNode
from SPARQLWrapper import ASK, JSON, POST, SELECT, SPARQLWrapper

from kg.errors import Failure, KgError, UsageError
from kg.store import Row, Term

DEADLINE = 60.0
"""Seconds until the last byte of an answer."""
LARGEST_ANSWER = 200_000_000
"""Bytes."""
_CHUNK = 1 << 16

MOST_SORTED = 10_000
"""Rows that Virtuoso sorts in memory, if it is told that there are no more."""
_ROW_TOO_LONG = "SR319"
"""What Virtuoso says of a row that its table for sorting cannot hold: some 4,000 bytes, unless it sorts in memory."""
_ASKED = "__ASK_RETVAL"
"""What Virtuoso calls the one cell of its answer to an ASK query: 1, or no row."""


class _RowTooLong(Failure):
    """The endpoint can sort rows as long as these only in memory."""


@dataclass(frozen=True)
class _Body:
    """An answer as it came.

    Attributes:
        text: Its bytes.
        most: The number of rows after which the endpoint says that it cuts answers, if it says so.
    """

    text: bytes
    most: int | None = None


class _AsItCame(HTTPErrorProcessor):
    """Gives every response to us, whatever its status: nothing is read, and nothing followed, behind our back."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


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
        request = self._request(query)
        try:
            body = self._answer(request)
        except _RowTooLong as error:
            body = self._in_memory(query, error)
        try:
            names, rows = _rows(json.loads(body.text))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Failure(f"{self.url} answered something that is not a SPARQL result in JSON") from error
        if body.most and len(rows) >= body.most:
            raise Failure(f"{self.url} gives no more than {body.most:,} rows, and there may be more: ask for less")
        return names, rows

    def _in_memory(self, query: str, error: _RowTooLong) -> _Body:
        """The answer with a limit, below which Virtuoso sorts in memory; a query with a limit of its own is refused."""
        try:
            body = self._answer(self._request(f"{query}\nLIMIT {MOST_SORTED}"))
        except KgError:
            raise Failure(str(error)) from None
        return _Body(body.text, MOST_SORTED)

    def _request(self, query: str) -> Any:
        try:
            wrapper = SPARQLWrapper(self.url, returnFormat=JSON, agent="partnership-mechanisms-kg")
            wrapper.setMethod(POST)
            wrapper.setOnlyConneg(True)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                wrapper.setQuery(query)
            if wrapper.queryType not in (SELECT, ASK):
                raise UsageError(f"{self.url} is asked for rows only, with SELECT or ASK")
            return wrapper._createRequest()  # query() would follow redirects and read without a limit
        except RuntimeWarning as error:
            raise UsageError(f"{self.url} was not asked: this is not a SPARQL query") from error
        except ValueError as error:
            raise UsageError(f"{self.url} is not the address of an endpoint: {error}") from error

    def _answer(self, request: Any) -> _Body:
        """The body of the answer, given up at the deadline wherever it then is."""
        found: list[_Body | KgError] = []
        thread = threading.Thread(target=lambda: found.append(self._fetched(request)), daemon=True)
        thread.start()
        thread.join(self.deadline)
        answer = found[0] if found else self._too_slow()
        if isinstance(answer, KgError):
            raise answer
        return answer

    def _too_slow(self) -> Failure:
        return Failure(f"{self.url} was still answering after {self.deadline:g} s")

    def _fetched(self, request: Any) -> _Body | KgError:
        end = time.monotonic() + self.deadline
        try:
            with build_opener(_AsItCame).open(request, timeout=self.deadline) as response:
                body: list[bytes] = []
                size = 0
                while chunk := response.read1(_CHUNK):
                    body.append(chunk)
                    size += len(chunk)
                    if size > LARGEST_ANSWER:
                        return Failure(f"{self.url} sends more than {LARGEST_ANSWER // 1_000_000} MB: ask for less")
                    if time.monotonic() > end:
                        return self._too_slow()
                status, reason, elsewhere = response.status, response.reason, response.headers.get("Location")
                most = response.headers.get("X-SPARQL-MaxRows", "")
        except (OSError, HTTPException, ValueError) as error:
            return Failure(f"{self.url} did not answer: {_first_line(error)}")
        if status == 400:
            return UsageError(f"{self.url} refuses the query: {_first_line(b''.join(body).decode(errors='replace'))}")
        if 300 <= status < 400:
            return Failure(f"{self.url} sends the query on to {elsewhere}: name that address if you trust it")
        if status >= 400:
            failed = _RowTooLong if _ROW_TOO_LONG.encode() in b"".join(body) else Failure
            return failed(f"{self.url} did not answer: {status} {reason}")
        if status == 206:
            return Failure(f"{self.url} answers only in part: ask for less, or again later")
        return _Body(b"".join(body), int(most) if re.fullmatch("[0-9]{1,9}", most) else None)


def _first_line(told: object) -> str:
    text = str(getattr(told, "reason", "") or told).strip()
    return text.splitlines()[0] if text else type(told).__name__


def _rows(answer: Any) -> tuple[list[str], list[Row]]:
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
    rows = [
        {name: _term(binding[name]) if name in binding else None for name in names}
        for binding in answer["results"]["bindings"]
    ]
    return names, rows


def _term(value: Any) -> Term:
    """A term of SPARQL JSON; `typed-literal` is how older engines write one with a datatype."""
    kind, text = value["type"], value["value"]
    if not isinstance(text, str):
        raise ValueError("a value is text")
    if kind == "uri":
        return NamedNode(text)
    if kind == "bnode":
        return BlankNode(text)
    if kind not in ("literal", "typed-literal"):
        raise ValueError(f"{kind} is not a kind of RDF term")
    if "xml:lang" in value:
        return Literal(text, language=value["xml:lang"])
    return Literal(text, datatype=NamedNode(value["datatype"])) if "datatype" in value else Literal(text)
