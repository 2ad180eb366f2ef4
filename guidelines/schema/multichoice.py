"""Any number of labels out of several: a set, kept as a list without repeats."""

from collections.abc import Mapping
from typing import Any

from core.canonical import canonical_json
from core.text import scalar_text
from guidelines.schema.kind import CannotConvert, Coded, Kind, Level
from guidelines.schema.labels import validate_labels
from guidelines.schema.lists import read_list
from guidelines.schema.problems import Problem, Question, at, quoted


class Multichoice(Kind):
    name = "multichoice"
    settings = ("labels", "min", "max", "exclusive")
    lists_labels = True
    chooses_labels = True

    def validate_settings(self, question: Question, base: str) -> list[Problem]:
        problems = validate_labels(question, base, opt_out=False)
        return problems or [*self._limits_problems(question, base), *self._exclusive_problems(question, base)]

    def _limits_problems(self, question: Question, base: str) -> list[Problem]:
        most = len(question["labels"])
        problems = []
        for key, least in (("min", 0), ("max", 1)):
            value = question.get(key, least)
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                detail = f"Give “{key}” as a whole number from {least} to {most}, how many labels there are."
                problems.append(Problem(at(base, key), detail, "out_of_range"))
        if not problems and question.get("max", most) < question.get("min", 0):
            problems.append(Problem(at(base, "max"), "“max” must not be smaller than “min”.", "out_of_range"))
        return problems

    def _exclusive_problems(self, question: Question, base: str) -> list[Problem]:
        given, pointer = question.get("exclusive", []), at(base, "exclusive")
        known = self.label_values(question)
        if not isinstance(given, list) or any(value not in known for value in given):
            detail = f"“exclusive” must be a list of labels of this question: {quoted(known)}."
            return [Problem(pointer, detail, "unknown_label")]
        if len(set(given)) != len(given):
            return [Problem(pointer, "“exclusive” names a label twice; name it once.", "duplicate_name")]
        return []

    def validate_answer(
        self,
        question: Question,
        answer: object,
        item_fields: Mapping[str, Any],
        base: str,
    ) -> list[Problem]:
        if not isinstance(answer, list) or any(not isinstance(value, str) for value in answer):
            return [Problem(base, "The answer must be a list of values of labels.", "wrong_type")]
        known = self.label_values(question)
        strange = [
            Problem(at(base, index), self._unknown(question, value), "unknown_label")
            for index, value in enumerate(answer)
            if value not in known
        ]
        if strange:
            return strange
        if len(set(answer)) != len(answer):
            return [Problem(base, "The answer names a label twice; name each once.", "repeated")]
        return self._count_problems(question, answer, base)

    def _count_problems(self, question: Question, answer: list[str], base: str) -> list[Problem]:
        exclusive = [value for value in answer if value in question.get("exclusive", ())]
        if exclusive and len(answer) > 1:
            return [Problem(base, f"“{exclusive[0]}” stands alone: choose it, or others.", "exclusive")]
        low, high = question.get("min", 0), question.get("max", len(question["labels"]))
        if exclusive or low <= len(answer) <= high:
            return []
        return [Problem(base, f"{limits_in_words(question)}; {len(answer)} are chosen.", "out_of_range")]

    def code(self, question: Question, answer: Any) -> Coded | None:
        """The set as canonical JSON, its labels sorted: the same whatever order a version lists them in."""
        return canonical_json(sorted(answer)).decode()

    def level(self, question: Question) -> Level:
        return "masi"

    def categories(self, question: Question) -> list[Coded] | None:
        return None

    def display(self, question: Question, answer: Any) -> str:
        if not self._is_set(answer):
            return str(answer)
        titles = {label["value"]: str(label["title"]) for label in question["labels"]}
        return ", ".join(titles.get(value, str(value)) for value in self.canonical(question, answer)) or "(none)"

    def canonical(self, question: Question, answer: Any) -> Any:
        """In the order of the labels; labels of other versions come after them."""
        if not self._is_set(answer):
            return answer
        place = {value: index for index, value in enumerate(self.label_values(question))}
        return sorted(answer, key=lambda value: (place.get(value, len(place)), str(value)))

    @staticmethod
    def _is_set(answer: Any) -> bool:
        """Another version of the question may have been of another kind."""
        return isinstance(answer, list) and all(isinstance(value, str) for value in answer)

    def same(self, question: Question, a: Any, b: Any) -> bool:
        return bool(self.canonical(question, a) == self.canonical(question, b))

    def label_values(self, question: Question) -> list[str]:
        return [label["value"] for label in question["labels"]]

    def convert(self, question: Question, raw: object, base: str) -> list[str]:
        """A list, or a list written as JSON in a cell."""
        known, labels = self.label_values(question), list[str]()
        for entry in read_list(raw, base, f'“{question["name"]}” takes a list of labels, such as ["{known[0]}"].'):
            text = scalar_text(entry)
            if text is None or text not in known:
                raise CannotConvert(Problem(base, self._unknown(question, entry), "unknown_label"))
            labels.append(text)
        return labels

    def _unknown(self, question: Question, value: object) -> str:
        known = quoted(self.label_values(question))
        return f"“{value}” is no label of “{question['name']}”; use some of {known}."


def limits_in_words(question: Question) -> str:
    """How many labels may be chosen: “Choose 1 to 3”."""
    low, most = question.get("min", 0), len(question["labels"])
    high = question.get("max", most)
    if low == high:
        return f"Choose {low}"
    if high == most:
        return f"Choose at least {low}" if low else "Choose all that apply"
    return f"Choose {low} to {high}" if low else f"Choose at most {high}"
