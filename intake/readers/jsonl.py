"""JSON lines: one object a line."""

from collections.abc import Iterator
from pathlib import Path

from intake.readers.base import Row, RowProblem, checked, not_utf8
from intake.readers.bytestream import is_utf8, text_lines
from intake.readers.jsontext import BadJson, parse_cell

_BLANK = " \t\r\n"


class Jsonl:
    """Lines end with LF; blank lines are no rows. A line that is no object, or that cannot be kept exactly
    (NaN, 1e999, a number of thousands of digits, U+0000, half a surrogate pair, a name twice), is
    reported."""

    name = "jsonl"

    def columns(self, path: Path) -> None:
        return None

    def read(self, path: Path) -> Iterator[Row | RowProblem]:
        for number, line in enumerate(text_lines(path), start=1):
            if line.strip(_BLANK):
                yield _row(number, line)


def _row(number: int, line: str) -> Row | RowProblem:
    if not is_utf8(line):
        return not_utf8(number)
    try:
        value = parse_cell(line)
    except BadJson as bad:
        return RowProblem(number, "#", bad.code, bad.detail)
    if not isinstance(value, dict):
        return RowProblem(number, "#", "not_an_object", "A line must hold one JSON object {name: value}.")
    return checked(Row(number, value))
