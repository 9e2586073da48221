"""The commands that draw pictures, and the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kg.cli import selecting
from kg.cli.app import GraphOption
from kg.cli.opening import open_graph
from kg.errors import UsageError

if TYPE_CHECKING:
    from kg.plot.picture import Picture

plot = typer.Typer(
    no_args_is_help=True,
    help="Draw a picture as .svg, .png (300 dots an inch) or .html (which leads to the claims), or its rows as .csv.",
)
Drawing = Annotated[
    Path,
    typer.Option("--output", metavar="FILE", help="The file: .svg, .png, .html or .csv.", show_default=False),
]


def _drawn(picture: str, output: Path, graph: str | None, said: dict[str, Any]) -> None:
    from kg import plotting

    plotting.refuse_ending(output)
    _save(open_graph(graph).plot(picture, claims=_page(output), **selecting.selection(said)), output)


def _page(output: Path) -> bool:
    return output.suffix.lower() == ".html"


def _save(picture: Picture, output: Path) -> None:
    picture.save(output)
    typer.echo(f"{output}: {picture.title}.")


@plot.command()
def matrix(
    output: Drawing,
    factor: selecting.Factor = None,
    outcome: selecting.Outcome = None,
    kind: selecting.Kind = None,
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
    """Factors by outcomes: each sign as large as the studies are many, tensions outlined.

    Such as: kg plot matrix --factor trust --output trust.html
    """
    _drawn("matrix", output, graph, locals())


@plot.command()
def funnel(
    output: Drawing,
    factor: selecting.Factor = None,
    outcome: selecting.Outcome = None,
    kind: selecting.Kind = None,
    layer: selecting.Layer = None,
    design: selecting.Design = None,
    country: selecting.Country = None,
    actor: selecting.Actor = None,
    coder: selecting.Coder = None,
    roll_up: selecting.RollUp = False,
    graph: GraphOption = None,
) -> None:
    """What remains of the reported support as weaker evidence is left out, step by step."""
    _drawn("funnel", output, graph, locals())


@plot.command()
def timeline(
    output: Drawing,
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
    graph: GraphOption = None,
) -> None:
    """When the studies were published, a dot for each."""
    _drawn("timeline", output, graph, locals())


@plot.command()
def countries(
    output: Drawing,
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
    graph: GraphOption = None,
) -> None:
    """Where the cases are of the studies, on an outline of the world, with what names no country counted."""
    _drawn("countries", output, graph, locals())


@plot.command()
def configuration(
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="source/coder/id, as kg trace shows it.")],
    output: Drawing,
    graph: GraphOption = None,
) -> None:
    """One claim: context, mechanism with resource and reasoning, outcome, and where the source says so."""
    from kg import plotting

    plotting.refuse_ending(output)
    _save(open_graph(graph).plot("configuration", claim=claim), output)


@plot.command()
def paths(
    from_: Annotated[str, typer.Argument(metavar="FROM", help="The factor where they begin, or any.")],
    to: Annotated[str, typer.Argument(metavar="TO", help="The outcome where they end, or any.")],
    output: Drawing,
    max_length: Annotated[int, typer.Option("--max-length", min=1, max=6, help="The most claims in a row.")] = 3,
    least: Annotated[int, typer.Option("--least", min=1, help="The fewest studies at each step.")] = 1,
    status: Annotated[str, typer.Option(help="tested, proposed or all.")] = "tested",
    graph: GraphOption = None,
) -> None:
    """The map of linked claims around a factor or an outcome: each line a step that studies report.

    Such as: kg plot paths trust any --output trust.svg
    """
    from kg import plotting

    plotting.refuse_ending(output)
    found = open_graph(graph)
    asked = {"from_": from_, "to": to, "max_length": max_length, "least": least, "status": status}
    _save(found.plot("paths", claims=_page(output), **asked), output)


def report(
    output: Annotated[Path, typer.Option("--output", metavar="FILE.html", help="The page to write.")],
    factor: selecting.Factor = None,
    outcome: selecting.Outcome = None,
    kind: selecting.Kind = None,
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
    """Write a page to hand to a co-author: the answer in words and pictures, and every claim behind every number.

    Such as: kg report --factor trust --output trust.html
    """
    selected = selecting.selection(locals())
    from kg import plotting

    if output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{output}: a report is a page; end its name in .html")
    plotting.refuse_folder(output)
    found = open_graph(graph).report(**selected)
    found.save(output)
    typer.echo(f"{output}: {found.title}.")
