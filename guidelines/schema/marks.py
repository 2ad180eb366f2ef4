"""What spans and boxes share: an answer is a list of marks on one field of the item, each a place with a label."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from core.canonical import canonical_json
from guidelines.schema.conflicts import conflicts
from guidelines.schema.kind import Coded, Kind
from guidelines.schema.lists import has_shape, label_title, label_values
from guidelines.schema.problems import Question

Mark = Mapping[str, Any]


class Marks(Kind):
    """A kind whose answers are lists of marks."""

    lists_labels = True
    keys: ClassVar[tuple[str, ...]]
    """What each mark holds, `label` among it."""

    @abstractmethod
    def touch(self, a: Mark, b: Mark) -> bool:
        """Whether two marks share a part of the field."""

    @abstractmethod
    def in_order(self, answer: Sequence[Mark]) -> list[dict[str, Any]]:
        """The marks in their one form, in the order of their places."""

    def fields_used(self, question: Question) -> dict[str, str]:
        return {"field": question["field"]}

    def code(self, question: Question, answer: Any) -> Coded | None:
        """The marks as canonical JSON, sorted by place."""
        return canonical_json(self.canonical(question, answer)).decode()

    def categories(self, question: Question) -> list[Coded] | None:
        return None

    def condition_values(self, question: Question) -> list[Any] | None:
        return None

    def label_values(self, question: Question) -> list[str]:
        return label_values(question)

    def pattern(self, question: Question, answers: Sequence[Any]) -> str:
        """Labels, boundaries or presence: the places themselves are those of one item alone."""
        if not all(has_shape(answer, self.keys) for answer in answers):
            return super().pattern(question, answers)
        marks = [self.canonical(question, answer) for answer in answers]
        return conflicts(marks, title=lambda label: label_title(question, label), touch=self.touch)

    def canonical(self, question: Question, answer: Any) -> Any:
        return self.in_order(answer) if has_shape(answer, self.keys) else answer

    def same(self, question: Question, a: Any, b: Any) -> bool:
        return bool(self.canonical(question, a) == self.canonical(question, b))
