"""On which side the preferred option was shown: the counts behind the left-win rate."""

from django.db.models import CharField, Count, F, Func, Q, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from metrics.selection import Selection, annotations_of


def side_counts(selection: Selection) -> dict[str, int]:
    """`{left, right, ties}` over the answers of a preference question whose sides are known; counted by the database.

    `left` and `right` are the answers that chose what was shown there, `ties` all others.
    """
    rows = annotations_of(selection).filter(sides__has_key=selection.question)
    shown = KeyTransform(selection.question, "sides")
    rows = rows.annotate(
        chosen=KeyTextTransform(selection.question, "answers"), first=_Side(shown, 0), second=_Side(shown, 1)
    )
    return rows.aggregate(
        left=Count("pk", filter=Q(chosen=F("first"))),
        right=Count("pk", filter=Q(chosen=F("second"))),
        ties=Count("pk", filter=~Q(chosen=F("first")) & ~Q(chosen=F("second"))),
    )


class _Side(Func):
    """The field that was shown at a place of a list of sides."""

    template = "(%(expressions)s)"
    arg_joiner = " ->> "
    output_field = CharField()

    def __init__(self, shown: KeyTransform, place: int) -> None:
        super().__init__(shown, Value(place))
