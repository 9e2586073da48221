"""Shows rows, matrices, claims and findings as tables, CSV and JSON."""

from __future__ import annotations

import csv
import json
import os
import shutil
import textwrap
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO

from kg import iris
from kg.ask import ANY, CHOICES, LISTS
from kg.sentence import joined
from kg.trace import FUNNEL, RECURRENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kg.agreement import Agreement
    from kg.ask import Answer, Column, Question
    from kg.coverage import Coverage, Filled
    from kg.diff import Change, Diff, Slot
    from kg.findings import Finding
    from kg.judgements import Condition, SynthesisJudgement
    from kg.patterns import Patterns
    from kg.tensions import Tensions, TensionSide
    from kg.trace import Cell, Trace, TracedClaim
    from kg.words import Vocabulary

PIPED_WIDTH = 150
READING_WIDTH = 100
UNFOLDED = 100_000


class Format(StrEnum):
    """How a listing is shown."""

    table = "table"
    csv = "csv"
    json = "json"


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], out: TextIO) -> None:
    """Rows as CSV; a cell that a spreadsheet would run as a formula is written as text (CWE-1236)."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        value = "; ".join(str(part) for part in value)
    if isinstance(value, str):
        value = value.replace("\r\n", "\n").replace("\r", "\n")  # a lone CR would begin a row of its own
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def write_json(value: Any, out: TextIO) -> None:
    """A value as JSON."""
    json.dump(value, out, ensure_ascii=False, indent=1)
    out.write("\n")


def write_table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], out: TextIO) -> None:
    """Rows as a table; in a terminal what is too long goes on in the next line, and piped lines stay whole."""
    table = _table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if row.get(column) is None else str(row[column]) for column in columns))
    _console(out, piped=UNFOLDED).print(table)


def _console(out: TextIO, piped: int = PIPED_WIDTH) -> Any:
    from rich.console import Console

    width = None if out.isatty() or "COLUMNS" in os.environ else piped
    return Console(file=out, width=width, highlight=False, markup=False, emoji=False)


def _width(out: TextIO) -> int:
    """The width that a console on `out` has, without making one for every line."""
    told = out.isatty() or "COLUMNS" in os.environ
    return shutil.get_terminal_size().columns if told else PIPED_WIDTH


def _fill(text: str, out: TextIO, first: str = "", then: str | None = None, most: int = READING_WIDTH) -> None:
    """A text in lines as wide as the terminal, and no wider than is good to read; `first` and `then` indent them."""
    lines = textwrap.wrap(
        text,
        min(_width(out), most),
        initial_indent=first,
        subsequent_indent=first if then is None else then,
        break_long_words=False,
        break_on_hyphens=False,
    )
    out.write("\n".join(lines) + "\n")


def _table() -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 0), header_style="bold")


def _measured(console: Any, table: Any) -> Any:
    """The least and the most width that a table takes where nothing stands in its way."""
    return console.measure(table, options=console.options.update(width=UNFOLDED))


# Tracing


def write_matrix(trace: Trace, least: int, out: TextIO) -> None:
    """The matrix of a trace with the cells of at least so many studies, every tension, and the funnel."""
    _write_selection(trace, out)
    shown = [cell for cell in trace.cells if cell.studies >= least or cell.tension] or list(trace.cells)
    if not trace.cells:
        out.write("Nothing in the evidence answers to this selection.\n")
        most = max((cell.studies for cell in trace.all_cells), default=0)
        if most:
            out.write(f"No cell rests on {trace.selection.min_studies} independent studies; the most is {most}.\n")
        elif trace.all_cells:
            out.write("Some of it is merely proposed: --status all shows it.\n")
    else:
        console = _console(out, piped=UNFOLDED)
        table = _matrix(shown, _verb(trace), wide=True)
        needed = _measured(console, table).maximum
        console.print(table if needed <= console.width else _matrix(shown, _verb(trace), wide=False))
        _write_legend(trace, shown, least, 0 if needed <= console.width else needed, out)
    _write_agreement(trace, out)
    if trace.all_cells:
        _write_funnel(trace, out)
    _write_notice(trace, out)


def _matrix(cells: Sequence[Cell], verb: str, wide: bool) -> Any:
    table = _table()
    table.add_column("factor", overflow="fold", no_wrap=wide)
    table.add_column("outcome", overflow="fold", no_wrap=wide)
    headings = [f"{verb}\nto support", f"{verb}\nto hinder", "mixed", "no\neffect", "studies"]
    if wide:
        headings += ["of which\nreviews *", "better if\npresent", "worse if\nabsent", "merely\nproposed"]
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for cell in sorted(cells, key=_rank(cells)):
        studies = f"{cell.studies}{'†' if cell.several else ' '}"
        numbers: list[int | str] = [cell.supports, cell.hinders, cell.mixed, cell.no_effect, studies]
        if wide:
            numbers += [cell.secondary, cell.present_better, cell.absent_worse, cell.proposed]
        mark = "tension" if cell.tension else "diverges" if cell.divergence else ""
        outcome = f"{cell.outcome} ↓" if cell.unwanted else cell.outcome
        table.add_row(cell.factor, outcome, *(str(number) if number else "·" for number in numbers), mark)
    return table


def _verb(trace: Trace) -> str:
    """What sources do with a direction: what is merely proposed is not reported."""
    return "proposed" if set(trace.selection.status) == {"proposed"} else "reported"


def _rank(cells: Sequence[Cell]) -> Any:
    """Factors with most studies in any cell first, and in each the cells with most."""
    most: dict[str, int] = {}
    for cell in cells:
        most[cell.factor] = max(cell.studies, most.get(cell.factor, 0))
    return lambda cell: (-most[cell.factor], cell.factor, -cell.studies, cell.outcome)


def _write_legend(trace: Trace, shown: Sequence[Cell], least: int, needed: int, out: TextIO) -> None:
    """What the marks and numbers mean; `needed` is the width that what stands behind the numbers would take."""
    lines = []
    hidden = len(trace.cells) - len(shown)
    if hidden:
        lines.append(
            f"{hidden} more cells rest on fewer than {least} independent studies; --min-studies 1 shows them too."
        )
    lines.append(
        "Numbers are of independent studies. A study counts once in each column that it has an effect in"
        + (", † marks cells with such a study in several." if any(cell.several for cell in shown) else ".")
    )
    if needed:
        lines.append(
            f"A terminal of {needed} columns, or --format json, also shows how many of the studies are reviews, report "
            "that it was better with the mechanism present or worse with it absent, or merely propose something."
        )
    else:
        lines.append("* Studies with a counted claim from a review, a commentary or a theory.")
    if any(cell.unwanted for cell in shown):
        lines.append("↓ Nobody wants more of this outcome: support means less of it.")
    if trace.selection.role == "context":
        lines.append(
            "The directions are those of the claims' mechanisms, in a context of the factor; not of the factor."
        )
    if any(cell.tension for cell in shown):
        lines.append("tension: different studies report support and hindrance. A lead, not an error.")
    if any(cell.divergence for cell in shown):
        lines.append("diverges: a mixed effect or none beside the reported direction.")
    if trace.selection.factor and not trace.selection.outcome:
        lines.append("Add --outcome to read the claims behind a cell.")
    for line in lines:
        _fill(line, out, most=PIPED_WIDTH)


def _write_funnel(trace: Trace, out: TextIO) -> None:
    single = any(step.studies is not None for step in trace.funnel)
    if not any(step.cells for step in trace.funnel):
        out.write("No study here reports support, so there is no funnel of it.\n\n")
        return
    table = _table()
    table.add_column("what remains of the reported support, step by step")
    if single:
        table.add_column("studies", justify="right")
    else:
        table.add_column("cells", justify="right")
        table.add_column(f" of them with {RECURRENT} or more studies", justify="right")
    for step in trace.funnel:
        numbers = (step.studies,) if single else (step.cells, step.recurrent)
        table.add_row(step.step, *(str(number) for number in numbers))
    _console(out).print(table)


def _write_selection(trace: Trace, out: TextIO) -> None:
    """What was asked for, where it is more than the default, so that a saved table says what it is of."""
    default = type(trace.selection)()
    told = []
    for name, slot in vars(trace.selection).items():
        if slot != getattr(default, name) and slot not in ((), []):
            values = joined([str(value) for value in slot], "or") if isinstance(slot, tuple | list) else slot
            told.append(name.replace("_", " ") if slot is True else f"{name.replace('_', ' ')}: {values}")
    if told:
        _fill(f"Asked for {'; '.join(told)}.", out, most=PIPED_WIDTH)
        out.write("\n")


def _write_agreement(trace: Trace, out: TextIO) -> None:
    seen = trace.double_coding
    whole = seen.both + seen.one + seen.opposed
    if whole:
        told = (
            f"Double coding: sources coded twice stand in {_count(whole, 'cell')}, proposed claims included. In "
            f"{seen.both} both coders recorded something of it, in {seen.one} only one; in {seen.opposed} they report "
            "opposed directions."
        )
        _fill(told, out, most=PIPED_WIDTH)
        out.write("\n")


def _write_notice(trace: Trace, out: TextIO) -> None:
    if trace.notice:
        _fill(trace.notice, out, most=PIPED_WIDTH)


def write_claims(trace: Trace, out: TextIO) -> None:
    """The claims of a trace as sentences, each with its source, locator, layer, coder and what was read."""
    _write_selection(trace, out)
    if not trace.claims:
        out.write("No claim in the evidence answers to this selection.\n")
    before: tuple[str, ...] = ()
    for claim in trace.claims:
        heading = (claim.factor, claim.outcome, claim.effect if claim.counted else "proposed")
        if heading != before:
            _write_heading(heading, before, trace, out)
        before = heading
        _write_claim(claim, out)
    _write_agreement(trace, out)
    if trace.all_cells:
        _write_funnel(trace, out)
    _write_notice(trace, out)


_HEADINGS = {
    "supports": "Reported to support",
    "hinders": "Reported to hinder",
    "mixed": "Reported as mixed",
    "no-effect": "Reported to make no difference",
    "proposed": "Merely proposed, not counted above",
}


def _write_heading(heading: tuple[str, ...], before: tuple[str, ...], trace: Trace, out: TextIO) -> None:
    factor, outcome, group = heading
    if heading[:2] != before[:2]:
        _write_underlined(_title(factor, outcome, trace), out)
    of_group = [
        claim
        for claim in trace.claims
        if (claim.factor, claim.outcome, claim.effect if claim.counted else "proposed") == heading
    ]
    studies = len({claim.study for claim in of_group})
    counted = {
        claim.study for claim in trace.claims if claim.counted and (claim.factor, claim.outcome) == (factor, outcome)
    }
    also = len({claim.study for claim in of_group} & counted) if group == "proposed" else 0
    said = _HEADINGS[group] if _verb(trace) == "reported" else _HEADINGS[group].replace("Reported", "Proposed")
    out.write(
        f"{said}: {_count(studies, 'study', 'studies')}, {_count(len(of_group), 'claim')}"
        + (f" ({also} of the studies also stand above)" if also else "")
        + "\n"
    )
    _fill(f"On whose word, in studies: {_whose(of_group)}.", out)
    out.write("\n")


def _whose(claims: Sequence[TracedClaim]) -> str:
    """Whose accounts the evidence of claims is, and of how many the basis of the reasoning is recorded."""
    studies: dict[str, set[str]] = {}
    for claim in claims:
        for item in claim.evidence:
            studies.setdefault(item.get("layer") or "not recorded", set()).add(claim.study)
    layers = ", ".join(f"{layer} {len(found)}" for layer, found in sorted(studies.items(), key=_most))
    based = sum(any(role.get("reasoningBasis") for role in claim.mechanisms) for claim in claims)
    return f"{layers}; the basis of the reasoning is recorded in {based or 'none'} of the claims"


def _most(counted: tuple[str, set[str]]) -> tuple[int, str]:
    return (-len(counted[1]), counted[0])


def _title(factor: str, outcome: str, trace: Trace) -> str:
    labels = trace.vocabulary.labels
    one, other = labels.get(factor, factor), labels.get(outcome, outcome)
    if any(cell.unwanted for cell in trace.all_cells if cell.outcome == outcome):
        other += " (unwanted: support means less of it)"
    if trace.selection.role == "context":
        return f"In a context of {one}: claims about {other}"
    return f"{one} → {other}" if trace.selection.role == "mechanism" else f"{other} as outcome"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _write_claim(claim: TracedClaim, out: TextIO) -> None:
    locators = "; ".join(where for item in claim.evidence if (where := item.get("locator"))) or "no locator"
    whose = "; ".join(dict.fromkeys(layer for item in claim.evidence if (layer := item.get("layer"))))
    facts = [
        locators,
        f"{whose or 'no'} layer",
        claim.status,
        claim.design or "design not stated",
        claim.coder,
        f"read: {'; '.join(claim.read) or 'not stated'}",
    ]
    if claim.effect_kind:
        facts.insert(2, claim.effect_kind)
    out.write(f"  {claim.claim}\n")
    rivals = (f"Rival explanation considered: {rival}" for rival in claim.rival_explanations)
    for text in (claim.sentence, *(_told(item) for item in claim.evidence), *rivals, " · ".join(facts)):
        if text:
            _fill(text, out, "    ")
    out.write("\n")


def _told(item: Any) -> str:
    told = [f"“{item.get('quote')}”" if item.get("quote") else "", item.get("paraphrase") or ""]
    if item.get("statisticMeasure"):
        value = f": {item.get('statisticValue')}" if item.get("statisticValue") else ""
        size = f" (n = {item.get('sampleSize')})" if item.get("sampleSize") else ""
        told.append(f"{item.get('statisticMeasure')}{value}{size}.")
    return " ".join(text for text in told if text)


# Tensions and patterns


def write_tensions(found: Tensions, out: TextIO) -> None:
    """Each tension: who reports what, what stands on one side only, and what named persons judge of it."""
    from kg.tensions import CAUTION

    labels = found.vocabulary.labels
    if not found.tensions:
        _write_paragraph(
            "No tension: no study's tested claim reports support where another study's reports hindrance.", out
        )
    else:
        _write_paragraph(
            f"{_count(len(found.tensions), 'tension')}: of a factor and an outcome one study reports support and "
            "another hindrance, in tested claims. A lead, not an error.",
            out,
        )
    for tension in found.tensions:
        _write_underlined(f"{labels[tension.factor]} → {labels[tension.outcome]}", out)
        for side in tension.sides:
            _write_side(side, found.vocabulary, out)
        _write_judgements(tension.judgements, (), found.vocabulary, out)
        out.write("\n")
    if found.tensions:
        _fill("Read the claims with kg trace --factor FACTOR --outcome OUTCOME.", out)
        _fill(CAUTION, out)
    if found.notice:
        _fill(found.notice, out)


def _write_side(side: TensionSide, words: Vocabulary, out: TextIO) -> None:
    out.write(f"{_HEADINGS[side.effect]}: {_count(len(side.studies), 'study', 'studies')}\n")
    _fill(_studies_told(side.studies), out, "  ", "    ")
    _fill(f"Claims: {', '.join(side.claims)}.", out, "  ", "    ")
    states = ", ".join(f"{state} in {_count(claims, 'claim')}" for state, claims in side.states.items())
    _fill(f"Mechanism: {states or 'state not recorded'}.", out, "  ", "    ")
    if side.seen_once:
        _fill(f"Coded more than once, and only one coder reports this: {', '.join(side.seen_once)}.", out, "  ", "    ")
    only = {
        "contexts": [_condition_said(context, words) for context in side.contexts],
        "actors": [words.labels[actor] for actor in side.actors],
        "countries": [_country(code, words) for code in side.countries],
        "designs": side.designs,
        "layers": side.layers,
    }
    if not any(only.values()):
        out.write("  On this side only: nothing that is recorded.\n")
        return
    out.write("  On this side only:\n")
    for name, values in only.items():
        if values:
            _fill(f"{name}: {'; '.join(values)}", out, "    ", "      ")


def _studies_told(studies: Mapping[str, str]) -> str:
    """Studies by what they are called, with the id that graphs and files know them by."""
    return "; ".join(_study_told(study, label) for study, label in studies.items()) + "."


def _study_told(study: str, label: str) -> str:
    """A study whose authors nobody saw is called by its id already."""
    return f"{label} ({study})" if label and not label.startswith(study) else label or study


def _condition_said(condition: Condition, words: Vocabulary) -> str:
    said = f"{words.labels[condition.factor]} ({condition.state or 'state not recorded'})"
    return f"{said}: {condition.note}" if condition.note else said


def _country(code: str, words: Vocabulary) -> str:
    return words.labels.get(iris.country(code).value, code)


def _write_judgements(
    judgements: Sequence[SynthesisJudgement], agreeing: Sequence[str], words: Vocabulary, out: TextIO
) -> None:
    """What persons judge, each by name; that nobody did is said by silence.

    A counter-case that is among the `agreeing` claims, which report what it is to counter, is said to be.
    """
    for judgement in judgements:
        on = f" on {judgement.date}" if judgement.date else ""
        by = f"by {judgement.by}{on}: {judgement.reason}"
        what = f"Judged as {judgement.kind.replace('-', ' ')}" if judgement.kind else "Promoted to a demi-regularity"
        _fill(f"{what} {by}", out, "", "  ")
        if judgement.contexts:
            where = "In that judgement it depends on" if judgement.kind else "In that judgement it holds in"
            contexts = "; ".join(_condition_said(context, words) for context in judgement.contexts)
            _fill(f"{where}: {contexts}.", out, "  ", "    ")
        for case in judgement.counter_cases:
            why = case.why or "what is made of it is not said"
            agrees = " (which reports the same as the pattern: kg check finds it)" if case.claim in agreeing else ""
            _fill(f"Counter-case {case.claim}{agrees}: {why}.", out, "  ", "    ")
        if judgement.counter_cases_sought:
            _fill(f"Counter-cases sought: {judgement.counter_cases_sought.rstrip('.')}.", out, "  ", "    ")


def write_patterns(found: Patterns, out: TextIO) -> None:
    """Each recurrent pattern: its studies, who reports otherwise, where it was seen, and who promoted it."""
    from kg.patterns import CAUTION

    labels = found.vocabulary.labels
    _write_paragraph(_patterns_counted(found), out)
    for pattern in found.patterns:
        mark = "  [promoted to a demi-regularity]" if pattern.demi_regularity else ""
        _write_underlined(f"{labels[pattern.factor]} → {labels[pattern.outcome]}{mark}", out)
        out.write(f"{_HEADINGS[pattern.effect]}: {_count(len(pattern.studies), 'study', 'studies')}\n")
        _fill(_studies_told(pattern.studies), out, "  ", "    ")
        for line in _cell_told(pattern.cell, pattern.effect):
            _fill(line, out, "  ", "    ")
        seen = {
            "countries": [_country(code, found.vocabulary) for code in pattern.countries],
            "designs": pattern.designs,
            "layers": pattern.layers,
        }
        told = "; ".join(f"{name}: {', '.join(values) or 'not recorded'}" for name, values in seen.items())
        _fill(f"Seen in {told}.", out, "  ", "    ")
        _write_judgements(pattern.judgements, pattern.claims, found.vocabulary, out)
        out.write("\n")
    if found.patterns:
        _fill("Read the claims, and those that report otherwise, with kg trace --factor FACTOR --outcome OUTCOME.", out)
        _fill(CAUTION, out)
    if found.notice:
        _fill(found.notice, out)


def _patterns_counted(found: Patterns) -> str:
    takes = "which takes a named person's explanation, with context and counter-cases"
    if not found.patterns:
        return f"No recurrent pattern: no effect is reported by {RECURRENT} independent studies, in tested claims."
    promoted = sum(pattern.demi_regularity for pattern in found.patterns)
    was = "were" if promoted > 1 else "was"
    return (
        f"{_count(len(found.patterns), 'recurrent pattern')}: reported by {RECURRENT} independent studies or more, in "
        f"tested claims. {promoted or 'None'} of them {was} promoted to a demi-regularity, {takes}."
    )


def _cell_told(cell: Cell, effect: str) -> list[str]:
    """What else stands in the cell of a pattern: states, the contrary, reviews, and the funnel of its support."""
    numbers = {"supports": cell.supports, "hinders": cell.hinders, "mixed": cell.mixed, "no-effect": cell.no_effect}
    otherwise = [
        f"{_HEADINGS[other][0].lower()}{_HEADINGS[other][1:]} by {number}"
        for other, number in numbers.items()
        if number and other != effect
    ]
    told = [f"Otherwise: {'; '.join(otherwise) or 'no study with a tested claim reports another effect'}."]
    if effect == "supports":
        told.insert(0, f"Better with it present in {cell.present_better}, worse with it absent in {cell.absent_worse}.")
        steps = (f"{step.removeprefix('… and ')} {count}" for step, count in zip(FUNNEL, cell.funnel, strict=True))
        told.append(f"What remains of the support, in studies: {' → '.join(steps)}.")
    if cell.secondary:
        rest = "rests" if cell.secondary == 1 else "rest"
        whole = _count(cell.studies, "study", "studies")
        told.insert(-1, f"Of the {whole} here {cell.secondary} {rest} on a review, a commentary or a theory.")
    return told


def _write_underlined(title: str, out: TextIO) -> None:
    out.write(f"{title}\n{'═' * len(title)}\n\n")


# Competency questions


def write_questions(questions: Sequence[Question], out: TextIO) -> None:
    """The questions that can be asked, as they stand with their defaults."""
    table = _table()
    table.add_column("id", no_wrap=True)
    table.add_column("question", overflow="fold")
    for question in questions:
        table.add_row(question.id, question.worded())
    _console(out, piped=UNFOLDED).print(table)
    out.write("kg ask ID answers one; kg ask ID --explain says what its parameters and columns mean.\n")


def write_question(question: Question, out: TextIO) -> None:
    """What a question asks, with which parameters and columns, and what its answer cannot tell."""
    _write_paragraph(f"{question.id}  {question.worded()}", out)
    _write_paragraph(f"Why: {question.why}", out)
    if question.parameters:
        table = _table()
        for heading in ("parameter", "values", "default", "meaning"):
            table.add_column(heading, overflow="fold", no_wrap=heading in ("parameter", "default"))
        for parameter in question.parameters:
            named = () if parameter.kind in CHOICES else (f"{_article(parameter.kind)} {parameter.kind}",)
            known = " | ".join([*named, *parameter.choices])
            table.add_row(parameter.name, known, ",".join(parameter.default), parameter.meaning)
        _console(out, READING_WIDTH).print(table)
    table = _table()
    for heading in ("column", "meaning"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "column")
    for column in question.columns:
        table.add_row(column.name, column.meaning)
    _console(out, READING_WIDTH).print(table)
    _write_paragraph(f"It cannot tell: {question.cannot_tell}", out)


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def write_answer(answer: Answer, out: TextIO) -> None:
    """An answer: a table of what is counted with its claims below, or claim by claim; and what it cannot tell."""
    _write_paragraph(f"{answer.question.id}  {answer.question.worded(answer.asked)}", out)
    asked = " ".join(f"{name}={','.join(words)}" for name, words in answer.asked.items())
    _write_paragraph(f"Asked with {asked}. {_count(len(answer), 'row')}." if asked else _count(len(answer), "row"), out)
    if not answer.rows:
        _write_paragraph(f"Nothing in the evidence answers this.{_wider(answer)}", out)
    elif any(column.kind == "claim" for column in answer.question.columns):
        _write_blocks(answer, out)
    else:
        _write_counted_rows(answer, out)
    _write_paragraph(f"It cannot tell: {answer.question.cannot_tell}", out)
    if answer.notice:
        _write_paragraph(answer.notice, out)


def _wider(answer: Answer) -> str:
    """How to ask a question more widely, by the parameters that it has and that still restrict it."""
    ways = [
        f"{one.name}={ANY if one.may_be_any else 'all'}"
        for one in answer.question.parameters
        if not {ANY, "all"} & set(answer.asked[one.name]) and (one.may_be_any or one.kind == "status")
    ]
    return f" To ask more widely: {' '.join(ways)}." if ways else ""


def _write_paragraph(text: str, out: TextIO) -> None:
    _fill(text, out)
    out.write("\n")


_SAID = {"supports": "to support", "hinders": "to hinder"}
"""What columns say of what is reported, or merely proposed, where their names alone would say too much."""


def _heading(column: Column, answer: Answer) -> str:
    verb = "reported" if answer.question.reports(answer.asked) else "proposed"
    return f"{verb}_{_SAID[column.name]}" if column.name in _SAID else column.name


def _write_counted_rows(answer: Answer, out: TextIO) -> None:
    """A table with what each row rests on below it; or block by block, where the terminal is too narrow for it."""
    constant = {name for name, words in answer.asked.items() if len(words) == 1 and ANY not in words}
    single = [column for column in answer.question.columns if column.kind not in LISTS and column.name not in constant]
    several = [column for column in answer.question.columns if column.kind in LISTS]
    console = _console(out, piped=UNFOLDED)
    table = _counted_table(answer, single, wide=True)
    if _measured(console, table).maximum > console.width:
        table = _counted_table(answer, single, wide=False)
    if _measured(console, table).minimum > console.width:
        _write_blocks(answer, out)
        return
    console.print(table)
    if several:
        out.write("On whose word, row by row\n\n")
    for at, row in enumerate(answer.rows, 1):
        out.write(f"{at:>4}  {_title_of(answer, row)}\n")
        _write_lists(several, row, out)
    out.write("\n")


def _counted_table(answer: Answer, columns: Sequence[Column], wide: bool) -> Any:
    """The columns with one value each; where it is not wide, with headings in several lines and no value cut."""
    table = _table()
    table.add_column("", justify="right", no_wrap=True, min_width=len(str(len(answer))))
    for column in columns:
        counted = column.kind == "number"
        broken = counted or not (wide or column.kind == "text")
        longest = max(len(_shown(row[column.name])) for row in answer.rows)
        table.add_column(
            _heading(column, answer).replace("_", "\n" if broken else " "),
            justify="right" if counted else "left",
            no_wrap=column.kind != "text",
            min_width=None if column.kind == "text" else longest,
        )
    for at, row in enumerate(answer.rows, 1):
        table.add_row(str(at), *(_shown(row[column.name]) for column in columns))
    return table


def _titles(answer: Answer) -> list[Column]:
    """The columns that say what a row is of: its claim, or its concepts, or where it comes from."""
    kinds = (("claim",), ("concept",), ("source", "case"))
    named = ([one for one in answer.question.columns if one.kind in kind] for kind in kinds)
    found = next(filter(None, named), [])
    return found[:1] if found and found[0].kind == "claim" else found


def _title_of(answer: Answer, row: Mapping[str, Any]) -> str:
    return " · ".join(_shown(row[column.name]) for column in _titles(answer) if row[column.name])


def _write_lists(columns: Sequence[Column], row: Mapping[str, Any], out: TextIO) -> None:
    """Columns that hold several values; each passage on its own line, in place of the claims that they begin with."""
    indent, hanging = " " * 6, " " * 10
    passages = any(column.kind == "passages" for column in columns)
    for column in columns:
        if column.kind == "passages":
            for passage in row[column.name]:
                _fill(passage, out, indent, hanging)
        elif row[column.name] and not (passages and column.name == "claims"):
            _fill(f"{column.name.replace('_', ' ')}: {_shown(row[column.name])}", out, indent, hanging)


def _write_blocks(answer: Answer, out: TextIO) -> None:
    """Row by row: what it is of, then its facts in one paragraph, then each text and list."""
    rest = [column for column in answer.question.columns if column not in _titles(answer)]
    several = [column for column in rest if column.kind in LISTS]
    for at, row in enumerate(answer.rows, 1):
        told = [(column, row[column.name]) for column in rest if column not in several and row[column.name] is not None]
        facts = [f"{_named(column, answer)}: {_shown(value)}" for column, value in told if column.kind != "text"]
        texts = [f"{_named(column, answer)}: {value}" for column, value in told if column.kind == "text"]
        out.write(f"{at:>4}  {_title_of(answer, row)}\n")
        for line in (" · ".join(facts), *texts):
            if line:
                _fill(line, out, " " * 6, " " * 8)
        _write_lists(several, row, out)
        out.write("\n")


def _named(column: Column, answer: Answer) -> str:
    return _heading(column, answer).replace("_", " ")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(value)
    return "" if value is None else str(value)


# Agreement between coders


def write_agreement(found: Agreement, out: TextIO) -> None:
    """Agreement slot by slot, what found no partner, what needs no alignment, and the answers that change."""
    if not found.codings:
        _write_paragraph("No source in this graph was coded more than once.", out)
        return
    told = f"{_count(found.sources, 'source was', 'sources were')} coded more than once"
    aligned = f"{_count(len(found.pairs), 'pair')} of claims aligned by the words of their passages"
    _write_paragraph(f"{told}; {aligned}.", out)
    table = _table()
    table.add_column("slot", no_wrap=True)
    for heading in ("pairs", "recorded\nthe same", "alpha", "alpha if aligned\nto agree best", "filled by\none only"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in found.slots:
        numbers = (
            str(one.pairs),
            f"{one.same / one.pairs:.0%}" if one.pairs else "·",
            _alpha(one.alpha),
            _alpha(one.best_alpha),
            str(one.one_only or "·"),
        )
        table.add_row(_slot_name(one.slot, found), *numbers)
    _console(out, piped=UNFOLDED).print(table)
    lines = [
        "alpha (Krippendorff): 1 is perfect agreement, 0 what chance would give, below 0 less than that."
        + (" It is not defined (–) where all record the same value." if _undefined(found) else ""),
        "filled?: whether the slot is filled, not how it is worded. Contexts and actors are compared as sets.",
        f"No partner: {_without_partner(found)}. They are in no figure above.",
        f"Without any alignment, what either of two codings of a source names, both do: {_overlaps(found)}.",
        f"Parts read: in {found.read_apart} of {found.codings} pairs of codings the coders do not name the same parts; "
        f"in {found.extent_apart} of them one read beyond the abstract and the other did not.",
        "No interval is given: how the sources to be coded more than once were chosen is not recorded.",
        "Agreement does not say which coder is right, nor that what they agree on is.",
    ]
    for line in lines:
        _fill(line, out, then="  ")
    out.write("\n")
    _write_flips(found.flips, out)
    if found.notice:
        _fill(found.notice, out)


def _alpha(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _undefined(found: Agreement) -> bool:
    return any(None in (one.alpha, one.best_alpha) for one in found.slots)


def _slot_name(slot: str, found: Agreement) -> str:
    return f"{slot.replace('_', ' ')}{' filled?' if found.only_filled(slot) else ''}"


def _without_partner(found: Agreement) -> str:
    claims = sum(one.claims for one in found.coders)
    alone = claims - sum(one.aligned for one in found.coders)
    each = ", ".join(f"{one.coder} {one.claims - one.aligned} of {one.claims}" for one in found.coders)
    return f"{alone} of {_count(claims, 'claim')} ({each})"


def _overlaps(found: Agreement) -> str:
    return ", ".join(f"{one.what} {one.share:.0%}" for one in found.overlaps)


def _write_flips(flips: Answer, out: TextIO) -> None:
    """The answers that change with the coder, without the claims behind them."""
    _fill(f"{flips.question.worded(flips.asked)} {_count(len(flips), 'answer')}:", out)
    for row in flips.rows:
        _fill(f"{_title_of(flips, row)}: {_shown(row['change'])}", out, "  ", "    ")
    out.write("kg ask cq34 shows the claims behind each; kg ask cq34 kind=any asks of all factors.\n\n")


def write_pairs(found: Agreement, out: TextIO) -> None:
    """The alignment, pair by pair, with both passages and the slots in which the two differ."""
    for pair in found.pairs:
        differ = ", ".join(slot.replace("_", " ") for slot in pair.differ)
        out.write(f"{pair.first.claim} = {pair.second.claim}\n")
        for claim in (pair.first, pair.second):
            _fill(" | ".join(claim.passage), out, "    ", "      ")
        _fill(f"likeness {pair.likeness:.2f}; they differ in: {differ or 'nothing'}", out, "    ", "      ")
        out.write("\n")
    _write_paragraph(
        f"{_count(len(found.pairs), 'pair')} of claims aligned by the words of their passages; no partner: "
        f"{_without_partner(found)}.",
        out,
    )
    if found.notice:
        _fill(found.notice, out)


# Coverage


MOST_COLUMNS = 8
"""More groups than this stand below each other, with a few slots beside each."""
_TELLING = {
    "claim.case": "case",
    "claim.contexts": "contexts",
    "mechanism.resource": "resource",
    "mechanism.reasoning": "reasoning",
    "outcome.direction": "direction",
    "evidence.layer": "layer",
    "evidence.quote": "quote",
}
"""The slots that are shown where there is room for few: those that an explanation and its evidence trail ask for."""


def write_coverage(found: Coverage, out: TextIO) -> None:
    """Which slots are filled: slot by slot, with a column a group; or group by group, where there are many."""
    if not found.slots:
        _write_paragraph("Nothing that could be read has a slot to fill.", out)
        return
    console = _console(out, piped=UNFOLDED)
    if len(found.groups) <= MOST_COLUMNS:
        table = _slot_by_slot(found, wide=True)
        cut = _measured(console, table).maximum > console.width
        console.print(_slot_by_slot(found, wide=False) if cut else table)
    else:
        slots = list(_TELLING)
        while slots and _measured(console, _group_by_group(found, slots)).maximum > console.width:
            slots.pop()
        console.print(_group_by_group(found, slots))
        _fill("--format csv and --format json have every slot.", out)
    if found.groups:
        _fill("Numbers by group are percentages; · where no record there could fill the slot.", out)
    _fill("An empty slot is a gap in the record, or in what the source says: the record does not tell which.", out)
    if found.notice:
        _fill(found.notice, out)


def _slot_by_slot(found: Coverage, wide: bool) -> Any:
    """A line a slot and a column a group; where it is not wide, without what the slots are of."""
    from kg.coverage import ALL

    counted = {(one.slot, one.group): one for one in found.slots}
    table = _table()
    table.add_column("slot", overflow="fold", no_wrap=wide)
    for heading in ("filled", "of", "%"):
        table.add_column(heading, justify="right", no_wrap=True)
    for group in found.groups:
        table.add_column(group.replace(" ", "\n").replace("-", "-\n"), justify="right", no_wrap=True)
    if wide:
        table.add_column("of what", no_wrap=not found.groups)
    for one in (one for one in found.slots if one.group == ALL):
        shares = (_percent(counted.get((one.slot, group))) for group in found.groups)
        among = (one.among,) if wide else ()
        slot = one.slot if wide else one.slot.replace("+", " +")
        table.add_row(slot, str(one.filled), str(one.of), _percent(one), *shares, *among)
    return table


def _group_by_group(found: Coverage, slots: Sequence[str]) -> Any:
    """A line a group and a column for each of the telling slots."""
    from kg.coverage import ALL, FULL

    counted = {(one.slot, one.group): one for one in found.slots}
    table = _table()
    table.add_column(str(found.by), overflow="fold")
    full = "context, resource,\nreasoning, direction %"
    for heading in ("claims", *(f"{_TELLING[slot]}\n%" for slot in slots), full):
        table.add_column(heading, justify="right", no_wrap=True)
    for group in (ALL, *found.groups):
        claims = counted.get((FULL, group))
        shares = (_percent(counted.get((slot, group))) for slot in (*slots, FULL))
        table.add_row(group, str(claims.of if claims else 0), *shares)
    return table


def _percent(one: Filled | None) -> str:
    """A share to whole percents, of which 0 and 100 are said of none and of all only."""
    if one is None:
        return "·"
    if 0 < one.filled < one.of and not 0.005 <= one.share < 0.995:
        return "<1" if one.share < 0.5 else ">99"
    return f"{one.share * 100:.0f}"


# Differences

_MANY = {"study": "studies", "theory": "theories"}
_HEADS = {
    "record": "Other records",
    "term": "Terms of the ontology",
    "cell": "Cells of the matrix, in independent studies with tested claims",
    "row": "Rows of the answer",
}
_SIGNS = {"added": "+", "removed": "−", "changed": "~"}
_REPORTED = {**_SAID, "mixed": "as mixed", "no_effect": "as without effect"}
_TURNS = {
    "tension": ("no longer a tension", "a new tension"),
    **{
        f"recurrent_{effect}": (
            f"no longer recurrent (reported {said} by fewer than {RECURRENT} studies)",
            f"became recurrent (reported {said} by {RECURRENT} studies or more)",
        )
        for effect, said in _REPORTED.items()
    },
}
"""What is said of a cell where it was so and is not, and where it was not and is."""
SHORT = 160
"""Longer values of a slot are cut in the table; CSV and JSON have them whole."""


def write_diff(diff: Diff, out: TextIO) -> None:
    """What changed, kind by kind: what came (+), what went (−), and what changed (~) with both values of each slot."""
    _write_paragraph(f"From {diff.before or 'a graph'} to {diff.after or 'another'}.", out)
    if diff.question:
        _write_paragraph(diff.question, out)
    if not diff.changes:
        _write_paragraph("The answer is the same." if diff.question else "Nothing changed.", out)
    for kind in dict.fromkeys(one.kind for one in diff.changes):
        of_kind = [one for one in diff.changes if one.kind == kind]
        head = _HEADS.get(kind) or _MANY.get(kind, f"{kind}s").capitalize()
        _fill(f"{head}: {_tally(of_kind)}", out)
        for one in of_kind:
            _write_change(one, out)
        out.write("\n")
    if diff.notice:
        _fill(diff.notice, out)


def _tally(changes: Sequence[Change]) -> str:
    """How many came, went and changed; of cells also how many turned into a tension or a recurrent one, or back."""
    told = [f"{number} {change}" for change, number in Counter(one.change for one in changes).items()]
    turns = Counter(
        _TURNS[slot.name][bool(slot.after)].partition(" (")[0]
        for one in changes
        if one.kind == "cell"
        for slot in one.slots
        if slot.name in _TURNS
    )
    return ", ".join(told) + "".join(f"; {number} {turn}" for turn, number in turns.items())


def _write_change(one: Change, out: TextIO) -> None:
    name = one.label if one.kind == "cell" else one.id
    label = f"  {one.label}" if one.label not in ("", name) else ""
    _fill(f"{_SIGNS[one.change]} {name}{label}", out, "  ", "      ")
    if one.kind in ("cell", "row"):
        counts = [_slot_told(slot) for slot in one.slots if not isinstance(slot.before or slot.after, tuple)]
        lists = [_slot_told(slot) for slot in one.slots if isinstance(slot.before or slot.after, tuple)]
        lines = [" · ".join(counts), *lists]
    else:
        lines = [_slot_told(slot) for slot in one.slots]
    for line in lines:
        if line:
            _fill(line, out, " " * 6, " " * 10)


def _slot_told(slot: Slot) -> str:
    """A slot with what stood there and what stands there; of a list, what came and what went."""
    if slot.name in _TURNS:
        return _TURNS[slot.name][bool(slot.after)]
    name = f"reported {_SAID[slot.name]}" if slot.name in _SAID else slot.name.replace("_", " ")
    if isinstance(slot.before, tuple) or isinstance(slot.after, tuple):
        before, after = (
            value if isinstance(value, tuple) else () if value is None else (value,)
            for value in (slot.before, slot.after)
        )
        parts = [f"+ {value}" for value in after if value not in before]
        parts += [f"− {value}" for value in before if value not in after]
        return f"{name}: {'; '.join(parts)}"
    return f"{name}: {_cut(slot.before)} → {_cut(slot.after)}"


def _cut(value: Any) -> str:
    told = "nothing" if value is None else _shown(value)
    return told if len(told) <= SHORT else f"{told[:SHORT]}…"


# Findings


def write_findings(findings: Sequence[Finding], out: TextIO) -> None:
    """Findings line by line, as editors and terminals link them, and how many there are of each kind."""
    for finding in findings:
        out.write(f"{finding}\n")
    if findings:
        out.write("\n")
    out.write(summary(findings) + "\n")


def totals(findings: Sequence[Finding]) -> str:
    """How many findings there are of each severity, and in how many files."""
    severities = Counter(finding.severity.value for finding in findings)
    told = ", ".join(_count(number, severity) for severity, number in severities.items())
    return f"{told} in {_count(len({finding.file for finding in findings}), 'file')}"


def summary(findings: Sequence[Finding]) -> str:
    """How many findings there are, of what severity, short of which tier and by which rule."""
    if not findings:
        return "Nothing found."
    tiers = Counter(finding.tier.value for finding in findings)
    short = f"; by tier: {', '.join(f'{tier} {number}' for tier, number in tiers.items())}" if len(tiers) > 1 else ""
    rules = Counter(finding.rule for finding in findings)
    kinds = ", ".join(f"{number} × {rule}" for rule, number in rules.most_common())
    return f"{totals(findings)}{short}; by rule: {kinds}."
