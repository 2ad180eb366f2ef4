"""Stretches of a text, each with a label. Offsets count code points of the stored text, the end not included."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.graphemes import inside_graphemes
from guidelines.schema.itemtext import text_of
from guidelines.schema.kind import CannotConvert, Level
from guidelines.schema.labels import validate_labels
from guidelines.schema.lists import check_entries, has_shape, label_title, label_values, read_list, repeats
from guidelines.schema.marks import Mark, Marks
from guidelines.schema.problems import Problem, Question, at, check_text, quoted

CROSSINGS = ("none", "nested", "any")
KEYS = ("start", "end", "label")
MOST = 5000
SHOWN_SPANS, SHOWN_TEXT = 20, 60


def _is_offset(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class Spans(Marks):
    name = "spans"
    settings = ("field", "labels", "crossing")
    keys = KEYS
    field_types = ("text", "markdown", "chat")

    def validate_settings(self, question: Question, base: str) -> list[Problem]:
        problems = check_text(question, "field", base, longest=200)
        if question.get("crossing", "none") not in CROSSINGS:
            detail = f"Say which spans may share text: “crossing” is one of {quoted(CROSSINGS)}."
            problems.append(Problem(at(base, "crossing"), detail, "unknown_value"))
        return problems + validate_labels(question, base, opt_out=False, least=1)

    def validate_answer(
        self,
        question: Question,
        answer: object,
        item_fields: Mapping[str, Any],
        base: str,
    ) -> list[Problem]:
        if not isinstance(answer, list):
            return [Problem(base, "The answer must be a list of spans {start, end, label}.", "wrong_type")]
        if len(answer) > MOST:
            return [Problem(base, f"An answer may hold at most {MOST} spans; split the item.", "too_many")]
        problems = check_entries(answer, KEYS, question, base, "span")
        if problems:
            return problems
        text = text_of(item_fields.get(question["field"]))
        for index, span in enumerate(answer):
            problems += _range_problems(span, len(text), at(base, index))
        problems = problems or _grapheme_problems(answer, text, base) + repeats(answer, base, "span")
        return problems or _crossing_problems(answer, question.get("crossing", "none"), base)

    def level(self, question: Question) -> Level:
        return "spans"

    def display(self, question: Question, answer: Any) -> str:
        return self.display_in(question, answer, {})

    def display_in(self, question: Question, answer: Any, item_fields: Mapping[str, Any]) -> str:
        """Each span by its words where the item has them, else by its place."""
        if not has_shape(answer, KEYS):
            return str(answer)
        text = text_of(item_fields.get(question["field"]))
        shown = [_shown(span, label_title(question, span["label"]), text) for span in self.canonical(question, answer)]
        more = f" and {len(shown) - SHOWN_SPANS} more" if len(shown) > SHOWN_SPANS else ""
        return "; ".join(shown[:SHOWN_SPANS]) + more or "(no spans)"

    def in_order(self, answer: Sequence[Mark]) -> list[dict[str, Any]]:
        spans = [{key: span[key] for key in KEYS} for span in answer]
        return sorted(spans, key=lambda span: (span["start"], span["end"], span["label"]))

    def touch(self, a: Mark, b: Mark) -> bool:
        return bool(a["start"] < b["end"] and b["start"] < a["end"])

    def convert(self, question: Question, raw: object, base: str) -> list[Any]:
        return self.read(question, raw, {}, base)

    def read(self, question: Question, raw: object, item_fields: Mapping[str, Any], base: str) -> list[Any]:
        """A list, or a list written as JSON in a cell. A span may carry its `text`, which must be the text there."""
        example = f'[{{"start": 0, "end": 4, "label": "{label_values(question)[0]}"}}]'
        spans = read_list(raw, base, f"“{question['name']}” takes a list of spans, such as {example}.")
        text = text_of(item_fields.get(question["field"]))
        return [_without_text(span, text, at(base, index)) for index, span in enumerate(spans)]


def _without_text(span: object, text: str, base: str) -> object:
    """The span alone, once its `text` was held against the item's. Raises CannotConvert."""
    if not isinstance(span, Mapping) or "text" not in span:
        return span
    start, end = span.get("start"), span.get("end")
    if isinstance(start, int) and isinstance(end, int) and not (0 <= start <= end and text[start:end] == span["text"]):
        found = text[start:end][:SHOWN_TEXT] if 0 <= start <= end else ""
        detail = f"The text from {start} to {end} is “{found}”, not the “text” of the span; correct the offsets."
        raise CannotConvert(Problem(at(base, "text"), detail, "offset_mismatch"))
    return {key: value for key, value in span.items() if key != "text"}


def _range_problems(span: Mark, length: int, base: str) -> list[Problem]:
    wrong = [name for name in ("start", "end") if not _is_offset(span[name])]
    if wrong:
        detail = "Give “{}” as a whole number of code points."
        return [Problem(at(base, name), detail.format(name), "wrong_type") for name in wrong]
    if not 0 <= span["start"] < span["end"]:
        return [Problem(at(base, "end"), "A span must start at 0 or later and end after its start.", "out_of_range")]
    if span["end"] > length:
        detail = f"The text has {length} code points; end the span there at the latest."
        return [Problem(at(base, "end"), detail, "out_of_range")]
    return []


def _grapheme_problems(spans: Sequence[Mark], text: str, base: str) -> list[Problem]:
    inside = inside_graphemes(text, [span[name] for span in spans for name in ("start", "end")])
    detail = "The place {} is inside a character that is made of several code points; move it to an edge of that."
    return [
        Problem(at(base, index, name), detail.format(span[name]), "inside_grapheme")
        for index, span in enumerate(spans)
        for name in ("start", "end")
        if span[name] in inside
    ]


def _crossing_problems(spans: Sequence[Mark], crossing: str, base: str) -> list[Problem]:
    """A problem for each span that overlaps another one in a way that the question does not allow."""
    if crossing == "any":
        return []
    problems = []
    around: list[Mark] = []
    for index, span in sorted(enumerate(spans), key=lambda entry: (entry[1]["start"], -entry[1]["end"])):
        while around and around[-1]["end"] <= span["start"]:
            around.pop()
        if around and (crossing == "none" or span["end"] > around[-1]["end"]):
            other = around[-1]
            detail = (
                f"The span from {span['start']} to {span['end']} overlaps that from {other['start']} to {other['end']}"
            )
            mend = "shorten one of them" if crossing == "none" else "put one inside the other, or apart"
            problems.append(Problem(at(base, index), f"{detail}; {mend}.", "crossing"))
        else:
            around.append(span)
    return problems


def _shown(span: Mark, title: str, text: str) -> str:
    start, end = span["start"], span["end"]
    words = text[start:end]
    if not words:
        return f"{title} {start}–{end}"
    words = words if len(words) <= SHOWN_TEXT else words[:SHOWN_TEXT] + "…"
    return f"“{words}” {title}"
