"""The build: evidence → graph → reason → validate → synthesis, composed here and nowhere else.

The unit of work is the module. A build redoes the modules whose key changed, in parallel processes, and then the
synthesis; everything else comes over from the release before.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse, serialize

from kg import (
    across,
    alignments,
    coherence,
    evidence,
    graph,
    iris,
    query,
    reason,
    release,
    resources,
    synthesis,
    validate,
    workers,
)
from kg.across import Observation, Sight
from kg.errors import DamagedRelease, EvidenceError, Failure, UsageError
from kg.evidence import Coded
from kg.external import dataset, mapping
from kg.external.dataset import DataUnit
from kg.findings import Finding, Severity, Tier
from kg.query import plain
from kg.release import Manifest, ModuleEntry, Release
from kg.store import LocalStore, prepare
from kg.terms import PM, PROV, RDF
from kg.trace import first_queries
from kg.words import coding_notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from kg.evidence import Unit
    from kg.external.dataset import Prepared

STAGES = ("evidence", "graph", "reason", "validate", "synthesis", "across")
"""The stages, in the order in which evidence passes through them."""

BATCH = 24
"""Modules that a process takes at once: enough to share the cost of reasoning, few enough to show progress."""
IN_PROCESS = 8
"""Up to this many modules are done at once where we are, which starts sooner than other processes do."""
NAMED_BY = 3
"""Ids in the IRI of a node that a finding across records may be about: a claim, a case, and what they stand in."""
JUDGED = "judgement"
"""The first id in the IRI of a judgement and of its parts, which name what is judged and so are longer."""
BUILT_TIER = Tier.structured
"""What a build looks for: what keeps evidence out, and what makes it weaker. An appraisal is asked for by itself."""


@dataclass(frozen=True)
class Built:
    """What a build did.

    Attributes:
        release: The graph it left.
        redone: Names of the modules that were redone.
        removed: Names of the modules that are no more.
        findings: Everything found in the evidence that did not keep it out.
        seconds: How long it took.
    """

    release: Release
    redone: tuple[str, ...]
    removed: tuple[str, ...]
    findings: tuple[Finding, ...]
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What came of one unit: its findings and, where it could be read, its module's name and quads (N-Quads)."""

    unit: Unit
    entry: ModuleEntry
    name: str | None
    quads: bytes
    findings: tuple[Finding, ...]
    coded: Coded

    def with_findings(self, found: Sequence[Finding]) -> Outcome:
        """The outcome with more findings, which its entry keeps too."""
        self.entry.findings += [finding.to_json() for finding in found]
        return replace(self, findings=(*self.findings, *found))


def basis() -> str:
    """Digest of all that a build depends on beside evidence: ontology, mappings, rules, checks, shapes and our code."""
    digest = hashlib.sha256()
    for path in (
        *resources.ontology_files(),
        *resources.alignment_files(),
        *resources.rule_files(),
        *resources.check_files(),
        *resources.shape_files(),
        *resources.code_files(),
    ):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@dataclass(frozen=True)
class Check:
    """What a check looks for.

    Attributes:
        tier: What records must reach.
        coherence: Whether a reasoner is asked if each file can be true as a whole.
    """

    tier: Tier = BUILT_TIER
    coherence: bool = False


def process_units(units: Sequence[Unit]) -> list[Outcome]:
    """Takes units through evidence, graph, reason and validate; external data are mapped, and nothing is inferred."""
    return _by_kind(units, _process_evidence, BUILT_TIER)


def _by_kind(
    units: Sequence[Unit], of_evidence: Callable[[Sequence[Unit]], list[Outcome]], tier: Tier
) -> list[Outcome]:
    """The outcomes of units in their order: those of evidence made together, those of data sets one by one."""
    together = iter(of_evidence([unit for unit in units if not isinstance(unit, DataUnit)]))
    return [_external(unit, tier) if isinstance(unit, DataUnit) else next(together) for unit in units]


