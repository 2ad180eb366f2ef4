"""Tab-separated values: no quoting at all, so a cell holds neither tab nor line end."""

from collections.abc import Iterator
from pathlib import Path

from intake.readers.base import Row, RowProblem, checked, not_utf8
from intake.readers.bytestream import is_utf8, text_lines
from intake.readers.table import check_header, empty_file, row_of


class Tsv:
    """Lines end with LF or CR LF; a quote is a character like any other."""

    name = "tsv"

    def columns(self, path: Path) -> list[str]:
        for _, text in _rows(path):
            return check_header(text.split("\t"))
        raise empty_file()

    def read(self, path: Path) -> Iterator[Row | RowProblem]:
        header: list[str] | None = None
        for number, text in _rows(path):
            cells = text.split("\t")
            if header is None:
                header = check_header(cells)
            elif not is_utf8(text):
                yield not_utf8(number)
            else:
                row = row_of(number, header, cells)
                yield checked(row) if isinstance(row, Row) else row
        if header is None:
            raise empty_file()


def _rows(path: Path) -> Iterator[tuple[int, str]]:
    """Each line that is not blank, with its number."""
    for number, line in enumerate(text_lines(path), start=1):
        text = line.removesuffix("\n").removesuffix("\r")
        if text:
            yield number, text
