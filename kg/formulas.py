"""Cells of tables that people open in spreadsheets: none of them is run as a formula (CWE-1236).

A text that would be run has an apostrophe before it, which is taken off again where the table is read.
"""

from __future__ import annotations

import re

_RUN = re.compile("'*[=+@\t\r-]")
"""What a spreadsheet runs as a formula, and what is written as text already by an apostrophe."""


def runs(text: str) -> bool:
    """Whether a spreadsheet would run a text as a formula, or would if it had no apostrophe before it."""
    return _RUN.match(text) is not None


def guarded(text: str) -> str:
    """A text as it is written into a cell.

    >>> guarded("=1+1"), guarded("'=1+1"), guarded("'quoted'")
    ("'=1+1", "''=1+1", "'quoted'")
    """
    return f"'{text}" if runs(text) else text


def bared(cell: str) -> str:
    """The text that was written into a cell.

    >>> bared("'=1+1"), bared("''=1+1"), bared("'quoted'"), bared("=1+1")
    ('=1+1', "'=1+1", "'quoted'", '=1+1')
    """
    return cell[1:] if cell.startswith("'") and runs(cell) else cell
