"""Reads of this app: live scores, runs, items behind a confusion, mismatches."""

from metrics.selectors.mismatches import count_mismatches
from metrics.selectors.scores import current_scores

__all__ = ["count_mismatches", "current_scores"]
