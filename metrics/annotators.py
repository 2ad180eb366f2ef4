"""What a run finds out about each annotator of one question, and about teams. Pure.

A row is made for everybody who answered; figures that rest on too little are withheld with their reason, as everywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from guidelines.schema.kind import Coded
from metrics.measure import numbers
from metrics.questions import Measured
from metrics.stats.bias import LabelBias, Mixed, NumberBias
from metrics.stats.drift import Point, Slice, Spread, alarm_now, by_units, by_week, control_chart, window_units
from metrics.stats.meetings import Meetings
from metrics.stats.patterns import FloatArray, IntArray, is_numeric
from metrics.stats.people import NO_DIFFERENCE, PersonScore, person_scores
from metrics.stats.repeats import repeats
from metrics.stats.sets import is_set, labels_in
from metrics.stats.shares import Share, wilson
from metrics.stats.table import OPT_OUT, PERSON, AnswerTable
from metrics.stats.teams import NO_TEAM, Agreement, team_pairs, team_scores
from metrics.stats.withholding import Minimums, show_alpha, show_annotator, show_drift, show_pair

MOST_WINDOWS: Final = 60
"""Of somebody with very many answers the last windows are drawn; all before them together is what was usual."""
MOST_RATES: Final = 20
MOST_TEAMS: Final = 12
"""Of more teams not each two are compared, only each with everybody else."""
IDLE_MS: Final = 600_000
"""Whoever is away from the screen is not at work: a longer time counts as this long."""
MICROSECONDS: Final = 1_000_000
SAME_TIMES: Final = "same_times"
NO_TIMES: Final = "These answers came without times of their own, so there is no order to look at."
AGREEMENT: Final = {"nominal": "share", "ordinal": "share", "interval": "distance", "ratio": "distance"}
"""What a person's plain agreement is on each level; a likeness between 0 and 1 on all others."""


@dataclass(frozen=True)
class Facts:
    """What is known of a person besides the counted answers; `repeated` are (earlier, later) answers to one item."""

    unclear: int = 0
    skipped: int = 0
    changed: int = 0
    gold_right: int = 0
    gold_judged: int = 0
    repeated: Sequence[tuple[Coded, Coded]] = ()


@dataclass(frozen=True)
class Person:
    """One annotator's row: `n` units shared with others, and everything else as plain data."""

    annotator: UUID
    n: int
    figures: dict[str, Any] = field(default_factory=dict)


def people_figures(
    measured: Measured, table: AnswerTable, facts: Mapping[UUID, Facts], seed: int, minimums: Minimums
) -> Iterator[Person]:  # fmt: skip
    """A row for each person who answered. `table` has the columns `created_at` and `lead_time_ms`."""
    told = _Told(measured, table, minimums)
    scores = {
        score.annotator: score
        for score in person_scores(
            told.meetings, seed=seed, labels=told.labels, minimum=max(1, minimums.annotator_units)
        )
    }
    for code in np.unique(table.annotator[table.by_identity(PERSON)]).tolist():
        annotator, score = table.annotators[code], scores.get(code)
        known = facts.get(annotator, Facts())
        figures = told.answers(code) | told.agreement(score) | told.charts(code) | _shares(known, told.n_answers[code])
        figures["repeats"] = _repeats(measured, known.repeated, seed, minimums)
        yield Person(annotator, score.n if score else 0, figures)


