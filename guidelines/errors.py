from collections.abc import Iterable

from core.errors import Conflict, FieldError, Invalid
from guidelines.schema.problems import Problem


class NoGuideline(Conflict):
    code = "no_guideline"
    sentence = "This project has no published guideline yet. Publish version 1 first."


class GuidelineInvalid(Invalid):
    """Clauses or label schema are not valid; `problems` are kept for pages that mark the fields."""

    sentence = "The guideline is not valid yet. Mend what is named and send it again."

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(errors=[FieldError(problem.pointer, problem.detail) for problem in self.problems])


class ReviewRequired(Invalid):
    code = "review_required"
    sentence = "A later version comes out of an agreement review. Name it as `review`, or publish in the review."

    def __init__(self) -> None:
        super().__init__(errors=[FieldError("#/review", "Give the id of the agreement review of this change.")])


class ReviewNotNeeded(Invalid):
    code = "review_not_needed"
    sentence = "Version 1 needs no review: there is no agreement to study yet."

    def __init__(self) -> None:
        super().__init__(errors=[FieldError("#/review", "Leave this out for version 1.")])


class NotEditorial(Invalid):
    code = "not_editorial"
    sentence = "This change alters which answers are possible, so it is semantic."

    def __init__(self) -> None:
        super().__init__(errors=[FieldError("#/change", "Publish it as “semantic”, or undo what changes the answers.")])