def _external(unit: DataUnit, tier: Tier) -> Outcome:
    """What came of a data set: what its table says, with whatever the checks within a file find in it."""
    table = dataset.read(unit)
    outcome = Outcome(unit, ModuleEntry("", unit.file, unit.first_line), None, b"", (), Coded())
    if table.described is None or table.findings:
        return outcome.with_findings(table.findings)
    module, findings = mapping.build_module(table, table.described)
    for _, beside in _within_files([unit], {0: module}, tier):
        findings += beside
    quads = serialize(module.quads, format=RdfFormat.N_QUADS) or b""
    outcome.entry.lines = {iri: line for iri, line in module.lines.items() if _may_be_found(iri)}
    return replace(outcome, name=module.name, quads=quads).with_findings(findings)


def _process_evidence(units: Sequence[Unit]) -> list[Outcome]:
    if not units:
        return []
    read = [_Read.of(unit) for unit in units]
    whole = _whole(read)
    with _asked(read) as question:  # beside what follows
        outcomes = _validated(read, BUILT_TIER)
        inferred = reason.infer([(module.name, module.quads) for module in whole.values()])
        contradictions = question.findings()
    for position, derived, found in zip(whole, inferred, contradictions, strict=True):
        module, entry = whole[position], outcomes[position].entry
        entry.claims = _members(module.quads, PM.Claim)
        entry.configurations = _members(derived, PM.Configuration)
        quads = serialize([*module.quads, *derived], format=RdfFormat.N_QUADS) or b""
        outcomes[position] = replace(outcomes[position].with_findings(found), quads=quads)
    return outcomes


def check_units(task: tuple[Sequence[Unit], Check]) -> list[Outcome]:
    """Takes units through evidence, graph and validate, and asks the reasoner where that is wanted."""
    units, wanted = task
    return _by_kind(units, partial(_check_evidence, wanted), wanted.tier)


def _check_evidence(wanted: Check, units: Sequence[Unit]) -> list[Outcome]:
    if not units:
        return []
    read = [_Read.of(unit) for unit in units]
    whole = _whole(read)
    with _asked(read if wanted.coherence else []) as question:
        outcomes = _validated(read, wanted.tier)
        contradictions = dict(zip(whole, question.findings(), strict=wanted.coherence))
    for position, module in whole.items():
        quads = serialize(module.quads, format=RdfFormat.N_QUADS) or b""
        outcomes[position] = replace(outcomes[position].with_findings(contradictions.get(position, [])), quads=quads)
    return outcomes


@dataclass(frozen=True)
class _Read:
    """A unit as it was read, and its module where it could be."""

    reading: evidence.Reading
    module: graph.Module | None

    @classmethod
    def of(cls, unit: Unit) -> _Read:
        reading = evidence.read(unit)
        return cls(reading, graph.build_module(reading.record, reading.line) if reading.record is not None else None)


def _whole(read: Sequence[_Read]) -> dict[int, graph.Module]:
    """The modules of the units that could be read, by position."""
    return {position: one.module for position, one in enumerate(read) if one.module is not None}


def _asked(read: Sequence[_Read]) -> AbstractContextManager[coherence.Asked]:
    """The reasoner, started on the modules that could be read."""
    return coherence.asked(
        [
            coherence.Reading(
                one.module,
                one.reading.unit.file,
                lambda triple, one=one: one.reading.line(graph.slot(one.module, triple)),  # type: ignore[misc]
            )
            for one in read
            if one.module is not None
        ]
    )


def _validated(read: Sequence[_Read], tier: Tier) -> list[Outcome]:
    """What came of each unit so far."""
    whole = _whole(read)
    units = [one.reading.unit for one in read]
    checked = validate.check_modules(
        [(module, units[position].file, units[position].first_line) for position, module in whole.items()], tier
    )
    found = dict(zip(whole, checked, strict=True))
    for position, beside in _within_files(units, whole, tier):
        found[position] += beside
    outcomes = []
    for position, one in enumerate(read):
        unit, module = one.reading.unit, one.module
        entry = ModuleEntry("", unit.file, unit.first_line)
        if module is None:
            entry.declares = [[iri, unit.first_line] for iri in evidence.names_in(one.reading)]
        else:
            entry.declares = [[iri, module.lines.get(iri, unit.first_line)] for iri in module.declares]
            entry.refers = [list(reference) for reference in module.refers]
            entry.lines = {iri: line for iri, line in module.lines.items() if _may_be_found(iri)}
        outcome = Outcome(unit, entry, module.name if module else None, b"", (), evidence.how_coded([one.reading]))
        outcomes.append(outcome.with_findings([*one.reading.findings, *found.get(position, ())]))
    return outcomes


