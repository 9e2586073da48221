"""Graphs of an endpoint, replaced whole: by the Graph Store Protocol, or by SPARQL Update."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode
from urllib.request import Request

from pyoxigraph import BlankNode, RdfFormat, serialize

from kg.errors import Failure
from kg.iris import staging_graph
from kg.remote import exchange
from kg.remote.asked import AGENT
from kg.remote.exchange import Allowance
from kg.remote.said import status_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyoxigraph import NamedNode, Triple

    from kg.remote.address import Address
    from kg.remote.exchange import Reply

DEADLINE = 300.0
"""Seconds until an endpoint has taken in what one request brings."""
BATCH_TRIPLES = 500
"""The most triples in one update; Virtuoso's compiler gives up some thousands further on."""
BATCH_CHARACTERS = 200_000
"""About the most characters in one."""


class GraphWriter(Protocol):
    """A way of writing into a store, graph by graph."""

    def replace(self, graph: NamedNode, triples: Sequence[Triple]) -> None:
        """Makes the triples the content of a graph, in the place of whatever it holds.

        Raises:
            Failure: The store cannot be reached, or does not do it.
        """

    def remove(self, graph: NamedNode) -> None:
        """Removes a graph, if it is there.

        Raises:
            Failure: The store cannot be reached, or does not do it.
        """


class GraphStore:
    """SPARQL 1.1 Graph Store HTTP Protocol: a graph is replaced by one request, whole or not at all.

    Args:
        address: The address that takes `?graph=` with the name of a graph.
        deadline: Seconds for one request.
    """

    def __init__(self, address: Address, deadline: float = DEADLINE) -> None:
        self.address = address
        self.deadline = deadline

    def replace(self, graph: NamedNode, triples: Sequence[Triple]) -> None:
        """See `GraphWriter.replace`."""
        body = serialize(triples, format=RdfFormat.N_TRIPLES)
        reply = self._send("PUT", graph, body)
        if reply.status not in (200, 201, 204):
            raise _refusal(self.address, reply, graph)

    def remove(self, graph: NamedNode) -> None:
        """See `GraphWriter.remove`."""
        reply = self._send("DELETE", graph, None)
        if reply.status not in (200, 202, 204, 404):
            raise _refusal(self.address, reply, graph)

    def _send(self, method: str, graph: NamedNode, body: bytes | None) -> Reply:
        mark = "&" if "?" in self.address.url else "?"
        request = Request(
            f"{self.address.url}{mark}{urlencode({'graph': graph.value})}",
            body,
            {"Content-Type": "application/n-triples", "User-Agent": AGENT},
            method=method,
        )
        # What is put or deleted twice is as it is once
        return exchange.send(self.address, request, Allowance(self.deadline), exchange.ASK_AGAIN)


class Update:
    """SPARQL 1.1 Update: a graph is filled aside, in batches, and then moved to its place.

    It is filled in a graph that no other push uses.

    Args:
        address: The address that takes updates.
        deadline: Seconds for one request.
    """

    def __init__(self, address: Address, deadline: float = DEADLINE) -> None:
        self.address = address
        self.deadline = deadline
        self._token = secrets.token_hex(8)

    def replace(self, graph: NamedNode, triples: Sequence[Triple]) -> None:
        """See `GraphWriter.replace`."""
        aside = staging_graph(int(time.time()), self._token)
        first = f"DROP SILENT GRAPH {aside} ;\n"
        last = f" ;\nMOVE GRAPH {aside} TO GRAPH {graph}"
        updates = [_insertion(batch, aside) for batch in batches(triples)] or [f"CREATE SILENT GRAPH {aside}"]
        updates[0] = first + updates[0]
        updates[-1] += last
        for update in updates:
            self._send(update, graph)

    def remove(self, graph: NamedNode) -> None:
        """See `GraphWriter.remove`."""
        self._send(f"DROP SILENT GRAPH {graph}", graph)

    def _send(self, update: str, graph: NamedNode) -> None:
        request = Request(
            self.address.url,
            urlencode({"update": update}).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": AGENT},
            method="POST",
        )
        reply = exchange.send(self.address, request, Allowance(self.deadline), exchange.NOT_CARRIED_OUT)
        if reply.status not in (200, 201, 202, 204):
            raise _refusal(self.address, reply, graph)


def batches(triples: Sequence[Triple]) -> Iterator[list[Triple]]:
    """Triples in lists that one update holds each; those that share a blank node stay together.

    Whatever shares none is in the order in which it came.
    """
    batch: list[Triple] = []
    characters = 0
    for group in _groups(triples):
        size = sum(len(str(triple)) for triple in group)
        full = len(batch) + len(group) > BATCH_TRIPLES or characters + size > BATCH_CHARACTERS
        if batch and full:
            yield batch
            batch, characters = [], 0
        batch += group
        characters += size
    if batch:
        yield batch


def _groups(triples: Sequence[Triple]) -> Iterator[list[Triple]]:
    """Triples without blank nodes one by one, and the others in groups of those that hang together by some."""
    home: dict[BlankNode, list[Triple]] = {}
    for triple in triples:
        nodes = [term for term in (triple.subject, triple.object) if isinstance(term, BlankNode)]
        if not nodes:
            yield [triple]
            continue
        known = {id(home[node]): home[node] for node in nodes if node in home}
        group = max(known.values(), key=len, default=[])
        for other in known.values():
            if other is not group:
                group += other
        group.append(triple)
        members = {term for one in group for term in (one.subject, one.object)} if len(known) > 1 else nodes
        home |= {term: group for term in members if isinstance(term, BlankNode)}
    yield from {id(group): group for group in home.values()}.values()


def _insertion(batch: Sequence[Triple], aside: NamedNode) -> str:
    """An update that inserts triples, in characters that every engine reads alike.

    A template, and not `INSERT DATA`, where there are blank nodes: Virtuoso takes them in no other way.
    """
    lines = "\n".join(_escaped(f"{triple.subject} {triple.predicate} {triple.object} .") for triple in batch)
    blank = any(isinstance(term, BlankNode) for triple in batch for term in (triple.subject, triple.object))
    graph = f"{{ GRAPH {aside} {{\n{lines}\n}} }}"
    return f"INSERT {graph} WHERE {{}}" if blank else f"INSERT DATA {graph}"


def _escaped(text: str) -> str:
    r"""Text with everything beyond ASCII escaped, as SPARQL lets one everywhere.

    >>> _escaped('"équipe 🙂"')
    '"\\u00E9quipe \\U0001F642"'
    """
    return "".join(
        one if one < "\x7f" else f"\\u{ord(one):04X}" if ord(one) < 0x10000 else f"\\U{ord(one):08X}" for one in text
    )


def _refusal(address: Address, reply: Reply, graph: NamedNode) -> Failure:
    """The error that a store's answer is; what it says itself is told where it is no page."""
    if reply.status < 400:
        return Failure(
            f"{address.url} did not take {graph.value}: it answered {status_line(reply.status, reply.reason)}"
        )
    told = exchange.refused(address, reply)
    said = "" if reply.is_html else exchange.first_line(reply.body.decode(errors="replace")) if reply.body else ""
    return Failure(f"{told} ({graph.value}{': ' + said if said else ''})")
