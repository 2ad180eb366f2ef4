"""Whether a row keeps what the contract promises of its columns and the guideline of its labels."""

from collections.abc import Callable, Mapping
from typing import Any

from guidelines.schema.registry import kind_of
from guidelines.schema.schema import LabelSchema
from releases.contract.checks import TABLE

Row = Mapping[str, Any]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


FITS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "date": lambda value: isinstance(value, str),
    "timestamp": lambda value: isinstance(value, str),
    "time": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}


class Fitting:
    """Checks rows one after the other; `problem` returns the first thing wrong with one, or None."""

    def __init__(self, document: Mapping[str, Any], schema: LabelSchema, payload: Mapping[str, str]) -> None:
        """`payload` says in which column each field of an item stands."""
        self._payload = payload
        tables = [table for table in document["schema"] if table["name"] == TABLE]
        self._columns = [column for table in tables for column in table.get("properties", [])]
        self._schema = schema
        self._seen: dict[str, set[Any]] = {
            column["name"]: set() for column in self._columns
            if column.get("unique") and column["name"] not in ("item_id", "external_id")
        }  # fmt: skip

    def problem(self, row: Row) -> str | None:
        who = f"Item {row['external_id']}"
        for column in self._columns:
            name, value = column["name"], row.get(column["name"])
            if value is None:
                if column.get("required"):
                    return f"{who}: {name} is empty."
                continue
            if not FITS[column.get("logicalType", "string")](value):
                return f"{who}: {name} is no {column.get('logicalType', 'string')}."
            if name in self._seen:
                if str(value) in self._seen[name]:
                    return f"{who}: {name} is there twice."
                self._seen[name].add(str(value))
        return self._label_problem(row, who)

    def _label_problem(self, row: Row, who: str) -> str | None:
        fields = {name: row.get(column) for name, column in self._payload.items()}
        for question in self._schema.questions:
            name = question["name"]
            answer, dist = row.get(name), row.get(f"{name}_dist")
            if answer is not None and kind_of(question).validate_answer(question, answer, fields, f"#/{name}"):
                return f"{who}: {name} holds {answer!r}, which the guideline does not know."
            if isinstance(dist, list) and dist and _is_number(dist[0]) and abs(sum(dist) - 1) > 1e-6:
                return f"{who}: the answers to {name} hold one that the guideline does not know."
        return None
