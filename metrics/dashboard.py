"""What the agreement page shows of one question, computed from the live counts."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlencode

from guidelines.schema.kind import Coded
from metrics.charts import Bar, PointChart, bar_of, heat_level, point_chart
from metrics.counting import ALONE
from metrics.measure import Sample, label_rows, replicates_of
from metrics.questions import ALL_VERSIONS, Measured, Version, version_key, version_name
from metrics.selectors.scores import (
    Live,
    empty_live,
    live_as_of,
    live_rows,
    live_samples,
    minimums_of,
    questions_and_versions,
)
from metrics.stats.alpha import alpha, coincidence
from metrics.stats.bootstrap import difference_unpaired
from metrics.targets import target_of
from metrics.verdict import Verdict, change_words, judged, verdict_of
from metrics.words import counted_word, named, named_rows
from projects.models import Project

MOST_LABELS: Final = 12
"""A larger heat map cannot be read; the labels with most disagreement are kept, and the page says so."""
CELLS: Final = ("count", "row", "all")
ORDERS: Final = ("mass", "declared")


def name_of(version: Version) -> str:
    """A version as the page calls it."""
    return {"all": "all versions", "none": "no version"}.get(str(version), f"v{version}")


@dataclass(frozen=True)
class Wanted:
    """What the address asks for."""

    question: str
    version: Version
    cells: str = "count"
    order: str = "mass"
    slice: str = ALONE

    def address(self, **changes: Any) -> str:
        """The query of this view with some of it changed; everything else is kept."""
        kept = {"question": self.question, "version": self.version, "cells": self.cells, "order": self.order}
        named = {"slice": self.slice} | changes
        return "?" + urlencode({**kept, **{name: value for name, value in named.items() if name != "slice" or value}})


@dataclass(frozen=True)
class Change:
    """Alpha of one version against the version before it."""

    before: str
    after: str
    value: float | None
    low: float | None
    high: float | None
    p_positive: float | None
    n_before: int
    n_after: int
    observed: float | None
    expected: float | None
    words: str

    @property
    def signed(self) -> str:
        return "" if self.value is None else f"{self.value:+.3f}".replace("-", "−")


@dataclass(frozen=True)
class Cell:
    """One field of the heat map."""

    text: str
    level: int
    address: str
    name: str


@dataclass(frozen=True)
class Heat:
    """Which labels are given to the same items."""

    labels: list[str]
    rows: list[tuple[str, list[Cell | None]]]
    left_out: int
    most: str


@dataclass(frozen=True)
class LabelLine:
    """A label's figures with its drawing."""

    title: str
    row: dict[str, Any]
    bar: Bar | None

    @property
    def prevalence_percent(self) -> str:
        return f"{(self.row['prevalence'] or 0.0) * 100:.1f}"


@dataclass(frozen=True)
class Dashboard:
    """Everything the page shows."""

    wanted: Wanted
    measured: Measured
    verdict: Verdict
    score: dict[str, Any]
    beside: list[dict[str, Any]]
    versions: list[dict[str, Any]]
    chart: PointChart
    changes: list[Change]
    labels: list[LabelLine]
    heat: Heat | None
    lowered: dict[str, int]
    waits: bool
    """Whether the figures are those of the last full run, or wait for one."""
    counted: str
    """What the numbers of labels count."""


class Question:
    """One question of a project with its live samples, all read at one time."""

    def __init__(self, project: Project, measured: Measured, current: int | None, slice_: str = ALONE) -> None:
        self.project = project
        self.measured = measured
        self.current = current
        self.slice = slice_
        self.as_of = live_as_of(project)
        self.target = target_of(project, measured.name)
        found = live_samples(project, measured={measured.name: measured}, question=measured.name, slice=slice_)
        self.samples = {version_key(live.version): live for live in found}

    def live(self, version: Version) -> Live:
        key = version_key(version)
        return self.samples.get(key) or empty_live(self.project, self.measured, key, self.slice)

    def rows(self, version: Version) -> list[dict[str, Any]]:
        rows = live_rows(self.project, self.live(version), labels=None, as_of=self.as_of)
        return judged(rows, self.target)

    def usual_version(self) -> Version:
        """The current version where anything was labelled under it, else all together."""
        if self.current is not None and self.live(self.current).sample.patterns.n_items:
            return self.current
        return "all"

    def versions(self) -> list[Version]:
        """The versions that hold labels, oldest first."""
        return [version_name(key) for key in sorted(self.samples) if key != ALL_VERSIONS]


def open_question(
    project: Project, name: str | None, slice_: str = ALONE
) -> tuple[Question | None, dict[str, Measured], list[int]]:
    """The named question, or the first one; None where nothing is asked, or nothing of that name."""
    measured, numbers = questions_and_versions(project)
    chosen = measured.get(name) if name else next(iter(measured.values()), None)
    current = numbers[-1] if numbers else None
    return (Question(project, chosen, current, slice_) if chosen else None), measured, numbers


def verdict_for(question: Question, version: Version) -> tuple[Verdict, dict[str, Any]]:
    """The first line of the page, with the score that it rests on."""
    score = question.rows(version)[0]
    return verdict_of(score, question.target), score


