"""Stock projects with labels that can be released."""

from typing import Any

from django.utils import timezone

from events.models import Job
from events.services import wait_for_cut
from releases import services
from releases.models import Release
from tests.adjudication.build import Setting, make_setting
from tests.factories import actor, label, settle


def agreeing(items: int = 3, **fields: Any) -> Setting:
    """A project whose items everybody has answered alike."""
    setting = make_setting(items=items, **fields)
    for person in setting.annotators:
        label(person, setting.project, [{"tone": ("calm", "angry")[n % 2]} for n in range(items)], count=items)
    settle()
    return setting


def cut(setting: Setting, version: str = "1.0.0", *, build: bool = True, **fields: Any) -> Release:
    """Cut a release and, unless told otherwise, let the worker build it."""
    project = setting.project
    fields.setdefault("as_of", wait_for_cut(project=project.id))
    release = services.cut_release(
        by=actor(setting.manager), project=project, version=version, now=timezone.now(), **fields
    )
    if build:
        settle()
    return reread(release)


def reread(release: Release) -> Release:
    return Release.objects.select_related("project", "contract", "previous").get(pk=release.pk)


def queue_again(release: Release) -> Job:
    """The broker delivers the job once more, or a sweep took its worker for dead."""
    Job.objects.filter(pk=release.job).update(state=Job.State.QUEUED)
    return Job.objects.get(pk=release.job)
