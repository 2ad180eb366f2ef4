"""A project's declared fields, and the value of one of them out of a row."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.lookup import MISSING, RefusedRow, json_cell
from intake.rasters import wrong_image
from intake.readers.base import column_pointer

TEXT_TYPES = ("text", "markdown", "image")
_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True)
class FieldSpec:
    """A declared field, as far as a row must satisfy it."""

    name: str
    type: str = "text"
    required: bool = False

    @classmethod
    def from_data(cls, fields: Iterable[Mapping[str, Any]]) -> tuple["FieldSpec", ...]:
        """The specs of a project's `fields`."""
        return tuple(
            cls(field["name"], field.get("type", "text"), bool(field.get("required", False))) for field in fields
        )


def read_field(spec: FieldSpec, column: str, value: Any, *, tabular: bool) -> Any:
    """The field's value, exactly as it came, or MISSING where it has none. Raises RefusedRow.

    A required field may be neither absent nor null nor the empty string.
    """
    pointer = column_pointer(column)
    empty = value is MISSING or value is None or (value == "" and (spec.required or spec.type not in TEXT_TYPES))
    if empty:
        if spec.required:
            detail = f"The field “{spec.name}” is required, but the row has nothing in it; fill it in."
            raise RefusedRow(pointer, "missing_field", detail)
        return MISSING
    if spec.type in TEXT_TYPES:
        if not isinstance(value, str):
            raise RefusedRow(pointer, "wrong_type", f"The field “{spec.name}” takes text; put the value in quotes.")
        if spec.type == "image" and (why := wrong_image(value)):
            raise RefusedRow(pointer, "bad_image", why)
        return value
    if spec.type == "number":
        return _number(spec, pointer, value)
    return _structured(spec, column, value, tabular=tabular)


def _number(spec: FieldSpec, pointer: str, value: Any) -> int | float:
    number: int | float | None = None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = int(value) if value.lstrip("+-").isdigit() else float(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = value
    if number is None or (isinstance(number, float) and not math.isfinite(number)):
        raise RefusedRow(pointer, "wrong_type", f"The field “{spec.name}” takes a number.")
    return number


def _structured(spec: FieldSpec, column: str, value: Any, *, tabular: bool) -> Any:
    """A chat or a JSON value; a text that stands for one is parsed where a cell can hold nothing but text."""
    if isinstance(value, str) and (tabular or spec.type == "chat"):
        value = json_cell(value, column)
    if spec.type == "chat" and not (
        isinstance(value, list) and value and all(isinstance(turn, Mapping) for turn in value)
    ):
        detail = f"The field “{spec.name}” takes a chat: a list of turns, each an object."
        raise RefusedRow(column_pointer(column), "wrong_type", detail)
    return value
