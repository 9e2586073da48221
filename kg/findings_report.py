"""Findings of a check in every format that it has: for terminals, spreadsheets, programs, code review and browsers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from kg import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.findings import Finding

COLUMNS = ("file", "line", "severity", "tier", "rule", "subject", "what", "remedy", "repair", "related", "spot")


class FindingsFormat(StrEnum):
    """How findings are shown."""

    table = "table"
    csv = "csv"
    json = "json"
    sarif = "sarif"
    html = "html"


def write(
    findings: Sequence[Finding],
    places: Sequence[Path],
    format_: FindingsFormat,
    out: TextIO,
    coded: str,
) -> None:
    """Writes findings, worst first.

    Args:
        findings: In that order.
        places: The files and folders that were checked.
        format_: As what.
        out: Where to.
        coded: How the evidence was coded, as `pipeline.how_coded` says it of what was checked.
    """
    if format_ == FindingsFormat.table:
        render.write_findings(findings, out)
    elif format_ == FindingsFormat.csv:
        rows = [{**finding.to_json(), "related": [str(place) for place in finding.related]} for finding in findings]
        render.write_csv(COLUMNS, rows, out)
    elif format_ == FindingsFormat.json:
        render.write_json([finding.to_json() for finding in findings], out)
    elif format_ == FindingsFormat.sarif:
        from kg import sarif

        render.write_json(sarif.log(findings, repository(Path.cwd()), _version()), out)
    else:
        from kg import findings_page

        out.write(findings_page.page(findings, list(map(str, places)), coded, _version()))


def repository(here: Path) -> Path:
    """The top of the repository that a folder lies in, or the folder where it lies in none."""
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def _version() -> str:
    from importlib.metadata import version

    return version("partnership-mechanisms-kg")
