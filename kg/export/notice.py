"""What an export of evidence says of how it was coded."""

from __future__ import annotations

from collections.abc import Iterable

from kg.records import Source
from kg.vocabulary import CodingMethod
from kg.words import coding_notice


def notice(sources: Iterable[Source]) -> str:
    """How the codings of sources were made, in words; empty where no machine had a part in any."""
    codings = [coding for source in sources for coding in source.codings]
    assisted = sum(coding.method == CodingMethod.machineAssistedCoding for coding in codings)
    unchecked = sum(not coding.checked_by for coding in codings)
    return coding_notice(len(codings), assisted, unchecked) if assisted else ""
