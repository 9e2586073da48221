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
_WANTED = frozenset({"author", "eprint", "eprinttype", *(key for _, keys in _SAYS for key in keys)})
_JOINED = re.compile(r"""[\w}"] # ["{\w]""")
"""A value that is joined of pieces, which bibtexparser leaves as they are."""
_BEGINS = re.compile(r"@\s*(?!comment|string|preamble)\w+\s*[{(]", re.IGNORECASE)


def read(text: str, file: str) -> Reading:
    """The references of a BibTeX file; a key that stands twice is told of, and both of its entries are read."""
    from bibtexparser.model import DuplicateFieldKeyBlock, Entry, ParsingFailedBlock

    logging.getLogger("bibtexparser").addHandler(logging.NullHandler())  # what failed is told below
    raws: list[Raw] = []
    faults: list[Finding] = []
    told: list[Finding] = []
    number = 0
    for block in _blocks(text, file, told):
        if isinstance(block, Entry):
            number += 1
            raws.append(_raw(number, block, file, told))
        elif isinstance(block, ParsingFailedBlock) and _BEGINS.match((block.raw or "").lstrip()):
            number += 1
            what = "the entry cannot be read: a brace or a quotation mark is not closed, or a comma is missing."
            if isinstance(block, DuplicateFieldKeyBlock):
                what = f"the entry has a field twice: {', '.join(sorted(block.duplicate_keys))}."
            faults.append(unread(file, _line(block), what, "Mend the entry, or export it anew.", number))
        elif isinstance(block, ParsingFailedBlock):
            what = "a block that is no reference cannot be read, and was passed over."
            told.append(Finding(Severity.warning, "odd-block", file, _line(block), what))
    return reading(raws, faults, file, told)


def _blocks(text: str, file: str, told: list[Finding]) -> list[Block]:
    """The blocks of a file, entries with the fields that are wanted; one whose key stands before has another key."""
    from bibtexparser import middlewares
    from bibtexparser.library import Library
    from bibtexparser.model import DuplicateBlockKeyBlock, Entry
    from bibtexparser.splitter import Splitter

    blocks: list[Block] = []
    for block in Splitter(text).split().blocks:
        entry = block.ignore_error_block if isinstance(block, DuplicateBlockKeyBlock) else block
        if not isinstance(entry, Entry):
            blocks.append(block)
            continue
        if entry is not block:
            what = f"the key {entry.key} stands before already; both entries are read."
            told.append(Finding(Severity.warning, "repeated-key", file, _line(block), what, "Give one another key."))
            entry.key = f"{entry.key} ({len(blocks)})"
        entry.fields = [field for field in entry.fields if field.key.lower() in _WANTED]
        blocks.append(entry)
    library = Library(blocks)
    # Names are split while braces still hold “{World Health Organization}” together
    decoding = middlewares.LatexDecodingMiddleware(keep_braced_groups=True)
    for middleware in [*middlewares.default_parse_stack(), decoding]:
        library = middleware.transform(library)
    return library.blocks


def _line(block: Block) -> int:
    return (block.start_line or 0) + 1


def _raw(number: int, entry: Entry, file: str, told: list[Finding]) -> Raw:
    raw = Raw(number, _line(entry), key=entry.key)
    fields = {}
    for field in entry.fields:
        at = (field.start_line or 0) + 1
        if _JOINED.search(str(field.value)):
            what = f"{field.key} is not taken: it is joined of pieces by #."
            remedy = "Write it in one piece."
            told.append(Finding(Severity.warning, "joined-value", file, at, what, remedy, f"record {number}"))
        else:
            fields[field.key.lower()] = (str(field.value), at)
    for name, keys in _SAYS:
        for key in keys:
            if key in fields:
                raw.say(name, _unbraced(fields[key][0]), fields[key][1])
    if "eprint" in fields and fields.get("eprinttype", ("", 0))[0].lower() == "pubmed":
        raw.say("pmid", _unbraced(fields["eprint"][0]), fields["eprint"][1])
    if "author" in fields:
        for name in _names(fields["author"][0]):
            raw.say("authors", name, fields["author"][1])
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
