"""Shows what the commands find: rows, matrices, claims, answers and findings, as tables, CSV and JSON."""

from __future__ import annotations

from kg.render.agreement import write_agreement, write_pairs
from kg.render.alignments import write_alignments
from kg.render.answers import write_answer, write_question, write_questions
from kg.render.coverage import write_coverage
from kg.render.differences import write_diff
from kg.render.exchange import write_export, write_import
from kg.render.external import write_status
from kg.render.findings import summary, totals, write_findings
from kg.render.organisations import write_organisations
from kg.render.paths import write_paths
from kg.render.pushing import write_pushed
from kg.render.rows import Format, write_csv, write_json, write_table
from kg.render.synthesis import write_patterns, write_tensions
from kg.render.tracing import write_claims, write_matrix

__all__ = [
    "Format",
    "summary",
    "totals",
    "write_agreement",
    "write_alignments",
    "write_answer",
    "write_claims",
    "write_coverage",
    "write_csv",
    "write_diff",
    "write_export",
    "write_findings",
    "write_import",
    "write_json",
    "write_matrix",
    "write_organisations",
    "write_pairs",
    "write_paths",
    "write_patterns",
    "write_pushed",
    "write_question",
    "write_questions",
    "write_status",
    "write_table",
    "write_tensions",
]
