"""What a code of a codebook stands for, by its name and place: a factor in a role, a claim, or a word of the record.

`Mechanism/trust`, `Mechanism.trust`, `M: trust` and a code `trust` below `Mechanisms` all say the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kg.intake.matching import SLOTS, folded
from kg.intake.qda import said

ROLES = {
    "context": "context", "contexts": "context", "contextual factors": "context", "c": "context",
    "mechanism": "mechanism", "mechanisms": "mechanism", "m": "mechanism",
    "outcome": "outcome", "outcomes": "outcome", "o": "outcome",
    "actor": "actor", "actors": "actor", "a": "actor",
}  # fmt: skip
"""What people call a role, folded."""
CLAIMS = frozenset({"claim", "claims", "cmo", "cmos", "cmoc", "cmocs", "configuration", "configurations"})
"""What people call the parent of codes that each stand for one claim, folded."""
CASES = frozenset({"case", "cases"})
_NUMBERED = re.compile(r"(cmocs?|cmos?|claims?|configurations?)[ _#-]*([0-9]+[a-z]?)", re.IGNORECASE)
_PREFIX = re.compile(r"\s*([^:./|]+?)\s*(::|[:/.|])(?=(\s*)\S)")


@dataclass(frozen=True)
class Meaning:
    """What a code stands for.

    Attributes:
        path: The code with its place, as people would say it: `Mechanism/trust`.
        role: `context`, `mechanism`, `outcome` or `actor`; empty where neither name nor place says.
        wording: The part that names a factor or a kind of actor; empty where it names none.
        settings: What it says of passages that carry it, as lines of a note would: `claim` and `1`.
        folder: Whether it only holds other codes, such as `Mechanism` itself.
    """

    path: str
    role: str
    wording: str
    settings: tuple[tuple[str, str], ...]
    folder: bool

    @property
    def place(self) -> str:
        """Where its wording stands, as the queue of unknown wordings has it."""
        return f"code “{self.path}”"


def meaning(names: Sequence[str], folder: bool = False) -> Meaning:
    """What a code stands for.

    Args:
        names: Its name, after those of the codes above it.
        folder: Whether the tool says that it only holds other codes.

    >>> meaning(["Mechanisms", "M: trust"])
    Meaning(path='Mechanisms/M: trust', role='mechanism', wording='trust', settings=(), folder=False)
    >>> meaning(["Claims.1"]).settings
    (('claim', '1'),)
    """
    parts = [part for name in names for part in _parts(" ".join(name.split()))]
    runs: list[tuple[str, list[str]]] = [("", [])]
    for at, part in enumerate(parts):
        marker = _marker(part, {run for run, _ in runs if run in SLOTS}, at == len(parts) - 1)
        if marker:
            runs.append((marker, []))
        else:
            runs[-1][1].append(part)
    role, wording = "", ""
    settings: list[tuple[str, str]] = []
    for marker, rest in runs:
        if marker in SLOTS:
            role, wording = marker, rest[-1] if rest else ""
        elif marker and rest:
            settings.append((marker, "/".join(rest) if marker in ("claim", "case") else rest[-1]))
    if len(runs) == 1:
        wording = parts[-1] if parts else ""
    return Meaning("/".join(names), role, wording, tuple(settings), folder)


def _parts(name: str) -> list[str]:
    """A name, or the parts of one that begins with a word of the convention: `Mechanism.trust`, `CMO 1`."""
    numbered = _NUMBERED.fullmatch(name)
    if numbered:
        return [numbered.group(1), numbered.group(2)]
    prefix = _PREFIX.match(name)
    if prefix is None:
        return [name]
    word, separator, space = folded(prefix.group(1)), prefix.group(2), prefix.group(3)
    dotted = separator == "." and bool(space)
    if dotted or not (word in ROLES or _key(word)):
        return [name]
    rest = name[prefix.end() :].split(separator) if separator != "." else re.split(r"\.(?=\S)", name[prefix.end() :])
    stripped = [part.strip() for part in rest if part.strip()]
    if _key(word) in ("claim", "case") and len(stripped) > 1:
        inner = _parts(separator.join(stripped[1:]))
        return [word, stripped[0], *inner]
    return [word, *stripped]


def _marker(part: str, roles: set[str], last: bool) -> str:
    """The role, or the key of a record, for which a part of a code's path stands; or nothing."""
    word = folded(part)
    role, key = ROLES.get(word, ""), _key(word)
    if roles and last:
        return ""  # below a role the last part is a wording, whatever it is called
    if role:
        return role
    return key if not roles or key == "claim" else ""


def _key(word: str) -> str:
    if word in CLAIMS:
        return "claim"
    if word in CASES:
        return "case"
    key = word.replace(" ", "_")
    return key if key in said.OF_PASSAGE and (key in said.CONTROLLED or key == "speaker") else ""
