"""Aggregation policies, the job that computes a model over a cut, and the gold that comes of them."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from adjudication import selectors
from adjudication.models import AggregatedAnswer, Aggregation, AggregationPolicy, Case
from adjudication.selectors.aggregates import find_computed
from adjudication.selectors.policies import policy_at
from adjudication.services import aggregating
from adjudication.services.policies import set_aggregation_policy
from core.errors import Invalid, Stale
from events.jobs import run as run_job
from events.models import Event, Job
from events.services import wait_for_cut
from home.selectors import project_counts
from tests.adjudication.build import decide, disagree, make_setting
from tests.factories import actor, label, settle

pytestmark = pytest.mark.django_db(transaction=True)


def policy(setting, methods, note=""):
    found = set_aggregation_policy(
        by=actor(setting.manager), project=setting.project, methods=methods, note=note, now=timezone.now(),
        verify=lambda _policy: None,
    )  # fmt: skip
    settle()
    return found


def cut(setting):
    return wait_for_cut(project=setting.project.id)


def compute(setting, as_of=None, **wanted):
    run = aggregating.request_aggregation(
        by=actor(setting.manager), project=setting.project, question="tone", as_of=as_of or cut(setting),
        now=timezone.now(), **wanted,
    )  # fmt: skip
    settle()
    return Aggregation.objects.get(pk=run.pk)


def gold(setting, as_of=None, **wanted):
    return list(selectors.gold_rows(setting.project, as_of=as_of or cut(setting), **wanted))


MAJORITY = {"tone": {"method": "majority"}}
MODEL = {"tone": {"method": "dawid_skene"}}


# --- The policy --------------------------------------------------------------------------------------------------


def test_without_a_policy_only_what_all_agree_on_and_what_is_decided_is_gold():
    setting = make_setting(items=3, annotators=3)
    disagree(setting, "calm", "calm", "angry")
    assert policy_at(setting.project).number == 0
    assert gold(setting) == []


def test_each_policy_is_a_new_version_in_the_log_and_never_changes():
    setting = make_setting()
    first = policy(setting, MAJORITY, note=" Ties go to Ana. ")
    second = policy(setting, {})
    assert (first.number, first.note, second.number) == (1, "Ties go to Ana.", 2)
    event = Event.objects.get(pk=first.event)
    assert (event.action, event.object_type, event.details["number"]) == ("project.changed", "aggregation_policy", "1")
    with pytest.raises(IntegrityError), transaction.atomic():
        AggregationPolicy.objects.filter(pk=first.pk).update(methods={})
    with pytest.raises(IntegrityError), transaction.atomic():
        first.delete()


def test_settings_are_written_out_so_that_later_defaults_change_nothing():
    setting = make_setting()
    assert policy(setting, MODEL).methods["tone"]["settings"]["smoothing"] == 1.0


@pytest.mark.parametrize(
    ("methods", "pointer", "words"),
    [
        ({"mood": {"method": "majority"}}, "#/methods/mood", "Its questions: tone"),
        ({"tone": {"method": "guess"}}, "#/methods/tone/method", "majority"),
        ({"tone": {"method": "majority", "settings": {"x": 1}}}, "#/methods/tone/settings/x", "Its settings: none"),
        ({"tone": {"method": "dawid_skene", "settings": {"smoothing": -1}}}, "#/methods/tone/settings/smoothing", "0"),
    ],
)
def test_what_cannot_be_put_in_force_is_named(methods, pointer, words):
    setting = make_setting()
    with pytest.raises(Invalid) as refused:
        policy(setting, methods)
    (error,) = refused.value.errors
    assert error.pointer == pointer
    assert words in error.detail


def test_a_method_that_does_not_suit_the_kind_is_refused():
    number = {"name": "size", "kind": "number", "title": "Size?", "required": True, "level": "ratio"}
    setting = make_setting(questions=[number], clauses=[])
    with pytest.raises(Invalid) as refused:
        policy(setting, {"size": {"method": "dawid_skene"}})
    assert "does not suit a question of the kind number" in refused.value.errors[0].detail


def test_whoever_has_not_seen_the_newest_version_is_refused():
    setting = make_setting()

    def verify(found):
        if found.number != 5:
            raise Stale

    with pytest.raises(Stale):
        set_aggregation_policy(
            by=actor(setting.manager), project=setting.project, methods={}, note="", now=timezone.now(), verify=verify
        )


# --- Majority ----------------------------------------------------------------------------------------------------


def test_majority_answers_what_is_open_and_leaves_ties_and_decisions_alone():
    setting = make_setting(items=4, annotators=2)
    cases = disagree(setting, count=2)
    label(setting.annotators[0], setting.project, {"tone": "calm"}, count=2)
    label(setting.annotators[1], setting.project, {"tone": "calm"}, count=2)
    settle()
    decide(cases[0], setting.adjudicator)
    policy(setting, MAJORITY)
    rows = {row.item_id: row for row in gold(setting)}
    assert {row.source for row in rows.values()} == {"unanimous", "adjudicated"}
    assert rows[cases[0].item_id].source == "adjudicated"
    assert cases[1].item_id not in rows


def test_the_majority_of_three_is_gold_with_its_shares():
    setting = make_setting(items=1, annotators=3)
    disagree(setting, "calm", "angry", "angry")
    policy(setting, MAJORITY)
    (row,) = gold(setting)
    assert (row.answer, row.source, row.n) == ("angry", "majority", 3)
    assert row.distribution == [{"answer": "angry", "share": 2 / 3}, {"answer": "calm", "share": 1 / 3}]
    assert row.aggregation == {"method": "majority", "policy": 1, "as_of": None}
    assert selectors.gold_of(setting.project, setting.items[:1])[row.item_id][0].answer == "angry"


def test_a_cut_before_the_policy_is_read_without_it_and_one_between_two_with_the_first():
    setting = make_setting(items=1, annotators=3)
    disagree(setting, "calm", "angry", "angry")
    before = cut(setting)
    policy(setting, MAJORITY)
    between = cut(setting)
    policy(setting, {})
    assert [gold(setting, as_of=before), len(gold(setting, as_of=between)), gold(setting)] == [[], 1, []]


def test_kept_disagreements_stay():
    setting = make_setting(items=1, annotators=3)
    (case,) = disagree(setting, "calm", "angry", "angry")
    decide(case, setting.adjudicator, outcome="keep_disagreement", answer=None)
    policy(setting, MAJORITY)
    (row,) = gold(setting)
    assert (row.source, row.answer) == ("kept_disagreement", None)


# --- Models ------------------------------------------------------------------------------------------------------


def sided(items=8, **fields):
    """Two annotators who agree with each other, and a third who is against them on every second item."""
    setting = make_setting(items=items, annotators=3, **fields)
    first, second, third = setting.annotators
    tones = [("calm", "angry")[n % 2] for n in range(items)]
    for person in (first, second):
        label(person, setting.project, [{"tone": tone} for tone in tones], count=items)
    label(third, setting.project, [{"tone": "calm"}] * items, count=items)
    settle()
    return setting


def test_a_model_is_gold_once_it_is_computed_and_only_of_the_answers_it_has_seen():
    setting = sided()
    policy(setting, MODEL)
    assert {row.source for row in gold(setting)} == {"unanimous"}
    run = compute(setting)
    assert (run.method, run.policy, run.converged, run.n_units, run.n_disputed, run.n_tied) == (
        "dawid_skene", 1, True, 8, 4, 0,
    )  # fmt: skip
    assert run.log_likelihood < 0
    assert run.software["concord.aggregation"]
    rows = [row for row in gold(setting) if row.source == "model"]
    assert [row.answer for row in rows] == ["angry"] * 4
    assert rows[0].aggregation == {"method": "dawid_skene", "policy": 1, "as_of": run.as_of}
    assert sum(entry["share"] for entry in rows[0].distribution) == pytest.approx(1)
    assert rows[0].given == [{"answer": "angry", "share": 2 / 3}, {"answer": "calm", "share": 1 / 3}]


def test_what_a_model_says_of_other_answers_is_not_taken():
    setting = sided()
    policy(setting, MODEL)
    run = compute(setting)
    row = AggregatedAnswer.objects.filter(aggregation=run).first()
    AggregatedAnswer.objects.filter(pk=row.pk).update(given_hash="0" * 64)
    assert row.item_id not in {found.item_id for found in gold(setting)}


def test_each_annotator_has_a_competence_and_a_matrix_and_the_labels_are_named():
    setting = sided()
    run = compute(setting, method="dawid_skene")
    assert run.policy is None
    assert run.labels == ["calm", "angry", "unsure"]
    assert {row["annotator"] for row in run.annotators} == {str(person.pk) for person in setting.annotators}
    third = next(row for row in run.annotators if row["annotator"] == str(setting.annotators[2].pk))
    assert third["n"] == 8
    assert 0 < third["competence"] < 1
    assert len(third["confusion"]) == 3


def test_the_comparison_counts_the_labels_that_another_method_changes():
    setting = make_setting(items=3, annotators=2)
    disagree(setting, count=1)
    label(setting.annotators[0], setting.project, {"tone": "calm"}, count=2)
    label(setting.annotators[1], setting.project, {"tone": "calm"}, count=2)
    settle()
    run = compute(setting, method="majority")
    assert (run.n_units, run.n_disputed, run.n_tied) == (3, 1, 1)
    own, model = run.comparisons["majority"], run.comparisons["dawid_skene"]
    assert (own["changed"], own["tied"], own["answered"]) == (0, 1, 0)
    row = AggregatedAnswer.objects.get(aggregation=run)
    assert (row.answer, row.tied) == (None, True)
    assert model["changed"] == (1 if "dawid_skene" in row.others else 0)
    assert model["share"] == model["changed"] / 3
    assert model["short"][0] == "3 of 3 answered items have fewer than 3 answers."


def test_decided_units_change_nothing_and_show_who_would_have_been_right():
    setting = make_setting(items=1, annotators=3)
    (case,) = disagree(setting, "calm", "angry", "angry")
    decide(case, setting.adjudicator, answer="calm")
    run = compute(setting, method="majority")
    assert (run.n_disputed, run.n_decided) == (1, 1)
    own = run.comparisons["majority"]
    assert (own["answered"], own["changed"], own["decided"], own["as_decided"]) == (0, 0, 1, 0)


def test_the_same_cut_gives_the_same_numbers_whatever_comes_later():
    setting = sided()
    first = compute(setting, method="dawid_skene")
    row = Case.objects.filter(project=setting.project).first()
    decide(row, setting.adjudicator)
    later = compute(setting, as_of=first.as_of, method="dawid_skene")
    fields = ("log_likelihood", "iterations", "n_units", "n_tied", "comparisons", "annotators", "labels")
    assert [getattr(first, name) for name in fields] == [getattr(later, name) for name in fields]
    before, after = (list(run.answers.order_by("pk").values_list("item", "answer", "distribution"))
                     for run in (first, later))  # fmt: skip
    assert before == after
    found = find_computed(setting.project, "tone", "dawid_skene", first.settings, None)
    assert found.pk == first.pk


# --- The job -----------------------------------------------------------------------------------------------------


def request(setting, **wanted):
    return aggregating.request_aggregation(
        by=actor(setting.manager), project=setting.project, question="tone", as_of=cut(setting), now=timezone.now(),
        **wanted,
    )  # fmt: skip


def test_nothing_is_seen_of_an_attempt_that_broke_off_and_the_next_one_starts_anew(monkeypatch):
    setting = sided()
    policy(setting, MODEL)
    run = request(setting)
    broken = aggregating.compute

    def dies(*args):
        broken(*args)
        raise RuntimeError("the worker is gone")

    monkeypatch.setattr(aggregating, "compute", dies)
    settle()
    assert Job.objects.get(pk=run.pk).state == Job.State.FAILED
    assert AggregatedAnswer.objects.filter(aggregation=run).exists()
    assert {row.source for row in gold(setting)} == {"unanimous"}
    monkeypatch.setattr(aggregating, "compute", broken)
    Job.objects.filter(pk=run.pk).update(state=Job.State.QUEUED)
    run_job(run.pk)
    run.refresh_from_db()
    assert run.computed_at is not None
    assert AggregatedAnswer.objects.filter(aggregation=run).count() == run.n_disputed == 4
    assert "model" in {row.source for row in gold(setting)}


def test_delivered_twice_it_computes_once():
    setting = sided()
    run = compute(setting, method="dawid_skene")
    rows = set(AggregatedAnswer.objects.filter(aggregation=run).values_list("pk", flat=True))
    Job.objects.filter(pk=run.pk).update(state=Job.State.QUEUED)
    run_job(run.pk)
    assert Job.objects.get(pk=run.pk).state == Job.State.DONE
    assert set(AggregatedAnswer.objects.filter(aggregation=run).values_list("pk", flat=True)) == rows


def test_a_cancelled_job_leaves_nothing_to_see():
    setting = sided()
    run = request(setting, method="dawid_skene")
    Job.objects.filter(pk=run.pk).update(cancel_requested=True)
    run_job(run.pk)
    assert Job.objects.get(pk=run.pk).state == Job.State.CANCELLED
    run.refresh_from_db()
    assert run.computed_at is None


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"question": "mood"}, "#/question"),
        ({"question": "tone", "method": "guess"}, "#/method"),
        ({"question": "tone", "method": "majority", "settings": {"a": 1}}, "#/settings/a"),
    ],
)
def test_a_run_that_cannot_be_is_refused_by_name(wanted, pointer):
    setting = make_setting()
    with pytest.raises(Invalid) as refused:
        aggregating.request_aggregation(
            by=actor(setting.manager), project=setting.project, as_of=cut(setting), now=timezone.now(), **wanted
        )
    assert refused.value.errors[0].pointer == pointer
    assert not Job.objects.filter(kind=aggregating.JOB_AGGREGATE).exists()


def test_cases_stay_open_for_adjudicators():
    setting = make_setting(items=1, annotators=3)
    disagree(setting, "calm", "angry", "angry")
    policy(setting, MAJORITY)
    assert Case.objects.get(project=setting.project).state == Case.State.OPEN


# --- Counts ------------------------------------------------------------------------------------------------------


def answered(setting):
    return sum(row.answer is not None for row in gold(setting))


@pytest.mark.parametrize("methods", [{}, MAJORITY, MODEL])
def test_the_count_of_gold_is_that_of_its_rows(methods):
    setting = sided(items=12)
    cases = list(Case.objects.filter(project=setting.project).order_by("pk"))
    decide(cases[0], setting.adjudicator)
    decide(cases[1], setting.adjudicator, outcome="keep_disagreement", answer=None)
    policy(setting, methods)
    compute(setting)
    counted = project_counts(setting.project)["gold"]
    assert counted == answered(setting) == (7 if not methods else 11)
    decide(cases[2], setting.adjudicator)
    settle()
    assert project_counts(setting.project)["gold"] == answered(setting) == (8 if not methods else 11)


def test_ties_and_units_that_want_more_answers_count_nowhere():
    setting = make_setting(items=3, annotators=2)
    disagree(setting, count=1)
    label(setting.annotators[0], setting.project, {"tone": "calm"}, count=1)
    settle()
    policy(setting, MAJORITY)
    assert project_counts(setting.project)["gold"] == answered(setting) == 0
