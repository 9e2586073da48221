"""Bytes of a text file from another tool → its text, or where and why they are none."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from kg.errors import EvidenceError, Failure, UsageError
from kg.findings import Finding, Severity

MOST_BYTES = 50_000_000
"""More than the references of any library need; a larger file is refused before it is read."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TWICE = re.compile("[ÂÃ][\x80-\xbf\u0152-\u2122]|â€")
"""What UTF-8 looks like once it was read as Latin-1 or Windows-1252."""


def read(path: Path, encoding: str | None = None) -> tuple[str, list[Finding]]:
    """The text of a file with line ends as they are here, and what is worth knowing of how it is written.

    Args:
        path: The file.
        encoding: How it is written, where it does not say so itself; by default UTF-8.

    Raises:
        UsageError: There is no such file, or no such encoding.
        EvidenceError: The bytes are not of the encoding, which names the first that is not; or there are too many.
        Failure: The file cannot be opened.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    try:
        if path.stat().st_size > MOST_BYTES:
            what = f"the file is larger than {MOST_BYTES // 1_000_000} MB."
            raise EvidenceError([_finding(path, None, what, "Export fewer references at a time.")])
        data = path.read_bytes()
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}") from error
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    written = marked or _known(encoding or "utf-8")
    try:
        text = data.decode(written)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = f"0x{data[error.start]:02X}" if error.start < len(data) else "its end"
        what = f"byte {error.start} ({byte}) is not {error.encoding.upper()}."
        remedy = "Save it as UTF-8, or say how it is written, such as --encoding cp1252."
        raise EvidenceError([_finding(path, line, what, remedy)]) from error
    return _with_line_ends(text, path)


def _known(encoding: str) -> str:
    try:
        if codecs.lookup(encoding)._is_text_encoding:
            return encoding
    except (LookupError, ValueError):
        pass
    raise UsageError(f"there is no encoding “{encoding}”: write one such as utf-8, cp1252 or utf-16")


def _with_line_ends(text: str, path: Path) -> tuple[str, list[Finding]]:
    told = []
    if "\r" in text and "\n" not in text:
        what = "lines end as on old Macs (CR alone), and were read so."
        told.append(Finding(Severity.note, "line-ends", str(path), 1, what))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for at, line in enumerate(text.split("\n"), 1):
        if match := _TWICE.search(line):
            what = (
                f"“{line[max(match.start() - 10, 0) : match.end() + 10].strip()}” looks as if it was decoded wrongly."
            )
            remedy = "Look at this line and those like it: the file may be written in two encodings."
            told.append(Finding(Severity.warning, "encoding", str(path), at, what, remedy))
            break
    return text, told


def _finding(path: Path, line: int | None, what: str, remedy: str) -> Finding:
    return Finding(Severity.error, "encoding" if line else "too-large", str(path), line, what, remedy)
