"""Published tables of contexts, mechanisms and outcomes → claims, the table's own wording beside each concept.

A row becomes a claim once it is known which concepts its cells mean. Effect and status are never guessed: a column says
them, or a person does for the whole table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from kg.findings import Finding, Severity
from kg.intake import columns, matching, naming
from kg.intake.arrival import Arrival, Manner, Tally
from kg.intake.lexicon import SKIP, Lexicon
from kg.intake.tables import Book, Cell, Row, Sheet
from kg.records import Claim, Source
from kg.vocabulary import Direction, Effect, Layer, SourceType, Status

NEEDED = ("coder", "source", "effect", "status")
"""What a claim needs and tables often leave unsaid: a column says it, or a person does for all rows."""
DEFAULTS = (*NEEDED, "type", "locator", "layer", "direction")
"""What a person can say for all rows."""
_VALUES: Mapping[str, Any] = {"effect": Effect, "status": Status, "direction": Direction, "layer": Layer}
_MARKS = re.compile(r"""^\s*(["'“‘«])(.*)["'”’»]\s*$""", re.DOTALL)
"""What stands around a quote and is no part of it."""
SKIPPED: list[dict[str, Any]] = [{}]
_SEVERAL = re.compile(r"\n+|;\s+|•|·|^\s*[-–*]\s+", re.MULTILINE)
"""What parts several things in one cell: lines, semicolons, bullets."""


@dataclass
class _Table:
    """What the rows of one file have come to so far."""

    book: Book
    lexicon: Lexicon
    findings: list[Finding] = field(default_factory=list)
    claims: dict[str, dict[str, dict[str, dict[str, Any]]]] = field(default_factory=dict)
    """By source, coder and id."""
    cited: dict[str, str] = field(default_factory=dict)
    came: int = 0
    kept: int = 0

    def fault(self, spot: str, what: str, remedy: str, severity: Severity = Severity.error) -> None:
        self.findings.append(Finding(severity, "cmo-table", self.book.file, None, what, remedy, spot=spot))


def read(book: Book, lexicon: Lexicon) -> Arrival:
    """The claims of every table of a file.

    Args:
        book: The tables; each sheet is one.
        lexicon: What people say of words, columns and the whole table. Its columns are guessed where nobody says.
    """
    table = _Table(book, lexicon, list(book.findings))
    if not lexicon.columns:
        for sheet in book.sheets:
            lexicon.columns.update(columns.guess(heading.text for heading in sheet.headings))
    _judge_defaults(table)
    for sheet in book.sheets:
        roles = {heading.text: lexicon.columns.get(heading.text, columns.IGNORE) for heading in sheet.headings}
        if _usable(table, sheet, roles):
            for row in sheet.rows:
                _take(table, sheet, row, roles, several=len(book.sheets) > 1)
        else:
            table.came += len(sheet.rows)
    if table.claims and "type" not in lexicon.defaults:
        what = f"a source that is new is taken for a {SourceType.journalArticle}."
        table.fault("", what, "If it is not, say so: --set type=report.", Severity.note)
    sources = tuple(_source(table, source, coded) for source, coded in table.claims.items())
    tally = Tally("rows", table.came, table.kept, table.came - table.kept)
    return Arrival(
        book.file,
        Manner.update,
        tuple(source for source in sources if source is not None),
        tallies=(tally,),
        findings=tuple(table.findings),
        queue=lexicon.queue,
        assumed=frozenset((source, "type") for source in table.claims if "type" not in lexicon.defaults),
    )


def _judge_defaults(table: _Table) -> None:
    """Faults of what was said for all rows, which is then forgotten, so that it is not kept for the next import."""
    for name, value in list(table.lexicon.defaults.items()):
        if name not in DEFAULTS:
            table.fault("", f"{name} cannot be said for a whole table.", f"What can: {', '.join(DEFAULTS)}.")
            del table.lexicon.defaults[name]
        elif name in _VALUES and value not in list(_VALUES[name]):
            table.fault("", f"{name} is “{value}”.", f"Write one of {', '.join(_VALUES[name])}.")
            del table.lexicon.defaults[name]


def _usable(table: _Table, sheet: Sheet, roles: Mapping[str, str]) -> bool:
    """Whether the columns of a sheet can make claims; what is missing is said once, not row by row."""
    spot = f"{sheet.name}, headings"
    unknown = sorted({role for role in roles.values() if role not in (*columns.ROLES, columns.IGNORE)})
    for role in unknown:
        table.fault(
            spot, f"{role} is no role of a column.", f"Write one of {', '.join(columns.ROLES)}, {columns.IGNORE}."
        )
    have = set(roles.values())
    told = "; ".join(f"{heading} → {role}" for heading, role in roles.items())
    missing = []
    if not have & columns.ONE_CLAIM:
        missing.append("a mechanism (or its resource or reasoning)")
    if "outcome" not in have:
        missing.append("an outcome")
    missing += [name for name in NEEDED if name not in {*have, *table.lexicon.defaults}]
    if missing:
        remedy = (
            "Say it for all rows: --set NAME=VALUE, such as --set effect=supports; or say which column holds it, in "
            "the file named below."
        )
        table.fault(spot, f"no column holds {', '.join(missing)}. The columns were read as {told}.", remedy)
    return not missing and not unknown


def _take(table: _Table, sheet: Sheet, row: Row, roles: Mapping[str, str], several: bool) -> None:
    """Makes a claim of a row, or says why not: an unknown word waits in the queue, which is no fault."""
    table.came += 1
    cells = {role: row.cells[heading] for heading, role in roles.items() if heading in row.cells}
    here = _place(sheet, row)
    said = {name: cells[name].text if name in cells else table.lexicon.defaults.get(name, "") for name in DEFAULTS}
    faults = len(table.findings)
    for name, words in _VALUES.items():
        if said[name] and (folded := said[name].strip().casefold().replace(" ", "-")) in list(words):
            said[name] = folded
        elif said[name]:
            spot = cells[name].spot if name in cells else here
            table.fault(spot, f"{name} is “{said[name]}”.", f"Write one of {', '.join(words)}.")
    for name in NEEDED:
        if not said[name].strip():
            table.fault(here, f"the row does not say its {name}.", f"Fill the cell, or say it for all: --set {name}=…")
    mechanism = _mechanisms(table, cells, here)
    outcome = _concepts(table, cells.get("outcome"), "outcome", whole=True)
    contexts = _concepts(table, cells.get("context"), "context")
    actors = _concepts(table, cells.get("actor"), "actor")
    if "outcome" not in cells or mechanism is None:
        missing = "outcome" if "outcome" not in cells else "mechanism"
        table.fault(here, f"the row has no {missing}.", "A claim needs a mechanism and an outcome.", Severity.warning)
        return
    faulty = any(finding.severity == Severity.error for finding in table.findings[faults:])
    if faulty or mechanism == [] or outcome is None or contexts is None or actors is None:
        return
    if mechanism == SKIPPED or not outcome:
        table.fault(here, "the row is left out, as the map says of its words.", "", Severity.note)
        return
    number = _slug(cells["claim"].text) if "claim" in cells else f"row{row.number}"
    claim: dict[str, Any] = {
        "id": f"{_slug(sheet.name)}-{number}" if several else number,
        "contexts": [{"factor": concept, "note": text} for concept, text in contexts],
        "mechanisms": mechanism,
        "actors": list(dict.fromkeys(concept for concept, _ in actors)),
        "outcome": {"factor": outcome[0][0], "note": cells["outcome"].text, "direction": said["direction"] or None},
        "effect": said["effect"],
        "status": said["status"],
        "evidence": [_evidence(sheet, cells, said, here)],
    }
    source = _slug(said["source"])
    cited = table.cited.setdefault(source, " ".join(said["source"].split()))
    if matching.folded(cited) != matching.folded(said["source"]):
        what = f"“{cited}” and “{said['source']}” would both be {source}."
        spot = cells["source"].spot if "source" in cells else here
        table.fault(
            spot, what, "If they are one source, write it alike in both rows; else write ids, such as leepark2020."
        )
        return
    try:
        Claim.model_validate(claim)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            table.fault(here, f"{fault['loc'][-1]}: {fault['msg']}.", "Mend the row.")
        return
    theirs = table.claims.setdefault(source, {}).setdefault(naming.slug(said["coder"].strip(), "coder"), {})
    if claim["id"] in theirs:
        table.fault(here, f"the claim {claim['id']} of {source} stands in another row.", "Number each row differently.")
        return
    theirs[claim["id"]] = claim
    table.kept += 1


def _mechanisms(table: _Table, cells: Mapping[str, Cell], here: str) -> list[dict[str, Any]] | None:
    """The mechanism of a row: of the column called so, or else of reasoning and resource; None where no cell says it.

    An empty list is one that nobody knows yet, and `SKIPPED` one that people leave out.
    """
    cell = cells.get("mechanism") or cells.get("reasoning") or cells.get("resource")
    if cell is None:
        return None
    found = _named(table, cell, "mechanism", whole="mechanism" not in cells)
    if found is None:
        return []
    kept = [(concept, text) for concept, text in found if concept != SKIP]
    if not kept:
        return SKIPPED
    made: list[dict[str, Any]] = [
        {"factor": concept, **({"note": text} if "mechanism" in cells else {})} for concept, text in kept
    ]
    split = {name: cells[name].text for name in ("resource", "reasoning") if name in cells}
    if found[0][0] != SKIP:
        made[0] = {"factor": kept[0][0], **split, **made[0]}
    elif split:
        verb = "is" if len(split) == 1 else "are"
        what = f"its {' and '.join(split)} {verb} left out with “{found[0][1]}”, which the map skips."
        table.fault(here, what, "Say in the map what it means, if they are to count.", Severity.note)
    return made


def _concepts(table: _Table, cell: Cell | None, slot: str, whole: bool = False) -> list[tuple[str, str]] | None:
    """The concepts that a cell names, but for those left out; None where one of them waits in the queue."""
    found = _named(table, cell, slot, whole)
    return None if found is None else [(concept, text) for concept, text in found if concept != SKIP]


def _named(table: _Table, cell: Cell | None, slot: str, whole: bool = False) -> list[tuple[str, str]] | None:
    """The concepts that a cell names, each with the words that name it; None where one of them waits in the queue.

    A cell with several lines, bullets or parts between semicolons names several, unless the whole of it is meant.
    """
    if cell is None:
        return []
    texts = [cell.text] if whole else [part.strip() for part in _SEVERAL.split(cell.text) if part.strip()]
    found = [(table.lexicon.concept(text, slot, cell.spot), text) for text in texts]
    if any(concept is None for concept, _ in found):
        return None
    return [(concept, text) for concept, text in found if concept is not None]


def _evidence(sheet: Sheet, cells: Mapping[str, Cell], said: Mapping[str, str], here: str) -> dict[str, Any]:
    numbered = f"{sheet.name}, no. {cells['claim'].text}" if "claim" in cells else here
    item: dict[str, Any] = {"locator": said["locator"] or numbered}
    if said["layer"]:
        item["layer"] = said["layer"]
    if "quote" in cells:
        item["quote"] = _MARKS.sub(r"\2", cells["quote"].text)
    if "paraphrase" in cells:
        item["paraphrase"] = cells["paraphrase"].text
    if "paraphrase" not in item and "note" in cells:
        item["paraphrase"] = cells["note"].text
    return item


def _source(table: _Table, source: str, coded: Mapping[str, Mapping[str, dict[str, Any]]]) -> Source | None:
    note = f"The table names the source as: {table.cited[source]}" if table.cited[source] != source else None
    try:
        codings = [
            {"coder": coder, "read": ["published table"], "note": note, "claims": list(claims.values())}
            for coder, claims in coded.items()
        ]
        kind = table.lexicon.defaults.get("type", SourceType.journalArticle)
        whole = {"source": source, "type": kind, "codings": codings}
        return Source.model_validate(whole)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            what = f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}."
            table.fault("", what, "Mend what was said for all rows.")
        return None


def _place(sheet: Sheet, row: Row) -> str:
    return f"{sheet.name}, row {row.number}"


def _slug(text: str) -> str:
    """An id from a citation or a number: “Lee et al. (2020)” gives lee2020.

    >>> _slug("Lee et al. (2020)"), _slug("de Graft-Aikins 2012b"), _slug("CMO 3"), _slug("7")
    ('lee2020', 'degraftaikins2012b', 'cmo3', '7')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    year = re.search(r"\b(1[89]|20)\d\d[a-z]?\b", plain)
    name = plain[: year.start()] if year else plain
    name = re.split(r"\bet al\b|,|&|\band\b|;", name)[0]
    return re.sub(r"[^a-z0-9.]+", "", name).strip(".") + (year[0] if year else "")
