"""Answers that are lists or texts: each distinct content of a unit is looked at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from metrics.stats.aggregation.answers import Answers
from metrics.stats.aggregation.collapse import by_content
from metrics.stats.aggregation.result import (
    DECIDED,
    NO_ANSWER,
    TIED,
    UNANSWERED,
    Aggregate,
    Distribution,
)
from metrics.stats.patterns import Value

Half = Literal["tie", "keep", "drop"]
"""What becomes of a part that exactly half of the annotators marked."""
HALVES: Final[tuple[Half, ...]] = ("tie", "keep", "drop")


@dataclass(frozen=True)
class Found:
    """The answer of a unit, or the two between which it stands, the plainer one first."""

    values: tuple[Value, ...]
    confidence: float
    weights: tuple[tuple[Value, float], ...] = ()


def per_content(method: str, answers: Answers, look: Callable[[Sequence[Value]], Found]) -> Aggregate:
    """`look` at the answers of each distinct content, in the order of their values."""
    contents = by_content(answers)
    found = [look([answers.values[code] for code in codes]) for codes in contents.rows()]
    kept: dict[Value, int] = {}
    for one in found:
        for value in (*one.values, *(value for value, _ in one.weights)):
            kept.setdefault(value, len(kept))
    units = np.flatnonzero(contents.row >= 0)
    row = contents.row[units]
    answer = np.full(answers.n_units, NO_ANSWER, dtype=np.int64)
    state = np.full(answers.n_units, UNANSWERED, dtype=np.int8)
    confidence = np.full(answers.n_units, np.nan)
    between = np.full((answers.n_units, 2), NO_ANSWER, dtype=np.int64)
    if found:
        single = np.asarray([len(one.values) == 1 for one in found])
        ends = np.asarray([(kept[one.values[0]], kept[one.values[-1]]) for one in found], dtype=np.int64)
        answer[units] = np.where(single, ends[:, 0], NO_ANSWER)[row]
        state[units] = np.where(single, DECIDED, TIED)[row]
        confidence[units] = np.asarray([one.confidence for one in found])[row]
        between[units] = np.where(single[:, np.newaxis], NO_ANSWER, ends)[row]
    return Aggregate(
        method, answers.level, tuple(kept), answer, state, confidence, _weights(contents.row, found, kept),
        between=between,
    )  # fmt: skip


def _weights(row: np.ndarray, found: Sequence[Found], kept: dict[Value, int]) -> Distribution | None:
    if not any(one.weights for one in found):
        return None
    starts = np.concatenate(([0], np.cumsum([len(one.weights) for one in found]))).astype(np.int64)
    pairs = [pair for one in found for pair in one.weights]
    columns = np.asarray([kept[value] for value, _ in pairs], dtype=np.int64)
    return Distribution(row, starts, columns, np.asarray([weight for _, weight in pairs], dtype=np.float64))


@dataclass
class Tally:
    """Parts of an answer that are decided one by one: how far annotators agree with what was decided."""

    agreed: float = 0.0
    parts: float = 0.0
    open: bool = False

    def decide(self, votes: int, of: int, half: str, size: float = 1.0) -> tuple[bool, bool]:
        """Whether a part stands in the plainer and in the fuller answer: they differ where half is a tie."""
        share = votes / of
        even = 2 * votes == of
        stands = 2 * votes > of or (even and half == "keep")
        self.agreed += size * (share if stands else 1 - share)
        self.parts += size
        self.open |= even and half == "tie"
        return stands, stands or (even and half == "tie")

    @property
    def confidence(self) -> float:
        """1 where nobody marked anything."""
        return self.agreed / self.parts if self.parts else 1.0
