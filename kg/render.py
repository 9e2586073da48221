"""Shows rows, matrices, claims and findings as tables, CSV and JSON."""

from __future__ import annotations

import csv
import json
import os
import textwrap
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO

from kg.ask import ANY, CHOICES, LISTS
from kg.sentence import joined
from kg.trace import RECURRENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kg.ask import Answer, Question
    from kg.findings import Finding
    from kg.trace import Cell, Trace, TracedClaim

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


def _table() -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 0), header_style="bold")


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
        console = _console(out)
        console.print(_matrix(shown, _verb(trace), console.width >= WIDE))
        _write_legend(trace, shown, least, console.width, out)
    _write_agreement(trace, out)
    if trace.all_cells:
        _write_funnel(trace, out)
    _write_notice(trace, out)


WIDE = 145
"""Columns of a terminal from which the matrix shows what stands behind its numbers."""


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


def _write_legend(trace: Trace, shown: Sequence[Cell], least: int, width: int, out: TextIO) -> None:
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
    if width >= WIDE:
        lines.append("* Studies with a counted claim from a review, a commentary or a theory.")
    else:
        lines.append(f"A terminal of {WIDE} columns, or --format json, also shows how many of the studies are reviews.")
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
        out.write(textwrap.fill(line, min(width, PIPED_WIDTH)) + "\n")


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
        out.write(textwrap.fill(f"Asked for {'; '.join(told)}.", PIPED_WIDTH) + "\n\n")


def _write_agreement(trace: Trace, out: TextIO) -> None:
    seen = trace.double_coding
    whole = seen.both + seen.one + seen.opposed
    if whole:
        told = (
            f"Double coding: sources coded twice stand in {_count(whole, 'cell')}, proposed claims included. In "
            f"{seen.both} both coders recorded something of it, in {seen.one} only one; in {seen.opposed} they report "
            "opposed directions."
        )
        out.write(textwrap.fill(told, PIPED_WIDTH) + "\n\n")


def _write_notice(trace: Trace, out: TextIO) -> None:
    if trace.notice:
        out.write(textwrap.fill(trace.notice, PIPED_WIDTH) + "\n")


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
        title = _title(factor, outcome, trace)
        out.write(f"{title}\n{'═' * len(title)}\n\n")
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
        + "\n\n"
    )


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
            out.write(textwrap.fill(text, READING_WIDTH, initial_indent="    ", subsequent_indent="    ") + "\n")
    out.write("\n")


def _told(item: Any) -> str:
    told = [f"“{item.get('quote')}”" if item.get("quote") else "", item.get("paraphrase") or ""]
    if item.get("statisticMeasure"):
        value = f": {item.get('statisticValue')}" if item.get("statisticValue") else ""
        size = f" (n = {item.get('sampleSize')})" if item.get("sampleSize") else ""
        told.append(f"{item.get('statisticMeasure')}{value}{size}.")
    return " ".join(text for text in told if text)


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
            known = " | ".join(CHOICES.get(parameter.kind, ())) or f"{_article(parameter.kind)} {parameter.kind}"
            if parameter.may_be_any and ANY not in CHOICES.get(parameter.kind, ()):
                known += f" | {ANY}"
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
        out.write("Nothing in the evidence answers this. A wider one: NAME=any, or status=all.\n\n")
    elif any(column.kind == "claim" for column in answer.question.columns):
        _write_claim_rows(answer, out)
    else:
        _write_counted_rows(answer, out)
    _write_paragraph(f"It cannot tell: {answer.question.cannot_tell}", out)
    if answer.notice:
        _write_paragraph(answer.notice, out)


def _write_paragraph(text: str, out: TextIO, indent: str = "") -> None:
    out.write(textwrap.fill(text, READING_WIDTH, initial_indent=indent, subsequent_indent=indent) + "\n\n")


def _write_counted_rows(answer: Answer, out: TextIO) -> None:
    single = [column for column in answer.question.columns if column.kind not in LISTS]
    several = [column for column in answer.question.columns if column.kind in LISTS]
    table = _table()
    table.add_column("", justify="right")
    for column in single:
        counted = column.kind == "number"
        heading = column.name.replace("_", "\n" if counted else " ")
        table.add_column(heading, justify="right" if counted else "left", no_wrap=counted, overflow="fold")
    for at, row in enumerate(answer.rows, 1):
        table.add_row(str(at), *(_shown(row[column.name]) for column in single))
    _console(out).print(table)
    if several:
        out.write("On whose word, row by row\n\n")
    for at, row in enumerate(answer.rows, 1):
        told = [
            f"{column.name.replace('_', ' ')}: {_shown(row[column.name])}" for column in several if row[column.name]
        ]
        for line in told:
            first = f"{at:>4}  " if line is told[0] else " " * 6
            out.write(textwrap.fill(line, READING_WIDTH, initial_indent=first, subsequent_indent=" " * 8) + "\n")
    out.write("\n")


def _write_claim_rows(answer: Answer, out: TextIO) -> None:
    for at, row in enumerate(answer.rows, 1):
        facts: list[str] = []
        texts: list[str] = []
        for column in answer.question.columns:
            value = row[column.name]
            if value not in (None, ()) and column.name != "claim":
                long = column.kind == "text" or column.kind in LISTS
                (texts if long else facts).append(f"{column.name.replace('_', ' ')}: {_shown(value)}")
        out.write(f"{at:>4}  {_shown(row.get('claim'))}\n")
        for line in (" · ".join(facts), *texts):
            if line:
                indent = " " * 6
                out.write(textwrap.fill(line, READING_WIDTH, initial_indent=indent, subsequent_indent=indent + "  "))
                out.write("\n")
        out.write("\n")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(value)
    return "" if value is None else str(value)


# Findings


def write_findings(findings: Sequence[Finding], out: TextIO) -> None:
    """Findings line by line, as editors and terminals link them, and how many there are of each kind."""
    for finding in findings:
        out.write(f"{finding}\n")
    if findings:
        out.write("\n")
    out.write(summary(findings) + "\n")


def summary(findings: Sequence[Finding]) -> str:
    """How many findings there are, of what severity, short of which tier and by which rule."""
    if not findings:
        return "Nothing found."
    severities = Counter(finding.severity.value for finding in findings)
    tiers = Counter(finding.tier.value for finding in findings)
    rules = Counter(finding.rule for finding in findings)
    told = ", ".join(_count(number, severity) for severity, number in severities.items())
    short = f" ({', '.join(f'{number} {tier}' for tier, number in tiers.items())})" if len(tiers) > 1 else ""
    kinds = ", ".join(f"{number} × {rule}" for rule, number in rules.most_common())
    files = _count(len({finding.file for finding in findings}), "file")
    return f"{told}{short} in {files}: {kinds}."
