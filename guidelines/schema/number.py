"""A number, whole or not, without steps of its own."""

import math
import re
from collections.abc import Mapping
from typing import Any

from guidelines.schema.kind import CannotConvert, Coded, Kind, Level
from guidelines.schema.problems import Problem, Question, at

LEVELS: tuple[Level, ...] = ("interval", "ratio")
MOST = 10**15
"""Whole numbers up to here are the same in every program that reads a file of ours."""
_NUMBER = re.compile(r"\s*[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?\s*", re.ASCII)
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,15}\s*", re.ASCII)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


class Number(Kind):
    name = "number"
    settings = ("min", "max", "level")

    def validate_settings(self, question: Question, base: str) -> list[Problem]:
        problems = []
        if question.get("level") not in LEVELS:
            detail = "Say whether the scale has a true zero: “level” is “ratio” where it has one, else “interval”."
            problems.append(Problem(at(base, "level"), detail, "wrong_type" if "level" in question else "required"))
        wrong = [key for key in ("min", "max") if key in question and self._too_odd(question[key])]
        detail = "Give “{}” as a number between −10¹⁵ and 10¹⁵, or leave it out."
        problems += [Problem(at(base, key), detail.format(key), "wrong_type") for key in wrong]
        if problems:
            return problems
        low, high = question.get("min"), question.get("max")
        if low is not None and high is not None and not low < high:
            return [Problem(at(base, "max"), "“max” must be larger than “min”.", "out_of_range")]
        if question["level"] == "ratio" and low is not None and low < 0:
            detail = "A ratio scale starts at zero; raise “min”, or make “level” interval."
            return [Problem(at(base, "min"), detail, "out_of_range")]
        return []

    @staticmethod
    def _too_odd(value: object) -> bool:
        return not isinstance(value, (int, float)) or isinstance(value, bool) or not -MOST <= value <= MOST

    def validate_answer(
        self,
        question: Question,
        answer: object,
        item_fields: Mapping[str, Any],
        base: str,
    ) -> list[Problem]:
        if not isinstance(answer, (int, float)) or isinstance(answer, bool):
            return [Problem(base, "The answer must be a number.", "wrong_type")]
        low, high = question.get("min", -MOST), question.get("max", MOST)
        # Written so that NaN fails too.
        if not low <= answer <= high:
            return [Problem(base, f"“{question['name']}” takes {self._limits(question)}.", "out_of_range")]
        return []

    def code(self, question: Question, answer: Any) -> Coded | None:
        # 3 and 3.0 are one value, and so are 0.0 and -0.0.
        return int(answer) if float(answer).is_integer() else float(answer)

    def level(self, question: Question) -> Level:
        return "ratio" if question["level"] == "ratio" else "interval"

    def categories(self, question: Question) -> list[Coded] | None:
        return None

    def display(self, question: Question, answer: Any) -> str:
        return str(self.code(question, answer)) if _is_number(answer) else str(answer)

    def canonical(self, question: Question, answer: Any) -> Any:
        return self.code(question, answer) if _is_number(answer) else answer

    def convert(self, question: Question, raw: object, base: str) -> int | float:
        """Texts such as "4", "-0.5" and "1e3" are numbers."""
        if isinstance(raw, str) and _WHOLE.fullmatch(raw):
            return int(raw)
        if isinstance(raw, str) and _NUMBER.fullmatch(raw):
            return float(raw)
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            return raw
        raise CannotConvert(Problem(base, f"“{question['name']}” takes {self._limits(question)}.", "no_number"))

    @staticmethod
    def _limits(question: Question) -> str:
        low, high = question.get("min"), question.get("max")
        if low is None and high is None:
            return "a number between −10¹⁵ and 10¹⁵"
        if high is None:
            return f"a number of at least {low}"
        return f"a number of at most {high}" if low is None else f"a number from {low} to {high}"
