"""How text and tables are laid out, whatever they show."""

from __future__ import annotations

import os
import shutil
import textwrap
from typing import Any, TextIO

PIPED_WIDTH = 150
READING_WIDTH = 100
UNFOLDED = 100_000


def console_on(out: TextIO, piped: int = PIPED_WIDTH) -> Any:
    """A console as wide as the terminal that `out` is, or as wide as is said where it is none."""
    from rich.console import Console

    width = None if out.isatty() or "COLUMNS" in os.environ else piped
    return Console(file=out, width=width, highlight=False, markup=False, emoji=False)


def terminal_width(out: TextIO) -> int:
    """The width that a console on `out` has, without making one for every line."""
    told = out.isatty() or "COLUMNS" in os.environ
    return shutil.get_terminal_size().columns if told else PIPED_WIDTH


def write_text(text: str, out: TextIO, first: str = "", then: str | None = None, most: int = READING_WIDTH) -> None:
    """A text in lines as wide as the terminal, and no wider than is good to read; `first` and `then` indent them."""
    lines = textwrap.wrap(
        text,
        min(terminal_width(out), most),
        initial_indent=first,
        subsequent_indent=first if then is None else then,
        break_long_words=False,
        break_on_hyphens=False,
    )
    out.write("\n".join(lines) + "\n")


def new_table() -> Any:
    """A table without columns, in the look that all have."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 0), header_style="bold")


def measured(console: Any, table: Any) -> Any:
    """The least and the most width that a table takes where nothing stands in its way."""
    return console.measure(table, options=console.options.update(width=UNFOLDED))


def write_underlined(title: str, out: TextIO) -> None:
    """A title, a line below it, and a gap."""
    out.write(f"{title}\n{'═' * len(title)}\n\n")


def write_paragraph(text: str, out: TextIO) -> None:
    """A text in lines that are good to read, and a gap."""
    write_text(text, out)
    out.write("\n")


def as_words(value: Any) -> str:
    """A value of a row as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(value)
    return "" if value is None else str(value)
