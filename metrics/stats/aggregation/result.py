"""What aggregation gives: one answer for each unit, or the plain statement that there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from metrics.stats.patterns import FloatArray, IntArray, Level, Value

NO_ANSWER: Final = -1
DECIDED, TIED, UNANSWERED = 0, 1, 2
"""States of a unit: one answer; several that are equally good; nobody answered."""
StateArray = NDArray[np.int8]
BoolArray = NDArray[np.bool_]
Setting = str | int | float | bool


@dataclass(frozen=True, eq=False)
class Distribution:
    """How the weight of each unit lies over answers; units that answer alike share a row.

    Row r holds `columns[starts[r]:starts[r+1]]` (codes of answers) and their `weights`, which sum to 1.
    """

    row: IntArray
    """The row of each unit, -1 where nobody answered."""
    starts: IntArray
    columns: IntArray
    weights: FloatArray

    @classmethod
    def from_dense(cls, weights: FloatArray, row: IntArray, floor: float = 5e-7) -> Self:
        """From rows x answers; weights below `floor` are not kept, the best of a row always is."""
        kept = (weights >= floor) | (weights == weights.max(axis=1, keepdims=True, initial=0.0))
        rows, columns = np.nonzero(kept)
        starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(weights)))))
        return cls(row, starts.astype(np.int64), columns.astype(np.int64), weights[kept])

    def of(self, unit: int) -> list[tuple[int, float]]:
        """(code, weight) of a unit's answers, the heaviest first."""
        row = int(self.row[unit])
        if row < 0:
            return []
        part = slice(int(self.starts[row]), int(self.starts[row + 1]))
        pairs = zip(self.columns[part].tolist(), self.weights[part].tolist(), strict=True)
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    @cached_property
    def row_of_entry(self) -> IntArray:
        """The row that each entry belongs to."""
        return np.repeat(np.arange(self.starts.size - 1, dtype=np.int64), np.diff(self.starts))

    @cached_property
    def top(self) -> FloatArray:
        """The greatest weight of each row."""
        return np.maximum.reduceat(self.weights, self.starts[:-1]) if self.starts.size > 1 else np.zeros(0)

    def leaders(self, within: float = 0.0) -> tuple[IntArray, IntArray]:
        """Of each row the first of the heaviest answers, and how many are as heavy but for `within`."""
        best = self.weights >= self.top[self.row_of_entry] - within
        entries = np.flatnonzero(best)
        number = np.bincount(self.row_of_entry[entries], minlength=self.starts.size - 1)
        first = entries[np.searchsorted(self.row_of_entry[entries], np.arange(self.starts.size - 1))]
        return self.columns[first], number.astype(np.int64)


@dataclass(frozen=True, eq=False)
class Fit:
    """What a model learned on the way. Arrays by annotator code and by code of the value."""

    iterations: int
    converged: bool
    log_likelihood: float
    """Natural logarithm; for a variational fit the lower bound that was raised."""
    shares: FloatArray | None = None
    """How common each value is among the true answers."""
    confusion: FloatArray | None = None
    """annotators x true x given; rows sum to 1."""
    competence: FloatArray | None = None
    """Per annotator, 0 to 1: what it is the probability of stands with the method. NaN without answers."""
    strengths: FloatArray | None = None
    """Per contestant, in log odds, mean 0."""
    errors: FloatArray | None = None
    """Per annotator, the standard deviation of his errors in units of the answers. NaN without shared units."""
    restarts: int = 1


