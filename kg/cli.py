"""The command line: each command parses, calls one function, and renders what it gives."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, TypeVar

import typer

from kg import findings_report, render
from kg.errors import EvidenceError, KgError, UsageError
from kg.findings_report import FindingsFormat
from kg.render import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

AnyFormat = TypeVar("AnyFormat", Format, FindingsFormat)

app = typer.Typer(
    name="kg",
    help="Which relational factors are reported to support which outcomes of health partnerships, and on whose word.",
    epilog="Exit codes: 0 fine, 1 findings in the evidence, 2 usage, 3 failure.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

GraphOption = Annotated[
    str | None,
    typer.Option(
        "--graph",
        "--endpoint",
        metavar="DIR|URL",
        envvar="KG_GRAPH",
        help="A build folder, or the address of a SPARQL endpoint. Default: build/.",
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="How to show it. Default: as the ending of --output says, else as a table."),
]
OutputOption = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write to a file instead.")]


def main() -> None:
    """Runs the command line; every error is one plain line, and the exit code says of which kind it was."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows a question mark
    try:
        app()
    except EvidenceError as error:
        render.write_findings(error.findings, sys.stderr)
        print(f"kg: {error}; what was built before still stands.", file=sys.stderr)
        sys.exit(error.exit_code)
    except KgError as error:
        print(f"kg: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == 130:
            print("kg: stopped; what was built before still stands.", file=sys.stderr)
        raise
    except OSError as error:
        print(f"kg: {error.strerror or error}", file=sys.stderr)
        sys.exit(3)


@contextmanager
def _writing(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        try:
            yield sys.stdout
            sys.stdout.flush()
        except BrokenPipeError:  # who reads has seen enough
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends
            raise typer.Exit from None
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as out:
            yield out
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror or error}") from error


def _chosen(format_: AnyFormat | None, output: Path | None, among: type[AnyFormat]) -> AnyFormat:
    """The format that was asked for, or that a file's ending says: a table called .csv helps nobody.

    Raises:
        UsageError: The ending says another format than those that there are.
    """
    ending = output.suffix.lower().removeprefix(".") if output else ""
    if format_ is not None:
        return format_
    if ending in among.__members__:
        return among[ending]
    if ending in ("", "txt"):
        return among["table"]
    raise UsageError(
        f"{output}: nothing is written as .{ending}: end its name in {_either(f'.{one}' for one in among)}"
        " (or .txt), or say --format"
    )


def _either(words: Iterable[str]) -> str:
    *most, last = (word for word in words if word != ".table")
    return f"{', '.join(most)} or {last}"


def _show(found: Any, as_table: Callable[[Any, TextIO], None], format_: Format, output: Path | None) -> None:
    """What was found, which has columns, rows and `to_json`, in a format that every listing has."""
    with _writing(output) as out:
        if format_ == Format.table:
            as_table(found, out)
        elif format_ == Format.csv:
            render.write_csv(found.columns, found.rows, out)
        else:
            render.write_json(found.to_json(), out)
    if format_ == Format.csv:
        _say(found.notice)


def _say(notice: str) -> None:
    """Beside CSV, which has no place for it, what is to be said wherever evidence is shown."""
    if notice:
        print(f"kg: {notice}", file=sys.stderr)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on stderr where somebody looks at it."""
    if not sys.stderr.isatty():
        yield lambda stage, done, whole: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}
        words = {"evidence": "evidence, graph, reason, validate", "synthesis": "synthesis"}

        def report(stage: str, done: int, whole: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(words.get(stage, stage), total=whole)
            bar.update(tasks[stage], completed=done, total=whole)

        yield report


def _open(graph: str | None) -> Any:
    from kg.knowledge_graph import open_graph

    return open_graph(graph, build_missing=_build_missing)


def _build_missing(folder: Path) -> None:
    from kg import pipeline, resources

    print(f"No graph yet: building the shipped evidence into {folder}.", file=sys.stderr)
    with _progress() as progress:
        pipeline.build(resources.evidence(), folder, progress)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("partnership-mechanisms-kg"))
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command()
def build(
    evidence: Annotated[
        Path | None, typer.Argument(metavar="[EVIDENCE]", help="An evidence folder or file. Default: the shipped one.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="DIR",
            help="Build folder. Default: build/ where you are; of an installed package's own evidence, your cache.",
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--findings", help="List the warnings, not only how many there are.")] = False,
) -> None:
    """Build the graph: evidence → graph → reason → validate → synthesis.

    Only what changed is redone; the graph before stands until the new one is whole.
    """
    from kg import knowledge_graph, pipeline, resources

    place = evidence or (Path("evidence") if Path("evidence").is_dir() else resources.evidence())
    shipped = place.resolve() == resources.evidence().resolve()
    folder = output or (knowledge_graph.default_build() if shipped else Path("build"))
    with _progress() as progress:
        built = pipeline.build(place, folder, progress)
    modules = built.release.modules.values()
    sources = sum(entry.claims > 0 for entry in modules)
    claims, configurations = (sum(getattr(entry, name) for entry in modules) for name in ("claims", "configurations"))
    if show:
        render.write_findings(built.findings, sys.stdout)
    print(f"Sources: {sources}. Claims: {claims}, of which configurations: {configurations}.")
    print(f"Modules redone: {len(built.redone)}, removed: {len(built.removed)}, in {built.seconds:.1f} s.")
    if built.findings and not show:
        print(f"{render.totals(built.findings)}: kg check lists them.")
    print(f"Graph: {folder} (release {built.release.folder.name})")


@app.command()
def trace(
    factor: Annotated[list[str] | None, typer.Option(help="A factor, by id or label, such as trust.")] = None,
    outcome: Annotated[list[str] | None, typer.Option(help="An outcome, such as equity.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="relational, motivational, structural, contextual, outcome or any. Default: relational."),
    ] = None,
    role: Annotated[str, typer.Option(help="The factor's role: mechanism, context or outcome.")] = "mechanism",
    status: Annotated[
        list[str] | None, typer.Option(help="tested, proposed, all, supported, refined or refuted. Default: tested.")
    ] = None,
    evidence: Annotated[str, typer.Option(help="primary, review or all.")] = "all",
    layer: Annotated[list[str] | None, typer.Option(help="participant, author, reviewer or coder.")] = None,
    design: Annotated[list[str] | None, typer.Option(help="A study design, such as realist-evaluation.")] = None,
    country: Annotated[list[str] | None, typer.Option(help="A country of the case: name or ISO code.")] = None,
    actor: Annotated[list[str] | None, typer.Option(help="A kind of actor, such as funder.")] = None,
    coder: Annotated[list[str] | None, typer.Option(help="A coder, such as coder-1.")] = None,
    roll_up: Annotated[bool, typer.Option("--roll-up", help="Count narrower concepts with their broader one.")] = False,
    min_studies: Annotated[
        int | None,
        typer.Option(
            min=1, help="Fewest independent studies of a cell. Default: 3 in the table of all factors, else 1."
        ),
    ] = None,
    min_coders: Annotated[int, typer.Option(min=1, max=2, help="2: only what two coders of a source both saw.")] = 1,
    claims: Annotated[bool, typer.Option("--claims", help="Read the claims, whatever the selection.")] = False,
    format_: FormatOption = None,
    output: OutputOption = None,
    graph: GraphOption = None,
) -> None:
    """Trace factors to outcomes: who reports support, who hindrance, and on whose word.

    Alone: relational factors by outcomes, in independent studies, with the funnel below. With --factor and --outcome:
    the claims behind the cell, each as a sentence. Options may be repeated.
    """
    found = _open(graph).trace(
        claims=True if claims else None,
        factor=factor or (),
        outcome=outcome or (),
        kind=kind or (),
        role=role,
        status=status or ("tested",),
        evidence=evidence,
        layer=layer or (),
        design=design or (),
        country=country or (),
        actor=actor or (),
        coder=coder or (),
        roll_up=roll_up,
        min_studies=min_studies or 1,
        min_coders=min_coders,
    )
    drilled = claims or bool(factor and outcome)
    format_ = _chosen(format_, output, Format)
    with _writing(output) as out:
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
        _say(found.notice)


@app.command()
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
    found = _open(graph).tensions(factor or (), outcome or ())
    _show(found, render.write_tensions, _chosen(format_, output, Format), output)


@app.command()
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
    found = _open(graph).patterns(factor or (), outcome or ())
    _show(found, render.write_patterns, _chosen(format_, output, Format), output)


def _complete_question(incomplete: str) -> list[tuple[str, str]]:
    from kg.completion import complete_question

    return complete_question(incomplete)


def _complete_asked(ctx: typer.Context, args: list[str], incomplete: str) -> list[str]:
    from kg.completion import complete_asked

    return complete_asked(ctx.params.get("question") or "", list(ctx.params.get("asked") or args), incomplete)


@app.command()
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

    format_ = _chosen(format_, output, Format)
    if question is None and (explain or sparql):
        raise UsageError("name the question, such as kg ask cq04 --explain")
    if question is None:
        with _writing(output) as out:
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
        with _writing(output) as out:
            if format_ == Format.json:
                render.write_json(wanted.to_json(), out)
            else:
                render.write_question(wanted, out)
        return
    if sparql:
        text = asking.sparql(_open(graph).answers, wanted, said)
        with _writing(output) as out:
            out.write(text)
        return
    answer = _open(graph).ask(wanted.id, **said)
    _show(answer, render.write_answer, format_, output)


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


@app.command()
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

    found = _open(graph).agreement()
    format_ = _chosen(format_, output, Format)
    with _writing(output) as out:
        if format_ == Format.table and pairs:
            render.write_pairs(found, out)
        elif format_ == Format.table:
            render.write_agreement(found, out)
        elif format_ == Format.csv and pairs:
            render.write_csv(Pair.COLUMNS, [pair.row() for pair in found.pairs], out)
        elif format_ == Format.csv:
            render.write_csv(found.columns, found.rows, out)
        else:
            render.write_json(found.to_json(), out)
    if format_ == Format.csv:
        _say(found.notice)


@app.command()
def query(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file with a SPARQL query, or - for standard input.")],
    format_: FormatOption = None,
    output: OutputOption = None,
    graph: GraphOption = None,
) -> None:
    """Run a SPARQL query; the project's prefixes need not be declared."""
    try:
        text = (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    found = _open(graph).sparql(text)
    format_ = _chosen(format_, output, Format)
    with _writing(output) as out:
        if format_ == Format.table:
            render.write_table(found.columns, found.rows, out)
        elif format_ == Format.csv:
            render.write_csv(found.columns, found.rows, out)
        else:
            render.write_json(list(found.rows), out)


@app.command()
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Evidence files or folders, each by itself. Default: the shipped."),
    ] = None,
    tier: Annotated[
        str | None,
        typer.Option(help="What a record must reach: noted, structured or appraised. Default: structured."),
    ] = None,
    coherence: Annotated[
        bool,
        typer.Option(
            "--coherence", help="Also ask a reasoner whether each file can be true as a whole, as kg build does."
        ),
    ] = False,
    coverage: Annotated[bool, typer.Option("--coverage", help="Say instead which optional slots are filled.")] = False,
    by: Annotated[
        str | None, typer.Option(help="With --coverage, count apart by source, design, layer or coder.")
    ] = None,
    format_: Annotated[
        FindingsFormat | None,
        typer.Option(
            "--format",
            help="How to show it; sarif is for code review, html a page of its own. Default: as the ending of "
            "--output says, else as a table.",
        ),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Check evidence files: what is wrong or weak, where, and how to mend it; or, with --coverage, what is filled."""
    from kg import resources

    places = paths or [Path("evidence") if Path("evidence").is_dir() else resources.evidence()]
    if coverage:
        if coherence or tier is not None:
            raise UsageError("--coverage says what is filled and finds nothing: leave --coherence and --tier out")
        _show_coverage(places, by, format_, output)
        return
    if by is not None:
        raise UsageError("--by goes with --coverage: kg check --coverage --by coder")
    from kg import pipeline

    with _progress() as progress:
        checked = [pipeline.look_over(place, progress, tier or "structured", coherence) for place in places]
    found = [finding for one in checked for finding in one.findings]
    findings = sorted(dict.fromkeys(found), key=lambda finding: finding.sort_key)
    format_ = _chosen(format_, output, FindingsFormat)
    with _writing(output) as out:
        findings_report.write(findings, places, format_, out, pipeline.how_coded(checked))
    if output is not None:
        print(
            f"{f'{render.totals(findings)}: {output} lists them' if findings else f'Nothing found: {output} says so'}.",
            file=sys.stderr,
        )
    if findings:
        raise typer.Exit(1)


def _show_coverage(places: list[Path], by: str | None, asked: FindingsFormat | None, output: Path | None) -> None:
    from kg.coverage import coverage

    if asked in (FindingsFormat.sarif, FindingsFormat.html):
        raise UsageError(f"--coverage is shown as a table, csv or json, not as {asked}")
    found = coverage(places, by)
    _show(found, render.write_coverage, _chosen(Format(asked) if asked else None, output, Format), output)
    if found.unread:
        files = ", ".join(found.unread)
        print(f"kg: not counted, since something in it is wrong: {files}; kg check says what.", file=sys.stderr)
        raise typer.Exit(1)


@app.command()
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
    found = _open(new or graph).diff(old, question, **_parameters(asked))
    _show(found, render.write_diff, _chosen(format_, output, Format), output)
