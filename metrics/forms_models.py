"""The form that asks for a test of a model."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms

from metrics.services.modeltests import LARGEST_EPSILON, LONGEST_REASON
from projects.forms import ProblemForm


class ModelTestForm(ProblemForm):
    question = forms.ChoiceField(label="Question")
    model = forms.ChoiceField(label="Model")
    guideline_version = forms.ChoiceField(
        required=False, label="Answers under", help_text="Of people and of the model."
    )
    epsilon = forms.FloatField(
        min_value=0, max_value=LARGEST_EPSILON, label="Epsilon",
        help_text="How much less often the model may be the closer one, being cheaper. Usual: 0.2 where it would "
        "stand in for experts, 0.15 for skilled annotators, 0.1 for crowd workers; less where people agree little.",
        widget=forms.NumberInput(attrs={"step": "any", "class": "input-short"}),
    )  # fmt: skip
    reason = forms.CharField(
        max_length=LONGEST_REASON, label="Why this epsilon",
        help_text="Fix it before you see a result: what a person costs, and what the model’s errors would.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why this epsilon is right for what the labels are for."},
    )  # fmt: skip

    def __init__(
        self, *args: Any, questions: Mapping[str, str], models: Mapping[UUID, str], versions: list[int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "question": list(questions.items()),
            "model": [(str(pk), name) for pk, name in models.items()],
            "guideline_version": [("all", "all guideline versions"), *((str(n), f"v{n}") for n in reversed(versions))],
        }
        for name, listed in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = listed

    @property
    def version(self) -> int | None:
        chosen = self.cleaned_data["guideline_version"]
        return int(chosen) if chosen and chosen != "all" else None
