"""Where things stand in a drawing: plain numbers for SVG attributes. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor
from typing import Any, Final

from core.figures import figure
from metrics.verdict import RELIABLE, TENTATIVE
from metrics.words import absent_word

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
    address: str = ""
    words: str = ""


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

    @property
    def span(self) -> int:
        return self.right - self.left


def point_chart(rows: Sequence[Mapping[str, Any]]) -> PointChart:
    """A chart of score rows, which name themselves by `name`; a point leads to the row's `address`, if it has one."""
    start = _start(rows)

    def x(value: float) -> float:
        return round(LEFT + (max(value, start) - start) / (1 - start) * (WIDTH - LEFT - RIGHT), 1)

    bottom = TOP + ROW * len(rows)
    steps = [start + step * 0.2 for step in range(round((1 - start) / 0.2) + 1)]
    marks = []
    for place, row in enumerate(rows):
        y, value = TOP + ROW * place + ROW // 2, row["value"]
        address, words = row.get("address", ""), f"{row['name']}: {point_words(row)}"
        if value is None:
            marks.append(Mark(y, row["name"], absent_word(row.get("undefined")), address=address, words=words))
        else:
            low, high = row["ci_low"], row["ci_high"]
            ends = (None, None) if low is None else (x(low), x(high))
            point = Mark(y, row["name"], figure(value), x(value), ends[0], ends[1], address, words)
            marks.append(point)
    return PointChart(
        width=WIDTH,
        height=bottom + 24,
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=bottom,
        ticks=[Tick(x(value), figure(value, ".1f")) for value in steps],
        limits=[Tick(x(TENTATIVE), f"{TENTATIVE}"), Tick(x(RELIABLE), f"{RELIABLE:.2f}")],
        marks=marks,
    )


def _start(rows: Sequence[Mapping[str, Any]]) -> float:
    """Where the axis begins: at 0, or at the next fifth below what is negative."""
    lows = [row["ci_low"] if row["ci_low"] is not None else row["value"] for row in rows if row["value"] is not None]
    return 0.0 if not lows or min(lows) >= 0 else max(-1.0, -0.2 * (int(-min(lows) / 0.2) + 1))


def point_words(row: Mapping[str, Any]) -> str:
    """What a point says to somebody who cannot see it."""
    if row["value"] is None:
        return f"alpha {absent_word(row.get('undefined'))}, {row.get('n_items', 0)} items"
    interval = "" if row["ci_low"] is None else f", 95 % interval {figure(row['ci_low'])} to {figure(row['ci_high'])}"
    return f"alpha {figure(row['value'])}{interval}, {row['n_items']} items"


WEEK_HEIGHT: Final = 250
WEEK_TOP: Final = 26
WEEK_LEFT: Final = 40
WEEK_STEP: Final = 30
FEWEST_WEEKS: Final = 10
NEAREST_MARKS: Final = 90


@dataclass(frozen=True)
class WeekPoint:
    """One week; without `y` its number is withheld and it is drawn hollow on the axis."""

    x: float
    y: float | None
    low: float | None
    high: float | None
    address: str
    words: str
    is_wanted: bool

    @property
    def hit(self) -> float:
        """Where the field begins that a finger may touch."""
        return self.x - 14


@dataclass(frozen=True)
class Height:
    y: float
    text: str


