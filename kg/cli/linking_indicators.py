"""The command that links indicators of countries, from the services that publish them or from files."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg import render
from kg.cli.output import progress
from kg.errors import UsageError
from kg.external.services import Service

if TYPE_CHECKING:
    from kg.external.indicators import Linked, Taken
    from kg.external.observations import Observations


def indicators(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]…",
            help="Indicators that you have: CSV (unpacked) from the World Bank's or WHO's site, or JSON from their "
            "APIs. Without a file, --from is asked.",
        ),
    ] = None,
    from_: Annotated[Service | None, typer.Option("--from", help="Whom to ask.")] = None,
    indicator: Annotated[
        list[str] | None,
        typer.Option("--indicator", metavar="CODE", help="Which, such as SH.MED.PHYS.ZS or HWF_0001; once for each."),
    ] = None,
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="The evidence folder.")] = Path("evidence"),
    since: Annotated[int | None, typer.Option(metavar="YEAR", help="Leave out earlier years.")] = None,
    max_age: Annotated[
        int, typer.Option("--max-age", metavar="DAYS", min=0, help="How old an answer kept on disk may be.")
    ] = 30,
    offline: Annotated[
        bool, typer.Option("--offline", help="Use only answers kept on disk, however old; ask nobody.")
    ] = False,
) -> None:
    """Link indicators of countries, such as doctors: one data set each beside the evidence, as its source has it.

    Ends with 1 where a value cannot be read or contradicts another, or none is left; what can be read is saved.

    Such as: kg link indicators --from world-bank --indicator SH.MED.PHYS.ZS --into my-evidence
    """
    from kg import scheme
    from kg.external import dataset
    from kg.external import indicators as external

    codes = [external.checked(code) for code in indicator or []]
    if not into.is_dir():
        raise UsageError(f"there is no folder {into}: name your evidence folder with --into")
    if files:
        taken = _read(files, codes, from_)
    elif from_ and codes:
        taken = _fetched(from_, codes, timedelta(days=max_age), offline)
    else:
        raise UsageError(
            "say what to link: files, or whom to ask and for what, such as --from world-bank --indicator SH.MED.PHYS.ZS"
        )
    found = {}
    for whose in sorted({one.service for one in taken}):
        of_one = [one for one in taken if one.service == whose]
        values = external.observed(of_one, frozenset(scheme.load().countries), frozenset(codes), since)
        found[whose] = (values, external.data_sets(whose, of_one, values))
    linked = [one for _, sets in found.values() for one in sets]
    for one in linked:
        dataset.save(into, one.described, one.cells())
    for values, sets in found.values():
        _say(values, sets)
    without = sorted(set(codes) - {row.indicator for one in linked for row in one.rows[:1]})
    if without:
        print(f"No value is left of {', '.join(without)}.")
    if linked:
        print(f"Saved below {into / dataset.FOLDER}; kg build takes them into the graph.")
    else:
        print("Nothing was saved.")
    if without or not linked or any(values.findings for values, _ in found.values()):
        raise typer.Exit(1)


def _read(files: list[Path], codes: list[str], service: Service | None) -> list[Taken]:
    from kg.external import indicators as external

    taken = [external.read(file, codes[0] if len(codes) == 1 else "") for file in files]
    for file, one in zip(files, taken, strict=True):
        if service and one.service != service:
            raise UsageError(f"{file} is of {one.service}, not of {service}: leave --from out")
    return taken


def _fetched(service: Service, codes: list[str], max_age: timedelta, offline: bool) -> list[Taken]:
    from kg.external import indicators as external
    from kg.fetch import Fetcher

    with progress() as report:
        fetcher = Fetcher(max_age=max_age, offline=offline, report=report)
        return external.fetched(fetcher, service, codes, report=report)


def _say(found: Observations, linked: list[Linked]) -> None:
    for one in linked:
        countries = {row.iso3 for row in one.rows}
        years = {row.year for row in one.rows}
        print(
            f"{one.described.name}: {len(one.rows):,} values of {len(countries)} countries,"
            f" {min(years)} to {max(years)}; retrieved {one.described.retrieved}"
            f"{f', version {one.described.version}' if one.described.version else ''}"
        )
    totals: dict[str, int] = {}
    for (_, reason), number in found.left_out.items():
        totals[reason.value] = totals.get(reason.value, 0) + number
    kept = sum(len(one.rows) for one in linked)
    left = ", ".join(f"{number:,} {reason}" for reason, number in sorted(totals.items())) or "none"
    print(f"Of {found.taken:,} values {kept:,} are kept; left out: {left}.")
    if found.findings:
        render.write_findings(found.findings, sys.stdout)
