"""What kinds share whose answer is a list: reading it from a cell, and objects with a label in it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from core.canonical import canonical_json
from guidelines.schema.kind import CannotConvert
from guidelines.schema.problems import Problem, Question, at, check_keys, quoted


def read_list(raw: object, base: str, detail: str) -> list[Any]:
    """A list, or a list written as JSON in a cell. Raises CannotConvert with `detail`."""
    value = raw
    if isinstance(raw, str):
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, list):
        raise CannotConvert(Problem(base, detail, "wrong_type"))
    return value


def check_entries(
    entries: Iterable[object], keys: tuple[str, ...], question: Question, base: str, what: str
) -> list[Problem]:
    """Problems of a list of objects: the keys, all of which each needs, and the label."""
    known = frozenset(label_values(question))
    problems = []
    for index, entry in enumerate(entries):
        pointer = at(base, index)
        if not isinstance(entry, Mapping):
            problems.append(Problem(pointer, f"A {what} must be an object {{{', '.join(keys)}}}.", "wrong_type"))
            continue
        problems += check_keys(entry, keys, pointer, what)
        missing = [name for name in keys if name not in entry]
        problems += [Problem(at(pointer, name), f"A {what} needs “{name}”; give it.", "required") for name in missing]
        label = entry.get("label", question["labels"][0]["value"])
        if not (isinstance(label, str) and label in known):
            allowed = quoted(label_values(question))
            detail = f"“{label}” is no label of “{question['name']}”; use one of {allowed}."
            problems.append(Problem(at(pointer, "label"), detail, "unknown_label"))
    return problems


def has_shape(answer: Any, keys: tuple[str, ...]) -> bool:
    """Whether an answer, of whatever version of a question, is a list of such objects."""
    return isinstance(answer, list) and all(
        isinstance(entry, Mapping) and entry.keys() >= set(keys) for entry in answer
    )


def label_values(question: Question) -> list[str]:
    return [label["value"] for label in question["labels"]]


def label_title(question: Question, value: object) -> str:
    """The title of a label; its value where this version has no such label."""
    return next((str(label["title"]) for label in question["labels"] if label["value"] == value), str(value))


def labels_in(answer: Any) -> list[str]:
    """The labels that an answer of any kind uses, as texts, as often as it uses them."""
    if isinstance(answer, Mapping):
        return [str(answer["label"])] if "label" in answer else []
    if isinstance(answer, list):
        return [label for entry in answer for label in labels_in(entry)]
    return [str(answer)]


def repeats(entries: Iterable[Any], base: str, what: str) -> list[Problem]:
    """A problem for each entry that stands in the list a second time."""
    seen: set[bytes] = set()
    problems = []
    for index, entry in enumerate(entries):
        key = canonical_json(entry)
        if key in seen:
            problems.append(Problem(at(base, index), f"This {what} stands in the answer twice; keep one.", "repeated"))
        seen.add(key)
    return problems
