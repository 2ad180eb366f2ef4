"""`POST …/cancel` and `POST …/resume` of anything that has a job of its own id."""

from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import NotFound
from core.ids import parse_id
from events.jobs import cancel_job, resume_job
from events.models import Job
from events.selectors import get_job, job_body
from projects.access import Access


class JobActions:
    """Mix into a `ProjectView` or `ObjectView` whose `id` is also the id of its job of the given kind."""

    job_kind: ClassVar[str]
    access: Access

    def job(self, object_id: UUID | str) -> Job:
        """The job of this id and kind in the opened project. Raises NotFound."""
        parsed = object_id if isinstance(object_id, UUID) else parse_id(object_id)
        found = get_job(parsed) if parsed is not None else None
        if found is None or found.kind != self.job_kind or found.project != self.access.project.id:
            raise NotFound
        return found

    def answer(self, object_id: UUID | str) -> Response:
        """202 with the job as it is now."""
        return Response(job_body(self.job(object_id), timezone.now()), status=202)


class JobCancel(JobActions):
    """Ask the job to stop: at once when queued, else at its next sign of life."""

    @extend_schema(request=None, responses={202: dict})
    def post(self, request: Request, id: str, **kwargs: Any) -> Response:  # noqa: A002  # the address's own name
        cancel_job(job=self.job(id))
        return self.answer(id)


class JobResume(JobActions):
    """Start a failed or cancelled job again."""

    @extend_schema(request=None, responses={202: dict})
    def post(self, request: Request, id: str, **kwargs: Any) -> Response:  # noqa: A002  # the address's own name
        resume_job(job=self.job(id), now=timezone.now())
        return self.answer(id)
