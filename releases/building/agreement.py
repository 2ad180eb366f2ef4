"""Agreement over the cut of a release: the same figures that a run over it gives."""

from collections.abc import Callable, Iterator
from typing import Any

from annotation.models import Round
from annotation.selectors import annotations_at, counting_rounds
from metrics.counting import ALONE, Counts, tally
from metrics.measure import Heading, cut_seed, sample_of, score_rows
from metrics.questions import ALL_VERSIONS, Coder, measured_questions, published
from metrics.selectors.units import given_by_chunks
from metrics.stats.withholding import Minimums
from projects.models import Project

Alive = Callable[[], None]


def alphas_at(project: Project, as_of: int, minimums: dict[str, int], alive: Alive) -> dict[str, dict[str, Any]]:
    """Question -> its row of alpha over everything, withheld where there is too little to tell."""
    versions = published(project, as_of)
    measured = {name: m for name, m in measured_questions(versions).items() if m.is_current}
    counted: dict[str, list[tuple[Counts, int]]] = {name: [] for name in measured}
    people: dict[str, set[Any]] = {name: set() for name in measured}
    for labels in counting_rounds(project).order_by("pk"):
        for name, counts, who in _units(project, labels, as_of, Coder(versions, labels.created_at), alive):
            if name in counted:
                counted[name].append((counts, 1))
                people[name] |= who
    found = {}
    for name, question in measured.items():
        alive()
        sample = sample_of(question, counted[name])
        heading = Heading(name, "all", None, len(people[name]), as_of, "")
        limits = Minimums.from_settings(minimums)
        found[name] = score_rows(sample, cut_seed(project.id, name, as_of), heading, limits, live=False)[0]
    return found


def _units(
    project: Project, labels: Round, as_of: int, coder: Coder, alive: Alive
) -> Iterator[tuple[str, Counts, set[Any]]]:
    rows = annotations_at(project, as_of).filter(round=labels, blind=True)
    for given in given_by_chunks(rows, fields=coder.text_fields):
        alive()
        units = tally(given, coder, people=labels.identity != Round.Identity.NONE)
        for (_, question, version, slice_), found in units.items():
            if version == ALL_VERSIONS and slice_ == ALONE:
                yield question, found.as_counts(), found.annotators
