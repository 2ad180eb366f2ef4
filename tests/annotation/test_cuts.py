"""Two ways to read a cut: over the whole log, and by what lies beyond it."""

import random
from typing import Any

import pytest
from django.db import transaction

from annotation.models import Annotation
from core.ids import new_id
from events.models import Cursor, Event, Seal
from events.selectors import LATELY, held_at, held_recently, is_recent
from events.services import append_event, seal_events
from tests import factories as make

pytestmark = pytest.mark.django_db


def event_of(project: Any) -> int:
    with transaction.atomic():
        found = append_event(
            by=make.actor(), action="x", project=project.pk, object_type="x", object_id=new_id(), after={"n": 1}
        )
    return found.pk


def sealed_in(project: Any, order: list[int]) -> None:
    """Seals as a sealer would make them that saw the events in this order."""
    place = Seal.objects.filter(project=project.pk).count()
    for number, event in enumerate(order, place + 1):
        Seal.objects.create(project=project.pk, seq=number, event_id=event, prev_hash="", hash="")


@pytest.mark.parametrize("seed", range(4))
def test_a_recent_cut_is_read_as_any_other(seed: int) -> None:
    """Whatever order events were sealed in, and while some are not."""
    draw = random.Random(seed)
    project, other = make.make_project(), make.make_project()
    make.publish_guideline(project)
    make.make_items(project, 12)
    user = make.make_member(project, "annotator")
    make.acknowledge(project, user)
    make.label(user, project, {"tone": "calm"}, 12)
    seal_events()
    known = Event.objects.count()
    made, ended = [event_of(project) for _ in range(12)], [event_of(project) for _ in range(6)]
    event_of(other)
    for row, event in zip(Annotation.objects.filter(project=project).order_by("pk"), made, strict=True):
        Annotation.objects.filter(pk=row.pk).update(event=event)
    for row, event in zip(Annotation.objects.filter(project=project).order_by("pk")[:6], ended, strict=True):
        Annotation.objects.filter(pk=row.pk).update(ended_event=event)
    assert Event.objects.count() == known + 19
    order = [*made, *ended]
    draw.shuffle(order)
    sealed_in(project, order[:-3])  # three have no seal yet
    Cursor.objects.filter(name="sealer").update(position=0)
    rows = Annotation.objects.filter(project=project)
    last = Seal.objects.filter(project=project.pk).count()
    for as_of in range(last + 1):
        assert is_recent(project.pk, as_of)
        expected = set(held_at(rows, project=project.pk, as_of=as_of).values_list("pk", flat=True))
        assert set(held_recently(rows, project=project.pk, as_of=as_of).values_list("pk", flat=True)) == expected
    assert len(expected) > 3


def test_a_cut_far_behind_is_not_recent() -> None:
    project = make.make_project()
    Seal.objects.create(project=project.pk, seq=LATELY + 2, event_id=event_of(project), prev_hash="", hash="")
    assert not is_recent(project.pk, 1)
    assert is_recent(project.pk, 2)
