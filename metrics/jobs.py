"""The long work of this app."""

from datetime import timedelta

from events.jobs import JobRun, register_job
from metrics.selectors.units import JOB_UNITS
from metrics.services.imports import build_round
from metrics.services.modeltests import JOB_MODEL_TEST, carry_out_model_test
from metrics.services.requests import JOB_RUN
from metrics.services.runs import carry_out_run, give_up_run


@register_job(JOB_UNITS, deadline=timedelta(hours=2))
def count_round(run: JobRun) -> None:
    """Build the units of one imported round."""
    build_round(run)


@register_job(JOB_RUN, deadline=timedelta(hours=1), on_failure=give_up_run)
def compute_run(run: JobRun) -> None:
    """Compute one agreement run over its cut."""
    carry_out_run(run)


@register_job(JOB_MODEL_TEST, deadline=timedelta(hours=1))
def test_model(run: JobRun) -> None:
    """Test whether a model may take an annotator's place, over the test's cut."""
    carry_out_model_test(run)
