"""The command that brings a build into a store."""

from __future__ import annotations

from typing import Annotated

import typer

from kg import render
from kg.cli.app import FormatOption, OutputOption
from kg.cli.opening import open_graph
from kg.cli.output import chosen, progress, show
from kg.errors import Failure, UsageError
from kg.protocols import Via
from kg.render import Format


def push(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the store is asked, such as http://…/query.")],
    graph: Annotated[
        str | None, typer.Option("--graph", metavar="DIR", envvar="KG_GRAPH", help="The build. Default: build/.")
    ] = None,
    via: Annotated[
        Via | None,
        typer.Option(
            "--via",
            help="How to write: the Graph Store Protocol, one request a graph, or SPARQL Update in batches. Default: "
            "graph-store where URL ends in /query or --graph-store is named, else update.",
        ),
    ] = None,
    update: Annotated[
        str | None,
        typer.Option("--update", metavar="URL", help="Where updates go. Default: beside /query in /update, else URL."),
    ] = None,
    graph_store: Annotated[
        str | None,
        typer.Option(
            "--graph-store",
            metavar="URL",
            help="Where graphs are put. Default: beside /query in /store, beside /sparql in /sparql-graph-crud.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done; send nothing.")] = False,
    format_: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Push a build into a SPARQL 1.1 store: graph by graph, only what changed, counted afterwards.

    Graphs that an earlier push brought and the build no longer has are removed; all others stay. A push that was cut
    off is finished by the next one. KG_ENDPOINT_USER and KG_ENDPOINT_PASSWORD say who writes.

    Such as: kg push http://localhost:7878/query
    """
    from kg import push as pushing
    from kg.remote import RemoteStore, services

    store = RemoteStore(url)
    writer = services.writer(store.address, via, update, graph_store)
    release = open_graph(graph).release
    if release is None:
        raise UsageError(
            f"only a build is pushed, and {graph} is none: name its folder with --graph, where KG_GRAPH names another"
        )
    with progress() as report:
        found = pushing.push(release.store, store, writer, dry_run=dry_run, report=report)
    show(found, render.write_pushed, chosen(format_, output, Format), output)
    if found.unverified:
        first = found.unverified[0]
        raise Failure(
            f"{store.url} has not what was sent in {len(found.unverified)} of {len(found.graphs)} graphs, such as "
            f"{first.graph}: {first.found} triples and not {first.triples}"
        )
