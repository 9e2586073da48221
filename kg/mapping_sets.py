"""Mapping sets as files: SSSOM/TSV, read with the line of every row and written so that a reading gives the same.

A file begins with lines of YAML after `#`, which say what holds of the whole set; below stands a table separated by
tabs, one mapping a row. Format: https://mapping-commons.github.io/sssom/spec-formats-tsv/
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping as Mapped
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from kg.marked import Problem, read_yaml

ENDING = ".sssom.tsv"
"""How the name of a mapping set's file ends."""
LARGEST = 20_000_000
"""Bytes of a mapping set that is read."""
SLOTS = (
    "record_id", "subject_id", "subject_label", "subject_category", "predicate_id", "predicate_label",
    "predicate_modifier", "object_id", "object_label", "object_category", "mapping_justification", "author_id",
    "author_label", "reviewer_id", "reviewer_label", "creator_id", "creator_label", "license", "subject_type",
    "subject_source", "subject_source_version", "object_type", "object_source", "object_source_version",
    "predicate_type", "mapping_provider", "mapping_source", "mapping_cardinality", "cardinality_scope", "mapping_tool",
    "mapping_tool_id", "mapping_tool_version", "mapping_date", "publication_date", "review_date", "confidence",
    "reviewer_agreement", "curation_rule", "curation_rule_text", "subject_match_field", "object_match_field",
    "match_string", "subject_preprocessing", "object_preprocessing", "similarity_score", "similarity_measure",
    "see_also", "issue_tracker_item", "other", "comment",
)  # fmt: skip
"""The columns that SSSOM 1.1 knows, in its order."""
BUILT_IN = {
    "linkml": "https://w3id.org/linkml/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sssom": "https://w3id.org/sssom/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The prefixes that SSSOM reserves, which a set need not declare."""

_PLAIN = re.compile(r"[A-Za-z]\w*", re.ASCII)
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "true", "false", "on", "off", "null"})


class Review(StrEnum):
    """What a second person said of a mapping."""

    unreviewed = "unreviewed"
    confirmed = "confirmed"
    unsure = "unsure"
    rejected = "rejected"


def review_of(reviewers: str, agreement: str) -> Review:
    """What reviewers said of a mapping.

    Args:
        reviewers: Who they are; empty where nobody reviewed it.
        agreement: How far they agree, from -1 to 1, as text; where it is empty, they do.
    """
    if not reviewers:
        return Review.unreviewed
    try:
        agreed = float(agreement or 1)
    except ValueError:
        return Review.unsure
    return Review.confirmed if agreed > 0 else Review.unsure if agreed == 0 else Review.rejected


@dataclass(frozen=True)
class Mapping:
    """One row: that a term of ours matches a term of another vocabulary, how closely, and on whose word.

    Attributes:
        line: Line in the file, from 1.
        slots: What stands in its columns, by name; empty cells are left out.
    """

    line: int
    slots: Mapped[str, str]

    def __getitem__(self, slot: str) -> str:
        """What a cell says; empty where it is."""
        return self.slots.get(slot, "")

    @property
    def reviewers(self) -> str:
        """Who reviewed it; empty where nobody did."""
        return self["reviewer_label"] or self["reviewer_id"]

    @property
    def review(self) -> Review:
        """What a second person said of it."""
        return review_of(self.reviewers, self["reviewer_agreement"])

    @property
    def negated(self) -> bool:
        """Whether it says that the terms do not match so."""
        return self["predicate_modifier"] == "Not"


@dataclass(frozen=True)
class MappingSet:
    """A mapping set as its file says it.

    Attributes:
        file: The file.
        metadata: What holds of the whole set, by slot.
        columns: The names of the columns, in order.
        mappings: The rows, in order.
        problems: What could not be read.
        lines: The line of each slot of the metadata.
        header: The line that names the columns.
    """

    file: Path
    metadata: Mapped[str, Any]
    columns: tuple[str, ...]
    mappings: tuple[Mapping, ...]
    problems: tuple[Problem, ...] = ()
    lines: Mapped[str, int] = field(default_factory=dict, repr=False)
    header: int = 1

    @property
    def name(self) -> str:
        """What the set is called: the name of its file, without its ending."""
        return self.file.name.removesuffix(ENDING)

    @property
    def prefixes(self) -> dict[str, str]:
        """What the prefixes of its identifiers stand for."""
        declared = self.metadata.get("curie_map")
        own = {str(name): str(base) for name, base in declared.items()} if isinstance(declared, dict) else {}
        return {**own, **BUILT_IN}

    def iri(self, identifier: str) -> str:
        """What a prefixed identifier stands for; empty where its prefix is not declared.

        >>> MappingSet(Path("x"), {}, (), ()).iri("skos:closeMatch")
        'http://www.w3.org/2004/02/skos/core#closeMatch'
        """
        prefix, colon, local = identifier.partition(":")
        base = self.prefixes.get(prefix, "")
        return base + local if colon and base and local else ""

    def said(self, mapping: Mapping, slot: str) -> str:
        """What a mapping says, or else what the set says of all its mappings; several values joined by `|`."""
        if mapping[slot]:
            return mapping[slot]
        value = self.metadata.get(slot, "")
        return "|".join(map(str, value)) if isinstance(value, list) else str(value or "")


