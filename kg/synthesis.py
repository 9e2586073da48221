"""What needs other files: whether references resolve, and what follows across sources."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from kg import iris, rules
from kg.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def resolve(index: Iterable[IndexEntry]) -> list[Finding]:
    """Everything declared twice, and every reference to what nobody declares."""
    places: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    entries = sorted(index, key=lambda entry: (entry.file, entry.line))
    for entry in entries:
        for iri, line in entry.declares:
            places[iri].append((entry.file, line, entry.name))
    findings = []
    for iri, found in places.items():
        first = found[0]
        for file, line, _ in found[1:]:
            if iri.count("/") > iris.DATA.count("/") + 1:
                continue  # claims of a source given twice: the source itself is reported
            words = " ".join(iris.ids(iri))
            what = f"{words} is already described in {first[0]}:{first[1]}."
            findings.append(
                Finding(Severity.error, "described-twice", file, line, what, "Keep both codings in one file.", words)
            )
    for entry in entries:
        for iri, line, words in entry.refers:
            if iri in places:
                continue
            near = get_close_matches(iri, places, n=1, cutoff=0.9)
            remedy = f"Did you mean {'/'.join(iris.ids(near[0])[-3:])}?" if near else _REMEDY[words.split()[1]]
            what = f"{words} is described in no file."
            findings.append(Finding(Severity.error, "unknown-reference", entry.file, line, what, remedy))
    return sorted(findings, key=lambda finding: finding.sort_key)


_REMEDY = {
    "study": "Describe it in studies.yaml.",
    "included": "Describe it in studies.yaml, or add its source.",
    "theory": "Describe it in theories.yaml.",
    "linked": "Write source/coder/claim of a claim that is there.",
    "source": "Add the source's file.",
}


def synthesise(store: Store) -> None:
    """Derives the synthesis graph of a store anew, by the rules of scope `synthesis`, each set-wise."""
    store.clear_graph(iris.SYNTHESIS_GRAPH)
    store.extend(rules.apply(store, "synthesis", iris.SYNTHESIS_GRAPH))
