"""The codes of a codebook, each looked up in the lexicon once: what it means, and which concept it stands for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kg.findings import Finding, Severity
from kg.intake.arrival import Tally
from kg.intake.lexicon import SKIP, Lexicon
from kg.intake.qda import said
from kg.intake.qda.codes import Meaning, meaning
from kg.intake.qda.passages import Coded, Pairs
from kg.intake.qda.refi_parts import Code


@dataclass(frozen=True)
class Codebook:
    """The codes of one file.

    Attributes:
        meanings: What each code stands for, by its GUID.
        concepts: The concept of each code that names a factor or a kind of actor; None where nobody knows yet.
        tally: The codes, counted: kept is what is a concept or a word of the convention.
        findings: Codes that are neither, and those that people leave out.
    """

    meanings: Mapping[str, Meaning]
    concepts: Mapping[str, str | None]
    tally: Tally
    findings: tuple[Finding, ...]

    def coded(self, code: str, more: Pairs = ()) -> Coded:
        """A code as it stands on a passage, with what is said of it there."""
        one = self.meanings[code]
        claim = next((value for key, value in one.settings if key == "claim"), "")
        understood = bool(one.settings) or self.concepts.get(code) not in (None, SKIP)
        return Coded(one.path, one.role, self.concepts.get(code), claim, more, understood)

    def settings(self, code: str) -> Pairs:
        """What a code says of a passage that carries it, as a line of a note would."""
        return tuple((key, said.value(key, text)) for key, text in self.meanings[code].settings if key != "claim")


def look_up(
    codes: Sequence[Code], used: Collection[str], lexicon: Lexicon, file: str, without_role: bool = False
) -> Codebook:
    """Looks up every code.

    Args:
        codes: The codes, each before those below it.
        used: GUIDs of codes that stand on a passage: they are looked up even where they seem only to hold others.
        lexicon: What words stand for.
        file: The file, as people would type it.
        without_role: Whether a code that names no role is looked up all the same, as for a codebook alone.
    """
    parents = {code.names[:-1] for code in codes}
    meanings: dict[str, Meaning] = {}
    concepts: dict[str, str | None] = {}
    findings: list[Finding] = []
    kept = 0
    for code in codes:
        one = meaning(code.names, code.folder)
        meanings[code.guid] = one
        holds = (code.folder or code.names in parents) and code.guid not in used
        if (one.role and (one.wording or code.guid in used) and not (holds and code.folder)) or (
            without_role and one.wording and not one.settings and not holds
        ):
            concept = lexicon.concept(one.wording or code.names[-1], one.role, one.place)
            concepts[code.guid] = concept
            kept += concept not in (None, SKIP)
            if concept == SKIP:
                findings.append(_note("skipped", file, one, "it stays out, as the map says.", ""))
        elif one.role or one.settings or holds or not one.wording:
            kept += 1
        else:
            what = "nothing says whether it is a context, a mechanism, an outcome or an actor, so it joins no claim."
            remedy = f"Place it below one of these, or call it Mechanism/{one.wording}, if it names a factor."
            findings.append(_note("no-role", file, one, what, remedy))
    return Codebook(meanings, concepts, Tally("codes", len(codes), kept, len(codes) - kept), tuple(findings))


def _note(rule: str, file: str, one: Meaning, what: str, remedy: str) -> Finding:
    return Finding(Severity.note, rule, file, None, what, remedy, spot=one.place)
