"""What was taken from a source, as it came: values, and what is to be said of where they are from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kg.errors import Failure
from kg.external.observations import Cell
from kg.external.separated import Line
from kg.fetch import Answer

MOST_ANSWERS = 1_000
MOST_BYTES = 300_000_000
"""Of all answers together."""


@dataclass
class Retrieved:
    """The values of one service or file.

    Attributes:
        url: The address that was asked, without pages, or of the site that a file is from.
        file: What its values name as where they stand: the address, or the file.
        answers: What came, in order.
        cells: The values in it.
    """

    url: str
    file: str
    answers: list[Answer] = field(default_factory=list)
    cells: Sequence[Cell] = ()

    def take(self, answer: Answer) -> None:
        """Adds what came next.

        Raises:
            Failure: That is more than any indicator has.
        """
        self.answers.append(answer)
        if len(self.answers) > MOST_ANSWERS:
            raise Failure(f"{self.url} has more than {MOST_ANSWERS:,} pages: more than any indicator has")
        if sum(len(one.body) for one in self.answers) > MOST_BYTES:
            raise Failure(f"{self.url} gives more than {MOST_BYTES // 1_000_000} MB: more than any indicator has")


def text_of(told: Any) -> str:
    """A value of JSON as text: a number digit by digit, nothing as empty, and anything else as what it looks like."""
    if told is None:
        return ""
    if isinstance(told, str):
        return told.strip()
    if isinstance(told, Decimal | int) and not isinstance(told, bool):
        return str(told)
    return repr(told)[:100]


def plain_date(told: Any) -> str:
    """The day that a text begins with, by ISO 8601, or empty."""
    found = re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", told) if isinstance(told, str) else None
    return found.group() if found else ""


def ragged(file: str, line: Line, columns: int) -> Cell:
    """What stands for a row that has not as many cells as its table has columns."""
    fault = f"the row has {len(line.cells)} cells, and there are {columns} columns."
    return Cell(file, line.number, "", "", "", "", fault=fault)
