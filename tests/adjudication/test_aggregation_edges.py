"""Aggregation at its edges: an attempt that comes late, counts beside gold, many questions on a page."""

import pytest
from django.utils import timezone

from adjudication.methods import answered_patterns
from adjudication.models import AggregatedAnswer, Aggregation
from adjudication.services import aggregating, computing
from guidelines.schema.schema import LabelSchema
from metrics.stats.sets import set_key
from tests.adjudication.build import CHOICE, disagree, make_setting
from tests.adjudication.test_aggregation import compute, cut, policy
from tests.adjudication.test_aggregation_pages import at
from tests.adjudication.test_methods import ASKED
from tests.adjudication.test_pages import browser
from tests.factories import actor, label, settle

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_late_attempt_leaves_the_rows_of_the_one_that_took_over():
    setting = make_setting(items=2, annotators=3)
    disagree(setting, "calm", "calm", "angry", count=2)
    run = compute(setting, method="majority")
    AggregatedAnswer.objects.filter(aggregation=run).update(attempt=2)
    Aggregation.objects.filter(pk=run.pk).update(attempt=2)
    computing.compute(run, 1, lambda _done, _total: None)
    assert AggregatedAnswer.objects.filter(aggregation=run, attempt=2).count() == 2


def test_what_the_question_does_not_take_is_not_counted_as_answered():
    schema = LabelSchema((ASKED["multichoice"],))
    name = ASKED["multichoice"]["name"]
    a, b = (set_key([label]) for label in ("a", "b"))
    patterns = [[[a, 2], [b, 2]], [[a, 3], [b, 1]]]
    assert answered_patterns(schema, name, "per_label", {"half": "drop"}, patterns) == [False, True]


def test_the_page_costs_hardly_more_for_many_questions(django_assert_max_num_queries):
    questions = [CHOICE, *({**CHOICE, "name": f"more{n}", "title": f"More {n}"} for n in range(6))]
    setting = make_setting(items=2, annotators=3, questions=questions)
    for person, tone in zip(setting.annotators, ("calm", "calm", "angry"), strict=True):
        label(person, setting.project, {question["name"]: tone for question in questions}, 2)
    settle()
    policy(setting, {question["name"]: {"method": "dawid_skene"} for question in questions})
    for question in questions[1:]:
        aggregating.request_aggregation(
            by=actor(setting.manager), project=setting.project, question=question["name"], as_of=cut(setting),
            now=timezone.now(),
        )  # fmt: skip
        settle()
    compute(setting)
    assert Aggregation.objects.exclude(computed_at=None).count() == len(questions)
    client = browser(setting.manager)
    client.get(at(setting))
    with django_assert_max_num_queries(16):
        client.get(at(setting))
