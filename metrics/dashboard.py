"""What the agreement page shows of one question: the live counts, and beside them what the newest run adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from core.figures import figure
from guidelines.schema.kind import Coded
from metrics.charts import Bar, PointChart, bars_of, point_chart
from metrics.comparing import NOT_DRAWN, compare
from metrics.figures import Figures, LiveFigures
from metrics.heatmap import Heat, heat_of
from metrics.questions import Measured, Version, version_key
from metrics.selectors.scores import Live, minimums_of
from metrics.selectors.sides import Origin, origins_of
from metrics.verdict import Verdict, verdict_of
from metrics.wanted import Wanted, name_of
from metrics.words import counted_word, named, named_rows
from projects.models import Project


@dataclass(frozen=True)
class Change:
    """Alpha of one version against the version before it, where nothing but the version differs."""

    before: str
    after: str
    alpha_before: float | None
    alpha_after: float | None
    value: float | None
    low: float | None
    high: float | None
    p_positive: float | None
    n_before: int
    n_after: int
    observed: float | None
    expected: float | None
    people_in_common: int
    detectable: float | None
    """The smallest change that would have been seen, where none was."""
    caution: str
    look: int
    """How many changes have been looked at with this one."""
    words: str

    @property
    def signed(self) -> str:
        return "" if self.value is None else figure(self.value, "+.3f")


@dataclass(frozen=True)
class LabelLine:
    """A label's figures with its drawing."""

    title: str
    row: dict[str, Any]
    bar: Bar | None
    address: str

    @property
    def prevalence_percent(self) -> str:
        return f"{(self.row['prevalence'] or 0.0) * 100:.1f}"


@dataclass(frozen=True)
class Dashboard:
    """Everything the page shows of the counts."""

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
    confusions: list[dict[str, Any]]
    lowered: dict[str, int]
    waits: bool
    """Whether the figures are those of the last full run, or wait for one."""
    counted: str
    """What the numbers of labels count."""


def verdict_for(figures: Figures, version: Version) -> tuple[Verdict, dict[str, Any]]:
    """The first line of the page, with the score that it rests on."""
    score = figures.rows(version)[0]
    return verdict_of(score, figures.target), score


def dashboard(figures: Figures, wanted: Wanted) -> Dashboard:
    """What `wanted` asks for."""
    project, measured = figures.project, figures.measured
    rows = figures.rows(wanted.version)
    score = rows[0]
    versions = [
        figures.rows(version)[0] | _of_version(version, wanted) for version in (*figures.versions(), "all")
    ]  # fmt: skip
    shares = score["n_items"] >= minimums_of(project).alpha_units
    return Dashboard(
        wanted=wanted,
        measured=measured,
        verdict=verdict_of(score, figures.target),
        score=named(score, measured.level),
        beside=named_rows(rows, measured.level),
        versions=versions,
        chart=point_chart(versions),
        changes=_changes(figures) if isinstance(figures, LiveFigures) else [],
        labels=label_lines(figures, wanted),
        heat=heat_of(figures.table(wanted.version), wanted, measured.title_of, shares=shares),
        confusions=confusions_of(figures, wanted),
        lowered=project.lowered_minimums,
        waits=isinstance(figures, LiveFigures) and figures.live(wanted.version).waits,
        counted=counted_word(measured.level),
    )


def _of_version(version: Version, wanted: Wanted) -> dict[str, Any]:
    """How a version is called, and where its items are."""
    return {
        "name": name_of(version),
        "version": version,
        "view": wanted.address(version=version),
        "address": f"items/{wanted.keeping(version=version)}",
    }


def confusions_of(figures: Figures, wanted: Wanted) -> list[dict[str, Any]]:
    """The pairs of labels with most mass, with their titles, and where their items are."""
    title_of = figures.measured.title_of
    return [
        {
            **row,
            "a_title": title_of(row["a"]),
            "b_title": title_of(row["b"]),
            "address": f"items/{wanted.keeping(a=row['a'], b=row['b'])}",
        }
        for row in figures.confusion_rows(wanted.version)
    ]


def _changes(figures: LiveFigures) -> list[Change]:
    numbers = [version for version in figures.versions() if isinstance(version, int)]
    shown = [figures.live(number) for number in numbers if not figures.live(number).waits]
    if len(shown) < 2:
        return []
    keys = [version_key(live.version) for live in shown]
    origins = origins_of(figures.project, figures.measured.name, keys, figures.slice)
    drawn_from = [(live, origins[key]) for live, key in zip(shown, keys, strict=True)]
    return [
        _change(figures.project, before, after, look)
        for look, (before, after) in enumerate(pairwise(drawn_from), start=1)
    ]  # fmt: skip


def _change(project: Project, before: tuple[Live, Origin], after: tuple[Live, Origin], look: int) -> Change:
    minimums = minimums_of(project)
    found = compare(before[0], after[0], (before[1], after[1]), minimums)
    old, new = found.before, found.after
    hidden, interval = found.refused, found.difference.interval

    def step(first: float | None, second: float | None) -> float | None:
        return None if hidden or first is None or second is None else second - first

    return Change(
        before=name_of(before[0].version),
        after=name_of(after[0].version),
        alpha_before=old.value if old.n_items >= minimums.alpha_units else None,
        alpha_after=new.value if new.n_items >= minimums.alpha_units else None,
        value=step(old.value, new.value),
        low=None if hidden else interval.low,
        high=None if hidden else interval.high,
        p_positive=None if hidden else found.difference.p_positive,
        n_before=old.n_items,
        n_after=new.n_items,
        observed=step(old.observed, new.observed),
        expected=step(old.expected, new.expected),
        people_in_common=found.people_in_common,
        detectable=found.detectable,
        caution="" if hidden or found.drawn else NOT_DRAWN,
        look=look,
        words=found.words,
    )


def label_lines(figures: Figures, wanted: Wanted) -> list[LabelLine]:
    """Most disagreement first: prevalence times what is missing to agreement."""

    def disagreement(row: Mapping[str, Any]) -> float:
        agreed = row["specific_agreement"]
        return -(row["prevalence"] or 0.0) * (1 - (agreed if agreed is not None else 0.0))

    rows: Sequence[dict[str, Any]] = sorted(figures.label_rows(wanted.version), key=disagreement)
    title_of = figures.measured.title_of
    return [
        LabelLine(title_of(row["label"]), row, bar, f"label/{wanted.keeping(label=row['label'])}")
        for row, bar in zip(rows, bars_of(rows), strict=True)
    ]


def read_value(measured: Measured, text: str) -> Coded | None:
    """The label that stands in an address as `text`, or None."""
    return next((value for value in measured.titles if str(value) == text), None)
