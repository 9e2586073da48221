"""Finds what stands beside the code: ontology, shapes, queries and the shipped evidence.

In a checkout they lie at the top level, for people; in an installed wheel they lie under `kg/_data`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def root() -> Path:
    """The folder that holds `ontology/`, `shapes/`, `queries/` and `evidence/`."""
    packed = _PACKAGE / "_data"
    return packed if packed.is_dir() else _PACKAGE.parent


def in_checkout() -> bool:
    """Whether this code runs from a checkout, where a build belongs into `build/`."""
    return root() == _PACKAGE.parent


def ontology_files() -> list[Path]:
    """The Turtle files of the ontology, in a fixed order."""
    return sorted((root() / "ontology").glob("*.ttl"))


def concept_file() -> Path:
    """The concept scheme."""
    return root() / "ontology" / "concepts.ttl"


def alignment_files() -> list[Path]:
    """The mapping sets from our terms to those of other vocabularies, by name."""
    return sorted((root() / "ontology" / "alignments").glob("*.sssom.tsv"))


def shape_files() -> list[Path]:
    """The SHACL files, in a fixed order."""
    return sorted((root() / "shapes").glob("*.ttl"))


def rule_files() -> list[Path]:
    """The CONSTRUCT rules, in a fixed order."""
    return sorted((root() / "queries" / "rules").glob("*.rq"))


def check_files() -> list[Path]:
    """The checks across records, by name."""
    return sorted((root() / "queries" / "checks").glob("*.rq"))


def question_files() -> list[Path]:
    """The competency questions, by id."""
    return sorted((root() / "queries" / "questions").glob("*.rq"))


def query_file(name: str) -> Path:
    """The file of a query by its name below `queries/`, such as `trace/matrix`."""
    return root() / "queries" / f"{name}.rq"


def evidence() -> Path:
    """The shipped evidence."""
    return root() / "evidence"


def code_files() -> list[Path]:
    """The modules of this package that a build may run, in a fixed order: part of what it depends on."""
    return sorted([*_PACKAGE.glob("*.py"), *(_PACKAGE / "external").glob("*.py")])
