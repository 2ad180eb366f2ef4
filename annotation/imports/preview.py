"""What a person is shown of an uploaded file before it is mapped: its columns and its first rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import Any

from annotation.imports.uploads import StoredFile, path_of
from core.text import scalar_text
from intake.readers.base import FileRefused, Row
from intake.readers.registry import READERS, get_reader

ROWS_SHOWN, ROWS_LOOKED_AT, MOST_COLUMNS, LONGEST = 5, 50, 200, 200
_ENDINGS = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".parquet": "parquet",
}  # fmt: skip


@dataclass(frozen=True)
class Preview:
    """`rows` hold the text of each column, cut; `problem` says why the file cannot be read, if so."""

    columns: list[str]
    rows: list[list[str]]
    problem: str = ""


def guess_format(name: str) -> str | None:
    """The format that a file's name tells, or None."""
    path = PurePath(name.lower())
    ending = PurePath(path.stem).suffix if path.suffix == ".gz" else path.suffix
    found = _ENDINGS.get(ending)
    return found if found in READERS else None


def preview_upload(stored: StoredFile, file_format: str) -> Preview:
    """Look at the beginning of an upload. Raises UploadGone."""
    path = path_of(stored.stored_as)
    try:
        reader = get_reader(file_format)
        rows = [row.data for row in islice(reader.read(path), ROWS_LOOKED_AT) if isinstance(row, Row)]
        columns = reader.columns(path)
    except FileRefused as refusal:
        return Preview([], [], refusal.detail)
    leaves = [dict(_leaves(row)) for row in rows]
    if columns is None:
        columns = list(dict.fromkeys(name for leaf in leaves for name in leaf))
    columns = columns[:MOST_COLUMNS]
    shown = [[leaf.get(name, "")[:LONGEST] for name in columns] for leaf in leaves[:ROWS_SHOWN]]
    return Preview(columns, shown)


def _leaves(value: Mapping[str, Any], base: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Each value by the dotted name that a mapping would give it; an object stands for itself too."""
    for key, inner in islice(value.items(), MOST_COLUMNS):
        name = f"{base}{key}"
        if isinstance(inner, Mapping) and depth < 2:
            yield name, "{…}"
            yield from _leaves(inner, f"{name}.", depth + 1)
        else:
            yield name, scalar_text(inner) or ("" if inner is None else str(inner))
