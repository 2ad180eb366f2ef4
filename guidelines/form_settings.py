"""The settings of a question as texts of the editor's row, and back. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from guidelines.schema.problems import Question
from guidelines.schema.registry import KINDS

Row = dict[str, Any]

PLAIN = ("min", "max", "level", "max_length", "field", "crossing")
"""Settings of one value, each with a field of its own."""
LINES = ("options", "fields", "extra")
"""Settings that are lists, one entry a line of their text."""
SIDES = ("field_a", "field_b")
"""The two fields of a preference, which are chosen one by one."""
SETTINGS = (*PLAIN, *LINES, *SIDES, "steps", "when_question", "when_in")
DEFAULTS: dict[str, dict[str, str]] = {
    "rating": {"min": "1", "max": "5"},
    "number": {"level": "interval"},
    "spans": {"crossing": "none"},
}
_STEP = re.compile(r"\s*(-?\d{1,9})\s*[=:]\s*(.*?)\s*", re.ASCII)
_WHOLE = re.compile(r"\s*[+-]?\d{1,12}\s*", re.ASCII)
_DECIMAL = re.compile(r"\s*[+-]?\d{1,12}\.\d{1,12}\s*", re.ASCII)


def has_labels(kind: str) -> bool:
    """Whether questions of this kind list their labels, each with a value."""
    return kind in KINDS and KINDS[kind].lists_labels


def fitting_fields(kind: str, project_fields: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Name and title of each of the project's fields that questions of this kind may be about."""
    types = KINDS[kind].field_types
    return {
        spec["name"]: str(spec.get("title") or spec["name"])
        for spec in project_fields
        if not types or spec.get("type", "text") in types
    }


def untouched(kind: str, project_fields: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What the controls of a new box of this kind send though nobody has touched them."""
    if kind not in KINDS:
        return {}
    names = list(fitting_fields(kind, project_fields))
    first, second = (names[0], names[min(1, len(names) - 1)]) if names else ("", "")
    return {"field": first, "field_a": first, "field_b": second, "required": "on"} | DEFAULTS.get(kind, {})


def as_text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_number(text: str) -> object:
    """The number that is written; the text itself where it is none."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def settings_row(question: Question) -> Row:
    """The texts of a question's settings."""
    row: Row = {name: as_text(question.get(name)) for name in PLAIN}
    row |= {name: "\n".join(map(str, question.get(name) or ())) for name in LINES}
    if question.get("kind") == "preference":
        row |= dict(zip(SIDES, question.get("fields") or (), strict=False)) | {"fields": ""}
    labels = question.get("labels")
    if isinstance(labels, Mapping):
        row["steps"] = "\n".join(f"{step} = {title}" for step, title in labels.items())
    when = question.get("when") or {}
    row["when_question"] = as_text(when.get("question"))
    row["when_in"] = "\n".join(map(as_text, when.get("in", ())))
    return row


def settings_of(row: Row, rows: Sequence[Row]) -> dict[str, Any]:
    """The settings out of a row's texts, unchecked. `rows` are those of all questions, for the condition."""
    allowed = KINDS[row["kind"]].settings if row["kind"] in KINDS else ()
    found: dict[str, Any] = {
        name: row[name] if name in {"field", "crossing", "level"} else as_number(row[name])
        for name in PLAIN
        if name in allowed and row[name].strip()
    }
    found |= {name: lines_of(row[name]) for name in LINES if name in allowed and row[name].strip()}
    if row["kind"] == "preference":
        found["fields"] = [row[side].strip() for side in SIDES]
    if "labels" in allowed and not has_labels(row["kind"]) and row["steps"].strip():
        found["labels"] = _steps(row["steps"])
    if row["when_question"].strip():
        found["when"] = _condition(row, rows)
    return found


def _steps(text: str) -> dict[str, str]:
    steps = {}
    for line in lines_of(text):
        found = _STEP.fullmatch(line)
        steps[found[1] if found else line] = found[2] if found else ""
    return steps


def _condition(row: Row, rows: Sequence[Row]) -> dict[str, Any]:
    """Answers are named by their value or by what people see; steps of a rating are numbers."""
    name = row["when_question"].strip()
    other = next((known for known in rows if known["name"] == name), None)
    values: list[object] = [*lines_of(row["when_in"])]
    if other is not None and other["kind"] == "rating":
        values = [as_number(str(value)) for value in values]
    elif other is not None and has_labels(other["kind"]):
        values = [value_of_label(str(value), other["labels"]) for value in values]
    return {"question": name, "in": values}


def value_of_label(text: str, labels: Sequence[Row]) -> str:
    """The value of the label that is called `text`, by value or by title."""
    if any(label["value"] == text for label in labels):
        return text
    return next((label["value"] for label in labels if label["title"].strip() == text), text)


def place_of(kind: str, steps: Sequence[str]) -> list[str]:
    """The field of a row that a problem at `steps` below the question belongs to."""
    first, rest = steps[0], steps[1:]
    if first == "when":
        return ["when_in" if rest[:1] == ["in"] else "when_question"]
    if first == "fields" and kind == "preference":
        return [SIDES[1] if rest[:1] == ["1"] else SIDES[0]]
    if first in LINES:
        return [first]
    if first == "labels" and not has_labels(kind):
        return ["steps"]
    return ["labels"] if first == "exclusive" else [*steps]
