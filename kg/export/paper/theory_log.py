"""The theory-change log: what each programme theory says in its versions, and the claims that each change rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from kg import query
from kg.export.paper.sections import MISSING, Section, fit, lines
from kg.iris import ids
from kg.store import Answers, Row
from kg.words import text

_RELATIONS = ("proposesTheory", "supportsTheory", "refinesTheory", "refutesTheory")
_COLUMNS = (
    "Theory", "Version", "If", "Then", "Because", "Revises", "From", "Proposed by", "Supported by", "Refined by",
    "Refuted by",
)  # fmt: skip
_WIDTHS = (9, 5, 12, 12, 12, 7, 8, 9, 9, 9, 9)


@dataclass
class _Theory:
    """A programme theory, what it comes from, and the claims that bear on it."""

    name: str
    said: Mapping[str, str]
    revises: str = ""
    sources: set[str] = field(default_factory=set)
    claims: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def withheld(self, sources: Collection[str]) -> bool:
        """Whether everything that tells where it comes from is withheld, or what it was derived from is."""
        bearing = {source for found in self.claims.values() for _, source in found}
        return bool(self.sources & set(sources)) or (bool(bearing) and bearing <= set(sources) and not self.sources)


def theory_log(graph: Answers, shown: Collection[str], withheld: Collection[str]) -> Section:
    """The log of every programme theory of a graph.

    Args:
        graph: A graph that answers queries.
        shown: The claims that the selection shows; others that bear on a theory are counted.
        withheld: Ids of sources that stay out, and with them the theories that come from them.
    """
    every = _theories(graph)
    kept = {name: theory for name, theory in every.items() if not theory.withheld(withheld)}
    notes = []
    if not every:
        notes.append("No programme theory is recorded in this graph, so there is no change to log.")
    elif kept:
        notes.append(
            "Earlier versions stand first. Claims are named where the selection shows them. That a claim refutes a "
            "theory is what its source reports, not that the theory is wrong."
        )
    if len(kept) < len(every):
        notes.append(f"Left out since their sources may not be published: {len(every) - len(kept)} of {len(every)}.")
    ordered = sorted(kept.values(), key=lambda theory: _line_of(theory.name, every))
    rows = tuple(_row(theory, kept, set(shown), set(withheld)) for theory in ordered)
    return Section("Theories", "Theory-change log", tuple(notes), _COLUMNS, _WIDTHS, rows)


def _theories(graph: Answers) -> dict[str, _Theory]:
    found: dict[str, _Theory] = {}
    for row in query.run(graph, "export/theories", {}):
        name = _last(row, "theory")
        said = {key: text(row[key]) for key in ("label", "if", "then", "because", "version")}
        theory = found.setdefault(name, _Theory(name, said))
        theory.revises = theory.revises or _last(row, "revises")
        theory.sources |= {_last(row, "source")} - {""}
    for row in query.run(graph, "export/theory-claims", {}):
        if (name := _last(row, "theory")) in found:
            relation = text(row["relation"]).rpartition("#")[2]
            found[name].claims[relation].append(("/".join(ids(text(row["claim"]))), _last(row, "source")))
    return found


def _last(row: Row, name: str) -> str:
    return ids(text(row[name]))[-1] if row[name] is not None else ""


def _line_of(name: str, theories: Mapping[str, _Theory]) -> list[str]:
    """A theory and those that it revises, the first of all first; a circle ends where it closes."""
    line = [name]
    while (before := theories[name].revises if name in theories else "") and before not in line:
        line.insert(0, before)
        name = before
    return line


def _row(theory: _Theory, kept: Mapping[str, _Theory], shown: set[str], withheld: set[str]) -> tuple[str, ...]:
    def bearing(relation: str) -> str:
        claims = [claim for claim, source in theory.claims.get(relation, []) if source not in withheld]
        named = [claim for claim in claims if claim in shown]
        beyond = len(claims) - len(named)
        return lines([*named, f"{beyond} beyond this selection" if beyond else ""]) if claims else MISSING

    revises = theory.revises if theory.revises in kept or not theory.revises else "a theory that is left out"
    label = theory.said["label"]
    return (
        lines([f"{label} ({theory.name})" if label else theory.name]),
        *(lines([theory.said[key]]) for key in ("version", "if", "then", "because")),
        fit(revises or "nothing that is recorded"),
        lines(sorted(theory.sources)),
        *map(bearing, _RELATIONS),
    )