def _may_be_found(iri: str) -> bool:
    """Whether a finding across records may be about a node: a claim, a case, what they stand in, or a judgement."""
    ids = iris.ids(iri)
    return len(ids) <= NAMED_BY or ids[0] == JUDGED


def _within_files(
    units: Sequence[Unit], modules: dict[int, graph.Module], tier: Tier
) -> Iterator[tuple[int, list[Finding]]]:
    """What checks find that one file is enough for, with the position of the module in which they find it."""
    store = _with_ontology(serialize(module.quads, format=RdfFormat.N_QUADS) or b"" for module in modules.values())
    owners = {iri: position for position, module in modules.items() for iri in module.lines}
    observed = across.observe(across.within_a_file(tier), store)
    for position, module in modules.items():
        places = {iri: (units[position].file, line) for iri, line in module.lines.items()}
        own = (each for each in observed if owners[across.nearest(each.focus, owners)] == position)
        yield position, across.place(own, places)


def _with_ontology(texts: Iterable[bytes]) -> Store:
    """A store of the ontology and of texts (N-Quads)."""
    store, ontology = Store(), reason.load_ontology()
    store.bulk_extend([*ontology.asserted, *ontology.inferred])
    store.bulk_load(b"".join(texts), format=RdfFormat.N_QUADS)
    return store


def _members(quads: Iterable[Quad], kind: NamedNode) -> int:
    return sum(quad.predicate == RDF.type and quad.object == kind for quad in quads)


@dataclass(frozen=True)
class Checked:
    """What a check saw.

    Attributes:
        findings: Everything found, worst first.
        coded: How the codings of each unit were made, by its file and the line on which it begins there.
    """

    findings: tuple[Finding, ...]
    coded: dict[tuple[Path, int], Coded]


def check(
    place: Path | str,
    progress: Callable[[str, int, int], None] | None = None,
    tier: Tier | str = BUILT_TIER,
    coherence: bool = False,
) -> list[Finding]:
    """Everything found in an evidence file or folder, worst first; nothing is written.

    Args:
        place: The evidence folder, or one file of it.
        progress: Told the stage, how many modules are done, and of how many.
        tier: What records must reach; what falls short of stricter tiers is not looked for.
        coherence: Whether a reasoner is asked if each file can be true as a whole, as every build does.

    Raises:
        UsageError: There is no evidence at `place`, or no such tier.
    """
    return list(look_over(place, progress, tier, coherence).findings)


def look_over(
    place: Path | str,
    progress: Callable[[str, int, int], None] | None = None,
    tier: Tier | str = BUILT_TIER,
    coherence: bool = False,
) -> Checked:
    """What `check` finds, and how the evidence was coded, from one reading of it.

    Raises:
        UsageError: There is no evidence at `place`, or no such tier.
    """
    if tier not in list(Tier):
        raise UsageError(f"there is no tier “{tier}” (one of {', '.join(Tier)})")
    place, tier = Path(place), Tier(tier)
    beside = dataset.standing_at(place)
    if beside:
        return _look_over_beside(*beside, progress or _silent, tier)
    units, findings = _find_units(place)
    outcomes = _run(units, progress or _silent, Check(tier, coherence))
    found = [*findings, *(finding for outcome in outcomes for finding in outcome.findings)]
    if place.is_dir():
        found += synthesis.resolve(_index((outcome.name or "", outcome.entry) for outcome in outcomes))
        chosen = across.between_files(_sight(place, outcomes, findings), tier)
        observed = across.observe(chosen, _with_ontology(outcome.quads for outcome in outcomes))
        found += across.place(observed, _places(place, (outcome.entry for outcome in outcomes)))
    return Checked(
        tuple(evidence.located([finding for finding in found if finding.tier.rank <= tier.rank], place)),
        {(outcome.unit.path.resolve(), outcome.unit.first_line): outcome.coded for outcome in outcomes},
    )


