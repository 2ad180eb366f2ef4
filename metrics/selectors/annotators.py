"""What runs found about annotators, read one question at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, F, Func, JSONField, OuterRef, Q, QuerySet, Value

from accounts.models import User
from annotation.models import Annotation
from guidelines.models import GuidelineVersion
from metrics.models import AgreementRun, RunAnnotator
from metrics.questions import Coder, Measured
from metrics.selection import Selection, rounds_of
from projects.models import Membership, Project
from projects.pseudonyms import pseudonym

MOST_RUNS: Final = 12
NOT_CUT: Final = Q(slice="", batch=None, team=None, round=None, who=AgreementRun.Who.PEOPLE)
"""Runs over people's answers under all guideline versions or one."""
EVERYBODY: Final = NOT_CUT & Q(guideline_version=None)
"""Runs over all answers of people."""
COLUMNS: Final = {
    "annotator": "annotator", "n": "n", "answers": "figures__answers", "with_rest": "figures__with_rest",
    "ci_low": "figures__ci_low", "ci_high": "figures__ci_high", "undefined": "figures__undefined",
    "needed": "figures__needed", "reason": "figures__reason", "warning": "figures__warning",
    "lowered_from": "figures__lowered_from", "agreement": "figures__agreement", "kind": "figures__agreement_is",
    "leave_one_out": "figures__leave_one_out", "delta": "figures__delta", "gold": "figures__gold",
    "unclear": "figures__unclear", "skips": "figures__skips", "changed": "figures__changed",
    "speed": "figures__speed", "drift_alarm": "figures__drift__alarm", "drift_size": "figures__drift__size",
    "windows": "figures__drift__of", "drift_minimum": "figures__drift__minimum", "no_drift": "figures__no_drift",
}  # fmt: skip
"""What a table needs of each person: not the windows, which are most of what is kept."""


def people_runs(project: Project, question: str) -> list[AgreementRun]:
    """The newest finished runs that know the people of this question, those over all answers first."""
    people = RunAnnotator.objects.filter(run=OuterRef("pk"), question=question)
    rows = AgreementRun.objects.filter(Exists(people), project=project, question__in=["", question])
    rows = rows.exclude(computed_at=None).exclude(who=AgreementRun.Who.MODELS).defer("scores", "parts")
    newest = list(rows.order_by("-pk")[:MOST_RUNS])
    if all(is_narrowed(run) for run in newest):
        newest += rows.filter(EVERYBODY).order_by("-pk")[:1]
    return sorted(newest, key=is_narrowed)


def people_run(project: Project, question: str, run_id: UUID | None) -> AgreementRun | None:
    """A finished run by its id, if it knows people of this question."""
    if run_id is None:
        return None
    people = RunAnnotator.objects.filter(run=OuterRef("pk"), question=question)
    rows = AgreementRun.objects.filter(Exists(people), project=project, pk=run_id).exclude(computed_at=None)
    return rows.defer("scores", "parts").first()


def is_narrowed(run: AgreementRun) -> bool:
    """Whether a run is about a part of the answers, or not about people alone. `EVERYBODY` is the other way round."""
    whole = run.guideline_version is None and run.who == AgreementRun.Who.PEOPLE
    return not whole or bool(run.slice or run.batch or run.team or run.round)


def people_rows(run: AgreementRun, question: str) -> list[dict[str, Any]]:
    """The people of one question with what a table shows of them, in no order. One query."""
    rows = RunAnnotator.objects.filter(run=run, question=question)
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows.values_list(*COLUMNS.values())]


def person_in(run: AgreementRun, question: str, who: str) -> RunAnnotator | None:
    """The annotator of a run with this pseudonym."""
    rows = RunAnnotator.objects.filter(run=run, question=question)
    people = rows.values_list("annotator", flat=True)
    found = next((user for user in people if pseudonym(run.project_id, user) == who), None)
    return rows.filter(annotator=found).first() if found else None


def own_rows(user: User, project: Project) -> list[RunAnnotator]:
    """The newest row about somebody for each question: of runs over all answers, else over one guideline version."""
    runs = AgreementRun.objects.filter(NOT_CUT, project=project).exclude(computed_at=None)
    rows = RunAnnotator.objects.filter(annotator=user.pk, run__in=runs).select_related("run")
    rows = rows.defer("run__scores", "run__parts")
    whole_first = F("run__guideline_version").desc(nulls_first=True)
    return list(rows.order_by("question", whole_first, "-run").distinct("question"))


def teams_of_people(project: Project) -> dict[UUID, str]:
    """Annotator -> the name of his team now."""
    rows = Membership.objects.filter(project=project, team__isnull=False)
    return dict(rows.values_list("user", "team__name"))


def team_rows(run: AgreementRun, question: str) -> dict[str, list[dict[str, Any]]]:
    """What a run found about teams, cut out by the database."""
    parts = {name: _Part(question, name) for name in ("teams", "team_pairs")}
    found = AgreementRun.objects.filter(pk=run.pk).annotate(**parts).values(*parts).first() or {}
    return {name: found.get(name) or [] for name in parts}


class _Part(Func):
    """One part of the first row of a question."""

    function = "jsonb_path_query_first"
    output_field = JSONField()

    def __init__(self, question: str, name: str) -> None:
        super().__init__(F("scores"), Value({"q": question}, JSONField()))
        self.arg_joiner = f", '$[*] ? (@.question == $q).{name}'::jsonpath, "


@dataclass(frozen=True)
class Window:
    """A stretch of somebody's answers, both ends in it."""

    annotator: UUID
    first: datetime
    last: datetime


def answers_in(kept: QuerySet[Annotation], window: Window) -> QuerySet[Annotation]:
    """Of the answers that a selection keeps what somebody gave in a window, in order of time."""
    rows = kept.filter(annotator=window.annotator, created_at__gte=window.first, created_at__lte=window.last)
    return rows.select_related("item", "guideline_version").order_by("created_at", "pk")


def values_of(
    measured: Measured, versions: Sequence[GuidelineVersion], selection: Selection, every: QuerySet[Annotation]
) -> dict[tuple[UUID, UUID], dict[UUID, str]]:
    """(round, item) -> annotator -> answer in words. Two queries."""
    rounds = rounds_of(selection).in_bulk()
    coders = {pk: Coder(versions, found.created_at) for pk, found in rounds.items()}
    found: dict[tuple[UUID, UUID], dict[UUID, str]] = {}
    for row in every.select_related("guideline_version", "item").order_by("created_at", "pk"):
        number = row.guideline_version.number if row.guideline_version else None
        for name, value in coders[row.round_id].coded(number, row.answers, row.item.fields):
            if name == measured.name:
                words = "opted out" if value is None else measured.title_of(value)
                found.setdefault((row.round_id, row.item_id), {})[row.annotator_id] = words
    return found
