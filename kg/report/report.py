"""A report: what was asked, what claims answer, in words, pictures and numbers, and what it does not say."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import Failure
from kg.page import anchor, render
from kg.plot.words import about
from kg.render.synthesis import on_one_side
from kg.sentence import joined
from kg.tensions import CAUTION
from kg.trace import RECURRENT, Selection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.agreement import Agreement
    from kg.plot.picture import Picture
    from kg.references import Reference
    from kg.report.answer import Sentence
    from kg.report.behind import Lists, Number
    from kg.tensions import Tension, TensionSide
    from kg.trace import Cell, Trace, TracedClaim


@dataclass(frozen=True)
class Row:
    """One factor and one outcome, with every number that leads to its studies.

    Attributes:
        cell: What the matrix counts.
        name: What the two are called.
        numbers: By column: supports, present_better, absent_worse, hinders, mixed, no_effect, studies, secondary,
            proposed.
    """

    cell: Cell
    name: str
    numbers: Mapping[str, Number]


@dataclass(frozen=True)
class Step:
    """One step of the funnel.

    Attributes:
        step: What is left in, in words.
        studies: The studies that remain.
        cells: The pairs of a factor and an outcome that remain.
        recurrent: Of these, those with support from three independent studies or more.
    """

    step: str
    studies: Number
    cells: int
    recurrent: Number


@dataclass(frozen=True)
class Report:
    """A report on a selection.

    Attributes:
        title: What it is about.
        answer: What claims report, in sentences; each number in it a way to its studies.
        trace: What the selection gave.
        rows: The cells, those with most studies first.
        steps: The funnel.
        pictures: In the order in which they are shown.
        tensions: Where studies of the selection diverge.
        agreement: How far coders agree, of the whole graph.
        behind: The lists behind the numbers.
        references: What the sources are, by id.
        graph: The name of the graph.
        built: The day on which the graph was built; empty where it does not say.
    """

    title: str
    answer: Sequence[Sentence]
    trace: Trace = field(repr=False)
    rows: Sequence[Row] = field(repr=False)
    steps: Sequence[Step] = field(repr=False)
    pictures: Sequence[Picture] = field(repr=False)
    tensions: Sequence[Tension] = field(repr=False)
    agreement: Agreement = field(repr=False)
    behind: Lists = field(repr=False)
    references: Mapping[str, Reference] = field(repr=False)
    graph: str = ""
    built: str = ""

    @property
    def question(self) -> str:
        """What was asked, in words."""
        return f"Which directions do sources report of {about(self.trace)}, in which contexts, and on whose word?"

    @property
    def counted(self) -> str:
        """Which claims count."""
        selection = self.trace.selection
        statuses = joined([str(status) for status in selection.status])
        return (
            f"claims with the factor as {selection.role}, status {statuses}, {selection.evidence} evidence, in "
            "independent studies. What is merely proposed is shown beside it."
        )

    @property
    def limits(self) -> tuple[str, ...]:
        """What the report does not say."""
        return (
            "It reports what sources claim. It does not say what works, nor how strong an effect is: a number of "
            "studies is no size of effect.",
            "That something is reported in one setting does not say that it holds in another.",
            "That nobody reports hindrance does not mean that there is none; studies that found nothing are seldom "
            "published.",
            "Better with the mechanism present and worse with it absent are different evidence: absence never shows "
            "that presence suffices.",
            "Which studies are here depends on what was searched and coded; read the funnel beside every number.",
        )

    @property
    def unwanted(self) -> bool:
        """Whether nobody wants more of one of the outcomes."""
        return any(row.cell.unwanted for row in self.rows)

    @property
    def several(self) -> bool:
        """Whether a study stands in several columns of a pair."""
        return any(row.cell.several for row in self.rows)

    @property
    def diverging(self) -> bool:
        """Whether there is a weaker divergence than a tension."""
        return any(row.cell.divergence for row in self.rows)

    @property
    def recurrent(self) -> int:
        """Independent studies from which a pattern counts as recurrent."""
        return RECURRENT

    @property
    def caution(self) -> str:
        """What is said wherever tensions are shown."""
        return CAUTION

    @property
    def coded_twice(self) -> dict[str, list[str]]:
        """Of sources that were coded more than once, the ids of the selection's claims by citation."""
        found: dict[str, list[str]] = {}
        for one in self.claims:
            if one.source in self.agreement.coded_twice:
                found.setdefault(one.citation, []).append(one.claim)
        return found

    def paired(self, source: str) -> int:
        """How many pairs of a source's claims were aligned, to compare what two coders recorded."""
        return self._paired[source]

    @cached_property
    def _paired(self) -> Counter[str]:
        return Counter(pair.first.claim.partition("/")[0] for pair in self.agreement.pairs)

    @property
    def command(self) -> str:
        """The command that makes it anew from the same graph."""
        flags = []
        for name, value in vars(self.trace.selection).items():
            if value == getattr(Selection(), name) or list(value if isinstance(value, list | tuple) else [value]) == [
                "tested"
            ]:
                continue
            option = f"--{name.replace('_', '-')}"
            words = value if isinstance(value, list | tuple) else [] if value is True else [value]
            flags += [f"{option} {shlex.quote(str(word))}" for word in words] or [option]
        graph = [f"--graph {shlex.quote(self.graph)}"] if self.graph.startswith("http") else []
        return " ".join(["kg report", *flags, *graph, "--output report.html"])

    def only(self, side: TensionSide) -> list[str]:
        """What stands on one side of a tension only, a line for each kind of thing."""
        return on_one_side(side, self.trace.vocabulary)

    @property
    def claims(self) -> tuple[TracedClaim, ...]:
        """Every claim of the selection, each once."""
        return tuple({one.claim: one for one in self.trace.claims}.values())

    def html(self) -> str:
        """As one page that needs nothing else."""
        labels = self.trace.vocabulary.labels
        return render(
            "report.html",
            ("findings.css", "picture.css", "report.css"),
            ("picture.js",),
            report=self,
            drawn=[picture.svg(linked=True) for picture in self.pictures],
            anchors={one.claim: anchor("claim", one.claim) for one in self.claims},
            names=labels,
            anchored={
                *self.behind.lists,
                *self.behind.of_pairs,
                *(one.anchor for picture in self.pictures for one in picture.behind),
            },
            single=any(step.studies is not None for step in self.trace.funnel),
            version=version("partnership-mechanisms-kg"),
        )

    def save(self, place: str | Path) -> None:
        """Writes the page.

        Raises:
            Failure: The file cannot be written.
        """
        try:
            Path(place).write_text(self.html(), encoding="utf-8")
        except OSError as error:
            raise Failure(f"{place} cannot be written: {error.strerror or error}") from error

    def _repr_html_(self) -> str:
        """How a notebook shows it."""
        return self.html()
