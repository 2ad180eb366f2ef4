"""What labeling does when something below it happened."""

from collections.abc import Sequence

from annotation.services import take_back_unstarted
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
