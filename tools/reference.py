"""Writes `docs/reference/`: commands, questions with their real answers, shapes, terms, concepts, findings, Python.

`python -m tools.reference` builds the graph of the shipped evidence if it must, and writes every page anew. A test
compares the pages with what this module makes of the sources, so a page cannot say otherwise than the product does.
"""

from __future__ import annotations

import inspect
import json
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer.main
from rdflib import OWL, RDF, RDFS, SH, SKOS, Graph, Namespace, URIRef

import kg
from kg import across, ask, pipeline, resources
from kg.choices import ANY, CHOICES
from kg.cli import app
from kg.composers import SAID
from kg.findings import Finding, Related, Severity, Tier
from kg.prefixes import table as prefixes
from kg.scheme import FACTOR_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rdflib.term import Node


ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
ROWS = 12
"""Rows of an answer that a page shows; it says how many there are."""
ENTRIES = 6
"""Entries of a list in a cell that a page shows; it says how many there are."""

PM = Namespace("https://w3id.org/partnership-mechanisms/ontology#")
SHAPE = Namespace("https://w3id.org/partnership-mechanisms/shape#")
MADE = "<!-- Made by tools/reference.py (make docs). Change the source, not this page. -->"
CODED = (
    "The shipped evidence is machine-assisted coding of published abstracts and tables, unverified by the authors of "
    "its sources. What is counted is what sources are recorded to report."
)


def pages(graph: kg.KnowledgeGraph, findings: Sequence[Finding]) -> dict[str, str]:
    """Every page by its path below `docs/reference/`."""
    made = {
        "README.md": _index(),
        "commands.md": _commands(),
        "questions/README.md": _questions(),
        **{f"questions/{question.id}.md": _question(question, graph) for question in ask.questions()},
        "shapes.md": _shapes(),
        "checks.md": _checks(),
        "ontology.md": _ontology(),
        "concepts.md": _concepts(),
        "findings.md": _findings(findings),
        "python.md": _python(),
    }
    return {path: f"{MADE}\n\n{text.strip()}\n" for path, text in made.items()}


def _index() -> str:
    return f"""# Reference

Made from the sources, so that it cannot say otherwise than the product does.

| page | what is there | made from |
|---|---|---|
| [commands](commands.md) | every command and option | `kg/cli/` |
| [questions](questions/README.md) | {len(ask.questions())} questions, each with its answer | `queries/questions/` |
| [shapes](shapes.md) | what a record must have, tier by tier | `shapes/` |
| [checks](checks.md) | what shows only where records stand side by side | `queries/checks/` |
| [ontology](ontology.md) | classes, properties and values | `core`, `provenance`, `external` in `ontology/` |
| [concepts](concepts.md) | factors and kinds of actor | `ontology/concepts.ttl` |
| [findings](findings.md) | what `kg check` finds in the shipped evidence, as it stands | `evidence/` |
| [Python](python.md) | the public names of the package | `kg/` |

How an evidence file is written: [CODING.md](../../evidence/CODING.md).
"""


# Commands


def _commands() -> str:
    command: Any = typer.main.get_command(app)
    parts = [f"# Commands\n\n{command.help}\n\n{command.epilog}\n"]
    for name, sub in _each(command):
        arguments = [str(one.metavar) for one in sub.params if one.param_type_name == "argument"]
        rest = ["COMMAND"] if hasattr(sub, "commands") else [*arguments, "[OPTIONS]"]
        usage = " ".join(["kg", name, *rest])
        parts.append(f"## kg {name}\n\n{inspect.cleandoc(sub.help)}\n\n```\n{usage}\n```\n")
        rows = [
            (_named(parameter), _sentence(getattr(parameter, "help", "") or ""))
            for parameter in sub.params
            if parameter.name != "help"
        ]
        if hasattr(sub, "commands"):
            parts.append(f"The commands of `kg {name}` follow.\n")
        else:
            parts.append(_table(("option", "meaning"), rows))
    return "\n".join(parts)


