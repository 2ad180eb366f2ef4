"""What changed between two guideline versions, and which labels it touches."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from guidelines.schema.clauses import TEXTS
from guidelines.schema.registry import kind_of
from guidelines.schema.schema import LabelSchema

Clause = Mapping[str, Any]
LabelKey = tuple[str, str]
"""A question's name and a label's value; the value is "" for a question without labels of its own."""

NO_QUESTIONS = LabelSchema(())
"""The label schema of an empty draft."""


def _diff(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> list[tuple[Any, str]]:
    """Each key with its state: those of `after` in their order, then the removed ones in theirs."""
    states = [
        (key, "added" if key not in before else "same" if before[key] == value else "changed")
        for key, value in after.items()
    ]
    return states + [(key, "removed") for key in before if key not in after]


def diff_clauses(before: Sequence[Clause], after: Sequence[Clause]) -> list[dict[str, Any]]:
    """One `{key, state, before, after}` per clause, matched by key; `before` or `after` is None where it is
    absent.
    """
    old = {clause["key"]: clause for clause in before}
    new = {clause["key"]: clause for clause in after}
    return [
        {"key": key, "state": state, "before": old.get(key), "after": new.get(key)} for key, state in _diff(old, new)
    ]


def _labels(schema: LabelSchema) -> dict[LabelKey, dict[str, Any]]:
    """The labels of every question. A rating's steps count as labels with a title."""
    labels: dict[LabelKey, dict[str, Any]] = {}
    for question in schema.questions:
        listed = question.get("labels")
        if isinstance(listed, list):
            labels |= {(question["name"], label["value"]): label for label in listed}
        else:
            titles = listed if isinstance(listed, Mapping) else {}
            for value in kind_of(question).label_values(question):
                labels[question["name"], value] = {"value": value, "title": titles.get(value, value)}
    return labels


def _unlabelled(schema: LabelSchema) -> set[LabelKey]:
    """The questions that have no labels, such as numbers and texts: their answers are touched all or none."""
    return {(q["name"], "") for q in schema.questions if not kind_of(q).label_values(q)}


def diff_labels(before: LabelSchema, after: LabelSchema) -> list[dict[str, Any]]:
    """One `{question, label, state, before, after}` per label, and one with `label: None` per question, whose
    `before` and `after` leave the labels out."""
    old, new = _questions(before), _questions(after)
    rows = [
        {"question": name, "label": None, "state": state, "before": old.get(name), "after": new.get(name)}
        for name, state in _diff(old, new)
    ]
    old_labels, new_labels = _labels(before), _labels(after)
    for key, state in _diff(old_labels, new_labels):
        pair = {"before": old_labels.get(key), "after": new_labels.get(key)}
        rows.append({"question": key[0], "label": key[1], "state": state, **pair})
    return rows


_LABELS = ("labels", "options")
"""The settings that list the labels of a question: a change of one of them touches the answers that use that one."""


def _questions(schema: LabelSchema) -> dict[str, dict[str, Any]]:
    return {
        question["name"]: {key: value for key, value in question.items() if key not in _LABELS}
        for question in schema.questions
    }


_EDITORIAL_LABEL_KEYS = ("shortcut", "clause")
_EDITORIAL_QUESTION_KEYS = ("help", "clause")


def _meaning(holder: Mapping[str, Any] | None, editorial: Iterable[str]) -> dict[str, Any] | None:
    if holder is None:
        return None
    left_out = set(editorial)
    return {key: value for key, value in holder.items() if key not in left_out}


def _clause_meaning(clause: Clause | None) -> tuple[Any, ...] | None:
    return None if clause is None else tuple(clause.get(name) or "" for name in (*TEXTS, "question", "label"))


def affected_labels(
    before: Sequence[Clause],
    after: Sequence[Clause],
    before_schema: LabelSchema,
    after_schema: LabelSchema,
) -> set[LabelKey]:
    """The labels whose meaning a change touches.

    A clause touches the label it names, all labels of the question it names without a label, and every
    label (or all labels of a question) that names the clause, in either version. A label is touched by its
    own change, and all labels of a question by a change of the question. Editorial changes touch nothing.
    """
    old_labels, new_labels = _labels(before_schema), _labels(after_schema)
    every = old_labels.keys() | new_labels.keys() | _unlabelled(before_schema) | _unlabelled(after_schema)
    touched = {
        key
        for key in every
        if _meaning(old_labels.get(key), _EDITORIAL_LABEL_KEYS) != _meaning(new_labels.get(key), _EDITORIAL_LABEL_KEYS)
    }
    changed_questions = _changed_questions(before_schema, after_schema)
    changed = {
        row["key"]
        for row in diff_clauses(before, after)
        if _clause_meaning(row["before"]) != _clause_meaning(row["after"])
    }
    for clause in (*before, *after):
        if clause["key"] in changed and clause.get("question"):
            if clause.get("label"):
                touched |= every & {(clause["question"], clause["label"])}
            else:
                changed_questions.add(clause["question"])
    for schema, labels in ((before_schema, old_labels), (after_schema, new_labels)):
        changed_questions |= {q["name"] for q in schema.questions if q.get("clause") in changed}
        touched |= {key for key, label in labels.items() if label.get("clause") in changed}
    return touched | {key for key in every if key[0] in changed_questions}


def _changed_questions(before: LabelSchema, after: LabelSchema) -> set[str]:
    old, new = _questions(before), _questions(after)
    return {
        name
        for name in old.keys() | new.keys()
        if _meaning(old.get(name), _EDITORIAL_QUESTION_KEYS) != _meaning(new.get(name), _EDITORIAL_QUESTION_KEYS)
    }


def is_semantic(
    before: Sequence[Clause],
    after: Sequence[Clause],
    before_schema: LabelSchema,
    after_schema: LabelSchema,
) -> bool:
    """Whether a change looks semantic: a suggestion, for a person to confirm.

    Semantic are definition, use_when, avoid_when and the links of a clause, clauses added or removed with
    such a text, and whatever changes in the label schema beside shortcuts, helps and clause links. Titles of
    clauses and examples are editorial.
    """
    empty = _clause_meaning({})
    clauses_changed = any(
        (_clause_meaning(row["before"]) or empty) != (_clause_meaning(row["after"]) or empty)
        for row in diff_clauses(before, after)
    )
    if clauses_changed or _changed_questions(before_schema, after_schema):
        return True
    old, new = _labels(before_schema), _labels(after_schema)
    return any(
        _meaning(old.get(key), _EDITORIAL_LABEL_KEYS) != _meaning(new.get(key), _EDITORIAL_LABEL_KEYS)
        for key in old.keys() | new.keys()
    )
