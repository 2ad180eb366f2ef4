"""Agreement under the version before a review and under the one it published: different items, drawn independently."""

from dataclasses import dataclass
from typing import Any

from guidelines.models import GuidelineVersion
from metrics.comparing import Comparison, compare
from metrics.selectors import current_scores
from metrics.selectors.scores import live_samples, minimums_of, questions_and_versions
from metrics.selectors.sides import origins_of
from metrics.stats.withholding import show_difference
from reviews.models import AgreementReview


@dataclass(frozen=True)
class Outcome:
    before: int
    after: int
    scores: tuple[dict[str, Any], dict[str, Any]]
    """Alpha before and after, as the API shows them."""
    words: str
    verdict: str
    """improved, worse, no_change_shown, not_enough_data or not_comparable"""


def outcome_of(review: AgreementReview) -> Outcome | None:
    """How far annotators agreed before and after; None before the review has published."""
    version = review.guideline_version
    if version is None or version.number is None or not review.question:
        return None
    before = _version_before(review, version)
    scores = tuple(_alpha(review, number) for number in (before, version.number))
    if scores[0] is None or scores[1] is None:
        return None
    verdict, words = _verdict(review, before, version.number)
    return Outcome(before, version.number, (scores[0], scores[1]), words, verdict)


def _version_before(review: AgreementReview, version: GuidelineVersion) -> int:
    """What the baseline run measured, where that was one version; else the version before."""
    measured = review.baseline_run.guideline_version if review.baseline_run else None
    return measured or (version.number or 2) - 1


def _alpha(review: AgreementReview, number: int) -> dict[str, Any] | None:
    rows = current_scores(review.project, question=review.question, version=number)
    return next((row for row in rows if row["coefficient"] == "alpha"), None)


def _verdict(review: AgreementReview, before: int, after: int) -> tuple[str, str]:
    project = review.project
    measured, _ = questions_and_versions(project)
    found = live_samples(project, measured=measured, question=review.question, keys=[before, after])
    sides = {live.version: live for live in found}
    n_before, n_after = (sides[v].sample.patterns.n_items if v in sides else 0 for v in (before, after))
    shown = show_difference(n_before, n_after, minimums_of(project))
    if shown.withheld is not None or min(n_before, n_after) < 2:
        least = minimums_of(project).side_units
        counts = f"{n_before} items under version {before}, {n_after} under version {after}"
        return "not_enough_data", f"Not enough labels to compare: {counts}; each needs {least}."
    origins = origins_of(project, review.question, [before, after])
    return _words(compare(sides[before], sides[after], (origins[before], origins[after]), minimums_of(project)))


def _words(found: Comparison) -> tuple[str, str]:
    low, high = found.difference.interval.low, found.difference.interval.high
    if found.objections:
        return "not_comparable", f"{found.words.capitalize()}. A difference would not be one between the versions."
    if low is None or high is None:
        return "no_change_shown", "The answers vary too little for an interval of the difference."
    interval = f"95 % interval of the difference {low:+.3f} to {high:+.3f}"
    if low > 0:
        return "improved", f"Agreement improved ({interval})."
    if high < 0:
        return "worse", f"Agreement is worse ({interval})."
    return "no_change_shown", f"No change is shown ({interval}, which holds 0)."
