"""Pushes a build into a store, graph by graph, only what changed, and counts what is there afterwards.

What was pushed stands in a graph of its own in the store: the digest of each graph. Before anything changes, that of
each graph that will gives way to none, "", with which no graph agrees; so whenever a push ends, the next one knows
what to send, and which graphs came from a push. Others below the project's name are left alone.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    serialize,
)

from kg import query
from kg.errors import DamagedRelease, Failure, KgError
from kg.frames import Tabular
from kg.iris import PUSHED_GRAPH, staged_since
from kg.query import plain
from kg.remote.store import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kg.remote import RemoteStore
    from kg.remote.writing import GraphWriter

SAVED_EVERY = 20
"""After so many graphs it is written down in the store which are there."""
ABANDONED_AFTER = 3600
"""Seconds after which no push is still at work on a graph that it keeps aside."""
_DIGEST = NamedNode("https://schema.org/sha256")


class Action(StrEnum):
    """What a push does with a graph."""

    unchanged = "unchanged"
    added = "added"
    replaced = "replaced"
    removed = "removed"
    kept = "kept"


@dataclass(frozen=True)
class PushedGraph:
    """A graph, and what was done with it.

    Attributes:
        graph: Its IRI.
        triples: How many it has in the build; none where it was removed, or kept though the build lacks it.
        action: What was done, or would be.
        found: How many it has in the store afterwards; None where nothing was to be done.
    """

    graph: str
    triples: int
    action: Action
    found: int | None = None

    @property
    def verified(self) -> bool | None:
        """Whether the store has as many as the build; None where it was not counted."""
        return None if self.found is None else self.found == self.triples


@dataclass(frozen=True)
class Pushed(Tabular):
    """What a push came to.

    Attributes:
        graphs: Every graph of the build, and those below the project's name that only the store had, by IRI.
        notice: What is wrong with the store for those who ask it, if anything is.
    """

    graphs: tuple[PushedGraph, ...]
    notice: str = ""

    columns = ("graph", "triples", "action", "verified")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A dictionary a graph."""
        return [{**asdict(one), "action": one.action.value, "verified": one.verified} for one in self.graphs]

    @property
    def unverified(self) -> list[PushedGraph]:
        """The graphs that have not as many triples in the store as in the build."""
        return [one for one in self.graphs if one.verified is False]

    @property
    def counted(self) -> dict[str, int]:
        """The number of graphs by what was done with them."""
        return {action.value: sum(one.action == action for one in self.graphs) for action in Action}

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {"graphs": self.rows, "notice": self.notice}


@dataclass(frozen=True)
class _Content:
    triples: int
    digest: str


def push(
    build: Path,
    store: RemoteStore,
    writer: GraphWriter,
    *,
    dry_run: bool = False,
    report: Callable[[str, int, int], None] = lambda stage, done, whole: None,
) -> Pushed:
    """Makes the graphs that were pushed into a store what they are in a build; all others stay as they are.

    Args:
        build: The Oxigraph store of a release.
        store: The store that is pushed into, as it is asked.
        writer: The same, as it is written to.
        dry_run: Whether to say only what would be done.
        report: Called with a stage, how many graphs it is through with, and how many there are.

    Raises:
        DamagedRelease: The build cannot be read.
        Failure: The store cannot be asked or written to; what it has by then is right, and a further push goes on.
    """
    source = _opened(build)
    here = _contents(source, report)
    there, known = _counts(store), _recorded(store)
    plan = {graph: _action(graph, here, there, known) for graph in sorted({*here, *there} - {PUSHED_GRAPH.value})}
    if not dry_run:
        _carry_out(plan, source, writer, here, known, report)
        there = _counts(store)
    graphs = tuple(
        PushedGraph(
            graph,
            here[graph].triples if graph in here else 0,
            action,
            None if dry_run or action == Action.kept else there.get(graph, 0),
        )
        for graph, action in plan.items()
    )
    hidden = not dry_run and store.hides_claims()
    return Pushed(graphs, f"{store.url} {HIDDEN}" if hidden else "")


