"""Saved slices as they are read."""

from uuid import UUID

from django.db.models import Q, QuerySet

from core.ids import parse_id
from metrics.models import Slice
from projects.models import Project, Team
from projects.selectors import teams_of


def slices_of(project: Project) -> QuerySet[Slice]:
    """The slices that may be asked for; retired ones stay with the runs that measured them."""
    return Slice.objects.filter(project=project, retired_at=None)


def slice_in(project: Project, slice_id: UUID | None) -> Slice | None:
    return slices_of(project).filter(pk=slice_id).first() if slice_id else None


def slice_named(project: Project, name: str) -> Slice | None:
    """By its name, case ignored."""
    return slices_of(project).filter(name__iexact=name).first()


def find_team(project: Project, text: str) -> Team | None:
    """The team of this name, or of this id."""
    wanted = Q(name=text)
    if (team_id := parse_id(text)) is not None:
        wanted |= Q(pk=team_id)
    return teams_of(project).filter(wanted).first()
