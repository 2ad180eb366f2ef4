"""What every reader gives, and the limits that all of them keep."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from core.text import escape_pointer, find_bad_text

MAX_UNPACKED_BYTES = 2 * 1024**3
"""No file may unpack to more."""
RATIO_FREE_BYTES = 16 * 1024**2
"""Up to here a gzip file may have any ratio: short repetitive files are honest."""
MAX_RATIO = 200
"""Beyond `RATIO_FREE_BYTES`, a gzip file that unpacks to more than this many times its size is a bomb."""
MAX_DOCUMENT_BYTES = 64 * 1024**2
"""Formats that must be held in memory as one document (json) take no more."""
MAX_LINE_BYTES = 8 * 1024**2
"""One physical line, and one CSV field, may not be longer."""
MAX_COLUMNS = 10_000
MAX_POINTER = 500
"""A report line shows no more of a name: names come from the file too."""


@dataclass(frozen=True)
class Row:
    """One data row. `line` is its first physical line; the header, if there is one, is line 1."""

    line: int
    data: dict[str, Any]


@dataclass(frozen=True)
class RowProblem:
    """One data row that is not kept. `pointer` is a JSON pointer into the row, by column."""

    line: int
    pointer: str
    code: str
    detail: str


class FileRefused(Exception):
    """Nothing of the file is kept. `detail` is a sentence without paths or traces."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(detail)


class Reader(Protocol):
    """A file format. Every data row of a file yields exactly one Row or one RowProblem, so that rows read
    are rows kept plus rows reported; else `read` raises FileRefused, at the latest when it is exhausted."""

    name: str

    def columns(self, path: Path) -> list[str] | None:
        """The columns that every row has, where a cell is always text; None where each row has its own names."""

    def read(self, path: Path) -> Iterator[Row | RowProblem]: ...


def checked(row: Row) -> Row | RowProblem:
    """`row`, or the problem that one of its texts or names cannot be stored as it is."""
    found = find_bad_text(row.data)
    if found is None:
        return row
    pointer = found[0][:MAX_POINTER]
    code = "too_deep" if "nests deeper" in found[1] else "bad_text"
    return RowProblem(row.line, pointer, code, found[1])


def column_pointer(column: str) -> str:
    return f"#/{escape_pointer(column)}"


def not_utf8(line: int) -> RowProblem:
    return RowProblem(line, "#", "not_utf8", "The row is not valid UTF-8; save the file as UTF-8.")
