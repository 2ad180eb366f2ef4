"""When a number may be shown.

Below a minimum sample an estimate tells nothing: with two annotators and a true alpha of .46, 10 units give
anything from -.06 to 1.00, 30 units .18 to .70. Then the reason and the count needed are shown instead of
the number, on every screen, export and API answer alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Literal, Self

from metrics.stats.alpha import Undefined
from metrics.stats.bootstrap import Interval

Reason = (
    Undefined
    | Literal[
        "too_few_units",
        "too_few_shared_units",
        "too_few_values",
        "too_few_annotators",
        "too_many_undefined_replicates",
    ]
)
Caution = Literal["few_units", "wide_interval"]

WIDE_INTERVAL: Final = 0.30
PAIR_WARN: Final = 50
LABEL_WARN: Final = 30
ANNOTATOR_WARN: Final = 100
SIDE_WARN: Final = 100
DRIFT_WARN: Final = 100

SENTENCES: Final[Mapping[Reason, str]] = {
    "no_pairable_units": "No item has answers from two annotators yet.",
    "no_variation": "Every answer is the same, so chance agreement is total and alpha is undefined.",
    "no_expected_disagreement": "The answers do not differ enough for chance disagreement to be measured.",
    "negative_values": "A ratio scale starts at zero, and there are answers below it.",
    "numeric_overflow": "The answers are too large to be squared.",
    "nothing_to_compare": "The answers hold nothing that two annotators could agree or disagree about.",
    "too_few_units": "{n} of the {needed} items needed with two or more answers.",
    "too_few_shared_units": "{n} of the {needed} items needed that both have answered.",
    "too_few_values": "{n} of the {needed} answers needed with this label.",
    "too_few_annotators": "{n} of the {needed} annotators needed.",
    "too_many_undefined_replicates": "Too few different answers for an interval.",
}


@dataclass(frozen=True)
class Minimums:
    """A project's limits. The defaults are measured; lowering one is shown beside the number."""

    alpha_units: int = 20
    alpha_warn: int = 50
    pair_units: int = 20
    label_values: int = 10
    annotator_units: int = 30
    side_units: int = 30
    drift_units: int = 30

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        """From `settings.minimums`; what is absent or no whole number keeps its default."""
        names = {field.name for field in fields(cls)}
        given = {
            name: value
            for name, value in settings.items()
            if name in names and isinstance(value, int) and not isinstance(value, bool) and value >= 0
        }
        return cls(**given)


DEFAULTS: Final = Minimums()


@dataclass(frozen=True)
class Withheld:
    """Why there is no number: a stable code, how many there are, how many it takes (None: no count helps)."""

    reason: Reason
    n: int
    needed: int | None

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return SENTENCES[self.reason].format(n=self.n, needed=self.needed)


@dataclass(frozen=True)
class Showing:
    """Whether a number is shown: withheld with a reason, or shown with at most one warning.

    `lowered_from` holds the default limit when the number is shown only because a project lowered it.
    """

    withheld: Withheld | None
    warning: Caution | None = None
    lowered_from: int | None = None


def _decide(
    reason: Reason,
    n: int,
    *,
    undefined: Undefined | None = None,
    needed: int,
    default: int,
    warn_below: int,
    interval: Interval | None = None,
) -> Showing:
    """Undefined outranks small: the reason why a number cannot exist says more than the count."""
    if undefined is not None:
        return Showing(Withheld(undefined, n, needed if n < needed else None))
    if n < needed:
        return Showing(Withheld(reason, n, needed))
    warning: Caution | None = None
    if n < warn_below:
        warning = "few_units"
    elif interval is not None and interval.low is not None and interval.high is not None:
        warning = "wide_interval" if interval.high - interval.low > WIDE_INTERVAL else None
    return Showing(None, warning, default if needed <= n < default else None)


def show_alpha(
    n_items: int,
    undefined: Undefined | None,
    interval: Interval | None = None,
    minimums: Minimums = DEFAULTS,
) -> Showing:
    """Alpha of a question or slice: pairable units. Cautions: few units, or an interval wider than .30."""
    return _decide(
        "too_few_units",
        n_items,
        undefined=undefined,
        needed=minimums.alpha_units,
        default=DEFAULTS.alpha_units,
        warn_below=minimums.alpha_warn,
        interval=interval,
    )


def show_pair(n_shared: int, undefined: Undefined | None = None, minimums: Minimums = DEFAULTS) -> Showing:
    """A cell of the annotator matrix: units that both answered."""
    return _decide(
        "too_few_shared_units",
        n_shared,
        undefined=undefined,
        needed=minimums.pair_units,
        default=DEFAULTS.pair_units,
        warn_below=PAIR_WARN,
    )


def show_label(
    n_values: int,
    n_annotators: int | None,
    undefined: Undefined | None = None,
    minimums: Minimums = DEFAULTS,
) -> Showing:
    """One-vs-rest alpha or specific agreement: values of the label, from two annotators.

    `n_annotators` is None where they are unknown (an import without identities); then values alone decide.
    """
    shown = _decide(
        "too_few_values",
        n_values,
        undefined=undefined,
        needed=minimums.label_values,
        default=DEFAULTS.label_values,
        warn_below=LABEL_WARN,
    )
    if shown.withheld is None and n_annotators is not None and n_annotators < 2:
        return Showing(Withheld("too_few_annotators", n_annotators, 2))
    return shown


def show_annotator(n_shared: int, undefined: Undefined | None = None, minimums: Minimums = DEFAULTS) -> Showing:
    """With-rest alpha, leave-one-out delta, competence: units shared with others."""
    return _decide(
        "too_few_shared_units",
        n_shared,
        undefined=undefined,
        needed=minimums.annotator_units,
        default=DEFAULTS.annotator_units,
        warn_below=ANNOTATOR_WARN,
    )


def show_drift(n_earlier: int, n_later: int, minimums: Minimums = DEFAULTS) -> Showing:
    """Two windows of an annotator: the smaller one decides."""
    return _decide(
        "too_few_units",
        min(n_earlier, n_later),
        needed=minimums.drift_units,
        default=DEFAULTS.drift_units,
        warn_below=DRIFT_WARN,
    )


def show_difference(n_before: int, n_after: int, minimums: Minimums = DEFAULTS) -> Showing:
    """Before against after a guideline version: the smaller side decides."""
    return _decide(
        "too_few_units",
        min(n_before, n_after),
        needed=minimums.side_units,
        default=DEFAULTS.side_units,
        warn_below=SIDE_WARN,
    )
