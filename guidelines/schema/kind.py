"""What a question kind must know. A new kind subclasses `Kind` in a module of its own."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from guidelines.schema.problems import Problem, Question

Level = Literal["nominal", "ordinal", "interval", "ratio", "masi", "spans", "boxes", "ranking", "none"]
"""`masi` measures sets of labels, the next three what they are called after; `none` is a kind of answer that agreement
does not measure."""
Coded = str | int | float
"""What agreement counts: a label's value, a number, or the canonical JSON of an answer that is a list."""


class CannotConvert(ValueError):
    """A raw value of a file is no answer to the question; `problem` says which answers there are."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.detail)


class Kind(ABC):
    """One kind of question. Every method but `validate_settings` may rely on valid settings, and every method
    below `validate_answer` on a valid answer."""

    name: ClassVar[str]
    settings: ClassVar[tuple[str, ...]]
    """The keys that this kind adds to a question."""
    lists_labels: ClassVar[bool] = False
    """Whether `labels` is a list of {value, title}."""
    chooses_labels: ClassVar[bool] = False
    """Whether an answer is one label or a list of labels, and nothing beside."""
    field_types: ClassVar[tuple[str, ...]] = ()
    """The types that a field this kind is about may have; all, where it names none."""

    @abstractmethod
    def validate_settings(self, question: Question, base: str) -> list[Problem]:
        """Problems of this kind's own settings; pointers start at `base`, the question's place."""

    @abstractmethod
    def validate_answer(
        self, question: Question, answer: object, item_fields: Mapping[str, Any], base: str
    ) -> list[Problem]:
        """Problems of `answer`; pointers start at `base`, the answer's place. `item_fields` are the item's
        texts.
        """

    @abstractmethod
    def code(self, question: Question, answer: Any) -> Coded | None:
        """The value that agreement counts, or None for an opt-out."""

    @abstractmethod
    def level(self, question: Question) -> Level:
        """The scale of measurement of the coded values."""

    @abstractmethod
    def categories(self, question: Question) -> list[Coded] | None:
        """All coded values in the order of the schema, or None where they are no fixed set."""

    @abstractmethod
    def display(self, question: Question, answer: Any) -> str:
        """The answer as a person reads it."""

    @abstractmethod
    def convert(self, question: Question, raw: object, base: str) -> Any:
        """The answer written as `raw` in a foreign file, which may hold numbers as text. Raises
        CannotConvert.
        """

    def read(self, question: Question, raw: object, item_fields: Mapping[str, Any], base: str) -> Any:
        """Like `convert`, for kinds whose raw answers can be held against the item."""
        return self.convert(question, raw, base)

    def display_in(self, question: Question, answer: Any, item_fields: Mapping[str, Any]) -> str:
        """The answer as a person reads it beside its item."""
        return self.display(question, answer)

    def pattern(self, question: Question, answers: Sequence[Any]) -> str:
        """What two or more different answers differ in: the same words wherever the same thing is disputed."""
        return " | ".join(sorted({self.display(question, answer) for answer in answers}))

    def fields_used(self, question: Question) -> dict[str, str]:
        """The item's fields that the settings name, by the place of the name below the question: `field`."""
        return {}

    def same(self, question: Question, a: Any, b: Any) -> bool:
        """Whether two answers agree."""
        return bool(a == b)

    def canonical(self, question: Question, answer: Any) -> Any:  # most answers have one form
        """The one form in which equal answers are kept, of any answer that some version of the question took."""
        return answer

    def condition_values(self, question: Question) -> list[Any] | None:
        """The answers that a `when` may name, or None where this kind cannot steer another question."""
        return self.categories(question)

    def label_values(self, question: Question) -> list[str]:
        """The values of the labels, for kinds that have labels: what a clause may name."""
        return [str(value) for value in self.condition_values(question) or []]
