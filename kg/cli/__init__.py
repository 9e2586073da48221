"""The command line: each command parses, calls one function, and renders what it gives."""

from __future__ import annotations

import io
import sys

from kg import render
from kg.cli import (
    asking,
    building,
    checking,
    exchanging,
    linking,
    linking_indicators,
    linking_organisations,
    plotting,
    pushing,
)
from kg.cli.app import app
from kg.errors import EvidenceError, KgError

__all__ = ["app", "main"]

for command in (
    building.build,
    asking.trace,
    asking.paths,
    asking.tensions,
    asking.patterns,
    asking.ask,
    asking.agreement,
    asking.query,
    checking.check,
    asking.diff,
    exchanging.template,
    exchanging.export,
    plotting.report,
    pushing.push,
):
    app.command()(command)
app.command("import")(exchanging.import_)
app.add_typer(plotting.plot, name="plot")
linking.link.command()(linking_indicators.indicators)
linking.link.command()(linking_organisations.organisations)
app.add_typer(linking.link, name="link")


def main() -> None:
    """Runs the command line; every error is one plain line, and the exit code says of which kind it was."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows a question mark
    try:
        app()
    except EvidenceError as error:
        render.write_findings(error.findings, sys.stderr)
        print(f"kg: {error}; what was built before still stands.", file=sys.stderr)
        sys.exit(error.exit_code)
    except KgError as error:
        print(f"kg: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == 130:
            print("kg: stopped; what was built before still stands.", file=sys.stderr)
        raise
    except OSError as error:
        print(f"kg: {error.strerror or error}", file=sys.stderr)
        sys.exit(3)
