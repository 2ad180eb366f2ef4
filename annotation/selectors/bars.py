"""What higher floors say of items: who must not be given them, who was shown more than a label needs."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import QuerySet

ItemBar = Callable[[UUID], QuerySet]
UnitBar = Callable[[], QuerySet]
Unblinding = Callable[[UUID, UUID, UUID], bool]

item_bars: list[ItemBar] = []
unit_bars: list[UnitBar] = []
unblindings: list[Unblinding] = []


def register_item_bar(bar: ItemBar) -> ItemBar:
    """A higher floor says which items a person must never be given, because their answers were opened.

    `bar(user_id)` returns a queryset of rows with a foreign key `item`. What it names must stay named for ever: the
    queue does not look again at items that it passed over for somebody.
    """
    item_bars.append(bar)
    return bar


def register_unit_bar(bar: UnitBar) -> UnitBar:
    """A higher floor says which items nobody is given any more in a round, because they are decided otherwise.

    `bar()` returns a queryset of rows with foreign keys `round` and `item`. An item that leaves it again may stay
    hidden from whoever was passed over it meanwhile.
    """
    unit_bars.append(bar)
    return bar


def register_unblinding(shown: Unblinding) -> Unblinding:
    """A higher floor says whether a person was shown feedback or a decision: `shown(user_id, round_id, item_id)`."""
    unblindings.append(shown)
    return shown


def was_unblinded(user_id: UUID, round_id: UUID, item_id: UUID) -> bool:
    """Whether feedback or a decision on the item was shown to this person."""
    return any(shown(user_id, round_id, item_id) for shown in unblindings)
