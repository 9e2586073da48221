"""Tensions and recurrent patterns, with what named persons judge of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kg import iris
from kg.render.directions import HEADINGS
from kg.render.layout import write_paragraph, write_text, write_underlined
from kg.sentence import number_of
from kg.trace import FUNNEL, RECURRENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.judgements import Condition, SynthesisJudgement
    from kg.patterns import Patterns
    from kg.tensions import Tensions, TensionSide
    from kg.trace import Cell
    from kg.words import Vocabulary


def write_tensions(found: Tensions, out: TextIO) -> None:
    """Each tension: who reports what, what stands on one side only, and what named persons judge of it."""
    from kg.tensions import CAUTION

    labels = found.vocabulary.labels
    if not found.tensions:
        write_paragraph(
            "No tension: no study's tested claim reports support where another study's reports hindrance.", out
        )
    else:
        write_paragraph(
            f"{number_of(len(found.tensions), 'tension')}: of a factor and an outcome one study reports support and "
            "another hindrance, in tested claims. A lead, not an error.",
            out,
        )
    for tension in found.tensions:
        write_underlined(f"{labels[tension.factor]} → {labels[tension.outcome]}", out)
        for side in tension.sides:
            _write_side(side, found.vocabulary, out)
        _write_judgements(tension.judgements, (), found.vocabulary, out)
        out.write("\n")
    if found.tensions:
        write_text("Read the claims with kg trace --factor FACTOR --outcome OUTCOME.", out)
        write_text(CAUTION, out)
    if found.notice:
        write_text(found.notice, out)


def _write_side(side: TensionSide, words: Vocabulary, out: TextIO) -> None:
    out.write(f"{HEADINGS[side.effect]}: {number_of(len(side.studies), 'study', 'studies')}\n")
    write_text(_studies_told(side.studies), out, "  ", "    ")
    write_text(f"Claims: {', '.join(side.claims)}.", out, "  ", "    ")
    states = ", ".join(f"{state} in {number_of(claims, 'claim')}" for state, claims in side.states.items())
    write_text(f"Mechanism: {states or 'state not recorded'}.", out, "  ", "    ")
    if side.seen_once:
        write_text(
            f"Coded more than once, and only one coder reports this: {', '.join(side.seen_once)}.", out, "  ", "    "
        )
    only = on_one_side(side, words)
    if not only:
        out.write("  On this side only: nothing that is recorded.\n")
        return
    out.write("  On this side only:\n")
    for line in only:
        write_text(line, out, "    ", "      ")


def on_one_side(side: TensionSide, words: Vocabulary) -> list[str]:
    """What stands on one side of a tension only, a line for each kind of thing that is recorded."""
    told: dict[str, Sequence[str]] = {
        "contexts": [_condition_said(context, words) for context in side.contexts],
        "actors": [words.labels[actor] for actor in side.actors],
        "countries": [_country(code, words) for code in side.countries],
        "designs": side.designs,
        "layers": side.layers,
    }
    return [f"{name}: {'; '.join(values)}" for name, values in told.items() if values]


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
        write_text(f"{what} {by}", out, "", "  ")
        if judgement.contexts:
            where = "In that judgement it depends on" if judgement.kind else "In that judgement it holds in"
            contexts = "; ".join(_condition_said(context, words) for context in judgement.contexts)
            write_text(f"{where}: {contexts}.", out, "  ", "    ")
        for case in judgement.counter_cases:
            why = case.why or "what is made of it is not said"
            agrees = " (which reports the same as the pattern: kg check finds it)" if case.claim in agreeing else ""
            write_text(f"Counter-case {case.claim}{agrees}: {why}.", out, "  ", "    ")
        if judgement.counter_cases_sought:
            write_text(f"Counter-cases sought: {judgement.counter_cases_sought.rstrip('.')}.", out, "  ", "    ")


def write_patterns(found: Patterns, out: TextIO) -> None:
    """Each recurrent pattern: its studies, who reports otherwise, where it was seen, and who promoted it."""
    from kg.patterns import CAUTION

    labels = found.vocabulary.labels
    write_paragraph(_patterns_counted(found), out)
    for pattern in found.patterns:
        mark = "  [promoted to a demi-regularity]" if pattern.demi_regularity else ""
        write_underlined(f"{labels[pattern.factor]} → {labels[pattern.outcome]}{mark}", out)
        out.write(f"{HEADINGS[pattern.effect]}: {number_of(len(pattern.studies), 'study', 'studies')}\n")
        write_text(_studies_told(pattern.studies), out, "  ", "    ")
        for line in _cell_told(pattern.cell, pattern.effect):
            write_text(line, out, "  ", "    ")
        seen = {
            "countries": [_country(code, found.vocabulary) for code in pattern.countries],
            "designs": pattern.designs,
            "layers": pattern.layers,
        }
        told = "; ".join(f"{name}: {', '.join(values) or 'not recorded'}" for name, values in seen.items())
        write_text(f"Seen in {told}.", out, "  ", "    ")
        _write_judgements(pattern.judgements, pattern.claims, found.vocabulary, out)
        out.write("\n")
    if found.patterns:
        write_text(
            "Read the claims, and those that report otherwise, with kg trace --factor FACTOR --outcome OUTCOME.", out
        )
        write_text(CAUTION, out)
    if found.notice:
        write_text(found.notice, out)


def _patterns_counted(found: Patterns) -> str:
    takes = "which takes a named person's explanation, with context and counter-cases"
    if not found.patterns:
        return f"No recurrent pattern: no effect is reported by {RECURRENT} independent studies, in tested claims."
    promoted = sum(pattern.demi_regularity for pattern in found.patterns)
    was = "were" if promoted > 1 else "was"
    return (
        f"{number_of(len(found.patterns), 'recurrent pattern')}: reported by {RECURRENT} independent studies or more, "
        f"in tested claims. {promoted or 'None'} of them {was} promoted to a demi-regularity, {takes}."
    )


def _cell_told(cell: Cell, effect: str) -> list[str]:
    """What else stands in the cell of a pattern: states, the contrary, reviews, and the funnel of its support."""
    numbers = {"supports": cell.supports, "hinders": cell.hinders, "mixed": cell.mixed, "no-effect": cell.no_effect}
    otherwise = [
        f"{HEADINGS[other][0].lower()}{HEADINGS[other][1:]} by {number}"
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
        whole = number_of(cell.studies, "study", "studies")
        told.insert(-1, f"Of the {whole} here {cell.secondary} {rest} on a review, a commentary or a theory.")
    return told