def _look_over_beside(folder: Path, name: str, report: Callable[[str, int, int], None], tier: Tier) -> Checked:
    """What is found in the external data sets beside an evidence folder, or in one of them, by itself."""
    units, findings = dataset.find_units(folder, name)
    outcomes = _run(units, report, Check(tier))
    found = [*findings, *(finding for outcome in outcomes for finding in outcome.findings)]
    return Checked(tuple(evidence.located([each for each in found if each.tier.rank <= tier.rank], folder)), {})


def check_prepared(prepared: Prepared, place: Path) -> list[Finding]:
    """What would be found in an external data set if it were saved beside an evidence folder, worst first."""
    return evidence.located(_external(dataset.unsaved(prepared), BUILT_TIER).findings, place)


def _sight(place: Path, outcomes: Iterable[Outcome], unreadable: Sequence[Finding]) -> Sight:
    """What of a corpus was read: where something could not be, nobody knows what is not there."""
    if not place.is_dir():
        return Sight.one_file
    if unreadable or any(outcome.name is None for outcome in outcomes):
        return Sight.some_files
    return Sight.scheme if place.resolve() == resources.evidence().resolve() else Sight.every_file


def _places(place: Path, entries: Iterable[ModuleEntry]) -> dict[str, tuple[str, int]]:
    """File and line of whatever a finding across records may be about, by IRI."""
    scheme = Path(os.path.relpath(resources.concept_file(), evidence.folder_of(place))).as_posix()
    places = {iri: (scheme, line) for iri, line in across.concept_lines().items()}
    for entry in entries:
        places.update({iri: (entry.file, line) for iri, line in entry.lines.items()})
    return places


def how_coded(checked: Iterable[Checked]) -> str:
    """How the codings that were checked were made, in the words in which a graph says it of its own.

    A file that was checked twice, as one of a folder and by itself, counts once.
    """
    of_units = {unit: coded for each in checked for unit, coded in each.coded.items()}
    coded = sum(of_units.values(), Coded())
    return coding_notice(coded.codings, coded.assisted, coded.unchecked)


def build(place: Path | str, folder: Path | str, progress: Callable[[str, int, int], None] | None = None) -> Built:
    """Builds the graph of an evidence folder into `folder`, redoing only what changed.

    Args:
        place: The evidence folder, or one file of it.
        folder: Where releases are kept; its `current` is swapped at the end.
        progress: Told the stage, how many modules are done, and of how many.

    Raises:
        UsageError: There is no evidence at `place`, or `folder` holds other things.
        EvidenceError: Findings keep evidence out; the release before still stands.
        Failure: The machine or an engine failed; the release before still stands.
    """
    started = time.perf_counter()
    report = progress or _silent
    place, folder = Path(place), Path(folder)
    held = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if held - {release.LOCK} and "releases" not in held:
        raise UsageError(f"{folder} holds other things than builds: name an empty or a new folder")
    if dataset.standing_at(place):
        raise UsageError(f"{place} is external data: name the evidence folder that they lie beside")
    units, unreadable = _find_units(place)
    with release.lock(folder):
        try:
            return _build(place, folder, units, unreadable, report, started)
        except (OSError, RuntimeError) as error:  # the store raises either
            raise Failure(f"the build could not be written ({error}); the graph before still stands") from error


def _find_units(place: Path) -> tuple[list[Unit], list[Finding]]:
    """Every unit of evidence and every external data set beside it, with what could not even be opened."""
    units, unreadable = evidence.find_units(place)
    beside, shut = dataset.find_units(place)
    return [*units, *beside], [*unreadable, *shut]


