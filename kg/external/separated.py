"""The cells of a CSV file of others, as they are: text, and “NA” is the text NA; whatever parts them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.errors import Failure
from kg.intake.separated import separator_of

ZIP = b"PK\x03\x04"
"""What ZIP files begin with, and workbooks, which are some."""


@dataclass(frozen=True)
class Line:
    """A row of a CSV file.

    Attributes:
        number: The line of the file in which it ends, from 1.
        cells: Its cells, without white space around them.
    """

    number: int
    cells: Sequence[str]


def lines(text: bytes, file: str) -> Iterator[Line]:
    """The rows of a CSV file in UTF-8 but for empty ones; cells are parted by commas, semicolons or tabs.

    Raises:
        Failure: It is not such a file.
    """
    if text.startswith(ZIP):
        raise Failure(f"{file} is a ZIP file or a workbook: unpack it, or save the sheet as “CSV UTF-8” in Excel")
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise Failure(
            f"{file}: byte {error.start} (in line {line}) is not UTF-8; take the file as it was published, or save it "
            "as “CSV UTF-8” in Excel"
        ) from error
    reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=separator_of(decoded), strict=True)
    try:
        for cells in reader:
            plain = [cell.strip() for cell in cells]
            if any(plain):
                yield Line(reader.line_num, plain)
    except csv.Error as error:
        raise Failure(f"{file}: line {reader.line_num} is not CSV ({error}); take the file over again") from error
