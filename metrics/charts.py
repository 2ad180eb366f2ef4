"""Where things stand in a drawing: plain numbers for SVG attributes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from metrics.verdict import RELIABLE, TENTATIVE

WIDTH: Final = 480
LEFT: Final = 92
RIGHT: Final = 14
ROW: Final = 34
TOP: Final = 34


@dataclass(frozen=True)
class Tick:
    x: float
    text: str


@dataclass(frozen=True)
class Mark:
    """One version: its point and whisker, or only its name where the number is withheld."""

    y: int
    name: str
    text: str
    x: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class PointChart:
    """Alpha by guideline version: a row each, alpha to the right."""

    width: int
    height: int
    left: int
    right: int
    bottom: int
    ticks: list[Tick]
    limits: list[Tick]
    marks: list[Mark]


def point_chart(rows: Sequence[Mapping[str, Any]]) -> PointChart:
    """A chart of score rows, which name themselves by `name`."""
    lows = [row["ci_low"] if row["ci_low"] is not None else row["value"] for row in rows if row["value"] is not None]
    start = 0.0 if not lows or min(lows) >= 0 else max(-1.0, -0.2 * (int(-min(lows) / 0.2) + 1))

    def x(value: float) -> float:
        return round(LEFT + (max(value, start) - start) / (1 - start) * (WIDTH - LEFT - RIGHT), 1)

    bottom = TOP + ROW * len(rows)
    steps = [start + step * 0.2 for step in range(round((1 - start) / 0.2) + 1)]
    marks = []
    for place, row in enumerate(rows):
        y, value = TOP + ROW * place + ROW // 2, row["value"]
        if value is None:
            marks.append(Mark(y, row["name"], "withheld"))
        else:
            low, high = row["ci_low"], row["ci_high"]
            ends = (None, None) if low is None else (x(low), x(high))
            marks.append(Mark(y, row["name"], f"{value:.3f}", x(value), *ends))
    return PointChart(
        width=WIDTH,
        height=bottom + 24,
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=bottom,
        ticks=[Tick(x(value), f"{value:.1f}") for value in steps],
        limits=[Tick(x(TENTATIVE), f"{TENTATIVE}"), Tick(x(RELIABLE), f"{RELIABLE:.2f}")],
        marks=marks,
    )


@dataclass(frozen=True)
class Bar:
    """A bar from 0 to the value on a scale of 100, with its whisker."""

    width: float
    low: float | None
    high: float | None


def bar_of(row: Mapping[str, Any]) -> Bar | None:
    """A bar of a value between 0 and 1; what is below 0 has no length, its number says the rest."""
    if row["value"] is None:
        return None
    low, high = row["ci_low"], row["ci_high"]
    ends = (None, None) if low is None else (_percent(low), _percent(high))
    return Bar(_percent(row["value"]), *ends)


def _percent(value: float) -> float:
    return round(min(1.0, max(0.0, value)) * 100, 1)


def heat_level(value: float, most: float) -> int:
    """0 (nothing) to 9 (most)."""
    if value <= 0 or most <= 0:
        return 0
    return min(9, 1 + int(value / most * 8.999))
