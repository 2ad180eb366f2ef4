"""The order in which compared texts are shown: balanced, stable, and turned round on a repeat."""

from uuid import UUID

import pytest
from django.utils import timezone

from annotation import services
from annotation.api.bodies import assignment_body
from annotation.models import Annotation, Assignment, QueueEntry, Round
from annotation.services import sides
from core.ids import new_id
from tests.annotation.stock import ready, run_out, submit, take
from tests.factories import actor, make_project, publish_guideline

FIELDS = ["first", "second"]
PROJECT, PERSON = UUID(int=1), UUID(int=2)


def drawn(item, fields=FIELDS, annotator=PERSON, question="better"):
    return sides.draw_order(fields, project=PROJECT, item=UUID(int=item), annotator=annotator, question=question)


def test_each_field_stands_first_about_half_the_time():
    first = sum(drawn(item)[0] == "first" for item in range(2000))
    assert 900 < first < 1100


def test_three_texts_fall_on_every_order():
    orders = [tuple(drawn(item, ["a", "b", "c"])) for item in range(1200)]
    assert len(set(orders)) == 6
    assert min(orders.count(order) for order in set(orders)) > 140


def test_the_order_is_the_same_each_time_however_the_schema_lists_the_fields():
    assert [drawn(item) for item in range(50)] == [drawn(item, FIELDS[::-1]) for item in range(50)]


def test_annotators_and_questions_are_drawn_apart():
    ours = [drawn(item) for item in range(200)]
    theirs = [drawn(item, annotator=UUID(int=3)) for item in range(200)]
    other = [drawn(item, question="clearer") for item in range(200)]
    for differs in (theirs, other):
        assert 60 < sum(a != b for a, b in zip(ours, differs, strict=True)) < 140


@pytest.mark.django_db
def test_what_is_compared_comes_from_the_schema():
    fields = [{"name": name, "type": "text", "title": name, "required": True} for name in ("text", *FIELDS)]
    project = make_project(fields=fields)
    questions = [
        {"name": "better", "kind": "preference", "title": "Better?", "fields": FIELDS},
        {"name": "order", "kind": "ranking", "title": "Order", "fields": ["text", *FIELDS]},
        {"name": "colours", "kind": "ranking", "title": "Colours", "options": ["red", "green"]},
    ]
    version = publish_guideline(project, questions, clauses=[])
    assert sides.compared_fields(version) == {"better": FIELDS, "order": ["text", *FIELDS]}


@pytest.fixture
def comparing(monkeypatch):
    monkeypatch.setattr(sides, "compared_fields", lambda version: {"better": list(FIELDS)})


@pytest.mark.django_db
def test_nothing_is_drawn_where_nothing_is_compared():
    project, [user], _, _ = ready(1)
    [given] = take(user, project).assignments
    assert given.sides is None
    assert assignment_body(given)["sides"] is None


@pytest.mark.django_db
@pytest.mark.usefixtures("comparing")
def test_the_order_is_stored_given_out_and_kept_with_the_answer():
    project, [user], items, _ = ready(1)
    [given] = take(user, project).assignments
    order = sides.draw_order(FIELDS, project=project.id, item=items[0].id, annotator=user.pk, question="better")
    assert Assignment.objects.get(pk=given.pk).sides == {"better": order}
    assert assignment_body(given)["sides"] == {"better": order}
    made = submit(user, given)
    newer = services.supersede_annotation(
        by=actor(user), annotation_id=made.pk, changes={}, verify=lambda _: None, now=timezone.now()
    )
    assert [Annotation.objects.get(pk=a.pk).sides for a in (made, newer)] == [{"better": order}] * 2


@pytest.mark.django_db
@pytest.mark.usefixtures("comparing")
def test_the_order_is_the_same_after_an_ended_lease_and_opposite_in_another_round():
    project, [user], [item], round_ = ready(1)
    [first] = take(user, project).assignments
    run_out(first)
    [again] = take(user, project).assignments
    assert again.pk != first.pk
    assert again.sides == first.sides
    submit(user, again)
    repeat = Round.objects.create(project=project, batch=round_.batch, kind=Round.Kind.RELABEL, overlap=1)
    entry = QueueEntry.objects.create(round=repeat, item=item, overlap=1, free=1, position=1)
    drawn_again = sides.sides_for(entry=entry, annotator=user.pk, version=again.guideline_version)
    assert drawn_again == {"better": again.sides["better"][::-1]}
    other = sides.sides_for(entry=entry, annotator=new_id(), version=again.guideline_version)
    assert sorted(other["better"]) == sorted(FIELDS)


@pytest.mark.django_db
def test_questions_about_the_same_texts_share_their_order(monkeypatch):
    compared = {"better": FIELDS, "safer": FIELDS[::-1], "ranked": [*FIELDS, "third"]}
    monkeypatch.setattr(sides, "compared_fields", lambda version: compared)
    project, [user], _, _ = ready(10)
    for given in take(user, project, 10).assignments:
        assert given.sides["better"] == given.sides["safer"]
        assert sorted(given.sides["ranked"]) == sorted(compared["ranked"])
