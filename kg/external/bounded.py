"""The bytes of a regular file, up to a size: neither a device nor a pipe is waited for, and no memory runs out."""

from __future__ import annotations

from pathlib import Path


def read(path: Path, most: int) -> bytes:
    """The bytes of a file.

    Args:
        path: The file; a link is followed.
        most: How many bytes it may have.

    Raises:
        OSError: It cannot be read, is no regular file, or is larger.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError("is no regular file")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(f"is larger than {most // 1_000_000} MB")
    return data
