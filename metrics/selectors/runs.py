"""Agreement runs as they are read."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from events.models import Job
from metrics.models import AgreementRun
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


def last_run(project: Project, question: str) -> AgreementRun | None:
    """The newest finished run that measured this question."""
    rows = runs_of(project).filter(question__in=["", question]).exclude(computed_at=None)
    return rows.order_by("-pk").first()
