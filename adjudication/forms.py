import json
from collections.abc import Mapping
from typing import Any

from django import forms

from adjudication.models import Case, Decision
from adjudication.own import Asked, read_own
from adjudication.services import NewDecision
from core.errors import Invalid
from guidelines.schema.kind import CannotConvert

OUTCOMES = [
    (Decision.Outcome.ANSWER, "One answer is right"),
    (Decision.Outcome.NO_ANSWER, "No label is right"),
    (Decision.Outcome.KEEP_DISAGREEMENT, "Keep as disagreement"),
    (Decision.Outcome.BAD_ITEM, "The item is bad"),
]
CONFIDENCES = [
    (Decision.Confidence.HIGH, "High"),
    (Decision.Confidence.MEDIUM, "Medium"),
    (Decision.Confidence.LOW, "Low"),
]
CAUSES = [
    (Decision.Cause.SLIP, "Annotator slip"),
    (Decision.Cause.GUIDELINE_GAP, "Guideline gap"),
    (Decision.Cause.AMBIGUOUS, "Ambiguous text"),
    (Decision.Cause.DISAGREEMENT, "Real disagreement"),
    (Decision.Cause.BAD_ITEM, "Bad item"),
]
OWN = "own"
"""Stands in the place of an answer where the adjudicator writes one; no JSON, so no answer can be called so."""
FIELD_OF = {"#/outcome": "outcome", "#/rationale": "rationale"}


def _refusals(sentence: str) -> dict[str, str]:
    """One sentence for nothing chosen and for what is not on the list: it names the field and how to mend it."""
    return {"required": sentence, "invalid_choice": sentence}


class CaseFilterForm(forms.Form):
    state = forms.ChoiceField(choices=Case.State.choices, required=False)
    question = forms.CharField(required=False, max_length=80)
    pattern = forms.CharField(required=False, max_length=300, strip=False)
    slice = forms.CharField(required=False, max_length=80)
    part = forms.CharField(required=False, max_length=2000)


class FenceForm(forms.Form):
    fence = forms.IntegerField(widget=forms.HiddenInput)


class DecisionForm(forms.Form):
    """The decision on one case. Answers travel as JSON, so that 4 stays a number and "4" a text.

    An answer that nobody gave is typed or ticked in `own` and read by the kind of the question.
    """

    fence = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        choices=OUTCOMES, label="Outcome", error_messages=_refusals("Outcome: choose one of the four.")
    )
    answer = forms.CharField(required=False, label="The right answer")
    rationale = forms.CharField(
        label="Rationale",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        error_messages={
            "required": "Rationale: Say why in a sentence, so that the next such case is decided alike.",
            "max_length": "Rationale: Write at most %(limit_value)d characters; these are %(show_value)d.",
        },
    )
    clauses = forms.MultipleChoiceField(required=False, label="Clauses that decide it")
    cause = forms.ChoiceField(
        choices=CAUSES, label="Cause", error_messages=_refusals("Cause: choose what led to the disagreement.")
    )
    confidence = forms.ChoiceField(
        choices=CONFIDENCES,
        label="Confidence",
        initial=Decision.Confidence.HIGH,
        error_messages=_refusals("Confidence: choose how sure you are."),
    )
    guideline_gap = forms.BooleanField(required=False, label="No clause covers this")

    def __init__(
        self, *args: Any, clauses: list[tuple[str, str]] | None = None, asked: Asked | None = None,
        item_fields: Mapping[str, Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self._asked, self._item_fields = asked, item_fields or {}
        self.fields["clauses"].choices = clauses or []  # type: ignore[attr-defined]  # the field is a choice field

    def clean_answer(self) -> Any:
        text = self.cleaned_data["answer"]
        if not text or self.data.get("outcome") != Decision.Outcome.ANSWER:
            return None
        try:
            return self._own() if text == OWN else json.loads(text)
        except CannotConvert as error:
            raise forms.ValidationError(f"The right answer: {error.problem.detail}") from error
        except ValueError as error:
            raise forms.ValidationError("The right answer: choose one of the answers, or another outcome.") from error

    def _own(self) -> Any:
        """What was typed, ticked or drawn. Raises ValueError where the question takes no such answer."""
        if self._asked is None:
            raise ValueError("The guideline does not ask this question any more.")
        return read_own(self._asked, self.data, self._item_fields)  # type: ignore[arg-type]  # a QueryDict

    def as_decision(self) -> NewDecision:
        given = {name: value for name, value in self.cleaned_data.items() if name != "fence"}
        return NewDecision(**given)

    def refuse(self, error: Invalid) -> None:
        """Show what the service has refused beside its fields."""
        for problem in error.errors:
            name = FIELD_OF.get(problem.pointer)
            for part in ("answer", "clauses"):
                if problem.pointer.startswith(f"#/{part}"):
                    name = part
            self.add_error(name, f"{self.fields[name].label}: {problem.detail}" if name else problem.detail)


class EscalateForm(FenceForm):
    question = forms.CharField(max_length=10_000)


class ReopenForm(forms.Form):
    reason = forms.CharField(max_length=10_000)
