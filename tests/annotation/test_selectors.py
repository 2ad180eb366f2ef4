"""Reads over annotations: what counts, what a cut keeps, who may see what."""

import pytest
from django.utils import timezone

from annotation import selectors, services
from annotation.models import Annotation, Round
from events.services import wait_for_cut
from projects.access import get_project_for
from tests.annotation.stock import ANSWER, ready, take
from tests.factories import acknowledge, actor, label, make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_cut_keeps_what_was_made_before_and_not_yet_ended():
    project, [user], _items, _ = ready(2)
    cut_0 = wait_for_cut(project=project.id)
    first, second = label(user, project, ANSWER, count=2)
    cut_1 = wait_for_cut(project=project.id)
    newer = services.supersede_annotation(
        by=actor(user), annotation_id=first.id, changes={"tone": "angry"}, verify=lambda _: None, now=timezone.now()
    )
    services.withdraw_annotation(by=actor(user), annotation_id=second.id, now=timezone.now())
    cut_2 = wait_for_cut(project=project.id)

    def held(cut):
        return {a.id for a in selectors.annotations_at(project, cut)}

    assert held(cut_0) == set()
    assert held(cut_1) == {first.id, second.id}
    assert held(cut_2) == held(None) == {newer.id}
    assert set(selectors.current_annotations(project)) == {newer}


@pytest.mark.django_db(transaction=True)
def test_rows_of_an_import_count_from_the_event_that_made_its_round_visible():
    project, [user], items, _ = ready(1)
    loading = Round.objects.create(project=project, kind=Round.Kind.IMPORT, state=Round.State.LOADING)
    [row] = label(user, project, ANSWER)
    before = wait_for_cut(project=project.id)
    imported = make_user(kind="imported")
    old = Annotation.objects.create(
        project=project, round=loading, item=items[0], annotator=imported, slot=0, answers=ANSWER,
        created_at=timezone.now(), event=row.event,
    )  # fmt: skip
    assert old not in selectors.current_annotations(project)
    [held] = label(make_member_ready(project), project, ANSWER)
    loading.state, loading.event = Round.State.COMPLETE, held.event
    loading.save()
    after = wait_for_cut(project=project.id)
    assert old in selectors.current_annotations(project)
    assert old not in selectors.annotations_at(project, before)
    assert old in selectors.annotations_at(project, after)
    assert selectors.is_unit_complete(loading, items[0].id)


def make_member_ready(project):
    user = make_member(project, "annotator")
    acknowledge(project, user)
    return user


def test_counting_rounds_are_production_and_imports_that_are_visible():
    project, _, _, opened = ready(1)
    Round.objects.create(project=project, kind=Round.Kind.CALIBRATION)
    Round.objects.create(project=project, kind=Round.Kind.IMPORT, state=Round.State.LOADING)
    done = Round.objects.create(project=project, kind=Round.Kind.IMPORT, state=Round.State.COMPLETE)
    assert set(selectors.counting_rounds(project)) == {opened, done}


def test_a_unit_is_complete_with_its_overlap():
    project, users, items, opened = ready(1, people=2, overlap=2)
    label(users[0], project, ANSWER)
    take(users[1], project)
    assert not selectors.is_unit_complete(opened, items[0].id)
    label(users[1], project, ANSWER)
    assert selectors.is_unit_complete(opened, items[0].id)
    assert not selectors.is_unit_complete(opened, project.id)


def test_has_labelled_covers_leases_submits_and_withdrawals():
    project, [user, other], items, _ = ready(2, people=2)
    assert not selectors.has_labelled(user.id, items[0].id)
    held = take(user, project).assignments[0]
    assert selectors.has_labelled(user.id, items[0].id)
    services.release_assignment(by=actor(user), assignment_id=held.id, fence=held.fence)
    assert not selectors.has_labelled(user.id, items[0].id)
    [row] = label(user, project, ANSWER)
    services.withdraw_annotation(by=actor(user), annotation_id=row.id, now=timezone.now())
    assert selectors.has_labelled(user.id, row.item_id)
    assert not selectors.has_labelled(other.id, row.item_id)


def test_an_annotator_may_open_what_he_holds_or_has_submitted():
    project, [user], items, _ = ready(2)
    assert not selectors.may_open_item(user, items[0])
    take(user, project)
    assert selectors.may_open_item(user, items[0])
    label(user, project, ANSWER)
    assert selectors.may_open_item(user, items[0])
    assert not selectors.may_open_item(user, items[1])


def test_annotators_see_their_own_and_managers_all():
    project, [user, other], _, _ = ready(1, people=2)
    [mine], [theirs] = label(user, project, ANSWER), label(other, project, ANSWER)
    assert set(selectors.visible_annotations(get_project_for(user, project.slug))) == {mine}
    manager = get_project_for(project.created_by, project.slug)
    assert set(selectors.visible_annotations(manager)) == {mine, theirs}


def test_a_manager_who_labels_sees_answers_only_after_his_own():
    project, [user], _items, _ = ready(2, overlap=2)
    both = make_member(project, "annotator", "manager")
    acknowledge(project, both)
    [theirs] = label(user, project, ANSWER)
    access = get_project_for(both, project.slug)
    assert not selectors.visible_annotations(access).exists()
    take(both, project)
    assert not selectors.visible_annotations(access).exists()
    [mine] = label(both, project, ANSWER)
    assert set(selectors.visible_annotations(access)) == {mine, theirs}
