"""One passage of a QDA project, as one coder marked it: its codes and notes, the sets, links and cases that hold it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from typing import Any

from kg.intake.naming import slug
from kg.intake.qda import offsets, said
from kg.intake.qda.code_concepts import Codebook
from kg.intake.qda.passages import Coded, Pairs, Passage
from kg.intake.qda.refi_cases import Cases
from kg.intake.qda.refi_parts import Mark, Project, Selection

AROUND = 30
"""Characters before and after a quote that a selector keeps, so that it is found again in a changed text."""


class PassageReader:
    """Reads the passages of one project.

    Attributes:
        notes_read: GUIDs of the notes on what was read.
    """

    def __init__(self, project: Project, codebook: Codebook, cases: Cases, coders: Mapping[str, str]) -> None:
        self._project, self._codebook, self._cases, self._coders = project, codebook, cases, coders
        self.notes_read: set[str] = set()
        self._linked: dict[str, set[str]] = {}
        for one, other in project.links:
            self._linked.setdefault(one, set()).add(other)
            self._linked.setdefault(other, set()).add(one)
        self._sets: dict[str, list[str]] = {}
        for each in project.sets:
            for member in each.members:
                self._sets.setdefault(member, []).append(each.name)

    def read(
        self,
        selection: Selection,
        coder: str,
        marks: Sequence[Mark],
        text: str,
        place: offsets.Found,
        spot: str,
        layer: str | None,
    ) -> Passage:
        """A passage as one coder marked it.

        Args:
            selection: The passage.
            coder: The coder.
            marks: The coder's codes on it.
            text: The document.
            place: Where the passage stands in it.
            spot: Where it stands, for people.
            layer: Whose account the whole document is, where that is said.
        """
        pairs: list[tuple[str, Any]] = [("layer", layer)] if layer else []
        memos = []
        for words in self._words(selection, coder):
            told, free = said.lines(words, said.OF_PASSAGE)
            pairs += told
            memos += [free] if free else []
        codes: list[Coded] = []
        for mark in marks:
            if self.knows(mark):
                pairs += self._codebook.settings(mark.code)
                of_mark, free = self._of_mark(mark)
                code = self._codebook.coded(mark.code, of_mark)
                if free and (code.role or code.claim):  # a note on one code is of no other
                    code = replace(code, said=(*code.said, ("note", free)))
                elif free:
                    memos.append(free)
                codes.append(code)
        targets = {selection.guid, *(mark.guid for mark in marks)} - {""}
        groups = [name for target in (*targets, *selection.notes) for name in self._sets.get(target, ())]
        cases = self._cases.of({*targets, *(mark.code for mark in marks)}, coder)
        before, after = text[max(0, place.start - AROUND) : place.start], text[place.end : place.end + AROUND]
        return Passage(
            key=selection.guid or f"{place.start}-{place.end}",
            spot=spot,
            locator=f"paragraph {_paragraph(text, place.start)}",
            quote=text[place.start : place.end],
            selector={
                "start": place.start,
                "end": place.end,
                **({"prefix": before} if before else {}),
                **({"suffix": after} if after else {}),
            },
            codes=tuple(codes),
            said=tuple((key, self.case_id(one) if key == "case" else one) for key, one in pairs),
            memo="\n".join(memos),
            groups=tuple(dict.fromkeys(groups)),
            linked=frozenset(other for target in targets for other in self._linked.get(target, ())),
            case=cases[0].id if len(cases) == 1 else None,
        )

    def _words(self, selection: Selection, coder: str) -> list[str]:
        """What stands in a passage's description and notes, as far as the coder may have written it."""
        coders = self.coders_of(selection)
        creator = self.coder(selection.creator)
        words = [selection.description] if creator == coder or creator not in coders else []
        for guid in selection.notes:
            note = self._project.notes.get(guid)
            if note is not None:
                self.notes_read.add(guid)
                writer = self.coder(note.creator) if note.creator else creator
                words += [note.text] if writer == coder or writer not in coders else []
        return words

    def _of_mark(self, mark: Mark) -> tuple[Pairs, str]:
        notes = [self._project.notes[guid] for guid in mark.notes if guid in self._project.notes]
        self.notes_read.update(note.guid for note in notes)
        pairs, free = said.lines("\n".join(note.text for note in notes), said.OF_PASSAGE)
        return tuple((key, self.case_id(one) if key == "case" else one) for key, one in pairs), free

    def coders_of(self, selection: Selection) -> list[str]:
        """The coders who gave codes to a passage; of one without codes whoever made it."""
        marked = [self.coder(mark.coder or selection.creator) for mark in selection.marks]
        return list(dict.fromkeys(marked)) or [self.coder(selection.creator)]

    def marks_of(self, selection: Selection, coder: str) -> list[Mark]:
        """The codes that a coder gave to a passage."""
        return [mark for mark in selection.marks if self.coder(mark.coder or selection.creator) == coder]

    def coder(self, guid: str) -> str:
        """The id of a user."""
        return self._coders.get(guid, self._coders[""])

    def knows(self, mark: Mark) -> bool:
        """Whether the codebook has the code of a mark."""
        return mark.code in self._codebook.meanings

    def name(self, mark: Mark) -> str:
        """The code of a mark, as people would say it."""
        known = self._codebook.meanings.get(mark.code)
        return known.path if known else "a code that is not in the codebook"

    def case_id(self, name: Any) -> str:
        """The id of the case that a note names."""
        known = self._cases.called(str(name))
        return known.id if known else str(name) if str(name) == "none" else slug(str(name), "case")


def _paragraph(text: str, start: int) -> int:
    """Which paragraph a character stands in, from 1; empty lines do not count."""
    return max(1, bisect_right(_paragraphs(text), start))


@lru_cache(maxsize=1)
def _paragraphs(text: str) -> list[int]:
    """Where the first character of each paragraph stands that is no space."""
    lines = text.split("\n")
    starts = accumulate((len(line) + 1 for line in lines[:-1]), initial=0)
    return [start + len(line) - len(line.lstrip()) for start, line in zip(starts, lines, strict=True) if line.strip()]
