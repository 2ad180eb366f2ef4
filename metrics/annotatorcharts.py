"""Drawings of one annotator: windows with their limits, and the labels given more or less often. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any, Final

from core.figures import figure
from metrics.charts import Tick

HEIGHT: Final = 270
TOP: Final = 16
LEFT: Final = 52
STEP: Final = 34
WIDEST_STEP: Final = 96
FULL: Final = 560
BAR_ROW: Final = 30
BAR_WIDTH: Final = 480
BAR_LEFT: Final = 150


@dataclass(frozen=True)
class Height:
    y: float
    text: str


@dataclass(frozen=True)
class Dot:
    """One window. `shape` is none (withheld, on the axis), inside, outside or alarm: never only a colour."""

    x: float
    y: float
    shape: str
    words: str
    address: str
    hit: float
    """Where the field begins that a finger may touch."""

    @property
    def diamond(self) -> str:
        size = 8 if self.shape == "alarm" else 6
        x, y = self.x, self.y
        return f"{x},{y - size} {x + size},{y} {x},{y + size} {x - size},{y}"


@dataclass(frozen=True)
class DriftChart:
    """Windows to the right, agreement upwards. `band` is the polygon between the limits, `ewma` and others lines."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    step: float
    ticks: list[Height]
    days: list[Tick]
    bands: list[str]
    centre: list[str]
    ewma: str
    others: str
    dots: list[Dot]

    @property
    def depth(self) -> int:
        return self.bottom - self.top


def drift_chart(windows: Sequence[Mapping[str, Any]], kind: str) -> DriftChart:
    """A chart of windows as a run keeps them; each may have an `address` and must have `words`.

    `kind` is share or likeness (between 0 and 1), or distance.
    """
    start, end, step = _scale(windows, kind)
    wide = max(STEP, min(WIDEST_STEP, FULL // max(1, len(windows))))
    bottom, right = HEIGHT - 34, LEFT + wide * len(windows)

    def x(place: int) -> float:
        return LEFT + wide * place + wide / 2

    def y(value: float) -> float:
        return round(bottom - (min(end, max(start, value)) - start) / (end - start) * (bottom - TOP), 1)

    ticks = [start + step * place for place in range(round((end - start) / step) + 1)]
    shown = [(place, row) for place, row in enumerate(windows) if row["value"] is not None]
    every = max(1, ceil(72 / wide))
    return DriftChart(
        width=right + 16, height=HEIGHT, left=LEFT, right=right, top=TOP, bottom=bottom, step=wide,
        ticks=[Height(y(value), _number(value, kind)) for value in ticks],
        days=[Tick(x(place), day_of(row)) for place, row in enumerate(windows) if place % every == 0],
        bands=[_band(x(place), wide, y, row) for place, row in shown if row["low"] is not None],
        centre=[
            f"{x(place) - wide / 2},{y(row['centre'])} {x(place) + wide / 2},{y(row['centre'])}"
            for place, row in shown
            if row["centre"] is not None
        ],
        ewma=" ".join(f"{x(place)},{y(row['ewma'])}" for place, row in shown),
        others=" ".join(f"{x(place)},{y(row['others'])}" for place, row in shown if row.get("others") is not None),
        dots=[_dot(x(place), wide, y, row) for place, row in enumerate(windows)],
    )  # fmt: skip


def _scale(windows: Sequence[Mapping[str, Any]], kind: str) -> tuple[float, float, float]:
    """Where the axis begins and ends, and its step."""
    names = ("value", "low", "high", "others")
    found = [row[name] for row in windows for name in names if row.get(name) is not None]
    if kind == "distance":
        most = max(found, default=1.0) or 1.0
        magnitude = 10.0 ** floor(log10(most))
        step = next(size * magnitude for size in (0.2, 0.5, 1.0, 2.0) if most <= 6 * size * magnitude)
        return 0.0, step * ceil(most / step), step
    least = min(found, default=0.0)
    return (0.0, 1.0, 0.2) if least < 0.5 else (0.5, 1.0, 0.1)


def _number(value: float, kind: str) -> str:
    return f"{value:.3g}" if kind == "distance" else f"{value * 100:.0f} %"


def _band(x: float, wide: float, y: Callable[[float], float], row: Mapping[str, Any]) -> str:
    left, right = x - wide / 2, x + wide / 2
    low, high = y(row["low"]), y(row["high"])
    return f"{left},{high} {right},{high} {right},{low} {left},{low}"


def _dot(x: float, wide: float, y: Callable[[float], float], row: Mapping[str, Any]) -> Dot:
    shape = "none" if row["value"] is None else "alarm" if row["alarm"] else "outside" if row["outside"] else "inside"
    height = HEIGHT - 34 if row["value"] is None else y(row["value"])
    return Dot(x, height, shape, str(row["words"]), str(row.get("address", "")), x - wide / 2)


def day_of(row: Mapping[str, Any]) -> str:
    """The day on which a window begins: 3 Mar."""
    text = str(row["start"] or row["from"])[:10]
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{int(text[8:10])} {months[int(text[5:7]) - 1]}"


def _signed(value: float, *, percent: bool) -> str:
    if not value:
        return "0"
    return f"{figure(100 * value, '+.0f')} %" if percent else figure(value, "+.3g")


@dataclass(frozen=True)
class BiasBar:
    """One label: a bar from 0 to the difference, with its interval."""

    y: int
    title: str
    x: float
    width: float
    low: float | None
    high: float | None
    shape: str
    """`clear` where the interval leaves 0 out."""
    text: str


@dataclass(frozen=True)
class BiasChart:
    """Differences to the left (less often than others) and right (more often)."""

    width: int
    height: int
    zero: float
    bottom: int
    ticks: list[Tick]
    bars: list[BiasBar]


def bias_chart(rows: Sequence[Mapping[str, Any]], *, percent: bool = True) -> BiasChart:
    """A chart of rows with `title`, `difference`, `ci_low`, `ci_high`; in per cent, or in numbers of a unit."""
    ends = [abs(row[name]) for row in rows for name in ("difference", "ci_low", "ci_high") if row[name] is not None]
    step = next(size for size in (0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 1e9) if max(ends, default=0) <= 2 * size)
    reach, right = 2 * step, BAR_WIDTH - 12

    def x(value: float) -> float:
        return round(BAR_LEFT + (min(reach, max(-reach, value)) + reach) / (2 * reach) * (right - BAR_LEFT), 1)

    bars = []
    for place, row in enumerate(rows):
        low, high, value = row["ci_low"], row["ci_high"], row["difference"]
        clear = low is not None and (low > 0 or high < 0)
        bars.append(BiasBar(
            y=10 + BAR_ROW * place, title=str(row["title"]), x=min(x(0.0), x(value)),
            width=round(abs(x(value) - x(0.0)), 1), low=None if low is None else x(low),
            high=None if high is None else x(high), shape="clear" if clear else "unclear",
            text=figure(100 * value, "+.1f") if percent else figure(value, "+.3g"),
        ))  # fmt: skip
    bottom = 10 + BAR_ROW * len(rows)
    steps = [-reach, -step, 0.0, step, reach]
    ticks = [Tick(x(value), _signed(value, percent=percent)) for value in steps]
    return BiasChart(BAR_WIDTH, bottom + 24, x(0.0), bottom, ticks, bars)