class _Told:
    """What the answers of a question tell of each annotator, by the code of the table."""

    def __init__(self, measured: Measured, table: AnswerTable, minimums: Minimums) -> None:
        self.measured = measured
        self.table = table
        self.minimums = minimums
        self.meetings = Meetings.of(table, measured.level, measured.categories)
        found = self.meetings.values
        self.labels = measured.labels
        if is_set(measured.level):
            strange = {label for value in found for label in labels_in(value)} - set(measured.labels)
            self.labels = (*measured.labels, *sorted(strange))
        size = len(table.annotators)
        self.n_answers = np.bincount(table.annotator, minlength=size).astype(np.int64)
        self._opt_outs = np.bincount(table.annotator[table.value == OPT_OUT], minlength=size)
        self._by_lead = np.argsort(table.annotator, kind="stable")
        self._leads = np.searchsorted(table.annotator[self._by_lead], np.arange(size + 1))
        self._order, self._starts = self.meetings.rows_in_time(self.meetings.table.extra["created_at"])

    def answers(self, code: int) -> dict[str, Any]:
        """How many answers there are, and how long they took."""
        rows = self._by_lead[self._leads[code] : self._leads[code + 1]]
        return {
            "answers": int(self.n_answers[code]),
            "opt_outs": int(self._opt_outs[code]),
            "speed": _speed(self.table.extra["lead_time_ms"][rows]),
        }

    def agreement(self, score: PersonScore | None) -> dict[str, Any]:
        """Against the rest and without this person, what is mixed up and what is given more often."""
        n = score.n if score else 0
        undefined = score.with_rest.undefined if score else "no_pairable_units"
        shown = show_annotator(n, undefined, self.minimums)
        found = _figure(score, shown)
        if score is None or n < self.minimums.annotator_units:
            return found | {"agreement": None, "bias": [], "numbers": None, "mixed": []}
        without = show_annotator(n, score.without.undefined, self.minimums).withheld is None
        return found | {
            "leave_one_out": score.without.value if without else None,
            "delta": score.delta if without else None,
            "agreement": score.agreement,
            "bias": [self._bias(row) for row in score.bias],
            "numbers": _number_bias(score.numbers),
            "mixed": [self._mixed(row) for row in score.mixed],
        }

    def _bias(self, row: LabelBias) -> dict[str, Any]:
        names = self.labels if self.labels else self.meetings.values
        return {
            "label": names[row.column], "own": row.own, "others": row.others, "difference": row.difference,
            "ci_low": row.interval.low, "ci_high": row.interval.high,
        }  # fmt: skip

    def _mixed(self, row: Mixed) -> dict[str, Any]:
        own, other = self.meetings.values[row.own], self.meetings.values[row.other]
        return {"own": own, "other": other, "weight": row.weight, "share": row.share, "excess": row.excess}

    def charts(self, code: int) -> dict[str, Any]:
        """Windows by units and by weeks, and the labels that are given more or less often than they were."""
        rows = self._order[self._starts[code] : self._starts[code + 1]]
        times = self.meetings.table.extra["created_at"][rows]
        kind = AGREEMENT.get(self.measured.level, "likeness")
        head: dict[str, Any] = {"agreement_is": kind, "drift": None, "weeks": None, "rates": [], "no_drift": None}
        if not rows.size:
            return head
        if 2 * (1 + np.count_nonzero(np.diff(times))) < rows.size:
            return head | {"no_drift": {"reason": SAME_TIMES, "sentence": NO_TIMES}}
        size = window_units(self.minimums.drift_units)
        windows = {"drift": by_units(rows.size, size), "weeks": by_week(times // MICROSECONDS)}
        drawn = {name: self._windows(rows, times, found) for name, found in windows.items()}
        drawn["drift"]["size"] = size
        return head | drawn | {"rates": self._rates(rows, windows["drift"])}

    def _windows(self, rows: IntArray, times: NDArray[Any], windows: Sequence[Slice]) -> dict[str, Any]:
        kinds, minimum = self.meetings.kind[rows], self.minimums.drift_units
        spread: Spread = "mean" if is_numeric(self.measured.level) else "share"
        shown = windows[-MOST_WINDOWS:]
        before = [Slice(0, shown[0].first)] if shown[0].first else []
        drawn = control_chart(self.meetings.scores[kinds], [*before, *shown], minimum, spread)
        points = drawn[len(before) :]
        among = self.meetings.among_others[kinds] if self.measured.level in {"nominal", "ordinal"} else None
        leads = self.meetings.table.extra["lead_time_ms"][rows]
        return {
            "minimum": minimum, "of": len(windows), "alarm": alarm_now(points),
            "windows": [
                _window(window, point, times, leads, among) | self._said(point.n)
                for window, point in zip(shown, points, strict=True)
            ],
        }  # fmt: skip

    def _said(self, n: int) -> dict[str, Any]:
        """Why a window of `n` units shows nothing, or with what caution."""
        shown = show_drift(n, n, self.minimums)
        hidden = shown.withheld
        return {
            "undefined": hidden.reason if hidden else None, "needed": hidden.needed if hidden else None,
            "reason": hidden.sentence if hidden else None, "warning": shown.warning,
        }  # fmt: skip

    def _rates(self, rows: IntArray, windows: Sequence[Slice]) -> list[dict[str, Any]]:
        """The labels whose share of the answers in the last two windows lies outside what all before them was."""
        last = [window for window in windows if window.n >= max(1, self.minimums.drift_units)][-2:]
        level = self.measured.level
        if len(last) < 2 or not last[0].first or is_numeric(level) or level in NO_DIFFERENCE:
            return []
        holds = self.meetings.holds(self.labels) > 0
        names, own = self.labels or self.meetings.values, self.meetings.kinds.own[self.meetings.kind[rows]]
        found = []
        for column, name in list(enumerate(names))[:MOST_RATES]:
            given = holds[own, column].astype(np.float64)
            point = control_chart(given, [Slice(0, last[0].first), *last], 1)[-1]
            if point.alarm:
                found.append({"label": name, "side": point.outside, "value": point.value, "centre": point.centre})
        return found


def _figure(score: PersonScore | None, shown: Any) -> dict[str, Any]:
    if score is None:
        withheld = shown.withheld
        return {
            "with_rest": None, "ci_low": None, "ci_high": None, "undefined": withheld.reason,
            "needed": withheld.needed, "reason": withheld.sentence, "warning": None, "lowered_from": None,
            "leave_one_out": None, "delta": None,
        }  # fmt: skip
    row = numbers(score.with_rest.value, score.interval, shown)
    return {"with_rest": row.pop("value"), **row, "leave_one_out": None, "delta": None}


def _window(
    window: Slice, point: Point, times: NDArray[Any], leads: NDArray[Any], among: FloatArray | None
) -> dict[str, Any]:
    part = slice(window.first, window.last)
    taken = leads[part][leads[part] >= 0]
    others = among[part][~np.isnan(among[part])] if among is not None else np.zeros(0)
    known = point.value is not None
    return {
        "n": point.n, "from": _moment(int(times[window.first])), "to": _moment(int(times[window.last - 1])),
        "start": window.start.isoformat() if window.start else None,
        "value": point.value, "ewma": point.ewma, "centre": point.centre, "low": point.low, "high": point.high,
        "outside": point.outside, "alarm": point.alarm,
        "others": float(others.mean()) if known and others.size else None, "others_n": int(others.size),
        "median_ms": float(np.median(np.minimum(taken, IDLE_MS))) if known and taken.size else None,
    }  # fmt: skip


def _moment(microseconds: int) -> str:
    seconds, rest = divmod(microseconds, MICROSECONDS)
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%dT%H:%M:%S}.{rest:06d}Z"


def _speed(leads: NDArray[Any]) -> dict[str, Any] | None:
    known = leads[leads >= 0]
    if not known.size:
        return None
    low, middle, high = np.percentile(np.minimum(known, IDLE_MS), [25, 50, 75]).tolist()
    return {
        "n": int(known.size), "median_ms": middle, "q1_ms": low, "q3_ms": high,
        "capped": int((known > IDLE_MS).sum()), "cap_ms": IDLE_MS,
    }  # fmt: skip


def _number_bias(found: NumberBias | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "difference": found.difference, "ci_low": found.interval.low, "ci_high": found.interval.high,
        "deviation": found.deviation, "lower_limit": found.lower_limit, "upper_limit": found.upper_limit,
    }  # fmt: skip


def _shares(known: Facts, answers: int) -> dict[str, Any]:
    n = int(answers)
    return {
        "unclear": share_row(wilson(min(known.unclear, n), n)),
        "skips": share_row(wilson(known.skipped, n + known.skipped)),
        "changed": share_row(wilson(min(known.changed, n), n)),
        "gold": share_row(wilson(known.gold_right, known.gold_judged)),
    }


def share_row(share: Share) -> dict[str, Any]:
    """A share with its interval as plain data."""
    return {"value": share.value, "ci_low": share.low, "ci_high": share.high, "count": share.count, "n": share.n}


def _repeats(
    measured: Measured, pairs: Sequence[tuple[Coded, Coded]], seed: int, minimums: Minimums
) -> dict[str, Any] | None:
    if not pairs:
        return None
    known = {value for pair in pairs for value in pair}
    categories = (*(measured.categories or ()), *sorted(known - set(measured.categories or ()), key=str))
    found = repeats(pairs, measured.level, categories, seed=seed)
    shown = show_pair(len(pairs), found.alpha.undefined, minimums)
    return numbers(found.alpha.value, found.interval, shown) | {"n": len(pairs), "same": share_row(found.same)}


# --- teams --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Team:
    """A vendor or another group of people."""

    id: UUID
    name: str
    people: frozenset[UUID]


def team_figures(
    measured: Measured, table: AnswerTable, teams: Sequence[Team], seed: int, minimums: Minimums
) -> dict[str, Any]:
    """`teams` (each within itself and against the rest) and `team_pairs` (each two), for the first row of a run."""
    code = {person: number for number, team in enumerate(teams) for person in team.people}
    team_of = np.asarray([code.get(person, NO_TEAM) for person in table.annotators], dtype=np.int64)
    if not (team_of != NO_TEAM).any():
        return {"teams": [], "team_pairs": []}
    meetings = Meetings.of(table, measured.level, measured.categories)

    def shown(found: Agreement) -> dict[str, Any]:
        decided = show_alpha(found.n, found.result.undefined, found.interval, minimums)
        return numbers(found.result.value, found.interval, decided) | {"n_items": found.n}

    return {
        "teams": [
            {"team": str(teams[score.team].id), "name": teams[score.team].name, "n_annotators": score.people,
             "within": shown(score.within), "with_rest": shown(score.with_rest)}
            for score in team_scores(meetings, team_of, seed=seed)
        ],
        "team_pairs": [
            {"a": str(teams[a].id), "b": str(teams[b].id), **shown(found)}
            for a, b, found in (team_pairs(meetings, team_of, seed=seed) if len(teams) <= MOST_TEAMS else ())
        ],
    }  # fmt: skip
