"""The command that links concepts to other vocabularies: what is published, and what may be meant."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg import render
from kg.cli.app import FormatOption, GraphOption, OutputOption
from kg.cli.opening import open_graph
from kg.cli.output import chosen, show
from kg.errors import EvidenceError, UsageError
from kg.render import Format

if TYPE_CHECKING:
    from kg.proposals import Proposed


def concepts(
    vocabulary: Annotated[
        str | None,
        typer.Argument(
            metavar="[VOCABULARY]",
            help="A vocabulary to look for candidates in: a file (.ttl, .nt, .rdf, .owl), or the address of a SPARQL "
            "endpoint.",
        ),
    ] = None,
    propose: Annotated[
        Path | None,
        typer.Option(
            "--propose",
            metavar="FILE",
            help="The mapping set to write candidates into (.sssom.tsv); what a person has said there stays.",
        ),
    ] = None,
    near: Annotated[
        float | None,
        typer.Option("--near", metavar="N", help="How alike labels must be, 0.5 to 1. Default: 0.9; 1 for the same."),
    ] = None,
    format_: FormatOption = None,
    output: OutputOption = None,
    graph: GraphOption = None,
) -> None:
    """List the published matches of our terms with other vocabularies; or propose candidates, for people to review.

    Nothing that is proposed is published before somebody has reviewed it.

    Such as: kg link concepts mesh.nt --propose mesh.sssom.tsv
    """
    if vocabulary is None:
        if propose is not None or near is not None:
            raise UsageError("name the vocabulary to propose from: kg link concepts FILE --propose FILE.sssom.tsv")
        from kg.alignment_listing import alignments

        found = alignments(open_graph(graph).answers)
        show(found, render.write_alignments, chosen(format_, output, Format), output)
        return
    if propose is None:
        raise UsageError("say where candidates go: kg link concepts VOCABULARY --propose FILE.sssom.tsv")
    asked_for = graph is not None and graph != os.environ.get("KG_GRAPH")
    if format_ is not None or output is not None or asked_for:
        raise UsageError("--format, --output and --graph are for the published matches: leave the vocabulary out")
    try:
        proposed = _propose(vocabulary, propose, near)
    except EvidenceError as error:
        render.write_findings(error.findings, sys.stdout)
        print(f"{propose} was left as it is.")
        raise typer.Exit(1) from None
    print(_told(proposed))


def _propose(vocabulary: str, file: Path, near: float | None) -> Proposed:
    from kg import foreign, proposals
    from kg.remote import RemoteStore, address

    name = address.shown(vocabulary)
    if vocabulary.startswith(("http://", "https://")):
        # KG_ENDPOINT_USER and its password are for the user's own store, and not for any vocabulary
        endpoint = RemoteStore(address.named_in(vocabulary), ours=False)
        terms, source = foreign.read_endpoint(endpoint, endpoint.url), endpoint.url
    else:
        terms, source = foreign.read_file(Path(vocabulary)), Path(vocabulary).name
    if not terms:
        raise UsageError(f"{name} gives no term an English label (skos:prefLabel, skos:altLabel or rdfs:label)")
    return proposals.propose(terms, source, file, proposals.NEAR if near is None else near)


def _told(proposed: Proposed) -> str:
    count = proposed.same + proposed.near
    if not count and not proposed.kept:
        return f"None of {proposed.terms:,} terms is called like a concept: {proposed.file} was not written."
    kept = f", and {proposed.kept} of which somebody has said something" if proposed.kept else ""
    return (
        f"{proposed.file}: {count} candidate{'' if count == 1 else 's'} among {proposed.terms:,} terms, "
        f"{proposed.same} with the same label and {proposed.near} with one near it{kept}. None is published: compare "
        "definitions, then fill in reviewer_label, and reviewer_agreement with 1 or -1."
    )
