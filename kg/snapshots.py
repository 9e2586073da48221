"""Answers of external services, kept on disk with where and when they came from.

A snapshot is one file: a line with the SHA-256 of the rest, a line of JSON that says what it is, and the body as it
came. It is written beside its place and then put there, so that it is there whole or not at all; one that no longer has
its hash is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kg.errors import Failure

_FORMAT = 1
_FIELDS = ("url", "accept", "retrieved", "confirmed", "etag", "last_modified")


@dataclass(frozen=True)
class Snapshot:
    """An answer, as it was kept.

    Attributes:
        url: The address that was asked.
        accept: The kind of content that was asked for.
        body: What came.
        retrieved: When it came.
        confirmed: When the service last said that this is what it still has.
        etag: What the service calls this state, or empty.
        last_modified: When the service says that it last changed, in its words, or empty.
    """

    url: str
    accept: str
    body: bytes
    retrieved: datetime
    confirmed: datetime
    etag: str = ""
    last_modified: str = ""

    @property
    def digest(self) -> str:
        """The SHA-256 of the body, in hexadecimal digits."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Snapshots:
    """A folder of snapshots.

    Attributes:
        folder: The folder; made when the first snapshot is kept.
    """

    folder: Path

    def path(self, url: str, accept: str) -> Path:
        """Where the snapshot of an address is, if there is one."""
        return self.folder / f"{hashlib.sha256(f'{accept} {url}'.encode()).hexdigest()}.snapshot"

    def find(self, url: str, accept: str) -> Snapshot | None:
        """The snapshot of an address, unless there is none or something happened to it."""
        try:
            digest, rest = self.path(url, accept).read_bytes().split(b"\n", 1)
            if digest.decode() != hashlib.sha256(rest).hexdigest():
                return None
            line, body = rest.split(b"\n", 1)
            told = json.loads(line)
            if (told["format"], told["url"], told["accept"]) != (_FORMAT, url, accept):
                return None
            retrieved, confirmed = (datetime.fromisoformat(told[name]) for name in ("retrieved", "confirmed"))
            return Snapshot(url, accept, body, retrieved, confirmed, told["etag"], told["last_modified"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, snapshot: Snapshot) -> None:
        """Keeps a snapshot in place of an earlier one of the same address.

        Raises:
            Failure: The folder cannot be written to.
        """
        told = {"format": _FORMAT, **{name: getattr(snapshot, name) for name in _FIELDS}}
        line = json.dumps(told, default=datetime.isoformat).encode()
        rest = line + b"\n" + snapshot.body
        digest = hashlib.sha256(rest).hexdigest().encode()
        place = self.path(snapshot.url, snapshot.accept)
        self.prepare()
        beside = ""
        try:
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix="part-", delete=False) as out:
                beside = out.name
                out.write(digest + b"\n" + rest)
                out.flush()
                os.fsync(out.fileno())
            os.replace(beside, place)
        except OSError as error:
            if beside:
                Path(beside).unlink(missing_ok=True)
            raise self._not_written(error) from error

    def confirm(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot, kept anew as one that the service still has.

        Raises:
            Failure: The folder cannot be written to.
        """
        confirmed = replace(snapshot, confirmed=datetime.now(UTC))
        self.keep(confirmed)
        return confirmed

    def prepare(self) -> None:
        """Makes the folder, before anything is fetched that could then not be kept.

        Raises:
            Failure: It cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._not_written(error) from error

    def _not_written(self, error: OSError) -> Failure:
        return Failure(
            f"the cache {self.folder} cannot be written: {error.strerror or error};"
            " let KG_CACHE name a folder of yours with room in it"
        )


def default_folder() -> Path:
    """Where snapshots are kept: below the folder that `KG_CACHE` names, else below the user's cache."""
    import platformdirs

    named = os.environ.get("KG_CACHE", "")
    base = Path(named) if named else platformdirs.user_cache_path("partnership-mechanisms-kg", appauthor=False)
    return base / "snapshots"
