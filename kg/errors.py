"""What can go wrong, and the exit code each gives.

KgError
├── UsageError      2   the command was called in a way that cannot be carried out
├── EvidenceError   1   the evidence has findings that keep it out of a graph
└── Failure         3   the machine, a file or an engine failed
    └── DamagedRelease  a build that no longer is what was written
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.findings import Finding


class KgError(Exception):
    """Any error that is shown to people as one plain line; `exit_code` is what a command ends with."""

    exit_code = 3


class UsageError(KgError):
    """The call cannot be carried out as it stands; the message says what to write instead."""

    exit_code = 2


class EvidenceError(KgError):
    """The evidence has findings that keep it out of a graph; `findings` holds every one of them."""

    exit_code = 1

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        said = "1 finding keeps" if len(self.findings) == 1 else f"{len(self.findings)} findings keep"
        super().__init__(f"{said} this evidence out of the graph")


class Failure(KgError):
    """The machine, a file or an engine failed; what was built before still stands."""

    exit_code = 3


class DamagedRelease(Failure):
    """A release on disk is not what the build wrote: the message says whether a build makes it anew."""
