"""Pure predicates over guideline content."""

from collections.abc import Mapping
from typing import Any

from guidelines.schema.schema import LabelSchema

_WORDS = frozenset({"title", "help", "clause", "shortcut"})
"""What a question or label may change without changing which answers are possible."""


def _answers(question: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in question.items() if key not in _WORDS and key != "labels"}
    labels = question.get("labels")
    if isinstance(labels, list):
        kept["labels"] = {
            label["value"]: {key: value for key, value in label.items() if key not in _WORDS} for label in labels
        }
    return kept


def changes_answers(before: LabelSchema, after: LabelSchema) -> bool:
    """Whether an answer that was possible no longer is, or the other way round. Words and order do not matter."""
    old = {question["name"]: _answers(question) for question in before.questions}
    return old != {question["name"]: _answers(question) for question in after.questions}
