"""The command that builds the graph."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kg import render
from kg.cli.output import progress


def build(
    evidence: Annotated[
        Path | None, typer.Argument(metavar="[EVIDENCE]", help="An evidence folder or file. Default: the shipped one.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="DIR",
            help="Build folder. Default: build/ where you are; of an installed package's own evidence, your cache.",
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--findings", help="List the warnings, not only how many there are.")] = False,
) -> None:
    """Build the graph: evidence → graph → reason → validate → synthesis.

    Only what changed is redone; the graph before stands until the new one is whole.
    """
    from kg import knowledge_graph, pipeline, resources

    place = evidence or (Path("evidence") if Path("evidence").is_dir() else resources.evidence())
    shipped = place.resolve() == resources.evidence().resolve()
    folder = output or (knowledge_graph.default_build() if shipped else Path("build"))
    with progress() as report:
        built = pipeline.build(place, folder, report)
    modules = built.release.modules.values()
    sources = sum(entry.claims > 0 for entry in modules)
    claims, configurations = (sum(getattr(entry, name) for entry in modules) for name in ("claims", "configurations"))
    if show:
        render.write_findings(built.findings, sys.stdout)
    print(f"Sources: {sources}. Claims: {claims}, of which configurations: {configurations}.")
    print(f"Modules redone: {len(built.redone)}, removed: {len(built.removed)}, in {built.seconds:.1f} s.")
    if built.findings and not show:
        print(f"{render.totals(built.findings)}: kg check lists them.")
    print(f"Graph: {folder} (release {built.release.folder.name})")
