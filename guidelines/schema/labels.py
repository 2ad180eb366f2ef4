"""The `labels` setting, shared by the kinds that have labels."""

from collections.abc import Mapping
from typing import Any

from guidelines.schema.problems import Problem, Question, at, check_keys, check_text

LABEL_KEYS = ("value", "title", "shortcut", "clause", "parent", "opt_out")
MAX_LABELS = 1000


def validate_labels(question: Question, base: str, *, opt_out: bool, least: int = 2) -> list[Problem]:
    """Problems of `labels`: at least `least`, unique values and shortcuts, parents that exist and end."""
    labels = question.get("labels")
    pointer = at(base, "labels")
    if not isinstance(labels, list) or len(labels) < least:
        wanted = "at least two labels, each" if least > 1 else "at least one label"
        return [Problem(pointer, f"Give {wanted} {{value, title}}.", "required")]
    if len(labels) > MAX_LABELS:
        return [Problem(pointer, f"A question may have at most {MAX_LABELS} labels.", "too_many")]
    problems: list[Problem] = []
    for index, label in enumerate(labels):
        problems += _label(label, at(pointer, index), opt_out=opt_out)
    if problems:
        return problems
    problems += _unique(labels, "value", pointer) + _unique(labels, "shortcut", pointer) + _parents(labels, pointer)
    if not problems and all(label.get("opt_out") for label in labels):
        problems.append(Problem(pointer, "Leave at least one label that is no opt-out.", "invalid"))
    return problems


def _label(label: object, base: str, *, opt_out: bool) -> list[Problem]:
    if not isinstance(label, Mapping):
        return [Problem(base, "A label must be an object {value, title}.", "wrong_type")]
    known = LABEL_KEYS if opt_out else tuple(key for key in LABEL_KEYS if key != "opt_out")
    problems = check_keys(label, known, base, "label")
    problems += check_text(label, "value", base, longest=200) + check_text(label, "title", base)
    problems += check_text(label, "shortcut", base, required=False, longest=1)
    problems += check_text(label, "clause", base, required=False, longest=200)
    problems += check_text(label, "parent", base, required=False, longest=200)
    if not isinstance(label.get("opt_out", False), bool):
        problems.append(Problem(at(base, "opt_out"), "“opt_out” must be true or false.", "wrong_type"))
    return problems


def _unique(labels: list[dict[str, Any]], key: str, pointer: str) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for index, label in enumerate(labels):
        value = label.get(key)
        if value is not None and value in seen:
            problems.append(
                Problem(at(pointer, index, key), f"Two labels have the {key} “{value}”; give each its own.")
            )
        seen.add(str(value))
    return problems


def _parents(labels: list[dict[str, Any]], pointer: str) -> list[Problem]:
    parents = {label["value"]: label.get("parent") for label in labels}
    problems = []
    for index, label in enumerate(labels):
        walked = {label["value"]}
        parent = label.get("parent")
        while parent is not None:
            if parent not in parents or parent in walked:
                why = "is no label of this question" if parent not in parents else "leads back to this label"
                problems.append(Problem(at(pointer, index, "parent"), f"The parent “{parent}” {why}; name another."))
                break
            walked.add(parent)
            parent = parents[parent]
    return problems
