"""Figures of saved slices: they come from runs alone, since live counts are kept for everything together."""

from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from core.canonical import rfc3339
from metrics.measure import NO_INTERVAL, Heading, sample_of, score_row
from metrics.models import AgreementRun, Slice
from metrics.questions import Measured, Version, measured_questions, published, version_key
from metrics.selectors.runs import live_rows_of, runs_of
from metrics.slices import conditions
from metrics.stats.withholding import Showing
from metrics.targets import targets_of
from metrics.verdict import judged
from projects.models import Project

NO_RUN: Final = "no_run"
NO_RUN_SENTENCE: Final = "No agreement run has measured this slice yet: start one (POST agreement-runs with `slice`)."


def slice_scores(
    project: Project, saved: Slice, *, question: str | None, version: Version, round_id: UUID | None
) -> list[dict[str, Any]]:
    """Each question's rows of the newest finished run over just this slice, or the reason why there are none."""
    measured = measured_questions(published(project))
    targets = targets_of(project, measured)
    rows: list[dict[str, Any]] = []
    for name, asked in measured.items():
        if question in (None, name):
            run = newest_run(project, saved, name, version, round_id)
            found = (live_rows_of(run, name) if run else None) or [_missing(asked, saved, version, round_id)]
            rows += judged(found, targets[name])
    return rows


def newest_run(
    project: Project, saved: Slice, question: str, version: Version, round_id: UUID | None
) -> AgreementRun | None:
    """The newest finished run that measured the question over what the slice keeps, not narrowed any further."""
    runs = runs_of(project).filter(slice=saved.name, definition__where=saved.definition["where"], round=round_id)
    runs = runs.filter(question__in=["", question], batch=None, team=None).exclude(computed_at=None)
    if not any(condition["by"] == "annotators" for condition in conditions(saved.definition)):
        runs = runs.filter(who=AgreementRun.Who.PEOPLE)
    key = None if version == "all" else version_key(version)
    return runs.filter(guideline_version=key).order_by("-pk").first()


def _missing(asked: Measured, saved: Slice, version: Version, round_id: UUID | None) -> dict[str, Any]:
    heading = Heading(
        question=asked.name, version=version, round=str(round_id) if round_id else None, n_annotators=0, as_of=None,
        computed_at=rfc3339(timezone.now()), slice=saved.name,
    )  # fmt: skip
    row = score_row(heading, sample_of(asked, []), "alpha", value=None, interval=NO_INTERVAL, shown=Showing(None))
    return row | {"undefined": NO_RUN, "reason": NO_RUN_SENTENCE, "warning": None}
