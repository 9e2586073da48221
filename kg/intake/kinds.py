"""What files of other tools are read as."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a file is read as."""

    workbook = "workbook"
    table = "table"
    project = "project"
    codebook = "codebook"
    highlights = "highlights"
    bibliography = "bibliography"
