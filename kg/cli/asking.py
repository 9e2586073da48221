"""The commands that ask a graph."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg import render
from kg.cli import selecting
from kg.cli.app import FormatOption, GraphOption, OutputOption
from kg.cli.opening import open_graph
from kg.cli.output import chosen, say, show, writing
from kg.errors import UsageError
from kg.render import Format

if TYPE_CHECKING:
    from collections.abc import Sequence


def trace(
    factor: selecting.Factor = None,
    outcome: selecting.Outcome = None,
    kind: selecting.Kind = None,
    role: selecting.Role = "mechanism",
    status: selecting.Status = None,
    evidence: selecting.Evidence = "all",
    layer: selecting.Layer = None,
    design: selecting.Design = None,
    country: selecting.Country = None,
    actor: selecting.Actor = None,
    coder: selecting.Coder = None,
    roll_up: selecting.RollUp = False,
    min_studies: selecting.MinStudies = None,
    min_coders: selecting.MinCoders = 1,
    claims: Annotated[bool, typer.Option("--claims", help="Read the claims, whatever the selection.")] = False,
    format_: FormatOption = None,
    output: OutputOption = None,
    graph: GraphOption = None,
) -> None:
    """Trace factors to outcomes: who reports support, who hindrance, and on whose word.

    Alone: relational factors by outcomes, in independent studies, with the funnel below. With --factor and --outcome:
    the claims behind the cell, each as a sentence. Options may be repeated.
    """
    selection = selecting.selection(locals())
    found = open_graph(graph).trace(claims=True if claims else None, **selection)
    drilled = claims or bool(factor and outcome)
    format_ = chosen(format_, output, Format)
    with writing(output) as out:
        if format_ == Format.table and drilled:
            render.write_claims(found, out)
        elif format_ == Format.table:
            from kg.trace import RECURRENT

            narrowed = bool(factor or outcome)
            render.write_matrix(found, min_studies or (1 if narrowed else RECURRENT), out)
        elif format_ == Format.csv:
            from kg.trace import Cell, TracedClaim

            columns = TracedClaim.COLUMNS if drilled else Cell.COLUMNS
            render.write_csv(columns, found.rows if found.claims or not drilled else [], out)
        else:
            render.write_json(found.to_json(), out)
    if format_ == Format.csv:
        say(found.notice)


def paths(
    from_: Annotated[str, typer.Argument(metavar="FROM", help="The factor where paths begin, or any.")],
    to: Annotated[str, typer.Argument(metavar="TO", help="The outcome where they end, or any; not both any.")],
    thread: Annotated[
        bool, typer.Option("--thread", help="Follow the links that one source is recorded to have, end to end.")
    ] = False,
    max_length: Annotated[
        int, typer.Option("--max-length", metavar="N", help="The most claims one after the other, 1 to 6.")
    ] = 3,
    least: Annotated[int, typer.Option("--least", metavar="N", help="The fewest studies at each step.")] = 1,
    status: Annotated[str, typer.Option("--status", help="Which claims count: tested, proposed or all.")] = "tested",
    format_: FormatOption = None,
    output: OutputOption = None,
    graph: GraphOption = None,
) -> None:
    """Show linked claims: where the outcome of one enters the next, joined here or, with --thread, told by one source.

    Such as: kg paths communication partnership-sustainability
    """
    found = open_graph(graph).paths(from_, to, thread=thread, max_length=max_length, least=least, status=status)
    format_ = chosen(format_, output, Format)
    show(found, render.write_paths, format_, output)
    if format_ == Format.csv:
        say(found.cut)


def tensions(
    factor: Annotated[list[str] | None, typer.Option(help="A factor, by id or label, such as governance.")] = None,
    outcome: Annotated[list[str] | None, typer.Option(help="An outcome, such as equity.")] = None,
    format_: FormatOption = None,
    output: OutputOption = None,
    graph: GraphOption = None,
) -> None:
    """Show where studies diverge: one reports support, another hindrance.

    With the studies and claims on each side, what stands on one side only, and what named persons judge of it.
    """
    found = open_graph(graph).tensions(factor or (), outcome or ())
    show(found, render.write_tensions, chosen(format_, output, Format), output)


def patterns(
    factor: Annotated[list[str] | None, typer.Option(help="A factor, by id or label, such as trust.")] = None,
    outcome: Annotated[list[str] | None, typer.Option(help="An outcome, such as equity.")] = None,
    format_: FormatOption = None,
    output: OutputOption = None,
    graph: GraphOption = None,
) -> None:
    """Show what three independent studies or more report, and where it was seen.

    A pattern that a named person has explained, with context and counter-cases, is marked as a demi-regularity.
    """
    found = open_graph(graph).patterns(factor or (), outcome or ())
    show(found, render.write_patterns, chosen(format_, output, Format), output)


def _complete_question(incomplete: str) -> list[tuple[str, str]]:
    from kg.completion import complete_question

    return complete_question(incomplete)


def _complete_asked(ctx: typer.Context, args: list[str], incomplete: str) -> list[str]:
    from kg.completion import complete_asked

    return complete_asked(ctx.params.get("question") or "", list(ctx.params.get("asked") or args), incomplete)


def ask(
    question: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Such as cq04 or 4.", autocompletion=_complete_question),
    ] = None,
    asked: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]...",
            help="Parameters; several values are joined by commas, and any takes a restriction away.",
            autocompletion=_complete_asked,
        ),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say what the question means; do not ask it.")] = False,
    sparql: Annotated[bool, typer.Option("--sparql", help="Print its SPARQL as asked; do not ask it.")] = False,
    format_: FormatOption = None,
    output: OutputOption = None,
    graph: GraphOption = None,
) -> None:
    """Ask a competency question by its id; without one, list them all.

    Such as: kg ask cq04 outcome=equity,participation status=all
    """
    from kg import ask as asking

    format_ = chosen(format_, output, Format)
    if question is None and (explain or sparql):
        raise UsageError("name the question, such as kg ask cq04 --explain")
    if question is None:
        with writing(output) as out:
            if format_ == Format.json:
                render.write_json([known.to_json() for known in asking.questions()], out)
            elif format_ == Format.csv:
                columns = ("id", "question", "why", "cannot_tell")
                render.write_csv(columns, [known.to_json() for known in asking.questions()], out)
            else:
                render.write_questions(asking.questions(), out)
        return
    wanted = asking.read_question(question)
    said = _parameters(asked or [])
    if explain:
        asking.refuse_unknown(wanted, said)
        with writing(output) as out:
            if format_ == Format.json:
                render.write_json(wanted.to_json(), out)
            else:
                render.write_question(wanted, out)
        return
    if sparql:
        text = asking.sparql(open_graph(graph).answers, wanted, said)
        with writing(output) as out:
            out.write(text)
        return
    answer = open_graph(graph).ask(wanted.id, **said)
    show(answer, render.write_answer, format_, output)


def _parameters(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    said = dict(map(_parameter, words))
    if len(said) < len(words):
        raise UsageError("a parameter is given twice: join its values by commas")
    return said


def _parameter(word: str) -> tuple[str, tuple[str, ...]]:
    name, equals, values = word.partition("=")
    if not equals:
        raise UsageError(f"“{word}” is no parameter: write NAME=VALUE, such as outcome=equity")
    return name, tuple(value.strip() for value in values.split(",") if value.strip())


def agreement(
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Read which claims were aligned, to judge whether they belong together.")
    ] = False,
    format_: FormatOption = None,
    output: OutputOption = None,
    graph: GraphOption = None,
) -> None:
    """How far those who coded the same sources agree, slot by slot, and which answers change with the coder.

    Claims are aligned by the words of their passages; agreement is Krippendorff's alpha.
    """
    from kg.agreement import Pair

    found = open_graph(graph).agreement()
    format_ = chosen(format_, output, Format)
    if not pairs or format_ != Format.csv:
        show(found, render.write_pairs if pairs else render.write_agreement, format_, output)
        return
    with writing(output) as out:
        render.write_csv(Pair.COLUMNS, [pair.row() for pair in found.pairs], out)
    say(found.notice)


def query(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file with a SPARQL query, or - for standard input.")],
    allow_service: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-service",
            metavar="URL",
            help="An address to which the query's SERVICE may send a part of it, as the query names it; repeatable.",
        ),
    ] = None,
    format_: FormatOption = None,
    output: OutputOption = None,
    graph: GraphOption = None,
) -> None:
    """Run a SPARQL query; the project's prefixes need not be declared."""
    try:
        text = (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    found = open_graph(graph).sparql(text, allow_service or ())
    format_ = chosen(format_, output, Format)
    with writing(output) as out:
        if format_ == Format.table:
            render.write_table(found.columns, found.rows, out)
        elif format_ == Format.csv:
            render.write_csv(found.columns, found.rows, out)
        else:
            render.write_json(list(found.rows), out)
    say(found.notice)


def diff(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[OLD [NEW]] [NAME=VALUE]...",
            help="Two builds or folders of releases, and with --question its parameters. Default: the release before "
            "the current one, and the current one.",
        ),
    ] = None,
    question: Annotated[
        str | None, typer.Option(metavar="ID", help="Compare the answers to a question, such as cq04, and only these.")
    ] = None,
    format_: FormatOption = None,
    output: OutputOption = None,
    graph: GraphOption = None,
) -> None:
    """Say what changed between two releases: in records, concepts, the matrix, or the answer to a question.

    Such as: kg diff --question cq04 outcome=equity
    """
    places = [word for word in words or [] if "=" not in word or Path(word).exists()]
    asked = [word for word in words or [] if word not in places]
    if len(places) > 2:
        raise UsageError(f"two graphs are compared, not {len(places)}: {', '.join(places)}")
    if asked and question is None:
        raise UsageError(f"{asked[0]} is a parameter of a question: name the question with --question")
    old, new = (*places, None, None)[:2]
    found = open_graph(new or graph).diff(old, question, **_parameters(asked))
    show(found, render.write_diff, chosen(format_, output, Format), output)
