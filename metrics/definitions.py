"""Reading a slice's definition as somebody sent it: every mistake named at its place, the rest made canonical."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Any, Final

from core.canonical import rfc3339
from core.errors import FieldError, Invalid
from intake.selectors import find_batch
from metrics.questions import Measured, measured_questions, published
from metrics.selectors.slices import find_team
from metrics.slices import IS, KINDS, LONGEST, MOST_CONDITIONS, MOST_VALUES
from projects.models import Project

Condition = dict[str, Any]
Pairs = Mapping[str, Any]


class Refused(ValueError):
    """One value is not good; the text says what would be."""


@dataclass
class _Reader:
    """Collects what is wrong with one definition."""

    project: Project
    base: str
    questions: dict[str, Measured]
    versions: list[int]
    errors: list[FieldError] = field(default_factory=list)

    def wrong(self, place: str, detail: str) -> None:
        self.errors.append(FieldError(f"{self.base}{place}", detail))


def read_definition(project: Project, given: object, base: str = "#/definition") -> dict[str, Any]:
    """The definition in its canonical form, batches and teams by id.

    Raises:
        Invalid: with a pointer to each thing that is wrong.
    """
    versions = published(project)
    numbers = [version.number for version in versions if version.number is not None]
    reader = _Reader(project, base, measured_questions(versions), numbers)
    rows = given.get("where") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(rows, list) or set(given) != {"where"}:
        reader.wrong("", "Give an object with `where`, a list of conditions.")
    elif not rows:
        reader.wrong("/where", "Give at least one condition: without any it would be the whole project.")
    elif len(rows) > MOST_CONDITIONS:
        reader.wrong("/where", f"Give at most {MOST_CONDITIONS} conditions.")
    else:
        found = [_condition(reader, f"/where/{place}", row) for place, row in enumerate(rows)]
        if not reader.errors:
            return {"where": found}
    raise Invalid(errors=reader.errors)


def _condition(reader: _Reader, at: str, row: object) -> Condition:
    by = row.get("by") if isinstance(row, dict) else None
    read = READERS.get(by) if isinstance(by, str) else None
    if not isinstance(row, dict) or read is None:
        reader.wrong(f"{at}/by", f"Choose one of {', '.join(READERS)}.")
        return {}
    known = {"by", *KEYS[str(by)]}
    for unknown in sorted(set(row) - known):
        reader.wrong(f"{at}/{unknown}", f"A condition by {by} has {', '.join(sorted(known))}.")
    return {"by": by, **read(reader, at, row)}


# --- one function for each kind of condition ----------------------------------------------------------------------


def _field(reader: _Reader, at: str, row: Pairs) -> Condition:
    names = [str(found["name"]) for found in reader.project.fields]
    if row.get("name") not in names:
        reader.wrong(f"{at}/name", f"The items of this project have the fields {', '.join(names) or 'none'}.")
    return {"name": row.get("name"), **_value(reader, at, row)}


def _metadata(reader: _Reader, at: str, row: Pairs) -> Condition:
    name = row.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST:
        reader.wrong(f"{at}/name", "Give the key of the metadata.")
    return {"name": name, **_value(reader, at, row)}


def _value(reader: _Reader, at: str, row: Pairs) -> Condition:
    is_ = row.get("is", "one_of")
    if is_ not in IS:
        reader.wrong(f"{at}/is", f"Choose one of {', '.join(IS)}.")
        return {}
    for key in {"values", "from", "to", "value"} & set(row) - WITH[is_]:
        reader.wrong(f"{at}/{key}", f"“{is_}” has no {key}.")
    if is_ == "one_of":
        return {"is": is_, "values": _values(reader, at, row, _text)}
    if is_ == "contains":
        return {"is": is_, "value": _one(reader, f"{at}/value", row.get("value"), _text)}
    if is_ == "missing":
        return {"is": is_}
    return {"is": is_, **_ends(reader, at, row, _number)}


def _batch(reader: _Reader, at: str, row: Pairs) -> Condition:
    def read(value: object) -> str:
        found = find_batch(reader.project, value) if isinstance(value, str) else None
        if found is None:
            raise Refused("There is no batch of this name or id in the project.")
        return str(found.pk)

    return {"values": _values(reader, at, row, read)}


def _team(reader: _Reader, at: str, row: Pairs) -> Condition:
    def read(value: object) -> str:
        found = find_team(reader.project, value) if isinstance(value, str) else None
        if found is None:
            raise Refused("There is no team of this name or id in the project.")
        return str(found.pk)

    return {"values": _values(reader, at, row, read)}


def _label(reader: _Reader, at: str, row: Pairs) -> Condition:
    name = row.get("name")
    asked = reader.questions.get(name) if isinstance(name, str) else None
    if asked is None or not labels_of(asked):
        able = [found.name for found in reader.questions.values() if labels_of(found)]
        reader.wrong(f"{at}/name", f"Choose a question with labels: {', '.join(able) or 'there is none'}.")
        return {}
    labels = labels_of(asked)

    def read(value: object) -> Any:
        for label in labels:
            if label == value and not isinstance(value, bool):
                return label
        raise Refused(f"The labels of this question are {', '.join(map(str, labels))}.")

    return {"name": name, "values": _values(reader, at, row, read)}


def _annotators(reader: _Reader, at: str, row: Pairs) -> Condition:
    def read(value: object) -> str:
        if value not in KINDS:
            raise Refused(f"Choose among {', '.join(KINDS)}.")
        return str(value)

    return {"values": _values(reader, at, row, read)}


def _versions(reader: _Reader, at: str, row: Pairs) -> Condition:
    def read(value: object) -> int | str:
        if value == "none":
            return "none"
        for number in reader.versions:
            if number == value and not isinstance(value, bool):
                return number
        raise Refused("Give the number of a published version, or “none” for answers that name no version.")

    return {"values": _values(reader, at, row, read)}


def _answered(reader: _Reader, at: str, row: Pairs) -> Condition:
    return _ends(reader, at, row, _moment)


# --- values ---------------------------------------------------------------------------------------------------------


def _one(reader: _Reader, at: str, value: object, read: Callable[[object], Any]) -> Any:
    try:
        return read(value)
    except Refused as refused:
        reader.wrong(at, str(refused))
        return None


def _values(reader: _Reader, at: str, row: Pairs, read: Callable[[object], Any]) -> list[Any]:
    values = row.get("values")
    if not isinstance(values, list) or not 0 < len(values) <= MOST_VALUES:
        reader.wrong(f"{at}/values", f"Give a list of 1 to {MOST_VALUES} values.")
        return []
    return list(dict.fromkeys(_one(reader, f"{at}/values/{place}", value, read) for place, value in enumerate(values)))


def _ends(reader: _Reader, at: str, row: Pairs, read: Callable[[object], Any]) -> Condition:
    found = {
        end: _one(reader, f"{at}/{end}", row[end], read) for end in ("from", "to") if row.get(end) not in (None, "")
    }
    if not found:
        reader.wrong(f"{at}/from", "Give at least one end.")
    elif len(found) == 2 and None not in found.values() and found["from"] > found["to"]:
        reader.wrong(f"{at}/to", "It ends before it begins.")
    return found


def _text(value: object) -> str:
    """A value as it is compared: numbers and truths as JSON writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        raise Refused(f"Give a text of 1 to {LONGEST} characters, or a number.")
    return value


