"""Which labels are given to the same items: the matrix, its drawing, and its rows with intervals. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from guidelines.schema.kind import Coded
from metrics.charts import heat_level
from metrics.measure import Sample
from metrics.questions import Measured
from metrics.stats.alpha import coincidence
from metrics.stats.labels import Confusion, confusions, part_confusions
from metrics.stats.parts import is_parted, take_apart
from metrics.stats.patterns import FloatArray
from metrics.stats.sets import set_key
from metrics.stats.withholding import Minimums
from metrics.wanted import Wanted

MOST_LABELS: Final = 12
"""A larger heat map is hard to read: the labels with most disagreement are drawn first, and the page says so."""
MOST_PATTERNS_FOR_INTERVALS: Final = 3000
"""More different patterns than this would keep the page waiting for the intervals of the confusions: a run has them."""


@dataclass(frozen=True)
class Table:
    """Coincidence mass of labels (Krippendorff 2011), symmetric. NaN where it is not known.

    `totals` is n_c of each label, None where shares of a row cannot be told; `whole` is n.
    """

    labels: tuple[Coded, ...]
    mass: FloatArray
    totals: FloatArray | None
    whole: float


@lru_cache(maxsize=128)
def table_of(sample: Sample) -> Table | None:
    """The matrix of live counts; None where the values are no labels that could be confused."""
    if sample.patterns.n_items == 0:
        return None
    if sample.is_listed and sample.categories is not None:
        mass = coincidence(sample.patterns)
        return Table(sample.categories, mass, mass.sum(axis=1), float(mass.sum()))
    if is_parted(sample.level) and sample.labels:
        parts = take_apart(sample.patterns, sample.level).patterns
        names = {label if sample.level == "boxes" else set_key([label]): label for label in sample.labels}
        places = {names[str(value)]: place for place, value in enumerate(parts.values) if value in names}
        used = [label for label in sample.labels if label in places]
        whole = coincidence(parts)
        kept = [places[label] for label in used]
        return Table(tuple(used), whole[np.ix_(kept, kept)], whole[kept].sum(axis=1), float(whole.sum()))
    return None


def table_of_run(row: Mapping[str, Any], measured: Measured) -> Table | None:
    """The same from the first row of a run, which keeps only the pairs of labels with most mass."""
    labels = tuple(label["label"] for label in row.get("labels", ()))
    if len(labels) < 2 or not row.get("confusions"):
        return None
    place = {label: index for index, label in enumerate(labels)}
    complete = len(row["confusions"]) < 50
    mass = np.zeros((len(labels),) * 2) if complete else np.full((len(labels),) * 2, np.nan)
    for pair in row["confusions"]:
        if pair["a"] in place and pair["b"] in place:
            a, b = place[pair["a"]], place[pair["b"]]
            mass[a, b] = mass[b, a] = pair["count"] / 2
    listed = measured.level in {"nominal", "ordinal"}
    totals = np.asarray([label["n_values"] for label in row["labels"]], dtype=np.float64) if listed else None
    for index, label in enumerate(row["labels"]):
        agreed = label.get("specific_agreement")
        mass[index, index] = np.nan if agreed is None or totals is None else agreed * label["n_values"]
    shares = [pair["count"] / pair["share"] for pair in row["confusions"] if pair["share"]]
    return Table(labels, mass, totals, float(shares[0]) if shares else float("nan"))


@dataclass(frozen=True)
class Cell:
    """One field of the heat map. `address` is "" where there is nothing to lead to."""

    text: str
    level: int
    address: str
    name: str


@dataclass(frozen=True)
class Heat:
    """A drawn matrix. `of` labels there are in all, `len(labels)` of them are drawn."""

    labels: list[str]
    rows: list[tuple[str, list[Cell]]]
    of: int
    most: str
    cells: tuple[str, ...]

    @property
    def is_cut(self) -> bool:
        return self.of > len(self.labels)


@dataclass(frozen=True)
class _Drawing:
    """One matrix being drawn."""

    table: Table
    wanted: Wanted
    title_of: Callable[[Coded], str]
    cells: str

    def number(self, a: int, b: int) -> float | None:
        """The coincidences of two labels, whole or as a share of the row or of all; None where not known."""
        value = float(self.table.mass[a, b])
        if np.isnan(value):
            return None
        if self.cells == "row" and self.table.totals is not None:
            total = float(self.table.totals[a])
            return value / total if total else 0.0
        return value / self.table.whole if self.cells == "all" else value

    def title(self, place: int) -> str:
        return self.title_of(self.table.labels[place])

    def cell(self, a: int, b: int, most: float) -> Cell:
        title, other = self.title(a), self.title(b)
        if a == b and not self.wanted.diagonal:
            return Cell("", 0, "", f"{title} with itself: agreement, not shown")
        value = self.number(a, b)
        words = f"{title} with itself" if a == b else f"{title} against {other}"
        if value is None:
            return Cell("–", 0, "", f"{words}: not kept by the run")
        what = {"count": "coincidences", "row": f"of the row {title}", "all": "of all"}[self.cells]
        keeping = self.wanted.keeping(a=self.table.labels[a], b=self.table.labels[b])
        address = "" if a == b else f"items/{keeping}"
        text = number_text(value, self.cells)
        return Cell(text, heat_level(value, most), address, f"{words}: {text} {what}")


def heat_of(table: Table | None, wanted: Wanted, title_of: Callable[[Coded], str], *, shares: bool) -> Heat | None:
    """The drawing that `wanted` asks for; None where fewer than two labels were used.

    `shares` False keeps to counts: percentages of very few items say nothing.
    """
    if table is None:
        return None
    kinds = ("count", *(("row",) if table.totals is not None else ()), "all") if shares else ("count",)
    off = np.nan_to_num(table.mass)
    used = [place for place in range(len(table.labels)) if off[place].sum() > 0]
    masses = off.sum(axis=1) - off.diagonal()
    kept = sorted(used, key=lambda place: -masses[place])
    if wanted.labels != "all":
        kept = kept[:MOST_LABELS]
    if wanted.order == "declared":
        kept.sort()
    if len(kept) < 2:
        return None
    drawing = _Drawing(table, wanted, title_of, wanted.cells if wanted.cells in kinds else "count")
    drawn = [drawing.number(a, b) for a in kept for b in kept if a != b or wanted.diagonal]
    most = max((value for value in drawn if value is not None), default=0.0)
    rows = [(drawing.title(a), [drawing.cell(a, b, most) for b in kept]) for a in kept]
    return Heat([drawing.title(a) for a in kept], rows, len(used), number_text(most, drawing.cells), kinds)


def number_text(value: float, cells: str) -> str:
    """A coincidence count, or a share in percent."""
    if cells == "count":
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value * 100:.1f} %"


def confusion_rows(sample: Sample, seed: int, minimums: Minimums) -> list[dict[str, Any]]:
    """The pairs of labels with most mass, as the API shows them; intervals only where a page can wait for them."""
    if len(sample.patterns) > MOST_PATTERNS_FOR_INTERVALS:
        return []
    shown = sample.patterns.n_items >= minimums.alpha_units
    return [
        {
            "a": found.a, "b": found.b, "count": found.count, "share": found.share,
            "ci_low": found.interval.low if shown else None, "ci_high": found.interval.high if shown else None,
            "excess": found.excess,
        }
        for found in _found(sample, seed)
    ]  # fmt: skip


@lru_cache(maxsize=128)
def _found(sample: Sample, seed: int) -> Sequence[Confusion]:
    if sample.patterns.n_items == 0:
        return ()
    if is_parted(sample.level) and sample.labels is not None:
        return part_confusions(sample.patterns, sample.level, sample.labels, seed=seed)
    return confusions(sample.patterns, seed=seed) if sample.is_listed else ()
