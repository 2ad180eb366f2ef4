"""Cases are exactly the disagreements there are."""

import pytest
from django.utils import timezone

from adjudication import services
from adjudication.models import Case
from annotation import services as annotation
from annotation.models import Round
from events.models import Cursor, Event
from tests.adjudication.build import current, decide, disagree, make_setting
from tests.factories import CHOICE, RATING, actor, label, settle

pytestmark = pytest.mark.django_db(transaction=True)


def supersede(setting, person, tone):
    row = current(setting, person)
    annotation.supersede_annotation(
        by=actor(person), annotation_id=row.pk, changes={"tone": tone}, verify=lambda _: None, now=timezone.now()
    )
    settle()


def states(setting):
    return list(Case.objects.filter(project=setting.project).order_by("pk").values_list("question", "state"))


def test_a_disagreement_is_raised_once_when_the_item_is_complete():
    setting = make_setting()
    label(setting.annotators[0], setting.project, {"tone": "calm"})
    settle()
    assert not Case.objects.exists()
    label(setting.annotators[1], setting.project, {"tone": "angry"})
    settle()
    case = Case.objects.get()
    assert (case.pattern, case.state, case.disagreement, case.weight) == ("Angry | Calm", "open", 1, 1)
    event = Event.objects.get(action="case.opened")
    assert (event.object_id, event.request_id, event.actor) == (str(case.pk), "test-request", None)
    assert case.opened_event == event.pk


def test_agreement_raises_nothing():
    setting = make_setting()
    assert disagree(setting, "calm", "calm") == []


def test_reading_the_log_twice_makes_nothing_new():
    setting = make_setting(items=3)
    disagree(setting, count=3)
    Cursor.objects.filter(name="adjudication").delete()
    settle()
    assert Case.objects.count() == 3
    assert Event.objects.filter(action="case.opened").count() == 3


def test_each_question_has_a_case_of_its_own():
    setting = make_setting(questions=[CHOICE, RATING])
    for person, answers in zip(
        setting.annotators, [{"tone": "calm", "force": 1}, {"tone": "calm", "force": 4}], strict=True
    ):
        label(person, setting.project, answers)
    settle()
    assert states(setting) == [("force", "open")]


def test_a_supersede_dissolves_the_case_and_a_new_disagreement_reopens_it():
    setting = make_setting()
    (case,) = disagree(setting)
    supersede(setting, setting.annotators[0], "angry")
    assert states(setting) == [("tone", "dissolved")]
    supersede(setting, setting.annotators[0], "calm")
    case.refresh_from_db()
    assert states(setting) == [("tone", "open")]
    assert list(Event.objects.filter(object_id=case.pk).order_by("pk").values_list("action", flat=True)) == [
        "case.opened",
        "case.dissolved",
        "case.reopened",
    ]


def test_a_withdrawal_dissolves_the_case_and_the_holder_loses_it():
    setting = make_setting()
    (case,) = disagree(setting)
    held = services.claim_case(by=actor(setting.adjudicator), case_id=case.pk, now=timezone.now())
    row = current(setting, setting.annotators[0])
    annotation.withdraw_annotation(by=actor(setting.annotators[0]), annotation_id=row.pk, now=timezone.now())
    settle()
    case.refresh_from_db()
    assert (case.state, case.holder) == ("dissolved", None)
    assert case.fence > held.fence


def test_what_annotators_do_later_leaves_a_decision_alone():
    setting = make_setting()
    (case,) = disagree(setting)
    decide(case, setting.adjudicator)
    supersede(setting, setting.annotators[0], "angry")
    assert states(setting) == [("tone", "decided")]


def test_another_pattern_rewrites_the_open_case():
    setting = make_setting()
    (case,) = disagree(setting)
    supersede(setting, setting.annotators[0], "unsure")
    case.refresh_from_db()
    assert case.pattern == "Angry | Unsure"


def test_the_common_pattern_weighs_more():
    setting = make_setting(items=5)
    disagree(setting, count=4)
    for person, tone in zip(setting.annotators, ("unsure", "calm"), strict=True):
        label(person, setting.project, {"tone": tone})
    settle()
    weights = {case.pattern: case.weight for case in Case.objects.filter(project=setting.project)}
    assert weights == {"Angry | Calm": 3, "Calm | Unsure": 1}


def skip(person, project):
    given = annotation.next_assignments(
        user=person, project=project, count=1, by=actor(person), now=timezone.now()
    ).assignments[0]
    annotation.skip_assignment(by=actor(person), assignment_id=given.pk, fence=given.fence, reason="Not a sentence.")
    return given


def test_an_item_skipped_by_all_who_may_becomes_a_case():
    setting = make_setting()
    skip(setting.annotators[0], setting.project)
    settle()
    assert not Case.objects.exists()
    skip(setting.annotators[1], setting.project)
    settle()
    case = Case.objects.get()
    assert (case.pattern, case.question, case.state) == ("skipped", "tone", "open")
    from adjudication.selectors import answers_of

    assert [(a.answer, a.note) for a in answers_of([case])[case.pk]] == [(None, "Not a sentence.")] * 2


def test_an_item_skipped_by_three_people_is_offered_to_nobody_else_in_its_round():
    setting = make_setting(items=2, annotators=4)
    first = [skip(person, setting.project) for person in setting.annotators[:2]]
    settle()
    assert not Case.objects.exists()
    first.append(skip(setting.annotators[2], setting.project))
    settle()
    case = Case.objects.get()
    assert {given.item_id for given in first} == {case.item_id}
    offered = annotation.next_assignments(
        user=setting.annotators[3], project=setting.project, count=5, by=actor(), now=timezone.now()
    )
    assert [given.item_id == case.item_id for given in offered.assignments] == [False]
    assert offered.reason == "queue_empty"


def test_a_calibration_raises_cases_only_when_its_review_closes():
    setting = make_setting()
    Round.objects.filter(pk=setting.round.pk).update(kind="calibration")
    disagree(setting)
    assert not Case.objects.exists()
    Round.objects.filter(pk=setting.round.pk).update(state="complete")
    held = Round.objects.get(pk=setting.round.pk)
    services.raise_round_cases(by=actor(setting.manager), round=held, now=timezone.now())
    settle()
    assert states(setting) == [("tone", "open")]
    services.raise_round_cases(by=actor(setting.manager), round=held, now=timezone.now())
    settle()
    assert states(setting) == [("tone", "open")]
