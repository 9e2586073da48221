"""What needs other files: whether references resolve, and what follows across sources."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from kg import iris, rules
from kg.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Store


@dataclass(frozen=True)
class IndexEntry:
    """What a module offers to others and asks of them.

    Attributes:
        name: The module.
        file: Its file.
        line: The line its text begins on.
        declares: IRIs that others may refer to, each with its line.
        refers: IRI, line and plain words of each reference to another module.
    """

    name: str
    file: str
    line: int
    declares: tuple[tuple[str, int], ...]
    refers: tuple[tuple[str, int, str], ...]


SHARED_FILES = ("studies.yaml", "theories.yaml")
"""Files of which an evidence folder has one each."""


def resolve(index: Iterable[IndexEntry]) -> list[Finding]:
    """Everything declared twice, and every reference to what nobody declares."""
    places: dict[str, list[tuple[str, int]]] = defaultdict(list)
    entries = sorted(index, key=lambda entry: (entry.file, entry.line))
    for entry in entries:
        for iri, line in entry.declares:
            places[iri].append((entry.file, line))
    wholes = [iri for iri in places if iri.endswith("/")]
    findings = [*_described_twice(places)]
    shared: dict[str, str] = {}
    for entry in entries:
        if entry.name in SHARED_FILES and shared.setdefault(entry.name, entry.file) != entry.file:
            what = f"{entry.name} is already there as {shared[entry.name]}."
            findings.append(
                Finding(Severity.error, "described-twice", entry.file, entry.line, what, "Join the two.", entry.name)
            )
    for entry in entries:
        for iri, line, words in entry.refers:
            if iri not in places and not any(iri.startswith(whole) for whole in wholes):
                what = f"{words} is described in no file."
                remedy = _nearest(iri, places) or _REMEDY[_kind(iri)]
                findings.append(Finding(Severity.error, "unknown-reference", entry.file, line, what, remedy))
    return sorted(findings, key=lambda finding: finding.sort_key)


def _kind(iri: str) -> str:
    """What a declared IRI stands for: a source, a study, a theory, or a claim."""
    ids = iris.ids(iri)
    return {1: "source", 2: ids[0]}.get(len(ids), "claim")


def _written(iri: str) -> str:
    """How evidence files refer to it."""
    ids = iris.ids(iri)
    return "/".join(ids) if _kind(iri) == "claim" else ids[-1]


def _described_twice(places: dict[str, list[tuple[str, int]]]) -> Iterator[Finding]:
    twice = {iri for iri, found in places.items() if len(found) > 1}
    for iri in twice:
        kind, name = _kind(iri), _written(iri)
        if kind == "claim" or (kind == "study" and iris.source(name).value in twice):
            continue  # what belongs to a source given twice: the source itself is reported
        (first_file, first_line), *others = places[iri]
        remedy = (
            "Keep both codings in one file." if kind == "source" else "Keep one, or give the other an id of its own."
        )
        for file, line in others:
            what = f"the {kind} {name} is already described in {first_file}:{first_line}."
            yield Finding(Severity.error, "described-twice", file, line, what, remedy, name)


def _nearest(iri: str, places: Iterable[str]) -> str:
    """A question whether something of the same kind with a similar name was meant; empty where nothing is similar."""
    same = sorted({_written(place) for place in places if _kind(place) == _kind(iri)})
    near = get_close_matches(_written(iri), same, n=1, cutoff=0.75)
    return f"Did you mean {near[0]}?" if near else ""


_REMEDY = {
    "study": "Describe it in studies.yaml, or add its source.",
    "theory": "Describe it in theories.yaml.",
    "claim": "Write source/coder/claim of a claim that is there.",
    "source": "Add the source's file.",
}


def synthesise(store: Store) -> None:
    """Derives the synthesis graph of a store anew, by the rules of scope `synthesis`, each set-wise."""
    store.clear_graph(iris.SYNTHESIS_GRAPH)
    store.extend(rules.apply(store, "synthesis", iris.SYNTHESIS_GRAPH))
