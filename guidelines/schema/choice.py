"""One label out of several."""

from collections.abc import Mapping
from typing import Any

from core.text import scalar_text
from guidelines.schema.kind import CannotConvert, Coded, Kind, Level
from guidelines.schema.labels import validate_labels
from guidelines.schema.problems import Problem, Question, quoted


class Choice(Kind):
    name = "choice"
    settings = ("labels",)
    lists_labels = True
    chooses_labels = True

    def validate_settings(self, question: Question, base: str) -> list[Problem]:
        return validate_labels(question, base, opt_out=True)

    def validate_answer(
        self,
        question: Question,
        answer: object,
        item_fields: Mapping[str, Any],
        base: str,
    ) -> list[Problem]:
        if isinstance(answer, str) and answer in self._values(question):
            return []
        if not isinstance(answer, str):
            return [Problem(base, "The answer must be the value of one label, as a text.", "wrong_type")]
        return [self._unknown(question, base)]

    def code(self, question: Question, answer: Any) -> Coded | None:
        return None if answer in self._values(question, opt_out=True) else str(answer)

    def level(self, question: Question) -> Level:
        return "nominal"

    def categories(self, question: Question) -> list[Coded] | None:
        return [*self._values(question, opt_out=False)]

    def condition_values(self, question: Question) -> list[Any] | None:
        return self._values(question)

    def display(self, question: Question, answer: Any) -> str:
        titles = {label["value"]: str(label["title"]) for label in question["labels"]}
        return titles.get(answer, answer) if isinstance(answer, str) else str(answer)

    def convert(self, question: Question, raw: object, base: str) -> str:
        text = scalar_text(raw)
        if text is None or text not in self._values(question):
            raise CannotConvert(self._unknown(question, base))
        return text

    @staticmethod
    def _values(question: Question, opt_out: bool | None = None) -> list[str]:
        return [
            label["value"] for label in question["labels"] if opt_out is None or opt_out == label.get("opt_out", False)
        ]

    def _unknown(self, question: Question, base: str) -> Problem:
        known = quoted(self._values(question))
        return Problem(base, f"The answer is no label of “{question['name']}”; use one of {known}.", "unknown_label")
