"""Which of two fields of the item is the better one. An answer is the field's name, never a side of the screen."""

from collections.abc import Mapping
from typing import Any

from core.text import scalar_text
from guidelines.schema.kind import CannotConvert, Coded, Kind, Level
from guidelines.schema.problems import Problem, Question, at, quoted
from guidelines.schema.ranking import check_names

EXTRA = {"tie": "Tie", "both_bad": "Both bad", "cannot_judge": "Cannot judge"}
OPT_OUT = "cannot_judge"


class Preference(Kind):
    name = "preference"
    settings = ("fields", "extra")

    def validate_settings(self, question: Question, base: str) -> list[Problem]:
        problems = check_names(question.get("fields"), at(base, "fields"), least=2, most=2, what="fields")
        if not problems:
            detail = "“{}” is the name of an answer here; compare a field with another name."
            problems = [
                Problem(at(base, "fields", index), detail.format(name), "invalid_name")
                for index, name in enumerate(question["fields"])
                if name in EXTRA
            ]
        extra, pointer = question.get("extra", []), at(base, "extra")
        if not isinstance(extra, list) or any(value not in tuple(EXTRA) for value in extra):
            detail = f"“extra” must be a list of further answers: {quoted(EXTRA)}."
            problems.append(Problem(pointer, detail, "unknown_value"))
        elif len(set(extra)) != len(extra):
            problems.append(Problem(pointer, "“extra” names an answer twice; name it once.", "duplicate_name"))
        return problems

    def fields_used(self, question: Question) -> dict[str, str]:
        return {f"fields/{index}": name for index, name in enumerate(question["fields"])}

    def validate_answer(
        self,
        question: Question,
        answer: object,
        item_fields: Mapping[str, Any],
        base: str,
    ) -> list[Problem]:
        if not isinstance(answer, str):
            return [Problem(base, "The answer must be the name of a field, as a text.", "wrong_type")]
        return [] if answer in self._values(question) else [self._unknown(question, base)]

    def code(self, question: Question, answer: Any) -> Coded | None:
        return None if answer == OPT_OUT else str(answer)

    def level(self, question: Question) -> Level:
        return "nominal"

    def categories(self, question: Question) -> list[Coded] | None:
        return [value for value in self._values(question) if value != OPT_OUT]

    def condition_values(self, question: Question) -> list[Any] | None:
        return [*self._values(question)]

    def display(self, question: Question, answer: Any) -> str:
        return EXTRA.get(answer, str(answer)) if isinstance(answer, str) else str(answer)

    def convert(self, question: Question, raw: object, base: str) -> str:
        text = scalar_text(raw)
        if text is None or text not in self._values(question):
            raise CannotConvert(self._unknown(question, base))
        return text

    @staticmethod
    def _values(question: Question) -> list[str]:
        return [*question["fields"], *question.get("extra", ())]

    def _unknown(self, question: Question, base: str) -> Problem:
        known = quoted(self._values(question))
        return Problem(
            base, f"“{question['name']}” takes the name of the better field; use one of {known}.", "unknown_label"
        )
