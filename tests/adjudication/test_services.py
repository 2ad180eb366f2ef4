"""Claims, decisions, reopening, escalation, gold."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adjudication import errors, selectors, services
from adjudication.models import Case, Decision
from annotation import services as annotation
from core.errors import Invalid
from events.services import wait_for_cut
from tests.adjudication.build import current, decide, disagree, make_setting, new_decision
from tests.factories import CLAUSES, actor, make_member, publish_guideline, settle

pytestmark = pytest.mark.django_db(transaction=True)


def take(setting, person):
    return services.next_case(by=actor(person), project=setting.project, now=timezone.now())


def test_next_gives_the_heaviest_case_and_then_the_same_one_again():
    setting = make_setting(items=2)
    cases = disagree(setting, count=2)
    Case.objects.filter(pk=cases[1].pk).update(weight=9)
    first = take(setting, setting.adjudicator)
    assert first.case.pk == cases[1].pk
    again = take(setting, setting.adjudicator)
    assert (again.case.pk, again.case.fence) == (cases[1].pk, first.case.fence)
    other = make_member(setting.project, "adjudicator")
    assert take(setting, other).case.pk == cases[0].pk
    third = take(setting, make_member(setting.project, "adjudicator"))
    assert (third.case, third.reason) == (None, "all_leased")


def test_nobody_is_given_a_case_on_an_item_he_labelled():
    setting = make_setting()
    (case,) = disagree(setting)
    both = setting.annotators[0]
    make_member_of_both(setting, both)
    assert (take(setting, both).case, take(setting, both).reason) == (None, "queue_empty")
    with pytest.raises(errors.OwnAnnotation):
        services.claim_case(by=actor(both), case_id=case.pk, now=timezone.now())


def make_member_of_both(setting, user):
    from projects.models import Membership

    Membership.objects.filter(project=setting.project, user=user).update(roles=["annotator", "adjudicator"])


def test_whoever_opened_the_answers_is_not_given_the_item():
    setting = make_setting()
    (case,) = disagree(setting)
    both = make_member(setting.project, "annotator", "adjudicator")
    services.claim_case(by=actor(both), case_id=case.pk, now=timezone.now())
    row = current(setting, setting.annotators[0])
    annotation.withdraw_annotation(by=actor(setting.annotators[0]), annotation_id=row.pk, now=timezone.now())
    from tests.factories import acknowledge

    acknowledge(setting.project, both)
    given = annotation.next_assignments(user=both, project=setting.project, count=1, by=actor(both), now=timezone.now())
    assert given.assignments == []


def test_an_expired_holder_gives_way_and_the_fence_refuses_him():
    setting = make_setting()
    (case,) = disagree(setting)
    slow, quick = setting.adjudicator, make_member(setting.project, "adjudicator")
    held = services.claim_case(by=actor(slow), case_id=case.pk, now=timezone.now())
    with pytest.raises(errors.CaseLeased):
        services.claim_case(by=actor(quick), case_id=case.pk, now=timezone.now())
    Case.objects.filter(pk=case.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    services.renew_case(by=actor(slow), case_id=case.pk, fence=held.fence)
    Case.objects.filter(pk=case.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    newer = take(setting, quick).case
    assert newer.fence == held.fence + 1
    with pytest.raises(errors.LeaseLost):
        services.decide_case(
            by=actor(slow), case_id=case.pk, fence=held.fence, decision=new_decision(), now=timezone.now()
        )


def test_a_released_case_is_free_again():
    setting = make_setting()
    (case,) = disagree(setting)
    held = services.claim_case(by=actor(setting.adjudicator), case_id=case.pk, now=timezone.now())
    services.release_case(by=actor(setting.adjudicator), case_id=case.pk, fence=held.fence)
    assert take(setting, make_member(setting.project, "adjudicator")).case.pk == case.pk


def test_a_decision_pins_the_version_and_keeps_what_it_was_made_on():
    setting = make_setting()
    (case,) = disagree(setting)
    decision = decide(case, setting.adjudicator, clauses=["angry"], guideline_gap=True)
    assert decision.guideline_version.number == 1
    assert decision.distribution == [{"answer": "angry", "share": 0.5}, {"answer": "calm", "share": 0.5}]
    with pytest.raises(errors.AlreadyDecided):
        services.claim_case(by=actor(setting.adjudicator), case_id=case.pk, now=timezone.now())


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"answer": "purple"}, "#/answer"),
        ({"answer": None}, "#/answer"),
        ({"outcome": "no_answer"}, "#/answer"),
        ({"rationale": "  "}, "#/rationale"),
        ({"clauses": ["angry", "gone"]}, "#/clauses/1"),
    ],
)
def test_what_does_not_hold_together_is_refused_by_name(changes, pointer):
    setting = make_setting()
    (case,) = disagree(setting)
    with pytest.raises(Invalid) as refused:
        decide(case, setting.adjudicator, **changes)
    assert [e.pointer for e in refused.value.errors] == [pointer]
    assert not Decision.objects.exists()


def test_the_decision_after_reopening_supersedes_the_former():
    setting = make_setting()
    (case,) = disagree(setting)
    first = decide(case, setting.adjudicator)
    services.reopen_case(by=actor(setting.manager), case_id=case.pk, reason="Read again.", now=timezone.now())
    first.refresh_from_db()
    assert first.ended_event is not None
    with pytest.raises(errors.NotDecided):
        services.reopen_case(by=actor(setting.manager), case_id=case.pk, reason="Twice.", now=timezone.now())
    second = decide(case, setting.adjudicator, answer="calm")
    first.refresh_from_db()
    assert first.superseded_by_id == second.pk
    assert [d.pk for d in selectors.decisions_of(case)] == [second.pk, first.pk]


def test_an_escalated_case_goes_to_somebody_else():
    setting = make_setting()
    (case,) = disagree(setting)
    expert = make_member(setting.project, "adjudicator")
    held = services.claim_case(by=actor(setting.adjudicator), case_id=case.pk, now=timezone.now())
    services.escalate_case(
        by=actor(setting.adjudicator), case_id=case.pk, fence=held.fence, question="Is it irony?", to=expert.pk,
        now=timezone.now(),
    )  # fmt: skip
    assert take(setting, setting.adjudicator).case is None
    found = take(setting, expert).case
    assert (found.pk, found.state) == (case.pk, "escalated")
    assert [r.text for r in selectors.remarks_of(case)] == ["Is it irony?"]
    decide(found, expert)
    case.refresh_from_db()
    assert case.state == "decided"


def test_precedents_are_like_cases_and_outdated_ones_are_marked():
    setting = make_setting(items=3)
    cases = disagree(setting, count=3)
    decide(cases[0], setting.adjudicator, clauses=["angry"])
    decide(cases[1], setting.adjudicator, clauses=["calm"], answer="calm")
    changed = [CLAUSES[0], CLAUSES[1] | {"definition": "Insult only."}]
    publish_guideline(setting.project, clauses=changed)
    found = selectors.precedents_for(setting.project, [cases[2]], setting.adjudicator)[cases[2].pk]
    assert [(p.case.pk, p.outdated) for p in found] == [(cases[1].pk, False), (cases[0].pk, True)]


def gold(setting, **options):
    as_of = wait_for_cut(project=setting.project.id)
    rows = list(selectors.gold_rows(setting.project, as_of=as_of, **options))
    return as_of, [(r.question, r.answer, r.source, r.n) for r in rows]


def test_gold_is_unanimous_or_decided_and_a_cut_stays_as_it_was():
    setting = make_setting(items=2)
    disagree(setting, "calm", "calm")
    before, rows = gold(setting)
    assert rows == [("tone", "calm", "unanimous", 2)]
    cases = disagree(setting)
    assert gold(setting)[1] == rows
    decide(cases[0], setting.adjudicator)
    settle()
    assert gold(setting)[1] == [*rows, ("tone", "angry", "adjudicated", 2)]
    services.reopen_case(by=actor(setting.manager), case_id=cases[0].pk, reason="Again.", now=timezone.now())
    decide(cases[0], setting.adjudicator, outcome="keep_disagreement", answer=None)
    _, kept = gold(setting)
    assert kept[1] == ("tone", None, "kept_disagreement", 2)
    then = list(selectors.gold_rows(setting.project, as_of=before))
    assert [r.answer for r in then] == ["calm"]
    backwards = list(selectors.gold_rows(setting.project, as_of=None, backwards=True))
    assert backwards == list(selectors.gold_rows(setting.project, as_of=None))[::-1]


def test_items_tell_where_they_stand():
    setting = make_setting(items=4)
    disagree(setting, "calm", "calm")
    cases = disagree(setting, count=2)
    decide(cases[0], setting.adjudicator)
    states = selectors.item_states(setting.project, [item.pk for item in setting.items])
    assert sorted(states.values()) == ["in_case", "labeled", "open", "resolved"]
    assert selectors.cases_open_count(setting.project) == 1
