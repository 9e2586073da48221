"""The layout of evidence as sheets: which column says which slot of the record model, and how a cell says it.

It follows from `kg.records`, so that a slot that is added there has its column. Groups of columns are numbered
(`context_1`, `context_1_state`, `context_2` …) as far as somebody needs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from kg import records, scheme
from kg.intake.tables import folded
from kg.records import ActorRole, Case, Claim, Coding, Link, Record, RecordedAs, Selector, Source, Study, Theory

_HEADS = frozenset({"factor", "kind", "to", "theory"})
"""Keys that say what an entry is of: their column bears the entry's name alone."""
_STEMS = {"theories": "theory", "evidence": "evidence"}
_USUAL = {"contexts": 3, "mechanisms": 2, "evidence": 1, "theories": 1}
"""How many columns of a group a new workbook has; others have none, since a list says as much in one cell."""
NUMBERED = re.compile(r"([a-z]+)_([1-9][0-9]{0,2})(?:_(.+))?", re.ASCII)
"""The name of a column of a group: its stem, its number, and which slot of the entry it is."""
LISTED = {"factor": "factors", "actor": "actors", "country": "countries"}
"""In which column of the sheet vocabulary the ids of concepts stand."""
_CONCEPTS: tuple[tuple[Any, str], ...] = (
    (records.Factor, "factor"),
    (records.Actor, "actor"),
    (records.CountryCode, "country"),
)


class Kind(StrEnum):
    """What the cells of a column hold."""

    text = "text"
    integer = "integer"
    boolean = "boolean"
    list = "list"


@dataclass(frozen=True)
class Column:
    """A column of a sheet.

    Attributes:
        name: What it is called.
        path: The keys that lead to its slot, below the row's record or, in a group, below the group's entry.
        kind: What its cells hold.
        slot: The model and the key of its slot, such as `Context.state`.
        values: What its cells may say, where that is given.
        concepts: `factor`, `actor` or `country` where its cells hold ids of such.
        needed: Whether every row must say it.
        group: The key of the list that its entry belongs to, such as `contexts`; empty where there is none.
        number: The number of its entry, from 1; 0 where there is none.
        nullable: Whether a list that is empty is something else than one that is not known.
        unseen: Whether it can be said that a coder did not see it.
        verbatim: Whether spaces at its ends are part of what it says.
    """

    name: str
    path: tuple[str, ...]
    kind: Kind
    slot: str
    values: tuple[str, ...] = ()
    concepts: str = ""
    needed: bool = False
    group: str = ""
    number: int = 0
    nullable: bool = False
    unseen: bool = False
    verbatim: bool = False

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True)
class Group:
    """Columns that are repeated with a number: those of one entry, whose names go on from `stem_1`."""

    key: str
    stem: str
    fields: tuple[Column, ...]
    needed: bool

    def numbered(self, number: int) -> Iterator[Column]:
        """The columns of an entry."""
        for field in self.fields:
            name = f"{self.stem}_{number}{field.name}"
            yield replace(field, name=name, number=number, needed=field.needed and self.needed and number == 1)


@dataclass(frozen=True)
class Layout:
    """A sheet.

    Attributes:
        name: What it is called.
        model: The record that a row holds.
        keys: Columns that say which record a row belongs to: they are no part of its own.
        parts: Columns and groups in their order.
        of: What its rows are called when they are counted.
    """

    name: str
    model: type[Record]
    keys: tuple[Column, ...]
    parts: tuple[Column | Group, ...]

    @property
    def id(self) -> str:
        """The column that tells one row from others with the same keys."""
        return {"sources": "source", "codings": "coder"}.get(self.name, "id")

    @property
    def groups(self) -> dict[str, Group]:
        """The groups by their key."""
        return {part.key: part for part in self.parts if isinstance(part, Group)}

    def columns(self, counts: Mapping[str, int] | None = None) -> list[Column]:
        """The columns from the left, with as many entries of each group as are counted by its key, or are usual."""
        found = list(self.keys)
        for part in self.parts:
            if isinstance(part, Column):
                found.append(part)
            else:
                for number in range(1, max((counts or {}).get(part.key, 0), _USUAL.get(part.key, 0)) + 1):
                    found += part.numbered(number)
        return found

    def column(self, heading: str) -> Column | None:
        """The column that a heading means, whatever its case and whether spaces part its words."""
        return _column(self.name, folded(heading))


