"""The command that checks evidence, and says what is filled."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kg import findings_report, render
from kg.cli.app import OutputOption
from kg.cli.output import chosen, progress, show, writing
from kg.errors import UsageError
from kg.findings_report import FindingsFormat
from kg.render import Format


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Evidence files or folders, files that kg import reads, or mapping sets (.sssom.tsv), each by itself. "
            "Default: the shipped.",
        ),
    ] = None,
    tier: Annotated[
        str | None,
        typer.Option(help="What a record must reach: noted, structured or appraised. Default: structured."),
    ] = None,
    coherence: Annotated[
        bool,
        typer.Option(
            "--coherence", help="Also ask a reasoner whether each file can be true as a whole, as kg build does."
        ),
    ] = False,
    coverage: Annotated[bool, typer.Option("--coverage", help="Say instead which optional slots are filled.")] = False,
    by: Annotated[
        str | None, typer.Option(help="With --coverage, count apart by source, design, layer or coder.")
    ] = None,
    format_: Annotated[
        FindingsFormat | None,
        typer.Option(
            "--format",
            help="How to show it; sarif is for code review, html a page of its own. Default: as the ending of "
            "--output says, else as a table.",
        ),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Check evidence files: what is wrong or weak, where, and how to mend it; or, with --coverage, what is filled."""
    from kg import resources

    places = paths or [Path("evidence") if Path("evidence").is_dir() else resources.evidence()]
    if coverage:
        if coherence or tier is not None:
            raise UsageError("--coverage says what is filled and finds nothing: leave --coherence and --tier out")
        _show_coverage(places, by, format_, output)
        return
    if by is not None:
        raise UsageError("--by goes with --coverage: kg check --coverage --by coder")
    from kg import evidence, importing, mapping_checks, mapping_sets, pipeline

    mapped = [place for place in places if place.is_file() and place.name.endswith(mapping_sets.ENDING)]
    foreign = [place for place in places if place.is_file() and place.suffix.lower() not in evidence.SUFFIXES]
    foreign = [place for place in foreign if place not in mapped]
    own = [place for place in places if place not in (*foreign, *mapped)]
    with progress() as report:
        checked = [pipeline.look_over(place, report, tier or "structured", coherence) for place in own]
    found = [finding for one in checked for finding in one.findings]
    found += [finding for place in foreign for finding in importing.look_over(place)]
    found += [finding for place in mapped for finding in mapping_checks.check(mapping_sets.read(place))]
    findings = sorted(dict.fromkeys(found), key=lambda finding: finding.sort_key)
    format_ = chosen(format_, output, FindingsFormat)
    with writing(output) as out:
        findings_report.write(findings, places, format_, out, pipeline.how_coded(checked))
    if output is not None:
        print(
            f"{f'{render.totals(findings)}: {output} lists them' if findings else f'Nothing found: {output} says so'}.",
            file=sys.stderr,
        )
    if findings:
        raise typer.Exit(1)


def _show_coverage(places: list[Path], by: str | None, asked: FindingsFormat | None, output: Path | None) -> None:
    from kg.coverage import coverage

    if asked in (FindingsFormat.sarif, FindingsFormat.html):
        raise UsageError(f"--coverage is shown as a table, csv or json, not as {asked}")
    found = coverage(places, by)
    show(found, render.write_coverage, chosen(Format(asked) if asked else None, output, Format), output)
    if found.unread:
        files = ", ".join(found.unread)
        print(f"kg: not counted, since something in it is wrong: {files}; kg check says what.", file=sys.stderr)
        raise typer.Exit(1)
