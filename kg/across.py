"""What shows only when records stand side by side: the checks of `queries/checks/`, each set-wise over a whole corpus.

A check is one SPARQL file. It finds nodes, so that what it finds stays true when lines move; `place` says where the
nodes stand. Near-equal names, which SPARQL cannot compare, are compared by `kg.twins`.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from pyoxigraph import QuerySolutions, Store

from kg import iris, resources, twins
from kg.errors import Failure
from kg.findings import Finding, Related, Severity, Tier

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path


class Sight(StrEnum):
    """What of a corpus is at hand, from the least; a check says what it needs, and runs only where it has it.

    One file: what is found stands in one file. Some files: what is found is there, whatever else may be. Every file:
    it is said that something is not there. Scheme: it is said of a concept, by the corpus that the scheme is made for.
    """

    one_file = "one file"
    some_files = "some files"
    every_file = "every file"
    scheme = "the scheme's own corpus"

    @property
    def rank(self) -> int:
        """Its place from the least."""
        return list(Sight).index(self)


_OTHER = "other"
"""The column of the other name, which comparing names adds."""


@dataclass(frozen=True)
class Check:
    """One file of `queries/checks/`.

    Attributes:
        rule: The name of the file, which findings bear.
        title: What it finds, in a few words.
        tier: What a record falls short of that it finds.
        severity: How much that matters.
        problem: What is wrong, in a sentence with names of columns in braces.
        remedy: How to mend it.
        why: Why anybody asks.
        needs: What must be at hand for it to be true; every file, where the file does not say.
        alike: In what way names must be alike to be found, where its rows are names (a key of `twins.ALIKE`).
        query: The query. Its columns are `focus` and, where there are any, `related` and `repair`; the others fill in
            the problem. Several lines of a column are a list, in which nothing counts twice and no order is meant.
            Where its rows are names, its columns are `focus`, `name` and, where there are any, those of `twins.Name`.
    """

    rule: str
    title: str
    tier: Tier
    severity: Severity
    problem: str
    remedy: str
    why: str
    needs: Sight
    alike: str
    query: str


@dataclass(frozen=True)
class Observation:
    """What a check found, by the nodes that it is about, wherever they stand.

    Attributes:
        rule: The check.
        focus: IRI of the node that is reported.
        related: IRIs of other nodes that it is about.
        what: What is wrong, in plain words.
        repair: What the coder can write instead, where that follows.
    """

    rule: str
    focus: str
    related: tuple[str, ...]
    what: str
    repair: str = ""

    def to_json(self) -> dict[str, Any]:
        """A record with the attributes as keys and plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Observation:
        """The observation that `to_json` wrote."""
        return cls(**{**record, "related": tuple(record["related"])})


@cache
def checks() -> tuple[Check, ...]:
    """Every check, by name.

    Raises:
        Failure: A file does not say what a check must say.
    """
    return tuple(read(path) for path in resources.check_files())


def read(path: Path) -> Check:
    """The check of a file.

    Raises:
        Failure: It does not say what a check must say, or asks for what its query does not give.
    """
    text = path.read_text(encoding="utf-8")
    said = dict(re.findall(r"^#\+ (\w+): (.+)$", text, re.MULTILINE))
    try:
        _look_over(said, text)
        return Check(
            rule=path.stem,
            title=said["title"],
            tier=Tier(said["tier"]),
            severity=Severity(said["severity"]),
            problem=said["problem"],
            remedy=said["remedy"],
            why=said["why"],
            needs=Sight(said.get("needs", Sight.every_file)),
            alike=said.get("alike", ""),
            query=text,
        )
    except (SyntaxError, ValueError) as error:
        raise Failure(f"the check {path.stem} is ill-formed: {str(error).splitlines()[0]} (see {path.name})") from error


_REQUIRED = ("title", "tier", "severity", "problem", "remedy", "why")
_WORDS: dict[str, Iterable[str]] = {"tier": Tier, "severity": Severity, "needs": Sight, "alike": twins.ALIKE}
"""The headers that take one of a few words."""
_COLUMN = re.compile(r"\{(\w+)\}")


