"""The list of agreement runs: what each measured, how far it is, and its alphas."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Func, JSONField

from events.models import Job
from metrics.counting import SUGGESTION_SHOWN
from metrics.forms_runs import WHO
from metrics.models import AgreementRun
from metrics.questions import Measured, version_name
from metrics.selectors.choices import Choices
from metrics.selectors.runs import jobs_of, runs_of
from metrics.wanted import name_of
from projects.models import Project


@dataclass(frozen=True)
class RunLine:
    """One run. `alphas` are (question, value or None), those that are over everything first."""

    run: AgreementRun
    job: Job | None
    title: str
    narrowed: list[str]
    alphas: list[tuple[str, float | None]]

    @property
    def state(self) -> str:
        return self.job.state if self.job else "done"


def run_lines(
    project: Project, questions: dict[str, Measured], choices: Choices, *, before: UUID | None, limit: int
) -> list[RunLine]:
    """Newest first, without reading what runs found about people and items."""
    rows = runs_of(project).order_by("-pk").defer("scores", "parts")
    rows = rows.annotate(asked=_Each("question"), names=_Each("coefficient"), values=_Each("value"))
    found = list((rows.filter(pk__lt=before) if before else rows)[:limit])
    jobs = jobs_of(found)
    return [
        RunLine(run, jobs.get(run.pk), _title(run, questions), narrowed_words(run, choices), _alphas(run, questions))
        for run in found
    ]


def _title(run: AgreementRun, questions: dict[str, Measured]) -> str:
    if not run.question:
        return "All questions"
    return questions[run.question].title if run.question in questions else run.question


def narrowed_words(run: AgreementRun, choices: Choices) -> list[str]:
    """What confines a run, in words; a run over everything has none."""
    version = "all" if run.guideline_version is None else version_name(run.guideline_version)
    return [
        words
        for words in (
            f"guideline {name_of(version)}" if run.guideline_version is not None else "",
            "with a suggestion shown" if run.slice == SUGGESTION_SHOWN else f"slice {run.slice}" if run.slice else "",
            f"batch {dict(choices.batches).get(str(run.batch), 'of another name')}" if run.batch else "",
            f"team {dict(choices.teams).get(str(run.team), 'of another name')}" if run.team else "",
            WHO[AgreementRun.Who(run.who)].lower() if run.who != AgreementRun.Who.PEOPLE else "",
            "one round" if run.round else "",
            together_words(run.resample_by),
        )
        if words
    ]


def together_words(resample_by: str) -> str:
    """What a run's bootstrap drew as a whole."""
    if not resample_by:
        return ""
    _, _, key = resample_by.partition(".")
    return f"items of one {key} drawn together" if key else "items of one batch drawn together"


def _alphas(run: Any, questions: dict[str, Measured]) -> list[tuple[str, float | None]]:
    first: dict[str, float | None] = {}
    for question, name, value in zip(run.asked or (), run.names or (), run.values or (), strict=True):
        if name == "alpha":
            first.setdefault(question, value)
    return [(questions[name].title if name in questions else name, value) for name, value in first.items()]


class _Each(Func):
    """One key of every row of a run, cut out by the database."""

    function = "jsonb_path_query_array"
    output_field = JSONField()

    def __init__(self, key: str) -> None:
        super().__init__(F("scores"), template=f"%(function)s(%(expressions)s, '$[*].{key}')")
