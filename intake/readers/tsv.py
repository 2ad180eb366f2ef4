"""Tab-separated values: no quoting at all, so a cell holds neither tab nor line end."""

from collections.abc import Iterator
from pathlib import Path

from intake.readers.base import FileRefused, Row, RowProblem, checked, not_utf8
from intake.readers.bytestream import is_utf8, text_lines
from intake.readers.table import check_header, row_of


class Tsv:
    """Lines end with LF or CR LF; a quote is a character like any other."""

    name = "tsv"
    tabular = True

    def read(self, path: Path) -> Iterator[Row | RowProblem]:
        header: list[str] | None = None
        for number, line in enumerate(text_lines(path), start=1):
            text = line.removesuffix("\n").removesuffix("\r")
            if not text:
                continue
            cells = text.split("\t")
            if header is None:
                header = check_header(cells)
            elif not is_utf8(text):
                yield not_utf8(number)
            else:
                row = row_of(number, header, cells)
                yield checked(row) if isinstance(row, Row) else row
        if header is None:
            raise FileRefused("empty_file", "The file is empty; its first line must name the columns.")
