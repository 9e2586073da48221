"""Evidence as CSV files, one a sheet, with a `datapackage.json` that says what each column may hold."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kg.errors import Failure
from kg.export import meanings
from kg.export.notice import notice
from kg.export.rows import Filled, filled
from kg.formulas import guarded
from kg.intake import cells, sheets
from kg.intake.sheets import Column, Kind
from kg.records import FIRST_YEAR, LAST_YEAR, Source, Studies, Theories

_KEYS = {"cases": ["source", "coder", "id"], "claims": ["source", "coder", "id"], "codings": ["source", "coder"]}
_TYPES = {Kind.integer: "integer", Kind.boolean: "boolean"}
_YEARS = frozenset({"year", "start", "end"})


def write_csv(
    sources: Iterable[Source], folder: Path, studies: Studies | None = None, theories: Theories | None = None
) -> None:
    """Writes `sources.csv`, `codings.csv` and the like, which `kg.intake.workbook` reads, and `datapackage.json`.

    A cell that a spreadsheet would run as a formula begins with an apostrophe, which is taken off again on the way in.

    Raises:
        Failure: The folder cannot be written.
    """
    sources = list(sources)
    tables = filled(sources, studies, theories)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            (folder / f"{name}.csv").write_bytes(b"\xef\xbb\xbf" + _csv(table).encode())  # Excel asks for the mark
        package = json.dumps(_package(tables, notice(sources)), ensure_ascii=False, indent=1) + "\n"
        (folder / "datapackage.json").write_text(package, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{folder} cannot be written: {error.strerror or error}") from error


def _csv(table: Filled) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        texts = [row.get(column.name, "").replace("\r\n", "\n").replace("\r", "\n") for column in table.columns]
        writer.writerow(map(guarded, texts))
    return out.getvalue()


def _package(tables: dict[str, Filled], coded: str) -> dict[str, Any]:
    return {
        "profile": "tabular-data-package",
        "name": "partnership-evidence",
        "title": "Realist evidence on health partnerships",
        **({"description": coded} if coded else {}),
        "resources": [_resource(name, table) for name, table in tables.items()],
    }


def _resource(name: str, table: Filled) -> dict[str, Any]:
    key = _KEYS.get(name, [table.layout.id])
    schema: dict[str, Any] = {
        "fields": [_field(column, table) for column in table.columns],
        "primaryKey": key,
        "missingValues": [""],
    }
    parent = {"codings": "sources", "cases": "codings", "claims": "codings"}.get(name)
    if parent:
        fields = ["source"] if parent == "sources" else ["source", "coder"]
        schema["foreignKeys"] = [{"fields": fields, "reference": {"resource": parent, "fields": fields}}]
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _field(column: Column, table: Filled) -> dict[str, Any]:
    kind = "string" if column.unseen else _TYPES.get(column.kind, "string")
    constraints: dict[str, Any] = {"required": True} if column.needed else {}
    words = sheets.words_of(column) if column.kind == Kind.text else []
    if words:
        constraints["enum"] = [*words, cells.UNSEEN] if column.unseen else words
    if kind == "integer":
        year = column.path[-1] in _YEARS and len(column.path) == 1
        constraints |= {"minimum": FIRST_YEAR, "maximum": LAST_YEAR} if year else {"minimum": 0}
    return {
        "name": column.name,
        "type": kind,
        **({"trueValues": ["true"], "falseValues": ["false"]} if kind == "boolean" else {}),
        "description": meanings.meaning(column, table.layout),
        **({"constraints": constraints} if constraints else {}),
    }
