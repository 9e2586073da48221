"""Where a SPARQL service is written to, when only the address of its queries is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.errors import UsageError
from kg.protocols import Via
from kg.remote.writing import GraphStore, Update

if TYPE_CHECKING:
    from kg.remote.address import Address
    from kg.remote.writing import GraphWriter

BESIDE = {
    "/query": {"update": "/update", "graph-store": "/store"},
    "/sparql": {"update": "/sparql", "graph-store": "/sparql-graph-crud"},
}
"""How the address of queries ends, as Oxigraph and Virtuoso have it, and how those for writing then do."""


def writer(
    address: Address, via: Via | None = None, update: str | None = None, graph_store: str | None = None
) -> GraphWriter:
    """How to write into the store behind an endpoint.

    Args:
        address: Where it is asked.
        via: The protocol; by default what an address is named for, and else the Graph Store Protocol where the address
            of queries is like Oxigraph's, and SPARQL Update elsewhere.
        update: The address that takes updates.
        graph_store: The address of the Graph Store Protocol.

    Raises:
        UsageError: The address is not named and cannot be told from that of queries, or is none.
    """
    if via is None:
        known = graph_store is not None or (update is None and address.url.endswith("/query"))
        via = Via.graph_store if known else Via.update
    if via == Via.update:
        return Update(address.beside(update or _beside(address.url, via) or address.url))
    found = graph_store or _beside(address.url, via)
    if found is None:
        raise UsageError(f"where the graph store of {address.url} is cannot be told: name it with --graph-store")
    return GraphStore(address.beside(found))


def _beside(url: str, via: Via) -> str | None:
    for ending, others in BESIDE.items():
        if url.endswith(ending):
            return url.removesuffix(ending) + others[via]
    return None
