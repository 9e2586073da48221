"""Competency questions and their answers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TextIO

from kg.ask import LISTS
from kg.choices import ANY, CHOICES
from kg.composers import SAID
from kg.render.directions import DIRECTIONS
from kg.render.layout import (
    READING_WIDTH,
    UNFOLDED,
    as_words,
    console_on,
    measured,
    new_table,
    write_paragraph,
    write_text,
)
from kg.sentence import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kg.ask import Answer, Column, Question


def write_questions(questions: Sequence[Question], out: TextIO) -> None:
    """The questions that can be asked, as they stand with their defaults."""
    table = new_table()
    table.add_column("id", no_wrap=True)
    table.add_column("question", overflow="fold")
    for question in questions:
        table.add_row(question.id, question.worded())
    console_on(out, piped=UNFOLDED).print(table)
    out.write("kg ask ID answers one; kg ask ID --explain says what its parameters and columns mean.\n")


def write_question(question: Question, out: TextIO) -> None:
    """What a question asks, with which parameters and columns, and what its answer cannot tell."""
    write_paragraph(f"{question.id}  {question.worded()}", out)
    write_paragraph(f"Why: {question.why}", out)
    if question.parameters:
        table = new_table()
        for heading in ("parameter", "values", "default", "meaning"):
            table.add_column(heading, overflow="fold", no_wrap=heading in ("parameter", "default"))
        for parameter in question.parameters:
            named = () if parameter.kind in CHOICES else (f"{_article(parameter.kind)} {parameter.kind}",)
            known = " | ".join([*named, *parameter.choices])
            table.add_row(parameter.name, known, ",".join(parameter.default), parameter.meaning)
        console_on(out, READING_WIDTH).print(table)
    table = new_table()
    for heading in ("column", "meaning"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "column")
    for column in question.columns:
        table.add_row(column.name, column.meaning)
    console_on(out, READING_WIDTH).print(table)
    if question.composed:
        write_paragraph(
            f"Composed by {SAID[question.composed]}; the SPARQL gives the same where an engine can run it.", out
        )
    write_paragraph(f"It cannot tell: {question.cannot_tell}", out)


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def write_answer(answer: Answer, out: TextIO) -> None:
    """An answer: a table of what is counted with its claims below, or claim by claim; and what it cannot tell."""
    write_paragraph(f"{answer.question.id}  {answer.question.worded(answer.asked)}", out)
    asked = " ".join(f"{name}={','.join(words)}" for name, words in answer.asked.items())
    write_paragraph(
        f"Asked with {asked}. {number_of(len(answer), 'row')}." if asked else number_of(len(answer), "row"), out
    )
    if not answer.rows:
        write_paragraph(f"Nothing in the evidence answers this.{_wider(answer)}", out)
    elif any(column.kind == "claim" for column in answer.question.columns):
        _write_blocks(answer, out)
    else:
        _write_counted_rows(answer, out)
    write_paragraph(f"It cannot tell: {answer.question.cannot_tell}", out)
    if answer.notice:
        write_paragraph(answer.notice, out)


def _wider(answer: Answer) -> str:
    """How to ask a question more widely, by the parameters that it has and that still restrict it."""
    ways = [
        f"{one.name}={ANY if one.may_be_any else 'all'}"
        for one in answer.question.parameters
        if not {ANY, "all"} & set(answer.asked[one.name]) and (one.may_be_any or one.kind == "status")
    ]
    return f" To ask more widely: {' '.join(ways)}." if ways else ""


def _heading(column: Column, answer: Answer) -> str:
    verb = "reported" if answer.question.reports(answer.asked) else "proposed"
    return f"{verb}_{DIRECTIONS[column.name]}" if column.name in DIRECTIONS else column.name


def _write_counted_rows(answer: Answer, out: TextIO) -> None:
    """A table with what each row rests on below it; or block by block, where the terminal is too narrow for it."""
    constant = {name for name, words in answer.asked.items() if len(words) == 1 and ANY not in words}
    single = [column for column in answer.question.columns if column.kind not in LISTS and column.name not in constant]
    several = [column for column in answer.question.columns if column.kind in LISTS]
    console = console_on(out, piped=UNFOLDED)
    table = _counted_table(answer, single, wide=True)
    if measured(console, table).maximum > console.width:
        table = _counted_table(answer, single, wide=False)
    if measured(console, table).minimum > console.width:
        _write_blocks(answer, out)
        return
    console.print(table)
    if several:
        out.write("On whose word, row by row\n\n")
    for at, (before, row) in enumerate(_after_another(answer), 1):
        write_text(title_of(answer, row), out, f"{at:>4}  ", " " * 8)
        _write_lists(several, row, before, out)
    out.write("\n")


def _counted_table(answer: Answer, columns: Sequence[Column], wide: bool) -> Any:
    """The columns with one value each; where it is not wide, with headings in several lines and no value cut."""
    table = new_table()
    table.add_column("", justify="right", no_wrap=True, min_width=len(str(len(answer))))
    for column in columns:
        counted = column.kind == "number"
        broken = counted or not (wide or column.kind == "text")
        longest = max(len(as_words(row[column.name])) for row in answer.rows)
        table.add_column(
            _heading(column, answer).replace("_", "\n" if broken else " "),
            justify="right" if counted else "left",
            no_wrap=column.kind != "text",
            min_width=None if column.kind == "text" else longest,
        )
    for at, row in enumerate(answer.rows, 1):
        table.add_row(str(at), *(as_words(row[column.name]) for column in columns))
    return table


def _titles(answer: Answer) -> list[Column]:
    """The columns that say what a row is of: its claim, or its concepts, where it comes from, or its name."""
    kinds = (("claim",), ("concept",), ("source", "case"))
    named = ([one for one in answer.question.columns if one.kind in kind] for kind in kinds)
    found = next(filter(None, named), [])
    if not found:
        first = {one.kind: one for one in reversed(answer.question.columns)}
        return [one for one in answer.question.columns if one in map(first.get, ("country", "theory", "text"))]
    return found[:1] if found[0].kind == "claim" else found


def title_of(answer: Answer, row: Mapping[str, Any]) -> str:
    """What a row of an answer is of."""
    return " · ".join(as_words(row[column.name]) for column in _titles(answer) if row[column.name])


def _after_another(answer: Answer) -> Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each row with the one before it; the first with an empty one."""
    return pairwise([{}, *answer.rows])


