"""Releases: a graph on disk with a manifest of what it was made from, and the swap to a new one.

A release is made aside, synced, and becomes current when the symlink `current` is replaced; two are kept. Killed at any
moment, a build leaves the graph from before or the new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import iris
from kg.errors import DamagedRelease, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyoxigraph import NamedNode

FORMAT = 2
"""Version of what a release on disk looks like; another version is refused by name and built anew."""
HASHED_BYTES = 64_000_000
"""Up to this size every byte is checked when a release is opened; above it, the names and sizes of its files."""

MANIFEST = "manifest.json"
MODULES = "modules.json"
STORE = "store"
LOCK = "lock"
PREPARED = "answers.json"
OBSERVED = "observed.json"


@dataclass
class ModuleEntry:
    """What a release knows of one module.

    Attributes:
        key: Digest of all that its quads, inferences and findings depend on.
        file: Its evidence file.
        line: The line its text begins on.
        claims: How many claims it holds.
        configurations: How many of them are configurations.
        declares: IRIs that other modules may refer to, each with its line.
        refers: IRI, line and words of its references to other modules.
        findings: What was found in it, as `Finding.to_json` writes it.
        lines: Line of each node that a finding across records may be about, by IRI.
    """

    key: str
    file: str
    line: int
    claims: int = 0
    configurations: int = 0
    declares: list[list[Any]] = field(default_factory=list)
    refers: list[list[Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def moved_to(self, line: int) -> ModuleEntry:
        """The entry of the same text when it begins on another line, as in a JSON Lines file that grew above it."""
        by = line - self.line
        return replace(
            self,
            line=line,
            declares=[[iri, at + by] for iri, at in self.declares],
            refers=[[iri, at + by, words] for iri, at, words in self.refers],
            findings=[self._moved(found, by) for found in self.findings],
            lines={iri: at + by for iri, at in self.lines.items()},
        )

    def _moved(self, finding: dict[str, Any], by: int) -> dict[str, Any]:
        """A finding further down, with what it relates to in its own file."""

        def move(place: dict[str, Any]) -> dict[str, Any]:
            inside = place["file"] == self.file and place["line"]
            return {**place, "line": place["line"] + by} if inside else place

        return {**move(finding), "related": [move(place) for place in finding["related"]]}


@dataclass
class Manifest:
    """What a release was made from, and what it is made of.

    Attributes:
        basis: Digest of ontology, rules, shapes and code.
        files: Size and SHA-256 of each file of the release.
    """

    basis: str
    files: dict[str, list[Any]] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Writes the manifest, with a digest of itself in the first line."""
        text = json.dumps({"format": FORMAT, **vars(self)}, ensure_ascii=False, indent=1, sort_keys=True)
        seal = hashlib.sha256(text.encode()).hexdigest()
        (folder / MANIFEST).write_text(f"{seal}\n{text}\n", encoding="utf-8")