def _each(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by what people type, those of a group after it."""
    for name, sub in group.commands.items():
        yield f"{before}{name}", sub
        if hasattr(sub, "commands"):
            yield from _each(sub, f"{before}{name} ")


def _named(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name.upper()}`"
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    if parameter.is_flag:
        return names
    choices = getattr(parameter.type, "choices", None)
    kind = {"str": "TEXT", "int range": "NUMBER"}.get(parameter.type.name, parameter.type.name.upper())
    value = parameter.metavar or ("|".join(choices) if choices else kind)
    return f"{names} {_plain(value)}" + (" …" if parameter.multiple else "")


# Questions


def _questions() -> str:
    rows = [(f"[{question.id}]({question.id}.md)", question.worded()) for question in ask.questions()]
    return f"""# Competency questions

`kg ask` lists them, `kg ask cq04` answers one, `kg ask cq04 --explain` says what its parameters and columns mean,
`kg ask cq04 --sparql` prints the query. Each is a file in [`queries/questions/`](../../../queries/questions) that also
runs as it stands on any SPARQL 1.1 endpoint that holds the graph.

{_table(("id", "question, with its defaults"), rows)}
Ids below 31 keep the numbers of a ranked list of thirty; those that are missing are not built yet.
"""


def _question(question: ask.Question, graph: kg.KnowledgeGraph) -> str:
    answer = graph.ask(question.id)
    file = next(path for path in resources.question_files() if path.name.startswith(question.id))
    parts = [f"# {question.id}: {question.worded()}\n\n{question.why}\n\n**It cannot tell:** {question.cannot_tell}\n"]
    example = next((parameter for parameter in question.parameters if parameter.default != (ANY,)), None)
    asked = f" {example.name}={','.join(example.default)}" if example else ""
    keyword = f", {example.name}={_python_value(example.default)}" if example else ""
    parts.append(
        f'```console\n$ kg ask {question.id}{asked}\n```\n\n```python\ngraph.ask("{question.id}"{keyword})\n```\n'
    )
    parts.append(f"## Answer on the shipped evidence\n\n{CODED}\n")
    parts.append(_answer(answer))
    if not answer.rows:
        for parameter in question.parameters:
            wider = graph.ask(question.id, **{parameter.name: ANY}) if parameter.may_be_any else answer
            if wider.rows:
                parts.append(f"### With {parameter.name}={ANY}\n\n{_answer(wider)}")
                break
    if question.parameters:
        parts.append("## Parameters\n")
        parts.append(
            _table(
                ("name", "values", "default", "meaning"),
                (
                    (f"`{one.name}`", _values(one), f"`{','.join(one.default)}`", _sentence(one.meaning))
                    for one in question.parameters
                ),
            )
        )
    parts.append("## Columns\n")
    parts.append(_table(("name", "meaning"), ((f"`{one.name}`", _sentence(one.meaning)) for one in question.columns)))
    composed = f" `kg ask` has the same rows composed by `{SAID[question.composed]}`." if question.composed else ""
    parts.append(
        f"Query: [{file.relative_to(ROOT)}](../../../{file.relative_to(ROOT)}){'.' if composed else ''}{composed}"
    )
    return "\n".join(parts)


def _answer(answer: ask.Answer) -> str:
    """The first rows of an answer, and how many there are."""
    shown = answer.rows[:ROWS]
    if not answer.rows:
        return "No row: nothing in the shipped evidence answers this.\n"
    if len(shown) < len(answer):
        told = f"The first {len(shown)} of {len(answer)} rows; the command prints them all."
    else:
        told = f"{len(answer)} {'row' if len(answer) == 1 else 'rows'}."
    filled = [name for name in answer.columns if any(row[name] not in (None, ()) for row in shown)]
    table = _table(filled, ([_cell(row[name]) for name in filled] for row in shown))
    silent = ", ".join(f"`{name}`" for name in answer.columns if name not in filled)
    return f"{told}\n\n{table}" + (f"\nNot recorded in any row shown: {silent}.\n" if silent else "")


def _values(parameter: ask.Parameter) -> str:
    named = () if parameter.kind in CHOICES else (parameter.kind,)
    return ", ".join([*named, *(f"`{word}`" for word in parameter.choices)])


def _python_value(words: tuple[str, ...]) -> str:
    return json.dumps(words[0] if len(words) == 1 else list(words))


def _cell(value: ask.Value) -> str:
    if isinstance(value, tuple):
        more = len(value) - ENTRIES
        return "<br>".join([*map(_plain, value[:ENTRIES]), *([f"… and {more} more"] if more > 0 else [])])
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else _plain(str(value))


# Shapes


def _shapes() -> str:
    graph = Graph()
    for path in resources.shape_files():
        graph.parse(path)
    by_class: dict[str, list[Node]] = defaultdict(list)
    for shape, target in graph.subject_objects(SH.targetClass):
        by_class[_local(target)].append(shape)
    order = {_local(tier): str(graph.value(tier, SH.order)) for tier in graph.subjects(RDF.type, SH.PropertyGroup)}
    parts = [
        "# Shapes\n\nWhat a record must have, in three tiers. `kg check --tier` says which tiers are asked for.\n",
        _table(
            ("tier", "meaning"),
            ((f"`{name}`", _text(graph, SHAPE[name], RDFS.comment)) for name in sorted(order, key=order.__getitem__)),
        ),
    ]
    for name in sorted(by_class):
        rows = sorted(
            (
                order[_local(graph.value(shape, SH.group))],
                _local(shape),
                f"`{_local(shape)}`",
                _local(graph.value(shape, SH.group)),
                {"Violation": "error", "Warning": "warning", "Info": "note"}[_local(graph.value(shape, SH.severity))],
                _message(graph, shape),
                _text(graph, shape, SH.description),
            )
            for shape in by_class[name]
        )
        parts.append(f"## {name}\n")
        parts.append(_table(("rule", "tier", "severity", "message", "why"), (row[2:] for row in rows)))
    return "\n".join(parts)


def _message(graph: Graph, shape: Node) -> str:
    constraint = graph.value(shape, SH.sparql)
    told = graph.value(shape, SH.message) or (graph.value(constraint, SH.message) if constraint else None)
    return re.sub(r"\{[?$](\w+)\}", r"*\1*", _plain(str(told or "")))


# Checks


def _checks() -> str:
    rows = (
        (
            f"[`{check.rule}`](../../queries/checks/{check.rule}.rq)",
            check.tier.value,
            check.severity.value,
            check.needs.value,
            _filled_in(check.problem),
            _plain(check.remedy),
            _plain(check.why),
        )
        for check in sorted(across.checks(), key=lambda check: (check.tier.rank, check.rule))
    )
    return f"""# Checks across records

What shows only where records stand side by side: `kg check FOLDER` and `kg build` ask it of the whole corpus, `kg check
FILE` only what stands in one file. What a check needs is what must be at hand for it to be true: where a file could not
be read, nobody is told that something is nowhere. Names are compared as
[`kg/twins.py`](../../kg/twins.py) says.

What they find in the shipped evidence stands under [findings](findings.md#across-records).

{_table(("rule", "tier", "severity", "needs", "problem", "remedy", "why"), rows)}"""


def _filled_in(problem: str) -> str:
    """A problem with the names of its columns in italics."""
    return re.sub(r"\{(\w+)\}", r"*\1*", _plain(problem))


# Ontology and concepts


def _ontology() -> str:
    graph = Graph()
    for name in ("core.ttl", "provenance.ttl", "external.ttl"):
        graph.parse(resources.root() / "ontology" / name)
    groups: tuple[tuple[str, Callable[[Node], bool]], ...] = (
        ("Classes", lambda term: (term, RDF.type, OWL.Class) in graph),
        ("Object properties", lambda term: (term, RDF.type, OWL.ObjectProperty) in graph),
        ("Datatype properties", lambda term: (term, RDF.type, OWL.DatatypeProperty) in graph),
        ("Annotation properties", lambda term: (term, RDF.type, OWL.AnnotationProperty) in graph),
    )
    terms = sorted({term for term in graph.subjects(RDFS.label) if str(term).startswith(str(PM))}, key=str)
    parts = [f"# Ontology\n\n`pm:` is `{PM}`. The address does not resolve until it is registered.\n"]
    shown: set[Node] = set()
    for heading, belongs in groups:
        members = [term for term in terms if belongs(term)]
        shown |= set(members)
        if members:
            parts.append(f"## {heading}\n")
            parts.append(_table(("term", "label", "meaning"), (_term_row(graph, term) for term in members)))
    values = [term for term in terms if term not in shown]
    parts.append("## Values\n\nAs evidence files write them, and the class of each.\n")
    parts.append(
        _table(
            ("term", "written", "of", "meaning"),
            (
                (
                    f"`pm:{_local(term)}`",
                    f"`{_text(graph, term, SKOS.notation)}`",
                    ", ".join(sorted(f"`pm:{_local(kind)}`" for kind in graph.objects(term, RDF.type))),
                    _text(graph, term, SKOS.definition),
                )
                for term in values
            ),
        )
    )
    parts.append("## Prefixes\n")
    parts.append(_table(("prefix", "namespace"), ((f"`{name}:`", f"`{base}`") for name, base in prefixes().items())))
    return "\n".join(parts)


def _term_row(graph: Graph, term: Node) -> tuple[str, str, str]:
    meaning = " ".join(filter(None, (_text(graph, term, SKOS.definition), _text(graph, term, SKOS.scopeNote))))
    return f"`pm:{_local(term)}`", _text(graph, term, RDFS.label), meaning


def _concepts() -> str:
    graph = Graph()
    graph.parse(resources.root() / "ontology" / "concepts.ttl")
    kinds = [
        *((f"{kind} factors", URIRef(term.value)) for kind, term in FACTOR_KINDS.items()),
        ("kinds of actor", PM.ActorKind),
    ]
    parts = ["# Concepts\n\nWhat evidence may name as a factor or an actor. A factor may play any role in a claim.\n"]
    for heading, kind in kinds:
        rows = (
            (
                f"`{_local(concept)}`",
                _text(graph, concept, SKOS.prefLabel),
                _text(graph, concept, SKOS.definition),
                ", ".join(f"`{_local(broad)}`" for broad in sorted(graph.objects(concept, SKOS.broader), key=str)),
                ", ".join(f"`{_local(other)}`" for other in sorted(graph.objects(concept, PM.opposite), key=str)),
            )
            for concept in sorted(graph.subjects(RDF.type, kind), key=str)
        )
        parts.append(f"## {heading.capitalize()}\n")
        parts.append(_table(("id", "label", "definition", "a kind of", "opposite"), rows))
    return "\n".join(parts)


# Findings


def _findings(findings: Sequence[Finding]) -> str:
    places: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        places[finding.rule].append(finding)
    checked = {check.rule: places.pop(check.rule) for check in across.checks() if check.rule in places}
    severities = Counter(finding.severity.value for finding in findings)
    tiers = Counter(finding.tier.value for finding in findings)
    parts = [
        f"""# What the checks find in the shipped evidence

{CODED} Nothing was mended to make this page shorter: a finding is for a coder to look at.

`kg check evidence --tier appraised` has {len(findings):,} findings: {_told(severities)}; by tier: {_told(tiers)}.
Errors and warnings are listed below; notes are counted, but for those [across records](#across-records).
""",
        _counts(places | checked),
        "## Across records\n\nWhat shows only where records stand side by side; see [checks](checks.md).\n",
    ]
    for rule, found in _ranked(checked):
        parts.append(f"### {rule}\n\n{_plain(found[0].remedy)}\n")
        for finding in found:
            beside = "; ".join(map(_where, finding.related))
            parts.append(f"- {_where(finding)}{beside and f', with {beside}'}: {_plain(finding.what)}")
        parts.append("")
    for rule, found in _ranked(places):
        parts.append(f"## {rule}\n")
        if found[0].severity == Severity.note:
            parts.append(f"{_plain(found[0].what)} {_plain(found[0].remedy)}\n")
            continue
        said: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in found:
            said[finding.what, finding.remedy].append(finding)
        if len(said) > 1 and len(said) > len(found) / 3:
            parts += [f"- {_where(finding)}: {_plain(finding.what)}" for finding in found]
            parts.append("")
            continue
        for (what, remedy), ones in said.items():
            parts.append(f"{_plain(what)} {_plain(remedy)}\n")
            parts.append(", ".join(_where(finding) for finding in ones) + "\n")
    return "\n".join(parts)


def _counts(places: dict[str, list[Finding]]) -> str:
    return _table(
        ("rule", "tier", "severity", "findings", "files"),
        (
            (
                f"[{rule}](#{rule.lower()})",
                found[0].tier,
                found[0].severity.value,
                str(len(found)),
                str(len({finding.file for finding in found})),
            )
            for rule, found in _ranked(places)
        ),
    )


def _ranked(places: dict[str, list[Finding]]) -> list[tuple[str, list[Finding]]]:
    return sorted(places.items(), key=lambda item: (item[1][0].sort_key[0], -len(item[1]), item[0]))


def _where(found: Finding | Related) -> str:
    file = Path(found.file)
    name = file.name if "sources" in file.parts else "/".join(file.parts[-2:])
    about = found.subject if isinstance(found, Finding) else found.what
    return f"{name.removesuffix('.yaml')}:{found.line}" + (f" ({about})" if about else "")


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common())


# Python


def _python() -> str:
    parts = ['# Python\n\n```python\nimport kg\n\ngraph = kg.open("build")\n```\n']
    for name in kg.__all__:
        thing = getattr(kg, name)
        signature = _signature(thing)
        parts.append(f"## kg.{name}{signature}\n\n{_docstring(thing)}\n")
        if inspect.isclass(thing) and not issubclass(thing, Exception):
            for member, method in inspect.getmembers(thing, inspect.isfunction):
                if not member.startswith("_") and method.__doc__:
                    parts.append(f"### {name}.{member}{_signature(method)}\n\n{_docstring(method)}\n")
    return "\n".join(parts)


def _signature(thing: Any) -> str:
    if inspect.isclass(thing):
        return ""
    names = [
        f"{'*' if one.kind is one.VAR_POSITIONAL else '**' if one.kind is one.VAR_KEYWORD else ''}{one.name}"
        + ("" if one.default is one.empty else f"={one.default!r}")
        for one in inspect.signature(thing).parameters.values()
        if one.name != "self"
    ]
    return f"({', '.join(names)})"


def _docstring(thing: Any) -> str:
    """A docstring in Google's style as Markdown: the sections as they stand, in a block."""
    text = inspect.getdoc(thing) or ""
    head, _, rest = text.partition("\n\n")
    return f"{head}\n\n```text\n{rest}\n```" if rest else head


# Markdown


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    for character in "\\|*_<>[]":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def _sentence(text: str) -> str:
    """Words of a header or of a help text, which bear Markdown no ill, as a sentence."""
    plain = _plain(text).rstrip(".")
    return f"{plain[:1].upper()}{plain[1:]}."


def _text(graph: Graph, subject: Node, predicate: Node) -> str:
    return " ".join(_plain(str(value)) for value in sorted(graph.objects(subject, predicate), key=str))


def _local(term: Any) -> str:
    return str(term).rpartition("#")[2].rpartition("/")[2]


def main() -> None:
    """Writes every page, and removes what no longer is one."""
    folder = kg.build(resources.evidence(), ROOT / "build").release.folder.parent.parent
    made = pages(kg.open(folder), pipeline.check(resources.evidence(), tier=Tier.appraised))
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name, text in made.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"{len(made)} pages in {FOLDER.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
