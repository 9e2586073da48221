"""Competency questions: what people ask of the graph by name, without writing SPARQL.

A question is one file below `queries/questions/`. Its header says, line by line after `#+`, what it asks and why, what
its parameters and columns mean, and what its answer cannot tell; the defaults are what its `VALUES` blocks hold. So a
file is a whole question for people, for `kg ask`, and for any SPARQL 1.1 endpoint that it is pasted into. Where not
every engine can run it, its header says what composes the same rows from simpler queries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from kg import iris, query, resources
from kg.choices import ANY, CHOICES
from kg.composers import COMPOSERS
from kg.errors import UsageError
from kg.frames import Tabular
from kg.prefixes import table
from kg.query import plain
from kg.terms import XSD
from kg.words import Vocabulary, choice, notice, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.store import Answers, Term

Value = str | int | bool | tuple[str, ...] | None
"""What a cell of an answer holds."""

CONCEPTS = ("factor", "outcome", "context", "actor")
"""The kinds of parameter that name a concept."""

LISTS = {
    "claims": "claim",
    "concepts": "concept",
    "countries": "country",
    "passages": "passage",
    "sources": "source",
    "studies": "study",
    "texts": "text",
}
"""The kinds of column that hold several values, one a line in the query's answer, and the kind of each."""


_PROPOSING = re.compile(r"\breport(?:ed)?\b")


@dataclass(frozen=True)
class Parameter:
    """What a question may be asked about.

    Attributes:
        name: As in `NAME=VALUE`, and the variable of its `VALUES` block.
        kind: What its values are: a key of `CHOICES`, one of `CONCEPTS`, country, theory, number, or words of any kind.
        meaning: In words.
        default: The words that it has when nobody says otherwise; `any` where it restricts nothing.
    """

    name: str
    kind: str
    meaning: str
    default: tuple[str, ...]

    @property
    def may_be_any(self) -> bool:
        """Whether the restriction can be taken away; groupings and quantities, in a question by one, are not mixed."""
        by_one = self.kind in ("grouping", "quantity") and self.default != (ANY,)
        return self.kind not in ("number", "status") and not by_one

    @property
    def choices(self) -> tuple[str, ...]:
        """The words of a closed list that it takes, and `any` where it may be that; others it takes from the graph."""
        listed = CHOICES.get(self.kind, {})
        return (*listed, ANY) if self.may_be_any and ANY not in listed else tuple(listed)