def _build(
    place: Path,
    folder: Path,
    units: list[Unit],
    unreadable: list[Finding],
    report: Callable[[str, int, int], None],
    started: float,
) -> Built:
    release.clear_leavings(folder)
    before = _before(folder)
    ground = basis()
    if before is None or before.manifest.basis != ground:
        coherence.check_shipped_ontology()
        _ = alignments.published()  # what is wrong in a mapping set is said before the work begins
    keys = {unit: hashlib.sha256(f"{ground}{unit.digest()}".encode()).hexdigest() for unit in units}
    known = {entry.key: (name, entry) for name, entry in before.modules.items()} if before else {}
    kept: dict[str, ModuleEntry] = {}
    changed = []
    for unit in units:
        name, entry = known.get(keys[unit], ("", None))
        if entry is None or name in kept:
            changed.append(unit)
        else:
            kept[name] = entry.moved_to(unit.first_line)
    outcomes = _run(changed, report)
    for outcome in outcomes:
        outcome.entry.key = keys[outcome.unit]
    report("synthesis", 0, 1)
    errors = [*unreadable, *(found for outcome in outcomes for found in outcome.findings if _keeps_out(found))]
    index = [*kept.items(), *((outcome.name, outcome.entry) for outcome in outcomes if outcome.name)]
    described = [*kept.items(), *((outcome.name or "", outcome.entry) for outcome in outcomes)]
    errors += synthesis.resolve(_index(described))
    if errors:
        raise EvidenceError(evidence.located(errors, place))
    modules = dict(index)
    manifest = Manifest(ground)
    removed = tuple(sorted(set(before.modules) - set(modules))) if before else ()
    recorded = [Finding.from_json(found) for entry in modules.values() for found in entry.findings]
    places = _places(place, modules.values())
    if before and not outcomes and not removed and before.manifest.basis == ground:
        recorded += _found_across(map(Observation.from_json, before.observed), place, places)
        return Built(before, (), (), tuple(evidence.located(recorded, place)), time.perf_counter() - started)
    names = tuple(sorted(outcome.name for outcome in outcomes if outcome.name))
    with release.aside(folder) as making:
        _write_store(making / release.STORE, before, outcomes, (*removed, *names), ground, sorted(modules))
        graph_made = LocalStore(making / release.STORE)
        _count_again(graph_made, sum(entry.claims for entry in modules.values()))
        # All of them, whatever may be said of this place: the next build may be of the same files at another one
        chosen = across.between_files(Sight.scheme, BUILT_TIER)
        observed = across.observe(chosen, Store.read_only(str(making / release.STORE)))
        found_across = _found_across(observed, place, places)
        (making / release.OBSERVED).write_text(
            json.dumps([each.to_json() for each in observed], ensure_ascii=False), encoding="utf-8"
        )
        prepared = prepare(graph_made, first_queries(graph_made))
        (making / release.PREPARED).write_text(prepared, encoding="utf-8")
        made = release.publish(folder, making, manifest, modules)
    report("synthesis", 1, 1)
    findings = tuple(evidence.located([*recorded, *found_across], place))
    return Built(made, names, removed, findings, time.perf_counter() - started)


def _found_across(observed: Iterable[Observation], place: Path, places: dict[str, tuple[str, int]]) -> list[Finding]:
    """Of what was observed across records, what may be said of the evidence at a place, and where.

    Raises:
        EvidenceError: Some of it keeps the evidence out.
    """
    found = across.place(across.in_sight(observed, _sight(place, (), ())), places)
    if any(map(_keeps_out, found)):
        raise EvidenceError(evidence.located(filter(_keeps_out, found), place))
    return found


def _count_again(made: LocalStore, claims: int) -> None:
    """Refuses a store that lost or doubled claims on its way from the files."""
    (row,) = query.run(made, "trace/claim-count", {})
    if plain(row["claims"]) != claims:
        raise Failure(f"{claims} claims were read and {plain(row['claims'])} stand in the graph: it is not taken over")


