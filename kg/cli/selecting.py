"""The options that say what to trace, which whatever shows or exports a selection has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

Words = list[str] | None
Factor = Annotated[Words, typer.Option(help="A factor, by id or label, such as trust.")]
Outcome = Annotated[Words, typer.Option(help="An outcome, such as equity.")]
Kind = Annotated[
    Words, typer.Option(help="relational, motivational, structural, contextual, outcome or any. Default: relational.")
]
Role = Annotated[str, typer.Option(help="The factor's role: mechanism, context or outcome.")]
Status = Annotated[Words, typer.Option(help="tested, proposed, all, supported, refined or refuted. Default: tested.")]
Evidence = Annotated[str, typer.Option(help="primary, review or all.")]
Layer = Annotated[Words, typer.Option(help="participant, author, reviewer or coder.")]
Design = Annotated[Words, typer.Option(help="A study design, such as realist-evaluation.")]
Country = Annotated[Words, typer.Option(help="A country of the case: name or ISO code.")]
Actor = Annotated[Words, typer.Option(help="A kind of actor, such as funder.")]
Coder = Annotated[Words, typer.Option(help="A coder, such as coder-1.")]
RollUp = Annotated[bool, typer.Option("--roll-up", help="Count narrower concepts with their broader one.")]
MinStudies = Annotated[
    int | None,
    typer.Option(min=1, help="Fewest independent studies of a cell. Default: 3 in the table of all factors, else 1."),
]
MinCoders = Annotated[int, typer.Option(min=1, max=2, help="2: only what two coders of a source both saw.")]
NAMES = (
    "factor", "outcome", "kind", "role", "status", "evidence", "layer", "design", "country", "actor", "coder",
    "roll_up", "min_studies", "min_coders",
)  # fmt: skip
EVERYTHING: Mapping[str, Any] = dict.fromkeys(NAMES) | {
    "role": "mechanism",
    "evidence": "all",
    "roll_up": False,
    "min_coders": 1,
}
"""The arguments of a command that selects nothing."""


def selection(said: Mapping[str, Any]) -> dict[str, Any]:
    """What says what to trace, of the arguments of a command; what was not said is None."""
    return {name: said[name] for name in NAMES if name in said}