def dashboard(question: Question, wanted: Wanted) -> Dashboard:
    verdict, score = verdict_for(question, wanted.version)
    rows = question.rows(wanted.version)
    versions = [question.rows(v)[0] | {"name": name_of(v), "version": v} for v in (*question.versions(), "all")]
    live = question.live(wanted.version)
    return Dashboard(
        wanted=wanted,
        measured=question.measured,
        verdict=verdict,
        score=named(score, question.measured.level),
        beside=named_rows(rows, question.measured.level),
        versions=versions,
        chart=point_chart(versions),
        changes=_changes(question),
        labels=_labels(question, live),
        heat=_heat(live, wanted),
        lowered=question.project.lowered_minimums,
        waits=live.waits,
        counted=counted_word(question.measured.level),
    )


def _changes(question: Question) -> list[Change]:
    numbers = [version for version in question.versions() if isinstance(version, int)]
    pairs = pairwise(number for number in numbers if not question.live(number).waits)
    return [_change(question, question.live(before), question.live(after)) for before, after in pairs]


def _change(question: Question, before: Live, after: Live) -> Change:
    minimums = minimums_of(question.project)
    sides = [alpha(live.sample.patterns, live.sample.level) for live in (before, after)]
    n_before, n_after = (side.n_items for side in sides)
    found = difference_unpaired(replicates_of(before.sample, before.seed), replicates_of(after.sample, after.seed))
    words = change_words(found, n_before, n_after, minimums)
    hidden = words.startswith("not enough data")
    old, new = sides
    return Change(
        before=name_of(before.version),
        after=name_of(after.version),
        value=None if hidden or old.value is None or new.value is None else new.value - old.value,
        low=None if hidden else found.interval.low,
        high=None if hidden else found.interval.high,
        p_positive=None if hidden else found.p_positive,
        n_before=n_before,
        n_after=n_after,
        observed=None if hidden or old.observed is None or new.observed is None else new.observed - old.observed,
        expected=None if hidden or old.expected is None or new.expected is None else new.expected - old.expected,
        words=words,
    )


def _labels(question: Question, live: Live) -> list[LabelLine]:
    """Most disagreement first: prevalence times what is missing to agreement."""
    rows = label_rows(live.sample, live.seed, minimums_of(question.project))

    def disagreement(row: dict[str, Any]) -> float:
        agreed = row["specific_agreement"]
        return -(row["prevalence"] or 0.0) * (1 - (agreed if agreed is not None else 0.0))

    rows.sort(key=disagreement)
    return [LabelLine(question.measured.title_of(row["label"]), row, bar_of(row)) for row in rows]


def _heat(live: Live, wanted: Wanted) -> Heat | None:
    sample = live.sample
    if not sample.is_listed or sample.categories is None or sample.patterns.n_items == 0:
        return None
    matrix = coincidence(sample.patterns)
    masses = matrix.sum(axis=1) - matrix.diagonal()
    used = [place for place in range(len(sample.categories)) if matrix[place].sum() > 0]
    by_mass = sorted(used, key=lambda place: -masses[place])
    kept = by_mass[:MOST_LABELS]
    if wanted.order == "declared":
        kept.sort()
    if len(kept) < 2:
        return None
    titles = [live.measured.title_of(sample.categories[place]) for place in kept]
    most = max(_cell(matrix, a, b, wanted.cells) for a in kept for b in kept if a != b)
    rows = []
    for a, title in zip(kept, titles, strict=True):
        cells: list[Cell | None] = []
        for b, other in zip(kept, titles, strict=True):
            value = _cell(matrix, a, b, wanted.cells)
            name = f"{title} against {other}: {_text(value, wanted.cells)}"
            cells.append(
                None
                if a == b
                else Cell(_text(value, wanted.cells), heat_level(value, most), _items(sample, wanted, a, b), name)
            )
        rows.append((title, cells))
    return Heat(titles, rows, len(used) - len(kept), _text(most, wanted.cells))


def _cell(matrix: Any, a: int, b: int, cells: str) -> float:
    """The coincidences of two labels, whole or as a share of the row or of all."""
    value = float(matrix[a, b])
    if cells == "row":
        return value / float(matrix[a].sum())
    return value / float(matrix.sum()) if cells == "all" else value


def _text(value: float, cells: str) -> str:
    return f"{value:.1f}".removesuffix(".0") if cells == "count" else f"{value * 100:.1f} %"


def _items(sample: Sample, wanted: Wanted, a: int, b: int) -> str:
    """Where the items are that were given both labels."""
    values = [spelled((sample.categories or ())[place]) for place in (a, b)]
    query = {"question": wanted.question, "version": wanted.version, "a": values[0], "b": values[1]}
    query |= {"slice": wanted.slice} if wanted.slice else {}
    return f"items/?{urlencode(query)}"


def spelled(value: Coded) -> str:
    """A value in an address."""
    return str(value)


def read_value(measured: Measured, text: str) -> Coded | None:
    """The value that `spelled` wrote, or None."""
    return next((value for value in measured.titles if str(value) == text), None)