def _opened(build: Path) -> Store:
    try:
        return Store.read_only(str(build))
    except (OSError, RuntimeError) as error:
        raise DamagedRelease(f"the graph in {build} cannot be opened ({error}): run kg build") from error


def _contents(source: Store, report: Callable[[str, int, int], None]) -> dict[str, _Content]:
    """Size and digest of each graph of a build."""
    found = {}
    graphs = [graph for graph in source.named_graphs() if isinstance(graph, NamedNode)]
    for done, graph in enumerate(graphs, 1):
        triples = _triples(source, graph.value)
        lines = sorted((serialize(triples, format=RdfFormat.N_TRIPLES) or b"").splitlines())
        found[graph.value] = _Content(len(triples), hashlib.sha256(b"\n".join(lines)).hexdigest())
        report("read", done, len(graphs))
    return found


def _triples(source: Store, graph: str) -> list[Triple]:
    """The triples of a graph, whose blank nodes have the names that follow from what is said of them."""
    quads = source.quads_for_pattern(None, None, None, NamedNode(graph))
    found = Dataset(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in quads)
    found.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return [quad.triple for quad in found]


def _counts(store: RemoteStore) -> dict[str, int]:
    """How many triples each graph of ours has in a store."""
    return {graph: int(number or 0) for graph, number in _pairs(store, "push/counts", ["graph", "triples"])}


def _recorded(store: RemoteStore) -> dict[str, str]:
    """The digests that a store says its graphs were pushed with."""
    return {graph: str(digest) for graph, digest in _pairs(store, "push/pushed", ["graph", "digest"])}


def _pairs(store: RemoteStore, name: str, columns: list[str]) -> list[tuple[str, Any]]:
    names, rows = store.select(query.read(name))
    if names != columns:
        raise Failure(f"{store.url} answers beside the question: is it a SPARQL endpoint?")
    return [(str(plain(row[columns[0]])), plain(row[columns[1]])) for row in rows]


def _action(graph: str, here: Mapping[str, _Content], there: Mapping[str, int], known: Mapping[str, str]) -> Action:
    if graph not in here:
        return Action.removed if graph in known or _is_abandoned(graph) else Action.kept
    if graph not in there:
        return Action.added
    same = (known.get(graph), there[graph]) == (here[graph].digest, here[graph].triples)
    return Action.unchanged if same else Action.replaced


def _is_abandoned(graph: str) -> bool:
    """Whether a push that is over left a graph on its way; another may be at work at this moment."""
    since = staged_since(graph)
    return since is not None and time.time() - since > ABANDONED_AFTER


def _carry_out(
    plan: Mapping[str, Action],
    source: Store,
    writer: GraphWriter,
    here: Mapping[str, _Content],
    known: Mapping[str, str],
    report: Callable[[str, int, int], None],
) -> None:
    """Does what is planned, and keeps the record in the store of what is there."""
    record = {
        graph: here[graph].digest if action == Action.unchanged else ""
        for graph, action in plan.items()
        if action != Action.kept and (graph in here or graph in known)
    }
    if record != known:
        _write(record, writer)
    changes = [(graph, action) for graph, action in plan.items() if action not in (Action.unchanged, Action.kept)]
    saved = dict(record)
    try:
        for done, (graph, action) in enumerate(changes, 1):
            if action == Action.removed:
                writer.remove(NamedNode(graph))
                record.pop(graph, None)
            else:
                writer.replace(NamedNode(graph), _triples(source, graph))
                record[graph] = here[graph].digest
            if done % SAVED_EVERY == 0:
                _write(record, writer)
                saved = dict(record)
            report("push", done, len(changes))
    except Failure as error:
        with suppress(KgError):
            _write(record, writer)
        raise Failure(f"{error}; {done - 1} of {len(changes)} graphs were done: push again to go on") from error
    if record != saved:
        _write(record, writer)


def _write(record: Mapping[str, str], writer: GraphWriter) -> None:
    """Writes down in the store which graphs are there, and with which digest."""
    if not record:
        writer.remove(PUSHED_GRAPH)
        return
    writer.replace(
        PUSHED_GRAPH, [Triple(NamedNode(graph), _DIGEST, Literal(digest)) for graph, digest in record.items()]
    )
