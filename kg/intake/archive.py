"""Zip archives from elsewhere (workbooks, projects), opened only where nothing in them can harm.

What is refused is what SAFETY of archives asks: a bomb, lying sizes, an archive too large, names that climb out or
stand twice, links, encryption. Entries are read in memory; nothing is unpacked to a disk.
"""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from kg.errors import EvidenceError
from kg.findings import Finding, Severity

MOST_ENTRIES = 2_000
MOST_BYTES = 100_000_000
"""Of all entries together, unpacked."""
MOST_RATIO = 100
"""How many times its packed size an entry may have, from `RATIO_FROM` bytes on: text packs well, bombs better."""
RATIO_FROM = 1_000_000
_UNPACKING = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(ValueError, RuntimeError, NotImplementedError),
)
"""What a damaged entry can raise."""


class Archive:
    """A zip archive whose names and sizes were judged when it was opened.

    Raises:
        EvidenceError: It is no zip archive, is cut off or encrypted, or holds what may harm; everything at once.
    """

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path = path
        self._most = most_bytes
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            what = f"the file cannot be opened as a zip archive ({error})."
            raise EvidenceError([self._fault("", what, "Export or save it anew: it may be cut off.")]) from error
        faults = self._faults()
        if faults:
            self._zip.close()
            raise EvidenceError(faults)
        self._names = {entry.filename.casefold(): entry for entry in self._zip.infolist() if not entry.is_dir()}

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """The names of its files, as they are written."""
        return [entry.filename for entry in self._names.values()]

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._names

    def read(self, name: str) -> bytes:
        """The bytes of an entry, whatever the case of its name.

        Raises:
            KeyError: There is no such entry.
            EvidenceError: It is damaged, or larger than it said.
        """
        entry = self._names[name.casefold()]
        try:
            with self._zip.open(entry) as opened:
                data: bytes = _at_most(opened, entry.file_size)
        except _UNPACKING as error:
            what = f"the entry cannot be unpacked ({error})."
            raise EvidenceError([self._fault(entry.filename, what, "Export or save it anew.")]) from error
        return data

    def _faults(self) -> list[Finding]:
        entries = self._zip.infolist()
        faults = []
        if len(entries) > MOST_ENTRIES:
            faults.append(self._fault("", f"the archive has {len(entries)} entries, and may have {MOST_ENTRIES}."))
        whole = sum(entry.file_size for entry in entries)
        if whole > self._most:
            faults.append(
                self._fault("", f"unpacked it has {whole // 1_000_000} MB, and may have {self._most // 1_000_000}.")
            )
        seen: dict[str, str] = {}
        for entry in entries:
            name = entry.filename
            ratio = entry.file_size / max(entry.compress_size, 1)
            if entry.flag_bits & 0x1:
                faults.append(self._fault(name, "the entry is encrypted.", "Save it without a password."))
            if entry.file_size >= RATIO_FROM and ratio > MOST_RATIO:
                faults.append(self._fault(name, f"the entry unpacks to {ratio:.0f} times its size."))
            if _climbs(name):
                faults.append(self._fault(name, "the entry's name leads out of the archive."))
            if stat.S_ISLNK(entry.external_attr >> 16):
                faults.append(self._fault(name, "the entry is a link."))
            if not entry.is_dir() and seen.setdefault(name.casefold(), name) is not name:
                faults.append(self._fault(name, f"two entries are called {seen[name.casefold()]}."))
        return faults

    def _fault(self, spot: str, what: str, remedy: str = "Do not trust it; export or save it anew.") -> Finding:
        return Finding(Severity.error, "archive", str(self._path), None, what, remedy, spot=spot)


def _climbs(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not parts or parts[0] == "/" or ".." in parts or ":" in parts[0] or "\\" in name


def _at_most(opened: IO[bytes], size: int) -> bytes:
    data = opened.read(size + 1)
    if len(data) > size:
        raise zipfile.BadZipFile("it is larger than it says")
    return data
