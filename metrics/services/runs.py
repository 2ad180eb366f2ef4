"""Agreement runs: everything about agreement over one cut of the log, computed by the worker and kept."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from core.canonical import rfc3339
from core.errors import ConcordError
from events.errors import JobCancelled
from events.jobs import JobRun
from metrics.attributes import clusters_of
from metrics.measure import Heading, cut_seed
from metrics.models import AgreementRun
from metrics.questions import (
    Measured,
    measured_questions,
    published,
    version_name,
)
from metrics.reading import EXTRA, read_answers
from metrics.report import question_report
from metrics.selection import narrowed_by, selection_of
from metrics.selectors.scores import minimums_of
from metrics.selectors.shown_sides import side_counts
from metrics.services.heartbeat import Heart, beating
from metrics.services.people import forget_people, measure_people
from metrics.splitting import splits_of, splitter_of, weeks_in
from metrics.targets import target_of
from metrics.verdict import judged


def carry_out_run(run: JobRun) -> None:
    """Compute the run. Each question is kept as soon as it is done, and taken up from there by the next attempt.

    Nobody sees a figure before the end.
    """
    asked = AgreementRun.objects.select_related("project").get(pk=run.id)
    measured = measured_questions(published(asked.project, asked.as_of))
    wanted = [m for name, m in measured.items() if asked.question in ("", name)]
    done: dict[str, list[dict[str, Any]]] = asked.parts
    with beating(run, len(wanted)) as heart:
        for place, question in enumerate(wanted):
            heart.step(place)
            if question.name not in done:
                done[question.name] = _measure(asked, question, heart)
                _keep(run, done, place + 1, len(wanted))
    with transaction.atomic():
        run.beat(len(wanted), len(wanted))
        scores = [row for question in wanted for row in done[question.name]]
        AgreementRun.objects.filter(pk=asked.pk).update(scores=scores, parts={}, computed_at=timezone.now())
        run.finish()


def _keep(run: JobRun, done: dict[str, list[dict[str, Any]]], number: int, total: int) -> None:
    """Keep what is done, unless another attempt has taken over or somebody has cancelled."""
    with transaction.atomic():
        run.beat(number, total)
        AgreementRun.objects.filter(pk=run.id).update(parts=done)


def give_up_run(run: JobRun, error: ConcordError) -> None:
    """A cancelled run leaves nothing; one that failed may be resumed from the questions that are done."""
    if isinstance(error, JobCancelled):
        AgreementRun.objects.filter(pk=run.id).update(parts={})
        forget_people(run.id)


def _measure(asked: AgreementRun, measured: Measured, heart: Heart) -> list[dict[str, Any]]:
    version = version_name(asked.guideline_version) if asked.guideline_version is not None else "all"
    seed = cut_seed(asked.project_id, measured.name, asked.as_of, version, *narrowed_by(asked))
    heading = Heading(
        question=measured.name,
        version=version,
        round=str(asked.round) if asked.round else None,
        n_annotators=0,
        as_of=asked.as_of,
        computed_at=rfc3339(timezone.now()),
        slice=asked.slice or None,
    )
    selection = selection_of(asked, measured.name)
    table = read_answers(selection, heart.check, extra=EXTRA)
    minimums, clusters = minimums_of(asked.project), clusters_of(asked.project, asked.resample_by, table, heart.check)
    rows = question_report(measured, table, seed, heading, minimums, clusters=clusters)
    heart.check()
    splitter = splitter_of(asked, measured, selection=selection, table=table, clusters=clusters, check=heart.check)
    rows[0] |= splits_of(splitter, seed=seed, minimums=minimums)
    rows[0]["weeks"] = weeks_in(splitter, seed=seed, minimums=minimums)
    if measured.leanings is not None:
        rows[0]["sides"] = side_counts(selection)
    rows[0] = measure_people(asked, measured, selection, table, seed=seed, first=rows[0])
    return judged(rows, target_of(asked.project, measured.name, asked.created_at))
