"""BibTeX, by bibtexparser, which names every block that it cannot read."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from kg.findings import Finding, Severity
from kg.intake.references.reference import Raw, Reading, reading, unread

if TYPE_CHECKING:
    from bibtexparser.model import Block, Entry

_SAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("title", ("title",)),
    ("year", ("year", "date")),
    ("journal", ("journal", "journaltitle", "booktitle")),
    ("doi", ("doi",)),
    ("pmid", ("pmid",)),
    ("pmcid", ("pmcid", "pmc")),
    ("url", ("url",)),
)
"""The fields of an entry that may hold one of a record's, the best first."""
_WANTED = frozenset({"author", *(key for _, keys in _SAYS for key in keys)})
_JOINED = re.compile(r"""[\w}"] # ["{\w]""")
"""A value that is joined of pieces, which bibtexparser leaves as they are."""
_BEGINS = re.compile(r"@\s*(?!comment|string|preamble)\w+\s*[{(]", re.IGNORECASE)


def read(text: str, file: str) -> Reading:
    """The references of a BibTeX file; a key that stands twice is told of, and both of its entries are read."""
    from bibtexparser import middlewares
    from bibtexparser.entrypoint import parse_string
    from bibtexparser.model import DuplicateBlockKeyBlock, Entry, ParsingFailedBlock

    logging.getLogger("bibtexparser").addHandler(logging.NullHandler())  # what failed is told below
    # Names are split while braces still hold “{World Health Organization}” together
    decoding = middlewares.LatexDecodingMiddleware(keep_braced_groups=True)
    library = parse_string(text, append_middleware=[decoding])
    raws: list[Raw] = []
    faults: list[Finding] = []
    told: list[Finding] = []
    number = 0
    for block in library.blocks:
        entry: Block | None = block
        if isinstance(block, DuplicateBlockKeyBlock):
            entry = block.ignore_error_block
            if isinstance(entry, Entry):
                what = f"the key {entry.key} stands before already; both entries are read."
                told.append(
                    Finding(Severity.warning, "repeated-key", file, _line(block), what, "Give one another key.")
                )
        elif isinstance(block, ParsingFailedBlock):
            if not _BEGINS.match((block.raw or "").lstrip()):
                what = "a block that is no reference cannot be read, and was passed over."
                told.append(Finding(Severity.warning, "odd-block", file, _line(block), what))
                continue
            number += 1
            what = "the entry cannot be read: a brace or a quotation mark is not closed, or a comma is missing."
            faults.append(unread(file, _line(block), what, "Mend the entry, or export it anew.", number))
            continue
        if isinstance(entry, Entry):
            number += 1
            raws.append(_raw(number, entry))
            for field in entry.fields:
                if field.key.lower() in _WANTED and _JOINED.search(str(field.value)):
                    what = f"{field.key} is not taken: it is joined of pieces by #."
                    remedy = "Write it in one piece."
                    at = (field.start_line or 0) + 1
                    told.append(Finding(Severity.warning, "joined-value", file, at, what, remedy, f"record {number}"))
    return reading(raws, faults, file, told)


def _line(block: Block) -> int:
    return (block.start_line or 0) + 1


def _raw(number: int, entry: Entry) -> Raw:
    raw = Raw(number, _line(entry), key=entry.key)
    fields = {field.key.lower(): field for field in entry.fields}
    for name, keys in _SAYS:
        for key in keys:
            if key in fields and not _JOINED.search(str(fields[key].value)):
                raw.say(name, _unbraced(str(fields[key].value)), (fields[key].start_line or 0) + 1)
    if str(getattr(fields.get("eprinttype"), "value", "")).lower() == "pubmed" and "eprint" in fields:
        raw.say("pmid", _unbraced(str(fields["eprint"].value)), (fields["eprint"].start_line or 0) + 1)
    if "author" in fields and not _JOINED.search(str(fields["author"].value)):
        for name in _names(str(fields["author"].value)):
            raw.say("authors", name, (fields["author"].start_line or 0) + 1)
    return raw


def _names(text: str) -> list[str]:
    """The names of a list, each as “Surname, Given”."""
    from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names

    named = []
    for name in split_multiple_persons_names(" ".join(text.split())):
        try:
            parts = parse_single_name_into_parts(name, strict=False)
        except ValueError:
            named.append(_unbraced(name))
            continue
        family = " ".join([*parts.von, *parts.last])
        told = [family, " ".join(parts.first), " ".join(parts.jr)]
        named.append(_unbraced(", ".join(part for part in told if part)))
    return named


def _unbraced(text: str) -> str:
    return text.replace("{", "").replace("}", "")
