"""Files that people send: stored under a name made here, hashed while they are written, looked at before they count."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings

from annotation.imports.errors import UploadGone
from core.errors import FieldError, Invalid, TooLarge, UnsupportedType
from core.ids import new_id, parse_id
from intake.readers.base import FileRefused
from intake.readers.bytestream import text_lines
from intake.readers.registry import READERS

FOLDER = "imports"
API_FORMATS = ("csv", "tsv", "jsonl", "json", "parquet", "label_studio", "doccano", "argilla", "prodigy")
LINES_OF_TEXT = ("csv", "tsv", "jsonl", "json")
"""Formats that may come packed with gzip; their beginning is looked at before the upload is taken."""


class Upload(Protocol):
    """What is needed of an uploaded file."""

    name: str | None

    @property
    def size(self) -> int | None: ...

    def chunks(self) -> Iterable[bytes]: ...


@dataclass(frozen=True)
class StoredFile:
    """An upload on disk. `stored_as` is a name made here; `name` is the sender's and never a path."""

    name: str
    stored_as: str
    sha256: str
    size: int


def path_of(stored_as: str) -> Path:
    """Where a stored upload lies. Raises UploadGone where it is not there (or was never a name of ours)."""
    stem, _, ending = stored_as.partition(".")
    path = Path(settings.FILES_DIR) / FOLDER / stored_as
    if ending != "upload" or parse_id(stem) is None or not path.is_file():
        raise UploadGone
    return path


def store_upload(upload: Upload, *, sha256: str | None = None) -> StoredFile:
    """Write the upload to disk. Raises TooLarge, or Invalid where the sender's hash is another."""
    limit = settings.CONCORD_UPLOAD_LIMIT
    if (upload.size or 0) > limit:
        raise TooLarge(f"The file is larger than {limit} bytes. Split it, or pack it with gzip.")
    folder = Path(settings.FILES_DIR) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    stored_as = f"{new_id()}.upload"
    digest, size = hashlib.sha256(), 0
    with (folder / stored_as).open("xb") as out:
        for chunk in upload.chunks():
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    stored = StoredFile(shown_name(upload.name), stored_as, digest.hexdigest(), size)
    if sha256 is not None and sha256.strip().lower() != stored.sha256:
        drop_upload(stored)
        detail = f"The file that arrived has the hash {stored.sha256}. Send it again."
        raise Invalid(errors=[FieldError("#/sha256", detail)])
    return stored


def drop_upload(stored: StoredFile) -> None:
    """Remove an upload that was refused."""
    (Path(settings.FILES_DIR) / FOLDER / stored.stored_as).unlink(missing_ok=True)


def shown_name(name: str | None) -> str:
    """The sender's name for the file, as it may be shown: no folders, no control characters."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(ch for ch in last if ch.isprintable())[:255] or "file"


def check_content(stored: StoredFile, file_format: str) -> None:
    """Refuse at once what cannot be read as `file_format` by its beginning.

    Raises UnsupportedType (a format that is not read here, an archive, an image), TooLarge, or Invalid.
    """
    if file_format not in READERS:
        raise UnsupportedType(f"This format is not read here. Send one of {', '.join(READERS)}.")
    if file_format not in LINES_OF_TEXT:
        return
    try:
        next(text_lines(path_of(stored.stored_as)), None)
    except FileRefused as refusal:
        if refusal.code == "unsupported_type":
            raise UnsupportedType(refusal.detail) from refusal
        if refusal.code == "too_large":
            raise TooLarge(refusal.detail) from refusal
        raise Invalid(errors=[FieldError("#/file", refusal.detail)]) from refusal
