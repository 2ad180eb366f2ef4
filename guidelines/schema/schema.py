"""The label schema: parsed once, then asked about answers."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from guidelines.schema.kind import CannotConvert, Kind
from guidelines.schema.problems import Problem, Question, SchemaInvalid, at, check_keys, check_text, quoted
from guidelines.schema.registry import KINDS, kind_of

QUESTION_KEYS = ("name", "kind", "title", "required", "help", "clause", "when")
MAX_QUESTIONS = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)


@dataclass(frozen=True)
class LabelSchema:
    """A valid label schema, the questions as they were given."""

    questions: tuple[dict[str, Any], ...]

    @cached_property
    def by_name(self) -> dict[str, dict[str, Any]]:
        return {question["name"]: question for question in self.questions}

    @property
    def question_names(self) -> tuple[str, ...]:
        return tuple(self.by_name)

    def question(self, name: str) -> dict[str, Any]:
        """The question called `name`; KeyError where there is none."""
        return self.by_name[name]

    def kind(self, name: str) -> Kind:
        return kind_of(self.by_name[name])

    def as_data(self) -> dict[str, Any]:
        return {"questions": [dict(question) for question in self.questions]}

    def is_required(self, name: str) -> bool:
        """Whether every item needs an answer: a question that is asked under a condition may go without."""
        question = self.by_name[name]
        return bool(question.get("required", True)) and "when" not in question

    def shown(self, name: str, answers: Mapping[str, Any]) -> bool:
        """Whether `name` is asked, given the answers to the questions before it."""
        when = self.by_name[name].get("when")
        if when is None:
            return True
        if not self.shown(when["question"], answers) or when["question"] not in answers:
            return False
        given = answers[when["question"]]
        return any(type(given) is type(value) and given == value for value in when["in"])

    def read_answers(
        self, raw: Mapping[str, object], item_fields: Mapping[str, Any], base: str
    ) -> tuple[dict[str, Any], list[Problem]]:
        """Answers out of a foreign file: each converted and checked, for the questions that the file answers.

        A file may leave out questions, so an absent one is no problem here, and a condition on it is not
        tested.
        """
        answers: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, value in raw.items():
            try:
                answers[name] = self.kind(name).read(self.by_name[name], value, item_fields, at(base, name))
            except CannotConvert as refusal:
                problems.append(refusal.problem)
        if not problems:
            for name, answer in answers.items():
                problems += self.kind(name).validate_answer(self.by_name[name], answer, item_fields, at(base, name))
                when = self.by_name[name].get("when")
                if when and when["question"] in answers and not self.shown(name, answers):
                    problems.append(_not_shown(self.by_name[name], base))
        return answers, problems


def parse_schema(data: object, base: str = "#/label_schema", *, empty_ok: bool = False) -> LabelSchema:
    """The label schema in `data`. Raises SchemaInvalid with every problem found.

    A draft may hold no questions yet (`empty_ok`); a version that is published may not.
    """
    if not isinstance(data, Mapping):
        raise SchemaInvalid([Problem(base, "A label schema must be an object {questions: [...]}.", "wrong_type")])
    problems = check_keys(data, ("questions",), base, "label schema")
    questions = data.get("questions")
    if empty_ok and not problems and questions in (None, []):
        return LabelSchema(())
    if not isinstance(questions, list) or not 1 <= len(questions) <= MAX_QUESTIONS:
        problems.append(Problem(at(base, "questions"), f"Give a list of 1 to {MAX_QUESTIONS} questions.", "required"))
        raise SchemaInvalid(problems)
    earlier: dict[str, Question] = {}
    for index, question in enumerate(questions):
        problems += list(_question(question, at(base, "questions", index), earlier))
        if isinstance(question, Mapping) and isinstance(question.get("name"), str):
            earlier.setdefault(question["name"], question)
    if problems:
        raise SchemaInvalid(problems)
    return LabelSchema(tuple(dict(question) for question in questions))


def check_fields(
    schema: LabelSchema, fields: Iterable[Mapping[str, Any]], base: str = "#/label_schema"
) -> list[Problem]:
    """Questions about fields that the project does not declare, or declares as something else.

    A draft may hold them, for fields and questions are written in any order; a published version not.
    """
    types = {field["name"]: field.get("type", "text") for field in fields}
    problems = []
    for index, question in enumerate(schema.questions):
        kind = kind_of(question)
        allowed = kind.field_types or tuple(dict.fromkeys(types.values()))
        fitting = [name for name, type_ in types.items() if type_ in allowed]
        known = f"use {quoted(fitting)}" if fitting else f"declare one of type {' or '.join(allowed or ('text',))}"
        for place, name in kind.fields_used(question).items():
            if name in fitting:
                continue
            why = "cannot be used by such a question" if name in types else "is no field of the project"
            pointer = f"{at(base, 'questions', index)}/{place}"
            problems.append(Problem(pointer, f"“{name}” {why}; {known}.", "unknown_field"))
    return problems


def _question(question: object, base: str, earlier: Mapping[str, Question]) -> Iterator[Problem]:
    if not isinstance(question, Mapping):
        yield Problem(base, "A question must be an object {name, kind, title, ...}.", "wrong_type")
        return
    yield from _name(question, base, earlier)
    yield from check_text(question, "title", base)
    yield from check_text(question, "help", base, required=False, blank=True, longest=10_000)
    yield from check_text(question, "clause", base, required=False, longest=200)
    if not isinstance(question.get("required", True), bool):
        yield Problem(at(base, "required"), "“required” must be true or false.", "wrong_type")
    kind = KINDS.get(question["kind"]) if isinstance(question.get("kind"), str) else None
    if kind is None:
        yield Problem(
            at(base, "kind"),
            f"This kind of question is not supported; use {quoted(KINDS)}.",
            "unsupported_kind",
        )
    else:
        yield from check_keys(question, (*QUESTION_KEYS, *kind.settings), base, f"{kind.name} question")
        yield from kind.validate_settings(question, base)
    if "when" in question:
        yield from _when(question["when"], at(base, "when"), earlier)


def _name(question: Question, base: str, earlier: Mapping[str, Question]) -> Iterator[Problem]:
    name = question.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        detail = "Give a name of at most 63 lower-case letters, digits and underscores, a letter first."
        yield Problem(at(base, "name"), detail, "invalid_name")
    elif name in earlier:
        yield Problem(at(base, "name"), f"Two questions are called “{name}”; give each its own name.", "duplicate_name")


def _when(when: object, base: str, earlier: Mapping[str, Question]) -> Iterator[Problem]:
    if not isinstance(when, Mapping) or set(when) != {"question", "in"}:
        yield Problem(base, "“when” must be an object {question, in: [values]}.", "wrong_type")
        return
    other = earlier.get(when["question"]) if isinstance(when["question"], str) else None
    if other is None:
        yield Problem(
            at(base, "question"),
            "“when” must name a question that stands before this one.",
            "unknown_question",
        )
        return
    kind = KINDS.get(other["kind"]) if isinstance(other.get("kind"), str) else None
    if kind is None or kind.validate_settings(other, base):
        return  # the other question's own problems are reported at its place
    known = kind.condition_values(other)
    if known is None:
        yield Problem(at(base, "question"), f"A {kind.name} question cannot be a condition; name another.", "invalid")
    elif not isinstance(when["in"], list) or not when["in"]:
        yield Problem(at(base, "in"), "Give a list of at least one answer.", "required")
    else:
        for index, value in enumerate(when["in"]):
            if not any(type(value) is type(answer) and value == answer for answer in known):
                detail = f"This is no answer to “{other['name']}”; use one of {quoted(known)}."
                yield Problem(at(base, "in", index), detail, "unknown_label")


def _not_shown(question: Question, base: str) -> Problem:
    detail = f"“{question['name']}” is not asked after that answer to “{question['when']['question']}”; omit it."
    return Problem(at(base, question["name"]), detail, "not_shown")


def validate_answers(
    schema: LabelSchema, answers: object, item_fields: Mapping[str, Any], base: str = "#/answers"
) -> list[Problem]:
    """Problems of one annotator's answers: unknown questions, missing required ones that are shown, bad
    values, and answers to questions whose condition does not hold."""
    if not isinstance(answers, Mapping):
        return [Problem(base, "Answers must be an object from question name to answer.", "wrong_type")]
    names = quoted(schema.question_names)
    problems = [
        Problem(at(base, str(name)), f"There is no such question; the questions are {names}.", "unknown_question")
        for name in answers
        if name not in schema.by_name
    ]
    for question in schema.questions:
        name = question["name"]
        if not schema.shown(name, answers):
            problems += [_not_shown(question, base)] if name in answers else []
        elif name in answers:
            problems += kind_of(question).validate_answer(question, answers[name], item_fields, at(base, name))
        elif question.get("required", True):
            problems.append(Problem(at(base, name), f"Answer the question “{question['title']}”.", "required"))
    return problems