def _look_over(said: Mapping[str, str], query: str) -> None:
    """Refuses what would go wrong only where the check finds something.

    Raises:
        ValueError: The header lacks or misnames something, or names columns that the query does not have.
        SyntaxError: The query is none.
    """
    known = [*_REQUIRED, *(name for name in _WORDS if name not in _REQUIRED)]
    if lacking := [name for name in _REQUIRED if name not in said]:
        raise ValueError(f"its header lacks {', '.join(lacking)}")
    if strange := [name for name in said if name not in known]:
        raise ValueError(f"its header has {', '.join(strange)}, and may have {', '.join(known)}")
    for name, words in _WORDS.items():
        if name in said and said[name] not in list(words):
            raise ValueError(f"{name} is “{said[name]}”, and should be one of {', '.join(words)}")
    found = Store().query(query)  # says what columns there are, and there is nothing to go through
    if not isinstance(found, QuerySolutions):
        raise ValueError("its query is not a SELECT")
    columns = {variable.value for variable in found.variables}
    if lacking := [name for name in ("focus", *(["name"] if "alike" in said else [])) if name not in columns]:
        raise ValueError(f"its query does not select {' and '.join(f'?{name}' for name in lacking)}")
    for name in _COLUMN.findall(said["problem"]):
        if name not in columns and not (name == _OTHER and "alike" in said):
            raise ValueError(f"its problem has {{{name}}}, and its query does not select ?{name}")
    if {*"{}"} & {*_COLUMN.sub("", said["problem"])}:
        raise ValueError("its problem has braces around what is no column")


def within_a_file(tier: Tier) -> list[Check]:
    """The checks up to a tier that one file is enough for: what they find in it, they find whatever else is there."""
    return [check for check in checks() if check.needs == Sight.one_file and check.tier.rank <= tier.rank]


def between_files(sight: Sight, tier: Tier) -> list[Check]:
    """The other checks up to a tier, of those that have what they need."""
    return [
        check
        for check in checks()
        if Sight.one_file.rank < check.needs.rank <= sight.rank and check.tier.rank <= tier.rank
    ]


def in_sight(observed: Iterable[Observation], sight: Sight) -> list[Observation]:
    """Of what was observed, what is true where no more than that is at hand."""
    needs = {check.rule: check.needs.rank for check in checks()}
    return [each for each in observed if needs[each.rule] <= sight.rank]


def observe(chosen: Iterable[Check], store: Store) -> list[Observation]:
    """What checks find in a store, in a fixed order.

    Args:
        chosen: The checks.
        store: The ontology, asserted and inferred, and what the modules assert; what follows from that may stand there.

    Raises:
        Failure: A check could not be carried out, so nothing is known of what it would find.
    """
    return [observation for check in chosen for observation in run(check, store)]


def run(check: Check, store: Store) -> list[Observation]:
    """What one check finds in a store, in the order of its query.

    Raises:
        Failure: It could not be carried out.
    """
    rows = _rows(check, store)
    if check.alike:
        rows = _twins(rows, check.alike)
    return [
        Observation(
            rule=check.rule,
            focus=row["focus"],
            related=tuple(sorted({*row.get("related", "").split("\n")} - {"", row["focus"]})),
            what=_filled(check.problem, row),
            repair=row.get("repair", ""),
        )
        for row in rows
    ]


def _filled(problem: str, row: Mapping[str, str]) -> str:
    r"""A problem with what a row says in its places; several lines are a list, which has no order of its own.

    >>> _filled("{who} share {what}.", {"who": "b\na\nc", "what": "an author"})
    'a, b and c share an author.'
    """
    return _COLUMN.sub(lambda found: _listed(row[found[1]]), problem)


def _listed(text: str) -> str:
    *most, last = sorted(set(text.split("\n")))
    return f"{', '.join(most)} and {last}" if most else last


