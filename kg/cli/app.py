"""The command line itself, and the options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kg.render import Format

app = typer.Typer(
    name="kg",
    help="Which relational factors are reported to support which outcomes of health partnerships, and on whose word.",
    epilog="Exit codes: 0 fine, 1 findings in the evidence, 2 usage, 3 failure.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

GraphOption = Annotated[
    str | None,
    typer.Option(
        "--graph",
        "--endpoint",
        metavar="DIR|URL",
        envvar="KG_GRAPH",
        help="A build folder, or the address of a SPARQL endpoint. Default: build/.",
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="How to show it. Default: as the ending of --output says, else as a table."),
]
OutputOption = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write to a file instead.")]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("partnership-mechanisms-kg"))
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass
