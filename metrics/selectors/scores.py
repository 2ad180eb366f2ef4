"""Live agreement: read from patterns, at a cost that does not grow with the project."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from annotation.models import Round
from annotation.selectors import counting_rounds, visible_rounds
from core.canonical import rfc3339
from core.errors import NotFound
from core.ids import parse_id
from guidelines.selectors import versions_of
from metrics.counting import ALONE, Counts, values_in
from metrics.measure import Heading, Sample, most_patterns, sample_of, score_rows, waiting_row
from metrics.models import Pattern, Rater
from metrics.questions import (
    ALL_VERSIONS,
    NO_VERSION,
    Measured,
    Version,
    measured_questions,
    published,
    version_key,
    version_name,
)
from metrics.selectors.runs import last_scores
from metrics.selectors.units import is_being_counted, read_seq
from metrics.stats.bootstrap import seed_for
from metrics.stats.withholding import Minimums
from metrics.targets import targets_of
from metrics.verdict import judged
from projects.models import Project


@dataclass(frozen=True)
class Live:
    """The pattern frequencies of one question under one version, with the number of people behind them."""

    measured: Measured
    version: Version
    sample: Sample
    n_annotators: int
    seed: int
    slice: str = ALONE
    waits: bool = False
    """Whether there are too many different answers for a page: the sample is empty, figures come from a run."""


def questions_and_versions(project: Project) -> tuple[dict[str, Measured], list[int]]:
    """What may be asked for: the measured questions, and the numbers of the published versions."""
    versions = published(project)
    return measured_questions(versions), [version.number for version in versions if version.number is not None]


def find_round(project: Project, text: str) -> Round:
    """A visible round by its id. Raises NotFound."""
    round_id = parse_id(text)
    found = visible_rounds(project).filter(pk=round_id).first() if round_id else None
    if found is None:
        raise NotFound
    return found


def minimums_of(project: Project) -> Minimums:
    return Minimums.from_settings(project.minimums)


def _rounds(project: Project, labels: Round | None) -> QuerySet[Round]:
    return counting_rounds(project) if labels is None else Round.objects.filter(pk=labels.pk)


def live_samples(
    project: Project, *, measured: dict[str, Measured], question: str | None = None,
    keys: Iterable[int] | None = None, labels: Round | None = None, slice: str = ALONE,  # noqa: A002  # the API's name
) -> list[Live]:  # fmt: skip
    """What there is to measure: by question in declared order, then by version number."""
    rows = Pattern.objects.filter(project=project, round__in=_rounds(project, labels), slice=slice)
    people = Rater.objects.filter(project=project, round__in=_rounds(project, labels), slice=slice)
    if question is not None:
        rows, people = rows.filter(question=question), people.filter(question=question)
    if keys is not None:
        wanted = list(keys)
        rows, people = rows.filter(version__in=wanted), people.filter(version__in=wanted)
    names = list(measured) if question is None else [question] if question in measured else []
    waiting = _too_many(project, {name: measured[name] for name in names}, keys, labels, slice)
    for name, key in waiting:
        rows = rows.exclude(question=name, version=key)
    counted: dict[tuple[str, int], list[tuple[Counts, int]]] = {place: [] for place in waiting}
    raters = _raters(people)
    columns = ("question", "version", "counts", "round__identity")
    for name, key, counts, identity, units in rows.values_list(*columns).annotate(total=Sum("units")):
        counted.setdefault((name, key), []).append((counts, units))
        if identity == Round.Identity.NONE and values_in(counts) >= 2:
            # Nobody is known to have answered twice, so every value counts as a person of its own.
            raters[name, key] = raters.get((name, key), 0) + values_in(counts) * units
    order = {name: place for place, name in enumerate(measured)}
    places = sorted((place for place in counted if place[0] in order), key=lambda p: (order[p[0]], p[1]))
    found = [_live(project, measured[p[0]], p[1], counted[p], raters.get(p, 0), slice_=slice) for p in places]
    return [replace(live, waits=place in waiting) for live, place in zip(found, places, strict=True)]


TOO_MANY = """
    SELECT asked.name, asked.version FROM unnest(%(names)s::text[], %(versions)s::int[], %(most)s::bigint[])
        AS asked(name, version, most)
    WHERE EXISTS (
        SELECT 1 FROM metrics_pattern
        WHERE project_id = %(project)s AND question = asked.name AND version = asked.version AND slice = %(slice)s
            AND (%(round)s::uuid IS NULL OR round_id = %(round)s) OFFSET asked.most
    )
"""


def _too_many(
    project: Project, measured: dict[str, Measured], keys: Iterable[int] | None, labels: Round | None, slice_: str
) -> set[tuple[str, int]]:
    """The questions and versions with more patterns than a page may read, found without counting them all."""
    if keys is None:
        numbers = versions_of(project).values_list("number", flat=True)
        keys = [ALL_VERSIONS, NO_VERSION, *(number for number in numbers if number is not None)]
    places = [(name, key, most_patterns(asked.level)) for key in keys for name, asked in measured.items()]
    if not places:
        return set()
    names, versions, most = zip(*places, strict=True)
    where: dict[str, Any] = {
        "names": list(names), "versions": list(versions), "most": list(most), "project": project.pk, "slice": slice_,
        "round": labels.pk if labels else None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(TOO_MANY, where)
        return set(cursor.fetchall())


def answers_apart(project: Project, question: str, key: int, slice_: str) -> int:
    """How many answers of the counting rounds are in this slice, opt-outs left out."""
    rows = Pattern.objects.filter(
        project=project, round__in=counting_rounds(project), question=question, version=key, slice=slice_
    )
    return sum(values_in(counts) * units for counts, units in rows.values_list("counts", "units").iterator())


def _raters(people: QuerySet[Rater]) -> dict[tuple[str, int], int]:
    rows = people.values_list("question", "version").annotate(n=Count("annotator", distinct=True))
    return {(name, key): n for name, key, n in rows}


def _live(
    project: Project, measured: Measured, key: int, rows: list[tuple[Counts, int]], n_annotators: int, *,
    slice_: str = ALONE,
) -> Live:  # fmt: skip
    sample = sample_of(measured, rows)
    # The version is part of the seed: two versions that happen to hold equal counts must be drawn independently.
    seed = seed_for(project.id, measured.name, key, sample.digest, *([slice_] if slice_ else []))
    return Live(measured, version_name(key), sample, n_annotators, seed, slice_)


def empty_live(project: Project, measured: Measured, key: int, slice_: str = ALONE) -> Live:
    """A question that nobody has answered under this version."""
    return _live(project, measured, key, [], 0, slice_=slice_)


@lru_cache(maxsize=512)
def _computed_at(sample: Sample, seed: int) -> str:  # noqa: ARG001  # they are the key of the cache
    """When this process first computed these figures: as long as the counts stay, so do they."""
    return rfc3339(timezone.now())


def live_rows(project: Project, live: Live, *, labels: Round | None, as_of: int | None) -> list[dict[str, Any]]:
    """The scores of one live sample, or those of the last run where there is too much for a page."""
    heading = Heading(
        question=live.measured.name,
        version=live.version,
        round=str(labels.pk) if labels else None,
        n_annotators=live.n_annotators,
        as_of=as_of,
        computed_at=_computed_at(live.sample, live.seed),
        slice=live.slice or None,
    )
    if live.waits:
        kept = last_scores(
            project, live.measured.name, version_key(live.version), labels.pk if labels else None, live.slice
        )
        return kept or [waiting_row(live.sample, heading, 0)]
    return score_rows(live.sample, live.seed, heading, minimums_of(project))


def live_as_of(project: Project) -> int | None:
    """The cut that the live figures stand for; None while an import is still being counted."""
    return None if is_being_counted(project) else read_seq(project)


def current_scores(
    project: Project, *, question: str | None = None, version: Version = "all", round: Round | None = None,  # noqa: A002  # the word of the house
    slice: str = ALONE,  # noqa: A002  # the API's name
) -> list[dict[str, Any]]:  # fmt: skip
    """Alpha and percent agreement of each question, alpha over everything first.

    Without `round` the production and imported rounds count, without `slice` what was answered with no suggestion on
    screen. A question without answers has its reason instead.
    """
    measured, key = measured_questions(published(project)), version_key(version)
    names = [question] if question is not None else list(measured)
    samples = live_samples(project, measured=measured, question=question, keys=[key], labels=round, slice=slice)
    found = {live.measured.name: live for live in samples}
    as_of, targets = live_as_of(project), targets_of(project, names)
    rows = []
    for name in names:
        if name in measured:
            live = found.get(name) or empty_live(project, measured[name], key, slice)
            rows += judged(live_rows(project, live, labels=round, as_of=as_of), targets[name])
    return rows
