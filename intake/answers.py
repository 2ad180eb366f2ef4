"""The answers that a row brings, one annotator's or several's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.text import escape_pointer, scalar_text
from intake.lookup import MISSING, RefusedRow, json_cell, lookup
from intake.mapping import AnnotatorColumns, AnswerColumn, ImportMapping
from intake.readers.base import column_pointer

MAX_ANNOTATOR = 200


class AnswerProblem(Protocol):
    """Why a label schema refuses an answer."""

    @property
    def pointer(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def code(self) -> str: ...


class AnswerSchema(Protocol):
    """What an import must know of a label schema. Guidelines are a stranger on this floor, so the floor
    above hands theirs down."""

    @property
    def question_names(self) -> tuple[str, ...]: ...

    def is_required(self, name: str) -> bool:
        """Whether every item needs an answer to the question."""

    def read_answers(
        self, raw: Mapping[str, object], item_fields: Mapping[str, Any], base: str
    ) -> tuple[dict[str, Any], Sequence[AnswerProblem]]:
        """Answers converted from what a file holds, with the problems found; pointers are `base` and the
        name.
        """


@dataclass(frozen=True)
class MappedAnswer:
    """One annotator's answers; `annotator` is None where the file knows none."""

    annotator: str | None
    answers: dict[str, Any]


def read_row_answers(
    data: Mapping[str, Any],
    mapping: ImportMapping,
    schema: AnswerSchema | None,
    item_fields: Mapping[str, Any],
) -> tuple[MappedAnswer, ...]:
    """Every answer of the row, checked. Raises RefusedRow at the first that cannot be taken."""
    if mapping.annotators is not None:
        return tuple(
            MappedAnswer(who, _checked(raw, mapping, schema, item_fields, suffix=f"/{escape_pointer(who)}"))
            for who, raw in _by_annotator(data, mapping.annotators).items()
        )
    if not mapping.answers:
        return ()
    who = _annotator(data, mapping)
    raw = {column.question: lookup(data, column.column) for column in mapping.answers}
    return (MappedAnswer(who, _checked(raw, mapping, schema, item_fields, suffix="")),)


def name_text(value: object, column: str, longest: int, code: str, what: str) -> str:
    """The text of an id or a name: a text, or a whole number as it is written. Raises RefusedRow with
    `code`.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text:
        raise RefusedRow(column_pointer(column), code, f"The row has no {what}; fill it in.")
    if len(text) > longest:
        detail = f"The {what} has more than {longest} characters; shorten it."
        raise RefusedRow(column_pointer(column), "too_long", detail)
    return text


def _annotator(data: Mapping[str, Any], mapping: ImportMapping) -> str | None:
    if mapping.annotator is None:
        return None
    value = lookup(data, mapping.annotator)
    if mapping.identity == "none" and value in (MISSING, None, ""):
        return None
    return name_text(value, mapping.annotator, MAX_ANNOTATOR, "missing_annotator", "annotator")


def _checked(
    raw: Mapping[str, Any],
    mapping: ImportMapping,
    schema: AnswerSchema | None,
    item_fields: Mapping[str, Any],
    *,
    suffix: str,
) -> dict[str, Any]:
    columns = {column.question: column for column in mapping.question_columns}
    given = {
        question: _translated(value, columns[question])
        for question, value in raw.items()
        if not _is_null(value, mapping)
    }
    for question in raw:
        if question not in given and (not given or schema is None or schema.is_required(question)):
            pointer = column_pointer(columns[question].column) + suffix
            raise RefusedRow(pointer, "no_answer", f"There is no answer to “{question}” in the row.")
    if schema is None:
        return given
    answers, problems = schema.read_answers(given, item_fields, "#")
    for problem in problems:
        raise RefusedRow(_place(problem.pointer, columns.values(), suffix), problem.code, problem.detail)
    return answers


def _place(pointer: str, columns: Any, suffix: str) -> str:
    """A pointer by question as one by column."""
    for column in columns:
        by_question = column_pointer(column.question)
        if pointer == by_question or pointer.startswith(by_question + "/"):
            return column_pointer(column.column) + suffix + pointer[len(by_question) :]
    return pointer


def _is_null(value: Any, mapping: ImportMapping) -> bool:
    """Absent, null, or one of the values that the mapping calls null; text may stand for a number."""
    if value is MISSING or value is None:
        return True
    text = scalar_text(value)
    return text is not None and any(text == scalar_text(null) for null in mapping.null_values)


def _translated(value: Any, column: AnswerColumn) -> Any:
    text = scalar_text(value)
    if column.values is not None and text is not None and text in column.values:
        return column.values[text]
    return value


def _by_annotator(data: Mapping[str, Any], columns: AnnotatorColumns) -> dict[str, dict[str, Any]]:
    """Annotator → question → raw answer, in the order of the row."""
    raw: dict[str, dict[str, Any]] = {}
    for column in columns.answers:
        for who, value in _pairs(data, column, columns):
            raw.setdefault(who, {name.question: MISSING for name in columns.answers})[column.question] = value
    return raw


def _pairs(data: Mapping[str, Any], column: AnswerColumn, columns: AnnotatorColumns) -> Iterator[tuple[str, Any]]:
    if columns.source is not None:
        who = [
            name_text(name, columns.source, MAX_ANNOTATOR, "missing_annotator", "annotator")
            for name in _list(data, columns.source, columns.separator)
        ]
        values = _list(data, column.column, columns.separator)
        if len(who) != len(values):
            detail = f"The row has {len(who)} annotators but {len(values)} answers; the lists must be as long."
            raise RefusedRow(column_pointer(column.column), "unequal_lists", detail)
        if len(set(who)) != len(who):
            detail = "An annotator stands twice in the row; keep one answer of each."
            raise RefusedRow(column_pointer(columns.source), "repeat", detail)
        yield from zip(who, values, strict=True)
        return
    value = _present(data, column.column)
    if isinstance(value, str):
        value = json_cell(value, column.column)
    if not isinstance(value, Mapping):
        detail = "The column must hold an object from annotator to answer."
        raise RefusedRow(column_pointer(column.column), "wrong_type", detail)
    for name, answer in value.items():
        yield name_text(name, column.column, MAX_ANNOTATOR, "missing_annotator", "annotator"), answer


def _present(data: Mapping[str, Any], column: str) -> Any:
    value = lookup(data, column)
    if value is MISSING or value is None:
        raise RefusedRow(column_pointer(column), "no_answer", "The row has no answers in this column.")
    return value


def _list(data: Mapping[str, Any], column: str, separator: str | None) -> list[Any]:
    value = _present(data, column)
    if isinstance(value, str) and separator is not None:
        return value.split(separator) if value else []
    if isinstance(value, str):
        value = json_cell(value, column)
    if not isinstance(value, list):
        detail = "The column must hold a list; name a separator where it is text."
        raise RefusedRow(column_pointer(column), "wrong_type", detail)
    return value