def _number(value: object) -> int | float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise Refused("Give a number.") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise Refused("Give a number.")
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value


def _moment(value: object) -> str:
    """A time, or a day, which begins at midnight UTC."""
    try:
        found = datetime.fromisoformat(str(value)) if "T" in str(value) else None
        found = found or datetime.combine(date.fromisoformat(str(value)), time(), UTC)
    except ValueError:
        raise Refused("Give a day such as 2026-03-01, or a time such as 2026-03-01T09:00:00Z.") from None
    return rfc3339(found if found.tzinfo else found.replace(tzinfo=UTC))


def labels_of(asked: Measured) -> list[Any]:
    """The labels that can be given to something: values of a list, or what sets, spans and boxes are made of."""
    return list(asked.labels or (asked.categories if asked.level in {"nominal", "ordinal"} else None) or ())


READERS: Final[dict[str, Callable[[_Reader, str, Pairs], Condition]]] = {
    "field": _field, "metadata": _metadata, "batch": _batch, "label": _label, "team": _team,
    "annotators": _annotators, "guideline_version": _versions, "answered": _answered,
}  # fmt: skip
VALUE_KEYS: Final = ("name", "is", "values", "from", "to", "value")
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "field": VALUE_KEYS, "metadata": VALUE_KEYS, "batch": ("values",), "label": ("name", "values"),
    "team": ("values",), "annotators": ("values",), "guideline_version": ("values",), "answered": ("from", "to"),
}  # fmt: skip
WITH: Final[dict[str, set[str]]] = {
    "one_of": {"values"}, "between": {"from", "to"}, "contains": {"value"}, "missing": set(),
}  # fmt: skip
