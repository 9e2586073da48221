"""The commands that link evidence to others' data."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg import render
from kg.cli.app import FormatOption, GraphOption, OutputOption
from kg.cli.linking_concepts import concepts
from kg.cli.opening import open_graph
from kg.cli.output import chosen, show
from kg.errors import EvidenceError, UsageError
from kg.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.external.dataset import Prepared

link = typer.Typer(
    help="Link evidence to others' data: countries, indicators, organisations, vocabularies.", no_args_is_help=True
)

link.command()(concepts)

IntoOption = Annotated[Path, typer.Option("--into", metavar="DIR", help="The evidence folder. Default: evidence/.")]
EVIDENCE = Path("evidence")


@link.command()
def status(format_: FormatOption = None, output: OutputOption = None, graph: GraphOption = None) -> None:
    """Show what others' data a graph holds: whose, how old, under what licence, and what was left out."""
    show(open_graph(graph).external_data(), render.write_status, chosen(format_, output, render.Format), output)


@link.command()
def countries(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="CSV tables: codes of countries (datasets/country-codes), the World Bank's income groups by fiscal "
            "year or its classes of one year, or WHO regions. Which one a file is, its columns tell.",
        ),
    ],
    into: IntoOption = EVIDENCE,
    retrieved: Annotated[
        str,
        typer.Option(metavar="DATE", help="The day on which the files were downloaded. Default: a file's own date."),
    ] = "",
    url: Annotated[str, typer.Option(metavar="URL", help="Where they were downloaded from.")] = "",
    version: Annotated[str, typer.Option(metavar="VERSION", help="The publisher's version or date.")] = "",
    fiscal_year: Annotated[
        str, typer.Option("--fiscal-year", metavar="FY26", help="Of which year the World Bank's classes are.")
    ] = "",
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="When the WHO regions held.")] = "",
) -> None:
    """Link countries to their codes elsewhere, and to income groups and regions with the periods in which they held.

    Such as: kg link countries worldbank_income_history.csv --into evidence
    """
    from kg.external.countries import Given, read

    refuse_other_folders(into)
    prepared = []
    for file in files:
        day = retrieved or _day_of(file)
        prepared += read(file, Given(_day(day), url, version, fiscal_year, _day(as_of) if as_of else ""))
    keep(prepared, into)


def _day_of(file: Path) -> str:
    try:
        return date.fromtimestamp(file.stat().st_mtime).isoformat()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{text} is not a day: write it like 2026-11-22") from None


def refuse_other_folders(into: Path) -> None:
    """Refuses a folder that can be no evidence folder; one that is still empty may become one.

    Raises:
        UsageError: It is no folder, a part of an evidence folder, or a build.
    """
    if not into.is_dir():
        raise UsageError(f"there is no folder {into}: name your evidence folder with --into")
    if (into.absolute().parent / "sources").is_dir():
        raise UsageError(f"{into} is a part of an evidence folder: name {into.parent} with --into")
    if (into / "releases").is_dir():
        raise UsageError(f"{into} is a build: name the evidence folder that it was built from with --into")


def keep(prepared: Iterable[Prepared], into: Path) -> None:
    """Writes data sets beside an evidence folder, and says of each what was kept, left out and found in it.

    Raises:
        EvidenceError: One of them would keep the evidence out of the graph; none is written.
        UsageError: There is no such folder, or it cannot be written.
    """
    from kg import pipeline
    from kg.external import dataset

    found = [(one, pipeline.check_prepared(one, into)) for one in prepared]
    errors = [finding for _, findings in found for finding in findings if finding.severity == Severity.error]
    if errors:
        raise EvidenceError(errors)
    for one, findings in found:
        before = dataset.stands(into, one.described.name)
        folder = dataset.save(into, one.described, one.rows)
        instead = ", in place of what stood there" if before else ""
        left = ", ".join(f"{number:,} ({reason})" for reason, number in one.described.left_out.items())
        print(f"{one.described.name}: {one.read:,} rows read, {len(one.rows):,} written to {folder}{instead}.")
        print(f"  Left out: {left or 'none'}. Licence: {one.described.licence_note or one.described.licence}.")
        if findings:
            render.write_findings(findings, sys.stdout)
    print("kg build takes them into the graph; kg link status shows them there.")
