"""Is a question ready to release? One rule, said in words wherever its answer is shown. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from core.figures import figure
from metrics.stats.bootstrap import Difference
from metrics.stats.planning import units_needed
from metrics.stats.withholding import Minimums, show_difference

TENTATIVE: Final = 0.667
RELIABLE: Final = 0.8
"""Krippendorff's customary limits: from the first tentative conclusions, from the second reliance."""


@dataclass(frozen=True)
class Target:
    """What alpha's lower limit must reach, and why. `number` None: nobody has set one, the customary limit stands."""

    value: float
    reason: str
    number: int | None = None

    def body(self) -> dict[str, Any]:
        """As the API and stored runs hold it."""
        return {"alpha": self.value, "reason": self.reason, "number": self.number}


CUSTOMARY: Final = Target(TENTATIVE, "customary: below it not even tentative conclusions")
Word = Literal["met", "not_met", "not_yet_decided"]


@dataclass(frozen=True)
class Verdict:
    """The answer, and what it rests on."""

    answer: Literal["yes", "no", "not enough data"]
    sentence: str
    target: Target
    needed: int | None = None
    """Units in all that would decide it; None where it is decided, or where no number of units is known to."""
    more: int | None = None
    """How many of them are missing."""

    @property
    def tone(self) -> str:
        return {"yes": "ok", "no": "bad"}.get(self.answer, "info")

    @property
    def word(self) -> Word:
        """Whether the target is met, as the API says it."""
        words: dict[str, Word] = {"yes": "met", "no": "not_met"}
        return words.get(self.answer, "not_yet_decided")

    @property
    def words(self) -> str:
        """The same for people."""
        return self.word.replace("_", " ")

    @property
    def rule(self) -> str:
        return (
            f"Rule: yes when the lower limit of alpha’s 95 % interval is at least {self.target.value:.3f}, no when the "
            f"upper limit is below it. Why this target: {self.target.reason.rstrip(' .')}."
        )


def verdict_of(score: Mapping[str, Any], target: Target) -> Verdict:
    """Judge one alpha row of the API's shape."""
    value, low, high = score["value"], score["ci_low"], score["ci_high"]
    if value is None:
        return _open(str(score["reason"]), target, score.get("needed"), score)
    if low is None or high is None:
        return _open("The answers vary too little for an interval.", target, None, score)
    if low >= target.value:
        return Verdict("yes", f"The interval starts at {figure(low)}, above the target.", target)
    if high < target.value:
        return Verdict("no", f"The interval ends at {figure(high)}, below the target.", target)
    needed = units_needed(value=value, low=low, high=high, target=target.value, n_units=score["n_items"])
    return _open("The interval holds the target." + _items_needed(needed, score), target, needed, score)


def _open(sentence: str, target: Target, needed: int | None, score: Mapping[str, Any]) -> Verdict:
    more = None if needed is None else max(0, needed - score["n_items"])
    return Verdict("not enough data", sentence, target, needed, more)


def _items_needed(needed: int | None, score: Mapping[str, Any]) -> str:
    """How many items might settle it, since the width shrinks with the root of their number."""
    if needed is None:
        return " Alpha is so close to the target that more items alone may not settle it."
    more = needed - score["n_items"]
    return (
        f" About {needed} items with two or more answers would settle it, {more} more than now, if alpha stays where "
        "it is."
    )


def judged(rows: Sequence[dict[str, Any]], target: Target) -> list[dict[str, Any]]:
    """The score rows of one question with its target and verdict in the first one, which is the alpha they are about.

    The others hold the same keys with None: a target is one number about one coefficient.
    """
    nothing = {"target": None, "verdict": None, "units_needed": None}
    found = [dict(row) | nothing for row in rows]
    if found:
        verdict = verdict_of(found[0], target)
        found[0] |= {"target": target.body(), "verdict": verdict.word, "units_needed": verdict.needed}
    return found


def change_words(difference: Difference, n_before: int, n_after: int, minimums: Minimums) -> str:
    """`improved`, `worse` or `no change shown`; the first two only where the interval leaves 0 out."""
    shown, interval = show_difference(n_before, n_after, minimums), difference.interval
    if shown.withheld is not None:
        return f"not enough data: {min(n_before, n_after)} of the {shown.withheld.needed} items needed on each side"
    if interval.low is None or interval.high is None:
        return "not enough data: the answers vary too little for an interval"
    if interval.low > 0:
        return "improved"
    return "worse" if interval.high < 0 else "no change shown"
