"""Draws a picture of a graph: asks it, and hands what it answers to the one that draws."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kg.errors import UsageError
from kg.trace import RECURRENT, Selection, read_claims, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kg.paths import Paths
    from kg.plot.picture import Picture
    from kg.store import Answers

KINDS = ("matrix", "funnel", "timeline", "countries", "configuration", "paths")
"""Every picture, by the word that the command and the function have for it."""


def of_selection(graph: Answers, kind: str, selection: Selection, claims: bool, name: str = "") -> Picture:
    """A picture of what a selection gives.

    Args:
        graph: A graph that answers queries.
        kind: matrix, funnel, timeline or countries.
        selection: What to trace; for the matrix, `min_studies` says which cells to draw.
        claims: Whether to read the claims behind its marks, as a page needs them.
        name: What the graph is called.

    Raises:
        UsageError: The selection names what the graph does not know, or nothing answers to it.
    """
    drawn: Mapping[str, Callable[[Answers, Selection, bool], Picture]] = {
        "matrix": _matrix,
        "funnel": _funnel,
        "timeline": _timeline,
        "countries": _countries,
    }
    return with_references(graph, drawn[kind](graph, selection, claims), name)


def of_claim(graph: Answers, claim: str, name: str = "") -> Picture:
    """The diagram of one claim.

    Args:
        graph: A graph that answers queries.
        claim: `source/coder/id`.
        name: What the graph is called.

    Raises:
        UsageError: The graph has no such claim.
    """
    from kg.plot.configuration import configuration
    from kg.words import notice

    return with_references(graph, configuration(read_claims(graph, [claim])[0], notice(graph)), name)


def of_paths(graph: Answers, found: Paths, claims: bool, name: str = "") -> Picture:
    """The map of linked claims.

    Args:
        graph: The graph that the paths are of.
        found: Joined paths.
        claims: Whether to read the claims behind its steps, as a page needs them.
        name: What the graph is called.

    Raises:
        UsageError: There is no path.
    """
    from kg.plot.linked_claims import MOST, linked_claims

    if not found.paths:
        raise UsageError("no linked claims lead there: there is nothing to draw")
    wanted = (claim for path in found.paths[:MOST] for claim in path.claims) if claims else ()
    return with_references(graph, linked_claims(found, read_claims(graph, wanted)), name)


def with_references(graph: Answers, picture: Picture, name: str) -> Picture:
    """A picture that knows where its claims can be read."""
    from kg.references import references

    found = references(graph, (one.source for one in picture.claims))
    return replace(picture, references=found, graph=name)


def _matrix(graph: Answers, selection: Selection, claims: bool) -> Picture:
    from kg.plot.matrix import matrix

    found = trace(graph, replace(selection, min_studies=1), claims)
    least = selection.min_studies
    cells = [cell for cell in found.cells if cell.studies >= least or cell.tension]
    if not cells:
        raise nothing(f" with {least} independent studies or more" if found.cells else "")
    return matrix(found, cells)


def _funnel(graph: Answers, selection: Selection, claims: bool) -> Picture:
    from kg.plot.funnel import funnel

    found = trace(graph, selection, claims=False)
    if not any(step.cells for step in found.funnel):
        raise nothing(" that reports support")
    return funnel(found)


def _timeline(graph: Answers, selection: Selection, claims: bool) -> Picture:
    from kg.plot.timeline import timeline

    return timeline(*_origins(graph, selection, claims))


def _countries(graph: Answers, selection: Selection, claims: bool) -> Picture:
    from kg.plot.countries import countries

    return countries(*_origins(graph, selection, claims))


def _origins(graph: Answers, selection: Selection, claims: bool) -> Any:
    from kg.origins import origins
    from kg.plot.words import selected

    found = origins(graph, selection)
    if not found.origins:
        raise nothing("")
    read = trace(graph, selection, claims=True).claims if claims else ()
    return found, selected(selection, found.vocabulary), read


def nothing(what: str) -> UsageError:
    """That there is nothing to draw or to report, and of what."""
    return UsageError(f"nothing in the evidence answers to this selection{what}: there is nothing to draw")


def refuse_ending(output: Path) -> None:
    """Refuses a file whose ending is none of a picture, before anything is asked.

    Raises:
        UsageError: It is none.
    """
    from kg.plot.picture import ENDINGS

    if output.suffix.lower().removeprefix(".") not in ENDINGS:
        raise UsageError(f"{output}: a picture is written as .svg, .png or .html; end its name in one of these")


def as_traced(selection: Selection) -> Selection:
    """A selection of the cells that kg trace shows where nobody says how many studies they are to rest on."""
    narrowed = selection.factor or selection.outcome
    return replace(selection, min_studies=1 if narrowed else RECURRENT)
