"""XML from elsewhere, read without entities, declarations of its own, or the network."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


class BadMarkup(Exception):
    """A text is not XML that can be read safely; the message says why, in plain words."""


def refuse_declarations(data: bytes) -> None:
    """Refuses XML that declares a document type, by which entities come in, before anything of it is parsed.

    Raises:
        BadMarkup: It does.
    """
    if any(doctype in data for doctype in _DOCTYPES):
        raise BadMarkup("it declares a document type, which no file of this kind does")


def elements(data: bytes, *names: str) -> Iterator[_Element]:
    """Each element of some local names, whole, in the order in which they end; each is emptied once it was looked at.

    Raises:
        BadMarkup: The text is not well-formed, or declares a document type.
    """
    from lxml import etree

    refuse_declarations(data)
    tags = [f"{{*}}{name}" for name in names]
    try:
        found = etree.iterparse(
            BytesIO(data),
            events=("end",),
            tag=tags,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        declared = False
        for _, element in found:
            if not declared:
                declared = True
                if element.getroottree().docinfo.doctype:  # hidden from a search by an encoding of its own
                    raise BadMarkup("it declares a document type, which no file of this kind does")
            yield element
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise BadMarkup(f"it is not well-formed XML ({error})") from error
