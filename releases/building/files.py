"""Writing the files of a release: hashed while they are written, on disk before they count."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.canonical import canonical_json


@dataclass(frozen=True)
class Written:
    """A finished file: its path inside the release, size, hash, and rows where it has rows."""

    path: str
    size: int
    sha256: str
    rows: int | None


class FileWriter:
    """One file, written from front to end. Leaving the block puts it on disk for good."""

    def __init__(self, folder: Path, path: str, *, counts_rows: bool = False) -> None:
        self._path = path
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self._out = target.open("xb")
        self._digest = hashlib.sha256()
        self._size = 0
        self._rows: int | None = 0 if counts_rows else None

    def write(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self._size += len(data)

    def write_rows(self, rows: Iterable[Any]) -> None:
        """Each row as one line of canonical JSON."""
        for row in rows:
            self.write(canonical_json(row) + b"\n")
            self._rows = (self._rows or 0) + 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._out.flush()
            os.fsync(self._out.fileno())
        self._out.close()

    @property
    def written(self) -> Written:
        return Written(self._path, self._size, self._digest.hexdigest(), self._rows)


def write_bytes(folder: Path, path: str, data: bytes) -> Written:
    with FileWriter(folder, path) as out:
        out.write(data)
    return out.written


def sync_folders(folder: Path) -> None:
    """Put the names of the files on disk too."""
    for place in (folder, *(entry for entry in folder.rglob("*") if entry.is_dir()), folder.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sums_of(files: Iterable[Written]) -> bytes:
    """The text of SHA256SUMS, as `sha256sum -c` reads it."""
    return "".join(f"{f.sha256}  {f.path}\n" for f in sorted(files, key=lambda f: f.path)).encode()


def hash_file(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file on disk."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source:
        while block := source.read(1 << 20):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()
