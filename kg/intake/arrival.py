"""What a file from another tool holds, as records: read, judged and counted, and not yet written anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kg.findings import Finding, Severity
from kg.intake.matching import Candidate
from kg.records import Source, Studies, Theories


class Manner(StrEnum):
    """What becomes of records that stand already.

    Fill: what they leave empty is filled, and where both say something else, what stands is kept and that is reported.
    Update: what arrives takes the place of what has its id; what has no counterpart stays.
    Replace codings: as update, but a coding that arrives takes the place of the same coder's whole coding.
    """

    fill = "fill"
    update = "update"
    replace_codings = "replace-codings"


@dataclass(frozen=True)
class Tally:
    """How many things of one kind a file holds, and what became of them: nothing is lost on the way.

    Attributes:
        what: What is counted, in the plural, such as `claims`.
        came: How many there are in the file.
        kept: How many are in the records.
        reported: How many are not, each of which a finding or the queue names.
    """

    what: str
    came: int
    kept: int
    reported: int

    def __post_init__(self) -> None:
        assert self.came == self.kept + self.reported, f"{self.what}: {self.came} ≠ {self.kept} + {self.reported}"


@dataclass(frozen=True)
class Queued:
    """A code or a wording for which no concept is known for sure: somebody is to say which it is.

    Attributes:
        wording: As the file has it.
        slot: What it stands for: `context`, `mechanism`, `outcome` or `actor`; empty where the file does not say.
        near: Concepts that may be meant, nearest first.
        places: Where it stands, such as `Sheet1!C4`.
    """

    wording: str
    slot: str
    near: tuple[Candidate, ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class Arrival:
    """The records that a file holds.

    Attributes:
        file: The file, as people would type it.
        manner: What becomes of records that stand already.
        sources: Sources with their codings. A source of primary material goes to `cases/`, others to `sources/`.
        documents: The text of primary material, by the id of its source.
        studies: Studies that several sources share.
        theories: Programme theories.
        tallies: What the file holds, counted.
        findings: What is wrong or worth knowing, each at its place in the file. An error keeps everything out.
        queue: What somebody is to say the concept of.
        assumed: Sources, each with the name of a field that the file does not say: what stands already is kept.
    """

    file: str
    manner: Manner
    sources: tuple[Source, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict)
    studies: Studies | None = None
    theories: Theories | None = None
    tallies: tuple[Tally, ...] = ()
    findings: tuple[Finding, ...] = ()
    queue: tuple[Queued, ...] = ()
    assumed: frozenset[tuple[str, str]] = frozenset()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep everything out."""
        return tuple(finding for finding in self.findings if finding.severity == Severity.error)
