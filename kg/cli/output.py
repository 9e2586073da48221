"""Where commands write, in which format, and what they say on the way."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import typer

from kg import render
from kg.errors import UsageError
from kg.findings_report import FindingsFormat
from kg.render import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

AnyFormat = TypeVar("AnyFormat", Format, FindingsFormat)


@contextmanager
def writing(output: Path | None) -> Iterator[TextIO]:
    """The file that is named, or else standard output.

    Raises:
        UsageError: The file cannot be written.
    """
    if output is None:
        try:
            yield sys.stdout
            sys.stdout.flush()
        except BrokenPipeError:  # who reads has seen enough
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends
            raise typer.Exit from None
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as out:
            yield out
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror or error}") from error


def chosen(format_: AnyFormat | None, output: Path | None, among: type[AnyFormat]) -> AnyFormat:
    """The format that was asked for, or that a file's ending says: a table called .csv helps nobody.

    Raises:
        UsageError: The ending says another format than those that there are.
    """
    ending = output.suffix.lower().removeprefix(".") if output else ""
    if format_ is not None:
        return format_
    if ending in among.__members__:
        return among[ending]
    if ending in ("", "txt"):
        return among["table"]
    raise UsageError(
        f"{output}: nothing is written as .{ending}: end its name in {_either(f'.{one}' for one in among)}"
        " (or .txt), or say --format"
    )


def _either(words: Iterable[str]) -> str:
    *most, last = (word for word in words if word != ".table")
    return f"{', '.join(most)} or {last}"


def show(found: Any, as_table: Callable[[Any, TextIO], None], format_: Format, output: Path | None) -> None:
    """What was found, which has columns, rows and `to_json`, in a format that every listing has."""
    with writing(output) as out:
        if format_ == Format.table:
            as_table(found, out)
        elif format_ == Format.csv:
            render.write_csv(found.columns, found.rows, out)
        else:
            render.write_json(found.to_json(), out)
    if format_ == Format.csv:
        say(found.notice)


def say(notice: str) -> None:
    """Beside CSV, which has no place for it, what is to be said wherever evidence is shown."""
    if notice:
        print(f"kg: {notice}", file=sys.stderr)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on stderr where somebody looks at it."""
    if not sys.stderr.isatty():
        yield lambda stage, done, whole: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}
        words = {"evidence": "evidence, graph, reason, validate", "synthesis": "synthesis"}

        def report(stage: str, done: int, whole: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(words.get(stage, stage), total=whole or None)
            bar.update(tasks[stage], completed=done, total=whole or None)

        yield report
