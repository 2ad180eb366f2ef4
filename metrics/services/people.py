"""The people of a run: a row for each annotator and question, kept beside the run's scores."""

from typing import Any
from uuid import UUID

from django.db import transaction

from metrics.annotators import people_figures, team_figures
from metrics.models import AgreementRun, RunAnnotator
from metrics.questions import Measured
from metrics.selection import Selection
from metrics.selectors.facts import facts_of, teams_of
from metrics.selectors.scores import minimums_of
from metrics.stats.table import AnswerTable

BATCH = 500


def measure_people(
    run: AgreementRun, measured: Measured, selection: Selection, table: AnswerTable, *, seed: int, first: dict[str, Any]
) -> dict[str, Any]:
    """Keep what there is to say of each annotator of one question.

    Returns the run's first row with the intervals of its annotators and the figures of teams. A second attempt at the
    same question replaces what the first one kept; nobody sees it before the run is finished.
    """
    minimums = minimums_of(run.project)
    people = list(people_figures(measured, table, facts_of(selection), seed, minimums))
    rows = [
        RunAnnotator(run=run, question=measured.name, annotator=one.annotator, n=one.n, figures=one.figures)
        for one in people
    ]
    with transaction.atomic():
        RunAnnotator.objects.filter(run=run, question=measured.name).delete()
        RunAnnotator.objects.bulk_create(rows, batch_size=BATCH)
    intervals = {str(one.annotator): {end: one.figures[end] for end in ("ci_low", "ci_high")} for one in people}
    annotators = [row | intervals.get(row["annotator"], {}) for row in first["annotators"]]
    return first | {"annotators": annotators} | team_figures(measured, table, teams_of(run), seed, minimums)


def forget_people(run_id: UUID) -> None:
    """What a cancelled run had kept."""
    RunAnnotator.objects.filter(run=run_id).delete()
