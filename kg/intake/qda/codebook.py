"""A codebook (.qdc) alone: which of its codes are concepts that the project knows, and which somebody is to map."""

from __future__ import annotations

from pathlib import Path

from kg.errors import EvidenceError, Failure
from kg.findings import Finding
from kg.intake.arrival import Arrival, Manner, Tally
from kg.intake.lexicon import Lexicon
from kg.intake.qda.code_concepts import look_up
from kg.intake.qda.refi_project import MOST_BYTES, codes_below, is_guid
from kg.intake.qda.xml_document import child, fault, local, parse


def read(path: Path, lexicon: Lexicon) -> Arrival:
    """The codes of a codebook, as REFI-QDA 1.0 or its draft 0.4 has it; it holds no evidence.

    Raises:
        EvidenceError: It is no codebook, or what is in it may harm.
        Failure: It cannot be opened.
    """
    file = str(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            what = f"the file has more than {MOST_BYTES // 1_000_000} MB."
            raise EvidenceError([fault("codebook", file, "", what, "Export the codebook anew.")])
        root = parse(path.read_bytes(), file)
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}") from error
    book = root if local(root) == "CodeBook" else child(root, "CodeBook")
    if book is None:
        what = f"the document is a {local(root)}, not a CodeBook."
        raise EvidenceError([fault("codebook", file, "", what, "Export a codebook (.qdc).")])
    codes = list(codes_below(child(book, "Codes")))
    findings: list[Finding] = []
    seen: dict[str, str] = {}
    for code in codes:
        name = "/".join(code.names)
        if not is_guid(code.guid):
            what = f"it has the GUID “{code.guid}”, which is none."
            findings.append(fault("guid", file, f"code “{name}”", what, "Export the codebook anew."))
        elif code.guid in seen:
            what = f"it has the GUID of the code “{seen[code.guid]}”."
            findings.append(fault("guid", file, f"code “{name}”", what, "Export the codebook anew."))
        seen.setdefault(code.guid, name)
    found = look_up(codes, (), lexicon, file, without_role=True)
    return Arrival(
        file,
        Manner.fill,
        tallies=(Tally("codes", found.tally.came, found.tally.kept, found.tally.reported),),
        findings=(*findings, *found.findings),
        queue=lexicon.queue,
    )
