"""A whole number on an ordered scale."""

import re
from collections.abc import Mapping
from typing import Any

from core.text import bad_text
from guidelines.schema.kind import CannotConvert, Coded, Kind, Level
from guidelines.schema.problems import Problem, Question, at

MAX_STEPS = 101
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0{1,18})?", re.ASCII)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class Rating(Kind):
    name = "rating"
    settings = ("min", "max", "labels")

    def validate_settings(self, question: Question, base: str) -> list[Problem]:
        problems = [
            Problem(
                at(base, key),
                f"Give “{key}” as a whole number.",
                "wrong_type" if key in question else "required",
            )
            for key in ("min", "max")
            if not _is_whole(question.get(key))
        ]
        if problems:
            return problems
        low, high = question["min"], question["max"]
        if not low < high:
            return [Problem(at(base, "max"), "“max” must be larger than “min”.", "out_of_range")]
        if high - low >= MAX_STEPS or max(abs(low), abs(high)) > 10**9:
            return [
                Problem(
                    at(base, "max"),
                    f"A rating has at most {MAX_STEPS} steps; bring min and max closer.",
                    "out_of_range",
                )
            ]
        return self._labels(question, base)

    def _labels(self, question: Question, base: str) -> list[Problem]:
        labels = question.get("labels", {})
        pointer = at(base, "labels")
        if not isinstance(labels, Mapping):
            return [
                Problem(
                    pointer,
                    '“labels” must be an object from step to title, such as {"1": "poor"}.',
                    "wrong_type",
                )
            ]
        steps = {str(step) for step in self._steps(question)}
        problems = []
        for step, title in labels.items():
            if step not in steps:
                detail = f"“{step}” is no step of this rating; use {question['min']} to {question['max']}."
                problems.append(Problem(at(pointer, step), detail, "out_of_range"))
            elif not isinstance(title, str) or not title.strip():
                problems.append(Problem(at(pointer, step), "Give the step a title as text.", "wrong_type"))
            elif why := bad_text(title):
                problems.append(Problem(at(pointer, step), why, "bad_text"))
        return problems

    def validate_answer(
        self,
        question: Question,
        answer: object,
        item_fields: Mapping[str, Any],
        base: str,
    ) -> list[Problem]:
        if not _is_whole(answer):
            return [Problem(base, "The answer must be a whole number.", "wrong_type")]
        return [] if answer in self._steps(question) else [self._unknown(question, base)]

    def code(self, question: Question, answer: Any) -> Coded | None:
        return int(answer)

    def level(self, question: Question) -> Level:
        return "ordinal"

    def categories(self, question: Question) -> list[Coded] | None:
        return [*self._steps(question)]

    def display(self, question: Question, answer: Any) -> str:
        title = question.get("labels", {}).get(str(answer))
        return f"{answer} ({title})" if title else str(answer)

    def convert(self, question: Question, raw: object, base: str) -> int:
        """Texts such as "4" and "4.0" are the number 4; anything that is no step is no label."""
        value: int | None = None
        if isinstance(raw, str) and _WHOLE.fullmatch(raw):
            value = int(raw.partition(".")[0])
        elif isinstance(raw, float) and raw.is_integer():
            value = int(raw)
        elif isinstance(raw, int) and not isinstance(raw, bool):
            value = raw
        if value is None or value not in self._steps(question):
            raise CannotConvert(self._unknown(question, base))
        return value

    @staticmethod
    def _steps(question: Question) -> range:
        return range(question["min"], question["max"] + 1)

    @staticmethod
    def _unknown(question: Question, base: str) -> Problem:
        detail = f"“{question['name']}” takes whole numbers from {question['min']} to {question['max']}."
        return Problem(base, detail, "unknown_label")
