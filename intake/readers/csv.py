"""CSV as RFC 4180 says: commas, double quotes, doubled quotes inside; nothing is sniffed."""

import csv
from collections.abc import Iterator
from pathlib import Path

from intake.readers.base import MAX_LINE_BYTES, FileRefused, Row, RowProblem, checked, not_utf8
from intake.readers.bytestream import is_utf8, text_lines
from intake.readers.table import check_header, empty_file, row_of

csv.field_size_limit(MAX_LINE_BYTES)  # the module's own limit of 128 kB is shorter than honest texts


class Csv:
    """A cell is text, exactly as written; an empty cell is the empty string. A quote inside an unquoted
    cell is a character like any other. A row whose quotes are broken is reported, and reading goes on with
    the next line; a quote that is never closed swallows the rest of the file, so that refuses the file."""

    name = "csv"

    def columns(self, path: Path) -> list[str]:
        for _, cells in _records(_universal(text_lines(path))):
            return check_header(cells)
        raise empty_file()

    def read(self, path: Path) -> Iterator[Row | RowProblem]:
        header: list[str] | None = None
        for line, cells in _records(_universal(text_lines(path))):
            if header is None:
                header = check_header(cells)
            elif isinstance(cells, RowProblem):
                yield cells
            elif not all(map(is_utf8, cells)):
                yield not_utf8(line)
            else:
                row = row_of(line, header, cells)
                yield checked(row) if isinstance(row, Row) else row
        if header is None:
            raise empty_file()


def _universal(lines: Iterator[str]) -> Iterator[str]:
    """Lines as `csv` wants them: ended by CR LF, LF or CR, the ends kept."""
    for line in lines:
        if "\r" in line.removesuffix("\r\n"):
            yield from _at_returns(line)
        else:
            yield line


def _at_returns(line: str) -> Iterator[str]:
    begin = 0
    for index, character in enumerate(line):
        if character == "\n" or (character == "\r" and line[index + 1 : index + 2] != "\n"):
            yield line[begin : index + 1]
            begin = index + 1
    if begin < len(line):
        yield line[begin:]


def _records(lines: Iterator[str]) -> Iterator[tuple[int, list[str] | RowProblem]]:
    """Each record with its first physical line; blank lines are none."""
    reader = csv.reader(lines, strict=True)
    while True:
        first = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield first, _problem(first, str(error))
            continue
        if cells:
            yield first, cells


def _problem(line: int, message: str) -> RowProblem:
    if "unexpected end of data" in message:
        detail = f"A quote that opens in the row of line {line} is never closed; close it or double it."
        raise FileRefused("unclosed_quote", detail)
    if "field limit" in message:
        detail = f"The row of line {line} has a cell over {MAX_LINE_BYTES} characters; is a quote open?"
        raise FileRefused("line_too_long", detail)
    return RowProblem(line, "#", "malformed_row", "After a closing quote there must be a comma or the end of the line.")
