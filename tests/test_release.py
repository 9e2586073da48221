"""Releases on disk: whatever happens to one is noticed, said in words, and mended by the next build."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import kg
from kg import pipeline, release
from kg.errors import DamagedRelease
from kg.pipeline import Built
from tests.conftest import TINY

Damage = Callable[[Path], None]


@pytest.fixture
def folder(tmp_path: Path, tiny_build: Built) -> Path:
    """A build folder that a test may damage."""
    copy = tmp_path / "build"
    shutil.copytree(tiny_build.release.folder.parent.parent, copy, symlinks=True)
    return copy


def matrix(graph: kg.KnowledgeGraph) -> list[str]:
    """The matrix of a graph, in full."""
    return [str(cell) for cell in graph.trace(kind="any", status="all").cells]


def by_size(current: Path) -> list[Path]:
    """The files of a release's store, smallest first."""
    return sorted((path for path in (current / "store").iterdir()), key=lambda path: (path.stat().st_size, path.name))


def flip_byte(path: Path, at: float = 0.5) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 0x01
    path.write_bytes(data)


def fill_with(path: Path, data: bytes) -> None:
    """Other bytes in a file of the same size."""
    path.write_bytes(data.ljust(path.stat().st_size))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def seal(text: str) -> str:
    """A manifest as the build writes it, with a digest that fits."""
    return f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}\n"


def write_manifest(current: Path, text: str) -> None:
    (current / "manifest.json").write_text(text, encoding="utf-8")


def edit_manifest(current: Path, old: str, new: str) -> None:
    text = (current / "manifest.json").read_text(encoding="utf-8")
    assert old in text
    write_manifest(current, text.replace(old, new, 1))


def of_format(number: object) -> Damage:
    def damage(current: Path) -> None:
        text = (current / "manifest.json").read_text(encoding="utf-8").partition("\n")[2]
        write_manifest(current, seal(json.dumps({**json.loads(text), "format": number}, indent=1, sort_keys=True)))

    return damage


DAMAGES: dict[str, tuple[Damage, str]] = {
    "manifest changed": (
        lambda current: edit_manifest(current, '"basis": "', '"basis": "0'),
        r"is damaged \(manifest\.json was changed\)",
    ),
    "digest of a file changed in the manifest": (
        lambda current: edit_manifest(current, '"modules.json": [\n', '"modules.json": [\n '),
        r"is damaged \(manifest\.json was changed\)",
    ),
    "seal changed": (
        lambda current: flip_byte(current / "manifest.json", 0),
        r"is damaged \(manifest\.json was changed\)",
    ),
    "manifest cut short": (lambda current: truncate(current / "manifest.json"), r"is damaged \(manifest\.json .+\)"),
    "manifest emptied": (lambda current: write_manifest(current, ""), r"is damaged \(manifest\.json cannot be read\)"),
    "manifest of bytes": (
        lambda current: fill_with(current / "manifest.json", b"\xff\n\xfe"),
        r"is damaged \(manifest\.json cannot be read\)",
    ),
    "manifest of another kind": (
        lambda current: write_manifest(current, seal("[1]")),
        r"is damaged \(manifest\.json .+\)",
    ),
    "manifest of nothing": (lambda current: write_manifest(current, seal("null")), r"is damaged \(manifest\.json .+\)"),
    "manifest without files": (
        lambda current: write_manifest(current, seal(json.dumps({"format": release.FORMAT}))),
        r"is damaged \(manifest\.json .+\)",
    ),
    "manifest missing": (
        lambda current: (current / "manifest.json").unlink(),
        r"is damaged \(manifest\.json cannot be read\)",
    ),
    "large store file cut short": (
        lambda current: truncate(by_size(current)[-1]),
        r"is damaged \(store/\d+\.sst has another size\)",
    ),
    "byte flipped in a large store file": (
        lambda current: flip_byte(by_size(current)[-1]),
        r"is damaged \(store/\d+\.sst was changed\)",
    ),
    "byte flipped in a small store file": (
        lambda current: flip_byte(current / "store" / "CURRENT"),
        r"is damaged \(store/CURRENT was changed\)",
    ),
    "byte flipped in the index of modules": (
        lambda current: flip_byte(current / "modules.json"),
        r"is damaged \(modules\.json was changed\)",
    ),
    "store file missing": (
        lambda current: by_size(current)[-1].unlink(),
        r"is damaged \(store/\d+\.sst is missing\)",
    ),
    "store missing": (lambda current: shutil.rmtree(current / "store"), r"is damaged \(store/\S+ is missing\)"),
    "index of modules missing": (
        lambda current: (current / "modules.json").unlink(),
        r"is damaged \(modules\.json is missing\)",
    ),
    "older format": (
        of_format(release.FORMAT - 1),
        rf"has format {release.FORMAT - 1}, this program reads {release.FORMAT}",
    ),
    "newer format": (
        of_format(release.FORMAT + 1),
        rf"has format {release.FORMAT + 1}, this program reads {release.FORMAT}",
    ),
}


