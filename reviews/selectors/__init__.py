"""Reads over agreement reviews: their evidence, what a change would touch, what came of it."""

from reviews.selectors.gathering import confusion_in, gather
from reviews.selectors.impact import Impact, Touched, carrying, impact_of, touched_between, touched_items
from reviews.selectors.outcome import Outcome, outcome_of
from reviews.selectors.reviews import (
    Readable,
    changes_of,
    finished_runs,
    open_review_of,
    project_of_review,
    ranked,
    readable_evidence,
    review_in,
    reviews_of,
    run_in,
    unopened,
)

__all__ = [
    "Impact",
    "Outcome",
    "Readable",
    "Touched",
    "carrying",
    "changes_of",
    "confusion_in",
    "finished_runs",
    "gather",
    "impact_of",
    "open_review_of",
    "outcome_of",
    "project_of_review",
    "ranked",
    "readable_evidence",
    "review_in",
    "reviews_of",
    "run_in",
    "touched_between",
    "touched_items",
    "unopened",
]
