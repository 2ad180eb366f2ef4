"""What adjudication does when answers or imports have changed below it."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from adjudication.services import raise_round_cases, sync_units
from annotation.models import Annotation, Assignment, Round
from core.ids import parse_id
from events.actor import Actor
from events.consumers import register
from events.models import Event, Job

Unit = tuple[UUID, UUID]
CHUNK = 500


@register(
    "adjudication", "annotation.created", "annotation.superseded", "annotation.withdrawn", "assignment.skipped",
    "import.committed",
)  # fmt: skip
def follow_answers(events: Sequence[Event]) -> None:
    """Keep the cases of each touched unit in line. Reads what holds now, so running twice changes nothing."""
    now = timezone.now()
    by_round: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    for round_id, item_id, request_id in _touched(events):
        by_round[round_id][item_id] = request_id
    # an import is raised by its own job once it is committed; its rows do not change one by one
    rounds = Round.objects.select_related("project").exclude(kind=Round.Kind.IMPORT).in_bulk(list(by_round))
    for round_id, found in sorted(rounds.items()):
        causes = list(by_round[round_id].items())
        for start in range(0, len(causes), CHUNK):
            sync_units(round=found, causes=dict(causes[start : start + CHUNK]), now=now)
    for event in events:
        if event.action == "import.committed":
            _raise_imported(event)


def _touched(events: Sequence[Event]) -> list[tuple[UUID, UUID, str]]:
    """(round, item, request id) of every unit that the events are about."""
    causes: dict[UUID, str] = {}
    for event in events:
        if event.action != "import.committed":
            for text in event.details.get("ids") or [event.object_id]:
                if (row_id := parse_id(text)) is not None:
                    causes[row_id] = event.request_id
    rows = [
        *Annotation.objects.filter(pk__in=list(causes)).values_list("pk", "round", "item"),
        *Assignment.objects.filter(pk__in=list(causes)).values_list("pk", "round", "item"),
    ]
    return [(round_id, item_id, causes[pk]) for pk, round_id, item_id in rows]


def _raise_imported(event: Event) -> None:
    round_id = parse_id(event.details.get("round"))
    found = Round.objects.filter(pk=round_id).first() if round_id else None
    if found is None:
        return
    arguments = {"round": str(found.pk)}
    if not Job.objects.filter(project=found.project_id, kind="adjudication.cases", arguments=arguments).exists():
        raise_round_cases(by=Actor(None, event.request_id), round=found, now=timezone.now())
