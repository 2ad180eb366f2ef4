"""Boxes in an image, each with a label. Places and sizes are fractions of the image, so its pixels do not matter."""

from collections.abc import Mapping, Sequence
from typing import Any

from guidelines.schema.kind import Level
from guidelines.schema.labels import validate_labels
from guidelines.schema.lists import check_entries, has_shape, label_title, label_values, read_list, repeats
from guidelines.schema.marks import Mark, Marks
from guidelines.schema.problems import Problem, Question, at, check_text

SIDES = ("x", "y", "width", "height")
KEYS = (*SIDES, "label")
MOST = 1000
DIGITS = 6
"""A millionth of the image is less than a pixel of any screen or camera."""
NOISE = 10.0**-DIGITS + 1e-9
"""How far a box may stick out: what rounding of place and size adds up to."""
SHOWN_BOXES = 20


def _is_number(value: object) -> bool:
    # A whole number of JSON may be larger than any float; one beyond the image is refused with its own words.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -MOST <= value <= MOST


class Boxes(Marks):
    name = "boxes"
    settings = ("field", "labels")
    keys = KEYS
    field_types = ("image",)

    def validate_settings(self, question: Question, base: str) -> list[Problem]:
        return check_text(question, "field", base, longest=200) + validate_labels(
            question, base, opt_out=False, least=1
        )

    def validate_answer(
        self,
        question: Question,
        answer: object,
        item_fields: Mapping[str, Any],
        base: str,
    ) -> list[Problem]:
        if not isinstance(answer, list):
            return [Problem(base, "The answer must be a list of boxes {x, y, width, height, label}.", "wrong_type")]
        if len(answer) > MOST:
            return [Problem(base, f"An answer may hold at most {MOST} boxes; split the image.", "too_many")]
        problems = check_entries(answer, KEYS, question, base, "box")
        for index, box in enumerate(() if problems else answer):
            problems += _place_problems(box, at(base, index))
        return problems or repeats([_rounded(box) for box in answer], base, "box")

    def level(self, question: Question) -> Level:
        return "boxes"

    def display(self, question: Question, answer: Any) -> str:
        if not has_shape(answer, KEYS):
            return str(answer)
        shown = [_shown(box, label_title(question, box["label"])) for box in self.canonical(question, answer)]
        more = f" and {len(shown) - SHOWN_BOXES} more" if len(shown) > SHOWN_BOXES else ""
        return "; ".join(shown[:SHOWN_BOXES]) + more or "(no boxes)"

    def in_order(self, answer: Sequence[Mark]) -> list[dict[str, Any]]:
        """Rounded too."""
        return sorted(map(_rounded, answer), key=lambda box: tuple(box[key] for key in KEYS))

    def touch(self, a: Mark, b: Mark) -> bool:
        return all(
            a[place] < b[place] + b[size] and b[place] < a[place] + a[size]
            for place, size in (("x", "width"), ("y", "height"))
        )

    def convert(self, question: Question, raw: object, base: str) -> list[Any]:
        """A list, or a list written as JSON in a cell."""
        example = f'[{{"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.1, "label": "{label_values(question)[0]}"}}]'
        return read_list(raw, base, f"“{question['name']}” takes a list of boxes, such as {example}.")


def _place_problems(box: Mark, base: str) -> list[Problem]:
    wrong = [side for side in SIDES if not _is_number(box[side])]
    if wrong:
        detail = "Give “{}” as a number from 0 to 1, a share of the image."
        return [Problem(at(base, side), detail.format(side), "wrong_type") for side in wrong]
    for place, size in (("x", "width"), ("y", "height")):
        if not -NOISE <= box[place] <= 1:
            return [Problem(at(base, place), f"“{place}” must be from 0 to 1, a share of the image.", "out_of_range")]
        if box[place] + box[size] > 1 + NOISE:
            detail = f"The box reaches beyond the image; “{place}” and “{size}” together may be at most 1."
            return [Problem(at(base, size), detail, "out_of_range")]
        if _rounded(box)[size] <= 0:
            detail = f"“{size}” must be larger than 0, by a millionth of the image at least."
            return [Problem(at(base, size), detail, "out_of_range")]
    return []


def _rounded(box: Mark) -> dict[str, Any]:
    """The box to the millionth, inside the image."""
    kept: dict[str, Any] = {}
    for place, size in (("x", "width"), ("y", "height")):
        kept[place] = max(round(float(box[place]), DIGITS), 0.0)
        kept[size] = min(round(float(box[size]), DIGITS), round(1 - kept[place], DIGITS))
    return {key: box[key] if key == "label" else kept[key] for key in KEYS}


def _shown(box: Mark, title: str) -> str:
    x, y, width, height = (f"{100 * box[side]:.4g}" for side in SIDES)
    return f"{title} at {x}, {y}, size {width} × {height} %"