@dataclass(frozen=True, eq=False)
class Aggregate:
    """The answers that a method found, by unit code. A tie is a state of its own and never an answer."""

    method: str
    level: Level
    values: tuple[Value, ...]
    """What the codes stand for; built answers (numbers, spans, boxes, sets, rankings) are among them. As keys of
    JSON: `answers.answer_of` gives the answer of the question's kind."""
    answer: IntArray
    """A code, or NO_ANSWER where the unit is tied or unanswered."""
    state: StateArray
    confidence: FloatArray
    """0 to 1; the method says of what. NaN where nobody answered, and for numbers, which have `spread` instead."""
    distribution: Distribution | None = None
    spread: FloatArray | None = None
    """How far the answers lie apart, in units of the answers (numbers) or in steps (ratings)."""
    between: IntArray | None = None
    """units x 2: the answers between which a tied unit stands, where the distribution does not tell."""
    fit: Fit | None = None
    settings: Mapping[str, Setting] = field(default_factory=dict)
    software: Mapping[str, str] = field(default_factory=dict)
    """What computed it, with versions."""

    @property
    def n_units(self) -> int:
        return int(self.answer.size)

    @property
    def n_decided(self) -> int:
        return int((self.state == DECIDED).sum())

    @property
    def n_tied(self) -> int:
        return int((self.state == TIED).sum())

    @property
    def tied(self) -> BoolArray:
        """Whether each unit has several equally good answers."""
        return np.asarray(self.state == TIED)

    @property
    def iterations(self) -> int | None:
        """None where nothing was iterated."""
        return None if self.fit is None else self.fit.iterations

    @property
    def converged(self) -> bool | None:
        return None if self.fit is None else self.fit.converged

    @property
    def log_likelihood(self) -> float | None:
        return None if self.fit is None else self.fit.log_likelihood

    def value_of(self, unit: int) -> Value | None:
        """The answer of a unit; None where it is tied or unanswered."""
        code = int(self.answer[unit])
        return None if code == NO_ANSWER else self.values[code]

    def weights_of(self, unit: int) -> list[tuple[Value, float]]:
        """The answers of a unit with their weights, the heaviest first; empty where the method gives none."""
        found = () if self.distribution is None else self.distribution.of(unit)
        return [(self.values[code], weight) for code, weight in found]

    def candidates(self, unit: int, within: float = 1e-6) -> tuple[Value, ...]:
        """The answers between which a tied unit stands, or the one answer."""
        if self.between is not None and self.state[unit] == TIED:
            return tuple(dict.fromkeys(self.values[code] for code in self.between[unit].tolist()))
        weights = self.weights_of(unit)
        if not weights or self.between is not None:
            value = self.value_of(unit)
            return () if value is None else (value,)
        return tuple(value for value, weight in weights if weight >= weights[0][1] - within)

    def runner_up(self, unit: int) -> tuple[Value, float] | None:
        """The second heaviest answer with its weight; of a tie, one of the tied."""
        weights = self.weights_of(unit)
        return weights[1] if len(weights) > 1 else None


def decide(distribution: Distribution, n_units: int, within: float = 0.0) -> tuple[IntArray, StateArray, FloatArray]:
    """Answer, state and weight of each unit: the heaviest answer, if it is heavier than all others."""
    answer = np.full(n_units, NO_ANSWER, dtype=np.int64)
    state = np.full(n_units, UNANSWERED, dtype=np.int8)
    confidence = np.full(n_units, np.nan)
    units = np.flatnonzero(distribution.row >= 0)
    if units.size:
        row = distribution.row[units]
        first, number = distribution.leaders(within)
        single = number[row] == 1
        answer[units] = np.where(single, first[row], NO_ANSWER)
        state[units] = np.where(single, DECIDED, TIED)
        confidence[units] = distribution.top[row]
    return answer, state, confidence


@dataclass(frozen=True)
class Changes:
    """What switching from one way of aggregating to another changes. Shares are of the units that either answers."""

    n: int
    """Units that at least one of the two decides or ties."""
    relabelled: int
    """Decided by both, differently."""
    to_tie: int
    from_tie: int
    gained: int
    """Unanswered before, decided or tied now."""
    lost: int

    @property
    def changed(self) -> int:
        return self.relabelled + self.to_tie + self.from_tie + self.gained + self.lost

    @property
    def share(self) -> float | None:
        """None without any unit."""
        return self.changed / self.n if self.n else None


def changes(before: Aggregate, after: Aggregate) -> Changes:
    """Unit by unit; a tie counts as a state of its own, so two ties are no change. Raises ValueError if the units
    are not the same."""
    if before.n_units != after.n_units:
        raise ValueError("The two were made over different units.")
    codes = {value: code for code, value in enumerate(before.values)}
    beyond = len(codes)
    place = np.asarray([codes.get(value, beyond + code) for code, value in enumerate(after.values)], dtype=np.int64)
    both = (before.state == DECIDED) & (after.state == DECIDED)
    now = place[after.answer[both]] if place.size else after.answer[both]
    empty, ended = before.state == UNANSWERED, after.state == UNANSWERED
    return Changes(
        n=int((~empty | ~ended).sum()),
        relabelled=int((before.answer[both] != now).sum()),
        to_tie=int(((before.state == DECIDED) & (after.state == TIED)).sum()),
        from_tie=int(((before.state == TIED) & (after.state == DECIDED)).sum()),
        gained=int((empty & ~ended).sum()),
        lost=int((~empty & ended).sum()),
    )
