"""Both ways of seeding make the same project."""

from collections.abc import Callable
from typing import Any

import pytest

from adjudication.models import Case
from annotation.models import Annotation, Assignment, QueueEntry, Round
from events.models import Event
from guidelines.models import Acknowledgement
from home import seeding
from home.invariants import acknowledged_submits, exact_overlap, nothing_half, sealed_log_is_whole
from home.seeding_copy import copy_project
from home.seeding_plan import Plan, Size
from intake.models import Item
from metrics.models import Unit
from projects.models import Membership, Project

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = Size(items=30, annotators=4, overlap=3, labels=3, annotated=0.7)
CREATED = {"assignment.leased": Assignment, "annotation.created": Annotation}


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("home.seeding_plan.CHUNK", 8)
    monkeypatch.setattr("home.seeding_copy.CHUNK", 8)


def seeded(monkeypatch: pytest.MonkeyPatch, fill: Callable[[Plan], None]) -> Project:
    monkeypatch.setattr(seeding, "COPY_ABOVE", 0 if fill is copy_project else 1000)
    called: list[Plan] = []
    name = fill.__name__

    def noted(plan: Plan) -> None:
        called.append(plan)
        fill(plan)

    monkeypatch.setattr(seeding, name, noted)
    made = seeding.seed_project(SIZE)
    seeding.settle()
    assert len(called) == 1
    return Project.objects.get(slug=made.slug)


def content(project: Project) -> dict[str, Any]:
    """Everything the project holds, with names for ids and without times."""
    people = Membership.objects.filter(project=project).order_by("created_at", "pk")
    who = {m.user_id: f"{m.roles[0]} {n}" for n, m in enumerate(people)}
    items = {i.pk: i.external_id for i in Item.objects.filter(project=project)}
    own = {"round__project": project}
    return {
        "items": sorted((i.external_id, str(i.fields), str(i.metadata), i.batch.name) for i in
                        Item.objects.filter(project=project).select_related("batch")),
        "rounds": list(Round.objects.filter(project=project).values_list("kind", "state", "overlap", "priority",
                                                                         "identity", "reserved", "last_place")),
        "queue": [(items[q.item_id], q.overlap, q.free, q.fence, q.position, q.again)
                  for q in QueueEntry.objects.filter(**own).order_by("position")],
        "assignments": sorted((items[a.item_id], who[a.annotator_id], a.slot, a.fence, a.state, a.draft,
                               a.guideline_version.number, a.ended_at is not None)
                              for a in Assignment.objects.filter(**own).select_related("guideline_version")),
        "annotations": sorted((items[a.item_id], who[a.annotator_id], a.slot, str(a.answers), a.lead_time_ms, a.note,
                               a.unclear, a.flagged, a.blind, a.guideline_version.number, a.superseded_by_id,
                               a.ended_event, a.assignment.slot, a.assignment.annotator_id == a.annotator_id)
                              for a in Annotation.objects.filter(project=project).select_related(
                                  "guideline_version", "assignment")),
        "acknowledged": sorted((who[a.user_id], a.version.number) for a in
                               Acknowledgement.objects.filter(version__project=project).select_related("version")),
        "events": sorted(told(project, who, items)),
        "cases": sorted((items[c.item_id], c.question, c.state, c.pattern) for c in
                        Case.objects.filter(round__project=project)),
        "units": sorted((items[u.item_id], u.question, str(u.version), str(u.counts)) for u in
                        Unit.objects.filter(round__project=project)),
    }  # fmt: skip


def told(project: Project, who: dict[Any, str], items: dict[Any, str]) -> list[tuple[str, ...]]:
    """What the log tells of each row, whether one event names it or many rows share one."""
    found: list[tuple[str, ...]] = []
    for event in Event.objects.filter(project=project.pk):
        actor = who.get(event.actor, "nobody")
        if event.action in CREATED:
            ids = event.details.get("ids", [event.object_id])
            assert len(ids) <= 1000
            rows = CREATED[event.action].objects.filter(pk__in=ids)
            assert len(rows) == len(ids)
            assert {str(row.annotator_id) for row in rows} == {event.details["annotator"]} == {str(event.actor)}
            assert {str(row.round_id) for row in rows} == {event.details["round"]}
            if event.action == "annotation.created":
                assert {row.event for row in rows} == {event.pk}
            found += [(event.action, actor, items[row.item_id]) for row in rows]
        elif event.action == "items.created":
            rows = Item.objects.filter(event=event.pk)
            assert {str(row.pk) for row in rows} == set(event.details["ids"])
            found += [(event.action, actor, row.external_id) for row in rows]
        else:
            found.append((event.action, actor, event.object_type))
    return found


@pytest.mark.usefixtures("small_chunks")
def test_both_ways_make_the_same_project(monkeypatch: pytest.MonkeyPatch) -> None:
    by_services = content(seeded(monkeypatch, seeding.fill_by_services))
    by_copy = content(seeded(monkeypatch, copy_project))
    for name, rows in by_services.items():
        assert by_copy[name] == rows, name
    assert len(by_copy["annotations"]) == 21 * 3
    assert by_copy["cases"]
    assert len(by_copy["units"]) >= 21
    for check in (acknowledged_submits, nothing_half, exact_overlap, sealed_log_is_whole):
        assert list(check()) == []


def test_each_slot_goes_to_the_annotator_of_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    project = seeded(monkeypatch, copy_project)
    rows = Membership.objects.filter(project=project, roles__contains=["annotator"])
    people = list(rows.order_by("created_at", "pk"))
    order = {member.user_id: index for index, member in enumerate(people)}
    for row in Annotation.objects.filter(project=project).select_related("item"):
        assert order[row.annotator_id] == (row.item.metadata["n"] + row.slot - 1) % SIZE.annotators


def test_share_of_labelled_items_is_rounded_down() -> None:
    assert Size(items=10, annotated=0.55).labelled == 5
    assert Size(items=10).labelled == 0
