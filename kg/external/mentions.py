"""Evidence → the partners that its cases name: who is named, in which cases, and where those lie."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from urllib.parse import unquote

from kg import evidence
from kg.external.reconciliation import Mention
from kg.records import Source


def mentions(folder: Path) -> list[Mention]:
    """Every name of a partner with the countries of the cases that name it, in order; a case coded twice is one.

    The same name in cases of other countries is a mention of its own: who is meant may be somebody else.

    Raises:
        UsageError: There is no evidence in the folder.
    """
    countries: dict[str, set[str]] = defaultdict(set)
    named: dict[str, set[str]] = defaultdict(set)
    units, _ = evidence.find_units(folder)
    for unit in units:
        record = evidence.read(unit).record
        if not isinstance(record, Source):
            continue
        for coding in record.codings:
            for case in coding.cases:
                where = place(record.source, case.id)
                countries[where].update(case.countries)
                named[where].update(" ".join(name.split()) for name in case.organisations or ())
    cases: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for where, names in named.items():
        for name in names:
            cases[name, tuple(sorted(countries[where]))].add(where)
    return [Mention(name, places, tuple(sorted(found))) for (name, places), found in sorted(cases.items())]


def place(source: str, case: str) -> str:
    """A case in one word, as a review file lists several: `source/case`.

    >>> place("lee2020", "ward 4; night"), parts("lee2020/ward 4%3B night")
    ('lee2020/ward 4%3B night', ('lee2020', 'ward 4; night'))
    """
    return "/".join(each.replace("%", "%25").replace("/", "%2F").replace(";", "%3B") for each in (source, case))


def parts(where: str) -> tuple[str, str]:
    """The ids of the source and the case that `place` made one word of."""
    source, _, case = where.partition("/")
    return unquote(source), unquote(case)
