"""The records of ROR that tests use: real ones, and small ones whose ids are right by their check digits only."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from kg.external import ror
from kg.external.ror import Registry
from tests.conftest import ROOT

FOLDER = ROOT / "tests" / "data" / "external" / "ror"
SLICE = FOLDER / "health_organisations.csv"
RECORDS = FOLDER / "records.json"
V2_RECORDS = FOLDER / "v2_records.json"
LABELS = FOLDER.parent / "organisation-labels.csv"
SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"


@cache
def iso3() -> dict[str, str]:
    """Alpha-3 codes by alpha-2 code."""
    with (FOLDER / "countries.csv").open(encoding="utf-8", newline="") as table:
        return {row["iso2"]: row["iso3"] for row in csv.DictReader(table)}


@cache
def registry(*paths: Path) -> Registry:
    """The organisations of several files together."""
    found: dict[str, ror.Organisation] = {}
    for path in paths:
        found.update(ror.read(path, iso3()).organisations)
    return Registry(dict(sorted(found.items())))


def made_up(number: int) -> str:
    """An id whose check digits are right; below 1000 none of the registry has it, as its seven signs show."""
    signs, rest = "", number
    for _ in range(6):
        rest, sign = divmod(rest, 32)
        signs = SIGNS[sign] + signs
    return f"https://ror.org/0{signs}{98 - number * 100 % 97:02d}"


def record(number: int, name: str, country: str = "UG", **said: Any) -> dict[str, Any]:
    """A record of version 2 with one name; `said` adds to it or stands in place of what it says."""
    return {
        "id": made_up(number),
        "names": [{"value": name, "types": ["ror_display", "label"], "lang": "en"}],
        "locations": [{"geonames_id": 1, "geonames_details": {"country_code": country, "name": "Town"}}],
        "types": ["healthcare"],
        "status": "active",
        "established": None,
        "external_ids": [],
        "relationships": [],
        **said,
    }


def names(display: str, **others: Sequence[str]) -> list[dict[str, Any]]:
    """The names of a record: that which is shown, and further ones by kind."""
    shown = [{"value": display, "types": ["ror_display", "label"], "lang": None}]
    return shown + [{"value": text, "types": [kind], "lang": None} for kind, texts in others.items() for text in texts]


def dump(path: Path, *records: Any) -> Path:
    """A dump with some records."""
    path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    return path
