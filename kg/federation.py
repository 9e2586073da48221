"""SERVICE: parts of a query that another endpoint answers, if the user allowed its address.

Whatever evaluates the query, an address that was not allowed is refused before anything is sent. On the embedded store
the parts go through a gate, so that the guards of every endpoint hold for them too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg import query_words
from kg.errors import KgError, UsageError
from kg.gate import Gate
from kg.remote import address as addresses
from kg.store import LocalStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.remote.address import Address
    from kg.store import Answers, Row

_GAP = r"(?:\s|#[^\n\r]*(?:[\n\r]|$))*"
_SERVICE = re.compile(
    rf"SERVICE{_GAP}(?P<silent>SILENT(?![\w:-]){_GAP})?(?:<(?P<address>[^<>\s]*)>|(?P<variable>[?$]\w+))?",
    re.IGNORECASE,
)
_ALLOW = "--allow-service (in Python, services=)"


@dataclass(frozen=True)
class Service:
    """A SERVICE of a query.

    Attributes:
        address: The address that it names.
        silent: Whether the query goes on where that does not answer.
        start: Where the address stands in the query, with its brackets.
        end: Where it ends.
    """

    address: str
    silent: bool
    start: int
    end: int


def select(answers: Answers, query: str, allowed: Iterable[str]) -> tuple[list[str], list[Row], str]:
    """Names and rows of a query with SERVICE, and what is to be said beside them.

    Args:
        answers: The graph that is asked.
        query: The query.
        allowed: Addresses to which parts of it may go, exactly as it names them but for a name and password.

    Raises:
        UsageError: The query names an address that was not allowed, or by a variable; or one within another.
        Failure: An endpoint cannot be reached, is too slow, or answers something else.
    """
    known = {address.url: address for address in map(addresses.named_in, allowed)}
    services = _services(query, known)
    if not isinstance(answers, LocalStore):
        names, rows = answers.select(query)
        silent = sorted({service.address for service in services if service.silent})
        told = f"Where {' or '.join(silent)} did not answer, the rows lack its part, and nobody says so (SILENT)."
        return names, rows, told if silent else ""
    with Gate([known[service.address] for service in services]).open() as gate:
        for service in reversed(services):
            query = f"{query[: service.start]}<{gate.door(service.address)}>{query[service.end :]}"
        try:
            names, rows = answers.carry_out(query)
        except KgError:
            if gate.errors:
                raise next(iter(gate.errors.values())) from None
            raise
    return names, rows, "".join(f"{error}: the rows lack its part (SILENT). " for error in gate.errors.values()).strip()


def _services(query: str, known: dict[str, Address]) -> list[Service]:
    """Every SERVICE of a query, all of them to allowed addresses."""
    found: list[Service] = []
    within = 0
    rest = query
    for start, _ in query_words.places("SERVICE", query):
        match = _SERVICE.match(query, start)
        if match is None or match["address"] is None:
            said = match["variable"] if match and match["variable"] else "without an address in angle brackets"
            raise UsageError(
                f"SERVICE {said} may lead anywhere: write the address itself, as SERVICE <http…>, "
                f"and allow it with {_ALLOW}"
            )
        address = match["address"]
        if address not in known:
            raise UsageError(
                f"SERVICE <{addresses.shown(address)}> would send a part of the query over the network: "
                f"allow that address with {_ALLOW}, or ask that endpoint itself, with --endpoint"
            )
        if start < within:
            raise UsageError(
                f"SERVICE <{address}> stands within another, whose endpoint would carry it out: "
                "write them one after the other"
            )
        rest = rest[:start] + " " * (match.end() - start) + rest[match.end() :]
        within = _end_of_group(query_words.blanked(query), match.end())
        found.append(
            Service(address, match["silent"] is not None, match.start("address") - 1, match.end("address") + 1)
        )
    if query_words.may_call_out(rest):
        raise UsageError(
            "SERVICE may stand in this query where it cannot be told which address it names: "
            "write it as SERVICE <http…>, with spaces about it, and the word itself nowhere else"
        )
    return found


def _end_of_group(words: str, start: int) -> int:
    """Where the group that begins after a place ends."""
    depth = 0
    for at in range(start, len(words)):
        depth += {"{": 1, "}": -1}.get(words[at], 0)
        if words[at] == "}" and depth <= 0:
            return at
    return len(words)
