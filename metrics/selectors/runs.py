"""Agreement runs as they are read."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from events.models import Job
from metrics.models import AgreementRun
from metrics.questions import ALL_VERSIONS
from projects.models import Project


def runs_of(project: Project) -> QuerySet[AgreementRun]:
    return AgreementRun.objects.filter(project=project)


def run_in(project: Project, run_id: UUID | None) -> AgreementRun | None:
    return runs_of(project).filter(pk=run_id).first() if run_id else None


def project_of_run(run_id: UUID) -> UUID | None:
    found: UUID | None = AgreementRun.objects.filter(pk=run_id).values_list("project", flat=True).first()
    return found


def jobs_of(runs: Iterable[AgreementRun]) -> dict[UUID, Job]:
    """The jobs of these runs: a run and its job have one id."""
    return Job.objects.in_bulk([run.pk for run in runs])


def plain_runs(project: Project) -> QuerySet[AgreementRun]:
    """Finished runs over everybody's answers, narrowed to no batch and no team."""
    return runs_of(project).filter(batch=None, team=None, who=AgreementRun.Who.PEOPLE).exclude(computed_at=None)


RUN_ONLY = (
    "labels", "confusions", "pairs", "annotators", "items_disputed", "computed_by", "assumes", "sampling_error",
    "splits", "slices_looked_at", "weeks", "jackknife", "resample_by", "n_groups", "sides",
)  # fmt: skip
"""What rows of runs have beyond those of live figures."""


def last_scores(project: Project, question: str, key: int, round_id: UUID | None, slice_: str) -> list[dict[str, Any]]:
    """The rows of the newest finished run over just this, in the shape of live rows."""
    rows = plain_runs(project).filter(question__in=["", question], round=round_id, slice=slice_)
    run = rows.filter(guideline_version=None if key == ALL_VERSIONS else key).order_by("-pk").first()
    return [] if run is None else live_rows_of(run, question)


def live_rows_of(run: AgreementRun, question: str) -> list[dict[str, Any]]:
    """A run's rows of one question in the shape of live rows."""
    scores = [row for row in run.scores if row["question"] == question]
    return [{name: value for name, value in row.items() if name not in RUN_ONLY} for row in scores]