def _write_lists(columns: Sequence[Column], row: Mapping[str, Any], before: Mapping[str, Any], out: TextIO) -> None:
    """Columns that hold several values; each passage on its own line, in place of the claims that they begin with.

    Several passages that are those of the row before are told to be, and not written once more.
    """
    indent, hanging = " " * 6, " " * 10
    passages = any(column.kind == "passages" for column in columns)
    for column in columns:
        if column.kind == "passages":
            again = len(row[column.name]) > 1 and row[column.name] == before.get(column.name)
            for passage in ["the same passages as in the row before"] if again else row[column.name]:
                write_text(passage, out, indent, hanging)
        elif row[column.name] and not (passages and column.name == "claims"):
            write_text(f"{column.name.replace('_', ' ')}: {as_words(row[column.name])}", out, indent, hanging)


def _write_blocks(answer: Answer, out: TextIO) -> None:
    """Row by row: what it is of, then its facts in one paragraph, then each text and list."""
    rest = [column for column in answer.question.columns if column not in _titles(answer)]
    several = [column for column in rest if column.kind in LISTS]
    for at, (before, row) in enumerate(_after_another(answer), 1):
        told = [(column, row[column.name]) for column in rest if column not in several and row[column.name] is not None]
        facts = [f"{_named(column, answer)}: {as_words(value)}" for column, value in told if column.kind != "text"]
        texts = [f"{_named(column, answer)}: {value}" for column, value in told if column.kind == "text"]
        write_text(title_of(answer, row), out, f"{at:>4}  ", " " * 8)
        for line in (" · ".join(facts), *texts):
            if line:
                write_text(line, out, " " * 6, " " * 8)
        _write_lists(several, row, before, out)
        out.write("\n")


def _named(column: Column, answer: Answer) -> str:
    return _heading(column, answer).replace("_", " ")
