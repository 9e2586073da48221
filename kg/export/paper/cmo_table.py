"""What a selection comes to in a paper: CMO table, evidence trail, theory-change log, funnel and coder agreement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kg import query
from kg.errors import Failure, UsageError
from kg.export.paper.agreement import agreement_section
from kg.export.paper.codings import notice
from kg.export.paper.funnel import funnel, funnel_section
from kg.export.paper.sections import MISSING, Document, Section, fit, lines
from kg.export.paper.theory_log import theory_log
from kg.export.paper.trail import trail
from kg.iris import claim as claim_iri
from kg.iris import ids
from kg.sentence import LAYERS, number_of
from kg.trace import Part, Selection, Trace, TracedClaim
from kg.vocabulary import Status
from kg.words import text

if TYPE_CHECKING:
    from kg.knowledge_graph import KnowledgeGraph
    from kg.store import Answers

ENDINGS = (".docx", ".xlsx", ".md", ".tex")
"""The kinds of file that a table can be written as, by their endings."""
COUNTED = "Counts are of what sources report, never of what works."
_EFFECTS = {
    "supports": "{} to support",
    "hinders": "{} to hinder",
    "mixed": "{} as mixed",
    "no-effect": "{} to make no difference",
}


@dataclass(frozen=True)
class CmoTable:
    """What a selection comes to, ready to be written as any kind of file.

    Attributes:
        title: What it is of.
        caption: The selection, the graph, how the evidence was coded, and what was left out; a paragraph each.
        rows: The CMO table, a claim a row.
        trail: Where each claim is from, an evidence item a row.
        theories: The theory-change log.
        funnel: What remains of the reported support as weaker evidence is left out.
        agreement: How far coders agree, slot by slot.
        withheld: How many sources of the selection were left out since they may not be published.
    """

    title: str
    caption: tuple[str, ...]
    rows: Section
    trail: Section
    theories: Section
    funnel: Section
    agreement: Section
    withheld: int

    @property
    def document(self) -> Document:
        """Its tables in the order in which they are read."""
        return Document(self.title, self.caption, (self.rows, self.funnel, self.agreement, self.theories, self.trail))


def table(graph: KnowledgeGraph, trace: Trace, owner: bool = False) -> CmoTable:
    """The tables of a trace; its claims are read where it was made without them.

    Args:
        graph: The graph that was traced.
        trace: What a selection gave.
        owner: Whether sources that may not be published are shown too: only to those whose they are.

    Raises:
        Failure: The graph cannot be asked.
    """
    if trace.cells and not trace.claims:
        trace = graph.trace(claims=True, **vars(trace.selection))
    sources, studies = _unpublishable(graph.answers)
    hidden = set() if owner else sources
    shown = [claim for claim in trace.claims if claim.source not in hidden]
    withheld = len({claim.source for claim in trace.claims} & hidden)
    steps = funnel(graph.answers, trace.selection, shown) if withheld else trace.funnel
    unique = list({claim.claim: claim for claim in shown}.values())
    numbers = {claim.claim: number for number, claim in enumerate(unique, 1)}
    private = len({claim.source for claim in shown} & sources)
    said = notice(graph.answers, unique, studies if hidden else ())
    return CmoTable(
        title="Contexts, mechanisms and outcomes",
        caption=tuple(_caption(graph, trace, unique, withheld, private, said)),
        rows=_rows(unique),
        trail=trail(unique, numbers, graph.answers),
        theories=theory_log(graph.answers, numbers, hidden),
        funnel=funnel_section(steps, withheld > 0),
        agreement=agreement_section(graph.agreement(), trace, bool(hidden)),
        withheld=withheld,
    )


def write(table: CmoTable, path: Path) -> None:
    """Writes the tables as the kind of file that the ending of `path` says.

    Raises:
        UsageError: The ending is none of `ENDINGS`.
        Failure: The file cannot be written.
    """
    writer = _writer(path.suffix.lower())
    if writer is None:
        raise UsageError(f"{path.name} cannot be written: its ending is none of {', '.join(ENDINGS)}")
    try:
        writer(table.document, path)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror or error}") from error


def _writer(ending: str) -> Callable[[Document, Path], None] | None:
    """What writes a kind of file: each loads its library when it is first wanted."""
    from kg.export.paper import latex, markdown, word, workbook

    return dict(zip(ENDINGS, (word.write, workbook.write, markdown.write, latex.write), strict=True)).get(ending)


def _unpublishable(graph: Answers) -> tuple[set[str], set[str]]:
    """The ids of the sources that may not be published, and of the studies that they report."""
    rows = query.run(graph, "export/withheld", {})
    return {ids(text(row["source"]))[-1] for row in rows}, {ids(text(row["study"]))[-1] for row in rows}


# What is said before all tables


def _caption(
    graph: KnowledgeGraph, trace: Trace, claims: Sequence[TracedClaim], withheld: int, private: int, said: str
) -> list[str]:
    studies = len({claim.study for claim in claims})
    sources = len({claim.source for claim in claims})
    beside = any(not claim.counted for claim in claims)
    told = [
        f"Selection: {selected(trace.selection, beside)}.",
        f"Graph: {graph.name}." if graph.name else "",
        f"{number_of(len(claims), 'claim')}{_tested(claims)} from {number_of(sources, 'source')} of "
        f"{number_of(studies, 'study', 'studies')}. A claim is what one coder recorded of one source; it is a "
        "configuration only where context, mechanism with reasoning, and outcome are all recorded. "
        f"{_configurations(graph.answers, claims)}".strip(),
        f"{said} {COUNTED}".strip(),
    ]
    if withheld:
        told.append(
            f"Left out since they may not be published: {number_of(withheld, 'source')} that the selection would show."
        )
    if private:
        told.append(f"Not for publication: holds {number_of(private, 'source')} that may not be published.")
    return [fit(one) for one in told if one]


def _tested(claims: Sequence[TracedClaim]) -> str:
    """How many claims are tested and how many merely proposed; nothing where all are tested."""
    proposed = sum(claim.status == Status.proposed.value for claim in claims)
    if not proposed:
        return ""
    if proposed == len(claims):
        return ", merely proposed," if proposed == 1 else ", all merely proposed,"
    return f", {len(claims) - proposed} tested and {proposed} merely proposed,"


def _configurations(graph: Answers, claims: Sequence[TracedClaim]) -> str:
    """How many of claims are configurations, in a sentence; nothing where there is no claim."""
    nodes = [claim_iri(*claim.claim.split("/")) for claim in claims]
    found = len(list(query.run(graph, "export/configurations", {"claim": nodes}))) if nodes else 0
    which = f"{found or 'none'} {'are configurations' if found > 1 else 'is a configuration'}"
    if len(claims) < 2:
        return f"This claim is {'a' if found else 'no'} configuration." if claims else ""
    return f"Of the {len(claims)} claims {which}."


def selected(selection: Selection, beside: bool = False) -> str:
    """A selection in words, the default included, so that a saved table says what it is of.

    Args:
        selection: What was selected.
        beside: Whether claims are shown that the selection does not count, since they are merely proposed.
    """
    told = []
    for name, slot in vars(selection).items():
        values = ", ".join(map(str, slot)) if isinstance(slot, tuple | list) else slot
        if name == "kind" and not values and not selection.factor:
            values = "relational"
        if values and (name, values) not in (("min_studies", 1), ("min_coders", 1)):
            note = " (merely proposed claims are shown beside)" if beside and name == "status" else ""
            told.append(name.replace("_", " ") if values is True else f"{name.replace('_', ' ')} {values}{note}")
    return "; ".join(told)


# The CMO table


def _rows(claims: Sequence[TracedClaim]) -> Section:
    columns = {
        "No.": 3, "Context": 15, "Mechanism: resource": 14, "Mechanism: reasoning": 15, "Outcome": 11,
        "Reported effect": 9, "Actors": 9, "Status": 7, "Sources": 17,
    }  # fmt: skip
    notes = [
        "Layer says whose words a passage is; basis says on whose word the reasoning rests. Numbers lead to the "
        "evidence trail."
    ]
    if not claims:
        notes = ["No claim answers to this selection."]
    rows = tuple((str(number), *_cells(claim)) for number, claim in enumerate(claims, 1))
    return Section("CMO", "CMO table", tuple(notes), tuple(columns), tuple(columns.values()), rows)


def _cells(claim: TracedClaim) -> tuple[str, ...]:
    joined = {"or": "or", "sequence": "then"}.get(claim.joined_by or "", "")
    reasoned = [_reasoning(part, claim) for part in claim.mechanisms]
    return (
        lines([_with_note(f"{part.label}, {part.get('state') or _NO_STATE}", part) for part in claim.contexts]),
        lines([_joined(_resource(part), at, joined) for at, part in enumerate(claim.mechanisms)]),
        lines([_joined(one, at, joined) for at, one in enumerate(reasoned)]),
        fit(_with_note(f"{claim.outcome_role.label}, {claim.outcome_role.get('direction') or _NO_DIRECTION}",
                       claim.outcome_role)),
        lines([_effect(claim), *(f"Rival explanation considered: {rival}" for rival in claim.rival_explanations)]),
        lines([_actor(part) for part in claim.actors]),
        claim.status or MISSING,
        lines([_source(claim, item) for item in claim.evidence]),
    )  # fmt: skip


_NO_DIRECTION = f"direction {MISSING}"
_NO_STATE = f"state {MISSING}"


def _with_note(told: str, part: Part) -> str:
    note = part.get("note")
    return f"{told} ({note})" if note else told


def _joined(told: str, at: int, by: str) -> str:
    return f"{by} {told}" if at and by else told


def _resource(part: Part) -> str:
    firing = (part.get("firing") or "").replace("-", " ")
    there = (
        f"{part.label}, {part.get('state') or _NO_STATE}{f', {firing}' if firing and firing != 'not stated' else ''}"
    )
    return _with_note(f"{there}: {part.get('resource') or f'resource {MISSING}'}", part)


def _reasoning(part: Part, claim: TracedClaim) -> str:
    reasoners = (part.get("reasoner") or "").split("\n")
    who = ", ".join(actor.label for actor in claim.actors if actor.get("node") in reasoners)
    reasoning = part.get("reasoning")
    if not reasoning:
        return f"{who}: {MISSING}" if who else MISSING
    basis = part.get("reasoningBasis") or MISSING
    return f"{f'{who}: ' if who else ''}{reasoning} [basis: {basis}]"


def _actor(part: Part) -> str:
    side = (part.get("perspective") or "").replace("-", " ")
    return _with_note(f"{part.label}, {side}" if side else part.label, part)


def _effect(claim: TracedClaim) -> str:
    verb = "proposed" if claim.status == Status.proposed.value else "reported"
    told = _EFFECTS.get(claim.effect, "{} " + claim.effect).format(verb)
    return f"{told} ({claim.effect_kind.replace('-', ' ')})" if claim.effect_kind else told


def _source(claim: TracedClaim, item: Part) -> str:
    return f"{claim.citation}, {_layer(item)}, {item.get('locator') or f'locator {MISSING}'}"


def _layer(item: Part) -> str:
    layer = item.get("layer")
    return LAYERS.get(layer, layer) if layer else f"layer {MISSING}"
