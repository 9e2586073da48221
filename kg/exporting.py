"""What kg export writes: an evidence folder, or a selection of a graph's claims, for other tools and for papers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import Failure, UsageError
from kg.findings import Finding
from kg.records import Source, Studies, Study, Theories, Theory

if TYPE_CHECKING:
    from kg.knowledge_graph import KnowledgeGraph


class Product(StrEnum):
    """What can be exported, and as what."""

    workbook = "workbook"
    csv = "csv"
    project = "project"
    bibliography = "bibliography"
    codebook = "codebook"
    cmo_table = "cmo-table"


ENDINGS: Mapping[Product, tuple[str, ...]] = {
    Product.workbook: (".xlsx",),
    Product.csv: (),
    Product.project: (".qdpx",),
    Product.bibliography: (".json", ".ris"),
    Product.codebook: (".qdc",),
    Product.cmo_table: (".docx", ".xlsx", ".md", ".tex"),
}
"""How the name of each file ends; a product without one is a folder."""


@dataclass(frozen=True)
class Exported:
    """What an export came to.

    Attributes:
        place: The file or folder that was written.
        sources: How many sources are in it; None where it is the concept scheme.
        claims: How many claims are in it; None where it is of a kind that holds none.
        withheld: How many sources were left out because they may not be published.
        findings: What such a file cannot hold.
    """

    place: Path
    sources: int | None
    claims: int | None
    withheld: int
    findings: tuple[Finding, ...] = ()


def export(
    product: Product,
    place: Path,
    evidence: Path,
    graph: Callable[[], KnowledgeGraph],
    selection: Mapping[str, Any] | None = None,
    owner: bool = False,
    anew: bool = False,
) -> Exported:
    """Exports to a file or folder.

    Args:
        product: What to export.
        place: Where to.
        evidence: The evidence folder that records are taken from.
        graph: Opens the graph that a selection is made in.
        selection: What `graph.trace` takes; without it everything is exported.
        owner: Whether sources that may not be published are exported too, for their owner's eyes.
        anew: Whether a file that is there already is replaced.

    Raises:
        UsageError: The place is not called as such a file is, or is taken, by something else or by an earlier export.
        Failure: It cannot be written.
    """
    endings = ENDINGS[product]
    if endings and place.suffix.lower() not in endings:
        raise UsageError(f"{place}: a {product} ends in {' or '.join(endings)}")
    if endings and place.is_dir():
        raise UsageError(f"{place} is a folder: name a file")
    if not endings and place.exists() and not place.is_dir():
        raise UsageError(f"{place} is a file: name a folder")
    if endings and place.exists() and not anew:
        raise UsageError(f"{place} is there already, and may hold your work: name another file, or say --replace")
    if place.is_dir() and any(place.iterdir()) and not (anew and (place / "datapackage.json").is_file()):
        raise UsageError(
            f"{place} is not empty: name another folder, or say --replace where it holds an earlier export"
        )
    asked = _Asked(place, evidence, graph, selection, owner)
    try:
        (place.parent if endings else place).mkdir(parents=True, exist_ok=True)
        return _WRITERS[product](asked)
    except OSError as error:
        raise Failure(f"{place} cannot be written: {error.strerror or error}") from error


@dataclass(frozen=True)
class _Asked:
    place: Path
    evidence: Path
    graph: Callable[[], KnowledgeGraph]
    selection: Mapping[str, Any] | None
    owner: bool

    @cached_property
    def every(self) -> list[Source]:
        """All sources of the folder, read once."""
        from kg.export import selection

        return selection.read(self.evidence)

    def records(self) -> tuple[list[Source], Exported]:
        """The sources to export, cut down to the claims that were selected, and what there is to say of them."""
        from kg.export import selection

        claims = None
        if self.selection is not None:
            claims = {claim.claim for claim in self.graph().trace(claims=True, **self.selection).claims}
        sources, withheld = selection.cut(self.every, claims, self.owner, self.evidence)
        return sources, Exported(self.place, len(sources), _claims(sources), withheld)

    def shared(self, sources: Sequence[Source]) -> tuple[Studies | None, Theories | None]:
        """The studies and theories that go with sources: of a selection those that they name, else the folder's.

        What the folder says of withheld sources only is withheld with them.
        """
        from kg import evidence

        units = [unit for unit in evidence.find_units(self.evidence)[0] if unit.name in evidence.SHARED_FILES]
        records = [evidence.read(unit).record for unit in units]
        studies = [one for record in records if isinstance(record, Studies) for one in record.studies]
        theories = [one for record in records if isinstance(record, Theories) for one in record.theories]
        kept_studies, kept_theories = {_study_of(source) for source in sources}, _theories_of(sources)
        if self.selection is None:
            withheld = [] if self.owner else [one for one in self.every if one.publishable is False]
            kept_studies |= {one.id for one in studies} - {_study_of(source) for source in withheld}
            kept_studies |= {name for one in studies for name in one.includes} - {_study_of(one) for one in withheld}
            stated_there = {source.source for source in withheld}
            told = {one.id for one in theories if one.source not in stated_there}
            kept_theories = (kept_theories & told) | (told - _theories_of(withheld))
        else:
            exported = {source.source for source in sources}
            kept_theories |= {one.id for one in theories if one.source in exported}
            for one in reversed(theories):  # and what they are versions of, which stands before them
                if one.id in kept_theories and one.revision_of:
                    kept_theories.add(one.revision_of)
        return _shared(studies, kept_studies), _revised(theories, kept_theories)


def _shared(studies: Sequence[Study], kept: Collection[str]) -> Studies | None:
    """The studies that are kept, without what they include that is not."""
    told = [
        one.model_copy(update={"includes": [name for name in one.includes if name in kept]})
        for one in studies
        if one.id in kept
    ]
    return Studies(studies=told) if told else None


def _revised(theories: Sequence[Theory], kept: Collection[str]) -> Theories | None:
    """The theories that are kept, none a version of one that is not."""
    told = [
        one if one.revision_of in kept else one.model_copy(update={"revision_of": None})
        for one in theories
        if one.id in kept
    ]
    return Theories(theories=told) if told else None


def _study_of(source: Source) -> str:
    return source.study or source.source


def _theories_of(sources: Sequence[Source]) -> set[str]:
    codings = [coding for source in sources for coding in source.codings]
    return {link.theory for coding in codings for claim in coding.claims for link in claim.theories}


def _claims(sources: Sequence[Source]) -> int:
    return sum(len(coding.claims) for source in sources for coding in source.codings)


def _workbook(asked: _Asked) -> Exported:
    from kg.export import workbook

    sources, exported = asked.records()
    workbook.write(sources, asked.place, *asked.shared(sources))
    return exported


def _csv(asked: _Asked) -> Exported:
    from kg.export import workbook

    sources, exported = asked.records()
    workbook.write_csv(sources, asked.place, *asked.shared(sources))
    return exported


def _project(asked: _Asked) -> Exported:
    from kg import evidence
    from kg.export.qda import refi

    sources, exported = asked.records()
    named = {source.source for source in sources if source.document}  # what is withheld has no document here either
    beside = [unit.path.with_suffix(".txt") for unit in evidence.find_units(asked.evidence)[0]]
    documents = {
        path.stem: path.read_bytes().decode("utf-8-sig", errors="replace")
        for path in beside
        if path.stem in named and path.is_file()
    }
    findings = refi.write_project(sources, documents, asked.place)
    held = [source for source in sources if source.source in documents]
    return replace(exported, sources=len(held), claims=_claims(held), findings=findings)


def _bibliography(asked: _Asked) -> Exported:
    from kg.export import bibliography

    sources, exported = asked.records()
    write = bibliography.write_ris if asked.place.suffix.lower() == ".ris" else bibliography.write_csl
    write(sources, asked.place)
    return replace(exported, claims=None)


def _codebook(asked: _Asked) -> Exported:
    from kg.export.qda import refi

    refi.write_codebook(asked.place)
    return Exported(asked.place, None, None, 0)


def _cmo_table(asked: _Asked) -> Exported:
    from kg.export.paper import cmo_table

    graph = asked.graph()
    trace = graph.trace(claims=True, **(asked.selection or {}))
    table = cmo_table.table(graph, trace, asked.owner)
    cmo_table.write(table, asked.place)
    sources = len({claim.source for claim in trace.claims}) - table.withheld
    return Exported(asked.place, sources, len(table.rows.rows), table.withheld)


_WRITERS: Mapping[Product, Callable[[_Asked], Exported]] = {
    Product.workbook: _workbook,
    Product.csv: _csv,
    Product.project: _project,
    Product.bibliography: _bibliography,
    Product.codebook: _codebook,
    Product.cmo_table: _cmo_table,
}
