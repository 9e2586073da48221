"""The command that links indicators of countries, from the services that publish them or from files."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg import render
from kg.cli.linking import EVIDENCE, IntoOption, keep, refuse_other_folders
from kg.cli.output import progress
from kg.errors import UsageError
from kg.external.observations import LeftOut
from kg.external.services import Service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.external.dataset import Prepared
    from kg.external.indicators import Taken
    from kg.external.observations import Observations

DOUBTFUL = (LeftOut.unreadable, LeftOut.contradictory)
"""Why a value is left out where the file may be at fault."""


def indicators(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Indicators that you have: CSV (unpacked) from the World Bank's or WHO's site, or JSON from their "
            "APIs. Which one a file is, its contents tell. Without a file, --from is asked.",
        ),
    ] = None,
    from_: Annotated[Service | None, typer.Option("--from", help="Whom to ask.")] = None,
    indicator: Annotated[
        list[str] | None,
        typer.Option("--indicator", metavar="CODE", help="Which, such as SH.MED.PHYS.ZS or HWF_0001; once for each."),
    ] = None,
    into: IntoOption = EVIDENCE,
    since: Annotated[int | None, typer.Option(metavar="YEAR", help="Leave out earlier years.")] = None,
    max_age: Annotated[
        int, typer.Option("--max-age", metavar="DAYS", min=0, max=36_500, help="How old an answer on disk may be.")
    ] = 30,
    offline: Annotated[
        bool, typer.Option("--offline", help="Use only answers that are on disk, however old; ask nobody.")
    ] = False,
) -> None:
    """Link indicators of countries, such as doctors: one data set for each, with the values that its source has.

    Ends with 1 where a value cannot be read or contradicts another, or none is left. What can be read is saved, but
    not in place of a data set that stands there already.

    Such as: kg link indicators --from world-bank --indicator SH.MED.PHYS.ZS --into evidence
    """
    from kg import scheme
    from kg.evidence import EXTERNAL
    from kg.external import indicators as external

    codes = [external.checked(code) for code in indicator or []]
    refuse_other_folders(into)
    if files:
        taken = _read(files, codes, from_)
    elif from_ and codes:
        taken = _fetched(from_, codes, timedelta(days=max_age), offline)
    else:
        raise UsageError(
            "say what to link: files, or whom to ask and for what, such as --from world-bank --indicator SH.MED.PHYS.ZS"
        )
    looked_at, prepared = [], []
    for service in sorted({one.service for one in taken}):
        of_one = [one for one in taken if one.service == service]
        found = external.observed(of_one, frozenset(scheme.load().countries), frozenset(codes), since)
        looked_at.append(found)
        prepared += external.data_sets(service, of_one, found)
    kept, standing = _apart(prepared, into)
    _findings(looked_at)
    if kept:
        keep(kept, into)
    for one in standing:
        left = sum(one.described.left_out.get(reason, 0) for reason in DOUBTFUL)
        print(
            f"{one.described.name}: {left:,} of {one.read:,} values cannot be read or contradict others, so what "
            f"stands in {into / EXTERNAL / one.described.name} stays. Mend the file; or remove that folder first."
        )
    without = sorted(set(codes) - {one.rows[0]["indicator"] for one in prepared})
    _say(looked_at, without)
    if without or not prepared or any(found.findings for found in looked_at):
        raise typer.Exit(1)


def _read(files: Sequence[Path], codes: Sequence[str], service: Service | None) -> list[Taken]:
    from kg.external import indicators as external

    taken = [external.read(file, codes[0] if len(codes) == 1 else "") for file in files]
    for file, one in zip(files, taken, strict=True):
        if service and one.service != service:
            raise UsageError(f"{file} is of {one.service}, not of {service}: leave --from out")
    return taken


def _fetched(service: Service, codes: Sequence[str], max_age: timedelta, offline: bool) -> list[Taken]:
    from kg.external import indicators as external
    from kg.fetch import Fetcher

    with progress() as report:
        fetcher = Fetcher(max_age=max_age, offline=offline, report=report)
        return external.fetched(fetcher, service, codes, report=report)


def _apart(prepared: Sequence[Prepared], into: Path) -> tuple[list[Prepared], list[Prepared]]:
    """Data sets to keep; and those with faults, of which others stand there, that they must not take the place of."""
    from kg.external import dataset

    kept: list[Prepared] = []
    standing: list[Prepared] = []
    for one in prepared:
        faulty = any(one.described.left_out.get(reason) for reason in DOUBTFUL)
        (standing if faulty and dataset.stands(into, one.described.name) else kept).append(one)
    return kept, standing


def _findings(looked_at: Sequence[Observations]) -> None:
    findings = [finding for found in looked_at for finding in found.findings]
    if findings:
        render.write_findings(findings, sys.stdout)


def _say(looked_at: Sequence[Observations], without: Sequence[str]) -> None:
    """All that came in, so that nothing goes missing between the data sets."""
    taken = sum(found.taken for found in looked_at)
    left = Counter[str]()
    for found in looked_at:
        for (_, reason), number in found.left_out.items():
            left[reason.value] += number
    told = ", ".join(f"{number:,} ({reason})" for reason, number in sorted(left.items())) or "none"
    print(f"Of {taken:,} values {taken - left.total():,} are kept. Left out: {told}.")
    if not taken:
        print("There are headings and no values: is it the whole file?")
    if without:
        print(f"No value is left of {', '.join(without)}.")
