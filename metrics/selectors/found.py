"""What the newest finished runs found, read for one question only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Func, IntegerField, JSONField, Q, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KeyTransform

from metrics.counting import ALONE, SLICES
from metrics.models import AgreementRun, Slice
from metrics.questions import ALL_VERSIONS, Version, version_name
from metrics.wanted import Wanted
from projects.models import Project


@dataclass(frozen=True)
class Found:
    """One question of a run. The first row carries the details."""

    run: UUID
    as_of: int
    computed_at: datetime | None
    version: Version
    resample_by: str
    rows: list[dict[str, Any]]

    @property
    def first(self) -> dict[str, Any]:
        return self.rows[0]


def newest_found(project: Project, wanted: Wanted, key: int) -> Found | None:
    """The newest run over just what is wanted and this version, else over all versions together."""
    exact = Q(guideline_version=None) if key == ALL_VERSIONS else Q(guideline_version=key)
    rows = _runs(project, wanted).filter(exact | Q(guideline_version=None))
    nearness = Case(When(exact, then=0), default=1, output_field=IntegerField())
    return _first(rows.annotate(nearness=nearness).order_by("nearness", "-pk")[:1])


def found_by_version(project: Project, wanted: Wanted) -> dict[int, Found]:
    """Version key -> the newest run over what is wanted and that version. One query."""
    rows = _runs(project, wanted).order_by("guideline_version", "-pk").distinct("guideline_version")
    found = (_found(run) for run in rows)
    return {ALL_VERSIONS if one.version == "all" else _key(one.version): one for one in found if one is not None}


def _key(version: Version) -> int:
    return 0 if version == "none" else int(version)


def _first(rows: QuerySet[AgreementRun]) -> Found | None:
    return next((found for found in map(_found, rows) if found is not None), None)


def _found(run: Any) -> Found | None:
    if not run.rows:
        return None
    version: Version = "all" if run.guideline_version is None else version_name(run.guideline_version)
    return Found(run.pk, run.as_of, run.computed_at, version, run.resample_by, run.rows)


def _runs(project: Project, wanted: Wanted) -> QuerySet[AgreementRun]:
    rows = AgreementRun.objects.filter(
        project=project, question__in=["", wanted.question], slice=wanted.slice, who=wanted.who, round=None,
        batch=wanted.batch or None, team=wanted.team or None,
    ).exclude(computed_at=None)  # fmt: skip
    if wanted.slice not in (ALONE, *SLICES):
        # a name may have belonged to a slice that is retired now and kept something else
        saved = Slice.objects.filter(project=project, name=wanted.slice, retired_at=None)
        rows = rows.filter(definition__where=Subquery(saved.values_list(KeyTransform("where", "definition"))[:1]))
    rows = rows.defer("scores").annotate(rows=_OfQuestion(wanted.question))
    return rows.exclude(rows=[])


class _OfQuestion(Func):
    """The rows of one question, cut out by the database: a run may hold many questions and thousands of pairs."""

    function = "jsonb_path_query_array"
    arg_joiner = ", '$[*] ? (@.question == $q)'::jsonpath, "
    output_field = JSONField()

    def __init__(self, question: str) -> None:
        super().__init__(F("scores"), Value({"q": question}, JSONField()))
