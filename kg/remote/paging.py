"""Queries for parts of an answer, where an endpoint gives only so many rows at a time.

Parts fit together only where the order of the rows is total: to the order that a query asks for, all its other
variables are added, so that rows which tie are the same row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg import query_words

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = re.compile(r"[?$](\w+)")
_NAMES_ONLY = re.compile(r"(?:[?$]\w+\s*)+")


@dataclass(frozen=True)
class Paged:
    """A query that can be asked in parts.

    Attributes:
        prologue: Its prefixes.
        body: From SELECT to the last brace, and what groups it.
        order: How its rows are ordered, completely.
    """

    prologue: str
    body: str
    order: str

    def page(self, first: int, size: int) -> str:
        """The query for some rows.

        Args:
            first: How many rows come before them.
            size: The most of them.
        """
        return f"{self.prologue}{self.body}\n{self.order}\nLIMIT {size} OFFSET {first}"

    def page_of_sorted(self, first: int, size: int) -> str:
        """The same for an engine that sorts for no page beyond a number of rows: the sorted rows stand within it."""
        return f"{self.prologue}SELECT *\nWHERE {{ {{ {self.body}\n{self.order}\n}} }}\nLIMIT {size} OFFSET {first}"

    @property
    def count(self) -> str:
        """The query for the number of all rows."""
        return f"{self.prologue}SELECT (COUNT(*) AS ?rows)\nWHERE {{ {{ {self.body}\n}} }}"


def paged(query: str, names: Sequence[str]) -> Paged | None:
    """A query in parts, or None where it has a limit of its own or cannot be taken apart by its words.

    Args:
        query: A SELECT query.
        names: Its variables, as an answer has them.
    """
    words = query_words.blanked(query)
    selects = query_words.places("SELECT", query)
    end = words.rfind("}") + 1
    if not selects or not end or not names or _own(("FROM", "LIMIT", "OFFSET", "VALUES"), query, end):
        return None
    if words.count("{", 0, end) != words.count("}", 0, end) or not _is_last(words, end):
        return None
    orders = [place for place in query_words.places(r"ORDER\s+BY", query) if place[0] >= end]
    start, asked = (orders[0][0], query[orders[0][1] :].strip()) if orders else (len(query), "")
    said = _NAMES_ONLY.fullmatch(asked) and _NAME.findall(asked)
    rest = " ".join(f"?{name}" for name in names if name not in (said or ()))
    keys = f"{asked}\n{rest}".strip()  # on a line of its own, since a remark may end the query
    return Paged(query[: selects[0][0]], query[selects[0][0] : start], f"ORDER BY {keys}")


def _own(keywords: Sequence[str], query: str, end: int) -> bool:
    """Whether a query names data sets, or has one of the other words after its last brace."""
    return any(
        place[0] >= end or keyword == "FROM" for keyword in keywords for place in query_words.places(keyword, query)
    )


def _is_last(words: str, end: int) -> bool:
    """Whether the last brace is that of the pattern itself, and not of one in what groups or orders its rows."""
    depth = 0
    for at in range(end):
        depth += {"{": 1, "}": -1}.get(words[at], 0)
        if depth == 0 and words[at] == "}" and at + 1 < end:
            return False
    return depth == 0
