import json
from typing import Any

from django import forms

from adjudication.models import Case, Decision
from adjudication.services import NewDecision
from core.errors import Invalid

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
FIELD_OF = {"#/answer": "answer", "#/outcome": "outcome", "#/rationale": "rationale"}


class CaseFilterForm(forms.Form):
    state = forms.ChoiceField(choices=Case.State.choices, required=False)
    question = forms.CharField(required=False, max_length=80)
    pattern = forms.CharField(required=False, max_length=300, strip=False)


class FenceForm(forms.Form):
    fence = forms.IntegerField(widget=forms.HiddenInput)


class DecisionForm(forms.Form):
    """The decision on one case. Answers travel as JSON, so that 4 stays a number and "4" a text."""

    fence = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(choices=OUTCOMES, label="Outcome", error_messages={"required": "Choose an outcome."})
    answer = forms.CharField(required=False, label="The right answer")
    rationale = forms.CharField(
        label="Rationale",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        error_messages={"required": "Say why in a sentence, so that the next such case is decided alike."},
    )
    clauses = forms.MultipleChoiceField(required=False, label="Clauses that decide it")
    cause = forms.ChoiceField(choices=CAUSES, label="Cause", error_messages={"required": "Choose a cause."})
    confidence = forms.ChoiceField(choices=CONFIDENCES, label="Confidence", initial=Decision.Confidence.HIGH)
    guideline_gap = forms.BooleanField(required=False, label="No clause covers this")

    def __init__(self, *args: Any, clauses: list[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clauses"].choices = clauses or []  # type: ignore[attr-defined]  # the field is a choice field

    def clean_answer(self) -> Any:
        text = self.cleaned_data["answer"]
        if not text or self.data.get("outcome") != Decision.Outcome.ANSWER:
            return None
        try:
            return json.loads(text)
        except ValueError as error:
            raise forms.ValidationError("Choose one of the answers.") from error

    def as_decision(self) -> NewDecision:
        given = {name: value for name, value in self.cleaned_data.items() if name != "fence"}
        return NewDecision(**given)

    def refuse(self, error: Invalid) -> None:
        """Show what the service has refused beside its fields."""
        for problem in error.errors:
            name = FIELD_OF.get(problem.pointer, "clauses" if problem.pointer.startswith("#/clauses") else None)
            self.add_error(name, problem.detail)


class EscalateForm(FenceForm):
    question = forms.CharField(max_length=10_000)


class ReopenForm(forms.Form):
    reason = forms.CharField(max_length=10_000)
