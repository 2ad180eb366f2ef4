"""What csv and tsv share: the header and rows of as many cells as it has."""

from core.text import bad_text
from intake.readers.base import MAX_COLUMNS, FileRefused, Row, RowProblem
from intake.readers.bytestream import is_utf8


def check_header(cells: list[str] | RowProblem) -> list[str]:
    """The column names. Raises FileRefused where two are equal or one is no text that can be kept."""
    if isinstance(cells, RowProblem):
        raise FileRefused(cells.code, f"The header: {cells.detail}")
    if len(cells) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", f"A file may have at most {MAX_COLUMNS} columns; leave some out.")
    seen: set[str] = set()
    for name in cells:
        if not is_utf8(name):
            raise FileRefused("not_utf8", "The header is not valid UTF-8; save the file as UTF-8.")
        if why := bad_text(name):
            raise FileRefused("bad_text", f"The header: {why}")
        if name in seen:
            detail = f"Two columns are called “{name[:100]}”; give each its own name."
            raise FileRefused("duplicate_column", detail)
        seen.add(name)
    return cells


def row_of(line: int, header: list[str], cells: list[str]) -> Row | RowProblem:
    """The row, unless it has more or fewer cells than the header."""
    if len(cells) != len(header):
        detail = f"The row has {len(cells)} cells, the header has {len(header)}; they must be as many."
        return RowProblem(line, "#", "ragged_row", detail)
    return Row(line, dict(zip(header, cells, strict=True)))


def empty_file() -> FileRefused:
    return FileRefused("empty_file", "The file is empty; its first line must name the columns.")
