"""The cells of a CSV file of others, as they are: text, and “NA” is the text NA; whatever parts them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.errors import Failure
from kg.intake.separated import SEP_LINE, separator_of

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


def lines(text: bytes, file: str, among: int = 1) -> Iterator[Line]:
    """The rows of a CSV file in UTF-8 but for empty ones; cells are parted by commas, semicolons or tabs.

    Args:
        text: The bytes of the file.
        file: What it is called.
        among: How many of its first lines may be the headings.

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
    told = SEP_LINE.match(decoded)
    separator = told[1] if told else separator_of(decoded, among=among)
    before = 1 if told else 0
    reader = csv.reader(io.StringIO(decoded[told.end() if told else 0 :], newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            plain = [cell.strip() for cell in cells]
            if any(plain):
                yield Line(before + reader.line_num, plain)
    except csv.Error as error:
        line = before + reader.line_num
        raise Failure(f"{file}: line {line} is not CSV ({error}); take the file over again, or save it anew") from error
