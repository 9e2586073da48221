"""Draws a picture of a graph: asks it, and hands what it answers to the one that draws."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kg.counted import Counted
from kg.errors import UsageError
from kg.funnel import remaining
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

    (found,) = read_claims(graph, [claim])
    return with_references(graph, configuration(found, notice(graph, shown=[found.study])), name)


def of_paths(graph: Answers, found: Paths, claims: bool, name: str = "") -> Picture:
    """The map of linked claims.

    Args:
        graph: The graph that the paths are of.
        found: Joined paths.
        claims: Whether to read the claims behind its steps, as a page needs them.
        name: What the graph is called.

    Raises:
        UsageError: There is no path, or there are too many to tell apart.
    """
    from kg.plot.linked_claims import drawn_of, linked_claims

    wanted = (claim for path in drawn_of(found) for claim in path.claims) if claims else ()
    return with_references(graph, linked_claims(found, read_claims(graph, wanted)), name)


def with_references(graph: Answers, picture: Picture, name: str) -> Picture:
    """A picture that knows where its claims can be read."""
    from kg.references import references

    found = references(graph, (one.source for one in picture.claims))
    return replace(picture, references=found, graph=name)


def _matrix(graph: Answers, selection: Selection, claims: bool) -> Picture:
    from kg.plot.matrix import matrix

    refuse_role(selection)
    found = trace(graph, replace(selection, min_studies=1), claims)
    least = selection.min_studies
    cells = [cell for cell in found.cells if cell.studies >= least or cell.tension]
    if not cells and found.cells:
        most = max(cell.studies for cell in found.cells)
        raise UsageError(
            f"no cell of this selection rests on {least} independent studies; the most is {most}: "
            f"say how many are enough (--min-studies {most})"
        )
    if not cells:
        raise nothing("draw")
    return matrix(found, cells, Counted(graph, found) if claims else None)


def _funnel(graph: Answers, selection: Selection, claims: bool) -> Picture:
    from kg.plot.funnel import funnel

    refuse_role(selection)
    found = trace(graph, selection, claims)
    if not any(step.cells for step in found.funnel):
        raise UsageError("no study of this selection reports support: there is no funnel to draw")
    return funnel(found, remaining(graph, selection, found.claims) if claims else ())


def refuse_role(selection: Selection) -> None:
    """Refuses directions of anything but mechanisms: a sign beside a context would read as what the context does.

    Raises:
        UsageError: The factor is to be looked for in another role.
    """
    if selection.role != "mechanism":
        raise UsageError(
            f"the directions of claims are those of their mechanisms, and not of a {selection.role}: leave the role "
            f"out, or read the claims with kg trace --role {selection.role} --claims"
        )


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
        raise nothing("draw")
    read = trace(graph, selection, claims=True).claims if claims else ()
    return found, selected(selection, found.vocabulary), read


def nothing(do: str) -> UsageError:
    """That nothing answers to a selection, so that there is nothing to `do`."""
    return UsageError(f"nothing in the evidence answers to this selection: there is nothing to {do}")


def refuse_unasked(picture: str, claim: str, selection: Mapping[str, Any]) -> None:
    """Refuses what a picture does not take, which would otherwise be passed over.

    Raises:
        UsageError: It takes something else.
    """
    if claim and picture != "configuration":
        raise UsageError(f"the picture {picture} is not of one claim: leave claim out")
    if picture == "paths":
        takes, needs = {"from_", "to", "max_length", "least", "status"}, {"from_", "to"}
    elif picture == "configuration":
        takes, needs = set(), set()
    else:
        return
    wrong, missing = sorted(set(selection) - takes), sorted(needs - set(selection))
    if wrong or missing:
        what = f"does not take {', '.join(wrong)}" if wrong else f"needs {' and '.join(missing)}"
        raise UsageError(f"the picture {picture} {what} (it takes {', '.join(sorted(takes)) or 'claim'})")


def refuse_ending(output: Path) -> None:
    """Refuses a file whose ending is none of a picture, before anything is asked.

    Raises:
        UsageError: It is none.
    """
    from kg.plot.picture import ENDINGS, WRITTEN

    if output.suffix.lower().removeprefix(".") not in ENDINGS:
        raise UsageError(f"{output}: {WRITTEN}")
    refuse_folder(output)


def refuse_folder(output: Path) -> None:
    """Refuses a file in a folder that is not there.

    Raises:
        UsageError: It is not.
    """
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {output.parent} to write {output.name} to")


def as_traced(selection: Selection) -> Selection:
    """A selection of the cells that kg trace shows where nobody says how many studies they are to rest on."""
    narrowed = selection.factor or selection.outcome
    return replace(selection, min_studies=1 if narrowed else RECURRENT)
