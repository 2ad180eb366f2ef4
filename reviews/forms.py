"""The forms of reviews. Rules live in the services; a form reads what was typed and carries refusals back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from core.errors import ConcordError
from guidelines.models import GuidelineVersion
from guidelines.schema.kind import CannotConvert
from guidelines.schema.schema import LabelSchema
from reviews.models import Evidence

LONG = forms.Textarea(attrs={"rows": 4})
SHORT = forms.Textarea(attrs={"rows": 2})
BLANK_EXAMPLES = 2


def carry_refusal(form: forms.Form, refusal: ConcordError) -> None:
    """Show what a service refused at the fields it names."""
    for error in refusal.errors:
        name = error.pointer.removeprefix("#/").partition("/")[0]
        form.add_error(name if name in form.fields else None, error.detail)
    if not refusal.errors:
        form.add_error(None, refusal.detail)


class ReviewForm(forms.Form):
    run = forms.ChoiceField(label="Agreement run", help_text="The figures that this review starts from.")
    question = forms.ChoiceField(label="Question")
    title = forms.CharField(max_length=200, label="What is studied", help_text="Such as “Billing or cancellation?”.")
    part = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def __init__(self, *args: Any, runs: Sequence[tuple[str, str]], questions: Sequence[tuple[str, str]], **more: Any):
        super().__init__(*args, **more)
        for name, choices in (("run", runs), ("question", questions)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices


class EvidenceForm(forms.Form):
    kind = forms.ChoiceField(
        label="Kind",
        choices=[
            (Evidence.Kind.NOTE, "Note"), (Evidence.Kind.CONFUSION, "Two labels that are mixed up"),
            (Evidence.Kind.CASE, "Case"), (Evidence.Kind.UNCLEAR, "Unclear clause"), (Evidence.Kind.SLICE, "Slice"),
        ],
    )  # fmt: skip
    a = forms.ChoiceField(label="First label", required=False)
    b = forms.ChoiceField(label="Second label", required=False)
    ref = forms.CharField(label="Case id, clause key or slice", required=False, max_length=200)
    text = forms.CharField(label="What it shows", required=False, max_length=10_000, widget=SHORT)

    def __init__(self, *args: Any, labels: Sequence[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        for name in ("a", "b"):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", "–"), *labels]

    def given(self) -> dict[str, Any]:
        data = self.cleaned_data
        labels = [data[name] for name in ("a", "b") if data[name]] if data["kind"] == Evidence.Kind.CONFUSION else None
        return {"kind": data["kind"], "ref": data["ref"], "labels": labels, "text": data["text"]}


class ClauseForm(forms.Form):
    definition = forms.CharField(required=False, max_length=50_000, widget=LONG, strip=False)
    use_when = forms.CharField(required=False, max_length=50_000, widget=LONG, strip=False, label="Use when")
    avoid_when = forms.CharField(required=False, max_length=50_000, widget=LONG, strip=False, label="Avoid when")
    rationale = forms.CharField(
        max_length=10_000, widget=SHORT, label="Why", help_text="What the evidence says is wrong with the present text."
    )


class PublishForm(forms.Form):
    note = forms.CharField(
        max_length=10_000, widget=SHORT, label="What changes", help_text="In a sentence: everybody sees it."
    )
    change = forms.ChoiceField(
        label="Kind of change",
        choices=GuidelineVersion.Change.choices,
        widget=forms.RadioSelect,
        help_text="A semantic change must be read before new work and makes labels stale; an editorial one not.",
    )
    stale_policy = forms.ChoiceField(
        label="Labels made under the old text",
        choices=[("keep", "Keep them, marked as stale")],
        widget=forms.RadioSelect, initial="keep",
        help_text="They stay as they are and count as stale in releases. Publishing asks nobody again.",
    )  # fmt: skip
    confirmed = forms.BooleanField(label="I have read what this touches. The version cannot be changed afterwards.")


def posted_examples(data: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows `example-N-text|answer|why` that hold anything, in order; answers as they were typed."""
    rows = []
    for place in range(200):
        row = {name: str(data.get(f"example-{place}-{name}", "")) for name in ("text", "answer", "why")}
        row["answer"] = row["answer"].strip()
        if any(text.strip() for text in row.values()):
            rows.append(row)
        elif f"example-{place}-text" not in data:
            break
    return rows


def read_examples(rows: list[dict[str, Any]], clause: Mapping[str, Any], schema: LabelSchema) -> list[dict[str, Any]]:
    """The rows as a clause stores them: an answer becomes what the clause's question takes, where it can."""
    return [{**row, "answer": _answer(row["answer"], clause, schema)} for row in rows]


def _answer(typed: str, clause: Mapping[str, Any], schema: LabelSchema) -> Any:
    question = clause.get("question")
    if not typed:
        return None
    if question not in schema.by_name:
        return typed
    try:
        return schema.kind(question).convert(schema.question(question), typed, "#")
    except CannotConvert:
        return typed  # counted among the failing examples, where the page says so


def _shown(value: Any) -> Any:
    """A set is written as JSON, which is how it is read back."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else value


def example_rows(examples: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the editor shows: the examples and some empty rows."""
    shown = [{name: _shown(e.get(name)) for name in ("text", "answer", "why")} for e in examples]
    return [*shown, *({"text": "", "answer": "", "why": ""} for _ in range(BLANK_EXAMPLES))]
