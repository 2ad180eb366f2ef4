"""The `mapping` of an import: which column of a foreign file is what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from core.text import bad_text, escape_pointer

Identity = Literal["person", "slot", "none"]
Repeats = Literal["refuse", "first", "last"]
Scalar = str | int | float | bool | None

KEYS = (
    "external_id",
    "fields",
    "metadata",
    "annotator",
    "answers",
    "annotators",
    "repeats",
    "null_values",
    "identity",
    "guideline_version",
)
MAX_NAME = 500


@dataclass(frozen=True)
class MappingProblem:
    """What is wrong with a mapping: a JSON pointer, a sentence that names the mend, a stable code."""

    pointer: str
    detail: str
    code: str = "invalid"


class MappingInvalid(ValueError):
    """The mapping is not valid; `problems` says why, one by one."""

    def __init__(self, problems: Sequence[MappingProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.pointer}: {problem.detail}" for problem in self.problems))


@dataclass(frozen=True)
class AnswerColumn:
    """Where the answers to one question stand, and what the words of the file mean."""

    question: str
    column: str
    values: Mapping[str, Scalar] | None = None


@dataclass(frozen=True)
class AnnotatorColumns:
    """One row per item: each answer column holds an object annotator → value, or, with `source`, a list
    that runs parallel to the list of annotators in the column `source`."""

    answers: tuple[AnswerColumn, ...]
    source: str | None = None
    separator: str | None = None


@dataclass(frozen=True)
class ImportMapping:
    """A valid mapping. `fields` is None where columns named like the project's fields map to themselves."""

    external_id: tuple[str, ...] = ()
    external_id_is_tuple: bool = False
    fields: Mapping[str, str] | None = None
    metadata: Mapping[str, str] | None = None
    annotator: str | None = None
    answers: tuple[AnswerColumn, ...] = ()
    annotators: AnnotatorColumns | None = None
    repeats: Repeats = "refuse"
    null_values: tuple[Scalar, ...] = ()
    identity: Identity = "person"
    guideline_version: int | None = None

    @property
    def question_columns(self) -> tuple[AnswerColumn, ...]:
        return self.annotators.answers if self.annotators else self.answers

    @property
    def has_answers(self) -> bool:
        return bool(self.question_columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the mapping names, each once."""
        named = [*self.external_id, *(self.fields or {}).values(), *(self.metadata or {}).values()]
        named += [column.column for column in self.question_columns]
        named += [name for name in (self.annotator, self.annotators and self.annotators.source) if name]
        return tuple(dict.fromkeys(named))


def parse_mapping(data: object, base: str = "#/mapping") -> ImportMapping:
    """The mapping in `data` (None and {} map nothing but fields of the same name). Raises MappingInvalid."""
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        raise MappingInvalid([MappingProblem(base, "A mapping must be an object.", "wrong_type")])
    problems = list(_check(data, base))
    if problems:
        raise MappingInvalid(problems)
    external_id = data.get("external_id", [])
    return ImportMapping(
        external_id=(external_id,) if isinstance(external_id, str) else tuple(external_id),
        external_id_is_tuple=not isinstance(external_id, str),
        fields=dict(data["fields"]) if "fields" in data else None,
        metadata=dict(data["metadata"]) if "metadata" in data else None,
        annotator=data.get("annotator"),
        answers=_answer_columns(data.get("answers", {})),
        annotators=_annotator_columns(data.get("annotators")),
        repeats=cast("Repeats", data.get("repeats", "refuse")),
        null_values=tuple(data.get("null_values", ())),
        identity=cast("Identity", data.get("identity", "person")),
        guideline_version=data.get("guideline_version"),
    )


def _answer_columns(data: Mapping[str, Any]) -> tuple[AnswerColumn, ...]:
    return tuple(
        AnswerColumn(question, entry)
        if isinstance(entry, str)
        else AnswerColumn(question, entry["column"], entry.get("values"))
        for question, entry in data.items()
    )


def _annotator_columns(data: Mapping[str, Any] | None) -> AnnotatorColumns | None:
    if data is None:
        return None
    return AnnotatorColumns(_answer_columns(data["answers"]), data.get("from"), data.get("separator"))


def _check(data: Mapping[str, Any], base: str) -> Iterator[MappingProblem]:
    yield from _known(data, KEYS, base)
    if "external_id" in data:
        yield from _external_id(data["external_id"], f"{base}/external_id")
    for key in ("fields", "metadata"):
        if key in data:
            yield from _columns(data[key], f"{base}/{key}")
    if "annotator" in data:
        yield from _column(data["annotator"], f"{base}/annotator")
    if "answers" in data:
        yield from _answers(data["answers"], f"{base}/answers")
    if "annotators" in data:
        yield from _annotators(data["annotators"], f"{base}/annotators")
    yield from _one_of(data, "repeats", ("first", "last", "refuse"), base)
    yield from _one_of(data, "identity", ("person", "slot", "none"), base)
    yield from _null_values(data.get("null_values", []), f"{base}/null_values")
    version = data.get("guideline_version")
    if version is not None and (not isinstance(version, int) or isinstance(version, bool) or version < 1):
        detail = "“guideline_version” must be the number of a published version, or null."
        yield MappingProblem(f"{base}/guideline_version", detail, "wrong_type")
    yield from _who(data, base)


def _who(data: Mapping[str, Any], base: str) -> Iterator[MappingProblem]:
    """Answers need somebody who gave them, in one way."""
    if "answers" in data and "annotators" in data:
        detail = "Give “answers” for one row per annotation or “annotators” for one row per item, not both."
        yield MappingProblem(f"{base}/annotators", detail)
    elif "annotators" in data and "annotator" in data:
        yield MappingProblem(f"{base}/annotator", "“annotators” says already who answered; leave “annotator” out.")
    elif "answers" in data and "annotator" not in data and data.get("identity") != "none":
        detail = "Name the column of the annotator, or set “identity” to “none” where the file knows none."
        yield MappingProblem(f"{base}/annotator", detail, "required")


def _known(data: Mapping[str, Any], known: Sequence[str], base: str) -> Iterator[MappingProblem]:
    for key in data:
        if key not in known:
            detail = f"A mapping has no such key; use one of {', '.join(known)}."
            yield MappingProblem(f"{base}/{escape_pointer(str(key))}", detail, "unknown_key")


def _column(value: object, pointer: str) -> Iterator[MappingProblem]:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME:
        yield MappingProblem(pointer, "Name a column of the file, as text.", "wrong_type")
    elif why := bad_text(value):
        yield MappingProblem(pointer, why, "bad_text")


def _columns(data: object, pointer: str) -> Iterator[MappingProblem]:
    if not isinstance(data, Mapping):
        yield MappingProblem(pointer, "Give an object from name to column.", "wrong_type")
        return
    for name, column in data.items():
        yield from _column(name, f"{pointer}/{escape_pointer(str(name))}")
        yield from _column(column, f"{pointer}/{escape_pointer(str(name))}")


def _external_id(value: object, pointer: str) -> Iterator[MappingProblem]:
    if isinstance(value, str):
        yield from _column(value, pointer)
    elif isinstance(value, list) and value:
        for index, column in enumerate(value):
            yield from _column(column, f"{pointer}/{index}")
    else:
        yield MappingProblem(pointer, "Name one column, or a list of columns.", "wrong_type")


def _answers(data: object, pointer: str) -> Iterator[MappingProblem]:
    if not isinstance(data, Mapping) or not data:
        yield MappingProblem(pointer, "Give an object from question to column.", "wrong_type")
        return
    for question, entry in data.items():
        place = f"{pointer}/{escape_pointer(str(question))}"
        if isinstance(entry, Mapping):
            yield from _known(entry, ("column", "values"), place)
            yield from _column(entry.get("column"), f"{place}/column")
            yield from _values(entry.get("values", {}), f"{place}/values")
        else:
            yield from _column(entry, place)


def _values(data: object, pointer: str) -> Iterator[MappingProblem]:
    if not isinstance(data, Mapping):
        yield MappingProblem(pointer, "Give an object from the word in the file to the answer.", "wrong_type")
        return
    for word, answer in data.items():
        if isinstance(answer, (Mapping, list)) or answer is None:
            detail = "The answer must be a text or a number."
            yield MappingProblem(f"{pointer}/{escape_pointer(str(word))}", detail, "wrong_type")


def _annotators(data: object, pointer: str) -> Iterator[MappingProblem]:
    if not isinstance(data, Mapping):
        yield MappingProblem(pointer, "Give an object {answers, from?, separator?}.", "wrong_type")
        return
    yield from _known(data, ("answers", "from", "separator"), pointer)
    yield from _answers(data.get("answers"), f"{pointer}/answers")
    if "from" in data:
        yield from _column(data["from"], f"{pointer}/from")
    if "separator" in data:
        if "from" not in data:
            yield MappingProblem(
                f"{pointer}/separator", "“separator” needs “from”, the column of annotators.", "required"
            )
        if not isinstance(data["separator"], str) or not 1 <= len(data["separator"]) <= 10:
            yield MappingProblem(f"{pointer}/separator", "Give the separator as a short text.", "wrong_type")


def _one_of(data: Mapping[str, Any], key: str, known: Sequence[str], base: str) -> Iterator[MappingProblem]:
    if key in data and data[key] not in known:
        yield MappingProblem(f"{base}/{key}", f"“{key}” must be one of {', '.join(known)}.")


def _null_values(data: object, pointer: str) -> Iterator[MappingProblem]:
    if not isinstance(data, list) or any(isinstance(value, (Mapping, list)) for value in data):
        yield MappingProblem(pointer, "Give a list of the values that stand for no answer.", "wrong_type")
