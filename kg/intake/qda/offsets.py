"""Where the passages of a document stand in its text, whichever way a tool counted; what cannot be verified is refused.

REFI-QDA counts Unicode code points from 0, without a byte order mark, end exclusive (specification 1.5, §10.2). Some
tools count a line break as two characters or as one against their own file, or a character beyond the first 65,536 as
two. The passage's name, which is its quote in most tools, says which.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

STANDARD = "as the standard says"
_LIKE_A_QUOTE = 20
"""Characters from which a name that begins the quote is taken for a quote that a tool cut off."""
_PIECE = re.compile(r"\r\n|\r|\n|.", re.DOTALL)


@dataclass(frozen=True)
class Stretch:
    """Where a tool says that a passage stands.

    Attributes:
        start: The first character, as the tool counts.
        end: After the last one.
        name: The quote or its beginning, or what somebody called the passage; empty where it has no name.
    """

    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Found:
    """A passage in the text.

    Attributes:
        start: Its first character, in the text with plain line feeds.
        end: After the last one.
        counting: How the tool counted, in plain words.
    """

    start: int
    end: int
    counting: str


@dataclass(frozen=True)
class Lost:
    """A passage that could not be verified, and why."""

    why: str


class Text:
    """A document's text, with plain line feeds, in which passages are looked for.

    Args:
        raw: The text as it stands in the file, without a byte order mark.
        marked: Whether the file begins with a byte order mark.
    """

    def __init__(self, raw: str, marked: bool = False) -> None:
        self._raw = raw
        self.text = raw.replace("\r\n", "\n").replace("\r", "\n")
        self._marked = marked
        self._standard: Sequence[int] = range(len(raw) + 1) if "\r" not in raw else self._starts("file", False, 0)

    def find(self, stretches: Sequence[Stretch]) -> list[Found | Lost]:
        """Each stretch as it stands in the text, if that can be verified; in their order.

        A name that looks like a quote must be the quote. A passage without one is found where every way of counting
        that fits all the quotes of the document leads to the same place.
        """
        found: list[Found | Lost | None] = [self._by_name(stretch, [STANDARD]) for stretch in stretches]
        if all(isinstance(one, Found) for one in found):
            return [one for one in found if one is not None]
        fitting = self._fitting(stretches)
        found = [self._by_name(stretch, fitting or self._countings) for stretch in stretches]
        return [
            self._by_place(stretch, fitting) if one is None else one
            for stretch, one in zip(stretches, found, strict=True)
        ]

    def _fitting(self, stretches: Sequence[Stretch]) -> list[str]:
        """The ways of counting by which every quote that is found by any is found, likeliest first."""
        fitting = list(self._countings)
        for stretch in stretches:
            found = [way for way in self._countings if isinstance(self._by_name(stretch, [way]), Found)]
            if found:
                fitting = [way for way in fitting if way in found]
        return fitting

    def _by_name(self, stretch: Stretch, ways: Iterable[str]) -> Found | Lost | None:
        """By its name and the first way of counting that fits; None where no name looks like a quote."""
        if not 0 <= stretch.start < stretch.end:
            return Lost(f"it begins at {stretch.start} and ends at {stretch.end}")
        name = _folded(stretch.name)
        for way in ways if name else ():
            found = self._slice(way, stretch)
            if found and self._is_quote(found, name):
                return found
        if name and _looks_like_a_quote(name, stretch, self._one_line):
            return Lost(self._told(stretch, name))
        return None

    def _by_place(self, stretch: Stretch, fitting: Sequence[str]) -> Found | Lost:
        places = [self._slice(way, stretch) for way in fitting]
        if places and all(place is None for place in places):
            return Lost("it ends after the text, or between two halves of one character")
        if places[:1] != [None] and len({place and (place.start, place.end) for place in places}) == 1:
            return places[0] or Lost("it ends after the text")
        return Lost("nothing says how its place was counted: the passage has no name that is its quote")

    def _slice(self, counting: str, stretch: Stretch) -> Found | None:
        starts = self._standard if counting == STANDARD else self._countings[counting]
        begin, end = bisect_left(starts, stretch.start), bisect_left(starts, stretch.end)
        if end >= len(starts) or starts[begin] != stretch.start or starts[end] != stretch.end:
            return None
        return Found(begin, end, counting)

    def _is_quote(self, found: Found, name: str) -> bool:
        quote = _folded(self.text[found.start : found.end])
        if quote == name:
            return True
        beginning = re.sub(r"\s*(?:…|\.\.\.)$", "", name)
        cut_off = beginning != name and len(beginning) >= 5
        return bool(quote) and quote.startswith(beginning) and (cut_off or len(name) >= _LIKE_A_QUOTE)

    def _told(self, stretch: Stretch, name: str) -> str:
        found = self._slice(STANDARD, stretch)
        there = f"“{_short(self.text[found.start : found.end])}” stands there" if found else "nothing stands there"
        where = self.text.find(stretch.name.strip())
        else_where = f"; that quote stands at {where} to {where + len(stretch.name.strip())}" if where >= 0 else ""
        return f"it is called “{_short(name)}”, and {there}{else_where}"

    @cached_property
    def _pieces(self) -> list[str]:
        """What stands in the file for each character of the text."""
        return _PIECE.findall(self._raw)

    @cached_property
    def _one_line(self) -> str:
        return _folded(self.text)

    @cached_property
    def _countings(self) -> dict[str, Sequence[int]]:
        """The ways in which tools count, as far as they differ in this text, likeliest first."""
        breaks_said = {"file": "", "one": "each line break as one; ", "two": "each line break as two; "}
        ways = [
            (breaks, wide, mark)
            for mark in ((0, 1) if self._marked else (0,))
            for wide in (False, True)
            for breaks in breaks_said
        ]
        found: dict[str, Sequence[int]] = {STANDARD: [*self._standard]}
        for breaks, wide, mark in ways:
            starts = self._starts(breaks, wide, mark)
            if starts not in found.values():
                of_mark = "a byte order mark too; " if mark else ""
                of_wide = "some characters as two, as UTF-16 does; " if wide else ""
                found[f"{of_mark}{of_wide}{breaks_said[breaks]}".removesuffix("; ")] = starts
        return found

    def _starts(self, breaks: str, wide: bool, mark: int) -> list[int]:
        """Where each character of the text begins, as a tool counts, and where the text ends."""
        line_break = {"one": 1, "two": 2}.get(breaks)
        widths = (
            (line_break or len(piece)) if piece[0] in "\r\n" else 2 if wide and piece > "\uffff" else 1
            for piece in self._pieces
        )
        return list(accumulate(widths, initial=mark))


def _looks_like_a_quote(name: str, stretch: Stretch, one_line: str) -> bool:
    return (
        name.endswith(("…", "...")) or abs(len(stretch.name) - (stretch.end - stretch.start)) <= 2 or name in one_line
    )


def _folded(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    text = _folded(text)
    return f"{text[:40]}…" if len(text) > 40 else text