def read(file: Path) -> MappingSet:
    """Reads a mapping set; what cannot be read is told in `problems`, all at once."""
    try:
        raw = file.read_bytes() if file.stat().st_size <= LARGEST else b""
        text = raw.decode("utf-8-sig")
    except OSError as error:
        return _unread(file, Problem(1, f"it cannot be read: {error.strerror}.", "Name a file that is there."))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _unread(file, Problem(line, "the file is not UTF-8 text.", "Save it as UTF-8."))
    if not raw:
        told = "it is empty, or larger than 20 MB."
        return _unread(file, Problem(1, told, "Write a mapping set, or name another file."))
    return parse(text, file)


def parse(text: str, file: Path) -> MappingSet:
    """A mapping set from its text; `file` is what it is called."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows = text.split("\n")
    above = next((number for number, row in enumerate(rows) if not row.startswith("#")), len(rows))
    marked = read_yaml("\n".join(row[1:] for row in rows[:above]))
    problems = list(marked.problems) if above else [_no_metadata()]
    metadata = marked.data if isinstance(marked.data, dict) else {}
    if above and not problems and not metadata:
        problems.append(_no_metadata())
    columns, mappings = _table(rows, above, problems)
    lines = {str(path[0]): line for path, line in marked.lines.items() if len(path) == 1}
    return MappingSet(file, metadata, columns, tuple(mappings), tuple(problems), lines, above + 1)


def _no_metadata() -> Problem:
    remedy = "Begin with lines such as “#mapping_set_id: https://example.org/my-mappings”."
    return Problem(1, "no line says what the set is.", remedy)


def _table(rows: Sequence[str], above: int, problems: list[Problem]) -> tuple[tuple[str, ...], list[Mapping]]:
    """The columns and rows below the lines that begin with `#`."""
    reader = csv.reader(io.StringIO("\n".join(rows[above:])), delimiter="\t", strict=True)
    columns: tuple[str, ...] = ()
    mappings = []
    begins = above + 1
    try:
        for row in reader:
            if not columns:
                columns = tuple(cell.strip() for cell in row)
            elif any(cell.strip() for cell in row):
                if len(row) > len(columns):
                    told = f"the row has {len(row)} cells, and the table {len(columns)} columns."
                    problems.append(Problem(begins, told, "Take out the tabs that are too many."))
                cells = {name: cell.strip() for name, cell in zip(columns, row, strict=False) if cell.strip()}
                mappings.append(Mapping(begins, cells))
            begins = above + reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(begins, f"the row cannot be read ({error}).", "Double each quotation mark in a cell."))
    if not columns:
        problems.append(Problem(begins, "no row names the columns.", f"Write one, such as {'<tab>'.join(SLOTS[1:3])}."))
    return columns, mappings


def _unread(file: Path, problem: Problem) -> MappingSet:
    return MappingSet(file, {}, (), (), (problem,))


def text_of(metadata: Mapped[str, Any], rows: Sequence[Mapped[str, str]], columns: Sequence[str]) -> str:
    """The text of a mapping set: columns that SSSOM knows come in its order, others behind them."""
    ordered = [slot for slot in SLOTS if slot in columns] + [column for column in columns if column not in SLOTS]
    out = io.StringIO()
    for key, value in metadata.items():
        out.writelines(f"#{line}\n" for line in _yaml(key, value))
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(ordered)
    writer.writerows([row.get(column, "") for column in ordered] for row in rows)
    return out.getvalue()


def _yaml(key: str, value: Any) -> list[str]:
    """A key and its value as lines of YAML; JSON's strings are YAML's."""
    if isinstance(value, dict):
        return [f"{key}:", *(f"  {_scalar(name)}: {_scalar(one)}" for name, one in value.items())]
    if isinstance(value, list):
        return [f"{key}:", *(f"  - {_scalar(one)}" for one in value)]
    return [f"{key}: {_scalar(value)}"]


def _scalar(value: Any) -> str:
    text = str(value)
    return (
        text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML else json.dumps(text, ensure_ascii=False)
    )