@cache
def layouts() -> dict[str, Layout]:
    """Every sheet by its name, in the order of a workbook."""
    source = Column("source", ("source",), Kind.text, "Source.source", needed=True)
    coder = Column("coder", ("coder",), Kind.text, "Coding.coder", needed=True)
    found = [
        Layout("sources", Source, (), _parts(Source, without=("codings",), first=("source", "type"))),
        Layout("codings", Coding, (source,), _parts(Coding, without=("cases", "claims"))),
        Layout("cases", Case, (source, coder), _parts(Case)),
        Layout("claims", Claim, (source, coder), _parts(Claim)),
        Layout("studies", Study, (), _parts(Study)),
        Layout("theories", Theory, (), _parts(Theory)),
    ]
    return {layout.name: layout for layout in found}


@cache
def _column(sheet: str, name: str) -> Column | None:
    layout = layouts()[sheet]
    found = NUMBERED.fullmatch(name)
    if found:
        for group in layout.groups.values():
            if group.stem == found.group(1):
                return next((column for column in group.numbered(int(found.group(2))) if column.name == name), None)
    return next((column for column in layout.columns() if column.name == name), None)


# From the record model


def _parts(
    model: type[Record], without: tuple[str, ...] = (), first: tuple[str, ...] = ()
) -> tuple[Column | Group, ...]:
    hints = get_type_hints(model, include_extras=True)
    names = [*first, *(name for name in model.model_fields if name not in (*first, *without))]
    found: list[Column | Group] = []
    for name in names:
        field = model.model_fields[name]
        key, inner = field.alias or name, _bare(hints[name])
        entry = _bare(get_args(inner)[0]) if get_origin(inner) is list else None
        if _is_record(entry):
            stem = _STEMS.get(key, key.removesuffix("s"))
            if entry in (ActorRole, Link):  # an id alone may stand for the record
                slot, kind = f"{model.__name__}.{key}", "actor" if entry is ActorRole else ""
                found.append(Column(key, (key,), Kind.list, slot, concepts=kind))
            fields = [replace(column, group=key) for column in _fields(entry, "", (), needed=True)]
            found.append(Group(key, stem, tuple(fields), field.is_required()))
        elif _is_record(inner):
            found += _fields(inner, key, (key,), needed=field.is_required())
        else:
            found.append(_slot(model, name, hints[name], key, (key,), needed=field.is_required()))
    return tuple(found)


def _fields(model: Any, prefix: str, path: tuple[str, ...], needed: bool) -> Iterator[Column]:
    """The columns of a record within another one's row."""
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        inner = _bare(hints[name])
        column = prefix if name in _HEADS and name == next(iter(model.model_fields)) else f"{prefix}_{name}"
        if _is_record(inner):
            yield from _fields(inner, column, (*path, name), needed=False)
        else:
            yield _slot(model, name, hints[name], column, (*path, name), needed=needed and field.is_required())


def _slot(model: type[Record], name: str, hint: Any, column: str, path: tuple[str, ...], needed: bool) -> Column:
    inner = _bare(hint)
    concepts = _concepts(hint)
    kind, nullable = Kind.text, False
    values: tuple[str, ...] = ()
    if get_origin(inner) is list:
        kind, concepts = Kind.list, _concepts(get_args(inner)[0])
        nullable = type(None) in get_args(hint)
    elif isinstance(inner, type) and issubclass(inner, Enum):
        values = tuple(str(value.value) for value in inner)
    elif inner is bool:
        kind, values = Kind.boolean, ("true", "false")
    elif inner is int:
        kind = Kind.integer
    return Column(
        column,
        path,
        kind,
        f"{model.__name__}.{path[-1]}",
        values,
        concepts,
        needed,
        nullable=nullable,
        unseen=model is RecordedAs,
        verbatim=name == "quote" or (model is Selector and kind == Kind.text),
    )


def _bare(hint: Any) -> Any:
    """A type without its annotations and without None."""
    while get_origin(hint) in (Annotated, Union, UnionType):
        arguments = get_args(hint)
        hint = (
            arguments[0] if get_origin(hint) is Annotated else next(one for one in arguments if one is not type(None))
        )
    return hint


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)


def _concepts(hint: Any) -> str:
    return next((name for kind, name in _CONCEPTS if hint == kind), "")


def words_of(column: Column) -> list[str]:
    """What cells of a column may say, sorted where they are ids of concepts or countries; empty where anything."""
    words = scheme.load()
    known = {"factor": words.factors, "actor": words.actors, "country": words.countries}
    return sorted(known[column.concepts]) if column.concepts else list(column.values)
