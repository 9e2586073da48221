"""Codes of countries, from the data set of countries beside the evidence."""

from __future__ import annotations

from pathlib import Path

from kg.external import dataset
from kg.external.dataset import Kind


def iso3_by_iso2(evidence: Path) -> dict[str, str]:
    """Alpha-3 codes by alpha-2 code, of the first data set of countries beside the evidence; empty without one."""
    units, _ = dataset.find_units(evidence)
    for read in map(dataset.read, units):
        if read.described is not None and read.described.kind == Kind.countries and not read.findings:
            return {row.cells["iso2"]: row.cells["iso3"] for row in read.rows if row.cells["iso2"]}
    return {}
