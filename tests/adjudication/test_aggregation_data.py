"""The bluebirds of the shared data, by majority and by Dawid–Skene: the figures that are published for them."""

import pytest
from django.utils import timezone

from adjudication.selectors import gold_rows
from adjudication.services import aggregating
from adjudication.services.policies import set_aggregation_policy
from events.services import wait_for_cut
from tests.factories import actor, settle
from tests.metrics import data_sets

pytestmark = pytest.mark.django_db(transaction=True)


def right_share(project, method):
    """The share of birds that a method names rightly, over the product's own import, policy, job and gold."""
    set_aggregation_policy(
        by=actor(project.created_by), project=project, methods={"bunting": {"method": method}}, note="",
        now=timezone.now(), verify=lambda _policy: None,
    )  # fmt: skip
    run = aggregating.request_aggregation(
        by=actor(project.created_by), project=project, question="bunting", as_of=wait_for_cut(project=project.id),
        now=timezone.now(),
    )  # fmt: skip
    settle()
    run.refresh_from_db()
    truth = data_sets.bird_gold()
    rows = list(gold_rows(project, as_of=wait_for_cut(project=project.id)))
    assert len(rows) == len(truth) == run.n_units
    return run, sum(row.answer == truth[row.external_id] for row in rows) / len(truth)


def test_birds_by_majority_and_by_dawid_and_skene():
    source = data_sets.birds()
    project, client = data_sets.project_of(source)
    data_sets.import_rows(project, client, source.rows, source.mapping)
    _, by_majority = right_share(project, "majority")
    assert by_majority == pytest.approx(0.7593, abs=5e-5)
    run, by_model = right_share(project, "dawid_skene")
    assert by_model == pytest.approx(0.8981, abs=5e-5)
    assert run.converged
    assert len(run.annotators) == 39
    assert all(row["n"] == 108 for row in run.annotators)
    assert run.comparisons["majority"]["changed"] > 10
