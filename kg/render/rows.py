"""Rows as a table, CSV or JSON."""

from __future__ import annotations

import csv
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO

from kg.render.layout import UNFOLDED, console_on, new_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Format(StrEnum):
    """How a listing is shown."""

    table = "table"
    csv = "csv"
    json = "json"


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], out: TextIO) -> None:
    """Rows as CSV; a cell that a spreadsheet would run as a formula is written as text (CWE-1236)."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        value = "; ".join(str(part) for part in value)
    if isinstance(value, str):
        value = value.replace("\r\n", "\n").replace("\r", "\n")  # a lone CR would begin a row of its own
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def write_json(value: Any, out: TextIO) -> None:
    """A value as JSON."""
    json.dump(value, out, ensure_ascii=False, indent=1)
    out.write("\n")


def write_table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], out: TextIO) -> None:
    """Rows as a table; in a terminal what is too long goes on in the next line, and piped lines stay whole."""
    table = new_table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if row.get(column) is None else str(row[column]) for column in columns))
    console_on(out, piped=UNFOLDED).print(table)
