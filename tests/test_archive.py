"""Archives from elsewhere: what may harm is refused before anything of it is read (SAFETY I26, I27)."""

from __future__ import annotations

import resource
import stat
import struct
import subprocess
import sys
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.errors import EvidenceError
from kg.intake.archive import MOST_ENTRIES, Archive


def zipped(path: Path, entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(EvidenceError) as refused:
        Archive(path)
    return [str(finding).partition(": error: ")[2] for finding in refused.value.findings]


def test_entries_are_read_whatever_the_case_of_their_names(tmp_path: Path) -> None:
    with Archive(zipped(tmp_path / "a.zip", {"Project.qde": b"<x/>", "Sources/A.txt": b"text"})) as archive:
        assert archive.names == ["Project.qde", "Sources/A.txt"]
        assert "project.QDE" in archive
        assert "nothing" not in archive
        assert archive.read("sources/a.TXT") == b"text"


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "C:/x", "a\\..\\x", "..\\x"])
def test_a_name_that_climbs_out_is_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "a.zip", {"good": b"1", "y" * len(name): b"2"})
    path.write_bytes(path.read_bytes().replace(("y" * len(name)).encode(), name.encode()))
    (fault,) = faults(path)
    assert fault.startswith("the entry's name leads out of the archive.")


def test_a_link_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert faults(tmp_path / "a.zip")[0].startswith("the entry is a link.")


def test_two_entries_of_one_name_are_refused_also_by_case(tmp_path: Path) -> None:
    assert faults(zipped(tmp_path / "a.zip", {"A.txt": b"1", "a.txt": b"2"}))[0].startswith(
        "two entries are called A.txt"
    )


def test_a_bomb_is_refused_by_its_ratio_and_by_its_size_at_once(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"zeros": bytes(120_000_000), "small": b"1"})
    assert path.stat().st_size < 200_000
    size, ratio = faults(path)
    assert size.startswith("unpacked it has 120 MB, and may have 100.")
    assert ratio.startswith("the entry unpacks to 1")


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {str(number): b"" for number in range(MOST_ENTRIES + 1)})
    assert faults(path)[0].startswith("the archive has 2001 entries, and may have 2000.")


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a": b"1"}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    path.write_bytes(bytes(data))
    assert faults(path)[0].startswith("the entry is encrypted.")


def test_an_entry_that_lies_about_its_size_is_refused_within_the_memory_it_claims(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"zeros": bytes(90_000_000)})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", data, data.index(mark) + offset, 500_000)
    path.write_bytes(bytes(data))
    code = (
        "import sys, pathlib; from kg.intake.archive import Archive; from kg.errors import EvidenceError\n"
        "try: Archive(pathlib.Path(sys.argv[1])).read('zeros')\n"
        "except EvidenceError as error: print(error.findings[0].what)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (700_000_000, 700_000_000)),
    )
    assert done.stdout.startswith("the entry cannot be unpacked (")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_what_is_no_archive_is_refused_in_words(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    assert faults(tmp_path / "a.zip")[0].startswith("the file cannot be opened as a zip archive (")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_archive_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"text " * 40)
        archive.writestr("b/c", b"more")
    damaged = bytearray(whole.getvalue())
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255)), max_size=6)):
        damaged[at] = byte
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))
    with suppress(EvidenceError), Archive(path) as opened:
        for name in opened.names:
            opened.read(name)
