"""What labeling does when something below it happened."""

from collections.abc import Sequence

from django.utils import timezone

from annotation.services import take_back_unstarted
from annotation.services.modelling import prepare_model_rounds
from annotation.services.qualification import release_leases_of
from core.ids import parse_id
from events.actor import Actor
from events.consumers import register
from events.models import Event
from projects.models import Project


@register("annotation.guideline", "guideline.published")
def take_back_leases(events: Sequence[Event]) -> None:
    """Open work that nobody has begun is given anew under the new version, once it is acknowledged."""
    for event in events:
        project = Project.objects.filter(pk=event.project).first()
        if project is not None:
            take_back_unstarted(project=project, by=Actor(None, event.request_id))


@register("annotation.models", "member.added", "member.changed", "items.created", "import.committed", "project.changed")
def open_rounds_of_models(events: Sequence[Event]) -> None:
    """A model that joined, and a batch that became ready: each lacks rounds, which a job then makes."""
    for project_id in dict.fromkeys(event.project for event in events):
        project = Project.objects.filter(pk=project_id).first()
        if project is not None:
            prepare_model_rounds(project=project, by=Actor(None, events[-1].request_id), now=timezone.now())


@register("annotation.paused", "annotator.paused")
def release_leases(events: Sequence[Event]) -> None:
    """What a paused person holds goes back to the queue; drafts are kept for when he goes on."""
    for event in events:
        user = parse_id(event.object_id)
        if user is not None and event.project is not None:
            release_leases_of(user=user, project=event.project, by=Actor(None, event.request_id))
