"""Aggregation at its edges: an attempt that comes late, counts beside gold, many questions on a page."""

import pytest

from adjudication.methods import answered_patterns
from adjudication.models import AggregatedAnswer, Aggregation
from adjudication.services import computing
from guidelines.schema.schema import LabelSchema
from metrics.stats.sets import set_key
from tests.adjudication.build import disagree, make_setting
from tests.adjudication.test_aggregation import compute
from tests.adjudication.test_methods import ASKED

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
