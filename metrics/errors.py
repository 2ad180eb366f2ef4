"""What may go wrong in measuring agreement."""

from core.errors import ConcordError


class CountsBroken(ConcordError):
    code, status = "counts_broken", 500
    sentence = "The stored counts do not match the labels. Run manage.py rebuild_agreement."


class AlphaMismatch(ConcordError):
    code, status = "alpha_mismatch", 500
    sentence = "Two computations of alpha do not agree, so no number is published. Report this."


class SliceExists(ConcordError):
    code, status = "slice_exists", 409
    sentence = "A slice of this name is saved already."


class SliceRetired(ConcordError):
    code, status = "slice_retired", 409
    sentence = "This slice was retired already."
