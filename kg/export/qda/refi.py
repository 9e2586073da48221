"""Sources → a REFI-QDA project (.qdpx), and the concept scheme → a codebook (.qdc), for NVivo or QualCoder.

What is written here is read again by `kg.intake.qda.refi` as the same claims: claims are codes below `CMO`, factors
codes below their roles, and what else a record says stands in notes, line by line, in the words of evidence/CODING.md.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from lxml import etree

from kg.errors import Failure
from kg.export.qda.concept_codes import codes_element, whole_scheme
from kg.export.qda.refi_project import ProjectWriter
from kg.findings import Finding
from kg.records import Source

CODEBOOK = "urn:QDA-XML:codebook:1.0"
ORIGIN = "Partnership Mechanisms Knowledge Graph"
_DATE = (2019, 3, 18, 0, 0, 0)
"""Of every entry, so that the same evidence gives the same bytes."""


def write_project(sources: Sequence[Source], documents: Mapping[str, str], path: Path) -> tuple[Finding, ...]:
    """Writes a project of the sources whose text is there.

    Args:
        sources: The sources. One without a text, and evidence without a quote in it, has no place in a project.
        documents: The texts, by the id of their source.
        path: Where to write; what stands there is replaced.

    Returns:
        What could not be written, each with what it is about.

    Raises:
        Failure: The file cannot be written.
    """
    writer = ProjectWriter(str(path))
    root = writer.project(sources, documents, ORIGIN)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_entry("project.qde"), _bytes(root))
        for name, text in writer.texts.items():
            archive.writestr(_entry(f"sources/{name}"), text.encode())
    _write(path, packed.getvalue())
    return tuple(writer.findings)


def write_codebook(path: Path) -> None:
    """Writes the whole concept scheme as a codebook, with which coders can code from the start as the project does.

    Raises:
        Failure: The file cannot be written.
    """
    without_prefix: dict[str, str] = {None: CODEBOOK}  # type: ignore[dict-item]
    root = etree.Element(f"{{{CODEBOOK}}}CodeBook", {"origin": ORIGIN}, nsmap=without_prefix)
    codes_element(etree.SubElement(root, f"{{{CODEBOOK}}}Codes"), whole_scheme(), CODEBOOK)
    _write(path, _bytes(root))


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror or error}") from error


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
