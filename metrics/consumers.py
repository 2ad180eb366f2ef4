"""What measuring does when labels change below it."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from annotation.models import Annotation, Round
from core.ids import parse_id
from events.actor import Actor
from events.consumers import register
from events.models import Event
from metrics.selectors.units import CONSUMER, reader_position
from metrics.services.imports import count_import
from metrics.services.units import recount_items


@register(CONSUMER, "annotation.created", "annotation.superseded", "annotation.withdrawn", "import.committed")
def follow_labels(events: Sequence[Event]) -> None:
    """Recount the items whose labels changed; an import is counted as a whole by a job."""
    places: dict[UUID, set[UUID]] = {}
    for round_id, item in _touched(events):
        places.setdefault(round_id, set()).add(item)
    # A batch that is read again must not set back what later ones have counted.
    position = max([reader_position(), *(event.seal.pk for event in events)])
    recount_items(places=places, position=position)
    for event in events:
        imported = parse_id(event.details.get("round")) if event.action == "import.committed" else None
        if imported is not None:
            count_import(round_id=imported, by=Actor(None, event.request_id), now=timezone.now())


def _touched(events: Sequence[Event]) -> set[tuple[UUID, UUID]]:
    """(round, item) of every annotation that the events name, imports left out."""
    ids: set[UUID] = set()
    for event in events:
        if event.action != "import.committed":
            named = event.details.get("ids") or [event.object_id]
            ids.update(found for text in named if (found := parse_id(text)))
            if event.details.get("supersedes"):
                ids.update(found for found in [parse_id(event.details["supersedes"])] if found)
    rows = Annotation.objects.filter(pk__in=ids).exclude(round__kind=Round.Kind.IMPORT)
    return set(rows.values_list("round_id", "item_id"))