def _before(folder: Path) -> Release | None:
    """The release to start from: none where there is none, or where it cannot be trusted."""
    try:
        before = release.open_current(folder, thoroughly=True)
        if before is not None:
            _ = before.modules, before.observed
        return before
    except DamagedRelease:
        return None


def _keeps_out(finding: Finding) -> bool:
    return finding.severity == Severity.error


def _index(modules: Iterable[tuple[str, ModuleEntry]]) -> list[synthesis.IndexEntry]:
    return [
        synthesis.IndexEntry(
            name,
            entry.file,
            entry.line,
            tuple((iri, line) for iri, line in entry.declares),
            tuple((iri, line, words) for iri, line, words in entry.refers),
        )
        for name, entry in modules
    ]


def _write_store(
    folder: Path,
    before: Release | None,
    outcomes: Sequence[Outcome],
    gone: Sequence[str],
    ground: str,
    modules: Sequence[str],
) -> None:
    """Makes the new store: afresh where every module was redone, else from a checkpoint of the one before."""
    afresh = before is None or before.manifest.basis != ground
    if before is not None and not afresh:
        Store.read_only(str(before.store)).backup(str(folder))
    store = Store(str(folder))
    if afresh:
        ontology = reason.load_ontology()
        store.bulk_extend([*ontology.asserted, *ontology.inferred, *alignments.published()])
    else:
        for name in gone:
            store.remove_graph(iris.asserted_graph(name))
            store.remove_graph(iris.inferred_graph(name))
    text = b"".join(outcome.quads for outcome in outcomes)
    if afresh:
        store.bulk_load(text, format=RdfFormat.N_QUADS)
    else:
        store.extend(parse(text, format=RdfFormat.N_QUADS))
    synthesis.synthesise(store)
    store.clear_graph(iris.BUILD_GRAPH)
    store.extend(_provenance(modules))
    store.flush()
    if afresh:
        store.optimize()
    del store


def _provenance(modules: Sequence[str]) -> list[Quad]:
    """What the build itself says (PROV): which graph was inferred from which, and by what.

    It says no time, so that equal evidence gives an equal graph.
    """
    here = iris.BUILD_GRAPH
    activity = NamedNode(f"{here.value}/activity")
    quads = [Quad(activity, RDF.type, PROV.Activity, here), Quad(activity, PROV.used, iris.ONTOLOGY_GRAPH, here)]
    quads += [
        Quad(iris.ONTOLOGY_INFERRED_GRAPH, PROV.wasDerivedFrom, iris.ONTOLOGY_GRAPH, here),
        Quad(iris.SYNTHESIS_GRAPH, PROV.wasGeneratedBy, activity, here),
    ]
    for name in modules:
        asserted, inferred = iris.asserted_graph(name), iris.inferred_graph(name)
        quads.append(Quad(activity, PROV.used, asserted, here))
        if name.startswith(iris.EXTERNAL):
            continue
        quads.append(Quad(inferred, PROV.wasDerivedFrom, asserted, here))
        quads.append(Quad(inferred, PROV.wasGeneratedBy, activity, here))
    return quads


# Running modules


def _silent(stage: str, done: int, whole: int) -> None:
    pass


def _run(
    units: Sequence[Unit], report: Callable[[str, int, int], None], only_check: Check | None = None
) -> list[Outcome]:
    """The outcome of each unit, in the order of the units."""
    report("evidence", 0, len(units))
    if len(units) <= IN_PROCESS:
        outcomes = [] if not units else process_units(units) if only_check is None else check_units((units, only_check))
        report("evidence", len(units), len(units))
        return outcomes
    batches = [units[start : start + BATCH] for start in range(0, len(units), BATCH)]
    results: dict[int, list[Outcome]] = {}
    function = "kg.pipeline:process_units" if only_check is None else "kg.pipeline:check_units"
    tasks = batches if only_check is None else [(batch, only_check) for batch in batches]
    for number, outcomes in workers.work_on(tasks, workers.AT_ONCE, function):
        results[number] = outcomes
        report("evidence", sum(map(len, results.values())), len(units))
    return [outcome for number in range(len(batches)) for outcome in results[number]]
