"""An order of options or of the item's fields, best first; what is as good stands together."""

from collections.abc import Mapping
from typing import Any

from core.canonical import canonical_json
from core.text import bad_text, scalar_text
from guidelines.schema.kind import CannotConvert, Coded, Kind, Level
from guidelines.schema.lists import read_list
from guidelines.schema.problems import Problem, Question, at, quoted

MOST = 100
LONGEST = 200


def check_names(names: object, base: str, *, least: int, most: int, what: str) -> list[Problem]:
    """Problems of a list of different texts."""
    if not isinstance(names, list) or not least <= len(names) <= most:
        wanted = f"exactly {least}" if least == most else f"{least} to {most}"
        return [Problem(base, f"Give a list of {wanted} {what}.", "required")]
    problems = []
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name.strip() or len(name) > LONGEST:
            detail = f"Each of the {what} must be a text of 1 to {LONGEST} characters."
            problems.append(Problem(at(base, index), detail, "wrong_type"))
        elif why := bad_text(name):
            problems.append(Problem(at(base, index), why, "bad_text"))
        elif name in names[:index]:
            problems.append(Problem(at(base, index), f"“{name}” stands in the list twice; keep one.", "duplicate_name"))
    return problems


class Ranking(Kind):
    name = "ranking"
    settings = ("options", "fields")

    def validate_settings(self, question: Question, base: str) -> list[Problem]:
        if ("options" in question) == ("fields" in question):
            detail = "Say what is ranked: “options”, a list of texts, or “fields”, a list of fields of the item."
            return [Problem(at(base, "options"), detail, "required")]
        name = "options" if "options" in question else "fields"
        return check_names(question[name], at(base, name), least=2, most=MOST, what=name)

    def fields_used(self, question: Question) -> dict[str, str]:
        return {f"fields/{index}": name for index, name in enumerate(question.get("fields", ()))}

    def validate_answer(
        self,
        question: Question,
        answer: object,
        item_fields: Mapping[str, Any],
        base: str,
    ) -> list[Problem]:
        if not isinstance(answer, list) or not all(isinstance(group, list) for group in answer):
            return [
                Problem(base, 'The answer must be a list of groups, best first: [["a"], ["b", "c"]].', "wrong_type")
            ]
        if not answer:
            return [Problem(base, "Rank at least one option, or leave the question out.", "required")]
        known, seen = self.label_values(question), set[str]()
        problems = []
        for place, group in enumerate(answer):
            if not group:
                detail = "A rank may not be empty; leave it out."
                problems.append(Problem(at(base, place), detail, "required"))
            for index, value in enumerate(group):
                pointer = at(base, place, index)
                if not isinstance(value, str) or value not in known:
                    problems.append(self._unknown(question, value, pointer))
                elif value in seen:
                    problems.append(Problem(pointer, f"“{value}” is ranked twice; rank each once.", "repeated"))
                else:
                    seen.add(value)
        return problems

    def code(self, question: Question, answer: Any) -> Coded | None:
        """The groups as canonical JSON, each sorted: the same whatever order a version lists the options in."""
        return canonical_json([sorted(group) for group in answer]).decode()

    def level(self, question: Question) -> Level:
        return "ranking"

    def categories(self, question: Question) -> list[Coded] | None:
        return None

    def condition_values(self, question: Question) -> list[Any] | None:
        return None

    def label_values(self, question: Question) -> list[str]:
        return list(question["options"] if "options" in question else question["fields"])

    def display(self, question: Question, answer: Any) -> str:
        groups = self.canonical(question, answer)
        if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
            return str(answer)
        return " > ".join(" = ".join(map(str, group)) for group in groups)

    def canonical(self, question: Question, answer: Any) -> Any:
        """What is as good stands in the order of the options; options of other versions come after them."""
        if not isinstance(answer, list) or not all(isinstance(group, list) for group in answer):
            return answer
        place = {value: index for index, value in enumerate(self.label_values(question))}
        return [sorted(group, key=lambda value: (place.get(value, len(place)), str(value))) for group in answer]

    def same(self, question: Question, a: Any, b: Any) -> bool:
        return bool(self.canonical(question, a) == self.canonical(question, b))

    def convert(self, question: Question, raw: object, base: str) -> list[Any]:
        """A list, or a list written as JSON in a cell. Numbers stand for the options that are written so."""
        example = f'[["{self.label_values(question)[0]}"], …]'
        groups = read_list(raw, base, f"“{question['name']}” takes a list of groups, best first: {example}.")
        known = self.label_values(question)
        for place, group in enumerate(groups):
            if not isinstance(group, list):
                raise CannotConvert(Problem(at(base, place), f"Each rank is a list: {example}.", "wrong_type"))
            for index, value in enumerate(group):
                if scalar_text(value) not in known:
                    raise CannotConvert(self._unknown(question, value, at(base, place, index)))
        return [[scalar_text(value) for value in group] for group in groups]

    def _unknown(self, question: Question, value: object, pointer: str) -> Problem:
        known = quoted(self.label_values(question))
        return Problem(
            pointer, f"“{value}” is no option of “{question['name']}”; use some of {known}.", "unknown_label"
        )
