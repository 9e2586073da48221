"""The command that looks for the partners of cases in the Research Organization Registry."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg import render
from kg.cli.app import FormatOption, OutputOption
from kg.cli.output import chosen, progress, show
from kg.errors import EvidenceError, UsageError
from kg.render import Format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.external.organisations import Items, Source
    from kg.external.ror import Registry
    from kg.http_get import Report


class Origin(StrEnum):
    """Where organisations come from, if not from a file."""

    ror_api = "ror-api"


def organisations(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[ROR-FILE]",
            help="A dump of ROR (.json or .zip, version 2), or a table of organisations (.csv). Without a file and "
            "without --from, decisions are taken up and nothing is looked for.",
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="The evidence folder. Default: evidence/.")
    ] = None,
    from_: Annotated[
        Origin | None,
        typer.Option(
            "--from", help="Ask ROR's API for each name; KG_ROR_CLIENT_ID holds a client id, if you have one."
        ),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="The score from which a candidate is put to review. Default: 0.6.")
    ] = None,
    wikidata: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Ask this SPARQL endpoint for Wikidata items that ROR does not name, such as "
            "https://query.wikidata.org/sparql.",
        ),
    ] = None,
    api: Annotated[str | None, typer.Option(metavar="URL", help="With --from, ask ROR's API at this address.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="With --from, use kept answers only.")] = False,
    format_: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Reconcile the partners of cases with ROR: candidates with scores and reasons, for you to accept or reject.

    Candidates stand in external/organisations/review.csv of the evidence folder. Write accept or reject and your name
    there, and run the command again: only what was accepted is said of a case.

    Such as: kg link organisations v2.0-ror-data.zip --into my-evidence
    """
    from kg.external import organisations as linking
    from kg.external import review
    from kg.external.reconciliation import THRESHOLD

    format_ = chosen(format_, output, among=Format)
    evidence = into or Path("evidence")
    if not evidence.is_dir():
        raise UsageError(f"there is no folder {evidence}: name your evidence folder with --into")
    if file is not None and from_ is not None:
        raise UsageError("name a file or --from ror-api, not both")
    if from_ is None and (api is not None or offline):
        raise UsageError("--api and --offline go with --from ror-api")
    if threshold is not None and not 0 < threshold <= 1:
        raise UsageError(f"--threshold {threshold:g} is no score: write a number above 0, and up to 1")
    try:
        if file is None and from_ is None:
            if threshold is not None or wikidata is not None:
                raise UsageError(
                    "nothing is looked for without a registry: name a file of ROR's, or add --from ror-api"
                )
            found = linking.take_up(evidence)
        else:
            with progress() as report:
                review.read(evidence / review.FILE)  # what is wrong in it is said before anybody is asked
                registry, source = _registry(evidence, file, api, offline, report)
                items = _items(wikidata, report) if wikidata is not None else None
                found = linking.link(evidence, registry, source, threshold or THRESHOLD, items)
    except EvidenceError as error:
        import sys

        render.write_findings(error.findings, sys.stdout)
        print("Nothing was changed.")
        raise typer.Exit(1) from None
    show(found, render.write_organisations, format_, output)


def _registry(
    evidence: Path, file: Path | None, api: str | None, offline: bool, report: Report
) -> tuple[Registry, Source]:
    """The registry, and where it was taken from."""
    import hashlib
    from datetime import UTC, datetime

    from kg.external import organisations as linking
    from kg.external import ror, ror_api
    from kg.external.mentions import mentions
    from kg.fetch import Fetcher

    codes = _codes(evidence)
    if file is not None:
        registry = ror.read(file, codes)
        with file.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
        today = datetime.now(UTC).date().isoformat()
        return registry, linking.Source(linking.SITE, file.name, today, (f"{digest} {file.name}",))
    base = (api or ror_api.BASE).rstrip("/")
    names = [mention.name for mention in mentions(evidence)]
    found = ror_api.look_up(names, codes, Fetcher(offline=offline, report=report), base)
    retrieved = found.retrieved or datetime.now(UTC).date().isoformat()
    return found.registry, linking.Source(base, "API version 2", retrieved, found.digests)


def _codes(evidence: Path) -> Mapping[str, str]:
    """Alpha-3 codes of countries by alpha-2 code, from the countries linked to this evidence or to the shipped."""
    from kg import resources
    from kg.external import country_codes

    for folder in (evidence, resources.evidence()):
        if codes := country_codes.iso3_by_iso2(folder):
            return codes
    raise UsageError(
        "ROR names countries by two letters, and no table says which these are: run kg link countries first"
    )


def _items(endpoint: str, report: Report) -> Items:
    """Whom to ask for Wikidata items of candidates for which ROR itself names none."""
    from kg.external import organisations as linking
    from kg.external import wikidata

    return linking.Items(endpoint, lambda lacking: wikidata.items(lacking, endpoint, report))
