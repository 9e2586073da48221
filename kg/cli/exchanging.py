"""The commands by which evidence comes in from other tools and goes out to them."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kg import render
from kg.cli import selecting
from kg.cli.app import GraphOption
from kg.cli.opening import open_graph
from kg.cli.output import progress
from kg.errors import EvidenceError, UsageError
from kg.intake.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kg.findings import Finding


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A workbook (.xlsx, or a folder of its CSV twins), a table of contexts, mechanisms and outcomes "
            "(.csv, .xlsx, .md), a REFI-QDA project or codebook (.qdpx, .qdc), Taguette's highlights (.csv), or "
            "references (.ris, .bib, .nbib, CSL-JSON).",
        ),
    ],
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="The evidence folder.")],
    map_: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE",
            help="Which concept each code or wording means, and what each column holds: proposed where there is no "
            "such file yet, followed where there is. Default: the file's own in queue/ of the evidence folder.",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="What holds of every row of a table, or of highlights, such as coder=ada.",
        ),
    ] = None,
    as_: Annotated[
        Kind | None, typer.Option("--as", help="What to read it as. Default: as its ending and columns say.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of a text file that is neither UTF-8 nor says so itself, such as latin-1.")
    ] = None,
    annotate: Annotated[
        Path | None,
        typer.Option("--annotate", metavar="FILE", help="Write a copy of the workbook with its faulty cells marked."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
) -> None:
    """Import from another tool: all of a file or nothing, and every record kept or named.

    Ends with 1 where anything of the file did not come in.

    Such as: kg import extraction.xlsx --into my-evidence
    """
    from kg import importing

    if annotate is not None and file.suffix.lower() != ".xlsx":
        raise UsageError("--annotate marks the cells of a workbook (.xlsx)")
    try:
        found = importing.bring_in(file, into, map_, _settings(set_ or []), as_, encoding, dry_run)
    except EvidenceError as error:
        if annotate is not None:
            _annotate(file, error.findings, annotate)
        render.write_findings(error.findings, sys.stdout)
        print("Nothing was imported.")
        raise typer.Exit(1) from None
    if annotate is not None:
        _annotate(file, found.joined.findings, annotate)
    render.write_import(found, file, into, dry_run, sys.stdout)
    if found.joined.refused or any(tally.reported for tally in found.joined.arrival.tallies):
        raise typer.Exit(1)


def _annotate(file: Path, findings: Sequence[Finding], copy: Path) -> None:
    from kg.export import workbook

    workbook.annotate(file, findings, copy)
    print(f"Faulty cells are marked in {copy}.", file=sys.stderr)


def _settings(words: Sequence[str]) -> dict[str, str]:
    said = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not value.strip():
            raise UsageError(f"“{word}” sets nothing: write --set NAME=VALUE, such as --set coder=ada")
        said[name.strip()] = value.strip()
    return said


def template(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="The workbook to write.")],
) -> None:
    """Write an empty workbook to code in, with drop-downs, instructions and examples; kg import reads it."""
    from kg.export import workbook

    if file.suffix.lower() != ".xlsx":
        raise UsageError(f"{file}: a workbook ends in .xlsx")
    if file.exists():
        raise UsageError(f"{file} is there already, and may be filled: name another file")
    workbook.template(file)
    print(f"{file}: fill it, then run kg import {file} --into my-evidence")


def export(
    workbook: Annotated[
        Path | None, typer.Option("--workbook", metavar="FILE", help="A workbook as kg template makes it (.xlsx).")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="DIR", help="The same as CSV files, with a datapackage.json.")
    ] = None,
    project: Annotated[
        Path | None, typer.Option("--project", metavar="FILE", help="A REFI-QDA project (.qdpx).")
    ] = None,
    bibliography: Annotated[
        Path | None, typer.Option("--bibliography", metavar="FILE", help="References: CSL-JSON (.json) or RIS (.ris).")
    ] = None,
    codebook: Annotated[
        Path | None,
        typer.Option(
            "--codebook", metavar="FILE", help="The concept scheme as a codebook for NVivo and others (.qdc)."
        ),
    ] = None,
    cmo_table: Annotated[
        Path | None,
        typer.Option(
            "--cmo-table",
            metavar="FILE",
            help="The CMO table, evidence trail and theory log of a selection (.docx, .xlsx, .md or .tex).",
        ),
    ] = None,
    from_: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="The evidence folder. Default: evidence/, or the shipped."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a file, or an earlier export in a folder, that is there already.")
    ] = False,
    owner: Annotated[
        bool, typer.Option("--owner", help="With what may not be published (publishable: false): for its owner only.")
    ] = False,
    factor: selecting.Factor = None,
    outcome: selecting.Outcome = None,
    kind: selecting.Kind = None,
    role: selecting.Role = "mechanism",
    status: selecting.Status = None,
    evidence: selecting.Evidence = "all",
    layer: selecting.Layer = None,
    design: selecting.Design = None,
    country: selecting.Country = None,
    actor: selecting.Actor = None,
    coder: selecting.Coder = None,
    roll_up: selecting.RollUp = False,
    min_studies: selecting.MinStudies = None,
    min_coders: selecting.MinCoders = 1,
    graph: GraphOption = None,
) -> None:
    """Export for other tools and for papers: everything, or what kg trace selects with the same options.

    Such as: kg export --cmo-table trust.docx --factor trust
    """
    from kg import exporting, resources

    said = locals()
    products = exporting.Product
    asked = {product: place for product in products if (place := said[product.replace("-", "_")]) is not None}
    if len(asked) != 1:
        names = ", ".join(f"--{product}" for product in products)
        raise UsageError(f"say one thing to export, such as --workbook all.xlsx (one of {names})")
    ((product, place),) = asked.items()
    selection = selecting.selection(said)
    narrowed = selection != selecting.EVERYTHING
    if narrowed and product == products.codebook:
        raise UsageError("a codebook is of the whole concept scheme: leave the selection out")
    source = from_ or (Path("evidence") if Path("evidence").is_dir() else resources.evidence())
    with _graph_of(from_, graph) as opened:
        done = exporting.export(product, place, source, opened, selection if narrowed else None, owner, replace)
    render.write_export(done, sys.stdout)


@contextmanager
def _graph_of(evidence: Path | None, graph: str | None) -> Iterator[Callable[[], Any]]:
    """What opens the graph of a selection: the one that is named, or else that of the evidence folder that is named."""
    if evidence is None or graph is not None:
        yield lambda: open_graph(graph)
        return
    with TemporaryDirectory(prefix="kg-export-") as folder:

        def build() -> Any:
            from kg import knowledge_graph, pipeline

            print(f"Building a graph of {evidence} to select from; --graph names one that is built.", file=sys.stderr)
            with progress() as report:
                pipeline.build(evidence, Path(folder), report)
            return knowledge_graph.open_graph(folder)

        yield build
