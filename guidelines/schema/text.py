"""Free text. It is kept and exported; agreement does not measure it, and differing texts are no disagreement."""

from collections.abc import Mapping
from typing import Any

from core.text import bad_text, scalar_text
from guidelines.schema.kind import CannotConvert, Coded, Kind, Level
from guidelines.schema.problems import Problem, Question, at

LONGEST = 100_000


class Text(Kind):
    name = "text"
    settings = ("max_length",)

    def validate_settings(self, question: Question, base: str) -> list[Problem]:
        longest = question.get("max_length", LONGEST)
        if isinstance(longest, int) and not isinstance(longest, bool) and 1 <= longest <= LONGEST:
            return []
        detail = f"Give “max_length” as a whole number from 1 to {LONGEST}, or leave it out."
        return [Problem(at(base, "max_length"), detail, "wrong_type")]

    def validate_answer(
        self,
        question: Question,
        answer: object,
        item_fields: Mapping[str, Any],
        base: str,
    ) -> list[Problem]:
        if not isinstance(answer, str):
            return [Problem(base, "The answer must be a text.", "wrong_type")]
        if not answer.strip():
            return [Problem(base, f"Write an answer to “{question['title']}”, or leave it out.", "required")]
        if why := bad_text(answer):
            return [Problem(base, why, "bad_text")]
        longest = question.get("max_length", LONGEST)
        if len(answer) > longest:
            detail = f"The answer has {len(answer)} characters and may have {longest}; shorten it."
            return [Problem(base, detail, "too_long")]
        return []

    def code(self, question: Question, answer: Any) -> Coded | None:
        return str(answer)

    def level(self, question: Question) -> Level:
        return "none"

    def categories(self, question: Question) -> list[Coded] | None:
        return None

    def display(self, question: Question, answer: Any) -> str:
        return str(answer)

    def convert(self, question: Question, raw: object, base: str) -> str:
        text = scalar_text(raw)
        if text is None:
            raise CannotConvert(Problem(base, "The answer must be a text.", "wrong_type"))
        if not text.strip():
            raise CannotConvert(Problem(base, f"There is no answer to “{question['name']}”.", "no_answer"))
        return text
