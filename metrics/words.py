"""What the coefficients of a question are called on pages, and what each of them says. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from metrics.stats.alpha import Undefined
from metrics.stats.patterns import Level

UNDEFINED: Final[frozenset[str]] = frozenset(get_args(Undefined))

ALPHA: Final[dict[tuple[Level, str], str]] = {
    ("spans", "characters"): "by characters",
    ("spans", "tokens"): "by words",
    ("boxes", "nominal"): "by objects, “no box” among the values",
    ("ranking", "ordinal"): "by pairs of options",
    ("token_edit", "token_edit"): "by word edits",
    ("nominal", "interval"): "as numbers: one, neither, the other; interval distance",
}
TITLES: Final = {
    "percent": "Percent agreement", "f1_overlap": "F1 of spans, by overlap", "iou": "IoU of matched boxes",
    "kendall_w": "Kendall’s W", "tau_b": "Kendall’s tau-b", "similarity": "Similarity by words", "chrf": "chrF",
    "ac1": "Gwet’s AC1", "fleiss": "Fleiss’ kappa", "cohen": "Cohen’s kappa", "icc": "Intraclass correlation",
}  # fmt: skip
NOTES: Final = {
    "percent": "not corrected for chance",
    "f1_overlap": "same label and any text in common, over all pairs of people; not corrected for chance",
    "iou": "mean over the boxes that two people have in common",
    "kendall_w": "concordance of all who ranked the same options, mean over items",
    "tau_b": "rank correlation of two people, mean over all pairs",
    "similarity": "1 less word edits over the longer text, mean over all pairs; not corrected for chance",
    "chrf": "character sequences in common, mean over all pairs; not corrected for chance",
}
F1: Final = {
    "spans": ("F1 of spans, exact", "same start, end and label, over all pairs of people; not corrected for chance"),
    "boxes": ("F1 of boxes", "same label and IoU of at least 0.5, mean over all pairs; not corrected for chance"),
}


def absent_word(reason: str | None) -> str:
    """What stands in the place of a figure: `undefined` where none exists, `withheld` where too little is known."""
    return "undefined" if reason in UNDEFINED else "withheld"


def counted_word(level: Level) -> str:
    """What a label's number counts."""
    return {"spans": "Spans", "boxes": "Boxes"}.get(level, "Answers")


def alpha_words(level: Level, distance: str) -> str:
    """How alpha measures here: “ordinal distance”, “by characters”."""
    return ALPHA.get((level, distance), f"{distance} distance")


def named(row: Mapping[str, Any], level: Level) -> dict[str, Any]:
    """A row with its `title` and a `note` on what it says."""
    name = row["coefficient"]
    if name == "alpha":
        return {**row, "title": "Alpha", "note": alpha_words(level, row["distance"])}
    if name == "f1" and level in F1:
        title, note = F1[level]
        return {**row, "title": title, "note": note}
    note = str(row.get("assumes", NOTES.get(name, "")))
    if name == "percent" and level == "token_edit":
        note = "the same words, but for case and the last punctuation; not corrected for chance"
    return {**row, "title": TITLES.get(name, name), "note": note.partition(": ")[2] or note}


def named_rows(rows: Sequence[Mapping[str, Any]], level: Level) -> list[dict[str, Any]]:
    """What stands beside the first row."""
    return [named(row, level) for row in rows[1:]]
