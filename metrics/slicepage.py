"""The page of saved slices: what each keeps, and what its newest run found."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Q

from metrics.models import AgreementRun, Slice
from metrics.questions import Measured
from metrics.selectors.runs import runs_of
from metrics.selectors.slices import slices_of
from metrics.slices import conditions, is_by_answers
from metrics.slicewords import names_for, words_of
from projects.models import Project

MOST: Final = 200


@dataclass(frozen=True)
class Measurement:
    """One question in a slice; `score` is None where no run has measured it."""

    title: str
    score: dict[str, Any] | None
    run: AgreementRun | None

    @property
    def n_items(self) -> int:
        return int(self.score["n_items"]) if self.score else 0


@dataclass(frozen=True)
class Line:
    """One slice of the page."""

    slice: Slice
    words: list[str]
    by_answers: bool
    measured: list[Measurement]

    @property
    def query(self) -> str:
        return "?" + urlencode({"slice": self.slice.name})

    @property
    def is_about_answers(self) -> bool:
        """Whether it keeps some answers of an item and not others: then cases of its items say little."""
        return any(c["by"] in {"team", "annotators", "guideline_version"} for c in conditions(self.slice.definition))


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    looked_at: int
    small: int


def slice_page(project: Project, questions: dict[str, Measured], at_least: int) -> Page:
    """The lines with at least so many items in some question, the least agreement first, those never run last."""
    rows = list(slices_of(project).order_by("-pk")[:MOST])
    names, newest = names_for(project, [row.definition for row in rows]), _newest_runs(project, rows)
    lines = [
        Line(
            row,
            words_of(row.definition, names),
            is_by_answers(row.definition),
            _measured(newest.get(row.pk), questions),
        )
        for row in rows
    ]
    looked_at = sum(found.score is not None for line in lines for found in line.measured)
    kept = [line for line in lines if not at_least or any(found.n_items >= at_least for found in line.measured)]
    return Page(sorted(kept, key=_least), looked_at, len(lines) - len(kept))


def _newest_runs(project: Project, rows: list[Slice]) -> dict[Any, AgreementRun]:
    """The newest finished run of each slice over everybody, with the filter that the slice has now."""
    runs = runs_of(project).filter(slice__in=[row.name for row in rows], round=None, batch=None, team=None)
    runs = runs.filter(guideline_version=None).exclude(computed_at=None)
    by_kind = [row.name for row in rows if any(c["by"] == "annotators" for c in conditions(row.definition))]
    runs = runs.filter(Q(who=AgreementRun.Who.PEOPLE) | Q(slice__in=by_kind))
    newest = {run.slice: run for run in runs.order_by("slice", "-pk").distinct("slice")}
    found = {row.pk: newest.get(row.name) for row in rows}
    return {
        row.pk: run
        for row in rows
        if (run := found[row.pk]) is not None and run.definition.get("where") == row.definition["where"]
    }


def _measured(run: AgreementRun | None, questions: dict[str, Measured]) -> list[Measurement]:
    first: dict[str, dict[str, Any]] = {}
    for row in run.scores if run else ():
        first.setdefault(row["question"], row)
    return [Measurement(asked.title, first.get(name), run) for name, asked in questions.items() if asked.is_current]


def _least(line: Line) -> tuple[bool, float, str]:
    values = [found.score["value"] for found in line.measured if found.score and found.score["value"] is not None]
    return not values, min(values, default=0.0), line.slice.name.casefold()
