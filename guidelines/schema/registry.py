"""The question kinds there are. A new kind is one module beside these and one entry here."""

from guidelines.schema.boxes import Boxes
from guidelines.schema.choice import Choice
from guidelines.schema.kind import Kind
from guidelines.schema.multichoice import Multichoice
from guidelines.schema.number import Number
from guidelines.schema.preference import Preference
from guidelines.schema.problems import Question
from guidelines.schema.ranking import Ranking
from guidelines.schema.rating import Rating
from guidelines.schema.spans import Spans
from guidelines.schema.text import Text

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Choice(),
        Multichoice(),
        Rating(),
        Number(),
        Text(),
        Spans(),
        Boxes(),
        Ranking(),
        Preference(),
    )
}


def kind_of(question: Question) -> Kind:
    """The kind of a valid question."""
    return KINDS[question["kind"]]
