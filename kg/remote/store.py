"""A SPARQL endpoint as a graph that can be asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal

from kg import query as queries
from kg.errors import Failure, KgError, UsageError
from kg.remote import address as addresses
from kg.remote import asked, exchange, paging, rows
from kg.remote.exchange import Allowance

if TYPE_CHECKING:
    from collections.abc import Callable

    from kg.remote.address import Address
    from kg.remote.exchange import Reply
    from kg.remote.paging import Paged
    from kg.store import Row

DEADLINE = 60.0
"""Seconds until the last byte of an answer, whatever the number of tries and pages that it takes."""
MOST_SORTED = 10_000
"""Rows that Virtuoso sorts in memory, if it is told that there are no more."""
_ROW_TOO_LONG = (b"SR319", b"SR478")
"""What Virtuoso says of a row, or of one text in it, that its table for sorting cannot hold, as memory can."""
_PAGE_TOO_FAR = b"SR353"
"""What Virtuoso says where it were to sort more than `MOST_SORTED` rows for a page."""
SUSPICIOUS = 1_000
"""An answer with a whole multiple of so many rows may have been cut by an endpoint that does not say so."""


class _Refused(Failure):
    """The endpoint answered with a status that is an error; `body` is what it sent with it."""

    def __init__(self, told: str, body: bytes) -> None:
        super().__init__(told)
        self.body = body


class RemoteStore:
    """A SPARQL endpoint; queries see its default graph, which must be the union of the named ones.

    Attributes:
        address: Where it is, and under which name it is asked.
        deadline: Seconds until the last byte of an answer.
    """

    def __init__(self, url: str | Address, deadline: float = DEADLINE, ours: bool = True) -> None:
        """A store, which is asked for nothing as yet.

        Args:
            url: Its address; who asks may stand in it, or else in the environment.
            deadline: Seconds until the last byte of an answer.
            ours: Whether it is to hold a graph of this project, so that no answer may mean that it hides its claims.
        """
        self.address = addresses.read(url) if isinstance(url, str) else url
        self.deadline = deadline
        self._known_to_show = not ours

    @property
    def url(self) -> str:
        """Its address, without any name and password."""
        return self.address.url

    def select(self, query: str) -> tuple[list[str], list[Row]]:
        """See `kg.store.Answers.select`.

        Raises:
            Failure: The endpoint cannot be reached, is too slow, answers something else, or only a part that it does
                not complete; or the claims that it holds are hidden from queries.
        """
        allowance = Allowance(self.deadline)
        names, found = self._whole(query, allowance)
        if _says_something(found):
            self._known_to_show = True
        elif not self._known_to_show:
            self._refuse_hidden_claims(allowance)
        return names, found

    def hides_claims(self, allowance: Allowance | None = None) -> bool:
        """Whether claims stand in its named graphs that its default graph does not show."""
        text = queries.read("remote/hidden-claims")
        names, found = rows.read(self.address, self._answer(text, allowance or Allowance(self.deadline)))
        return names == ["graph"] and found != []

    def _refuse_hidden_claims(self, allowance: Allowance) -> None:
        try:
            hidden = self.hides_claims(allowance)
        except KgError:  # it was only to explain an answer, which stands without it
            return
        if hidden:
            raise Failure(f"{self.url} {HIDDEN}")
        self._known_to_show = True

    def _whole(self, text: str, allowance: Allowance) -> tuple[list[str], list[Row]]:
        """All rows of an answer, in parts where the endpoint gives only so many at a time."""
        most = None
        try:
            reply = self._answer(text, allowance)
        except _Refused as error:
            if not any(told in error.body for told in _ROW_TOO_LONG):
                raise Failure(str(error)) from None
            reply, most = self._in_memory(text, error, allowance), MOST_SORTED
        names, found = rows.read(self.address, reply, allowance)
        said = reply.headers.get("x-sparql-maxrows", "")
        most = most or (int(said) if re.fullmatch("[0-9]{1,9}", said) else None)
        if most and len(found) >= most:
            return names, self._in_parts(paging.paged(text, names), len(found), allowance)
        if found and len(found) % SUSPICIOUS == 0:
            parts = paging.paged(text, names)
            if parts and self._go_on(parts, len(found), allowance):
                return names, self._in_parts(parts, len(found), allowance)
        return names, found

    def _in_memory(self, text: str, error: _Refused, allowance: Allowance) -> Reply:
        """The answer with a limit, below which Virtuoso sorts in memory; a query with a limit of its own is refused."""
        try:
            return self._answer(f"{text}\nLIMIT {MOST_SORTED}", allowance)
        except KgError:
            raise Failure(str(error)) from None

    def _in_parts(self, parts: Paged | None, size: int, allowance: Allowance) -> list[Row]:
        """All rows, page by page; each page begins with the row that ended the one before, to show that they fit."""
        cut = Failure(f"{self.url} gives no more than {size:,} rows, and there may be more: ask for less")
        if parts is None or size < 2:
            raise cut
        page: Callable[[int, int], str] = parts.page
        found: list[Row] = []
        while True:
            first = max(0, len(found) - 1)
            try:
                more = self._rows(page(first, size), allowance)
            except _Refused as error:
                if _PAGE_TOO_FAR not in error.body or page != parts.page:
                    raise cut from error
                page = parts.page_of_sorted
                continue
            except UsageError as error:
                raise cut from error
            if found and more[:1] != found[-1:]:
                raise Failure(f"{self.url} gives no more than {size:,} rows, and its pages do not fit: ask for less")
            if any(isinstance(term, BlankNode) for row in more for term in row.values()):
                raise cut  # a blank node has another name on each page
            found += more[1:] if found else more
            if len(more) < size:
                break
        try:
            counted = self._rows(parts.count, allowance)
        except _Refused as error:
            raise cut from error
        if counted != [{"rows": Literal(len(found))}]:
            told = f"and its pages have {len(found):,} together, not as many as it counts"
            raise Failure(f"{self.url} gives no more than {size:,} rows, {told}: ask for less")
        return found

    def _go_on(self, parts: Paged, size: int, allowance: Allowance) -> bool:
        """Whether rows come after those that an endpoint gave without a word of there being more."""
        try:
            return self._rows(parts.page(size, 1), allowance) != []
        except (_Refused, UsageError) as error:
            raise Failure(f"{self.url} gave {size:,} rows, and does not say whether there are more: {error}") from None

    def _rows(self, text: str, allowance: Allowance) -> list[Row]:
        return rows.read(self.address, self._answer(text, allowance), allowance)[1]

    def _answer(self, text: str, allowance: Allowance) -> Reply:
        """What the endpoint answers to a query, which is not an error."""
        request = asked.request(self.url, text)
        reply = exchange.send(self.address, request, allowance, exchange.ASK_AGAIN)
        if reply.status == 400:
            told = "an HTML page" if reply.is_html else exchange.first_line(reply.body.decode(errors="replace"))
            raise UsageError(f"{self.url} refuses the query: {told}")
        if reply.status >= 400:
            raise _Refused(str(exchange.refused(self.address, reply)), reply.body)
        if reply.status == 206:
            raise Failure(f"{self.url} answers only in part: ask for less, or again later")
        return reply


HIDDEN = (
    "holds claims in named graphs which it shows only to queries that name them: let its default graph be the union of "
    "the named ones, as oxigraph serve does with --union-default-graph"
)
"""What is wrong with an endpoint whose default graph is not the union, and how to mend it."""


def _says_something(found: list[Row]) -> bool:
    """Whether an answer holds more than one row that counts nothing, or says no."""
    if len(found) != 1:
        return found != []
    values = found[0].values()
    return any(term is not None and getattr(term, "value", "") not in ("0", "false") for term in values)