@pytest.fixture(scope="module")
def whole(tiny_graph: kg.KnowledgeGraph) -> list[str]:
    """What the undamaged graph answers."""
    return matrix(tiny_graph)


@pytest.mark.parametrize(("damage", "words"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_release_is_refused_in_words(folder: Path, damage: Damage, words: str) -> None:
    current = (folder / "current").resolve()
    damage(current)
    with pytest.raises(DamagedRelease, match=rf"^the graph in {current} {words}: run kg build$") as caught:
        kg.open(folder)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "name",
    ["manifest changed", "manifest of another kind", "large store file cut short", "store missing", "older format"],
)
def test_a_damaged_release_is_mended_by_the_next_build(
    folder: Path, tiny_build: Built, whole: list[str], name: str
) -> None:
    damage, _ = DAMAGES[name]
    damage((folder / "current").resolve())
    assert pipeline.build(TINY, folder).redone == tiny_build.redone
    assert matrix(kg.open(folder)) == whole
    assert pipeline.build(TINY, folder).redone == ()


def test_an_older_release_that_cannot_be_read_is_met_without_the_remedy_of_a_current_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = (folder / "current").resolve()
    corpus = tmp_path / "later"
    shutil.copytree(TINY, corpus)
    (corpus / "sources" / "abara2021.yaml").unlink()
    pipeline.build(corpus, folder)
    monkeypatch.setattr(release, "HASHED_BYTES", 0)
    (older / "store" / "CURRENT").write_bytes(bytes((older / "store" / "CURRENT").stat().st_size))
    with pytest.raises(DamagedRelease, match=r"cannot be opened .*: it is not the current release of a build"):
        kg.open(older)


def test_every_file_of_a_release_is_in_its_manifest(folder: Path) -> None:
    current = (folder / "current").resolve()
    found = release.open_current(folder)
    assert found is not None
    on_disk = {path.relative_to(current).as_posix() for path in current.rglob("*") if path.is_file()}
    assert set(found.manifest.files) == on_disk - {"manifest.json"}
    assert found.manifest.files == {
        name: [(current / name).stat().st_size, hashlib.sha256((current / name).read_bytes()).hexdigest()]
        for name in found.manifest.files
    }


def test_asking_a_graph_leaves_its_release_as_it_was(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert matrix(kg.open(folder)) == matrix(kg.open(folder))
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(lambda current: truncate(by_size(current)[-1]), r"has another size\): run kg build$", id="size"),
        pytest.param(
            lambda current: flip_byte(next(path for path in by_size(current) if path.suffix == ".sst")),
            r"^the graph .* cannot be (opened|read) .*: run kg build$",
            id="byte in the store",
        ),
    ],
)
def test_damage_to_a_release_too_large_to_read_through_is_noticed_when_it_is_met(
    folder: Path, whole: list[str], monkeypatch: pytest.MonkeyPatch, damage: Damage, words: str
) -> None:
    monkeypatch.setattr(release, "HASHED_BYTES", 0)
    damage((folder / "current").resolve())
    with pytest.raises(DamagedRelease, match=words):
        kg.open(folder).sparql("SELECT ?s ?p ?o ?g WHERE { GRAPH ?g { ?s ?p ?o } }")
    pipeline.build(TINY, folder)
    assert matrix(kg.open(folder)) == whole


@pytest.mark.parametrize("data", [b"{", b'{"x": {}}'], ids=["not JSON", "not modules"])
def test_a_damaged_index_of_a_large_release_is_mended_by_the_next_build(
    folder: Path, tiny_build: Built, whole: list[str], monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setattr(release, "HASHED_BYTES", 0)
    fill_with(folder / "current" / "modules.json", data)
    assert pipeline.build(TINY, folder).redone == tiny_build.redone
    assert matrix(kg.open(folder)) == whole


def test_a_build_folder_can_be_moved(folder: Path, tmp_path: Path, tiny_build: Built, whole: list[str]) -> None:
    target = (folder / "current").readlink()
    assert target == Path("releases") / tiny_build.release.folder.name
    folder.rename(tmp_path / "elsewhere")
    assert matrix(kg.open(tmp_path / "elsewhere")) == whole
    assert pipeline.build(TINY, tmp_path / "elsewhere").redone == ()


def test_where_nothing_was_built_there_is_no_release(tmp_path: Path) -> None:
    assert release.open_current(tmp_path) is None
    assert release.current_folder(tmp_path / "nowhere") is None


def test_a_lock_is_free_again_when_its_holder_is_done(tmp_path: Path) -> None:
    for _ in range(2):
        with release.lock(tmp_path):
            assert (tmp_path / "lock").read_text(encoding="utf-8") == f"process {os.getpid()}"
