"""A label schema as a person reads it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guidelines.schema.multichoice import limits_in_words
from guidelines.schema.preference import EXTRA
from guidelines.schema.schema import LabelSchema

KINDS = {"choice": "One label", "multichoice": "Any of the labels", "number": "A number", "text": "Free text"}


CROSSINGS = {"none": "which never overlap", "nested": "one may lie inside another", "any": "which may overlap"}
_LIMITS = (("min", "at least"), ("max", "at most"))


@dataclass(frozen=True)
class LabelLine:
    value: str
    title: str
    clause: str | None
    shortcut: str
    opt_out: bool
    stands_alone: bool = False


@dataclass(frozen=True)
class QuestionLine:
    name: str
    title: str
    asks: str
    required: bool
    help: str
    clause: str | None
    condition: str
    labels: tuple[LabelLine, ...]


def _asks(question: Mapping[str, Any]) -> str:
    """What an answer to the question is."""
    if question["kind"] == "rating":
        return f"A step from {question['min']} to {question['max']}"
    words = KINDS.get(question["kind"], question["kind"])
    if question["kind"] == "multichoice":
        return f"{words}. {limits_in_words(question)}"
    if question["kind"] == "spans":
        return f"Stretches of “{question['field']}”, {CROSSINGS[question.get('crossing', 'none')]}. Each has a label"
    if question["kind"] == "boxes":
        return f"Boxes in “{question['field']}”, each with a label"
    if question["kind"] == "ranking":
        return f"An order of {_listed(question.get('options') or question['fields'])}, best first"
    if question["kind"] == "preference":
        extra = [f"“{EXTRA[value].lower()}”" for value in question.get("extra", ())]
        return f"The better one of {_listed(question['fields'])}" + (f"; or {', '.join(extra)}" if extra else "")
    if question["kind"] == "number":
        return words + "".join(f", {word} {question[key]}" for key, word in _LIMITS if key in question)
    if question["kind"] == "text" and "max_length" in question:
        return f"{words}, at most {question['max_length']} characters"
    return words


def _listed(names: Sequence[str]) -> str:
    shown = [f"“{name}”" for name in names]
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def _labels(question: Mapping[str, Any], keys: set[str]) -> tuple[LabelLine, ...]:
    labels = question.get("labels")
    if isinstance(labels, Mapping):
        return tuple(LabelLine(step, title, None, "", False) for step, title in labels.items())
    return tuple(
        LabelLine(
            label["value"], label["title"], label.get("clause") if label.get("clause") in keys else None,
            label.get("shortcut", ""), bool(label.get("opt_out")), label["value"] in question.get("exclusive", ()),
        )
        for label in labels or ()
    )  # fmt: skip


def _condition(question: Mapping[str, Any], schema: LabelSchema) -> str:
    when = question.get("when")
    if when is None:
        return ""
    asked = schema.question(when["question"])
    shown = [schema.kind(when["question"]).display(asked, value) for value in when["in"]]
    return f"Asked only after “{asked['title']}” was answered with {' or '.join(f'“{text}”' for text in shown)}."


def outline(schema: LabelSchema, keys: set[str]) -> list[QuestionLine]:
    """The questions in order; a clause is named only where `keys` holds it."""
    return [
        QuestionLine(
            question["name"], question["title"], _asks(question), schema.is_required(question["name"]),
            question.get("help", ""), question.get("clause") if question.get("clause") in keys else None,
            _condition(question, schema), _labels(question, keys),
        )
        for question in schema.questions
    ]  # fmt: skip
