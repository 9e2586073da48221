"""XML from elsewhere, parsed only where nothing in it can harm: no DOCTYPE, no entities, no network, no huge trees."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from kg.errors import EvidenceError
from kg.findings import Finding, Severity

_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_DECLARATION = re.compile(r"\s*<\?xml\b(.*?)\?>", re.DOTALL)
_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "utf-16"}
"""In which tools write; any other is refused, since it could hide what is refused."""


def parse(data: bytes, file: str, spot: str = "") -> etree._Element:
    """The root of an XML document.

    Args:
        data: The bytes of the document.
        file: The file it stands in, as people would type it.
        spot: The entry of that file, where it is an archive.

    Raises:
        EvidenceError: It has a DOCTYPE, an encoding that nobody uses, or is not well-formed.
    """
    text = _decoded(data, file, spot).lstrip("\ufeff")  # a second mark would hide what follows from the look below
    start = _PROLOG.match(text)
    begun = text[start.end() if start else 0 :]
    if begun.startswith("<!"):
        what = "the XML has a DOCTYPE, which may load files or swell; it was not parsed."
        raise EvidenceError([fault("doctype", file, spot, what, "Export it anew: REFI-QDA files have none.")])
    declaration = _DECLARATION.match(text)
    body = text[declaration.end() :] if declaration else text
    lines_before = text[: declaration.end()].count("\n") if declaration else 0
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8", remove_pis=True
    )
    try:
        root = etree.fromstring(body.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f" in line {line + lines_before}" if line else ""
        what = f"the XML is not well-formed{where} ({_short(str(error))})."
        raise EvidenceError([fault("xml", file, spot, what, "Export it anew: it may be cut off.")]) from error
    if root.getroottree().docinfo.internalDTD is not None:  # whatever the look at the prolog overlooked
        raise EvidenceError([fault("doctype", file, spot, "the XML has a DOCTYPE.", "Export it anew.")])
    return root


def local(element: etree._Element) -> str:
    """An element's name without its namespace; empty for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    """The children of those names, or all; none of nothing."""
    for child in () if element is None else element:
        name = local(child)
        if name and (not names or name in names):
            yield child


def child(element: etree._Element | None, *names: str) -> etree._Element | None:
    """The first child on a way of names, if it is there."""
    for name in names:
        element = next(children(element, name), None)
    return element


def text_of(element: etree._Element | None, name: str) -> str:
    """The text of a child, or nothing."""
    found = child(element, name)
    return "" if found is None else "".join(str(part) for part in found.itertext())


def fault(rule: str, file: str, spot: str, what: str, remedy: str) -> Finding:
    """An error, which keeps all of the file out."""
    return Finding(Severity.error, rule, file, None, what, remedy, spot=spot)


def _decoded(data: bytes, file: str, spot: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        said = _ENCODING.search(data[:200].decode("latin-1"))
        encoding = said.group(1).lower() if said else "utf-8"
        if encoding not in _ENCODINGS:
            what = f"the XML says that its encoding is {encoding}."
            raise EvidenceError([fault("encoding", file, spot, what, "Save it as UTF-8.")])
        if encoding in ("utf-8", "utf8", "us-ascii", "ascii", "utf-16"):
            encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is no {encoding.removesuffix('-sig').upper()}."
        raise EvidenceError([fault("encoding", file, spot, what, "Save it as UTF-8.")]) from error


def _short(text: str) -> str:
    return f"{text[:120]}…" if len(text) > 120 else text