@dataclass(frozen=True)
class Column:
    """A column of an answer: its name, the kind of its values, and what it means."""

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True)
class Question:
    """A competency question.

    Attributes:
        id: Such as `cq04`; public.
        question: What it asks, with parameters as `{name}`.
        why: Why anybody asks.
        parameters: In order.
        columns: In order, as its query gives them.
        cannot_tell: What its answer does not say, however much it looks like it.
        query: The SPARQL text.
        composed: The key of `kg.composers.COMPOSERS` that answers it in place of its SPARQL; empty if none does.
    """

    id: str
    question: str
    why: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    cannot_tell: str
    query: str = field(repr=False)
    composed: str = ""

    def worded(self, asked: Mapping[str, tuple[str, ...]] | None = None) -> str:
        """The question with the words that it is asked with, or with its defaults.

        >>> read_question("cq04").worded({"outcome": ("equity", "participation")})
        'Which relational factors are reported to support equity or participation, by number of independent studies?'
        """
        words = {parameter.name: parameter.default for parameter in self.parameters} | dict(asked or {})
        kinds = {parameter.name: parameter.kind for parameter in self.parameters}

        def say(match: re.Match[str]) -> str:
            values = words[match[1]]
            if ANY not in values:
                return " or ".join(value.replace("-", " ") for value in values)
            return "any" if kinds[match[1]] == "kind" else f"any {kinds[match[1]]}"

        told = re.sub(r"\{(\w+)\}", say, self.question).replace("any factors", "factors of any kind")
        return told if self.reports(words) else _PROPOSING.sub("proposed", told)

    def reports(self, words: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether what it lists is reported: what is merely proposed is not."""
        return set(words.get("status", ())) != {"proposed"}

    def to_json(self) -> dict[str, Any]:
        """The question as it stands with its defaults, its parameters and its columns."""
        return {
            "id": self.id,
            "question": self.worded(),
            "why": self.why,
            "parameters": [asdict(parameter) for parameter in self.parameters],
            "columns": [asdict(column) for column in self.columns],
            "cannot_tell": self.cannot_tell,
            "composed": self.composed or None,
        }


@dataclass(frozen=True)
class Answer(Tabular):
    """The rows that a question has on a graph.

    Attributes:
        question: What was asked.
        asked: The words of each parameter.
        rows: A dictionary a row, by column: ids and notations as text, numbers and truth values as such, a tuple where
            the column holds several, None where the record is silent.
        notice: How the evidence was coded.
    """

    question: Question
    asked: Mapping[str, tuple[str, ...]]
    rows: tuple[dict[str, Value], ...]
    notice: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.question.columns)

    def to_json(self) -> dict[str, Any]:
        """The question as it was asked, its rows, and what must be said beside them."""
        return {
            "id": self.question.id,
            "question": self.question.worded(self.asked),
            "asked": {name: list(words) for name, words in self.asked.items()},
            "rows": list(self.rows),
            "cannot_tell": self.question.cannot_tell,
            "notice": self.notice,
        }


@cache
def questions() -> tuple[Question, ...]:
    """Every competency question, by id."""
    return tuple(parse(path.read_text(encoding="utf-8")) for path in resources.question_files())


def read_question(word: str) -> Question:
    """The question of an id; its number will do, so that `4` is `cq04`.

    Raises:
        UsageError: There is none.
    """
    known = {question.id: question for question in questions()}
    number = re.fullmatch(r"(?:cq)?0*(\d{1,3})", word.strip().lower())
    found = known.get(f"cq{number[1]:0>2}" if number else word)
    if found is None:
        raise UsageError(f"there is no question “{word}”: kg ask lists them ({', '.join(known)})")
    return found


_LINE = re.compile(r"#\+ (id|question|why|parameter|column|cannot tell|composed): (.*)")
_DEFINED = re.compile(r"(\w+) \(([\w-]+)\): (.+)")


def parse(source: str) -> Question:
    """The question of a file's text.

    Raises:
        ValueError: The header is not one of a question.
    """
    header: dict[str, list[str]] = {}
    for line in source.splitlines():
        if not line.startswith("#+ "):
            break
        key = _LINE.fullmatch(line)
        if key is None:
            raise ValueError(f"not a line of a question's header: {line}")
        header.setdefault(key[1], []).append(key[2])
    for name in ("id", "question", "why", "cannot tell"):
        if len(header.get(name, [])) != 1:
            raise ValueError(f"a question says once: {name}")
    composed = header.get("composed", [])
    if len(composed) > 1 or set(composed) - set(COMPOSERS):
        raise ValueError(f"a question is composed of one of {', '.join(COMPOSERS)}, not: {', '.join(composed)}")
    defaults = query.defaults(source)
    return Question(
        id=header["id"][0],
        question=header["question"][0],
        why=header["why"][0],
        parameters=tuple(
            Parameter(name, kind, meaning, _default(defaults, name, kind))
            for name, kind, meaning in map(_defined, header.get("parameter", []))
        ),
        columns=tuple(Column(*_defined(line)) for line in header.get("column", [])),
        cannot_tell=header["cannot tell"][0],
        query=source,
        composed=next(iter(composed), ""),
    )


def _defined(line: str) -> tuple[str, str, str]:
    match = _DEFINED.fullmatch(line)
    if match is None:
        raise ValueError(f"a parameter or column reads “name (kind): meaning”, not: {line}")
    return match[1], match[2], match[3]


def _default(defaults: Mapping[str, str], name: str, kind: str) -> tuple[str, ...]:
    if name not in defaults:
        raise ValueError(f"the parameter {name} has no block VALUES ?{name} {{ … }}")
    return tuple(_as_word(term, kind) for term in defaults[name].split())


def _as_word(term: str, kind: str) -> str:
    """How people write what a `VALUES` block holds."""
    if term == "UNDEF":
        return ANY
    prefix, _, local = term.partition(":")
    if not local:
        return term
    iri = table()[prefix] + local
    if kind in CHOICES:
        return next(word for word, node in CHOICES[kind].items() if node.value == iri)
    return iris.ids(iri)[-1]


def ask(graph: Answers, word: str, asked: Mapping[str, str | int | Iterable[str | int]]) -> Answer:
    """The answer of a graph to a question.

    Args:
        graph: A graph that answers queries.
        word: The question's id.
        asked: Words for parameters, one or several each; a parameter that is left out keeps its default, and `any`
            takes its restriction away.

    Raises:
        UsageError: There is no such question, it has no such parameter, or the graph does not know a word.
        ValueError: What came back is no answer to the question.
    """
    question = read_question(word)
    words = Vocabulary(graph)
    terms = _terms(question, {name: _several(value) for name, value in asked.items()}, words)
    said = {one.name: _words(terms[one.name], one) if one.name in terms else one.default for one in question.parameters}
    if question.composed:
        composed = COMPOSERS[question.composed](graph, said, words)
        rows = tuple({column.name: row[column.name] for column in question.columns} for row in composed)
    else:
        rows = _rows(graph, question, terms, words)
    return Answer(question, said, rows, notice(graph))


def by_sparql(graph: Answers, question: Question, asked: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, Value], ...]:
    """The rows that the SPARQL of a question gives, also where `ask` has them composed.

    Raises:
        UsageError: The question has no such parameter, or the graph does not know a word.
        ValueError: What came back is no answer to the question.
    """
    words = Vocabulary(graph)
    return _rows(graph, question, _terms(question, asked, words), words)


def _rows(
    graph: Answers, question: Question, terms: dict[str, Terms], words: Vocabulary
) -> tuple[dict[str, Value], ...]:
    names, rows = graph.select(query.bind(question.query, terms))
    columns = {column.name: column.kind for column in question.columns}
    if set(columns) - set(names):
        raise ValueError(f"an answer without {', '.join(sorted(set(columns) - set(names)))}")
    return tuple({name: _value(row[name], kind, words) for name, kind in columns.items()} for row in rows)


def sparql(graph: Answers, question: Question, asked: Mapping[str, tuple[str, ...]]) -> str:
    """The SPARQL of a question as it is asked, for any endpoint that holds the graph.

    Raises:
        UsageError: The question has no such parameter, or the graph does not know a word.
    """
    return query.bind(question.query, _terms(question, asked, Vocabulary(graph)))


Terms = list[NamedNode | Literal] | None
"""What a parameter is bound to; None where it is freed."""


def _terms(question: Question, asked: Mapping[str, tuple[str, ...]], words: Vocabulary) -> dict[str, Terms]:
    refuse_unknown(question, asked)
    known = {parameter.name: parameter for parameter in question.parameters}
    terms: dict[str, Terms] = {}
    for name, values in asked.items():
        if not values:
            raise UsageError(f"{name} has no value: write {name}=VALUE")
        if len(values) > 1 and (ANY in values or known[name].kind == "number"):
            raise UsageError(f"{name} takes {ANY if ANY in values else 'a number'} alone")
        freed = ANY in values and known[name].may_be_any and ANY not in CHOICES.get(known[name].kind, ())
        terms[name] = None if freed else [_term(value, known[name], words) for value in values]
    return terms


def refuse_unknown(question: Question, asked: Iterable[str]) -> None:
    """Refuses names that are no parameters of a question.

    Raises:
        UsageError: There are some, with those that it has.
    """
    known = [parameter.name for parameter in question.parameters]
    unknown = [name for name in asked if name not in known]
    if unknown:
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise UsageError(f"{question.id} has no parameter {', '.join(unknown)}: {has}")


def _words(terms: Terms, parameter: Parameter) -> tuple[str, ...]:
    """How people write what a parameter is bound to, whatever label they used."""
    if terms is None:
        return (ANY,)
    named = {node.value: word for word, node in CHOICES.get(parameter.kind, {}).items()}
    return tuple(
        term.value if isinstance(term, Literal) else named.get(term.value) or iris.ids(term)[-1] for term in terms
    )


def _several(value: str | int | Iterable[str | int]) -> tuple[str, ...]:
    return (str(value),) if isinstance(value, str | int) else tuple(str(one) for one in value)


def _term(word: str, parameter: Parameter, words: Vocabulary) -> NamedNode | Literal:
    kind = parameter.kind
    if kind in CHOICES:
        return choice(parameter.name, word, CHOICES[kind])
    if kind in CONCEPTS:
        return words.concept(word, kind)
    if kind == "theory":
        return words.theory(word)
    if kind == "country":
        return words.country(word)
    if kind == "words":
        return Literal(word.strip())
    if not re.fullmatch(r"[0-9]{1,6}", word):
        raise UsageError(f"{parameter.name} is a whole number, not “{word}”")
    return Literal(str(int(word)), datatype=XSD.integer)


def _value(term: Term | None, kind: str, words: Vocabulary) -> Value:
    if kind in LISTS:
        found = {said for line in text(term).split("\n") if (said := _said(line.strip(), LISTS[kind], words))}
        return tuple(sorted(found))
    if term is None:
        return None
    if kind == "number":
        number = Decimal(text(term))
        if number != int(number):
            raise ValueError(f"{number} is not a count")
        return int(number)
    if kind == "yes-no":
        return plain(term) in (True, 1)
    return _said(text(term), kind, words) or None


def _said(value: str, kind: str, words: Vocabulary) -> str:
    """A value of one kind as people write it: ids for IRIs, notations for controlled values."""
    if not value or kind == "text":
        return value
    if kind == "value":
        return words.notations.get(value, value)
    if kind == "passage":  # the claim's IRI, a space, and where the claim rests
        claim, _, where = value.partition(" ")
        return f"{_said(claim, 'claim', words)}: {where}"
    ids = iris.ids(value)
    return "/".join(ids) if kind == "claim" else ids[-1]
