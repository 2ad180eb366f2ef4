"""The long work of this app."""

from datetime import timedelta

from events.jobs import JobRun, register_job
from releases import services


@register_job(services.JOB_RELEASE, deadline=timedelta(hours=4), on_failure=services.note_failure)
def build(run: JobRun) -> None:
    """Build one release and publish or block it."""
    services.build_release(run)


@register_job(services.JOB_EXPORT, deadline=timedelta(hours=2))
def export(run: JobRun) -> None:
    """Write one export."""
    services.write_export(run)
