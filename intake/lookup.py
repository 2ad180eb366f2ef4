"""Values inside a row, and the one exception that turns a row into a reported row."""

from collections.abc import Mapping
from typing import Any, Final

from core.text import find_bad_text
from intake.readers.base import column_pointer
from intake.readers.jsontext import BadJson, parse_cell


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""What `lookup` gives where a row has no such column: not the same as null."""


class RefusedRow(Exception):
    """The row yields neither item nor annotation; it becomes one reported row."""

    def __init__(self, pointer: str, code: str, detail: str) -> None:
        self.pointer = pointer
        self.code = code
        self.detail = detail
        super().__init__(detail)


def lookup(data: Mapping[str, Any], column: str) -> Any:
    """The value under `column`: a name as it stands, or else dots that reach inside. MISSING where there is
    none.
    """
    if column in data:
        return data[column]
    current: Any = data
    for step in column.split("."):
        if not isinstance(current, Mapping) or step not in current:
            return MISSING
        current = current[step]
    return current


def json_cell(text: str, column: str) -> Any:
    """The JSON value written in a cell of `column`. Raises RefusedRow."""
    try:
        value = parse_cell(text)
    except BadJson as bad:
        raise RefusedRow(column_pointer(column), bad.code, bad.detail) from bad
    found = find_bad_text(value, column_pointer(column))
    if found is not None:
        raise RefusedRow(found[0], "bad_text", found[1])
    return value
