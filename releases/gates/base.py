"""What a gate must know. A new gate is one module beside this and one entry in the registry."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

PASS, FAIL, WARN, NOT_RUN = "pass", "fail", "warn", "not_run"
OPERATORS = (
    "mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan", "mustBeLessOrEqualTo",
    "mustBeBetween", "mustNotBeBetween",
)  # fmt: skip


@dataclass
class Facts:
    """What building a release has found out, for its gates to judge."""

    rows: int = 0
    wrong_rows: int = 0
    wrong_examples: list[str] = field(default_factory=list)
    labels: int = 0
    stale_labels: int = 0
    cases: int = 0
    open_cases: int = 0
    alphas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Question -> the alpha row of the cut."""


@dataclass(frozen=True)
class Found:
    """The figure of a gate, or why there is none. `detail` is the sentence that people read."""

    actual: float | int | None
    detail: str


class Gate(ABC):
    """One check. `actual` None means that it could not be run, which is never a pass."""

    metric: ClassVar[str]
    title: ClassVar[str]
    per_question: ClassVar[bool] = False
    operator: ClassVar[str]
    threshold: ClassVar[float | int]

    @abstractmethod
    def measure(self, facts: Facts, question: str | None) -> Found:
        """The figure that the threshold is held against."""


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


def holds_threshold(operator: str, threshold: Any) -> bool:
    """Whether the threshold is of the kind that the operator needs."""
    if operator.endswith("Between"):
        return (
            isinstance(threshold, list)
            and len(threshold) == 2
            and all(_number(edge) for edge in threshold)
            and threshold[0] <= threshold[1]
        )
    return _number(threshold)


def meets(operator: str, threshold: Any, actual: float) -> bool:
    """Whether the figure keeps what the contract promises."""
    if operator.endswith("Between"):
        inside = bool(threshold[0] <= actual <= threshold[1])
        return inside if operator == "mustBeBetween" else not inside
    return bool(
        {
            "mustBe": actual == threshold,
            "mustNotBe": actual != threshold,
            "mustBeGreaterThan": actual > threshold,
            "mustBeGreaterOrEqualTo": actual >= threshold,
            "mustBeLessThan": actual < threshold,
            "mustBeLessOrEqualTo": actual <= threshold,
        }[operator]
    )
