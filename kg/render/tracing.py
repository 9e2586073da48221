"""The matrix, its funnel, and the claims behind a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from kg.render.directions import HEADINGS
from kg.render.layout import PIPED_WIDTH, UNFOLDED, console_on, measured, new_table, write_text, write_underlined
from kg.sentence import joined, number_of
from kg.trace import RECURRENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.trace import Cell, Trace, TracedClaim


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
        console = console_on(out, piped=UNFOLDED)
        table = _matrix(shown, _verb(trace), wide=True)
        needed = measured(console, table).maximum
        console.print(table if needed <= console.width else _matrix(shown, _verb(trace), wide=False))
        _write_legend(trace, shown, least, 0 if needed <= console.width else needed, out)
    _write_agreement(trace, out)
    if trace.all_cells:
        _write_funnel(trace, out)
    _write_notice(trace, out)


def _matrix(cells: Sequence[Cell], verb: str, wide: bool) -> Any:
    table = new_table()
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
        write_text(line, out, most=PIPED_WIDTH)


def _write_funnel(trace: Trace, out: TextIO) -> None:
    single = any(step.studies is not None for step in trace.funnel)
    if not any(step.cells for step in trace.funnel):
        out.write("No study here reports support, so there is no funnel of it.\n\n")
        return
    table = new_table()
    table.add_column("what remains of the reported support, step by step")
    if single:
        table.add_column("studies", justify="right")
    else:
        table.add_column("cells", justify="right")
        table.add_column(f" of them with {RECURRENT} or more studies", justify="right")
    for step in trace.funnel:
        numbers = (step.studies,) if single else (step.cells, step.recurrent)
        table.add_row(step.step, *(str(number) for number in numbers))
    console_on(out).print(table)


def _write_selection(trace: Trace, out: TextIO) -> None:
    """What was asked for, where it is more than the default, so that a saved table says what it is of."""
    default = type(trace.selection)()
    told = []
    for name, slot in vars(trace.selection).items():
        if slot != getattr(default, name) and slot not in ((), []):
            values = joined([str(value) for value in slot], "or") if isinstance(slot, tuple | list) else slot
            told.append(name.replace("_", " ") if slot is True else f"{name.replace('_', ' ')}: {values}")
    if told:
        write_text(f"Asked for {'; '.join(told)}.", out, most=PIPED_WIDTH)
        out.write("\n")


def _write_agreement(trace: Trace, out: TextIO) -> None:
    seen = trace.double_coding
    whole = seen.both + seen.one + seen.opposed
    if whole:
        told = (
            f"Double coding: sources coded twice stand in {number_of(whole, 'cell')}, proposed claims included. In "
            f"{seen.both} both coders recorded something of it, in {seen.one} only one; in {seen.opposed} they report "
            "opposed directions."
        )
        write_text(told, out, most=PIPED_WIDTH)
        out.write("\n")


def _write_notice(trace: Trace, out: TextIO) -> None:
    if trace.notice:
        write_text(trace.notice, out, most=PIPED_WIDTH)


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


def _write_heading(heading: tuple[str, ...], before: tuple[str, ...], trace: Trace, out: TextIO) -> None:
    factor, outcome, group = heading
    if heading[:2] != before[:2]:
        write_underlined(_title(factor, outcome, trace), out)
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
    said = HEADINGS[group] if _verb(trace) == "reported" else HEADINGS[group].replace("Reported", "Proposed")
    out.write(
        f"{said}: {number_of(studies, 'study', 'studies')}, {number_of(len(of_group), 'claim')}"
        + (f" ({also} of the studies also stand above)" if also else "")
        + "\n"
    )
    write_text(f"On whose word, in studies: {_whose(of_group)}.", out)
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
            write_text(text, out, "    ")
    out.write("\n")


def _told(item: Any) -> str:
    told = [f"“{item.get('quote')}”" if item.get("quote") else "", item.get("paraphrase") or ""]
    if item.get("statisticMeasure"):
        value = f": {item.get('statisticValue')}" if item.get("statisticValue") else ""
        size = f" (n = {item.get('sampleSize')})" if item.get("sampleSize") else ""
        told.append(f"{item.get('statisticMeasure')}{value}{size}.")
    return " ".join(text for text in told if text)