@dataclass(frozen=True)
class WeekChart:
    """Alpha by week: time to the right, alpha upwards, published versions as vertical marks."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    ticks: list[Height]
    limits: list[Height]
    days: list[Tick]
    published: list[Tick]
    points: list[WeekPoint]

    @property
    def middle(self) -> float:
        """Names of marks run to the left of those behind it, so that they stay inside the drawing."""
        return (self.left + self.right) / 2

    @property
    def depth(self) -> int:
        return self.bottom - self.top


def week_chart(rows: Sequence[Mapping[str, Any]], published: Sequence[tuple[date, str]], wanted: str) -> WeekChart:
    """A chart of rows with `start`, the first day of a week, in order of time; `wanted` is the chosen week's start."""
    first = rows[0]["start"]
    n_weeks = max(FEWEST_WEEKS, (rows[-1]["start"] - first).days // 7 + 1)
    width = WEEK_LEFT + WEEK_STEP * n_weeks + 14
    right, bottom, start = WEEK_LEFT + WEEK_STEP * n_weeks, WEEK_HEIGHT - 30, _start(rows)

    def x(day: date) -> float:
        return round(WEEK_LEFT + WEEK_STEP * (day - first).days / 7 + WEEK_STEP / 2, 1)

    def y(value: float) -> float:
        return round(bottom - (max(value, start) - start) / (1 - start) * (bottom - WEEK_TOP), 1)

    last = first + timedelta(days=7 * n_weeks)
    days = [first + timedelta(days=7 * week) for week in range(0, (rows[-1]["start"] - first).days // 7 + 1, 2)]
    steps = [start + step * 0.2 for step in range(round((1 - start) / 0.2) + 1)]
    return WeekChart(
        width=width, height=WEEK_HEIGHT, left=WEEK_LEFT, right=right, top=WEEK_TOP, bottom=bottom,
        ticks=[Height(y(value), figure(value, ".1f")) for value in steps],
        limits=[Height(y(TENTATIVE), f"{TENTATIVE} tentative"), Height(y(RELIABLE), f"{RELIABLE:.2f} reliable")],
        days=[Tick(x(day), f"{day.day} {day:%b}") for day in days],
        published=_marks([(x(day) - WEEK_STEP / 2, name) for day, name in published if first <= day <= last]),
        points=[_week_point(row, x, y, wanted) for row in rows],
    )  # fmt: skip


def _marks(places: Sequence[tuple[float, str]]) -> list[Tick]:
    """Versions published too near each other to be named apart share one mark, at the first of them."""
    marks: list[Tick] = []
    for place, name in places:
        if marks and place - marks[-1].x < NEAREST_MARKS:
            marks[-1] = Tick(marks[-1].x, f"{marks[-1].text}, {name}")
        else:
            marks.append(Tick(place, name))
    return marks


def _week_point(
    row: Mapping[str, Any], x: Callable[[date], float], y: Callable[[float], float], wanted: str
) -> WeekPoint:
    shown, ranged = row["value"] is not None, row["ci_low"] is not None
    return WeekPoint(
        x=x(row["start"]),
        y=y(row["value"]) if shown else None,
        low=y(row["ci_low"]) if shown and ranged else None,
        high=y(row["ci_high"]) if shown and ranged else None,
        address=row.get("address", ""),
        words=f"Week from {row['start'].day} {row['start']:%B %Y}: {point_words(row)}",
        is_wanted=row["start"].isoformat() == wanted,
    )


@dataclass(frozen=True)
class Bar:
    """A bar from 0 to the value, on a scale of 100 that begins at `zero` or below."""

    x: float
    width: float
    zero: float
    low: float | None
    high: float | None
    limits: tuple[float, float]


def bars_of(rows: Sequence[Mapping[str, Any]]) -> list[Bar | None]:
    """A bar of each row's value, all on one scale, so that they can be compared; None where it is withheld."""
    start = min((floor(_lowest(row) * 5) / 5 for row in rows if row["value"] is not None), default=0.0)
    start = min(0.0, max(-1.0, start))

    def x(value: float) -> float:
        return round((min(1.0, max(start, value)) - start) / (1 - start) * 100, 1)

    bars: list[Bar | None] = []
    for row in rows:
        if row["value"] is None:
            bars.append(None)
            continue
        zero, end = x(0.0), x(row["value"])
        ranged = row["ci_low"] is not None
        bars.append(
            Bar(
                x=min(zero, end),
                width=round(abs(end - zero), 1),
                zero=zero,
                low=x(row["ci_low"]) if ranged else None,
                high=x(row["ci_high"]) if ranged else None,
                limits=(x(TENTATIVE), x(RELIABLE)),
            )
        )
    return bars


def _lowest(row: Mapping[str, Any]) -> float:
    return float(row["value"] if row["ci_low"] is None else row["ci_low"])


def heat_level(value: float, most: float) -> int:
    """0 (nothing) to 9 (most)."""
    if value <= 0 or most <= 0:
        return 0
    return min(9, 1 + int(value / most * 8.999))
