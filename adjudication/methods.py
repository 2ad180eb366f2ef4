"""How the methods of `metrics.stats.aggregation` are carried out on answers to questions. Pure.

A method looks either at one unit alone (majority, median, the most central answer …), so that it is carried out
wherever answers are read; or it is a model of all annotators, fitted over all units of a cut: a job computes it
first, and what it found is stored.

An opt-out is an answer like the others here, as it is everywhere in gold: most may agree that it cannot be told.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjudication import rules
from core.errors import FieldError
from guidelines.schema.kind import Coded
from guidelines.schema.lists import has_shape
from guidelines.schema.problems import at
from guidelines.schema.schema import LabelSchema
from guidelines.schema.spans import KEYS
from metrics.stats.aggregation.answers import Answers, CannotAggregate, answer_of
from metrics.stats.aggregation.methods import METHODS, Method, aggregate, methods_for
from metrics.stats.aggregation.result import Aggregate
from metrics.stats.patterns import Level
from metrics.stats.spans import span_key

OPTED_OUT = "\0opted out"
"""Stands for opt-outs where they are only counted: no label can be called so."""
DIGITS = 9
"""Of a posterior: what is kept of it is a number that means something, and sums to 1."""


@dataclass(frozen=True)
class Aggregated:
    """What a method makes of the answers of one unit. A tie has no answer: it goes to an adjudicator, and so does what
    the question would not take as an answer.
    """

    answer: Any
    distribution: list[dict[str, Any]]
    tied: bool


def is_model(name: str) -> bool:
    """Whether the method is fitted over all units, and so must be computed by a job first."""
    return METHODS[name].is_model


def suitable_methods(schema: LabelSchema, question: str) -> list[Method]:
    """The methods that suit a question, the plainest first."""
    if question not in schema.by_name:
        return []
    return methods_for(schema.question(question)["kind"])


def suits(schema: LabelSchema, question: str, name: str) -> bool:
    return name in {method.name for method in suitable_methods(schema, question)}


def checked_methods(
    schema: LabelSchema, methods: Mapping[str, Any], base: str = "#/methods"
) -> tuple[dict[str, Any], list[FieldError]]:
    """`methods` with all settings written out, and what is wrong with it, by pointers from `base`."""
    clean: dict[str, Any] = {}
    errors: list[FieldError] = []
    for question, asked in methods.items():
        place = at(base, question)
        if question not in schema.by_name:
            words = ", ".join(schema.question_names) or "none yet"
            errors.append(FieldError(place, f"The guideline asks no such question. Its questions: {words}."))
            continue
        found, problem = _checked(schema, question, asked, place)
        if problem is not None:
            errors.append(problem)
        else:
            clean[question] = found
    return clean, errors


def _checked(
    schema: LabelSchema, question: str, asked: Mapping[str, Any], place: str
) -> tuple[dict[str, Any], FieldError | None]:
    name, kind = asked["method"], schema.question(question)["kind"]
    names = ", ".join(method.name for method in suitable_methods(schema, question)) or "none"
    if name not in METHODS:
        return {}, FieldError(at(place, "method"), f"There is no method “{name}”. For this question: {names}.")
    if not suits(schema, question, name):
        detail = f"“{name}” does not suit a question of the kind {kind}. Use one of: {names}."
        return {}, FieldError(at(place, "method"), detail)
    given = asked.get("settings") or {}
    method = METHODS[name]
    known = {option.name for option in method.options}
    for key in given:
        try:
            method.settings({key: given[key]})
        except CannotAggregate as error:
            words = "" if key in known else f" Its settings: {', '.join(sorted(known)) or 'none'}."
            return {}, FieldError(at(place, "settings", key), error.sentence + words)
    return {"method": name, "settings": method.settings(given)}, None


class Coder:
    """Turns answers to one question into the values that the methods count, and back."""

    def __init__(self, schema: LabelSchema, question: str) -> None:
        self._kind, self._question = schema.kind(question), schema.question(question)
        level = self._kind.level(self._question)
        self.level: Level = "token_edit" if level == "none" else level
        chosen = self.level in ("nominal", "ordinal")
        self._declared: list[Any] | None = list(self._kind.condition_values(self._question) or []) if chosen else None

    def code(self, answer: Any) -> Coded | None:
        """The value of an answer; None where it was given to another kind of question, in another version."""
        known = self._kind.canonical(self._question, answer)
        if self.level == "spans":
            return span_key(known, "") if has_shape(known, KEYS) else None
        if self._declared is not None:
            wanted = int if self.level == "ordinal" else str
            return known if isinstance(known, wanted) and not isinstance(known, bool) else None
        try:
            return self._kind.code(self._question, known)
        except (TypeError, ValueError, KeyError):  # an answer of another shape
            return None

    def answer(self, value: Coded) -> Any:
        """The answer that a value stands for; None where the question does not take what a method has put together:
        spans that cross, a set that is too small.
        """
        found = self._kind.canonical(self._question, answer_of(self.level, value))
        return found if self._declared is not None or self._is_taken(found) else None

    def _is_taken(self, answer: Any) -> bool:
        fields = {}
        if self.level == "spans":  # only the ends of spans must lie within the text: annotators have set all of them
            fields = {self._question["field"]: "-" * max((span["end"] for span in answer), default=0)}
        return not self._kind.validate_answer(self._question, answer, fields, "#")

    def categories(self, values: Sequence[Coded]) -> list[Any] | None:
        """In declared order; behind them what only other versions of the question declared."""
        if self._declared is None:
            return None
        beyond = sorted({value for value in values if value not in self._declared}, key=lambda v: (str(type(v)), v))
        found = [*self._declared, *beyond]
        return sorted(found) if self.level == "ordinal" else found


class Ballot:
    """The answers of many units to one question, collected one after the other. Small: three numbers an answer."""

    def __init__(self, coder: Coder) -> None:
        self.coder = coder
        self.n_units = 0
        self._codes: dict[Coded, int] = {}
        self._people: dict[Hashable, int] = {}
        self._rows: list[np.ndarray[Any, np.dtype[np.int64]]] = []
        self._fresh: list[tuple[int, int, int]] = []

    def add(self, answers: Sequence[Any], people: Sequence[Hashable] | None = None) -> None:
        """The next unit. Without `people` nobody is known apart."""
        for place, answer in enumerate(answers):
            value = self.coder.code(answer)
            if value is not None:
                person = people[place] if people is not None else None
                self._fresh.append((
                    self.n_units, self._people.setdefault(person, len(self._people)),
                    self._codes.setdefault(value, len(self._codes)),
                ))  # fmt: skip
        self.n_units += 1
        if len(self._fresh) > 100_000:
            self._pack()

    def _pack(self) -> None:
        self._rows.append(np.asarray(self._fresh, dtype=np.int64).reshape(-1, 3))
        self._fresh = []

    @property
    def people(self) -> list[Hashable]:
        """By their codes."""
        return list(self._people)

    def answers(self, *, with_people: bool) -> Answers:
        self._pack()
        rows = np.concatenate(self._rows)
        self._rows = [rows]
        values = list(self._codes)
        return Answers.of(
            self.coder.level, rows[:, 0], rows[:, 1] if with_people else None, rows[:, 2], values,
            categories=self.coder.categories(values), n_units=self.n_units,
        )  # fmt: skip


def posterior_of(coder: Coder, found: Aggregate, unit: int) -> list[dict[str, Any]]:
    """`[{answer, share}]` of a unit, the heaviest first; the shares sum to 1."""
    weights = found.weights_of(unit)
    total = sum(weight for _, weight in weights)
    return [{"answer": coder.answer(value), "share": round(weight / total, DIGITS)} for value, weight in weights]


def answered_patterns(
    schema: LabelSchema, question: str, method: str, settings: Mapping[str, Any],
    patterns: Sequence[Sequence[Sequence[Any]]],
) -> list[bool]:  # fmt: skip
    """Whether a method that is no model has an answer to units of which only [value, how often] is known.

    The value None stands for opt-outs.
    """
    coder = Coder(schema, question)
    values = list(dict.fromkeys(OPTED_OUT if value is None else value for counts in patterns for value, _ in counts))
    codes = {value: code for code, value in enumerate(values)}
    unit, value = list[int](), list[int]()
    for place, counts in enumerate(patterns):
        for given, n in counts:
            unit += [place] * n
            value += [codes[OPTED_OUT if given is None else given]] * n
    answers = Answers.of(
        coder.level, unit, None, value, values, categories=coder.categories(values), n_units=len(patterns)
    )
    found = aggregate(answers, method, settings)
    given = (found.value_of(place) for place in range(len(patterns)))
    return [value is not None and (value == OPTED_OUT or coder.answer(value) is not None) for value in given]


def answer_at(coder: Coder, found: Aggregate, unit: int) -> tuple[Any, bool]:
    """The answer of a unit, None where there is none; and whether it is tied, or has none for another reason."""
    value = found.value_of(unit)
    answer = None if value is None else coder.answer(value)
    return answer, answer is None


def aggregate_units(
    schema: LabelSchema, question: str, method: str, settings: Mapping[str, Any], units: Sequence[Sequence[Any]]
) -> list[Aggregated]:
    """What a method that looks at one unit alone makes of each of them."""
    if not units:
        return []
    coder = Coder(schema, question)
    ballot = Ballot(coder)
    for given in units:
        ballot.add(given)
    found = aggregate(ballot.answers(with_people=False), method, settings)
    made = []
    for place, given in enumerate(units):
        answer, tied = answer_at(coder, found, place)
        made.append(Aggregated(answer, rules.distribution_of(rules.group_answers(schema, question, given)), tied))
    return made
