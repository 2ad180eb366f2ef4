"""What may go wrong in measuring agreement."""

from core.errors import ConcordError


class CountsBroken(ConcordError):
    code, status = "counts_broken", 500
    sentence = "The stored counts do not match the labels. Run manage.py rebuild_agreement."


class AlphaMismatch(ConcordError):
    code, status = "alpha_mismatch", 500
    sentence = "Two computations of alpha do not agree, so no number is published. Report this."
