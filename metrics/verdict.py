"""Is a question ready to release? One rule, said in words wherever its answer is shown. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, Literal

from metrics.stats.bootstrap import Difference
from metrics.stats.withholding import Minimums, show_difference

TENTATIVE: Final = 0.667
RELIABLE: Final = 0.8
"""Krippendorff's customary limits: from the first tentative conclusions, from the second reliance."""


@dataclass(frozen=True)
class Target:
    """What alpha's lower limit must reach, and why."""

    value: float
    reason: str


def target_of(settings: Mapping[str, Any], question: str) -> Target:
    """`settings.targets[question]`, a number or `{alpha, reason}`; without one the customary 0.667."""
    targets = settings.get("targets")
    given = targets.get(question) if isinstance(targets, Mapping) else None
    value, reason = (given.get("alpha"), str(given.get("reason", ""))) if isinstance(given, Mapping) else (given, "")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and -1 <= value <= 1:
        return Target(float(value), reason or "the project's own target")
    return Target(TENTATIVE, "customary: below it not even tentative conclusions")


@dataclass(frozen=True)
class Verdict:
    """The answer, and what it rests on."""

    answer: Literal["yes", "no", "not enough data"]
    sentence: str
    target: Target

    @property
    def tone(self) -> str:
        return {"yes": "ok", "no": "bad"}.get(self.answer, "info")

    @property
    def rule(self) -> str:
        return (
            f"Rule: yes when the lower limit of alpha's 95 % interval is at least {self.target.value:.3f}, no when the "
            f"upper limit is below it ({self.target.reason})."
        )


def verdict_of(score: Mapping[str, Any], target: Target) -> Verdict:
    """Judge one alpha row of the API's shape."""
    value, low, high = score["value"], score["ci_low"], score["ci_high"]
    if value is None:
        return Verdict("not enough data", str(score["reason"]), target)
    if low is None or high is None:
        return Verdict("not enough data", "The answers vary too little for an interval.", target)
    if low >= target.value:
        return Verdict("yes", f"The interval starts at {low:.3f}, above the target.", target)
    if high < target.value:
        return Verdict("no", f"The interval ends at {high:.3f}, below the target.", target)
    return Verdict("not enough data", "The interval holds the target." + _items_needed(score, target), target)


def _items_needed(score: Mapping[str, Any], target: Target) -> str:
    """How many items might settle it, since the width shrinks with the root of their number."""
    value, gap = score["value"], abs(score["value"] - target.value)
    width = value - score["ci_low"] if value > target.value else score["ci_high"] - value
    if gap < 0.005 or width <= gap:
        return " Alpha is so close to the target that more items alone may not settle it."
    needed = ceil(score["n_items"] * (width / gap) ** 2)
    return f" About {needed} items with two or more answers would settle it, if alpha stays where it is."


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