def _rows(check: Check, store: Store) -> list[dict[str, str]]:
    """A check's rows as texts, without what they leave unbound."""
    try:
        found = store.query(check.query, use_default_graph_as_union=True)
        assert isinstance(found, QuerySolutions)
        names = [variable.value for variable in found.variables]
        rows = [{name: term.value for name in names if (term := solution[name]) is not None} for solution in found]
    except (SyntaxError, OSError, RuntimeError) as error:
        raise Failure(f"the check {check.rule} could not be carried out: {str(error).splitlines()[0]}") from error
    needed = {"focus", *_COLUMN.findall(check.problem), *(["name"] if check.alike else [])} - {_OTHER}
    for row in rows:
        if lacking := sorted(needed - row.keys()):
            raise Failure(f"the check {check.rule} finds something of which it leaves ?{lacking[0]} unbound")
    return rows


def _twins(rows: list[dict[str, str]], alike: str) -> list[dict[str, str]]:
    """A row for each name that may be another one: both names, and where both stand."""
    names = [
        twins.Name(
            text=row["name"],
            among=row.get("among", ""),
            apart=frozenset(filter(None, row.get("apart", "").split("\n"))),
            year=int(row["year"]) if "year" in row else None,
        )
        for row in rows
    ]
    return [
        {**rows[later], "related": rows[earlier]["focus"], _OTHER: rows[earlier]["name"]}
        for later, earlier in twins.pairs(names, twins.ALIKE[alike])
    ]


def place(observations: Iterable[Observation], places: Mapping[str, tuple[str, int]]) -> list[Finding]:
    """Observations as findings, each with the file and line of its node.

    Args:
        observations: What was found.
        places: File and line of each node that can be found, by IRI.
    """
    by_rule = {check.rule: check for check in checks()}

    def found(observation: Observation) -> Finding:
        check = by_rule[observation.rule]
        file, line = places[nearest(observation.focus, places)]
        return Finding(
            severity=check.severity,
            rule=check.rule,
            file=file,
            line=line,
            what=observation.what,
            remedy=check.remedy,
            subject=_subject(observation.focus),
            tier=check.tier,
            repair=observation.repair,
            related=tuple(Related(*places[nearest(iri, places)], _spoken(iri)) for iri in observation.related),
        )

    return [found(observation) for observation in observations]


def nearest(iri: str, known: Container[str]) -> str:
    """A node that is known, or else the nearest whole of it that is."""
    while iri not in known:
        iri, _, part = iri.rpartition("/")
        assert part, "a check found a node that stands in no file"
    return iri


@cache
def concept_lines() -> dict[str, int]:
    """Line of the concept scheme's file on which each concept is defined, by IRI."""
    lines = resources.concept_file().read_text(encoding="utf-8").split("\n")
    defined = ((at, re.match(r"pmc:([\w-]+) a ", line)) for at, line in enumerate(lines, 1))
    return {iris.concept(found[1]).value: at for at, found in defined if found}


def _subject(iri: str) -> str:
    """A node by the id that its own file gives it.

    >>> _subject(iris.DATA + "jones2013/coder-1/c1"), _subject(iris.DATA + "jones2013/author/2")
    ('c1', 'author 2')
    >>> _subject(iris.DATA + "judgement/ada/tension/trust/equity")
    'tension, trust equity'
    """
    ids = iris.ids(iri)
    if len(ids) < 3:
        return ids[-1]
    if ids[0] == "judgement":
        return f"{ids[2]}, {' '.join(ids[3:])}"
    return f"author {ids[2]}" if ids[1] == "author" else ids[2]


_PARTS_OF_SOURCES = ("author", "case")


def _spoken(iri: str) -> str:
    """A node in plain words: what it is, and its id.

    >>> _spoken(iris.DATA + "jones2013/coder-1/c1")
    'claim c1 of jones2013 by coder-1'
    """
    ids = iris.ids(iri)
    if iri.startswith(iris.CONCEPT):
        return f"concept {ids[0]}"
    if len(ids) == 1:
        return f"source {ids[0]}"
    if ids[0] in iris.RESERVED_SOURCE_IDS:
        return f"{ids[0]} {ids[1]}"
    if len(ids) == 2:
        return f"coding of {ids[0]} by {ids[1]}"
    if ids[1] in _PARTS_OF_SOURCES:
        return f"{ids[1]} {ids[2]} of {ids[0]}"
    return f"claim {ids[2]} of {ids[0]} by {ids[1]}"