def release_name(basis: str, modules: dict[str, ModuleEntry]) -> str:
    """A release's name: a digest of all that it depends on."""
    digest = hashlib.sha256(basis.encode())
    for module, entry in sorted(modules.items()):
        digest.update(f"\0{module}\0{entry.key}\0{entry.line}".encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Release:
    """A release on disk that was found to be what its manifest says."""

    folder: Path
    manifest: Manifest

    @property
    def store(self) -> Path:
        """The folder of its Oxigraph store."""
        return self.folder / STORE

    @property
    def prepared(self) -> Path:
        """The file of answers that the build prepared."""
        return self.folder / PREPARED

    @cached_property
    def modules(self) -> dict[str, ModuleEntry]:
        """What it knows of each module, by name; read when it is asked for, since only builds do."""
        try:
            return {name: ModuleEntry(**entry) for name, entry in self._read(MODULES).items()}
        except (TypeError, AttributeError) as error:
            raise self._damaged(MODULES) from error

    @cached_property
    def observed(self) -> list[dict[str, Any]]:
        """What was found across its modules, as the build wrote it; read when it is asked for, since only builds do."""
        found = self._read(OBSERVED)
        if not isinstance(found, list):
            raise self._damaged(OBSERVED)
        return found

    def _read(self, name: str) -> Any:
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self._damaged(name) from error

    def _damaged(self, name: str) -> DamagedRelease:
        return DamagedRelease(f"the graph in {self.folder} is damaged ({name}): {remedy(self.folder)}")

    @property
    def day(self) -> date:
        """The day on which it was built."""
        return date.fromtimestamp((self.folder / MANIFEST).stat().st_mtime)

    def made_from(self) -> dict[NamedNode, str]:
        """Digest of what each graph that it began with was made from: the ontology's, and one a module."""
        modules = {iris.asserted_graph(name): entry.key for name, entry in self.modules.items()}
        return {iris.ONTOLOGY_GRAPH: self.manifest.basis, **modules}


def is_release(folder: Path) -> bool:
    """Whether a folder is, or was, a release itself rather than a build that keeps some."""
    return (folder / MANIFEST).is_file() or (folder / STORE).is_dir()


def may_become_build(folder: Path) -> bool:
    """Whether a build can be made there without mixing with anything: nothing is there, or what a build keeps."""
    if not folder.is_dir():
        return not folder.exists()
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")} <= {"current", "releases", LOCK}


def current_folder(build: Path) -> Path | None:
    """The folder of the current release of a build, if there is one."""
    link = build / "current"
    return link.resolve() if link.is_dir() else None


def folder_before(release: Path) -> Path | None:
    """The folder of the release that a build made before its current one, if it is still kept.

    Args:
        release: The folder of the current release; of an older one nothing is known that came before it.
    """
    named = (path for path in release.parent.iterdir() if not path.name.startswith("."))
    others = [path for path in named if path != release and is_release(path)]
    return max(others, key=lambda path: path.stat().st_mtime, default=None)


def remedy(release: Path) -> str:
    """What helps where a release is damaged: a build makes the current one anew, and never an older one."""
    current = current_folder(release.parent.parent)
    if current is not None and current == release.resolve():
        return "run kg build"
    standing = [
        f"{path.name}, the current one" if path.resolve() == current else path.name
        for path in sorted(release.parent.glob("*"))
        if path != release and not path.name.startswith(".") and is_release(path)
    ]
    others = f" ({'; '.join(standing)})" if standing else ""
    return (
        "it is not the current release of a build and cannot be built anew from here: "
        f"name another{others}, or build that version of the evidence into another folder"
    )


def open_current(build: Path, thoroughly: bool = False) -> Release | None:
    """The current release of a build, or None where nothing was built yet.

    Args:
        build: The build folder.
        thoroughly: Whether every byte is checked however large the release is, as a build does that starts from it.

    Raises:
        DamagedRelease: It is not what the build wrote, or of another format.
    """
    folder = current_folder(build)
    return None if folder is None else open_release(folder, thoroughly)


def open_release(folder: Path, thoroughly: bool = False) -> Release:
    """A release, checked against its manifest; see `open_current`.

    Raises:
        DamagedRelease: It is not what the build wrote, or of another format.
    """

    def damaged(what: str) -> DamagedRelease:
        return DamagedRelease(f"the graph in {folder} {what}: {remedy(folder)}")

    try:
        seal, _, text = (folder / MANIFEST).read_text(encoding="utf-8").partition("\n")
        body = json.loads(text)
    except (OSError, ValueError) as error:
        raise damaged(f"is damaged ({MANIFEST} cannot be read)") from error
    if not isinstance(body, dict) or not {"format", "basis", "files"} <= set(body):
        raise damaged(f"is damaged ({MANIFEST} was changed)")
    if body["format"] != FORMAT:
        raise damaged(f"has format {body.get('format')}, this program reads {FORMAT}")
    if hashlib.sha256(text.removesuffix("\n").encode()).hexdigest() != seal:
        raise damaged(f"is damaged ({MANIFEST} was changed)")
    manifest = Manifest(body["basis"], body["files"])
    fault = _fault(folder, manifest.files, thoroughly)
    if fault:
        raise damaged(f"is damaged ({fault})")
    return Release(folder, manifest)


def _fault(folder: Path, files: dict[str, list[Any]], thoroughly: bool) -> str:
    """The first difference between a release's files and what its manifest says of them."""
    for name, (size, _) in files.items():
        try:
            if (folder / name).stat().st_size != size:
                return f"{name} has another size"
        except OSError:
            return f"{name} is missing"
    if not thoroughly and sum(size for size, _ in files.values()) > HASHED_BYTES:
        return ""
    with ThreadPoolExecutor(2) as pool:  # hashing lets go of the interpreter
        digests = pool.map(lambda name: _digest(folder / name), files)
        return next(
            (f"{name} was changed" for name, found in zip(files, digests, strict=True) if found != files[name][1]), ""
        )


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def files_of(folder: Path) -> dict[str, list[Any]]:
    """Size and SHA-256 of each file of a release, largest first."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST]
    paths.sort(key=lambda path: (-path.stat().st_size, path.name))
    return {path.relative_to(folder).as_posix(): [path.stat().st_size, _digest(path)] for path in paths}


@contextmanager
def lock(build: Path) -> Iterator[None]:
    """Holds the lock of a build; whoever comes second is told who holds it.

    Raises:
        Failure: Another process holds it, or the folder cannot be written.
    """
    try:
        build.mkdir(parents=True, exist_ok=True)
        handle = (build / LOCK).open("a+b", buffering=0)
    except OSError as error:
        raise Failure(f"the build folder {build} cannot be written: {error.strerror or error}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.seek(0)
            holder = handle.read().decode(errors="replace").strip() or "another process"
            raise Failure(f"{build} is being built by {holder}: wait for it to end, then try again") from error
        try:
            handle.truncate(0)
            handle.write(f"process {os.getpid()}".encode())
        except OSError as error:
            raise Failure(f"the build folder {build} cannot be written: {error.strerror or error}") from error
        yield


def clear_leavings(build: Path) -> None:
    """Removes what killed builds left behind; only for who holds the lock."""
    for stale in (build / "releases").glob(".making-*"):
        shutil.rmtree(stale, ignore_errors=True)
    for stale in build.glob(".current-*"):
        stale.unlink(missing_ok=True)


@contextmanager
def aside(build: Path) -> Iterator[Path]:
    """A folder to make a release in; what is left of it afterwards is removed."""
    releases = build / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    making = releases / f".making-{os.getpid()}"
    making.mkdir()
    try:
        yield making
    finally:
        shutil.rmtree(making, ignore_errors=True)


def publish(build: Path, making: Path, manifest: Manifest, modules: dict[str, ModuleEntry]) -> Release:
    """Makes what was built aside the current release, in one step, and removes releases older than the one before."""
    entries = {name: vars(entry) for name, entry in sorted(modules.items())}
    (making / MODULES).write_text(json.dumps(entries, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    manifest.files = files_of(making)
    manifest.write(making)
    _sync(making)
    folder = build / "releases" / release_name(manifest.basis, modules)
    before = current_folder(build)
    if folder.exists():
        if before == folder.resolve():
            # The current release is being replaced by one made from the same: keep its name free without a gap
            folder = folder.with_name(f"{folder.name}-{os.getpid()}")
        else:
            shutil.rmtree(folder)
    os.replace(making, folder)
    _sync_folder(folder.parent)
    link = build / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("releases") / folder.name)
    os.replace(link, build / "current")
    _sync_folder(build)
    _remove_older(build, {folder.name, before.name if before else folder.name})
    return Release(folder, manifest)


def _remove_older(build: Path, keep: set[str]) -> None:
    for path in (build / "releases").iterdir():
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as handle:
                os.fsync(handle.fileno())
        elif path.is_dir():
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
